// SPDX-License-Identifier: BSD-3-Clause
// From rows to words.
#include "advice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORTH 0.1 // a configuration is changed for a tenth and more

#define ONE_STEP "a list with its buffer in one step costs less than two allocations"
#define WHOLE    "a list with buffer, MDL and data in one step costs less than two allocations"
#define KEEP     "lists that the driver keeps cost less than lists that go back to their pool"

static const struct pool_row *find(const struct pool_result *result, enum pool_work work,
	enum pool_allocation allocation, enum pool_reclaim reclaim, uint32_t burst)
{
	struct pool_cell wanted;

	pool_cell_preset(&wanted);
	wanted.work = work;
	wanted.allocation = allocation;
	wanted.reclaim = reclaim;
	wanted.burst = burst;
	for (size_t i = 0; i < result->count; i++)
		if (pool_row_has_time(&result->rows[i]) &&
			pool_cell_equal(&result->rows[i].cell, &wanted))
			return &result->rows[i];
	return NULL;
}

static void claim(struct pool_advice *advice, const struct pool_result *result, const char *text,
	const struct pool_row *a, const struct pool_row *b)
{
	if (a == NULL || b == NULL || advice->claim_count == POOL_CLAIMS_MAX)
		return;
	advice->claims[advice->claim_count++] =
		(struct pool_claim){text, a, b, pool_compare(a, b, &result->noise)};
}

static void claims(const struct pool_result *result, struct pool_advice *advice)
{
	static const uint32_t bursts[] = {1, 32};
	static const enum pool_work works[] = {POOL_WORK_GETPUT, POOL_WORK_NIC, POOL_WORK_TRIP};

	for (size_t i = 0; i < 2; i++) {
		uint32_t burst = bursts[i];

		claim(advice, result, ONE_STEP,
			find(result, POOL_WORK_GETPUT, POOL_ONE_STEP, POOL_RECLAIM_POOL, burst),
			find(result, POOL_WORK_GETPUT, POOL_TWO_STEPS, POOL_RECLAIM_POOL, burst));
		claim(advice, result, WHOLE,
			find(result, POOL_WORK_GETPUT, POOL_WHOLE, POOL_RECLAIM_POOL, burst),
			find(result, POOL_WORK_GETPUT, POOL_TWO_STEPS_DATA, POOL_RECLAIM_POOL,
				burst));
	}
	for (size_t i = 0; i < 3; i++)
		claim(advice, result, KEEP,
			find(result, works[i], POOL_WHOLE, POOL_RECLAIM_LIST, 32),
			find(result, works[i], POOL_WHOLE, POOL_RECLAIM_POOL, 32));
}

const char *pool_claim_word(const struct pool_claim *claim)
{
	return claim->answer.verdict == STATS_FASTER   ? "confirmed"
	       : claim->answer.verdict == STATS_SLOWER ? "refuted"
						       : "no significant difference";
}

// What a configuration can say: ops, cache and return of a pool. The rest is as a port has it.
static bool is_for_ports(const struct pool_row *row)
{
	struct pool_cell cell;

	pool_cell_preset(&cell);
	cell.work = POOL_WORK_NIC;
	snprintf(cell.ops, sizeof(cell.ops), "%s", row->cell.ops);
	cell.cache = row->cell.cache;
	// Rings with one end fit only where one lcore uses the pool.
	return pool_row_has_time(row) && row->failures == 0 && pool_cell_equal(&cell, &row->cell) &&
	       strstr(row->cell.ops, "_sc") == NULL && strstr(row->cell.ops, "_sp") == NULL;
}

// A driver that takes its lists itself is free to take them in another way than a port's PMD does.
static void put_driver_in_words(struct pool_advice *advice, const struct pool_result *result)
{
	const struct pool_row *best = pool_row_best(result, advice->usual);
	size_t used = strlen(advice->text);
	struct stats_comparison to_usual;

	if (best == NULL || best->cell.reclaim != POOL_RECLAIM_LIST)
		return;
	to_usual = pool_compare(best, advice->usual, &result->noise);
	if (to_usual.verdict == STATS_FASTER)
		snprintf(advice->text + used, sizeof(advice->text) - used,
			" A driver that takes its lists itself and gets them back should keep them on a list "
			"of its own: %.1f cycles, %.0f %% less than through the pool.",
			best->median.median, 100 * (1 - to_usual.ratio.median));
}

static void put_in_words(struct pool_advice *advice)
{
	const struct pool_cell *best = &advice->best->cell;
	double less = 100 * (1 - advice->to_usual.ratio.median);

	if (!advice->changes && advice->best == advice->usual)
		snprintf(advice->text, sizeof(advice->text),
			"Keep what nimbl uses by itself (ops %s, cache %u): nothing else is faster on a "
			"port's rings.",
			advice->usual->cell.ops, advice->usual->cell.cache);
	else if (!advice->changes)
		snprintf(advice->text, sizeof(advice->text),
			"Keep what nimbl uses by itself (ops %s, cache %u): the best, ops %s with cache "
			"%u, costs %.1f cycles in place of %.1f, which is %s.",
			advice->usual->cell.ops, advice->usual->cell.cache, best->ops, best->cache,
			advice->best->median.median, advice->usual->median.median,
			advice->to_usual.verdict == STATS_SAME ? "no significant difference"
							       : "not surely a tenth less");
	else
		snprintf(advice->text, sizeof(advice->text),
			"Use ops %s with cache %u: %.1f cycles a frame on a port's rings in place of "
			"%.1f with ops %s and cache %u, %.0f %% less.",
			best->ops, best->cache, advice->best->median.median,
			advice->usual->median.median, advice->usual->cell.ops,
			advice->usual->cell.cache, less);
}

void pool_advise(const struct pool_result *result, struct pool_advice *advice)
{
	memset(advice, 0, sizeof(*advice));
	claims(result, advice);
	advice->usual = find(result, POOL_WORK_NIC, POOL_BULK, POOL_RECLAIM_POOL, 32);
	for (size_t i = 0; i < result->count; i++) {
		const struct pool_row *row = &result->rows[i];

		if (is_for_ports(row) &&
			(advice->best == NULL || row->median.median < advice->best->median.median))
			advice->best = row;
	}
	if (advice->usual == NULL || advice->best == NULL) {
		snprintf(advice->text, sizeof(advice->text),
			"Nothing can be recommended: work 'nic' with the usual pool was not measured.");
		return;
	}
	advice->to_usual = pool_compare(advice->best, advice->usual, &result->noise);
	advice->changes =
		advice->to_usual.verdict == STATS_FASTER && advice->to_usual.ratio.high < 1 - WORTH;
	put_in_words(advice);
	put_driver_in_words(advice, result);
}
