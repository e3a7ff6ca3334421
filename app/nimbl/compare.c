// SPDX-License-Identifier: BSD-3-Clause
// Two reports of the same measurement, row by row. What differs beyond the noise of both is said; a row that
// became worse makes the exit status 1.
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "stats.h"
#include "table.h"

#define NOISE_LEAST 0.02 // two runs are never closer than that on a machine that others use too
#define CONFIDENCE  0.99

enum { KEY_JSON = OPTION_LONG };

struct comparison {
	const char *schema; // of what is printed
	bool is_json;
	const char *files[2];
	unsigned int file_count;
	json_t *reports[2];
	unsigned int rows, slower, faster;
};

// What names a row in each kind of report, and its figure. It is a cost, unless the row says that more of it is
// "better": "higher".
struct kind {
	const char *schema;
	const char *unit;
	const char *names[4]; // members that are the same in both reports
	const char *value;
	const char *spread;     // NULL: the interval stands in the row...
	const char *low, *high; // ...as these
};

static const struct kind kinds[] = {
	{"nimbl.bench.pool/1", "cycles", {"cell"}, "cycles_median", NULL, "cycles_low",
		"cycles_high"},
	{"nimbl.bench.path/1", "cycles", {"burst", "mode", "filters"}, "nimbl_cycles_per_packet",
		"nimbl_spread", NULL, NULL},
	{"nimbl.bench.buffer/1", "cycles", {"operation", "burst"}, "nimbl_cycles", "nimbl_spread",
		NULL, NULL},
	{"nimbl.test.rfc2544/1", "frames/s and ns", {"figure", "size", "at"}, "value", NULL, "low",
		"high"},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct comparison *self = state->input;

	if (key == KEY_JSON) {
		self->is_json = true;
		return 0;
	}
	if (key == ARGP_KEY_ARG) {
		if (self->file_count == 2)
			return option_surplus(state, text);
		self->files[self->file_count++] = text;
		return 0;
	}
	if (key == ARGP_KEY_END && self->file_count < 2) {
		say_usage(state->argv[0], "two reports are compared: files of JSON");
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct kind *kind_of(const json_t *report)
{
	const char *schema = json_string_value(json_object_get(report, "schema"));

	for (size_t i = 0; schema != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].schema, schema) == 0)
			return &kinds[i];
	return NULL;
}

static json_t *report_load(const char *path)
{
	json_error_t error;
	json_t *report = json_load_file(path, 0, &error);

	if (report == NULL) {
		nimbl_fail(EINVAL, "%s:%d:%d: %s", path, error.line, error.column, error.text);
		nimbl_mend("a report is what --json prints, and report.json of --report");
		return NULL;
	}
	if (kind_of(report) != NULL && json_is_array(json_object_get(report, "rows")))
		return report;
	nimbl_fail(EINVAL, "%s is no report that can be compared", path);
	nimbl_mend(
		"those of 'nimbl bench pool', 'path' and 'buffer' and of 'nimbl test rfc2544' can");
	json_decref(report);
	return NULL;
}

static bool same_row(const struct kind *kind, const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < 4 && kind->names[i] != NULL; i++)
		if (!json_equal(
			    json_object_get(a, kind->names[i]), json_object_get(b, kind->names[i])))
			return false;
	return true;
}

static const json_t *row_find(const struct kind *kind, const json_t *report, const json_t *row)
{
	const json_t *other;
	size_t i;

	json_array_foreach (json_object_get(report, "rows"), i, other) {
		if (same_row(kind, other, row))
			return other;
	}
	return NULL;
}

static double number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

// The median of a row, and between what it lies.
static struct stats_interval cost_of(const struct kind *kind, const json_t *row)
{
	struct stats_interval cost = {number(row, kind->value), 0, 0};

	if (kind->spread == NULL) {
		cost.low = number(row, kind->low);
		cost.high = number(row, kind->high);
		return cost;
	}
	// Half of the rounds lie within the spread: the median itself is known better by the root of
	// their number; 2.6 of its deviations are 99 of 100 cases.
	double deviation =
		1.25 * number(row, kind->spread) / 1.35 / sqrt(fmax(number(row, "rounds"), 1));
	cost.low = cost.median - 2.6 * deviation;
	cost.high = cost.median + 2.6 * deviation;
	return cost;
}

static double noise_of(const struct comparison *self)
{
	double noise = NOISE_LEAST;

	for (unsigned int i = 0; i < 2; i++)
		noise = fmax(noise,
			number(json_object_get(self->reports[i], "noise"), "same_cell_twice"));
	return noise;
}

static bool is_void(const json_t *row)
{
	return json_is_true(json_object_get(json_object_get(row, "proof"), "void")) ||
	       json_is_true(json_object_get(row, "shares_cpus"));
}

