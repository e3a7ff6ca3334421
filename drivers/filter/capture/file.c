// SPDX-License-Identifier: BSD-3-Clause
// The files of a capture: their names, and opening them so that nothing of others is harmed.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_priv.h"

#define PATH_BYTES 4096

// With several files the number stands before the ending: wan.3.pcapng.
static int name_of(const struct capture *self, uint32_t number, char *path)
{
	const char *base = strrchr(self->file, '/'), *dot;
	int length;

	base = base != NULL ? base + 1 : self->file;
	dot = strrchr(base, '.');
	if (dot == NULL || dot == base)
		dot = base + strlen(base);
	length = self->files == 0 ? snprintf(path, PATH_BYTES, "%s", self->file)
				  : snprintf(path, PATH_BYTES, "%.*s.%u%s", (int)(dot - self->file),
					    self->file, number, dot);
	return length < PATH_BYTES ? 0
				   : nimbl_fail(ENAMETOOLONG, "the name of the file is too long");
}

static mode_t kind_of(const char *path)
{
	struct stat known;

	return lstat(path, &known) == 0 ? known.st_mode & S_IFMT : 0;
}

static int open_fails(const char *path)
{
	int code = errno;

	nimbl_fail(code, "cannot write '%s': %s", path, strerror(code));
	nimbl_mend("check the path and its rights with 'ls -l'");
	if (code == EEXIST)
		nimbl_mend(
			"take another name, or overwrite it: 'overwrite: true', nimbl capture --overwrite");
	if (code == ENXIO)
		nimbl_mend("nobody reads from this FIFO yet");
	return -code;
}

// Somebody's FIFO is written to as it is; else a file of our own, new in any case: whoever still has
// the old one open, the module that this one replaces, may finish it.
static int descriptor_open(const struct capture *self, const char *path, bool *is_file)
{
	const int always = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
	mode_t kind = kind_of(path);
	int fd;

	*is_file = kind != S_IFIFO;
	if (kind == S_IFREG && self->overwrite)
		unlink(path);
	if (!*is_file)
		fd = open(path, always | O_NONBLOCK);
	else
		fd = open(path, always | O_CREAT | O_EXCL, 0640);
	if (fd >= 0 && *is_file && fchmod(fd, 0640) < 0) {
		close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd : open_fails(path);
}

// Of a ring of files the oldest goes.
static void oldest_remove(const struct capture *self)
{
	char path[PATH_BYTES];

	if (self->files > 0 && self->file_number > self->files &&
		name_of(self, self->file_number - self->files, path) == 0)
		unlink(path);
}

int capture_file_open(struct capture *self)
{
	const struct pcapng_head head = {
		.application = "nimbl",
		.comment = self->comment,
		.port = nimbl_port_name(self->base.filter),
		.filter = self->expression,
		.snap = self->snap,
	};
	char path[PATH_BYTES];
	bool is_file;
	int fd, ret = name_of(self, self->file_number + 1, path);

	if (ret < 0)
		return ret;
	fd = descriptor_open(self, path, &is_file);
	if (fd < 0)
		return fd;
	self->file_number++;
	oldest_remove(self);
	pcapng_begin(self->out, fd, is_file, &head);
	nimbl_tally_add(&self->base.tally, CAPTURE_FILES, 1);
	return 0;
}

void capture_file_close(struct capture *self)
{
	if (self->out->fd >= 0)
		close(self->out->fd);
	self->out->fd = -1;
}
