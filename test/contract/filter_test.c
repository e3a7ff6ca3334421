// SPDX-License-Identifier: BSD-3-Clause
// The life of filter modules: registration, attach, restart, pause, detach, and the order of it all
// in a stack that is changed.
#include <rte_cycles.h>

#include "stack_make.h"

// Registration

static NDIS_STATUS ignore_attach(
	NDIS_HANDLE filter, NDIS_HANDLE context, NDIS_FILTER_ATTACH_PARAMETERS *parameters)
{
	return NDIS_STATUS_FAILURE;
}

static VOID ignore_detach(NDIS_HANDLE context)
{
}

static NDIS_STATUS ignore_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS ignore_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

static unsigned int options_calls;
static NDIS_HANDLE options_handle;

static NDIS_STATUS options_fail(NDIS_HANDLE driver, NDIS_HANDLE context)
{
	options_calls++;
	options_handle = driver;
	return context != NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

static const NDIS_FILTER_DRIVER_CHARACTERISTICS good_filter = {
	.Header = {NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS,
		NDIS_FILTER_CHARACTERISTICS_REVISION_1,
		NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1},
	.MajorNdisVersion = 6,
	.AttachHandler = ignore_attach,
	.DetachHandler = ignore_detach,
	.RestartHandler = ignore_restart,
	.PauseHandler = ignore_pause,
};

static NDIS_STATUS filter_register(NDIS_FILTER_DRIVER_CHARACTERISTICS characteristics,
	NDIS_HANDLE context, NDIS_HANDLE *handle)
{
	static struct nimbl_driver driver = {.name = "ignoring"};
	DRIVER_OBJECT object = {.NimblDriver = &driver};

	return NdisFRegisterFilterDriver(&object, context, &characteristics, handle);
}

static void another_ndis_version_is_a_bad_version(void **state)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS filter = good_filter;
	NDIS_HANDLE handle = NULL;

	for (unsigned int version = 0; version < 8; version++) {
		if (version == 6)
			continue;
		filter.MajorNdisVersion = (UCHAR)version;
		assert_int_equal(filter_register(filter, NULL, &handle), NDIS_STATUS_BAD_VERSION);
	}
	assert_null(handle);
}

static void a_wrong_header_is_bad_characteristics(void **state)
{
	static const struct {
		int type, revision, size; // added to what is right
	} wrong[] = {{1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {-1, 1, 8}};
	NDIS_HANDLE handle = NULL;

	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		NDIS_FILTER_DRIVER_CHARACTERISTICS filter = good_filter;

		filter.Header.Type = (UCHAR)(filter.Header.Type + wrong[i].type);
		filter.Header.Revision = (UCHAR)(filter.Header.Revision + wrong[i].revision);
		filter.Header.Size = (USHORT)(filter.Header.Size + wrong[i].size);
		assert_int_equal(
			filter_register(filter, NULL, &handle), NDIS_STATUS_BAD_CHARACTERISTICS);
	}
	assert_null(handle);
}

static void a_missing_mandatory_handler_is_bad_characteristics(void **state)
{
	static const size_t mandatory[] = {
		offsetof(NDIS_FILTER_DRIVER_CHARACTERISTICS, AttachHandler),
		offsetof(NDIS_FILTER_DRIVER_CHARACTERISTICS, DetachHandler),
		offsetof(NDIS_FILTER_DRIVER_CHARACTERISTICS, RestartHandler),
		offsetof(NDIS_FILTER_DRIVER_CHARACTERISTICS, PauseHandler),
	};
	NDIS_HANDLE handle = NULL;

	for (size_t i = 0; i < RTE_DIM(mandatory); i++) {
		NDIS_FILTER_DRIVER_CHARACTERISTICS filter = good_filter;

		memset(RTE_PTR_ADD(&filter, mandatory[i]), 0, sizeof(void *));
		assert_int_equal(
			filter_register(filter, NULL, &handle), NDIS_STATUS_BAD_CHARACTERISTICS);
	}
	assert_null(handle);
}

