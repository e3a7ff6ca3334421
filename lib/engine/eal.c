// SPDX-License-Identifier: BSD-3-Clause
// EAL: its arguments from the plan, its runtime directory, its messages.
#include "eal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nimbl_log.h"

#define ARGS_MAX (48 + 2 * NIMBL_CONF_PORTS_MAX + NIMBL_CONF_EAL_MAX)

struct args {
	char *list[ARGS_MAX + 1];
	int count;
};

// The name that a configuration has when it gives none: where it is taken, one with the pid is not.
#define DEFAULT_NAME "nimbl"

static struct {
	char name[40];
	char lock_path[256];
	char eal_dir[256];
	int lock_fd;
	bool started;
	char first_error[256];
} eal = {.lock_fd = -1};

const char *eal_first_error(void)
{
	return eal.first_error;
}

void eal_clear_log(void)
{
	eal.first_error[0] = '\0';
}

static void args_add(struct args *args, const char *fmt, ...) NIMBL_PRINTF(2, 3);

static void args_add(struct args *args, const char *fmt, ...)
{
	char text[1024];
	va_list list;

	va_start(list, fmt);
	vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	if (args->count < ARGS_MAX)
		args->list[args->count++] = strdup(text);
	args->list[args->count] = NULL;
}

static void args_lcores(struct args *args, const struct plan *plan)
{
	char map[2048];
	size_t used = (size_t)snprintf(map, sizeof(map), "%u@%u", plan->main.id, plan->main.cpu);

	for (uint16_t i = 0; i < plan->lcore_count && used < sizeof(map) - 16; i++)
		used += (size_t)snprintf(map + used, sizeof(map) - used, ",%u@%u",
			plan->lcores[i].id, plan->lcores[i].cpu);
	args_add(args, "--lcores=%s", map);
	args_add(args, "--main-lcore=%u", plan->main.id);
}

static void args_devices(struct args *args, const struct plan *plan)
{
	bool any = false;

	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		if (plan->conf->ports[i].kind != NIMBL_DEVICE_PCI)
			continue;
		any = true;
		args_add(args, "--allow=%s", plan->ports[i].devargs);
	}
	// Without a PCI port none may be touched: EAL would take all that it can.
	if (!any)
		args_add(args, "--no-pci");
}

static void args_make(struct args *args, const struct plan *plan)
{
	args_add(args, "nimbl");
	args_lcores(args, plan);
	args_devices(args, plan);
	args_add(args, "--file-prefix=nimbl-%s", eal.name);
	args_add(args, "--iova-mode=va");
	if (plan->dev) {
		args_add(args, "--no-huge");
		args_add(args, "-m%llu", (unsigned long long)(plan->eal_bytes >> 20) + 1);
	} else {
		args_add(args, "--in-memory");
		args_add(args, "--single-file-segments"); // for virtio-user peers
	}
	for (uint16_t i = 0; i < plan->conf->eal_count; i++)
		args_add(args, "%s", plan->conf->eal[i]);
}

// EAL's shared directory under /tmp belongs to whoever came first; ours is our own.
static int runtime_directory(char *path, size_t size)
{
	const char *given = getenv("RUNTIME_DIRECTORY"), *xdg = getenv("XDG_RUNTIME_DIR");

	if (given != NULL && given[0] != '\0')
		snprintf(path, size, "%s", given);
	else if (geteuid() == 0 && access("/run", W_OK) == 0)
		snprintf(path, size, "/run/nimbl");
	else if (xdg != NULL && access(xdg, W_OK) == 0)
		snprintf(path, size, "%s/nimbl", xdg);
	else
		snprintf(path, size, "/tmp/nimbl-%u", (unsigned int)getuid());
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		nimbl_fail(errno, "runtime directory %s: %s", path, strerror(errno));
		nimbl_mend(
			"name a directory that you may write: RUNTIME_DIRECTORY=/some/where nimbl ...");
		return -nimbl_last_error()->code;
	}
	return setenv("RUNTIME_DIRECTORY", path, 1) < 0 ? -errno : 0;
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

