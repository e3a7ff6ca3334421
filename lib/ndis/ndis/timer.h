// SPDX-License-Identifier: BSD-3-Clause
// Work for later: DPCs and timers, which run at DISPATCH_LEVEL, and work items, which run at
// PASSIVE_LEVEL. There is one thread for each of these levels, started when it is first needed, which
// is no lcore; what is to be done waits in line.
#pragma once

#include "event.h"
#include "objectheader.h"
#include "status.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _KDPC KDPC, *PKDPC, *PRKDPC;
typedef VOID(KDEFERRED_ROUTINE)(
	KDPC *Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2);
typedef KDEFERRED_ROUTINE *PKDEFERRED_ROUTINE;

// In memory of the driver's, which may be gone or used anew once its routine was called.
struct _KDPC {
	LIST_ENTRY NimblLink;
	KDEFERRED_ROUTINE *DeferredRoutine;
	PVOID DeferredContext;
	PVOID SystemArgument1;
	PVOID SystemArgument2;
	BOOLEAN NimblQueued;
};

typedef enum _KDPC_IMPORTANCE {
	LowImportance,
	MediumImportance,
	HighImportance,
	MediumHighImportance,
} KDPC_IMPORTANCE;

NIMBL_NDIS_API VOID KeInitializeDpc(
	KDPC *Dpc, KDEFERRED_ROUTINE *DeferredRoutine, PVOID DeferredContext);

// Run the routine soon. FALSE when it is in line already. Any thread.
NIMBL_NDIS_API BOOLEAN KeInsertQueueDpc(KDPC *Dpc, PVOID SystemArgument1, PVOID SystemArgument2);

// Take it out of the line: TRUE when it was there. It may be running all the same. Any thread.
NIMBL_NDIS_API BOOLEAN KeRemoveQueueDpc(KDPC *Dpc);

// Wait until all that is in line now was run. Not from a DPC or timer.
NIMBL_NDIS_API VOID KeFlushQueuedDpcs(VOID);

// Where and how soon is not chosen here.
#define KeSetTargetProcessorDpc(Dpc, Number) ((void)(Dpc), (void)(Number))
#define KeSetTargetProcessorDpcEx(Dpc, ProcessorNumber) \
	((void)(Dpc), (void)(ProcessorNumber), STATUS_SUCCESS)
#define KeSetImportanceDpc(Dpc, Importance) ((void)(Dpc), (void)(Importance))

typedef struct _KDPC_WATCHDOG_INFORMATION {
	ULONG DpcTimeLimit;
	ULONG DpcTimeCount;
	ULONG DpcWatchdogLimit;
	ULONG DpcWatchdogCount;
	ULONG Reserved;
} KDPC_WATCHDOG_INFORMATION, *PKDPC_WATCHDOG_INFORMATION;

// All zero: nobody watches how long a DPC takes. STATUS_SUCCESS.
static inline NTSTATUS KeQueryDpcWatchdogInformation(KDPC_WATCHDOG_INFORMATION *WatchdogInformation)
{
	const KDPC_WATCHDOG_INFORMATION none = {0, 0, 0, 0, 0};

	*WatchdogInformation = none;
	return STATUS_SUCCESS;
}

typedef enum _TIMER_TYPE {
	NotificationTimer = NotificationEvent,
	SynchronizationTimer = SynchronizationEvent,
} TIMER_TYPE;

// In memory of the driver's. It can be waited for like an event.
typedef struct _KTIMER {
	DISPATCHER_HEADER Header;
	LIST_ENTRY NimblLink;
	LONGLONG NimblDue;
	KDPC *NimblDpc;
	LONG Period;
	BOOLEAN NimblSet;
} KTIMER, *PKTIMER, *PRKTIMER;

NIMBL_NDIS_API VOID KeInitializeTimerEx(KTIMER *Timer, TIMER_TYPE Type);
#define KeInitializeTimer(Timer) KeInitializeTimerEx((Timer), NotificationTimer)

// Set the timer anew, for `DueTime` in 100 ns: negative from now, positive a system time, 0 at once;
// and then every `Period` milliseconds unless that is 0. When it is due it is signalled, and `Dpc` (may
// be NULL) put in line. TRUE when it was set before. Any thread.
NIMBL_NDIS_API BOOLEAN KeSetTimerEx(KTIMER *Timer, LARGE_INTEGER DueTime, LONG Period, KDPC *Dpc);
#define KeSetTimer(Timer, DueTime, Dpc) KeSetTimerEx((Timer), (DueTime), 0, (Dpc))

