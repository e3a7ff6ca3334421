// SPDX-License-Identifier: BSD-3-Clause
// Lists derived from another, the parent, whose data they share: no byte is copied, so nobody may
// write it while either is out. Out-of-band data, flags and source are not derived, and there is no
// context. The caller sets ParentNetBufferList and counts ChildRefCount, and keeps the parent until the
// last child is freed; debug builds warn, once, of a child that is freed without a parent. A pool of NULL
// stands for one of the engine's. Any thread; all return NULL, with nothing left behind, when a pool is
// dry or an argument breaks a rule.
#pragma once

#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

// One NB for each of the parent's, over its used data only, with MDLs of its own; with
// NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS over the parent's, of which no retreat or advance may then free or
// reach into the parent's headroom. WDK: NdisAllocateCloneNetBufferList.
NIMBL_NDIS_API NET_BUFFER_LIST *NdisAllocateCloneNetBufferList(
	NET_BUFFER_LIST *OriginalNetBufferList, NDIS_HANDLE NetBufferListPoolHandle,
	NDIS_HANDLE NetBufferPoolHandle, ULONG AllocateCloneFlags);

// Free a clone, with the flags it was made with. WDK: NdisFreeCloneNetBufferList.
NIMBL_NDIS_API VOID NdisFreeCloneNetBufferList(
	NET_BUFFER_LIST *CloneNetBufferList, ULONG FreeCloneFlags);

// Cut each packet's data, from StartOffset on, into packets of at most MaximumLength bytes, then
// retreat each by DataOffsetDelta. A piece never spans two packets. NULL as well when a packet is
// shorter than StartOffset, or nothing is left to cut. Flags are 0.
// WDK: NdisAllocateFragmentNetBufferList.
NIMBL_NDIS_API NET_BUFFER_LIST *NdisAllocateFragmentNetBufferList(
	NET_BUFFER_LIST *OriginalNetBufferList, NDIS_HANDLE NetBufferListPool,
	NDIS_HANDLE NetBufferPool, ULONG StartOffset, ULONG MaximumLength, ULONG DataOffsetDelta,
	ULONG DataBackFill, ULONG AllocateFragmentFlags);

// Free fragments that are retreated by DataOffsetDelta. WDK: NdisFreeFragmentNetBufferList.
NIMBL_NDIS_API VOID NdisFreeFragmentNetBufferList(
	NET_BUFFER_LIST *FragmentNetBufferList, ULONG DataOffsetDelta, ULONG FreeFragmentFlags);

// One packet of the data of all packets of one list, each from StartOffset on, retreated by
// DataOffsetDelta. The pool makes lists with a packet and without data. Flags are 0.
// WDK: NdisAllocateReassembledNetBufferList.
NIMBL_NDIS_API NET_BUFFER_LIST *NdisAllocateReassembledNetBufferList(
	NET_BUFFER_LIST *FragmentNetBufferList, NDIS_HANDLE NetBufferAndNetBufferListPoolHandle,
	ULONG StartOffset, ULONG DataOffsetDelta, ULONG DataBackFill,
	ULONG AllocateReassembleFlags);

// Free a reassembly that is retreated by DataOffsetDelta. WDK: NdisFreeReassembledNetBufferList.
NIMBL_NDIS_API VOID NdisFreeReassembledNetBufferList(NET_BUFFER_LIST *ReassembledNetBufferList,
	ULONG DataOffsetDelta, ULONG FreeReassembleFlags);

// Copy the out-of-band data that belongs to a list on its way down, or up, to a list derived from it;
// what the source has not is zero in the destination. Neither copies hash on send, coalescing,
// timestamps, nor flags, source and status. The wrong one copies nonsense: slots differ by direction.
// WDK: NdisCopySendNetBufferListInfo, NdisCopyReceiveNetBufferListInfo.
NIMBL_NDIS_API VOID NdisCopySendNetBufferListInfo(
	NET_BUFFER_LIST *DestNetBufferList, const NET_BUFFER_LIST *SrcNetBufferList);
NIMBL_NDIS_API VOID NdisCopyReceiveNetBufferListInfo(
	NET_BUFFER_LIST *DestNetBufferList, const NET_BUFFER_LIST *SrcNetBufferList);

// What NdisSetNetBufferListProtocolId said of a list to be sent, else its pool's protocol.
// WDK: NdisGetNetBufferListProtocolId.
NIMBL_NDIS_API UCHAR NdisGetNetBufferListProtocolId(const NET_BUFFER_LIST *NetBufferList);

// A byte that no other driver of the process has, never 0, for the high byte of all cancel ids of the
// caller. Call once; after 255 calls bytes come again. WDK: NdisGeneratePartialCancelId.
NIMBL_NDIS_API UCHAR NdisGeneratePartialCancelId(VOID);

#ifdef __cplusplus
}
#endif