// Whoever was killed could not clean up. Its lock is gone with it, which tells.
static void sweep(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		size_t length = strlen(entry->d_name);
		char path[512];

		if (length < 5 || strcmp(entry->d_name + length - 4, ".pid") != 0)
			continue;
		int fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			snprintf(path, sizeof(path), "%s/dpdk/nimbl-%.*s", directory,
				(int)length - 4, entry->d_name);
			folder_remove(path);
			unlinkat(dirfd(dir), entry->d_name, 0);
		}
		close(fd);
	}
	if (dir != NULL)
		closedir(dir);
}

// 0: the name is ours. A positive number: it is taken by that process. Negative: an error.
static int name_take(const char *directory, const char *name)
{
	char pid[16] = "";

	snprintf(eal.name, sizeof(eal.name), "%s", name);
	snprintf(eal.eal_dir, sizeof(eal.eal_dir), "%s/dpdk/nimbl-%s", directory, name);
	snprintf(eal.lock_path, sizeof(eal.lock_path), "%s/%s.pid", directory, name);
	eal.lock_fd = open(eal.lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (eal.lock_fd < 0) {
		nimbl_fail(errno, "%s: %s", eal.lock_path, strerror(errno));
		nimbl_mend("it belongs to another user; name a directory of your own: "
			   "RUNTIME_DIRECTORY=/some/where nimbl ...");
		return -nimbl_last_error()->code;
	}
	if (flock(eal.lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (read(eal.lock_fd, pid, sizeof(pid) - 1) < 0)
		pid[0] = '\0';
	close(eal.lock_fd);
	eal.lock_fd = -1;
	return atoi(pid) > 0 ? atoi(pid) : 1;
}

static int instance_lock(const char *name)
{
	char directory[200], pid[16], other[40];
	int ret = runtime_directory(directory, sizeof(directory));

	if (ret < 0)
		return ret;
	sweep(directory);
	ret = name_take(directory, name);
	if (ret > 0 && strcmp(name, DEFAULT_NAME) == 0) {
		snprintf(other, sizeof(other), "%s-%d", name, (int)getpid());
		ret = name_take(directory, other);
	}
	if (ret > 0) {
		nimbl_fail(EBUSY, "instance '%s' is already running (pid %d)", name, ret);
		nimbl_mend("give this one another name: --name other");
		return -EBUSY;
	}
	if (ret < 0)
		return ret;
	int length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(eal.lock_fd, 0) < 0 || pwrite(eal.lock_fd, pid, (size_t)length, 0) != length)
		nimbl_log(NIMBL_LOG_WARNING, "%s: %s", eal.lock_path, strerror(errno));
	return 0;
}

static void instance_unlock(void)
{
	if (eal.lock_fd < 0)
		return;
	unlink(eal.lock_path);
	close(eal.lock_fd);
	eal.lock_fd = -1;
}

// DPDK's log lines: kept for our messages, shown with --verbose.
static ssize_t log_write(void *cookie, const char *text, size_t size)
{
	int length = (int)size;

	while (length > 0 && text[length - 1] == '\n')
		length--;
	// The first complaint says most; those of EAL that follow only pass it on.
	if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_ERR && eal.first_error[0] == '\0' &&
		strncmp(text, "EAL: Failed to attach", 21) != 0 &&
		strncmp(text, "EAL: Driver cannot attach", 25) != 0)
		snprintf(eal.first_error, sizeof(eal.first_error), "%.*s", length, text);
	nimbl_log(NIMBL_LOG_INFO, "dpdk: %.*s", length, text);
	return (ssize_t)size;
}

static void log_capture(void)
{
	cookie_io_functions_t functions = {.write = log_write};
	FILE *stream = fopencookie(NULL, "w", functions);

	if (stream == NULL)
		return;
	setvbuf(stream, NULL, _IOLBF, 0);
	rte_openlog_stream(stream);
}

// EAL prints its usage to stdout and stderr when it does not like an argument. The text goes to a
// file while it starts, and back out only on request.
struct quiet {
	FILE *file;
	int out, err;
};

static void quiet_begin(struct quiet *quiet)
{
	fflush(stdout);
	fflush(stderr);
	quiet->file = tmpfile();
	quiet->out = dup(STDOUT_FILENO);
	quiet->err = dup(STDERR_FILENO);
	if (quiet->file == NULL)
		return;
	dup2(fileno(quiet->file), STDOUT_FILENO);
	dup2(fileno(quiet->file), STDERR_FILENO);
}

static void quiet_end(struct quiet *quiet, char *text, size_t size)
{
	fflush(stdout);
	fflush(stderr);
	dup2(quiet->out, STDOUT_FILENO);
	dup2(quiet->err, STDERR_FILENO);
	close(quiet->out);
	close(quiet->err);
	text[0] = '\0';
	if (quiet->file == NULL)
		return;
	rewind(quiet->file);
	text[fread(text, 1, size - 1, quiet->file)] = '\0';
	fclose(quiet->file);
	if (nimbl_log_get_level() >= NIMBL_LOG_INFO)
		fputs(text, stderr);
}

// What EAL says, what it means, what mends it.
static int start_failed(const struct plan *plan, const char *text, int code)
{
	static const struct {
		const char *says, *cause, *mend;
	} known[] = {
		{"unrecognized option", "DPDK does not know an option under 'eal'",
			"'man dpdk-testpmd' lists EAL's options; nimbl derives lcores, memory and devices itself"},
		{"invalid option", "DPDK does not know an option under 'eal'",
			"'man dpdk-testpmd' lists EAL's options; nimbl derives lcores, memory and devices itself"},
		{"requires an argument", "an option under 'eal' lacks its argument",
			"write it in one string: \"--option=value\""},
		{"incompatible", "options under 'eal' contradict those that nimbl derives",
			"leave memory, lcores and devices to nimbl"},
		{"Cannot get hugepage information", "hugepages cannot be used",
			"sudo sysctl vm.nr_hugepages=512, or run without hugepages: --dev"},
		{"Couldn't get fd on hugepage file",
			"hugepages exist but this user cannot use them",
			"run as root, or without hugepages: --dev"},
		{"FATAL: Cannot use IOVA as 'VA'",
			"this machine cannot give devices virtual addresses",
			"turn the IOMMU on in firmware and kernel"},
		{"Cannot allocate memory", "there is not enough memory",
			"smaller pools, or 'memory:'"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(text, known[i].says) == NULL &&
			strstr(eal.first_error, known[i].says) == NULL)
			continue;
		nimbl_fail(code, "DPDK does not start: %s", known[i].cause);
		nimbl_mend("%s", known[i].mend);
		return -code;
	}
	nimbl_fail(code, "DPDK does not start: %s",
		eal.first_error[0] != '\0' ? eal.first_error : rte_strerror(code));
	nimbl_mend("--verbose shows all that it says");
	return -code;
}

int eal_start(const struct plan *plan)
{
	struct args args = {.count = 0};
	struct quiet quiet;
	char text[8192];
	char *argv[ARGS_MAX + 1];
	int ret = instance_lock(plan->conf->name);

	if (ret < 0)
		return ret;
	args_make(&args, plan);
	memcpy(argv, args.list, sizeof(argv)); // EAL reorders what it gets
	log_capture();
	quiet_begin(&quiet);
	ret = rte_eal_init(args.count, argv);
	int code = rte_errno != 0 ? rte_errno : EINVAL;
	quiet_end(&quiet, text, sizeof(text));
	for (int i = 0; i < args.count; i++)
		free(args.list[i]);
	if (ret < 0) {
		ret = start_failed(plan, text, code);
		folder_remove(eal.eal_dir);
		instance_unlock();
		return ret;
	}
	eal.started = true;
	return 0;
}

void eal_stop(void)
{
	if (!eal.started)
		return;
	// Not rte_eal_cleanup(): it unmaps memory that EAL's interrupt thread may still walk, where a
	// PMD (net_memif) left a source of a peer that is gone. The kernel takes all back at exit, and
	// EAL cannot be started again in a process either way.
	eal.started = false;
	folder_remove(eal.eal_dir);
	instance_unlock();
}
