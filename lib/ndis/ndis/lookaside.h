// SPDX-License-Identifier: BSD-3-Clause
// Blocks of one size. A list here keeps nothing back: each block is allocated and freed with the
// routines of the driver, which may set up more than memory in it, or else from the pool.
#pragma once

#include "memory.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef PVOID(ALLOCATE_FUNCTION)(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
typedef ALLOCATE_FUNCTION *PALLOCATE_FUNCTION;
typedef VOID(FREE_FUNCTION)(PVOID Buffer);
typedef FREE_FUNCTION *PFREE_FUNCTION;

// In memory of the driver's.
typedef struct _NPAGED_LOOKASIDE_LIST {
	ALLOCATE_FUNCTION *NimblAllocate;
	FREE_FUNCTION *NimblFree;
	SIZE_T NimblSize;
	ULONG NimblTag;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST, PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;

// `Allocate` and `Free` may be NULL for the pool's; Flags and Depth mean nothing. Any thread.
NIMBL_NDIS_API VOID ExInitializeNPagedLookasideList(NPAGED_LOOKASIDE_LIST *Lookaside,
	ALLOCATE_FUNCTION *Allocate, FREE_FUNCTION *Free, ULONG Flags, SIZE_T Size, ULONG Tag,
	USHORT Depth);

// Every block is back.
static inline VOID ExDeleteNPagedLookasideList(NPAGED_LOOKASIDE_LIST *Lookaside)
{
	(void)Lookaside;
}

// NULL when memory is out.
static inline PVOID ExAllocateFromNPagedLookasideList(NPAGED_LOOKASIDE_LIST *Lookaside)
{
	return Lookaside->NimblAllocate(NonPagedPoolNx, Lookaside->NimblSize, Lookaside->NimblTag);
}

static inline VOID ExFreeToNPagedLookasideList(NPAGED_LOOKASIDE_LIST *Lookaside, PVOID Entry)
{
	Lookaside->NimblFree(Entry);
}

#define ExInitializePagedLookasideList   ExInitializeNPagedLookasideList
#define ExDeletePagedLookasideList       ExDeleteNPagedLookasideList
#define ExAllocateFromPagedLookasideList ExAllocateFromNPagedLookasideList
#define ExFreeToPagedLookasideList       ExFreeToNPagedLookasideList

#define NdisInitializeNPagedLookasideList   ExInitializeNPagedLookasideList
#define NdisDeleteNPagedLookasideList       ExDeleteNPagedLookasideList
#define NdisAllocateFromNPagedLookasideList ExAllocateFromNPagedLookasideList
#define NdisFreeToNPagedLookasideList       ExFreeToNPagedLookasideList

#ifdef __cplusplus
}
#endif
