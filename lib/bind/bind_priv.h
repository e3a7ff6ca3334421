// SPDX-License-Identifier: BSD-3-Clause
// Drivers, adapters and bindings.
#pragma once

#include <rte_config.h>
#include <rte_lcore.h>
#include <sys/queue.h>

#include "books.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "nimbl_verify.h"
#include "nimbl_wrap.h"

#define OPTIONS_MAX 512 // values of all settings of one
#define ASKED_MAX   64

struct miniport_driver {
	struct nimbl_object object;
	NDIS_HANDLE context;
	DRIVER_OBJECT *driver_object;
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS handlers;
	unsigned int adapters; // that are not closed
	bool is_gone;          // deregistered: freed with its last adapter
	TAILQ_ENTRY(miniport_driver) link;
};

struct protocol_driver {
	struct nimbl_object object;
	NDIS_HANDLE context;
	DRIVER_OBJECT *driver_object;       // NULL: registered outside DriverEntry
	char alias[NIMBL_DRIVER_NAME_SIZE]; // what it calls itself
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS handlers;
	unsigned int bindings;
	TAILQ_HEAD(, binding) opened;
	TAILQ_ENTRY(protocol_driver) link;
};

struct filter_driver {
	struct nimbl_object object;
	NDIS_HANDLE context;
	DRIVER_OBJECT *driver_object;
	char aliases[2][NIMBL_DRIVER_NAME_SIZE]; // what it calls itself
	NDIS_FILTER_DRIVER_CHARACTERISTICS handlers;
	TAILQ_HEAD(, filter) modules;
	TAILQ_ENTRY(filter_driver) link;
};

// What may pend, and the completions that are owed for what was given up: a late one must not count
// for the next operation of its kind.
enum operation {
	OPERATION_NONE,
	OPERATION_RESTART,
	OPERATION_PAUSE,
	OPERATION_EVENT, // any other than these two
	OPERATION_RESET,
	OPERATION_BIND, // or unbind
	OPERATION_COUNT,
};

struct pending {
	uint64_t word; // the operation that pends in the upper half, its status in the lower
	uint32_t overdue[OPERATION_COUNT];
};

struct options {
	struct nimbl_option *list; // the strings are our own
	unsigned int count;
	char *asked[ASKED_MAX]; // by the driver while it attached or was opened
	unsigned int asked_count;
};

// Requests under way in a stack, oldest first, and the one that the miniport has.
struct oid_queue {
	NDIS_OID_REQUEST *first, *current;
	bool is_served; // a thread calls the miniport for those that wait
};

struct binding;

// The wrappers of a stack, by their order, and what they cover of the edges of one module.
struct wrappers {
	const struct nimbl_wrapper *list[NIMBL_WRAPPERS_MAX];
	void *states[NIMBL_WRAPPERS_MAX];
	unsigned int count;
};

struct module_wraps {
	struct nimbl_wrap at[2][NIMBL_WRAPPERS_MAX]; // as the two sets of edges
};

// What it takes to attach a filter again.
struct kept_filter {
	char driver[sizeof(((struct nimbl_object *)0)->name)];
	char name[32];
	struct options options;
};

struct adapter {
	struct nimbl_module module;
	char name[32];
	enum nimbl_state state;
	struct miniport_driver *driver;
	NDIS_HANDLE context;                       // the miniport's
	struct filter *filters[NIMBL_FILTERS_MAX]; // lowest first
	unsigned int filter_count;
	struct binding *binding;
	struct options options;
	TAILQ_ENTRY(adapter) others;
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES attributes;
	NDIS_OID *oid_list;   // our copy of what they point at
	NDIS_OFFLOAD offload; // in effect, when has_offload
	bool is_registered, has_general, has_offload;
	struct nimbl_offloads offloads;
	struct pending pending, reset;
	uint32_t hang_seconds; // between two looks whether the miniport hangs
	uint64_t faults;       // of drivers of this stack, see driver_fault()
	struct oid_queue oids;
	unsigned int calls; // of its miniport's control handlers
	bool is_closing;    // takes no requests
	bool wants_restart; // a filter asked for it
	bool is_lost;       // its miniport says that the device is gone
	ULONG allows;       // NIMBL_MINIPORT_ATTRIBUTES_*
	NDIS_LINK_STATE link;
	NDIS_RESTART_ATTRIBUTES *restart_attributes; // of the last restart
	struct nimbl_room room_wanted, room;         // in lists received; `room` when has_room
	bool has_room;
	NET_IFINDEX index;
	struct kept_filter
		*kept; // while the device is gone: the filters that stood here, lowest first
	unsigned int kept_count;
	struct nimbl_module top;     // what the highest filter sees while nobody is bound
	struct nimbl_edges edges[2]; // the published one and the next
	struct nimbl_edges top_edges[2];
	struct wrappers wrappers;
	struct module_wraps wraps, top_wraps;
	struct nimbl_verifier verifier;
	struct nimbl_counters counters[RTE_MAX_LCORE + 1];
};

