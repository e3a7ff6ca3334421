// SPDX-License-Identifier: BSD-3-Clause
// What filters do to the way of lists: who gets what, in which state, and what may be given away.
#include "stack_make.h"

#define BOTH (NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED)

static NDIS_HANDLE sender; // pool of what the protocol sends

static void send_some(struct stack *stack, uint32_t count, ULONG flags, NET_BUFFER_LIST **lists)
{
	for (uint32_t i = 0; i < count; i++) {
		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		lists[i]->SourceHandle = stack->binding;
	}
	stack->user->completed = 0;
	test_send(stack->user, lists, count, flags);
}

static void take_completed(struct stack *stack, uint32_t count, NDIS_STATUS status)
{
	assert_int_equal(stack->user->completed, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(stack->user->completions[i].status, status);
		NdisFreeNetBufferList(stack->user->completions[i].nbl);
	}
	stack->user->completed = 0;
}

static void close_all(struct stack *stack)
{
	stack_close(stack);
	assert_pool_whole(sender);
}

// The way of lists

static void lists_go_through_every_filter_and_come_back_through_every_filter(void **state)
{
	NET_BUFFER_LIST *lists[4];
	struct stack stack;

	stack_open(&stack, 3);
	stack_restart(&stack);
	send_some(&stack, 4, NDIS_SEND_FLAGS_DISPATCH_LEVEL, lists);
	assert_int_equal(stack.mp->sent_count, 4);
	assert_int_equal(stack.mp->send_calls, 1);
	assert_int_equal(stack.mp->send_flags, NDIS_SEND_FLAGS_DISPATCH_LEVEL);
	test_miniport_complete(stack.mp, 4, NDIS_STATUS_SEND_ABORTED);
	take_completed(&stack, 4, NDIS_STATUS_SEND_ABORTED);
	test_miniport_indicate(stack.mp, 5, 0, NDIS_RECEIVE_FLAGS_SINGLE_VLAN, NULL);
	assert_int_equal(stack.user->last_count, 5);
	assert_int_equal(stack.user->last_flags, NDIS_RECEIVE_FLAGS_SINGLE_VLAN);
	test_return_held(stack.user);
	assert_int_equal(stack.mp->returned_count, 5);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(stack.f[i]->send_calls, 1);
		assert_int_equal(stack.f[i]->complete_calls, 1);
		assert_int_equal(stack.f[i]->receive_calls, 1);
		assert_int_equal(stack.f[i]->receive_count, 5);
		assert_int_equal(stack.f[i]->return_calls, 1);
	}
	close_all(&stack);
}

static bool same_edges(const struct nimbl_edges *a, const struct nimbl_edges *b)
{
	return a->receive.fn == b->receive.fn && a->receive.context == b->receive.context &&
	       a->complete.fn == b->complete.fn && a->complete.context == b->complete.context &&
	       a->send.fn == b->send.fn && a->send.context == b->send.context &&
	       a->give_back.fn == b->give_back.fn && a->give_back.context == b->give_back.context &&
	       a->cancel.fn == b->cancel.fn && a->cancel.context == b->cancel.context &&
	       a->send_flags == b->send_flags && a->receive_flags == b->receive_flags;
}

// A handler that does not exist is not even passed by: the edges are those of a stack without it.
static void a_filter_without_handlers_costs_nothing(void **state)
{
	struct nimbl_edges adapter, binding;
	NDIS_HANDLE filter;
	struct nimbl_option options[] = {{"handlers", ""}, {NULL, NULL}};
	struct stack stack;

	stack_open(&stack, 0);
	stack_restart(&stack);
	adapter = *nimbl_edges_of(stack.adapter);
	binding = *nimbl_edges_of(stack.binding);
	assert_int_equal(
		nimbl_filter_insert(stack.adapter, 0, "test_filter", "none", options, &filter), 0);
	assert_true(same_edges(&adapter, nimbl_edges_of(stack.adapter)));
	assert_true(same_edges(&binding, nimbl_edges_of(stack.binding)));
	test_miniport_indicate(stack.mp, 1, 0, 0, NULL);
	assert_int_equal(test_filter_of(filter)->receive_calls, 0);
	test_return_held(stack.user);
	close_all(&stack);
}

