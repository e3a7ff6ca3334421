// SPDX-License-Identifier: BSD-3-Clause
// How many lists a pool has and who has them: capacity, growth, bulk calls, strategies, threads;
// and what is refused: closing too early, freeing twice, options that do not fit.
#include <nimbl_log.h>
#include <nimbl_object.h>
#include <pthread.h>

#include "pool_make.h"

#define LISTS_MAX 8192u

static NET_BUFFER_LIST *lists[LISTS_MAX];

static const char *const strategies[] = {"ring_mp_mc", "ring_mp_sc", "ring_sp_mc", "ring_sp_sc",
	"ring_mt_rts", "ring_mt_hts", "stack", "lf_stack"};

static NDIS_HANDLE small_pool(uint32_t capacity, uint32_t cache)
{
	return list_pool_with(TRUE, 128, 0,
		&(struct nimbl_pool_options){
			.capacity = capacity, .cache = cache, .node = NIMBL_NODE_ANY});
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;

	return (x > y) - (x < y);
}

static void assert_distinct(NET_BUFFER_LIST *const *array, uint32_t count)
{
	static NET_BUFFER_LIST *sorted[LISTS_MAX];

	memcpy(sorted, array, count * sizeof(*array));
	qsort(sorted, count, sizeof(*sorted), by_address);
	for (uint32_t i = 1; i < count; i++)
		assert_ptr_not_equal(sorted[i - 1], sorted[i]);
}

static uint32_t take_all(NDIS_HANDLE pool)
{
	uint32_t count = 0;

	while (count < LISTS_MAX && (lists[count] = NdisAllocateNetBufferList(pool, 0, 0)) != NULL)
		count++;
	return count;
}

static void free_all(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		NdisFreeNetBufferList(lists[i]);
}

static void pool_with_capacity_gives_exactly_that_many(void **state)
{
	static const uint32_t capacities[] = {1, 2, 3, 63, 64, 65, 257, 1000};
	static const uint32_t caches[] = {0, 1, 32, 512};

	for (size_t i = 0; i < RTE_DIM(capacities) * RTE_DIM(caches); i++) {
		uint32_t capacity = capacities[i / RTE_DIM(caches)];
		NDIS_HANDLE pool = small_pool(capacity, caches[i % RTE_DIM(caches)]);

		assert_int_equal(pool_size_now(pool), capacity);
		assert_pool_whole(pool);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(take_all(pool), capacity);
			assert_distinct(lists, capacity);
			assert_int_equal(pool_free_now(pool), 0);
			assert_null(NdisAllocateNetBufferList(pool, 0, 0));
			free_all(capacity);
			assert_pool_whole(pool);
		}
		close_whole(pool);
	}
}

static void dry_pool_recovers_list_by_list(void **state)
{
	NDIS_HANDLE pool = small_pool(16, 4);

	assert_int_equal(take_all(pool), 16);
	for (int i = 0; i < 100; i++) {
		NET_BUFFER_LIST *nbl = lists[i % 16];

		NdisFreeNetBufferList(nbl);
		assert_ptr_equal(NdisAllocateNetBufferList(pool, 0, 0), nbl);
		assert_null(NdisAllocateNetBufferList(pool, 0, 0));
	}
	free_all(16);
	close_whole(pool);
}

static void pool_without_capacity_grows(void **state)
{
	for (int with_data = 0; with_data < 2; with_data++) {
		NDIS_HANDLE pool = list_pool((BOOLEAN)with_data, with_data ? 128 : 0, 32);
		uint32_t before = pool_size_now(pool);

		assert_int_equal(before, 256);
		for (uint32_t i = 0; i < 5000; i++) {
			lists[i] = NdisAllocateNetBufferList(pool, 0, 0);
			assert_non_null(lists[i]);
			assert_list_fresh(lists[i], pool);
		}
		assert_distinct(lists, 5000);
		assert_true(pool_size_now(pool) >= 5000);
		assert_int_equal(pool_size_now(pool) - pool_free_now(pool), 5000);
		free_all(5000);
		assert_pool_whole(pool);
		before = pool_size_now(pool);
		for (uint32_t i = 0; i < 5000; i++)
			assert_non_null(lists[i] = NdisAllocateNetBufferList(pool, 0, 0));
		assert_int_equal(pool_size_now(pool), before); // what it had was enough
		free_all(5000);
		close_whole(pool);
	}
}

