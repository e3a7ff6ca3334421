// SPDX-License-Identifier: BSD-3-Clause
// Frames that pass: whether they match, and their copies. Nothing of them is changed.
#include <netinet/in.h>
#include <rte_cycles.h>
#include <string.h>

#include "capture_priv.h"
#include "nimbl_mbuf.h"

#define FRAME_MAX 65536u // what is looked at of a frame that does not lie in one piece
#define TAG_AT    12u
#define TAG_BYTES 4u

// What a call has seen.
struct catching {
	struct capture *self;
	uint64_t cycles, caught, missed;
	bool is_tx;
};

static void record(struct catching *in, const void *data, uint32_t there, uint32_t length)
{
	const struct capture *self = in->self;
	struct capture_record record = {
		.length = length,
		.caught = RTE_MIN(there, self->snap),
		.is_tx = in->is_tx,
		.cycles = in->cycles,
	};

	if (self->matches != NULL && !capture_expression_matches(self->matches, data, there))
		return;
	in->caught++;
	in->missed += !capture_ring_put(&in->self->ring, &record, data);
}

// The tag that lies beside the frame, as it is on the wire.
static uint32_t put_tag(uint8_t *frame, uint32_t there, const void *slot)
{
	NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = (void *)(uintptr_t)slot};
	uint16_t tag[2] = {htons(0x8100),
		htons((uint16_t)(info.TagHeader.UserPriority << 13 |
				 info.TagHeader.CanonicalFormatId << 12 | info.TagHeader.VlanId))};

	if (there < TAG_AT)
		return there;
	memmove(frame + TAG_AT + TAG_BYTES, frame + TAG_AT, there - TAG_AT);
	memcpy(frame + TAG_AT, tag, sizeof(tag));
	return there + TAG_BYTES;
}

static __attribute__((noinline)) void catch_unusual(
	struct catching *in, const NET_BUFFER *nb, const void *tag)
{
	uint8_t frame[FRAME_MAX + TAG_BYTES];
	uint32_t length = NET_BUFFER_DATA_LENGTH(nb);
	uint32_t there = nimbl_nb_read(nb, 0, frame, FRAME_MAX);

	if (tag != NULL) {
		there = put_tag(frame, there, tag);
		length += TAG_BYTES;
	}
	record(in, frame, there, length);
}

static void catch_one(struct catching *in, const NET_BUFFER *nb, const void *tag)
{
	uint32_t length = NET_BUFFER_DATA_LENGTH(nb);
	const void *data = NULL;

	if (likely(tag == NULL))
		data = NdisGetDataBuffer((NET_BUFFER *)(uintptr_t)nb, length, NULL, 1, 0);
	if (likely(data != NULL))
		record(in, data, length, length);
	else
		catch_unusual(in, nb, tag);
}

void capture_catch(struct capture *self, const NET_BUFFER_LIST *chain, enum capture_direction of)
{
	struct catching in = {
		.self = self, .cycles = rte_get_timer_cycles(), .is_tx = of == CAPTURE_OF_TX};

	if (__atomic_load_n(&self->is_off, __ATOMIC_RELAXED))
		return;
	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		const void *tag = nimbl_nbl_slot(chain, Ieee8021QNetBufferListInfo);

		for (const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain); nb != NULL;
			nb = NET_BUFFER_NEXT_NB(nb))
			catch_one(&in, nb, tag);
	}
	if (in.caught > 0)
		nimbl_tally_add(&self->base.tally, in.is_tx ? CAPTURE_TX : CAPTURE_RX, in.caught);
	if (in.missed > 0)
		nimbl_tally_add(&self->base.tally, CAPTURE_MISSED, in.missed);
}
