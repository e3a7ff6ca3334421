// SPDX-License-Identifier: BSD-3-Clause
// Wrappers on the edges of a stack: who gives, who takes, in which order, and nothing left afterwards.
#include <errno.h>

#include "nimbl_wrap.h"
#include "stack_make.h"

#define CALLS_MAX 64

struct call {
	char what; // receive, send, complete, return: r s c t, as the letters of a test filter; x cancel
	char wrapper;
	const struct nimbl_module *from, *to;
	enum nimbl_state state; // of who gives
};

static struct call calls[CALLS_MAX];
static unsigned int call_count;

static void note(char what, const struct nimbl_wrap *wrap, const struct nimbl_module *to)
{
	if (call_count == CALLS_MAX)
		abort();
	calls[call_count++] =
		(struct call){what, *(const char *)wrap->state, wrap->from, to, *wrap->from->state};
}

static VOID note_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;

	note('r', wrap, wrap->receive);
	wrap->inner.receive.fn(wrap->inner.receive.context, chain, port, count, flags);
}

static VOID note_send(
	NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;

	note('s', wrap, wrap->send);
	wrap->inner.send.fn(wrap->inner.send.context, chain, port, flags);
}

static VOID note_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;

	note('c', wrap, wrap->complete);
	wrap->inner.complete.fn(wrap->inner.complete.context, chain, flags);
}

static VOID note_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;

	note('t', wrap, wrap->give_back);
	wrap->inner.give_back.fn(wrap->inner.give_back.context, chain, flags);
}

static VOID note_cancel(NDIS_HANDLE context, PVOID cancel_id)
{
	const struct nimbl_wrap *wrap = context;

	note('x', wrap, NULL);
	wrap->inner.cancel.fn(wrap->inner.cancel.context, cancel_id);
}

#define NOTES                                                                  \
	.receive = note_receive, .send = note_send, .complete = note_complete, \
	.give_back = note_return, .cancel = note_cancel

static const struct nimbl_wrapper first = {.name = "first", .order = 1, NOTES};
static const struct nimbl_wrapper second = {.name = "second", .order = 2, NOTES};
static const struct nimbl_wrapper receives = {
	.name = "receives", .order = 3, .receive = note_receive};
static char a[] = "a", b[] = "b";

static void assert_call(unsigned int i, char what, const void *from, const void *to)
{
	assert_int_equal(calls[i].what, what);
	assert_ptr_equal(calls[i].from, from);
	assert_ptr_equal(calls[i].to, to);
}

static bool same_edges(const struct nimbl_edges *x, const struct nimbl_edges *y)
{
	return x->receive.fn == y->receive.fn && x->receive.context == y->receive.context &&
	       x->complete.fn == y->complete.fn && x->complete.context == y->complete.context &&
	       x->send.fn == y->send.fn && x->send.context == y->send.context &&
	       x->give_back.fn == y->give_back.fn && x->give_back.context == y->give_back.context &&
	       x->cancel.fn == y->cancel.fn && x->cancel.context == y->cancel.context &&
	       x->send_flags == y->send_flags && x->receive_flags == y->receive_flags;
}

// One list up and back, one down and back.
static void exercise(struct stack *stack, NDIS_HANDLE pool)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	call_count = 0;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	test_return_held(stack->user);
	nbl->SourceHandle = stack->binding;
	stack->user->completed = 0;
	test_send(stack->user, &nbl, 1, 0);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->completed, 1);
	NdisFreeNetBufferList(nbl);
}