static void buffer_pool_grows(void **state)
{
	static NET_BUFFER *buffers[3000];

	for (int with_data = 0; with_data < 2; with_data++) {
		NDIS_HANDLE pool = buffer_pool(with_data ? 64 : 0);

		for (size_t i = 0; i < RTE_DIM(buffers); i++) {
			buffers[i] = with_data ? NdisAllocateNetBufferMdlAndData(pool)
					       : NdisAllocateNetBuffer(pool, NULL, 0, 0);
			assert_non_null(buffers[i]);
		}
		for (size_t i = 0; i < RTE_DIM(buffers); i++)
			NdisFreeNetBuffer(buffers[i]);
		assert_pool_whole(pool);
		close_whole(pool);
	}
}

static void mdls_do_not_run_out_at_the_first_chunk(void **state)
{
	static MDL *mdls[3000];
	static uint8_t bytes[3000];

	for (size_t i = 0; i < RTE_DIM(mdls); i++) {
		mdls[i] = NdisAllocateMdl(NULL, bytes + i, (UINT)(sizeof(bytes) - i));
		assert_non_null(mdls[i]);
	}
	for (size_t i = 0; i < RTE_DIM(mdls); i++) {
		assert_null(mdls[i]->Next);
		assert_ptr_equal(MmGetMdlVirtualAddress(mdls[i]), bytes + i);
		assert_int_equal(MmGetMdlByteCount(mdls[i]), sizeof(bytes) - i);
		NdisFreeMdl(mdls[i]);
	}
}

static void growth_ends_where_memory_does(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 32768, 0); // chunks of 8, 8, 16, 32 ... MiB

	nimbl_clear_error();
	uint32_t count = take_all(pool);
	assert_in_range(count, 256, 128 * 32);
	assert_int_equal(count, pool_size_now(pool));
	assert_int_equal(nimbl_last_error()->code, ENOMEM);
	assert_error_says("cannot be had");
	free_all(count);
	assert_pool_whole(pool);
	close_whole(pool);
	pool = list_pool(TRUE, 32768, 0); // and all of it is free again
	assert_int_equal(take_all(pool), count);
	free_all(count);
	close_whole(pool);
}

static void bulk_get_of_a_nearly_dry_pool_gives_what_is_there(void **state)
{
	static const uint32_t caches[] = {0, 8, 32};

	for (size_t i = 0; i < RTE_DIM(caches); i++) {
		NDIS_HANDLE pool = small_pool(50, caches[i]);

		assert_int_equal(nimbl_nbl_get(pool, lists, 40), 40);
		assert_int_equal(nimbl_nbl_get(pool, lists + 40, 40), 10);
		assert_int_equal(nimbl_nbl_get(pool, lists + 50, 40), 0);
		assert_distinct(lists, 50);
		nimbl_nbl_put(lists, 50);
		assert_pool_whole(pool);
		assert_int_equal(nimbl_nbl_get(pool, lists, 60), 50);
		assert_distinct(lists, 50);
		nimbl_nbl_put(lists, 50);
		close_whole(pool);
	}
}

