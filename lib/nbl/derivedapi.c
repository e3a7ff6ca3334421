// SPDX-License-Identifier: BSD-3-Clause
// The NDIS doors to derived lists.
#include "derive_priv.h"
#include "nimbl_log.h"

// A pool as a driver names it; NULL stands for one of our own.
static struct nimbl_pool *pool_for(
	NDIS_HANDLE handle, enum nimbl_object_kind kind, enum internal_pool standard)
{
	if (handle == NULL)
		return internal_pool(standard);
	return nimbl_object_is(handle, kind) ? handle : NULL;
}

static struct nimbl_pool *lists_for(NDIS_HANDLE handle)
{
	return pool_for(handle, NIMBL_OBJECT_NBL_POOL, INTERNAL_LISTS);
}

static struct nimbl_pool *buffers_for(NDIS_HANDLE handle)
{
	return pool_for(handle, NIMBL_OBJECT_NB_POOL, INTERNAL_BUFFERS);
}

static NET_BUFFER_LIST *give_up(NET_BUFFER_LIST *nbl)
{
	list_put(nbl);
	return NULL;
}

static NET_BUFFER_LIST *derived_ready(NET_BUFFER_LIST *parent, NET_BUFFER_LIST *child)
{
	parent->NimblState |= NIMBL_LIST_SHARED;
	return child;
}

// Q9: from the parent's current MDL on, with the offset of its data in that.
static void nb_over_original(NET_BUFFER *child, const NET_BUFFER *parent)
{
	child->MdlChain = child->CurrentMdl = parent->CurrentMdl;
	child->DataOffset = child->CurrentMdlOffset = parent->CurrentMdlOffset;
	child->stDataLength = parent->stDataLength;
	child->NdisReserved[1] = (PVOID)((uintptr_t)parent->CurrentMdlOffset + 1);
}

static NET_BUFFER_LIST *clone_of(NET_BUFFER_LIST *parent, struct nimbl_pool *lists,
	struct nimbl_pool *buffers, bool over_original)
{
	NET_BUFFER_LIST *nbl = derived_new(lists,
		over_original ? NIMBL_LIST_CLONE | NIMBL_LIST_ORIGINAL_MDLS : NIMBL_LIST_CLONE);
	NET_BUFFER *last = NULL;

	if (nbl == NULL)
		return NULL;
	for (NET_BUFFER *nb = parent->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		NET_BUFFER *child = derived_add(nbl, &last, buffers);
		MDL *tail = NULL;

		if (child == NULL)
			return give_up(nbl);
		if (over_original) {
			nb_over_original(child, nb);
			continue;
		}
		struct cursor cursor = cursor_at(nb, 0);
		if (!nb_share(child, &tail, &cursor, nb->DataLength, buffers))
			return give_up(nbl);
	}
	return derived_ready(parent, nbl);
}

NET_BUFFER_LIST *NdisAllocateCloneNetBufferList(
	NET_BUFFER_LIST *parent, NDIS_HANDLE list_pool, NDIS_HANDLE buffer_pool, ULONG flags)
{
	struct nimbl_pool *lists = lists_for(list_pool), *buffers = buffers_for(buffer_pool);

	if (lists == NULL || buffers == NULL || (flags & ~NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) != 0)
		return NULL;
	return clone_of(parent, lists, buffers, (flags & NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) != 0);
}

// Q5: who derives a list says from what. Debug builds tell the first that does not.
static void parent_expect(const NET_BUFFER_LIST *nbl, const char *door)
{
#ifndef NDEBUG
	static bool is_told;

	if (nbl->ParentNetBufferList == NULL &&
		!__atomic_exchange_n(&is_told, true, __ATOMIC_RELAXED))
		nimbl_log(NIMBL_LOG_WARNING,
			"%s: a list of pool '%s' has no ParentNetBufferList: the driver that derives "
			"a list sets it, and counts the child in the parent's ChildRefCount (told "
			"once)",
			door, nimbl_object_name(nbl->NdisPoolHandle));
#endif
}

// Give a derived list back, when it is one and is freed as what it is.
static void derived_free(
	NET_BUFFER_LIST *nbl, uint32_t kind, bool flags_are_right, const char *door)
{
	if ((nbl->NimblState & NIMBL_LIST_DERIVED) == kind && flags_are_right) {
		parent_expect(nbl, door);
		list_put(nbl);
		return;
	}
	nimbl_log(NIMBL_LOG_ERROR,
		"%s: the list of pool '%s' was not made by the allocating function that "
		"belongs to it, or with other flags; it is not freed",
		door, nimbl_object_name(nbl->NdisPoolHandle));
	pool_fault(NIMBL_POOL_WRONG, nbl->NdisPoolHandle, nbl);
}

