// SPDX-License-Identifier: BSD-3-Clause
// Rights and limits of this process: capabilities, rlimits, control groups.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "machine.h"

#define NO_LIMIT (1ull << 60) // what cgroup v1 writes for none lies above

// What stands behind `key` at the beginning of a line, or NULL.
static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0)
			return line + length + strspn(line + length, " \t");
	}
	return NULL;
}

// The folder of this process in the group hierarchy of `controller`; "": version 2.
static bool group_of(const char *groups, const char *controller, char *path, size_t size)
{
	for (const char *line = groups; line != NULL && *line != '\0';) {
		const char *end = strchr(line, '\n');
		size_t length = end != NULL ? (size_t)(end - line) : strlen(line);
		const char *names = memchr(line, ':', length);
		const char *at =
			names != NULL ? memchr(names + 1, ':', length - (size_t)(names + 1 - line))
				      : NULL;

		if (at != NULL && (size_t)(at - names - 1) == strlen(controller) &&
			strncmp(names + 1, controller, strlen(controller)) == 0) {
			snprintf(path, size, "%.*s", (int)(line + length - at - 1), at + 1);
			return true;
		}
		line = end != NULL ? end + 1 : NULL;
	}
	return false;
}

struct group {
	const char *mount; // of its hierarchy
	char path[256];
};

// Call `look` for the group and those above it, up to the root of what this process sees.
static void groups_up(
	struct group *group, void (*look)(const struct group *group, void *arg), void *arg)
{
	for (;;) {
		char *slash = strrchr(group->path, '/');

		look(group, arg);
		if (slash == NULL || group->path[0] == '\0')
			return;
		*slash = '\0';
	}
}

static void cpus_look(const struct group *group, void *arg)
{
	struct machine_limits *limits = arg;
	char text[64];
	double quota = -1, period = 0;

	if (file_read(text, sizeof(text), "%s%s/cpu.max", group->mount, group->path) > 0)
		sscanf(text, "%lf %lf", &quota, &period);
	else {
		quota = (double)file_number(-1, "%s%s/cpu.cfs_quota_us", group->mount, group->path);
		period =
			(double)file_number(0, "%s%s/cpu.cfs_period_us", group->mount, group->path);
	}
	if (quota > 0 && period > 0 && (limits->cpus == 0 || quota / period < limits->cpus))
		limits->cpus = quota / period;
}

static uint64_t bytes_in(const struct group *group, const char *file)
{
	int64_t bytes = file_number(-1, "%s%s/%s", group->mount, group->path, file);

	return bytes < 0 || (uint64_t)bytes >= NO_LIMIT ? UINT64_MAX : (uint64_t)bytes;
}

static void memory_look(const struct group *group, void *arg)
{
	struct machine_limits *limits = arg;
	uint64_t v2 = bytes_in(group, "memory.max");
	uint64_t v1 = bytes_in(group, "memory.limit_in_bytes");
	uint64_t bytes = v2 < v1 ? v2 : v1;

	if (bytes != UINT64_MAX && (limits->memory == 0 || bytes < limits->memory))
		limits->memory = bytes;
}

static void hugepages_look(const struct group *group, void *arg)
{
	struct machine_limits *limits = arg;
	uint64_t v2 = bytes_in(group, "hugetlb.2MB.max");
	uint64_t v1 = bytes_in(group, "hugetlb.2MB.limit_in_bytes");
	uint64_t bytes = v2 < v1 ? v2 : v1;

	if (bytes < limits->hugepages)
		limits->hugepages = bytes;
}

static void groups_read(struct machine_limits *limits)
{
	static const struct {
		const char *controller, *mount;
		void (*look)(const struct group *group, void *arg);
	} known[] = {
		{"cpu", "/sys/fs/cgroup/cpu", cpus_look},
		{"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", cpus_look},
		{"memory", "/sys/fs/cgroup/memory", memory_look},
		{"hugetlb", "/sys/fs/cgroup/hugetlb", hugepages_look},
		{"", "/sys/fs/cgroup", cpus_look},
		{"", "/sys/fs/cgroup", memory_look},
		{"", "/sys/fs/cgroup", hugepages_look},
	};
	char text[4096];

	file_read(text, sizeof(text), "/proc/self/cgroup");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct group group = {.mount = known[i].mount};

		if (group_of(text, known[i].controller, group.path, sizeof(group.path)))
			groups_up(&group, known[i].look, limits);
	}
}

static uint64_t memlock_read(void)
{
	char text[4096];

	file_read(text, sizeof(text), "/proc/self/limits");
	const char *value = value_of(text, "Max locked memory");
	return value == NULL || strncmp(value, "unlimited", 9) == 0 ? UINT64_MAX
								    : strtoull(value, NULL, 10);
}

void machine_limits_read(struct machine_limits *limits)
{
	char text[8192];
	const char *value;

	*limits = (struct machine_limits){
		.hugepages = UINT64_MAX, .available = UINT64_MAX, .total = UINT64_MAX};
	file_read(text, sizeof(text), "/proc/self/status");
	value = value_of(text, "Uid:"); // real, effective, ...
	if (value != NULL)
		sscanf(value, "%*d %" SCNd64, &limits->uid);
	value = value_of(text, "CapEff:");
	if (value != NULL)
		limits->capabilities = strtoull(value, NULL, 16);
	limits->memlock = memlock_read();
	file_read(text, sizeof(text), "/proc/meminfo");
	value = value_of(text, "MemTotal:");
	if (value != NULL)
		limits->total = strtoull(value, NULL, 10) << 10;
	value = value_of(text, "MemAvailable:");
	if (value != NULL)
		limits->available = strtoull(value, NULL, 10) << 10;
	groups_read(limits);
}
