// SPDX-License-Identifier: BSD-3-Clause
// Lists that somebody wants back: we keep a reference to each segment that the PMD gets, and a list is
// complete when ours is the last.
#include <ndis/ndl/nblqueue.h>
#include <rte_cycles.h>

#include "tx_burst.h"

// The usual list is one frame in its own room: its state says that it is sent, nothing else, and only its
// own mbuf is held. Every other one is marked, and NB_HOLDER of each of its frames says whether that
// is held: some are copied, some are refused.
static inline void hold_own(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, struct rte_mbuf *m)
{
	struct ethdev_pending *pending = &txq->pending;

	nbl->NimblState = NIMBL_LIST_SENT;
	rte_mbuf_refcnt_set(m, 2);
	pending->lists[pending->tail++ & pending->mask] = nbl;
}

static inline uint32_t pending_room(const struct ethdev_pending *pending)
{
	return pending->mask + 1 - (pending->tail - pending->head);
}

// What is untouched may have lent its room all the same, and then references do not tell.
static inline bool is_unshared(const struct ethdev_seen *seen)
{
	uint32_t differences = 0;

	for (size_t i = 0; i < seen->count; i++)
		differences |=
			nimbl_nbl_of_mbuf(seen->frames[i])->NimblState ^ NIMBL_LIST_INDICATED;
	return differences == 0;
}

bool ethdev_complete_seen(struct ethdev_txq *txq)
{
	struct ethdev_seen *seen = txq->seen;
	uint16_t count = seen->count;

	if (unlikely(txq->dev->passes_mbufs || pending_room(&txq->pending) < count ||
		     !is_unshared(seen)))
		return false;
	for (size_t i = 0; i < count; i++)
		hold_own(txq, nimbl_nbl_of_mbuf(seen->frames[i]), seen->frames[i]);
	seen->count = 0;
	nimbl_count(&txq->counters->lists_sent, count);
	nimbl_count(&txq->counters->frames_asked, count);
	frames_send(txq, seen->frames, count, seen->bytes);
	return true;
}

static inline bool is_own_plain(
	const struct ethdev *dev, const NET_BUFFER_LIST *nbl, const NET_BUFFER *own)
{
	return nimbl_nbl_is_plain(nbl, own) && !dev->passes_mbufs &&
	       length_is_legal(dev, own->stDataLength) &&
	       rte_mbuf_refcnt_read(nimbl_mbuf_of_nb(own)) == 1;
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
	NET_BUFFER *nb, struct rte_mbuf *own, struct ethdev_request *request, struct burst *burst)
{
	enum nimbl_drop reason;
	struct rte_mbuf *m = ethdev_frame_of(txq, nb, request, true, &reason);
	bool wraps = m != NULL && m == nb->MiniportReserved[NB_WRAPPERS];

	nbl->NimblState |= wraps ? NIMBL_LIST_WRAPPED : 0;
	if (m == NULL) {
		frame_refused(txq, nbl, reason);
	} else if (request->any) {
		reason = ethdev_add_held(txq, burst, m, nbl, m == own || wraps, request);
		if (reason != NIMBL_DROP_COUNT)
			frame_refused(txq, nbl, reason);
	} else {
		nimbl_count(&txq->counters->tx_foreign, wraps);
		if (m == own || wraps)
			frame_hold(m, nbl);
		else
			copy_set_owner(m, nbl);
		burst_add(txq, burst, m);
	}
}

// A list that is not one plain frame. Returns how many frames it has.
static uint64_t send_list(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, struct burst *burst)
{
	struct ethdev_pending *pending = &txq->pending;
	// Read once: the slot that asks becomes the one that tells.
	struct ethdev_request request = ethdev_request_of(nbl);
	uint64_t frames = 0;

	nimbl_nbl_set_state(nbl, NIMBL_LIST_SENT);
	nbl->NimblState |= NIMBL_LIST_HELD_APART;
	pending->lists[pending->tail++ & pending->mask] = nbl;
	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb), frames++) {
		struct rte_mbuf *own = nimbl_frame_of_nb(nb);

		nimbl_nb_of_mbuf(own)->MiniportReserved[NB_HOLDER] = NULL;
		send_special(txq, nbl, nb, own, &request, burst);
	}
	ethdev_request_done(nbl, &request);
	return frames;
}

// No room to wait in. Returns how many frames the list has.
static uint64_t refuse_list(
	struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, NBL_COUNTED_QUEUE *refused)
{
	uint64_t frames = NdisNumNbsInNbChain(NET_BUFFER_LIST_FIRST_NB(nbl));

	NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_RESOURCES;
	NdisAppendSingleNblToNblCountedQueue(refused, nbl);
	nimbl_count(&txq->counters->drops[NIMBL_DROP_TX_RING_FULL], frames);
	return frames;
}

