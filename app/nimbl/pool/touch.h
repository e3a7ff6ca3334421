// SPDX-License-Identifier: BSD-3-Clause
// Which cache lines taking and giving back touches: counted, by running it instruction by instruction. Not part of
// any timed loop.
#pragma once

#include <rte_common.h>
#include <stdbool.h>
#include <stdint.h>

// Where a line lies.
enum pool_place {
	POOL_PLACE_ELEMENTS,   // headers, lists, buffers and data of the pools
	POOL_PLACE_STRUCTURES, // rings, stacks, caches, queues: the rest of DPDK's memory
	POOL_PLACE_ELSEWHERE,  // stack and variables, the harness's too
	POOL_PLACE_COUNT,
};

// Lines per element; a line that a burst touches several times counts once for the burst.
struct pool_touch {
	bool is_counted;
	char why[96];                     // it is not
	double read[POOL_PLACE_COUNT];    // only read, or prefetched
	double written[POOL_PLACE_COUNT]; // written, perhaps read too
};

struct pool_counter;

// NULL with the error set: this build or this machine cannot.
struct pool_counter *pool_counter_new(void);
void pool_counter_free(struct pool_counter *counter);

// Have it tell the elements of all mempools that there are now from other memory. DPDK is started.
void pool_counter_learn(struct pool_counter *counter);

// A piece of work, a burst for example, on the thread that does it. `elements` of it are counted.
void pool_counter_begin(struct pool_counter *counter);
void pool_counter_end(struct pool_counter *counter, uint32_t elements);

// Both ends of work "pass" into one.
void pool_counter_merge(struct pool_counter *counter, const struct pool_counter *other);

void pool_counter_result(const struct pool_counter *counter, struct pool_touch *touch);

// Bytes of lines per element that the pool's memory and structures had; what lies elsewhere is the harness's too.
double pool_touch_bytes(const struct pool_touch *touch);