static void set_options_is_called_before_the_registration_returns_and_may_refuse(void **state)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS filter = good_filter;
	NDIS_HANDLE handle = NULL, adapter, module = NULL;

	filter.SetOptionsHandler = options_fail;
	options_calls = 0;
	assert_int_equal(filter_register(filter, NULL, &handle), NDIS_STATUS_SUCCESS);
	assert_int_equal(options_calls, 1);
	assert_ptr_equal(options_handle, handle);
	NdisFDeregisterFilterDriver(handle);
	assert_int_equal(filter_register(filter, &filter, &handle), NDIS_STATUS_RESOURCES);
	assert_int_equal(nimbl_adapter_open("test_miniport", "a", NULL, &adapter), 0);
	assert_int_equal(nimbl_filter_open("ignoring", adapter, 0, "x", NULL, &module), -ENOENT);
	assert_null(module);
	nimbl_adapter_close(adapter);
}

static void an_unknown_filter_is_named_with_the_one_that_was_meant(void **state)
{
	NDIS_HANDLE adapter, module = NULL;

	assert_int_equal(nimbl_adapter_open("test_miniport", "a", NULL, &adapter), 0);
	assert_int_equal(nimbl_filter_open("test_fliter", adapter, 0, "x", NULL, &module), -ENOENT);
	assert_error_says("test_fliter");
	assert_non_null(strstr(nimbl_last_error()->mend, "test_filter"));
	// A protocol is no filter.
	assert_int_equal(
		nimbl_filter_open("test_protocol", adapter, 0, "x", NULL, &module), -ENOENT);
	assert_null(module);
	nimbl_adapter_close(adapter);
}

// Attach

static void options_and_names_reach_the_module(void **state)
{
	struct nimbl_option options[] = {{"color", "blue"}, {NULL, NULL}};
	NDIS_HANDLE filter = NULL;
	struct stack stack;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("test_filter", stack.adapter, 0, "x", options, &filter), 0);
	assert_string_equal(test_filter_of(filter)->color, "blue");
	assert_true(test_filter_of(filter)->has_names);
	assert_int_equal(test_filter_of(filter)->attach.MiniportMediaType, NdisMedium802_3);
	assert_int_equal(test_filter_of(filter)->attach.XmitLinkSpeed, TEST_MINIPORT_BPS);
	assert_int_equal(test_filter_of(filter)->attach.CurrentMacAddress[5], 1);
	assert_ptr_equal(nimbl_filter_find(stack.adapter, "x"), filter);
	assert_null(nimbl_filter_find(stack.adapter, "y"));
	nimbl_filter_close(filter);
	assert_null(nimbl_filter_find(stack.adapter, "x"));
	nimbl_adapter_close(stack.adapter);
}

static void a_failed_attach_leaves_nothing(void **state)
{
	static const struct {
		const char *how, *says;
	} fails[] = {
		{"status", "0x"}, {"error", "the test says no"}, {"forget", "NdisFSetAttributes"}};
	struct stack stack;

	stack_open(&stack, 1);
	for (size_t i = 0; i < RTE_DIM(fails); i++) {
		struct nimbl_option options[] = {{"attach", fails[i].how}, {NULL, NULL}};
		NDIS_HANDLE filter = NULL;

		assert_true(nimbl_filter_open(
				    "test_filter", stack.adapter, 0, "x", options, &filter) < 0);
		assert_error_says(fails[i].says);
		assert_null(filter);
		assert_int_equal(test_filters_count(), 1);
	}
	stack_restart(&stack);
	test_miniport_indicate(stack.mp, 2, 0, 0, NULL);
	assert_int_equal(stack.user->held_count, 2);
	test_return_held(stack.user);
	stack_close(&stack);
}

static void a_setting_that_the_filter_does_not_know_is_refused(void **state)
{
	struct nimbl_option options[] = {{"colour", "blue"}, {NULL, NULL}};
	NDIS_HANDLE filter = NULL;
	struct stack stack;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("test_filter", stack.adapter, 0, "x", options, &filter), -EINVAL);
	assert_error_says("filter x on a has no setting 'colour'");
	assert_string_equal(nimbl_last_error()->mend, "did you mean 'color'?");
	assert_null(filter);
	assert_int_equal(test_filters_count(), 0);
	nimbl_adapter_close(stack.adapter);
}

