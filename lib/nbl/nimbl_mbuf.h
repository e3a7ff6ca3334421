// SPDX-License-Identifier: BSD-3-Clause
// A list over an rte_mbuf: the only file that knows both layouts.
//
//   rte_mbuf (2 lines) | NET_BUFFER (3) | MDL (1) | NET_BUFFER_LIST (6) | context | data room
//
// The mbuf's buffer is the data room, or all of it but a *lead* where a stack wants more headroom than
// PMDs leave. Data that starts in the lead is sent with the buffer stretched over it meanwhile.
//
// From one to the other is adding a constant. The first lines of NET_BUFFER and NET_BUFFER_LIST
// hold all that a received packet writes; the rest is written once, when the pool is made.
//
// An element in its pool, or in a PMD, is whole: mbuf next NULL, nb_segs 1, refcnt 1; MDL Next NULL;
// NB Next NULL, on its own MDL, data behind the usual headroom; list on its own NB, flags and
// information zero, source its pool's owner. Whoever gives an element away for good, to the pool or
// to a PMD, sees to that, so that what is received need not be written again.
#pragma once

#include <ndis.h>
#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <string.h>

#include "nimbl_nbl.h"

enum {
	NIMBL_NB_BYTES = RTE_ALIGN_CEIL(sizeof(NET_BUFFER), 64),
	NIMBL_MDL_BYTES = RTE_ALIGN_CEIL(sizeof(MDL), 64),
	NIMBL_NBL_BYTES = RTE_ALIGN_CEIL(sizeof(NET_BUFFER_LIST), 64),
	NIMBL_NB_FROM_MBUF = sizeof(struct rte_mbuf),
	NIMBL_MDL_FROM_NB = NIMBL_NB_BYTES,
	NIMBL_NBL_FROM_NB = NIMBL_NB_BYTES + NIMBL_MDL_BYTES,
};

// In NimblState: the list owns all segments of its mbuf chain, not only the first; something was
// derived from it, so that the references of its mbufs count; what it is derived as, which says how it
// is freed; what a send holds of it is not just its own mbuf.
#define NIMBL_LIST_OWNS_SEGMENTS 0x100u
#define NIMBL_LIST_SHARED        0x200u
#define NIMBL_LIST_CLONE         0x400u
#define NIMBL_LIST_FRAGMENTS     0x800u
#define NIMBL_LIST_REASSEMBLED   0x1000u
#define NIMBL_LIST_ORIGINAL_MDLS 0x2000u // a clone over the MDLs of its parent
#define NIMBL_LIST_HELD_APART    0x4000u
#define NIMBL_LIST_WRAPPED       0x8000u // a send of it has wrappers, see nimbl_foreign.h
#define NIMBL_LIST_DERIVED                                                  \
	(NIMBL_LIST_CLONE | NIMBL_LIST_FRAGMENTS | NIMBL_LIST_REASSEMBLED | \
		NIMBL_LIST_ORIGINAL_MDLS)

// The mempool of a pool that has a capacity: for rte_eth_rx_queue_setup and copies.
struct rte_mempool *nimbl_pool_mempool(NDIS_HANDLE pool);

static inline NET_BUFFER *nimbl_nb_of_mbuf(const struct rte_mbuf *m)
{
	return (NET_BUFFER *)RTE_PTR_ADD(m, NIMBL_NB_FROM_MBUF);
}

static inline struct rte_mbuf *nimbl_mbuf_of_nb(const NET_BUFFER *nb)
{
	return (struct rte_mbuf *)RTE_PTR_SUB(nb, NIMBL_NB_FROM_MBUF);
}

// The MDL that lies beside the NB and describes the mbuf's own room.
static inline MDL *nimbl_own_mdl(const NET_BUFFER *nb)
{
	return (MDL *)RTE_PTR_ADD(nb, NIMBL_MDL_FROM_NB);
}

// The mbuf whose room a segment MDL (NIMBL_MDL_SEGMENT in MdlFlags) describes.
static inline struct rte_mbuf *nimbl_mbuf_of_mdl(const MDL *mdl)
{
	return nimbl_mbuf_of_nb((NET_BUFFER *)RTE_PTR_SUB(mdl, NIMBL_MDL_FROM_NB));
}

// The list that lies behind the NB. Only where the pool has lists and NBs.
static inline NET_BUFFER_LIST *nimbl_nbl_of_nb(const NET_BUFFER *nb)
{
	return (NET_BUFFER_LIST *)RTE_PTR_ADD(nb, NIMBL_NBL_FROM_NB);
}

static inline NET_BUFFER *nimbl_own_nb(const NET_BUFFER_LIST *nbl)
{
	return (NET_BUFFER *)RTE_PTR_SUB(nbl, NIMBL_NBL_FROM_NB);
}

