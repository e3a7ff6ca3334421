// SPDX-License-Identifier: BSD-3-Clause
// The late filter: what comes back through it, completed sends and returned lists, is held, and goes on later
// and in another order. Whoever counts on a completion inside his own call, or on the order of two, is found.
#pragma once

#include <ndis/ndl/nblqueue.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_lcore.h>

#include "nimbl_filter.h"

enum late_way {
	LATE_RETURNS,
	LATE_COMPLETIONS,
	LATE_WAYS,
};

enum late_figure {
	LATE_LISTS, // that came back
	LATE_HELD,
	LATE_FULL, // not held: so many were already
	LATE_FIGURES,
};

enum late_state {
	LATE_RUNNING,
	LATE_PAUSING,
	LATE_PAUSED,
};

struct late_entry {
	uint64_t due; // in timer cycles
	NET_BUFFER_LIST *nbl;
};

// What one lcore holds of one way.
struct late_lane {
	struct late_entry *entries;
	uint32_t count;
	uint64_t number; // of lists so far, for the draws
};

struct late;

struct late_queue {
	struct late *self;
	struct late_lane lanes[LATE_WAYS];
	NDIS_POLL_HANDLE poll;
	bool drained; // since the pause began
} __rte_cache_aligned;

struct late {
	struct nimbl_filter_base base;
	// Settings.
	uint32_t way; // LATE_WAYS: both
	uint32_t share, limit;
	uint64_t seed, hold_ns;
	uint64_t hold; // in cycles
	struct late_queue *queues;
	unsigned int queue_count;
	struct late_queue *queue_of[RTE_MAX_LCORE + 1]; // NULL: the thread holds nothing
	uint32_t state;
};

// tx_hold.c: hold some lists of a chain, pass the rest on.
void late_come_back(struct late *self, enum late_way way, NET_BUFFER_LIST *chain, bool at_dispatch);

// A chain goes on, on its way.
void late_pass(
	const struct late *self, enum late_way way, NET_BUFFER_LIST *chain, bool at_dispatch);

// tx_poll.c
NDIS_POLL late_poll;

// rx.c, tx.c
FILTER_RETURN_NET_BUFFER_LISTS late_return;
FILTER_SEND_NET_BUFFER_LISTS_COMPLETE late_complete;
