// SPDX-License-Identifier: BSD-3-Clause
// Books that are kept for drivers which keep none: whatever a plain miniport, filter or protocol does with
// lists, at each pause all frames are accounted for.
#include "stack_make.h"

#include "nimbl_engine.h"

static NDIS_HANDLE sender; // pool of what the protocol makes

static void plain_open(struct stack *stack, unsigned int filters)
{
	static const struct nimbl_option plain[] = {{"plain", "yes"}, {NULL, NULL}};
	static const char *const names[] = {"f0", "f1", "f2"};

	*stack = (struct stack){.count = 0};
	assert_int_equal(nimbl_adapter_open("test_miniport", "a", plain, &stack->adapter), 0);
	stack->mp = nimbl_adapter_context(stack->adapter);
	for (unsigned int i = 0; i < filters; i++)
		stack_add(stack, names[i], NULL, "p");
	assert_int_equal(
		nimbl_binding_open("test_plain", stack->adapter, NULL, &stack->binding), 0);
	stack->user = test_binding_of(stack->binding);
	stack_restart(stack);
}

static struct nimbl_counters counters_of(const struct stack *stack)
{
	return stack_query(stack).counters;
}

// The engine's own judge. Returns what is in flight.
static int64_t judge(const struct stack *stack, bool at_rest)
{
	static struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;

	memset(&snapshot, 0, sizeof(snapshot));
	snapshot.port_count = 1;
	snapshot.ports[0].counters = counters_of(stack);
	nimbl_ledger_compute(&snapshot, at_rest, &ledger);
	if (!ledger.balanced)
		fail_msg("%s", ledger.why);
	return ledger.in_flight;
}

// What was completed goes home: own lists to their pool, received ones to where they came from.
static void take_completed(struct stack *stack)
{
	for (uint32_t i = 0; i < stack->user->completed; i++) {
		NET_BUFFER_LIST *nbl = stack->user->completions[i].nbl;

		NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
		if (nbl->SourceHandle == stack->binding)
			NdisFreeNetBufferList(nbl);
		else
			NdisReturnNetBufferLists(stack->binding, nbl, 0);
	}
	stack->user->completed = 0;
}

static void settle(struct stack *stack)
{
	if (stack->mp->sent_count > 0)
		test_miniport_complete(stack->mp, stack->mp->sent_count, NDIS_STATUS_SUCCESS);
	take_completed(stack);
	test_return_held(stack->user);
}

static void close_all(struct stack *stack)
{
	settle(stack);
	stack_pause(stack);
	judge(stack, true);
	nimbl_binding_close(stack->binding);
	judge(stack, true); // what was counted for the binding stays
	nimbl_adapter_close(stack->adapter);
	assert_pool_whole(sender);
}

static void send_own(struct stack *stack, uint32_t count)
{
	NET_BUFFER_LIST *lists[64];

	for (uint32_t i = 0; i < count; i++) {
		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);
		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		lists[i]->SourceHandle = stack->binding;
	}
	test_send(stack->user, lists, count, 0);
}

// Send what a miniport indicated, as it is; it is returned once it is complete. What a filter of this stack
// made must not come to it as sent by somebody else: that goes back.
static void forward_held(struct stack *stack)
{
	NET_BUFFER_LIST *forwarded[TEST_MINIPORT_LISTS];
	uint32_t count = 0, rest = 0;

	for (uint32_t i = 0; i < stack->user->held_count; i++) {
		NET_BUFFER_LIST *nbl = stack->user->held[i];

		if (nimbl_object_is(nbl->SourceHandle, NIMBL_OBJECT_ADAPTER))
			forwarded[count++] = nbl;
		else
			stack->user->held[rest++] = nbl;
	}
	stack->user->held_count = rest;
	test_return_held(stack->user);
	if (count > 0)
		test_send(stack->user, forwarded, count, 0);
}

