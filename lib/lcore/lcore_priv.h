// SPDX-License-Identifier: BSD-3-Clause
// State of the lcores.
#pragma once

#include <rte_lcore.h>
#include <rte_rcu_qsbr.h>

#include "nimbl_lcore.h"

// The poll objects of one lcore, frozen: replaced as a whole.
struct lcore_plan {
	uint32_t count;
	struct nimbl_poll *polls[];
};

struct lcore {
	const struct lcore_plan *plan; // published with release
	uint64_t rounds;
	uint64_t busy_rounds;
	uint64_t sleeps;
	bool running;
} __rte_cache_aligned;

struct lcore_shared {
	bool stop;
	uint16_t burst;
	enum nimbl_rest rest;
	struct rte_rcu_qsbr *qsbr;
	struct nimbl_poll *polls; // all registered, control threads only
} __rte_cache_aligned;

extern struct lcore lcores[RTE_MAX_LCORE];
extern struct lcore_shared lcore_shared;
