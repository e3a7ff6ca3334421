// SPDX-License-Identifier: BSD-3-Clause
// Medians and spread.
#include "samples.h"

#include <stdlib.h>

void samples_add(struct samples *samples, double value)
{
	if (samples->count < SAMPLES_MAX)
		samples->values[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_quantile(struct samples *samples, double q)
{
	if (samples->count == 0)
		return 0;
	qsort(samples->values, samples->count, sizeof(samples->values[0]), by_value);
	double place = q * (double)(samples->count - 1);
	size_t below = (size_t)place;
	size_t above = below + 1 < samples->count ? below + 1 : below;
	double part = place - (double)below;
	return samples->values[below] * (1 - part) + samples->values[above] * part;
}

double samples_median(struct samples *samples)
{
	return samples_quantile(samples, 0.5);
}

double samples_spread(struct samples *samples)
{
	return samples_quantile(samples, 0.75) - samples_quantile(samples, 0.25);
}