static void positions_count_from_the_miniport(void **state)
{
	static const struct {
		const char *name;
		unsigned int position;
	} order[] = {{"c", 99}, {"a", 0}, {"b", 1}, {"d", 3}};
	struct nimbl_filter_info info;
	struct stack stack;
	NDIS_HANDLE filter;

	stack_begin(&stack);
	for (size_t i = 0; i < RTE_DIM(order); i++)
		assert_int_equal(nimbl_filter_open("test_filter", stack.adapter, order[i].position,
					 order[i].name, NULL, &filter),
			0);
	for (unsigned int i = 0; i < 4; i++) {
		assert_true(nimbl_filter_query(stack.adapter, i, &info));
		assert_int_equal(info.name[0], 'a' + (int)i);
		assert_string_equal(info.driver, "test_filter");
		assert_int_equal(info.state, NIMBL_PAUSED);
	}
	assert_false(nimbl_filter_query(stack.adapter, 4, &info));
	nimbl_adapter_close(stack.adapter);
	assert_int_equal(test_filters_count(), 0);
}

static void a_name_is_taken_once_per_stack(void **state)
{
	struct stack stack;
	NDIS_HANDLE filter = NULL;

	stack_open(&stack, 1);
	assert_int_equal(
		nimbl_filter_open("test_filter", stack.adapter, 0, "f0", NULL, &filter), -EEXIST);
	assert_error_says("'f0'");
	assert_null(filter);
	stack_close(&stack);
}

static void a_stack_has_an_end(void **state)
{
	NDIS_HANDLE filter;
	struct stack stack;
	char name[8];
	int ret = 0;
	unsigned int i = 0;

	stack_begin(&stack);
	for (; ret == 0 && i < 100; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		ret = nimbl_filter_open("test_filter", stack.adapter, i, name, NULL, &filter);
	}
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(i, 17);
	nimbl_adapter_close(stack.adapter);
}

static void nothing_is_attached_to_a_stack_that_runs(void **state)
{
	NDIS_HANDLE filter = NULL;
	struct stack stack;

	stack_open(&stack, 0);
	stack_restart(&stack);
	assert_int_equal(
		nimbl_filter_open("test_filter", stack.adapter, 0, "x", NULL, &filter), -EBUSY);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	assert_int_equal(
		nimbl_filter_open("test_filter", stack.adapter, 0, "x", NULL, &filter), -EBUSY);
	assert_null(filter);
	stack_close(&stack);
}

static void attributes_are_set_while_attaching_only(void **state)
{
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES, NDIS_FILTER_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1},
	};
	NDIS_FILTER_PARTIAL_CHARACTERISTICS partial = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_PARTIAL_CHARACTERISTICS,
			NDIS_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1},
	};
	struct stack stack;

	stack_open(&stack, 1);
	for (int running = 0; running < 2; running++) {
		assert_int_equal(NdisFSetAttributes(stack.f[0]->filter, NULL, &attributes),
			NDIS_STATUS_INVALID_PARAMETER);
		assert_int_equal(NdisSetOptionalHandlers(stack.f[0]->filter,
					 (NDIS_DRIVER_OPTIONAL_HANDLERS *)&partial),
			NDIS_STATUS_INVALID_PARAMETER);
		stack_restart(&stack);
	}
	assert_int_equal(NdisFSetAttributes(stack.adapter, NULL, &attributes),
		NDIS_STATUS_INVALID_PARAMETER);
	stack_close(&stack);
}

// Restart and pause

static void a_restart_that_fails_leaves_the_module_paused(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	stack.f[0]->restart_status = NDIS_STATUS_RESOURCES;
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), -EIO);
	assert_error_says("f0");
	assert_error_says("on a");
	assert_int_equal(filter_state(&stack, 0), NIMBL_PAUSED);
	stack.f[0]->restart_status = NDIS_STATUS_SUCCESS;
	stack.f[0]->options_status = NDIS_STATUS_RESOURCES; // of SetFilterModuleOptions
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), -EIO);
	assert_int_equal(filter_state(&stack, 0), NIMBL_PAUSED);
	assert_int_equal(stack.f[0]->restarts, 1);
	stack.f[0]->options_status = NDIS_STATUS_SUCCESS;
	stack_restart(&stack);
	assert_int_equal(filter_state(&stack, 0), NIMBL_RUNNING);
	stack_close(&stack);
}

