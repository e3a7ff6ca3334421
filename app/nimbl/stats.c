// SPDX-License-Identifier: BSD-3-Clause
// Quantiles, bootstrap intervals, comparisons, warm-up, histograms.
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 2000u

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double sorted_quantile(const double *sorted, size_t count, double q)
{
	double place = q * (double)(count - 1);
	size_t below = (size_t)place;
	size_t above = below + 1 < count ? below + 1 : below;
	double part = place - (double)below;

	return sorted[below] * (1 - part) + sorted[above] * part;
}

double stats_quantile(const double *values, size_t count, double q)
{
	double *sorted = count > 0 ? malloc(count * sizeof(*sorted)) : NULL;

	if (sorted == NULL)
		return 0;
	memcpy(sorted, values, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_value);
	double value = sorted_quantile(sorted, count, q);
	free(sorted);
	return value;
}

// xorshift64*: the same sequence every time, so that a report can be made again.
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

// The median of one sample with replacement. Drawing ranks of sorted values and counting them gives it
// without sorting again.
static double resample_median(
	const double *sorted, size_t count, uint32_t *drawn, uint64_t *random_state)
{
	size_t lower = (count - 1) / 2, upper = count / 2, seen = 0;
	double low = 0;

	memset(drawn, 0, count * sizeof(*drawn));
	for (size_t i = 0; i < count; i++)
		drawn[(size_t)((next_random(random_state) >> 32) * count >> 32)]++;
	for (size_t i = 0;; i++) {
		bool had_lower = seen > lower;

		seen += drawn[i];
		if (!had_lower && seen > lower)
			low = sorted[i];
		if (seen > upper)
			return (low + sorted[i]) / 2;
	}
}

struct stats_interval stats_median(const double *values, size_t count, double confidence)
{
	double *sorted = malloc((count + RESAMPLES) * sizeof(*sorted));
	uint32_t *drawn = malloc((count + 1) * sizeof(*drawn));
	struct stats_interval interval = {0, 0, 0};
	uint64_t random_state = 0x9e3779b97f4a7c15ull;

	if (sorted != NULL && drawn != NULL && count > 0) {
		double *medians = sorted + count;

		memcpy(sorted, values, count * sizeof(*sorted));
		qsort(sorted, count, sizeof(*sorted), by_value);
		for (size_t i = 0; i < RESAMPLES; i++)
			medians[i] = resample_median(sorted, count, drawn, &random_state);
		qsort(medians, RESAMPLES, sizeof(*medians), by_value);
		interval.median = sorted_quantile(sorted, count, 0.5);
		interval.low = sorted_quantile(medians, RESAMPLES, (1 - confidence) / 2);
		interval.high = sorted_quantile(medians, RESAMPLES, (1 + confidence) / 2);
	}
	free(drawn);
	free(sorted);
	return interval;
}

double stats_sign_test(size_t agree, size_t count)
{
	double tail = 0, n = (double)count;

	for (size_t i = agree; i <= count; i++)
		tail += exp(lgamma(n + 1) - lgamma((double)i + 1) - lgamma(n - (double)i + 1) -
			    n * log(2));
	return fmin(1, 2 * tail);
}

// Rounds in random order fall on either side of `limit` by chance, when nothing but chance is there.
static bool rounds_agree(const double *ratios, size_t count, bool below, double limit, double error)
{
	size_t agree = 0;

	for (size_t i = 0; i < count; i++)
		agree += below ? ratios[i] < limit : ratios[i] > limit;
	return agree == count || stats_sign_test(agree, count) <= error;
}

struct stats_comparison stats_compare(const double *a, const double *b, size_t count,
	double confidence, double noise, double error)
{
	struct stats_comparison comparison = {{1, 1, 1}, STATS_SAME};
	double *ratios = count > 0 ? malloc(count * sizeof(*ratios)) : NULL;

	if (ratios == NULL)
		return comparison;
	for (size_t i = 0; i < count; i++)
		ratios[i] = b[i] > 0 ? a[i] / b[i] : 1;
	comparison.ratio = stats_median(ratios, count, confidence);
	if (comparison.ratio.high < 1 - noise &&
		rounds_agree(ratios, count, true, 1 - noise, error))
		comparison.verdict = STATS_FASTER;
	else if (comparison.ratio.low > 1 + noise &&
		 rounds_agree(ratios, count, false, 1 + noise, error))
		comparison.verdict = STATS_SLOWER;
	free(ratios);
	return comparison;
}

size_t stats_warmup(const double *values, size_t count)
{
	double sum = 0, squares = 0, least = INFINITY;
	size_t best = 0;

	// From the end, so that sums of what remains grow by one value a step.
	for (size_t i = count; i-- > 0;) {
		size_t rest = count - i;

		sum += values[i];
		squares += values[i] * values[i];
		if (rest < count - count / 2 || rest < 2)
			continue;
		double deviation = squares - sum * sum / (double)rest;
		double error = deviation / ((double)rest * (double)rest);
		if (error <= least) {
			least = error;
			best = i;
		}
	}
	return best;
}

static size_t bucket_of(uint64_t value)
{
	if (value < 32)
		return (size_t)value;
	unsigned int shift = 59u - (unsigned int)__builtin_clzll(value);
	return 16u * shift + (size_t)(value >> shift);
}

uint64_t stats_histogram_floor(size_t i)
{
	if (i < 32)
		return i;
	size_t shift = i / 16 - 1;
	return (uint64_t)(i - 16 * shift) << shift;
}

void stats_histogram_add(struct stats_histogram *histogram, uint64_t value)
{
	size_t i = bucket_of(value);

	histogram->counts[i < STATS_BUCKETS ? i : STATS_BUCKETS - 1]++;
	histogram->total++;
	if (value > histogram->max)
		histogram->max = value;
}

uint64_t stats_histogram_quantile(const struct stats_histogram *histogram, double q)
{
	uint64_t wanted = (uint64_t)ceil(q * (double)histogram->total), seen = 0;

	for (size_t i = 0; i < STATS_BUCKETS; i++) {
		seen += histogram->counts[i];
		if (seen >= wanted && seen > 0) {
			uint64_t last = stats_histogram_floor(i + 1) - 1;

			return last < histogram->max ? last : histogram->max;
		}
	}
	return histogram->max;
}

void stats_histogram_merge(struct stats_histogram *to, const struct stats_histogram *from)
{
	for (size_t i = 0; i < STATS_BUCKETS; i++)
		to->counts[i] += from->counts[i];
	to->total += from->total;
	to->max = from->max > to->max ? from->max : to->max;
}

struct stats_shares stats_shares(const uint64_t *parts, size_t count)
{
	double sum = 0, squares = 0, least = INFINITY, most = 0;

	for (size_t i = 0; i < count; i++) {
		double part = (double)parts[i];

		sum += part;
		squares += part * part;
		least = fmin(least, part);
		most = fmax(most, part);
	}
	if (sum <= 0)
		return (struct stats_shares){1, 1, 1};
	return (struct stats_shares){least * (double)count / sum, most * (double)count / sum,
		sum * sum / ((double)count * squares)};
}
