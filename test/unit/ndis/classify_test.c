// SPDX-License-Identifier: BSD-3-Clause
// Classification of random chains against plain arrays.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ndis/ndl/nblclassify.h>

#include "random.h"

#define LISTS  40
#define VALUES 7
#define ROUNDS 20000

static NET_BUFFER_LIST lists[LISTS];
static uint64_t randomness = 7;
static uint32_t asked[LISTS]; // how often the callback saw a list

static ULONG_PTR value_of(const NET_BUFFER_LIST *nbl)
{
	return (ULONG_PTR)nbl->Scratch;
}

// A chain of up to LISTS lists whose values lie below `values`, in runs of random length.
static NET_BUFFER_LIST *random_chain(uint32_t values, uint32_t *count)
{
	uint32_t value = 0;

	*count = random_below(&randomness, LISTS + 1);
	for (uint32_t i = 0; i < *count; i++) {
		if (random_below(&randomness, 3) == 0)
			value = random_below(&randomness, values);
		lists[i].Scratch = (PVOID)(ULONG_PTR)value;
		lists[i].Next = i + 1 < *count ? &lists[i + 1] : NULL;
		asked[i] = 0;
	}
	return *count > 0 ? lists : NULL;
}

static ULONG_PTR classify(PVOID context, NET_BUFFER_LIST *nbl)
{
	assert_ptr_equal(context, &randomness);
	asked[nbl - lists]++;
	return value_of(nbl);
}

static void everybody_was_asked_once(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(asked[i], 1);
}

// The chain holds the lists of `value`, in their order, and nothing else. Returns how many.
static uint32_t holds_all_of(const NET_BUFFER_LIST *chain, ULONG_PTR value, uint32_t count)
{
	uint32_t held = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (value_of(&lists[i]) != value)
			continue;
		assert_ptr_equal(chain, &lists[i]);
		chain = chain->Next;
		held++;
	}
	assert_null(chain);
	return held;
}

static void by_index_each_queue_gets_its_own(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		NBL_QUEUE plain[VALUES];
		NBL_COUNTED_QUEUE counted[VALUES];
		uint32_t count;
		NET_BUFFER_LIST *chain = random_chain(VALUES, &count);
		BOOLEAN counts = round % 2 == 0;

		for (uint32_t i = 0; i < VALUES; i++) {
			NdisInitializeNblQueue(&plain[i]);
			NdisInitializeNblCountedQueue(&counted[i]);
		}
		if (counts)
			NdisClassifyNblChainByIndexWithCount(
				chain, classify, &randomness, counted, VALUES);
		else
			NdisClassifyNblChainByIndex(chain, classify, &randomness, plain, VALUES);
		everybody_was_asked_once(count);
		for (uint32_t i = 0; i < VALUES; i++) {
			uint32_t held = holds_all_of(
				counts ? counted[i].Queue.First : plain[i].First, i, count);

			assert_int_equal(counted[i].NblCount, counts ? held : 0);
		}
	}
}

static void in_two_keeps_what_the_queues_held(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		NET_BUFFER_LIST before = {.Next = NULL};
		NBL_QUEUE zero, one;
		NBL_COUNTED_QUEUE counted_zero, counted_one;
		uint32_t count;
		NET_BUFFER_LIST *chain = random_chain(2, &count);

		NdisInitializeNblQueue(&zero);
		NdisInitializeNblQueue(&one);
		NdisInitializeNblCountedQueue(&counted_zero);
		NdisInitializeNblCountedQueue(&counted_one);
		if (round % 2 == 0) {
			NdisAppendSingleNblToNblQueue(&one, &before);
			NdisClassifyNblChain2(chain, classify, &randomness, &zero, &one);
			holds_all_of(zero.First, 0, count);
			assert_ptr_equal(NdisPopFirstNblFromNblQueue(&one), &before);
			holds_all_of(one.First, 1, count);
		} else {
			NdisClassifyNblChain2WithCount(
				chain, classify, &randomness, &counted_zero, &counted_one);
			assert_int_equal(holds_all_of(counted_zero.Queue.First, 0, count),
				counted_zero.NblCount);
			assert_int_equal(holds_all_of(counted_one.Queue.First, 1, count),
				counted_one.NblCount);
		}
		everybody_was_asked_once(count);
	}
}

// What came out of the flush callback: the lists in order, the batches, and how many of a value.
struct flushed {
	NET_BUFFER_LIST *order[LISTS];
	ULONG_PTR values[LISTS];
	uint32_t lists;
	uint32_t batches;
};

static void flush(PVOID context, ULONG_PTR value, NBL_QUEUE *queue)
{
	struct flushed *out = context;

	assert_non_null(queue->First);
	for (NET_BUFFER_LIST *nbl = NdisPopAllFromNblQueue(queue); nbl != NULL; nbl = nbl->Next) {
		assert_int_equal(value_of(nbl), value);
		out->order[out->lists++] = nbl;
	}
	out->values[out->batches++] = value;
}

static void flush_counted(PVOID context, ULONG_PTR value, NBL_COUNTED_QUEUE *queue)
{
	assert_int_equal(queue->NblCount, NdisNumNblsInNblChain(queue->Queue.First));
	flush(context, value, &queue->Queue);
}

static uint32_t runs_in(uint32_t count)
{
	uint32_t runs = count > 0;

	for (uint32_t i = 1; i < count; i++)
		runs += value_of(&lists[i]) != value_of(&lists[i - 1]);
	return runs;
}

