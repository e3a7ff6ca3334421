// SPDX-License-Identifier: BSD-3-Clause
// What happens to frames that the PMD does not take at once.
#include "tx_burst.h"

// What was given for good may have further references too: of lists derived from it.
NET_BUFFER_LIST *ethdev_waiting_for(const struct rte_mbuf *m)
{
	const NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	NET_BUFFER_LIST *own = nimbl_nbl_of_nb(nb);

	if (is_owned_copy(m))
		return nb->MiniportReserved[NB_COPY_OWNER];
	if (rte_mbuf_refcnt_read(m) == 1)
		return NULL;
	if (nimbl_object_is(nb->NdisPoolHandle, NIMBL_OBJECT_NBL_POOL) &&
		own->NimblState == NIMBL_LIST_SENT)
		return own;
	return nb->MiniportReserved[NB_HOLDER];
}

void ethdev_drop(
	struct ethdev_txq *txq, enum nimbl_drop reason, struct rte_mbuf **frames, uint32_t count)
{
	nimbl_count(&txq->counters->drops[reason], count);
	for (uint32_t i = 0; i < count; i++) {
		NET_BUFFER_LIST *nbl = ethdev_waiting_for(frames[i]);

		if (nbl != NULL) // it will be completed: not as a success
			NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_RESOURCES;
		rte_pktmbuf_free(frames[i]);
	}
}

// Whether a frame that was made of a list borrows the memory of that list, which waits for it then.
static bool borrows(const struct rte_mbuf *m)
{
	const struct rte_mbuf *lent = m->next;

	if (lent == NULL || !RTE_MBUF_CLONED(lent))
		return false;
	lent = rte_mbuf_from_indirect((struct rte_mbuf *)(uintptr_t)lent);
	return nimbl_nb_of_mbuf(lent)->MiniportReserved[NB_HOLDER] ==
	       nimbl_nb_of_mbuf(m)->MiniportReserved[NB_COPY_OWNER];
}

void ethdev_backlog_add(struct ethdev_txq *txq, struct rte_mbuf **frames, uint32_t count)
{
	struct ethdev_backlog *backlog = &txq->backlog;
	uint32_t room = backlog->mask + 1 - (backlog->tail - backlog->head);
	uint32_t fit = RTE_MIN(room, count);

	if (backlog->head == backlog->tail) // what was cancelled before is none of these
		txq->cancels = __atomic_load_n(&txq->dev->cancels, __ATOMIC_ACQUIRE);
	for (uint32_t i = 0; i < fit; i++) {
		if (is_owned_copy(frames[i]) && !borrows(frames[i]))
			copy_set_owner(frames[i], NULL); // its list completes before it leaves
		backlog->frames[backlog->tail++ & backlog->mask] = frames[i];
	}
	if (fit < count)
		ethdev_drop(txq, NIMBL_DROP_TX_RING_FULL, &frames[fit], count - fit);
}

void ethdev_backlog_retry(struct ethdev_txq *txq)
{
	struct ethdev_backlog *backlog = &txq->backlog;

	if (unlikely(txq->cancels != __atomic_load_n(&txq->dev->cancels, __ATOMIC_ACQUIRE)))
		ethdev_cancels_serve(txq);
	// Nobody knows when there will be a link again, and senders that pause wait for their lists.
	while (unlikely(!__atomic_load_n(&txq->dev->link_up, __ATOMIC_RELAXED)) &&
		backlog->head != backlog->tail)
		ethdev_drop(txq, NIMBL_DROP_TX_LINK_DOWN,
			&backlog->frames[backlog->head++ & backlog->mask], 1);
	while (backlog->head != backlog->tail) {
		uint32_t first = backlog->head & backlog->mask;
		uint32_t n =
			RTE_MIN(RTE_MIN(backlog->tail - backlog->head, backlog->mask + 1 - first),
				(uint32_t)ETHDEV_BURST);
		struct rte_mbuf **frames = &backlog->frames[first];
		uint64_t bytes = bytes_of(frames, n);
		uint16_t sent = rte_eth_tx_burst(txq->port_id, txq->queue_id, frames, (uint16_t)n);

		if (sent < n)
			bytes -= bytes_of(&frames[sent], n - sent);
		backlog->head += sent;
		nimbl_count(&txq->counters->tx_frames, sent);
		nimbl_count(&txq->counters->tx_bytes, bytes);
		if (sent < n)
			return;
	}
}

void ethdev_transmit_flush(struct ethdev_txq *txq, enum nimbl_drop reason)
{
	struct ethdev_backlog *backlog = &txq->backlog;

	while (backlog->head != backlog->tail)
		ethdev_drop(txq, reason, &backlog->frames[backlog->head++ & backlog->mask], 1);
}

void ethdev_prepare(struct ethdev_txq *txq, struct burst *burst)
{
	uint16_t done = 0;

	while (done < burst->count) {
		done += rte_eth_tx_prepare(
			txq->port_id, txq->queue_id, &burst->frames[done], burst->count - done);
		if (done == burst->count)
			return;
		burst->bytes -= burst->frames[done]->pkt_len;
		ethdev_drop(txq, NIMBL_DROP_TX_OFFLOAD, &burst->frames[done], 1);
		burst->count--;
		memmove(&burst->frames[done], &burst->frames[done + 1],
			(burst->count - done) * sizeof(burst->frames[0]));
	}
}
