// SPDX-License-Identifier: BSD-3-Clause
// Slices of work: which loop, in which way.
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"
#include "pass.h"
#include "port.h"

#define WAYS(X)                           \
	X(EMPTY, empty)                   \
	X(MEMPOOL, mempool)               \
	X(BARE, bare)                     \
	X(BULK, bulk)                     \
	X(WHOLE, whole)                   \
	X(ONE_STEP, one_step)             \
	X(TWO_STEPS, two_steps)           \
	X(TWO_STEPS_DATA, two_steps_data) \
	X(FOREIGN, foreign)               \
	X(TWIN, twin)                     \
	X(SLOW, slow)

// Taking and giving back with nothing in between are the shortest loops, in which a call would be seen:
// they have one copy for each way. The others go through pointers, a call for each burst.
INLINE uint64_t slice_short(
	struct pool_desk *desk, struct way way, enum pool_work work, uint64_t bursts)
{
	return work == POOL_WORK_BATCH ? slice(desk, way, POOL_WORK_BATCH, bursts)
				       : slice(desk, way, POOL_WORK_GETPUT, bursts);
}

static uint64_t slice_inline(struct pool_desk *desk, enum pool_work work, uint64_t bursts)
{
	bool keeps = desk->subject->cell.reclaim == POOL_RECLAIM_LIST;

	switch (desk->subject->cell.allocation) {
#define X(name, word)                                                                              \
	case POOL_##name:                                                                          \
		return keeps ? slice_short(desk,                                                   \
				       (struct way){take_##word, give_##word, true, false, false}, \
				       work, bursts)                                               \
			     : slice_short(desk,                                                   \
				       (struct way){                                               \
					       take_##word, give_##word, false, false, false},     \
				       work, bursts);
		WAYS(X)
#undef X
	default:
		return 0;
	}
}

static void through_port(const struct pool_subject *subject, struct way *way)
{
	bool is_bare = subject->cell.allocation == POOL_BARE;

	if (strcmp(subject->cell.port, POOL_PORT_RING) == 0) {
		way->give = is_bare ? pool_port_loop_bare : pool_port_loop_lists;
	} else {
		way->take = is_bare ? pool_port_take_bare : pool_port_take_lists;
		way->give = is_bare ? pool_port_give_bare : pool_port_give_lists;
	}
}

struct way pool_way_of(const struct pool_subject *subject, bool shared)
{
	static const struct way ways[] = {
#define X(name, word) [POOL_##name] = {take_##word, give_##word, false, false, false},
		WAYS(X)
#undef X
	};
	struct way way = ways[subject->cell.allocation];

	if (pool_cell_has_port(&subject->cell))
		through_port(subject, &way);
	way.keeps = subject->cell.reclaim == POOL_RECLAIM_LIST;
	way.shared = shared;
	way.watched = subject->watch != NULL;
	return way;
}

// Takes until there is no whole burst left, and gives all back: once or as often as it takes to make
// `bursts` of them.
static uint64_t drain(struct pool_desk *desk, uint64_t bursts, struct stats_histogram *histogram)
{
	struct way way = pool_way_of(desk->subject, false);
	uint32_t burst = desk->subject->cell.burst;
	uint64_t cycles = 0;

	for (uint64_t done = 0; done < bursts;) {
		uint32_t held = 0, n = burst;

		while (n == burst && held + burst <= desk->subject->cell.size + burst) {
			uint64_t begin = rte_rdtsc_precise();

			n = take(desk, way, &desk->drained[held], burst);
			uint64_t end = rte_rdtsc_precise();
			cycles += end - begin;
			if (histogram != NULL)
				stats_histogram_add(histogram, end - begin);
			held += n;
			done++;
		}
		uint64_t begin = rte_rdtsc_precise();
		for (uint32_t i = 0; i < held; i += burst)
			give(desk, way, &desk->drained[i], RTE_MIN(burst, held - i));
		cycles += rte_rdtsc_precise() - begin;
		desk->elements += held;
	}
	return cycles;
}

// All places of a ring or window, or none.
static bool fill_all(struct pool_desk *desk, struct way way, void **places, uint32_t n)
{
	uint32_t got = take(desk, way, places, n);

	if (got == n)
		return true;
	give(desk, way, places, got);
	desk->why = desk->subject->peer != NULL
			    ? "the port gives no frames: it needs a peer (DEVICE+PEER), "
			      "a loop or traffic"
			    : "the pool does not fill the rings";
	return false;
}

static bool fill_places(struct pool_desk *desk, struct way way)
{
	if (desk->subject->cell.work == POOL_WORK_TRIP)
		return fill_all(desk, way, desk->window, POOL_WINDOW);
	if (desk->subject->cell.work != POOL_WORK_NIC)
		return true;
	if (!fill_all(desk, way, desk->receive, POOL_RING))
		return false;
	if (fill_all(desk, way, desk->transmit, POOL_RING))
		return true;
	give(desk, way, desk->receive, POOL_RING);
	return false;
}

// False when it cannot be: then the workload cannot run.
static bool fill(struct pool_desk *desk)
{
	struct way way = pool_way_of(desk->subject, false);

	if (desk->is_ready)
		return true;
	if (desk->why != NULL)
		return false;
	if (pool_port_use(desk->subject) < 0)
		desk->why = "the port does not take the pool";
	else
		desk->is_ready = fill_places(desk, way);
	if (!desk->is_ready)
		pool_port_leave(desk->subject);
	return desk->is_ready;
}

// Other cells use the same pool: nothing stays out between slices.
static void pool_desk_clear(struct pool_desk *desk)
{
	struct way way = pool_way_of(desk->subject, false);

	if (desk->is_ready && desk->subject->cell.work == POOL_WORK_NIC) {
		give(desk, way, desk->receive, POOL_RING);
		give(desk, way, desk->transmit, POOL_RING);
	} else if (desk->is_ready && desk->subject->cell.work == POOL_WORK_TRIP) {
		give(desk, way, desk->window, POOL_WINDOW);
	} else if (desk->is_ready) {
		give(desk, way, desk->window, desk->batched);
	}
	desk->batched = 0;
	if (desk->is_ready)
		pool_port_leave(desk->subject);
	desk->is_ready = false;
	pool_subject_flush(desk->subject);
}

struct pool_slice pool_work_run(struct pool_desk *desk, uint64_t bursts)
{
	enum pool_work work = desk->subject->cell.work;
	uint64_t cycles;

	desk->elements = 0;
	if (work == POOL_WORK_PASS)
		return pool_pass_run(desk, bursts, &(struct pool_pass_extra){NULL, NULL});
	if (work == POOL_WORK_DRAIN)
		return (struct pool_slice){drain(desk, bursts, NULL), desk->elements};
	if (!fill(desk))
		return (struct pool_slice){0, 0};
	cycles = work == POOL_WORK_GETPUT || work == POOL_WORK_BATCH
			 ? slice_inline(desk, work, bursts)
			 : slice(desk, pool_way_of(desk->subject, false), work, bursts);
	pool_desk_clear(desk);
	return (struct pool_slice){cycles, bursts * desk->subject->cell.burst};
}

void pool_work_time_each(struct pool_desk *desk, uint64_t bursts, struct stats_histogram *histogram)
{
	enum pool_work work = desk->subject->cell.work;

	if (work == POOL_WORK_DRAIN) {
		drain(desk, bursts, histogram);
	} else if (work == POOL_WORK_PASS) {
		pool_pass_run(desk, bursts, &(struct pool_pass_extra){.bursts = histogram});
	} else if (fill(desk)) {
		each(desk, pool_way_of(desk->subject, false), work, bursts, histogram);
		pool_desk_clear(desk);
	}
}

void pool_work_watch(struct pool_desk *desk, uint64_t bursts)
{
	if (desk->subject->cell.work == POOL_WORK_PASS) {
		pool_pass_run(desk, bursts, &(struct pool_pass_extra){NULL, NULL});
	} else if (desk->subject->cell.work == POOL_WORK_DRAIN) {
		drain(desk, bursts, NULL);
	} else if (fill(desk)) {
		slice(desk, pool_way_of(desk->subject, false), desk->subject->cell.work, bursts);
	}
	pool_desk_clear(desk);
}

// Takes only, then gives back only: a pool that runs dry is taken from and filled like any other.
static void count_drain(struct pool_desk *desk, struct pool_counter *counter, uint32_t bursts)
{
	struct way way = pool_way_of(desk->subject, false);
	uint32_t burst = desk->subject->cell.burst, held = 0;

	for (uint32_t i = 0; i < bursts && held + burst <= desk->subject->cell.size; i++) {
		pool_counter_begin(counter);
		uint32_t n = take(desk, way, &desk->drained[held], burst);

		pool_counter_end(counter, n);
		held += n;
	}
	for (uint32_t i = 0; i < held; i += burst) {
		pool_counter_begin(counter);
		give(desk, way, &desk->drained[i], RTE_MIN(burst, held - i));
		pool_counter_end(counter, 0);
	}
}

// What is done comes again and again: with each burst; or, where elements are not given back to the cache of the lcore
// that took them, each time that the cache is filled or emptied. One period is stepped, for a step takes microseconds.
void pool_work_count(struct pool_desk *desk, struct pool_counter *counter)
{
	const struct pool_cell *cell = &desk->subject->cell;
	bool is_one_way = cell->work == POOL_WORK_PASS || cell->work == POOL_WORK_DRAIN;
	uint32_t elements = is_one_way                      ? RTE_MAX(cell->cache, 64u)
			    : cell->work == POOL_WORK_BATCH ? POOL_BATCH
							    : 4u;
	uint32_t bursts = RTE_MAX(elements / cell->burst, 1u);

	if (cell->work == POOL_WORK_PASS) {
		pool_pass_run(desk, bursts, &(struct pool_pass_extra){.counter = counter});
	} else if (cell->work == POOL_WORK_DRAIN) {
		count_drain(desk, counter, bursts);
	} else if (fill(desk)) {
		struct way way = pool_way_of(desk->subject, false);

		slice(desk, way, cell->work, bursts);
		for (uint32_t i = 0; i < bursts; i++) {
			pool_counter_begin(counter);
			step(desk, way, cell->work, cell->burst);
			pool_counter_end(counter, cell->burst);
		}
	}
	pool_desk_clear(desk);
}

int pool_desk_open(struct pool_desk *desk, struct pool_subject *subject)
{
	memset(desk, 0, sizeof(*desk));
	desk->subject = subject;
	desk->random_state = 1;
	if (pool_port_open(subject) < 0)
		return -nimbl_last_error()->code;
	if (subject->cell.work == POOL_WORK_DRAIN)
		desk->drained = calloc(subject->cell.size + 2 * POOL_BURST_MAX, sizeof(void *));
	if (subject->cell.cold > 0)
		desk->cold = calloc(1, (size_t)subject->cell.cold << 10);
	if ((subject->cell.work == POOL_WORK_DRAIN && desk->drained == NULL) ||
		(subject->cell.cold > 0 && desk->cold == NULL)) {
		pool_desk_close(desk);
		return nimbl_fail(ENOMEM, "no memory for a workload");
	}
	return 0;
}

void pool_desk_close(struct pool_desk *desk)
{
	free(desk->drained);
	free(desk->cold);
	desk->drained = NULL;
	desk->cold = NULL;
}
