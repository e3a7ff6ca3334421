// SPDX-License-Identifier: BSD-3-Clause
// Registration, the life of adapters and bindings, and what the frozen stack does with lists in each
// state: with a miniport and a protocol that do what the test says.
#include "pool_make.h"

#include <rte_cycles.h>

#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "test_miniport.h"
#include "test_protocol.h"

struct stack {
	NDIS_HANDLE adapter, binding;
	struct test_miniport *mp;
	struct test_binding *user;
};

static NDIS_HANDLE adapter_open(const char *name, const char *key, const char *value)
{
	struct nimbl_option options[] = {{key, value}, {NULL, NULL}};
	NDIS_HANDLE adapter = NULL;

	if (nimbl_adapter_open("test_miniport", name, options, &adapter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return adapter;
}

static struct nimbl_adapter_info query(NDIS_HANDLE adapter)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(adapter, &info);
	return info;
}

static uint64_t dropped(const struct stack *stack, enum nimbl_drop reason)
{
	return query(stack->adapter).counters.drops[reason];
}

// An adapter with a binding, both paused.
static void stack_open(struct stack *stack)
{
	stack->adapter = adapter_open("a", NULL, NULL);
	stack->mp = nimbl_adapter_context(stack->adapter);
	assert_int_equal(
		nimbl_binding_open("test_protocol", stack->adapter, NULL, &stack->binding), 0);
	stack->user = test_binding_of(stack->binding);
	assert_non_null(stack->user);
}

static void stack_restart(struct stack *stack)
{
	assert_int_equal(nimbl_adapter_restart(stack->adapter), 0);
	assert_int_equal(nimbl_binding_restart(stack->binding), 0);
}

static void stack_close(struct stack *stack)
{
	uint32_t halted = test_miniport_halted;

	if (stack->binding != NULL) {
		assert_int_equal(nimbl_binding_pause(stack->binding), 0);
		nimbl_binding_close(stack->binding);
	}
	assert_int_equal(nimbl_adapter_pause(stack->adapter), 0);
	nimbl_adapter_close(stack->adapter); // aborts when a list of its pool is out
	assert_int_equal(test_miniport_halted, halted + 1);
}

// Registration

static VOID ignore_unload(DRIVER_OBJECT *driver)
{
}

static NDIS_STATUS ignore_initialize(
	NDIS_HANDLE adapter, NDIS_HANDLE context, NDIS_MINIPORT_INIT_PARAMETERS *parameters)
{
	return NDIS_STATUS_FAILURE;
}

static VOID ignore_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
}

static NDIS_STATUS ignore_pause(NDIS_HANDLE context, NDIS_MINIPORT_PAUSE_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS ignore_restart(NDIS_HANDLE context, NDIS_MINIPORT_RESTART_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

static VOID ignore_send(
	NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
}

static VOID ignore_chain(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
}

static NDIS_STATUS ignore_bind(
	NDIS_HANDLE context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS; // without having opened the adapter
}

static NDIS_STATUS ignore_unbind(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	return NDIS_STATUS_SUCCESS;
}

static VOID ignore_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
}

static const NDIS_MINIPORT_DRIVER_CHARACTERISTICS good_miniport = {
	.Header = {NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
		NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
		NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1},
	.MajorNdisVersion = 6,
	.InitializeHandlerEx = ignore_initialize,
	.HaltHandlerEx = ignore_halt,
	.UnloadHandler = ignore_unload,
	.PauseHandler = ignore_pause,
	.RestartHandler = ignore_restart,
	.SendNetBufferListsHandler = ignore_send,
	.ReturnNetBufferListsHandler = ignore_chain,
};

static const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS good_protocol = {
	.Header = {NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1},
	.MajorNdisVersion = 6,
	.BindAdapterHandlerEx = ignore_bind,
	.UnbindAdapterHandlerEx = ignore_unbind,
	.ReceiveNetBufferListsHandler = ignore_receive,
	.SendNetBufferListsCompleteHandler = ignore_chain,
};

static NDIS_STATUS miniport_register(
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS characteristics, NDIS_HANDLE *handle)
{
	static struct nimbl_driver driver = {.name = "ignoring"};
	DRIVER_OBJECT object = {.NimblDriver = &driver};
	UNICODE_STRING path = {0};

	return NdisMRegisterMiniportDriver(&object, &path, NULL, &characteristics, handle);
}

static NDIS_STATUS protocol_register(
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS characteristics, NDIS_HANDLE *handle)
{
	return NdisRegisterProtocolDriver(NULL, &characteristics, handle);
}

static void another_ndis_version_is_a_bad_version(void **state)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = good_miniport;
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS protocol = good_protocol;
	NDIS_HANDLE handle = NULL;

	for (unsigned int version = 0; version < 8; version++) {
		if (version == 6)
			continue;
		miniport.MajorNdisVersion = protocol.MajorNdisVersion = (UCHAR)version;
		assert_int_equal(miniport_register(miniport, &handle), NDIS_STATUS_BAD_VERSION);
		assert_int_equal(protocol_register(protocol, &handle), NDIS_STATUS_BAD_VERSION);
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
		NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = good_miniport;
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS protocol = good_protocol;

		miniport.Header.Type = (UCHAR)(miniport.Header.Type + wrong[i].type);
		miniport.Header.Revision = (UCHAR)(miniport.Header.Revision + wrong[i].revision);
		miniport.Header.Size = (USHORT)(miniport.Header.Size + wrong[i].size);
		protocol.Header.Type = (UCHAR)(protocol.Header.Type + wrong[i].type);
		protocol.Header.Revision = (UCHAR)(protocol.Header.Revision + wrong[i].revision);
		protocol.Header.Size = (USHORT)(protocol.Header.Size + wrong[i].size);
		assert_int_equal(
			miniport_register(miniport, &handle), NDIS_STATUS_BAD_CHARACTERISTICS);
		assert_int_equal(
			protocol_register(protocol, &handle), NDIS_STATUS_BAD_CHARACTERISTICS);
	}
	assert_null(handle);
}

