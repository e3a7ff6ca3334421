// SPDX-License-Identifier: BSD-3-Clause
// Send: lists become mbufs in place and go to the PMD in bursts. A list that was given for good
// goes home from the PMD by itself; of every other one we keep a reference to each segment, and
// it is complete when ours is the last.
#include "ethdev_priv.h"

struct burst {
	struct rte_mbuf *frames[ETHDEV_BURST];
	uint64_t bytes;
	uint16_t count;
};

// A copy says so in the state of its own list as long as the list that it was copied from waits for
// the end of this send. Frames given for good never have that state.
static inline void copy_set_owner(struct rte_mbuf *copy, NET_BUFFER_LIST *nbl)
{
	nimbl_nb_of_mbuf(copy)->MiniportReserved[0] = nbl;
	nimbl_nbl_set_state(
		nimbl_nbl_of_mbuf(copy), nbl != NULL ? NIMBL_LIST_ALLOCATED : NIMBL_LIST_HANDED);
}

static inline bool is_owned_copy(const struct rte_mbuf *m)
{
	// A header that the engine put in front has no list behind it.
	return rte_mbuf_refcnt_read(m) == 1 &&
	       nimbl_object_is(nimbl_nb_of_mbuf(m)->NdisPoolHandle, NIMBL_OBJECT_NBL_POOL) &&
	       nimbl_nbl_state(nimbl_nbl_of_mbuf(m)) == NIMBL_LIST_ALLOCATED;
}

static void drop_frames(
	struct ethdev_txq *txq, enum nimbl_drop reason, struct rte_mbuf **frames, uint32_t count)
{
	nimbl_count(&txq->counters->drops[reason], count);
	for (uint32_t i = 0; i < count; i++) {
		// With a second reference the list is still to be completed: not as a success.
		if (rte_mbuf_refcnt_read(frames[i]) > 1 || is_owned_copy(frames[i])) {
			const NET_BUFFER *nb = nimbl_nb_of_mbuf(frames[i]);
			NET_BUFFER_LIST *nbl = nb->MiniportReserved[0];

			NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_RESOURCES;
		}
		rte_pktmbuf_free(frames[i]);
	}
}

// Put what the PMD did not take behind what waits already; what does not fit is dropped.
static void backlog_add(struct ethdev_txq *txq, struct rte_mbuf **frames, uint32_t count)
{
	struct ethdev_backlog *backlog = &txq->backlog;
	uint32_t room = backlog->mask + 1 - (backlog->tail - backlog->head);
	uint32_t fit = RTE_MIN(room, count);

	for (uint32_t i = 0; i < fit; i++) {
		if (is_owned_copy(frames[i]))
			copy_set_owner(frames[i], NULL); // its list completes before it leaves
		backlog->frames[backlog->tail++ & backlog->mask] = frames[i];
	}
	if (fit < count)
		drop_frames(txq, NIMBL_DROP_TX_RING_FULL, &frames[fit], count - fit);
}

// The bytes of a frame are read before it is given away: afterwards it may be somebody else's.
static inline uint64_t bytes_of(struct rte_mbuf *const *frames, uint32_t count)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += frames[i]->pkt_len;
	return bytes;
}

static inline void frames_send(
	struct ethdev_txq *txq, struct rte_mbuf **frames, uint16_t count, uint64_t bytes)
{
	uint16_t sent = 0;

	if (likely(txq->backlog.head == txq->backlog.tail))
		sent = rte_eth_tx_burst(txq->port_id, txq->queue_id, frames, count);
	nimbl_count(&txq->counters->tx_frames, sent);
	if (unlikely(sent < count)) {
		bytes -= bytes_of(&frames[sent], count - sent);
		backlog_add(txq, &frames[sent], count - sent);
	}
	nimbl_count(&txq->counters->tx_bytes, bytes);
}

// Begun by hand: an initializer would clear the array as well.
static inline void burst_begin(struct burst *burst)
{
	burst->bytes = 0;
	burst->count = 0;
}

