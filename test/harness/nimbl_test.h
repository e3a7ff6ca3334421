// SPDX-License-Identifier: BSD-3-Clause
// Drivers under the control of a test, for testing drivers: a miniport without a device below, the drivers
// under test, a protocol above. No root, hugepages, network or second thread: what a test tells one
// of them to do has been done when the call is back.
//
//   miniport   test_miniport.h   indicates what it is told, keeps what is sent until it is told to complete it
//   filter     test_filter.h     passes, keeps, drops or clones, makes lists of its own, fails and pends
//   protocol   test_protocol.h   sends what it is given, keeps or returns what it receives
//   requests   test_oids.h       what miniport and filter do with OID requests, and what they saw
//   events     test_events.h     pause and restart of all of them, in order
//   frames     frames.h          frames by description, with right lengths and checksums
//
// The test links the driver under test in (NIMBL_DRIVER), or loads it (nimbl_driver_load), and stands on
// pkg-config nimbl-test. The functions below are for the thread that called nimbl_test_start().
#pragma once

#include <ndis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimbl_bind.h"
#include "nimbl_driver.h"
#include "nimbl_nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "frames.h"
#include "test_events.h"
#include "test_filter.h"
#include "test_miniport.h"
#include "test_oids.h"
#include "test_protocol.h"

#define NIMBL_TEST_FILTERS 8
#define NIMBL_TEST_LISTS   512u  // that a stack can have under way
#define NIMBL_TEST_BYTES   2048u // the longest frame

// Start DPDK without rights, and load all drivers that are linked in. Once per process; what it made on
// disk is gone at exit. Returns 0, or -1 after saying why on standard error.
int nimbl_test_start(void);

// Unload all drivers. Every stack is closed before.
void nimbl_test_stop(void);

// One stack; read its members freely. `miniport` and `protocol` are what the test controls.
struct nimbl_test_stack {
	NDIS_HANDLE adapter, binding;
	struct test_miniport *miniport;
	struct test_binding *protocol;
	NDIS_HANDLE filters[NIMBL_TEST_FILTERS]; // lowest first
	unsigned int filter_count;
	NDIS_HANDLE pool; // of the lists that inject and send make
	bool is_running;
};

// Make a stack of test miniport and test protocol, paused. Returns 0, or -errno with nimbl_last_error().
int nimbl_test_open(struct nimbl_test_stack *stack);

// Attach a module of filter driver `driver`, called `name`, above the filters that are there, with settings
// (NULL: none; ends with a NULL key). The stack is paused. Returns 0, or -errno with nimbl_last_error().
int nimbl_test_add(struct nimbl_test_stack *stack, const char *driver, const char *name,
	const struct nimbl_option *options);

// Restart all of a stack from the bottom, pause all of it from the top. Returns 0, or -errno of the first
// that refused or did not finish within a second.
int nimbl_test_restart(struct nimbl_test_stack *stack);
int nimbl_test_pause(struct nimbl_test_stack *stack);

// The miniport receives a frame: it goes up, through the filters, and what arrives is in
// protocol->held[0..held_count), unless the test has set protocol->returns or on_receive. At most
// NIMBL_TEST_BYTES. False when that many lists are under way already.
bool nimbl_test_receive(struct nimbl_test_stack *stack, const void *frame, uint32_t bytes);

// The protocol sends a frame: it goes down, and what arrives is in miniport->sent[0..sent_count) until the
// test completes it, with any status: test_miniport_complete() ends the newest first.
bool nimbl_test_send(struct nimbl_test_stack *stack, const void *frame, uint32_t bytes);

// Copy the bytes of a list's first packet, all of its MDLs, and return how many it has, copied or not.
uint32_t nimbl_test_read(const NET_BUFFER_LIST *nbl, void *to, uint32_t room);

// Bring home what the test still has: return all that the protocol holds, complete all that the miniport
// has with `status`, free all that came back to the protocol. What filters hold is theirs.
void nimbl_test_settle(struct nimbl_test_stack *stack, NDIS_STATUS status);

// Whether every list of every pool is in it, of drivers too; else `why` names the pool and how many are out.
bool nimbl_test_whole(char *why, size_t room);

// Settle, pause and close. Returns 0, or -errno when something did not pause, or -EBUSY when a list is out
// of the stack's pool: the driver under test keeps it.
int nimbl_test_close(struct nimbl_test_stack *stack);

#ifdef __cplusplus
}
#endif
