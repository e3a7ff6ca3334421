// SPDX-License-Identifier: BSD-3-Clause
// Into the file: checked, with a copy of the old one, and at once or not at all.
#include "apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nimbl_conf.h"

static int fail_file(const char *what, const char *path)
{
	int code = errno;

	nimbl_fail(code, "%s '%s': %s", what, path, strerror(code));
	nimbl_mend("check the path and its rights with 'ls -l'");
	return -code;
}

static int file_read(const char *path, char **text, size_t *length, mode_t *mode)
{
	FILE *file = fopen(path, "re");
	struct stat status;

	if (file == NULL || fstat(fileno(file), &status) < 0) {
		if (file != NULL)
			fclose(file);
		return fail_file("cannot read", path);
	}
	*mode = status.st_mode & 07777;
	*text = malloc((size_t)status.st_size + 1);
	*length = *text != NULL ? fread(*text, 1, (size_t)status.st_size, file) : 0;
	fclose(file);
	return *text != NULL ? 0 : nimbl_fail(ENOMEM, "no memory for '%s'", path);
}

// Whole or not at all: written beside, then put in place.
static int file_write(const char *path, const char *text, size_t length, mode_t mode)
{
	char beside[4096];

	snprintf(beside, sizeof(beside), "%s.new", path);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return fail_file("cannot write", beside);
	bool ok = write(fd, text, length) == (ssize_t)length && fchmod(fd, mode) == 0 &&
		  fsync(fd) == 0;
	if (close(fd) == 0 && ok && rename(beside, path) == 0)
		return 0;
	int ret = fail_file("cannot write", path);
	unlink(beside);
	return ret;
}

int pool_apply(const char *path, const struct pool_cell *cell)
{
	bool reuse = strcmp(cell->ops, "nimbl_reuse") == 0;
	char cache[16], backup[4096], *text = NULL, *changed = NULL;
	struct nimbl_conf_pair pairs[] = {
		{"ops", reuse ? "auto" : cell->ops},
		{"cache", reuse ? "auto" : cache},
		{"return", reuse ? "reuse" : "pool"},
	};
	size_t length = 0;
	mode_t mode = 0;
	int ret = file_read(path, &text, &length, &mode);

	snprintf(cache, sizeof(cache), "%u", cell->cache);
	snprintf(backup, sizeof(backup), "%s.bak", path);
	if (ret == 0)
		ret = nimbl_conf_set_pool(path, text, length, "default", pairs, 3, &changed);
	if (ret == 0)
		ret = file_write(backup, text, length, mode);
	if (ret == 0)
		ret = file_write(path, changed, strlen(changed), mode);
	free(changed);
	free(text);
	return ret;
}
