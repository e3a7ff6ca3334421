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
	       x->data == y->data && x->cold == y->cold && strcmp(x->port, y->port) == 0 &&
	       x->node == y->node && x->takers == y->takers && x->givers == y->givers;
}

bool pool_row_has_time(const struct pool_row *row)
{
	return !row->is_void && !row->shares_cpus;
}

const struct pool_row *pool_row_beside(
	const struct pool_result *result, const struct pool_row *row, enum pool_allocation what)
{
	const struct pool_row *found = NULL;

	for (size_t i = 0; i < result->count; i++) {
		const struct pool_row *other = &result->rows[i];

		if (other->cell.allocation != what || !pool_rows_comparable(other, row) ||
			other->cell.reclaim != POOL_RECLAIM_POOL || !pool_row_has_time(other))
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

		if (!is_whole(&other->cell) || !pool_row_has_time(other) ||
			!pool_rows_comparable(other, row))
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

	if (bare == NULL || !pool_row_has_time(row))
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
	if (row->shares_cpus) {
		table_cell(table, "%u lcores share fewer CPUs: nothing of time",
			row->cell.takers + row->cell.givers);
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

static NIMBL_PRINTF(3, 0) void cell_time(
	struct table *table, const struct pool_row *row, const char *fmt, double value)
{
	if (pool_row_has_time(row))
		table_cell(table, fmt, value);
	else
		table_cell(table, "-");
}

static void row_print(
	struct table *table, const struct pool_result *result, const struct pool_row *row)
{
	char name[POOL_NAME_MAX];

	pool_cell_name(&row->cell, name, sizeof(name));
	table_cell(table, "%s", name);
	cell_time(table, row, "%.1f", row->median.median);
	cell_time(table, row, "%.1f", row->median.low);
	cell_time(table, row, "%.1f", row->median.high);
	cell_time(table, row, "%.1f", pool_row_quantile(row, 0.9));
	cell_time(table, row, "%.1f", pool_row_quantile(row, 0.99));
	cell_time(table, row, "%.0f", (double)row->bursts.max);
	cell_time(table, row, "%.1f", pool_row_rate(row, result->tsc_hz) / 1e6);
	cell_beside(table, result, row);
	table_count(table, row->proof.distinct);
	table_cell(table, "%.0f", row->proof.reuse_median);
	if (row->touch.is_counted)
		table_cell(table, "%.1f", pool_touch_bytes(&row->touch));
	else
		table_cell(table, "-");
	if (row->cell.work == POOL_WORK_PASS && !row->is_void)
		table_cell(table, "%.3f", row->shares.jain);
	else
		table_cell(table, "-");
	table_cell(table, "%u", row->element_bytes);
	cell_verdict(table, result, row);
}

void pool_report_table(const struct pool_result *result, FILE *out)
{
	static const char *const headers[] = {"work, allocation, return, ops", "cycles", "low",
		"high", "p90", "p99", "worst burst", "M/s", "x bare", "distinct", "reuse",
		"touched", "fair", "bytes", "beside the best", NULL};
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
		char value[POOL_PORT_BYTES];

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

// Lines per element, by place; null where they could not be counted.
static json_t *touch_json(const struct pool_touch *touch)
{
	if (!touch->is_counted)
		return json_pack("{s:n, s:s}", "bytes", "why", touch->why);
	return json_pack("{s:f, s:{s:f, s:f}, s:{s:f, s:f}, s:{s:f, s:f}}", "bytes",
		pool_touch_bytes(touch), "element_lines", "read", touch->read[POOL_PLACE_ELEMENTS],
		"written", touch->written[POOL_PLACE_ELEMENTS], "structure_lines", "read",
		touch->read[POOL_PLACE_STRUCTURES], "written",
		touch->written[POOL_PLACE_STRUCTURES], "other_lines", "read",
		touch->read[POOL_PLACE_ELSEWHERE], "written", touch->written[POOL_PLACE_ELSEWHERE]);
}

// Null where time says nothing.
static void row_time_json(
	json_t *object, const struct pool_result *result, const struct pool_row *row)
{
	const struct {
		const char *name;
		double value;
	} times[] = {
		{"cycles_median", row->median.median},
		{"cycles_low", row->median.low},
		{"cycles_high", row->median.high},
		{"burst_p10", pool_row_quantile(row, 0.1)},
		{"burst_p50", pool_row_quantile(row, 0.5)},
		{"burst_p90", pool_row_quantile(row, 0.9)},
		{"burst_p99", pool_row_quantile(row, 0.99)},
		{"worst_burst_cycles", (double)row->bursts.max},
		{"elements_per_second", pool_row_rate(row, result->tsc_hz)},
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		json_object_set_new(object, times[i].name,
			pool_row_has_time(row) ? json_real(times[i].value) : json_null());
}

static json_t *row_json(const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *best = pool_row_best(result, row);
	struct stats_comparison comparison = {.verdict = STATS_SAME};
	json_t *object = json_pack("{s:o}", "cell", cell_json(&row->cell));

	if (best != NULL)
		comparison = pool_compare(row, best, &result->noise);
	row_time_json(object, result, row);
	json_object_update_new(object,
		json_pack("{s:f, s:b, s:f, s:f, s:f, s:i, s:I, s:i, s:i, s:i, s:i, s:f, s:b, s:o, "
			  "s:o, s:o, s:o}",
			"dry_part", row->failures, "shares_cpus", row->shares_cpus, "fairness",
			row->shares.jain, "share_least", row->shares.least, "share_most",
			row->shares.most, "element_bytes", (int)row->element_bytes, "total_bytes",
			(json_int_t)row->total_bytes, "rounds", (int)row->rounds, "warmup_rounds",
			(int)row->warmup, "void_slices", (int)row->voids, "block", (int)row->block,
			"ratio_to_best", best != NULL ? comparison.ratio.median : 0.0,
			"significant_to_best", comparison.verdict != STATS_SAME, "touched",
			touch_json(&row->touch), "proof", proof_json(row), "round_cycles",
			rounds_json(row), "burst_histogram", histogram_json(&row->bursts)));
	return object;
}

json_t *pool_report_rows(const struct pool_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->count; i++)
		json_array_append_new(list, row_json(result, &result->rows[i]));
	return list;
}

// A figure, or nothing where there is none.
static void csv_number(FILE *out, bool is_there, const char *fmt, double value)
{
	fputc(',', out);
	if (is_there)
		fprintf(out, fmt, value);
}

static void csv_touch(FILE *out, const struct pool_touch *touch)
{
	csv_number(out, touch->is_counted, "%.2f", pool_touch_bytes(touch));
	for (int i = 0; i < POOL_PLACE_COUNT; i++) {
		csv_number(out, touch->is_counted, "%.3f", touch->read[i]);
		csv_number(out, touch->is_counted, "%.3f", touch->written[i]);
	}
}

static void csv_row(FILE *out, const struct pool_result *result, const struct pool_row *row)
{
	bool has_time = pool_row_has_time(row);

	for (size_t i = 0; i < pool_axis_count; i++) {
		char value[POOL_PORT_BYTES];

		pool_axes[i].get(&row->cell, value, sizeof(value));
		// A device's name may have commas.
		fprintf(out, strchr(value, ',') != NULL ? "%s\"%s\"" : "%s%s", i > 0 ? "," : "",
			value);
	}
	csv_number(out, has_time, "%.3f", row->median.median);
	csv_number(out, has_time, "%.3f", row->median.low);
	csv_number(out, has_time, "%.3f", row->median.high);
	csv_number(out, has_time, "%.3f", pool_row_quantile(row, 0.1));
	csv_number(out, has_time, "%.3f", pool_row_quantile(row, 0.9));
	csv_number(out, has_time, "%.3f", pool_row_quantile(row, 0.99));
	csv_number(out, has_time, "%.0f", (double)row->bursts.max);
	csv_number(out, has_time, "%.0f", pool_row_rate(row, result->tsc_hz));
	fprintf(out, ",%.6f,%.4f,%.4f,%.4f,%u,%u,%.0f", row->failures, row->shares.jain,
		row->shares.least, row->shares.most, row->element_bytes, row->proof.distinct,
		row->proof.reuse_median);
	csv_touch(out, &row->touch);
	fprintf(out, ",%zu,%d\n", row->rounds, row->is_void);
}

void pool_report_csv(const struct pool_result *result, FILE *out)
{
	for (size_t i = 0; i < pool_axis_count; i++)
		fprintf(out, "%s,", pool_axes[i].name);
	fprintf(out, "cycles_median,cycles_low,cycles_high,burst_p10,burst_p90,burst_p99,"
		     "worst_burst_cycles,elements_per_second,dry_part,fairness,share_least,"
		     "share_most,element_bytes,distinct,reuse_distance_median,touched_bytes,"
		     "element_lines_read,element_lines_written,structure_lines_read,"
		     "structure_lines_written,other_lines_read,other_lines_written,rounds,void\n");
	for (size_t i = 0; i < result->count; i++)
		csv_row(out, result, &result->rows[i]);
}
