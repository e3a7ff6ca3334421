// SPDX-License-Identifier: BSD-3-Clause
// The way up, and down again for what is returned.
#include "pass_priv.h"

VOID pass_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	const struct pass *self = context;

	NdisFIndicateReceiveNetBufferLists(self->base.filter, chain, port, count, flags);
}

VOID pass_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct pass *self = context;

	NdisFReturnNetBufferLists(self->base.filter, chain, flags);
}
