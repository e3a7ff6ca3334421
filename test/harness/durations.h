// SPDX-License-Identifier: BSD-3-Clause
// How long something took, many times over: for figures beside a test, which are not judged but for a
// limit that only a fault reaches.
#pragma once

#include <stdint.h>

struct durations {
	uint32_t us[1u << 16];
	uint32_t count; // further ones are not kept
	uint64_t since;
};

void durations_begin(struct durations *durations);
void durations_end(struct durations *durations);

// Print median, 99th percentile and maximum of what was kept, in microseconds, and forget it. Returns the
// maximum.
uint32_t durations_print(struct durations *durations, const char *what);
