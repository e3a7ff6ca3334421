// SPDX-License-Identifier: BSD-3-Clause
// What RFC 2544 measures beside throughput, each by trials of a device whose throughput is known. All
// return 0 or -errno of a trial.
#pragma once

#include "trial.h"

#define CURVE_POINTS     128
#define LATENCY_POINTS   8
#define LATENCY_REPEATS  20
#define BURST_REPEATS    50
#define RECOVERY_REPEATS 16

// Frame loss rate (section 26.3): from the highest rate down in steps, until nothing is lost twice in a row.
struct curve_point {
	double rate, loss;
};
struct curve {
	struct curve_point points[CURVE_POINTS];
	unsigned int count;
};
// `step` is a part of `most`, 0.1 or less.
int curve_run(struct trials *trials, double most, double step, double seconds, struct curve *curve);

// Back-to-back frames (section 26.4, RFC 9004): the longest burst at the highest rate of which nothing is
// lost, several times.
struct bursts {
	uint64_t frames[BURST_REPEATS];
	unsigned int count;
	bool is_endless; // the longest burst that was tried lost nothing: there is no figure
	double mean, deviation;
	uint64_t least, most;
	double implied_s;   // seconds of traffic that the device seems to hold
	double corrected_s; // without what it forwards meanwhile: RFC 9004 section 6
};
// `most` and `throughput` in frames per second; bursts of up to `seconds` are tried.
int bursts_run(struct trials *trials, double most, double throughput, double seconds,
	unsigned int repeats, struct bursts *bursts);

// Latency (section 26.2) at parts of the throughput, several times.
struct latency_point {
	double part, rate, loss;      // loss: the most of all repetitions
	struct trial_latency latency; // of the repetition whose median is that of all
	double medians[LATENCY_REPEATS];
	unsigned int repeats; // with samples
};
struct latencies {
	struct latency_point points[LATENCY_POINTS];
	unsigned int count;
};
int latencies_run(struct trials *trials, double throughput, const double *parts, unsigned int count,
	double seconds, unsigned int repeats, struct latencies *latencies);

// System recovery (section 26.5): 110 % of the throughput, or `most` when that is less, then 50 %: how
// long after the change until nothing is lost.
struct recovery {
	double over_rate, then_rate;
	double seconds[RECOVERY_REPEATS]; // -1: loss went on to the end of the trial
	unsigned int count;
	const char *why; // there is none: the reason
};
int recovery_run(struct trials *trials, double most, double throughput, double seconds,
	unsigned int repeats, struct recovery *recovery);

// From counts taken every so often after the change (time since it, frames sent and received since the
// trial began, in order of time): the earliest time from which on no more was missing than at the end.
// -1 when there are fewer than two.
struct recovery_sample {
	double seconds;
	uint64_t sent, received;
};
double recovery_time(const struct recovery_sample *samples, unsigned int count);
