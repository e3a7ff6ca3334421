// SPDX-License-Identifier: BSD-3-Clause
// Pools that are dry on demand: which takings fail, that they fail as a dry pool does, and that nothing
// stays behind.
#include "pool_make.h"

#define TAKINGS 2000u

static NET_BUFFER_LIST *lists[TAKINGS];

static int setup(void **state)
{
	nimbl_pools_set_checked(true);
	*state = list_pool_with(TRUE, 128, 0, NULL);
	return 0;
}

static int teardown(void **state)
{
	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.rate = 0});
	nimbl_pools_set_checked(false);
	return nimbl_pool_close(*state);
}

static uint32_t take_and_free(NDIS_HANDLE pool, bool failed[TAKINGS])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < TAKINGS; i++) {
		lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
		count += failed[i] = lists[i] == NULL;
	}
	for (uint32_t i = 0; i < TAKINGS; i++)
		if (lists[i] != NULL)
			NdisFreeNetBufferList(lists[i]);
	return count;
}

static uint32_t size_of(NDIS_HANDLE pool)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	assert_int_equal(info.free, info.size);
	return info.size;
}

static void the_nth_taking_fails_and_no_other(void **state)
{
	bool failed[TAKINGS];

	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.nth = 3});
	assert_int_equal(take_and_free(*state, failed), 1);
	assert_true(failed[2]);
}

static void a_share_fails_and_the_same_again_for_a_seed(void **state)
{
	struct nimbl_pool_shortage how = {.rate = 100000, .seed = 7}, told;
	bool first[TAKINGS], again[TAKINGS], other[TAKINGS];

	// So that the pool does not grow in between: that takes other takings.
	take_and_free(*state, first);
	nimbl_pools_set_shortage(&how);
	uint32_t count = take_and_free(*state, first);
	assert_in_range(count, TAKINGS / 20, TAKINGS / 5);
	nimbl_pools_shortage(&told);
	assert_int_equal(told.failed, count);
	assert_true(told.asked >= TAKINGS);
	nimbl_pools_set_shortage(&how);
	take_and_free(*state, again);
	assert_memory_equal(first, again, sizeof(first));
	how.seed = 8;
	nimbl_pools_set_shortage(&how);
	take_and_free(*state, other);
	assert_memory_not_equal(first, other, sizeof(first));
}

static void a_pool_does_not_grow_to_help_out(void **state)
{
	uint32_t before = size_of(*state);

	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.rate = 1000000, .seed = 1});
	assert_null(NdisAllocateNetBufferList(*state, 0, 0));
	assert_int_equal(size_of(*state), before);
	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.rate = 0});
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(*state, 0, 0);
	assert_non_null(nbl);
	NdisFreeNetBufferList(nbl);
}

static void pmds_are_short_as_well(void **state)
{
	struct rte_mbuf *mbufs[4];

	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.nth = 2});
	assert_int_equal(rte_pktmbuf_alloc_bulk(nimbl_pool_mempool(*state), mbufs, 4), 0);
	rte_pktmbuf_free_bulk(mbufs, 4);
	assert_int_not_equal(rte_pktmbuf_alloc_bulk(nimbl_pool_mempool(*state), mbufs, 4), 0);
}

static void pools_that_do_not_check_are_never_short(void **state)
{
	nimbl_pools_set_checked(false);
	NDIS_HANDLE pool = list_pool_with(TRUE, 128, 0, NULL);
	bool failed[TAKINGS];

	nimbl_pools_set_shortage(&(struct nimbl_pool_shortage){.rate = 1000000, .seed = 1});
	assert_int_equal(take_and_free(pool, failed), 0);
	assert_int_equal(nimbl_pool_close(pool), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_nth_taking_fails_and_no_other, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_share_fails_and_the_same_again_for_a_seed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pool_does_not_grow_to_help_out, setup, teardown),
		cmocka_unit_test_setup_teardown(pmds_are_short_as_well, setup, teardown),
		cmocka_unit_test_setup_teardown(
			pools_that_do_not_check_are_never_short, setup, teardown),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
