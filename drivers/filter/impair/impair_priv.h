// SPDX-License-Identifier: BSD-3-Clause
// The impairing filter: frames are lost, duplicated, reordered, corrupted, delayed and held back for a
// rate, on purpose and the same way each time.
//
// A list goes: verdict -> copy to corrupt -> duplicate -> held back to be overtaken -> delay queue.
// Each lcore that serves the stack has queues of its own, which its poll object empties in time.
#pragma once

#include <ndis/ndl/nblchain.h>
#include <ndis/ndl/nblqueue.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_lcore.h>

#include "nimbl_filter.h"
#include "nimbl_handoff.h"
#include "nimbl_nbl.h"
#include "verdict.h"

#define IMPAIR_BACK_MAX 64u // the most that may overtake a frame
#define IMPAIR_CANCELS  16u

enum impair_direction {
	IMPAIR_RX,
	IMPAIR_TX,
	IMPAIR_DIRECTIONS,
};

// Figures of a direction.
enum impair_figure {
	IMPAIR_FRAMES,     // that came
	IMPAIR_LOST,       //
	IMPAIR_DUPLICATED, //
	IMPAIR_REORDERED,  // overtaken by one or more
	IMPAIR_CORRUPTED,  //
	IMPAIR_DELAYED,    // put into the delay queue
	IMPAIR_LIMITED,    // of these, because the rate was used up
	IMPAIR_OVERFLOWED, // dropped because a queue was full
	IMPAIR_UNFIT, // left alone or, where they were only lent, dropped: no copy could be made
	IMPAIR_FIGURES,
};

// A list that waits.
struct impair_entry {
	uint64_t due;   // in timer cycles
	uint64_t order; // of those that are due together
	NET_BUFFER_LIST *nbl;
	ULONG flags; // with which it goes on
};

// A list that waits to be overtaken.
struct impair_back {
	struct impair_entry entry; // due: when it goes on all the same
	uint32_t left;
	bool overtaken;
};

// Waiting lists, the next one first: a binary heap.
struct impair_heap {
	struct impair_entry *entries;
	uint32_t count, room;
	uint64_t order;
};

struct impair;

// What one lcore has of one direction.
struct impair_lane {
	struct impair *self;
	enum impair_direction direction;
	struct impair_heap heap;
	struct impair_back back[IMPAIR_BACK_MAX];
	uint32_t back_count;
	struct nimbl_handoff *inbox; // of the first queue: lists of threads that have none
};

struct impair_queue {
	struct impair *self;
	struct impair_lane lanes[IMPAIR_DIRECTIONS];
	NDIS_POLL_HANDLE poll;
	uint32_t cancels; // seen so far
	bool drained;     // since the pause began
} __rte_cache_aligned;

struct impair {
	struct nimbl_filter_base base;
	// Settings.
	uint32_t direction; // rx, tx, both
	struct impair_plan plan;
	uint32_t reorder_by, corrupt_from, limit, copies, room;
	uint64_t delay_ns, jitter_ns, rate;
	// Of these, in cycles.
	uint64_t delay, jitter, patience;
	uint64_t byte_cost; // in 65536ths of a cycle
	NDIS_HANDLE pool;   // of copies
	struct impair_queue *queues;
	unsigned int queue_count;
	struct impair_queue *queue_of[RTE_MAX_LCORE + 1]; // NULL: the thread uses the inbox
	PVOID cancel_ids[IMPAIR_CANCELS];
	uint32_t cancels __rte_cache_aligned; // so far
	uint32_t pausing;
	uint64_t own_out;                    // copies that are not in the pool
	uint64_t numbers[IMPAIR_DIRECTIONS]; // of the next list
	uint64_t free_at[IMPAIR_DIRECTIONS]; // when the rate allows the next frame
};

// Lists that go on together: as many as follow each other with equal flags.
struct impair_run {
	struct impair_lane *lane;
	NBL_COUNTED_QUEUE lists;
	ULONG flags;
};

// What became of the lists of one call.
struct impair_sums {
	uint64_t figures[IMPAIR_FIGURES];
};

static inline bool impair_is_own(const struct impair *self, const NET_BUFFER_LIST *nbl)
{
	return nbl->SourceHandle == self->base.filter;
}

static inline bool impair_acts_on(const struct impair *self, enum impair_direction direction)
{
	return self->direction == IMPAIR_DIRECTIONS || self->direction == direction;
}

// Count frames of a direction under a figure, and in a counter of the port (drops or born).
void impair_count(const struct impair *self, enum impair_direction direction,
	enum impair_figure figure, uint64_t n);

// tx_heap.c: false when it is full. take: what is due first, false when nothing is due by `now`.
bool impair_heap_push(struct impair_heap *heap, const struct impair_entry *entry);
bool impair_heap_take(struct impair_heap *heap, uint64_t now, struct impair_entry *entry);

// The first that `is_meant` in no order, taken out; false: none.
bool impair_heap_pick(struct impair_heap *heap,
	bool (*is_meant)(const struct impair_entry *entry, const void *arg), const void *arg,
	struct impair_entry *entry);

// tx_copy.c: a list of the module's own with the frame and its out-of-band data, counted as born; NULL
// when it has not one frame, is too long, or the pool is dry. Free takes it back to the pool.
NET_BUFFER_LIST *impair_copy(
	struct impair *self, enum impair_direction direction, const NET_BUFFER_LIST *nbl);
void impair_free(struct impair *self, NET_BUFFER_LIST *own);
void impair_flip(const struct impair *self, enum impair_direction direction, uint64_t number,
	NET_BUFFER_LIST *own);

// The lists of a chain that are our own, the others in *others.
NET_BUFFER_LIST *impair_split(
	const struct impair *self, NET_BUFFER_LIST *chain, NET_BUFFER_LIST **others);

// tx_drop.c: a list that waited goes back to whom it is of, counted as dropped.
void impair_drop(struct impair_lane *lane, const struct impair_entry *entry, enum nimbl_drop reason,
	NDIS_STATUS status);

// tx_lane.c: a chain comes, on the lcore of the lane, with the flags that all of it has.
void impair_enter(struct impair_lane *lane, NET_BUFFER_LIST *chain, ULONG flags);

// Lists of a lane go on.
void impair_run_begin(struct impair_run *run, struct impair_lane *lane);
void impair_run_add(struct impair_run *run, NET_BUFFER_LIST *nbl, ULONG flags);
void impair_run_end(struct impair_run *run);

// Put into the delay queue, or into the run when nothing is to wait for. `now` in cycles.
void impair_pass(struct impair_run *run, struct impair_entry *entry, uint64_t number, uint64_t now,
	struct impair_sums *sums);

// tx_poll.c
NDIS_POLL impair_poll;

// rx.c, tx.c
FILTER_RECEIVE_NET_BUFFER_LISTS impair_receive;
FILTER_RETURN_NET_BUFFER_LISTS impair_return;
FILTER_SEND_NET_BUFFER_LISTS impair_send;
FILTER_SEND_NET_BUFFER_LISTS_COMPLETE impair_complete;
FILTER_CANCEL_SEND_NET_BUFFER_LISTS impair_cancel;
