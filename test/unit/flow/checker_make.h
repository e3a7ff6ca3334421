// SPDX-License-Identifier: BSD-3-Clause
// Frames that come, for tests of the checker: some are lost, come twice, late, broken, or are of somebody else.
#pragma once

#include "nimbl_checker.h"
#include "nimbl_random.h"
#include "nimbl_signature.h"

#define ID(i) ((uint16_t)(7 + 1000 * (i))) // of a stream

enum {
	STREAMS = 3,
	LCORES = 3,
	SENT = 900,     // frames of each stream
	SHARED = 20000, // of one stream on several threads
	ROUNDS = 40,
	FRAME = 14 + 28 + 18, // bytes
	BURST_MAX = 37,
	ARRIVALS_MAX = STREAMS * SENT * 3,
};

enum fate { WHOLE, BROKEN, FOREIGN, STRANGER };

struct arrival {
	uint64_t when;
	uint32_t index; // in the stream
	uint16_t stream;
	enum fate fate;
};

// What came of a stream.
struct model {
	uint32_t top;         // above all indexes that came
	uint64_t unique;      // how many indexes came
	uint32_t order[SENT]; // these, in the order in which they came first
	uint8_t came[SENT];
};

// What a thread checks.
struct part {
	struct nimbl_checkers *set;
	pthread_barrier_t *begin;
	unsigned int number;
};

static struct arrival arrivals[ARRIVALS_MAX];
static struct model models[STREAMS];
static uint8_t bytes_of[BURST_MAX][FRAME];
static struct nimbl_checker_frame frames[BURST_MAX];

static inline struct nimbl_checkers *set_open(
	unsigned int streams, unsigned int lcores, uint32_t window, uint32_t first)
{
	const uint16_t ids[STREAMS] = {ID(0), ID(1), ID(2)};
	struct nimbl_checkers_options options = {.streams = ids,
		.stream_count = streams,
		.lcores = lcores,
		.window = window,
		.first = first};
	struct nimbl_checkers *set = NULL;

	assert_int_equal(nimbl_checkers_open(&set, &options), 0);
	return set;
}

static inline void models_clear(void)
{
	memset(models, 0, sizeof(models));
}

static int earlier(const void *left, const void *right)
{
	const struct arrival *a = left, *b = right;

	return (a->when > b->when) - (a->when < b->when);
}

static inline enum fate fate_of(uint64_t draw)
{
	if (nimbl_draw_hits(draw, 10000))
		return BROKEN;
	if (nimbl_draw_hits(draw, 15000))
		return FOREIGN;
	return nimbl_draw_hits(draw, 20000) ? STRANGER : WHOLE;
}

// Each frame of each stream is lost, or comes once or more, on time or up to three windows late.
static inline unsigned int arrivals_make(uint64_t seed, uint32_t window)
{
	uint32_t loss = (uint32_t)(nimbl_draw(seed, 10) % 200000);
	uint32_t twice = (uint32_t)(nimbl_draw(seed, 11) % 100000);
	uint32_t late = (uint32_t)(nimbl_draw(seed, 12) % 300000);
	uint64_t far = 1 + nimbl_draw(seed, 13) % (3 * window), draw = 100;
	unsigned int count = 0;

	for (uint32_t i = 0; i < STREAMS * SENT; i++) {
		if (nimbl_draw_hits(nimbl_draw(seed, draw++), loss))
			continue;
		for (int copy = 0; copy < 3; copy++) {
			struct arrival *arrival = &arrivals[count++];

			*arrival = (struct arrival){.when = (uint64_t)i << 8 | copy,
				.stream = (uint16_t)(i % STREAMS),
				.index = i / STREAMS,
				.fate = fate_of(nimbl_draw(seed, draw++))};
			if (nimbl_draw_hits(nimbl_draw(seed, draw++), late))
				arrival->when += nimbl_draw(seed, draw++) % (far * STREAMS) << 8;
			if (!nimbl_draw_hits(nimbl_draw(seed, draw++), twice))
				break;
		}
	}
	// Those of one instant in the order of their making, whatever sorts.
	for (unsigned int i = 0; i < count; i++)
		arrivals[i].when = arrivals[i].when << 16 | i;
	qsort(arrivals, count, sizeof(arrivals[0]), earlier);
	return count;
}

static inline void bytes_sign(uint8_t *bytes, uint16_t stream, uint32_t sequence, uint64_t tsc)
{
	memset(bytes, 0x5a, FRAME);
	nimbl_signature_write(bytes + FRAME - NIMBL_SIGNATURE_BYTES,
		nimbl_crc32c(UINT32_MAX, bytes + 14, FRAME - 14 - NIMBL_SIGNATURE_BYTES), stream,
		sequence, tsc);
}

static inline void frame_sign(unsigned int i, uint16_t stream, uint32_t sequence, uint64_t tsc)
{
	bytes_sign(bytes_of[i], stream, sequence, tsc);
	frames[i] = (struct nimbl_checker_frame){.bytes = bytes_of[i], .length = FRAME};
}

// The frame of an arrival at place `i` of the burst. A broken one differs in one bit of what is signed.
static inline void frame_make(
	unsigned int i, const struct arrival *arrival, uint32_t first, uint64_t seed)
{
	uint32_t bit = (uint32_t)(nimbl_draw(seed, 20) % ((FRAME - 14) * 8));

	frame_sign(i, ID(arrival->stream), first + arrival->index, 1000);
	if (arrival->fate == BROKEN)
		bytes_of[i][14 + bit / 8] ^= (uint8_t)(1u << bit % 8);
	else if (arrival->fate == STRANGER)
		frame_sign(i, ID(arrival->stream) + 1, first + arrival->index, 1000);
	else if (arrival->fate == FOREIGN)
		memset(bytes_of[i], (int)(seed & 0xff), FRAME);
}
