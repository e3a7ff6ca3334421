// SPDX-License-Identifier: BSD-3-Clause
// Every chain that is received is sent by the other end, as it is.
#include <rte_branch_prediction.h>

#include "nimbl_nbl.h"
#include "xconnect_priv.h"

static void drop(struct xconnect *self, NET_BUFFER_LIST *chain, ULONG count, bool lent)
{
	nimbl_count_here(
		self->counters, offsetof(struct nimbl_counters, drops[NIMBL_DROP_NO_PEER]), count);
	if (!lent)
		NdisReturnNetBufferLists(self->binding, chain, 0);
}

VOID xconnect_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	struct xconnect *self = context;
	struct xconnect *peer = __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE);
	bool lent = NDIS_TEST_RECEIVE_CANNOT_PEND(flags);

	// A lent chain would have to be copied to be sent; no miniport of ours lends.
	if (unlikely(peer == NULL || !__atomic_load_n(&peer->running, __ATOMIC_RELAXED) || lent)) {
		drop(self, chain, count, lent);
		return;
	}
	if (unlikely((flags & NIMBL_RECEIVE_FLAGS_UNTOUCHED) == 0)) {
		nimbl_nbl_turn_chain(chain);
		if (peer == self)
			nimbl_sources_take(self->binding, chain);
	}
	flags = nimbl_send(
		peer->binding, chain, NDIS_DEFAULT_PORT_NUMBER, flags & self->send_flags);
	if ((flags & NIMBL_SEND_FLAGS_HANDOVER) == 0)
		xconnect_count(peer, offsetof(struct xconnect_tally, sent), count);
}
