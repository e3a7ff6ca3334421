// SPDX-License-Identifier: BSD-3-Clause
// A protocol driver under the control of the test ("test_protocol"): it keeps what it receives or
// gives it back at once, sends what the test gives it, and writes down all that comes back. "test_plain" is
// the same as a protocol that knows nothing of nimbl: its books are kept for it.
#pragma once

#include <ndis.h>
#include <stdbool.h>
#include <stdint.h>

#define TEST_PROTOCOL_RECORDS 8192u
#define TEST_PROTOCOL_OIDS    4096u

struct test_completion {
	NET_BUFFER_LIST *nbl;
	NDIS_STATUS status;
};

struct test_binding {
	NDIS_HANDLE binding;
	NDIS_BIND_PARAMETERS parameters; // as they were given to the bind handler
	// What the test may set.
	bool returns; // give received lists back inside the indication instead of keeping them
	NDIS_STATUS restart_status;
	void (*on_receive)(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count,
		ULONG flags); // instead of keeping or returning
	void *arg;            // of on_receive
	void (*in_restart)(void), (*in_pause)(void), (*in_unbind)(void);
	bool pause_pends, unbind_forgets; // an event that the test ends; the binding stays open
	NET_PNP_EVENT_NOTIFICATION *pausing;
	// Received lists that were kept, in the order in which they came.
	NET_BUFFER_LIST *held[TEST_PROTOCOL_RECORDS];
	uint32_t held_count;
	uint32_t indications;
	ULONG last_count, last_flags;
	// Completed lists, in the order in which they came back; the test owns them.
	struct test_completion completions[TEST_PROTOCOL_RECORDS];
	uint32_t completed;
	// Events.
	uint32_t restarts, pauses, statuses;
	ULONG back_fill, context_fill; // as of the last restart
	NDIS_STATUS last_status;
	uint32_t net_events;
	NDIS_STATUS net_answer; // to other events than pause and restart: the test may set it
	NET_PNP_EVENT_NOTIFICATION *net_event; // the last of these
	// Requests that came back, in order; `on_oid`, unless NULL, is told of each.
	struct test_oid_completion {
		NDIS_OID_REQUEST *request;
		NDIS_STATUS status;
	} oids[TEST_PROTOCOL_OIDS];
	uint32_t oid_count;
	void (*on_oid)(struct test_binding *self, NDIS_OID_REQUEST *request);
	NDIS_LINK_STATE link; // of the last indication of a link state
	struct test_binding *next;
};

// Called in the bind handler, with the adapter open; NULL: nothing is.
extern void (*test_protocol_in_bind)(struct test_binding *self);

// The driver's own handle, and what its bind handler was last given.
extern NDIS_HANDLE test_protocol_driver, test_protocol_bind_context;

// Register the driver again, after a test has deregistered it.
NDIS_STATUS test_protocol_register(void);

// The protocol's side of a binding that nimbl_binding_open() made. NULL when it is none of ours.
struct test_binding *test_binding_of(NDIS_HANDLE binding);

// Bindings that are open.
uint32_t test_bindings_count(void);

// Forget all bindings, which the engine has closed.
void test_bindings_forget(void);

// Link `count` lists to a chain, in order. Returns the first.
NET_BUFFER_LIST *test_chain(NET_BUFFER_LIST *const *lists, uint32_t count);

// Send `count` lists as one chain.
void test_send(
	struct test_binding *self, NET_BUFFER_LIST *const *lists, uint32_t count, ULONG flags);

// Give the held lists back as one chain, and forget them.
void test_return_held(struct test_binding *self);
