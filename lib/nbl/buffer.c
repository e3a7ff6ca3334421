// SPDX-License-Identifier: BSD-3-Clause
// Buffers that are not part of a list: taking them out of pools, giving them back, aiming them.
#include "list_priv.h"

NET_BUFFER *nb_get(struct nimbl_pool *pool)
{
	struct rte_mbuf *m = element_take(pool);

	if (unlikely(m == NULL))
		return NULL;
	NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	nb_empty(nb);
	if (pool_has_data(pool)) {
		nb->CurrentMdl = nb->MdlChain = nimbl_own_mdl(nb);
		nimbl_nb_aim_own(nb, pool->data_bytes, 0);
	}
	nb->NdisReserved[0] = NB_ISSUED;
	return nb;
}

void nb_put(struct nimbl_pool *pool, NET_BUFFER *nb)
{
	struct rte_mbuf *m = nimbl_mbuf_of_nb(nb);

	PVOID mark = nb->NdisReserved[0];

	if (unlikely(mark != NB_ISSUED && mark != NB_SHARED)) {
		__atomic_fetch_add(&pool->double_frees, 1, __ATOMIC_RELAXED);
		pool_fault(NIMBL_POOL_TWICE, pool, NULL);
		return;
	}
	nb->NdisReserved[0] = NULL;
	if (unlikely(nimbl_own_mdl(nb)->Next != NULL || mark == NB_SHARED))
		mdl_make_whole(nimbl_own_mdl(nb));
	if (likely(mark == NB_ISSUED))
		element_put(pool, m);
	else
		rte_pktmbuf_free_seg(m);
}

bool nb_aim(NET_BUFFER *nb, MDL *chain, uint32_t offset, uint64_t length)
{
	uint32_t left = offset;
	MDL *mdl = chain;

	// Data that starts where an MDL ends starts in the next one, as long as there is data.
	while (mdl != NULL && left >= mdl->ByteCount && mdl->Next != NULL) {
		left -= mdl->ByteCount;
		mdl = mdl->Next;
	}
	if (length > UINT32_MAX)
		return false;
	nb->Next = NULL;
	nb->MdlChain = chain;
	nb->DataOffset = offset;
	nb->CurrentMdl = mdl;
	nb->CurrentMdlOffset = left;
	nb->stDataLength = length;
	nb->ChecksumBias = 0;
	if (mdl == NULL)
		return offset == 0 && length == 0;
	uint64_t room = 0;
	for (const MDL *m = mdl; m != NULL && room < left + length; m = m->Next)
		room += m->ByteCount;
	return left + length <= room;
}
