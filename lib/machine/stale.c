// SPDX-License-Identifier: BSD-3-Clause
// What dead processes left behind. EAL locks a page's file while it uses it, and its configuration; the
// kernel ends locks and sockets with their process.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "file.h"
#include "machine.h"

struct found {
	struct machine_stale *list;
	unsigned int count;
};

static void add(struct found *found, enum machine_stale_kind kind, const char *path, uint64_t bytes)
{
	struct machine_stale *more = realloc(found->list, (found->count + 1) * sizeof(*more));

	if (more == NULL)
		return;
	found->list = more;
	more[found->count] = (struct machine_stale){.kind = kind, .bytes = bytes};
	snprintf(more[found->count].path, sizeof(more[0].path), "%s", path);
	found->count++;
}

// "rtemap_12", "PREFIXmap_12": nothing else in a hugetlbfs is EAL's.
static bool is_page_file(const char *name)
{
	const char *at = strstr(name, "map_");

	return at != NULL && at[4] != '\0' && strspn(at + 4, "0123456789") == strlen(at + 4);
}

// What cannot be looked at counts as held.
static bool is_flocked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool held = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0;

	if (fd >= 0)
		close(fd);
	return held;
}

static void pages_find(struct found *found, const char *mount)
{
	struct file_names files = file_names("%s", mount);

	for (unsigned int i = 0; i < files.count; i++) {
		char path[FILE_PATH_SIZE];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", mount, files.list[i]);
		if (!is_page_file(files.list[i]) || stat(file_path("%s", path).text, &st) < 0 ||
			!S_ISREG(st.st_mode) || is_flocked(file_path("%s", path).text))
			continue;
		add(found, MACHINE_STALE_PAGE, path, (uint64_t)st.st_size);
	}
	file_names_free(&files);
}

// A lock of the whole process, on a part of the file.
static bool is_locked(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool held = fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return held;
}

static bool answers_as(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers = true;

	if (strlen(path) < sizeof(address.sun_path) && fd >= 0) {
		memcpy(address.sun_path, path, strlen(path) + 1);
		answers = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
			  (errno != ECONNREFUSED && errno != EPROTOTYPE && errno != ENOENT);
	}
	if (fd >= 0)
		close(fd);
	return answers;
}

// Whether one file of a folder shows that a process lives.
static bool file_lives(const char *path, const char *name)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno != ENOENT;
	if (S_ISSOCK(st.st_mode))
		return answers_as(path, SOCK_SEQPACKET) || answers_as(path, SOCK_DGRAM);
	if (!S_ISREG(st.st_mode))
		return true; // nothing of EAL's: hands off
	return strcmp(name, "config") == 0 ? is_locked(path) : is_flocked(path);
}

static bool folder_lives(const char *path)
{
	struct file_path whole = file_path("%s", path);
	struct file_names files = file_names("%s", path);
	bool lives = access(whole.text, R_OK | X_OK) < 0;

	for (unsigned int i = 0; i < files.count && !lives; i++) {
		char name[FILE_PATH_SIZE * 2];

		snprintf(name, sizeof(name), "%s/%s", whole.text, files.list[i]);
		lives = file_lives(name, files.list[i]);
	}
	file_names_free(&files);
	return lives;
}

static void folders_find(struct found *found, const char *parent)
{
	struct file_names folders = file_names("%s", parent);

	for (unsigned int i = 0; i < folders.count; i++) {
		char path[FILE_PATH_SIZE];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", parent, folders.list[i]);
		if (lstat(file_path("%s", path).text, &st) == 0 && S_ISDIR(st.st_mode) &&
			!folder_lives(path))
			add(found, MACHINE_STALE_FOLDER, path, 0);
	}
	file_names_free(&folders);
}

// Where EAL keeps its files: what the environment says, what it is for root, and for everybody.
static void all_folders_find(struct found *found)
{
	const char *given = getenv("RUNTIME_DIRECTORY"), *xdg = getenv("XDG_RUNTIME_DIR");
	char path[200];

	if (given != NULL && given[0] == '/') {
		snprintf(path, sizeof(path), "%s/dpdk", given);
		folders_find(found, path);
	}
	if (xdg != NULL && xdg[0] == '/' && (given == NULL || strcmp(given, xdg) != 0)) {
		snprintf(path, sizeof(path), "%s/dpdk", xdg);
		folders_find(found, path);
	}
	folders_find(found, "/run/dpdk");
	folders_find(found, "/run/nimbl/dpdk");
	folders_find(found, "/tmp/dpdk");
}

struct machine_stale *machine_stales(unsigned int *count)
{
	struct machine_memory memory;
	struct found found = {0};

	machine_memory_read(&memory);
	if (memory.mount[0] != '\0')
		pages_find(&found, memory.mount);
	all_folders_find(&found);
	*count = found.count;
	return found.list;
}

static int page_remove(const char *path)
{
	if (is_flocked(path))
		return -EBUSY;
	return unlink(path) < 0 ? -errno : 0;
}

static int folder_remove(const struct machine_stale *stale)
{
	struct file_path path = file_path("%s", stale->path);
	struct file_names files = {0};
	int ret = 0;

	if (folder_lives(stale->path))
		return -EBUSY;
	files = file_names("%s", stale->path);
	for (unsigned int i = 0; i < files.count; i++) {
		char name[FILE_PATH_SIZE * 2];

		snprintf(name, sizeof(name), "%s/%s", path.text, files.list[i]);
		unlink(name); // rmdir() tells what is left
	}
	file_names_free(&files);
	if (rmdir(path.text) < 0)
		ret = -errno;
	return ret;
}

int machine_stale_remove(const struct machine_stale *stale)
{
	if (stale->kind == MACHINE_STALE_PAGE)
		return page_remove(file_path("%s", stale->path).text);
	return folder_remove(stale);
}
