// SPDX-License-Identifier: BSD-3-Clause
// What may be concluded from repeated measurements. Plain data in, figures out; nothing is sorted or
// changed, and the same input gives the same answer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A median and the interval that holds it with the confidence asked for.
struct stats_interval {
	double median, low, high;
};

// The value below which the part `q` (0..1) of `values` lies, between neighbours by proportion; 0 when
// there are none or memory is short.
double stats_quantile(const double *values, size_t count, double q);

// The median of `values` with a bootstrap interval: the quantiles of the medians of many samples drawn
// from them with replacement, as Efron's percentile method has it. `confidence` is 0.95 and the like.
struct stats_interval stats_median(const double *values, size_t count, double confidence);

enum stats_verdict {
	STATS_SAME,   // no significant difference
	STATS_FASTER, // the first costs less
	STATS_SLOWER,
};

// The chance that of `count` coins at least `agree` show the same side, whichever (the sign test, with both tails).
double stats_sign_test(size_t agree, size_t count);

// Two costs measured in the same rounds: the ratio a/b of each round. They differ when the interval of
// the median ratio lies wholly beyond 1 by more than `noise` (0.02: two percent), which is what a
// measurement of the same thing twice differs by on this machine; and when so many rounds agree that by chance it
// would happen in the part `error` of all such comparisons at most, whatever the distribution. Where the rounds are
// too few to say that, all of them have to agree.
struct stats_comparison {
	struct stats_interval ratio;
	enum stats_verdict verdict;
};
struct stats_comparison stats_compare(const double *a, const double *b, size_t count,
	double confidence, double noise, double error);

// The first round from which on the measurements are level: earlier ones are warming up. The place
// where the mean of what remains has the least standard error (marginal standard error rule), at most
// half of the rounds.
size_t stats_warmup(const double *values, size_t count);

// Counts of values in buckets whose width grows with them: 16 to each power of two, so that a bucket
// is never wider than a sixteenth of its values.
#define STATS_BUCKETS (16 * 60)
struct stats_histogram {
	uint64_t counts[STATS_BUCKETS];
	uint64_t total, max;
};
void stats_histogram_add(struct stats_histogram *histogram, uint64_t value);

// The value that the part `q` of those added do not exceed: the upper end of its bucket.
uint64_t stats_histogram_quantile(const struct stats_histogram *histogram, double q);

// Add all of `from`.
void stats_histogram_merge(struct stats_histogram *to, const struct stats_histogram *from);

// Where bucket `i` begins.
uint64_t stats_histogram_floor(size_t i);

// How evenly a whole was shared: the least and the most that one had, as parts of an equal share, and the index of
// Jain, Chiu and Hawe, (sum of x)^2 / (n * sum of x^2): 1 is fair, 1/n all to one. Nothing shared is fair.
struct stats_shares {
	double least, most, jain;
};
struct stats_shares stats_shares(const uint64_t *parts, size_t count);
