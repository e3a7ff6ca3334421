// SPDX-License-Identifier: BSD-3-Clause
// Reading and writing small files below a root.
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX  (1u << 20)
#define NAMES_MAX 65536

// A program with more rights than its user has does not let him choose what it reads.
static const char *root(void)
{
	const char *given = secure_getenv("NIMBL_ROOT");

	return given != NULL ? given : "";
}

bool file_is_made_up(void)
{
	return root()[0] != '\0';
}

static struct file_path path_of(const char *fmt, va_list args)
{
	struct file_path path;
	int used = snprintf(path.text, sizeof(path.text), "%s", root());
	int length;

	if (used < 0 || (size_t)used >= sizeof(path.text))
		goto too_long;
	length = vsnprintf(path.text + used, sizeof(path.text) - (size_t)used, fmt, args);
	if (length >= 0 && (size_t)(used + length) < sizeof(path.text))
		return path;
too_long:
	path.text[0] = '\0'; // names no file
	return path;
}

#define PATH_OF(path, fmt)                  \
	do {                                \
		va_list args_;              \
		va_start(args_, fmt);       \
		path = path_of(fmt, args_); \
		va_end(args_);              \
	} while (0)

struct file_path file_path(const char *fmt, ...)
{
	struct file_path path;

	PATH_OF(path, fmt);
	return path;
}

bool file_exists(const char *fmt, ...)
{
	struct file_path path;

	PATH_OF(path, fmt);
	return access(path.text, F_OK) == 0;
}

bool file_is_writable(const char *fmt, ...)
{
	struct file_path path;

	PATH_OF(path, fmt);
	return access(path.text, W_OK) == 0;
}

static int read_all(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t used = 0;
	ssize_t got = 0;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	while (used < size - 1 && (got = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	int code = got < 0 ? -errno : 0;
	close(fd);
	text[code < 0 ? 0 : used] = '\0';
	return code < 0 ? code : (int)used;
}

int file_read(char *text, size_t size, const char *fmt, ...)
{
	struct file_path path;

	PATH_OF(path, fmt);
	int length = read_all(path.text, text, size);
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	return length;
}

char *file_text(const char *fmt, ...)
{
	struct file_path path;
	char *text = malloc(TEXT_MAX);

	PATH_OF(path, fmt);
	if (text != NULL && read_all(path.text, text, TEXT_MAX) >= 0)
		return text;
	free(text);
	return NULL;
}

int64_t file_number(int64_t otherwise, const char *fmt, ...)
{
	struct file_path path;
	char text[64], *end;

	PATH_OF(path, fmt);
	if (read_all(path.text, text, sizeof(text)) <= 0)
		return otherwise;
	errno = 0;
	long long value = strtoll(text, &end, 0);
	return end == text || errno != 0 ? otherwise : value;
}

void file_link(char *name, size_t size, const char *fmt, ...)
{
	struct file_path path;
	char target[FILE_PATH_SIZE];

	PATH_OF(path, fmt);
	ssize_t length = readlink(path.text, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = '\0';
	const char *slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash != NULL ? slash + 1 : target);
}

int file_write(const char *text, const char *fmt, ...)
{
	struct file_path path;
	size_t length = strlen(text);

	PATH_OF(path, fmt);
	int fd = open(path.text, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t put = write(fd, text, length);
	int code = put < 0 ? -errno : (size_t)put < length ? -EIO : 0;
	close(fd);
	return code;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(struct file_names *names, const char *name)
{
	if ((names->count & (names->count - 1)) == 0) {
		size_t room = names->count == 0 ? 1 : names->count * 2;
		char **list = realloc(names->list, room * sizeof(*list));

		if (list == NULL)
			return false;
		names->list = list;
	}
	names->list[names->count] = strdup(name);
	return names->list[names->count] != NULL && ++names->count < NAMES_MAX;
}

struct file_names file_names(const char *fmt, ...)
{
	struct file_names names = {0};
	struct file_path path;
	struct dirent *entry;

	PATH_OF(path, fmt);
	DIR *dir = opendir(path.text);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && !add_name(&names, entry->d_name))
			break;
	}
	if (dir != NULL)
		closedir(dir);
	if (names.count > 1)
		qsort(names.list, names.count, sizeof(names.list[0]), by_name);
	return names;
}

void file_names_free(struct file_names *names)
{
	for (unsigned int i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct file_names){0};
}
