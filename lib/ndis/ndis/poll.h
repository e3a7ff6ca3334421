// SPDX-License-Identifier: BSD-3-Clause
// Poll mode: the engine's lcores ask a miniport for what it received and what it finished sending.
#pragma once

#include "nbl.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// In Max*: no limit. In Number*: count them yourself. In Remaining: some, nobody knows how many.
#define NDIS_ANY_NUMBER_OF_NBLS 0xFFFFFFFFu

typedef struct _NDIS_POLL_TRANSMIT_DATA {
	ULONG MaxNblsToComplete;            // in
	NET_BUFFER_LIST *CompletedNblChain; // out, as is all that follows
	ULONG NumberOfCompletedNbls;
	ULONG NumberOfRemainingNbls;
	ULONG SendCompleteFlags;
} NDIS_POLL_TRANSMIT_DATA;

typedef struct _NDIS_POLL_RECEIVE_DATA {
	ULONG MaxNblsToIndicate;            // in
	NET_BUFFER_LIST *IndicatedNblChain; // out, as is all that follows
	ULONG NumberOfIndicatedNbls;
	ULONG NumberOfRemainingNbls;
	ULONG Flags; // NDIS_RECEIVE_FLAGS_*
} NDIS_POLL_RECEIVE_DATA;

// Zero outputs mean nothing done and nothing left. The chains leave the miniport's hands as if it
// had called NdisMSendNetBufferListsComplete and NdisMIndicateReceiveNetBufferLists.
typedef struct _NDIS_POLL_DATA {
	NDIS_POLL_TRANSMIT_DATA Transmit;
	NDIS_POLL_RECEIVE_DATA Receive;
} NDIS_POLL_DATA;

// Enabled: nothing is left to poll, ask for a poll when something comes.
typedef struct _NDIS_POLL_NOTIFICATION {
	BOOLEAN Enabled;
} NDIS_POLL_NOTIFICATION;

typedef struct NDIS_POLL_HANDLE__ *NDIS_POLL_HANDLE;

typedef VOID(NDIS_POLL)(void *Context, NDIS_POLL_DATA *PollData);
typedef VOID(NDIS_SET_POLL_NOTIFICATION)(void *Context, NDIS_POLL_NOTIFICATION *Notification);
typedef NDIS_POLL *NDIS_POLL_HANDLER;
typedef NDIS_SET_POLL_NOTIFICATION *NDIS_SET_POLL_NOTIFICATION_HANDLER;

typedef struct _NDIS_POLL_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	NDIS_POLL_HANDLER PollHandler;
	NDIS_SET_POLL_NOTIFICATION_HANDLER SetPollNotificationHandler;
} NDIS_POLL_CHARACTERISTICS;

#define NDIS_POLL_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_POLL_CHARACTERISTICS, SetPollNotificationHandler)

// Register one poll object of an adapter, usually one per queue; its handlers are then called on
// one lcore at a time. `Characteristics` is copied. Control threads only, from initialise on.
// Beyond NDIS a filter module may have poll objects too, from AttachHandler on, and a protocol binding once
// its adapter is open; they run while the adapter does: for lists that a filter holds, or that a protocol
// sends by itself. Their handlers pass lists on themselves, and say with NumberOfRemainingNbls that the lcore
// must not rest.
// Returns NDIS_STATUS_SUCCESS with *PollHandle set, NDIS_STATUS_INVALID_PARAMETER or
// NDIS_STATUS_RESOURCES. End with NdisDeregisterPoll. WDK: NdisRegisterPoll.
NIMBL_NDIS_API NDIS_STATUS NdisRegisterPoll(NDIS_HANDLE NdisHandle, void *Context,
	const NDIS_POLL_CHARACTERISTICS *Characteristics, NDIS_POLL_HANDLE *PollHandle);

// Returns when the handlers run no more and will not again. Control threads only.
// WDK: NdisDeregisterPoll.
NIMBL_NDIS_API VOID NdisDeregisterPoll(NDIS_POLL_HANDLE PollHandle);

// Ask for a poll soon; asking again before it ran adds nothing. `Reserved` is NULL. Any thread.
// WDK: NdisRequestPoll.
NIMBL_NDIS_API VOID NdisRequestPoll(NDIS_POLL_HANDLE PollHandle, void *Reserved);

// Which lcore polls: Number counts the lcores of the engine. Takes effect with the next poll. Any
// thread. WDK: NdisSetPollAffinity.
NIMBL_NDIS_API VOID NdisSetPollAffinity(
	NDIS_POLL_HANDLE PollHandle, const PROCESSOR_NUMBER *PollAffinity);

#ifdef __cplusplus
}
#endif
