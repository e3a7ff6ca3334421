// SPDX-License-Identifier: BSD-3-Clause
// What clones, fragments and reassemblies consist of. No byte is copied. Where the parent's data lies
// in the room of an mbuf, an mbuf of the child borrows that room (an indirect mbuf), so that a PMD can
// send the child and the room stays while anybody uses it; elsewhere the child has an MDL over the same
// memory.
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
	mbuf_aim(m, va);
	m->data_len = (uint16_t)bytes;
	mdl->MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL | NIMBL_MDL_SEGMENT | NIMBL_MDL_OURS;
	mdl_aim(mdl, va, bytes);
	return mdl;
}

static MDL *foreign_piece(void *va, uint32_t bytes)
{
	struct nimbl_pool *mdls = mdl_pool();
	MDL *mdl = mdls != NULL ? element_take(mdls) : NULL;

	if (mdl != NULL)
		mdl_init(mdl, va, bytes, NIMBL_MDL_OURS);
	return mdl;
}

// An MDL over `bytes` at `offset` of `from`, beside `m`, or beside a further mbuf where that is NULL.
// NULL when a pool is dry.
static inline MDL *piece_over(const MDL *from, uint32_t offset, uint32_t bytes, struct rte_mbuf *m,
	struct nimbl_pool *pool)
{
	void *va = RTE_PTR_ADD(from->MappedSystemVa, offset);

	if (unlikely((from->MdlFlags & NIMBL_MDL_SEGMENT) == 0))
		return foreign_piece(va, bytes);
	if (m == NULL)
		m = element_take(pool);
	return likely(m != NULL) ? room_borrow(m, nimbl_mbuf_of_mdl(from), va, bytes) : NULL;
}

bool nb_share(NET_BUFFER *child, MDL **tail, struct cursor *cursor, uint32_t bytes,
	struct nimbl_pool *pool)
{
	const MDL *from = cursor->mdl;
	uint32_t offset = cursor->offset;
	MDL *last = *tail;

	child->stDataLength += bytes;
	while (bytes > 0) {
		uint32_t n = RTE_MIN(bytes, from->ByteCount - offset);

		if (likely(n > 0)) {
			// Only the first piece is the child's own mbuf.
			MDL *mdl = piece_over(from, offset, n,
				last == NULL ? nimbl_mbuf_of_nb(child) : NULL, pool);

			if (unlikely(mdl == NULL))
				return false;
			if (last == NULL)
				child->MdlChain = child->CurrentMdl = mdl;
			else
				last->Next = mdl;
			last = mdl;
			offset += n;
			bytes -= n;
		}
		if (offset == from->ByteCount) {
			from = from->Next;
			offset = 0;
		}
	}
	cursor->mdl = from;
	cursor->offset = offset;
	*tail = last;
	return true;
}
