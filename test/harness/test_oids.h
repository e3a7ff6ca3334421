// SPDX-License-Identifier: BSD-3-Clause
// How a driver of the tests treats requests, and what it saw of them.
#pragma once

#include <ndis.h>
#include <stdbool.h>
#include <stdint.h>

#define TEST_OIDS 64u

enum test_oid_mode {
	TEST_OID_FORWARD, // filters: pass a clone on; miniports answer
	TEST_OID_ANSWER,  // at once, with `answer`
	TEST_OID_PEND,    // keep it until the test completes it
	TEST_OID_INSIDE,  // complete it with `answer` inside the handler, which says that it pends
};

struct test_oids {
	// What the test may set.
	enum test_oid_mode mode;
	NDIS_STATUS answer;
	bool ignores_cancel; // a cancel ends nothing; else it completes what is kept and meant
	// What came to pass.
	NDIS_OID_REQUEST *kept[TEST_OIDS]; // oldest first
	uint32_t kept_count;
	uint32_t asked, cancels, inside, inside_max; // `inside`: handlers that run
	KIRQL level;                                 // of the last request
	uint32_t completed;                          // of those that the driver made itself
	NDIS_STATUS status;                          // of the last of these
};

// Keep a request, and take one out, whichever it is.
void test_oids_keep(struct test_oids *self, NDIS_OID_REQUEST *request);
NDIS_OID_REQUEST *test_oids_take(struct test_oids *self, uint32_t i);

// The first kept request with this id, taken; NULL: none.
NDIS_OID_REQUEST *test_oids_meant(struct test_oids *self, PVOID id);