static void a_restart_may_pend_and_end_either_way(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	stack.f[0]->restart_us = 20000;
	stack.f[0]->restart_status = NDIS_STATUS_RESOURCES;
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), -EIO);
	stack.f[0]->restart_status = NDIS_STATUS_SUCCESS;
	uint64_t start = rte_get_timer_cycles();
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), 0);
	assert_true(rte_get_timer_cycles() - start >= rte_get_timer_hz() / 1000 * 19);
	assert_int_equal(filter_state(&stack, 0), NIMBL_RUNNING);
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), 0);
	assert_int_equal(stack.f[0]->restarts, 2);
	stack_close(&stack);
}

static void a_pause_may_pend_and_times_out(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	stack.f[0]->pause_us = 20000;
	uint64_t start = rte_get_timer_cycles();
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), 0);
	assert_true(rte_get_timer_cycles() - start >= rte_get_timer_hz() / 1000 * 19);
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), 0); // is paused
	assert_int_equal(stack.f[0]->pauses, 1);
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), 0);
	stack.f[0]->pause_us = TEST_FILTER_NEVER;
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), -ETIMEDOUT);
	assert_error_says("f0");
	assert_int_equal(filter_state(&stack, 0), NIMBL_PAUSED);
	// The completion that is owed ends nothing, neither now nor later.
	NdisFPauseComplete(stack.f[0]->filter);
	NdisFRestartComplete(stack.f[0]->filter, NDIS_STATUS_FAILURE);
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), 0);
	NdisFPauseComplete(stack.f[0]->filter);
	assert_int_equal(filter_state(&stack, 0), NIMBL_RUNNING);
	stack.f[0]->pause_us = 0;
	stack_close(&stack);
}

static void a_pause_waits_for_what_the_filter_sent_itself(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	test_filter_originate_send(stack.f[0], 4);
	assert_int_equal(stack.mp->sent_count, 4);
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), -ETIMEDOUT);
	test_miniport_complete(stack.mp, 4, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.f[0]->own_out, 0);
	assert_int_equal(nimbl_filter_restart(stack.f[0]->filter), 0);
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), 0);
	stack_close(&stack);
}

// Order, and stacks that change

static void pause_runs_from_the_top_and_restart_from_the_bottom(void **state)
{
	NDIS_HANDLE filter;
	struct stack stack;
	struct nimbl_option options[] = {{"name", "new"}, {NULL, NULL}};

	stack_open(&stack, 2);
	stack_restart(&stack);
	assert_string_equal(
		test_events(), "restart miniport restart f0 restart f1 restart protocol");
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 1, "test_filter", "new", options, &filter), 0);
	assert_string_equal(test_events(),
		"pause protocol pause f1 pause f0 pause miniport attach new "
		"restart miniport restart f0 restart new restart f1 restart protocol");
	assert_int_equal(stack.f[0]->pause_reason, NDIS_PAUSE_ATTACH_FILTER);
	assert_int_equal(nimbl_filter_remove(filter), 0);
	assert_string_equal(test_events(),
		"pause protocol pause f1 pause new pause f0 pause miniport detach new "
		"restart miniport restart f0 restart f1 restart protocol");
	assert_int_equal(stack.f[0]->pause_reason, NDIS_PAUSE_DETACH_FILTER);
	stack_close(&stack);
}

static void a_stack_that_does_not_run_is_changed_without_running_it(void **state)
{
	NDIS_HANDLE filter;
	struct stack stack;

	stack_open(&stack, 1);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 0, "test_filter", "new", NULL, &filter), 0);
	assert_int_equal(nimbl_filter_remove(filter), 0);
	assert_string_equal(test_events(), "attach f detach f");
	assert_int_equal(stack_query(&stack).state, NIMBL_PAUSED);
	stack_close(&stack);
}

static void assert_runs_as_before(struct stack *stack)
{
	assert_int_equal(stack_query(stack).state, NIMBL_RUNNING);
	for (unsigned int i = 0; i < stack->count; i++)
		assert_int_equal(filter_state(stack, i), NIMBL_RUNNING);
	assert_int_equal(test_filters_count(), stack->count);
	test_miniport_indicate(stack->mp, 3, 0, 0, NULL);
	assert_int_equal(stack->user->held_count, 3);
	test_return_held(stack->user);
}