// Each of the 32 sets of handlers, between two filters that have all.
static void each_handler_is_bypassed_on_its_own(void **state)
{
	static const char letters[] = "scrtx";

	for (unsigned int set = 0; set < 32; set++) {
		char handlers[6] = "";
		NET_BUFFER_LIST *lists[2];
		struct stack stack;
		struct test_filter *middle;

		for (unsigned int i = 0, n = 0; i < 5; i++) {
			if ((set >> i & 1) != 0)
				handlers[n++] = letters[i];
		}
		stack_begin(&stack);
		stack_add(&stack, "low", NULL, NULL);
		middle = stack_add(&stack, "middle", handlers, NULL);
		stack_add(&stack, "high", NULL, NULL);
		stack_bind(&stack);
		stack_restart(&stack);
		send_some(&stack, 2, 0, lists);
		NdisCancelSendNetBufferLists(stack.binding, (PVOID)1);
		test_miniport_complete(stack.mp, 2, NDIS_STATUS_SUCCESS);
		take_completed(&stack, 2, NDIS_STATUS_SUCCESS);
		test_miniport_indicate(stack.mp, 2, 0, 0, NULL);
		test_return_held(stack.user);
		assert_int_equal(middle->send_calls, set & 1);
		assert_int_equal(middle->complete_calls, set >> 1 & 1);
		assert_int_equal(middle->receive_calls, set >> 2 & 1);
		assert_int_equal(middle->return_calls, set >> 3 & 1);
		assert_int_equal(middle->cancels, set >> 4 & 1);
		for (unsigned int i = 0; i < 3; i += 2) {
			assert_int_equal(stack.f[i]->send_calls, 1);
			assert_int_equal(stack.f[i]->complete_calls, 1);
			assert_int_equal(stack.f[i]->receive_calls, 1);
			assert_int_equal(stack.f[i]->return_calls, 1);
			assert_int_equal(stack.f[i]->cancels, 1);
		}
		close_all(&stack);
	}
}