static void name_of(const struct kind *kind, const json_t *row, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < 4 && kind->names[i] != NULL && used < size; i++) {
		json_t *value = json_object_get(row, kind->names[i]);
		const char *key;
		json_t *part;

		if (json_is_object(value)) {
			json_object_foreach (value, key, part)
				used += (size_t)snprintf(text + used, used < size ? size - used : 0,
					"%s%s", used > 0 ? " " : "", json_string_value(part));
		} else if (json_is_string(value)) {
			used += (size_t)snprintf(text + used, size - used, "%s%s",
				used > 0 ? " " : "", json_string_value(value));
		} else {
			used += (size_t)snprintf(text + used, size - used, "%s%s=%lld",
				used > 0 ? " " : "", kind->names[i], json_integer_value(value));
		}
	}
}

static bool is_gain(const json_t *row)
{
	const char *better = json_string_value(json_object_get(row, "better"));

	return better != NULL && strcmp(better, "higher") == 0;
}

static const char *judge(struct comparison *self, bool is_gain, struct stats_interval before,
	struct stats_interval after, double noise)
{
	bool is_more = after.low > before.high * (1 + noise);
	bool is_less = after.high < before.low * (1 - noise);

	self->rows++;
	if (!is_more && !is_less)
		return "no significant difference";
	if (is_more != is_gain) {
		self->slower++;
		return is_gain ? "worse" : "slower";
	}
	self->faster++;
	return is_gain ? "better" : "faster";
}

static void compare(struct comparison *self, struct table *table, json_t *list)
{
	const struct kind *kind = kind_of(self->reports[0]);
	double noise = noise_of(self);
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(self->reports[0], "rows"), i, row) {
		const json_t *other = row_find(kind, self->reports[1], row);
		char name[256];

		if (other == NULL || is_void(row) || is_void(other))
			continue;
		struct stats_interval before = cost_of(kind, row), after = cost_of(kind, other);
		const char *verdict = judge(self, is_gain(row), before, after, noise);
		name_of(kind, row, name, sizeof(name));
		json_array_append_new(
			list, json_pack("{s:s, s:f, s:f, s:f, s:s}", "row", name, "before",
				      before.median, "after", after.median, "ratio",
				      before.median > 0 ? after.median / before.median : 0.0,
				      "verdict", verdict));
		table_cell(table, "%s", name);
		table_cell(table, "%.1f", before.median);
		table_cell(table, "%.1f", after.median);
		table_cell(table, "%+.1f %%",
			before.median > 0 ? 100 * (after.median / before.median - 1) : 0.0);
		table_cell(table, "%s", verdict);
	}
}

static int report(struct comparison *self)
{
	static const char *const headers[] = {"row", "before", "after", "change", "verdict", NULL};
	struct table *table = table_new(headers);
	json_t *list = json_array();

	compare(self, table, list);
	if (self->is_json)
		say_json(json_pack("{s:s, s:s, s:s, s:f, s:i, s:i, s:i, s:O}", "schema",
			self->schema, "before", self->files[0], "after", self->files[1], "noise",
			noise_of(self), "compared", (int)self->rows, "slower", (int)self->slower,
			"faster", (int)self->faster, "rows", list));
	else {
		printf("%s; %u rows in both: %u slower or worse, %u faster or better beyond a noise of "
		       "%.1f %%\n\n",
			kind_of(self->reports[0])->unit, self->rows, self->slower, self->faster,
			100 * noise_of(self));
		table_print(table, 0, stdout);
	}
	table_free(table);
	json_decref(list);
	return self->slower > 0 ? NIMBL_EXIT_FAILED : NIMBL_EXIT_OK;
}

static int check(const struct comparison *self)
{
	const struct kind *kinds_of[2] = {kind_of(self->reports[0]), kind_of(self->reports[1])};

	if (kinds_of[0] == kinds_of[1])
		return 0;
	nimbl_fail(EINVAL, "%s is of '%s', %s of '%s'", self->files[0], kinds_of[0]->schema,
		self->files[1], kinds_of[1]->schema);
	nimbl_mend("compare two reports of the same benchmark");
	return -EINVAL;
}

int compare_reports(const char *schema, const char *doc, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"json", KEY_JSON, NULL, 0, "Print one JSON object", 0}, {0}};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "BEFORE.json AFTER.json",
		.doc = doc,
	};
	struct comparison self = {.schema = schema};
	int ret = option_parse(&argp, argc, argv, &self);

	if (ret != 0)
		return ret;
	self.reports[0] = report_load(self.files[0]);
	self.reports[1] = self.reports[0] != NULL ? report_load(self.files[1]) : NULL;
	if (self.reports[1] == NULL || check(&self) < 0)
		ret = say_error();
	else
		ret = report(&self);
	json_decref(self.reports[0]);
	json_decref(self.reports[1]);
	return ret;
}
