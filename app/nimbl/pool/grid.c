// SPDX-License-Identifier: BSD-3-Clause
// From lists of values to cells.
#include "grid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AXES_MAX 16

void pool_grid_free(struct pool_grid *grid)
{
	free(grid->rows);
	*grid = (struct pool_grid){.rows = NULL};
}

static bool has_cell(const struct pool_grid *grid, const struct pool_cell *cell)
{
	for (size_t i = 0; i < grid->count; i++)
		if (pool_cell_equal(&grid->rows[i].cell, cell))
			return true;
	return false;
}

// A grid of everything has millions of cells, which nobody waits for.
static int too_many(const struct pool_grid *grid)
{
	nimbl_fail(EINVAL, "more than %zu cells: their figures do not fit into %llu MiB",
		grid->count, (unsigned long long)(grid->most_bytes >> 20));
	nimbl_mend("give axes that do not matter one value (--full --data 2k --page auto --cold 0 "
		   "--node near), or allow more with --memory");
	return -EINVAL;
}

static int add(struct pool_grid *grid, const struct pool_cell *cell)
{
	if (pool_cell_refuse(cell) != NULL) {
		grid->refused++;
		return 0;
	}
	if (grid->count == grid->room) {
		size_t room = grid->room > 0 ? 2 * grid->room : 64;

		if (grid->most_bytes > 0 && room * sizeof(struct pool_row) > grid->most_bytes)
			return too_many(grid);
		struct pool_row *rows = realloc(grid->rows, room * sizeof(*rows));
		if (rows == NULL)
			return nimbl_fail(ENOMEM, "no memory for %zu cells", room);
		grid->rows = rows;
		grid->room = room;
	}
	memset(&grid->rows[grid->count], 0, sizeof(*grid->rows));
	grid->rows[grid->count++].cell = *cell;
	return 0;
}

// Every value of axis `i`, and for each every one of those behind it.
static int cross(struct pool_grid *grid, struct pool_cell *cell, const char *const *lists, size_t i)
{
	const struct pool_axis *axis = &pool_axes[i];
	const char *at = i < pool_axis_count ? lists[i] : NULL;
	char value[POOL_PORT_BYTES];
	int ret = 0;

	if (i == pool_axis_count)
		return add(grid, cell);
	while (ret == 0 && pool_axis_next(axis, &at, value, sizeof(value)))
		ret = axis->set(cell, value) ? cross(grid, cell, lists, i + 1)
					     : pool_axis_wrong(axis, value);
	return ret;
}

int pool_grid_cross(struct pool_grid *grid, const char *const *lists, bool is_full)
{
	const char *all[AXES_MAX];
	struct pool_cell cell;

	pool_cell_preset(&cell);
	for (size_t i = 0; i < pool_axis_count; i++)
		all[i] = lists[i] != NULL ? lists[i]
			 : is_full        ? pool_axes[i].full
					  : pool_axes[i].preset;
	return cross(grid, &cell, all, 0);
}

// A plane: words as "allocation=whole,one-step return=pool,list", the other axes at their presets.
struct plane {
	const char *axis[4], *values[4];
};

static const struct plane planes[] = {
	// What the harness costs, and how the ways of taking compare, from one at a time to many.
	{{"allocation", "burst"},
		{"empty,mempool,bare,bulk,whole,one-step,two-steps,two-steps-data,foreign",
			"1,8,32,64,256"}},
	// The driver's own list against the pool.
	{{"allocation", "return", "burst"}, {"whole,one-step,two-steps", "pool,list", "1,32"}},
	{{"allocation", "return", "work"},
		{"bulk,whole,two-steps-data", "pool,list", "nic,round-trip"}},
	// Mempool ops, with the cache and without.
	{{"ops", "cache", "work"}, {"ring_mp_mc,ring_mp_sc,ring_sp_mc,ring_sp_sc,ring_mt_rts,"
				    "ring_mt_hts,stack,lf_stack,bucket",
					   "0,256", "get-put,nic"}},
	{{"ops", "cache", "work"}, {"nimbl_reuse", "0", "get-put,nic,round-trip,pass"}},
	{{"ops", "work"}, {"ring_mp_mc,ring_mt_hts,stack,lf_stack,bucket", "pass,round-trip"}},
	{{"allocation", "work"}, {"empty,bare,bulk", "nic,round-trip,pass"}},
	// From one lcore to several, from several to one.
	{{"lcores", "work", "ops"}, {"1:2,2:1", "pass", "ring_mp_mc,stack"}},
	{{"port", "work", "allocation"}, {"net_null,net_ring", "nic", "bare,bulk"}},
	{{"port", "ops", "cache", "work"},
		{"net_null,net_ring", "nimbl_reuse,stack,lf_stack", "0", "nic"}},
	{{"cache", "work"}, {"0,32,64,128,256,512", "get-put,nic,pass"}},
	{{"size", "work"}, {"4k,8k,16k,32k,64k", "nic"}},
	{{"size", "ops", "cache"}, {"1k,4k,16k,64k", "ring_mp_mc,stack", "0"}},
	{{"data"}, {"256,2k,8k"}},
	{{"page", "work"}, {"4k,2M", "get-put,nic"}},
	{{"cold", "allocation"}, {"0,32,1k", "bare,bulk,whole,two-steps-data"}},
	{{"work"}, {"mix,exhaustion"}},
};

static int axis_of(const char *name)
{
	int i = 0;

	while (strcmp(pool_axes[i].name, name) != 0)
		i++;
	return i;
}

// The same cell lies in several planes.
static int add_new(struct pool_grid *grid, const struct pool_grid *from)
{
	for (size_t i = 0; i < from->count; i++) {
		if (!has_cell(grid, &from->rows[i].cell) && add(grid, &from->rows[i].cell) < 0)
			return -ENOMEM;
	}
	return 0;
}

int pool_grid_usual(struct pool_grid *grid)
{
	int ret = 0;

	for (size_t p = 0; ret == 0 && p < sizeof(planes) / sizeof(planes[0]); p++) {
		const char *lists[AXES_MAX] = {NULL};
		struct pool_grid plane = {.rows = NULL};

		for (size_t i = 0; i < 4 && planes[p].axis[i] != NULL; i++)
			lists[axis_of(planes[p].axis[i])] = planes[p].values[i];
		ret = pool_grid_cross(&plane, lists, false);
		if (ret == 0)
			ret = add_new(grid, &plane);
		pool_grid_free(&plane);
	}
	return ret;
}

size_t pool_grid_drop_large(struct pool_grid *grid, uint64_t bytes)
{
	size_t kept = 0;

	for (size_t i = 0; i < grid->count; i++) {
		if (pool_cell_bytes(&grid->rows[i].cell) <= bytes)
			grid->rows[kept++] = grid->rows[i];
	}
	size_t dropped = grid->count - kept;
	grid->count = kept;
	return dropped;
}

size_t pool_grid_drop_ops(struct pool_grid *grid, bool (*exists)(const char *ops))
{
	size_t kept = 0;

	for (size_t i = 0; i < grid->count; i++) {
		if (exists(grid->rows[i].cell.ops))
			grid->rows[kept++] = grid->rows[i];
	}
	size_t dropped = grid->count - kept;
	grid->count = kept;
	return dropped;
}