static void lent_lists_pass_and_nobody_returns_them(void **state)
{
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	test_miniport_indicate(stack.mp, 6, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	assert_true(NDIS_TEST_RECEIVE_CANNOT_PEND(stack.user->last_flags));
	stack.f[1]->receives = TEST_FILTER_DROP;
	test_miniport_indicate(stack.mp, 6, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	assert_int_equal(stack.user->indications, 1);
	assert_int_equal(stack.f[0]->return_calls, 0);
	assert_int_equal(stack.mp->returned_count, 0);
	assert_int_equal(stack_dropped(&stack, NIMBL_DROP_FILTERED), 6);
	close_all(&stack);
}

// Own lists

static void what_a_filter_sends_itself_comes_back_to_it(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct stack stack;

	stack_open(&stack, 3);
	stack_restart(&stack);
	send_some(&stack, 3, 0, lists);
	test_filter_originate_send(stack.f[1], 4);
	test_filter_originate_send(stack.f[0], 2);
	assert_int_equal(stack.mp->sent_count, 9);
	assert_int_equal(stack.f[2]->send_calls, 1);
	assert_int_equal(stack.f[0]->send_calls, 2);
	test_miniport_complete(stack.mp, 9, NDIS_STATUS_SUCCESS); // all in one chain
	assert_int_equal(stack.f[0]->own_sent_back, 2);
	assert_int_equal(stack.f[1]->own_sent_back, 4);
	assert_int_equal(stack.f[2]->own_sent_back, 0);
	take_completed(&stack, 3, NDIS_STATUS_SUCCESS);
	close_all(&stack);
}

static void what_a_filter_indicates_itself_comes_back_to_it(void **state)
{
	struct stack stack;

	stack_open(&stack, 3);
	stack_restart(&stack);
	test_miniport_indicate(stack.mp, 3, 0, 0, NULL);
	test_filter_originate_receive(stack.f[1], 4);
	assert_int_equal(stack.user->held_count, 7);
	assert_int_equal(stack.f[0]->receive_calls, 1);
	assert_int_equal(stack.f[2]->receive_calls, 2);
	test_return_held(stack.user); // all in one chain
	assert_int_equal(stack.f[1]->own_returned, 4);
	assert_int_equal(stack.f[2]->own_returned, 0);
	assert_int_equal(stack.mp->returned_count, 3);
	close_all(&stack);
}

static void clones_go_on_and_their_originals_come_back_to_who_sent_them(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	stack.f[0]->sends = stack.f[1]->sends = TEST_FILTER_CLONE;
	stack.f[0]->receives = stack.f[1]->receives = TEST_FILTER_CLONE;
	send_some(&stack, 3, 0, lists);
	assert_int_equal(stack.mp->sent_count, 3);
	assert_ptr_not_equal(stack.mp->sent[0], lists[0]);
	test_miniport_complete(stack.mp, 3, NDIS_STATUS_SEND_ABORTED);
	take_completed(&stack, 3, NDIS_STATUS_SEND_ABORTED);
	test_miniport_indicate(stack.mp, 3, 0, 0, lists);
	assert_ptr_not_equal(stack.user->held[0], lists[0]);
	test_return_held(stack.user);
	assert_int_equal(stack.mp->returned_count, 3);
	close_all(&stack);
}

static void what_a_filter_holds_is_its_own_until_it_passes_it_on(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	stack.f[0]->sends = stack.f[1]->receives = TEST_FILTER_HOLD;
	send_some(&stack, 3, 0, lists);
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	assert_int_equal(stack.mp->sent_count, 0);
	assert_int_equal(stack.user->held_count, 0);
	test_filter_release_sends(stack.f[0]);
	test_filter_release_receives(stack.f[1]);
	assert_int_equal(stack.mp->sent_count, 3);
	assert_int_equal(stack.user->held_count, 5);
	test_miniport_complete(stack.mp, 3, NDIS_STATUS_SUCCESS);
	take_completed(&stack, 3, NDIS_STATUS_SUCCESS);
	test_return_held(stack.user);
	// What it still holds when it is paused goes back.
	send_some(&stack, 3, 0, lists);
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	assert_int_equal(nimbl_binding_pause(stack.binding), 0);
	assert_int_equal(nimbl_filter_pause(stack.f[1]->filter), 0);
	assert_int_equal(stack.mp->returned_count, 10);
	assert_int_equal(nimbl_filter_pause(stack.f[0]->filter), 0);
	take_completed(&stack, 3, NDIS_STATUS_PAUSED);
	close_all(&stack);
}

static void what_a_filter_drops_is_counted_and_goes_back(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct stack stack;

	stack_open(&stack, 2);
	stack_restart(&stack);
	stack.f[1]->sends = stack.f[1]->receives = TEST_FILTER_DROP;
	send_some(&stack, 3, 0, lists);
	take_completed(&stack, 3, NDIS_STATUS_SEND_ABORTED);
	test_miniport_indicate(stack.mp, 5, 0, 0, NULL);
	assert_int_equal(stack.f[0]->return_calls, 1);
	assert_int_equal(stack.mp->returned_count, 5);
	assert_int_equal(stack_dropped(&stack, NIMBL_DROP_FILTERED), 8);
	close_all(&stack);
}

// Giving away

// The flags with which a send reaches the miniport, and a receive the protocol, through one filter.
static void flags_through(const char *handlers, const char *allows, ULONG *send, ULONG *receive)
{
	NET_BUFFER_LIST *lists[1];
	struct stack stack;

	stack_begin(&stack);
	stack_add(&stack, "f", handlers, allows);
	stack_bind(&stack);
	stack_restart(&stack);
	send_some(&stack, 1, BOTH, lists);
	*send = stack.mp->send_flags;
	if ((*send & NIMBL_SEND_FLAGS_HANDOVER) == 0) {
		test_miniport_complete(stack.mp, 1, NDIS_STATUS_SUCCESS);
		take_completed(&stack, 1, NDIS_STATUS_SUCCESS);
	} else { // it is the miniport's now
		nimbl_nbl_put(lists, 1);
		stack.mp->sent_count = 0;
	}
	test_miniport_indicate(stack.mp, 1, 0, BOTH, NULL);
	*receive = stack.user->last_flags;
	test_return_held(stack.user);
	close_all(&stack);
}

static void lists_are_given_away_where_no_filter_wants_them_back(void **state)
{
	static const struct {
		const char *handlers, *allows;
		ULONG send, receive;
	} cases[] = {
		{"", "", BOTH, BOTH},
		{"sr", "", NIMBL_SEND_FLAGS_HANDOVER, NIMBL_SEND_FLAGS_HANDOVER},
		{"sr", "u", BOTH, BOTH},
		{"c", "", 0, BOTH},
		{"t", "", BOTH, 0},
		{"sc", "u", 0, BOTH},
		{"rt", "u", BOTH, 0},
		{"scrtx", "", 0, 0},
		{"scrtx", "u", 0, 0},
		{"scrtx", "h", NIMBL_SEND_FLAGS_HANDOVER, NIMBL_SEND_FLAGS_HANDOVER},
		{"scrtx", "hu", BOTH, BOTH},
		{"c", "h", BOTH, BOTH},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		ULONG send, receive;

		flags_through(cases[i].handlers, cases[i].allows, &send, &receive);
		if (send != cases[i].send || receive != cases[i].receive)
			fail_msg("handlers '%s', allows '%s': %x and %x", cases[i].handlers,
				cases[i].allows, send, receive);
	}
}

static void what_was_given_away_is_brought_home_by_who_drops_it(void **state)
{
	NET_BUFFER_LIST *lists[3];
	struct stack stack;

	stack_begin(&stack);
	stack_add(&stack, "f", NULL, "hu");
	stack_bind(&stack);
	stack_restart(&stack);
	stack.f[0]->sends = TEST_FILTER_DROP;
	send_some(&stack, 3, BOTH, lists);
	assert_int_equal(stack.user->completed, 0);
	assert_pool_whole(sender);
	assert_int_equal(stack_query(&stack).counters.lists_handed, 3);
	assert_int_equal(stack_dropped(&stack, NIMBL_DROP_FILTERED), 3);
	close_all(&stack);
}

// A sender learns at once whether its lists will come back.
static void a_send_says_whether_it_will_complete(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	for (int running = 0; running < 2; running++) {
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(sender, 0, 0);

		stack.user->completed = 0;
		assert_int_equal(
			nimbl_send(stack.binding, nbl, 0, BOTH | NDIS_SEND_FLAGS_DISPATCH_LEVEL),
			NDIS_SEND_FLAGS_DISPATCH_LEVEL);
		if (running)
			test_miniport_complete(stack.mp, 1, NDIS_STATUS_PAUSED);
		take_completed(&stack, 1, NDIS_STATUS_PAUSED);
		if (!running)
			stack_restart(&stack);
	}
	close_all(&stack);
}

// State x event

enum cell_state {
	IN_ATTACHING,
	IN_PAUSED,
	IN_RESTARTING,
	IN_RUNNING,
	IN_PAUSING,
	STATES,
};

enum event {
	SEND_FROM_ABOVE,
	COMPLETE_FROM_BELOW,
	RECEIVE_FROM_BELOW,
	LENT_FROM_BELOW,
	RETURN_FROM_ABOVE,
	OWN_SEND,
	OWN_RECEIVE,
	CANCEL,
	STATUS,
	EVENTS,
};

// handled: the filter's handler was called. passed: the lists reached the other side. refused: they
// came back to who sent them.
enum outcome {
	NOTHING,
	HANDLED,
	HANDLED_AND_PASSED,
	PASSED,
	REFUSED,
	REFUSED_AFTER_ALL, // after the handler had it: nowhere right
};

static const char *const state_names[] = {
	"attaching", "paused", "restarting", "running", "pausing"};
static const char *const event_names[] = {"send from above", "complete from below",
	"receive from below", "lent from below", "return from above", "own send", "own receive",
	"cancel", "status"};

// An attaching module is in no stack: what comes for others does not come to it.
static const enum outcome table[STATES][EVENTS] = {
	[IN_ATTACHING] = {REFUSED, PASSED, REFUSED, REFUSED, PASSED, REFUSED, REFUSED, NOTHING,
		NOTHING},
	[IN_PAUSED] = {REFUSED, HANDLED_AND_PASSED, REFUSED, REFUSED, HANDLED_AND_PASSED, REFUSED,
		REFUSED, HANDLED, HANDLED},
	[IN_RESTARTING] = {REFUSED, HANDLED_AND_PASSED, REFUSED, REFUSED, HANDLED_AND_PASSED,
		REFUSED, REFUSED, HANDLED, HANDLED},
	[IN_RUNNING] = {HANDLED_AND_PASSED, HANDLED_AND_PASSED, HANDLED_AND_PASSED,
		HANDLED_AND_PASSED, HANDLED_AND_PASSED, PASSED, PASSED, HANDLED, HANDLED},
	[IN_PAUSING] = {REFUSED, HANDLED_AND_PASSED, REFUSED, REFUSED, HANDLED_AND_PASSED, REFUSED,
		REFUSED, HANDLED, HANDLED},
};

static struct {
	struct stack stack;
	enum event event;
	NET_BUFFER_LIST *sent[2]; // at the miniport since the stack ran
	bool done;
} cell;

static enum outcome outcome_of(bool handled, bool passed, bool refused)
{
	assert_false(passed && refused);
	if (refused)
		return handled ? REFUSED_AFTER_ALL : REFUSED;
	return handled && passed ? HANDLED_AND_PASSED
	       : handled         ? HANDLED
	       : passed          ? PASSED
				 : NOTHING;
}

static enum outcome send_event(struct test_filter *self)
{
	struct stack *stack = &cell.stack;
	NET_BUFFER_LIST *lists[2];
	uint32_t calls = self->send_calls, before = stack->mp->sent_count;

	send_some(stack, 2, 0, lists);
	bool passed = stack->mp->sent_count == before + 2;
	bool refused = stack->user->completed == 2;
	if (passed)
		test_miniport_complete(stack->mp, 2, NDIS_STATUS_PAUSED);
	take_completed(stack, 2, NDIS_STATUS_PAUSED);
	return outcome_of(self->send_calls > calls, passed, refused);
}

static enum outcome complete_event(struct test_filter *self)
{
	struct stack *stack = &cell.stack;
	uint32_t calls = self->complete_calls;

	stack->user->completed = 0;
	if (stack->mp->sent_count > 0)
		test_miniport_complete(stack->mp, 2, NDIS_STATUS_SUCCESS);
	bool passed = stack->user->completed == 2;
	take_completed(stack, 2, NDIS_STATUS_SUCCESS);
	return outcome_of(self->complete_calls > calls, passed, false);
}

static enum outcome receive_event(struct test_filter *self, ULONG flags)
{
	struct stack *stack = &cell.stack;
	uint32_t calls = self->receive_calls, indications = stack->user->indications;
	uint32_t returned = stack->mp->returned_count;

	test_miniport_indicate(stack->mp, 2, 0, flags, NULL);
	bool passed = stack->user->indications > indications;
	bool refused = flags != 0 ? !passed : stack->mp->returned_count == returned + 2;
	if (flags != 0) // never: they were lent
		assert_int_equal(stack->mp->returned_count, returned);
	for (; stack->user->held_count > 2; stack->user->held_count -= 2)
		NdisReturnNetBufferLists(stack->binding, test_chain(&stack->user->held[2], 2), 0);
	return outcome_of(self->receive_calls > calls, passed, refused);
}

static enum outcome return_event(struct test_filter *self)
{
	struct stack *stack = &cell.stack;
	uint32_t calls = self->return_calls, returned = stack->mp->returned_count;

	test_return_held(stack->user);
	return outcome_of(
		self->return_calls > calls, stack->mp->returned_count == returned + 2, false);
}

static enum outcome own_send_event(struct test_filter *self)
{
	struct stack *stack = &cell.stack;
	uint32_t before = stack->mp->sent_count, calls = self->send_calls;

	test_filter_originate_send(self, 2);
	bool passed = stack->mp->sent_count == before + 2;
	if (passed)
		test_miniport_complete(stack->mp, 2, NDIS_STATUS_SUCCESS);
	// While attaching they go to their pool, and the filter is not told.
	bool refused = !passed && (self->own_sent_back == 2 || self->attach_only);
	self->own_out = 0;
	return outcome_of(self->send_calls > calls, passed, refused);
}

static enum outcome own_receive_event(struct test_filter *self)
{
	struct stack *stack = &cell.stack;
	uint32_t before = stack->user->held_count;

	test_filter_originate_receive(self, 2);
	bool passed = stack->user->held_count == before + 2;
	if (passed) {
		NdisReturnNetBufferLists(
			stack->binding, test_chain(&stack->user->held[before], 2), 0);
		stack->user->held_count = before;
	}
	bool refused = !passed && (self->own_returned == 2 || self->attach_only);
	self->own_out = 0;
	return outcome_of(false, passed, refused);
}

static enum outcome event_make(struct test_filter *self)
{
	struct stack *stack = &cell.stack;
	uint32_t before;

	switch (cell.event) {
	case SEND_FROM_ABOVE:
		return send_event(self);
	case COMPLETE_FROM_BELOW:
		return complete_event(self);
	case RECEIVE_FROM_BELOW:
		return receive_event(self, 0);
	case LENT_FROM_BELOW:
		return receive_event(self, NDIS_RECEIVE_FLAGS_RESOURCES);
	case RETURN_FROM_ABOVE:
		return return_event(self);
	case OWN_SEND:
		return own_send_event(self);
	case OWN_RECEIVE:
		return own_receive_event(self);
	case CANCEL:
		before = self->cancels;
		NdisCancelSendNetBufferLists(stack->binding, (PVOID)7);
		return outcome_of(self->cancels > before, false, false);
	default:
		before = self->statuses;
		test_miniport_link(stack->mp, true, TEST_MINIPORT_BPS);
		return outcome_of(self->statuses > before, false, false);
	}
}

static void cell_check(struct test_filter *self, enum cell_state state)
{
	enum outcome is = event_make(self), wanted = table[state][cell.event];

	if (is != wanted)
		fail_msg("%s in %s: outcome %d instead of %d", event_names[cell.event],
			state_names[state], is, wanted);
	cell.done = true;
}

static void check_attaching(struct test_filter *self)
{
	cell_check(self, IN_ATTACHING);
}

static void check_restarting(struct test_filter *self)
{
	cell_check(self, IN_RESTARTING);
}

static void check_pausing(struct test_filter *self)
{
	cell_check(self, IN_PAUSING);
}

static void born(struct test_filter *self)
{
	self->in_attach = check_attaching;
}

// Two lists at the miniport and two at the protocol, from when the stack ran.
static void leave_something_out(struct stack *stack)
{
	NET_BUFFER_LIST *lists[2];

	stack_restart(stack);
	send_some(stack, 2, 0, lists);
	test_miniport_indicate(stack->mp, 2, 0, 0, NULL);
}

static void bring_all_back(struct stack *stack)
{
	stack->user->completed = 0;
	if (stack->mp->sent_count > 0) {
		test_miniport_complete(stack->mp, stack->mp->sent_count, NDIS_STATUS_SUCCESS);
		take_completed(stack, 2, NDIS_STATUS_SUCCESS);
	}
	test_return_held(stack->user);
}

static void one_cell(enum cell_state state, enum event event)
{
	struct stack *stack = &cell.stack;

	cell.event = event;
	cell.done = false;
	stack_open(stack, state == IN_ATTACHING ? 0 : 1);
	leave_something_out(stack);
	switch (state) {
	case IN_ATTACHING:
		stack_pause(stack);
		test_filter_born = born;
		stack_add(stack, "new", NULL, NULL);
		test_filter_born = NULL;
		break;
	case IN_PAUSED: // with all others running, as far as that goes
		assert_int_equal(nimbl_filter_pause(stack->f[0]->filter), 0);
		cell_check(stack->f[0], state);
		break;
	case IN_RESTARTING:
		assert_int_equal(nimbl_filter_pause(stack->f[0]->filter), 0);
		stack->f[0]->in_restart = check_restarting;
		assert_int_equal(nimbl_filter_restart(stack->f[0]->filter), 0);
		break;
	case IN_RUNNING:
		cell_check(stack->f[0], state);
		break;
	default:
		stack->f[0]->in_pause = check_pausing;
		assert_int_equal(nimbl_filter_pause(stack->f[0]->filter), 0);
	}
	assert_true(cell.done);
	bring_all_back(stack);
	close_all(stack);
}

static void every_state_answers_every_event_as_the_table_says(void **state)
{
	for (enum cell_state s = IN_ATTACHING; s < STATES; s++) {
		for (enum event e = SEND_FROM_ABOVE; e < EVENTS; e++)
			one_cell(s, e);
	}
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
		cmocka_unit_test(lists_go_through_every_filter_and_come_back_through_every_filter),
		cmocka_unit_test(a_filter_without_handlers_costs_nothing),
		cmocka_unit_test(each_handler_is_bypassed_on_its_own),
		cmocka_unit_test(lent_lists_pass_and_nobody_returns_them),
		cmocka_unit_test(what_a_filter_sends_itself_comes_back_to_it),
		cmocka_unit_test(what_a_filter_indicates_itself_comes_back_to_it),
		cmocka_unit_test(clones_go_on_and_their_originals_come_back_to_who_sent_them),
		cmocka_unit_test(what_a_filter_holds_is_its_own_until_it_passes_it_on),
		cmocka_unit_test(what_a_filter_drops_is_counted_and_goes_back),
		cmocka_unit_test(lists_are_given_away_where_no_filter_wants_them_back),
		cmocka_unit_test(what_was_given_away_is_brought_home_by_who_drops_it),
		cmocka_unit_test(a_send_says_whether_it_will_complete),
		cmocka_unit_test(every_state_answers_every_event_as_the_table_says),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
