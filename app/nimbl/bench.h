// SPDX-License-Identifier: BSD-3-Clause
// What the benchmarks share.
#pragma once

#include <jansson.h>

#include "samples.h"

struct nimbl_conf;

int bench_path(int argc, char **argv);
int bench_change(int argc, char **argv);
int bench_buffer(int argc, char **argv);
int bench_pool(int argc, char **argv);
int bench_compare(int argc, char **argv);

// The machine that figures belong to: CPU, kernel, governor, DPDK, how time is measured.
json_t *bench_machine(void);

// How often this thread was pushed off its CPU so far. A slice in which that happened is void.
long bench_switches(void);

// Pairs that may be void, per pair asked for, before they count all the same.
#define BENCH_VOID_MAX 20u

// One line of the same for people.
void bench_machine_print(void);

// Two ports "a" and "b" on these devices, cross-connected; one lcore serves both, so that whatever is
// compared does the same work in the same thread. NULL with the error set.
struct nimbl_conf *bench_conf(const char *const devices[2]);
