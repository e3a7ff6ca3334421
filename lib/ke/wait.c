// SPDX-License-Identifier: BSD-3-Clause
// Events and waiting. One lock for all of them, as in NT: an event may be anywhere and has no end of
// life, so it can hold nothing that would have to be destroyed. Who sets an event decides under the
// lock who is let go, and touches the event no more afterwards. Control plane.
#include <errno.h>
#include <ndis.h>
#include <pthread.h>
#include <stdbool.h>

#include "clock.h"
#include "nimbl_log.h"

// One thread that waits, on its stack, in the list of its event. The condition is its own, so that
// nobody else wakes.
struct waiter {
	LIST_ENTRY link;
	pthread_cond_t released;
	bool done;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

VOID KeInitializeEvent(KEVENT *event, EVENT_TYPE type, BOOLEAN state)
{
	*event = (KEVENT){.Header = {.Type = (UCHAR)type, .SignalState = state ? 1 : 0}};
	InitializeListHead(&event->Header.WaitListHead);
}

// Take the event if it is set.
static bool take(DISPATCHER_HEADER *object)
{
	if (object->SignalState == 0)
		return false;
	if (object->Type == SynchronizationEvent)
		WriteRelease(&object->SignalState, 0);
	return true;
}

// Let go whoever the event is good for.
static void release_waiters(DISPATCHER_HEADER *object)
{
	while (object->SignalState != 0 && !IsListEmpty(&object->WaitListHead)) {
		struct waiter *waiter = CONTAINING_RECORD(
			RemoveHeadList(&object->WaitListHead), struct waiter, link);

		take(object);
		waiter->done = true;
		pthread_cond_signal(&waiter->released);
	}
}

LONG KeSetEvent(KEVENT *event, KPRIORITY increment, BOOLEAN wait)
{
	pthread_mutex_lock(&lock);
	LONG before = event->Header.SignalState;
	WriteRelease(&event->Header.SignalState, 1);
	release_waiters(&event->Header);
	pthread_mutex_unlock(&lock);
	return before;
}

LONG KeResetEvent(KEVENT *event)
{
	pthread_mutex_lock(&lock);
	LONG before = event->Header.SignalState;
	WriteRelease(&event->Header.SignalState, 0);
	pthread_mutex_unlock(&lock);
	return before;
}

VOID KeClearEvent(KEVENT *event)
{
	KeResetEvent(event);
}

// Wait to be let go, under the lock; false when the time is over before.
static bool wait_released(struct waiter *waiter, const LARGE_INTEGER *timeout)
{
	struct timespec deadline = {0};
	int ret = 0;

	if (timeout != NULL)
		deadline = clock_timespec(clock_deadline(timeout->QuadPart));
	while (!waiter->done && ret != ETIMEDOUT)
		ret = timeout == NULL ? pthread_cond_wait(&waiter->released, &lock)
				      : pthread_cond_clockwait(&waiter->released, &lock,
						CLOCK_MONOTONIC, &deadline);
	return waiter->done;
}

// Join the list of the event and wait, under the lock.
static NTSTATUS wait_in_line(DISPATCHER_HEADER *object, const LARGE_INTEGER *timeout)
{
	struct waiter waiter = {.released = PTHREAD_COND_INITIALIZER};
	NTSTATUS status = STATUS_SUCCESS;

	InsertTailList(&object->WaitListHead, &waiter.link);
	if (!wait_released(&waiter, timeout)) {
		(void)RemoveEntryList(&waiter.link);
		status = STATUS_TIMEOUT;
	}
	pthread_cond_destroy(&waiter.released);
	return status;
}

NTSTATUS KeWaitForSingleObject(PVOID object, KWAIT_REASON reason, KPROCESSOR_MODE mode,
	BOOLEAN alertable, LARGE_INTEGER *timeout)
{
	NTSTATUS status = STATUS_SUCCESS;
	bool asks = timeout != NULL && timeout->QuadPart == 0;

	if (!asks && KeGetCurrentIrql() > APC_LEVEL) {
		nimbl_log(NIMBL_LOG_ERROR,
			"a driver waits on an lcore, in a timer or under a spin lock: nothing would run");
		RtlFailFast(FAST_FAIL_INVALID_ARG);
	}
	pthread_mutex_lock(&lock);
	if (!take(object))
		status = asks ? STATUS_TIMEOUT : wait_in_line(object, timeout);
	pthread_mutex_unlock(&lock);
	return status;
}

VOID NdisInitializeEvent(NDIS_EVENT *event)
{
	KeInitializeEvent(&event->Event, NotificationEvent, FALSE);
}

VOID NdisSetEvent(NDIS_EVENT *event)
{
	KeSetEvent(&event->Event, IO_NO_INCREMENT, FALSE);
}

VOID NdisResetEvent(NDIS_EVENT *event)
{
	KeResetEvent(&event->Event);
}

BOOLEAN NdisWaitEvent(NDIS_EVENT *event, UINT ms)
{
	LARGE_INTEGER timeout = {.QuadPart = -(LONGLONG)ms * (UNITS_PER_SEC / 1000)};

	return KeWaitForSingleObject(&event->Event, Executive, KernelMode, FALSE,
		       ms != 0 ? &timeout : NULL) == STATUS_SUCCESS;
}
