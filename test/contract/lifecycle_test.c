// SPDX-License-Identifier: BSD-3-Clause
// What takes more than one step: resets, bindings that open and close late or not at all, drivers that
// go, synchronous requests through a stack, restarts that a filter asks for.
#include <rte_cycles.h>

#include "oid_make.h"

#define PATIENCE_S 20

static uint64_t faults(const struct stack *stack)
{
	return stack_query(stack).driver_faults;
}

// Resets

static void a_reset_may_pend_and_a_pause_come_meanwhile(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	stack.mp->reset_answer = NDIS_STATUS_PENDING;
	nimbl_pending_limit(20); // nobody completes it so soon
	assert_int_equal(nimbl_adapter_reset(stack.adapter), -ETIMEDOUT);
	nimbl_pending_limit(0);
	assert_int_equal(stack.user->last_status, NDIS_STATUS_RESET_START);
	stack_pause(&stack);
	NdisMResetComplete(stack.adapter, NDIS_STATUS_SUCCESS, FALSE);
	assert_int_equal(stack.user->last_status, NDIS_STATUS_RESET_END);
	assert_int_equal(faults(&stack), 0);
	NdisMResetComplete(stack.adapter, NDIS_STATUS_SUCCESS, FALSE);
	assert_int_equal(faults(&stack), 1);
	stack.mp->reset_answer = NDIS_STATUS_FAILURE;
	assert_int_equal(nimbl_adapter_reset(stack.adapter), -EIO);
	stack_close(&stack);
}

static void a_miniport_that_says_that_it_hangs_is_reset(void **state)
{
	uint64_t end = rte_get_timer_cycles() + PATIENCE_S * rte_get_timer_hz();
	struct stack stack;

	stack_open(&stack, 0);
	stack_restart(&stack);
	stack.mp->hangs = true;
	while (__atomic_load_n(&stack.mp->resets, __ATOMIC_ACQUIRE) == 0 &&
		rte_get_timer_cycles() < end)
		rte_delay_us_sleep(10000);
	assert_int_equal(stack.mp->resets, 1);
	stack_close(&stack); // waits for the look that runs
}

// Bindings

static int bind_how(struct stack *stack, const char *how)
{
	const struct nimbl_option options[] = {{"bind", how}, {NULL, NULL}};
	int ret = nimbl_binding_open("test_protocol", stack->adapter, options, &stack->binding);

	stack->user = ret == 0 ? test_binding_of(stack->binding) : NULL;
	return ret;
}

static void a_bind_may_pend(void **state)
{
	struct stack stack;

	stack_begin(&stack);
	assert_int_equal(bind_how(&stack, "later"), 0);
	stack_restart(&stack);
	stack_close(&stack);
}

static void a_bind_that_does_not_end_leaves_the_adapter_unbound(void **state)
{
	uint32_t bindings = test_bindings_count();
	struct stack stack;

	stack_begin(&stack);
	nimbl_pending_limit(20);
	assert_true(bind_how(&stack, "never") < 0);
	nimbl_pending_limit(0);
	assert_int_equal(faults(&stack), 1);
	// The completion may come after all; what was kept for it goes then.
	NdisCompleteBindAdapterEx(test_protocol_bind_context, NDIS_STATUS_SUCCESS);
	assert_int_equal(faults(&stack), 1);
	test_bindings_forget(); // the engine has closed it
	assert_int_equal(test_bindings_count(), bindings);
	assert_int_equal(bind_how(&stack, ""), 0);
	stack_close(&stack);
}

static void a_bind_that_fails_without_closing_is_closed_for_it(void **state)
{
	struct stack stack;

	stack_begin(&stack);
	assert_int_equal(bind_how(&stack, "refuse"), -EIO);
	assert_int_equal(faults(&stack), 1);
	assert_int_equal(bind_how(&stack, ""), 0);
	stack_close(&stack);
}

static void an_unbind_that_does_not_close_is_closed_for_it(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	stack.user->unbind_forgets = true;
	nimbl_binding_close(stack.binding);
	assert_int_equal(faults(&stack), 1);
	stack_bind(&stack);
	stack_close(&stack);
}

