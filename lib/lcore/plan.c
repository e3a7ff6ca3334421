// SPDX-License-Identifier: BSD-3-Clause
// Which lcore serves which poll objects: registered by drivers, frozen into plans, published.
#include <errno.h>
#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <stdio.h>
#include <stdlib.h>

#include "idle.h"
#include "lcore_priv.h"

int nimbl_lcores_init(uint16_t burst, enum nimbl_rest rest)
{
	size_t size = rte_rcu_qsbr_get_memsize(RTE_MAX_LCORE);

	lcore_shared.burst = burst;
	lcore_shared.rest = rest;
	if (lcore_shared.qsbr == NULL)
		lcore_shared.qsbr = rte_zmalloc("nimbl_qsbr", size, RTE_CACHE_LINE_SIZE);
	if (lcore_shared.qsbr == NULL)
		return nimbl_fail(ENOMEM, "no memory for the lcores");
	rte_rcu_qsbr_init(lcore_shared.qsbr, RTE_MAX_LCORE);
	idle_thread_init(); // synchronize() sleeps as well
	return nimbl_lcores_publish();
}

void nimbl_lcores_set_burst(uint16_t burst)
{
	lcore_shared.burst = burst;
}

static struct lcore_plan *plan_make(uint32_t lcore)
{
	uint32_t count = 0;

	for (struct nimbl_poll *poll = lcore_shared.polls; poll != NULL; poll = poll->next)
		count += poll->enabled && poll->lcore == lcore;
	struct lcore_plan *plan = rte_zmalloc(
		"nimbl_plan", sizeof(*plan) + count * sizeof(plan->polls[0]), RTE_CACHE_LINE_SIZE);
	if (plan == NULL)
		return NULL;
	for (struct nimbl_poll *poll = lcore_shared.polls; poll != NULL; poll = poll->next) {
		if (poll->enabled && poll->lcore == lcore)
			plan->polls[plan->count++] = poll;
	}
	return plan;
}

#define SYNC_SPINS    256u // looks before the first sleep: more than a round takes
#define SYNC_SLEEP_US 20u

// Wait until every lcore has passed a point where it holds nothing old. Asleep we leave the CPU to an
// lcore that has to share it with us, and wake up before its time slice is over.
static void synchronize(void)
{
	uint64_t token = rte_rcu_qsbr_start(lcore_shared.qsbr);

	for (unsigned int i = 0; rte_rcu_qsbr_check(lcore_shared.qsbr, token, false) != 1; i++) {
		if (i < SYNC_SPINS)
			rte_pause();
		else
			rte_delay_us_sleep(SYNC_SLEEP_US);
	}
}

int nimbl_lcores_publish(void)
{
	const struct lcore_plan *old[RTE_MAX_LCORE] = {0};
	struct lcore_plan *plans[RTE_MAX_LCORE] = {0};
	unsigned int id;

	RTE_LCORE_FOREACH (id) {
		plans[id] = plan_make(id);
		if (plans[id] == NULL)
			goto no_memory;
	}
	RTE_LCORE_FOREACH (id) {
		old[id] = lcores[id].plan;
		__atomic_store_n(&lcores[id].plan, plans[id], __ATOMIC_RELEASE);
	}
	synchronize();
	RTE_LCORE_FOREACH (id)
		rte_free((void *)(uintptr_t)old[id]);
	return 0;
no_memory:
	RTE_LCORE_FOREACH (id)
		rte_free(plans[id]);
	return nimbl_fail(ENOMEM, "no memory for the plan of lcore %u", id);
}

// All members of a stack count in the blocks of its adapter.
static bool is_of_stack(const struct nimbl_poll *poll, const struct nimbl_module *adapter)
{
	return poll->module->counters == adapter->counters;
}