VOID NdisFreeCloneNetBufferList(NET_BUFFER_LIST *nbl, ULONG flags)
{
	uint32_t kind = NIMBL_LIST_CLONE;

	if ((flags & NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) != 0)
		kind |= NIMBL_LIST_ORIGINAL_MDLS;
	derived_free(nbl, kind, (flags & ~NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) == 0,
		"NdisFreeCloneNetBufferList");
}

// Cut the data of one NB, from `start` on, into NBs of at most `most` bytes. Q13: before the retreat.
static bool nb_cut(NET_BUFFER_LIST *nbl, NET_BUFFER **last, const NET_BUFFER *nb, uint32_t start,
	uint32_t most, struct nimbl_pool *buffers)
{
	uint32_t left = nb->DataLength - start;
	struct cursor cursor = cursor_at(nb, start);

	while (left > 0) {
		NET_BUFFER *child = derived_add(nbl, last, buffers);
		uint32_t bytes = RTE_MIN(left, most);
		MDL *tail = NULL;

		if (child == NULL || !nb_share(child, &tail, &cursor, bytes, buffers))
			return false;
		left -= bytes;
	}
	return true;
}

static NET_BUFFER_LIST *fragment(NET_BUFFER_LIST *parent, struct nimbl_pool *lists,
	struct nimbl_pool *buffers, uint32_t start, uint32_t most)
{
	NET_BUFFER_LIST *nbl = derived_new(lists, NIMBL_LIST_FRAGMENTS);
	NET_BUFFER *last = NULL;

	if (nbl == NULL)
		return NULL;
	for (NET_BUFFER *nb = parent->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		if (start > nb->DataLength || !nb_cut(nbl, &last, nb, start, most, buffers))
			return give_up(nbl);
	}
	return last != NULL ? nbl : give_up(nbl);
}

NET_BUFFER_LIST *NdisAllocateFragmentNetBufferList(NET_BUFFER_LIST *parent, NDIS_HANDLE list_pool,
	NDIS_HANDLE buffer_pool, ULONG start, ULONG most, ULONG delta, ULONG fill, ULONG flags)
{
	struct nimbl_pool *lists = lists_for(list_pool), *buffers = buffers_for(buffer_pool);
	NET_BUFFER_LIST *nbl;

	if (lists == NULL || buffers == NULL || most == 0 || flags != 0)
		return NULL;
	nbl = fragment(parent, lists, buffers, start, most);
	if (nbl == NULL)
		return NULL;
	if (delta > 0 && list_retreat(nbl, delta, fill, NULL, NULL) != NDIS_STATUS_SUCCESS)
		return give_up(nbl);
	return derived_ready(parent, nbl);
}

// The headers that the retreat put in front are the engine's and go with the chain, so that nothing is
// left to do with `delta`.
VOID NdisFreeFragmentNetBufferList(NET_BUFFER_LIST *nbl, ULONG delta, ULONG flags)
{
	derived_free(nbl, NIMBL_LIST_FRAGMENTS, flags == 0, "NdisFreeFragmentNetBufferList");
}

static NET_BUFFER_LIST *reassemble(NET_BUFFER_LIST *parent, struct nimbl_pool *lists,
	struct nimbl_pool *buffers, uint32_t start)
{
	NET_BUFFER_LIST *nbl = derived_new(lists, NIMBL_LIST_REASSEMBLED);
	NET_BUFFER *last = NULL, *child;
	MDL *tail = NULL;

	if (nbl == NULL)
		return NULL;
	child = derived_add(nbl, &last, buffers); // the list's own: cannot fail
	for (NET_BUFFER *nb = parent->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		if (start > nb->DataLength ||
			child->stDataLength + (nb->DataLength - start) > UINT32_MAX)
			return give_up(nbl);
		struct cursor cursor = cursor_at(nb, start);
		if (!nb_share(child, &tail, &cursor, nb->DataLength - start, buffers))
			return give_up(nbl);
	}
	return nbl;
}

NET_BUFFER_LIST *NdisAllocateReassembledNetBufferList(NET_BUFFER_LIST *parent,
	NDIS_HANDLE list_pool, ULONG start, ULONG delta, ULONG fill, ULONG flags)
{
	struct nimbl_pool *lists = lists_for(list_pool), *buffers = buffers_for(NULL);
	NET_BUFFER_LIST *nbl;

	if (lists == NULL || buffers == NULL || lists->kind != POOL_NBL_NB || flags != 0)
		return NULL;
	nbl = reassemble(parent, lists, buffers, start);
	if (nbl == NULL)
		return NULL;
	if (delta > 0 && list_retreat(nbl, delta, fill, NULL, NULL) != NDIS_STATUS_SUCCESS)
		return give_up(nbl);
	return derived_ready(parent, nbl);
}

VOID NdisFreeReassembledNetBufferList(NET_BUFFER_LIST *nbl, ULONG delta, ULONG flags)
{
	derived_free(nbl, NIMBL_LIST_REASSEMBLED, flags == 0, "NdisFreeReassembledNetBufferList");
}
