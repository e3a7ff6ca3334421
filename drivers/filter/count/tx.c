// SPDX-License-Identifier: BSD-3-Clause
// What goes down: as many frames as each list has.
#include "count_priv.h"

VOID count_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct count *self = context;
	uint64_t frames = 0, bytes = 0;

	for (const NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		for (const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
			nb = NET_BUFFER_NEXT_NB(nb)) {
			frames++;
			bytes += NET_BUFFER_DATA_LENGTH(nb);
		}
	}
	nimbl_tally_add(&self->base.tally, COUNT_TX_FRAMES, frames);
	nimbl_tally_add(&self->base.tally, COUNT_TX_BYTES, self->bytes ? bytes : 0);
	NdisFSendNetBufferLists(self->base.filter, chain, port, flags);
}
