// SPDX-License-Identifier: BSD-3-Clause
// Copies of what passes, on their way out through the other port. The original waits for nothing.
#include <ndis/ndl/nblqueue.h>

#include "mirror_priv.h"

// A tap that stands below the outlet of another one would copy copies.
static NIMBL_THREAD_LOCAL bool is_sending;

// What a call makes.
struct copying {
	struct mirror *self;
	NDIS_HANDLE outlet;
	NBL_COUNTED_QUEUE copies;
	uint64_t number; // of the next frame
	uint32_t no_copy;
	bool is_tx;
};

static void copy_info(const struct copying *in, NET_BUFFER_LIST *copy, const NET_BUFFER_LIST *nbl)
{
	if (in->is_tx) {
		NdisCopySendNetBufferListInfo(copy, nbl);
		return;
	}
	NdisCopyReceiveNetBufferListInfo(copy, nbl);
	nimbl_nbl_turn_chain(copy);
}

static void copy_one(struct copying *in, const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb)
{
	struct mirror *self = in->self;
	NET_BUFFER_LIST *copy = nimbl_nbl_copy(self->pool, nb, self->snap);

	if (copy == NULL) {
		in->no_copy++;
		return;
	}
	copy->SourceHandle = in->outlet;
	NET_BUFFER_LIST_NEXT_NBL(copy) = NULL;
	// What is cut short is no longer what the information speaks of.
	if (NET_BUFFER_DATA_LENGTH(nb) <= self->snap)
		copy_info(in, copy, nbl);
	NdisAppendSingleNblToNblCountedQueue(&in->copies, copy);
}

static void copy_chain(struct copying *in, const NET_BUFFER_LIST *chain)
{
	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		for (const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain); nb != NULL;
			nb = NET_BUFFER_NEXT_NB(nb)) {
			if (in->number++ % in->self->one_in == 0)
				copy_one(in, chain, nb);
		}
	}
}

static void send_copies(struct copying *in, struct mirror *outlet)
{
	uint64_t count = in->copies.NblCount;

	nimbl_count_born(in->outlet, count);
	nimbl_tally_add(&in->self->base.tally, in->is_tx ? MIRROR_TX : MIRROR_RX, count);
	__atomic_add_fetch(&outlet->out, count, __ATOMIC_SEQ_CST);
	is_sending = true;
	NdisFSendNetBufferLists(in->outlet, NdisPopAllFromNblCountedQueue(&in->copies),
		NDIS_DEFAULT_PORT_NUMBER, NDIS_SEND_FLAGS_DISPATCH_LEVEL);
	is_sending = false;
}

void mirror_copy(struct mirror *self, const NET_BUFFER_LIST *chain, enum mirror_direction of)
{
	struct mirror *outlet = __atomic_load_n(&self->outlet, __ATOMIC_ACQUIRE);
	uint64_t frames = NdisNumNbsInNblChain(chain);
	struct copying in = {.self = self, .is_tx = of == MIRROR_OF_TX};

	if (unlikely(is_sending))
		return;
	if (outlet == NULL || !__atomic_load_n(&outlet->is_running, __ATOMIC_ACQUIRE)) {
		nimbl_tally_add(&self->base.tally, MIRROR_AWAY, frames);
		return;
	}
	in.outlet = outlet->base.filter;
	in.number = __atomic_fetch_add(&self->seen[of], frames, __ATOMIC_RELAXED);
	NdisInitializeNblCountedQueue(&in.copies);
	copy_chain(&in, chain);
	if (in.no_copy > 0)
		nimbl_tally_add(&self->base.tally, MIRROR_NO_COPY, in.no_copy);
	if (!NdisIsNblCountedQueueEmpty(&in.copies))
		send_copies(&in, outlet);
}
