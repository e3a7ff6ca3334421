// SPDX-License-Identifier: BSD-3-Clause
// What the commands of 'nimbl test' share.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nimbl_base.h"
#include "option.h"
#include "rfc2544/bed.h"

int test_rfc2544(int argc, char **argv);
int test_soak(int argc, char **argv);
int test_compare(int argc, char **argv);

// Options of every test that needs a device; a test's own keys are below.
enum {
	TEST_KEY_ALLOW_STEAL = 0x400,
	TEST_KEY_DUT,
	TEST_KEY_DUT_FILTERS,
	TEST_KEY_ONE_WAY,
	TEST_KEY_PORT,
	TEST_KEY_REFLECT,
	TEST_KEY_STREAM,
};

#define TEST_DEVICE_OPTIONS                                                                                    \
	{"allow-steal", TEST_KEY_ALLOW_STEAL, "PERCENT", 0,                                                    \
		"Part of a trial that counts in which the hypervisor or other programs may have the CPUs (2)", \
		1},                                                                                            \
		{"dut", TEST_KEY_DUT, "self", 0,                                                               \
			"The device is a nimbl that is started for the test, over memif", 1},                  \
		{"dut-filters", TEST_KEY_DUT_FILTERS, "LIST", 0,                                               \
			"Filters of its first port, as YAML has them", 1},                                     \
		{"one-way", TEST_KEY_ONE_WAY, NULL, 0,                                                         \
			"Only the first port sends; else both do at once", 1},                                 \
		{"port", TEST_KEY_PORT, "NAME=DEVICE", 0,                                                      \
			"A port of the tester; two, or one whose frames the device reflects", 1},              \
		{"reflect", TEST_KEY_REFLECT, NULL, 0,                                                         \
			"With --dut self: one port, which it reflects", 1},                                    \
	{                                                                                                      \
		"stream", TEST_KEY_STREAM, "[PORT:]KEY=VALUE", 0,                                              \
			"What frames look like, as 'nimbl gen' has it; may be repeated", 1                     \
	}

// For parser functions; ARGP_ERR_UNKNOWN for a key that is none of these.
error_t test_device_parse(
	struct bed_wish *wish, int key, char *text, const struct argp_state *state);

// Read a number with a fraction, of `min` to `max`. Returns 0 or EINVAL, said.
error_t test_number(const struct argp_state *state, const char *option, const char *text,
	double min, double max, double *value);

// End the bench on SIGINT and SIGTERM; a second one ends the process.
void test_catch_ends(void);

// The exit status for a test that ended with `ret`; what happened is said.
int test_status(int ret);

// Progress on standard error: on a terminal a line that is written over, else each as a line of JSON.
bool test_is_live(void);
void test_live(const char *fmt, ...) NIMBL_PRINTF(1, 2);
void test_live_end(void);