static void refuse_restart(struct test_filter *self)
{
	if (strcmp(self->name, "new") == 0)
		self->restart_status = NDIS_STATUS_RESOURCES;
}

static void an_insert_that_fails_changes_nothing(void **state)
{
	struct nimbl_option options[] = {{"name", "new"}, {"attach", "error"}, {NULL, NULL}};
	NDIS_HANDLE filter = NULL;
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 1, "test_filter", "new", options, &filter),
		-ENXIO);
	assert_error_says("the test says no");
	assert_runs_as_before(&stack);
	options[1] = (struct nimbl_option){NULL, NULL};
	test_filter_born = refuse_restart;
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 1, "test_filter", "new", options, &filter),
		-EIO);
	assert_error_says("filter new on a");
	test_filter_born = NULL;
	assert_runs_as_before(&stack);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 1, "no_such", "new", options, &filter), -ENOENT);
	assert_runs_as_before(&stack);
	assert_null(filter);
	stack_close(&stack);
}

static void who_does_not_finish_a_pause_is_named_with_the_lists_that_are_out(void **state)
{
	NDIS_HANDLE filter = NULL;
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	test_filter_originate_send(stack.f[0], 3);       // the miniport keeps them
	test_miniport_indicate(stack.mp, 2, 0, 0, NULL); // the protocol does
	assert_int_equal(nimbl_filter_insert(stack.adapter, 1, "test_filter", "new", NULL, &filter),
		-ETIMEDOUT);
	assert_error_says("filter f0 on a does not finish its pause; lists that are out: ");
	assert_error_says("3 of pool 'test_filter' allocated and not freed");
	assert_error_says("2 of pool 'test_miniport' allocated and not freed");
	test_miniport_complete(stack.mp, 3, NDIS_STATUS_SUCCESS); // it comes at last
	test_return_held(stack.user);
	assert_runs_as_before(&stack);
	stack_close(&stack);
}

static void a_change_that_somebody_does_not_let_happen_changes_nothing(void **state)
{
	NDIS_HANDLE filter = NULL;
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	stack.f[0]->pause_us = TEST_FILTER_NEVER;
	assert_int_equal(nimbl_filter_insert(stack.adapter, 1, "test_filter", "new", NULL, &filter),
		-ETIMEDOUT);
	assert_error_says("filter f0 on a does not finish its pause");
	stack.f[0]->pause_us = 0;
	NdisFPauseComplete(stack.f[0]->filter); // it comes at last
	assert_null(filter);
	assert_runs_as_before(&stack);
	stack_close(&stack);
}

static void a_filter_that_is_reconfigured_keeps_its_name_and_place(void **state)
{
	struct nimbl_option options[] = {{"color", "red"}, {"name", "f1"}, {NULL, NULL}};
	struct nimbl_filter_info info = {.name = NULL};
	NDIS_HANDLE filter;
	struct stack stack;

	stack_open(&stack, 3);
	stack_restart(&stack);
	filter = stack.f[1]->filter;
	assert_int_equal(nimbl_filter_reconfigure(&filter, options), 0);
	stack.f[1] = test_filter_of(filter);
	assert_string_equal(stack.f[1]->color, "red");
	assert_true(nimbl_filter_query(stack.adapter, 1, &info));
	assert_ptr_equal(info.filter, filter);
	assert_string_equal(info.name, "f1");
	assert_runs_as_before(&stack);
	// One that is refused leaves the one that was there.
	options[1] = (struct nimbl_option){"attach", "error"};
	assert_int_equal(nimbl_filter_reconfigure(&filter, options), -ENXIO);
	assert_error_says("the test says no");
	assert_ptr_equal(nimbl_filter_find(stack.adapter, "f1"), filter);
	assert_runs_as_before(&stack);
	stack_close(&stack);
}

