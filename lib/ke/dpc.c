// SPDX-License-Identifier: BSD-3-Clause
// DPCs and timers, on one thread at DISPATCH_LEVEL. Timers that are set stand in the order of their time;
// one that is due goes, and its DPC joins the line. What belongs to the driver is not touched any more
// once its routine runs.
#include <ndis.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nimbl_ke.h"
#include "worker.h"

static bool dpc_step(struct worker *worker, LONGLONG *again);

static struct worker dpcs = WORKER_INIT("nimbl-dpc", DISPATCH_LEVEL, dpc_step);

// All under the lock of the worker.
static LIST_ENTRY line = {&line, &line};
static LIST_ENTRY timers = {&timers, &timers};
static ULONG64 inserted, finished; // DPCs ever; in the order of the line
static const KDPC *running;

static BOOLEAN insert(KDPC *dpc, PVOID argument1, PVOID argument2)
{
	if (dpc->NimblQueued)
		return FALSE;
	dpc->NimblQueued = TRUE;
	dpc->SystemArgument1 = argument1;
	dpc->SystemArgument2 = argument2;
	InsertTailList(&line, &dpc->NimblLink);
	inserted++;
	worker_wake(&dpcs);
	return TRUE;
}

static void timer_arm(KTIMER *timer, LONGLONG due)
{
	LIST_ENTRY *at = timers.Blink;

	while (at != &timers && CONTAINING_RECORD(at, KTIMER, NimblLink)->NimblDue > due)
		at = at->Blink;
	timer->NimblDue = due;
	timer->NimblSet = TRUE;
	InsertHeadList(at, &timer->NimblLink);
}

static BOOLEAN timer_disarm(KTIMER *timer)
{
	BOOLEAN was_set = timer->NimblSet;

	if (was_set)
		RemoveEntryList(&timer->NimblLink);
	timer->NimblSet = FALSE;
	return was_set;
}

// Periods are counted from when the timer was due, but what was missed is not made up for.
static void timer_expire(KTIMER *timer, LONGLONG now)
{
	LONGLONG period = (LONGLONG)timer->Period * (UNITS_PER_SEC / 1000);
	LONGLONG next = timer->NimblDue + period;
	KDPC *dpc = timer->NimblDpc;

	timer_disarm(timer);
	if (period > 0)
		timer_arm(timer, next > now ? next : now + period);
	if (dpc != NULL)
		insert(dpc, NULL, NULL);
	KeSetEvent((KEVENT *)timer, IO_NO_INCREMENT, FALSE);
}

static void timers_expire(LONGLONG *again)
{
	LONGLONG now = IsListEmpty(&timers) ? 0 : clock_steady();

	while (!IsListEmpty(&timers)) {
		KTIMER *timer = CONTAINING_RECORD(timers.Flink, KTIMER, NimblLink);

		*again = timer->NimblDue;
		if (timer->NimblDue > now)
			return;
		timer_expire(timer, now);
	}
	*again = 0;
}

static void dpc_run(KDPC *dpc)
{
	KDEFERRED_ROUTINE *routine = dpc->DeferredRoutine;
	PVOID context = dpc->DeferredContext;
	PVOID argument1 = dpc->SystemArgument1, argument2 = dpc->SystemArgument2;

	dpc->NimblQueued = FALSE;
	running = dpc;
	pthread_mutex_unlock(&dpcs.lock);
	routine(dpc, context, argument1, argument2);
	pthread_mutex_lock(&dpcs.lock);
	running = NULL;
	finished++;
	pthread_cond_broadcast(&dpcs.wake);
}

static bool dpc_step(struct worker *worker, LONGLONG *again)
{
	timers_expire(again);
	if (IsListEmpty(&line))
		return false;
	dpc_run(CONTAINING_RECORD(RemoveHeadList(&line), KDPC, NimblLink));
	return true;
}

VOID KeInitializeDpc(KDPC *dpc, KDEFERRED_ROUTINE *routine, PVOID context)
{
	*dpc = (KDPC){.DeferredRoutine = routine, .DeferredContext = context};
}

BOOLEAN KeInsertQueueDpc(KDPC *dpc, PVOID argument1, PVOID argument2)
{
	pthread_mutex_lock(&dpcs.lock);
	BOOLEAN done = insert(dpc, argument1, argument2);
	pthread_mutex_unlock(&dpcs.lock);
	return done;
}

static BOOLEAN remove_from_line(KDPC *dpc)
{
	BOOLEAN was_queued = dpc->NimblQueued;

	if (was_queued) {
		RemoveEntryList(&dpc->NimblLink);
		inserted--;
	}
	dpc->NimblQueued = FALSE;
	return was_queued;
}

BOOLEAN KeRemoveQueueDpc(KDPC *dpc)
{
	pthread_mutex_lock(&dpcs.lock);
	BOOLEAN done = remove_from_line(dpc);
	pthread_mutex_unlock(&dpcs.lock);
	return done;
}

