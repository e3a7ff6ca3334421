// SPDX-License-Identifier: BSD-3-Clause
// A block of cells: its rounds and slices, and the proof of each cell.
#include "block.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define EACH_BURSTS   2048u
#define COLD_MOST     (16u << 10) // KiB of other memory in a slice
#define CONTROL       20000u
#define DEVICE_BURSTS 32ul // of a slice
#define TRIES_MOST    5u
#define WAIT_US       20u

uint64_t block_bursts(const struct pool_plan *plan, const struct pool_cell *cell)
{
	uint64_t bursts = plan->elements / cell->burst;

	// Working on other memory takes far longer than the pool does.
	if (cell->cold > 0)
		bursts = RTE_MIN(bursts, RTE_MAX(COLD_MOST / cell->cold, 16u));
	// And the kernel, or whoever is behind a device of the user's.
	if (pool_cell_has_device(cell))
		bursts = RTE_MIN(bursts, DEVICE_BURSTS);
	return RTE_MAX(bursts, 1ul);
}

// A slice in which the thread was pushed off its CPU is measured again, but not for ever.
static double slice_cost(struct bench_cell *cell)
{
	struct pool_slice slice = {0, 0};

	for (uint32_t tries = 0; tries < TRIES_MOST; tries++) {
		long switches = bench_switches();

		slice = pool_work_run(&cell->desk, cell->bursts);
		if (bench_switches() == switches)
			break;
		cell->row->voids++;
	}
	return slice.elements > 0 ? (double)slice.cycles / (double)slice.elements : 0;
}

static int slice_on_lcore(void *arg)
{
	struct block *block = arg;
	struct bench_cell *cell = &block->cells[block->order[block->next]];

	cell->cycles[block->round] = slice_cost(cell);
	return 0;
}

// What the machine does when nothing but a register is asked for.
static int control_on_lcore(void *arg)
{
	struct block *block = arg;
	uint64_t begin = rte_rdtsc_precise();

	for (uint32_t i = 0; i < CONTROL; i++)
		__asm__ volatile("" : "+r"(i));
	block->control[block->round] = (double)(rte_rdtsc_precise() - begin);
	return 0;
}

// On the lcore that measures; "pass" is begun here, for this thread takes part.
static int call(
	const struct pool_plan *plan, const struct pool_cell *cell, int (*run)(void *), void *arg)
{
	if (cell != NULL && cell->work == POOL_WORK_PASS)
		return run(arg);
	int ret = rte_eal_remote_launch(run, arg, plan->lcores.taker);

	if (ret < 0)
		return ret;
	// Asleep: this thread's CPU may be the one that the lcore has, or wants.
	while (rte_eal_get_lcore_state(plan->lcores.taker) == RUNNING)
		rte_delay_us_sleep(WAIT_US);
	return rte_eal_wait_lcore(plan->lcores.taker);
}

// Fisher and Yates.
static void shuffle(struct block *block)
{
	for (size_t i = block->active; i > 1; i--) {
		block->random_state =
			block->random_state * 6364136223846793005ull + 1442695040888963407ull;
		size_t other = (size_t)((block->random_state >> 33) % i);
		uint32_t swap = block->order[i - 1];

		block->order[i - 1] = block->order[other];
		block->order[other] = swap;
	}
}

void block_round(struct block *block)
{
	struct pool_plan *plan = block->plan;

	shuffle(block);
	call(plan, NULL, control_on_lcore, block);
	for (block->next = 0; block->next < block->active; block->next++) {
		const struct bench_cell *cell = &block->cells[block->order[block->next]];

		call(plan, &cell->row->cell, slice_on_lcore, block);
	}
}

// The clock is read in each timed burst: what that alone takes, at the least.
static uint64_t clock_cost(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t begin = rte_rdtsc_precise(), cost = rte_rdtsc_precise() - begin;

		least = RTE_MIN(least, cost);
	}
	return least;
}

static void element_note(struct rte_mempool *mp, void *arg, void *element, unsigned int i)
{
	void **elements = arg;

	elements[i] = element;
}

