// SPDX-License-Identifier: BSD-3-Clause
// Devices that go away by surprise, and stacks that are built again when they are back.
#include <rte_cycles.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "oid_make.h"
#include "ring_port.h"

#define SHORT_FRAME 60u

static NDIS_HANDLE sender_pool;
static const struct stack *test_stack;

static NET_BUFFER_LIST *list_make(NDIS_HANDLE source)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(sender_pool, 0, 0);

	assert_non_null(nbl);
	nbl->SourceHandle = source;
	assert_int_equal(
		NdisRetreatNetBufferDataStart(NET_BUFFER_LIST_FIRST_NB(nbl), SHORT_FRAME, 0, NULL),
		NDIS_STATUS_SUCCESS);
	return nbl;
}

// The miniport of a device that is gone completes what it had.
static void completes_all(struct test_miniport *mp)
{
	test_miniport_complete(mp, mp->sent_count, NDIS_STATUS_SEND_ABORTED);
}

static void a_surprise_is_told_first_and_halts_last(void **state)
{
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	test_events();
	nimbl_stack_remove(stack.adapter, true);
	assert_string_equal(test_events(),
		"device f1 device f0 device miniport pause protocol pause f1 pause f0 "
		"pause miniport unbind protocol detach f1 detach f0 halt miniport");
	assert_int_equal(test_miniport_action, NdisHaltDeviceSurpriseRemoved);
	assert_int_equal(stack_query(&stack).state, NIMBL_HALTED);
	nimbl_adapter_close(stack.adapter);
	assert_int_equal(test_filters_count(), 0);
	assert_int_equal(test_bindings_count(), 0);
}

static void a_device_that_is_let_go_is_no_surprise(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	test_events();
	nimbl_stack_remove(stack.adapter, false);
	assert_string_equal(test_events(), "pause protocol pause f0 pause miniport unbind protocol "
					   "detach f0 halt miniport");
	assert_int_equal(test_miniport_action, NdisHaltDeviceDisabled);
	nimbl_adapter_close(stack.adapter);
}

// What the protocol saw is noted while it is paused: afterwards it is gone.
static uint32_t completed, aborted;

static void count_completions(struct test_filter *filter)
{
	const struct stack *stack = test_stack;

	completed = stack->user->completed;
	for (uint32_t i = 0; i < completed; i++)
		aborted += stack->user->completions[i].status == NDIS_STATUS_SEND_ABORTED;
}

static void what_was_sent_is_home_before_anybody_pauses(void **state)
{
	NET_BUFFER_LIST *lists[8];
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	test_stack = &stack;
	completed = aborted = 0;
	stack.mp->in_device_event = completes_all;
	stack.f[0]->in_pause = count_completions;
	sender_pool = list_pool(TRUE, 256, 0);
	for (uint32_t i = 0; i < RTE_DIM(lists); i++)
		lists[i] = list_make(stack.binding);
	test_send(stack.user, lists, RTE_DIM(lists), 0);
	assert_int_equal(stack.mp->sent_count, RTE_DIM(lists));
	nimbl_stack_remove(stack.adapter, true);
	assert_int_equal(completed, RTE_DIM(lists));
	assert_int_equal(aborted, RTE_DIM(lists));
	for (uint32_t i = 0; i < RTE_DIM(lists); i++)
		NdisFreeNetBufferList(lists[i]);
	nimbl_adapter_close(stack.adapter);
	close_whole(sender_pool);
}

static NDIS_STATUS oid_status;

static void note_oid(struct test_binding *user, NDIS_OID_REQUEST *request)
{
	oid_status = user->oids[user->oid_count - 1].status;
}

static void requests_at_the_device_are_ended_before_it_goes(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 1);
	stack_restart(&stack);
	stack.mp->oids.mode = TEST_OID_PEND;
	stack.user->on_oid = note_oid;
	oid_status = NDIS_STATUS_SUCCESS;
	assert_int_equal(NdisOidRequest(stack.binding, ask_query(&ask, OID_UNKNOWN, 4)),
		NDIS_STATUS_PENDING);
	nimbl_stack_remove(stack.adapter, true);
	assert_int_equal(oid_status, NDIS_STATUS_REQUEST_ABORTED);
	nimbl_adapter_close(stack.adapter);
}

static uint64_t now_ms(void)
{
	return rte_get_timer_cycles() / (rte_get_timer_hz() / 1000);
}

