// SPDX-License-Identifier: BSD-3-Clause
// Frames of a stream. What a rewrite touches of a frame that was sent before:
//
//  - for each field that varies the 8 bytes around it, read and written once; its value comes from the index alone
//  - of a signed frame its last 18 bytes, which are not read: the check goes on from the remainder of the payload
//    that all frames of a length share
//  - the IPv4 and L4 checksums, where something of the above is under them. Nothing is summed but what was just
//    written: the rest of a frame, RFC 1624's part that stays, was summed when the stream was compiled
//
// An unsigned frame without such fields is not touched at all. The loops go field by field over a batch of
// frames, so that what a field is gets looked at once for all of them.
#include <string.h>

#include "flow_priv.h"
#include "nimbl_random.h"
#include "nimbl_signature.h"

#define BATCH       32u
#define unlikely(x) __builtin_expect(!!(x), 0)

// Sums over what patches wrote.
struct sums {
	uint64_t ip[BATCH], l4[BATCH];
};

// The frames that one call of a batch is about.
struct batch {
	uint64_t first, stride;
	uint8_t *const *frames;
	unsigned int count;
};

static inline uint64_t below(uint64_t random, uint64_t count)
{
	return count == 0 ? random : (uint64_t)((wide)random * count >> 64);
}

static inline uint64_t modulo(uint64_t n, uint64_t count)
{
	if ((n | count) >> 32 == 0)
		return (uint32_t)n % (uint32_t)count;
	return n % count;
}

static inline void patch_put(const struct patch *patch, uint64_t value, const struct batch *batch,
	unsigned int i, struct sums *sums)
{
	uint8_t *at = batch->frames[i] + patch->at;
	uint64_t word, sum;

	value = __builtin_bswap64(value << patch->shift) & patch->mask;
	memcpy(&word, at, 8);
	word = (word & ~patch->mask) | value;
	memcpy(at, &word, 8);
	sum = sum_add(0, value);
	sums->ip[i] += patch->in_ip ? sum : 0;
	sums->l4[i] += patch->in_l4 ? sum : 0;
}

static void patch_batch(const struct patch *patch, const struct batch *batch, struct sums *sums)
{
	uint64_t n = batch->first, at, go;

	switch (patch->kind) {
	case PATTERN_RANGE:
		for (unsigned int i = 0; i < batch->count; i++, n += batch->stride)
			patch_put(patch,
				patch->start + below(nimbl_draw(patch->seed, n), patch->count),
				batch, i, sums);
		return;
	case PATTERN_MASK:
		for (unsigned int i = 0; i < batch->count; i++, n += batch->stride)
			patch_put(patch,
				patch->start | (nimbl_draw(patch->seed, n) & patch->random), batch,
				i, sums);
		return;
	default:
		break;
	}
	at = modulo(n, patch->count);
	go = modulo(batch->stride, patch->count);
	for (unsigned int i = 0; i < batch->count; i++) {
		patch_put(patch,
			patch->kind == PATTERN_LIST ? patch->list[at]
						    : patch->start + patch->step * at,
			batch, i, sums);
		at += go;
		at -= at >= patch->count ? patch->count : 0;
	}
}

uint16_t nimbl_flow_length(const struct nimbl_flow *flow, uint64_t index)
{
	const struct sizes *sizes = &flow->sizes;

	switch (sizes->kind) {
	case SIZES_CYCLE:
		return sizes->cycle[modulo(index, sizes->count)];
	case SIZES_RANDOM:
		return (uint16_t)(sizes->min + below(nimbl_draw(sizes->seed, index), sizes->count));
	default:
		return sizes->min;
	}
}

static inline uint16_t network(uint32_t value)
{
	return __builtin_bswap16((uint16_t)value);
}

static inline void sum_put(uint8_t *at, uint64_t sum, uint16_t zero, uint16_t xor)
{
	uint16_t value = (uint16_t)~sum_fold(sum);

	value = value == 0 ? zero : value;
	if (unlikely(xor != 0)) {
		value ^= xor;
		value = value == 0 ? 0x1111 : value; // 0 might be none, and this is wrong too
	}
	memcpy(at, &value, 2);
}

// What ends all frames of one length: where things are, and what is fixed of the sums. By value, so that nothing
// that is written to a frame might change it.
struct ending {
	uint32_t signature_at, ip_sum_at, l4_sum_at; // 0: not touched
	uint32_t crc;
	uint64_t ip, l4;
	uint16_t ip_xor, l4_xor, l4_zero;
	bool is_odd;
};

