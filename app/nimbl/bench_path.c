// SPDX-License-Identifier: BSD-3-Clause
// nimbl bench path: on the same two ports, in one thread, a bare rx_burst/tx_burst loop and the whole
// way miniport - protocol - miniport take turns. What counts is the median of the pairs.
#include <errno.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "nimbl_engine.h"
#include "nimbl_nbl.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define ROUNDS     31
#define ROUNDS_MAX SAMPLES_MAX
#define WARMUP     3          // rounds that are run and not counted
#define SLICE      (1u << 16) // packets per slice at least
#define BURSTS_MAX 8

enum {
	KEY_BURST = OPTION_LONG,
	KEY_FILTERS,
	KEY_JSON,
	KEY_MODE,
	KEY_PORT,
	KEY_ROUNDS,
	KEY_VERIFY,
};

struct path_bench {
	bool is_json;
	uint32_t rounds;
	uint32_t filters; // on port a, beside none
	uint32_t verify;  // level of both stacks
	uint32_t bursts[BURSTS_MAX];
	unsigned int burst_count;
	const char *mode; // NULL: both
	const char *devices[2];
	unsigned int device_count;
	uint16_t port_ids[2];
	uint32_t lcore;
	// of the row being measured
	uint16_t burst;
	uint32_t passed; // filters
	double without;  // overhead without filters
	uint32_t voids;  // pairs not counted: this thread was pushed off its CPU
	struct samples raw, nimbl, overhead, ratio;
};

static const struct argp_option options[] = {
	{"burst", KEY_BURST, "N", 0, "Frames per burst, 1 to 64; may be given again (8, 32, 64)",
		0},
	{"filters", KEY_FILTERS, "N", 0,
		"Measure with N 'pass' filters in the stack of one port as well, 1 to 16 (none)",
		0},
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.bench.path/1)", 0},
	{"mode", KEY_MODE, "MODE", 0, "Only 'handover' or only 'full' (both)", 0},
	{"port", KEY_PORT, "DEVICE", 0, "Measure on this device; twice (net_null)", 0},
	{"rounds", KEY_ROUNDS, "N", 0, "Pairs of slices per row, at least 15 (31)", 0},
	{"verify", KEY_VERIFY, "LEVEL", 0, "Verify the lists of both ports, 0 to 4 (0)", 0}, {0}};

static error_t add_burst(struct path_bench *bench, const struct argp_state *state, const char *text)
{
	if (bench->burst_count == BURSTS_MAX) {
		say_usage(state->argv[0], "--burst: at most %d of them", BURSTS_MAX);
		return EINVAL;
	}
	return option_number(
		state, "--burst", text, 1, NIMBL_BURST_MAX, &bench->bursts[bench->burst_count++]);
}

