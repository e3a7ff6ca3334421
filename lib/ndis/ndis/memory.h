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

// Free such memory. Length may be 0; MemoryFlags are 0. WDK: NdisFreeMemory.
NIMBL_NDIS_API VOID NdisFreeMemory(PVOID VirtualAddress, UINT Length, UINT MemoryFlags);

#ifdef __cplusplus
}
#endif
