// SPDX-License-Identifier: BSD-3-Clause
// The report as a page.
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "page.h"
#include "table.h"
#include "test.h"

static void cell(FILE *out, double rate)
{
	if (rate > 0)
		fprintf(out, "<td>%s</td>", format_count((uint64_t)rate).text);
	else
		fprintf(out, "<td>-</td>");
}

// Three digits that count, however small.
static struct figure share(double part, double of)
{
	struct figure figure;

	snprintf(figure.text, sizeof(figure.text), "%.3g %%", 100 * part / of);
	return figure;
}

static void lead_write(FILE *out, const struct test_result *result)
{
	size_t voids = trials_void(&result->trials);
	const struct test_row *best = NULL;

	for (unsigned int i = 0; i < result->count; i++)
		if (best == NULL || result->rows[i].answers[0].lower > best->answers[0].lower)
			best = &result->rows[i];
	fprintf(out, "<p class=lead>");
	if (best != NULL && best->answers[0].lower > 0)
		fprintf(out,
			"Up to %s frames per second in each direction, of %s bytes, with no more than %g "
			"%% lost. ",
			format_count((uint64_t)best->answers[0].lower).text, best->size,
			100 * result->wish->goals[0]);
	else
		fprintf(out, "No rate was found that the device carries. ");
	fprintf(out, "%zu trials, of which %zu were void and repeated.", result->trials.count,
		voids);
	if (result->shares_cpus)
		fprintf(out,
			" Tester and device shared %u CPU%s: these are figures of this machine, not "
			"of a device that stands alone.",
			result->cpus, result->cpus == 1 ? "" : "s");
	if (result->wish->is_quick)
		fprintf(out, " Quick: trials of %g s, where RFC 2544 wants 60 s.",
			result->wish->seconds);
	fprintf(out, "</p>\n");
	if (result->verdict[0] != '\0') {
		fprintf(out, "<p class=no>");
		page_text(out, result->verdict);
		fprintf(out, "</p>\n");
	}
}

static void plot_write(FILE *out, const struct test_result *result, enum test_plot plot)
{
	char *svg = test_plot(result, plot);

	if (svg != NULL)
		fprintf(out, "%s\n", svg);
	free(svg);
}

static const char *limit_of(const struct test_row *row, const struct search_answer *answer)
{
	switch (answer->state) {
	case SEARCH_FOUND:
		return "the device";
	case SEARCH_AT_MOST:
		return row->is_ours ? "the tester" : "the highest rate asked";
	case SEARCH_NONE:
		return "loses even at the lowest rate";
	default:
		return "not found within the trials";
	}
}

static void throughput_write(FILE *out, const struct test_result *result)
{
	fprintf(out, "<h2>Throughput (26.1)</h2>\n");
	plot_write(out, result, TEST_PLOT_THROUGHPUT);
	fprintf(out,
		"<div class=wide><table><tr><th>size</th><th>loss allowed</th><th>frames/s</th>"
		"<th>lost too much at</th><th>maximum of the medium</th><th>of it</th><th>L2</th>"
		"<th>limit</th><th>trials</th><th>void</th></tr>\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];

		for (unsigned int g = 0; row->has_throughput && g < result->wish->goal_count; g++) {
			const struct search_answer *answer = &row->answers[g];

			fprintf(out, "<tr><td>%s</td><td>%g %%</td>", row->size,
				100 * result->wish->goals[g]);
			cell(out, answer->lower);
			cell(out, answer->upper);
			cell(out, row->line_rate);
			fprintf(out,
				"<td>%s</td><td>%s</td><td>%s</td><td>%zu</td><td>%zu</td></tr>\n",
				answer->lower > 0 ? share(answer->lower, row->line_rate).text : "-",
				answer->lower > 0
					? format_bit_rate(answer->lower * row->bytes * 8).text
					: "-",
				limit_of(row, answer), row->trials, row->voids);
		}
	}
	fprintf(out, "</table></div>\n");
}

