// SPDX-License-Identifier: BSD-3-Clause
// Send: lists become mbufs in place and go to the PMD in bursts. A list that was given for good goes
// home from the PMD by itself; every other one takes the way of tx_complete.c.
#include <ndis/ndl/nblchain.h>

#include "tx_burst.h"

// One frame of a list given for good. What was received in segments, borrows the room of a parent or
// has a header of the engine's in front is the list's own and passes as it is, and the list with it
// (`gone`): then nothing of it may be read any more.
static struct rte_mbuf *frame_for_good(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, NET_BUFFER *nb,
	const struct ethdev_request *request, bool *gone)
{
	enum nimbl_drop reason = NIMBL_DROP_TX_NO_BUFFER;
	struct rte_mbuf *m = NULL;

	if (nimbl_nbl_owns_frame(nbl, nb) && !nimbl_nb_is_in_lead(nb) &&
		ethdev_length_fits(txq->dev, nb->DataLength, request) &&
		(txq->dev->can_segment || request->large || nb->MdlChain->Next == NULL) &&
		(!txq->dev->passes_mbufs || nimbl_nbl_is_adoptable(nbl, nb)))
		m = nimbl_nb_to_mbuf(nb);
	*gone = m != NULL;
	if (*gone) {
		nimbl_nb_of_mbuf(m)->MiniportReserved[NB_HOLDER] = NULL;
		nimbl_nbl_let_go(nbl);
		return m;
	}
	m = ethdev_frame_of(txq, nb, request, false, &reason);
	if (m == NULL)
		nimbl_count(&txq->counters->drops[reason], 1);
	return m;
}

// A list given for good that is not one plain frame. Returns how many frames it had.
static uint64_t send_for_good_slow(
	struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, struct burst *burst)
{
	struct ethdev_request request = ethdev_request_of(nbl);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	uint64_t frames = 0;
	bool gone = false;

	for (; nb != NULL && !gone; nb = gone ? NULL : NET_BUFFER_NEXT_NB(nb)) {
		struct rte_mbuf *m = frame_for_good(txq, nbl, nb, &request, &gone);

		frames++;
		if (m != NULL && request.any)
			ethdev_add_for_good(txq, burst, m, &request);
		else if (m != NULL)
			burst_add(txq, burst, m);
	}
	if (!gone) { // all of it was copied or dropped
		nimbl_nbl_drop_headers(nbl);
		nimbl_nbl_put(&nbl, 1);
	}
	return frames;
}

// Whether a chain is the burst that this lcore received last, whole and in order. Every address comes
// from the array, none from the link before, so that the core need not wait from list to list.
static inline bool is_seen(
	const struct ethdev_seen *seen, uint16_t count, const NET_BUFFER_LIST *chain)
{
#pragma GCC unroll 4
	for (size_t i = 0; i < count; i++) {
		NET_BUFFER_LIST *nbl = nimbl_nbl_of_mbuf(seen->frames[i]);

		if (unlikely(nbl != chain))
			return false;
		// The compiler would read through the link, knowing both equal: hide that they are.
		__asm__("" : "+r"(nbl));
		chain = NET_BUFFER_LIST_NEXT_NBL(nbl);
	}
	return chain == NULL;
}

// Whether all frames of the last burst may be sent as to their length. Most often the lengths or-ed
// tell; where they do not, each is looked at.
static inline bool lengths_are_legal(const struct ethdev *dev, const struct ethdev_seen *seen)
{
	if (likely(seen->excess <= dev->frame_max - RTE_ETHER_HDR_LEN))
		return true;
	for (uint16_t i = 0; i < seen->count; i++) {
		if (!length_is_legal(dev, seen->frames[i]->pkt_len))
			return false;
	}
	return true;
}

// Untouched lists that are the last burst: their mbufs are still right, and the array that they came
// in can go to the PMD. False when they are not, or need a closer look; then nothing has happened.
static inline bool send_seen(struct ethdev_txq *txq, NET_BUFFER_LIST *chain, bool for_good)
{
	struct ethdev_seen *seen = txq->seen;
	uint16_t count = seen->count;

	if (unlikely(count == 0 || !seen->is_plain || !lengths_are_legal(txq->dev, seen) ||
		     !is_seen(seen, count, chain)))
		return false;
	if (!for_good)
		return ethdev_complete_seen(txq);
	seen->count = 0; // once sent they are no longer this lcore's
	nimbl_count(&txq->counters->lists_handed, count);
	nimbl_count(&txq->counters->frames_asked, count);
	frames_send(txq, seen->frames, count, seen->bytes);
	return true;
}

