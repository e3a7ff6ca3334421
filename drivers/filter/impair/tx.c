// SPDX-License-Identifier: BSD-3-Clause
// What goes down, and what is completed.
#include "impair_priv.h"

VOID impair_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct impair *self = context;
	struct impair_queue *queue = self->queue_of[nimbl_lcore_here()];

	if (!impair_acts_on(self, IMPAIR_TX)) {
		NdisFSendNetBufferLists(self->base.filter, chain, port, flags);
		return;
	}
	if (likely(queue != NULL)) {
		impair_enter(&queue->lanes[IMPAIR_TX], chain, flags);
		return;
	}
	if (!nimbl_handoff_put(self->queues[0].lanes[IMPAIR_TX].inbox, chain,
		    (flags & NIMBL_SEND_FLAGS_HANDOVER) != 0)) {
		uint64_t frames = NdisNumNbsInNblChain(chain);

		impair_count(self, IMPAIR_TX, IMPAIR_FRAMES, frames);
		impair_count(self, IMPAIR_TX, IMPAIR_OVERFLOWED, frames);
		nimbl_drop_send(self->base.filter, chain, flags, NIMBL_DROP_QUEUE_FULL,
			NDIS_STATUS_RESOURCES);
	}
}

VOID impair_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct impair *self = context;
	NET_BUFFER_LIST *others, *own = impair_split(self, chain, &others);

	if (own != NULL)
		impair_free(self, own);
	if (others != NULL)
		NdisFSendNetBufferListsComplete(self->base.filter, others, flags);
}

// The lists wait on lcores, which look at the ids when they come by. More than they can be told of at
// once is a wish that is not granted.
VOID impair_cancel(NDIS_HANDLE context, PVOID cancel_id)
{
	struct impair *self = context;
	uint32_t at = __atomic_load_n(&self->cancels, __ATOMIC_RELAXED);

	__atomic_store_n(&self->cancel_ids[at % IMPAIR_CANCELS], cancel_id, __ATOMIC_RELAXED);
	__atomic_store_n(&self->cancels, at + 1, __ATOMIC_RELEASE);
	NdisFCancelSendNetBufferLists(self->base.filter, cancel_id);
}
