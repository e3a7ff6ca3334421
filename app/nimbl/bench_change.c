// SPDX-License-Identifier: BSD-3-Clause
// nimbl bench change: how long traffic waits while filters are inserted into a loaded stack, and removed.
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "nimbl_engine.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define BETWEEN_US 500 // frames flow between two changes

enum {
	KEY_FILTERS = OPTION_LONG,
	KEY_JSON,
	KEY_PORT,
	KEY_ROUNDS,
};

struct change_bench {
	bool is_json;
	uint32_t rounds, filters;
	const char *devices[2];
	unsigned int device_count;
	struct nimbl_engine *engine;
	struct samples insert, remove; // microseconds
};

static const struct argp_option options[] = {
	{"filters", KEY_FILTERS, "N", 0, "Change a stack of N 'pass' filters, 0 to 15 (0)", 0},
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.bench.change/1)", 0},
	{"port", KEY_PORT, "DEVICE", 0, "Measure on this device; twice (net_null)", 0},
	{"rounds", KEY_ROUNDS, "N", 0, "Insertions and removals, at least 15 (500)", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct change_bench *bench = state->input;

	switch (key) {
	case KEY_FILTERS:
		return option_number(
			state, "--filters", text, 0, NIMBL_FILTERS_MAX - 1, &bench->filters);
	case KEY_JSON:
		bench->is_json = true;
		return 0;
	case KEY_PORT:
		if (bench->device_count == 2)
			return option_surplus(state, text);
		bench->devices[bench->device_count++] = text;
		return 0;
	case KEY_ROUNDS:
		return option_number(state, "--rounds", text, 15, SAMPLES_MAX, &bench->rounds);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Say how long traffic waits in the devices while a filter is inserted into a stack "
	       "that forwards between two ports, and while one is removed.\v"
	       "Examples:\n"
	       "  nimbl bench change\n"
	       "  nimbl bench change --filters 5 --json\n\n" OPTION_EXIT_TEXT,
};

static void flow(void)
{
	struct timespec rest = {.tv_nsec = BETWEEN_US * 1000L};

	nanosleep(&rest, NULL);
}

static int insert(const struct change_bench *bench, const char *name)
{
	return nimbl_engine_filter_insert(
		bench->engine, "a", NIMBL_FILTER_HIGHEST, "pass", name, NULL);
}

static int changes(struct change_bench *bench)
{
	char name[16];

	for (uint32_t i = 0; i < bench->filters; i++) {
		snprintf(name, sizeof(name), "pass%u", i);
		if (insert(bench, name) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < bench->rounds; i++) {
		flow();
		if (insert(bench, "guest") < 0)
			return -1;
		samples_add(&bench->insert, (double)nimbl_engine_held_us(bench->engine));
		flow();
		if (nimbl_engine_filter_remove(bench->engine, "a", "guest") < 0)
			return -1;
		samples_add(&bench->remove, (double)nimbl_engine_held_us(bench->engine));
	}
	return 0;
}

static json_t *row_json(const char *change, struct samples *waits)
{
	return json_pack("{s:s, s:i, s:f, s:f, s:f}", "change", change, "rounds", (int)waits->count,
		"median_us", samples_median(waits), "p99_us", samples_quantile(waits, 0.99),
		"max_us", samples_quantile(waits, 1));
}

static void row_table(struct table *table, const char *change, struct samples *waits)
{
	table_cell(table, "%s", change);
	table_cell(table, "%.0f", samples_median(waits));
	table_cell(table, "%.0f", samples_quantile(waits, 0.99));
	table_cell(table, "%.0f", samples_quantile(waits, 1));
	table_cell(table, "%zu", waits->count);
}

static void result_print(struct change_bench *bench, double frames)
{
	static const char *const headers[] = {"change", "median", "p99", "max", "rounds", NULL};
	struct table *table;

	if (bench->is_json) {
		say_json(json_pack("{s:s, s:o, s:s, s:s, s:i, s:f, s:[o, o]}", "schema",
			"nimbl.bench.change/1", "machine", bench_machine(), "port_a",
			bench->devices[0], "port_b", bench->devices[1], "filters",
			(int)bench->filters, "frames", frames, "rows",
			row_json("insert", &bench->insert), row_json("remove", &bench->remove)));
		return;
	}
	table = table_new(headers);
	bench_machine_print();
	printf("microseconds for which traffic waited; %s frames came through meanwhile\n\n",
		format_count((uint64_t)frames).text);
	row_table(table, "insert", &bench->insert);
	row_table(table, "remove", &bench->remove);
	table_finish(table, 0, stdout);
}

// The whole run, to the ledger: a change that loses frames is no measurement.
static int measure(struct change_bench *bench)
{
	static struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;

	if (nimbl_engine_start(bench->engine) < 0 || changes(bench) < 0 ||
		nimbl_engine_stop(bench->engine) < 0)
		return say_error();
	nimbl_engine_snapshot(bench->engine, &snapshot);
	nimbl_ledger_compute(&snapshot, true, &ledger);
	if (!ledger.balanced) {
		nimbl_fail(EIO, "%s", ledger.why);
		return say_error();
	}
	if (ledger.received == 0) {
		nimbl_fail(ENODATA, "no frames arrive on the two ports, so nothing waits");
		nimbl_mend("measure on ports that make or loop frames: net_null");
		return say_error();
	}
	result_print(bench, (double)ledger.received);
	return 0;
}

int bench_change(int argc, char **argv)
{
	static struct change_bench bench = {
		.rounds = 500, .devices = {"net_null0,size=64", "net_null1,size=64"}};
	struct nimbl_conf *conf;
	int ret = option_parse(&argp, argc, argv, &bench);

	if (ret != 0)
		return ret;
	conf = bench_conf(bench.devices);
	if (conf == NULL || nimbl_engine_open(conf, &bench.engine) < 0) {
		ret = say_error();
		nimbl_conf_free(conf);
		return ret;
	}
	ret = measure(&bench);
	nimbl_engine_close(bench.engine);
	nimbl_conf_free(conf);
	return ret;
}
