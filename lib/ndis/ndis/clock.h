// SPDX-License-Identifier: BSD-3-Clause
// What time it is, and letting time pass.
#pragma once

#include "event.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Now, in 100 ns since 1601, UTC. It jumps when the clock is set. Any thread.
NIMBL_NDIS_API VOID NdisGetCurrentSystemTime(LARGE_INTEGER *CurrentTime);
#define KeQuerySystemTime(CurrentTime)        NdisGetCurrentSystemTime(CurrentTime)
#define KeQuerySystemTimePrecise(CurrentTime) NdisGetCurrentSystemTime(CurrentTime)

// Since the machine started, never jumping: in 100 ns, in ticks of a millisecond, in milliseconds.
// Any thread.
NIMBL_NDIS_API ULONGLONG KeQueryInterruptTime(VOID);
NIMBL_NDIS_API VOID KeQueryTickCount(LARGE_INTEGER *TickCount);
NIMBL_NDIS_API VOID NdisGetSystemUpTimeEx(LARGE_INTEGER *SystemUpTime);

// The length of a tick in 100 ns.
#define KeQueryTimeIncrement() ((ULONG)10000)

// Nanoseconds since the machine started; `PerformanceFrequency` (may be NULL) gets how many of them
// make a second. Any thread.
NIMBL_NDIS_API LARGE_INTEGER KeQueryPerformanceCounter(LARGE_INTEGER *PerformanceFrequency);

// Sleep. Not at DISPATCH_LEVEL: there it ends the process.
NIMBL_NDIS_API VOID NdisMSleep(ULONG MicrosecondsToSleep);

// Sleep until `Interval`, in 100 ns: negative from now, positive a system time. STATUS_SUCCESS.
NIMBL_NDIS_API NTSTATUS KeDelayExecutionThread(
	KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, LARGE_INTEGER *Interval);

// Burn so many microseconds, at any level.
NIMBL_NDIS_API VOID NdisStallExecution(UINT MicrosecondsToStall);
#define KeStallExecutionProcessor(Microseconds) NdisStallExecution(Microseconds)

#ifdef __cplusplus
}
#endif