VOID KeFlushQueuedDpcs(VOID)
{
	pthread_mutex_lock(&dpcs.lock);
	ULONG64 until = inserted;
	while (!worker_is_self(&dpcs) && finished < until && finished < inserted)
		pthread_cond_wait(&dpcs.wake, &dpcs.lock);
	pthread_mutex_unlock(&dpcs.lock);
}

VOID KeInitializeTimerEx(KTIMER *timer, TIMER_TYPE type)
{
	*timer = (KTIMER){0};
	KeInitializeEvent((KEVENT *)timer, (EVENT_TYPE)type, FALSE);
}

BOOLEAN KeSetTimerEx(KTIMER *timer, LARGE_INTEGER due, LONG period, KDPC *dpc)
{
	pthread_mutex_lock(&dpcs.lock);
	BOOLEAN was_set = timer_disarm(timer);
	KeResetEvent((KEVENT *)timer);
	timer->Period = period;
	timer->NimblDpc = dpc;
	timer_arm(timer, clock_deadline(due.QuadPart));
	worker_wake(&dpcs);
	pthread_mutex_unlock(&dpcs.lock);
	return was_set;
}

BOOLEAN KeCancelTimer(KTIMER *timer)
{
	pthread_mutex_lock(&dpcs.lock);
	BOOLEAN was_set = timer_disarm(timer);
	pthread_mutex_unlock(&dpcs.lock);
	return was_set;
}

struct timer_object {
	KTIMER timer;
	KDPC dpc;
	PNDIS_TIMER_FUNCTION function;
	PVOID own_context, context;
};

static VOID timer_object_run(KDPC *dpc, PVOID context, PVOID argument1, PVOID argument2)
{
	const struct timer_object *object = context;

	object->function(
		NULL, __atomic_load_n(&object->context, __ATOMIC_RELAXED), argument1, argument2);
}

NDIS_STATUS NdisAllocateTimerObject(
	NDIS_HANDLE handle, NDIS_TIMER_CHARACTERISTICS *characteristics, NDIS_HANDLE *timer)
{
	struct timer_object *object;

	if (characteristics->Header.Type != NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS ||
		characteristics->Header.Size < NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1 ||
		characteristics->TimerFunction == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	object = calloc(1, sizeof(*object));
	if (object == NULL)
		return NDIS_STATUS_RESOURCES;
	KeInitializeTimer(&object->timer);
	KeInitializeDpc(&object->dpc, timer_object_run, object);
	object->function = characteristics->TimerFunction;
	object->own_context = characteristics->FunctionContext;
	*timer = object;
	return NDIS_STATUS_SUCCESS;
}

BOOLEAN NdisSetTimerObject(NDIS_HANDLE timer, LARGE_INTEGER due, LONG period, PVOID context)
{
	struct timer_object *object = timer;

	__atomic_store_n(&object->context, context != NULL ? context : object->own_context,
		__ATOMIC_RELAXED);
	return KeSetTimerEx(&object->timer, due, period, &object->dpc);
}

BOOLEAN NdisCancelTimerObject(NDIS_HANDLE timer)
{
	return KeCancelTimer(&((struct timer_object *)timer)->timer);
}

VOID NdisFreeTimerObject(NDIS_HANDLE timer)
{
	struct timer_object *object = timer;

	pthread_mutex_lock(&dpcs.lock);
	timer_disarm(&object->timer);
	remove_from_line(&object->dpc);
	while (running == &object->dpc && !worker_is_self(&dpcs))
		pthread_cond_wait(&dpcs.wake, &dpcs.lock);
	pthread_mutex_unlock(&dpcs.lock);
	free(object);
}

// What a DPC runs: of a timer object its own function, behind ours.
static const void *code_of(const KDPC *dpc)
{
	const void *code = NULL;

	if (dpc == NULL)
		return NULL;
	if (dpc->DeferredRoutine == timer_object_run)
		memcpy(&code, &((const struct timer_object *)dpc->DeferredContext)->function,
			sizeof(code));
	else
		memcpy(&code, &dpc->DeferredRoutine, sizeof(code));
	return code;
}

bool nimbl_ke_timer_of(const void *whom, bool (*is_of)(const void *whom, const void *code))
{
	bool found = false;

	pthread_mutex_lock(&dpcs.lock);
	for (LIST_ENTRY *at = timers.Flink; at != &timers && !found; at = at->Flink)
		found = is_of(whom, code_of(CONTAINING_RECORD(at, KTIMER, NimblLink)->NimblDpc));
	pthread_mutex_unlock(&dpcs.lock);
	return found;
}

void dpcs_stop(void)
{
	pthread_mutex_lock(&dpcs.lock);
	while (!IsListEmpty(&timers)) // what a driver forgot
		timer_disarm(CONTAINING_RECORD(timers.Flink, KTIMER, NimblLink));
	pthread_mutex_unlock(&dpcs.lock);
	worker_stop(&dpcs);
}
