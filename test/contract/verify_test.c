// SPDX-License-Identifier: BSD-3-Clause
// The verifier: each defect that a driver can have is found under its code and lands on who has it; what is
// no defect is never taken for one.
#include <rte_cycles.h>

#include "defect_make.h"

// Defects. Each leaves the stack as it found it, so far as the verifier mends what it did.

static void returns_twice(struct stack *stack)
{
	NET_BUFFER_LIST *nbl;

	test_miniport_indicate(stack->mp, 1, 0, 0, &nbl);
	test_return_held(stack->user);
	nbl->Next = NULL;
	NdisReturnNetBufferLists(stack->binding, nbl, 0);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void sends_twice(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	send_one(stack, nbl);
	send_one(stack, nbl);
	assert_int_equal(stack->mp->sent_count, 1);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void completes_twice(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	send_one(stack, nbl);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	NdisMSendNetBufferListsComplete(stack->adapter, nbl, 0);
	assert_int_equal(stack->user->completed, 1);
	free_completed(stack);
}

static void return_lent(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void returns_what_was_lent(struct stack *stack)
{
	stack->user->on_receive = return_lent;
	test_miniport_indicate(stack->mp, 2, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	stack->user->on_receive = NULL;
	assert_int_equal(stack->mp->returned_count, 0);
}

static void unlink_lent(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	chain->Next = NULL;
}

static void unlinks_what_was_lent(struct stack *stack)
{
	stack->user->on_receive = unlink_lent;
	test_miniport_indicate(stack->mp, 3, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	stack->user->on_receive = NULL;
}

static NET_BUFFER_LIST *kept_list;

static void keep_lent(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	kept_list = chain;
}

static void sends_what_was_lent(struct stack *stack)
{
	stack->user->on_receive = keep_lent;
	test_miniport_indicate(stack->mp, 1, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	stack->user->on_receive = NULL;
	send_one(stack, kept_list);
	assert_int_equal(stack->mp->sent_count, 0);
}

static void indicates_while_paused(struct stack *stack)
{
	stack_pause(stack);
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	assert_int_equal(stack->mp->returned_count, 1);
	stack_restart(stack);
}

static void sends_while_paused(struct stack *stack)
{
	stack_pause(stack);
	send_one(stack, own_list(stack));
	assert_int_equal(stack->user->completed, 1);
	free_completed(stack);
	stack_restart(stack);
}

static void counts_wrong(struct stack *stack)
{
	indicate(stack, received(stack, 8), 3, 0);
	assert_int_equal(stack->user->last_count, 1);
	test_return_held(stack->user);
}

static void makes_a_ring(struct stack *stack)
{
	NET_BUFFER_LIST *a = received(stack, 8), *b = received(stack, 8);

	a->Next = b;
	b->Next = a;
	indicate(stack, a, 2, 0);
	assert_int_equal(stack->user->held_count, 2);
	test_return_held(stack->user);
	assert_int_equal(stack->mp->returned_count, 2);
}

static void claims_one_type_of_two(struct stack *stack)
{
	NET_BUFFER_LIST *a = received(stack, 8);

	a->Next = received(stack, 0xdd86);
	indicate(stack, a, 2, NDIS_RECEIVE_FLAGS_SINGLE_ETHER_TYPE);
	test_return_held(stack->user);
}

static void claims_a_level_that_it_has_not(struct stack *stack)
{
	indicate(stack, received(stack, 8), 1, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
	test_return_held(stack->user);
}

static void returns_what_another_holds(struct stack *stack)
{
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	NdisFReturnNetBufferLists(stack->f[0]->filter, stack->user->held[0], 0);
	assert_int_equal(stack->mp->returned_count, 0);
	test_return_held(stack->user);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void completes_what_another_holds(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	send_one(stack, nbl);
	NdisFSendNetBufferListsComplete(stack->f[1]->filter, nbl, 0);
	assert_int_equal(stack->user->completed, 0);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void sends_without_a_source(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	nbl->SourceHandle = NULL;
	send_one(stack, nbl);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->completed, 1);
	free_completed(stack);
}

static void passes_on_its_own_completion(struct stack *stack)
{
	struct test_filter *filter = stack->f[1];

	test_filter_originate_send(filter, 1);
	NdisFSendNetBufferListsComplete(filter->filter, stack->mp->sent[0], 0);
	assert_int_equal(stack->user->completed, 0);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	assert_int_equal(filter->own_sent_back, 1);
}

static void returns_as_its_own_what_it_received(struct stack *stack)
{
	test_filter_originate_receive(stack->f[0], 1);
	nimbl_sources_take(stack->binding, stack->user->held[0]);
	test_return_held(stack->user);
	assert_int_equal(stack->f[0]->own_returned, 1);
}

static void does_not_undo_an_advance(struct stack *stack)
{
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	NdisAdvanceNetBufferDataStart(stack->user->held[0]->FirstNetBuffer, 14, FALSE, NULL);
	test_return_held(stack->user);
}

static void leaves_the_current_mdl_behind(struct stack *stack)
{
	stack->f[0]->receives = TEST_FILTER_HOLD;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	stack->f[0]->held_receives.lists[0]->FirstNetBuffer->DataOffset += 14;
	test_filter_release_receives(stack->f[0]);
	stack->f[0]->receives = TEST_FILTER_PASS;
	assert_int_equal(stack->user->held_count, 0);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void passes_on_an_empty_chain(struct stack *stack)
{
	NdisFReturnNetBufferLists(stack->f[1]->filter, NULL, 0);
}

static void completes_with_a_status_of_its_own(struct stack *stack)
{
	send_one(stack, own_list(stack));
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_PENDING);
	assert_int_equal(stack->user->completions[0].status, NDIS_STATUS_FAILURE);
	free_completed(stack);
}

static void keeps_a_list_over_its_pause(struct stack *stack)
{
	NET_BUFFER_LIST *nbl;

	stack->f[1]->receives = TEST_FILTER_HOLD;
	test_miniport_indicate(stack->mp, 1, 0, 0, &nbl);
	stack->f[1]->held_receives.count = 0; // forgotten
	stack->f[1]->receives = TEST_FILTER_PASS;
	stack_pause(stack);
	stack_restart(stack);
	NdisFReturnNetBufferLists(stack->f[1]->filter, nbl, 0);
}

static void completes_a_pause_that_nobody_asked_for(struct stack *stack)
{
	NdisFPauseComplete(stack->f[0]->filter);
}

static void lets_a_parent_go_before_its_child(struct stack *stack)
{
	struct test_filter *filter = stack->f[0];

	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	NET_BUFFER_LIST *parent = stack->user->held[0];
	parent->ChildRefCount++;
	test_return_held(stack->user);
	assert_int_equal(filter->return_calls, 1);
}

static void indicates_what_it_has_freed(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);

	nimbl_nbl_put(&nbl, 1);
	NdisMIndicateReceiveNetBufferLists(stack->adapter, nbl, NDIS_DEFAULT_PORT_NUMBER, 1, 0);
	assert_int_equal(stack->user->held_count, 0);
}

static void sends_up_what_is_on_its_way_down(struct stack *stack)
{
	struct test_filter *filter = stack->f[0];
	NET_BUFFER_LIST *nbl = own_list(stack);

	filter->sends = TEST_FILTER_HOLD;
	send_one(stack, nbl);
	NdisFIndicateReceiveNetBufferLists(filter->filter, nbl, NDIS_DEFAULT_PORT_NUMBER, 1, 0);
	assert_int_equal(stack->user->held_count, 0);
	test_filter_release_sends(filter);
	filter->sends = TEST_FILTER_PASS;
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

// Cut short, an LSO request asks for segments of no size.
static void asks_for_segments_of_nothing(struct stack *stack)
{
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO request = {.Value = NULL};
	NET_BUFFER_LIST *nbl = own_list(stack);

	request.LsoV2Transmit.Type = NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
	request.LsoV2Transmit.TcpHeaderOffset = 34;
	NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = request.Value;
	send_one(stack, nbl);
	assert_int_equal(stack->mp->sent_count, 0);
	assert_int_equal(stack->user->completions[0].status, NDIS_STATUS_FAILURE);
	free_completed(stack);
}

static void frees_twice(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);

	nimbl_nbl_put(&nbl, 1);
	nimbl_nbl_put(&nbl, 1);
	assert_pool_whole(stack->mp->pool);
}

static void free_own(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisFreeNetBufferList(self->arg);
}

// The other list is with the miniport still.
static void frees_what_another_holds(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	send_one(stack, nbl);
	stack->user->arg = nbl;
	stack->user->on_receive = free_own;
	test_miniport_indicate(stack->mp, 1, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	stack->user->on_receive = NULL;
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->completed, 0);
}

static void free_clone_as_list(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(chain, NULL, NULL, 0);

	NdisFreeNetBufferList(clone);
	NdisFreeCloneNetBufferList(clone, 0);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_a_clone_as_a_list(struct stack *stack)
{
	stack->user->on_receive = free_clone_as_list;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	stack->user->on_receive = NULL;
	assert_int_equal(stack->mp->returned_count, 1);
}

static void free_embedded_nb(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisFreeNetBuffer(chain->FirstNetBuffer);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_the_buffer_of_a_list(struct stack *stack)
{
	stack->user->on_receive = free_embedded_nb;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	stack->user->on_receive = NULL;
}

static const struct defect defects[] = {
	DEFECT(frees_twice, N01, "port a", "B4"),
	DEFECT(frees_what_another_holds, N03, "protocol test_protocol on a", "O1"),
	DEFECT(frees_a_clone_as_a_list, N04, "protocol test_protocol on a", "B7"),
	DEFECT(frees_the_buffer_of_a_list, N04, "protocol test_protocol on a", "B7"),
	DEFECT(returns_twice, N02, "protocol test_protocol on a", "O2"),
	DEFECT(completes_twice, N02, "port a", "O2"),
	DEFECT(sends_twice, N03, "protocol test_protocol on a", "O1"),
	DEFECT(returns_what_another_holds, N03, "filter f0 on a", "O3"),
	DEFECT(completes_what_another_holds, N03, "filter f1 on a", "O3"),
	DEFECT(sends_without_a_source, N05, "protocol test_protocol on a", "O5"),
	DEFECT(passes_on_its_own_completion, N05, "filter f1 on a", "O5"),
	DEFECT(returns_as_its_own_what_it_received, N05, "protocol test_protocol on a", "O5"),
	DEFECT(sends_up_what_is_on_its_way_down, N05, "filter f0 on a", "O3"),
	DEFECT(counts_wrong, N06, "port a", "F7"),
	DEFECT(makes_a_ring, N06, "port a", "B2"),
	DEFECT(passes_on_an_empty_chain, N06, "filter f1 on a", "O6"),
	DEFECT(lets_a_parent_go_before_its_child, N07, "protocol test_protocol on a", "O8"),
	DEFECT(indicates_what_it_has_freed, N08, "port a", "B4"),
	DEFECT(keeps_a_list_over_its_pause, N09, "filter f1 on a", "S7"),
	DEFECT(indicates_while_paused, N11, "port a", "S1"),
	DEFECT(sends_while_paused, N11, "protocol test_protocol on a", "S1"),
	DEFECT(returns_what_was_lent, N12, "protocol test_protocol on a", "O4"),
	DEFECT(sends_what_was_lent, N12, "protocol test_protocol on a", "O4"),
	DEFECT(unlinks_what_was_lent, N12, "protocol test_protocol on a", "O4"),
	DEFECT(completes_a_pause_that_nobody_asked_for, N13, "filter f0 on a", "S8"),
	DEFECT(leaves_the_current_mdl_behind, N18, "filter f0 on a", "B1"),
	DEFECT(asks_for_segments_of_nothing, N18, "protocol test_protocol on a", "F5"),
	DEFECT(does_not_undo_an_advance, N19, "protocol test_protocol on a", "O7"),
	DEFECT(claims_one_type_of_two, N20, "port a", "F2"),
	DEFECT(claims_a_level_that_it_has_not, N20, "port a", "F1"),
	DEFECT(completes_with_a_status_of_its_own, N20, "port a", "O10"),
};

static void every_defect_is_found_and_lands_on_who_has_it(void **state)
{
	for (size_t i = 0; i < RTE_DIM(defects); i++)
		commit(&defects[i], NIMBL_VERIFY_OWNERS);
}

static void every_level_finds_them(void **state)
{
	for (size_t i = 0; i < RTE_DIM(defects); i++) {
		for (enum nimbl_verify_level level = NIMBL_VERIFY_AGES; level < NIMBL_VERIFY_LEVELS;
			level++)
			commit(&defects[i], level);
	}
}

static void assert_none_found(void)
{
	struct nimbl_violation violation;
	char text[256];

	if (!nimbl_violation_next(0, &violation))
		return;
	nimbl_violation_describe(&violation, text, sizeof(text));
	fail_msg("%s", text);
}

static void exercise(
	struct stack *stack, enum test_filter_mode sends, enum test_filter_mode receives)
{
	NET_BUFFER_LIST *lists[8];

	for (unsigned int i = 0; i < stack->count; i++) {
		stack->f[i]->sends = sends;
		stack->f[i]->receives = receives;
	}
	for (unsigned int i = 0; i < 8; i++)
		lists[i] = own_list(stack);
	test_send(stack->user, lists, 8, 0);
	for (unsigned int i = stack->count; i > 0; i--)
		test_filter_release_sends(stack->f[i - 1]);
	if (stack->mp->sent_count > 0)
		test_miniport_complete(stack->mp, stack->mp->sent_count, NDIS_STATUS_SUCCESS);
	assert_none_found();
	assert_int_equal(stack->user->completed, 8);
	free_completed(stack);
	test_miniport_indicate(stack->mp, 8, 0, 0, NULL);
	for (unsigned int i = 0; i < stack->count; i++)
		test_filter_release_receives(stack->f[i]);
	test_return_held(stack->user);
	if (receives != TEST_FILTER_HOLD && receives != TEST_FILTER_CLONE)
		test_miniport_indicate(stack->mp, 8, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
}

static void what_is_no_defect_is_not_taken_for_one(void **state)
{
	static const enum test_filter_mode modes[] = {
		TEST_FILTER_PASS, TEST_FILTER_HOLD, TEST_FILTER_DROP, TEST_FILTER_CLONE};

	for (enum nimbl_verify_level level = NIMBL_VERIFY_LAWS; level < NIMBL_VERIFY_LEVELS;
		level++) {
		struct stack stack;

		verified(&stack, level);
		for (size_t i = 0; i < RTE_DIM(modes) * RTE_DIM(modes); i++)
			exercise(&stack, modes[i % RTE_DIM(modes)], modes[i / RTE_DIM(modes)]);
		test_filter_originate_send(stack.f[0], 3);
		test_miniport_complete(stack.mp, 3, NDIS_STATUS_SUCCESS);
		test_filter_originate_receive(stack.f[1], 3);
		// What a filter made may be sent by who receives it.
		test_send(stack.user, stack.user->held, 3, 0);
		test_miniport_complete(stack.mp, 3, NDIS_STATUS_SUCCESS);
		stack.user->completed = 0;
		test_return_held(stack.user);
		stack_close(&stack);
		assert_none_found();
	}
	assert_pool_whole(sender);
}

// Lists that filters make, duplicate and derive, and a protocol above that sends back what it receives.
static void send_back(const char *protocol, enum nimbl_verify_level level)
{
	const struct nimbl_verifier how = {.level = level, .stuck_ms = 1000};
	const struct nimbl_option settings[] = {
		{"port", "a"}, {"peer", "a"}, {"completion", "full"}, {NULL, NULL}};
	const struct nimbl_option twice[] = {
		{"duplicate", "100%"}, {"corrupt", "50%"}, {NULL, NULL}};
	struct stack stack;
	NDIS_HANDLE impair = NULL;

	stack_begin(&stack);
	stack_add(&stack, "f0", NULL, NULL);
	assert_int_equal(
		nimbl_filter_open("impair", stack.adapter, 1, "impair", twice, &impair), 0);
	stack_add(&stack, "f1", NULL, NULL);
	assert_int_equal(nimbl_binding_open(protocol, stack.adapter,
				 protocol[0] == 'x' ? settings : NULL, &stack.binding),
		0);
	assert_int_equal(nimbl_stack_verify(stack.adapter, &how), 0);
	assert_int_equal(nimbl_stack_restart(stack.adapter), 0);
	assert_int_equal(nimbl_lcores_publish(), 0);
	nimbl_violations_clear();
	stack.f[0]->receives = stack.f[1]->receives = TEST_FILTER_CLONE;
	stack.f[0]->sends = TEST_FILTER_CLONE;
	for (unsigned int round = 0; round < 3; round++) {
		test_miniport_indicate(stack.mp, 8, 0, 0, NULL);
		test_filter_originate_receive(stack.f[0], 2);
		assert_true(stack.mp->sent_count > 16);
		test_miniport_complete(stack.mp, stack.mp->sent_count, NDIS_STATUS_SUCCESS);
		assert_none_found();
	}
	assert_int_equal(stack.mp->returned_count, 24);
	assert_int_equal(nimbl_stack_pause(stack.adapter), 0);
	nimbl_binding_close(stack.binding);
	nimbl_adapter_close(stack.adapter);
	assert_none_found();
}

static void what_is_sent_back_is_no_defect(void **state)
{
	for (enum nimbl_verify_level level = NIMBL_VERIFY_LAWS; level < NIMBL_VERIFY_LEVELS;
		level++) {
		send_back("echo", level);
		send_back("xconnect", level);
	}
}

// What filters of a stack make that nobody verifies, and its miniport indicates, goes through one that is.
static void what_comes_from_a_stack_that_nobody_verifies_is_no_defect(void **state)
{
	for (enum nimbl_verify_level level = NIMBL_VERIFY_OWNERS; level < NIMBL_VERIFY_LEVELS;
		level++) {
		struct stack other, stack;

		verified(&stack, level);
		stack_begin_on(&other, "b");
		stack_add(&other, "g", NULL, NULL);
		stack_bind(&other);
		stack_restart(&other);
		test_filter_originate_receive(other.f[0], 3);
		test_miniport_indicate(other.mp, 3, 0, 0, NULL);
		other.f[0]->receives = TEST_FILTER_CLONE;
		test_miniport_indicate(other.mp, 3, 0, 0, NULL);
		assert_int_equal(other.user->held_count, 9);
		test_send(stack.user, other.user->held, 9, 0);
		test_miniport_complete(stack.mp, 9, NDIS_STATUS_SUCCESS);
		assert_int_equal(stack.user->completed, 9);
		stack.user->completed = 0;
		test_return_held(other.user);
		assert_int_equal(other.f[0]->own_returned, 6);
		stack_close(&other);
		stack_close(&stack);
		assert_none_found();
	}
}

static void who_holds_what_is_known(void **state)
{
	struct nimbl_holding holdings[4];
	struct stack stack;

	verified(&stack, NIMBL_VERIFY_OWNERS);
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	send_one(&stack, own_list(&stack));
	assert_int_equal(nimbl_holdings(holdings, 4), 2);
	assert_int_equal(holdings[0].lists, 5);
	assert_string_equal(nimbl_owner_name(holdings[0].owner), "protocol test_protocol on a");
	assert_int_equal(holdings[1].lists, 1);
	assert_string_equal(nimbl_owner_name(holdings[1].owner), "port a");
	test_return_held(stack.user);
	test_miniport_complete(stack.mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(&stack);
	assert_int_equal(nimbl_holdings(holdings, 4), 0);
	stack_close(&stack);
}

static void what_is_held_for_too_long_is_found_once(void **state)
{
	const struct nimbl_verifier how = {.level = NIMBL_VERIFY_AGES, .stuck_ms = 5};
	struct nimbl_violation violation;
	struct nimbl_holding holding;
	struct stack stack;

	verified(&stack, NIMBL_VERIFY_AGES);
	assert_int_equal(nimbl_stack_verify(stack.adapter, &how), 0);
	test_miniport_indicate(stack.mp, 2, 0, 0, NULL);
	rte_delay_ms(20);
	nimbl_verify_look();
	nimbl_verify_look();
	assert_int_equal(nimbl_violations_count(NIMBL_N10), 2);
	assert_true(nimbl_violation_next(0, &violation));
	assert_string_equal(violation.culprit, "protocol test_protocol on a");
	assert_true(violation.age_ms >= 5);
	assert_int_equal(nimbl_holdings(&holding, 1), 1);
	assert_true(holding.oldest_ms >= 5);
	test_return_held(stack.user);
	assert_int_equal(nimbl_violations_count(NIMBL_VIOLATION_CODES), 2);
	stack_close(&stack);
}

static void the_last_events_of_a_list_are_told(void **state)
{
	struct nimbl_violation violation;
	struct stack stack;

	verified(&stack, NIMBL_VERIFY_EVENTS);
	returns_twice(&stack);
	assert_true(nimbl_violation_next(0, &violation));
	assert_int_equal(violation.step_count, 7);
	for (unsigned int i = 0; i < 7; i++) {
		assert_ptr_equal(violation.steps[i].nbl, violation.nbl);
		assert_int_equal(violation.steps[i].event,
			i < 3 ? NIMBL_EVENT_INDICATED : NIMBL_EVENT_RETURNED);
		assert_int_equal(violation.steps[i].is_violation != 0, i == 6);
	}
	assert_string_equal(nimbl_owner_name(violation.steps[0].from), "port a");
	assert_string_equal(nimbl_owner_name(violation.steps[0].to), "filter f0 on a");
	assert_non_null(violation.frames[0]);
	stack_close(&stack);
}

static void a_list_put_aside_is_never_used_again(void **state)
{
	struct nimbl_verifier how = {.level = NIMBL_VERIFY_OWNERS};
	struct stack stack;

	how.actions[NIMBL_N18] = NIMBL_VERIFY_QUARANTINE;
	nimbl_pools_set_checked(false); // so that the test may free the list in the end
	verified(&stack, NIMBL_VERIFY_OWNERS);
	assert_int_equal(nimbl_stack_verify(stack.adapter, &how), 0);
	NET_BUFFER_LIST *nbl = received(&stack, 8);
	nbl->FirstNetBuffer->DataOffset += 14;
	uint32_t before = nimbl_verify_quarantined();
	indicate(&stack, nbl, 1, 0);
	assert_int_equal(nimbl_verify_quarantined(), before + 1);
	assert_int_equal(stack.user->held_count, 0);
	assert_int_equal(stack.mp->returned_count, 0);
	struct nimbl_adapter_info info = stack_query(&stack);
	assert_int_equal(info.counters.lists_indicated, info.counters.lists_returned);
	assert_int_equal(info.counters.drops[NIMBL_DROP_VERIFIER], 1);
	indicate(&stack, nbl, 1, 0); // nobody may
	assert_int_equal(nimbl_violations_count(NIMBL_N03), 1);
	nimbl_nbl_put(&nbl, 1);
	stack_close(&stack);
	nimbl_pools_set_checked(true);
}

static void what_a_violation_asks_for_is_known(void **state)
{
	struct nimbl_verifier how = {.level = NIMBL_VERIFY_OWNERS};
	struct stack stack;

	how.actions[NIMBL_N03] = NIMBL_VERIFY_PAUSE;
	verified(&stack, NIMBL_VERIFY_OWNERS);
	assert_int_equal(nimbl_stack_verify(stack.adapter, &how), 0);
	counts_wrong(&stack);
	assert_int_equal(nimbl_stack_verifier(stack.adapter)->asked, NIMBL_VERIFY_COUNT);
	sends_twice(&stack);
	assert_int_equal(nimbl_stack_verifier(stack.adapter)->asked, NIMBL_VERIFY_PAUSE);
	stack_close(&stack);
}

// A PMD frees what is free already: nobody of ours is asked, and the pool keeps it once.
static void what_a_pmd_frees_twice_is_kept_once(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	assert_string_equal(info.ops, "nimbl_vrf");
	assert_int_equal(info.cache, 0);
	rte_pktmbuf_free(m);
	rte_mempool_put(m->pool, m);
	assert_pool_whole(pool);
	rte_mempool_put(m->pool, &info); // none of its elements
	assert_pool_whole(pool);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_defect_is_found_and_lands_on_who_has_it),
		cmocka_unit_test(every_level_finds_them),
		cmocka_unit_test(what_is_no_defect_is_not_taken_for_one),
		cmocka_unit_test(what_is_sent_back_is_no_defect),
		cmocka_unit_test(what_comes_from_a_stack_that_nobody_verifies_is_no_defect),
		cmocka_unit_test(what_a_pmd_frees_twice_is_kept_once),
		cmocka_unit_test(who_holds_what_is_known),
		cmocka_unit_test(what_is_held_for_too_long_is_found_once),
		cmocka_unit_test(the_last_events_of_a_list_are_told),
		cmocka_unit_test(a_list_put_aside_is_never_used_again),
		cmocka_unit_test(what_a_violation_asks_for_is_known),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
