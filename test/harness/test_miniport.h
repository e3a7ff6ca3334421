// SPDX-License-Identifier: BSD-3-Clause
// A miniport driver under the control of the test ("test_miniport"), without a device: it indicates
// what the test tells it to, keeps what is sent until the test completes it, and writes down what
// is returned.
#pragma once

#include <ndis.h>
#include <stdbool.h>
#include <stdint.h>

#include "test_oids.h"

#define TEST_MINIPORT_RECORDS 1024u
#define TEST_MINIPORT_LISTS   256u
#define TEST_MINIPORT_MTU     1400u
#define TEST_MINIPORT_BPS     10000000000ull
#define TEST_MINIPORT_NEVER   UINT32_MAX

// What it wants in lists that it is to send.
#define TEST_MINIPORT_BACK_FILL 14u
#define TEST_MINIPORT_CONTEXT   16u

struct test_miniport {
	NDIS_HANDLE adapter;
	NDIS_HANDLE pool; // of TEST_MINIPORT_LISTS lists
	char color[16];   // option "color": whether options come through
	// What the test may set.
	NDIS_STATUS restart_status;    // what a restart ends with
	uint32_t restart_us, pause_us; // pend, and complete so much later; 0: do not pend
	bool indicates_in_restart;     // one list, from within the restart handler
	bool completes_late;           // an earlier pause, from within the next handler
	bool hangs;                    // says so when it is next asked
	NDIS_STATUS reset_answer, sync_answer;
	void (*in_restart)(void), (*in_pause)(void);
	void (*in_device_event)(struct test_miniport *self);
	// Sent lists, kept.
	NET_BUFFER_LIST *sent[TEST_MINIPORT_RECORDS];
	uint32_t sent_count, send_calls;
	ULONG send_flags; // of the last send
	// Returned lists, in order; they are in their pool again.
	NET_BUFFER_LIST *returned[TEST_MINIPORT_RECORDS];
	uint32_t returned_count;
	uint32_t restarts, pauses, resets, shutdowns, cancels, hang_looks, sync_asked;
	struct test_oids oids;
	uint32_t direct_asked;
	uint32_t device_events;
	NDIS_DEVICE_PNP_EVENT device_event; // the last
};

// Figures over all adapters of this driver, for what is left after one is gone.
extern uint32_t test_miniport_initialized, test_miniport_halted;
extern NDIS_HALT_ACTION test_miniport_action; // of the last halt

// Adapters do not initialize as long as this is set.
extern bool test_miniport_refuses;

// Called while an adapter initializes, its attributes set; NULL: nothing is.
extern void (*test_miniport_in_initialize)(struct test_miniport *self);

// The handlers of the driver, for drivers of other names; `to` has its header.
void test_miniport_handlers(NDIS_MINIPORT_DRIVER_CHARACTERISTICS *to);

// Free what a miniport has that was shut down, which frees nothing: its adapter is closed.
void test_miniport_free(struct test_miniport *self);

// Take `count` lists with frames of 60 bytes, each beginning with its number from `first` on, and
// indicate them as one chain. `lists`, unless NULL, is told which.
void test_miniport_indicate(struct test_miniport *self, uint32_t count, uint32_t first, ULONG flags,
	NET_BUFFER_LIST **lists);

// Complete `count` sent lists with `status`, the last one first, and forget them.
void test_miniport_complete(struct test_miniport *self, uint32_t count, NDIS_STATUS status);

// Complete the oldest request that is kept. Direct ones in their way.
void test_miniport_oid_complete(struct test_miniport *self, NDIS_STATUS status);

// Indicate a link state.
void test_miniport_link(struct test_miniport *self, bool up, uint64_t bps);
