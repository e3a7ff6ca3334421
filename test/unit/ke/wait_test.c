// SPDX-License-Identifier: BSD-3-Clause
// Events: who is let go when, and that waiting ends in time. IRQL is a note of the thread.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ntddk.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAITERS 8

static LARGE_INTEGER milliseconds(LONGLONG count)
{
	return (LARGE_INTEGER){.QuadPart = -count * 10000};
}

static NTSTATUS ask(KEVENT *event)
{
	LARGE_INTEGER zero = {.QuadPart = 0};

	return KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &zero);
}

static NTSTATUS wait_for(KEVENT *event, LARGE_INTEGER *timeout)
{
	return KeWaitForSingleObject(event, Executive, KernelMode, FALSE, timeout);
}

static void a_notification_event_stays_set(void **state)
{
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	assert_int_equal(ask(&event), STATUS_TIMEOUT);
	assert_int_equal(KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 0);
	assert_int_equal(KeSetEvent(&event, IO_NO_INCREMENT, FALSE), 1);
	assert_int_equal(ask(&event), STATUS_SUCCESS);
	assert_int_equal(wait_for(&event, NULL), STATUS_SUCCESS);
	assert_int_equal(KeReadStateEvent(&event), 1);
	assert_int_equal(KeResetEvent(&event), 1);
	assert_int_equal(KeResetEvent(&event), 0);
	assert_int_equal(ask(&event), STATUS_TIMEOUT);
}

static void a_synchronization_event_lets_one_through(void **state)
{
	KEVENT event;

	KeInitializeEvent(&event, SynchronizationEvent, TRUE);
	assert_int_equal(ask(&event), STATUS_SUCCESS);
	assert_int_equal(ask(&event), STATUS_TIMEOUT);
	KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
	KeClearEvent(&event);
	assert_int_equal(KeReadStateEvent(&event), 0);
}

static int64_t milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void waiting_ends_with_its_time(void **state)
{
	LARGE_INTEGER ten = milliseconds(10), past = {.QuadPart = 1};
	int64_t before = milliseconds_now();
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	assert_int_equal(wait_for(&event, &past), STATUS_TIMEOUT);
	assert_int_equal(wait_for(&event, &ten), STATUS_TIMEOUT);
	assert_in_range(milliseconds_now() - before, 10, 5000);
	assert_true(IsListEmpty(&event.Header.WaitListHead));
}

static void a_system_time_is_an_instant(void **state)
{
	LARGE_INTEGER soon;
	struct timespec now;
	KEVENT event;

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t before = milliseconds_now();
	soon.QuadPart = (now.tv_sec + INT64_C(11644473600)) * 10000000 + now.tv_nsec / 100 + 100000;
	assert_int_equal(wait_for(&event, &soon), STATUS_TIMEOUT);
	assert_in_range(milliseconds_now() - before, 9, 5000);
}

struct crowd {
	KEVENT gate;
	LONG waiting;
	LONG through;
};

static void *wait_at_gate(void *arg)
{
	struct crowd *crowd = arg;

	InterlockedIncrement(&crowd->waiting);
	if (wait_for(&crowd->gate, NULL) == STATUS_SUCCESS)
		InterlockedIncrement(&crowd->through);
	return NULL;
}

static uint32_t in_line(struct crowd *crowd)
{
	uint32_t count = 0;

	for (const LIST_ENTRY *at = crowd->gate.Header.WaitListHead.Flink;
		at != &crowd->gate.Header.WaitListHead; at = at->Flink)
		count++;
	return count;
}

// Start the waiters and see all of them in the line of the event.
static void crowd_gather(struct crowd *crowd, pthread_t *threads, EVENT_TYPE type)
{
	*crowd = (struct crowd){.waiting = 0};
	KeInitializeEvent(&crowd->gate, type, FALSE);
	for (uint32_t i = 0; i < WAITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, wait_at_gate, crowd), 0);
	while (ReadAcquire(&crowd->waiting) < WAITERS)
		sched_yield();
	LARGE_INTEGER one = milliseconds(1);
	KEVENT never;
	KeInitializeEvent(&never, NotificationEvent, FALSE);
	while (in_line(crowd) < WAITERS)
		wait_for(&never, &one);
}

