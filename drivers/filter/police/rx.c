// SPDX-License-Identifier: BSD-3-Clause
// The way up.
#include "police_priv.h"

VOID police_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	struct police *self = context;
	struct nimbl_sort sort;

	if (self->direction == POLICE_TX) {
		NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
		return;
	}
	nimbl_sort_begin(&sort, self->base.filter, &self->base.parts, false, port, flags);
	police_lists(self, chain, &sort);
	nimbl_sort_end(&sort);
}
