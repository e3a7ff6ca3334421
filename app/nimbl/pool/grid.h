// SPDX-License-Identifier: BSD-3-Clause
// Which cells of the grid are measured.
#pragma once

#include "measure.h"

struct pool_grid {
	struct pool_row *rows;
	size_t count, room;
	size_t refused;      // cells that cannot be
	uint64_t most_bytes; // for the rows
};

void pool_grid_free(struct pool_grid *grid);

// The cells that answer the question: the preset with each axis varied, and the planes in which axes
// depend on each other. Returns 0 or -ENOMEM.
int pool_grid_usual(struct pool_grid *grid);

// Every combination of the values given; `lists` has a list for each axis or NULL: its preset, or all
// values when `is_full`. Returns 0, -ENOMEM, or -EINVAL with the error set, naming value and axis, or that the
// rows do not fit into `most_bytes`; 0: no limit.
int pool_grid_cross(struct pool_grid *grid, const char *const *lists, bool is_full);

// Cells whose pools alone would be larger go out. Returns how many.
size_t pool_grid_drop_large(struct pool_grid *grid, uint64_t bytes);

// Ops that DPDK has not loaded go out; `names` lists what there is. Returns how many cells went.
size_t pool_grid_drop_ops(struct pool_grid *grid, bool (*exists)(const char *ops));
