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
	// Both may be NULL. Called on the control thread.
	void (*started)(void *context);
	void (*second)(void *context, double elapsed_s, const struct nimbl_snapshot *before,
		const struct nimbl_snapshot *now);
};

// Run an engine of `conf` until a signal or the end of its duration. SIGINT, SIGTERM and SIGHUP end
// it, a second one ends the process at once with 130; SIGUSR1 prints the state. Once per process.
// Returns NIMBL_EXIT_OK only when the ledger balances; every error was said.
int session_run(const struct nimbl_conf *conf, const struct session_options *options);
