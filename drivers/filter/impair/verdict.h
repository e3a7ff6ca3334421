// SPDX-License-Identifier: BSD-3-Clause
// What befalls a frame, as a pure function of the seed, the direction and the frame's number there:
// whoever knows these can tell the verdict of each frame, whichever lcores carried it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nimbl_random.h"

enum impair_draw { // what a random number is for
	IMPAIR_DRAW_LOSS,
	IMPAIR_DRAW_DUPLICATE,
	IMPAIR_DRAW_REORDER,
	IMPAIR_DRAW_CORRUPT,
	IMPAIR_DRAW_BIT,
	IMPAIR_DRAW_JITTER,
};

// Shares are in millionths.
struct impair_plan {
	uint64_t seed;
	uint32_t loss, duplicate, reorder, corrupt;
	uint32_t loss_burst; // frames that are lost together, or not
	uint32_t loss_every; // each of so many is lost; 0: off
};

struct impair_verdict {
	bool lost, duplicated, reordered, corrupted;
};

// The random number of frame `number` of a direction (0 rx, 1 tx) for one purpose, over a counter that
// no two of them share.
static inline uint64_t impair_draw(
	uint64_t seed, unsigned int direction, enum impair_draw what, uint64_t number)
{
	return nimbl_draw(seed, number * 16 + what * 2 + direction + 1);
}

static inline bool impair_hits(const struct impair_plan *plan, unsigned int direction,
	enum impair_draw what, uint64_t number, uint32_t share)
{
	return share != 0 &&
	       nimbl_draw_hits(impair_draw(plan->seed, direction, what, number), share);
}

static inline struct impair_verdict impair_judge(
	const struct impair_plan *plan, unsigned int direction, uint64_t number)
{
	struct impair_verdict verdict = {
		.lost = (plan->loss_every != 0 &&
				number % plan->loss_every == plan->loss_every - 1) ||
			impair_hits(plan, direction, IMPAIR_DRAW_LOSS, number / plan->loss_burst,
				plan->loss),
	};

	if (verdict.lost)
		return verdict;
	verdict.duplicated =
		impair_hits(plan, direction, IMPAIR_DRAW_DUPLICATE, number, plan->duplicate);
	verdict.reordered =
		impair_hits(plan, direction, IMPAIR_DRAW_REORDER, number, plan->reorder);
	verdict.corrupted =
		impair_hits(plan, direction, IMPAIR_DRAW_CORRUPT, number, plan->corrupt);
	return verdict;
}
