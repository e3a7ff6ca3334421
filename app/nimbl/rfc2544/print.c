// SPDX-License-Identifier: BSD-3-Clause
// The report as tables for people.
#include "table.h"
#include "test.h"

static void cell_rate(struct table *table, double rate)
{
	if (rate > 0)
		table_count(table, (uint64_t)rate);
	else
		table_cell(table, "-");
}

static void answer_print(struct table *table, const struct test_result *result,
	const struct test_row *row, unsigned int g)
{
	const struct search_answer *answer = &row->answers[g];

	table_cell(table, "%s", g == 0 ? row->size : "");
	table_cell(table, "%g %%", 100 * result->wish->goals[g]);
	cell_rate(table, answer->lower);
	cell_rate(table, answer->upper);
	if (answer->lower > 0) {
		table_cell(table, "%.3g %%", 100 * answer->lower / row->line_rate);
		table_cell(table, "%s", format_bit_rate(answer->lower * row->bytes * 8).text);
	} else {
		table_cell(table, "-");
		table_cell(table, "-");
	}
	table_cell(table, "%zu, %zu void", row->trials, row->voids);
	table_cell(table, "%s",
		answer->state == SEARCH_NONE         ? "loses even at the lowest rate"
		: answer->state == SEARCH_ENDED      ? "not found within the trials"
		: answer->state == SEARCH_FOUND      ? ""
		: row->is_ours                       ? "all that this tester sends"
		: row->most < 0.999 * row->line_rate ? "all that was asked"
						     : "line rate");
}

static void throughput_print(const struct test_result *result, FILE *out)
{
	static const char *const headers[] = {
		"size", "loss goal", "frames/s", "not", "of line", "L2", "trials", "", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];

		for (unsigned int g = 0; row->has_throughput && g < result->wish->goal_count; g++)
			answer_print(table, result, row, g);
	}
	fprintf(out, "throughput, each direction\n\n");
	table_finish(table, 0, out);
}

static void latency_print(const struct test_result *result, FILE *out)
{
	static const char *const headers[] = {
		"size", "load", "frames/s", "p50", "p90", "p99", "p99.9", "most", "samples", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < result->count; i++) {
		const struct latencies *all = &result->rows[i].latencies;

		for (unsigned int p = 0; p < all->count; p++) {
			const struct trial_latency *latency = &all->points[p].latency;

			table_cell(table, "%s", p == 0 ? result->rows[i].size : "");
			table_cell(table, "%.0f %%", 100 * all->points[p].part);
			cell_rate(table, all->points[p].rate);
			for (unsigned int q = 0; q < 4 && latency->samples > 0; q++)
				table_cell(table, "%s",
					format_duration_ns((uint64_t)latency->at[q]).text);
			if (latency->samples > 0) {
				table_cell(table, "%s",
					format_duration_ns((uint64_t)latency->most).text);
				table_count(table, latency->samples);
				continue;
			}
			for (unsigned int q = 0; q < 5; q++)
				table_cell(table, "-");
			table_cell(table, "none");
		}
	}
	fprintf(out, "\nlatency at parts of the throughput\n\n");
	table_finish(table, 0, out);
}

static void loss_print(const struct test_result *result, FILE *out)
{
	static const char *const headers[] = {"size", "frames/s", "lost", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < result->count; i++) {
		const struct curve *curve = &result->rows[i].curve;

		for (unsigned int p = 0; p < curve->count; p++) {
			table_cell(table, "%s", p == 0 ? result->rows[i].size : "");
			cell_rate(table, curve->points[p].rate);
			table_cell(table, "%.4f %%", 100 * curve->points[p].loss);
		}
	}
	fprintf(out, "\nframe loss\n\n");
	table_finish(table, 0, out);
}

static void bursts_print(const struct test_result *result, FILE *out)
{
	static const char *const headers[] = {
		"size", "longest burst", "deviation", "least", "most", "repeated", "buffer", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];
		const struct bursts *bursts = &row->bursts;

		if ((row->parts & TEST_BURST) == 0)
			continue;
		table_cell(table, "%s", row->size);
		table_cell(table, "%.0f%s", bursts->mean, bursts->is_endless ? " or more" : "");
		table_cell(table, "%.0f", bursts->deviation);
		table_count(table, bursts->least);
		table_count(table, bursts->most);
		table_cell(table, "%u", bursts->count);
		if (bursts->is_endless)
			table_cell(table, "-");
		else
			table_cell(table, "%s",
				format_duration_ns((uint64_t)(1e9 * bursts->corrected_s)).text);
	}
	fprintf(out, "\nback-to-back frames at the highest rate\n\n");
	table_finish(table, 0, out);
}

static void recovery_print(const struct test_result *result, FILE *out)
{
	fprintf(out, "\nrecovery from overload\n\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];
		const struct recovery *recovery = &row->recovery;

		if ((row->parts & TEST_RECOVERY) == 0)
			continue;
		fprintf(out, "%s:", row->size);
		if (recovery->why != NULL)
			fprintf(out, " none: %s", recovery->why);
		for (unsigned int r = 0; r < recovery->count; r++)
			fprintf(out, " %s",
				recovery->seconds[r] < 0
					? "not within the trial"
					: format_duration_ns((uint64_t)(1e9 * recovery->seconds[r]))
						  .text);
		fputc('\n', out);
	}
}

static void voids_print(const struct test_result *result, FILE *out)
{
	const struct trials *trials = &result->trials;
	const char *before = ": ";

	fprintf(out, "\n%zu trials, %zu void and repeated", trials->count, trials_void(trials));
	for (int i = TRIAL_GOOD + 1; i < TRIAL_DOUBT_COUNT; i++) {
		if (trials->voids[i] == 0)
			continue;
		fprintf(out, "%s%s %zu", before, trial_doubt_word((enum trial_doubt)i),
			trials->voids[i]);
		before = ", ";
	}
	fputc('\n', out);
	for (unsigned int i = 0; i < result->count; i++)
		if (result->rows[i].failure[0] != '\0')
			fprintf(out, "%s has no more figures: %s\n", result->rows[i].size,
				result->rows[i].failure);
}

void test_print(const struct test_result *result, FILE *out)
{
	unsigned int parts = 0;

	for (unsigned int i = 0; i < result->count; i++)
		parts |= result->rows[i].parts;
	throughput_print(result, out);
	if (parts & TEST_LATENCY)
		latency_print(result, out);
	if (parts & TEST_LOSS)
		loss_print(result, out);
	if (parts & TEST_BURST)
		bursts_print(result, out);
	if (parts & TEST_RECOVERY)
		recovery_print(result, out);
	voids_print(result, out);
	if (result->wish->is_quick)
		fprintf(out, "--quick: trials of %g s; RFC 2544 wants 60 s\n",
			result->wish->seconds);
	if (result->is_assumed)
		fprintf(out, "the medium does not say its speed: %s is assumed\n",
			format_bit_rate((double)result->link_bps).text);
	if (result->shares_cpus)
		fprintf(out,
			"tester and device share %u CPU%s and their caches: figures of this "
			"machine, not of the device\n",
			result->cpus, result->cpus == 1 ? "" : "s");
	if (result->verdict[0] != '\0')
		fprintf(out, "%s\n", result->verdict);
}