static void a_missing_mandatory_handler_is_bad_characteristics(void **state)
{
	static const size_t of_miniport[] = {
		offsetof(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, InitializeHandlerEx),
		offsetof(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, HaltHandlerEx),
		offsetof(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, PauseHandler),
		offsetof(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, RestartHandler),
		offsetof(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, SendNetBufferListsHandler),
		offsetof(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, ReturnNetBufferListsHandler),
	};
	static const size_t of_protocol[] = {
		offsetof(NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, BindAdapterHandlerEx),
		offsetof(NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, UnbindAdapterHandlerEx),
		offsetof(NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, ReceiveNetBufferListsHandler),
		offsetof(NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, SendNetBufferListsCompleteHandler),
	};
	NDIS_HANDLE handle = NULL;

	for (size_t i = 0; i < RTE_DIM(of_miniport); i++) {
		NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = good_miniport;

		memset(RTE_PTR_ADD(&miniport, of_miniport[i]), 0, sizeof(void *));
		assert_int_equal(
			miniport_register(miniport, &handle), NDIS_STATUS_BAD_CHARACTERISTICS);
	}
	for (size_t i = 0; i < RTE_DIM(of_protocol); i++) {
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS protocol = good_protocol;

		memset(RTE_PTR_ADD(&protocol, of_protocol[i]), 0, sizeof(void *));
		assert_int_equal(
			protocol_register(protocol, &handle), NDIS_STATUS_BAD_CHARACTERISTICS);
	}
	assert_null(handle);
}

static void a_driver_that_is_complete_registers_and_is_found_until_it_deregisters(void **state)
{
	NDIS_HANDLE handle = NULL, adapter = NULL;

	assert_int_equal(miniport_register(good_miniport, &handle), NDIS_STATUS_SUCCESS);
	assert_int_equal(nimbl_adapter_open("ignoring", "a", NULL, &adapter), -EIO);
	NdisMDeregisterMiniportDriver(handle);
	assert_int_equal(nimbl_adapter_open("ignoring", "a", NULL, &adapter), -ENOENT);
	assert_null(adapter);
}

static void an_unknown_driver_is_named_in_the_error(void **state)
{
	NDIS_HANDLE adapter = NULL, binding = NULL;
	struct stack stack;

	assert_int_equal(nimbl_adapter_open("no_such_card", "a", NULL, &adapter), -ENOENT);
	assert_error_says("no_such_card");
	// A protocol is not a miniport, and the other way round.
	assert_int_equal(nimbl_adapter_open("test_protocol", "a", NULL, &adapter), -ENOENT);
	assert_null(adapter);
	stack_open(&stack);
	assert_int_equal(
		nimbl_binding_open("no_such_protocol", stack.adapter, NULL, &binding), -ENOENT);
	assert_error_says("no_such_protocol");
	assert_null(binding);
	stack_close(&stack);
}

