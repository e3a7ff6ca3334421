// SPDX-License-Identifier: BSD-3-Clause
// How fast the TSC runs: DPDK tells it in steps of 10 MHz, which is too coarse for a rate that has to be right
// within a thousandth. Measured once against the kernel's clock that nobody disciplines.
#include <rte_cycles.h>
#include <time.h>

#include "tester_priv.h"

#define TRIES   20
#define LONG_NS 100000000u // of measuring, at least

struct moment {
	uint64_t tsc, ns;
};

static struct moment first;
static uint64_t hz;

static uint64_t raw_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Both clocks at one moment: the try that was interrupted least.
static struct moment moment_now(void)
{
	struct moment best = {.tsc = 0};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = rte_rdtsc(), ns = raw_ns(), after = rte_rdtsc();

		if (after - before < least) {
			least = after - before;
			best = (struct moment){before + least / 2, ns};
		}
	}
	return best;
}

void tester_clock_begin(void)
{
	if (first.tsc == 0)
		first = moment_now();
}

uint64_t tester_clock_hz(void)
{
	struct moment now;

	if (hz != 0)
		return hz;
	tester_clock_begin();
	now = moment_now();
	if (now.ns - first.ns < LONG_NS) {
		struct timespec rest = {.tv_nsec = (long)(LONG_NS - (now.ns - first.ns))};

		nanosleep(&rest, NULL);
		now = moment_now();
	}
	hz = (uint64_t)((unsigned __int128)(now.tsc - first.tsc) * 1000000000u /
			(now.ns - first.ns));
	return hz;
}