struct filter {
	struct nimbl_module module;
	char name[32];
	enum nimbl_state state;
	struct filter_driver *driver;
	struct adapter *adapter;
	NDIS_HANDLE context; // the filter's
	bool has_attributes; // NdisFSetAttributes was called
	bool sets_options;   // SetFilterModuleOptionsHandler is running
	ULONG allows;        // NIMBL_FILTER_ATTRIBUTES_*
	struct options options;
	NDIS_FILTER_PARTIAL_CHARACTERISTICS handlers; // of this module, which may replace them
	struct pending pending;
	nimbl_figures_fn *figures; // NULL: it has none
	unsigned int calls;        // of its control handlers, that other threads make
	bool is_closing;           // makes and takes no requests
	TAILQ_ENTRY(filter) link;  // of the driver
	struct nimbl_edges edges[2];
	struct module_wraps wraps;
};

struct binding {
	struct nimbl_module module;
	enum nimbl_state state;
	struct protocol_driver *driver;
	struct adapter *adapter;
	NDIS_HANDLE context; // the protocol's
	struct options options;
	struct pending pending, event_pending;
	unsigned int calls;        // of its control handlers, that other threads make
	nimbl_figures_fn *figures; // NULL: it has none
	bool is_closing;           // makes no requests
	NET_PNP_EVENT_NOTIFICATION events[OPERATION_COUNT]; // that may pend
	TAILQ_ENTRY(binding) link;                          // of the driver
	struct nimbl_edges edges[2];
	struct module_wraps wraps;
};

// What NdisOpenAdapterEx gets back from the bind handler as BindContext.
struct bind_request {
	struct adapter *adapter; // NULL: too late
	const struct nimbl_option *options;
	struct pending pending;
};

// Drivers by the name under which they are loaded, or by which they call themselves; NULL with an error that lists them.
struct miniport_driver *miniport_driver_find(const char *name);
struct protocol_driver *protocol_driver_find(const char *name);
struct filter_driver *filter_driver_find(const char *name);

// The adapter of a port, or NULL with an error that guesses what was meant.
struct adapter *adapter_find(const char *name);

// An adapter of the driver is closed.
void miniport_driver_leave(struct miniport_driver *driver);

// Before the handler is called; after it, with what it answered. Waiting ends with the status of the
// operation, or NDIS_STATUS_PENDING when it was given up. Control thread.
void pending_begin(struct pending *pending, enum operation operation);
NDIS_STATUS pending_wait(struct pending *pending, enum operation operation, NDIS_STATUS answer);

// When waiting for drivers that begins now is given up, in timer cycles.
uint64_t pending_deadline(void);

// A pause of a module was given up: fail, and tell the operator, with the lists that are out. -ETIMEDOUT.
int pause_unfinished(NDIS_HANDLE module);

// Whether an operation waits for its completion.
bool pending_is(const struct pending *pending, enum operation operation);

// The driver is done. Any thread. False when it has nothing to complete.
bool pending_complete(struct pending *pending, enum operation operation, NDIS_STATUS status);

// A driver did what no state allows: said, with `what` behind the name of `who`, and counted. Any thread.
void driver_fault(struct adapter *adapter, NDIS_HANDLE who, enum nimbl_violation_code code,
	const char *rule, const char *what);

