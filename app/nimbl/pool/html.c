// SPDX-License-Identifier: BSD-3-Clause
// The page.
#include "html.h"

#include <errno.h>
#include <stdlib.h>

#include "draw.h"
#include "page.h"
#include "plot.h"

static void claim_write(FILE *out, const struct pool_claim *claim)
{
	const struct stats_comparison *answer = &claim->answer;
	char a[POOL_NAME_MAX], b[POOL_NAME_MAX];

	pool_cell_name(&claim->a->cell, a, sizeof(a));
	pool_cell_name(&claim->b->cell, b, sizeof(b));
	fprintf(out,
		"<tr><td>%s<br><span class=small>%s against %s</span></td><td>%.1f</td><td>%.1f</td>"
		"<td>%.2f (%.2f to %.2f)</td><td class=%s>%s</td></tr>\n",
		claim->text, a, b, claim->a->median.median, claim->b->median.median,
		answer->ratio.median, answer->ratio.low, answer->ratio.high,
		answer->verdict == STATS_FASTER   ? "yes"
		: answer->verdict == STATS_SLOWER ? "no"
						  : "small",
		pool_claim_word(claim));
}

static void claims_write(FILE *out, const struct pool_advice *advice)
{
	if (advice->claim_count == 0)
		return;
	fprintf(out, "<h2>What NDIS says of pools</h2>\n<div class=wide><table><tr><th>claim</th>"
		     "<th>cycles</th><th>against</th><th>ratio</th><th></th></tr>\n");
	for (size_t i = 0; i < advice->claim_count; i++)
		claim_write(out, &advice->claims[i]);
	fprintf(out, "</table></div>\n");
}

static void plots_write(FILE *out, const struct pool_result *result)
{
	static const char *const titles[] = {"Ways of taking, and bursts", "Size of the pool",
		"Mempool ops on a port's rings", "Single bursts"};

	if (!draw_possible()) {
		fprintf(out, "<p class=small>gnuplot is not installed: the tables stand alone "
			     "(apt install gnuplot-nox).</p>\n");
		return;
	}
	for (unsigned int i = 0; i < POOL_PLOT_COUNT; i++) {
		char *svg = pool_plot(result, (enum pool_plot)i);

		if (svg != NULL)
			fprintf(out, "<h2>%s</h2>\n%s\n", titles[i], svg);
		free(svg);
	}
}

// Lines read and written: "1.0 + 2.0".
static void touch_write(FILE *out, const struct pool_touch *touch)
{
	if (!touch->is_counted) {
		fprintf(out, "<td colspan=3>not counted</td>");
		return;
	}
	fprintf(out, "<td>%.1f</td><td>%.2f + %.2f</td><td>%.2f + %.2f</td>",
		pool_touch_bytes(touch), touch->read[POOL_PLACE_ELEMENTS],
		touch->written[POOL_PLACE_ELEMENTS], touch->read[POOL_PLACE_STRUCTURES],
		touch->written[POOL_PLACE_STRUCTURES]);
}

// The rest of a row that says nothing of time.
static void shared_write(FILE *out, const struct pool_row *row)
{
	fprintf(out,
		"</td><td colspan=6>%u lcores share fewer CPUs: nothing of time</td><td>%u</td>"
		"<td>%.0f</td>",
		row->cell.takers + row->cell.givers, row->proof.distinct, row->proof.reuse_median);
	touch_write(out, &row->touch);
	fprintf(out, "<td>%.3f</td><td>%u</td></tr>\n", row->shares.jain, row->element_bytes);
}

