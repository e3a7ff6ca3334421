// SPDX-License-Identifier: BSD-3-Clause
// What was sent back is returned to the port that received it.
#include "echo_priv.h"

VOID echo_send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct echo *self = context;
	uint64_t count = nimbl_sources_restore(self->binding, chain);

	NdisReturnNetBufferLists(self->binding, chain,
		NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(flags) ? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
								 : 0);
	nimbl_tally_add(&self->tally, ECHO_COMPLETED, count);
	echo_look(self);
}