// TRUE when it was set. Its DPC may be in line, or running, all the same. Any thread.
NIMBL_NDIS_API BOOLEAN KeCancelTimer(KTIMER *Timer);
#define KeReadStateTimer(Timer) ReadAcquire(&(Timer)->Header.SignalState)

// Timers of NDIS. The function runs at DISPATCH_LEVEL.
typedef VOID(NDIS_TIMER_FUNCTION)(
	PVOID SystemSpecific1, PVOID FunctionContext, PVOID SystemSpecific2, PVOID SystemSpecific3);
typedef NDIS_TIMER_FUNCTION *PNDIS_TIMER_FUNCTION;

typedef struct _NDIS_TIMER_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG AllocationTag;
	PNDIS_TIMER_FUNCTION TimerFunction;
	PVOID FunctionContext;
} NDIS_TIMER_CHARACTERISTICS, *PNDIS_TIMER_CHARACTERISTICS;

#define NDIS_TIMER_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_TIMER_CHARACTERISTICS, FunctionContext)

// A timer that is not set. NDIS_STATUS_SUCCESS with the handle, NDIS_STATUS_INVALID_PARAMETER for a wrong
// header or no function, NDIS_STATUS_RESOURCES. Any thread. WDK: NdisAllocateTimerObject.
NIMBL_NDIS_API NDIS_STATUS NdisAllocateTimerObject(NDIS_HANDLE NdisHandle,
	NDIS_TIMER_CHARACTERISTICS *TimerCharacteristics, NDIS_HANDLE *TimerObject);

// Set it as KeSetTimerEx does. A NULL context is that of the characteristics. TRUE when it was set before.
// WDK: NdisSetTimerObject.
NIMBL_NDIS_API BOOLEAN NdisSetTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
	LONG MillisecondsPeriod, PVOID FunctionContext);

// TRUE when it was set; its function may be in line or running if not. WDK: NdisCancelTimerObject.
NIMBL_NDIS_API BOOLEAN NdisCancelTimerObject(NDIS_HANDLE TimerObject);

// Cancel and free: its function is not running afterwards, unless this is called from a DPC or timer.
// Not under a lock that the function takes. WDK: NdisFreeTimerObject.
NIMBL_NDIS_API VOID NdisFreeTimerObject(NDIS_HANDLE TimerObject);

// Work items. The routine may free its item, or put it in line again.
typedef VOID(NDIS_IO_WORKITEM_FUNCTION)(PVOID WorkItemContext, NDIS_HANDLE NdisIoWorkItemHandle);
typedef NDIS_IO_WORKITEM_FUNCTION *NDIS_IO_WORKITEM_ROUTINE;
typedef NDIS_IO_WORKITEM_FUNCTION NDIS_IO_WORKITEM, *PNDIS_IO_WORKITEM;

// NULL when memory is out. Any thread. WDK: NdisAllocateIoWorkItem.
NIMBL_NDIS_API NDIS_HANDLE NdisAllocateIoWorkItem(NDIS_HANDLE NdisObjectHandle);

// An item that is not in line. WDK: NdisFreeIoWorkItem.
NIMBL_NDIS_API VOID NdisFreeIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle);

// Call the routine soon; an item that is in line already stays as it is. Any thread.
// WDK: NdisQueueIoWorkItem.
NIMBL_NDIS_API VOID NdisQueueIoWorkItem(
	NDIS_HANDLE NdisIoWorkItemHandle, NDIS_IO_WORKITEM_ROUTINE Routine, PVOID WorkItemContext);

// The same under the names of NT.
typedef struct _IO_WORKITEM IO_WORKITEM, *PIO_WORKITEM;
typedef VOID(IO_WORKITEM_ROUTINE)(DEVICE_OBJECT *DeviceObject, PVOID Context);
typedef IO_WORKITEM_ROUTINE *PIO_WORKITEM_ROUTINE;

typedef enum _WORK_QUEUE_TYPE {
	CriticalWorkQueue,
	DelayedWorkQueue,
	HyperCriticalWorkQueue,
} WORK_QUEUE_TYPE;

NIMBL_NDIS_API IO_WORKITEM *IoAllocateWorkItem(DEVICE_OBJECT *DeviceObject);
NIMBL_NDIS_API VOID IoFreeWorkItem(IO_WORKITEM *IoWorkItem);
NIMBL_NDIS_API VOID IoQueueWorkItem(IO_WORKITEM *IoWorkItem, IO_WORKITEM_ROUTINE *WorkerRoutine,
	WORK_QUEUE_TYPE QueueType, PVOID Context);

#ifdef __cplusplus
}
#endif
