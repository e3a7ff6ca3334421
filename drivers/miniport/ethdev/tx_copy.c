// SPDX-License-Identifier: BSD-3-Clause
// Frames that are not sent as the mbufs that they lie in: in memory of others, in use elsewhere, or in
// more segments than the PMD takes.
#include <errno.h>

#include "tx_burst.h"

static enum nimbl_drop length_reason(uint64_t length)
{
	return length < RTE_ETHER_HDR_LEN ? NIMBL_DROP_TX_RUNT : NIMBL_DROP_TX_TOO_LONG;
}

// A copy of a frame in buffers of this port, for memory that the PMD cannot use as it lies: one
// segment where it fits, else as many as it takes. NULL with the reason why not.
static struct rte_mbuf *frame_copy(
	struct ethdev *dev, const NET_BUFFER *nb, bool takes_segments, enum nimbl_drop *reason)
{
	struct rte_mempool *mp = nimbl_pool_mempool(dev->pools[0]);
	struct rte_mbuf *head = NULL, *tail = NULL;
	uint32_t done = 0;

	while (done < nb->DataLength) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(mp);

		*reason = m == NULL ? NIMBL_DROP_TX_NO_BUFFER : NIMBL_DROP_TX_SEGMENTED;
		if (m == NULL || (head != NULL && !takes_segments)) {
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

// The frame of a list that stays until it is completed, from the memory where it lies.
static struct rte_mbuf *frame_wrapped(const struct ethdev *dev, NET_BUFFER *nb)
{
	return nb->MiniportReserved[NB_WRAPPERS] =
		       nimbl_frame_wrap(nb, dev->reach, dev->segments_max);
}

struct rte_mbuf *ethdev_frame_of(struct ethdev_txq *txq, NET_BUFFER *nb,
	const struct ethdev_request *request, bool may_share, enum nimbl_drop *reason)
{
	struct rte_mbuf *m = NULL;

	nb->MiniportReserved[NB_WRAPPERS] = NULL;
	if (!ethdev_length_fits(txq->dev, nb->DataLength, request)) {
		*reason = length_reason(nb->DataLength);
		return NULL;
	}
	if (may_share && !txq->dev->passes_mbufs && nimbl_nb_is_alone(nb))
		m = nimbl_nb_to_mbuf(nb);
	bool takes_segments = txq->dev->can_segment || request->large;
	if (m != NULL && (m->nb_segs == 1 || takes_segments))
		return m;
	m = may_share ? frame_wrapped(txq->dev, nb) : NULL;
	if (m != NULL)
		return m;
	m = frame_copy(txq->dev, nb, takes_segments, reason);
	nimbl_count(&txq->counters->tx_copied, m != NULL);
	return m;
}

#define TAGS_MAX (2 * RTE_VLAN_HLEN) // that a large send may have beyond what IP counts

bool ethdev_length_fits(
	const struct ethdev *dev, uint64_t length, const struct ethdev_request *request)
{
	if (request->large)
		return length >= RTE_ETHER_HDR_LEN &&
		       length <= RTE_ETHER_HDR_LEN + TAGS_MAX + UINT16_MAX;
	return length_is_legal(dev, length) &&
	       (!request->has_tag || length_is_legal(dev, length + RTE_VLAN_HLEN));
}

static enum nimbl_drop reason_of(int ret)
{
	switch (ret) {
	case -ENOMEM:
		return NIMBL_DROP_TX_NO_BUFFER;
	case -ENOTSUP:
		return NIMBL_DROP_TX_SEGMENTED;
	case -EMSGSIZE:
		return NIMBL_DROP_TX_TOO_LONG;
	default:
		return NIMBL_DROP_TX_OFFLOAD;
	}
}

static void frames_add(
	struct ethdev_txq *txq, struct burst *burst, struct rte_mbuf **frames, int count)
{
	nimbl_count(&txq->counters->tx_cut, count > 1);
	nimbl_count(&txq->counters->born, (uint64_t)count - 1);
	for (int i = 0; i < count; i++) {
		burst->prepare = true;
		burst_add(txq, burst, frames[i]);
	}
}

void ethdev_add_for_good(struct ethdev_txq *txq, struct burst *burst, struct rte_mbuf *m,
	struct ethdev_request *request)
{
	struct rte_mbuf *frames[ETHDEV_CUT_MAX];
	int n = ethdev_request_do(txq->dev, m, request, true, frames);

	if (n == 0) {
		frames_add(txq, burst, &m, 1);
		return;
	}
	for (int i = 0; i < n; i++)
		copy_set_owner(frames[i], NULL); // whose copy it was in an earlier life
	if (n < 0)
		nimbl_count(&txq->counters->drops[reason_of(n)], 1);
	else
		frames_add(txq, burst, frames, n);
	rte_pktmbuf_free(m); // what it lent stays until the last frame has left
}

enum nimbl_drop ethdev_add_held(struct ethdev_txq *txq, struct burst *burst, struct rte_mbuf *m,
	NET_BUFFER_LIST *nbl, bool own, struct ethdev_request *request)
{
	struct rte_mbuf *frames[ETHDEV_CUT_MAX];
	int n = ethdev_request_do(txq->dev, m, request, !own, frames);

	if (n < 0) {
		if (!own)
			rte_pktmbuf_free(m);
		return reason_of(n);
	}
	if (nimbl_frame_is_wrapped(m)) // and of what was made of it nothing may refer to it
		nimbl_count(n > 0 && nimbl_frame_is_alone(m) ? &txq->counters->tx_copied
							     : &txq->counters->tx_foreign,
			1);
	if (n > 0 && own) // the list is done when nobody borrows from it any more
		nimbl_nb_of_mbuf(m)->MiniportReserved[NB_HOLDER] = nbl;
	else if (n > 0)
		rte_pktmbuf_free(m);
	else if (own)
		frame_hold(m, nbl);
	for (int i = 0; i < n; i++)
		copy_set_owner(frames[i], nbl);
	if (n == 0 && !own)
		copy_set_owner(m, nbl);
	frames_add(txq, burst, n > 0 ? frames : &m, RTE_MAX(n, 1));
	return NIMBL_DROP_COUNT;
}
