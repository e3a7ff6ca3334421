// SPDX-License-Identifier: BSD-3-Clause
// Chains and queues of lists against an array that holds the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ndis.h>
#include <ndis/ndl/nblqueue.h>

#include "random.h"

#define LISTS 64

static NET_BUFFER_LIST lists[LISTS];

// Link `count` lists from `first` on.
static NET_BUFFER_LIST *chain_of(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		lists[first + i].Next = i + 1 < count ? &lists[first + i + 1] : NULL;
	return count > 0 ? &lists[first] : NULL;
}

static void chain_is(const NET_BUFFER_LIST *chain, NET_BUFFER_LIST *const *model, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++, chain = chain->Next)
		assert_ptr_equal(chain, model[i]);
	assert_null(chain);
}

static void chains_are_counted(void **state)
{
	NET_BUFFER buffers[3] = {{.DataLength = 100}, {.DataLength = 20}, {.DataLength = 3}};
	SIZE_T count = 0;

	buffers[0].Next = &buffers[1];
	lists[0].FirstNetBuffer = &buffers[0];
	lists[1].FirstNetBuffer = NULL;
	lists[2].FirstNetBuffer = &buffers[2];
	NET_BUFFER_LIST *chain = chain_of(0, 3);
	assert_int_equal(NdisNumNblsInNblChain(NULL), 0);
	assert_int_equal(NdisNumNblsInNblChain(chain), 3);
	assert_int_equal(NdisNumNbsInNbChain(NULL), 0);
	assert_int_equal(NdisNumNbsInNbChain(buffers), 2);
	assert_int_equal(NdisNumNbsInNblChain(chain), 3);
	assert_int_equal(NdisNumDataBytesInNbChain(buffers), 120);
	assert_int_equal(NdisNumDataBytesInNblChain(chain), 123);
	assert_ptr_equal(NdisLastNblInNblChain(chain), &lists[2]);
	assert_ptr_equal(NdisLastNblInNblChainWithCount(chain, &count), &lists[2]);
	assert_int_equal(count, 3);
	assert_ptr_equal(NdisLastNbInNbChain(buffers), &buffers[1]);
	assert_ptr_equal(NdisLastNbInNbChainWithCount(buffers, &count), &buffers[1]);
	assert_int_equal(count, 2);
	NdisSetStatusInNblChain(chain, NDIS_STATUS_PAUSED);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(lists[i].Status, NDIS_STATUS_PAUSED);
	memset(lists, 0, sizeof(lists));
}

static void bytes_of_long_chains_do_not_overflow(void **state)
{
	NET_BUFFER buffers[3] = {
		{.DataLength = UINT32_MAX}, {.DataLength = UINT32_MAX}, {.DataLength = 2}};

	buffers[0].Next = &buffers[1];
	buffers[1].Next = &buffers[2];
	assert_int_equal(NdisNumDataBytesInNbChain(buffers), UINT64_C(2) * UINT32_MAX + 2);
}

// What a random program did so far: the queue, and what it must hold.
struct program {
	uint64_t random;
	NBL_COUNTED_QUEUE queue;
	NET_BUFFER_LIST *model[LISTS];
	uint32_t held;
	uint32_t used; // lists that were appended since the queue was empty
};

static void append(struct program *program)
{
	uint32_t count = 1 + random_below(&program->random, 5);

	if (program->used + count > LISTS)
		return;
	NET_BUFFER_LIST *chain = chain_of(program->used, count);
	NBL_COUNTED_QUEUE other;
	switch (random_below(&program->random, 4)) {
	case 0:
		NdisAppendNblChainToNblCountedQueue(&program->queue, chain);
		break;
	case 1:
		NdisAppendNblChainToNblCountedQueueFast(
			&program->queue, chain, &chain[count - 1], count);
		break;
	case 2:
		for (uint32_t i = 0; i < count; i++)
			NdisAppendSingleNblToNblCountedQueue(&program->queue, &chain[i]);
		break;
	default:
		NdisInitializeNblCountedQueue(&other);
		NdisAppendNblCountedQueueToNblCountedQueueFast(&program->queue, &other);
		NdisAppendNblChainToNblCountedQueue(&other, chain);
		NdisAppendNblCountedQueueToNblCountedQueueFast(&program->queue, &other);
		assert_true(NdisIsNblCountedQueueEmpty(&other));
		assert_int_equal(other.NblCount, 0);
	}
	for (uint32_t i = 0; i < count; i++)
		program->model[program->held++] = &chain[i];
	program->used += count;
}

static void pop_first(struct program *program)
{
	NET_BUFFER_LIST *first = NdisPopFirstNblFromNblCountedQueue(&program->queue);

	if (program->held == 0) {
		assert_null(first);
		return;
	}
	assert_ptr_equal(first, program->model[0]);
	assert_null(first->Next);
	program->held--;
	memmove(program->model, program->model + 1, program->held * sizeof(*program->model));
}

static void pop_all(struct program *program)
{
	chain_is(NdisPopAllFromNblCountedQueue(&program->queue), program->model, program->held);
	program->held = program->used = 0;
}

static void counted_queues_hold_what_was_put_in(void **state)
{
	struct program program = {.random = 1};

	NdisInitializeNblCountedQueue(&program.queue);
	for (uint32_t step = 0; step < 100000; step++) {
		uint32_t what = random_below(&program.random, 10);

		if (what < 5)
			append(&program);
		else if (what < 9)
			pop_first(&program);
		else
			pop_all(&program);
		assert_int_equal(program.queue.NblCount, program.held);
		assert_int_equal(NdisIsNblCountedQueueEmpty(&program.queue), program.held == 0);
		chain_is(NdisGetNblChainFromNblCountedQueue(&program.queue), program.model,
			program.held);
	}
}

static void plain_queues_append_pop_and_move(void **state)
{
	NET_BUFFER_LIST *const all[] = {&lists[0], &lists[1], &lists[2], &lists[3]};
	NBL_QUEUE first, second;

	NdisInitializeNblQueue(&first);
	NdisInitializeNblQueue(&second);
	assert_true(NdisIsNblQueueEmpty(&first));
	assert_null(NdisPopFirstNblFromNblQueue(&first));
	NdisAppendNblQueueToNblQueueFast(&first, &second);
	assert_true(NdisIsNblQueueEmpty(&first));
	lists[0].Next = &lists[3]; // overwritten: it goes alone
	NdisAppendSingleNblToNblQueue(&first, &lists[0]);
	NdisAppendNblChainToNblQueue(&second, chain_of(1, 2));
	NdisAppendNblQueueToNblQueueFast(&first, &second);
	assert_true(NdisIsNblQueueEmpty(&second));
	NdisAppendNblChainToNblQueueFast(&first, chain_of(3, 1), &lists[3]);
	chain_is(NdisGetNblChainFromNblQueue(&first), all, 4);
	assert_ptr_equal(NdisPopFirstNblFromNblQueue(&first), &lists[0]);
	chain_is(NdisPopAllFromNblQueue(&first), all + 1, 3);
	assert_true(NdisIsNblQueueEmpty(&first));
	NdisAppendSingleNblToNblQueue(&first, &lists[0]); // still sound
	assert_ptr_equal(first.First, &lists[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_are_counted),
		cmocka_unit_test(bytes_of_long_chains_do_not_overflow),
		cmocka_unit_test(plain_queues_append_pop_and_move),
		cmocka_unit_test(counted_queues_hold_what_was_put_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