static void each_hand_off_is_seen_with_both_its_ends(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &first, a), 0);
	exercise(&stack, pool);
	NdisCancelSendNetBufferLists(stack.binding, (PVOID)1);
	const void *adapter = stack.adapter, *filter = stack.f[0]->filter, *top = stack.binding;
	assert_int_equal(call_count, 10);
	assert_call(0, 'r', adapter, filter);
	assert_call(1, 'r', filter, top);
	assert_call(2, 't', top, filter);
	assert_call(3, 't', filter, adapter);
	assert_call(4, 's', top, filter);
	assert_call(5, 's', filter, adapter);
	assert_call(6, 'c', adapter, filter);
	assert_call(7, 'c', filter, top);
	assert_call(8, 'x', top, NULL);
	assert_call(9, 'x', filter, NULL);
	assert_int_equal(calls[0].state, NIMBL_RUNNING);
	stack_close(&stack);
	close_whole(pool);
}

static void an_edge_that_passes_a_filter_by_ends_at_who_takes(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	struct stack stack;

	stack_begin(&stack);
	stack_add(&stack, "bare", "", NULL);
	stack_bind(&stack);
	stack_restart(&stack);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &first, a), 0);
	exercise(&stack, pool);
	assert_int_equal(call_count, 4);
	assert_call(0, 'r', stack.adapter, stack.binding);
	assert_call(1, 't', stack.binding, stack.adapter);
	assert_call(2, 's', stack.binding, stack.adapter);
	assert_call(3, 'c', stack.adapter, stack.binding);
	stack_close(&stack);
	close_whole(pool);
}

static void of_several_the_lowest_is_called_first(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	struct stack stack;

	stack_open(&stack, 0);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &second, b), 0);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &first, a), 0);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &first, a), -EEXIST);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &receives, b), 0);
	stack_restart(&stack);
	exercise(&stack, pool);
	assert_int_equal(call_count, 9);
	for (unsigned int i = 0; i < call_count; i++)
		assert_int_equal(calls[i].wrapper, i == 0 ? 'a' : i < 3 ? 'b' : i % 2 ? 'a' : 'b');
	stack_close(&stack);
	close_whole(pool);
}

static void without_a_wrapper_the_edges_are_what_they_were(void **state)
{
	struct nimbl_edges adapter, filter, binding;
	struct stack stack;

	stack_open(&stack, 1);
	stack_restart(&stack);
	adapter = *nimbl_edges_of(stack.adapter);
	filter = *nimbl_edges_of(stack.f[0]->filter);
	binding = *nimbl_edges_of(stack.binding);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &first, a), 0);
	assert_false(same_edges(&adapter, nimbl_edges_of(stack.adapter)));
	assert_int_equal(nimbl_stack_unwrap(stack.adapter, &first), 0);
	assert_true(same_edges(&adapter, nimbl_edges_of(stack.adapter)));
	assert_true(same_edges(&filter, nimbl_edges_of(stack.f[0]->filter)));
	assert_true(same_edges(&binding, nimbl_edges_of(stack.binding)));
	assert_int_equal(nimbl_stack_unwrap(stack.adapter, &first), -ENOENT);
	assert_int_equal(filter_state(&stack, 0), NIMBL_RUNNING);
	stack_close(&stack);
}

// What a paused module gives is seen as such; who refuses it takes it and gives it back.
static void who_does_not_run_is_known(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 256, 0);
	struct stack stack;
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	stack_open(&stack, 1);
	assert_int_equal(nimbl_stack_wrap(stack.adapter, &first, a), 0);
	call_count = 0;
	test_send(stack.user, &nbl, 1, 0);
	assert_int_equal(stack.user->completed, 1);
	assert_int_equal(call_count, 2);
	assert_call(0, 's', stack.binding, stack.f[0]->filter);
	assert_int_equal(calls[0].state, NIMBL_PAUSED);
	assert_call(1, 'c', stack.f[0]->filter, stack.binding);
	NdisFreeNetBufferList(nbl);
	stack_close(&stack);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hand_off_is_seen_with_both_its_ends),
		cmocka_unit_test(an_edge_that_passes_a_filter_by_ends_at_who_takes),
		cmocka_unit_test(of_several_the_lowest_is_called_first),
		cmocka_unit_test(without_a_wrapper_the_edges_are_what_they_were),
		cmocka_unit_test(who_does_not_run_is_known),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
