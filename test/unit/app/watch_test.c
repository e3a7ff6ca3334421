// SPDX-License-Identifier: BSD-3-Clause
// The proof of a pool: what is taken twice, given back twice or lost is found, and reuse is counted.
#include "pool/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT 8u

static char memory[COUNT][64];
static void *elements[COUNT];

static int setup(void **state)
{
	for (unsigned int i = 0; i < COUNT; i++)
		elements[i] = memory[COUNT - 1 - i];
	*state = pool_watch_new(elements, COUNT);
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	pool_watch_free(*state);
	return 0;
}

static struct pool_watch_result result_of(const struct pool_watch *watch)
{
	struct pool_watch_result result;

	pool_watch_result(watch, &result);
	return result;
}

static void what_comes_home_is_right(void **state)
{
	pool_watch_take(*state, elements, COUNT);
	pool_watch_give(*state, elements, COUNT);
	struct pool_watch_result result = result_of(*state);
	assert_true(pool_watch_is_right(&result));
	assert_int_equal(result.taken, COUNT);
	assert_int_equal(result.distinct, COUNT);
}

static void taken_twice_is_found(void **state)
{
	pool_watch_take(*state, elements, 2);
	pool_watch_take(*state, &elements[1], 1);
	pool_watch_give(*state, elements, 2);
	struct pool_watch_result result = result_of(*state);
	assert_int_equal(result.twice, 1);
	assert_false(pool_watch_is_right(&result));
}

static void given_back_twice_is_found(void **state)
{
	pool_watch_take(*state, elements, 1);
	pool_watch_give(*state, elements, 1);
	pool_watch_give(*state, elements, 1);
	struct pool_watch_result result = result_of(*state);
	assert_int_equal(result.not_out, 1);
	assert_false(pool_watch_is_right(&result));
}

static void what_is_lost_is_found(void **state)
{
	pool_watch_take(*state, elements, 3);
	pool_watch_give(*state, elements, 2);
	struct pool_watch_result result = result_of(*state);
	assert_int_equal(result.out, 1);
	assert_false(pool_watch_is_right(&result));
}

static void strangers_are_found(void **state)
{
	void *inside = memory[3] + 1;

	pool_watch_take(*state, &inside, 1);
	pool_watch_give(*state, &inside, 1);
	struct pool_watch_result result = result_of(*state);
	assert_int_equal(result.strangers, 2);
	assert_false(pool_watch_is_right(&result));
}

// Last in, first out: nothing else is taken between two takings of one.
static void the_same_again_has_distance_nought(void **state)
{
	for (int i = 0; i < 20; i++) {
		pool_watch_take(*state, &elements[5], 1);
		pool_watch_give(*state, &elements[5], 1);
	}
	struct pool_watch_result result = result_of(*state);
	assert_int_equal(result.distinct, 1);
	assert_true(result.reuse_median == 0 && result.reuse_p90 == 0);
}

// First in, first out: all others are.
static void a_ring_has_the_distance_of_all_others(void **state)
{
	for (unsigned int i = 0; i < 10 * COUNT; i++) {
		pool_watch_take(*state, &elements[i % COUNT], 1);
		pool_watch_give(*state, &elements[i % COUNT], 1);
	}
	struct pool_watch_result result = result_of(*state);
	assert_int_equal(result.distinct, COUNT);
	assert_true(result.reuse_median == COUNT - 1 && result.reuse_p90 == COUNT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_comes_home_is_right, setup, teardown),
		cmocka_unit_test_setup_teardown(taken_twice_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(given_back_twice_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_lost_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(strangers_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_same_again_has_distance_nought, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_ring_has_the_distance_of_all_others, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
