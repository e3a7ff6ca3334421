// SPDX-License-Identifier: BSD-3-Clause
// The frozen stack, as one module of it sees it: where what it passes on goes, in each of the four
// directions. Modules without a handler are left out when a stack is frozen, so they cost nothing.
#pragma once

#include <ndis.h>

#include "nimbl_object.h"
#include "nimbl_stat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef VOID (*nimbl_chain_fn)(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags);
typedef VOID (*nimbl_send_fn)(
	NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags);
typedef VOID (*nimbl_receive_fn)(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags);

struct nimbl_books;

struct nimbl_edges {
	struct {
		nimbl_receive_fn fn;
		NDIS_HANDLE context;
	} receive; // up: indications
	struct {
		nimbl_send_fn fn;
		NDIS_HANDLE context;
	} send; // down: sends
	struct {
		nimbl_chain_fn fn;
		NDIS_HANDLE context;
	} complete; // up: send completions
	struct {
		nimbl_chain_fn fn;
		NDIS_HANDLE context;
	} give_back; // down: returns
	struct {
		VOID (*fn)(NDIS_HANDLE context, PVOID cancel_id);
		NDIS_HANDLE context;
	} cancel; // down: cancelled sends
	// Flags that lists may carry on from here. Without NIMBL_SEND_FLAGS_HANDOVER where a driver on
	// the way wants completions, or returns; without NIMBL_SEND_FLAGS_UNTOUCHED where this one may
	// have changed something.
	ULONG send_flags, receive_flags;
};

// States of ndis.md: of a miniport adapter, a filter module, and a protocol binding.
enum nimbl_state {
	NIMBL_HALTED,       // filter: detached; binding: unbound
	NIMBL_INITIALIZING, // filter: attaching; binding: opening
	NIMBL_PAUSED,
	NIMBL_RESTARTING,
	NIMBL_RUNNING,
	NIMBL_PAUSING,
	NIMBL_SHUTDOWN, // of an adapter, for good
};

// A member of a stack: adapter, filter module or binding. Its NDIS_HANDLE points here.
struct nimbl_module {
	struct nimbl_object object;
	const struct nimbl_edges *edges; // published with release, read once per burst
	struct nimbl_counters *counters; // of the adapter: one block per lcore, the last one shared
	const enum nimbl_state *state;   // NULL: nobody is bound
	const struct nimbl_verifier *verifier; // of the stack
	uint16_t id;                           // in the words of lists, see nimbl_verify.h
	struct nimbl_books *books;             // NULL: the driver keeps its own
	struct nimbl_books *above;             // of the binding on top of the stack, or NULL
};

static inline const struct nimbl_edges *nimbl_edges_of(NDIS_HANDLE handle)
{
	return __atomic_load_n(&((struct nimbl_module *)handle)->edges, __ATOMIC_ACQUIRE);
}

// As NdisSendNetBufferLists. Returns the flags with which the lists went: without
// NIMBL_SEND_FLAGS_HANDOVER all of them will be completed, with it none.
static inline ULONG nimbl_send(
	NDIS_HANDLE binding, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(binding);

	flags &= edges->send_flags;
	edges->send.fn(edges->send.context, chain, port, flags);
	return flags;
}

// The lcore that the calling thread runs as, or NIMBL_NO_LCORE where the engine has not said so.
// Asking DPDK costs a call from another library; this is one load.
#define NIMBL_NO_LCORE     UINT32_MAX
#define NIMBL_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
NIMBL_API extern NIMBL_THREAD_LOCAL uint32_t nimbl_self;

// The same for threads that the engine does not run: RTE_MAX_LCORE where there is none.
NIMBL_API uint32_t nimbl_lcore_ask(void);

static inline uint32_t nimbl_lcore_here(void)
{
	return nimbl_self != NIMBL_NO_LCORE ? nimbl_self : nimbl_lcore_ask();
}

// The counter block of the calling thread. Threads without an lcore share the last block.
NIMBL_API struct nimbl_counters *nimbl_counters_here(struct nimbl_counters *blocks);

// Add to a counter of the calling thread's block, whoever the thread is.
NIMBL_API void nimbl_count_here(struct nimbl_counters *blocks, size_t offset, uint64_t n);

// A filter is done with lists that it was given to send with `flags`, whose packets went on otherwise:
// completed as their status says, or brought home where they were given away for good.
NIMBL_API void nimbl_finish_send(NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG flags);

// A filter drops what it was given to send with `flags`, counted under `reason`: completed with
// `status`, or brought home where it was given away for good.
NIMBL_API void nimbl_drop_send(NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG flags,
	enum nimbl_drop reason, NDIS_STATUS status);

// A filter drops `count` lists that were indicated to it with `flags`, counted under `reason`:
// returned, unless they were only lent.
NIMBL_API void nimbl_drop_receive(NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG count,
	ULONG flags, enum nimbl_drop reason);

// The same for lists whose frames the filter has made into others, or took for itself: counted as
// consumed, and the sends completed with success.
NIMBL_API void nimbl_consume_send(NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG flags);
NIMBL_API void nimbl_consume_receive(
	NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG count, ULONG flags);

// A filter knows what it sent, and what it indicated, by the SourceHandle: its own module. A protocol that sends
// lists back through the binding that it received them by, for the round trip, has to be their source for so
// long (NdisSendNetBufferLists: SourceHandle is the binding's handle), else a filter that made some takes their
// completion for that of its own sends. Take: lists that filters made are the binding's, who made them stands in
// the first word of ProtocolReserved; those of a miniport stay as they are. Restore, when they are complete and
// before they are returned: all are as they were received; returns how many lists there are. Lists that come
// with NIMBL_RECEIVE_FLAGS_UNTOUCHED are a miniport's. Any thread that has the lists.
NIMBL_API void nimbl_sources_take(NDIS_HANDLE binding, PNET_BUFFER_LIST chain);
NIMBL_API uint64_t nimbl_sources_restore(NDIS_HANDLE binding, PNET_BUFFER_LIST chain);

// Count `n` frames that a filter made, or that it dropped beside the lists of others.
NIMBL_API void nimbl_count_born(NDIS_HANDLE filter, uint64_t n);
NIMBL_API void nimbl_count_dropped(NDIS_HANDLE filter, enum nimbl_drop reason, uint64_t n);

// The lcores that have poll objects, at most `room`, else the main one: where a filter that wants poll
// objects of its own registers them. Returns how many. Control thread.
NIMBL_API unsigned int nimbl_lcores_polling(uint32_t *lcores, unsigned int room);

// The same of the lcores that serve the adapter of a module's stack: where a protocol that sends by itself
// registers poll objects. Control thread.
NIMBL_API unsigned int nimbl_lcores_of(NDIS_HANDLE module, uint32_t *lcores, unsigned int room);

// Wait until every lcore has left whatever handler it was in when this was called. Control thread, not
// from a handler that carries lists.
NIMBL_API void nimbl_lcores_settle(void);

// Handlers for what is not there or does not run. `context` is the module that refuses, or the top of
// a stack.
void nimbl_path_unbound_receive(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags); // no protocol is bound: gives the lists back
void nimbl_path_paused_receive(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags); // the module is paused: gives the lists back
void nimbl_path_refuse_send(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG flags); // the module is paused: completes with NDIS_STATUS_PAUSED
void nimbl_path_bring_home(NDIS_HANDLE context, PNET_BUFFER_LIST chain,
	ULONG flags); // the sender is gone: its completed lists go to their pools
void nimbl_path_ignore_cancel(NDIS_HANDLE context, PVOID cancel_id); // nobody below queues sends

#ifdef __cplusplus
}
#endif
