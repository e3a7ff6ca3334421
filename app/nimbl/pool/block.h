// SPDX-License-Identifier: BSD-3-Clause
// A block of cells that are measured in the same rounds. For measure.c.
#pragma once

#include "measure.h"

// One cell of the block that is being measured.
struct bench_cell {
	struct pool_row *row;
	struct pool_subject subject;
	struct pool_desk desk;
	uint64_t bursts; // of a slice
	double *cycles;  // of all rounds, the warm-up too
};

struct block {
	struct bench_cell *cells; // the last one is a twin
	size_t twin_of;           // the first one that takes from a pool
	size_t count, active;     // active: in `order`, the others could not be had
	size_t round, rounds;
	double *control;
	uint32_t *order;
	struct pool_plan *plan;
	uint64_t random_state;
	size_t next; // cell in `order` that the lcore measures
};

// Bursts of a slice of this cell.
uint64_t block_bursts(const struct pool_plan *plan, const struct pool_cell *cell);

// One slice of each cell, in random order, and of the control loop.
void block_round(struct block *block);

// Time the bursts of each cell one by one, then run each with every element watched. After the rounds, so
// that it cannot disturb them.
void block_prove(struct block *block);