static void a_miniport_that_counts_nothing_is_counted(void **state)
{
	struct nimbl_counters c;
	struct stack stack;

	plain_open(&stack, 0);
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	test_miniport_indicate(stack.mp, 2, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	send_own(&stack, 7);
	assert_int_equal(judge(&stack, false), 5 + 7);
	test_miniport_complete(stack.mp, 3, NDIS_STATUS_SUCCESS);
	test_miniport_complete(stack.mp, 4, NDIS_STATUS_RESOURCES);
	c = counters_of(&stack);
	assert_int_equal(c.rx_frames, 7);
	assert_int_equal(c.rx_bytes, 7 * 60);
	assert_int_equal(c.tx_frames, 3);
	assert_int_equal(c.tx_bytes, 3 * 60);
	assert_int_equal(c.drops[NIMBL_DROP_TX_FAILED], 4);
	assert_int_equal(c.lists_sent, 7);
	assert_int_equal(c.lists_completed, 7);
	assert_int_equal(c.born, 7);
	assert_int_equal(c.consumed, 2); // those lent
	close_all(&stack);
}

// Who completes all that it gets must not get what nobody expects back.
static void nothing_is_given_for_good_to_who_does_not_know_of_it(void **state)
{
	struct stack stack;
	NET_BUFFER_LIST *lists[1];

	plain_open(&stack, 0);
	lists[0] = NdisAllocateNetBufferList(sender, 0, 0);
	lists[0]->SourceHandle = stack.binding;
	test_send(stack.user, lists, 1, NIMBL_SEND_FLAGS_HANDOVER);
	assert_int_equal(stack.mp->send_flags & NIMBL_SEND_FLAGS_HANDOVER, 0);
	close_all(&stack);
	stack_begin(&stack);
	stack_add(&stack, "half", "s", "p"); // it may complete, without a handler for completions
	stack_bind(&stack);
	stack_restart(&stack);
	lists[0] = NdisAllocateNetBufferList(sender, 0, 0);
	lists[0]->SourceHandle = stack.binding;
	test_send(stack.user, lists, 1, NIMBL_SEND_FLAGS_HANDOVER);
	assert_int_equal(stack.f[0]->send_flags & NIMBL_SEND_FLAGS_HANDOVER, 0);
	test_miniport_complete(stack.mp, 1, NDIS_STATUS_SUCCESS);
	NdisFreeNetBufferList(stack.user->completions[0].nbl);
	stack_close(&stack);
	assert_pool_whole(sender);
}

static void what_a_protocol_returns_without_sending_it_took(void **state)
{
	struct nimbl_counters c;
	struct stack stack;

	plain_open(&stack, 0);
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	test_return_held(stack.user);
	test_miniport_indicate(stack.mp, 3, 0, 0, NULL);
	forward_held(&stack);
	assert_int_equal(judge(&stack, false), 3);
	settle(&stack);
	c = counters_of(&stack);
	assert_int_equal(c.consumed, 5);
	assert_int_equal(c.tx_frames, 3);
	assert_int_equal(c.born, 0);
	close_all(&stack);
}

// Between two adapters: what one binding received the other one sends.
static void what_goes_from_one_adapter_to_another_is_nobody_s(void **state)
{
	struct stack a, b;

	plain_open(&a, 1);
	plain_open(&b, 1);
	test_miniport_indicate(a.mp, 4, 0, 0, NULL);
	memcpy(b.user->held, a.user->held, 4 * sizeof(a.user->held[0]));
	b.user->held_count = 4;
	a.user->held_count = 0;
	forward_held(&b);
	test_miniport_complete(b.mp, 4, NDIS_STATUS_SUCCESS);
	for (uint32_t i = 0; i < 4; i++) {
		NET_BUFFER_LIST_NEXT_NBL(b.user->completions[i].nbl) = NULL;
		NdisReturnNetBufferLists(a.binding, b.user->completions[i].nbl, 0);
	}
	b.user->completed = 0;
	assert_int_equal(counters_of(&a).rx_frames, 4);
	assert_int_equal(counters_of(&b).tx_frames, 4);
	assert_int_equal(counters_of(&a).consumed + counters_of(&b).consumed, 0);
	assert_int_equal(counters_of(&a).born + counters_of(&b).born, 0);
	stack_close(&a);
	stack_close(&b);
}

static void what_a_filter_ends_is_dropped_and_what_it_makes_is_born(void **state)
{
	struct nimbl_counters c;
	struct stack stack;

	plain_open(&stack, 2);
	stack.f[0]->sends = stack.f[0]->receives = TEST_FILTER_END;
	stack.f[0]->end_status = NDIS_STATUS_FAILURE;
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	test_miniport_indicate(stack.mp, 2, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	send_own(&stack, 3);
	assert_int_equal(counters_of(&stack).drops[NIMBL_DROP_FILTERED], 10);
	stack.f[0]->end_status = NDIS_STATUS_SUCCESS;
	send_own(&stack, 4);
	c = counters_of(&stack);
	assert_int_equal(c.drops[NIMBL_DROP_FILTERED], 10);
	assert_int_equal(c.consumed, 4); // it says that they are sent
	assert_int_equal(c.born, 7);
	stack.f[0]->sends = stack.f[0]->receives = TEST_FILTER_PASS;
	test_filter_originate_send(stack.f[1], 6);
	test_filter_originate_receive(stack.f[1], 2);
	assert_int_equal(counters_of(&stack).born, 7 + 8);
	assert_int_equal(judge(&stack, false), 8);
	settle(&stack);
	assert_int_equal(counters_of(&stack).tx_frames, 6);
	assert_int_equal(counters_of(&stack).consumed, 4 + 2);
	close_all(&stack);
}

// A drop that a filter counts under its own reason is not counted a second time.
static void what_a_filter_counts_itself_counts_once(void **state)
{
	struct nimbl_counters c;
	struct stack stack;

	plain_open(&stack, 1);
	stack.f[0]->sends = stack.f[0]->receives = TEST_FILTER_DROP;
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	test_miniport_indicate(stack.mp, 2, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	send_own(&stack, 3);
	c = counters_of(&stack);
	assert_int_equal(c.drops[NIMBL_DROP_FILTERED], 10);
	assert_int_equal(c.consumed, 0);
	close_all(&stack);
}

static void a_clone_takes_the_place_of_its_original(void **state)
{
	struct nimbl_counters c;
	struct stack stack;

	plain_open(&stack, 2);
	stack.f[1]->sends = stack.f[0]->receives = TEST_FILTER_CLONE;
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	send_own(&stack, 4);
	settle(&stack);
	c = counters_of(&stack);
	assert_int_equal(nimbl_counters_dropped(&c), 0);
	assert_int_equal(c.born, 4 + 4 + 5);
	assert_int_equal(c.consumed, 4 + 5 + 5); // originals, and what the protocol received
	assert_int_equal(c.tx_frames, 4);
	close_all(&stack);
}

static void what_is_refused_is_dropped_once(void **state)
{
	struct nimbl_counters c;
	struct stack stack;

	plain_open(&stack, 1);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	test_miniport_indicate(stack.mp, 3, 0, 0, NULL);
	test_miniport_indicate(stack.mp, 2, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	send_own(&stack, 4);
	take_completed(&stack);
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), 0);
	test_miniport_indicate(stack.mp, 1, 0, 0, NULL);
	assert_int_equal(nimbl_adapter_pause(stack.adapter), 0);
	send_own(&stack, 1);
	take_completed(&stack);
	c = counters_of(&stack);
	assert_int_equal(c.drops[NIMBL_DROP_RX_PAUSED], 6);
	assert_int_equal(c.drops[NIMBL_DROP_TX_PAUSED], 5);
	assert_int_equal(nimbl_counters_dropped(&c), 11);
	assert_int_equal(c.consumed, 0);
	stack_restart(&stack);
	close_all(&stack);
}

// Books of a filter that leaves are kept in the adapter's.
static void what_a_filter_did_stays_when_it_is_gone(void **state)
{
	struct stack stack;

	plain_open(&stack, 1);
	stack.f[0]->receives = TEST_FILTER_END;
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	assert_int_equal(nimbl_filter_remove(stack.f[0]->filter), 0);
	stack.count = 0;
	assert_int_equal(counters_of(&stack).drops[NIMBL_DROP_FILTERED], 5);
	close_all(&stack);
}

// Stacks of drivers that keep their own books have the very edges that they had.
static void who_keeps_his_own_books_is_not_counted(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	assert_ptr_equal(nimbl_edges_of(stack.adapter)->receive.context, stack.f[0]);
	assert_ptr_equal(nimbl_edges_of(stack.binding)->send.context, stack.f[0]);
	stack_close(&stack);
	plain_open(&stack, 1);
	assert_ptr_not_equal(nimbl_edges_of(stack.adapter)->receive.context, stack.f[0]);
	close_all(&stack);
}

static uint32_t next_random(uint32_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	return *random;
}

static void filter_does_something(struct test_filter *f, uint32_t random)
{
	static const enum test_filter_mode modes[] = {TEST_FILTER_PASS, TEST_FILTER_PASS,
		TEST_FILTER_HOLD, TEST_FILTER_DROP, TEST_FILTER_END, TEST_FILTER_CLONE};

	switch (random % 6) {
	case 0:
		f->sends = modes[random / 6 % RTE_DIM(modes)];
		break;
	case 1:
		f->receives = modes[random / 6 % RTE_DIM(modes)];
		break;
	case 2:
		test_filter_originate_send(f, random / 6 % 4 + 1);
		break;
	case 3:
		test_filter_originate_receive(f, random / 6 % 4 + 1);
		break;
	case 4:
		test_filter_release_sends(f);
		test_filter_release_receives(f);
		break;
	default:
		f->end_status = random / 6 % 2 == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
	}
}

static void something_happens(struct stack *stack, uint32_t *random)
{
	uint32_t what = next_random(random) % 8, count = next_random(random) % 6 + 1;

	switch (what) {
	case 0:
		test_miniport_indicate(stack->mp, count, 0, 0, NULL);
		break;
	case 1:
		test_miniport_indicate(stack->mp, count, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
		break;
	case 2:
		send_own(stack, count);
		break;
	case 3:
		forward_held(stack);
		break;
	case 4:
		test_return_held(stack->user);
		break;
	case 5:
		count = RTE_MIN(count, stack->mp->sent_count);
		if (count > 0)
			test_miniport_complete(stack->mp, count,
				next_random(random) % 2 == 0 ? NDIS_STATUS_SUCCESS
							     : NDIS_STATUS_RESOURCES);
		take_completed(stack);
		break;
	default:
		filter_does_something(
			stack->f[next_random(random) % stack->count], next_random(random));
	}
}

// The highest filter waits for its lists, and those below it may hold them. What they keep from others is
// left to their pauses.
static void pause_all(struct stack *stack)
{
	for (unsigned int i = 0; i < stack->count; i++) {
		stack->f[i]->sends = stack->f[i]->receives = TEST_FILTER_PASS;
		if (i + 1 == stack->count)
			break;
		test_filter_release_sends(stack->f[i]);
		test_filter_release_receives(stack->f[i]);
	}
	for (unsigned int round = 0; round < 4; round++)
		settle(stack);
	stack_pause(stack);
	take_completed(stack);
}

// Programs of 300 steps; nothing is below zero meanwhile, and at each pause nothing is left in between.
static void random_programs_balance_at_each_pause(void **state)
{
	for (uint32_t seed = 1; seed <= 100; seed++) {
		uint32_t random = seed * 2654435761u;
		struct stack stack;

		plain_open(&stack, 3);
		for (unsigned int step = 0; step < 300; step++) {
			something_happens(&stack, &random);
			judge(&stack, false);
			if (step % 20 != 19)
				continue;
			pause_all(&stack);
			judge(&stack, true);
			stack_restart(&stack);
		}
		pause_all(&stack);
		close_all(&stack);
	}
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	sender = list_pool(TRUE, 256, 0);
	return sender != NULL ? 0 : -1;
}

static int stop(void **state)
{
	close_whole(sender);
	return stack_tests_stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_miniport_that_counts_nothing_is_counted),
		cmocka_unit_test(nothing_is_given_for_good_to_who_does_not_know_of_it),
		cmocka_unit_test(what_a_protocol_returns_without_sending_it_took),
		cmocka_unit_test(what_goes_from_one_adapter_to_another_is_nobody_s),
		cmocka_unit_test(what_a_filter_ends_is_dropped_and_what_it_makes_is_born),
		cmocka_unit_test(what_a_filter_counts_itself_counts_once),
		cmocka_unit_test(a_clone_takes_the_place_of_its_original),
		cmocka_unit_test(what_is_refused_is_dropped_once),
		cmocka_unit_test(what_a_filter_did_stays_when_it_is_gone),
		cmocka_unit_test(who_keeps_his_own_books_is_not_counted),
		cmocka_unit_test(random_programs_balance_at_each_pause),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
