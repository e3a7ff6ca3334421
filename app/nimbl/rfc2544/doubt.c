// SPDX-License-Identifier: BSD-3-Clause
// The rules by which trials are void.
#include "doubt.h"

#include <math.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STEAL_FIELD 8 // user nice system idle iowait irq softirq steal

struct doubt_limits doubt_limits_usual(double seconds)
{
	return (struct doubt_limits){
		.shortfall = 0.001,
		.clock = fmax(0.0005, 0.0002 / seconds), // the clocks are not read at one instant
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

void doubt_read(struct doubt_reading *reading)
{
	char line[256] = "";
	struct timespec now;
	FILE *file = fopen("/proc/stat", "re");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	if (file != NULL)
		fclose(file);
	reading->steal_s = (double)doubt_steal_ticks(line) / (double)sysconf(_SC_CLK_TCK);
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	reading->tsc_s = (double)rte_rdtsc() / (double)rte_get_tsc_hz();
	reading->raw_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#define SAY(...) snprintf(result->why, sizeof(result->why), __VA_ARGS__)

static enum trial_doubt judge_machine(const struct doubt_facts *facts,
	const struct doubt_limits *limits, struct trial_result *result)
{
	double tsc = facts->after.tsc_s - facts->before.tsc_s;
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
	if (facts->sent == 0 || missing > limits->shortfall * (double)facts->asked) {
		result->doubt = TRIAL_SHORT;
		SAY("%llu of %llu frames", (unsigned long long)facts->sent,
			(unsigned long long)facts->asked);
	}
}
