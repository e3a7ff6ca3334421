// SPDX-License-Identifier: BSD-3-Clause
// Status and network events up a stack, device events down, through filters that want them and filters
// that do not.
#include <pthread.h>
#include <rte_cycles.h>

#include "stack_make.h"

#define BPS 2500000000ull

static void mixed_stack_open(struct stack *stack)
{
	stack_begin(stack);
	stack_add(stack, "f0", NULL, NULL);
	stack_add_of(stack, "test_filter_bare", "bare", NULL, NULL);
	stack_add(stack, "f2", NULL, NULL);
	stack_bind(stack);
	test_events();
}

static NET_PNP_EVENT_NOTIFICATION net_event(NET_PNP_EVENT_CODE code)
{
	return (NET_PNP_EVENT_NOTIFICATION){
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_PNP_EVENT_NOTIFICATION_REVISION_1,
			NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1},
		.NetPnPEvent = {.NetEvent = code},
	};
}

static void a_link_state_goes_up_through_who_listens(void **state)
{
	struct stack stack;

	mixed_stack_open(&stack);
	test_miniport_link(stack.mp, false, BPS); // paused: told all the same
	assert_int_equal(stack.f[0]->statuses, 1);
	assert_int_equal(stack.f[1]->statuses, 0);
	assert_int_equal(stack.f[2]->statuses, 1);
	assert_int_equal(stack.user->statuses, 1);
	assert_int_equal(stack.user->last_status, NDIS_STATUS_LINK_STATE);
	assert_int_equal(stack.user->link.XmitLinkSpeed, BPS);
	assert_int_equal(stack.user->link.MediaConnectState, MediaConnectStateDisconnected);
	assert_false(stack_query(&stack).link_up);
	stack_restart(&stack);
	test_miniport_link(stack.mp, true, BPS);
	assert_int_equal(stack.user->statuses, 2);
	assert_true(stack_query(&stack).link_up);
	stack_close(&stack);
}

static void a_status_that_a_filter_makes_goes_to_those_above(void **state)
{
	NDIS_STATUS_INDICATION indication = {
		.Header = {NDIS_OBJECT_TYPE_STATUS_INDICATION, NDIS_STATUS_INDICATION_REVISION_1,
			NDIS_SIZEOF_STATUS_INDICATION_REVISION_1},
		.StatusCode = NDIS_STATUS_RESET_END,
	};
	struct stack stack;

	mixed_stack_open(&stack);
	indication.SourceHandle = stack.f[1]->filter;
	NdisFIndicateStatus(stack.f[1]->filter, &indication);
	assert_int_equal(stack.f[0]->statuses, 0);
	assert_int_equal(stack.f[2]->statuses, 1);
	assert_int_equal(stack.user->last_status, NDIS_STATUS_RESET_END);
	NdisFIndicateStatus(stack.f[2]->filter, &indication);
	assert_int_equal(stack.f[2]->statuses, 1);
	assert_int_equal(stack.user->statuses, 2);
	stack_close(&stack);
}

static void without_a_binding_a_status_ends_at_the_top(void **state)
{
	struct stack stack;

	mixed_stack_open(&stack);
	nimbl_binding_close(stack.binding);
	test_miniport_link(stack.mp, false, BPS);
	assert_int_equal(stack.f[2]->statuses, 1);
	stack_bind(&stack);
	assert_int_equal(stack.user->statuses, 0);
	stack_close(&stack);
}

static uint32_t stop;

static void *indicates(void *arg)
{
	const struct stack *stack = arg;

	while (__atomic_load_n(&stop, __ATOMIC_ACQUIRE) == 0)
		test_miniport_link(stack->mp, true, BPS);
	return NULL;
}

