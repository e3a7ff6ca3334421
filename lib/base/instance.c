// SPDX-License-Identifier: BSD-3-Clause
// The name of an instance: a locked file, so that the kernel gives it back whatever happens.
#include "nimbl_instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nimbl_log.h"

#define PATH_SIZE  (NIMBL_DIRECTORY_SIZE + NIMBL_INSTANCE_NAME_SIZE + 24)
#define OF_SYSTEM  "/run/nimbl" // of root, and of the service
#define LOCK_TRIES 100

static struct {
	char name[NIMBL_INSTANCE_NAME_SIZE];
	char directory[NIMBL_DIRECTORY_SIZE];
	int lock_fd;
} own = {.lock_fd = -1};

// EAL's shared directory under /tmp belongs to whoever came first; ours is our own.
static int own_directory(char *path, size_t size)
{
	const char *given = getenv("RUNTIME_DIRECTORY"), *xdg = getenv("XDG_RUNTIME_DIR");
	int length;

	if (given != NULL && given[0] != '\0')
		length = snprintf(path, size, "%s", given);
	else if (geteuid() == 0 && access("/run", W_OK) == 0)
		length = snprintf(path, size, OF_SYSTEM);
	else if (xdg != NULL && access(xdg, W_OK) == 0)
		length = snprintf(path, size, "%s/nimbl", xdg);
	else
		length = snprintf(path, size, "/tmp/nimbl-%u", (unsigned int)getuid());
	if (length >= 0 && (size_t)length < size)
		return 0;
	nimbl_fail(ENAMETOOLONG, "the runtime directory has a path of %d characters", length);
	nimbl_mend("RUNTIME_DIRECTORY may have up to %zu", size - 1);
	return -ENAMETOOLONG;
}

int nimbl_instance_directory(unsigned int index, char *path, size_t size)
{
	const char *given = getenv("RUNTIME_DIRECTORY");
	int ret = own_directory(path, size);

	if (ret < 0 || index == 0)
		return ret;
	// Whoever names a directory means that one.
	if (index > 1 || (given != NULL && given[0] != '\0') || strcmp(path, OF_SYSTEM) == 0)
		return -ENOENT;
	snprintf(path, size, OF_SYSTEM);
	return 0;
}

// Under /tmp anybody may have made it first. In a directory of somebody else our files and sockets would be his.
static int directory_check(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return nimbl_fail(errno, "runtime directory %s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid())
		return 0;
	if (S_ISDIR(st.st_mode))
		nimbl_fail(EPERM, "runtime directory %s belongs to user %u", path,
			(unsigned int)st.st_uid);
	else
		nimbl_fail(ENOTDIR, "runtime directory %s is none", path);
	nimbl_mend("have it removed, or name another one: RUNTIME_DIRECTORY=/some/where nimbl ...");
	return -nimbl_last_error()->code;
}

static int directory_make(void)
{
	const char *given = getenv("RUNTIME_DIRECTORY");
	bool is_given = given != NULL && given[0] != '\0'; // who names one knows what he does
	int ret = own_directory(own.directory, sizeof(own.directory));

	if (ret < 0)
		return ret;
	if (mkdir(own.directory, 0700) < 0 && errno != EEXIST) {
		ret = nimbl_fail(errno, "runtime directory %s: %s", own.directory, strerror(errno));
		nimbl_mend(
			"name a directory that you may write: RUNTIME_DIRECTORY=/some/where nimbl ...");
		return ret;
	}
	ret = is_given ? 0 : directory_check(own.directory);
	return ret < 0 ? ret : setenv("RUNTIME_DIRECTORY", own.directory, 1) < 0 ? -errno : 0;
}

static void path_of(const char *name, const char *end, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.%s", own.directory, name, end);
}

// A folder of plain files, as EAL leaves it behind.
static void folder_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_type != DT_DIR)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

// The lock goes last: until then nobody else makes files of this name.
static void files_remove(const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/dpdk/nimbl-%s", own.directory, name);
	folder_remove(path);
	path_of(name, "sock", path, sizeof(path));
	unlink(path);
	path_of(name, "pid", path, sizeof(path));
	unlink(path);
}

