// SPDX-License-Identifier: BSD-3-Clause
// The late filter: what comes back is held, leaves in time and in another order, and all of it is given back in
// a pause. That the drivers of the tree bear it at full load is in verify_load_test.c.
#include <rte_cycles.h>

#include "stack_make.h"

#define LISTS 32u

static NDIS_HANDLE sender; // pool of what the protocol sends

static uint64_t figure(NDIS_HANDLE filter, const char *name)
{
	struct nimbl_figure figures[16];
	unsigned int count = nimbl_filter_figures(filter, figures, RTE_DIM(figures));

	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value;
	}
	fail_msg("there is no figure '%s'", name);
	return 0;
}

static NDIS_HANDLE late_stack_open(
	struct stack *stack, const char *share, const char *limit, const char *hold)
{
	struct nimbl_option options[] = {
		{"share", share}, {"limit", limit}, {"hold", hold}, {NULL, NULL}};
	NDIS_HANDLE filter = NULL;

	stack_begin(stack);
	if (nimbl_filter_open("late", stack->adapter, 0, "late", options, &filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	stack_bind(stack);
	assert_int_equal(nimbl_adapter_restart(stack->adapter), 0);
	assert_int_equal(nimbl_filter_restart(filter), 0);
	assert_int_equal(nimbl_binding_restart(stack->binding), 0);
	assert_int_equal(nimbl_lcores_publish(), 0);
	return filter;
}

static void late_stack_close(struct stack *stack, NDIS_HANDLE filter)
{
	assert_int_equal(nimbl_binding_pause(stack->binding), 0);
	assert_int_equal(nimbl_filter_pause(filter), 0);
	assert_int_equal(nimbl_adapter_pause(stack->adapter), 0);
	nimbl_binding_close(stack->binding);
	nimbl_adapter_close(stack->adapter);
	assert_pool_whole(sender);
}

// Send lists, have all completed, and see none or some come back.
static void send_and_complete(struct stack *stack)
{
	NET_BUFFER_LIST *lists[LISTS];

	for (unsigned int i = 0; i < LISTS; i++) {
		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		lists[i]->SourceHandle = stack->binding;
	}
	test_send(stack->user, lists, LISTS, 0);
	assert_int_equal(stack->mp->sent_count, LISTS);
	test_miniport_complete(stack->mp, LISTS, NDIS_STATUS_SUCCESS);
}

static void free_completed(struct stack *stack)
{
	for (uint32_t i = 0; i < stack->user->completed; i++)
		NdisFreeNetBufferList(stack->user->completions[i].nbl);
	stack->user->completed = 0;
}

static void wait_for_all(struct stack *stack)
{
	for (unsigned int i = 0; i < 100000 && stack->user->completed < LISTS; i++) {
		nimbl_lcore_run(0, 1);
		rte_delay_us_sleep(10);
	}
	assert_int_equal(stack->user->completed, LISTS);
}

static void completions_come_late_and_in_another_order(void **state)
{
	NET_BUFFER_LIST *order[LISTS];
	struct stack stack;
	NDIS_HANDLE filter = late_stack_open(&stack, "100%", "256", "1ms");
	uint32_t moved = 0;

	send_and_complete(&stack);
	assert_int_equal(stack.user->completed, 0);
	wait_for_all(&stack);
	for (uint32_t i = 0; i < LISTS; i++)
		order[i] = stack.user->completions[i].nbl;
	for (uint32_t i = 1; i < LISTS; i++)
		moved += order[i] < order[i - 1];
	assert_true(moved > 0 && moved < LISTS - 1);
	assert_int_equal(figure(filter, "tx_held"), LISTS);
	free_completed(&stack);
	late_stack_close(&stack, filter);
}

static void what_is_more_than_the_limit_goes_on(void **state)
{
	struct stack stack;
	NDIS_HANDLE filter = late_stack_open(&stack, "100%", "8", "1ms");

	send_and_complete(&stack);
	assert_int_equal(stack.user->completed, LISTS - 8);
	assert_int_equal(figure(filter, "tx_lists"), LISTS);
	assert_int_equal(figure(filter, "tx_held"), 8);
	assert_int_equal(figure(filter, "tx_full"), LISTS - 8);
	wait_for_all(&stack);
	free_completed(&stack);
	late_stack_close(&stack, filter);
}

static void what_is_held_when_the_filter_pauses_goes_back(void **state)
{
	struct stack stack;
	NDIS_HANDLE filter = late_stack_open(&stack, "100%", "256", "1s");

	send_and_complete(&stack);
	test_miniport_indicate(stack.mp, LISTS, 0, 0, NULL);
	test_return_held(stack.user);
	assert_int_equal(stack.mp->returned_count, 0);
	assert_int_equal(nimbl_filter_pause(filter), 0);
	assert_int_equal(stack.user->completed, LISTS);
	assert_int_equal(stack.mp->returned_count, LISTS);
	free_completed(&stack);
	late_stack_close(&stack, filter);
}

static void a_share_of_nothing_holds_nothing(void **state)
{
	struct stack stack;
	NDIS_HANDLE filter = late_stack_open(&stack, "0%", "8", "1ms");

	send_and_complete(&stack);
	assert_int_equal(stack.user->completed, LISTS);
	free_completed(&stack);
	test_miniport_indicate(stack.mp, LISTS, 0, 0, NULL);
	test_return_held(stack.user);
	assert_int_equal(stack.mp->returned_count, LISTS);
	assert_int_equal(figure(filter, "rx_lists"), LISTS);
	assert_int_equal(figure(filter, "rx_held") + figure(filter, "tx_held"), 0);
	late_stack_close(&stack, filter);
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	sender = list_pool(TRUE, 256, 0);
	return 0;
}

static int stop(void **state)
{
	close_whole(sender);
	return stack_tests_stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(completions_come_late_and_in_another_order),
		cmocka_unit_test(what_is_more_than_the_limit_goes_on),
		cmocka_unit_test(what_is_held_when_the_filter_pauses_goes_back),
		cmocka_unit_test(a_share_of_nothing_holds_nothing),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
