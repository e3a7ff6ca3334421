// SPDX-License-Identifier: BSD-3-Clause
// Frames on their way to the PMD: gathered into bursts, sent, kept when it has no room. The same for
// every way out; tx.c and tx_complete.c decide what a frame is.
#pragma once

#include "ethdev_priv.h"

struct burst {
	struct rte_mbuf *frames[ETHDEV_BURST];
	uint64_t bytes;
	uint16_t count;
	bool prepare; // some frame asks the device for something
};

// In MiniportReserved of an NB.
enum {
	NB_HOLDER,     // the list that waits for its frame, where that is held apart; else NULL
	NB_COPY_OWNER, // the list that its frame was copied from, see below
	NB_WRAPPERS,   // the frame that is sent over its memory in its stead, or NULL
};

// A copy says so in the state of its own list as long as the list that it was copied from waits for
// the end of this send. Frames given for good never have that state.
static inline void copy_set_owner(struct rte_mbuf *copy, NET_BUFFER_LIST *nbl)
{
	nimbl_nb_of_mbuf(copy)->MiniportReserved[NB_COPY_OWNER] = nbl;
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

// Drop frames for `reason`; what waits for the end of the send learns of it.
void ethdev_drop(
	struct ethdev_txq *txq, enum nimbl_drop reason, struct rte_mbuf **frames, uint32_t count);

// The list that waits for the end of a frame's send, or NULL.
NET_BUFFER_LIST *ethdev_waiting_for(const struct rte_mbuf *m);

// tx_cancel.c: drop of what waits that whose send was cancelled since it began to wait.
void ethdev_cancels_serve(struct ethdev_txq *txq);

// Put what the PMD did not take behind what waits already; what does not fit is dropped.
void ethdev_backlog_add(struct ethdev_txq *txq, struct rte_mbuf **frames, uint32_t count);

// Send again what waits.
void ethdev_backlog_retry(struct ethdev_txq *txq);

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
		ethdev_backlog_add(txq, &frames[sent], count - sent);
	}
	nimbl_count(&txq->counters->tx_bytes, bytes);
}

// Begun by hand: an initializer would clear the array as well.
static inline void burst_begin(struct burst *burst)
{
	burst->bytes = 0;
	burst->count = 0;
	burst->prepare = false;
}

// Have the PMD look at frames that ask it for something; what it cannot do is dropped.
void ethdev_prepare(struct ethdev_txq *txq, struct burst *burst);

static inline void burst_flush(struct ethdev_txq *txq, struct burst *burst)
{
	if (unlikely(burst->prepare))
		ethdev_prepare(txq, burst);
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

static inline bool length_is_legal(const struct ethdev *dev, uint64_t length)
{
	return length - RTE_ETHER_HDR_LEN <= dev->frame_max - RTE_ETHER_HDR_LEN;
}

static inline void plain_to_mbuf(const NET_BUFFER *nb, struct rte_mbuf *m)
{
	m->data_off = (uint16_t)nimbl_nb_data_off(nb);
	m->data_len = (uint16_t)nb->DataLength;
	m->pkt_len = nb->DataLength;
	m->ol_flags = 0; // whatever was asked when it was last sent
}

// Keep a reference to all of a frame: the list is done when ours is the last.
static inline void frame_hold(struct rte_mbuf *m, NET_BUFFER_LIST *nbl)
{
	nimbl_nb_of_mbuf(m)->MiniportReserved[NB_HOLDER] = nbl;
	for (; m != NULL; m = m->next)
		rte_mbuf_refcnt_set(m, 2);
}

// The frame of an NB that is not plain: several MDLs, memory of others, or a PMD that wants one
// segment. NULL when it cannot be sent; then `reason` says why. With `may_share` what is returned may be
// a frame of wrappers over the memory of the NB; MiniportReserved[NB_WRAPPERS] has it then, else NULL.
struct rte_mbuf *ethdev_frame_of(struct ethdev_txq *txq, NET_BUFFER *nb,
	const struct ethdev_request *request, bool may_share, enum nimbl_drop *reason);

// The same as length_is_legal for a frame that asks for something: a tag takes room, a large send is as
// long as IP allows.
bool ethdev_length_fits(
	const struct ethdev *dev, uint64_t length, const struct ethdev_request *request);

// Do what is asked to `m`, which nobody waits for, and add to the burst what comes of it.
void ethdev_add_for_good(struct ethdev_txq *txq, struct burst *burst, struct rte_mbuf *m,
	struct ethdev_request *request);

// The same for a frame of a list that waits for the end of the send; `own`: `m` is its own memory,
// or wrappers over memory that it keeps.
// Returns the reason why nothing is sent, or NIMBL_DROP_COUNT.
enum nimbl_drop ethdev_add_held(struct ethdev_txq *txq, struct burst *burst, struct rte_mbuf *m,
	NET_BUFFER_LIST *nbl, bool own, struct ethdev_request *request);

// Send lists that are to be completed.
void ethdev_send_and_complete(struct ethdev_txq *txq, NET_BUFFER_LIST *chain);

// The same for the last burst, which is untouched and may be sent as to its lengths. False when it takes
// a closer look; then nothing has happened.
bool ethdev_complete_seen(struct ethdev_txq *txq);
