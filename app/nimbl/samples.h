// SPDX-License-Identifier: BSD-3-Clause
// Statistics of repeated measurements. Plain data in, figures out.
#pragma once

#include <stddef.h>

#define SAMPLES_MAX 1024

struct samples {
	double values[SAMPLES_MAX];
	size_t count;
};

// Add one; further ones than SAMPLES_MAX are not kept.
void samples_add(struct samples *samples, double value);

// The value below which the part `q` (0..1) of the samples lies, between neighbours by proportion.
// 0 when there are none. Sorts the samples.
double samples_quantile(struct samples *samples, double q);

// Quantile 0.5, and the distance of 0.25 and 0.75: half of the samples lie within.
double samples_median(struct samples *samples);
double samples_spread(struct samples *samples);
