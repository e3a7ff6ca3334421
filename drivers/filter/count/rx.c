// SPDX-License-Identifier: BSD-3-Clause
// What goes up: one frame in each list.
#include "count_priv.h"

VOID count_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	const struct count *self = context;
	uint64_t bytes = 0;

	if (self->bytes) {
		for (const NET_BUFFER_LIST *nbl = chain; nbl != NULL;
			nbl = NET_BUFFER_LIST_NEXT_NBL(nbl))
			bytes += NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(nbl));
	}
	nimbl_tally_add(&self->base.tally, COUNT_RX_FRAMES, count);
	nimbl_tally_add(&self->base.tally, COUNT_RX_BYTES, bytes);
	NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
}
