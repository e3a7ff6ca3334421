// SPDX-License-Identifier: BSD-3-Clause
// Packets of several segments, and what a list needs besides the inline fast path: all cold.
#include "list_priv.h"

#include <string.h>

void nimbl_nbl_clear_info(NET_BUFFER_LIST *nbl)
{
	ULONG used = nbl->NimblInfoUsed;

	while (used != 0) {
		nbl->NetBufferListInfo[__builtin_ctz(used)] = NULL;
		used &= used - 1;
	}
	nbl->NimblInfoUsed = 0;
}

// A segment's room beyond its data must not lie between two pieces of the packet, so every MDL but
// the first describes data only; the first keeps its headroom. unlink makes them whole again.
static void adopt_segments(NET_BUFFER_LIST *nbl, const struct rte_mbuf *m)
{
	MDL *mdl = nimbl_own_mdl(nimbl_nb_of_mbuf(m));

	mdl->ByteCount = nimbl_nb_of_mbuf(m)->CurrentMdlOffset + m->data_len;
	for (m = m->next; m != NULL; m = m->next) {
		MDL *next = nimbl_own_mdl(nimbl_nb_of_mbuf(m));

		mdl_aim(next, rte_pktmbuf_mtod(m, void *), m->data_len);
		mdl->Next = next;
		mdl = next;
	}
	mdl->Next = NULL;
	nbl->NimblState |= NIMBL_LIST_OWNS_SEGMENTS;
}

void nimbl_nbl_adopt_unusual(NET_BUFFER_LIST *nbl, NET_BUFFER *nb, const struct rte_mbuf *m)
{
	const uint8_t *room = nimbl_own_mdl(nb)->MappedSystemVa;

	nimbl_nb_aim_own(nb, (uint32_t)(rte_pktmbuf_mtod(m, uint8_t *) - room), m->pkt_len);
	if (m->nb_segs != 1)
		adopt_segments(nbl, m);
}

void nimbl_mbuf_restore_mdls(struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		mdl_make_whole(nimbl_own_mdl(nimbl_nb_of_mbuf(m)));
}

void nimbl_mbuf_unlink(struct rte_mbuf *m)
{
	while (m != NULL) {
		struct rte_mbuf *next = m->next;

		m->next = NULL;
		m->nb_segs = 1;
		m = next;
	}
}

void nimbl_nbl_unlink_headers(const NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;
	const struct rte_mbuf *own = nimbl_mbuf_of_nb(nb);

	for (struct rte_mbuf *m = nimbl_frame_of_nb(nb), *next; m != NULL && m != own; m = next) {
		next = m->next;
		m->next = NULL;
		m->nb_segs = 1;
	}
}

// Looked at before anything is linked: a refusal must leave the mbufs as they are.
static bool is_all_segments(const NET_BUFFER *nb)
{
	uint32_t left = nb->DataLength, offset = nb->CurrentMdlOffset;

	if (nb->MdlChain == NULL || nb->CurrentMdl != nb->MdlChain ||
		nimbl_mbuf_of_mdl(nb->MdlChain) != nimbl_frame_of_nb(nb))
		return false;
	for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next, offset = 0) {
		if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) == 0 || (left == 0 && mdl != nb->MdlChain))
			return false; // foreign memory, or a tail without data: copy
		left -= RTE_MIN(left, mdl->ByteCount - offset);
	}
	return left == 0;
}

bool nimbl_nbl_owns_frame(const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb)
{
	const MDL *own = nimbl_own_mdl(nb), *mdl = nb->MdlChain;

	if (nbl->FirstNetBuffer != nb || nb->Next != NULL || nb != nimbl_own_nb(nbl))
		return false;
	while (mdl != NULL && mdl != own && (mdl->MdlFlags & NIMBL_MDL_OURS) != 0)
		mdl = mdl->Next;
	return mdl == own &&
	       (own->Next == NULL ||
		       (nbl->NimblState & (NIMBL_LIST_OWNS_SEGMENTS | NIMBL_LIST_DERIVED)) != 0);
}

bool nimbl_nb_is_alone(const NET_BUFFER *nb)
{
	for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next) {
		if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) != 0 &&
			rte_mbuf_refcnt_read(nimbl_mbuf_of_mdl(mdl)) != 1)
			return false;
	}
	return true;
}

bool nimbl_nbl_may_write(const NET_BUFFER_LIST *nbl)
{
	const uint32_t derived = NIMBL_LIST_DERIVED | NIMBL_LIST_WRAPPED;

	if ((nbl->NimblState & derived) != 0 || nbl->ChildRefCount != 0 ||
		(nbl->NblFlags & (NDIS_NBL_FLAGS_SEND_READ_ONLY | NDIS_NBL_FLAGS_RECV_READ_ONLY)) !=
			0)
		return false;
	for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next) {
			const struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);

			if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) == 0 || !RTE_MBUF_DIRECT(m) ||
				rte_mbuf_refcnt_read(m) != 1)
				return false;
		}
	}
	return true;
}

struct rte_mbuf *nimbl_nb_to_mbuf(NET_BUFFER *nb)
{
	uint32_t left = nb->DataLength, offset = nb->CurrentMdlOffset;
	struct rte_mbuf *head = nimbl_frame_of_nb(nb), *tail = NULL;
	uint16_t segments = 0;

	if (!is_all_segments(nb))
		return NULL;
	for (MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next, offset = 0) {
		struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);
		uint32_t bytes = RTE_MIN(left, mdl->ByteCount - offset);

		mbuf_aim(m, RTE_PTR_ADD(mdl->MappedSystemVa, offset));
		m->data_len = (uint16_t)bytes;
		left -= bytes;
		if (tail != NULL)
			tail->next = m;
		tail = m;
		segments++;
	}
	head->nb_segs = segments;
	head->pkt_len = nb->DataLength;
	head->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL; // nothing is asked yet
	return head;
}

uint32_t nimbl_nb_read(const NET_BUFFER *nb, uint32_t offset, void *to, uint32_t bytes)
{
	uint32_t done = 0, skip = nb->CurrentMdlOffset;

	if (offset >= nb->DataLength)
		return 0;
	bytes = RTE_MIN(bytes, nb->DataLength - offset);
	for (const MDL *mdl = nb->CurrentMdl; mdl != NULL && done < bytes; mdl = mdl->Next) {
		uint32_t room = mdl->ByteCount - RTE_MIN(mdl->ByteCount, skip);

		if (offset < room) {
			uint32_t n = RTE_MIN(room - offset, bytes - done);

			memcpy(RTE_PTR_ADD(to, done),
				RTE_PTR_ADD(mdl->MappedSystemVa, skip + offset), n);
			done += n;
			offset = 0;
		} else {
			offset -= room;
		}
		skip = 0;
	}
	return done;
}