static void latency_write(FILE *out, const struct test_result *result)
{
	fprintf(out, "<h2>Latency (26.2)</h2>\n");
	plot_write(out, result, TEST_PLOT_LATENCY);
	fprintf(out,
		"<div class=wide><table><tr><th>size</th><th>load</th><th>frames/s</th><th>least</th>"
		"<th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>p99.99</th><th>most</th>"
		"<th>samples</th></tr>\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct latencies *all = &result->rows[i].latencies;

		for (unsigned int p = 0; p < all->count; p++) {
			const struct trial_latency *latency = &all->points[p].latency;

			fprintf(out, "<tr><td>%s</td><td>%.0f %%</td>", result->rows[i].size,
				100 * all->points[p].part);
			cell(out, all->points[p].rate);
			if (latency->samples == 0) {
				fprintf(out, "<td colspan=8>no samples</td></tr>\n");
				continue;
			}
			fprintf(out, "<td>%s</td>",
				format_duration_ns((uint64_t)latency->least).text);
			for (unsigned int q = 0; q < TRIAL_PERCENTILES; q++)
				fprintf(out, "<td>%s</td>",
					format_duration_ns((uint64_t)latency->at[q]).text);
			fprintf(out, "<td>%s</td><td>%s</td></tr>\n",
				format_duration_ns((uint64_t)latency->most).text,
				format_count(latency->samples).text);
		}
	}
	fprintf(out, "</table></div>\n");
}

static void loss_write(FILE *out, const struct test_result *result)
{
	fprintf(out, "<h2>Frame loss rate (26.3)</h2>\n");
	plot_write(out, result, TEST_PLOT_LOSS);
	fprintf(out,
		"<div class=wide><table><tr><th>size</th><th>frames/s</th><th>lost</th></tr>\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct curve *curve = &result->rows[i].curve;

		for (unsigned int p = 0; p < curve->count; p++) {
			fprintf(out, "<tr><td>%s</td>", result->rows[i].size);
			cell(out, curve->points[p].rate);
			fprintf(out, "<td>%.4f %%</td></tr>\n", 100 * curve->points[p].loss);
		}
	}
	fprintf(out, "</table></div>\n");
}

static void bursts_write(FILE *out, const struct test_result *result)
{
	fprintf(out,
		"<h2>Back-to-back frames (26.4, RFC 9004)</h2>\n<div class=wide><table><tr>"
		"<th>size</th><th>longest burst, mean</th><th>deviation</th><th>least</th>"
		"<th>most</th><th>repeated</th><th>buffer, implied</th><th>corrected</th></tr>\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];
		const struct bursts *bursts = &row->bursts;

		if ((row->parts & TEST_BURST) == 0)
			continue;
		fprintf(out,
			"<tr><td>%s</td><td>%.0f%s</td><td>%.0f</td><td>%llu</td><td>%llu</td>"
			"<td>%u</td>",
			row->size, bursts->mean, bursts->is_endless ? " or more" : "",
			bursts->deviation, (unsigned long long)bursts->least,
			(unsigned long long)bursts->most, bursts->count);
		if (bursts->is_endless)
			fprintf(out, "<td>-</td><td>-</td></tr>\n");
		else
			fprintf(out, "<td>%s</td><td>%s</td></tr>\n",
				format_duration_ns((uint64_t)(1e9 * bursts->implied_s)).text,
				format_duration_ns((uint64_t)(1e9 * bursts->corrected_s)).text);
	}
	fprintf(out, "</table></div>\n");
}

static void recovery_write(FILE *out, const struct test_result *result)
{
	fprintf(out, "<h2>System recovery (26.5)</h2>\n<div class=wide><table><tr><th>size</th>"
		     "<th>overload, frames/s</th><th>then</th><th>recovered after</th></tr>\n");
	for (unsigned int i = 0; i < result->count; i++) {
		const struct test_row *row = &result->rows[i];
		const struct recovery *recovery = &row->recovery;

		if ((row->parts & TEST_RECOVERY) == 0)
			continue;
		fprintf(out, "<tr><td>%s</td>", row->size);
		cell(out, recovery->over_rate);
		cell(out, recovery->then_rate);
		fprintf(out, "<td>%s", recovery->why != NULL ? recovery->why : "");
		for (unsigned int r = 0; r < recovery->count; r++)
			fprintf(out, "%s%s", r > 0 ? ", " : "",
				recovery->seconds[r] < 0
					? "not within the trial"
					: format_duration_ns((uint64_t)(1e9 * recovery->seconds[r]))
						  .text);
		fprintf(out, "</td></tr>\n");
	}
	fprintf(out,
		"</table></div>\n<p class=small>The time from which on no more frames were missing than at "
		"the end of the trial: queues had drained and nothing more was lost.</p>\n");
}

