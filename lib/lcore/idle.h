// SPDX-License-Identifier: BSD-3-Clause
// Rest after empty rounds: first spin, then pause, then sleep longer and longer.
#pragma once

#include <rte_branch_prediction.h>

#include "nimbl_lcore.h"

struct idle {
	enum nimbl_rest mode;
	uint32_t empty; // rounds without work in a row
	uint32_t sleep_us;
};

// Let sleeps of this thread be as short as asked for.
void idle_thread_init(void);

// The slow half: the lcore had nothing to do for a while. Returns whether it slept.
bool idle_rest(struct idle *idle);

#define IDLE_SPIN_ROUNDS 64u

// After each round. Returns whether the lcore slept.
static inline bool idle_after_round(struct idle *idle, uint32_t work)
{
	if (work > 0) {
		idle->empty = 0;
		idle->sleep_us = 0;
		return false;
	}
	if (idle->mode == NIMBL_REST_NEVER || ++idle->empty < IDLE_SPIN_ROUNDS)
		return false;
	return idle_rest(idle);
}
