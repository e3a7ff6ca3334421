// SPDX-License-Identifier: BSD-3-Clause
// What the files of nimbl gen share: what was asked, the trial, and what it came to.
#pragma once

#include <jansson.h>

#include "nimbl_engine.h"
#include "nimbl_tester.h"

#define GEN_SCHEMA      "nimbl.gen/1"
#define GEN_PORTS_MAX   NIMBL_TESTER_PORTS_MAX
#define GEN_OPTIONS_MAX 64

// A port of the command line: NAME=DEVICE.
struct gen_port {
	char name[32];
	const char *device;
};

struct gen {
	const char *file; // of streams; NULL: one stream of options
	struct gen_port ports[GEN_PORTS_MAX];
	unsigned int port_count;
	struct nimbl_option options[GEN_OPTIONS_MAX + 1]; // of the stream, NULL key at the end
	unsigned int option_count;
	struct nimbl_tester_override how; // for all streams of a file
	const char *hgrm;                 // file of delays, or NULL
	uint32_t queues, settle_ms, wait_s;
	bool is_json, is_strict, is_both;
	int status; // beyond that of the session
	// While it runs.
	struct nimbl_flows *flows;
	struct nimbl_tester *tester;
	bool is_started;
	uint64_t since_ns; // of waiting for links, or of settling
	struct nimbl_histogram *latency;
};

// gen_trial.c: the hooks of a session, see session.h.
bool gen_tick(void *context, struct nimbl_engine *engine, bool is_ending);

// What a stream, or a port, came to beyond what is counted.
struct gen_rates {
	double seconds, pps, l1_bps, l2_bps;
};
struct gen_rates gen_rates_of(uint64_t frames, uint64_t l2_bytes, uint64_t elapsed_ns);

// Why a port sent less than was asked, or NULL: it did not. A share of a thousandth is no matter.
const char *gen_short_why(const struct nimbl_tester_sent *sent);

// What is wrong with what came, over all streams and ports.
struct gen_verdict {
	uint64_t sent, received, lost, duplicates, reordered, corrupt, misrouted, foreign, short_by;
};
struct gen_verdict gen_judge(const struct gen *gen);

// Write the delays of all streams to the file of --hgrm, in microseconds. Returns 0 or -errno, with the error set.
int gen_write_delays(const struct gen *gen);
bool gen_is_clean(const struct gen_verdict *verdict);

// gen_live.c: a line per second for people.
void gen_second(void *context, double elapsed_s, const struct nimbl_snapshot *before,
	const struct nimbl_snapshot *now);

// gen_json.c
void gen_json_started(const struct gen *gen);
void gen_json_second(
	double elapsed_s, const struct nimbl_snapshot *before, const struct nimbl_snapshot *now);
void gen_json_result(const struct gen *gen, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, int status);

// gen_report.c: the same as tables.
void gen_print_result(const struct gen *gen, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, int status);

// Delays of a stream in nanoseconds; false: there are none. The histogram is of cycles.
struct gen_delays {
	uint64_t count;
	double least, mean, deviation, p50, p90, p99, p999, p9999, most;
};
bool gen_delays_of(const struct nimbl_histogram *histogram, uint64_t hz, struct gen_delays *delays);
