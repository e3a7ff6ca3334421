// SPDX-License-Identifier: BSD-3-Clause
// Texts as they come from files or from standard input.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

void conf_file_name(char *out, size_t size, const char *path)
{
	size_t length = strlen(path), room = size - 1;
	bool is_cut = length > room;

	snprintf(out, size, "%s%s", is_cut ? "..." : "", path + (is_cut ? length - room + 3 : 0));
	for (char *at = out; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
}

static int unreadable(const char *what, const char *path, int error)
{
	nimbl_fail(error, "cannot read %s %s: %s", what, nimbl_quote(path).text, strerror(error));
	nimbl_mend("check the path and its rights with 'ls -l', or give '-' for standard input");
	return -error;
}

// One byte more than allowed tells a file that is too large.
static int stream_read(const char *what, const char *path, FILE *file, char **text, size_t *length)
{
	*text = malloc(NIMBL_CONF_BYTES_MAX + 1);
	if (*text == NULL) {
		nimbl_fail(ENOMEM, "not enough memory to read %s", what);
		nimbl_mend("free some memory and try again");
		return -ENOMEM;
	}
	errno = 0;
	*length = fread(*text, 1, NIMBL_CONF_BYTES_MAX + 1, file);
	if (!ferror(file))
		return 0;
	free(*text);
	return unreadable(what, path, errno != 0 ? errno : EIO);
}

int conf_text_read(const char *what, const char *path, char **text, size_t *length)
{
	FILE *file;
	int ret;

	if (strcmp(path, "-") == 0)
		return stream_read(what, path, stdin, text, length);
	file = fopen(path, "re");
	if (file == NULL)
		return unreadable(what, path, errno);
	ret = stream_read(what, path, file, text, length);
	fclose(file);
	return ret;
}