// Adapters

static void options_reach_the_driver(void **state)
{
	NDIS_HANDLE adapter = adapter_open("a", "color", "blue");
	const struct test_miniport *mp = nimbl_adapter_context(adapter);

	assert_string_equal(mp->color, "blue");
	assert_string_equal(nimbl_option(adapter, "color", "none"), "blue");
	assert_string_equal(nimbl_option(adapter, "size", "none"), "none");
	assert_int_equal(nimbl_option_u32(adapter, "size", 7), 7);
	nimbl_adapter_close(adapter);
}

static void options_are_copied(void **state)
{
	char key[] = "color", value[] = "blue";
	struct nimbl_option options[] = {{key, value}, {NULL, NULL}};
	NDIS_HANDLE adapter = NULL;

	assert_int_equal(nimbl_adapter_open("test_miniport", "a", options, &adapter), 0);
	memset(key, 'x', sizeof(key) - 1);
	memset(value, 'x', sizeof(value) - 1);
	assert_string_equal(nimbl_option(adapter, "color", "none"), "blue");
	nimbl_adapter_close(adapter);
}

static void an_opened_adapter_is_paused_and_known(void **state)
{
	NDIS_HANDLE adapter = adapter_open("a", NULL, NULL);
	struct nimbl_adapter_info info = query(adapter);

	assert_string_equal(info.name, "a");
	assert_int_equal(info.state, NIMBL_PAUSED);
	assert_true(info.link_up);
	assert_int_equal(info.link_bps, TEST_MINIPORT_BPS);
	assert_int_equal(info.mtu, TEST_MINIPORT_MTU);
	assert_int_equal(info.mac[5], 1);
	nimbl_adapter_close(adapter);
}

static void a_failed_initialize_leaves_nothing(void **state)
{
	uint32_t initialized = test_miniport_initialized, halted = test_miniport_halted;
	struct nimbl_option options[] = {{"initialize", "status"}, {NULL, NULL}};
	NDIS_HANDLE adapter = NULL;

	assert_int_equal(nimbl_adapter_open("test_miniport", "a", options, &adapter), -EIO);
	assert_error_says("test_miniport");
	options[0].value = "error";
	assert_int_equal(nimbl_adapter_open("test_miniport", "a", options, &adapter), -ENXIO);
	assert_error_says("the test says no");
	assert_null(adapter);
	assert_int_equal(test_miniport_initialized, initialized);
	assert_int_equal(test_miniport_halted, halted);
}

static void a_restart_that_fails_leaves_the_adapter_paused(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack.mp->restart_status = NDIS_STATUS_RESOURCES;
	assert_int_equal(nimbl_adapter_restart(stack.adapter), -EIO);
	assert_error_says("'a'");
	assert_int_equal(query(stack.adapter).state, NIMBL_PAUSED);
	stack.mp->restart_status = NDIS_STATUS_SUCCESS;
	stack_restart(&stack);
	assert_int_equal(query(stack.adapter).state, NIMBL_RUNNING);
	assert_int_equal(stack.mp->restarts, 2);
	stack_close(&stack);
}

static void a_restart_may_pend_and_end_either_way(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack.mp->restart_us = 20000;
	stack.mp->restart_status = NDIS_STATUS_RESOURCES;
	assert_int_equal(nimbl_adapter_restart(stack.adapter), -EIO);
	assert_int_equal(query(stack.adapter).state, NIMBL_PAUSED);
	stack.mp->restart_status = NDIS_STATUS_SUCCESS;
	stack_restart(&stack);
	assert_int_equal(query(stack.adapter).state, NIMBL_RUNNING);
	stack_close(&stack);
}

static void a_pause_may_pend(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	stack.mp->pause_us = 20000;
	uint64_t start = rte_get_timer_cycles();
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	assert_true(rte_get_timer_cycles() - start >= rte_get_timer_hz() / 1000 * 19);
	assert_int_equal(query(stack.adapter).state, NIMBL_PAUSED);
	assert_int_equal(stack.mp->pauses, 1);
	// A second pause is none.
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	assert_int_equal(stack.mp->pauses, 1);
	stack_close(&stack);
}

