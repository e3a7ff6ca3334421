// SPDX-License-Identifier: BSD-3-Clause
// A meter that lcores share: rte_meter's, with RFC 2697 (one rate) or RFC 2698 (two), color blind.
//
// rte_meter is for one thread, and one meter for each lcore would allow the rate as often as there are
// lcores. So each lcore judges a burst on a copy of the one state, writes what comes of it into a place
// of its own, and makes that the state by exchanging one word, with a version. Who finds that another was
// faster begins again with the newer state. Nobody waits for anybody, and one of them always comes through;
// a lock would let all wait for one that the kernel has taken off its CPU.
#pragma once

#include <rte_common.h>
#include <rte_meter.h>
#include <stdbool.h>
#include <stdint.h>

#define POLICE_BURST 64u

union police_state {
	struct rte_meter_srtcm one;
	struct rte_meter_trtcm two;
	uint64_t words[4];
};

// The places of one lcore: of the two the one that is not the state may be written.
struct police_places {
	union police_state states[2];
} __rte_cache_aligned;

struct police_meter {
	uint64_t head; // version above, in the lower 16 bits the number of the place
	bool has_peak;
	struct rte_meter_srtcm_profile one;
	struct rte_meter_trtcm_profile two;
	uint32_t strangers; // a thread without an lcore is in the last places
	struct police_places places[RTE_MAX_LCORE + 1];
};

// Rates in bits per second, sizes in bytes. `peak` 0: one rate. Full at the start. Returns 0 or -EINVAL
// with the error set. Control thread, after EAL has started.
int police_meter_open(
	struct police_meter *meter, uint64_t rate, uint64_t burst, uint64_t peak, uint64_t excess);

// Judge `count` (at most POLICE_BURST) packets of these lengths at time `now`, in cycles of the time
// stamp counter. Any thread.
void police_meter_judge(struct police_meter *meter, uint64_t now, const uint32_t *lengths,
	unsigned int count, uint8_t *colors);