static inline struct ending ending_of(const struct nimbl_flow *flow, uint32_t length)
{
	const uint32_t less = flow->payload_at + (flow->is_signed ? NIMBL_SIGNATURE_BYTES : 0);
	const struct tail *tail = &flow->tails[length - less - flow->tail_first];

	return (struct ending){
		.signature_at = flow->is_signed ? length - NIMBL_SIGNATURE_BYTES : 0,
		.ip_sum_at = flow->ip_moves ? flow->ip_sum_at : 0,
		.l4_sum_at = flow->l4_moves ? flow->l4_sum_at : 0,
		.crc = tail->crc,
		.ip = flow->ip_base + network(length - flow->ip_less),
		.l4 = flow->l4_base + tail->sum +
		      (uint64_t)flow->l4_lengths * network(length - flow->l4_at),
		.ip_xor = flow->ip_xor,
		.l4_xor = flow->l4_xor,
		.l4_zero = flow->l4_zero,
		.is_odd = length & 1,
	};
}

static inline void frame_finish(const struct ending *ending, uint16_t id, uint64_t index,
	uint64_t tsc, uint64_t ip, uint64_t l4, uint8_t *frame)
{
	if (ending->signature_at != 0) {
		struct nimbl_signature_words words = nimbl_signature_write(
			frame + ending->signature_at, ending->crc, id, (uint32_t)index, tsc);
		uint64_t sum = sum_add(sum_add(words.check, words.head), words.time);

		// At an odd place the bytes of its words change sides.
		l4 += unlikely(ending->is_odd) ? network(sum_fold(sum)) : sum;
	}
	if (ending->ip_sum_at != 0)
		sum_put(frame + ending->ip_sum_at, ip + ending->ip, 0, ending->ip_xor);
	if (ending->l4_sum_at != 0)
		sum_put(frame + ending->l4_sum_at, l4 + ending->l4, ending->l4_zero,
			ending->l4_xor);
}

static void batch_finish(const struct nimbl_flow *flow, const struct batch *batch, uint64_t tsc,
	const struct sums *sums)
{
	const bool varies = nimbl_flow_varies(flow);
	struct ending ending = ending_of(flow, flow->sizes.max);
	const uint16_t id = flow->id;
	uint64_t index = batch->first;

	for (unsigned int i = 0; i < batch->count; i++, index += batch->stride) {
		if (varies)
			ending = ending_of(flow, nimbl_flow_length(flow, index));
		frame_finish(&ending, id, index, tsc, sums->ip[i], sums->l4[i], batch->frames[i]);
	}
}

void nimbl_flow_rewrite_bulk(const struct nimbl_flow *flow, uint64_t first, uint64_t stride,
	uint64_t tsc, uint8_t *const *frames, unsigned int count)
{
	if (flow->is_static)
		return;
	for (unsigned int done = 0; done < count; done += BATCH, first += BATCH * stride) {
		struct batch batch = {
			first, stride, frames + done, count - done < BATCH ? count - done : BATCH};
		struct sums sums;

		memset(sums.ip, 0, batch.count * sizeof(sums.ip[0]));
		memset(sums.l4, 0, batch.count * sizeof(sums.l4[0]));
		for (uint16_t i = 0; i < flow->patch_count; i++)
			patch_batch(&flow->patches[i], &batch, &sums);
		batch_finish(flow, &batch, tsc, &sums);
	}
}

void nimbl_flow_rewrite(const struct nimbl_flow *flow, uint64_t index, uint64_t tsc, uint8_t *frame)
{
	nimbl_flow_rewrite_bulk(flow, index, 1, tsc, &frame, 1);
}

static void u16_put(uint8_t *at, uint32_t value)
{
	uint16_t word = network(value);

	memcpy(at, &word, 2);
}

static void lengths_put(const struct nimbl_flow *flow, uint32_t length, uint8_t *frame)
{
	if (flow->ip_length_at != 0)
		u16_put(frame + flow->ip_length_at, length - flow->ip_less);
	if (flow->udp_length_at != 0)
		u16_put(frame + flow->udp_length_at, length - flow->l4_at);
}

// The sums that do not move are made here.
void flow_frame_finish(struct nimbl_flow *flow)
{
	const bool ip_moves = flow->ip_moves, l4_moves = flow->l4_moves;

	flow->ip_moves = flow->ip_sum_at != 0;
	flow->l4_moves = flow->l4_sum_at != 0;
	lengths_put(flow, flow->sizes.max, flow->frame);
	nimbl_flow_rewrite(flow, 0, 0, flow->frame);
	flow->ip_moves = ip_moves;
	flow->l4_moves = l4_moves;
}

void nimbl_flow_write(const struct nimbl_flow *flow, uint64_t index, uint64_t tsc, uint8_t *frame)
{
	const uint16_t length = nimbl_flow_length(flow, index);

	memcpy(frame, flow->frame, length);
	lengths_put(flow, length, frame);
	nimbl_flow_rewrite(flow, index, tsc, frame);
}

void nimbl_flow_resize(const struct nimbl_flow *flow, uint16_t from, uint16_t to, uint8_t *frame)
{
	// A longer frame has payload where the signature was; a shorter one leaves it behind.
	const uint16_t kept = flow->is_signed ? (uint16_t)(from - NIMBL_SIGNATURE_BYTES) : from;

	if (from == to)
		return;
	if (to > kept)
		memcpy(frame + kept, flow->frame + kept, to - kept);
	lengths_put(flow, to, frame);
}
