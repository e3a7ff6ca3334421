// SPDX-License-Identifier: BSD-3-Clause
// The threads of DPCs, timers and work items. They run where the process may, not where the thread that
// happened to need them first is pinned: that may be an lcore's CPU.
#include "worker.h"

#include <sched.h>

#include "clock.h"
#include "nimbl_log.h"

static cpu_set_t process_cpus;

// Before anybody pins the main thread.
__attribute__((constructor)) static void process_cpus_note(void)
{
	CPU_ZERO(&process_cpus);
	sched_getaffinity(0, sizeof(process_cpus), &process_cpus);
}

static void rest(struct worker *worker, LONGLONG again)
{
	if (again == 0) {
		pthread_cond_wait(&worker->wake, &worker->lock);
		return;
	}
	struct timespec until = clock_timespec(again);
	pthread_cond_clockwait(&worker->wake, &worker->lock, CLOCK_MONOTONIC, &until);
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	LONGLONG again;
	KIRQL old;

	pthread_setname_np(pthread_self(), worker->name);
	pthread_setaffinity_np(pthread_self(), sizeof(process_cpus), &process_cpus);
	KeRaiseIrql(worker->level, &old);
	pthread_mutex_lock(&worker->lock);
	for (;;) {
		again = 0;
		if (worker->step(worker, &again))
			continue;
		worker->busy = false;
		pthread_cond_broadcast(&worker->wake); // who flushes
		if (worker->stopping)
			break;
		rest(worker, again);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

void worker_wake(struct worker *worker)
{
	if (!worker->started) {
		int ret = pthread_create(&worker->thread, NULL, run, worker);

		if (ret != 0) {
			nimbl_log(NIMBL_LOG_ERROR,
				"cannot start thread '%s' for the drivers: %s; raise the limit of threads",
				worker->name, strerror(ret));
			RtlFailFast(FAST_FAIL_INVALID_ARG);
		}
		worker->started = true;
	}
	worker->busy = true;
	pthread_cond_broadcast(&worker->wake);
}

bool worker_is_self(struct worker *worker)
{
	return worker->started && pthread_equal(worker->thread, pthread_self());
}

void worker_flush(struct worker *worker)
{
	struct timespec until = clock_timespec(clock_steady() + UNITS_PER_SEC);

	pthread_mutex_lock(&worker->lock);
	while (worker->started && worker->busy && !worker_is_self(worker) &&
		pthread_cond_clockwait(&worker->wake, &worker->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	pthread_mutex_unlock(&worker->lock);
}

void worker_stop(struct worker *worker)
{
	bool started;

	pthread_mutex_lock(&worker->lock);
	started = worker->started;
	worker->stopping = true;
	pthread_cond_broadcast(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
	if (started)
		pthread_join(worker->thread, NULL);
	pthread_mutex_lock(&worker->lock);
	worker->started = worker->stopping = false;
	pthread_mutex_unlock(&worker->lock);
}
