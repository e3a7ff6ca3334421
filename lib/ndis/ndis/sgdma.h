// SPDX-License-Identifier: BSD-3-Clause
// What a miniport asks for the addresses that a device sees. DPDK drivers need none of this.
#pragma once

#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;

// `SGL` holds until NdisMFreeNetBufferSGList. `Device` is NULL here.
typedef VOID(MINIPORT_PROCESS_SG_LIST)(
	PDEVICE_OBJECT Device, PVOID Reserved, SCATTER_GATHER_LIST *SGL, PVOID Context);
typedef MINIPORT_PROCESS_SG_LIST *MINIPORT_PROCESS_SG_LIST_HANDLER;

typedef struct _NDIS_SG_DMA_DESCRIPTION {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	ULONG MaximumPhysicalMapping;
	MINIPORT_PROCESS_SG_LIST_HANDLER ProcessSGListHandler;
	PVOID SharedMemAllocateCompleteHandler;
	ULONG ScatterGatherListSize; // written: enough for a packet of MaximumPhysicalMapping bytes
} NDIS_SG_DMA_DESCRIPTION, *PNDIS_SG_DMA_DESCRIPTION;
#define NDIS_SG_DMA_DESCRIPTION_REVISION_1        1
#define NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1 ((USHORT)sizeof(NDIS_SG_DMA_DESCRIPTION))

#define NDIS_SG_LIST_WRITE_TO_DEVICE 0x00000001u

// Announce the handler that lists go to. NDIS_STATUS_INVALID_PARAMETER without one or with a bad
// header, NDIS_STATUS_RESOURCES when memory is out. Control threads.
// WDK: NdisMRegisterScatterGatherDma.
NIMBL_NDIS_API NDIS_STATUS NdisMRegisterScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle,
	NDIS_SG_DMA_DESCRIPTION *DmaDescription, NDIS_HANDLE *NdisMiniportDmaHandle);

// Control threads. WDK: NdisMDeregisterScatterGatherDma.
NIMBL_NDIS_API VOID NdisMDeregisterScatterGatherDma(NDIS_HANDLE NdisMiniportDmaHandle);

// Hand the handler the pieces of memory of a packet before this returns. The first begins where
// CurrentMdl begins, so that the data starts CurrentMdlOffset bytes into the list. The list lies in the
// caller's buffer if it is large enough, else in the engine's memory. Any thread.
// NDIS_STATUS_RESOURCES when memory is out; then the handler is not called.
// WDK: NdisMAllocateNetBufferSGList.
NIMBL_NDIS_API NDIS_STATUS NdisMAllocateNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle,
	NET_BUFFER *NetBuffer, PVOID Context, ULONG Flags, PVOID ScatterGatherListBuffer,
	ULONG ScatterGatherListBufferSize);

// Once for each list that a handler got. WDK: NdisMFreeNetBufferSGList.
NIMBL_NDIS_API VOID NdisMFreeNetBufferSGList(
	NDIS_HANDLE NdisMiniportDmaHandle, SCATTER_GATHER_LIST *SGL, NET_BUFFER *NetBuffer);

#ifdef __cplusplus
}
#endif
