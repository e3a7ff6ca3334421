// SPDX-License-Identifier: BSD-3-Clause
// The bench that a device is tested on: an engine with a tester on each port, the device where it is ours,
// and trials made with them.
#pragma once

#include "dut.h"
#include "procedures.h"
#include "trial.h"

#define BED_PORTS    2
#define BED_SETTINGS 32

// How a trial goes, in seconds (RFC 2544 section 23).
struct bed_times {
	double learn;  // after the frames by which the device learns addresses
	double settle; // until what is under way has come
	double rest;   // before the next trial
	double warmup; // of traffic before the first trial
};

struct bed_wish {
	unsigned int port_count; // 0: the device is our own
	const char *names[BED_PORTS], *devices[BED_PORTS];
	bool is_self, is_one_way, is_reflector;
	const char *dut_filters;
	const char *settings[BED_SETTINGS]; // of streams: KEY=VALUE, or PORT:KEY=VALUE
	unsigned int setting_count;
	struct bed_times times;
	double steal_most; // part of the CPUs; above it a trial is void
};

struct bed {
	const struct bed_wish *wish;
	struct dut dut;
	struct nimbl_conf *conf;
	struct nimbl_engine *engine;
	struct nimbl_tester *tester;
	struct nimbl_flows *flows;
	struct nimbl_snapshot *snapshot;
	struct nimbl_histogram *histogram; // two: a sum and a stream
	const char *names[BED_PORTS], *devices[BED_PORTS];
	char macs[BED_PORTS][18];
	unsigned int port_count, sender_count;
	char size[32];     // of the streams that are set up
	uint64_t link_bps; // the slowest; 0: not known
	uint32_t cpus;
	double tsc_hz;
	bool shares_cpus;  // the device and we
	bool ends_bad;     // the ledger did not balance, or the device said so
	char verdict[256]; // why
};

// Set when the user wants an end.
extern volatile int bed_interrupted;

// Start device and engine. Returns 0 or -errno with the error set; to be closed either way. Once per
// process.
int bed_open(struct bed *bed, const struct bed_wish *wish);

// Stop, judge the ledgers (`ends_bad`), end the device.
void bed_close(struct bed *bed);

// Set up streams of frames of this size ("64" or "imix", with FCS). `over` and `then`: in place of one
// stream per port two that make the steps of recovery, `seconds` each; 0: one whose rate trials say.
int bed_streams(struct bed *bed, const char *size, double over, double then, double seconds);

// Bytes of a frame with FCS in the mean.
double bed_frame_bytes(const struct bed *bed);

// For struct trial_device; the context is a bed whose streams are set up.
int bed_run(void *context, const struct trial_ask *ask, struct trial_result *result);
int bed_recover(void *context, const struct trial_ask *over, const struct trial_ask *then,
	struct trial_result *result, double *seconds);

// Sleep so long and serve the engine meanwhile; the most that it woke up too late is kept in `late_s`
// (may be NULL), and whether a link was down in `is_down` (may be NULL). -EINTR: the user wants an end.
int bed_wait(struct bed *bed, double seconds, double *late_s, bool *is_down);

// What sending and receiving came to so far.
struct bed_sums {
	uint64_t asked, sent, refused, starved, received, duplicates, reordered, corrupt;
	uint64_t skipped; // numbers that did not come while later ones did: lost, or late
	double late_s, elapsed_s;
};
void bed_sum(struct bed *bed, struct bed_sums *sums);

struct nimbl_histogram;

// The latencies of all streams together, in cycles; and what a sum of them comes to.
void bed_latencies(struct bed *bed, struct nimbl_histogram *sum);
void bed_latency_of(
	const struct bed *bed, const struct nimbl_histogram *sum, struct trial_latency *latency);

// Send a few frames by which the device learns where addresses are; they are no part of a trial.
int bed_learn(struct bed *bed);
