// SPDX-License-Identifier: BSD-3-Clause
// How a checker keeps what came. Sequences are unwrapped to 64 bits; they are remembered in blocks of 32.
//
// A block of the window is one word: the lower half has a bit for each sequence, the upper half is the number of
// the block, modulo 2^32. So a block takes the place of an older one by being written, nothing is ever
// cleared, and one compare and swap is all that lcores need that share it.
//
// Per frame, in cache lines: the first of the stream, one of its histogram, and the frame's own.
#pragma once

#include <limits.h>
#include <stddef.h>

#include "nimbl_checker.h"

#define CHECKER_LINE 64
#define CHECKER_ORIGIN \
	(1ull << 32) // unwrapped, the first sequence is at least this: there is a before

// A frame that came with a gap before it.
struct checker_jump {
	uint64_t sequence;
	uint64_t index; // how many frames this lcore had before that were news to it
};

// What one lcore knows of a stream. The first line is all that a frame in its order needs.
struct checker_stream {
	uint64_t next;       // sequence behind the highest that came
	uint64_t pending;    // a block's word, not in the window yet: sequences that came in order
	uint64_t *window;    //
	uint32_t block_mask; // blocks of the window less one
	bool is_shared;      // the window, with other lcores
	uint64_t frames, bytes;
	struct nimbl_histogram *delays;
	uint64_t first __attribute__((aligned(CHECKER_LINE)));
	struct nimbl_checker_figures rare; // all but frames, bytes, span
	uint64_t rejected;                 // frames that were no news when they came
	uint64_t jump_count;               // ever
	struct checker_jump jumps[NIMBL_CHECKER_JUMPS];
} __attribute__((aligned(CHECKER_LINE)));

_Static_assert(
	offsetof(struct checker_stream, first) == CHECKER_LINE, "a frame in order: one line");

struct nimbl_checker {
	const uint16_t *slots; // per id: 1 + index of the stream, 0: not expected
	struct checker_stream *streams;
	uint64_t misrouted, corrupt, foreign;
} __attribute__((aligned(CHECKER_LINE)));

struct nimbl_checkers {
	size_t size; // of the memory that begins here
	unsigned int stream_count, lcores;
	uint16_t *slots;
	struct nimbl_checker *checkers;
	uint32_t window; // sequences
};

// The word of a sequence alone.
static inline uint64_t checker_word(uint64_t sequence)
{
	return sequence / NIMBL_CHECKER_BLOCK << 32 | 1ull << sequence % NIMBL_CHECKER_BLOCK;
}

static inline uint64_t *checker_place(const struct checker_stream *stream, uint64_t word)
{
	return &stream->window[(word >> 32) & stream->block_mask];
}

// How much later the block of one word is than that of another.
static inline int32_t checker_age(uint64_t word, uint64_t than)
{
	return (int32_t)((word >> 32) - (than >> 32));
}
