// SPDX-License-Identifier: BSD-3-Clause
// Scripts for gnuplot, run, and the pictures that they make.
#include "draw.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SCRIPT_HEAD                                                                                   \
	"set encoding utf8\n"                                                                         \
	"set terminal svg size 900,%d dynamic noenhanced font 'sans-serif,13' background '#ffffff'\n" \
	"set border lc rgb '#888888'\nset tics textcolor rgb '#333333'\n"

static int spawn(char *const *argv)
{
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
	if (posix_spawnp(&child, argv[0], &actions, NULL, argv, environ) == 0)
		waitpid(child, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

bool draw_possible(void)
{
	char *argv[] = {(char[]){"gnuplot"}, (char[]){"-e"}, (char[]){"exit"}, NULL};

	return spawn(argv) == 0;
}

// The whole of a file from its first "<svg".
static char *svg_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	if (file != NULL)
		fclose(file);
	char *begin = text != NULL ? strstr(text, "<svg") : NULL;
	if (begin != NULL)
		memmove(text, begin, strlen(begin) + 1);
	return text;
}

char *draw_svg(int height, bool (*write)(const void *data, FILE *script), const void *data)
{
	char folder[] = "/tmp/nimbl-plot-XXXXXX", script[64], picture[64];
	char *svg = NULL;

	if (mkdtemp(folder) == NULL)
		return NULL;
	snprintf(script, sizeof(script), "%s/script", folder);
	snprintf(picture, sizeof(picture), "%s/picture", folder);
	FILE *file = fopen(script, "we");
	if (file != NULL) {
		char *argv[] = {(char[]){"gnuplot"}, script, NULL};

		fprintf(file, SCRIPT_HEAD, height);
		fprintf(file, "set output '%s'\n", picture);
		bool has_data = write(data, file);
		fclose(file);
		if (has_data && spawn(argv) == 0)
			svg = svg_read(picture);
	}
	unlink(script);
	unlink(picture);
	rmdir(folder);
	return svg;
}
