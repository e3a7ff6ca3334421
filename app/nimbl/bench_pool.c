// SPDX-License-Identifier: BSD-3-Clause
// nimbl bench pool: which way of taking buffers and giving them back costs what, measured side by side.
#include <errno.h>
#include <rte_cycles.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "nimbl_engine.h"
#include "option.h"
#include "page.h"
#include "pool/grid.h"
#include "pool/ground.h"
#include "pool/resume.h"
#include "pool/tell.h"
#include "say.h"
#include "table.h"

#define ROUNDS       31u
#define QUICK_ROUNDS 25u        // fewer cannot tell a hundred rows apart
#define ELEMENTS     (1u << 16) // of a slice
#define QUICK_SLICE  (10u << 10)
#define QUICK_TOUCH  64u // largest burst whose cache lines are counted
#define BLOCK_MIB    1024u
#define AXES_MAX     16
#define DEVICES_MIB  64u // for what devices and their peers need beside pools

enum {
	KEY_JSON = OPTION_LONG,
	KEY_CSV,
	KEY_FULL,
	KEY_QUICK,
	KEY_ROUNDS,
	KEY_MEMORY,
	KEY_REPORT,
	KEY_APPLY,
	KEY_RESUME,
	KEY_NO_TOUCHED,
	KEY_AXIS, // and one for each axis behind it
};

struct pool_bench {
	struct pool_wish wish;
	bool is_full, is_quick, is_untouched;
	uint32_t rounds, memory_mib;
	const char *resume; // file, or NULL
	const char *lists[AXES_MAX];
	bool has_lists;
	struct pool_grid grid;
	struct pool_plan plan;
	struct pool_noise noise;
	size_t kept_rows;
	struct pool_resume *kept; // what --resume names
	struct timespec began;
	bool shows_progress;
	cpu_set_t allowed; // CPUs, before lcores were pinned to theirs
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	interrupted = number;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct pool_bench *bench = state->input;

	if (key >= KEY_AXIS && key < KEY_AXIS + (int)pool_axis_count) {
		bench->lists[key - KEY_AXIS] = text;
		bench->has_lists = true;
		return 0;
	}
	switch (key) {
	case KEY_JSON:
		bench->wish.form = POOL_FORM_JSON;
		return 0;
	case KEY_CSV:
		bench->wish.form = POOL_FORM_CSV;
		return 0;
	case KEY_FULL:
		bench->is_full = true;
		return 0;
	case KEY_QUICK:
		bench->is_quick = true;
		return 0;
	case KEY_APPLY:
		bench->wish.apply = text;
		return 0;
	case KEY_REPORT:
		bench->wish.report = text;
		return 0;
	case KEY_RESUME:
		bench->resume = text;
		return 0;
	case KEY_NO_TOUCHED:
		bench->is_untouched = true;
		return 0;
	case KEY_ROUNDS:
		return option_number(state, "--rounds", text, POOL_ROUNDS_MIN, POOL_ROUNDS_MAX - 8,
			&bench->rounds);
	case KEY_MEMORY:
		return option_number(state, "--memory", text, 16, 1u << 20, &bench->memory_mib);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{"apply", KEY_APPLY, "CONFIG", 0,
		"Write what is recommended into a configuration, whose copy stays as CONFIG.bak",
		0},
	{"csv", KEY_CSV, NULL, 0, "Print comma-separated values, a line each", 0},
	{"full", KEY_FULL, NULL, 0,
		"Every combination of all values; those of an axis that is given are only its own",
		0},
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.bench.pool/1)", 0},
	{"memory", KEY_MEMORY, "MIB", 0, "For the pools of what is measured together (1024)", 0},
	{"no-touched", KEY_NO_TOUCHED, NULL, 0,
		"Do not count cache lines, which takes a tenth of a second for a cell in some VMs",
		0},
	{"quick", KEY_QUICK, NULL, 0, "Shorter slices and 25 rounds: done within half a minute", 0},
	{"report", KEY_REPORT, "DIR", 0,
		"Write a page with plots and words to DIR, and the figures as JSON and CSV", 0},
	{"resume", KEY_RESUME, "FILE", 0,
		"Keep in FILE what is done, and go on from what is there of a run that was ended",
		0},
	{"rounds", KEY_ROUNDS, "N", 0, "Rounds that count, at least 15 (31)", 0},
};

