// SPDX-License-Identifier: BSD-3-Clause
// Cells measured side by side: in each round every cell once, in random order, with a loop that does
// nothing but count beside them. What a row says is derived from the rounds of the same run.
#pragma once

#include "pass.h"
#include "watch.h"

#define POOL_ROUNDS_MIN 15u
#define POOL_ROUNDS_MAX 200u

struct pool_row {
	struct pool_cell cell;
	double cycles
		[POOL_ROUNDS_MAX];     // per element, of each round that counts, in order of rounds
	size_t rounds, warmup;         // rounds that count, and those before them that do not
	uint32_t voids;                // slices measured again: the thread was pushed off its CPU
	struct stats_interval median;  // cycles per element
	struct stats_histogram bursts; // cycles of single bursts
	uint64_t burst_overhead;       // of reading the clock, in each of them
	double failures;               // part of the bursts for which the pool had not enough
	bool shares_cpus;              // more lcores than CPUs: figures of time mean nothing
	struct stats_shares shares;    // of the lcores of work "pass"
	struct pool_touch touch;
	uint64_t total_bytes;
	uint32_t element_bytes;
	struct pool_watch_result proof;
	bool is_void; // the proof failed: figures mean nothing
	char why[96]; // it is void
	size_t block; // rows of one block were measured in the same rounds
};

struct pool_noise {
	double control; // half of the rounds of the control loop lie within this part of its median
	size_t comparisons; // that a report makes: each is held to as much more
	double twin; // the same cell measured twice differs by at most this part, with 99 % confidence
};

struct pool_plan {
	struct pool_row *rows;
	size_t count;
	uint32_t rounds;
	uint32_t elements;     // of a slice, about
	uint32_t touch_most;   // largest burst whose cache lines are counted, for that takes long
	uint64_t memory_bytes; // of the pools of one block
	struct pool_lcores lcores;
	size_t done,
		done_blocks; // rows at the beginning that are measured already, and their blocks
	// Told after each round: rows before `first` are done, those before `end` by this part. Returns
	// false to stop early. NULL: nobody asks.
	bool (*progress)(void *arg, size_t first, size_t end, double part);
	// Told when all figures of the rows from `first` to before `end` are there, with the noise so far.
	// Returns 0, or -errno with the error set to stop. NULL: nobody asks.
	int (*finished)(void *arg, size_t first, size_t end, const struct pool_noise *noise);
	void *arg;
};

// Bytes that the pools of a cell take, about, when no other cell uses them.
uint64_t pool_cell_bytes(const struct pool_cell *cell);

// Measure the rows that are not `done`; `noise` grows from what it was. Returns 0 or -errno with the error set; -EINTR when `progress`
// said so. On the control thread; lcores are not running.
int pool_measure(struct pool_plan *plan, struct pool_noise *noise);

// How row `a` stands to row `b` of the same block; of another block only intervals are compared.
struct stats_comparison pool_compare(
	const struct pool_row *a, const struct pool_row *b, const struct pool_noise *noise);