static void a_binding_that_runs_is_paused_before_it_is_closed(void **state)
{
	struct stack stack;

	stack_open(&stack, 0);
	stack_restart(&stack);
	test_events();
	nimbl_binding_close(stack.binding);
	assert_string_equal(test_events(), "pause protocol unbind protocol");
	assert_int_equal(faults(&stack), 0);
	nimbl_adapter_close(stack.adapter); // which runs: it is paused first
	assert_string_equal(test_events(), "pause miniport halt miniport");
}

static void a_protocol_that_deregisters_is_unbound_first(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	NdisDeregisterProtocolDriver(test_protocol_driver);
	assert_int_equal(test_bindings_count(), 0);
	test_miniport_indicate(stack.mp, 1, 0, 0, NULL);
	assert_int_equal(stack_dropped(&stack, NIMBL_DROP_RX_UNBOUND), 1);
	nimbl_adapter_close(stack.adapter);
	assert_int_equal(test_protocol_register(), NDIS_STATUS_SUCCESS);
}

// Synchronous requests

static NDIS_STATUS ask(const struct stack *stack)
{
	struct ask ask;

	return NdisSynchronousOidRequest(stack->binding, ask_query(&ask, OID_UNKNOWN, 4));
}

static void a_synchronous_request_goes_down_and_up_inside_the_call(void **state)
{
	struct stack stack;

	stack_begin(&stack);
	stack_add(&stack, "f0", NULL, NULL);
	stack_add_of(&stack, "test_filter_bare", "bare", NULL, NULL);
	stack_add(&stack, "f2", NULL, NULL);
	stack_bind(&stack);
	stack.mp->sync_answer = NDIS_STATUS_INVALID_DATA;
	assert_int_equal(ask(&stack), NDIS_STATUS_INVALID_DATA);
	assert_int_equal(stack.mp->sync_asked, 1);
	for (unsigned int i = 0; i < 3; i += 2) {
		assert_int_equal(stack.f[i]->sync_asked, 1);
		assert_int_equal(stack.f[i]->sync_completed, 1);
		assert_int_equal(stack.f[i]->sync_status, NDIS_STATUS_INVALID_DATA);
	}
	assert_int_equal(stack.f[1]->sync_asked, 0);
	stack_close(&stack);
}

static void a_filter_that_ends_a_synchronous_request_is_the_last_to_see_it(void **state)
{
	struct stack stack;

	stack_open(&stack, 3);
	stack.f[1]->sync_answer = NDIS_STATUS_NOT_ACCEPTED;
	assert_int_equal(ask(&stack), NDIS_STATUS_NOT_ACCEPTED);
	assert_int_equal(stack.mp->sync_asked, 0);
	assert_int_equal(stack.f[0]->sync_asked, 0);
	assert_int_equal(stack.f[1]->sync_completed, 0);
	assert_int_equal(stack.f[2]->sync_completed, 1);
	stack.f[1]->sync_answer = NDIS_STATUS_PENDING; // which it cannot
	assert_int_equal(ask(&stack), NDIS_STATUS_FAILURE);
	assert_int_equal(faults(&stack), 1);
	stack_close(&stack);
}

static void what_the_miniport_does_not_know_its_attributes_tell(void **state)
{
	struct stack stack;
	struct ask question;

	stack_open(&stack, 1);
	stack.mp->sync_answer = NDIS_STATUS_NOT_SUPPORTED;
	assert_int_equal(NdisSynchronousOidRequest(stack.binding,
				 ask_query(&question, OID_GEN_MAXIMUM_FRAME_SIZE, 4)),
		NDIS_STATUS_SUCCESS);
	assert_memory_equal(question.buffer, &(uint32_t){TEST_MINIPORT_MTU}, 4);
	stack_close(&stack);
}

// Restarts that a filter asks for

static void a_filter_has_its_stack_restarted_with_new_attributes(void **state)
{
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	test_events();
	assert_false(nimbl_stack_wants_restart(stack.adapter));
	stack.f[0]->data_back_fill = 32;
	assert_int_equal(NdisFRestartFilter(stack.f[0]->filter), NDIS_STATUS_SUCCESS);
	assert_string_equal(test_events(), ""); // not inside the call
	assert_true(nimbl_stack_wants_restart(stack.adapter));
	assert_int_equal(nimbl_stack_again(stack.adapter), 0);
	assert_string_equal(test_events(),
		"pause protocol pause f1 pause f0 pause miniport "
		"restart miniport restart f0 restart f1 restart protocol");
	assert_int_equal(stack.f[0]->pause_reason, NDIS_PAUSE_FILTER_RESTART_STACK);
	assert_int_equal(stack.user->back_fill, TEST_MINIPORT_BACK_FILL + 32);
	assert_false(nimbl_stack_wants_restart(stack.adapter));
	stack_close(&stack);
}