static void get_of_no_lists_gives_none_and_does_not_grow(void **state)
{
	NDIS_HANDLE pool = small_pool(0, 0);
	uint32_t size = pool_size_now(pool);

	assert_int_equal(nimbl_nbl_get(pool, lists, 0), 0);
	assert_int_equal(pool_size_now(pool), size);
	nimbl_nbl_put(lists, 0);
	assert_int_equal(nimbl_nbl_put_chain(NULL), 0);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void put_sorts_lists_of_several_pools(void **state)
{
	NDIS_HANDLE pools[3];

	for (int as_chain = 0; as_chain < 2; as_chain++) {
		uint32_t count = 0;

		pools[0] = small_pool(200, 8);
		pools[1] = list_pool(TRUE, 64, 16);
		pools[2] = list_pool(FALSE, 0, 0);
		assert_int_equal(nimbl_nbl_get(pools[1], lists + 1000, 250), 250);
		for (uint32_t i = 0; i < 400; i++)
			count += nimbl_nbl_get(pools[i % 7 % 3], &lists[i], 1);
		assert_int_equal(count, 400);
		nimbl_nbl_put(lists + 1000, 250);
		assert_true(pool_size_now(pools[1]) > 256); // its lists are in several chunks
		for (uint32_t i = 0; as_chain && i < count; i++)
			lists[i]->Next = i + 1 < count ? lists[i + 1] : NULL;
		if (as_chain)
			assert_int_equal(nimbl_nbl_put_chain(lists[0]), count);
		else
			nimbl_nbl_put(lists, (uint16_t)count);
		for (int i = 0; i < 3; i++) {
			assert_pool_whole(pools[i]);
			uint16_t all = (uint16_t)pool_size_now(pools[i]);
			assert_int_equal(nimbl_nbl_get(pools[i], lists, all), all);
			assert_distinct(lists, all);
			for (uint16_t j = 0; j < all; j++)
				assert_ptr_equal(lists[j]->NdisPoolHandle, pools[i]);
			nimbl_nbl_put(lists, all);
			close_whole(pools[i]);
		}
	}
}

static void closing_a_pool_with_lists_out_is_refused(void **state)
{
	struct nimbl_object owner = {.kind = NIMBL_OBJECT_BINDING, .name = "protocol echo on wan"};
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 128, 0);
	NDIS_HANDLE pool = nimbl_nbl_pool_open(&owner, &parameters,
		&(struct nimbl_pool_options){
			.name = "echo", .capacity = 16, .cache = 4, .node = NIMBL_NODE_ANY});

	assert_non_null(pool);
	assert_int_equal(nimbl_nbl_get(pool, lists, 3), 3);
	assert_int_equal(nimbl_pool_close(pool), -EBUSY);
	assert_int_equal(nimbl_last_error()->code, EBUSY);
	assert_string_equal(nimbl_last_error()->cause,
		"pool 'echo' is not freed: 3 of 16 are out: "
		"3 allocated and not freed (protocol echo on wan)");

	// It stays usable: all others can be had, and those out go home.
	assert_int_equal(nimbl_nbl_get(pool, lists + 3, 16), 13);
	assert_distinct(lists, 16);
	nimbl_nbl_put(lists, 16);
	close_whole(pool);
}

static void ndis_door_refuses_too_and_the_pool_stays_usable(void **state)
{
	enum nimbl_log_level level = nimbl_log_get_level();
	NDIS_HANDLE pool = list_pool(TRUE, 128, 0), buffers = buffer_pool(64);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER *nb = NdisAllocateNetBufferMdlAndData(buffers);

	nimbl_log_set_level((enum nimbl_log_level)0);
	NdisFreeNetBufferListPool(pool);
	assert_error_says("1 of 256 are out");
	nimbl_clear_error();
	NdisFreeNetBufferPool(buffers);
	assert_error_says("1 of 256 are out");
	nimbl_log_set_level(level);
	assert_int_equal(nimbl_nbl_get(pool, lists, 1000), 1000);
	nimbl_nbl_put(lists, 1000);
	NdisFreeNetBufferList(nbl);
	NdisFreeNetBuffer(nb);
	close_whole(pool);
	close_whole(buffers);
}

static void holders_are_told_by_what_they_do(void **state)
{
	struct nimbl_object port = {.kind = NIMBL_OBJECT_ADAPTER, .name = "port wan"};
	struct nimbl_object peer = {.kind = NIMBL_OBJECT_BINDING, .name = "protocol echo on lan"};
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 128, 0);
	NDIS_HANDLE pool = nimbl_nbl_pool_open(&port, &parameters,
		&(struct nimbl_pool_options){
			.name = "wan", .capacity = 32, .node = NIMBL_NODE_ANY});
	struct rte_mbuf *in_pmd[5];

	assert_int_equal(rte_pktmbuf_alloc_bulk(nimbl_pool_mempool(pool), in_pmd, 5), 0);
	for (int i = 0; i < 4; i++)
		lists[i] = receive_one(pool, 0);
	assert_int_equal(nimbl_nbl_get(pool, lists + 4, 6), 6);
	for (int i = 4; i < 6; i++) {
		lists[i]->SourceHandle = &peer;
		nimbl_nbl_set_state(lists[i], NIMBL_LIST_SENT);
	}
	nimbl_nbl_set_state(lists[6], NIMBL_LIST_HANDED);
	assert_int_equal(nimbl_pool_close(pool), -EBUSY);
	assert_error_says("pool 'wan' is not freed: 15 of 32 are out: ");
	assert_error_says("5 receive buffers of a PMD (port wan)");
	assert_error_says("3 allocated and not freed (port wan)");
	assert_error_says("4 indicated and not returned");
	assert_error_says("2 sent and not completed (protocol echo on lan)");
	assert_error_says("1 handed to a PMD (port wan)");
	rte_pktmbuf_free_bulk(in_pmd, 5);
	nimbl_nbl_set_state(lists[6], NIMBL_LIST_ALLOCATED);
	nimbl_nbl_put(lists, 10);
	close_whole(pool);
}

