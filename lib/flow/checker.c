// SPDX-License-Identifier: BSD-3-Clause
// Checking frames: the data path of the checker.
#include "checker_priv.h"
#include "nimbl_signature.h"

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_prefetch.h>

#define AHEAD      8u // frames whose bytes are fetched while one is checked
#define CLOCK_BITS 48

// What became of the sequences of a word when the window took it.
struct outcome {
	uint32_t twice; // bits that were there
	bool is_stale;  // its block is forgotten
};

static uint64_t merged(uint64_t word, uint64_t old, struct outcome *outcome)
{
	int32_t age = checker_age(word, old);

	outcome->is_stale = age < 0;
	outcome->twice = age == 0 ? (uint32_t)(word & old) : 0;
	return age == 0 ? word | old : word;
}

static struct outcome window_take(struct checker_stream *stream, uint64_t word)
{
	uint64_t *place = checker_place(stream, word);
	uint64_t old = __atomic_load_n(place, __ATOMIC_RELAXED), now;
	struct outcome outcome;

	do {
		now = merged(word, old, &outcome);
		if (outcome.is_stale)
			return outcome;
		if (!stream->is_shared) {
			__atomic_store_n(place, now, __ATOMIC_RELAXED);
			return outcome;
		}
	} while (!__atomic_compare_exchange_n(
		place, &old, now, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return outcome;
}

// What came in order goes to the window. Only other lcores can have had it before.
static void pending_flush(struct checker_stream *stream, uint64_t pending)
{
	uint64_t word = stream->pending;
	unsigned int count = (unsigned int)__builtin_popcount((uint32_t)word);

	if (count > 0) {
		struct outcome outcome = window_take(stream, word);

		if (unlikely(outcome.is_stale))
			nimbl_count(&stream->rare.stale, count);
		else if (unlikely(outcome.twice != 0))
			nimbl_count(&stream->rare.duplicates,
				(uint64_t)__builtin_popcount(outcome.twice));
	}
	__atomic_store_n(&stream->pending, pending, __ATOMIC_RELEASE);
}

// Frames so far that were news when they came, without the one that is being checked.
static uint64_t news_before(const struct checker_stream *stream)
{
	return stream->frames - 1 - stream->rejected;
}

static void jump_note(struct checker_stream *stream, uint64_t sequence)
{
	stream->jumps[stream->jump_count++ % NIMBL_CHECKER_JUMPS] =
		(struct checker_jump){.sequence = sequence, .index = news_before(stream)};
}

// RFC 4737, 4.2: the earliest frame that overtook this one came with the gap that this one is from.
static void reordered(struct checker_stream *stream, uint64_t sequence)
{
	struct nimbl_checker_figures *rare = &stream->rare;
	uint64_t known = RTE_MIN(stream->jump_count, (uint64_t)NIMBL_CHECKER_JUMPS);
	uint64_t index = news_before(stream), since = index, back = 0;

	for (; back < known; back++) {
		const struct checker_jump *jump =
			&stream->jumps[(stream->jump_count - 1 - back) % NIMBL_CHECKER_JUMPS];

		if (jump->sequence <= sequence)
			break;
		since = jump->index;
	}
	if (back == known && stream->jump_count > known)
		nimbl_count(&rare->extent_open, 1);
	nimbl_count(&rare->reordered, 1);
	nimbl_count(&rare->extent_sum, index - since);
	if (index - since > rare->extent_max)
		__atomic_store_n(&rare->extent_max, index - since, __ATOMIC_RELAXED);
}

// What a frame counts as whose sequence is not above all others; NULL: it is reordered.
static uint64_t *old_news(struct checker_stream *stream, uint64_t sequence)
{
	uint64_t behind = (stream->next - 1) / NIMBL_CHECKER_BLOCK - sequence / NIMBL_CHECKER_BLOCK;
	struct outcome outcome;

	if (sequence < stream->first)
		return &stream->rare.strays;
	if (behind > stream->block_mask)
		return &stream->rare.stale;
	pending_flush(stream, 0);
	outcome = window_take(stream, checker_word(sequence));
	if (outcome.is_stale)
		return &stream->rare.stale;
	return outcome.twice != 0 ? &stream->rare.duplicates : NULL;
}

static void out_of_order(struct checker_stream *stream, uint64_t sequence)
{
	uint64_t *figure = old_news(stream, sequence);

	if (figure == NULL) {
		reordered(stream, sequence);
		return;
	}
	stream->rejected++;
	nimbl_count(figure, 1);
}

static inline void in_order(struct checker_stream *stream, uint64_t sequence)
{
	uint64_t word = checker_word(sequence);

	if (unlikely(sequence != stream->next))
		jump_note(stream, sequence);
	if (likely(checker_age(word, stream->pending) == 0))
		__atomic_store_n(&stream->pending, stream->pending | word, __ATOMIC_RELAXED);
	else
		pending_flush(stream, word);
	__atomic_store_n(&stream->next, sequence + 1, __ATOMIC_RELAXED);
}

static inline void delay_note(struct checker_stream *stream, uint64_t sent, uint64_t now)
{
	uint64_t delay = (now - sent) & ((1ull << CLOCK_BITS) - 1);

	if (unlikely(delay >> (CLOCK_BITS - 1) != 0))
		nimbl_count(&stream->rare.early, 1);
	else
		nimbl_histogram_record(stream->delays, delay);
}

static inline void stream_take(struct checker_stream *stream,
	const struct nimbl_signature *signature, uint32_t length, uint64_t now)
{
	// The sequence nearest to the expected one that ends in these 32 bits.
	uint64_t sequence = stream->next + (uint64_t)(int64_t)(int32_t)(signature->sequence -
									(uint32_t)stream->next);

	nimbl_count(&stream->frames, 1);
	nimbl_count(&stream->bytes, length);
	if (likely(sequence >= stream->next))
		in_order(stream, sequence);
	else
		out_of_order(stream, sequence);
	delay_note(stream, signature->tsc48, now);
}

static inline void frame_fetch(const struct nimbl_checker_frame *frame)
{
	rte_prefetch0(frame->bytes);
	if (frame->length > CHECKER_LINE)
		rte_prefetch0(frame->bytes + frame->length - 1);
}

static inline void frame_take(
	struct nimbl_checker *checker, const struct nimbl_checker_frame *frame, uint64_t now)
{
	struct nimbl_signature signature;

	switch (nimbl_signature_read(frame->bytes, frame->length, &signature)) {
	case NIMBL_SIGNATURE_GOOD:
		if (likely(checker->slots[signature.stream] != 0))
			stream_take(&checker->streams[checker->slots[signature.stream] - 1],
				&signature, frame->length, now);
		else
			nimbl_count(&checker->misrouted, 1);
		break;
	case NIMBL_SIGNATURE_CORRUPT:
		nimbl_count(&checker->corrupt, 1);
		break;
	case NIMBL_SIGNATURE_NONE:
		nimbl_count(&checker->foreign, 1);
		break;
	}
}

void nimbl_checker_burst(struct nimbl_checker *checker, const struct nimbl_checker_frame *frames,
	unsigned int count, uint64_t now)
{
	for (unsigned int i = 0; i < count && i < AHEAD; i++)
		frame_fetch(&frames[i]);
	for (unsigned int i = 0; i < count; i++) {
		if (i + AHEAD < count)
			frame_fetch(&frames[i + AHEAD]);
		frame_take(checker, &frames[i], now);
	}
}
