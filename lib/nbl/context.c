// SPDX-License-Identifier: BSD-3-Clause
// Context space of lists: a stack of bytes that grows down inside blocks. The first block may come
// with the list, from its pool or with NdisAllocateNetBufferList, and dies with it; further ones come
// and go with the calls that need them.
#include <rte_malloc.h>

#include "list_priv.h"
#include "nimbl_log.h"
#include "nimbl_mbuf.h"

// In NimblAdded of a block that a context call pushed.
#define BLOCK_ADDED 1u

static bool block_push(const struct nimbl_pool *pool, NET_BUFFER_LIST *nbl, uint32_t size,
	uint32_t fill, uint32_t added)
{
	uint32_t total = size + fill;

	if (total > UINT16_MAX)
		return false;
	NET_BUFFER_LIST_CONTEXT *block = rte_malloc_socket("nimbl_context", sizeof(*block) + total,
		MEMORY_ALLOCATION_ALIGNMENT,
		pool->node == NIMBL_NODE_ANY ? SOCKET_ID_ANY : pool->node);
	if (block == NULL)
		return false;
	block->Next = nbl->Context;
	block->Size = (USHORT)total;
	block->Offset = (USHORT)fill;
	block->NimblAdded = added;
	nbl->Context = block;
	return true;
}

bool list_context_reserve(struct nimbl_pool *pool, NET_BUFFER_LIST *nbl, USHORT size, USHORT fill)
{
	uint32_t total = (uint32_t)size + fill;

	if (nbl->Context != NULL && nbl->Context->Offset >= total) {
		nbl->Context->Offset -= size;
		return true;
	}
	return total == 0 || block_push(pool, nbl, size, fill, 0);
}

void list_context_reset(const struct nimbl_pool *pool, NET_BUFFER_LIST *nbl)
{
	NET_BUFFER_LIST_CONTEXT *own =
		pool->context_bytes > 0 ? RTE_PTR_ADD(nbl, NIMBL_NBL_BYTES) : NULL;

	while (nbl->Context != own && nbl->Context != NULL) {
		NET_BUFFER_LIST_CONTEXT *extra = nbl->Context;

		nbl->Context = extra->Next;
		rte_free(extra);
	}
	nbl->Context = own;
	if (own != NULL)
		own->Offset = own->Size;
}

NDIS_STATUS NdisAllocateNetBufferListContext(
	NET_BUFFER_LIST *nbl, USHORT size, USHORT fill, ULONG tag)
{
	NET_BUFFER_LIST_CONTEXT *block = nbl->Context;

	if ((size | fill) % sizeof(PVOID) != 0)
		return NDIS_STATUS_FAILURE;
	if (likely(block != NULL && block->Offset >= size)) {
		block->Offset -= size;
		return NDIS_STATUS_SUCCESS;
	}
	if (size == 0) // nothing to take, and no block: a back-fill alone is only a hint
		return NDIS_STATUS_SUCCESS;
	return block_push(nbl->NdisPoolHandle, nbl, size, fill, BLOCK_ADDED)
		       ? NDIS_STATUS_SUCCESS
		       : NDIS_STATUS_RESOURCES;
}

VOID NdisFreeNetBufferListContext(NET_BUFFER_LIST *nbl, USHORT size)
{
	NET_BUFFER_LIST_CONTEXT *block = nbl->Context;

	if (size == 0)
		return;
	if (unlikely(block == NULL || size > block->Size - block->Offset)) {
		nimbl_log(NIMBL_LOG_ERROR,
			"NdisFreeNetBufferListContext: %u bytes of context, but the newest block "
			"has %u in use",
			size, block == NULL ? 0 : block->Size - block->Offset);
		pool_fault(NIMBL_POOL_CONTEXT, nbl->NdisPoolHandle, NULL);
		return;
	}
	block->Offset += size;
	// Last in, first out: with its last byte ends the call that added the block.
	if (block->NimblAdded != 0 && block->Offset == block->Size) {
		nbl->Context = block->Next;
		rte_free(block);
	}
}
