// SPDX-License-Identifier: BSD-3-Clause
// Plain memory under the names of NDIS and NT.
#include <ndis.h>
#include <stdlib.h>
#include <string.h>

PVOID NdisAllocateMemoryWithTagPriority(
	NDIS_HANDLE handle, UINT length, ULONG tag, EX_POOL_PRIORITY priority)
{
	return tag != 0 ? malloc(length) : NULL;
}

NDIS_STATUS NdisAllocateMemoryWithTag(PVOID *address, UINT length, ULONG tag)
{
	*address = NdisAllocateMemoryWithTagPriority(NULL, length, tag, NormalPoolPriority);
	return *address != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

VOID NdisFreeMemory(PVOID memory, UINT length, UINT flags)
{
	free(memory);
}

static PVOID pool_take(SIZE_T length, ULONG tag, BOOLEAN cache_aligned, BOOLEAN zeroed)
{
	SIZE_T alignment = length >= PAGE_SIZE ? PAGE_SIZE
			   : cache_aligned     ? SYSTEM_CACHE_ALIGNMENT_SIZE
					       : MEMORY_ALLOCATION_ALIGNMENT;
	PVOID memory = NULL;

	if (tag == 0 || posix_memalign(&memory, alignment, length) != 0)
		return NULL;
	if (zeroed)
		memset(memory, 0, length);
	return memory;
}

PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T length, ULONG tag)
{
	return pool_take(length, tag, (type & NonPagedPoolCacheAligned) != 0, FALSE);
}

PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T length, ULONG tag)
{
	return pool_take(length, tag, (type & NonPagedPoolCacheAligned) != 0, TRUE);
}

PVOID ExAllocatePool2(POOL_FLAGS flags, SIZE_T length, ULONG tag)
{
	return pool_take(length, tag, (flags & POOL_FLAG_CACHE_ALIGNED) != 0,
		(flags & POOL_FLAG_UNINITIALIZED) == 0);
}

VOID ExFreePoolWithTag(PVOID memory, ULONG tag)
{
	free(memory);
}

static VOID free_block(PVOID block)
{
	free(block);
}

VOID ExInitializeNPagedLookasideList(NPAGED_LOOKASIDE_LIST *list, ALLOCATE_FUNCTION *allocate,
	FREE_FUNCTION *release, ULONG flags, SIZE_T size, ULONG tag, USHORT depth)
{
	*list = (NPAGED_LOOKASIDE_LIST){
		.NimblAllocate = allocate != NULL ? allocate : ExAllocatePoolWithTag,
		.NimblFree = release != NULL ? release : free_block,
		.NimblSize = size,
		.NimblTag = tag,
	};
}
