// SPDX-License-Identifier: BSD-3-Clause
// What one lcore does: run the poll objects that it has, in turn, and rest when there is nothing.
#pragma once

#include <ndis.h>

#include "nimbl_path.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nimbl_rest {
	NIMBL_REST_NEVER, // never rest
	NIMBL_REST_PAUSE, // after empty rounds, pause the core between rounds
	NIMBL_REST_SLEEP, // after more empty rounds, sleep up to a millisecond between rounds
};

// A poll object: one queue, or queue pair, of an adapter, or what a filter or a protocol has to do by
// itself, served by one lcore.
struct nimbl_poll {
	struct nimbl_object object;
	struct nimbl_module *module; // adapter, filter or binding
	NDIS_POLL *handler;
	void *context;
	uint32_t lcore;
	ULONG receives; // ~0, or 0 while the adapter is held
	bool enabled;   // in the plan of its lcore
	struct nimbl_poll *next;
};

struct nimbl_lcore_info {
	uint64_t rounds;      // over all poll objects
	uint64_t busy_rounds; // of these, with work done
	uint64_t sleeps;
	uint32_t polls; // poll objects served
};

// Prepare for polling: once after EAL started. `burst` lists per poll, 1..NIMBL_BURST_MAX.
NIMBL_API int nimbl_lcores_init(uint16_t burst, enum nimbl_rest rest);

// Start the worker lcores that have poll objects. Stop waits until all have left their loops.
NIMBL_API int nimbl_lcores_start(void);
NIMBL_API void nimbl_lcores_stop(void);

// Give every lcore the poll objects that are enabled and wait until no lcore uses the old plan.
// Control thread. After it a poll object that was disabled is not running anywhere.
NIMBL_API int nimbl_lcores_publish(void);

// Enable or disable the poll objects of an adapter and of all above it; takes effect with nimbl_lcores_publish().
NIMBL_API void nimbl_polls_enable(const struct nimbl_module *adapter, bool enabled);

// Hold an adapter: its poll objects receive nothing, but go on sending and completing. What comes
// waits in the device. Takes effect with nimbl_lcores_publish(). New poll objects are not held.
NIMBL_API void nimbl_polls_hold(const struct nimbl_module *adapter, bool held);

// While lcores do not run: run each one's plan once on the calling thread, so that whoever waits for
// lists sees them come. Does nothing while they run. Control thread.
NIMBL_API void nimbl_lcores_turn(void);

// Run an lcore's plan `rounds` times on the calling thread, which must be that lcore, its loop not
// running. Returns the lists indicated. For benchmarks.
NIMBL_API uint64_t nimbl_lcore_run(uint32_t lcore, uint64_t rounds);

// Change the lists per poll, for benchmarks: lcores stopped.
NIMBL_API void nimbl_lcores_set_burst(uint16_t burst);

NIMBL_API void nimbl_lcore_query(uint32_t lcore, struct nimbl_lcore_info *info);

#ifdef __cplusplus
}
#endif
