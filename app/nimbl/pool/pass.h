// SPDX-License-Identifier: BSD-3-Clause
// Work "pass": elements are taken on some lcores and given back on others.
#pragma once

#include "work.h"

#define POOL_LCORES_MAX 16u

// Who takes and who gives back. The first taker is the lcore that measures.
struct pool_lcores {
	uint32_t takers[POOL_LCORES_MAX], givers[POOL_LCORES_MAX];
	uint32_t taker_count, giver_count;
	bool has_main; // the control thread's lcore is one of the givers
};

// `bursts` bursts of each taker, until the last element is back. On the control thread; the cycles are
// those from the first burst to the end, of all takers together per element.
struct pool_slice pool_pass_run(struct pool_desk *desk, uint64_t bursts);

// The part of all elements that the slowest taker had of an equal share: 1 is fair. Of the last run.
double pool_pass_fairness(void);
