// SPDX-License-Identifier: BSD-3-Clause
// What a histogram says. All of it is computed from one value per bucket, its middle, kept within the least
// and the largest sample.
#include "nimbl_histogram.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TICKS 5 // lines per halving of what is left, as HdrHistogram prints them

// A walk through the buckets: `seen` samples up to and with bucket `at`.
struct walk {
	const struct nimbl_histogram *histogram;
	unsigned int at;
	uint64_t seen;
};

void nimbl_histogram_clear(struct nimbl_histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	histogram->least = UINT64_MAX;
}

void nimbl_histogram_add(struct nimbl_histogram *sum, const struct nimbl_histogram *from)
{
	uint64_t least, most;

	for (unsigned int i = 0; i < NIMBL_HISTOGRAM_BUCKETS; i++)
		sum->buckets[i] += __atomic_load_n(&from->buckets[i], __ATOMIC_ACQUIRE);
	// Behind the buckets: no sample that was counted lies outside.
	least = __atomic_load_n(&from->least, __ATOMIC_RELAXED);
	most = __atomic_load_n(&from->most, __ATOMIC_RELAXED);
	if (least < sum->least)
		sum->least = least;
	if (most > sum->most)
		sum->most = most;
}

uint64_t nimbl_histogram_count(const struct nimbl_histogram *histogram)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < NIMBL_HISTOGRAM_BUCKETS; i++)
		count += histogram->buckets[i];
	return count;
}

// The value that stands for all of a bucket.
static uint64_t value_of(const struct nimbl_histogram *histogram, unsigned int bucket)
{
	unsigned int linear = 1u << NIMBL_HISTOGRAM_BITS;
	unsigned int shift = bucket < linear ? 0 : (bucket >> NIMBL_HISTOGRAM_BITS) - 1;
	uint64_t low = (uint64_t)(bucket - (shift << NIMBL_HISTOGRAM_BITS)) << shift;
	uint64_t value = low + ((1ull << shift) >> 1);

	if (value < histogram->least)
		return histogram->least;
	return value > histogram->most ? histogram->most : value;
}

// On to the bucket of the sample number `rank` in ascending order, the first being 1.
static void walk_to(struct walk *walk, uint64_t rank)
{
	while (walk->seen < rank)
		walk->seen += walk->histogram->buckets[++walk->at];
}

static struct walk walk_begin(const struct nimbl_histogram *histogram)
{
	return (struct walk){.histogram = histogram, .seen = histogram->buckets[0]};
}

static uint64_t walk_value(const struct walk *walk, uint64_t rank, uint64_t count)
{
	if (rank == 1)
		return walk->histogram->least;
	return rank == count ? walk->histogram->most : value_of(walk->histogram, walk->at);
}

// The number of the sample that a share of all does not exceed. A share such as 0.999 has no exact form: what
// is a whole number but for that is taken as one.
static uint64_t rank_of(double share, uint64_t count)
{
	double exact = share * (double)count;
	uint64_t rank = (uint64_t)ceil(exact - exact * 0x1p-50);

	if (rank < 1)
		return 1;
	return rank > count ? count : rank;
}

bool nimbl_histogram_percentile(
	const struct nimbl_histogram *histogram, double percent, uint64_t *value)
{
	uint64_t count = nimbl_histogram_count(histogram);
	struct walk walk = walk_begin(histogram);

	if (count == 0)
		return false;
	uint64_t rank = rank_of(percent / 100, count);
	walk_to(&walk, rank);
	*value = walk_value(&walk, rank, count);
	return true;
}

bool nimbl_histogram_mean(const struct nimbl_histogram *histogram, double *mean)
{
	uint64_t count = nimbl_histogram_count(histogram);
	double sum = 0;

	if (count == 0)
		return false;
	for (unsigned int i = 0; i < NIMBL_HISTOGRAM_BUCKETS; i++)
		if (histogram->buckets[i] != 0)
			sum += (double)histogram->buckets[i] * (double)value_of(histogram, i);
	sum /= (double)count;
	// Rounding may have left the bounds.
	*mean = fmin(fmax(sum, (double)histogram->least), (double)histogram->most);
	return true;
}

bool nimbl_histogram_deviation(const struct nimbl_histogram *histogram, double *deviation)
{
	double mean, squares = 0;

	if (!nimbl_histogram_mean(histogram, &mean))
		return false;
	for (unsigned int i = 0; i < NIMBL_HISTOGRAM_BUCKETS; i++)
		if (histogram->buckets[i] != 0) {
			double far = (double)value_of(histogram, i) - mean;

			squares += (double)histogram->buckets[i] * far * far;
		}
	*deviation = sqrt(squares / (double)nimbl_histogram_count(histogram));
	return true;
}

// Steps that halve with each half of what is left: 0 %, 10 %, ... 50 %, 55 %, ... 75 %, 77.5 % and so on.
static void print_lines(const struct nimbl_histogram *histogram, FILE *file, double unit)
{
	uint64_t count = nimbl_histogram_count(histogram), rank;
	struct walk walk = walk_begin(histogram);
	double left = 1, half = 1; // shares: above this line, and where the last halving was

	while ((rank = rank_of(1 - left, count)) < count) {
		walk_to(&walk, rank);
		fprintf(file, "%12.3f %2.12f %10ju %14.2f\n",
			(double)walk_value(&walk, rank, count) / unit, 1 - left,
			(uintmax_t)walk.seen, 1 / left);
		left -= half / 2 / TICKS;
		if (left <= half / 2 + half * 1e-9)
			left = half /= 2;
	}
	fprintf(file, "%12.3f %2.12f %10ju\n", (double)histogram->most / unit, 1.0,
		(uintmax_t)count);
}

int nimbl_histogram_print(const struct nimbl_histogram *histogram, FILE *file, double unit)
{
	double mean, deviation;

	if (!nimbl_histogram_mean(histogram, &mean) ||
		!nimbl_histogram_deviation(histogram, &deviation))
		return -ENODATA;
	fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	print_lines(histogram, file, unit);
	fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean / unit,
		deviation / unit);
	fprintf(file, "#[Max     = %12.3f, Total count    = %12ju]\n",
		(double)histogram->most / unit, (uintmax_t)nimbl_histogram_count(histogram));
	fprintf(file, "#[Buckets = %12u, SubBuckets     = %12u]\n",
		NIMBL_HISTOGRAM_BUCKETS >> NIMBL_HISTOGRAM_BITS, 1u << NIMBL_HISTOGRAM_BITS);
	return fflush(file) != 0 || ferror(file) ? -EIO : 0;
}