static void allocated_list_is_held_by_the_owner_not_by_its_last_source(void **state)
{
	struct nimbl_object port = {.kind = NIMBL_OBJECT_ADAPTER, .name = "port wan"};
	NDIS_HANDLE pool = small_pool(1, 0);
	NET_BUFFER_LIST *nbl = receive_one(pool, 0);

	nbl->SourceHandle = &port;
	nimbl_nbl_put(&nbl, 1);
	assert_int_equal(nimbl_nbl_get(pool, &nbl, 1), 1);
	assert_int_equal(nimbl_pool_close(pool), -EBUSY);
	assert_error_says("1 allocated and not freed ((nobody))");
	nimbl_nbl_put(&nbl, 1);
	close_whole(pool);
}

static void list_freed_twice_is_refused(void **state)
{
	static const BOOLEAN with_nb[] = {FALSE, TRUE, TRUE};
	static const ULONG data[] = {0, 0, 128};

	for (size_t i = 0; i < RTE_DIM(data); i++) {
		NDIS_HANDLE pool = list_pool_with(with_nb[i], data[i], 0,
			&(struct nimbl_pool_options){
				.capacity = 32, .cache = 4, .node = NIMBL_NODE_ANY});

		assert_int_equal(nimbl_nbl_get(pool, lists, 8), 8);
		NdisFreeNetBufferList(lists[0]);
		NdisFreeNetBufferList(lists[0]);
		NET_BUFFER_LIST *same[] = {lists[1], lists[1], lists[2], lists[1]};
		nimbl_nbl_put(same, 4);
		lists[3]->Next = lists[4];
		lists[4]->Next = NULL;
		nimbl_nbl_put_chain(lists[3]);
		lists[3]->Next = lists[4];
		lists[4]->Next = NULL;
		nimbl_nbl_put_chain(lists[3]);
		assert_int_equal(pool_free_now(pool), 32 - 3);
		nimbl_nbl_put(lists + 5, 3);
		assert_pool_whole(pool);
		assert_int_equal(take_all(pool), 32);
		assert_distinct(lists, 32);
		free_all(32);
		close_whole(pool);
	}
}

