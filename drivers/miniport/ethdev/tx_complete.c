// SPDX-License-Identifier: BSD-3-Clause
// Lists that somebody wants back: we keep a reference to each segment that the PMD gets, and a list is
// complete when ours is the last.
#include <ndis/ndl/nblqueue.h>

#include "tx_burst.h"

static inline bool frame_is_done(const struct rte_mbuf *m)
{
	if (likely(m->nb_segs == 1))
		return rte_mbuf_refcnt_read(m) == 1;
	for (; m != NULL; m = m->next) {
		if (rte_mbuf_refcnt_read(m) != 1)
			return false;
	}
	return true;
}

// Whether a send holds references to the frame of an NB. What lent its room to derived lists has some
// that no PMD holds, and was copied.
static inline bool is_held(const NET_BUFFER_LIST *nbl, const struct rte_mbuf *frame)
{
	return likely((nbl->NimblState & NIMBL_LIST_SHARED) == 0) ||
	       nimbl_nb_of_mbuf(frame)->MiniportReserved[0] != NULL;
}

static inline bool list_is_done(const NET_BUFFER_LIST *nbl)
{
	for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		const struct rte_mbuf *m = nimbl_frame_of_nb(nb);

		if (is_held(nbl, m) && !frame_is_done(m))
			return false;
	}
	return true;
}

// The PMD is gone and its references with it: what goes home must have one only.
static void list_release(const NET_BUFFER_LIST *nbl)
{
	for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		struct rte_mbuf *m = nimbl_frame_of_nb(nb);

		for (m = is_held(nbl, m) ? m : NULL; m != NULL; m = m->next)
			rte_mbuf_refcnt_set(m, 1);
	}
}

// A chain of MDLs that a driver built over several of its buffers is that driver's again.
static inline void list_unlink(NET_BUFFER_LIST *nbl)
{
	if (likely((nbl->NimblState & NIMBL_LIST_OWNS_SEGMENTS) == 0)) {
		for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
			struct rte_mbuf *m = nimbl_frame_of_nb(nb);

			if (unlikely(m->nb_segs != 1))
				nimbl_mbuf_unlink(m);
		}
	} else {
		nimbl_nbl_unlink_headers(nbl);
	}
}

static inline bool pending_add(struct ethdev_pending *pending, NET_BUFFER_LIST *nbl)
{
	if (unlikely(pending->tail - pending->head > pending->mask))
		return false;
	pending->lists[pending->tail++ & pending->mask] = nbl;
	return true;
}

// The usual case of a list that is to be completed: one frame in its own room, as long as it may be.
static inline bool is_own_plain(
	const struct ethdev *dev, const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb)
{
	return nb == nimbl_own_nb(nbl) && nimbl_nbl_is_plain(nbl, nb) && !dev->passes_mbufs &&
	       length_is_legal(dev, nb->stDataLength);
}

static void frame_refused(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, enum nimbl_drop reason)
{
	NET_BUFFER_LIST_STATUS(nbl) = reason == NIMBL_DROP_TX_NO_BUFFER ? NDIS_STATUS_RESOURCES
				      : reason == NIMBL_DROP_TX_OFFLOAD
					      ? NDIS_STATUS_INVALID_PARAMETER
					      : NDIS_STATUS_INVALID_LENGTH;
	nimbl_count(&txq->counters->drops[reason], 1);
}

// A frame that is not plain, or of which something is asked.
static __attribute__((noinline)) void send_special(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl,
	NET_BUFFER *nb, struct rte_mbuf *own, struct burst *burst)
{
	struct ethdev_request request = ethdev_request_of(nbl);
	enum nimbl_drop reason;
	struct rte_mbuf *m = ethdev_frame_of(txq, nb, &request, true, &reason);

	if (m == NULL) {
		frame_refused(txq, nbl, reason);
	} else if (request.any) {
		reason = ethdev_add_held(txq, burst, m, nbl, m == own, &request);
		if (reason != NIMBL_DROP_COUNT)
			frame_refused(txq, nbl, reason);
		ethdev_request_done(nbl, &request);
	} else {
		if (m == own)
			frame_hold(m, nbl);
		else
			copy_set_owner(m, nbl);
		burst_add(txq, burst, m);
	}
}

// All frames of a list that is to be completed. Returns how many there were.
static uint32_t send_list(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, struct burst *burst)
{
	uint32_t frames = 0;

	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb)) {
		struct rte_mbuf *own = nimbl_frame_of_nb(nb);

		nimbl_nb_of_mbuf(own)->MiniportReserved[0] = NULL; // nothing is held, but see below
		frames++;
		if (likely(is_own_plain(txq->dev, nbl, nb) && rte_mbuf_refcnt_read(own) == 1)) {
			plain_to_mbuf(nb, own);
			frame_hold(own, nbl);
			burst_add(txq, burst, own);
		} else {
			send_special(txq, nbl, nb, own, burst);
		}
	}
	return frames;
}

void ethdev_send_and_complete(struct ethdev_txq *txq, NET_BUFFER_LIST *chain)
{
	uint64_t lists = 0, frames = 0;
	NBL_COUNTED_QUEUE refused;
	struct burst burst;

	NdisInitializeNblCountedQueue(&refused);
	burst_begin(&burst);
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		lists++;
		nimbl_nbl_set_state(nbl, NIMBL_LIST_SENT);
		NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
		if (unlikely(!pending_add(&txq->pending, nbl))) {
			uint64_t n = NdisNumNbsInNbChain(NET_BUFFER_LIST_FIRST_NB(nbl));

			nimbl_count(&txq->counters->drops[NIMBL_DROP_TX_RING_FULL], n);
			frames += n;
			NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_RESOURCES;
			NdisAppendSingleNblToNblCountedQueue(&refused, nbl);
			continue;
		}
		frames += send_list(txq, nbl, &burst);
	}
	burst_flush(txq, &burst);
	nimbl_count(&txq->counters->lists_sent, lists);
	nimbl_count(&txq->counters->frames_asked, frames);
	if (unlikely(!NdisIsNblCountedQueueEmpty(&refused))) {
		nimbl_count(&txq->counters->lists_completed, refused.NblCount);
		NdisMSendNetBufferListsComplete(
			txq->dev->adapter, NdisGetNblChainFromNblCountedQueue(&refused), 0);
	}
}

NET_BUFFER_LIST *ethdev_transmit_reap(struct ethdev_txq *txq, uint32_t *completed, bool force)
{
	struct ethdev_pending *pending = &txq->pending;
	NET_BUFFER_LIST *chain = NULL, **end = &chain;
	uint32_t n = 0;

	for (; pending->head != pending->tail; n++) {
		NET_BUFFER_LIST *nbl = pending->lists[pending->head & pending->mask];

		if (force)
			list_release(nbl);
		else if (!list_is_done(nbl))
			break;
		list_unlink(nbl);
		pending->head++;
		*end = nbl;
		end = &NET_BUFFER_LIST_NEXT_NBL(nbl);
	}
	*end = NULL;
	nimbl_count(&txq->counters->lists_completed, n);
	*completed += n;
	return chain;
}
