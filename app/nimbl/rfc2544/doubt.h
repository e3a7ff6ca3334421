// SPDX-License-Identifier: BSD-3-Clause
// Whether a trial may be believed: what this machine did while it ran, and when that is too much.
#pragma once

#include "trial.h"

// The machine at an instant.
struct doubt_reading {
	double tsc_s, raw_s; // of the time stamp counter, and CLOCK_MONOTONIC_RAW
	double steal_s;      // that the hypervisor took from all CPUs since the machine started
};

// What happened between the beginning and the end of a trial.
struct doubt_facts {
	struct doubt_reading before, after;
	uint64_t asked, sent; // frames that were due, and given to the ports
	bool is_pushed_back;  // the ports took no more: then the device was the limit, not we
	uint64_t
		own_drops; // frames that our ports lost on the way in, and damaged ones that we made
	double late_s;     // the most that the control thread came too late
	double sending_late_s; // the most that a frame of ours was behind its time
	bool link_went_down;
	uint32_t cpus; // of this machine
};

struct doubt_limits {
	double shortfall; // part of the frames asked for
	double clock;     // part that the clocks may differ by
	double steal;     // part of the time of all CPUs
	double late_s;    // of the control thread
};

// What is bearable in a trial of so many seconds.
struct doubt_limits doubt_limits_usual(double seconds);

// Take a reading. Where /proc/stat has no steal time it is 0.
void doubt_read(struct doubt_reading *reading);

// Steal time in ticks of the "cpu" line of /proc/stat; 0 when it is not there.
uint64_t doubt_steal_ticks(const char *stat);

// Say in `result` whether it is void, and with what figures.
void doubt_judge(const struct doubt_facts *facts, const struct doubt_limits *limits,
	struct trial_result *result);