static void a_filter_that_deregisters_leaves_its_stacks_running(void **state)
{
	NDIS_HANDLE module;
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 1, "test_filter", "g", NULL, &module), 0);
	NdisFDeregisterFilterDriver(test_filter_driver);
	assert_int_equal(test_filters_count(), 0);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 1, "test_filter", "h", NULL, &module), -ENOENT);
	stack.count = 0;
	assert_runs_as_before(&stack);
	stack_close(&stack);
	assert_int_equal(test_filter_register(), NDIS_STATUS_SUCCESS);
}

// Restart attributes

static void back_fill_adds_up_from_the_miniport_to_the_protocol(void **state)
{
	struct nimbl_adapter_info info;
	struct stack stack;

	stack_open(&stack, 2);
	info = stack_query(&stack); // before the first restart: what the miniport says
	assert_int_equal(info.data_back_fill, TEST_MINIPORT_BACK_FILL);
	stack.f[0]->data_back_fill = 50;
	stack.f[0]->context_fill = 32;
	stack.f[1]->data_back_fill = 4;
	stack_restart(&stack);
	assert_int_equal(stack.f[0]->seen_back_fill, TEST_MINIPORT_BACK_FILL);
	assert_int_equal(stack.f[1]->seen_back_fill, TEST_MINIPORT_BACK_FILL + 50);
	assert_int_equal(stack.f[1]->seen_context, TEST_MINIPORT_CONTEXT + 32);
	assert_int_equal(stack.user->back_fill, TEST_MINIPORT_BACK_FILL + 54);
	assert_int_equal(stack.user->context_fill, TEST_MINIPORT_CONTEXT + 32);
	info = stack_query(&stack);
	assert_int_equal(info.data_back_fill, TEST_MINIPORT_BACK_FILL + 54);
	assert_int_equal(info.context_back_fill, TEST_MINIPORT_CONTEXT + 32);
	// Each restart begins anew.
	stack_pause(&stack);
	stack_restart(&stack);
	assert_int_equal(stack.user->back_fill, TEST_MINIPORT_BACK_FILL + 54);
	// Who binds later is told the sum of the whole stack.
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	nimbl_binding_close(stack.binding);
	stack_bind(&stack);
	assert_int_equal(stack.user->parameters.DataBackFillSize, TEST_MINIPORT_BACK_FILL + 54);
	stack_close(&stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_ndis_version_is_a_bad_version),
		cmocka_unit_test(a_wrong_header_is_bad_characteristics),
		cmocka_unit_test(a_missing_mandatory_handler_is_bad_characteristics),
		cmocka_unit_test(
			set_options_is_called_before_the_registration_returns_and_may_refuse),
		cmocka_unit_test(an_unknown_filter_is_named_with_the_one_that_was_meant),
		cmocka_unit_test(options_and_names_reach_the_module),
		cmocka_unit_test(a_failed_attach_leaves_nothing),
		cmocka_unit_test(a_setting_that_the_filter_does_not_know_is_refused),
		cmocka_unit_test(positions_count_from_the_miniport),
		cmocka_unit_test(a_name_is_taken_once_per_stack),
		cmocka_unit_test(a_stack_has_an_end),
		cmocka_unit_test(nothing_is_attached_to_a_stack_that_runs),
		cmocka_unit_test(attributes_are_set_while_attaching_only),
		cmocka_unit_test(a_restart_that_fails_leaves_the_module_paused),
		cmocka_unit_test(a_restart_may_pend_and_end_either_way),
		cmocka_unit_test(a_pause_may_pend_and_times_out),
		cmocka_unit_test(a_pause_waits_for_what_the_filter_sent_itself),
		cmocka_unit_test(pause_runs_from_the_top_and_restart_from_the_bottom),
		cmocka_unit_test(a_stack_that_does_not_run_is_changed_without_running_it),
		cmocka_unit_test(an_insert_that_fails_changes_nothing),
		cmocka_unit_test(who_does_not_finish_a_pause_is_named_with_the_lists_that_are_out),
		cmocka_unit_test(a_change_that_somebody_does_not_let_happen_changes_nothing),
		cmocka_unit_test(a_filter_that_is_reconfigured_keeps_its_name_and_place),
		cmocka_unit_test(a_filter_that_deregisters_leaves_its_stacks_running),
		cmocka_unit_test(back_fill_adds_up_from_the_miniport_to_the_protocol),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