// The addresses that the way of taking hands out: bare elements, or the lists in them.
static struct pool_watch *watch_of(const struct pool_subject *subject)
{
	struct rte_mempool *mp = nimbl_pool_mempool(subject->store->lists);
	void **elements = calloc(mp->size, sizeof(*elements));
	struct pool_watch *watch = NULL;

	if (elements == NULL)
		return NULL;
	rte_mempool_obj_iter(mp, element_note, elements);
	for (uint32_t i = 0; subject->cell.allocation >= POOL_BULK && i < mp->size; i++) {
		if (subject->cell.allocation != POOL_TWO_STEPS &&
			subject->cell.allocation != POOL_TWO_STEPS_DATA)
			elements[i] = nimbl_nbl_of_mbuf(elements[i]);
	}
	watch = pool_watch_new(elements, mp->size);
	free(elements);
	return watch;
}

static int each_on_lcore(void *arg)
{
	struct bench_cell *cell = arg;

	uint64_t bursts = RTE_MIN(EACH_BURSTS, cell->bursts);

	pool_work_time_each(&cell->desk, bursts, &cell->row->bursts);
	cell->row->burst_overhead = clock_cost();
	return 0;
}

// A cell whose cache lines are counted.
struct count {
	struct bench_cell *cell;
	struct pool_counter *counter;
};

static int watch_on_lcore(void *arg)
{
	struct bench_cell *cell = arg;

	pool_work_watch(&cell->desk, cell->bursts);
	return 0;
}

static void judge_proof(struct bench_cell *cell)
{
	struct pool_row *row = cell->row;
	const struct pool_watch_result *proof = &row->proof;
	uint32_t out = pool_store_size(cell->subject.store) - pool_store_free(cell->subject.store);

	if (cell->subject.watch != NULL && !pool_watch_is_right(proof))
		snprintf(row->why, sizeof(row->why),
			"%llu taken twice, %llu given back that were not out, %llu of no pool",
			(unsigned long long)proof->twice, (unsigned long long)proof->not_out,
			(unsigned long long)proof->strangers);
	else if (out > 0)
		snprintf(row->why, sizeof(row->why), "%u elements did not come home", out);
	row->is_void = row->why[0] != '\0';
}

// With every element watched.
static void prove(struct bench_cell *cell, const struct pool_plan *plan)
{
	cell->subject.watch = watch_of(&cell->subject);
	if (cell->subject.watch != NULL) {
		call(plan, &cell->row->cell, watch_on_lcore, cell);
		pool_watch_result(cell->subject.watch, &cell->row->proof);
	}
	judge_proof(cell);
	pool_watch_free(cell->subject.watch);
	cell->subject.watch = NULL;
}

static int count_on_lcore(void *arg)
{
	struct count *count = arg;

	pool_work_count(&count->cell->desk, count->counter);
	return 0;
}

// What cannot be counted is said in the row; the rest of it holds.
static void count(struct bench_cell *cell, const struct pool_plan *plan)
{
	struct pool_touch *touch = &cell->row->touch;
	struct count count = {cell, NULL};

	if (cell->subject.peer != NULL) {
		snprintf(touch->why, sizeof(touch->why),
			"the port's peer touches lines in the same thread");
		return;
	}
	if (cell->row->cell.burst > plan->touch_most) {
		snprintf(touch->why, sizeof(touch->why),
			plan->touch_most > 0 ? "not for bursts of more than %u with --quick"
					     : "--no-touched",
			plan->touch_most);
		return;
	}
	count.counter = pool_counter_new();
	if (count.counter == NULL) {
		snprintf(touch->why, sizeof(touch->why), "%.95s", nimbl_last_error()->cause);
		return;
	}
	pool_counter_learn(count.counter);
	call(plan, &cell->row->cell, count_on_lcore, &count);
	pool_counter_result(count.counter, touch);
	pool_counter_free(count.counter);
}

void block_prove(struct block *block)
{
	for (size_t i = 0; i < block->active; i++) {
		struct bench_cell *cell = &block->cells[block->order[i]];

		call(block->plan, &cell->row->cell, each_on_lcore, cell);
		count(cell, block->plan);
	}
	for (size_t i = 0; i < block->active; i++) {
		struct bench_cell *cell = &block->cells[block->order[i]];

		if (cell->row->cell.allocation != POOL_EMPTY)
			prove(cell, block->plan);
	}
}
