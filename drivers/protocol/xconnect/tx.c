// SPDX-License-Identifier: BSD-3-Clause
// What this end has sent was received by the other, and goes back there.
#include "xconnect_priv.h"

VOID xconnect_send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct xconnect *self = context;

	NdisReturnNetBufferLists(self->peer->binding, chain,
		NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(flags) ? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
								 : 0);
}