// The options of the axes come from their table, so that an axis is named in one place.
static struct argp_option *options_make(void)
{
	size_t common = sizeof(common_options) / sizeof(common_options[0]);
	struct argp_option *options = calloc(common + pool_axis_count + 1, sizeof(*options));

	if (options == NULL)
		return NULL;
	memcpy(options, common_options, sizeof(common_options));
	for (size_t i = 0; i < pool_axis_count; i++) {
		static char docs[AXES_MAX][320];

		snprintf(docs[i], sizeof(docs[i]), "%s Some of: %s (%s)", pool_axes[i].help,
			pool_axes[i].full, pool_axes[i].preset);
		options[common + i] = (struct argp_option){
			pool_axes[i].name, KEY_AXIS + (int)i, "LIST", 0, docs[i], 1};
	}
	return options;
}

static bool ops_exist(const char *ops)
{
	if (strcmp(ops, "nimbl_reuse") == 0)
		return true;
	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, ops) == 0)
			return true;
	return false;
}

static double seconds_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

// On a terminal only, and on standard error: what is done and how long it takes still.
static bool progress(void *arg, size_t first, size_t end, double part)
{
	struct pool_bench *bench = arg;
	double done = (double)first + part * (double)(end - first);
	double seconds = seconds_since(&bench->began);
	// What an earlier run did says nothing of this one's pace.
	double each = seconds / (done - (double)bench->plan.done);

	if (bench->shows_progress && seconds > 1)
		fprintf(stderr, "\r%.0f of %zu cells, %s left   ", done, bench->plan.count,
			format_duration_ns(
				(uint64_t)(1e9 * each * ((double)bench->plan.count - done)))
				.text);
	return interrupted == 0;
}

static int keep(void *arg, size_t first, size_t end, const struct pool_noise *noise)
{
	struct pool_bench *bench = arg;

	bench->kept_rows = end;
	return bench->kept != NULL ? pool_resume_add(bench->kept, &bench->plan, first, end, noise)
				   : 0;
}

// What makes the figures of two runs differ. The clock's rate is measured anew each time.
static json_t *asked_json(const struct pool_bench *bench)
{
	json_t *machine = bench_machine(), *options = json_object();

	json_object_del(machine, "tsc_hz");
	for (size_t i = 0; i < pool_axis_count; i++)
		json_object_set_new(options, pool_axes[i].name,
			json_string(bench->lists[i] != NULL ? bench->lists[i] : "unset"));
	json_object_set_new(options, "full", json_boolean(bench->is_full));
	json_object_set_new(options, "quick", json_boolean(bench->is_quick));
	json_object_set_new(options, "no-touched", json_boolean(bench->is_untouched));
	json_object_set_new(options, "rounds", json_integer(bench->plan.rounds));
	json_object_set_new(options, "memory", json_integer(bench->memory_mib));
	json_object_set_new(machine, "cells", json_integer((json_int_t)bench->plan.count));
	return json_pack("{s:o, s:o}", "option", options, "machine", machine);
}

static int resume(struct pool_bench *bench)
{
	if (bench->resume == NULL)
		return 0;
	bench->kept =
		pool_resume_open(bench->resume, asked_json(bench), &bench->plan, &bench->noise);
	bench->kept_rows = bench->plan.done;
	return bench->kept != NULL ? 0 : -nimbl_last_error()->code;
}

// A run that somebody ended is none that failed: what there is is said, and how to go on.
static int say_interrupted(const struct pool_bench *bench)
{
	if (bench->kept != NULL)
		nimbl_fail(EINTR, "interrupted: %s holds %zu of %zu cells", bench->resume,
			bench->kept_rows, bench->plan.count);
	else
		nimbl_fail(
			EINTR, "interrupted before all %zu cells were measured", bench->plan.count);
	nimbl_mend(bench->kept != NULL ? "the same command goes on from there"
				       : "with --resume FILE the next run goes on from there");
	say_error();
	return 128 + interrupted; // what a shell says of a program that the signal ended
}

static int grid_make(struct pool_bench *bench)
{
	uint64_t memory_bytes = (uint64_t)bench->memory_mib << 20;

	bench->grid.most_bytes = memory_bytes;
	int ret = bench->has_lists || bench->is_full
			  ? pool_grid_cross(&bench->grid, bench->lists, bench->is_full)
			  : pool_grid_usual(&bench->grid);

	if (ret < 0)
		return ret;
	bench->grid.refused += pool_grid_drop_ops(&bench->grid, ops_exist);
	bench->grid.refused += pool_grid_drop_large(&bench->grid, memory_bytes);
	if (bench->grid.count > 0)
		return 0;
	nimbl_fail(EINVAL, "none of the %zu cells asked for can be measured", bench->grid.refused);
	nimbl_mend("nimbl bench pool --help tells which values go together");
	return -EINVAL;
}

