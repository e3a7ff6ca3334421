// SPDX-License-Identifier: BSD-3-Clause
// DPCs, timers and work items: each runs once per request, at its level, and not after it was freed.
#include <ndis.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_ke.h"

#define ENOUGH_MS 10000 // for what comes; the test fails after it

static LARGE_INTEGER milliseconds(LONGLONG count)
{
	return (LARGE_INTEGER){.QuadPart = -count * 10000};
}

static LONGLONG now_ns(void)
{
	return KeQueryPerformanceCounter(NULL).QuadPart;
}

struct call {
	NDIS_EVENT done;
	LONG count;
	KIRQL level;
	PVOID argument1, argument2;
	LONGLONG at;
};

static void called(struct call *call, PVOID argument1, PVOID argument2)
{
	call->level = KeGetCurrentIrql();
	call->argument1 = argument1;
	call->argument2 = argument2;
	call->at = now_ns();
	InterlockedIncrement(&call->count);
	NdisSetEvent(&call->done);
}

static VOID dpc_routine(KDPC *dpc, PVOID context, PVOID argument1, PVOID argument2)
{
	called(context, argument1, argument2);
}

static void a_dpc_runs_once_at_dispatch_level(void **state)
{
	struct call call = {0};
	KDPC dpc;

	NdisInitializeEvent(&call.done);
	KeInitializeDpc(&dpc, dpc_routine, &call);
	assert_true(KeInsertQueueDpc(&dpc, &call, &dpc));
	assert_true(NdisWaitEvent(&call.done, ENOUGH_MS));
	KeFlushQueuedDpcs();
	assert_int_equal(call.count, 1);
	assert_int_equal(call.level, DISPATCH_LEVEL);
	assert_ptr_equal(call.argument1, &call);
	assert_ptr_equal(call.argument2, &dpc);
	assert_false(KeRemoveQueueDpc(&dpc));
}

struct gate {
	LONG entered, open;
};

static VOID gate_routine(KDPC *dpc, PVOID context, PVOID argument1, PVOID argument2)
{
	struct gate *gate = context;

	WriteRelease(&gate->entered, 1);
	while (ReadAcquire(&gate->open) == 0)
		YieldProcessor();
}

// Keep the thread busy until the gate opens.
static void gate_close(struct gate *gate, KDPC *dpc)
{
	KeInitializeDpc(dpc, gate_routine, gate);
	KeInsertQueueDpc(dpc, NULL, NULL);
	while (ReadAcquire(&gate->entered) == 0)
		NdisMSleep(100);
}

static void a_dpc_in_line_is_not_put_there_twice(void **state)
{
	struct call call = {0};
	struct gate gate = {0};
	KDPC first, dpc;

	NdisInitializeEvent(&call.done);
	gate_close(&gate, &first);
	KeInitializeDpc(&dpc, dpc_routine, &call);
	assert_true(KeInsertQueueDpc(&dpc, NULL, NULL));
	assert_false(KeInsertQueueDpc(&dpc, NULL, NULL));
	assert_true(KeRemoveQueueDpc(&dpc));
	assert_false(KeRemoveQueueDpc(&dpc));
	assert_true(KeInsertQueueDpc(&dpc, NULL, NULL));
	WriteRelease(&gate.open, 1);
	KeFlushQueuedDpcs();
	assert_int_equal(call.count, 1);
}

