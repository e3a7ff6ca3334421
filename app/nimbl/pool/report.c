// SPDX-License-Identifier: BSD-3-Clause
// Figures of rows, tables, JSON and CSV.
#include "report.h"

#include <math.h>
#include <string.h>

#include "table.h"

bool pool_rows_comparable(const struct pool_row *a, const struct pool_row *b)
{
	const struct pool_cell *x = &a->cell, *y = &b->cell;

	return x->work == y->work && x->burst == y->burst && x->size == y->size &&
	       x->data == y->data && x->cold == y->cold && x->port == y->port && x->node == y->node;
}

const struct pool_row *pool_row_beside(
	const struct pool_result *result, const struct pool_row *row, enum pool_allocation what)
{
	const struct pool_row *found = NULL;

	for (size_t i = 0; i < result->count; i++) {
		const struct pool_row *other = &result->rows[i];

		if (other->cell.allocation != what || !pool_rows_comparable(other, row) ||
			other->cell.reclaim != POOL_RECLAIM_POOL || other->is_void)
			continue;
		// Of several the one with the usual ops and cache.
		if (found == NULL ||
			(strcmp(other->cell.ops, "ring_mp_mc") == 0 &&
				other->cell.cache >= found->cell.cache && other->cell.page == 0))
			found = other;
	}
	return found;
}

static bool is_whole(const struct pool_cell *cell)
{
	return cell->allocation == POOL_BULK || cell->allocation == POOL_WHOLE ||
	       cell->allocation == POOL_TWO_STEPS_DATA || cell->allocation >= POOL_TWIN;
}

const struct pool_row *pool_row_best(const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *best = NULL;

	for (size_t i = 0; i < result->count; i++) {
		const struct pool_row *other = &result->rows[i];

		if (!is_whole(&other->cell) || other->is_void || !pool_rows_comparable(other, row))
			continue;
		if (best == NULL || other->median.median < best->median.median)
			best = other;
	}
	return best;
}

double pool_row_quantile(const struct pool_row *row, double q)
{
	double cycles = (double)stats_histogram_quantile(&row->bursts, q);

	return fmax(cycles - (double)row->burst_overhead, 0) / row->cell.burst;
}

double pool_row_rate(const struct pool_row *row, double tsc_hz)
{
	return row->median.median > 0 ? tsc_hz / row->median.median : 0;
}

static void cell_beside(
	struct table *table, const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *bare = pool_row_beside(result, row, POOL_BARE);

	if (bare == NULL || row->is_void)
		table_cell(table, "-");
	else
		table_cell(table, "%.2f", pool_compare(row, bare, &result->noise).ratio.median);
}

// How a row stands to the best of its kind.
static void cell_verdict(
	struct table *table, const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *best = pool_row_best(result, row);
	struct stats_comparison comparison;

	if (row->is_void) {
		table_cell(table, "void: %s", row->why);
		return;
	}
	if (row->failures > 0) {
		table_cell(
			table, "the pool was dry for %.1f %% of the bursts", 100 * row->failures);
		return;
	}
	if (best == NULL || !is_whole(&row->cell)) {
		table_cell(table, "%s", "");
		return;
	}
	if (best == row) {
		table_cell(table, "best");
		return;
	}
	comparison = pool_compare(row, best, &result->noise);
	if (comparison.verdict == STATS_SAME)
		table_cell(table, "no significant difference to the best");
	else
		table_cell(table, "%+.0f %%", 100 * (comparison.ratio.median - 1));
}

static void row_print(
	struct table *table, const struct pool_result *result, const struct pool_row *row)
{
	char name[160];

	pool_cell_name(&row->cell, name, sizeof(name));
	table_cell(table, "%s", name);
	table_cell(table, "%.1f", row->median.median);
	table_cell(table, "%.1f", row->median.low);
	table_cell(table, "%.1f", row->median.high);
	if (row->bursts.total > 0) {
		table_cell(table, "%.1f", pool_row_quantile(row, 0.9));
		table_cell(table, "%.1f", pool_row_quantile(row, 0.99));
		table_cell(table, "%.0f", (double)row->bursts.max);
	} else {
		table_cell(table, "-");
		table_cell(table, "-");
		table_cell(table, "-");
	}
	table_cell(table, "%.1f", pool_row_rate(row, result->tsc_hz) / 1e6);
	cell_beside(table, result, row);
	table_count(table, row->proof.distinct);
	table_cell(table, "%u", row->element_bytes);
	cell_verdict(table, result, row);
}

void pool_report_table(const struct pool_result *result, FILE *out)
{
	static const char *const headers[] = {"work, allocation, return, ops", "cycles", "low",
		"high", "p90", "p99", "worst burst", "M/s", "x bare", "distinct", "bytes",
		"beside the best", NULL};
	struct table *table = table_new(headers);

	for (size_t i = 0; i < result->count; i++)
		row_print(table, result, &result->rows[i]);
	table_finish(table, 0, out);
}

