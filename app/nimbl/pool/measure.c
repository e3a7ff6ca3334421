// SPDX-License-Identifier: BSD-3-Clause
// Rows into blocks, blocks through their rounds, rounds into figures.
#include "measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "port.h"

#define CONFIDENCE  0.99
#define ERROR       0.001 // part of reports that may call one thing two
#define NOISE_LEAST 0.02  // copies of one loop at two places of the program differ by as much
#define WARMUP_MOST 8u    // rounds more than asked for
#define BLOCK_MOST  64u   // cells: more would stretch a round until the machine has changed

static struct stats_shares shares_of(const struct pool_desk *desk)
{
	double n = desk->share_count;

	if (desk->share_count == 0)
		return (struct stats_shares){1, 1, 1};
	return (struct stats_shares){
		desk->shares.least / n, desk->shares.most / n, desk->shares.jain / n};
}

static void row_conclude(struct bench_cell *cell, size_t rounds, const struct pool_plan *plan)
{
	struct pool_row *row = cell->row;

	row->warmup = stats_warmup(cell->cycles, rounds);
	if (rounds - row->warmup < plan->rounds)
		row->warmup = rounds - plan->rounds;
	row->rounds = rounds - row->warmup;
	memcpy(row->cycles, &cell->cycles[row->warmup], row->rounds * sizeof(double));
	row->median = stats_median(row->cycles, row->rounds, CONFIDENCE);
	row->failures = (double)cell->desk.failures / ((double)rounds * (double)cell->bursts);
	row->shares_cpus = pool_pass_shares_cpus(&plan->lcores, &row->cell);
	row->shares = shares_of(&cell->desk);
	if (cell->desk.why != NULL && !row->is_void) {
		row->is_void = true;
		snprintf(row->why, sizeof(row->why), "%s", cell->desk.why);
	}
	if (cell->subject.store != NULL) {
		row->total_bytes = cell->subject.store->total_bytes;
		row->element_bytes = cell->subject.store->element_bytes;
	}
}

uint64_t pool_cell_bytes(const struct pool_cell *cell)
{
	return (uint64_t)cell->size * (cell->data + 1024);
}

// Rows from `first` that fit into one block, by memory and by number; at least one.
static size_t block_end(const struct pool_plan *plan, size_t first)
{
	uint64_t bytes = 0;
	size_t i = first;

	for (; i < plan->count && i - first < BLOCK_MOST; i++) {
		bytes += pool_cell_bytes(&plan->rows[i].cell);
		if (i > first && bytes > plan->memory_bytes)
			break;
	}
	return i;
}

static int cell_open(struct bench_cell *cell, struct pool_row *row, struct pool_store **stores,
	const struct pool_plan *plan, size_t rounds)
{
	int ret = pool_subject_open(&cell->subject, &row->cell, stores, plan->lcores.taker);

	cell->row = row;
	cell->bursts = block_bursts(plan, &row->cell);
	if (ret < 0)
		return ret;
	ret = pool_desk_open(&cell->desk, &cell->subject);
	if (ret < 0)
		return ret;
	cell->desk.lcores = &plan->lcores;
	cell->cycles = calloc(rounds, sizeof(double));
	return cell->cycles != NULL ? 0 : nimbl_fail(ENOMEM, "no memory for a cell");
}

static void row_give_up(struct pool_row *row)
{
	row->is_void = true;
	snprintf(row->why, sizeof(row->why), "%.95s", nimbl_last_error()->cause);
}

static void block_close(struct block *block, struct pool_store **stores)
{
	for (size_t i = 0; block->cells != NULL && i < block->count; i++) {
		pool_desk_close(&block->cells[i].desk);
		free(block->cells[i].cycles);
	}
	pool_stores_close(stores);
	free(block->cells);
	free(block->order);
	free(block->control);
}