static void setting_lets_everybody_go_though_it_is_reset_at_once(void **state)
{
	pthread_t threads[WAITERS];
	struct crowd crowd;

	crowd_gather(&crowd, threads, NotificationEvent);
	KeSetEvent(&crowd.gate, IO_NO_INCREMENT, FALSE);
	KeResetEvent(&crowd.gate);
	for (uint32_t i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.through, WAITERS);
}

static void each_set_lets_one_go(void **state)
{
	pthread_t threads[WAITERS];
	struct crowd crowd;

	crowd_gather(&crowd, threads, SynchronizationEvent);
	for (LONG i = 1; i <= WAITERS; i++) {
		assert_int_equal(KeSetEvent(&crowd.gate, IO_NO_INCREMENT, FALSE), 0);
		while (ReadAcquire(&crowd.through) < i)
			sched_yield();
		assert_int_equal(in_line(&crowd), WAITERS - i);
		assert_int_equal(ReadAcquire(&crowd.through), i);
	}
	for (uint32_t i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(KeReadStateEvent(&crowd.gate), 0);
}

static void ndis_events_wait_in_milliseconds(void **state)
{
	NDIS_EVENT event;

	NdisInitializeEvent(&event);
	assert_false(NdisWaitEvent(&event, 1));
	NdisSetEvent(&event);
	assert_true(NdisWaitEvent(&event, 1));
	assert_true(NdisWaitEvent(&event, 0));
	NdisResetEvent(&event);
	assert_false(NdisWaitEvent(&event, 1));
}

static void the_level_is_that_of_the_thread(void **state)
{
	KIRQL old, current;

	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
	KeRaiseIrql(APC_LEVEL, &old);
	assert_int_equal(old, PASSIVE_LEVEL);
	NDIS_RAISE_IRQL_TO_DISPATCH(&current);
	assert_int_equal(current, APC_LEVEL);
	assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
	NDIS_LOWER_IRQL(current, DISPATCH_LEVEL);
	assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
	KeLowerIrql(old);
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

// How a child that does this ends: the signal.
static int signal_of(void (*body)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(2);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void ask_on_an_lcore(void)
{
	KEVENT event;
	KIRQL old = KeRaiseIrqlToDpcLevel();

	KeInitializeEvent(&event, NotificationEvent, FALSE);
	ask(&event);
	KeLowerIrql(old);
}

static void wait_on_an_lcore(void)
{
	LARGE_INTEGER one = milliseconds(1);
	KEVENT event;

	(void)KeRaiseIrqlToDpcLevel();
	KeInitializeEvent(&event, NotificationEvent, FALSE);
	wait_for(&event, &one);
}

static void fail_fast(void)
{
	RtlFailFast(FAST_FAIL_INVALID_ARG);
}

static void waiting_at_dispatch_level_ends_the_process(void **state)
{
	assert_int_equal(signal_of(ask_on_an_lcore), 0);
	assert_int_equal(signal_of(wait_on_an_lcore), SIGABRT);
	assert_int_equal(signal_of(fail_fast), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notification_event_stays_set),
		cmocka_unit_test(a_synchronization_event_lets_one_through),
		cmocka_unit_test(waiting_ends_with_its_time),
		cmocka_unit_test(a_system_time_is_an_instant),
		cmocka_unit_test(setting_lets_everybody_go_though_it_is_reset_at_once),
		cmocka_unit_test(each_set_lets_one_go),
		cmocka_unit_test(ndis_events_wait_in_milliseconds),
		cmocka_unit_test(the_level_is_that_of_the_thread),
		cmocka_unit_test(waiting_at_dispatch_level_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
