// SPDX-License-Identifier: BSD-3-Clause
// The rules by which trials are void.
#include "doubt.h"

#include <dirent.h>
#include <math.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GRAIN_S     0.001 // of the lcore that sends
#define CLOCK_TRIES 16
#define STEAL_FIELD 8 // user nice system idle iowait irq softirq steal

struct doubt_limits doubt_limits_usual(double seconds)
{
	return (struct doubt_limits){
		.shortfall = 0.001,
		.clock = 0.0005,
		.steal = 0.02,
		.late_s = fmax(0.05, seconds * 0.01),
	};
}

uint64_t doubt_steal_ticks(const char *stat)
{
	const char *field = strncmp(stat, "cpu ", 4) == 0 ? stat + 3 : "";
	uint64_t ticks = 0;

	for (int i = 0; i < STEAL_FIELD; i++) {
		char *end;

		ticks = strtoull(field, &end, 10);
		if (end == field)
			return 0;
		field = end;
	}
	return ticks;
}

// Both clocks at one instant: of several tries the one that was interrupted least.
static void clocks_read(struct doubt_reading *reading)
{
	uint64_t gap = UINT64_MAX;

	for (int i = 0; i < CLOCK_TRIES; i++) {
		struct timespec now;
		uint64_t before = rte_rdtsc_precise();

		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		uint64_t after = rte_rdtsc_precise();
		if (after - before >= gap)
			continue;
		gap = after - before;
		reading->tsc = (double)before + (double)gap / 2;
		reading->raw_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	}
}

double doubt_tsc_hz(const struct doubt_reading *before, const struct doubt_reading *after)
{
	return (after->tsc - before->tsc) / (after->raw_s - before->raw_s);
}

// How long the threads of a process waited for a CPU while they could have run.
static double wait_s(pid_t pid)
{
	char path[64];
	double sum = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
		unsigned long long run, wait;

		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid,
			task->d_name);
		FILE *file = task->d_name[0] != '.' ? fopen(path, "re") : NULL;
		if (file != NULL && fscanf(file, "%llu %llu", &run, &wait) == 2)
			sum += (double)wait / 1e9;
		if (file != NULL)
			fclose(file);
	}
	if (tasks != NULL)
		closedir(tasks);
	return sum;
}

void doubt_read(struct doubt_reading *reading, pid_t device)
{
	char line[256] = "";
	FILE *file = fopen("/proc/stat", "re");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	if (file != NULL)
		fclose(file);
	reading->steal_s = (double)doubt_steal_ticks(line) / (double)sysconf(_SC_CLK_TCK);
	reading->wait_s = wait_s(getpid()) + (device > 0 ? wait_s(device) : 0);
	clocks_read(reading);
}

#define SAY(...) snprintf(result->why, sizeof(result->why), __VA_ARGS__)

static enum trial_doubt judge_machine(const struct doubt_facts *facts,
	const struct doubt_limits *limits, struct trial_result *result)
{
	double tsc = (facts->after.tsc - facts->before.tsc) / facts->tsc_hz;
	double raw = facts->after.raw_s - facts->before.raw_s;
	double steal = facts->after.steal_s - facts->before.steal_s;

	if (raw <= 0 || fabs(tsc / raw - 1) > limits->clock) {
		SAY("%.6f s by the time stamp counter, %.6f s by the clock", tsc, raw);
		return TRIAL_CLOCK;
	}
	if (steal > limits->steal * raw * facts->cpus) {
		SAY("%.1f %% of the CPUs", 100 * steal / (raw * facts->cpus));
		return TRIAL_STEAL;
	}
	double wait = facts->after.wait_s - facts->before.wait_s;
	if (wait > limits->steal * raw) {
		SAY("threads waited %.1f ms for a CPU that others had", 1e3 * wait);
		return TRIAL_STEAL;
	}
	if (facts->late_s > limits->late_s) {
		SAY("by %.0f ms", 1e3 * facts->late_s);
		return TRIAL_LATE;
	}
	return TRIAL_GOOD;
}

void doubt_judge(const struct doubt_facts *facts, const struct doubt_limits *limits,
	struct trial_result *result)
{
	double missing = facts->asked > facts->sent ? (double)(facts->asked - facts->sent) : 0;

	result->why[0] = '\0';
	if (facts->link_went_down) {
		result->doubt = TRIAL_LINK;
		return;
	}
	if (facts->own_drops > 0) {
		result->doubt = TRIAL_QUEUE;
		SAY("%llu frames", (unsigned long long)facts->own_drops);
		return;
	}
	result->doubt = judge_machine(facts, limits, result);
	if (result->doubt != TRIAL_GOOD || facts->is_pushed_back)
		return;
	if (facts->sending_late_s > limits->late_s) {
		result->doubt = TRIAL_SHORT;
		SAY("frames were sent up to %.1f ms behind their time",
			1e3 * facts->sending_late_s);
		return;
	}
	if (facts->took_s > facts->wanted_s * (1 + limits->shortfall) + GRAIN_S) {
		result->doubt = TRIAL_SHORT;
		SAY("%.4f s in place of %.4f s", facts->took_s, facts->wanted_s);
		return;
	}
	if (facts->sent == 0 || missing > limits->shortfall * (double)facts->asked) {
		result->doubt = TRIAL_SHORT;
		SAY("%llu of %llu frames", (unsigned long long)facts->sent,
			(unsigned long long)facts->asked);
	}
}