static void row_write(FILE *out, const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *best = pool_row_best(result, row);
	char name[POOL_NAME_MAX];

	pool_cell_name(&row->cell, name, sizeof(name));
	fprintf(out, "<tr%s><td>", row->is_void ? " class=void" : "");
	page_text(out, name);
	if (row->is_void) {
		fprintf(out, "</td><td colspan=13>void: ");
		page_text(out, row->why);
		fprintf(out, "</td></tr>\n");
		return;
	}
	if (row->shares_cpus) {
		shared_write(out, row);
		return;
	}
	fprintf(out,
		"</td><td>%.1f</td><td>%.1f to %.1f</td><td>%.1f</td><td>%.1f</td><td>%llu</td>"
		"<td>%.1f</td><td>%u</td><td>%.0f</td>",
		row->median.median, row->median.low, row->median.high, pool_row_quantile(row, 0.9),
		pool_row_quantile(row, 0.99), (unsigned long long)row->bursts.max,
		best != NULL ? row->median.median / best->median.median : 0.0, row->proof.distinct,
		row->proof.reuse_median);
	touch_write(out, &row->touch);
	if (row->cell.work == POOL_WORK_PASS)
		fprintf(out, "<td>%.3f</td>", row->shares.jain);
	else
		fprintf(out, "<td></td>");
	fprintf(out, "<td>%u</td></tr>\n", row->element_bytes);
}

static void rows_write(FILE *out, const struct pool_result *result)
{
	fprintf(out,
		"<h2>All figures</h2>\n<div class=wide><table><tr><th style='min-width:17rem'>work, allocation, return, "
		"ops</th><th>cycles</th><th>99&nbsp;%% interval</th><th>p90</th><th>p99</th>"
		"<th>worst burst</th><th>&times; best</th><th>distinct</th><th>reuse distance</th>"
		"<th>touched bytes</th><th>lines of elements</th><th>of structures</th>"
		"<th>fairness</th><th>bytes</th></tr>\n");
	for (size_t i = 0; i < result->count; i++)
		row_write(out, result, &result->rows[i]);
	fprintf(out, "</table></div>\n");
}

static void method_write(FILE *out, const struct pool_result *result)
{
	fprintf(out,
		"<h2>How it was measured</h2>\n<p>All cells of a block are measured in the same "
		"rounds, each round in a new random order. Rounds in which a cell was still warming up "
		"are found by their data and do not count; slices in which the thread was pushed off "
		"its CPU are measured again. The interval is a bootstrap of the median with 99&nbsp;%% "
		"confidence, ratios are of the same rounds. What differs by less than the noise is no "
		"significant difference. The noise of this run: a loop that only counts varied by "
		"%.2f&nbsp;%%, the same cell measured twice differed by %.2f&nbsp;%%.</p>\n"
		"<p>After the rounds each cell ran once more with every element watched: none may be "
		"taken twice, all must come home. Figures of a cell that fails that are void. "
		"<em>Distinct</em> is how many different elements it used, <em>reuse distance</em> how "
		"many others were taken, in the median, before one came again.</p>\n"
		"<p>And once more, instruction by instruction: <em>touched</em> is how many bytes the cache "
		"lines have that a burst touches in the pool's memory and its rings, stacks, caches and "
		"queues, per element; <em>lines</em> are those only read + those written. "
		"<em>Fairness</em> is Jain's index of what the lcores of work pass did, on the side that "
		"shared it less fairly: 1 is fair.</p>\n",
		100 * result->noise.control, 100 * result->noise.twin);
}

static void page_write(FILE *out, const struct pool_result *result, const json_t *report)
{
	struct pool_advice advice;

	pool_advise(result, &advice);
	page_begin(out, "nimbl bench pool", "Buffer strategies on this machine");
	page_machine(out, json_object_get(report, "machine"),
		json_real_value(json_object_get(report, "seconds")));
	fprintf(out, "<p class=lead>");
	page_text(out, advice.text);
	fprintf(out, "</p>\n");
	claims_write(out, &advice);
	plots_write(out, result);
	rows_write(out, result);
	method_write(out, result);
	page_end(out);
}

int pool_html_write(const char *folder, const struct pool_result *result, json_t *report)
{
	static const char *const names[] = {"index.html", "report.json", "report.csv"};
	char path[4096];

	if (page_folder(folder) < 0)
		return -nimbl_last_error()->code;
	for (int i = 0; i < 3; i++) {
		FILE *file = page_open(folder, names[i], path, sizeof(path));

		if (file == NULL)
			return -nimbl_last_error()->code;
		if (i == 0)
			page_write(file, result, report);
		else if (i == 1)
			json_dumpf(report, file, JSON_COMPACT | JSON_REAL_PRECISION(6));
		else
			pool_report_csv(result, file);
		if (page_close(file, path) < 0)
			return -EIO;
	}
	return 0;
}