static void who_never_finishes_does_not_hold_a_removal_up(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	stack.mp->pause_us = TEST_MINIPORT_NEVER;
	stack.f[0]->pause_us = TEST_FILTER_NEVER;
	uint64_t begin = now_ms();
	nimbl_stack_remove(stack.adapter, true);
	assert_true(now_ms() - begin >= 300);
	assert_int_equal(stack_query(&stack).state, NIMBL_HALTED);
	assert_int_equal(stack_query(&stack).counters.lists_indicated, 0);
	nimbl_adapter_close(stack.adapter);
}

static void the_miniport_may_say_that_its_device_is_gone(void **state)
{
	struct stack stack;

	stack_open(&stack, 0);
	assert_false(nimbl_adapter_is_lost(stack.adapter));
	assert_int_equal(NdisMRemoveMiniport(stack.adapter), NDIS_STATUS_SUCCESS);
	assert_true(nimbl_adapter_is_lost(stack.adapter));
	nimbl_stack_remove(stack.adapter, true);
	assert_int_equal(NdisMRemoveMiniport(stack.adapter), NDIS_STATUS_FAILURE);
	assert_int_equal(nimbl_stack_return(stack.adapter), 0);
	assert_false(nimbl_adapter_is_lost(stack.adapter));
	nimbl_adapter_close(stack.adapter);
}

static void assert_filter(const struct stack *stack, unsigned int i, const char *name)
{
	struct nimbl_filter_info info = {.name = ""};

	assert_true(nimbl_filter_query(stack->adapter, i, &info));
	assert_string_equal(info.name, name);
	assert_string_equal(test_filter_of(info.filter)->color, "red");
}

// The stack of `adapter` again, as stack_make.h knows it.
static void stack_again(struct stack *stack)
{
	struct nimbl_filter_info info;

	stack->mp = nimbl_adapter_context(stack->adapter);
	for (stack->count = 0; nimbl_filter_query(stack->adapter, stack->count, &info);)
		stack->f[stack->count++] = test_filter_of(info.filter);
	stack_bind(stack);
}

static void filters_stand_where_they_stood_with_their_settings(void **state)
{
	struct nimbl_option low[] = {{"name", "low"}, {"color", "red"}, {NULL, NULL}};
	struct nimbl_option high[] = {{"name", "high"}, {"color", "red"}, {NULL, NULL}};
	struct stack stack;
	NDIS_HANDLE filter;

	stack_open(&stack, 0);
	stack_restart(&stack);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 0, "test_filter", "high", high, &filter), 0);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 0, "test_filter", "low", low, &filter), 0);
	test_miniport_indicate(stack.mp, 3, 0, 0, NULL);
	test_return_held(stack.user);
	for (int i = 0; i < 3; i++) {
		nimbl_stack_remove(stack.adapter, true);
		assert_int_equal(test_filters_count(), 0);
		assert_int_equal(nimbl_stack_return(stack.adapter), 0);
		assert_filter(&stack, 0, "low");
		assert_filter(&stack, 1, "high");
		stack_again(&stack);
		stack_restart(&stack);
		test_miniport_indicate(stack.mp, 3, 0, 0, NULL);
		assert_int_equal(stack.user->held_count, 3);
		test_return_held(stack.user);
	}
	// Counters are of the port, not of one life of it.
	assert_int_equal(stack_query(&stack).counters.lists_indicated, 12);
	stack_close(&stack);
}

static void a_device_that_does_not_come_yet_is_tried_again(void **state)
{
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	nimbl_stack_remove(stack.adapter, true);
	nimbl_stack_remove(stack.adapter, true); // twice is once
	test_miniport_refuses = true;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(nimbl_stack_return(stack.adapter), -EIO);
		assert_int_equal(stack_query(&stack).state, NIMBL_HALTED);
	}
	test_miniport_refuses = false;
	assert_int_equal(nimbl_stack_return(stack.adapter), 0);
	assert_int_equal(nimbl_stack_return(stack.adapter), -EBUSY);
	stack_again(&stack);
	assert_int_equal(stack.count, 2);
	stack_restart(&stack);
	stack_close(&stack);
}