static void what_pends_for_ever_times_out_and_is_paused(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack.mp->restart_us = TEST_MINIPORT_NEVER;
	assert_true(nimbl_adapter_restart(stack.adapter) < 0);
	assert_error_says("'a'");
	assert_int_equal(query(stack.adapter).state, NIMBL_PAUSED);
	stack.mp->restart_us = 0;
	stack_restart(&stack);
	stack.mp->pause_us = TEST_MINIPORT_NEVER;
	assert_int_equal(nimbl_adapter_pause(stack.adapter), -ETIMEDOUT);
	assert_error_says("port a does not finish its pause; no list is out");
	assert_int_equal(query(stack.adapter).state, NIMBL_PAUSED);
	stack_close(&stack);
}

static uint64_t ms_since(uint64_t start)
{
	return (rte_get_timer_cycles() - start) * 1000 / rte_get_timer_hz();
}

// A pause that was given up is completed while the next operation pends.
static void a_completion_that_comes_too_late_does_not_count_for_what_pends_next(void **state)
{
	struct stack stack;
	uint64_t start;

	stack_open(&stack);
	stack_restart(&stack);
	stack.mp->pause_us = TEST_MINIPORT_NEVER;
	assert_int_equal(nimbl_adapter_pause(stack.adapter), -ETIMEDOUT);
	stack.mp->completes_late = true;
	stack.mp->restart_us = 20000;
	start = rte_get_timer_cycles();
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	assert_true(ms_since(start) >= 19);
	stack.mp->restart_us = 0;
	assert_int_equal(nimbl_adapter_pause(stack.adapter), -ETIMEDOUT);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	stack.mp->completes_late = true;
	stack.mp->pause_us = 20000;
	start = rte_get_timer_cycles();
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	assert_true(ms_since(start) >= 19);
	stack_close(&stack);
}

static void a_restart_of_a_running_adapter_is_no_restart(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	nimbl_adapter_restart(stack.adapter);
	assert_int_equal(stack.mp->restarts, 1);
	assert_int_equal(query(stack.adapter).state, NIMBL_RUNNING);
	nimbl_binding_restart(stack.binding);
	assert_int_equal(stack.user->restarts, 1);
	stack_close(&stack);
}

// Bindings

static void a_protocol_learns_of_restart_and_pause(void **state)
{
	struct stack stack;

	stack_open(&stack);
	assert_int_equal(stack.user->parameters.MtuSize, TEST_MINIPORT_MTU);
	assert_int_equal(stack.user->parameters.XmitLinkSpeed, TEST_MINIPORT_BPS);
	assert_int_equal(stack.user->parameters.CurrentMacAddress[5], 1);
	assert_int_equal(stack.user->restarts, 0);
	stack_restart(&stack);
	assert_int_equal(stack.user->restarts, 1);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	assert_int_equal(stack.user->pauses, 1);
	stack_close(&stack);
	assert_int_equal(test_bindings_count(), 0);
}

static void a_protocol_that_refuses_its_restart_stays_paused(void **state)
{
	struct stack stack;

	stack_open(&stack);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	stack.user->restart_status = NDIS_STATUS_RESOURCES;
	assert_int_equal(nimbl_binding_restart(stack.binding), -EIO);
	assert_error_says("test_protocol");
	assert_error_says("on a");
	test_miniport_indicate(stack.mp, 1, 0, 0, NULL);
	assert_int_equal(stack.user->indications, 0);
	assert_int_equal(dropped(&stack, NIMBL_DROP_RX_PAUSED), 1);
	stack_close(&stack);
}

static void a_second_binding_is_refused_with_both_names(void **state)
{
	NDIS_HANDLE second = NULL;
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	assert_int_equal(nimbl_binding_open("test_protocol", stack.adapter, NULL, &second), -EBUSY);
	assert_null(second);
	assert_error_says("port 'a'");
	assert_error_says("protocol test_protocol on a");
	assert_int_equal(test_bindings_count(), 1);
	// The first one does not notice.
	test_miniport_indicate(stack.mp, 3, 0, 0, NULL);
	assert_int_equal(stack.user->held_count, 3);
	test_return_held(stack.user);
	stack_close(&stack);
}

