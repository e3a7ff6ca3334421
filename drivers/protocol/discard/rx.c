// SPDX-License-Identifier: BSD-3-Clause
// Every chain that is received is counted and goes home, lent ones by themselves.
#include "discard_priv.h"

VOID discard_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	struct discard *self = context;
	uint64_t bytes = 0;

	for (const NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl))
		bytes += NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(nbl));
	nimbl_tally_add(&self->tally, DISCARD_FRAMES, count);
	nimbl_tally_add(&self->tally, DISCARD_BYTES, bytes);
	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, consumed), count);
	if (!NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		NdisReturnNetBufferLists(self->binding, chain,
			NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(flags)
				? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
				: 0);
}
