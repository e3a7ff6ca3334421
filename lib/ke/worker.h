// SPDX-License-Identifier: BSD-3-Clause
// A thread that does what stands in its line, started when there is something first.
#pragma once

#include <ndis.h>
#include <pthread.h>
#include <stdbool.h>

struct worker {
	const char *name; // of the thread, at most 15 bytes
	KIRQL level;
	// Under the lock: do one thing, with the lock left open meanwhile, and return true; or return false,
	// with the instant of the steady clock at which to ask again, or 0 for when somebody wakes it.
	bool (*step)(struct worker *worker, LONGLONG *again);
	pthread_mutex_t lock;
	pthread_cond_t wake; // the thread: there is something; who flushes: something was done
	pthread_t thread;
	bool started, stopping;
	bool busy; // there may be something in its line, or running
};

#define WORKER_INIT(thread_name, irql, step_function)                                \
	{                                                                            \
		.name = (thread_name), .level = (irql), .step = (step_function),     \
		.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, \
	}

// With the lock held: there is something to do. Starts the thread.
void worker_wake(struct worker *worker);

// Whether the caller is that thread.
bool worker_is_self(struct worker *worker);

// Wait, a second at most, until nothing is in line and nothing runs.
void worker_flush(struct worker *worker);

// Do what is in line, not what is set for later, and end the thread. It starts again when it is woken.
void worker_stop(struct worker *worker);

// Forget the timers and stop the worker of DPCs.
void dpcs_stop(void);