static int count_pool(NDIS_HANDLE pool, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

static unsigned int pools_count(void)
{
	unsigned int count = 0;

	nimbl_pool_foreach(count_pool, &count);
	return count;
}

static void fifty_times_leave_nothing_behind(void **state)
{
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	unsigned int pools = pools_count();
	uint32_t alive = test_miniport_initialized - test_miniport_halted;
	for (int i = 0; i < 50; i++) {
		nimbl_stack_remove(stack.adapter, i % 2 == 0);
		assert_int_equal(nimbl_stack_return(stack.adapter), 0);
		stack_again(&stack);
		stack_restart(&stack);
	}
	assert_int_equal(pools_count(), pools);
	assert_int_equal(test_miniport_initialized - test_miniport_halted, alive);
	assert_int_equal(stack.count, 2);
	stack_close(&stack);
}

// 63 frames on the ring, which the PMD never gives back, and the rest waiting for room.
static void an_ethdev_port_completes_what_it_waited_for(void **state)
{
	struct ring_port_options options = {.out_ring = 64, .descriptors = 64};
	struct nimbl_adapter_info info;
	NET_BUFFER_LIST *lists[100];
	struct ring_port port;

	assert_int_equal(ring_port_open(&port, "r", &options), 0);
	((struct ethdev *)nimbl_adapter_context(port.adapter))->passes_mbufs = false;
	sender_pool = list_pool(TRUE, 2048, 0);
	for (uint32_t i = 0; i < RTE_DIM(lists); i++)
		lists[i] = list_make(port.user->binding);
	test_send(port.user, lists, RTE_DIM(lists), 0);
	assert_int_equal(port.user->completed, 0);
	nimbl_stack_remove(port.adapter, true);
	nimbl_adapter_query(port.adapter, &info);
	assert_int_equal(info.counters.lists_sent, RTE_DIM(lists));
	assert_int_equal(info.counters.lists_completed, RTE_DIM(lists));
	assert_int_equal(info.counters.tx_frames, 63);
	assert_int_equal(info.counters.drops[NIMBL_DROP_TX_REMOVED], RTE_DIM(lists) - 63);
	assert_false(info.link_up);
	for (uint32_t i = 0; i < RTE_DIM(lists); i++)
		NdisFreeNetBufferList(lists[i]);
	close_whole(sender_pool);
	while (ring_port_take(&port) != NULL)
		; // the lists of these are home
	nimbl_adapter_close(port.adapter);
	rte_ring_free(port.in);
	rte_ring_free(port.out);
}

// Between the surprise and the pause: what is sent then is dropped for its reason, what the PMD is asked
// of a port that is none any more would be seen in its log.
static void what_is_sent_after_a_surprise_is_dropped_for_its_reason(void **state)
{
	NET_DEVICE_PNP_EVENT event = {.DevicePnPEvent = NdisDevicePnPEventSurpriseRemoved};
	struct nimbl_adapter_info info;
	NET_BUFFER_LIST *list;
	struct ring_port port;

	assert_int_equal(ring_port_open(&port, "r", NULL), 0);
	sender_pool = list_pool(TRUE, 2048, 0);
	ethdev_device_event(nimbl_adapter_context(port.adapter), &event);
	ethdev_device_event(nimbl_adapter_context(port.adapter), &event);
	list = list_make(port.user->binding);
	test_send(port.user, &list, 1, 0);
	assert_int_equal(nimbl_lcore_run(0, 200), 0);
	assert_int_equal(port.user->completed, 1);
	assert_int_equal(port.user->completions[0].status, NDIS_STATUS_FAILURE);
	nimbl_adapter_query(port.adapter, &info);
	assert_int_equal(info.counters.drops[NIMBL_DROP_TX_REMOVED], 1);
	NdisFreeNetBufferList(list);
	assert_int_equal(ring_port_close(&port), 0);
	close_whole(sender_pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_surprise_is_told_first_and_halts_last),
		cmocka_unit_test(a_device_that_is_let_go_is_no_surprise),
		cmocka_unit_test(what_was_sent_is_home_before_anybody_pauses),
		cmocka_unit_test(requests_at_the_device_are_ended_before_it_goes),
		cmocka_unit_test(who_never_finishes_does_not_hold_a_removal_up),
		cmocka_unit_test(the_miniport_may_say_that_its_device_is_gone),
		cmocka_unit_test(filters_stand_where_they_stood_with_their_settings),
		cmocka_unit_test(a_device_that_does_not_come_yet_is_tried_again),
		cmocka_unit_test(fifty_times_leave_nothing_behind),
		cmocka_unit_test(an_ethdev_port_completes_what_it_waited_for),
		cmocka_unit_test(what_is_sent_after_a_surprise_is_dropped_for_its_reason),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
