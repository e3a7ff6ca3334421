// SPDX-License-Identifier: BSD-3-Clause
// Whether a trial may be believed: what this machine did while it ran, and when that is too much.
#pragma once

#include <sys/types.h>

#include "trial.h"

// The machine at an instant.
struct doubt_reading {
	double tsc;     // cycles of the time stamp counter
	double raw_s;   // of CLOCK_MONOTONIC_RAW
	double steal_s; // that the hypervisor took from all CPUs since the machine started
	double wait_s;  // that our threads, and those of the device, waited for a CPU in all
};

// What happened between the beginning and the end of a trial.
struct doubt_facts {
	struct doubt_reading before, after;
	double tsc_hz;           // by doubt_tsc_hz() of two earlier readings
	uint64_t asked, sent;    // frames that were due, and given to the ports
	double wanted_s, took_s; // for sending them
	bool is_pushed_back;     // the ports took no more: then the device was the limit, not we
	uint64_t
		own_drops; // frames that our ports lost on the way in, and damaged ones that we made
	double late_s;     // the most that the control thread came too late
	double sending_late_s; // the most that a frame of ours was behind its time
	bool link_went_down;
	uint32_t cpus; // of this machine
};

struct doubt_limits {
	double shortfall; // part of the frames asked for, and of the time for them
	double clock;     // part that the clocks may differ by
	double steal;     // part of the time of all CPUs
	double late_s;    // of the control thread
};

// What is bearable in a trial of so many seconds.
struct doubt_limits doubt_limits_usual(double seconds);

// Take a reading. What the kernel does not tell is 0. `device`: process of the device, 0 when it is none.
void doubt_read(struct doubt_reading *reading, pid_t device);

// The rate of the time stamp counter between two readings: what DPDK says of it is rounded.
double doubt_tsc_hz(const struct doubt_reading *before, const struct doubt_reading *after);

// Steal time in ticks of the "cpu" line of /proc/stat; 0 when it is not there.
uint64_t doubt_steal_ticks(const char *stat);

// Say in `result` whether it is void, and with what figures.
void doubt_judge(const struct doubt_facts *facts, const struct doubt_limits *limits,
	struct trial_result *result);
