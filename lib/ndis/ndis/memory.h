// SPDX-License-Identifier: BSD-3-Clause
// Plain memory, and a handle for components that are neither miniport, filter nor protocol.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// May stand first in a larger structure of the driver's.
typedef struct _NDIS_GENERIC_OBJECT {
	PVOID NimblReserved[10];
	PVOID Caller;
	PVOID CallersCaller;
	DRIVER_OBJECT *DriverObject;
} NDIS_GENERIC_OBJECT, *PNDIS_GENERIC_OBJECT;

// Make a zeroed object of `Size` bytes, at least sizeof(NDIS_GENERIC_OBJECT), that may own pools:
// pass it as their NdisHandle. Control threads. NULL when memory is out or Size is too small.
// WDK: NdisAllocateGenericObject.
NIMBL_NDIS_API NDIS_GENERIC_OBJECT *NdisAllocateGenericObject(
	DRIVER_OBJECT *DriverObject, ULONG Tag, USHORT Size);

// Free an object whose pools are freed. Control threads. NULL is accepted.
// WDK: NdisFreeGenericObject.
NIMBL_NDIS_API VOID NdisFreeGenericObject(NDIS_GENERIC_OBJECT *NdisGenericObject);

typedef enum _EX_POOL_PRIORITY {
	LowPoolPriority = 0,
	NormalPoolPriority = 16,
	HighPoolPriority = 32,
} EX_POOL_PRIORITY;

// `Length` bytes, aligned to MEMORY_ALLOCATION_ALIGNMENT, not zeroed. Any thread, but it may take long:
// not per packet. NULL when memory is out, or Tag is 0. WDK: NdisAllocateMemoryWithTagPriority.
NIMBL_NDIS_API PVOID NdisAllocateMemoryWithTagPriority(
	NDIS_HANDLE NdisHandle, UINT Length, ULONG Tag, EX_POOL_PRIORITY Priority);

// The same, with NDIS_STATUS_FAILURE when memory is out. WDK: NdisAllocateMemoryWithTag.
NIMBL_NDIS_API NDIS_STATUS NdisAllocateMemoryWithTag(PVOID *VirtualAddress, UINT Length, ULONG Tag);

// Free such memory. Length may be 0; MemoryFlags are 0. WDK: NdisFreeMemory.
NIMBL_NDIS_API VOID NdisFreeMemory(PVOID VirtualAddress, UINT Length, UINT MemoryFlags);

// All memory is nonpaged here, and none is executable: kinds differ in alignment only.
typedef enum _POOL_TYPE {
	NonPagedPool = 0,
	NonPagedPoolExecute = NonPagedPool,
	PagedPool = 1,
	NonPagedPoolMustSucceed = 2,
	NonPagedPoolCacheAligned = 4,
	PagedPoolCacheAligned = 5,
	NonPagedPoolNx = 512,
	NonPagedPoolNxCacheAligned = NonPagedPoolNx + NonPagedPoolCacheAligned,
} POOL_TYPE;

typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_UNINITIALIZED 0x0000000000000002u
#define POOL_FLAG_CACHE_ALIGNED 0x0000000000000008u
#define POOL_FLAG_NON_PAGED     0x0000000000000040u
#define POOL_FLAG_PAGED         0x0000000000000100u

// `NumberOfBytes` at a multiple of MEMORY_ALLOCATION_ALIGNMENT, of a cache line where the kind says so,
// of PAGE_SIZE from that size on. Zeroed by ExAllocatePool2 and ExAllocatePoolZero only. Any thread, not
// per packet. NULL when memory is out, or Tag is 0. WDK: ExAllocatePoolWithTag, ExAllocatePool2.
NIMBL_NDIS_API PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
NIMBL_NDIS_API PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
NIMBL_NDIS_API PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
#define ExAllocatePoolUninitialized(PoolType, Size, Tag) ExAllocatePoolWithTag(PoolType, Size, Tag)
#define ExAllocatePoolWithTagPriority(PoolType, Size, Tag, Priority) \
	((void)(Priority), ExAllocatePoolWithTag(PoolType, Size, Tag))
#define ExAllocatePoolPriorityZero(PoolType, Size, Tag, Priority) \
	((void)(Priority), ExAllocatePoolZero(PoolType, Size, Tag))

NIMBL_NDIS_API VOID ExFreePoolWithTag(PVOID P, ULONG Tag);
#define ExFreePool(P) ExFreePoolWithTag((P), 0)

#ifdef __cplusplus
}
#endif
