// SPDX-License-Identifier: BSD-3-Clause
// A list over an rte_mbuf: the only file that knows both layouts.
//
//   rte_mbuf (2 lines) | NET_BUFFER (3) | MDL (1) | NET_BUFFER_LIST (6) | context | data room
//
// From one to the other is adding a constant. The first lines of NET_BUFFER and NET_BUFFER_LIST
// hold all that a received packet writes; the rest is written once, when the pool is made.
// An element in its pool, or in a PMD, has: mbuf next NULL, nb_segs 1, refcnt 1; MDL Next NULL.
#pragma once

#include <ndis.h>
#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "nimbl_nbl.h"

enum {
	NIMBL_NB_BYTES = RTE_ALIGN_CEIL(sizeof(NET_BUFFER), 64),
	NIMBL_MDL_BYTES = RTE_ALIGN_CEIL(sizeof(MDL), 64),
	NIMBL_NBL_BYTES = RTE_ALIGN_CEIL(sizeof(NET_BUFFER_LIST), 64),
	NIMBL_NB_FROM_MBUF = sizeof(struct rte_mbuf),
	NIMBL_MDL_FROM_NB = NIMBL_NB_BYTES,
	NIMBL_NBL_FROM_NB = NIMBL_NB_BYTES + NIMBL_MDL_BYTES,
};

// In NimblState: the list owns all segments of its mbuf chain, not only the first.
#define NIMBL_LIST_OWNS_SEGMENTS 0x100u

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

// Zero the information slots that were taken since the list was last recycled.
void nimbl_nbl_clear_info(NET_BUFFER_LIST *nbl);

// Chain the MDLs of a received packet of several segments. Cold.
void nimbl_nbl_adopt_segments(NET_BUFFER_LIST *nbl, const struct rte_mbuf *m);

// Make the first line of a list that of a fresh list: what every recycled list needs.
static inline void nimbl_nbl_renew(
	NET_BUFFER_LIST *nbl, NET_BUFFER_LIST *next, NET_BUFFER *nb, enum nimbl_list_state state)
{
	if (unlikely(nbl->NimblInfoUsed != 0))
		nimbl_nbl_clear_info(nbl);
	nbl->Next = next;
	nbl->FirstNetBuffer = nb;
	nbl->NblFlags = 0;
	nbl->ChildRefCount = 0;
	nbl->Flags = 0;
	nbl->Status = NDIS_STATUS_SUCCESS;
	nbl->NimblState = state;
}

// Point an NB at `length` bytes of its own room, `offset` bytes from its start.
static inline void nimbl_nb_renew(NET_BUFFER *nb, uint32_t offset, uint32_t length)
{
	MDL *mdl = nimbl_own_mdl(nb);

	nb->Next = NULL;
	nb->CurrentMdl = mdl;
	nb->CurrentMdlOffset = offset;
	nb->stDataLength = length;
	nb->MdlChain = mdl;
	nb->DataOffset = offset;
	nb->ChecksumBias = 0;
}

// Turn a received mbuf into a list of one NB, owned by the caller, originated by `source`.
// `next` follows it in the chain. Writes the first line of the NB and of the list, nothing else.
static inline NET_BUFFER_LIST *nimbl_nbl_adopt(
	struct rte_mbuf *m, NDIS_HANDLE source, NET_BUFFER_LIST *next)
{
	NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	NET_BUFFER_LIST *nbl = nimbl_nbl_of_nb(nb);

	nimbl_nb_renew(nb, m->data_off, m->pkt_len);
	nimbl_nbl_renew(nbl, next, nb, NIMBL_LIST_INDICATED);
	nbl->SourceHandle = source;
	if (unlikely(m->nb_segs != 1))
		nimbl_nbl_adopt_segments(nbl, m);
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

// Whether the data of an NB is one piece in its own room, so that it can be sent without a look at
// any MDL. Holds for what was received or allocated and at most advanced or retreated since.
static inline bool nimbl_nb_is_plain(const NET_BUFFER *nb, const struct rte_mbuf *m)
{
	const MDL *own = nimbl_own_mdl(nb);

	return nb->MdlChain == own && nb->CurrentMdl == own && m->nb_segs == 1 &&
	       nb->stDataLength + nb->CurrentMdlOffset <= m->buf_len;
}

// Rebuild the mbuf chain of an NB from its MDL chain, without touching data. The MDLs must all be
// segment MDLs and the data must start in the first of them. Returns the head, or NULL when the
// packet must be copied to be sent. After it the MDL chain still stands.
struct rte_mbuf *nimbl_nb_to_mbuf(NET_BUFFER *nb);

// Make the MDLs of a received packet describe whole rooms again, before it goes to a PMD for good.
void nimbl_mbuf_restore_mdls(struct rte_mbuf *m);

// Undo what nimbl_nb_to_mbuf linked in a packet whose segments belong to several owners.
void nimbl_mbuf_unlink(struct rte_mbuf *m);