// Between Initializing and Halted: the miniport has its context, and may be asked.
static inline bool state_is_initialized(enum nimbl_state state)
{
	return state >= NIMBL_PAUSED && state <= NIMBL_PAUSING;
}

// Whether the miniport said what it must. Returns 0, or -EINVAL with what is missing.
int attributes_check(const struct adapter *adapter);

// Look from time to time whether the miniport hangs; no more, and no reset under way any more. Control
// thread.
void hang_watch(struct adapter *adapter);
void hang_unwatch(struct adapter *adapter);

// Fail with an error that was noted before: of what failed first, whatever happened while it was undone.
int fail_again(const struct nimbl_error *error);

int options_copy(struct options *options, const struct nimbl_option *from);
void options_free(struct options *options);

// Fail with -EINVAL for a setting that nobody asked for; `who` has it.
int options_check(const struct options *options, const char *who);

// A setting by its name, whatever the case of its letters, or NULL.
const char *option_any_case(NDIS_HANDLE handle, const char *key);

// Compute the edges of a stack from the states of its members, publish them, and wait until no lcore
// uses the old ones. Returns 0 or -errno.
int stack_freeze(struct adapter *adapter);

// books.c: books for a module whose driver keeps none, from before it first stands in a stack; the end of
// them, with what they have come to in the counters of the adapter. Modules without are left alone.
int books_open(struct nimbl_module *module, enum nimbl_books_kind kind);
void books_close(struct nimbl_module *module);

// Have a stack counted when a module of it has books, and only then.
int books_stand(struct adapter *adapter);

// Add what the books of a stack have come to.
void books_add(const struct adapter *adapter, struct nimbl_counters *counters);

// Fail with -EEXIST, -ENOSPC or -ENOENT.
int wrappers_add(struct wrappers *wrappers, const struct nimbl_wrapper *wrapper, void *state);
int wrappers_remove(struct wrappers *wrappers, const struct nimbl_wrapper *wrapper);

// Cover edges that were just computed with the wrappers of a stack. `ends` says who gives and who takes;
// `wraps` has room for one of each wrapper.
void wrappers_put(const struct wrappers *wrappers, const struct nimbl_wrap *ends,
	struct nimbl_edges *edges, struct nimbl_wrap *wraps);

// The same as the public calls, with the reason that the drivers are told.
int adapter_pause(struct adapter *adapter, ULONG reason);
int filter_pause(struct filter *filter, ULONG reason);
int binding_pause(struct binding *binding, ULONG reason);

// Initialize a new or a halted adapter: Paused then. On failure it is Halted and the error is the driver's.
int adapter_initialize(struct adapter *adapter);

// As nimbl_adapter_halt(), with the action that the miniport is told.
void adapter_halt(struct adapter *adapter, NDIS_HALT_ACTION action);

// Forget the filters that stood in a stack whose device is gone.
void kept_filters_free(struct adapter *adapter);

// Tell the stack of a device event, from the highest filter down, as each passes it on. Control thread.
void device_event_tell(struct adapter *adapter, NDIS_DEVICE_PNP_EVENT code);

// The list that a restart hands up, made anew from what the miniport says.
int restart_attributes_make(struct adapter *adapter);
void restart_attributes_free(struct adapter *adapter);

// What the stack wants to find in lists that are sent: as of the last restart, or what the miniport
// wants before the first.
struct back_fill {
	ULONG data_bytes, context_bytes;
};
struct back_fill back_fill_of(const struct adapter *adapter);

// Before an adapter is halted, a filter detached or a binding closed: end the requests that it made or
// has, and refuse further ones. Those below are cancelled; what does not end in time is ended with
// NDIS_STATUS_REQUEST_ABORTED and said to the operator. Control thread.
void oid_end(struct adapter *adapter, NDIS_HANDLE module);

// The link as the miniport said last, whichever thread that did.
NDIS_LINK_STATE link_now(const struct adapter *adapter);

// After the place of a filter or binding was closed: wait until nobody calls it. Control thread.
void calls_drain(NDIS_HANDLE module, const unsigned int *calls);
