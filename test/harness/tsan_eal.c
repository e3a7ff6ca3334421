// SPDX-License-Identifier: BSD-3-Clause
// For builds with the thread sanitizer only. EAL hands work from thread to thread under locks of its own,
// which are not instrumented: what is ordered by them looks like a race. So the ways by which our code
// hands something on stand before EAL's here, and a mutex that the sanitizer sees orders the same.
#include <dlfcn.h>
#include <pthread.h>
#include <rte_alarm.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <stdbool.h>
#include <stdlib.h>

#define ALARMS 256

struct errand {
	rte_eal_alarm_callback alarm;
	lcore_function_t *call;
	void *arg;
	bool is_used;
};

static struct errand alarms[ALARMS], calls[RTE_MAX_LCORE];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// What this thread did before, others see from now on, and the other way round.
static void meet(void)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
}

static void *real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL)
		abort();
	return function;
}

static void alarm_free(struct errand *alarm)
{
	pthread_mutex_lock(&lock);
	alarm->is_used = false;
	pthread_mutex_unlock(&lock);
}

static void alarm_ring(void *arg)
{
	struct errand *alarm = arg, copy;

	pthread_mutex_lock(&lock);
	copy = *alarm;
	pthread_mutex_unlock(&lock);
	copy.alarm(copy.arg);
	alarm_free(alarm);
}

int rte_eal_alarm_set(uint64_t us, rte_eal_alarm_callback callback, void *arg)
{
	int (*set)(uint64_t, rte_eal_alarm_callback, void *);
	struct errand *alarm = alarms;
	int ret;

	*(void **)&set = real("rte_eal_alarm_set");
	pthread_mutex_lock(&lock);
	while (alarm < &alarms[ALARMS] && alarm->is_used)
		alarm++;
	if (alarm == &alarms[ALARMS])
		abort();
	*alarm = (struct errand){.alarm = callback, .arg = arg, .is_used = true};
	ret = set(us, alarm_ring, alarm);
	alarm->is_used = ret == 0;
	pthread_mutex_unlock(&lock);
	return ret;
}

static bool is_meant(const struct errand *alarm, rte_eal_alarm_callback callback, const void *arg)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = alarm->is_used && alarm->alarm == callback && alarm->arg == arg;
	pthread_mutex_unlock(&lock);
	return is;
}

// One that rings is waited for, and may have set itself again meanwhile: so all are looked at once more.
int rte_eal_alarm_cancel(rte_eal_alarm_callback callback, void *arg)
{
	int (*cancel)(rte_eal_alarm_callback, void *);
	int cancelled = 0;

	*(void **)&cancel = real("rte_eal_alarm_cancel");
	for (unsigned int i = 0; i < 2 * ALARMS; i++) {
		struct errand *alarm = &alarms[i % ALARMS];

		if (!is_meant(alarm, callback, arg) || cancel(alarm_ring, alarm) <= 0)
			continue;
		alarm_free(alarm);
		cancelled++;
	}
	return cancelled;
}

static int call_run(void *arg)
{
	const struct errand *call = arg;
	int ret;

	meet();
	ret = call->call(call->arg);
	meet();
	return ret;
}

int rte_eal_remote_launch(lcore_function_t *function, void *arg, unsigned int lcore)
{
	int (*launch)(lcore_function_t *, void *, unsigned int);

	*(void **)&launch = real("rte_eal_remote_launch");
	calls[lcore] = (struct errand){.call = function, .arg = arg};
	meet();
	return launch(call_run, &calls[lcore], lcore);
}

int rte_eal_wait_lcore(unsigned int lcore)
{
	int (*wait)(unsigned int);
	int ret;

	*(void **)&wait = real("rte_eal_wait_lcore");
	ret = wait(lcore);
	meet();
	return ret;
}

// Frames go from lcore to lcore through a PMD, its pool among it: who gives one to it comes before who gets
// that one next.
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static uint16_t frames_come(uint16_t port, uint16_t queue, struct rte_mbuf *frames[],
	uint16_t count, uint16_t max, void *arg)
{
	for (uint16_t i = 0; i < count; i++) {
		for (struct rte_mbuf *m = frames[i]; m != NULL; m = m->next)
			__tsan_acquire(m);
	}
	return count;
}

static uint16_t frames_go(
	uint16_t port, uint16_t queue, struct rte_mbuf *frames[], uint16_t count, void *arg)
{
	for (uint16_t i = 0; i < count; i++) {
		for (struct rte_mbuf *m = frames[i]; m != NULL; m = m->next)
			__tsan_release(m);
	}
	return count;
}

static bool is_watched[RTE_MAX_ETHPORTS];

int rte_eth_dev_start(uint16_t port)
{
	int (*start)(uint16_t);
	struct rte_eth_dev_info info;

	*(void **)&start = real("rte_eth_dev_start");
	rte_eth_dev_info_get(port, &info);
	for (uint16_t q = 0; !is_watched[port] && q < info.nb_rx_queues; q++)
		rte_eth_add_rx_callback(port, q, frames_come, NULL);
	for (uint16_t q = 0; !is_watched[port] && q < info.nb_tx_queues; q++)
		rte_eth_add_tx_callback(port, q, frames_go, NULL);
	is_watched[port] = true;
	return start(port);
}

int rte_eth_dev_close(uint16_t port)
{
	int (*close)(uint16_t);

	*(void **)&close = real("rte_eth_dev_close");
	is_watched[port] = false;
	return close(port);
}
