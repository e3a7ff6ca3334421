// SPDX-License-Identifier: BSD-3-Clause
// Sending: what is due goes out in bursts of lists that are home, each rewritten and stamped just before.
#include <rte_cycles.h>
#include <rte_prefetch.h>

#include "nimbl_mbuf.h"
#include "tester_priv.h"

#define AHEAD 8u // lists that are fetched before they are needed

static inline uint32_t after(const struct tester_lane *lane, uint32_t slot)
{
	return slot + 1 == lane->size ? 0 : slot + 1;
}

// Lists that came home before their turn, or by another thread, and whose turn it is now.
static inline void gather(struct tester_lane *lane)
{
	while (unlikely(__atomic_load_n(&lane->home[lane->tail], __ATOMIC_ACQUIRE) != 0)) {
		lane->home[lane->tail] = 0;
		lane->tail = after(lane, lane->tail);
		lane->ready++;
	}
}

// A list holds a frame of another stream or length: write what a rewrite does not.
static __attribute__((noinline)) void shape(struct tester_lane *lane, uint32_t slot,
	const struct nimbl_tester_slice *slice, uint64_t index, uint32_t made)
{
	uint16_t before = (uint16_t)lane->made[slot], length = (uint16_t)made;

	if (lane->made[slot] >> 16 == made >> 16)
		nimbl_flow_resize(slice->flow, before, length, lane->data[slot]);
	else
		nimbl_flow_write(slice->flow, index, 0, lane->data[slot]);
	NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(lane->lists[slot])) = length;
	lane->made[slot] = made;
}

// What the miniport is going to read and write of a list; of the data what a signature wants.
static inline void fetch(const struct tester_lane *lane, uint32_t slot, bool is_signed)
{
	const NET_BUFFER_LIST *nbl = lane->lists[slot];
	const NET_BUFFER *nb = nimbl_own_nb(nbl);

	rte_prefetch0(nbl);
	rte_prefetch0(nb);
	rte_prefetch0(nimbl_own_mdl(nb));
	rte_prefetch0(nimbl_mbuf_of_nb(nb));
	if (is_signed)
		rte_prefetch0(lane->data[slot]);
}

struct batch {
	uint8_t *frames[TESTER_BURST];
	uint16_t lengths[TESTER_BURST];
	uint32_t count;
	uint64_t bytes;
};

// How many frames are due, at most `most`, and how long each is.
static inline void batch_take(
	struct batch *batch, struct nimbl_tester_slice *slice, uint64_t elapsed, uint32_t most)
{
	struct nimbl_pace *pace = &slice->pace;

	if (likely(slice->length != 0)) {
		batch->count = nimbl_pace_burst(pace, elapsed, slice->length, most);
		batch->bytes = (uint64_t)batch->count * (slice->length + NIMBL_FCS_BYTES);
		return;
	}
	batch->bytes = 0;
	for (batch->count = 0; batch->count < most && nimbl_pace_is_due(pace, elapsed);
		batch->count++) {
		uint16_t length = nimbl_flow_length(slice->flow, slice->first + pace->index);

		nimbl_pace_take(pace, length);
		batch->lengths[batch->count] = length;
		batch->bytes += length + NIMBL_FCS_BYTES;
	}
}

static inline NET_BUFFER_LIST *batch_make(struct tester_lane *lane, struct batch *batch,
	const struct nimbl_tester_slice *slice, uint32_t number)
{
	NET_BUFFER_LIST *chain = NULL, **end = &chain;
	uint64_t index = slice->first + slice->given;
	uint32_t slot = lane->head, ahead = (slot + AHEAD) % lane->size;
	bool is_signed = nimbl_flow_is_signed(slice->flow);

	for (uint32_t i = 0; i < batch->count; i++) {
		uint32_t length = slice->length != 0 ? slice->length : batch->lengths[i];
		uint32_t made = (number + 1) << 16 | length;

		fetch(lane, ahead, is_signed);
		ahead = after(lane, ahead);
		if (unlikely(lane->made[slot] != made))
			shape(lane, slot, slice, index + i, made);
		batch->frames[i] = lane->data[slot];
		*end = lane->lists[slot];
		end = &NET_BUFFER_LIST_NEXT_NBL(*end);
		slot = after(lane, slot);
	}
	*end = NULL;
	lane->head = slot;
	lane->ready -= batch->count;
	nimbl_flow_rewrite_bulk(slice->flow, index, 1, rte_rdtsc(), batch->frames, batch->count);
	return chain;
}

static inline void late_note(struct nimbl_tester_slice *slice, uint64_t elapsed)
{
	uint64_t late = nimbl_pace_late(&slice->pace, elapsed);

	if (unlikely(late > slice->late_max) && slice->pace.rate != 0)
		__atomic_store_n(&slice->late_max, late, __ATOMIC_RELAXED);
}

