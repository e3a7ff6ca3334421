// SPDX-License-Identifier: BSD-3-Clause
// Work "pass": elements are taken on some lcores and given back on others.
#pragma once

#include "touch.h"
#include "work.h"

#define POOL_CPUS_MAX 64u

// Who may take part. The first taker is the lcore that measures, the last giver the control thread; those between
// are threads of their own, on CPUs that are left.
struct pool_lcores {
	uint32_t taker;
	uint32_t cpus
		[POOL_CPUS_MAX]; // that the process may use: the taker's, the control thread's, the others
	uint32_t cpu_count;
};

// What the threads of one run are to do beside taking and giving back.
struct pool_pass_extra {
	struct stats_histogram
		*bursts; // cycles of each taking, and of each giving back; NULL: not timed
	struct pool_counter *counter; // NULL: not stepped
};

// `bursts` bursts of all takers together, until the last element is back. On the control thread; the cycles are
// those from the first burst to the end, per element of all. How the lcores shared is added to the desk.
struct pool_slice pool_pass_run(
	struct pool_desk *desk, uint64_t bursts, const struct pool_pass_extra *extra);

// More lcores than CPUs: then time says nothing.
bool pool_pass_shares_cpus(const struct pool_lcores *lcores, const struct pool_cell *cell);