// What the PMD has, or had, is not the driver's to free.
static void list_given_away_is_not_freed_again(void **state)
{
	NDIS_HANDLE pool = small_pool(8, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	hand_over(nbl);
	NdisFreeNetBufferList(nbl);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void buffer_freed_twice_is_refused(void **state)
{
	for (int with_data = 0; with_data < 2; with_data++) {
		NDIS_HANDLE pool = buffer_pool(with_data ? 64 : 0);
		NET_BUFFER *nb[3];

		for (int i = 0; i < 3; i++)
			nb[i] = with_data ? NdisAllocateNetBufferMdlAndData(pool)
					  : NdisAllocateNetBuffer(pool, NULL, 0, 0);
		NdisFreeNetBuffer(nb[0]);
		NdisFreeNetBuffer(nb[0]);
		NdisFreeNetBuffer(nb[1]);
		NdisFreeNetBuffer(nb[0]);
		assert_int_equal(pool_size_now(pool) - pool_free_now(pool), 1);
		NdisFreeNetBuffer(nb[2]);
		assert_pool_whole(pool);
		close_whole(pool);
	}
}

static void embedded_buffer_is_not_freed_alone(void **state)
{
	enum nimbl_log_level level = nimbl_log_get_level();
	NDIS_HANDLE pool = small_pool(4, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	nimbl_log_set_level((enum nimbl_log_level)0);
	NdisFreeNetBuffer(NET_BUFFER_LIST_FIRST_NB(nbl));
	nimbl_log_set_level(level);
	assert_int_equal(pool_free_now(pool), 3);
	assert_nb_fresh_with_data(NET_BUFFER_LIST_FIRST_NB(nbl), pool, 128);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

// Everything one thread can do with a pool, whatever stands behind it.
static void exercise(NDIS_HANDLE pool, uint32_t capacity)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	assert_int_equal(info.size, capacity);
	for (int round = 0; round < 3; round++) {
		uint32_t got = 0;

		for (uint16_t n = 1; got < capacity; n = (uint16_t)(n % 61 + 1))
			got += nimbl_nbl_get(
				pool, lists + got, (uint16_t)RTE_MIN(n, capacity - got));
		assert_int_equal(got, capacity);
		assert_distinct(lists, capacity);
		assert_null(NdisAllocateNetBufferList(pool, 0, 0));
		for (uint32_t i = 0; i < capacity; i += 3) { // not in the order of taking
			NET_BUFFER_LIST *nbl = lists[i];

			lists[i] = lists[capacity - 1 - i];
			lists[capacity - 1 - i] = nbl;
		}
		for (uint32_t i = 0; i < capacity; i += 40)
			nimbl_nbl_put(lists + i, (uint16_t)RTE_MIN(40u, capacity - i));
		assert_pool_whole(pool);
	}
}

static void every_strategy_keeps_the_count(void **state)
{
	static const uint32_t caches[] = {0, 1, 32, NIMBL_CACHE_MAX};

	for (size_t i = 0; i < RTE_DIM(strategies) * RTE_DIM(caches); i++) {
		struct nimbl_pool_options options = {.capacity = 1000,
			.ops = strategies[i / RTE_DIM(caches)],
			.cache = caches[i % RTE_DIM(caches)],
			.node = NIMBL_NODE_ANY};
		NDIS_HANDLE pool = list_pool_with(TRUE, 64, 0, &options);
		struct nimbl_pool_info info;

		nimbl_pool_query(pool, &info);
		assert_string_equal(info.ops, options.ops);
		assert_int_equal(info.cache, options.cache);
		assert_int_equal(info.data_bytes, 64);
		assert_int_equal(info.total_bytes, (uint64_t)info.size * info.list_bytes);
		exercise(pool, 1000);
		close_whole(pool);
	}
}

static void reuse_keeps_the_count_with_and_without_an_owner(void **state)
{
	static const uint32_t owners[] = {0, NIMBL_LCORE_NONE, 7};
	static const uint32_t caches[] = {0, 32};

	for (size_t i = 0; i < RTE_DIM(owners) * RTE_DIM(caches); i++) {
		struct nimbl_pool_options options = {.capacity = 1000,
			.reuse = true,
			.owner_lcore = owners[i / RTE_DIM(caches)],
			.cache = caches[i % RTE_DIM(caches)],
			.node = NIMBL_NODE_ANY};
		NDIS_HANDLE pool = list_pool_with(TRUE, 64, 0, &options);

		exercise(pool, 1000);
		close_whole(pool);
	}
}

static void reuse_gives_its_owner_the_warmest_first(void **state)
{
	NDIS_HANDLE pool = list_pool_with(TRUE, 64, 0,
		&(struct nimbl_pool_options){
			.capacity = 64, .reuse = true, .owner_lcore = 0, .node = NIMBL_NODE_ANY});

	assert_int_equal(nimbl_nbl_get(pool, lists, 32), 32);
	for (int i = 0; i < 32; i++)
		NdisFreeNetBufferList(lists[i]);
	for (int i = 31; i >= 0; i--)
		assert_ptr_equal(NdisAllocateNetBufferList(pool, 0, 0), lists[i]);
	nimbl_nbl_put(lists, 32);
	close_whole(pool);
}

static void *close_from_elsewhere(void *pool)
{
	static char cause[sizeof(nimbl_last_error()->cause)];

	if (nimbl_pool_close(pool) == -EBUSY)
		snprintf(cause, sizeof(cause), "%s", nimbl_last_error()->cause);
	return cause;
}

// Closing is done by a control thread, which does not own the stack of the receiving lcore.
static void reuse_tells_holders_to_any_thread(void **state)
{
	NDIS_HANDLE pool = list_pool_with(TRUE, 64, 0,
		&(struct nimbl_pool_options){.name = "warm",
			.capacity = 64,
			.reuse = true,
			.owner_lcore = 0,
			.node = NIMBL_NODE_ANY});
	pthread_t thread;
	void *cause;

	assert_int_equal(nimbl_nbl_get(pool, lists, 64), 64);
	nimbl_nbl_put(lists + 1, 63);
	assert_int_equal(pthread_create(&thread, NULL, close_from_elsewhere, pool), 0);
	assert_int_equal(pthread_join(thread, &cause), 0);
	assert_string_equal(cause,
		"pool 'warm' is not freed: 1 of 64 are out: 1 allocated and not freed ((nobody))");
	assert_int_equal(pool_free_now(pool), 63);
	nimbl_nbl_put(lists, 1);
	exercise(pool, 64);
	close_whole(pool);
}

static void expect_refused(const struct nimbl_pool_options *options, const char *word)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 64, 0);

	nimbl_clear_error();
	assert_null(nimbl_nbl_pool_open(NULL, &parameters, options));
	assert_true(nimbl_last_error()->code > 0);
	assert_error_says(word);
}

static void options_that_do_not_fit_are_refused(void **state)
{
	expect_refused(
		&(struct nimbl_pool_options){
			.capacity = 2048, .cache = NIMBL_CACHE_MAX + 1, .node = NIMBL_NODE_ANY},
		"cache 513");
	expect_refused(
		&(struct nimbl_pool_options){
			.capacity = 64, .reuse = true, .ops = "stack", .node = NIMBL_NODE_ANY},
		"not 'stack'");
	expect_refused(
		&(struct nimbl_pool_options){.reuse = true, .node = NIMBL_NODE_ANY}, "capacity");
}

// Whether any mapping of this process that holds `address` says `word` in its flags.
static bool mapping_says(const void *address, const char *word)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	bool is_inside = false, says = false;
	char line[512];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		unsigned long long from, to;

		if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
			is_inside = (uintptr_t)address >= from && (uintptr_t)address < to;
		else if (is_inside && strncmp(line, "VmFlags:", 8) == 0)
			says = strstr(line, word) != NULL;
	}
	if (file != NULL)
		fclose(file);
	return says;
}

