// SPDX-License-Identifier: BSD-3-Clause
// What goes up.
#include "mirror_priv.h"

VOID mirror_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	struct mirror *self = context;

	if (!self->is_outlet && self->direction != MIRROR_OF_TX)
		mirror_copy(self, chain, MIRROR_OF_RX);
	NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
}
