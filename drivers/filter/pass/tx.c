// SPDX-License-Identifier: BSD-3-Clause
// The way down, and up again for what is complete.
#include "pass_priv.h"

VOID pass_send(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct pass *self = context;

	NdisFSendNetBufferLists(self->base.filter, chain, port, flags);
}

VOID pass_send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct pass *self = context;

	NdisFSendNetBufferListsComplete(self->base.filter, chain, flags);
}
