// SPDX-License-Identifier: BSD-3-Clause
// Reading options: argp with our exit status, the terminal's width and guesses.
#include "option.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

#define NAMES_MAX   32
#define WIDTH_MIN   50
#define WIDTH_MAX   100
#define WIDTH_FILE  79
#define NAME_LENGTH 32
#define NAME_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// argp wraps at column 79 whatever the terminal is, unless told by the environment.
static void set_help_width(void)
{
	unsigned int width = say_columns(stdout, WIDTH_FILE + 1) - 1;
	char format[48];

	width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
	snprintf(format, sizeof(format), "rmargin=%u", width);
	setenv("ARGP_HELP_FMT", format, 0);
}

static void collect_names(const struct argp *argp, const char **names)
{
	size_t count = 0;

	names[count++] = "help";
	names[count++] = "usage";
	for (const struct argp_option *option = argp->options; option != NULL; option++) {
		if (option->name == NULL && option->key == 0 && option->doc == NULL)
			break;
		if (option->name != NULL && count < NAMES_MAX)
			names[count++] = option->name;
	}
	names[count] = NULL;
}

static bool is_begin_of_any(const char *word, size_t length, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strncmp(word, *names, length) == 0)
			return true;
	return false;
}

// Look for unknown long options before getopt does, which cannot guess.
static int check_names(const struct argp *argp, int argc, char **argv)
{
	const char *names[NAMES_MAX + 1];

	collect_names(argp, names);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i] + 2;
		char cut[64];
		size_t length;

		if (strncmp(argv[i], "--", 2) != 0)
			continue;
		length = strcspn(word, "=");
		if (is_begin_of_any(word, length, names))
			continue;
		snprintf(cut, sizeof(cut), "%.*s", (int)length, word);
		const char *near = nimbl_did_you_mean(cut, names);
		return near != NULL
			       ? say_usage(argv[0], "unknown option '--%s'. Did you mean '--%s'?",
					 cut, near)
			       : say_usage(argv[0], "unknown option '--%s'", cut);
	}
	return 0;
}

int option_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	int ret = check_names(argp, argc, argv);

	if (ret != 0)
		return ret;
	set_help_width();
	argp_err_exit_status = NIMBL_EXIT_USAGE;
	ret = argp_parse(argp, argc, argv, 0, NULL, input);
	if (ret == 0)
		return NIMBL_EXIT_OK;
	return ret == EINVAL ? NIMBL_EXIT_USAGE : NIMBL_EXIT_INTERNAL;
}

error_t option_number(const struct argp_state *state, const char *option, const char *text,
	uint32_t min, uint32_t max, uint32_t *value)
{
	char *end;

	errno = 0;
	// strtoull() takes signs and spaces, which would make -1 a large number.
	unsigned long long number = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && number >= min &&
		number <= max) {
		*value = (uint32_t)number;
		return 0;
	}
	say_usage(state->argv[0], "%s '%s' is not allowed: a whole number of %u to %u", option,
		text, min, max);
	return EINVAL;
}

error_t option_instance(const struct argp_state *state, const char *text)
{
	size_t length = strspn(text, NAME_CHARS);

	if (length > 0 && length <= NAME_LENGTH && text[length] == '\0' && strcmp(text, ".") != 0 &&
		strcmp(text, "..") != 0)
		return 0;
	say_usage(state->argv[0], "--name '%s' is not allowed: 1 to 32 of A-Z a-z 0-9 . _ -", text);
	return EINVAL;
}

error_t option_surplus(const struct argp_state *state, const char *text)
{
	say_usage(state->argv[0], "'%s' is one argument too many", text);
	return EINVAL;
}
