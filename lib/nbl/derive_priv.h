// SPDX-License-Identifier: BSD-3-Clause
// How derived lists are put together: derive.c has the parts, derivedapi.c the doors.
#pragma once

#include "list_priv.h"

// A place in the data of a parent.
struct cursor {
	const MDL *mdl;
	uint32_t offset;
};

// The place `skip` bytes behind the start of the data of `nb`.
static inline struct cursor cursor_at(const NET_BUFFER *nb, uint32_t skip)
{
	uint64_t offset = (uint64_t)nb->CurrentMdlOffset + skip;
	const MDL *mdl = nb->CurrentMdl;

	while (mdl != NULL && offset >= mdl->ByteCount) {
		offset -= mdl->ByteCount;
		mdl = mdl->Next;
	}
	return (struct cursor){.mdl = mdl, .offset = (uint32_t)offset};
}

// Append `bytes` of the parent, from the cursor on, to the data of `child`; further mbufs come from
// `pool`. `tail`: the last MDL of the child's chain, NULL as long as it has none. False when a pool is
// dry: then all that the child is good for is to be given back.
bool nb_share(NET_BUFFER *child, MDL **tail, struct cursor *cursor, uint32_t bytes,
	struct nimbl_pool *pool);

// A derived list without NBs. NULL when the pool is dry. Goes back with list_put at any stage.
static inline NET_BUFFER_LIST *derived_new(struct nimbl_pool *lists, uint32_t kind)
{
	void *element = element_take(lists);

	if (unlikely(element == NULL))
		return NULL;
	NET_BUFFER_LIST *nbl = pool_list_of(lists, element);
	nbl->Next = NULL;
	nbl->FirstNetBuffer = NULL;
	nbl->SourceHandle = NULL;
	nimbl_nbl_set_fresh(nbl, NIMBL_LIST_ALLOCATED | kind);
	return nbl;
}

// Append an NB without data: the list's own one first, if there is one. NULL when a pool is dry.
static inline NET_BUFFER *derived_add(
	NET_BUFFER_LIST *nbl, NET_BUFFER **last, struct nimbl_pool *buffers)
{
	const struct nimbl_pool *lists = nbl->NdisPoolHandle;
	NET_BUFFER *nb;

	if (*last == NULL && likely(lists->kind != POOL_NBL)) {
		nb = nimbl_own_nb(nbl);
	} else {
		struct rte_mbuf *m = element_take(buffers);

		if (unlikely(m == NULL))
			return NULL;
		nb = nimbl_nb_of_mbuf(m);
		nb->NdisReserved[0] = NB_SHARED;
	}
	nb_empty(nb);
	if (*last == NULL)
		nbl->FirstNetBuffer = nb;
	else
		(*last)->Next = nb;
	*last = nb;
	return nb;
}
