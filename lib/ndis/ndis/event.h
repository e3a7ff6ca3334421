// SPDX-License-Identifier: BSD-3-Clause
// Events, and waiting for them. An event lives wherever the driver puts it, also on a stack, and
// needs no closing: it is free once nobody waits and the call that set it has returned or its waiter
// has been let go.
#pragma once

#include "interlocked.h"
#include "irql.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _EVENT_TYPE {
	NotificationEvent = 0,    // lets everybody through until it is reset
	SynchronizationEvent = 1, // lets one through and is reset by that
} EVENT_TYPE;

// Why and how somebody waits: noted nowhere.
typedef enum _KWAIT_REASON {
	Executive = 0,
	UserRequest = 6,
} KWAIT_REASON;

typedef enum _MODE {
	KernelMode = 0,
	UserMode = 1,
} MODE;
typedef CCHAR KPROCESSOR_MODE;

typedef LONG KPRIORITY;
#define IO_NO_INCREMENT      0
#define EVENT_INCREMENT      1
#define IO_NETWORK_INCREMENT 2

// What everything that can be waited for begins with.
typedef struct _DISPATCHER_HEADER {
	UCHAR Type; // EVENT_TYPE
	UCHAR NimblReserved[3];
	LONG SignalState;
	LIST_ENTRY WaitListHead;
} DISPATCHER_HEADER;

typedef struct _KEVENT {
	DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;

// Any thread; nobody may be waiting.
NIMBL_NDIS_API VOID KeInitializeEvent(KEVENT *Event, EVENT_TYPE Type, BOOLEAN State);

// Set the event and let go those who wait: all of a notification event, the one who has waited longest
// of a synchronization event, which is clear again by that. Any thread; takes a lock for a moment.
// `Wait` is FALSE. Returns whether it was set before.
NIMBL_NDIS_API LONG KeSetEvent(KEVENT *Event, KPRIORITY Increment, BOOLEAN Wait);

// Clear the event; the second says whether it was set. Any thread.
NIMBL_NDIS_API VOID KeClearEvent(KEVENT *Event);
NIMBL_NDIS_API LONG KeResetEvent(KEVENT *Event);

// Whether it is set. Any thread.
#define KeReadStateEvent(Event) ReadAcquire(&(Event)->Header.SignalState)

// Wait until `Object`, an event, is set. `Timeout` is in 100 ns: negative from now, positive a system
// time, NULL forever, zero to ask only. At DISPATCH_LEVEL only asking is allowed: to wait there ends the
// process. STATUS_SUCCESS, or STATUS_TIMEOUT. WDK: KeWaitForSingleObject.
NIMBL_NDIS_API NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
	KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, LARGE_INTEGER *Timeout);

// The notification event of NDIS.
typedef struct _NDIS_EVENT {
	KEVENT Event;
} NDIS_EVENT, *PNDIS_EVENT;

NIMBL_NDIS_API VOID NdisInitializeEvent(NDIS_EVENT *Event);
NIMBL_NDIS_API VOID NdisSetEvent(NDIS_EVENT *Event);
NIMBL_NDIS_API VOID NdisResetEvent(NDIS_EVENT *Event);

// Wait at most `MsToWait` milliseconds, 0 for as long as it takes; not on lcores. TRUE when it is set.
NIMBL_NDIS_API BOOLEAN NdisWaitEvent(NDIS_EVENT *Event, UINT MsToWait);

#ifdef __cplusplus
}
#endif