static void voids_write(FILE *out, const struct test_result *result)
{
	fprintf(out, "<h2>Void trials</h2>\n");
	if (trials_void(&result->trials) == 0)
		fprintf(out, "<p>None.</p>\n");
	else
		fprintf(out, "<ul>\n");
	for (int i = TRIAL_GOOD + 1; i < TRIAL_DOUBT_COUNT; i++)
		if (result->trials.voids[i] > 0)
			fprintf(out, "<li>%s: %zu</li>\n", trial_doubt_word((enum trial_doubt)i),
				result->trials.voids[i]);
	if (trials_void(&result->trials) > 0)
		fprintf(out, "</ul>\n");
	for (unsigned int i = 0; i < result->count; i++) {
		if (result->rows[i].failure[0] == '\0')
			continue;
		fprintf(out, "<p class=no>%s bytes has no more figures: ", result->rows[i].size);
		page_text(out, result->rows[i].failure);
		fprintf(out, "</p>\n");
	}
}

static void conditions_write(FILE *out, const struct test_result *result, const json_t *report)
{
	json_t *method = json_object_get(report, "method"), *value;
	const char *key;

	fprintf(out,
		"<h2>Conditions</h2>\n<table class=left>\n<tr><td>medium</td><td>%s%s</td></tr>\n",
		format_bit_rate((double)result->link_bps).text,
		result->is_assumed ? ", assumed: the ports do not say" : ", as the ports say");
	json_object_foreach (method, key, value) {
		char *text = json_is_string(value)
				     ? strdup(json_string_value(value))
				     : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

		fprintf(out, "<tr><td>%s</td><td>", key);
		page_text(out, text != NULL ? text : "");
		fprintf(out, "</td></tr>\n");
		free(text);
	}
	fprintf(out, "</table>\n<h2>The device</h2>\n<pre>");
	page_text(out, result->dut[0] != '\0' ? result->dut
					      : "not ours: how it was set up is for you to say\n");
	fprintf(out, "</pre>\n<h2>Cores and memory of the tester</h2>\n<pre>");
	page_text(out, result->plan != NULL ? result->plan : "");
	fprintf(out, "</pre>\n");
}

static void page_write(FILE *out, const struct test_result *result, json_t *report)
{
	unsigned int parts = 0;

	for (unsigned int i = 0; i < result->count; i++)
		parts |= result->rows[i].parts;
	page_begin(out, "nimbl test rfc2544", "RFC 2544 report");
	page_machine(out, json_object_get(report, "machine"), result->seconds);
	lead_write(out, result);
	if (!draw_possible())
		fprintf(out, "<p class=small>gnuplot is not installed: the tables stand alone (apt "
			     "install gnuplot-nox).</p>\n");
	throughput_write(out, result);
	if (parts & TEST_LATENCY)
		latency_write(out, result);
	if (parts & TEST_LOSS)
		loss_write(out, result);
	if (parts & TEST_BURST)
		bursts_write(out, result);
	if (parts & TEST_RECOVERY)
		recovery_write(out, result);
	voids_write(out, result);
	conditions_write(out, result, report);
	page_end(out);
}

int test_page_write(const char *folder, const struct test_result *result, json_t *report)
{
	static const char *const names[] = {"index.html", "report.json"};
	char path[4096];
	int ret = page_folder(folder);

	for (int i = 0; ret == 0 && i < 2; i++) {
		FILE *file = page_open(folder, names[i], path, sizeof(path));

		if (file == NULL)
			return -nimbl_last_error()->code;
		if (i == 0)
			page_write(file, result, report);
		else
			json_dumpf(report, file, JSON_COMPACT | JSON_REAL_PRECISION(9));
		ret = page_close(file, path);
	}
	return ret;
}
