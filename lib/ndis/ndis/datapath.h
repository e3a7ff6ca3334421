// SPDX-License-Identifier: BSD-3-Clause
// The four calls that move chains of lists: send and complete, indicate and return.
#pragma once

#include "flags.h"
#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

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
// all. Lcores only, while the binding is Running. WDK: NdisSendNetBufferLists.
NIMBL_NDIS_API VOID NdisSendNetBufferLists(NDIS_HANDLE NdisBindingHandle,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG SendFlags);

// A protocol gives received lists back, each once, in any order and grouping, with packets and data
// starts as they came; only lists of this binding, none that were lent with
// NDIS_RECEIVE_FLAGS_RESOURCES. Lcores only. No result. WDK: NdisReturnNetBufferLists.
NIMBL_NDIS_API VOID NdisReturnNetBufferLists(
	NDIS_HANDLE NdisBindingHandle, NET_BUFFER_LIST *NetBufferLists, ULONG ReturnFlags);

#ifdef __cplusplus
}
#endif