static void pool_lies_in_the_pages_that_were_asked_for(void **state)
{
	static const struct {
		uint32_t page;
		const char *word; // of the kernel: no large pages, large pages if it can
	} cases[] = {{4096, " nh"}, {2u << 20, " hg"}};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		NDIS_HANDLE pool = list_pool_with(TRUE, 2048, 0,
			&(struct nimbl_pool_options){
				.capacity = 1024, .node = NIMBL_NODE_ANY, .page = cases[i].page});
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

		assert_true(mapping_says(nbl, cases[i].word));
		NdisFreeNetBufferList(nbl);
		assert_int_equal(nimbl_pool_close(pool), 0);
	}
}

static void page_of_another_size_is_refused(void **state)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 128, 0);
	struct nimbl_pool_options options = {.capacity = 64, .node = NIMBL_NODE_ANY, .page = 8192};

	assert_null(nimbl_nbl_pool_open(NULL, &parameters, &options));
	assert_error_says("page 8192");
}

static void unknown_mempool_ops_are_named(void **state)
{
	expect_refused(
		&(struct nimbl_pool_options){
			.capacity = 64, .ops = "no_such_ops", .node = NIMBL_NODE_ANY},
		"no_such_ops");
}

static void pool_that_memory_cannot_hold_is_an_error(void **state)
{
	expect_refused(&(struct nimbl_pool_options){.capacity = 10000000, .node = NIMBL_NODE_ANY},
		"cannot be had");
}

static void reuse_pool_that_memory_cannot_hold_is_an_error(void **state)
{
	expect_refused(&(struct nimbl_pool_options){.capacity = 50000000,
			       .reuse = true,
			       .owner_lcore = 0,
			       .node = NIMBL_NODE_ANY},
		"cannot be had");
}

static void released_pool_goes_when_its_last_list_is_home(void **state)
{
	NDIS_HANDLE pool = small_pool(16, 4);

	assert_int_equal(nimbl_nbl_get(pool, lists, 5), 5);
	nimbl_pool_release(NULL);
	nimbl_pool_release(pool);
	assert_int_equal(nimbl_pools_reap(), 5);
	nimbl_nbl_put(lists, 4);
	assert_int_equal(nimbl_pools_reap(), 1);
	nimbl_nbl_put(lists + 4, 1);
	assert_int_equal(nimbl_pools_reap(), 0);
	assert_int_equal(nimbl_pool_close(NULL), 0);
}

