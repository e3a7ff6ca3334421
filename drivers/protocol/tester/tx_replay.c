// SPDX-License-Identifier: BSD-3-Clause
// Sending frames of a capture: what the reader put into the ring is copied to lists that are home.
#include <string.h>

#include "nimbl_nbl.h"
#include "tester_priv.h"

// The next frame, when it is due. `late` grows to the cycles by which it is late.
static inline const struct nimbl_replay_frame *next(
	struct nimbl_tester_slice *slice, uint64_t elapsed, uint64_t *late)
{
	const struct nimbl_replay_frame *frame = nimbl_replay_peek(slice->ring);
	uint64_t at;

	if (frame == NULL || !nimbl_pace_is_due(&slice->pace, elapsed))
		return NULL;
	at = frame->at + slice->pace.due; // one of the two goes on
	if (at > elapsed)
		return NULL;
	*late = RTE_MAX(*late, elapsed - at);
	return frame;
}

static inline NET_BUFFER_LIST *fill(
	struct tester_lane *lane, uint32_t number, const struct nimbl_replay_frame *frame)
{
	const uint32_t slot = lane->head;
	NET_BUFFER_LIST *nbl = lane->lists[slot];

	memcpy(lane->data[slot], nimbl_replay_bytes(frame), frame->length);
	NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(nbl)) = frame->length;
	lane->made[slot] = (number + 1) << 16 | frame->length;
	lane->head = slot + 1 == lane->size ? 0 : slot + 1;
	lane->ready--;
	return nbl;
}

void tester_replay_send(struct tester_lane *lane, uint32_t number, uint64_t elapsed)
{
	struct nimbl_tester_slice *slice = &lane->shared->slices[number];
	NET_BUFFER_LIST *chain = NULL, **end = &chain;
	const struct nimbl_replay_frame *frame;
	uint64_t late = slice->late_max, bytes = 0;
	uint32_t count = 0;

	while (count < TESTER_BURST && (frame = next(slice, elapsed, &late)) != NULL) {
		if (unlikely(lane->ready == 0)) {
			nimbl_count(&lane->shared->starved, 1);
			break;
		}
		*end = fill(lane, number, frame);
		end = &NET_BUFFER_LIST_NEXT_NBL(*end);
		bytes += frame->length + NIMBL_FCS_BYTES;
		count++;
		nimbl_pace_take(&slice->pace, frame->length);
		nimbl_replay_take(slice->ring, frame);
	}
	*end = NULL;
	if (unlikely(late > slice->late_max))
		__atomic_store_n(&slice->late_max, late, __ATOMIC_RELAXED);
	if (count == 0)
		return;
	nimbl_count(lane->born, count);
	nimbl_count(&slice->given, count);
	nimbl_count(&slice->bytes, bytes);
	nimbl_send(lane->self->binding, chain, NDIS_DEFAULT_PORT_NUMBER,
		NDIS_SEND_FLAGS_DISPATCH_LEVEL);
}
