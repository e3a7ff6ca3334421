// SPDX-License-Identifier: BSD-3-Clause
// Drivers, adapters and bindings.
#pragma once

#include <rte_config.h>
#include <rte_lcore.h>
#include <sys/queue.h>

#include "nimbl_bind.h"
#include "nimbl_lcore.h"

#define OPTIONS_MAX 24

struct miniport_driver {
	struct nimbl_object object;
	NDIS_HANDLE context;
	DRIVER_OBJECT *driver_object;
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS handlers;
	TAILQ_ENTRY(miniport_driver) link;
};

struct protocol_driver {
	struct nimbl_object object;
	NDIS_HANDLE context;
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS handlers;
	TAILQ_ENTRY(protocol_driver) link;
};

// What may pend, and the completions that are owed for what was given up: a late one must not count
// for the next operation of its kind.
enum operation {
	OPERATION_NONE,
	OPERATION_RESTART,
	OPERATION_PAUSE,
	OPERATION_COUNT,
};

struct pending {
	uint64_t word; // the operation that pends in the upper half, its status in the lower
	uint32_t overdue[OPERATION_COUNT];
};

struct options {
	char *keys[OPTIONS_MAX];
	char *values[OPTIONS_MAX];
	unsigned int count;
};

struct binding;

struct adapter {
	struct nimbl_module module;
	char name[32];
	enum nimbl_state state;
	struct miniport_driver *driver;
	NDIS_HANDLE context; // the miniport's
	struct binding *binding;
	struct options options;
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES attributes;
	NDIS_OFFLOAD offload; // in effect, when has_offload
	bool has_offload;
	struct nimbl_offloads offloads;
	struct pending pending;
	NDIS_LINK_STATE link;
	struct nimbl_edges edges[2]; // the published one and the next
	struct nimbl_counters counters[RTE_MAX_LCORE + 1];
};

struct binding {
	struct nimbl_module module;
	enum nimbl_state state;
	struct protocol_driver *driver;
	struct adapter *adapter;
	NDIS_HANDLE context; // the protocol's
	struct options options;
	struct nimbl_edges edges[2];
};

// Drivers by the name under which they are linked in; NULL with an error that lists them.
struct miniport_driver *miniport_driver_find(const char *name);
struct protocol_driver *protocol_driver_find(const char *name);

#define PENDING_MS 1000 // how long a pause or restart may pend

// Before the handler is called; after it, with what it answered. Waiting ends with the status of the
// operation, or NDIS_STATUS_PENDING when it was given up after `ms` milliseconds. Control thread.
void pending_begin(struct pending *pending, enum operation operation);
NDIS_STATUS pending_wait(
	struct pending *pending, enum operation operation, NDIS_STATUS answer, uint32_t ms);

// The driver is done. Any thread.
void pending_complete(struct pending *pending, enum operation operation, NDIS_STATUS status);

int options_copy(struct options *options, const struct nimbl_option *from);
void options_free(struct options *options);

// Compute the edges of an adapter and its binding from their states, publish them, and wait until no
// lcore uses the old ones. Returns 0 or -errno.
int stack_freeze(struct adapter *adapter);
