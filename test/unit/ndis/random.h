// SPDX-License-Identifier: BSD-3-Clause
// Random numbers that are the same in every run.
#pragma once

#include <stdint.h>

// xorshift64*, any seed but 0.
static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 33) % limit;
}