static void by_value_hands_out_the_runs_in_order(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct flushed out = {.lists = 0};
		uint32_t count;
		NET_BUFFER_LIST *chain = random_chain(VALUES, &count);

		if (round % 2 == 0)
			NdisClassifyNblChainByValue(chain, classify, &randomness, flush, &out);
		else
			NdisClassifyNblChainByValueWithCount(
				chain, classify, &randomness, flush_counted, &out);
		everybody_was_asked_once(count);
		assert_int_equal(out.lists, count);
		assert_int_equal(out.batches, runs_in(count));
		for (uint32_t i = 0; i < count; i++)
			assert_ptr_equal(out.order[i], &lists[i]);
	}
}

// Lists of one value come out in their order, whatever came between them.
static void order_is_kept_within_values(const struct flushed *out)
{
	for (uint32_t value = 0; value < VALUES; value++) {
		const NET_BUFFER_LIST *last = NULL;

		for (uint32_t i = 0; i < out->lists; i++) {
			if (value_of(out->order[i]) != value)
				continue;
			assert_true(last == NULL || last < out->order[i]);
			last = out->order[i];
		}
	}
}

static uint32_t distinct_values(uint32_t count)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < count; i++)
		seen |= 1u << value_of(&lists[i]);
	return (uint32_t)__builtin_popcount(seen);
}

static void look_ahead_makes_one_batch_per_value_up_to_its_depth(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct flushed out = {.lists = 0};
		uint32_t count, values = 1 + random_below(&randomness, VALUES);
		NET_BUFFER_LIST *chain = random_chain(values, &count);

		if (round % 2 == 0)
			NdisClassifyNblChainByValueLookahead(
				chain, classify, &randomness, flush, &out);
		else
			NdisClassifyNblChainByValueLookaheadWithCount(
				chain, classify, &randomness, flush_counted, &out);
		everybody_was_asked_once(count);
		assert_int_equal(out.lists, count);
		order_is_kept_within_values(&out);
		assert_true(out.batches <= runs_in(count));
		if (distinct_values(count) <= NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH)
			assert_int_equal(out.batches, distinct_values(count));
	}
}

static void look_ahead_hands_on_the_batch_begun_first(void **state)
{
	static const uint8_t values[] = {1, 2, 1, 3, 4, 5, 2};
	static const uint8_t expected[] = {1, 2, 3, 4, 5};
	struct flushed out = {.lists = 0};

	for (uint32_t i = 0; i < ARRAYSIZE(values); i++) {
		lists[i].Scratch = (PVOID)(ULONG_PTR)values[i];
		lists[i].Next = i + 1 < ARRAYSIZE(values) ? &lists[i + 1] : NULL;
	}
	NdisClassifyNblChainByValueLookahead(lists, classify, &randomness, flush, &out);
	assert_int_equal(out.batches, ARRAYSIZE(expected));
	for (uint32_t i = 0; i < ARRAYSIZE(expected); i++)
		assert_int_equal(out.values[i], expected[i]);
}

static void partial_takes_the_first_run_and_its_count(void **state)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t count, done = 0, runs = 0;
		NET_BUFFER_LIST *chain = random_chain(VALUES, &count);
		const uint32_t expected = runs_in(count);

		while (chain != NULL) {
			NBL_COUNTED_QUEUE counted;
			NBL_QUEUE plain;
			ULONG_PTR value = VALUES;

			if (round % 2 == 0) {
				NdisPartialClassifyNblChainByValueWithCount(
					&chain, classify, &randomness, &counted, &value);
				assert_int_equal(counted.NblCount,
					NdisNumNblsInNblChain(counted.Queue.First));
				plain.First = NdisPopAllFromNblCountedQueue(&counted);
			} else {
				NdisPartialClassifyNblChainByValue(&chain, classify, &randomness,
					&plain, round % 4 == 1 ? NULL : &value);
			}
			for (NET_BUFFER_LIST *nbl = plain.First; nbl != NULL; nbl = nbl->Next) {
				assert_ptr_equal(nbl, &lists[done++]);
				assert_true(value == VALUES || value == value_of(nbl));
			}
			runs++;
		}
		assert_int_equal(done, count);
		assert_int_equal(runs, expected);
	}
}

static void ready_classifiers_find_their_lists(void **state)
{
	NBL_QUEUE theirs, mine;
	uint32_t count = LISTS;

	for (uint32_t i = 0; i < LISTS; i++) {
		PVOID value = (PVOID)(ULONG_PTR)(i % 3 == 0);

		lists[i] = (NET_BUFFER_LIST){.Scratch = value, .SourceHandle = value};
		lists[i].NdisPoolHandle = value;
		NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(&lists[i], value);
	}
	for (uint32_t way = 0; way < 3; way++) {
		for (uint32_t i = 0; i < LISTS; i++)
			lists[i].Next = i + 1 < LISTS ? &lists[i + 1] : NULL;
		NdisInitializeNblQueue(&theirs);
		NdisInitializeNblQueue(&mine);
		if (way == 0)
			NdisClassifyNblChainBySourceHandle(lists, (PVOID)1, &theirs, &mine);
		else if (way == 1)
			NdisClassifyNblChainByPoolHandle(lists, (PVOID)1, &theirs, &mine);
		else
			NdisClassifyNblChainByCancelId(lists, (PVOID)1, &theirs, &mine);
		assert_int_equal(holds_all_of(theirs.First, 0, count), 26);
		assert_int_equal(holds_all_of(mine.First, 1, count), 14);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_index_each_queue_gets_its_own),
		cmocka_unit_test(in_two_keeps_what_the_queues_held),
		cmocka_unit_test(by_value_hands_out_the_runs_in_order),
		cmocka_unit_test(look_ahead_makes_one_batch_per_value_up_to_its_depth),
		cmocka_unit_test(look_ahead_hands_on_the_batch_begun_first),
		cmocka_unit_test(partial_takes_the_first_run_and_its_count),
		cmocka_unit_test(ready_classifiers_find_their_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
