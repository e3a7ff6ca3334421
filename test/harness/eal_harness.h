// SPDX-License-Identifier: BSD-3-Clause
// EAL for a test program: no root, no hugepages, no PCI, one lcore, nothing left behind.
#pragma once

// Start EAL on the first cpu that this program may use, once; fits cmocka's group setup. The calling
// thread becomes lcore 0. NIMBL_TEST_LOG=debug shows what EAL says. Returns 0, else -1.
int eal_harness_start(void **state);

// The same with further EAL arguments ("--vdev=net_null0"), which end with NULL.
int eal_harness_start_with(const char *const *arguments);

// EAL pins its thread, and what it starts inherits that: let the calling thread use every cpu.
void eal_harness_any_cpu(void);
