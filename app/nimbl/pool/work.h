// SPDX-License-Identifier: BSD-3-Clause
// What is done with elements, in slices of a given number of bursts.
#pragma once

#include "stats.h"
#include "subject.h"
#include "touch.h"

#define POOL_RING   512u // descriptors of the receive ring, and of the transmit ring, of work "nic"
#define POOL_WINDOW 512u // lists that work "round-trip" holds
#define POOL_BATCH  32u  // elements that work "batch" takes before it gives them back

// Where a workload has its elements, and what it needs beside the pool.
struct pool_desk {
	struct pool_subject *subject;
	void *receive[POOL_RING], *transmit[POOL_RING], *window[POOL_WINDOW];
	uint32_t receive_at, transmit_at, batched;
	uint64_t random_state;
	bool is_ready;              // rings and window are filled
	uint8_t *cold;              // memory that is worked on between bursts
	uint64_t cold_cycles;       // spent on it, and not the pool's
	void **drained;             // what was taken until the pool was dry
	uint64_t elements;          // of the last slice
	uint64_t failures;          // bursts for which the pool had not enough
	const char *why;            // it could not be done; NULL: it could
	struct stats_shares shares; // of the lcores of work "pass": sums over all runs of it
	uint32_t share_count;
	const struct pool_lcores *lcores; // of work "pass"
};

struct pool_slice {
	uint64_t cycles, elements;
};

// The desk must not move while it is open. Returns 0 or -errno with the error set.
int pool_desk_open(struct pool_desk *desk, struct pool_subject *subject);

void pool_desk_close(struct pool_desk *desk);

// `bursts` bursts: what they took, without what was spent on filling rings before and emptying them
// after, and on cold memory. On the lcore.
struct pool_slice pool_work_run(struct pool_desk *desk, uint64_t bursts);

// The same with each burst timed by itself into `histogram`, in cycles of the burst; for "pass" each taking and each
// giving back.
void pool_work_time_each(
	struct pool_desk *desk, uint64_t bursts, struct stats_histogram *histogram);

// The same, slowly, with every element that is taken and given back told to subject->watch; at the end
// all are given back.
void pool_work_watch(struct pool_desk *desk, uint64_t bursts);

// As many bursts as show what an element touches, stepped and counted, after some that are not.
void pool_work_count(struct pool_desk *desk, struct pool_counter *counter);