static inline void burst_flush(struct ethdev_txq *txq, struct burst *burst)
{
	if (likely(burst->count > 0))
		frames_send(txq, burst->frames, burst->count, burst->bytes);
	burst_begin(burst);
}

static inline void burst_add(struct ethdev_txq *txq, struct burst *burst, struct rte_mbuf *m)
{
	burst->bytes += m->pkt_len;
	burst->frames[burst->count++] = m;
	if (unlikely(burst->count == ETHDEV_BURST))
		burst_flush(txq, burst);
}

static void backlog_retry(struct ethdev_txq *txq)
{
	struct ethdev_backlog *backlog = &txq->backlog;

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

void ethdev_transmit_flush(struct ethdev_txq *txq)
{
	struct ethdev_backlog *backlog = &txq->backlog;

	while (backlog->head != backlog->tail)
		drop_frames(txq, NIMBL_DROP_TX_PAUSED,
			&backlog->frames[backlog->head++ & backlog->mask], 1);
}

static inline bool length_is_legal(const struct ethdev *dev, uint64_t length)
{
	return length - RTE_ETHER_HDR_LEN <= dev->frame_max - RTE_ETHER_HDR_LEN;
}

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

// The frame of an NB that is not plain: several MDLs, memory of others, or a PMD that wants one
// segment. NULL when it cannot be sent; then `reason` says why.
static struct rte_mbuf *frame_of(
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

// One frame of a list given for good. What was received in segments, borrows the room of a parent or
// has a header of the engine's in front is the list's own and passes as it is, and the list with it
// (`gone`): then nothing of it may be read any more.
static struct rte_mbuf *frame_for_good(
	struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, NET_BUFFER *nb, bool *gone)
{
	enum nimbl_drop reason = NIMBL_DROP_TX_NO_BUFFER;
	struct rte_mbuf *m = NULL;

	if (nimbl_nbl_owns_frame(nbl, nb) && length_is_legal(txq->dev, nb->DataLength) &&
		(txq->dev->can_segment || nb->MdlChain->Next == NULL) &&
		(!txq->dev->passes_mbufs || nimbl_nbl_is_adoptable(nbl, nb)))
		m = nimbl_nb_to_mbuf(nb);
	*gone = m != NULL;
	if (*gone) {
		nimbl_nbl_let_go(nbl);
		return m;
	}
	m = frame_of(txq, nb, false, &reason);
	if (m == NULL)
		nimbl_count(&txq->counters->drops[reason], 1);
	return m;
}

// A list given for good that is not one plain frame. Returns how many frames it had.
static uint64_t send_for_good_slow(
	struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, struct burst *burst)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	uint64_t frames = 0;
	bool gone = false;

	for (; nb != NULL && !gone; nb = gone ? NULL : NET_BUFFER_NEXT_NB(nb)) {
		struct rte_mbuf *m = frame_for_good(txq, nbl, nb, &gone);

		frames++;
		if (m == NULL)
			continue;
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
static inline bool send_seen(struct ethdev_txq *txq, NET_BUFFER_LIST *chain)
{
	struct ethdev_seen *seen = txq->seen;
	uint16_t count = seen->count;

	if (unlikely(count == 0 || !seen->is_plain || !lengths_are_legal(txq->dev, seen) ||
		     !is_seen(seen, count, chain)))
		return false;
	seen->count = 0; // once sent they are no longer this lcore's
	nimbl_count(&txq->counters->lists_handed, count);
	nimbl_count(&txq->counters->frames_asked, count);
	frames_send(txq, seen->frames, count, seen->bytes);
	return true;
}

static inline void plain_to_mbuf(const NET_BUFFER *nb, struct rte_mbuf *m)
{
	m->data_off = (uint16_t)nb->CurrentMdlOffset;
	m->data_len = (uint16_t)nb->DataLength;
	m->pkt_len = nb->DataLength;
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

static inline void frame_hold(struct rte_mbuf *m, NET_BUFFER_LIST *nbl)
{
	nimbl_nb_of_mbuf(m)->MiniportReserved[0] = nbl;
	for (; m != NULL; m = m->next)
		rte_mbuf_refcnt_set(m, 2);
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

static uint64_t frames_in(const NET_BUFFER_LIST *nbl)
{
	uint64_t frames = 0;

	for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next)
		frames++;
	return frames;
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

// All frames of a list that is to be completed. Returns how many there were.
static uint32_t send_list(struct ethdev_txq *txq, NET_BUFFER_LIST *nbl, struct burst *burst)
{
	uint32_t frames = 0;

	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb)) {
		enum nimbl_drop reason;
		struct rte_mbuf *own = nimbl_frame_of_nb(nb), *m = own;

		nimbl_nb_of_mbuf(own)->MiniportReserved[0] = NULL; // nothing is held, but see below
		if (likely(is_own_plain(txq->dev, nbl, nb) && rte_mbuf_refcnt_read(own) == 1))
			plain_to_mbuf(nb, m);
		else
			m = frame_of(txq, nb, true, &reason);
		frames++;
		if (unlikely(m == NULL)) {
			NET_BUFFER_LIST_STATUS(nbl) = reason == NIMBL_DROP_TX_NO_BUFFER
							      ? NDIS_STATUS_RESOURCES
							      : NDIS_STATUS_INVALID_LENGTH;
			nimbl_count(&txq->counters->drops[reason], 1);
			continue;
		}
		if (likely(m == own))
			frame_hold(m, nbl);
		else
			copy_set_owner(m, nbl);
		burst_add(txq, burst, m);
	}
	return frames;
}

static void send_and_complete(struct ethdev_txq *txq, NET_BUFFER_LIST *chain)
{
	uint64_t lists = 0, frames = 0, refused_count = 0;
	NET_BUFFER_LIST *refused = NULL;
	struct burst burst;

	burst_begin(&burst);
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		lists++;
		nimbl_nbl_set_state(nbl, NIMBL_LIST_SENT);
		NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
		if (unlikely(!pending_add(&txq->pending, nbl))) {
			uint64_t n = frames_in(nbl);

			nimbl_count(&txq->counters->drops[NIMBL_DROP_TX_RING_FULL], n);
			frames += n;
			NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_RESOURCES;
			NET_BUFFER_LIST_NEXT_NBL(nbl) = refused;
			refused = nbl;
			refused_count++;
			continue;
		}
		frames += send_list(txq, nbl, &burst);
	}
	burst_flush(txq, &burst);
	nimbl_count(&txq->counters->lists_sent, lists);
	nimbl_count(&txq->counters->frames_asked, frames);
	if (unlikely(refused != NULL)) {
		nimbl_count(&txq->counters->lists_completed, refused_count);
		NdisMSendNetBufferListsComplete(txq->dev->adapter, refused, 0);
	}
}

// The way out for lists that will not be sent at all. Any thread.
static void discard(struct ethdev *dev, NET_BUFFER_LIST *chain, bool for_good,
	enum nimbl_drop reason, NDIS_STATUS status)
{
	uint64_t lists = 0, frames = 0;

	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		NET_BUFFER_LIST_STATUS(nbl) = status;
		lists++;
		frames += frames_in(nbl);
	}
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
		discard(txq->dev, chain, for_good, NIMBL_DROP_TX_LINK_DOWN, NDIS_STATUS_FAILURE);
		return;
	}
	if (!for_good) {
		send_and_complete(txq, chain);
		return;
	}
	if (unlikely((flags & NIMBL_SEND_FLAGS_UNTOUCHED) == 0 || !send_seen(txq, chain)))
		send_for_good(txq, chain);
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

// Nothing to do: what we hold is with the PMD already, and that is left alone.
VOID ethdev_cancel_send(NDIS_HANDLE context, PVOID cancel_id)
{
}

// How many polls without a completion before the PMD is asked to look at its ring.
#define CLEANUP_POLLS 64

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

// Send what other threads put here: at most a few bursts, so that completions and other queues get
// their turn. Returns how many chains there were.
static uint32_t inbox_drain(struct ethdev_txq *txq)
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
		backlog_retry(txq);
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
		data->NumberOfRemainingNbls = inbox_drain(txq);
}