static inline NET_BUFFER_LIST *nimbl_nbl_of_mbuf(const struct rte_mbuf *m)
{
	return nimbl_nbl_of_nb(nimbl_nb_of_mbuf(m));
}

// What an information slot holds. Unlike NET_BUFFER_LIST_INFO, which hands out an lvalue, a look does not
// count as use.
static inline PVOID nimbl_nbl_slot(const NET_BUFFER_LIST *nbl, NDIS_NET_BUFFER_LIST_INFO id)
{
	return (nbl->NimblInfoUsed & 1u << id) != 0 ? nbl->NetBufferListInfo[id] : NULL;
}

// Zero the information slots that were taken since the list was last recycled.
void nimbl_nbl_clear_info(NET_BUFFER_LIST *nbl);

// NimblInfoUsed and NimblState as one word: no slot in use, in `state`, which may have flags.
static inline void nimbl_nbl_set_fresh(NET_BUFFER_LIST *nbl, uint32_t state)
{
	uint64_t word = (uint64_t)state << 32;

	memcpy(&nbl->NimblInfoUsed, &word, sizeof(word));
}

static inline bool nimbl_nbl_is_fresh(const NET_BUFFER_LIST *nbl, enum nimbl_list_state state)
{
	uint64_t word;

	memcpy(&word, &nbl->NimblInfoUsed, sizeof(word));
	return word == (uint64_t)state << 32;
}

// Point an NB on its own MDL at `length` bytes, `offset` bytes from the start of its room.
static inline void nimbl_nb_aim_own(NET_BUFFER *nb, uint32_t offset, uint32_t length)
{
	nb->CurrentMdlOffset = offset;
	nb->stDataLength = length;
	nb->DataOffset = offset;
}

// Make a list and its NB whole again, whatever a driver did to them. `source`: the pool's owner.
static inline void nimbl_nbl_make_whole(
	NET_BUFFER_LIST *nbl, NET_BUFFER *nb, NDIS_HANDLE source, uint32_t headroom)
{
	MDL *mdl = nimbl_own_mdl(nb);

	if (unlikely(nbl->NimblInfoUsed != 0))
		nimbl_nbl_clear_info(nbl);
	nbl->FirstNetBuffer = nb;
	nbl->NblFlags = 0;
	nbl->ChildRefCount = 0;
	nbl->Flags = 0;
	nbl->Status = NDIS_STATUS_SUCCESS;
	nbl->SourceHandle = source;
	nb->Next = NULL;
	nb->CurrentMdl = mdl;
	nb->MdlChain = mdl;
	nb->ChecksumBias = 0;
	nb->CurrentMdlOffset = headroom;
	nb->DataOffset = headroom;
}

// What a received mbuf needs that is not one segment behind the usual headroom. Cold.
void nimbl_nbl_adopt_unusual(NET_BUFFER_LIST *nbl, NET_BUFFER *nb, const struct rte_mbuf *m);

// Turn a received mbuf into a list of one NB, owned by the caller. `next` follows it in the chain.
// Counts in `unusual` what is not one segment behind the usual headroom. Writes the first line of the
// NB and of the list, nothing else.
static inline NET_BUFFER_LIST *nimbl_nbl_adopt(
	struct rte_mbuf *m, NET_BUFFER_LIST *next, uint32_t *unusual)
{
	NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	NET_BUFFER_LIST *nbl = nimbl_nbl_of_nb(nb);

	nb->stDataLength = m->pkt_len;
	nbl->Next = next;
	// What was sent on untouched says so still; a look is cheaper than a write.
	if (unlikely(!nimbl_nbl_is_fresh(nbl, NIMBL_LIST_INDICATED)))
		nimbl_nbl_set_fresh(nbl, NIMBL_LIST_INDICATED);
	if (unlikely(m->nb_segs != 1 || m->data_off != RTE_PKTMBUF_HEADROOM)) {
		nimbl_nbl_adopt_unusual(nbl, nb, m);
		++*unusual;
	}
	return nbl;
}

static inline enum nimbl_list_state nimbl_nbl_state(const NET_BUFFER_LIST *nbl)
{
	return (enum nimbl_list_state)(nbl->NimblState & 0xff);
}

static inline void nimbl_nbl_set_state(NET_BUFFER_LIST *nbl, enum nimbl_list_state state)
{
	nbl->NimblState = (nbl->NimblState & ~0xffu) | state;
}

// Slots that ask a miniport for something, and the flags above, in the word of NimblInfoUsed and
// NimblState.
#define NIMBL_NBL_REQUESTS                                                            \
	(1u << TcpIpChecksumNetBufferListInfo | 1u << TcpLargeSendNetBufferListInfo | \
		1u << Ieee8021QNetBufferListInfo)