static void a_stack_changes_while_another_thread_indicates(void **state)
{
	struct nimbl_option options[] = {{"name", "new"}, {NULL, NULL}};
	NDIS_HANDLE filter;
	struct stack stack;
	pthread_t thread;

	mixed_stack_open(&stack);
	stop = 0;
	assert_int_equal(pthread_create(&thread, NULL, indicates, &stack), 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(nimbl_filter_insert(
					 stack.adapter, 1, "test_filter", "new", options, &filter),
			0);
		assert_int_equal(nimbl_filter_remove(filter), 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	stack_close(&stack);
}

static void a_network_event_goes_up_and_its_result_down(void **state)
{
	NET_PNP_EVENT_NOTIFICATION event = net_event(NetEventReconfigure);
	struct stack stack;

	mixed_stack_open(&stack);
	stack.user->net_answer = NDIS_STATUS_RESOURCES;
	assert_int_equal(NdisMNetPnPEvent(stack.adapter, &event), NDIS_STATUS_RESOURCES);
	assert_int_equal(stack.f[0]->net_events, 1);
	assert_int_equal(stack.f[1]->net_events, 0);
	assert_int_equal(stack.f[2]->net_events, 1);
	assert_int_equal(stack.user->net_events, 1);
	assert_ptr_equal(stack.user->net_event, &event);
	assert_int_equal(NdisFNetPnPEvent(stack.f[0]->filter, &event), NDIS_STATUS_RESOURCES);
	assert_int_equal(stack.f[0]->net_events, 1);
	assert_int_equal(stack.f[2]->net_events, 2);
	nimbl_binding_close(stack.binding);
	assert_int_equal(NdisMNetPnPEvent(stack.adapter, &event), NDIS_STATUS_SUCCESS);
	stack_bind(&stack);
	stack_close(&stack);
}

static void nobody_makes_a_binding_believe_in_a_pause(void **state)
{
	NET_PNP_EVENT_NOTIFICATION pause = net_event(NetEventPause);
	NET_PNP_EVENT_NOTIFICATION restart = net_event(NetEventRestart);
	struct stack stack;

	mixed_stack_open(&stack);
	assert_int_equal(NdisMNetPnPEvent(stack.adapter, &pause), NDIS_STATUS_INVALID_PARAMETER);
	assert_int_equal(
		NdisFNetPnPEvent(stack.f[0]->filter, &restart), NDIS_STATUS_INVALID_PARAMETER);
	assert_int_equal(stack.user->pauses, 0);
	assert_int_equal(stack.user->restarts, 0);
	stack_close(&stack);
}

struct late {
	NDIS_HANDLE binding;
	NET_PNP_EVENT_NOTIFICATION *event;
};

static void *completes_later(void *arg)
{
	const struct late *late = arg;

	rte_delay_us_sleep(20000);
	NdisCompleteNetPnPEvent(late->binding, late->event, NDIS_STATUS_NOT_SUPPORTED);
	return NULL;
}

static void an_event_may_pend_at_the_binding(void **state)
{
	NET_PNP_EVENT_NOTIFICATION event = net_event(NetEventReconfigure);
	struct stack stack;
	pthread_t thread;

	mixed_stack_open(&stack);
	struct late late = {stack.binding, &event};
	stack.user->net_answer = NDIS_STATUS_PENDING;
	assert_int_equal(pthread_create(&thread, NULL, completes_later, &late), 0);
	assert_int_equal(NdisMNetPnPEvent(stack.adapter, &event), NDIS_STATUS_NOT_SUPPORTED);
	pthread_join(thread, NULL);
	stack_close(&stack);
}

static void device_events_go_down_to_the_miniport(void **state)
{
	NET_DEVICE_PNP_EVENT event = {.DevicePnPEvent = NdisDevicePnPEventPowerProfileChanged};
	struct stack stack;

	mixed_stack_open(&stack);
	NdisFDevicePnPEventNotify(stack.f[2]->filter, &event);
	assert_int_equal(stack.f[2]->device_events, 0);
	assert_int_equal(stack.f[1]->device_events, 0);
	assert_int_equal(stack.f[0]->device_events, 1);
	assert_int_equal(stack.mp->device_events, 1);
	assert_int_equal(stack.mp->device_event, NdisDevicePnPEventPowerProfileChanged);
	NdisFDevicePnPEventNotify(stack.f[0]->filter, &event);
	assert_int_equal(stack.f[0]->device_events, 1);
	assert_int_equal(stack.mp->device_events, 2);
	stack_close(&stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_state_goes_up_through_who_listens),
		cmocka_unit_test(a_status_that_a_filter_makes_goes_to_those_above),
		cmocka_unit_test(without_a_binding_a_status_ends_at_the_top),
		cmocka_unit_test(a_stack_changes_while_another_thread_indicates),
		cmocka_unit_test(a_network_event_goes_up_and_its_result_down),
		cmocka_unit_test(nobody_makes_a_binding_believe_in_a_pause),
		cmocka_unit_test(an_event_may_pend_at_the_binding),
		cmocka_unit_test(device_events_go_down_to_the_miniport),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