static void a_timer_waits_for_its_time(void **state)
{
	struct call call = {0};
	KTIMER timer;
	KDPC dpc;
	LONGLONG from = now_ns();

	NdisInitializeEvent(&call.done);
	KeInitializeTimer(&timer);
	KeInitializeDpc(&dpc, dpc_routine, &call);
	assert_false(KeSetTimer(&timer, milliseconds(20), &dpc));
	assert_int_equal(KeReadStateTimer(&timer), 0);
	assert_true(NdisWaitEvent(&call.done, ENOUGH_MS));
	assert_true(call.at - from >= 20 * 1000000);
	assert_int_equal(call.level, DISPATCH_LEVEL);
	assert_int_equal(
		KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
	assert_false(KeCancelTimer(&timer));
}

static void timers_go_in_the_order_of_their_time(void **state)
{
	static const LONGLONG due_ms[] = {40, 10, 30, 20};
	struct call calls[4] = {0};
	KTIMER timers[4];
	KDPC dpcs[4];

	for (int i = 0; i < 4; i++) {
		NdisInitializeEvent(&calls[i].done);
		KeInitializeTimer(&timers[i]);
		KeInitializeDpc(&dpcs[i], dpc_routine, &calls[i]);
		KeSetTimer(&timers[i], milliseconds(due_ms[i]), &dpcs[i]);
	}
	for (int i = 0; i < 4; i++)
		assert_true(NdisWaitEvent(&calls[i].done, ENOUGH_MS));
	assert_true(calls[1].at < calls[3].at && calls[3].at < calls[2].at &&
		    calls[2].at < calls[0].at);
}

static VOID timer_function(PVOID specific1, PVOID context, PVOID specific2, PVOID specific3)
{
	called(context, specific2, specific3);
}

static NDIS_HANDLE timer_open(PVOID context)
{
	NDIS_TIMER_CHARACTERISTICS how = {
		.Header = {NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS,
			NDIS_TIMER_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1},
		.AllocationTag = 1,
		.TimerFunction = timer_function,
		.FunctionContext = context,
	};
	NDIS_HANDLE timer = NULL;

	assert_int_equal(NdisAllocateTimerObject(NULL, &how, &timer), NDIS_STATUS_SUCCESS);
	return timer;
}

static void a_timer_object_takes_its_own_context_or_another(void **state)
{
	struct call own = {0}, other = {0};
	NDIS_HANDLE timer = timer_open(&own);

	NdisInitializeEvent(&own.done);
	NdisInitializeEvent(&other.done);
	assert_false(NdisSetTimerObject(timer, milliseconds(0), 0, NULL)); // at once
	assert_true(NdisWaitEvent(&own.done, ENOUGH_MS));
	assert_false(NdisSetTimerObject(timer, milliseconds(0), 0, &other));
	assert_true(NdisWaitEvent(&other.done, ENOUGH_MS));
	assert_false(NdisSetTimerObject(timer, milliseconds(3600000), 0, NULL));
	assert_true(NdisSetTimerObject(timer, milliseconds(3600000), 0, NULL)); // was set
	assert_true(NdisCancelTimerObject(timer));
	assert_false(NdisCancelTimerObject(timer));
	NdisFreeTimerObject(timer);
	assert_int_equal(own.count + other.count, 2);
}

static void a_period_repeats_until_it_is_cancelled(void **state)
{
	struct call call = {0};
	NDIS_HANDLE timer = timer_open(&call);

	NdisInitializeEvent(&call.done);
	NdisSetTimerObject(timer, milliseconds(1), 1, NULL);
	for (int i = 0; i < ENOUGH_MS && ReadAcquire(&call.count) < 5; i++)
		NdisMSleep(1000);
	assert_true(NdisCancelTimerObject(timer));
	KeFlushQueuedDpcs();
	LONG count = call.count;
	assert_true(count >= 5);
	NdisMSleep(10000);
	assert_int_equal(call.count, count);
	NdisFreeTimerObject(timer);
}

static void a_wrong_timer_is_refused(void **state)
{
	NDIS_TIMER_CHARACTERISTICS how = {.TimerFunction = timer_function};
	NDIS_HANDLE timer;

	assert_int_equal(
		NdisAllocateTimerObject(NULL, &how, &timer), NDIS_STATUS_INVALID_PARAMETER);
}

// A freed timer's function is not running, whenever it is freed.
static void freeing_waits_for_the_function(void **state)
{
	for (int i = 0; i < 300; i++) {
		struct call *call = calloc(1, sizeof(*call));
		NDIS_HANDLE timer = timer_open(call);

		NdisInitializeEvent(&call->done);
		NdisSetTimerObject(timer, milliseconds(0), i % 2, NULL);
		NdisStallExecution((UINT)(i % 64));
		NdisFreeTimerObject(timer);
		free(call); // whoever still uses it is found by the sanitizers
	}
}

struct work {
	NDIS_HANDLE item;
	NDIS_EVENT done;
	LONG count, wanted;
	KIRQL level;
};

static VOID work_routine(PVOID context, NDIS_HANDLE item)
{
	struct work *work = context;

	work->level = KeGetCurrentIrql();
	assert_ptr_equal(item, work->item);
	if (InterlockedIncrement(&work->count) < work->wanted) {
		NdisQueueIoWorkItem(item, work_routine, work);
		return;
	}
	NdisFreeIoWorkItem(item);
	NdisSetEvent(&work->done);
}

static void a_work_item_queues_and_frees_itself(void **state)
{
	struct work work = {.item = NdisAllocateIoWorkItem(NULL), .wanted = 3};

	NdisInitializeEvent(&work.done);
	NdisQueueIoWorkItem(work.item, work_routine, &work);
	assert_true(NdisWaitEvent(&work.done, ENOUGH_MS));
	assert_int_equal(work.count, 3);
	assert_int_equal(work.level, PASSIVE_LEVEL);
}

static VOID io_routine(DEVICE_OBJECT *device, PVOID context)
{
	called(context, device, NULL);
}

static void io_work_items_are_the_same(void **state)
{
	struct call call = {0};
	DEVICE_OBJECT *device = (DEVICE_OBJECT *)&call;
	IO_WORKITEM *item = IoAllocateWorkItem(device);

	NdisInitializeEvent(&call.done);
	IoQueueWorkItem(item, io_routine, DelayedWorkQueue, &call);
	assert_true(NdisWaitEvent(&call.done, ENOUGH_MS));
	assert_ptr_equal(call.argument1, device);
	IoFreeWorkItem(item);
}

static LONG chained;

static VOID chain_routine(KDPC *dpc, PVOID context, PVOID argument1, PVOID argument2)
{
	InterlockedIncrement(&chained);
}

static void *insert_often(void *arg)
{
	LONG accepted = 0;

	for (int i = 0; i < 5000; i++)
		accepted += KeInsertQueueDpc(arg, NULL, NULL);
	return (void *)(intptr_t)accepted;
}

static void each_accepted_insertion_runs_once(void **state)
{
	pthread_t threads[3];
	intptr_t accepted = 0;
	void *one;
	KDPC dpc;

	KeInitializeDpc(&dpc, chain_routine, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, insert_often, &dpc), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &one);
		accepted += (intptr_t)one;
	}
	KeFlushQueuedDpcs();
	assert_int_equal(ReadAcquire(&chained), accepted);
}

