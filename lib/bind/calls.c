// SPDX-License-Identifier: BSD-3-Clause
// Who is called through a stack, and waiting until nobody is.
#include "calls.h"

#include <pthread.h>
#include <rte_cycles.h>

#include "nimbl_log.h"

#define SLEEP_US 100u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void calls_lock(void)
{
	pthread_mutex_lock(&lock);
}

void calls_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void calls_begin(unsigned int *calls)
{
	calls_lock();
	++*calls;
	calls_unlock();
}

void calls_end(unsigned int *calls)
{
	calls_lock();
	--*calls;
	calls_unlock();
}

// The place of a filter, counted from the miniport; the number of filters when it has none.
static unsigned int place_of(const struct adapter *adapter, NDIS_HANDLE filter)
{
	unsigned int i = 0;

	while (i < adapter->filter_count && (NDIS_HANDLE)adapter->filters[i] != filter)
		i++;
	return i;
}

bool calls_has_place(const struct filter *filter)
{
	return place_of(filter->adapter, (NDIS_HANDLE)filter) < filter->adapter->filter_count;
}

static struct filter *enter(struct filter *filter)
{
	filter->calls++;
	return filter;
}

struct filter *calls_above(struct adapter *adapter, NDIS_HANDLE from, calls_wanted_fn *wanted)
{
	unsigned int i = from == (NDIS_HANDLE)adapter ? 0 : place_of(adapter, from) + 1;

	for (; i < adapter->filter_count; i++) {
		if (wanted(adapter->filters[i]))
			return enter(adapter->filters[i]);
	}
	return NULL;
}

struct filter *calls_below(struct adapter *adapter, NDIS_HANDLE from, calls_wanted_fn *wanted)
{
	for (unsigned int i = place_of(adapter, from); i > 0; i--) {
		if (wanted(adapter->filters[i - 1]))
			return enter(adapter->filters[i - 1]);
	}
	return NULL;
}

struct binding *calls_top(struct adapter *adapter)
{
	struct binding *binding = adapter->binding;

	if (binding != NULL)
		binding->calls++;
	return binding;
}

bool calls_wait(const unsigned int *calls, bool (*done)(const void *arg), const void *arg)
{
	uint64_t end = pending_deadline();

	for (;;) {
		calls_lock();
		bool over = *calls == 0 && (done == NULL || done(arg));
		calls_unlock();
		if (over || rte_get_timer_cycles() >= end)
			return over;
		nimbl_lcores_turn();
		rte_delay_us_sleep(SLEEP_US);
	}
}

void calls_drain(NDIS_HANDLE module, const unsigned int *calls)
{
	if (!calls_wait(calls, NULL, NULL))
		nimbl_log(NIMBL_LOG_ERROR, "%s does not return from a call",
			nimbl_object_name(module));
}