static int block_open(struct block *block, struct pool_plan *plan, size_t first, size_t end,
	struct pool_row *twin, struct pool_store **stores)
{
	*block = (struct block){
		.count = end - first + 1,
		.rounds = plan->rounds + WARMUP_MOST,
		.plan = plan,
		.random_state = first + 1,
	};
	block->cells = calloc(block->count, sizeof(*block->cells));
	block->order = calloc(block->count, sizeof(*block->order));
	block->control = calloc(block->rounds, sizeof(double));
	if (block->cells == NULL || block->order == NULL || block->control == NULL)
		return nimbl_fail(ENOMEM, "no memory for a block of cells");
	while (block->twin_of + 1 < block->count - 1 &&
		plan->rows[first + block->twin_of].cell.allocation == POOL_EMPTY)
		block->twin_of++;
	twin->cell = plan->rows[first + block->twin_of].cell;
	for (size_t i = 0; i < block->count; i++) {
		struct pool_row *row = first + i < end ? &plan->rows[first + i] : twin;

		// What cannot be had is said in its row; the others go on.
		if (cell_open(&block->cells[i], row, stores, plan, block->rounds) < 0)
			row_give_up(row);
		else
			block->order[block->active++] = (uint32_t)i;
	}
	return 0;
}

// What the machine alone does to a measurement: of the same thing, and of nothing.
static void noise_add(struct pool_noise *noise, const struct block *block)
{
	const struct bench_cell *one = &block->cells[block->twin_of],
				*two = &block->cells[block->count - 1];
	size_t skip = WARMUP_MOST, n = block->rounds - skip;
	double middle = stats_quantile(&block->control[skip], n, 0.5);
	double spread = stats_quantile(&block->control[skip], n, 0.75) -
			stats_quantile(&block->control[skip], n, 0.25);
	struct stats_comparison same =
		stats_compare(&one->cycles[skip], &two->cycles[skip], n, CONFIDENCE, 0, 1);

	noise->control = fmax(noise->control, middle > 0 ? spread / middle : 0);
	// The end of the interval that lies farther from 1: a disturbed run tells less.
	noise->twin = fmax(noise->twin, fmax(same.ratio.high - 1, 1 - same.ratio.low));
}

static int block_run(struct pool_plan *plan, struct block *block, size_t first, size_t end)
{
	for (block->round = 0; block->round < block->rounds; block->round++) {
		block_round(block);
		if (plan->progress != NULL &&
			!plan->progress(plan->arg, first, end,
				(double)(block->round + 1) / (double)block->rounds))
			return -EINTR;
	}
	return 0;
}

static int block_measure(
	struct pool_plan *plan, size_t first, size_t end, size_t number, struct pool_noise *noise)
{
	struct pool_store *stores = NULL;
	struct pool_row *twin = calloc(1, sizeof(*twin));
	struct block block = {.count = 0};

	if (twin == NULL)
		return nimbl_fail(ENOMEM, "no memory for a block of cells");
	int ret = block_open(&block, plan, first, end, twin, &stores);
	if (ret == 0)
		ret = block_run(plan, &block, first, end);
	if (ret == 0)
		block_prove(&block);
	for (size_t i = 0; ret == 0 && i < block.active; i++) {
		struct bench_cell *cell = &block.cells[block.order[i]];

		row_conclude(cell, block.rounds, plan);
		cell->row->block = number;
	}
	if (ret == 0 && block.active == block.count)
		noise_add(noise, &block);
	block_close(&block, &stores);
	free(twin);
	if (ret == 0 && plan->finished != NULL)
		ret = plan->finished(plan->arg, first, end, noise);
	return ret;
}

int pool_measure(struct pool_plan *plan, struct pool_noise *noise)
{
	size_t number = plan->done_blocks;
	int ret = 0;

	for (size_t first = plan->done, end; ret == 0 && first < plan->count; first = end) {
		end = block_end(plan, first);
		ret = block_measure(plan, first, end, number++, noise);
	}
	pool_ports_close();
	return ret;
}

struct stats_comparison pool_compare(
	const struct pool_row *a, const struct pool_row *b, const struct pool_noise *noise)
{
	double least = fmax(NOISE_LEAST, noise->twin);
	struct stats_comparison result = {.verdict = STATS_SAME};

	// The last rounds are the same ones, whatever each took to warm up.
	if (a->block == b->block) {
		size_t n = a->rounds < b->rounds ? a->rounds : b->rounds;

		return stats_compare(&a->cycles[a->rounds - n], &b->cycles[b->rounds - n], n,
			CONFIDENCE, least, ERROR / fmax(1, (double)noise->comparisons));
	}
	result.ratio = (struct stats_interval){
		a->median.median / b->median.median,
		a->median.low / b->median.high,
		a->median.high / b->median.low,
	};
	if (result.ratio.high < 1 - least)
		result.verdict = STATS_FASTER;
	else if (result.ratio.low > 1 + least)
		result.verdict = STATS_SLOWER;
	return result;
}