static int report(struct pool_bench *bench)
{
	bench->noise.comparisons = bench->grid.count;
	struct pool_result result = {
		.rows = bench->grid.rows,
		.count = bench->grid.count,
		.noise = bench->noise,
		.tsc_hz = (double)rte_get_tsc_hz(),
		.refused = bench->grid.refused,
	};

	return pool_tell(&result, &bench->wish, seconds_since(&bench->began));
}

static int measure(struct pool_bench *bench, struct nimbl_engine *engine)
{
	int ret = grid_make(bench);

	// What cannot be told is said before it is measured.
	if (ret == 0 && bench->wish.report != NULL)
		ret = page_folder(bench->wish.report);
	if (ret < 0)
		return say_error();
	bench->plan = (struct pool_plan){
		.rows = bench->grid.rows,
		.count = bench->grid.count,
		.rounds = bench->rounds != 0 ? bench->rounds
			  : bench->is_quick  ? QUICK_ROUNDS
					     : ROUNDS,
		.elements = bench->is_quick ? QUICK_SLICE : ELEMENTS,
		.touch_most = bench->is_untouched ? 0
			      : bench->is_quick   ? QUICK_TOUCH
						  : POOL_BURST_MAX,
		.memory_bytes = (uint64_t)bench->memory_mib << 20,
		.progress = progress,
		.finished = keep,
		.arg = bench,
	};
	pool_devices_pass_on(engine);
	pool_lcores_choose(&bench->plan.lcores, engine, &bench->allowed);
	if (resume(bench) < 0)
		return say_error();
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	ret = pool_measure(&bench->plan, &bench->noise);
	if (bench->shows_progress)
		fprintf(stderr, "\r%60s\r", "");
	if (ret == -EINTR)
		return say_interrupted(bench);
	return ret < 0 ? say_error() : report(bench);
}

// Devices may want pools in memory of DPDK's, which is then had at once.
static int open_engine(
	const struct pool_bench *bench, struct nimbl_conf *conf, struct nimbl_engine **engine)
{
	if (conf->port_count > 1)
		conf->memory_bytes = (uint64_t)(bench->memory_mib + DEVICES_MIB) << 20;
	return nimbl_engine_open(conf, engine);
}

int bench_pool(int argc, char **argv)
{
	struct argp argp = {
		.options = options_make(),
		.parser = parse,
		.doc = "Say what each way of taking buffers from a pool and giving them back costs: "
		       "interleaved in random order, with the noise of the machine beside.\v"
		       "Without an axis the usual planes of the grid are measured; with axes every "
		       "combination of the values given.\n"
		       "Examples:\n"
		       "  nimbl bench pool --quick\n"
		       "  nimbl bench pool --ops ring_mp_mc,stack --cache 0,256 --work nic\n"
		       "  nimbl bench pool --work nic --port "
		       "net_vhost0,iface=/tmp/s+net_virtio_user0,path=/tmp/s\n\n" OPTION_EXIT_TEXT,
	};
	struct pool_bench bench = {.memory_mib = BLOCK_MIB};
	struct nimbl_conf *conf = nimbl_conf_new();
	struct nimbl_engine *engine = NULL;
	int ret = argp.options != NULL ? option_parse(&argp, argc, argv, &bench)
				       : NIMBL_EXIT_ENVIRONMENT;

	clock_gettime(CLOCK_MONOTONIC, &bench.began);
	sched_getaffinity(0, sizeof(bench.allowed), &bench.allowed);
	bench.shows_progress = isatty(STDERR_FILENO) != 0;
	if (ret == 0 && conf != NULL) {
		snprintf(conf->name, sizeof(conf->name), "bench-%d", (int)getpid());
		if (nimbl_conf_add_port(conf, "a", "net_null0") < 0 ||
			pool_devices_add(conf, bench.lists[pool_axis_find("port") - pool_axes]) <
				0 ||
			open_engine(&bench, conf, &engine) < 0)
			ret = say_error();
		else
			ret = measure(&bench, engine);
	}
	nimbl_engine_close(engine);
	nimbl_conf_free(conf);
	pool_resume_close(bench.kept);
	pool_grid_free(&bench.grid);
	free((void *)(uintptr_t)argp.options);
	return ret;
}