static void a_protocol_that_changes_its_mind_in_its_bind_handler_leaves_nothing(void **state)
{
	struct nimbl_option options[] = {{"bind", "close"}, {NULL, NULL}};
	NDIS_HANDLE adapter = adapter_open("a", NULL, NULL), binding = NULL;

	assert_true(nimbl_binding_open("test_protocol", adapter, options, &binding) < 0);
	assert_error_says("test_protocol");
	assert_null(binding);
	assert_int_equal(nimbl_binding_open("test_protocol", adapter, NULL, &binding), 0);
	nimbl_binding_close(binding);
	nimbl_adapter_close(adapter);
}

static void a_bind_handler_that_opens_nothing_is_an_error(void **state)
{
	NDIS_HANDLE adapter = adapter_open("a", NULL, NULL), binding = NULL, protocol;

	assert_int_equal(protocol_register(good_protocol, &protocol), NDIS_STATUS_SUCCESS);
	assert_true(nimbl_binding_open("protocol", adapter, NULL, &binding) < 0);
	assert_null(binding);
	NdisDeregisterProtocolDriver(protocol);
	nimbl_adapter_close(adapter);
}

// Sends

static void send_refused(struct stack *stack, ULONG flags)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	uint64_t before = dropped(stack, NIMBL_DROP_TX_PAUSED);
	NET_BUFFER_LIST *lists[3];

	stack->user->completed = 0;
	for (unsigned int i = 0; i < 3; i++)
		lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
	test_send(stack->user, lists, 3, flags);
	assert_int_equal(stack->user->completed, 3);
	for (unsigned int i = 0; i < 3; i++) {
		assert_ptr_equal(stack->user->completions[i].nbl, lists[i]);
		assert_int_equal(stack->user->completions[i].status, NDIS_STATUS_PAUSED);
		NdisFreeNetBufferList(lists[i]);
	}
	assert_int_equal(dropped(stack, NIMBL_DROP_TX_PAUSED), before + 3);
	assert_int_equal(stack->mp->send_calls, 0);
	close_whole(pool);
}

static void sends_while_anything_is_paused_complete_with_paused(void **state)
{
	const ULONG given = NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED;
	struct stack stack;

	stack_open(&stack);
	send_refused(&stack, 0); // both paused
	send_refused(&stack, given);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	send_refused(&stack, 0); // the binding
	send_refused(&stack, given);
	assert_int_equal(nimbl_binding_restart(stack.binding), 0);
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	send_refused(&stack, 0); // the adapter
	send_refused(&stack, given);
	stack_close(&stack);
}

