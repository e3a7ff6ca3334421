// SPDX-License-Identifier: BSD-3-Clause
// How often which value came: buckets that are exact for small values and a 128th wide for larger ones, so
// that any 64-bit value has a place in fixed memory and every figure is within 1/256 of the truth.
//
// One lcore records into its own; readers add up those of several. Count, mean and percentiles come from the
// same buckets and therefore agree; the least and the largest value are kept as they were.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nimbl_stat.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_HISTOGRAM_BITS    7u // buckets per power of two, as a power of two
#define NIMBL_HISTOGRAM_BUCKETS ((65u - NIMBL_HISTOGRAM_BITS) << NIMBL_HISTOGRAM_BITS)

struct nimbl_histogram {
	uint64_t least, most; // UINT64_MAX and 0 while there is no sample
	uint64_t buckets[NIMBL_HISTOGRAM_BUCKETS];
};

// The bucket of a value.
static inline unsigned int nimbl_histogram_bucket(uint64_t value)
{
	unsigned int top = 63u - (unsigned int)__builtin_clzll(value | 1u << NIMBL_HISTOGRAM_BITS);
	unsigned int shift = top - NIMBL_HISTOGRAM_BITS;

	return (shift << NIMBL_HISTOGRAM_BITS) + (unsigned int)(value >> shift);
}

// Record a value. The thread that the histogram is of; readers see the sample whole or not at all.
static inline void nimbl_histogram_record(struct nimbl_histogram *histogram, uint64_t value)
{
	uint64_t *bucket = &histogram->buckets[nimbl_histogram_bucket(value)];

	if (__builtin_expect(value < histogram->least, 0))
		__atomic_store_n(&histogram->least, value, __ATOMIC_RELAXED);
	if (__builtin_expect(value > histogram->most, 0))
		__atomic_store_n(&histogram->most, value, __ATOMIC_RELAXED);
	// Who sees the sample sees the bounds that include it.
	__atomic_store_n(bucket, *bucket + 1, __ATOMIC_RELEASE);
}

// Make it empty: before its first use too. Nobody records meanwhile.
NIMBL_API void nimbl_histogram_clear(struct nimbl_histogram *histogram);

// Add the samples of `from` to `sum`. Any thread, while `from` is recorded into; `sum` is the caller's.
NIMBL_API void nimbl_histogram_add(struct nimbl_histogram *sum, const struct nimbl_histogram *from);

// The number of samples. This and all below are asked of a histogram that nobody records into: a sum.
NIMBL_API uint64_t nimbl_histogram_count(const struct nimbl_histogram *histogram);

// The value that `percent` (0 to 100) of the samples do not exceed: 0 is the least, 100 the largest one.
// False: there is no sample, and *value is as it was. So do all of these.
NIMBL_API bool nimbl_histogram_percentile(
	const struct nimbl_histogram *histogram, double percent, uint64_t *value);

// Mean and standard deviation (of the samples themselves, not an estimate for others).
NIMBL_API bool nimbl_histogram_mean(const struct nimbl_histogram *histogram, double *mean);
NIMBL_API bool nimbl_histogram_deviation(
	const struct nimbl_histogram *histogram, double *deviation);

// Write it as HdrHistogram's plotter and those made for it read it (".hgrm"). Values are divided by `unit`:
// of cycles, cycles per microsecond make microseconds. -ENODATA: no sample, nothing written; -EIO: the file
// did not take it.
NIMBL_API int nimbl_histogram_print(
	const struct nimbl_histogram *histogram, FILE *file, double unit);

#ifdef __cplusplus
}
#endif