// Lists that nobody wants back: mbufs are set from the NBs, and that is all.
static void send_for_good(struct ethdev_txq *txq, NET_BUFFER_LIST *chain)
{
	const struct ethdev *dev = txq->dev;
	uint64_t lists = 0, frames = 0;
	struct burst burst;

	burst_begin(&burst);
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		NET_BUFFER *nb = nimbl_own_nb(nbl);
		struct rte_mbuf *m = nimbl_mbuf_of_nb(nb);

		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		lists++;
		if (unlikely(!nimbl_nbl_is_plain(nbl, nb) ||
			     !length_is_legal(dev, nb->stDataLength))) {
			frames += send_for_good_slow(txq, nbl, &burst);
			continue;
		}
		frames++;
		plain_to_mbuf(nb, m);
		nimbl_nbl_let_go(nbl);
		burst_add(txq, &burst, m);
	}
	burst_flush(txq, &burst);
	nimbl_count(&txq->counters->lists_handed, lists);
	nimbl_count(&txq->counters->frames_asked, frames);
}

// The way out for lists that will not be sent at all. Any thread.
static void discard(struct ethdev *dev, NET_BUFFER_LIST *chain, bool for_good,
	enum nimbl_drop reason, NDIS_STATUS status)
{
	uint64_t lists = NdisNumNblsInNblChain(chain), frames = NdisNumNbsInNblChain(chain);

	NdisSetStatusInNblChain(chain, status);
	nimbl_count_here(dev->counters,
		offsetof(struct nimbl_counters, drops) + reason * sizeof(uint64_t), frames);
	nimbl_count_here(dev->counters, offsetof(struct nimbl_counters, frames_asked), frames);
	if (for_good) {
		nimbl_count_here(
			dev->counters, offsetof(struct nimbl_counters, lists_handed), lists);
		for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl))
			nimbl_nbl_drop_headers(nbl);
		nimbl_nbl_put_chain(chain);
		return;
	}
	nimbl_count_here(dev->counters, offsetof(struct nimbl_counters, lists_sent), lists);
	nimbl_count_here(dev->counters, offsetof(struct nimbl_counters, lists_completed), lists);
	NdisMSendNetBufferListsComplete(dev->adapter, chain, 0);
}

static inline void transmit(struct ethdev_txq *txq, NET_BUFFER_LIST *chain, ULONG flags)
{
	bool for_good = (flags & NIMBL_SEND_FLAGS_HANDOVER) != 0;

	if (unlikely(!__atomic_load_n(&txq->dev->link_up, __ATOMIC_RELAXED))) {
		discard(txq->dev, chain, for_good,
			txq->dev->is_removed ? NIMBL_DROP_TX_REMOVED : NIMBL_DROP_TX_LINK_DOWN,
			NDIS_STATUS_FAILURE);
		return;
	}
	if (likely((flags & NIMBL_SEND_FLAGS_UNTOUCHED) != 0 && send_seen(txq, chain, for_good)))
		return;
	if (for_good)
		send_for_good(txq, chain);
	else
		ethdev_send_and_complete(txq, chain);
}

VOID ethdev_send(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct ethdev *dev = context;
	uint32_t lcore = nimbl_lcore_here();
	struct ethdev_txq *txq = dev->tx_of_lcore[lcore];
	bool for_good = (flags & NIMBL_SEND_FLAGS_HANDOVER) != 0;

	if (likely(txq != NULL)) {
		transmit(txq, chain, flags);
		return;
	}
	// This thread has no queue here: the lcore that has one sends.
	txq = dev->inbox_of_lcore[lcore];
	if (nimbl_handoff_put(txq->inbox, chain, for_good))
		nimbl_count_here(dev->counters, offsetof(struct nimbl_counters, chains_posted), 1);
	else
		discard(dev, chain, for_good, NIMBL_DROP_TX_HANDOFF_FULL, NDIS_STATUS_RESOURCES);
}

// How many polls without a completion before the PMD is asked to look at its ring.
#define CLEANUP_POLLS 64

// A few bursts, so that completions and other queues get their turn.
uint32_t ethdev_inbox_drain(struct ethdev_txq *txq)
{
	uint32_t taken = 0;
	bool for_good;

	for (; taken < 4; taken++) {
		NET_BUFFER_LIST *chain = nimbl_handoff_get(txq->inbox, &for_good);

		if (chain == NULL)
			break;
		nimbl_count(&txq->counters->chains_taken, 1);
		transmit(txq, chain, for_good ? NIMBL_SEND_FLAGS_HANDOVER : 0);
	}
	return taken;
}

void ethdev_transmit_poll(struct ethdev_txq *txq, NDIS_POLL_TRANSMIT_DATA *data)
{
	if (unlikely(txq->backlog.head != txq->backlog.tail))
		ethdev_backlog_retry(txq);
	if (ethdev_waiting(txq) > 0)
		data->CompletedNblChain =
			ethdev_transmit_reap(txq, &data->NumberOfCompletedNbls, false);
	if (data->CompletedNblChain == NULL && unlikely(++txq->idle_polls >= CLEANUP_POLLS)) {
		// Some PMDs free what they sent only when they send again.
		txq->idle_polls = 0;
		rte_eth_tx_done_cleanup(txq->port_id, txq->queue_id, 0);
	}
	// Where there was something there may be more: the lcore must not rest yet.
	if (!nimbl_handoff_is_empty(txq->inbox))
		data->NumberOfRemainingNbls = ethdev_inbox_drain(txq);
}