// Between opening and locking, the owner before us may have removed the file, and others made one.
static bool is_still_there(int fd, const char *path)
{
	struct stat locked, there;

	return fstat(fd, &locked) == 0 && stat(path, &there) == 0 &&
	       locked.st_ino == there.st_ino && locked.st_dev == there.st_dev;
}

// An open file that is locked, -EWOULDBLOCK with the pid of who has it, or -errno. `flags` may be
// O_CREAT.
static int lock_take(const char *path, int flags, int *pid)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
		char text[16] = "";

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (is_still_there(fd, path))
				return fd;
		} else if (read(fd, text, sizeof(text) - 1) >= 0) {
			*pid = atoi(text);
			close(fd);
			return -EWOULDBLOCK;
		}
		close(fd);
	}
	return -EBUSY;
}

// Whoever was killed could not clean up. Its lock is gone with it, which tells.
static void sweep_one(const char *name)
{
	char path[PATH_SIZE];
	int pid;

	path_of(name, "pid", path, sizeof(path));
	int fd = lock_take(path, 0, &pid);
	if (fd < 0)
		return;
	files_remove(name);
	close(fd);
}

static void sweep(void)
{
	DIR *dir = opendir(own.directory);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		size_t length = strlen(entry->d_name);
		char name[NIMBL_INSTANCE_NAME_SIZE];

		if (length < 5 || length - 4 >= sizeof(name) ||
			strcmp(entry->d_name + length - 4, ".pid") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)length - 4, entry->d_name);
		sweep_one(name);
	}
	if (dir != NULL)
		closedir(dir);
}

// 0: the name is ours. A positive number: it is taken by that process. Negative: an error.
static int name_take(const char *name)
{
	char path[PATH_SIZE];
	int pid = 0, ret;

	path_of(name, "pid", path, sizeof(path));
	own.lock_fd = lock_take(path, O_CREAT, &pid);
	if (own.lock_fd >= 0) {
		snprintf(own.name, sizeof(own.name), "%s", name);
		return 0;
	}
	ret = own.lock_fd;
	own.lock_fd = -1;
	if (ret == -EWOULDBLOCK)
		return pid > 0 ? pid : 1;
	nimbl_fail(-ret, "%s: %s", path, strerror(-ret));
	nimbl_mend("it belongs to another user; name a directory of your own: "
		   "RUNTIME_DIRECTORY=/some/where nimbl ...");
	return ret;
}

static void pid_write(void)
{
	char pid[16];
	int length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	if (ftruncate(own.lock_fd, 0) < 0 || pwrite(own.lock_fd, pid, (size_t)length, 0) != length)
		nimbl_log(NIMBL_LOG_WARNING, "%s/%s.pid: %s", own.directory, own.name,
			strerror(errno));
}

int nimbl_instance_take(const char *name)
{
	char other[NIMBL_INSTANCE_NAME_SIZE];
	int ret = directory_make();

	if (ret < 0)
		return ret;
	sweep();
	ret = name_take(name);
	if (ret > 0 && strcmp(name, NIMBL_INSTANCE_DEFAULT) == 0) {
		snprintf(other, sizeof(other), "%s-%d", name, (int)getpid());
		ret = name_take(other);
	}
	if (ret > 0) {
		nimbl_fail(EBUSY, "instance '%s' is already running (pid %d)", name, ret);
		nimbl_mend("give this one another name: --name other");
		return -EBUSY;
	}
	if (ret == 0)
		pid_write();
	return ret;
}

const char *nimbl_instance_name(void)
{
	return own.name;
}

void nimbl_instance_path(const char *end, char *path, size_t size)
{
	path_of(own.name, end, path, size);
}

void nimbl_instance_release(void)
{
	if (own.lock_fd < 0)
		return;
	files_remove(own.name);
	close(own.lock_fd);
	own.lock_fd = -1;
	own.name[0] = '\0';
}
