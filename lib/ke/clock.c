// SPDX-License-Identifier: BSD-3-Clause
// Clocks, sleeping and stalling.
#include <errno.h>
#include <ndis.h>
#include <time.h>

#include "clock.h"
#include "nimbl_log.h"

#define UNITS_1601_TO_1970 (INT64_C(11644473600) * UNITS_PER_SEC)

// A clock of the system in 100 ns.
static LONGLONG units_of(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * UNITS_PER_SEC + now.tv_nsec / 100;
}

LONGLONG clock_system(void)
{
	return units_of(CLOCK_REALTIME) + UNITS_1601_TO_1970;
}

LONGLONG clock_steady(void)
{
	return units_of(CLOCK_MONOTONIC);
}

LONGLONG clock_deadline(LONGLONG due)
{
	LONGLONG distance = due <= 0 ? -due : due - clock_system();

	return clock_steady() + (distance > 0 ? distance : 0);
}

struct timespec clock_timespec(LONGLONG steady)
{
	return (struct timespec){
		.tv_sec = steady / UNITS_PER_SEC, .tv_nsec = steady % UNITS_PER_SEC * 100};
}

VOID NdisGetCurrentSystemTime(LARGE_INTEGER *now)
{
	now->QuadPart = clock_system();
}

ULONGLONG KeQueryInterruptTime(VOID)
{
	return (ULONGLONG)units_of(CLOCK_BOOTTIME);
}

VOID KeQueryTickCount(LARGE_INTEGER *ticks)
{
	ticks->QuadPart = units_of(CLOCK_BOOTTIME) / (LONGLONG)KeQueryTimeIncrement();
}

VOID NdisGetSystemUpTimeEx(LARGE_INTEGER *up)
{
	up->QuadPart = units_of(CLOCK_BOOTTIME) / (UNITS_PER_SEC / 1000);
}

static LONGLONG nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

LARGE_INTEGER KeQueryPerformanceCounter(LARGE_INTEGER *frequency)
{
	if (frequency != NULL)
		frequency->QuadPart = INT64_C(1000000000);
	return (LARGE_INTEGER){.QuadPart = nanoseconds()};
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, LARGE_INTEGER *interval)
{
	struct timespec until = clock_timespec(clock_deadline(interval->QuadPart));

	if (KeGetCurrentIrql() > APC_LEVEL) {
		nimbl_log(NIMBL_LOG_ERROR,
			"a driver sleeps on an lcore, in a timer or under a spin lock: nothing would run");
		RtlFailFast(FAST_FAIL_INVALID_ARG);
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		; // a signal; the rest is still to be slept
	return STATUS_SUCCESS;
}

VOID NdisMSleep(ULONG microseconds)
{
	LARGE_INTEGER interval = {.QuadPart = -(LONGLONG)microseconds * (UNITS_PER_SEC / 1000000)};

	KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

VOID NdisStallExecution(UINT microseconds)
{
	LONGLONG until = nanoseconds() + (LONGLONG)microseconds * 1000;

	while (nanoseconds() < until)
		YieldProcessor();
}
