// SPDX-License-Identifier: BSD-3-Clause
// The way down.
#include "police_priv.h"

VOID police_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct police *self = context;
	struct nimbl_sort sort;

	if (self->direction == POLICE_RX) {
		NdisFSendNetBufferLists(self->base.filter, chain, port, flags);
		return;
	}
	nimbl_sort_begin(&sort, self->base.filter, &self->base.parts, true, port, flags);
	police_lists(self, chain, &sort);
	nimbl_sort_end(&sort);
}
