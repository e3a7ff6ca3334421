// SPDX-License-Identifier: BSD-3-Clause
// The engine from a configuration: start DPDK, open ports and pools, connect them, run, look at it
// while it runs, stop in order, and prove at the end that nothing was lost. One per process, used
// by one control thread.
#pragma once

#include <stdio.h>

#include "nimbl_bind.h"
#include "nimbl_conf.h"
#include "nimbl_lcore.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nimbl_engine;

// Start DPDK and make everything that `conf` says, paused. `conf` must outlive the engine.
// Returns 0, or -errno with cause, place and mend in nimbl_last_error(); nothing is left behind
// then, but DPDK cannot be started a second time in the process.
NIMBL_API int nimbl_engine_open(const struct nimbl_conf *conf, struct nimbl_engine **engine);

// What nimbl_engine_open() would refuse without touching a device or starting DPDK: lcores, memory
// arithmetic, rights. Returns 0 or -errno.
NIMBL_API int nimbl_engine_check(const struct nimbl_conf *conf);

// What of a port's pool is spoken for: `lists` of it for `what`.
#define NIMBL_MEMORY_TERMS_MAX 9
struct nimbl_memory_term {
	const char *what;
	uint32_t lists;
};

struct nimbl_memory_port {
	const char *port, *pool; // pool: whose settings it has
	char ops[32];
	uint32_t cache;      // lists of each lcore
	uint32_t lists;      // all of them
	uint32_t list_bytes; // one with all headers
	uint64_t bytes;
	int node; // NUMA node asked for, or NIMBL_NODE_ANY: that of the device
	struct nimbl_memory_term terms[NIMBL_MEMORY_TERMS_MAX]; // add up to what is needed
	unsigned int term_count;
};

// The memory that an engine of `conf` takes: computed before anything is started. The strings are those
// of `conf`.
struct nimbl_memory {
	struct nimbl_memory_port ports[NIMBL_CONF_PORTS_MAX];
	uint16_t port_count;
	uint64_t pool_bytes, total_bytes; // total: with rings and counters of DPDK
	uint64_t page_bytes, pages;       // that the total takes
	bool reserved;                    // in hugepages that were reserved; else of the process
	uint64_t free_bytes;              // of reserved hugepages
};

// Returns 0, or -errno as nimbl_engine_check().
NIMBL_API int nimbl_engine_memory(const struct nimbl_conf *conf, struct nimbl_memory *memory);

// Restart ports and bindings, bottom up, and start the lcores: traffic flows.
NIMBL_API int nimbl_engine_start(struct nimbl_engine *engine);

// The same without starting lcores: the caller runs them by nimbl_lcore_run(). For benchmarks.
NIMBL_API int nimbl_engine_restart(struct nimbl_engine *engine);

// Run `call` on the first worker lcore, whose loop is not running, and wait for what it returns.
NIMBL_API int nimbl_engine_call(const struct nimbl_engine *engine, int (*call)(void *), void *arg);

// Bind the cross-connects again with another completion ("handover", "full"). Lcores not running,
// nothing in flight.
NIMBL_API int nimbl_engine_reconnect(struct nimbl_engine *engine, const char *completion);

// Stop the lcores, bring all sends home, pause and halt everything, release the pools. Within a
// second. The final figures are in nimbl_engine_snapshot() until close.
NIMBL_API int nimbl_engine_stop(struct nimbl_engine *engine);

// Free the engine; stops it first if it runs. NULL is accepted.
NIMBL_API void nimbl_engine_close(struct nimbl_engine *engine);

// Do what drivers asked the control thread for: restart the stacks whose filters want it. Call it now and
// then while the engine runs; what fails is said to the operator.
NIMBL_API void nimbl_engine_serve(struct nimbl_engine *engine);

// How the engine was laid out, as notices for people: dev mode and why, memory and how it was
// computed, which lcore polls which queue. Lines end with '\n'.
NIMBL_API const char *nimbl_engine_plan_text(const struct nimbl_engine *engine);

// Where a port is, by name or index, for benchmarks and tests. NULL when there is none.
NIMBL_API NDIS_HANDLE nimbl_engine_adapter(const struct nimbl_engine *engine, const char *name);

// A port has a transmit queue for each lcore that sends through it.
#define NIMBL_TX_QUEUES_MAX 64

// Insert a filter into the stack of a port, at `position` from the miniport (NIMBL_FILTER_HIGHEST: on
// top), under `name` (NULL: that of the driver), while the engine runs or not. Only this stack pauses;
// what comes for it, here and at its peer, waits in the devices. On failure all is as before. Remove
// one; give one other options. Control thread.
NIMBL_API int nimbl_engine_filter_insert(struct nimbl_engine *engine, const char *port,
	unsigned int position, const char *driver, const char *name,
	const struct nimbl_option *options);
NIMBL_API int nimbl_engine_filter_remove(
	struct nimbl_engine *engine, const char *port, const char *name);
NIMBL_API int nimbl_engine_filter_reconfigure(struct nimbl_engine *engine, const char *port,
	const char *name, const struct nimbl_option *options);

// How long traffic waited in the devices, in microseconds, while the last of these calls was made.
NIMBL_API uint64_t nimbl_engine_held_us(const struct nimbl_engine *engine);

