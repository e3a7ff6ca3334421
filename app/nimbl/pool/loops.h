// SPDX-License-Identifier: BSD-3-Clause
// The loops. Each is inline in its way of taking and giving back, so that what is timed is the loop and
// the pool, and no call through a pointer. For work.c and pass.c.
#pragma once

#include <rte_cycles.h>

#include "watch.h"
#include "work.h"

#define INLINE static inline __attribute__((always_inline))

typedef uint32_t (*take_fn)(struct pool_subject *subject, void **objects, uint32_t n);
typedef void (*give_fn)(struct pool_subject *subject, void **objects, uint32_t n);

// How a burst is taken and given back: by which functions, with the driver's own list or without, and
// whether each is told to the watch.
struct way {
	take_fn take;
	give_fn give;
	bool keeps, shared, watched;
};

// The way of a subject, with pointers where a loop that is not timed may follow them. `shared`: two lcores
// use the driver's own list.
struct way pool_way_of(const struct pool_subject *subject, bool shared);

INLINE uint32_t take(struct pool_desk *desk, struct way way, void **objects, uint32_t n)
{
	uint32_t got = way.keeps ? take_kept(desk->subject, objects, n, way.shared, way.take)
				 : way.take(desk->subject, objects, n);

	if (way.watched)
		pool_watch_take(desk->subject->watch, objects, got);
	return got;
}

INLINE void give(struct pool_desk *desk, struct way way, void **objects, uint32_t n)
{
	if (way.watched)
		pool_watch_give(desk->subject->watch, objects, n);
	if (n == 0)
		return;
	if (way.keeps)
		give_kept(desk->subject, objects, n, way.shared);
	else
		way.give(desk->subject, objects, n);
}

INLINE void get_put(struct pool_desk *desk, struct way way, uint32_t burst)
{
	void *objects[POOL_BURST_MAX];
	uint32_t n = take(desk, way, objects, burst);

	desk->failures += n < burst;
	give(desk, way, objects, n);
}

// As DPDK's own benchmark of pools has it: what is taken lies still until there are enough.
INLINE void batch(struct pool_desk *desk, struct way way, uint32_t burst)
{
	uint32_t n = take(desk, way, &desk->window[desk->batched], burst);

	desk->failures += n < burst;
	desk->batched += n;
	if (desk->batched < POOL_BATCH)
		return;
	for (uint32_t i = 0; i < desk->batched; i += burst)
		give(desk, way, &desk->window[i], RTE_MIN(burst, desk->batched - i));
	desk->batched = 0;
}

// Rings of descriptors: those of the receive ring are filled again with what is taken, what they held
// moves to the transmit ring, and what that held the longest goes back.
INLINE void nic(struct pool_desk *desk, struct way way, uint32_t burst)
{
	void *fresh[POOL_BURST_MAX], *done[POOL_BURST_MAX];
	uint32_t n = take(desk, way, fresh, burst);

	desk->failures += n < burst;
	for (uint32_t i = 0; i < n; i++) {
		void **receive = &desk->receive[desk->receive_at++ % POOL_RING];
		void **transmit = &desk->transmit[desk->transmit_at++ % POOL_RING];

		done[i] = *transmit;
		*transmit = *receive;
		*receive = fresh[i];
	}
	give(desk, way, done, n);
}

INLINE uint32_t next_random(struct pool_desk *desk)
{
	desk->random_state = desk->random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(desk->random_state >> 33);
}

// Each new one takes the place of one that was held, whichever.
INLINE void round_trip(struct pool_desk *desk, struct way way, uint32_t burst)
{
	void *objects[POOL_BURST_MAX];
	uint32_t n = take(desk, way, objects, burst);

	desk->failures += n < burst;
	for (uint32_t i = 0; i < n; i++) {
		void **held = &desk->window[next_random(desk) % POOL_WINDOW];
		void *other = *held;

		*held = objects[i];
		objects[i] = other;
	}
	give(desk, way, objects, n);
}

static inline void derive(NET_BUFFER_LIST *nbl, uint32_t i, uint32_t data)
{
	if (i % 8 == 4) {
		NET_BUFFER_LIST *pieces =
			NdisAllocateFragmentNetBufferList(nbl, NULL, NULL, 0, data / 4, 0, 0, 0);

		if (pieces != NULL)
			NdisFreeFragmentNetBufferList(pieces, 0, 0);
	} else if (i % 4 == 0) {
		NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);

		if (clone != NULL)
			NdisFreeCloneNetBufferList(clone, 0);
	}
}

INLINE void mix(struct pool_desk *desk, struct way way, uint32_t burst)
{
	uint32_t data = desk->subject->cell.data;
	void *objects[POOL_BURST_MAX];
	uint32_t n = take(desk, way, objects, burst);

	desk->failures += n < burst;
	for (uint32_t i = 0; i < n; i += 4) {
		NET_BUFFER_LIST *nbl = objects[i];

		NdisRetreatNetBufferDataStart(NET_BUFFER_LIST_FIRST_NB(nbl), data, 0, NULL);
		derive(nbl, i, data);
		NdisAdvanceNetBufferDataStart(NET_BUFFER_LIST_FIRST_NB(nbl), data, FALSE, NULL);
	}
	give(desk, way, objects, n);
}

// The time that this takes is not the pool's.
static inline void work_on_cold(struct pool_desk *desk)
{
	size_t bytes = (size_t)desk->subject->cell.cold << 10;
	uint64_t begin = rte_rdtsc();

	for (size_t i = 0; i < bytes; i += RTE_CACHE_LINE_SIZE)
		desk->cold[i]++;
	desk->cold_cycles += rte_rdtsc() - begin;
}

INLINE void step(struct pool_desk *desk, struct way way, enum pool_work work, uint32_t burst)
{
	switch (work) {
	case POOL_WORK_BATCH:
		batch(desk, way, burst);
		break;
	case POOL_WORK_NIC:
		nic(desk, way, burst);
		break;
	case POOL_WORK_TRIP:
		round_trip(desk, way, burst);
		break;
	case POOL_WORK_MIX:
		mix(desk, way, burst);
		break;
	default:
		get_put(desk, way, burst);
	}
}

INLINE uint64_t slice(struct pool_desk *desk, struct way way, enum pool_work work, uint64_t bursts)
{
	uint32_t burst = desk->subject->cell.burst;
	bool is_cold = desk->cold != NULL;

	desk->cold_cycles = 0;
	desk->subject->aside_cycles = 0;
	uint64_t begin = rte_rdtsc_precise();
	for (uint64_t i = 0; i < bursts; i++) {
		step(desk, way, work, burst);
		if (unlikely(is_cold))
			work_on_cold(desk);
	}
	return rte_rdtsc_precise() - begin - desk->cold_cycles - desk->subject->aside_cycles;
}

INLINE void each(struct pool_desk *desk, struct way way, enum pool_work work, uint64_t bursts,
	struct stats_histogram *histogram)
{
	uint32_t burst = desk->subject->cell.burst;

	for (uint64_t i = 0; i < bursts; i++) {
		desk->subject->aside_cycles = 0;
		uint64_t begin = rte_rdtsc_precise();

		step(desk, way, work, burst);
		stats_histogram_add(
			histogram, rte_rdtsc_precise() - begin - desk->subject->aside_cycles);
		if (unlikely(desk->cold != NULL))
			work_on_cold(desk);
	}
}