// Registration

static void a_structure_as_short_as_an_older_revision_is_bad_characteristics(void **state)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = {
		.Header = {NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
			NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3,
			NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2},
		.MajorNdisVersion = 6,
	};
	struct nimbl_driver driver = {.name = "short"};
	DRIVER_OBJECT object = {.NimblDriver = &driver};
	UNICODE_STRING path = {0};
	NDIS_HANDLE handle = NULL;

	// Handlers enough for revision 2: only the length is wrong.
	test_miniport_handlers(&miniport);
	assert_int_equal(NdisMRegisterMiniportDriver(&object, &path, NULL, &miniport, &handle),
		NDIS_STATUS_BAD_CHARACTERISTICS);
	miniport.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
	assert_int_equal(NdisMRegisterMiniportDriver(&object, &path, NULL, &miniport, &handle),
		NDIS_STATUS_SUCCESS);
	NdisMDeregisterMiniportDriver(handle);
}

static void a_miniport_driver_that_goes_early_lives_as_long_as_its_ports(void **state)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = {
		.Header = {NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
			NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2,
			NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2},
		.MajorNdisVersion = 6,
	};
	struct nimbl_driver driver = {.name = "early"};
	DRIVER_OBJECT object = {.NimblDriver = &driver};
	UNICODE_STRING path = {0};
	NDIS_HANDLE handle = NULL, adapter = NULL;

	test_miniport_handlers(&miniport);
	assert_int_equal(NdisMRegisterMiniportDriver(&object, &path, NULL, &miniport, &handle),
		NDIS_STATUS_SUCCESS);
	assert_int_equal(nimbl_adapter_open("early", "e", NULL, &adapter), 0);
	NdisMDeregisterMiniportDriver(handle);
	assert_int_equal(nimbl_adapter_restart(adapter), 0);
	nimbl_adapter_close(adapter);
	assert_true(nimbl_adapter_open("early", "e", NULL, &adapter) < 0);
}

static void a_port_without_its_attributes_does_not_initialize(void **state)
{
	static const char *const lacks[] = {"registration", "general"};

	for (unsigned int i = 0; i < RTE_DIM(lacks); i++) {
		const struct nimbl_option options[] = {{"lacks", lacks[i]}, {NULL, NULL}};
		NDIS_HANDLE adapter = NULL;

		assert_int_equal(
			nimbl_adapter_open("test_miniport", "a", options, &adapter), -EINVAL);
		assert_non_null(strstr(nimbl_last_error()->cause, lacks[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_may_pend_and_a_pause_come_meanwhile),
		cmocka_unit_test(a_miniport_that_says_that_it_hangs_is_reset),
		cmocka_unit_test(a_bind_may_pend),
		cmocka_unit_test(a_bind_that_does_not_end_leaves_the_adapter_unbound),
		cmocka_unit_test(a_bind_that_fails_without_closing_is_closed_for_it),
		cmocka_unit_test(an_unbind_that_does_not_close_is_closed_for_it),
		cmocka_unit_test(a_binding_that_runs_is_paused_before_it_is_closed),
		cmocka_unit_test(a_synchronous_request_goes_down_and_up_inside_the_call),
		cmocka_unit_test(a_filter_that_ends_a_synchronous_request_is_the_last_to_see_it),
		cmocka_unit_test(what_the_miniport_does_not_know_its_attributes_tell),
		cmocka_unit_test(a_filter_has_its_stack_restarted_with_new_attributes),
		cmocka_unit_test(a_structure_as_short_as_an_older_revision_is_bad_characteristics),
		cmocka_unit_test(a_miniport_driver_that_goes_early_lives_as_long_as_its_ports),
		cmocka_unit_test(a_port_without_its_attributes_does_not_initialize),
		cmocka_unit_test(a_protocol_that_deregisters_is_unbound_first), // for good
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
