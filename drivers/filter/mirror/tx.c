// SPDX-License-Identifier: BSD-3-Clause
// What goes down, and copies that come back.
#include <ndis/ndl/nblqueue.h>

#include "mirror_priv.h"

VOID mirror_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct mirror *self = context;

	if (!self->is_outlet && self->direction != MIRROR_OF_RX)
		mirror_copy(self, chain, MIRROR_OF_TX);
	NdisFSendNetBufferLists(self->base.filter, chain, port, flags);
}

static void copies_home(struct mirror *self, NET_BUFFER_LIST *chain)
{
	uint32_t refused = 0, count, pausing = 1;

	for (const NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl))
		refused += NET_BUFFER_LIST_STATUS(nbl) != NDIS_STATUS_SUCCESS;
	if (refused > 0)
		nimbl_tally_add(&self->base.tally, MIRROR_REFUSED, refused);
	count = nimbl_nbl_put_chain(chain);
	if (__atomic_sub_fetch(&self->out, count, __ATOMIC_SEQ_CST) == 0 &&
		__atomic_compare_exchange_n(
			&self->pausing, &pausing, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		NdisFPauseComplete(self->base.filter);
}

VOID mirror_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct mirror *self = context;
	NBL_QUEUE copies, others;

	NdisInitializeNblQueue(&copies);
	NdisInitializeNblQueue(&others);
	for (NET_BUFFER_LIST *next; chain != NULL; chain = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		NET_BUFFER_LIST_NEXT_NBL(chain) = NULL;
		NdisAppendSingleNblToNblQueue(
			chain->SourceHandle == self->base.filter ? &copies : &others, chain);
	}
	if (!NdisIsNblQueueEmpty(&copies))
		copies_home(self, NdisPopAllFromNblQueue(&copies));
	if (!NdisIsNblQueueEmpty(&others))
		NdisFSendNetBufferListsComplete(
			self->base.filter, NdisPopAllFromNblQueue(&others), flags);
}
