// SPDX-License-Identifier: BSD-3-Clause
// Feeds every file of the given folders to a fuzz target: an input that breaks it ends the program.
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

_Noreturn static void fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(1);
}

// A block of exactly the file's size, so that a sanitizer sees a read beyond it.
static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat about;

	if (file == NULL || fstat(fileno(file), &about) < 0)
		fail(path);
	size_t size = (size_t)about.st_size;
	uint8_t *data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size)
		fail(path);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static unsigned int replay_folder(const char *folder)
{
	unsigned int count = 0;
	struct dirent *entry;
	char path[1024];
	DIR *dir = opendir(folder);

	if (dir == NULL)
		fail(folder);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		// The last line of a run that ends here names the input.
		printf("%s\n", path);
		fflush(stdout);
		replay(path);
		count++;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	unsigned int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_folder(argv[i]);
	printf("%u inputs\n", count);
	return count > 0 ? 0 : 1;
}
