// SPDX-License-Identifier: BSD-3-Clause
// What this end has sent was received by the other, and goes back there.
#include <rte_branch_prediction.h>

#include "nimbl_nbl.h"
#include "xconnect_priv.h"

VOID xconnect_send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct xconnect *self = context;
	struct xconnect *peer = __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE);
	uint64_t count = nimbl_sources_restore(self->binding, chain);

	if (unlikely(peer == NULL)) // unbound since: its port needs no return, the pools do
		nimbl_count_here(self->counters, offsetof(struct nimbl_counters, lists_returned),
			nimbl_nbl_put_chain(chain));
	else
		NdisReturnNetBufferLists(peer->binding, chain,
			NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(flags)
				? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
				: 0);
	// Afterwards: a pause of the peer is over when all is counted, and then all has to be back.
	xconnect_count(self, offsetof(struct xconnect_tally, completed), count);
}