static json_t *histogram_json(const struct stats_histogram *histogram)
{
	json_t *list = json_array();

	for (size_t i = 0; i < STATS_BUCKETS; i++) {
		if (histogram->counts[i] > 0)
			json_array_append_new(
				list, json_pack("[I, I]", (json_int_t)stats_histogram_floor(i),
					      (json_int_t)histogram->counts[i]));
	}
	return list;
}

static json_t *cell_json(const struct pool_cell *cell)
{
	json_t *object = json_object();

	for (size_t i = 0; i < pool_axis_count; i++) {
		char value[40];

		pool_axes[i].get(cell, value, sizeof(value));
		json_object_set_new(object, pool_axes[i].name, json_string(value));
	}
	return object;
}

static json_t *rounds_json(const struct pool_row *row)
{
	json_t *list = json_array();

	for (size_t i = 0; i < row->rounds; i++)
		json_array_append_new(list, json_real(row->cycles[i]));
	return list;
}

static json_t *proof_json(const struct pool_row *row)
{
	const struct pool_watch_result *proof = &row->proof;

	return json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f}", "void", row->is_void,
		"why", row->why, "taken", (json_int_t)proof->taken, "given",
		(json_int_t)proof->given, "taken_twice", (json_int_t)proof->twice, "not_out",
		(json_int_t)proof->not_out, "strangers", (json_int_t)proof->strangers, "distinct",
		(json_int_t)proof->distinct, "reuse_distance_median", proof->reuse_median,
		"reuse_distance_p90", proof->reuse_p90);
}

static json_t *row_json(const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *best = pool_row_best(result, row);
	struct stats_comparison comparison = {.verdict = STATS_SAME};

	if (best != NULL)
		comparison = pool_compare(row, best, &result->noise);
	return json_pack(
		"{s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:f, s:f, s:i, s:I, s:i, s:i, "
		"s:i, s:i, s:f, s:b, s:o, s:o, s:o}",
		"cell", cell_json(&row->cell), "cycles_median", row->median.median, "cycles_low",
		row->median.low, "cycles_high", row->median.high, "burst_p10",
		pool_row_quantile(row, 0.1), "burst_p50", pool_row_quantile(row, 0.5), "burst_p90",
		pool_row_quantile(row, 0.9), "burst_p99", pool_row_quantile(row, 0.99),
		"worst_burst_cycles", (json_int_t)row->bursts.max, "elements_per_second",
		pool_row_rate(row, result->tsc_hz), "dry_part", row->failures, "fairness",
		row->fairness, "element_bytes", (int)row->element_bytes, "total_bytes",
		(json_int_t)row->total_bytes, "rounds", (int)row->rounds, "warmup_rounds",
		(int)row->warmup, "void_slices", (int)row->voids, "block", (int)row->block,
		"ratio_to_best", best != NULL ? comparison.ratio.median : 0.0,
		"significant_to_best", comparison.verdict != STATS_SAME, "proof", proof_json(row),
		"round_cycles", rounds_json(row), "burst_histogram", histogram_json(&row->bursts));
}

json_t *pool_report_rows(const struct pool_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->count; i++)
		json_array_append_new(list, row_json(result, &result->rows[i]));
	return list;
}

void pool_report_csv(const struct pool_result *result, FILE *out)
{
	for (size_t i = 0; i < pool_axis_count; i++)
		fprintf(out, "%s,", pool_axes[i].name);
	fprintf(out, "cycles_median,cycles_low,cycles_high,burst_p10,burst_p90,burst_p99,"
		     "worst_burst_cycles,elements_per_second,dry_part,fairness,element_bytes,"
		     "distinct,reuse_distance_median,rounds,void\n");
	for (size_t r = 0; r < result->count; r++) {
		const struct pool_row *row = &result->rows[r];

		for (size_t i = 0; i < pool_axis_count; i++) {
			char value[40];

			pool_axes[i].get(&row->cell, value, sizeof(value));
			fprintf(out, "%s,", value);
		}
		fprintf(out,
			"%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%llu,%.0f,%.6f,%.4f,%u,%u,%.0f,%zu,%d\n",
			row->median.median, row->median.low, row->median.high,
			pool_row_quantile(row, 0.1), pool_row_quantile(row, 0.9),
			pool_row_quantile(row, 0.99), (unsigned long long)row->bursts.max,
			pool_row_rate(row, result->tsc_hz), row->failures, row->fairness,
			row->element_bytes, row->proof.distinct, row->proof.reuse_median,
			row->rounds, row->is_void);
	}
}