static void a_running_stack_passes_chain_and_flags_on(void **state)
{
	const ULONG flags = NDIS_SEND_FLAGS_DISPATCH_LEVEL | NIMBL_SEND_FLAGS_HANDOVER |
			    NIMBL_SEND_FLAGS_UNTOUCHED;
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	NET_BUFFER_LIST *lists[4];
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	for (unsigned int i = 0; i < 4; i++)
		lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
	test_send(stack.user, lists, 4, flags);
	assert_int_equal(stack.mp->send_flags, flags);
	assert_int_equal(stack.mp->send_calls, 1);
	assert_int_equal(stack.mp->sent_count, 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_ptr_equal(stack.mp->sent[i], lists[i]);
	assert_int_equal(stack.user->completed, 0);
	// In another order and with a status of the miniport's.
	test_miniport_complete(stack.mp, 1, NDIS_STATUS_SEND_ABORTED);
	test_miniport_complete(stack.mp, 3, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->completed, 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_ptr_equal(stack.user->completions[i].nbl, lists[3 - i]);
		assert_int_equal(stack.user->completions[i].status,
			i == 0 ? NDIS_STATUS_SEND_ABORTED : NDIS_STATUS_SUCCESS);
		NdisFreeNetBufferList(lists[i]);
	}
	close_whole(pool);
	stack_close(&stack);
}

static void completions_reach_a_paused_protocol(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	NET_BUFFER_LIST *lists[4];
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	for (unsigned int i = 0; i < 4; i++)
		lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
	test_send(stack.user, lists, 4, 0);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	test_miniport_complete(stack.mp, 2, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->completed, 2);
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	test_miniport_complete(stack.mp, 2, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->completed, 4);
	for (unsigned int i = 0; i < 4; i++)
		NdisFreeNetBufferList(lists[i]);
	close_whole(pool);
	stack_close(&stack);
}

static void completions_after_unbind_bring_the_lists_home(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	NET_BUFFER_LIST *lists[4];
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	for (unsigned int i = 0; i < 4; i++)
		lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
	test_send(stack.user, lists, 4, 0);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	nimbl_binding_close(stack.binding);
	stack.binding = NULL;
	test_miniport_complete(stack.mp, 4, NDIS_STATUS_SUCCESS);
	close_whole(pool);
	stack_close(&stack);
}

// Receives

static void refuse_receives(struct stack *stack, enum nimbl_drop reason)
{
	struct nimbl_adapter_info before = query(stack->adapter), after;
	uint32_t returned = stack->mp->returned_count;
	NET_BUFFER_LIST *lists[5];

	test_miniport_indicate(stack->mp, 5, 0, 0, lists);
	assert_int_equal(stack->mp->returned_count, returned + 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_ptr_equal(stack->mp->returned[returned + i], lists[i]);
	// Lent lists are back when the call is: nobody may return them.
	test_miniport_indicate(stack->mp, 5, 0, NDIS_RECEIVE_FLAGS_RESOURCES, lists);
	assert_int_equal(stack->mp->returned_count, returned + 5);
	after = query(stack->adapter);
	assert_int_equal(after.counters.drops[reason], before.counters.drops[reason] + 10);
	assert_int_equal(after.counters.lists_indicated, before.counters.lists_indicated + 10);
	assert_int_equal(after.counters.lists_returned, before.counters.lists_returned + 5);
}

static void receives_that_nobody_takes_go_back_to_the_miniport(void **state)
{
	struct stack stack;

	stack_open(&stack);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	refuse_receives(&stack, NIMBL_DROP_RX_PAUSED); // opened, never restarted
	assert_int_equal(nimbl_binding_restart(stack.binding), 0);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	refuse_receives(&stack, NIMBL_DROP_RX_PAUSED);
	assert_int_equal(stack.user->indications, 0);
	nimbl_binding_close(stack.binding);
	stack.binding = NULL;
	refuse_receives(&stack, NIMBL_DROP_RX_UNBOUND);
	stack_close(&stack);
}

static void lent_lists_are_counted_back_without_a_return(void **state)
{
	struct nimbl_adapter_info info;
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	test_miniport_indicate(stack.mp, 7, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	assert_int_equal(stack.user->last_count, 7);
	assert_true(NDIS_TEST_RECEIVE_CANNOT_PEND(stack.user->last_flags));
	assert_int_equal(stack.mp->returned_count, 0);
	info = query(stack.adapter);
	assert_int_equal(info.counters.lists_indicated, 7);
	assert_int_equal(info.counters.lists_returned, 7);
	stack_close(&stack);
}

static void returns_reach_the_miniport_in_any_state(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack_restart(&stack);
	test_miniport_indicate(stack.mp, 9, 0, 0, NULL);
	NdisReturnNetBufferLists(stack.binding, test_chain(stack.user->held, 3), 0);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	NdisReturnNetBufferLists(stack.binding, test_chain(stack.user->held + 3, 3), 0);
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	NdisReturnNetBufferLists(stack.binding, test_chain(stack.user->held + 6, 3), 0);
	assert_int_equal(stack.mp->returned_count, 9);
	for (unsigned int i = 0; i < 9; i++)
		assert_ptr_equal(stack.mp->returned[i], stack.user->held[i]);
	stack_close(&stack);
}

static void a_miniport_may_indicate_from_its_restart_on(void **state)
{
	struct stack stack;

	stack_open(&stack);
	stack.mp->indicates_in_restart = true;
	stack_restart(&stack); // the protocol is still paused then
	assert_int_equal(stack.mp->returned_count, 1);
	assert_int_equal(dropped(&stack, NIMBL_DROP_RX_PAUSED), 1);
	stack_close(&stack);
}

static void frames_before_and_after_a_restart_go_to_whom_it_concerns(void **state)
{
	struct stack stack;

	stack_open(&stack);
	assert_int_equal(nimbl_adapter_restart(stack.adapter), 0);
	for (uint32_t round = 0; round < 50; round++) {
		test_miniport_indicate(stack.mp, 2, 1000, 0, NULL);
		assert_int_equal(nimbl_binding_restart(stack.binding), 0);
		test_miniport_indicate(stack.mp, 2, 10 * round, 0, NULL);
		assert_int_equal(nimbl_binding_pause(stack.binding), 0);
		assert_int_equal(stack.user->held_count, 2);
		for (uint32_t i = 0; i < 2; i++) {
			uint32_t number;

			nb_gather(NET_BUFFER_LIST_FIRST_NB(stack.user->held[i]), &number,
				sizeof(number));
			assert_int_equal(number, 10 * round + i);
		}
		test_return_held(stack.user);
	}
	assert_int_equal(dropped(&stack, NIMBL_DROP_RX_PAUSED), 100);
	assert_int_equal(stack.mp->returned_count, 200);
	stack_close(&stack);
}

// Status

static void a_link_state_reaches_the_protocol_and_the_query(void **state)
{
	struct stack stack;

	stack_open(&stack); // also while all is paused
	test_miniport_link(stack.mp, false, 0);
	assert_int_equal(stack.user->statuses, 1);
	assert_int_equal(stack.user->last_status, NDIS_STATUS_LINK_STATE);
	assert_int_equal(stack.user->link.MediaConnectState, MediaConnectStateDisconnected);
	assert_false(query(stack.adapter).link_up);
	stack_restart(&stack);
	test_miniport_link(stack.mp, true, 25000000000ull);
	assert_int_equal(stack.user->statuses, 2);
	assert_int_equal(stack.user->link.XmitLinkSpeed, 25000000000ull);
	assert_true(query(stack.adapter).link_up);
	assert_int_equal(query(stack.adapter).link_bps, 25000000000ull);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	nimbl_binding_close(stack.binding);
	stack.binding = NULL;
	test_miniport_link(stack.mp, false, 0); // nobody listens
	assert_false(query(stack.adapter).link_up);
	stack_close(&stack);
}

static int start(void **state)
{
	if (eal_harness_start(state) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

static int stop(void **state)
{
	nimbl_drivers_unload();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_ndis_version_is_a_bad_version),
		cmocka_unit_test(a_wrong_header_is_bad_characteristics),
		cmocka_unit_test(a_missing_mandatory_handler_is_bad_characteristics),
		cmocka_unit_test(
			a_driver_that_is_complete_registers_and_is_found_until_it_deregisters),
		cmocka_unit_test(an_unknown_driver_is_named_in_the_error),
		cmocka_unit_test(options_reach_the_driver),
		cmocka_unit_test(options_are_copied),
		cmocka_unit_test(an_opened_adapter_is_paused_and_known),
		cmocka_unit_test(a_failed_initialize_leaves_nothing),
		cmocka_unit_test(a_restart_that_fails_leaves_the_adapter_paused),
		cmocka_unit_test(a_restart_may_pend_and_end_either_way),
		cmocka_unit_test(a_pause_may_pend),
		cmocka_unit_test(what_pends_for_ever_times_out_and_is_paused),
		cmocka_unit_test(
			a_completion_that_comes_too_late_does_not_count_for_what_pends_next),
		cmocka_unit_test(a_restart_of_a_running_adapter_is_no_restart),
		cmocka_unit_test(a_protocol_learns_of_restart_and_pause),
		cmocka_unit_test(a_protocol_that_refuses_its_restart_stays_paused),
		cmocka_unit_test(a_second_binding_is_refused_with_both_names),
		cmocka_unit_test(
			a_protocol_that_changes_its_mind_in_its_bind_handler_leaves_nothing),
		cmocka_unit_test(a_bind_handler_that_opens_nothing_is_an_error),
		cmocka_unit_test(sends_while_anything_is_paused_complete_with_paused),
		cmocka_unit_test(a_running_stack_passes_chain_and_flags_on),
		cmocka_unit_test(completions_reach_a_paused_protocol),
		cmocka_unit_test(completions_after_unbind_bring_the_lists_home),
		cmocka_unit_test(receives_that_nobody_takes_go_back_to_the_miniport),
		cmocka_unit_test(lent_lists_are_counted_back_without_a_return),
		cmocka_unit_test(returns_reach_the_miniport_in_any_state),
		cmocka_unit_test(a_miniport_may_indicate_from_its_restart_on),
		cmocka_unit_test(frames_before_and_after_a_restart_go_to_whom_it_concerns),
		cmocka_unit_test(a_link_state_reaches_the_protocol_and_the_query),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
