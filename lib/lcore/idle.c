// SPDX-License-Identifier: BSD-3-Clause
// Pausing and sleeping when there is no traffic.
#include "idle.h"

#include <rte_pause.h>
#include <sys/prctl.h>
#include <time.h>

#include "lcore_priv.h"

#define PAUSE_ROUNDS 1024u // empty rounds that are paused before the first sleep
#define SLEEP_MAX_US 1000u // the longest a frame may wait for a sleeping lcore

void idle_thread_init(void)
{
	prctl(PR_SET_TIMERSLACK, 1000ul);
}

bool idle_rest(struct idle *idle)
{
	if (idle->mode == NIMBL_REST_PAUSE || idle->empty < IDLE_SPIN_ROUNDS + PAUSE_ROUNDS) {
		rte_pause();
		return false;
	}
	// Traffic that has just stopped often goes on at once; long silence may cost latency.
	idle->sleep_us = idle->sleep_us == 0 ? 10 : idle->sleep_us + idle->sleep_us / 8 + 1;
	if (idle->sleep_us > SLEEP_MAX_US)
		idle->sleep_us = SLEEP_MAX_US;
	struct timespec rest = {.tv_nsec = (long)idle->sleep_us * 1000};
	// Whoever publishes need not wait for us: asleep we hold nothing, awake we look anew.
	rte_rcu_qsbr_thread_offline(lcore_shared.qsbr, nimbl_self);
	nanosleep(&rest, NULL);
	rte_rcu_qsbr_thread_online(lcore_shared.qsbr, nimbl_self);
	return true;
}