static inline void slice_send(struct tester_lane *lane, uint32_t number, uint64_t elapsed)
{
	struct nimbl_tester_slice *slice = &lane->shared->slices[number];
	struct batch batch;

	if (!nimbl_pace_is_due(&slice->pace, elapsed))
		return;
	if (unlikely(slice->ring != NULL)) {
		tester_replay_send(lane, number, elapsed);
		return;
	}
	late_note(slice, elapsed);
	if (unlikely(lane->ready == 0)) {
		nimbl_count(&lane->shared->starved, 1);
		return;
	}
	batch_take(&batch, slice, elapsed, RTE_MIN(lane->ready, TESTER_BURST));
	NET_BUFFER_LIST *chain = batch_make(lane, &batch, slice, number);

	nimbl_count(lane->born, batch.count);
	nimbl_count(&slice->given, batch.count);
	nimbl_count(&slice->bytes, batch.bytes);
	nimbl_send(lane->self->binding, chain, NDIS_DEFAULT_PORT_NUMBER,
		NDIS_SEND_FLAGS_DISPATCH_LEVEL);
}

static bool is_over(const struct nimbl_tester_lane *shared, uint64_t elapsed)
{
	if (__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE))
		return true;
	for (unsigned int i = 0; i < shared->slice_count; i++) {
		const struct nimbl_tester_slice *slice = &shared->slices[i];

		if (!nimbl_pace_is_done(&slice->pace, elapsed) &&
			!(slice->ring != NULL && nimbl_replay_is_over(slice->ring)))
			return false;
	}
	return true;
}

static void begin(struct tester_lane *lane)
{
	for (uint32_t i = 0; i < lane->size; i++)
		lane->made[i] = 0; // streams have other numbers now
	lane->is_begun = true;
}

static void serve(struct tester_lane *lane, uint64_t now)
{
	struct nimbl_tester_lane *shared = lane->shared;
	uint64_t elapsed = now > shared->start ? now - shared->start : 0;

	if (unlikely(!lane->is_begun))
		begin(lane);
	if (unlikely(is_over(shared, elapsed))) {
		__atomic_store_n(&shared->ended, now, __ATOMIC_RELAXED);
		__atomic_store_n(&shared->state, NIMBL_TESTER_DRAINING, __ATOMIC_RELEASE);
		return;
	}
	if (unlikely(now < shared->start))
		return;
	uint32_t number = lane->turn < shared->slice_count ? lane->turn : 0;

	lane->turn = number + 1;
	for (uint32_t i = 0; i < shared->slice_count; i++) {
		slice_send(lane, number, elapsed);
		number = number + 1 == shared->slice_count ? 0 : number + 1;
	}
}

void tester_poll(void *context, NDIS_POLL_DATA *data)
{
	struct tester_lane *lane = context;
	struct nimbl_tester_lane *shared = lane->shared;
	enum nimbl_tester_state state = __atomic_load_n(&shared->state, __ATOMIC_ACQUIRE);

	if (state == NIMBL_TESTER_IDLE &&
		likely(__atomic_load_n(&lane->self->is_running, __ATOMIC_ACQUIRE)))
		return;
	gather(lane);
	if (unlikely(!__atomic_load_n(&lane->self->is_running, __ATOMIC_ACQUIRE))) {
		tester_drained(lane);
		return;
	}
	// Something will be due soon, so the lcore must not rest.
	data->Transmit.NumberOfRemainingNbls = 1;
	if (state == NIMBL_TESTER_SENDING) {
		serve(lane, rte_rdtsc());
	} else if (lane->ready == lane->size) {
		lane->is_begun = false;
		__atomic_store_n(&shared->state, NIMBL_TESTER_IDLE, __ATOMIC_RELEASE);
	}
}

static inline void refusal_count(
	const NET_BUFFER_LIST *nbl, const struct tester_lane *lane, uint32_t slot)
{
	if (unlikely(NET_BUFFER_LIST_STATUS(nbl) != NDIS_STATUS_SUCCESS))
		nimbl_count_shared(&lane->shared->slices[(lane->made[slot] >> 16) - 1].refused, 1);
}

// A list that is not the next to come home here: its lane finds the mark.
static __attribute__((noinline)) void mark_home(NET_BUFFER_LIST *nbl)
{
	struct tester_lane *lane = NET_BUFFER_LIST_PROTOCOL_RESERVED(nbl)[0];
	uint32_t slot = (uint32_t)(uintptr_t)NET_BUFFER_LIST_PROTOCOL_RESERVED(nbl)[1];

	refusal_count(nbl, lane, slot);
	__atomic_store_n(&lane->home[slot], 1, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) void mark_chain(NET_BUFFER_LIST *chain)
{
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		mark_home(nbl);
	}
}

// Any thread, in any order; most often the lane's own and that in which they were sent.
VOID tester_send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct tester *self = context;
	struct tester_lane *lane = self->lane_of[nimbl_lcore_here()];

	if (unlikely(lane == NULL)) {
		mark_chain(chain);
		return;
	}
	uint32_t tail = lane->tail, count = 0;

	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		if (unlikely(lane->lists[tail] != nbl)) {
			mark_home(nbl);
			continue;
		}
		refusal_count(nbl, lane, tail);
		tail = after(lane, tail);
		count++;
	}
	lane->tail = tail;
	lane->ready += count;
}
