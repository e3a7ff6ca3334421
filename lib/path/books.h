// SPDX-License-Identifier: BSD-3-Clause
// Books for modules that keep none: what is given to a driver and what it gives, counted on the edges of its
// stack, so that the frames it makes, takes and drops are known without a word of it.
#pragma once

#include <rte_common.h>
#include <rte_lcore.h>

#include "nimbl_wrap.h"

enum nimbl_books_kind {
	NIMBL_BOOKS_MINIPORT,
	NIMBL_BOOKS_FILTER,
	NIMBL_BOOKS_PROTOCOL,
};

// One for each lcore, the last one shared by all other threads. Lists that the driver made itself are not
// among those taken and given.
struct nimbl_books_row {
	uint64_t up_taken, up_given;     // indicated to it, and by it
	uint64_t lent_taken, lent_given; // the same of lent lists, which nobody returns
	uint64_t back_taken, back_given; // returned
	uint64_t down_taken, down_given; // sent
	uint64_t done_taken, done_given; // completed
	uint64_t derived;                // its own that came back from above, made of others
	// Frames of what is completed: with failure, and with success.
	uint64_t done_taken_frames[2], done_given_frames[2];
	// Frames that it ended and has accounted for itself.
	uint64_t excused_up, excused_down;
} __rte_cache_aligned;

struct nimbl_books {
	enum nimbl_books_kind kind;
	struct nimbl_books_row rows[RTE_MAX_LCORE + 1];
};

// Stands on the edges of stacks that have a module with books.
extern const struct nimbl_wrapper nimbl_books_wrapper;

// The driver has counted so many frames itself that it ended. Nothing for a module without books.
void nimbl_books_excuse_up(const struct nimbl_module *module, uint64_t frames);
void nimbl_books_excuse_down(const struct nimbl_module *module, uint64_t frames);

// Add what a driver took and dropped to `counters`. What it has on its way back while this is called may be
// left out, and is there the next time.
void nimbl_books_add(const struct nimbl_books *books, struct nimbl_counters *counters);
