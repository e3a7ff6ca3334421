// SPDX-License-Identifier: BSD-3-Clause
// Frames that are not sent as they lie: in memory of others, in use elsewhere, or in more segments
// than the PMD takes.
#include "tx_burst.h"

static enum nimbl_drop length_reason(uint64_t length)
{
	return length < RTE_ETHER_HDR_LEN ? NIMBL_DROP_TX_RUNT : NIMBL_DROP_TX_TOO_LONG;
}

// A copy of a frame in buffers of this port, for memory that the PMD cannot use as it lies: one
// segment where it fits, else as many as it takes. NULL with the reason why not.
static struct rte_mbuf *frame_copy(
	struct ethdev *dev, const NET_BUFFER *nb, enum nimbl_drop *reason)
{
	struct rte_mempool *mp = nimbl_pool_mempool(dev->pools[0]);
	struct rte_mbuf *head = NULL, *tail = NULL;
	uint32_t done = 0;

	while (done < nb->DataLength) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(mp);

		*reason = m == NULL ? NIMBL_DROP_TX_NO_BUFFER : NIMBL_DROP_TX_SEGMENTED;
		if (m == NULL || (head != NULL && !dev->can_segment)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(head);
			return NULL;
		}
		m->data_len = (uint16_t)nimbl_nb_read(
			nb, done, rte_pktmbuf_mtod(m, void *), rte_pktmbuf_tailroom(m));
		done += m->data_len;
		if (head == NULL) {
			head = m;
		} else {
			tail->next = m;
			head->nb_segs++;
		}
		tail = m;
	}
	head->pkt_len = done;
	copy_set_owner(head, NULL);
	return head;
}

struct rte_mbuf *ethdev_frame_of(
	struct ethdev_txq *txq, NET_BUFFER *nb, bool may_share, enum nimbl_drop *reason)
{
	struct rte_mbuf *m = NULL;

	if (!length_is_legal(txq->dev, nb->DataLength)) {
		*reason = length_reason(nb->DataLength);
		return NULL;
	}
	if (may_share && !txq->dev->passes_mbufs && nimbl_nb_is_alone(nb))
		m = nimbl_nb_to_mbuf(nb);
	if (m != NULL && (m->nb_segs == 1 || txq->dev->can_segment))
		return m;
	m = frame_copy(txq->dev, nb, reason);
	nimbl_count(&txq->counters->tx_copied, m != NULL);
	return m;
}
