// SPDX-License-Identifier: BSD-3-Clause
// State of the engine.
#pragma once

#include "nimbl_engine.h"
#include "plan.h"

struct nimbl_engine {
	const struct nimbl_conf *conf;
	struct plan *plan;
	NDIS_HANDLE adapters[NIMBL_CONF_PORTS_MAX];
	NDIS_HANDLE bindings[NIMBL_CONF_PORTS_MAX]; // NULL: not connected
	bool running, stopped;
	uint64_t held_since, held_us; // the last change of a stack: when it began, how long it took
	struct nimbl_adapter_info halted[NIMBL_CONF_PORTS_MAX]; // their last figures
	struct nimbl_snapshot last;                             // after stop
};

// drivers.c: whether the configured files may be loaded, and loading them.
int drivers_check(const struct nimbl_conf *conf);
int drivers_open(const struct nimbl_conf *conf);

// filters.c: whether the drivers of all configured filters are there, and attaching them.
int filters_check(const struct nimbl_conf *conf);
int filters_open(struct nimbl_engine *engine);