// Verify the lists of a port's stack (NULL: of all) at another level from here on; what was paused for a
// violation runs again. Only that stack pauses. Control thread.
NIMBL_API int nimbl_engine_verify(
	struct nimbl_engine *engine, const char *port, enum nimbl_verify_level level);

// What takings from pools fail from here on, see nimbl_pools_set_shortage(). -ENOTSUP with the error set
// where the pools do not check: no verifier and no shortage is configured. Control thread.
struct nimbl_pool_shortage;
NIMBL_API int nimbl_engine_set_shortage(
	struct nimbl_engine *engine, const struct nimbl_pool_shortage *how);

// To be called several times a second: look for lists that are stuck, say what violations there were since
// the last call, and pause the stacks whose drivers are to be paused. False when the engine has to stop.
// Control thread.
NIMBL_API bool nimbl_engine_watch(struct nimbl_engine *engine);

// Devices may go away while the engine runs, and come back. A port whose device is gone is taken down
// alone, its peer drops what it would have to send there; when its interface is there again, it comes
// back with its filters. Call nimbl_engine_devices() when the descriptor becomes readable, and every
// 100 ms besides: it sees to all that. Control thread. The descriptor is the engine's; -1: there is none.
NIMBL_API int nimbl_engine_devices_fd(const struct nimbl_engine *engine);
NIMBL_API void nimbl_engine_devices(struct nimbl_engine *engine);

// Take a port out as if its device went, but in order, until nimbl_engine_port_add(). That brings back
// any port whose device is gone, or says what is in the way. Control thread, the engine running.
NIMBL_API int nimbl_engine_port_remove(struct nimbl_engine *engine, const char *port);
NIMBL_API int nimbl_engine_port_add(struct nimbl_engine *engine, const char *port);

#define NIMBL_FIGURES_MAX 8

struct nimbl_port_view {
	const char *name;
	const char *device;   // as configured; NULL: its miniport needs none
	const char *driver;   // of the PMD, or the miniport without a device
	const char *protocol; // that is bound, or NULL
	uint16_t port_id;     // of DPDK
	enum nimbl_state state;
	bool link_up;
	uint64_t link_bps; // 0: unknown
	uint8_t mac[6];
	uint32_t mtu;
	struct nimbl_offloads offloads;
	uint16_t rx_queue_count, tx_queue_count;
	uint16_t rx_descriptors, tx_descriptors;   // of each queue
	uint32_t rx_lcores[NIMBL_CONF_QUEUES_MAX]; // of each receive queue
	uint32_t tx_lcores[NIMBL_TX_QUEUES_MAX];   // of each transmit queue
	struct nimbl_counters counters;
	uint64_t rx_missed;    // the NIC had no descriptor
	uint64_t rx_no_buffer; // the PMD found the pool empty
	uint64_t rx_errors;
	uint64_t tx_errors;
	const char *peer; // connected to, or NULL
	uint16_t figure_count;
	struct nimbl_figure figures[NIMBL_FIGURES_MAX]; // of its protocol
	uint32_t removals;                              // how often its device went away
	uint64_t gone_ms;                               // since when it is; 0: it is there
	const char *gone_why;                           // NULL: it is there
};

struct nimbl_pool_view {
	char name[32];
	char ops[32];
	uint32_t size;
	uint32_t free;
	uint32_t cache;
	uint32_t headroom; // before what is received into its lists; 0: they have no data
	uint32_t context_bytes;
	uint32_t list_bytes;
	uint64_t total_bytes;
};

struct nimbl_lcore_view {
	uint32_t lcore;
	struct nimbl_lcore_info info;
};

// Everything countable at one moment.
struct nimbl_snapshot {
	uint64_t time_ns;     // monotonic
	uint64_t violations;  // found by the verifier
	uint32_t quarantined; // lists that it put aside
	uint16_t port_count, pool_count, lcore_count;
	struct nimbl_port_view ports[NIMBL_CONF_PORTS_MAX];
	struct nimbl_pool_view pools[NIMBL_CONF_POOLS_MAX * 4];
	struct nimbl_lcore_view lcores[NIMBL_LCORES_MAX];
};

NIMBL_API void nimbl_engine_snapshot(
	const struct nimbl_engine *engine, struct nimbl_snapshot *snapshot);

// The three laws over a snapshot. While traffic flows the counters of several lcores are not of one
// instant, so laws are judged strictly on a stopped engine only (`at_rest`).
struct nimbl_ledger {
	uint64_t received, born; // frames in: from PMDs, and made by drivers
	uint64_t sent, consumed; // frames out: accepted by PMDs, and taken by drivers
	uint64_t dropped[NIMBL_DROP_COUNT];
	uint64_t dropped_total;
	int64_t in_flight;  // frames: received + born - sent - consumed - dropped
	int64_t lists_up;   // edge: indicated, not returned and not handed over
	int64_t lists_down; // edge: sent, not completed
	uint32_t pool_size, pool_free, quarantined;
	uint64_t violations;
	bool balanced;
	char why[256]; // when it does not balance: which law, and the figures
};

NIMBL_API void nimbl_ledger_compute(
	const struct nimbl_snapshot *snapshot, bool at_rest, struct nimbl_ledger *ledger);

#ifdef __cplusplus
}
#endif
