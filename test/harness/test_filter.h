// SPDX-License-Identifier: BSD-3-Clause
// A filter driver under the control of the test ("test_filter"): its modules pass lists on, keep them
// until the test releases them, drop them, clone them, or make lists of their own.
//
// Options of a module: "handlers", of the letters s (send), c (send complete), r (receive), t (return)
// and x (cancel): those that it has, all when the option is missing; "allows", of h (handover),
// u (untouched) and p (plain: its books are kept for it); "attach", to fail: "status", "error", or "forget" the attributes.
//
// "test_filter_bare" is the same driver without handlers for requests, status and events.
#pragma once

#include <ndis.h>
#include <stdbool.h>
#include <stdint.h>

#include "test_oids.h"

#define TEST_FILTER_RECORDS 8192u
#define TEST_FILTER_LISTS   256u
#define TEST_FILTER_NEVER   UINT32_MAX
#define TEST_FILTER_PART    32u

#define TEST_FILTER_BYTE  0x5a
#define TEST_FILTER_SHORT 100u // bytes of the longest short frame

enum test_filter_mode {
	TEST_FILTER_PASS,
	TEST_FILTER_HOLD,
	TEST_FILTER_DROP,
	TEST_FILTER_END,   // give back at once, as any driver would; sends with `end_status`
	TEST_FILTER_CLONE, // pass a clone on, keep the original until the clone is back
	TEST_FILTER_SPLIT, // as CLONE with a list cut to frames of TEST_FILTER_PART bytes; of sends only
	TEST_FILTER_REORDER, // pass each chain on in reverse
	TEST_FILTER_PREPEND, // sends: put `data_back_fill` bytes of TEST_FILTER_BYTE before short frames
};

struct test_filter_chains {
	NET_BUFFER_LIST *lists[TEST_FILTER_RECORDS];
	uint32_t count;
};

struct test_filter {
	NDIS_HANDLE filter;
	NDIS_HANDLE pool; // of TEST_FILTER_LISTS lists, for own ones
	char name[32];
	char color[16]; // option "color": whether options come through
	ULONG allows;
	// What the test may set. Not the modes while own lists are away.
	enum test_filter_mode sends, receives;
	NDIS_STATUS restart_status, options_status, end_status;
	uint32_t restart_us, pause_us;         // pend, and complete so much later; 0: do not
	uint32_t data_back_fill, context_fill; // added at restart
	void (*in_attach)(struct test_filter *self);
	void (*in_restart)(struct test_filter *self);
	void (*in_pause)(struct test_filter *self);
	void (*in_detach)(struct test_filter *self);
	NDIS_STATUS sync_answer; // to a synchronous request
	// What came to pass.
	NDIS_FILTER_ATTACH_PARAMETERS attach;
	bool has_names;
	ULONG pause_reason;
	ULONG seen_back_fill, seen_context; // at the last restart, before it added its own
	uint32_t restarts, pauses, statuses, cancels;
	uint32_t send_calls, complete_calls, receive_calls, return_calls;
	ULONG send_flags, receive_flags; // of the last call
	uint32_t receive_count;
	uint32_t own_out, own_sent_back, own_returned; // own lists: away, and come home either way
	struct test_filter_chains held_sends, held_receives;
	bool pause_pends;
	struct test_oids oids;
	uint32_t net_events, device_events;
	uint32_t prepended, new_mdls, new_contexts; // frames, and what they had no room for
	uint32_t sync_asked, sync_completed;
	NDIS_STATUS sync_status; // of the last that completed
	bool attach_only;        // has not attached yet
	struct test_filter *next;
};

// The driver's own handle, and how many modules it has.
extern NDIS_HANDLE test_filter_driver;
uint32_t test_filters_count(void);

// Register the driver again, after a test has deregistered it.
NDIS_STATUS test_filter_register(void);

// The side of a module that the driver has. NULL when it is none of ours.
struct test_filter *test_filter_of(NDIS_HANDLE filter);

// Called for every module as soon as it exists, before it attaches; NULL: nobody.
extern void (*test_filter_born)(struct test_filter *self);

// Pass on what is held, as one chain each, and forget it.
void test_filter_release_sends(struct test_filter *self);
void test_filter_release_receives(struct test_filter *self);

// Make `count` lists of 60 bytes and send or indicate them as one chain.
void test_filter_originate_send(struct test_filter *self, uint32_t count);
void test_filter_originate_receive(struct test_filter *self, uint32_t count);
