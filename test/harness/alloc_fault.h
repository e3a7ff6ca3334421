// SPDX-License-Identifier: BSD-3-Clause
// Allocations that fail when told to: pools drained to what is to succeed yet, and rte_malloc without
// memory. The engine knows nothing of it; a program that uses this is linked with alloc_faults.
#pragma once

// What allocates: each open pool, oldest first, and last rte_malloc.
unsigned int alloc_fault_kinds(void);

// "pool headers", "rte_malloc".
const char *alloc_fault_name(unsigned int kind);

// The next `n` allocations of that kind succeed, those after them fail; elements that are given back
// meanwhile succeed once more each. No pool grows. One thread, one kind at a time.
void alloc_fault_arm(unsigned int kind, unsigned int n);

// All is as before.
void alloc_fault_disarm(void);
