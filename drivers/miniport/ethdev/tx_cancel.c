// SPDX-License-Identifier: BSD-3-Clause
// Cancelled sends: frames that still wait for room in the PMD are dropped, and their lists complete as
// aborted. What the PMD has it sends.
#include "tx_burst.h"

// Threads that cancel at once take turns: who began first is seen first.
VOID ethdev_cancel_send(NDIS_HANDLE context, PVOID cancel_id)
{
	struct ethdev *dev = context;
	uint32_t at = __atomic_fetch_add(&dev->cancels_begun, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&dev->cancels, __ATOMIC_ACQUIRE) != at)
		rte_pause();
	__atomic_store_n(&dev->cancel_ids[at % ETHDEV_CANCELS], cancel_id, __ATOMIC_RELAXED);
	__atomic_store_n(&dev->cancels, at + 1, __ATOMIC_RELEASE);
}

static void cancel(struct ethdev_txq *txq, const void *id)
{
	struct ethdev_backlog *backlog = &txq->backlog;
	uint32_t kept = backlog->head;

	for (uint32_t at = backlog->head; at != backlog->tail; at++) {
		struct rte_mbuf *m = backlog->frames[at & backlog->mask];
		NET_BUFFER_LIST *nbl = ethdev_waiting_for(m);

		if (nbl == NULL || NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(nbl) != id) {
			backlog->frames[kept++ & backlog->mask] = m;
			continue;
		}
		ethdev_drop(txq, NIMBL_DROP_TX_CANCELLED, &m, 1);
		NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SEND_ABORTED;
	}
	backlog->tail = kept;
}

// More than are remembered at once is a wish that is not granted.
void ethdev_cancels_serve(struct ethdev_txq *txq)
{
	const struct ethdev *dev = txq->dev;
	uint32_t count = __atomic_load_n(&dev->cancels, __ATOMIC_ACQUIRE);

	if (count - txq->cancels > ETHDEV_CANCELS)
		txq->cancels = count - ETHDEV_CANCELS;
	for (; txq->cancels != count; txq->cancels++)
		cancel(txq, __atomic_load_n(&dev->cancel_ids[txq->cancels % ETHDEV_CANCELS],
				    __ATOMIC_RELAXED));
}
