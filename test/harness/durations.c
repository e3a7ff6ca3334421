// SPDX-License-Identifier: BSD-3-Clause
// Durations, and their quantiles.
#include "durations.h"

#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>

void durations_begin(struct durations *durations)
{
	durations->since = rte_get_timer_cycles();
}

void durations_end(struct durations *durations)
{
	double cycles = (double)(rte_get_timer_cycles() - durations->since);

	if (durations->count < RTE_DIM(durations->us))
		durations->us[durations->count++] =
			(uint32_t)(cycles * 1e6 / (double)rte_get_timer_hz());
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t durations_print(struct durations *durations, const char *what)
{
	uint32_t *us = durations->us, count = durations->count;

	if (count == 0)
		return 0;
	qsort(us, count, sizeof(us[0]), by_value);
	printf("%s, %u times: median %u us, 99 %% below %u us, at most %u us\n", what, count,
		us[count / 2], us[count * 99ul / 100], us[count - 1]);
	durations->count = 0;
	return us[count - 1];
}
