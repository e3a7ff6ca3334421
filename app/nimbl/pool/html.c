// SPDX-License-Identifier: BSD-3-Clause
// The page.
#include "html.h"

#include <errno.h>
#include <rte_lcore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plot.h"

static const char style[] =
	"<style>\n"
	"body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:62rem;"
	"margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.7rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.2rem}\n"
	".lead{font-size:1.1rem;background:#eef6f7;border-left:4px solid #00798c;padding:.8rem 1rem}\n"
	".small{color:#666;font-size:.9rem}\n"
	"table{border-collapse:collapse;font-size:.85rem;width:100%}\n"
	"th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #e3e3e3}\n"
	"th:first-child,td:first-child{text-align:left}th{background:#f5f5f5;position:sticky;top:0}\n"
	".yes{color:#1a7f37}.no{color:#b42318}.void{color:#999}\n"
	".wide{overflow-x:auto}svg{max-width:100%;height:auto}\n"
	"</style>\n";

static void escape(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else
			fputc(*text, out);
	}
}

static void machine_write(FILE *out, const json_t *report)
{
	json_t *machine = json_object_get(report, "machine"), *value;
	const char *key;

	fprintf(out, "<p class=small>");
	json_object_foreach (machine, key, value) {
		fprintf(out, "%s: ", key);
		if (json_is_string(value))
			escape(out, json_string_value(value));
		else
			fprintf(out, "%lld", json_integer_value(value));
		fprintf(out, " &middot; ");
	}
	fprintf(out, "%s%.0f seconds</p>\n",
		rte_socket_count() == 1 ? "one NUMA node, so no memory is remote &middot; " : "",
		json_real_value(json_object_get(report, "seconds")));
}

static void claim_write(FILE *out, const struct pool_claim *claim)
{
	const struct stats_comparison *answer = &claim->answer;
	char a[160], b[160];

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

	if (!pool_plot_possible()) {
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

static void row_write(FILE *out, const struct pool_result *result, const struct pool_row *row)
{
	const struct pool_row *best = pool_row_best(result, row);
	char name[160];

	pool_cell_name(&row->cell, name, sizeof(name));
	fprintf(out, "<tr%s><td>", row->is_void ? " class=void" : "");
	escape(out, name);
	if (row->is_void) {
		fprintf(out, "</td><td colspan=9>void: ");
		escape(out, row->why);
		fprintf(out, "</td></tr>\n");
		return;
	}
	fprintf(out,
		"</td><td>%.1f</td><td>%.1f to %.1f</td><td>%.1f</td><td>%.1f</td><td>%llu</td>"
		"<td>%.1f</td><td>%u</td><td>%.0f</td><td>%u</td></tr>\n",
		row->median.median, row->median.low, row->median.high, pool_row_quantile(row, 0.9),
		pool_row_quantile(row, 0.99), (unsigned long long)row->bursts.max,
		best != NULL ? row->median.median / best->median.median : 0.0, row->proof.distinct,
		row->proof.reuse_median, row->element_bytes);
}

static void rows_write(FILE *out, const struct pool_result *result)
{
	fprintf(out,
		"<h2>All figures</h2>\n<div class=wide><table><tr><th>work, allocation, return, "
		"ops</th><th>cycles</th><th>99&nbsp;%% interval</th><th>p90</th><th>p99</th>"
		"<th>worst burst</th><th>&times; best</th><th>distinct</th><th>reuse distance</th>"
		"<th>bytes</th></tr>\n");
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
		"many others were taken, in the median, before one came again.</p>\n",
		100 * result->noise.control, 100 * result->noise.twin);
}

static void page_write(FILE *out, const struct pool_result *result, const json_t *report)
{
	struct pool_advice advice;

	pool_advise(result, &advice);
	fprintf(out,
		"<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
		"<meta name=viewport content='width=device-width'><title>nimbl bench pool</title>\n%s"
		"</head><body>\n<h1>Buffer strategies on this machine</h1>\n",
		style);
	machine_write(out, report);
	fprintf(out, "<p class=lead>");
	escape(out, advice.text);
	fprintf(out, "</p>\n");
	claims_write(out, &advice);
	plots_write(out, result);
	rows_write(out, result);
	method_write(out, result);
	fprintf(out, "</body></html>\n");
}

static FILE *file_open(const char *folder, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	if (file == NULL) {
		nimbl_fail(errno, "%s cannot be written: %s", path, strerror(errno));
		nimbl_mend("give --report a folder that you may write to");
	}
	return file;
}

// A full disk is seen at the end only.
static int file_close(FILE *file, const char *path)
{
	bool failed = ferror(file) != 0;

	if (fclose(file) != 0 || failed)
		return nimbl_fail(EIO, "%s could not be written to its end", path);
	return 0;
}

int pool_html_write(const char *folder, const struct pool_result *result, json_t *report)
{
	static const char *const names[] = {"index.html", "report.json", "report.csv"};
	char path[4096];

	if (mkdir(folder, 0777) < 0 && errno != EEXIST) {
		nimbl_fail(errno, "%s cannot be made: %s", folder, strerror(errno));
		nimbl_mend("give --report a folder that exists, or whose parent does");
		return -nimbl_last_error()->code;
	}
	for (int i = 0; i < 3; i++) {
		FILE *file = file_open(folder, names[i], path, sizeof(path));

		if (file == NULL)
			return -nimbl_last_error()->code;
		if (i == 0)
			page_write(file, result, report);
		else if (i == 1)
			json_dumpf(report, file, JSON_COMPACT | JSON_REAL_PRECISION(6));
		else
			pool_report_csv(result, file);
		if (file_close(file, path) < 0)
			return -EIO;
	}
	return 0;
}
