// SPDX-License-Identifier: BSD-3-Clause
// CPUs: which there are, who may use them, and what disturbs what runs on them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "machine.h"

#define CPU "/sys/devices/system/cpu"

static struct cpuset read_list(const char *path)
{
	char text[4096];

	file_read(text, sizeof(text), "%s", path);
	return cpuset_parse(text);
}

struct cpuset machine_node_cpus(unsigned int node)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpulist", node);
	return read_list(path);
}

// "Cpus_allowed_list:\t0-1" of a status.
static struct cpuset allowed(const struct cpuset *online)
{
	char text[8192];

	file_read(text, sizeof(text), "/proc/self/status");
	const char *line = strstr(text, "\nCpus_allowed_list:");
	if (line == NULL)
		return *online;
	line += strlen("\nCpus_allowed_list:");
	struct cpuset set = cpuset_parse(line + strspn(line, " \t"));
	return cpuset_and(&set, online);
}

static void read_siblings(struct machine_cpus *cpus)
{
	for (int cpu = cpuset_next(&cpus->allowed, 0); cpu >= 0;
		cpu = cpuset_next(&cpus->allowed, (unsigned int)cpu + 1)) {
		char path[96];

		snprintf(path, sizeof(path), CPU "/cpu%d/topology/thread_siblings_list", cpu);
		struct cpuset core = read_list(path);
		core = cpuset_and(&core, &cpus->allowed);
		if (cpuset_count(&core) > 1)
			cpus->siblings = cpuset_or(&cpus->siblings, &core);
	}
}

static void read_governors(struct machine_cpus *cpus)
{
	for (int cpu = cpuset_next(&cpus->allowed, 0); cpu >= 0;
		cpu = cpuset_next(&cpus->allowed, (unsigned int)cpu + 1)) {
		char governor[MACHINE_NAME_SIZE];

		if (file_read(governor, sizeof(governor), CPU "/cpu%d/cpufreq/scaling_governor",
			    cpu) <= 0)
			continue;
		bool is_slow = strcmp(governor, "performance") != 0;
		if (cpus->governor[0] == '\0' || (is_slow && cpuset_count(&cpus->slow) == 0))
			snprintf(cpus->governor, sizeof(cpus->governor), "%s", governor);
		if (is_slow)
			cpuset_add(&cpus->slow, (unsigned int)cpu);
	}
}

static int read_turbo(void)
{
	int64_t off = file_number(-1, CPU "/intel_pstate/no_turbo");
	int64_t on = file_number(-1, CPU "/cpufreq/boost");

	return off >= 0 ? off == 0 : on >= 0 ? on != 0 : -1;
}

// "cpu  user nice system idle iowait irq softirq steal ..."
static double read_steal(void)
{
	char text[512];
	unsigned long long ticks[8] = {0};
	double sum = 0;

	file_read(text, sizeof(text), "/proc/stat");
	if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &ticks[0], &ticks[1],
		    &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) != 8)
		return 0;
	for (unsigned int i = 0; i < 8; i++)
		sum += (double)ticks[i];
	return sum > 0 ? (double)ticks[7] / sum : 0;
}

static bool has_flag(const char *flags, const char *flag)
{
	size_t length = strlen(flag);

	for (const char *at = flags; (at = strstr(at, flag)) != NULL; at += length) {
		if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

static void read_flags(struct machine_cpus *cpus)
{
	char *text = file_text("/proc/cpuinfo");
	char *flags = text != NULL ? strstr(text, "\nflags\t") : NULL;

	if (flags != NULL) {
		flags++;
		flags[strcspn(flags, "\n")] = '\0';
		cpus->is_virtual = has_flag(flags, "hypervisor");
		cpus->tsc_constant = has_flag(flags, "constant_tsc");
		cpus->tsc_nonstop = has_flag(flags, "nonstop_tsc");
	}
	free(text);
}

void machine_cpus_read(struct machine_cpus *cpus)
{
	memset(cpus, 0, sizeof(*cpus));
	cpus->online = read_list(CPU "/online");
	cpus->allowed = allowed(&cpus->online);
	cpus->isolated = read_list(CPU "/isolated");
	cpus->nohz = read_list(CPU "/nohz_full");
	read_siblings(cpus);
	read_governors(cpus);
	cpus->turbo = read_turbo();
	cpus->steal = read_steal();
	read_flags(cpus);
	file_read(cpus->clock, sizeof(cpus->clock),
		"/sys/devices/system/clocksource/clocksource0/current_clocksource");
}
