// SPDX-License-Identifier: BSD-3-Clause
// The four calls that move chains of lists: send and complete, indicate and return.
#pragma once

#include "flags.h"
#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

// Ours, in ReceiveFlags. HANDOVER: nobody below needs the lists back, so a protocol may send them with
// NIMBL_SEND_FLAGS_HANDOVER; set by miniports that allow it, taken off where a filter on the way wants
// returns. UNTOUCHED: the lists came without out-of-band data, and but for Next nobody changed anything
// since; taken off by the way through a filter that may have. The bits are those of the send flags.
#define NIMBL_RECEIVE_FLAGS_HANDOVER  NIMBL_SEND_FLAGS_HANDOVER
#define NIMBL_RECEIVE_FLAGS_UNTOUCHED NIMBL_SEND_FLAGS_UNTOUCHED

// A miniport passes received lists up: `NumberOfNetBufferLists` of them, linked by Next, one packet
// each, SourceHandle set. The consumer owns them until they come back through
// MINIPORT_RETURN_NET_BUFFER_LISTS, once each, perhaps inside this call; with
// NDIS_RECEIVE_FLAGS_RESOURCES they are only lent until this call returns and nothing comes back.
// Lcores only, in Restarting or Running; hold no lock that the return handler takes. No result.
// WDK: NdisMIndicateReceiveNetBufferLists.
NIMBL_NDIS_API VOID NdisMIndicateReceiveNetBufferLists(NDIS_HANDLE MiniportAdapterHandle,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG NumberOfNetBufferLists,
	ULONG ReceiveFlags);

// A miniport hands sent lists back to their sender, each once, NET_BUFFER_LIST_STATUS set in each
// and its packets and MDLs as they came. Chains may be merged, split and reordered. Afterwards the
// miniport owns nothing of them. Lcores only. No result. WDK: NdisMSendNetBufferListsComplete.
NIMBL_NDIS_API VOID NdisMSendNetBufferListsComplete(NDIS_HANDLE MiniportAdapterHandle,
	NET_BUFFER_LIST *NetBufferLists, ULONG SendCompleteFlags);

// A protocol sends a chain down its binding, SourceHandle set in each list. From the call on it
// owns nothing of it until PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE, perhaps inside this call; that
// is where success and failure are told. With NIMBL_SEND_FLAGS_HANDOVER nothing may come back at
// all; received lists may be sent so when they came with NIMBL_RECEIVE_FLAGS_HANDOVER. Lcores only,
// while the binding is Running. WDK: NdisSendNetBufferLists.
NIMBL_NDIS_API VOID NdisSendNetBufferLists(NDIS_HANDLE NdisBindingHandle,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG SendFlags);

// A protocol asks the modules below to complete queued sends whose NetBufferListCancelId is this, with
// NDIS_STATUS_SEND_ABORTED. Some may complete otherwise. WDK: NdisCancelSendNetBufferLists.
NIMBL_NDIS_API VOID NdisCancelSendNetBufferLists(NDIS_HANDLE NdisBindingHandle, PVOID CancelId);

// A protocol gives received lists back, each once, in any order and grouping, with packets and data
// starts as they came; only lists of this binding, none that were lent with
// NDIS_RECEIVE_FLAGS_RESOURCES. Lcores only. No result. WDK: NdisReturnNetBufferLists.
NIMBL_NDIS_API VOID NdisReturnNetBufferLists(
	NDIS_HANDLE NdisBindingHandle, NET_BUFFER_LIST *NetBufferLists, ULONG ReturnFlags);

#ifdef __cplusplus
}
#endif
