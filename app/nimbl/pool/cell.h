// SPDX-License-Identifier: BSD-3-Clause
// One configuration of the pool benchmark: a point in the grid of strategies, and the axes of the grid
// with the names and values that people use for them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// name in the enum, word of the user, what is taken and given back
#define POOL_ALLOCATIONS(X)                                                                      \
	X(EMPTY, "empty", "nothing: what the harness itself costs")                              \
	X(MEMPOOL, "mempool", "bare elements, rte_mempool_get_bulk and put_bulk")                \
	X(BARE, "bare", "bare mbufs, rte_pktmbuf_alloc_bulk and free_bulk")                      \
	X(BULK, "bulk", "list+buffer+MDL+data in one element, in bulk")                          \
	X(WHOLE, "whole", "list+buffer+MDL+data in one element, NdisAllocateNetBufferList")      \
	X(ONE_STEP, "one-step", "list+buffer, NdisAllocateNetBufferAndNetBufferList")            \
	X(TWO_STEPS, "two-steps", "list, then buffer, from two pools")                           \
	X(TWO_STEPS_DATA, "two-steps-data", "list, then buffer+MDL+data, from two pools")        \
	X(FOREIGN, "foreign", "list+buffer in one step, MDL attached to memory of the driver's") \
	X(TWIN, "twin", "bulk by another name: no axis lists it, the method is tested with it")  \
	X(SLOW, "slow", "bulk twice: no axis lists it, the method is tested with it")

enum pool_allocation {
#define X(name, word, text) POOL_##name,
	POOL_ALLOCATIONS(X)
#undef X
		POOL_ALLOCATION_COUNT
};

#define POOL_RECLAIMS(X)                     \
	X(POOL, "pool", "freed to the pool") \
	X(LIST, "list", "kept by the driver on a list of its own")

enum pool_reclaim {
#define X(name, word, text) POOL_RECLAIM_##name,
	POOL_RECLAIMS(X)
#undef X
		POOL_RECLAIM_COUNT
};

#define POOL_WORKS(X)                                                                       \
	X(GETPUT, "get-put", "a burst is taken and given back at once, on one lcore")       \
	X(BATCH, "batch", "32 are taken in bursts, then given back in bursts")              \
	X(PASS, "pass", "taken on one lcore, given back on another")                        \
	X(NIC, "nic", "descriptor rings are kept filled: a burst in, the oldest burst out") \
	X(TRIP, "round-trip", "indicated, held a while, returned out of order")             \
	X(MIX, "mix", "every fourth list is cloned, every eighth cut into fragments")       \
	X(DRAIN, "exhaustion", "taken until the pool is dry, then all given back")

enum pool_work {
#define X(name, word, text) POOL_WORK_##name,
	POOL_WORKS(X)
#undef X
		POOL_WORK_COUNT
};

// Whose descriptor rings work "nic" has: one of these words, a device as a configuration names it, or two of them
// joined by '+', the second being the peer of the first.
#define POOL_PORT_NONE  "none"
#define POOL_PORT_NULL  "net_null"
#define POOL_PORT_RING  "net_ring"
#define POOL_PORT_BYTES 256u

#define POOL_BURST_MAX 256u
#define POOL_NAME_MAX  512u // bytes of what a cell is called
#define POOL_SIDE_MAX  8u   // lcores that take in work "pass", and that give back
#define POOL_NODE_NEAR (-1)

struct pool_cell {
	enum pool_work work;
	enum pool_allocation allocation;
	enum pool_reclaim reclaim;
	char ops[32]; // of the mempool
	uint32_t cache, burst, size, data;
	uint32_t page; // bytes of a page; 0: as the engine has them
	uint32_t cold; // KiB of other memory that is worked on between bursts; 0: none
	char port[POOL_PORT_BYTES];
	int node;                // NUMA node of the pool's memory
	uint32_t takers, givers; // lcores of work "pass"
};

// An axis of the grid. Lists of values are separated by commas.
struct pool_axis {
	const char *name, *help;
	const char *preset; // of the cell that all others are compared with
	const char *quick;  // values of the axis when it is varied
	const char *full;   // of the whole grid
	bool (*set)(struct pool_cell *cell, const char *text);
	void (*get)(const struct pool_cell *cell, char *text, size_t size);
};

extern const struct pool_axis pool_axes[];
extern const size_t pool_axis_count;

// NULL: there is none of that name.
const struct pool_axis *pool_axis_find(const char *name);

const char *pool_allocation_word(enum pool_allocation allocation);
const char *pool_work_word(enum pool_work work);
const char *pool_allocation_text(enum pool_allocation allocation);
const char *pool_work_text(enum pool_work work);

// The cell with every axis at its preset.
void pool_cell_preset(struct pool_cell *cell);

// Whether work "nic" has a device, and whether it is one of the user's.
bool pool_cell_has_port(const struct pool_cell *cell);
bool pool_cell_has_device(const struct pool_cell *cell);

// The next value of a list of values of the axis, and false after the last; `at` moves on. What is too long is cut, which
// no axis allows. Commas within a device's name (net_vhost0,iface=s) do not end a value of axis "port".
bool pool_axis_next(const struct pool_axis *axis, const char **at, char *value, size_t size);

// Set the error that a value of the axis is none; returns -EINVAL.
int pool_axis_wrong(const struct pool_axis *axis, const char *value);

// Why a cell cannot be: a short reason, or NULL when it can.
const char *pool_cell_refuse(const struct pool_cell *cell);

// "get-put bulk ring_mp_mc cache=256 burst=32": the axes that differ from the preset, and always the
// first four.
void pool_cell_name(const struct pool_cell *cell, char *text, size_t size);

// All axes, for keys: "work=get-put,allocation=bulk,...".
void pool_cell_key(const struct pool_cell *cell, char *text, size_t size);

bool pool_cell_equal(const struct pool_cell *a, const struct pool_cell *b);