void nimbl_polls_enable(const struct nimbl_module *adapter, bool enabled)
{
	for (struct nimbl_poll *poll = lcore_shared.polls; poll != NULL; poll = poll->next) {
		if (is_of_stack(poll, adapter))
			poll->enabled = enabled;
	}
}

// The lcores that have a poll object of the adapter of a stack, or one of anybody for NULL.
static unsigned int lcores_list(
	const struct nimbl_module *module, uint32_t *list, unsigned int room)
{
	bool polls[RTE_MAX_LCORE] = {false};
	unsigned int count = 0;

	for (struct nimbl_poll *poll = lcore_shared.polls; poll != NULL; poll = poll->next) {
		if (module == NULL || (is_of_stack(poll, module) &&
					      nimbl_object_is(poll->module, NIMBL_OBJECT_ADAPTER)))
			polls[poll->lcore] = true;
	}
	for (uint32_t id = 0; id < RTE_MAX_LCORE && count < room; id++) {
		if (polls[id])
			list[count++] = id;
	}
	if (count == 0 && room > 0)
		list[count++] = rte_get_main_lcore();
	return count;
}

unsigned int nimbl_lcores_polling(uint32_t *list, unsigned int room)
{
	return lcores_list(NULL, list, room);
}

unsigned int nimbl_lcores_of(NDIS_HANDLE module, uint32_t *list, unsigned int room)
{
	return lcores_list(module, list, room);
}

void nimbl_lcores_settle(void)
{
	synchronize();
}

void nimbl_polls_hold(const struct nimbl_module *adapter, bool held)
{
	for (struct nimbl_poll *poll = lcore_shared.polls; poll != NULL; poll = poll->next) {
		if (is_of_stack(poll, adapter))
			__atomic_store_n(&poll->receives, held ? 0 : ~(ULONG)0, __ATOMIC_RELEASE);
	}
}

NDIS_STATUS NdisRegisterPoll(NDIS_HANDLE handle, PVOID context,
	NDIS_POLL_CHARACTERISTICS const *characteristics, NDIS_POLL_HANDLE *result)
{
	struct nimbl_poll *poll;

	if ((!nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER) &&
		    !nimbl_object_is(handle, NIMBL_OBJECT_FILTER) &&
		    !nimbl_object_is(handle, NIMBL_OBJECT_BINDING)) ||
		characteristics->PollHandler == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	poll = calloc(1, sizeof(*poll));
	if (poll == NULL)
		return NDIS_STATUS_RESOURCES;
	poll->object.kind = NIMBL_OBJECT_POLL;
	snprintf(poll->object.name, sizeof(poll->object.name), "poll of %.40s",
		nimbl_object_name(handle));
	poll->module = handle;
	poll->handler = characteristics->PollHandler;
	poll->context = context;
	poll->lcore = rte_get_main_lcore();
	poll->receives = ~(ULONG)0;
	// At the end, so that an lcore serves its queues in the order in which they were made.
	struct nimbl_poll **end = &lcore_shared.polls;
	while (*end != NULL)
		end = &(*end)->next;
	*end = poll;
	*result = (NDIS_POLL_HANDLE)poll;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisDeregisterPoll(NDIS_POLL_HANDLE handle)
{
	struct nimbl_poll *poll = (struct nimbl_poll *)handle;

	for (struct nimbl_poll **link = &lcore_shared.polls; *link != NULL; link = &(*link)->next) {
		if (*link == poll) {
			*link = poll->next;
			break;
		}
	}
	poll->object.kind = NIMBL_OBJECT_DEAD;
	free(poll);
}

VOID NdisSetPollAffinity(NDIS_POLL_HANDLE handle, PROCESSOR_NUMBER const *processor)
{
	((struct nimbl_poll *)handle)->lcore = processor->Group * 64u + processor->Number;
}

// Lcores look at their queues all the time; a sleeping one does within a millisecond.
VOID NdisRequestPoll(NDIS_POLL_HANDLE handle, PVOID reserved)
{
}