static error_t set_mode(struct path_bench *bench, const struct argp_state *state, const char *text)
{
	if (strcmp(text, "handover") != 0 && strcmp(text, "full") != 0) {
		say_usage(state->argv[0], "--mode '%s': 'handover' or 'full'", text);
		return EINVAL;
	}
	bench->mode = text;
	return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct path_bench *bench = state->input;

	switch (key) {
	case KEY_BURST:
		return add_burst(bench, state, text);
	case KEY_FILTERS:
		return option_number(
			state, "--filters", text, 1, NIMBL_FILTERS_MAX, &bench->filters);
	case KEY_JSON:
		bench->is_json = true;
		return 0;
	case KEY_MODE:
		return set_mode(bench, state, text);
	case KEY_PORT:
		if (bench->device_count == 2)
			return option_surplus(state, text);
		bench->devices[bench->device_count++] = text;
		return 0;
	case KEY_ROUNDS:
		return option_number(
			state, "--rounds", text, 15, ROUNDS_MAX - WARMUP, &bench->rounds);
	case KEY_VERIFY:
		return option_number(
			state, "--verify", text, 0, NIMBL_VERIFY_LEVELS - 1, &bench->verify);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Say what the NET_BUFFER_LIST way costs: a bare rx_burst/tx_burst loop and miniport, "
	       "protocol, miniport take turns on the same two ports in one thread.\v"
	       "Modes: 'handover' gives frames away for good, as forwarding does; 'full' takes every "
	       "list back by send completion and return.\n"
	       "Examples:\n"
	       "  nimbl bench path --burst 32 --mode handover\n"
	       "  nimbl bench path --burst 32 --filters 8\n"
	       "  nimbl bench path --burst 32 --verify 1\n\n" OPTION_EXIT_TEXT,
};

// The bare loop, both directions, as the simplest forwarder has it.
static uint64_t raw_run(const struct path_bench *bench, uint64_t rounds)
{
	struct rte_mbuf *frames[NIMBL_BURST_MAX];
	uint64_t packets = 0;

	for (uint64_t i = 0; i < rounds; i++) {
		for (unsigned int from = 0; from < 2; from++) {
			uint16_t n =
				rte_eth_rx_burst(bench->port_ids[from], 0, frames, bench->burst);
			uint16_t sent = rte_eth_tx_burst(bench->port_ids[1 - from], 0, frames, n);

			packets += n;
			if (unlikely(sent < n))
				rte_pktmbuf_free_bulk(&frames[sent], n - sent);
		}
	}
	return packets;
}

// Time one slice: as many rounds as make about SLICE packets. A loop without packets has no cost.
static double slice_cycles(const struct path_bench *bench, bool is_raw)
{
	uint64_t rounds = SLICE / bench->burst, begin = rte_rdtsc_precise();
	uint64_t packets = is_raw ? raw_run(bench, rounds) : nimbl_lcore_run(bench->lcore, rounds);
	uint64_t end = rte_rdtsc_precise();

	return packets > 0 ? (double)(end - begin) / (double)packets : 0;
}

// On the lcore that serves the ports.
static int row_run(void *arg)
{
	struct path_bench *bench = arg;

	uint32_t voids = bench->rounds * BENCH_VOID_MAX;

	for (uint32_t round = 0; round < bench->rounds + WARMUP; round++) {
		long switches = bench_switches();
		double raw = slice_cycles(bench, true), nimbl = slice_cycles(bench, false);

		if (raw == 0 || nimbl == 0)
			return -ENODATA;
		if (bench_switches() != switches && voids > 0) {
			voids--;
			round--;
			bench->voids++;
			continue;
		}
		if (round < WARMUP)
			continue;
		samples_add(&bench->raw, raw);
		samples_add(&bench->nimbl, nimbl);
		samples_add(&bench->overhead, nimbl - raw);
		samples_add(&bench->ratio, raw / nimbl);
	}
	return 0;
}

// What each filter adds to the overhead.
static double per_filter(struct path_bench *bench)
{
	return bench->passed > 0
		       ? (samples_median(&bench->overhead) - bench->without) / bench->passed
		       : 0;
}

static json_t *row_json(struct path_bench *bench, const char *mode)
{
	return json_pack("{s:i, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i}",
		"burst", (int)bench->burst, "mode", mode, "filters", (int)bench->passed,
		"cycles_per_filter", per_filter(bench), "raw_cycles_per_packet",
		samples_median(&bench->raw), "raw_spread", samples_spread(&bench->raw),
		"nimbl_cycles_per_packet", samples_median(&bench->nimbl), "nimbl_spread",
		samples_spread(&bench->nimbl), "overhead_cycles", samples_median(&bench->overhead),
		"overhead_spread", samples_spread(&bench->overhead), "ratio",
		samples_median(&bench->ratio), "ratio_spread", samples_spread(&bench->ratio),
		"rounds", (int)bench->ratio.count, "void_rounds", (int)bench->voids);
}

static void row_table(struct table *table, struct path_bench *bench, const char *mode)
{
	table_cell(table, "%u", bench->burst);
	table_cell(table, "%s", mode);
	if (bench->filters > 0)
		table_cell(table, "%u", bench->passed);
	table_cell(table, "%.1f", samples_median(&bench->raw));
	table_cell(table, "%.1f", samples_median(&bench->nimbl));
	table_cell(table, "%+.1f", samples_median(&bench->overhead));
	table_cell(table, "%.1f", samples_spread(&bench->overhead));
	table_cell(table, "%.3f", samples_median(&bench->ratio));
	table_cell(table, "%.3f", samples_spread(&bench->ratio));
	table_cell(table, "%zu", bench->ratio.count);
	if (bench->passed > 0)
		table_cell(table, "%+.2f", per_filter(bench));
	else if (bench->filters > 0)
		table_cell(table, "%s", "");
}

static int row(
	struct path_bench *bench, struct nimbl_engine *engine, const char *mode, uint32_t burst)
{
	bench->burst = (uint16_t)burst;
	bench->raw.count = bench->nimbl.count = bench->overhead.count = bench->ratio.count = 0;
	bench->voids = 0;
	nimbl_lcores_set_burst((uint16_t)burst);
	if (nimbl_engine_call(engine, row_run, bench) == 0)
		return 0;
	nimbl_fail(ENODATA, "no frames arrive on the two ports, so there is nothing to measure");
	nimbl_mend(
		"measure on ports that make or loop frames: net_null, or net_ring with frames in it");
	return -ENODATA;
}

static int filters_change(struct path_bench *bench, struct nimbl_engine *engine, uint32_t count)
{
	char name[16];
	int ret = 0;

	for (; ret == 0 && bench->passed < count; bench->passed += ret == 0) {
		snprintf(name, sizeof(name), "pass%u", bench->passed);
		ret = nimbl_engine_filter_insert(
			engine, "a", NIMBL_FILTER_HIGHEST, "pass", name, NULL);
	}
	for (; ret == 0 && bench->passed > count; bench->passed -= ret == 0) {
		snprintf(name, sizeof(name), "pass%u", bench->passed - 1);
		ret = nimbl_engine_filter_remove(engine, "a", name);
	}
	return ret;
}

// One mode and burst: without filters, and with.
static int rows_of(struct path_bench *bench, struct nimbl_engine *engine, const char *mode,
	uint32_t burst, struct table *table, json_t *list)
{
	const uint32_t counts[] = {0, bench->filters};

	for (unsigned int i = 0; i < (bench->filters > 0 ? 2 : 1); i++) {
		if (filters_change(bench, engine, counts[i]) < 0 ||
			row(bench, engine, mode, burst) < 0)
			return -1;
		if (i == 0)
			bench->without = samples_median(&bench->overhead);
		if (bench->is_json)
			json_array_append_new(list, row_json(bench, mode));
		else
			row_table(table, bench, mode);
	}
	return 0;
}

static int rows(
	struct path_bench *bench, struct nimbl_engine *engine, struct table *table, json_t *list)
{
	static const char *const modes[] = {"handover", "full"};

	for (unsigned int m = 0; m < 2; m++) {
		if (bench->mode != NULL && strcmp(bench->mode, modes[m]) != 0)
			continue;
		if (nimbl_engine_reconnect(engine, modes[m]) < 0)
			return -1;
		for (unsigned int b = 0; b < bench->burst_count; b++) {
			if (rows_of(bench, engine, modes[m], bench->bursts[b], table, list) < 0)
				return -1;
		}
	}
	return 0;
}

static int measure(struct path_bench *bench, struct nimbl_engine *engine)
{
	static const char *const plain[] = {"burst", "mode", "bare", "nimbl", "overhead", "spread",
		"ratio", "spread", "rounds", NULL};
	static const char *const slope[] = {"burst", "mode", "filters", "bare", "nimbl", "overhead",
		"spread", "ratio", "spread", "rounds", "per filter", NULL};
	struct nimbl_snapshot *snapshot = malloc(sizeof(*snapshot));
	struct table *table = table_new(bench->filters > 0 ? slope : plain);
	json_t *list = json_array();

	if (snapshot == NULL || nimbl_engine_restart(engine) < 0 ||
		(bench->verify > 0 && nimbl_engine_verify(engine, NULL,
					      (enum nimbl_verify_level)bench->verify) < 0))
		return say_error();
	nimbl_engine_snapshot(engine, snapshot);
	bench->port_ids[0] = snapshot->ports[0].port_id;
	bench->port_ids[1] = snapshot->ports[1].port_id;
	bench->lcore = snapshot->lcores[0].lcore;
	free(snapshot);
	int ret = rows(bench, engine, table, list) < 0 ? say_error() : 0;
	if (ret == 0 && bench->is_json) {
		say_json(json_pack("{s:s, s:i, s:o, s:s, s:s, s:o}", "schema", "nimbl.bench.path/1",
			"verify", (int)bench->verify, "machine", bench_machine(), "port_a",
			bench->devices[0], "port_b", bench->devices[1], "rows", json_incref(list)));
	} else if (ret == 0) {
		bench_machine_print();
		printf("cycles per packet, medians of pairs; spread: half of the pairs lie within\n\n");
		table_print(table, 0, stdout);
	}
	table_free(table);
	json_decref(list);
	return ret;
}

int bench_path(int argc, char **argv)
{
	struct path_bench bench = {.rounds = ROUNDS};
	struct nimbl_engine *engine = NULL;
	int ret = option_parse(&argp, argc, argv, &bench);

	if (ret != 0)
		return ret;
	if (bench.burst_count == 0) {
		static const uint32_t usual[] = {8, 32, 64};

		memcpy(bench.bursts, usual, sizeof(usual));
		bench.burst_count = 3;
	}
	if (bench.device_count < 2)
		bench.devices[1] = "net_null1,size=64";
	if (bench.device_count < 1)
		bench.devices[0] = "net_null0,size=64";
	struct nimbl_conf *conf = bench_conf(bench.devices);
	if (conf == NULL || nimbl_engine_open(conf, &engine) < 0) {
		ret = say_error();
		nimbl_conf_free(conf);
		return ret;
	}
	ret = measure(&bench, engine);
	nimbl_engine_close(engine);
	nimbl_conf_free(conf);
	return ret;
}