struct visits {
	NDIS_HANDLE seen[8];
	int count;
	int stop_at;
};

static int visit(NDIS_HANDLE pool, void *arg)
{
	struct visits *visits = arg;
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	if (strncmp(info.name, "visit-", 6) != 0)
		return 0;
	visits->seen[visits->count++] = pool;
	return visits->count == visits->stop_at ? 42 : 0;
}

static void pools_are_visited_oldest_first_until_told_to_stop(void **state)
{
	struct visits all = {.stop_at = 0}, two = {.stop_at = 2};
	NDIS_HANDLE pools[3];

	for (int i = 0; i < 3; i++) {
		char name[] = "visit-x";

		name[6] = (char)('a' + i);
		pools[i] = list_pool_with(FALSE, 0, 0,
			&(struct nimbl_pool_options){
				.name = name, .capacity = 8, .node = NIMBL_NODE_ANY});
	}
	assert_int_equal(nimbl_pool_foreach(visit, &all), 0);
	assert_int_equal(all.count, 3);
	assert_memory_equal(all.seen, pools, sizeof(pools));
	assert_int_equal(nimbl_pool_foreach(visit, &two), 42);
	assert_int_equal(two.count, 2);
	for (int i = 0; i < 3; i++)
		close_whole(pools[i]);
}

#define THREADS 3

struct crowd {
	NDIS_HANDLE pool;
	NET_BUFFER_LIST **sorted;
	uint32_t size;
	uint8_t owned[LISTS_MAX];
	uint32_t rounds; // list operations per thread
	uint32_t faults;
	uint32_t seed;
};

static uint8_t *mark_of(struct crowd *crowd, NET_BUFFER_LIST *nbl)
{
	NET_BUFFER_LIST **found =
		bsearch(&nbl, crowd->sorted, crowd->size, sizeof(*crowd->sorted), by_address);

	return found != NULL ? &crowd->owned[found - crowd->sorted] : NULL;
}

static void *get_and_put(void *arg)
{
	struct crowd *crowd = arg;
	uint32_t seed = __atomic_add_fetch(&crowd->seed, 1, __ATOMIC_RELAXED), faults = 0;

	eal_harness_any_cpu();
	for (uint32_t done = 0; done < crowd->rounds;) {
		NET_BUFFER_LIST *mine[32];

		seed = seed * 1664525 + 1013904223;
		uint16_t n = nimbl_nbl_get(crowd->pool, mine, (uint16_t)(1 + (seed >> 20) % 32));
		for (uint16_t i = 0; i < n; i++) {
			uint8_t *mark = mark_of(crowd, mine[i]);

			faults +=
				mark == NULL || __atomic_exchange_n(mark, 1, __ATOMIC_RELAXED) != 0;
			faults += mine[i]->Next != NULL;
			mine[i]->Scratch = mine;
		}
		for (uint16_t i = 0; i < n; i++) {
			faults += mine[i]->Scratch != mine;
			__atomic_store_n(mark_of(crowd, mine[i]), 0, __ATOMIC_RELAXED);
		}
		nimbl_nbl_put(mine, n);
		done += n > 0 ? n : 1;
	}
	__atomic_fetch_add(&crowd->faults, faults, __ATOMIC_RELAXED);
	return NULL;
}

static void run_crowd(NDIS_HANDLE pool, uint32_t rounds)
{
	static struct crowd crowd;
	static NET_BUFFER_LIST *sorted[LISTS_MAX];
	pthread_t threads[THREADS];

	crowd = (struct crowd){.pool = pool, .sorted = sorted, .rounds = rounds};
	crowd.size = nimbl_nbl_get(pool, sorted, (uint16_t)pool_size_now(pool));
	assert_int_equal(crowd.size, pool_size_now(pool));
	nimbl_nbl_put(sorted, (uint16_t)crowd.size);
	qsort(sorted, crowd.size, sizeof(*sorted), by_address);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, get_and_put, &crowd), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(crowd.faults, 0);
	assert_pool_whole(pool);
	exercise(pool, crowd.size);
}

static void threads_without_an_lcore_share_a_pool(void **state)
{
	NDIS_HANDLE pool = small_pool(64, 32); // less than they ask for: it runs dry as well

	run_crowd(pool, 100000);
	close_whole(pool);
}

