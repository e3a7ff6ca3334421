// SPDX-License-Identifier: BSD-3-Clause
// What goes up.
#include "capture_priv.h"

VOID capture_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	struct capture *self = context;

	if (self->direction != CAPTURE_OF_TX)
		capture_catch(self, chain, CAPTURE_OF_RX);
	NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
}
