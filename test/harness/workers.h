// SPDX-License-Identifier: BSD-3-Clause
// EAL with several lcores for a test program: all of them on one CPU, so that it runs anywhere.
#pragma once

// Start EAL with lcores 0 to `count` - 1 on the first CPU that this program may use; else as
// eal_harness_start() does. Returns 0, else -1.
int workers_start(unsigned int count);

// How often a test repeats itself: NIMBL_TEST_ROUNDS of the environment, or `usual`.
unsigned int rounds_asked(unsigned int usual);
