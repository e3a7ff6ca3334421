// SPDX-License-Identifier: BSD-3-Clause
// Other processes with DPDK. EAL names its threads, which everybody may read; the name of their files only
// who has the same rights.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "machine.h"

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_worker(const char *thread)
{
	return begins(thread, "rte-worker-") || begins(thread, "dpdk-worker") ||
	       begins(thread, "lcore-worker-");
}

static struct cpuset thread_cpus(const char *pid, const char *tid)
{
	char text[4096];

	file_read(text, sizeof(text), "/proc/%s/task/%s/status", pid, tid);
	const char *line = strstr(text, "\nCpus_allowed_list:");
	if (line == NULL)
		return (struct cpuset){0};
	line += strlen("\nCpus_allowed_list:");
	return cpuset_parse(line + strspn(line, " \t"));
}

// ".../dpdk/PREFIX/config"
static void prefix_take(struct machine_process *process, const char *path)
{
	const char *at = strstr(path, "/dpdk/");

	if (at != NULL)
		sscanf(at + strlen("/dpdk/"), "%63[^/\n]", process->prefix);
}

// "...: 00000002 00000000 00010000 0005 01 6561169 /run/dpdk/PREFIX/dpdk_telemetry.v2": what a socket with
// that number is bound to.
static void socket_take(struct machine_process *process, const char *sockets, const char *number)
{
	char word[32];
	int length = snprintf(word, sizeof(word), " %.*s /", (int)strcspn(number, "]"), number);
	const char *at = strstr(sockets, word);
	char path[256];

	if (at != NULL && length < (int)sizeof(word)) {
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, "\n"), at);
		prefix_take(process, path);
	}
}

// The configuration is open in a primary process, unless it keeps all in memory: then its socket is there.
static void prefix_read(struct machine_process *process, const char *pid, const char *sockets)
{
	struct file_names files = file_names("/proc/%s/fd", pid);

	for (unsigned int i = 0; i < files.count && process->prefix[0] == '\0'; i++) {
		char target[FILE_PATH_SIZE];
		struct file_path path = file_path("/proc/%s/fd/%s", pid, files.list[i]);
		ssize_t length = readlink(path.text, target, sizeof(target) - 1);

		target[length < 0 ? 0 : length] = '\0';
		if (begins(target, "socket:["))
			socket_take(process, sockets, target + strlen("socket:["));
		else
			prefix_take(process, target);
	}
	file_names_free(&files);
}

// Whether it is one with DPDK; then all about it.
static bool process_read(const char *pid, struct machine_process *process)
{
	struct file_names threads = file_names("/proc/%s/task", pid);
	struct cpuset main = thread_cpus(pid, pid);
	bool has_eal = false;

	memset(process, 0, sizeof(*process));
	for (unsigned int i = 0; i < threads.count; i++) {
		char name[MACHINE_NAME_SIZE];

		file_read(name, sizeof(name), "/proc/%s/task/%s/comm", pid, threads.list[i]);
		has_eal |= strcmp(name, "eal-intr-thread") == 0;
		if (!is_worker(name))
			continue;
		struct cpuset cpus = thread_cpus(pid, threads.list[i]);
		process->workers = cpuset_or(&process->workers, &cpus);
	}
	file_names_free(&threads);
	if (!has_eal)
		return false;
	process->pid = atoi(pid);
	file_read(process->name, sizeof(process->name), "/proc/%s/comm", pid);
	process->cpus =
		cpuset_count(&main) == 1 ? cpuset_or(&process->workers, &main) : process->workers;
	char *sockets = file_text("/proc/net/unix");
	prefix_read(process, pid, sockets != NULL ? sockets : "");
	free(sockets);
	return true;
}

struct machine_process *machine_processes(unsigned int *count)
{
	struct file_names names = file_names("/proc");
	struct machine_process *processes = NULL;

	*count = 0;
	for (unsigned int i = 0; i < names.count; i++) {
		struct machine_process process, *more;

		if (!isdigit((unsigned char)names.list[i][0]) ||
			(!file_is_made_up() && atoi(names.list[i]) == (int)getpid()) ||
			!process_read(names.list[i], &process))
			continue;
		more = realloc(processes, (*count + 1) * sizeof(*processes));
		if (more == NULL)
			break;
		processes = more;
		processes[(*count)++] = process;
	}
	file_names_free(&names);
	return processes;
}
