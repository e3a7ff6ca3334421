// SPDX-License-Identifier: BSD-3-Clause
// Lists derived from others: clones, fragments, reassemblies. No byte is copied. Where the parent's
// data lies in the room of an mbuf, an mbuf of the child borrows that room (an indirect mbuf), so that
// a PMD can send the child and the room stays while anybody uses it; elsewhere the child has an MDL
// over the same memory.
#include "derive_priv.h"

// The references of this mbuf count from now on, when it goes home.
static void room_mark(struct rte_mbuf *m)
{
	NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	const struct nimbl_pool *pool = nb->NdisPoolHandle;

	if (!RTE_MBUF_DIRECT(m))
		return; // it borrows itself: the lender is marked
	if (pool_has_lists(pool))
		nimbl_nbl_of_nb(nb)->NimblState |= NIMBL_LIST_SHARED;
	else
		nb->NdisReserved[0] = NB_SHARED;
}

static MDL *room_borrow(struct rte_mbuf *m, struct rte_mbuf *lender, void *va, uint32_t bytes)
{
	MDL *mdl = nimbl_own_mdl(nimbl_nb_of_mbuf(m));

	room_mark(lender);
	rte_pktmbuf_attach(m, lender);
	m->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL; // out-of-band data is not derived
	m->data_off = (uint16_t)RTE_PTR_DIFF(va, m->buf_addr);
	m->data_len = (uint16_t)bytes;
	mdl_init(mdl, va, bytes, NIMBL_MDL_SEGMENT | NIMBL_MDL_OURS);
	return mdl;
}

// An MDL over `bytes` at `offset` of `from`, for the chain of `child`. NULL when a pool is dry.
static MDL *piece_over(NET_BUFFER *child, const MDL *from, uint32_t offset, uint32_t bytes,
	struct nimbl_pool *pool)
{
	void *va = RTE_PTR_ADD(from->MappedSystemVa, offset);
	struct rte_mbuf *m = nimbl_mbuf_of_nb(child);

	if ((from->MdlFlags & NIMBL_MDL_SEGMENT) == 0) {
		struct nimbl_pool *mdls = mdl_pool();
		MDL *mdl = mdls != NULL ? mdl_get(mdls) : NULL;

		if (mdl != NULL)
			mdl_init(mdl, va, bytes, NIMBL_MDL_OURS);
		return mdl;
	}
	if (child->MdlChain != NULL) // only the first piece is the child's own mbuf
		m = element_take(pool);
	return m != NULL ? room_borrow(m, nimbl_mbuf_of_mdl(from), va, bytes) : NULL;
}

void cursor_set(struct cursor *cursor, const NET_BUFFER *nb, uint32_t skip)
{
	uint64_t offset = (uint64_t)nb->CurrentMdlOffset + skip;

	cursor->mdl = nb->CurrentMdl;
	while (cursor->mdl != NULL && offset >= cursor->mdl->ByteCount) {
		offset -= cursor->mdl->ByteCount;
		cursor->mdl = cursor->mdl->Next;
	}
	cursor->offset = (uint32_t)offset;
}

bool nb_share(NET_BUFFER *child, struct tail *tail, struct cursor *cursor, uint32_t bytes,
	struct nimbl_pool *pool)
{
	while (bytes > 0) {
		const MDL *from = cursor->mdl;
		uint32_t n = RTE_MIN(bytes, from->ByteCount - cursor->offset);

		if (n > 0) {
			// A room has at most 65535 bytes, and foreign memory is not for an mbuf.
			MDL *mdl = piece_over(child, from, cursor->offset, n, pool);

			if (mdl == NULL)
				return false;
			if (tail->mdl == NULL)
				child->MdlChain = child->CurrentMdl = mdl;
			else
				tail->mdl->Next = mdl;
			tail->mdl = mdl;
			child->stDataLength += n;
			cursor->offset += n;
			bytes -= n;
		}
		if (cursor->offset == from->ByteCount) {
			cursor->mdl = from->Next;
			cursor->offset = 0;
		}
	}
	return true;
}

NET_BUFFER_LIST *derived_new(struct nimbl_pool *lists, uint32_t kind)
{
	NET_BUFFER_LIST *nbl;

	if (nimbl_nbl_get(lists, &nbl, 1) != 1)
		return NULL;
	nbl->NimblState |= kind;
	nbl->SourceHandle = NULL;
	nbl->FirstNetBuffer = NULL;
	return nbl;
}

NET_BUFFER *derived_add(NET_BUFFER_LIST *nbl, NET_BUFFER **last, struct nimbl_pool *buffers)
{
	const struct nimbl_pool *lists = nbl->NdisPoolHandle;
	NET_BUFFER *nb;

	if (*last == NULL && lists->kind != POOL_NBL) {
		nb = nimbl_own_nb(nbl);
	} else {
		nb = nb_get(buffers);
		if (nb == NULL)
			return NULL;
		nb->NdisReserved[0] = NB_SHARED;
	}
	nb_aim(nb, NULL, 0, 0);
	if (*last == NULL)
		nbl->FirstNetBuffer = nb;
	else
		(*last)->Next = nb;
	*last = nb;
	return nb;
}

void nb_release_chain(NET_BUFFER *nb)
{
	MDL *own = nimbl_own_mdl(nb);

	for (MDL *mdl = nb->MdlChain, *next; mdl != NULL; mdl = next) {
		next = mdl->Next;
		if (mdl != own && (mdl->MdlFlags & NIMBL_MDL_OURS) != 0)
			ours_free(mdl);
	}
	mdl_make_whole(own);
	nb->MdlChain = nb->CurrentMdl = own;
}

// The list's own NB stays, for list_retire.
void derived_release(NET_BUFFER_LIST *nbl)
{
	bool is_over_original = (nbl->NimblState & NIMBL_LIST_ORIGINAL_MDLS) != 0;

	for (NET_BUFFER *nb = nbl->FirstNetBuffer, *next; nb != NULL; nb = next) {
		struct nimbl_pool *pool = nb->NdisPoolHandle;

		next = nb->Next;
		nb->NdisReserved[1] = NULL;
		if (is_over_original) // the chain is the parent's
			nb->MdlChain = nimbl_own_mdl(nb);
		else
			nb_release_chain(nb);
		if (!pool_has_lists(pool))
			nb_put(pool, nb);
	}
}
