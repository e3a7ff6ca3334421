// SPDX-License-Identifier: BSD-3-Clause
// One life of the engine: open, start, look at it every second, stop, judge the ledger.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nimbl_engine.h"

struct session_options {
	bool is_json; // events as JSON lines instead of tables, and no `started` and `second`
	uint32_t duration_s; // 0: until a signal
	void *context;
	bool is_own; // the functions below are called with is_json too, instead of printing events
	// All may be NULL. Called on the control thread.
	void (*started)(void *context);
	void (*second)(void *context, double elapsed_s, const struct nimbl_snapshot *before,
		const struct nimbl_snapshot *now);
	// Ten times a second. False ends the session, and nothing else but a failure does: of a signal it
	// is told.
	bool (*tick)(void *context, struct nimbl_engine *engine, bool is_ending);
	// Instead of the last tables or the last event: the engine is at rest.
	void (*judged)(void *context, const struct nimbl_snapshot *now,
		const struct nimbl_ledger *ledger, int status);
};

// Run an engine of `conf` until a signal or the end of its duration. SIGINT, SIGTERM and SIGHUP end
// it, a second one ends the process at once with 130; SIGUSR1 prints the state. Once per process.
// Returns NIMBL_EXIT_OK only when the ledger balances; every error was said.
int session_run(const struct nimbl_conf *conf, const struct session_options *options);
