// SPDX-License-Identifier: BSD-3-Clause
// The loop of an lcore: poll, indicate, complete, report quiescence, rest.
#include <errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "idle.h"
#include "lcore_priv.h"
#include "nimbl_lcore.h"

struct lcore lcores[RTE_MAX_LCORE];
struct lcore_shared lcore_shared;

// One burst of one poll object. What the handler leaves for us to indicate or complete goes into
// the frozen stack; returns how much there was to do.
static inline uint32_t poll_once(const struct nimbl_poll *poll, ULONG max_indicate)
{
	NDIS_POLL_DATA data;

	data.Transmit.MaxNblsToComplete = NDIS_ANY_NUMBER_OF_NBLS;
	data.Transmit.CompletedNblChain = NULL;
	data.Transmit.NumberOfCompletedNbls = 0;
	data.Transmit.NumberOfRemainingNbls = 0;
	data.Transmit.SendCompleteFlags = 0;
	data.Receive.MaxNblsToIndicate =
		max_indicate & __atomic_load_n(&poll->receives, __ATOMIC_ACQUIRE);
	data.Receive.IndicatedNblChain = NULL;
	data.Receive.NumberOfIndicatedNbls = 0;
	data.Receive.NumberOfRemainingNbls = 0;
	data.Receive.Flags = 0;
	poll->handler(poll->context, &data);

	if (data.Transmit.CompletedNblChain != NULL)
		NdisMSendNetBufferListsComplete(poll->module, data.Transmit.CompletedNblChain,
			data.Transmit.SendCompleteFlags | NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
	if (data.Receive.IndicatedNblChain != NULL)
		NdisMIndicateReceiveNetBufferLists(poll->module, data.Receive.IndicatedNblChain,
			NDIS_DEFAULT_PORT_NUMBER, data.Receive.NumberOfIndicatedNbls,
			data.Receive.Flags | NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
	return data.Receive.NumberOfIndicatedNbls + data.Transmit.NumberOfCompletedNbls +
	       data.Transmit.NumberOfRemainingNbls;
}

static inline uint32_t plan_run(const struct lcore_plan *plan, ULONG burst)
{
	uint32_t work = 0;

	for (uint32_t i = 0; i < plan->count; i++)
		work += poll_once(plan->polls[i], burst);
	return work;
}

static int lcore_loop(void *arg)
{
	struct lcore *self = arg;
	unsigned int id = rte_lcore_id();
	const ULONG burst = lcore_shared.burst;
	struct idle idle = {.mode = lcore_shared.rest};
	KIRQL irql = KeRaiseIrqlToDpcLevel();

	nimbl_self = id;
	idle_thread_init();
	rte_rcu_qsbr_thread_online(lcore_shared.qsbr, id);
	while (!__atomic_load_n(&lcore_shared.stop, __ATOMIC_RELAXED)) {
		const struct lcore_plan *plan = __atomic_load_n(&self->plan, __ATOMIC_ACQUIRE);
		uint32_t work = plan_run(plan, burst);

		nimbl_count(&self->rounds, 1);
		nimbl_count(&self->busy_rounds, work > 0);
		rte_rcu_qsbr_quiescent(lcore_shared.qsbr, id);
		if (idle_after_round(&idle, work))
			nimbl_count(&self->sleeps, 1);
	}
	rte_rcu_qsbr_thread_offline(lcore_shared.qsbr, id);
	nimbl_self = NIMBL_NO_LCORE;
	KeLowerIrql(irql);
	return 0;
}

uint64_t nimbl_lcore_run(uint32_t id, uint64_t rounds)
{
	const struct lcore_plan *plan = lcores[id].plan;
	uint64_t work = 0;
	KIRQL irql = KeRaiseIrqlToDpcLevel();

	nimbl_self = id;
	for (uint64_t i = 0; i < rounds; i++)
		work += plan_run(plan, lcore_shared.burst);
	nimbl_self = NIMBL_NO_LCORE;
	KeLowerIrql(irql);
	return work;
}

void nimbl_lcores_turn(void)
{
	unsigned int id;

	RTE_LCORE_FOREACH (id) {
		if (lcores[id].running)
			return;
	}
	RTE_LCORE_FOREACH (id)
		nimbl_lcore_run(id, 1);
}

int nimbl_lcores_start(void)
{
	unsigned int id;

	__atomic_store_n(&lcore_shared.stop, false, __ATOMIC_RELEASE);
	RTE_LCORE_FOREACH_WORKER (id) {
		if (lcores[id].plan->count == 0)
			continue;
		rte_rcu_qsbr_thread_register(lcore_shared.qsbr, id);
		int ret = rte_eal_remote_launch(lcore_loop, &lcores[id], id);
		if (ret < 0)
			return nimbl_fail(-ret, "lcore %u is busy", id);
		lcores[id].running = true;
	}
	return 0;
}

void nimbl_lcores_stop(void)
{
	unsigned int id;

	__atomic_store_n(&lcore_shared.stop, true, __ATOMIC_RELEASE);
	RTE_LCORE_FOREACH_WORKER (id) {
		if (!lcores[id].running)
			continue;
		rte_eal_wait_lcore(id);
		rte_rcu_qsbr_thread_unregister(lcore_shared.qsbr, id);
		lcores[id].running = false;
	}
}

void nimbl_lcore_query(uint32_t id, struct nimbl_lcore_info *info)
{
	const struct lcore *lcore = &lcores[id];

	*info = (struct nimbl_lcore_info){
		.rounds = __atomic_load_n(&lcore->rounds, __ATOMIC_RELAXED),
		.busy_rounds = __atomic_load_n(&lcore->busy_rounds, __ATOMIC_RELAXED),
		.sleeps = __atomic_load_n(&lcore->sleeps, __ATOMIC_RELAXED),
		.polls = lcore->plan != NULL ? lcore->plan->count : 0,
	};
}
