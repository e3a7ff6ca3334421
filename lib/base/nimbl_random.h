// SPDX-License-Identifier: BSD-3-Clause
// Random numbers that can be told beforehand: the n-th of a seed, whoever asks and in whatever order.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// The number `n` of a seed: splitmix64.
static inline uint64_t nimbl_draw(uint64_t seed, uint64_t n)
{
	uint64_t x = seed + n * 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

// Whether a number hits a share in millionths: its upper half counts.
static inline bool nimbl_draw_hits(uint64_t draw, uint32_t share)
{
	return (draw >> 32) * 1000000 >> 32 < share;
}