void ethdev_send_and_complete(struct ethdev_txq *txq, NET_BUFFER_LIST *chain)
{
	uint64_t lists = 0, frames = 0;
	NBL_COUNTED_QUEUE refused;
	struct burst burst;

	NdisInitializeNblCountedQueue(&refused);
	burst_begin(&burst);
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next, lists++) {
		NET_BUFFER *own = nimbl_own_nb(nbl);
		struct rte_mbuf *m = nimbl_mbuf_of_nb(own);

		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
		if (unlikely(pending_room(&txq->pending) == 0)) {
			frames += refuse_list(txq, nbl, &refused);
		} else if (likely(is_own_plain(txq->dev, nbl, own))) {
			plain_to_mbuf(own, m);
			hold_own(txq, nbl, m);
			burst_add(txq, &burst, m);
			frames++;
		} else {
			frames += send_list(txq, nbl, &burst);
		}
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

static bool frame_is_done(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next) {
		if (rte_mbuf_refcnt_read(m) != 1)
			return false;
	}
	return true;
}

// The frame of wrappers that is sent for an NB, or NULL.
static struct rte_mbuf *wrappers_of(const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb)
{
	return (nbl->NimblState & NIMBL_LIST_WRAPPED) != 0 ? nb->MiniportReserved[NB_WRAPPERS]
							   : NULL;
}

// The first mbuf of the frame of an NB, when the send of a marked list holds it; else NULL.
static struct rte_mbuf *held_of(const NET_BUFFER *nb)
{
	struct rte_mbuf *m = nimbl_frame_of_nb(nb);

	return nimbl_nb_of_mbuf(m)->MiniportReserved[NB_HOLDER] != NULL ? m : NULL;
}

static bool nb_is_done(const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb)
{
	const struct rte_mbuf *wrappers = wrappers_of(nbl, nb);

	return wrappers != NULL ? nimbl_frame_is_alone(wrappers) : frame_is_done(held_of(nb));
}

static void list_unwrap(NET_BUFFER_LIST *nbl)
{
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next)
		nimbl_frame_unwrap(wrappers_of(nbl, nb));
	nbl->NimblState &= ~NIMBL_LIST_WRAPPED;
}

// A chain of MDLs that a driver built over several of its buffers is that driver's again.
static void list_unlink(NET_BUFFER_LIST *nbl)
{
	if ((nbl->NimblState & NIMBL_LIST_OWNS_SEGMENTS) != 0) {
		nimbl_nbl_unlink_headers(nbl);
		return;
	}
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		struct rte_mbuf *m = nimbl_frame_of_nb(nb);

		if (m->nb_segs != 1) // what others hold as their second segment says 1
			nimbl_mbuf_unlink(m);
	}
}

// Whether a marked list is done; then the marks are gone. By force also what the PMD still had: that is
// gone, and its references with it.
static __attribute__((noinline)) bool apart_is_done(NET_BUFFER_LIST *nbl, bool force)
{
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL && !force; nb = nb->Next) {
		if (!nb_is_done(nbl, nb))
			return false;
	}
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		struct rte_mbuf *m = held_of(nb);

		if (m != NULL)
			nimbl_nb_of_mbuf(m)->MiniportReserved[NB_HOLDER] = NULL;
		for (; m != NULL; m = m->next)
			rte_mbuf_refcnt_set(m, 1);
		nimbl_nb_unstretch(nb);
	}
	if ((nbl->NimblState & NIMBL_LIST_WRAPPED) != 0)
		list_unwrap(nbl);
	list_unlink(nbl);
	nbl->NimblState &= ~NIMBL_LIST_HELD_APART;
	return true;
}

static inline bool list_is_done(NET_BUFFER_LIST *nbl, bool force)
{
	struct rte_mbuf *m = nimbl_mbuf_of_nb(nimbl_own_nb(nbl));

	if (unlikely(nbl->NimblState != NIMBL_LIST_SENT))
		return apart_is_done(nbl, force);
	if (unlikely(force))
		rte_mbuf_refcnt_set(m, 1);
	return rte_mbuf_refcnt_read(m) == 1;
}

// Who asked for it learns when the device was done with his list.
static __attribute__((noinline)) void chain_stamp(NET_BUFFER_LIST *chain)
{
	NET_BUFFER_LIST_TIMESTAMP now = {.Timestamp = rte_rdtsc()};

	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if ((nbl->NblFlags & NDIS_NBL_FLAGS_CAPTURE_TIMESTAMP_ON_TRANSMIT) != 0)
			NdisSetNblTimestampInfo(nbl, &now);
	}
}

NET_BUFFER_LIST *ethdev_transmit_reap(struct ethdev_txq *txq, uint32_t *completed, bool force)
{
	struct ethdev_pending *pending = &txq->pending;
	NET_BUFFER_LIST *chain = NULL, **end = &chain;
	uint32_t n = 0;

	for (; pending->head != pending->tail; n++) {
		NET_BUFFER_LIST *nbl = pending->lists[pending->head & pending->mask];

		if (!list_is_done(nbl, force))
			break;
		pending->head++;
		*end = nbl;
		end = &NET_BUFFER_LIST_NEXT_NBL(nbl);
	}
	*end = NULL;
	if (unlikely((txq->dev->offloads.enabled & NIMBL_OFFLOAD_BIT(TIMESTAMP)) != 0))
		chain_stamp(chain);
	nimbl_count(&txq->counters->lists_completed, n);
	*completed += n;
	return chain;
}
