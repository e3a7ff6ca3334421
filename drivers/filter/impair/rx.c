// SPDX-License-Identifier: BSD-3-Clause
// What goes up, and what comes back from there.
#include "impair_priv.h"

VOID impair_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	struct impair *self = context;
	struct impair_queue *queue = self->queue_of[nimbl_lcore_here()];

	if (!impair_acts_on(self, IMPAIR_RX)) {
		NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
		return;
	}
	if (likely(queue != NULL)) {
		impair_enter(&queue->lanes[IMPAIR_RX], chain, flags);
		return;
	}
	// What is lent cannot wait for an lcore, and its threads are none that deliver much.
	if (NDIS_TEST_RECEIVE_CANNOT_PEND(flags) ||
		!nimbl_handoff_put(self->queues[0].lanes[IMPAIR_RX].inbox, chain,
			(flags & NIMBL_RECEIVE_FLAGS_HANDOVER) != 0)) {
		impair_count(self, IMPAIR_RX, IMPAIR_FRAMES, count);
		impair_count(self, IMPAIR_RX, IMPAIR_OVERFLOWED, count);
		nimbl_drop_receive(self->base.filter, chain, count, flags, NIMBL_DROP_QUEUE_FULL);
	}
}

VOID impair_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct impair *self = context;
	NET_BUFFER_LIST *others, *own = impair_split(self, chain, &others);

	if (own != NULL)
		impair_free(self, own);
	if (others != NULL)
		NdisFReturnNetBufferLists(self->base.filter, others, flags);
}