#define NIMBL_NBL_NOT_PLAIN ((uint64_t)~0xffu << 32 | NIMBL_NBL_REQUESTS)

// Where the data of an NB in its own room starts, from the start of the mbuf's buffer on. Negative: in the
// lead before it.
static inline ptrdiff_t nimbl_nb_data_off(const NET_BUFFER *own)
{
	const uint8_t *room = nimbl_own_mdl(own)->MappedSystemVa;

	return room + own->CurrentMdlOffset - (const uint8_t *)nimbl_mbuf_of_nb(own)->buf_addr;
}

// Whether a list given away for good is whole, its data one piece in its own room: received or
// allocated, and at most advanced or retreated since. Then it is sent without a look at any other MDL.
// Not so what lends or borrows room, starts in the lead, or asks for something.
static inline bool nimbl_nbl_is_plain(const NET_BUFFER_LIST *nbl, const NET_BUFFER *own)
{
	const MDL *mdl = nimbl_own_mdl(own);
	uint64_t word;

	memcpy(&word, &nbl->NimblInfoUsed, sizeof(word));
	return nbl->FirstNetBuffer == own && own->Next == NULL && own->MdlChain == mdl &&
	       own->CurrentMdl == mdl && mdl->Next == NULL && (word & NIMBL_NBL_NOT_PLAIN) == 0 &&
	       nimbl_nb_data_off(own) >= 0;
}

// NdisReserved[1] of an NB over the MDLs of the NB it was cloned from: one more than the offset where
// its data starts. Before it lies headroom that is not the clone's.
static inline bool nimbl_nb_is_over_original(const NET_BUFFER *nb)
{
	return nb->NdisReserved[1] != NULL;
}

// The first mbuf of an NB's frame: its own, or the header that the engine put in front of it.
static inline struct rte_mbuf *nimbl_frame_of_nb(const NET_BUFFER *nb)
{
	const MDL *mdl = nb->MdlChain;
	const CSHORT header = NIMBL_MDL_OURS | NIMBL_MDL_RETREAT | NIMBL_MDL_SEGMENT;

	if (likely(mdl == nimbl_own_mdl(nb)) || mdl == NULL || (mdl->MdlFlags & header) != header ||
		nimbl_nb_is_over_original(nb))
		return nimbl_mbuf_of_nb(nb);
	return nimbl_mbuf_of_mdl(mdl);
}

// Whether a list given for good may pass to a PMD with all that its one frame is made of: the list's own
// mbuf is in the frame, and nothing in it belongs to anybody else. For lists that are not plain.
bool nimbl_nbl_owns_frame(const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb);

// Whether the frame is as a PMD received it or a pool made it, so that whoever gets its mbuf can make a
// list of it again.
static inline bool nimbl_nbl_is_adoptable(const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb)
{
	return nb->MdlChain == nimbl_own_mdl(nb) &&
	       (nbl->NimblState & (NIMBL_LIST_DERIVED | NIMBL_LIST_SHARED)) == 0;
}

// Free the headers that the engine put in front of a list's NBs, when nobody will advance over them.
void nimbl_nbl_drop_headers(NET_BUFFER_LIST *nbl);

// Whether nothing but the NB refers to any mbuf that its MDLs describe: no PMD, and no list derived
// from it. Then its mbufs may be linked, and counted to see when a PMD is done.
bool nimbl_nb_is_alone(const NET_BUFFER *nb);

// Rebuild the mbuf chain of an NB from its MDL chain, without touching data. The MDLs must all be
// segment MDLs, the first its own or a header of the engine's, and the data must start in it. Returns the head, or NULL when the
// packet must be copied to be sent. After it the MDL chain still stands.
struct rte_mbuf *nimbl_nb_to_mbuf(NET_BUFFER *nb);

// Make a list whole that goes to a PMD for good, with all segments of its mbuf chain.
void nimbl_nbl_let_go(NET_BUFFER_LIST *nbl);

// Make the MDLs of a received packet describe whole rooms again.
void nimbl_mbuf_restore_mdls(struct rte_mbuf *m);

// Whether data of an NB lies in the lead of an mbuf of its own. Then nimbl_nb_to_mbuf() stretches the mbuf's
// buffer, and whoever gets the NB back calls nimbl_nb_unstretch() before its pool has it: so not for what
// is given for good.
bool nimbl_nb_is_in_lead(const NET_BUFFER *nb);
void nimbl_nb_unstretch(const NET_BUFFER *nb);

// Undo what nimbl_nb_to_mbuf linked in a packet whose segments belong to several owners.
void nimbl_mbuf_unlink(struct rte_mbuf *m);

// The same for a list that owns its segments: they stay linked, headers of the engine's before them not.
void nimbl_nbl_unlink_headers(const NET_BUFFER_LIST *nbl);