static void threads_may_share_every_strategy_that_says_so(void **state)
{
	static const char *const shared[] = {"ring_mt_rts", "ring_mt_hts", "stack", "lf_stack"};

	for (size_t i = 0; i <= RTE_DIM(shared); i++) {
		bool reuse = i == RTE_DIM(shared);
		NDIS_HANDLE pool = list_pool_with(TRUE, 64, 0,
			&(struct nimbl_pool_options){.capacity = 64,
				.ops = reuse ? NULL : shared[i],
				.reuse = reuse,
				.owner_lcore = NIMBL_LCORE_NONE,
				.node = NIMBL_NODE_ANY});

		run_crowd(pool, 20000);
		close_whole(pool);
	}
}

static void *grow_together(void *arg)
{
	NET_BUFFER_LIST **mine = arg;
	struct crowd *crowd = (void *)mine[0];

	eal_harness_any_cpu();
	for (uint32_t i = 0; i < crowd->rounds; i++)
		mine[i] = NdisAllocateNetBufferList(crowd->pool, 0, 0);
	return NULL;
}

static void threads_may_grow_a_pool_together(void **state)
{
	static struct crowd crowd;
	pthread_t threads[THREADS];

	crowd = (struct crowd){.pool = small_pool(0, 32), .rounds = 2000};
	for (uint32_t i = 0; i < THREADS; i++) {
		lists[i * crowd.rounds] = (void *)&crowd;
		assert_int_equal(
			pthread_create(&threads[i], NULL, grow_together, &lists[i * crowd.rounds]),
			0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (uint32_t i = 0; i < THREADS * crowd.rounds; i++)
		assert_non_null(lists[i]);
	assert_distinct(lists, THREADS * crowd.rounds);
	assert_int_equal(
		pool_size_now(crowd.pool) - pool_free_now(crowd.pool), THREADS * crowd.rounds);
	free_all(THREADS * crowd.rounds);
	close_whole(crowd.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_with_capacity_gives_exactly_that_many),
		cmocka_unit_test(dry_pool_recovers_list_by_list),
		cmocka_unit_test(pool_without_capacity_grows),
		cmocka_unit_test(buffer_pool_grows),
		cmocka_unit_test(mdls_do_not_run_out_at_the_first_chunk),
		cmocka_unit_test(growth_ends_where_memory_does),
		cmocka_unit_test(bulk_get_of_a_nearly_dry_pool_gives_what_is_there),
		cmocka_unit_test(get_of_no_lists_gives_none_and_does_not_grow),
		cmocka_unit_test(put_sorts_lists_of_several_pools),
		cmocka_unit_test(closing_a_pool_with_lists_out_is_refused),
		cmocka_unit_test(ndis_door_refuses_too_and_the_pool_stays_usable),
		cmocka_unit_test(holders_are_told_by_what_they_do),
		cmocka_unit_test(allocated_list_is_held_by_the_owner_not_by_its_last_source),
		cmocka_unit_test(list_freed_twice_is_refused),
		cmocka_unit_test(list_given_away_is_not_freed_again),
		cmocka_unit_test(buffer_freed_twice_is_refused),
		cmocka_unit_test(embedded_buffer_is_not_freed_alone),
		cmocka_unit_test(every_strategy_keeps_the_count),
		cmocka_unit_test(reuse_keeps_the_count_with_and_without_an_owner),
		cmocka_unit_test(reuse_gives_its_owner_the_warmest_first),
		cmocka_unit_test(reuse_tells_holders_to_any_thread),
		cmocka_unit_test(options_that_do_not_fit_are_refused),
		cmocka_unit_test(pool_lies_in_the_pages_that_were_asked_for),
		cmocka_unit_test(page_of_another_size_is_refused),
		cmocka_unit_test(unknown_mempool_ops_are_named),
		cmocka_unit_test(pool_that_memory_cannot_hold_is_an_error),
		cmocka_unit_test(reuse_pool_that_memory_cannot_hold_is_an_error),
		cmocka_unit_test(released_pool_goes_when_its_last_list_is_home),
		cmocka_unit_test(pools_are_visited_oldest_first_until_told_to_stop),
		cmocka_unit_test(threads_without_an_lcore_share_a_pool),
		cmocka_unit_test(threads_may_share_every_strategy_that_says_so),
		cmocka_unit_test(threads_may_grow_a_pool_together),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