static VOID slow_work(PVOID context, NDIS_HANDLE item)
{
	NdisMSleep(20000);
	dpc_routine(NULL, context, NULL, NULL);
}

static void flushing_waits_for_what_is_in_line(void **state)
{
	NDIS_HANDLE items[3];
	struct call call = {0}, works = {0}; // one of each thread
	KDPC dpc;

	NdisInitializeEvent(&call.done);
	NdisInitializeEvent(&works.done);
	KeInitializeDpc(&dpc, dpc_routine, &call);
	KeInsertQueueDpc(&dpc, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		items[i] = NdisAllocateIoWorkItem(NULL);
		NdisQueueIoWorkItem(items[i], slow_work, &works);
	}
	nimbl_ke_flush();
	assert_int_equal(call.count, 1);
	assert_int_equal(works.count, 3);
	for (int i = 0; i < 3; i++)
		NdisFreeIoWorkItem(items[i]);
	nimbl_ke_flush(); // nothing is in line
}

static bool is_same(const void *whom, const void *code)
{
	return whom == code;
}

static void who_has_a_timer_set_is_known(void **state)
{
	const void *of_timer = NULL, *of_object = NULL;
	struct call call = {0};
	NDIS_HANDLE object = timer_open(&call);
	NDIS_TIMER_FUNCTION *function = timer_function;
	KDEFERRED_ROUTINE *routine = dpc_routine;
	KTIMER timer;
	KDPC dpc;

	memcpy(&of_timer, &routine, sizeof(of_timer));
	memcpy(&of_object, &function, sizeof(of_object));
	KeInitializeTimer(&timer);
	KeInitializeDpc(&dpc, dpc_routine, &call);
	assert_false(nimbl_ke_timer_of(of_timer, is_same));
	KeSetTimerEx(&timer, milliseconds(60000), 0, &dpc);
	assert_true(nimbl_ke_timer_of(of_timer, is_same));
	assert_false(nimbl_ke_timer_of(of_object, is_same));
	NdisSetTimerObject(object, milliseconds(60000), 0, NULL);
	assert_true(nimbl_ke_timer_of(of_object, is_same));
	KeCancelTimer(&timer);
	assert_false(nimbl_ke_timer_of(of_timer, is_same));
	NdisFreeTimerObject(object);
	assert_false(nimbl_ke_timer_of(of_object, is_same));
}

static void stopping_finishes_what_is_in_line_and_forgets_timers(void **state)
{
	struct call dpc_call = {0}, timer_call = {0}, again = {0};
	NDIS_HANDLE timer = timer_open(&timer_call);
	KDPC dpc;

	NdisInitializeEvent(&dpc_call.done);
	NdisInitializeEvent(&timer_call.done);
	NdisInitializeEvent(&again.done);
	NdisSetTimerObject(timer, milliseconds(50), 0, NULL);
	KeInitializeDpc(&dpc, dpc_routine, &dpc_call);
	KeInsertQueueDpc(&dpc, NULL, NULL);
	nimbl_ke_stop();
	assert_int_equal(dpc_call.count, 1);
	assert_false(NdisCancelTimerObject(timer));
	NdisMSleep(60000);
	assert_int_equal(timer_call.count, 0);
	NdisFreeTimerObject(timer);
	KeInitializeDpc(&dpc, dpc_routine, &again); // and it all starts again
	KeInsertQueueDpc(&dpc, NULL, NULL);
	assert_true(NdisWaitEvent(&again.done, ENOUGH_MS));
	nimbl_ke_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dpc_runs_once_at_dispatch_level),
		cmocka_unit_test(a_dpc_in_line_is_not_put_there_twice),
		cmocka_unit_test(a_timer_waits_for_its_time),
		cmocka_unit_test(timers_go_in_the_order_of_their_time),
		cmocka_unit_test(a_timer_object_takes_its_own_context_or_another),
		cmocka_unit_test(a_period_repeats_until_it_is_cancelled),
		cmocka_unit_test(a_wrong_timer_is_refused),
		cmocka_unit_test(freeing_waits_for_the_function),
		cmocka_unit_test(a_work_item_queues_and_frees_itself),
		cmocka_unit_test(io_work_items_are_the_same),
		cmocka_unit_test(each_accepted_insertion_runs_once),
		cmocka_unit_test(flushing_waits_for_what_is_in_line),
		cmocka_unit_test(who_has_a_timer_set_is_known),
		cmocka_unit_test(stopping_finishes_what_is_in_line_and_forgets_timers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
