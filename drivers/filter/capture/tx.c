// SPDX-License-Identifier: BSD-3-Clause
// What goes down.
#include "capture_priv.h"

VOID capture_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct capture *self = context;

	if (self->direction != CAPTURE_OF_RX)
		capture_catch(self, chain, CAPTURE_OF_TX);
	NdisFSendNetBufferLists(self->base.filter, chain, port, flags);
}
