// SPDX-License-Identifier: BSD-3-Clause
// Where nimbl capture lets the instance write to.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"

// The instance may run in another folder, so it is told all of the name.
static int path_whole(struct capture *capture, const char *file)
{
	char here[CAPTURE_PATH] = "";
	int length;

	if (file[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return nimbl_fail(errno, "no current folder: %s", strerror(errno));
	length = snprintf(capture->path, sizeof(capture->path), "%s%s%s", here,
		file[0] != '/' ? "/" : "", file);
	return length < CAPTURE_PATH ? 0
				     : nimbl_fail(ENAMETOOLONG, "the name of the file is too long");
}

static int path_of_now(struct capture *capture)
{
	char name[128];
	time_t now = time(NULL);
	size_t used = (size_t)snprintf(name, sizeof(name), "%.40s", capture->port);

	strftime(name + used, sizeof(name) - used, "-%Y%m%d-%H%M%S.pcapng", localtime(&now));
	return path_whole(capture, name);
}

// The instance writes to a FIFO, and we from there to standard output.
static int pipe_open(struct capture *capture)
{
	const char *folder = getenv("TMPDIR");

	snprintf(capture->folder, sizeof(capture->folder), "%.40s/nimbl-XXXXXX",
		folder != NULL && strlen(folder) <= 40 ? folder : "/tmp");
	if (mkdtemp(capture->folder) == NULL) {
		capture->folder[0] = '\0';
		return nimbl_fail(errno, "no folder for a FIFO: %s", strerror(errno));
	}
	snprintf(capture->path, sizeof(capture->path), "%s/capture", capture->folder);
	if (mkfifo(capture->path, 0600) < 0)
		return nimbl_fail(errno, "%s: %s", capture->path, strerror(errno));
	capture->pipe = open(capture->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return capture->pipe >= 0 ? 0 : nimbl_fail(errno, "%s: %s", capture->path, strerror(errno));
}

void capture_place_close(const struct capture *capture)
{
	if (capture->pipe >= 0)
		close(capture->pipe);
	if (capture->folder[0] == '\0')
		return;
	unlink(capture->path);
	rmdir(capture->folder);
}

int capture_place_open(struct capture *capture)
{
	if (capture->file == NULL)
		return path_of_now(capture);
	return strcmp(capture->file, "-") == 0 ? pipe_open(capture)
					       : path_whole(capture, capture->file);
}
