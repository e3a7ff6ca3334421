// SPDX-License-Identifier: BSD-3-Clause
// The pool matrix of NDIS: which parameters make a pool, which calls take from which pool, and what
// comes preallocated; and the context space that pool and call bring.
#include <rte_malloc.h>

#include "nimbl_log.h"
#include "pool_make.h"

static uint8_t memory[256];

static size_t heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;

	assert_int_equal(rte_malloc_get_socket_stats(0, &stats), 0);
	return stats.heap_allocsz_bytes;
}

static void bare_pool_gives_lists_without_nb(void **state)
{
	NDIS_HANDLE pool = list_pool(FALSE, 0, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	assert_non_null(nbl);
	assert_list_fresh(nbl, pool);
	assert_null(NET_BUFFER_LIST_FIRST_NB(nbl));
	assert_null(nbl->Context);
	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
	assert_null(NdisAllocateNetBuffer(pool, NULL, 0, 0));
	assert_null(NdisAllocateNetBufferMdlAndData(pool));
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void nb_pool_gives_lists_with_nb_and_takes_an_mdl(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 0, 0);
	NET_BUFFER_LIST *bare = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER_LIST *empty = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0);
	MDL *mdl = NdisAllocateMdl(NULL, memory, sizeof(memory));
	NET_BUFFER_LIST *aimed = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, mdl, 14, 100);

	assert_non_null(bare);
	assert_list_fresh(bare, pool);
	assert_nb_fresh_bare(NET_BUFFER_LIST_FIRST_NB(bare), pool);
	assert_non_null(empty);
	assert_list_fresh(empty, pool);
	assert_nb_fresh_bare(NET_BUFFER_LIST_FIRST_NB(empty), pool);

	assert_non_null(aimed);
	assert_list_fresh(aimed, pool);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(aimed);
	assert_nb_sound(nb);
	assert_ptr_equal(NET_BUFFER_FIRST_MDL(nb), mdl);
	assert_ptr_equal(NET_BUFFER_CURRENT_MDL(nb), mdl);
	assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), 14);
	assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), 100);

	assert_null(NdisAllocateNetBuffer(pool, NULL, 0, 0));
	assert_null(NdisAllocateNetBufferMdlAndData(pool));
	NdisFreeNetBufferList(aimed);
	assert_ptr_equal(mdl->MappedSystemVa, memory); // the chain stays the caller's
	NdisFreeMdl(mdl);
	NdisFreeNetBufferList(empty);
	NdisFreeNetBufferList(bare);
	close_whole(pool);
}

static void without_a_chain_offset_and_length_are_zero(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 0, 0);

	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 1, 0));
	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 1));
	assert_pool_whole(pool);
	close_whole(pool);
}

static void data_pool_gives_everything_as_headroom(void **state)
{
	static const ULONG sizes[] = {1, 14, 64, 100, 2048, 9018, 65535};

	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		NDIS_HANDLE pool = list_pool_with(TRUE, sizes[i], 0,
			&(struct nimbl_pool_options){.capacity = 4, .node = NIMBL_NODE_ANY});
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

		assert_non_null(nbl);
		assert_list_fresh(nbl, pool);
		assert_non_null(NET_BUFFER_LIST_FIRST_NB(nbl));
		assert_nb_fresh_with_data(NET_BUFFER_LIST_FIRST_NB(nbl), pool, sizes[i]);
		// All of it is memory of ours alone.
		memset(MmGetSystemAddressForMdlSafe(
			       NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(nbl)),
			       NormalPagePriority),
			0xee, sizes[i]);
		NET_BUFFER_LIST *other = NdisAllocateNetBufferList(pool, 0, 0);
		assert_list_fresh(other, pool);
		NdisFreeNetBufferList(other);
		NdisFreeNetBufferList(nbl);
		close_whole(pool);
	}
}

static void data_pool_refuses_the_other_calls(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 128, 0);

	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
	assert_null(NdisAllocateNetBuffer(pool, NULL, 0, 0));
	assert_null(NdisAllocateNetBufferMdlAndData(pool));
	assert_pool_whole(pool);
	close_whole(pool);
}

static void buffer_pool_without_data_gives_bare_buffers(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, NULL, 0, 0);

	assert_non_null(nb);
	assert_nb_fresh_bare(nb, pool);
	assert_null(NdisAllocateNetBufferMdlAndData(pool));
	assert_null(NdisAllocateNetBufferList(pool, 0, 0));
	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
	NdisFreeNetBuffer(nb);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void buffer_pool_with_data_gives_all_three(void **state)
{
	NDIS_HANDLE pool = buffer_pool(1500);
	NET_BUFFER *nb = NdisAllocateNetBufferMdlAndData(pool);

	assert_non_null(nb);
	assert_nb_fresh_with_data(nb, pool, 1500);
	assert_null(NdisAllocateNetBuffer(pool, NULL, 0, 0));
	assert_null(NdisAllocateNetBufferList(pool, 0, 0));
	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
	NdisFreeNetBuffer(nb);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void expect_no_list_pool(const NET_BUFFER_LIST_POOL_PARAMETERS *parameters, const char *word)
{
	nimbl_clear_error();
	assert_null(NdisAllocateNetBufferListPool(NULL, parameters));
	assert_int_equal(nimbl_last_error()->code, EINVAL);
	assert_error_says(word);
}

static void expect_no_buffer_pool(const NET_BUFFER_POOL_PARAMETERS *parameters, const char *word)
{
	nimbl_clear_error();
	assert_null(NdisAllocateNetBufferPool(NULL, parameters));
	assert_int_equal(nimbl_last_error()->code, EINVAL);
	assert_error_says(word);
}

static void data_without_nb_is_refused(void **state)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(FALSE, 2048, 0);

	expect_no_list_pool(&parameters, "fAllocateNetBuffer");
}

static void bad_object_header_is_refused(void **state)
{
	NET_BUFFER_LIST_POOL_PARAMETERS lists = list_parameters(TRUE, 0, 0);
	NET_BUFFER_POOL_PARAMETERS buffers = buffer_parameters(0);

	lists.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	expect_no_list_pool(&lists, "bad object header");
	lists = list_parameters(TRUE, 0, 0);
	lists.Header.Revision = 0;
	expect_no_list_pool(&lists, "revision 0");
	lists = list_parameters(TRUE, 0, 0);
	lists.Header.Size--;
	expect_no_list_pool(&lists, "size 15");

	buffers.Header.Type = 0;
	expect_no_buffer_pool(&buffers, "type 0x00");
	buffers = buffer_parameters(0);
	buffers.Header.Revision = 0;
	expect_no_buffer_pool(&buffers, "revision 0");
	buffers = buffer_parameters(0);
	buffers.Header.Size--;
	expect_no_buffer_pool(&buffers, "size 11");
}

static void newer_object_header_is_accepted(void **state)
{
	NET_BUFFER_LIST_POOL_PARAMETERS lists = list_parameters(TRUE, 0, 0);
	NET_BUFFER_POOL_PARAMETERS buffers = buffer_parameters(0);

	lists.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_2;
	lists.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_2;
	NDIS_HANDLE pool = NdisAllocateNetBufferListPool(NULL, &lists);
	assert_non_null(pool);
	close_whole(pool);
	buffers.Header.Revision = NET_BUFFER_POOL_PARAMETERS_REVISION_2;
	buffers.Header.Size = NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_2;
	pool = NdisAllocateNetBufferPool(NULL, &buffers);
	assert_non_null(pool);
	close_whole(pool);
}

static void context_size_of_a_pool_is_a_multiple_of_16(void **state)
{
	static const USHORT sizes[] = {1, 8, 15, 17, 24, 65535};

	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 0, sizes[i]);

		expect_no_list_pool(&parameters, "not a multiple of 16");
	}
}

static void one_buffer_holds_at_most_65535_bytes(void **state)
{
	static const ULONG sizes[] = {65536, 0x10000 + 64, UINT32_MAX};

	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		NET_BUFFER_LIST_POOL_PARAMETERS lists = list_parameters(TRUE, sizes[i], 0);
		NET_BUFFER_POOL_PARAMETERS buffers = buffer_parameters(sizes[i]);

		expect_no_list_pool(&lists, "65535");
		expect_no_buffer_pool(&buffers, "65535");
	}
}

static void no_parameters_make_no_pool(void **state)
{
	assert_null(NdisAllocateNetBufferListPool(NULL, NULL));
	assert_null(NdisAllocateNetBufferPool(NULL, NULL));
}

static void handle_that_is_no_pool_gives_nothing(void **state)
{
	NDIS_HANDLE lists = list_pool(TRUE, 64, 0), buffers = buffer_pool(64);

	assert_null(NdisAllocateNetBufferList(NULL, 0, 0));
	assert_null(NdisAllocateNetBufferAndNetBufferList(NULL, 0, 0, NULL, 0, 0));
	assert_null(NdisAllocateNetBuffer(NULL, NULL, 0, 0));
	assert_null(NdisAllocateNetBufferMdlAndData(NULL));
	assert_null(NdisAllocateNetBufferList(memory, 0, 0));
	assert_null(NdisAllocateNetBufferMdlAndData(memory));

	// Freeing a pool through the wrong door, or none, does nothing.
	NdisFreeNetBufferListPool(NULL);
	NdisFreeNetBufferPool(NULL);
	NdisFreeNetBufferListPool(buffers);
	NdisFreeNetBufferPool(lists);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
	NET_BUFFER *nb = NdisAllocateNetBufferMdlAndData(buffers);
	assert_non_null(nbl);
	assert_non_null(nb);
	NdisFreeNetBufferList(nbl);
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferListPool(lists);
	NdisFreeNetBufferPool(buffers);
}

static void expect_context(const NET_BUFFER_LIST *nbl, USHORT size, USHORT offset)
{
	assert_non_null(nbl->Context);
	assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), size);
	assert_int_equal(nbl->Context->Offset, offset);
	assert_ptr_equal(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl),
		(const uint8_t *)nbl->Context + sizeof(NET_BUFFER_LIST_CONTEXT) + offset);
	assert_int_equal((uintptr_t)NET_BUFFER_LIST_CONTEXT_DATA_START(nbl) % 16, 0);
	assert_int_equal((uintptr_t)nbl->Context->ContextData % 16, 0);
}

static void context_of_the_pool_is_used_first(void **state)
{
	for (int with_nb = FALSE; with_nb <= TRUE; with_nb++) {
		NDIS_HANDLE pool = list_pool((BOOLEAN)with_nb, 0, 96);
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
		NET_BUFFER_LIST_CONTEXT *own = nbl->Context;
		size_t heap = heap_bytes();

		expect_context(nbl, 96, 96);
		NdisFreeNetBufferList(nbl);
		nbl = NdisAllocateNetBufferList(pool, 32, 64); // fits exactly
		assert_ptr_equal(nbl->Context, own);
		expect_context(nbl, 96, 64);
		memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 0xee, 32);
		NdisFreeNetBufferList(nbl);
		nbl = NdisAllocateNetBufferList(pool, 96, 0);
		expect_context(nbl, 96, 0);
		memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 0xee, 96);
		NdisFreeNetBufferList(nbl);
		nbl = NdisAllocateNetBufferList(pool, 0, 0); // and it is empty again
		expect_context(nbl, 96, 96);
		NdisFreeNetBufferList(nbl);
		assert_int_equal(heap_bytes(), heap);
		close_whole(pool);
	}
}

static void context_of_a_call_dies_with_the_list(void **state)
{
	static const struct {
		USHORT pool, size, fill;
	} cases[] = {{0, 16, 0}, {0, 0, 16}, {0, 48, 80}, {64, 80, 0}, {64, 64, 16}, {64, 16, 64},
		{0, 65520, 0}, {0, 32752, 32752}};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		NDIS_HANDLE pool = list_pool_with(TRUE, 256, cases[i].pool,
			&(struct nimbl_pool_options){.capacity = 1, .node = NIMBL_NODE_ANY});
		size_t heap = heap_bytes();

		for (int again = 0; again < 3; again++) {
			NET_BUFFER_LIST *nbl =
				NdisAllocateNetBufferList(pool, cases[i].size, cases[i].fill);

			assert_non_null(nbl);
			assert_list_fresh(nbl, pool);
			expect_context(nbl, (USHORT)(cases[i].size + cases[i].fill), cases[i].fill);
			assert_true(heap_bytes() > heap);
			memset(nbl->Context->ContextData, 0xee, nbl->Context->Size);
			assert_nb_fresh_with_data(NET_BUFFER_LIST_FIRST_NB(nbl), pool, 256);
			NdisFreeNetBufferList(nbl);
			assert_int_equal(heap_bytes(), heap);
		}
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
		if (cases[i].pool > 0)
			expect_context(nbl, cases[i].pool, cases[i].pool);
		else
			assert_null(nbl->Context);
		NdisFreeNetBufferList(nbl);
		close_whole(pool);
	}
}

static void context_sizes_of_a_call_are_multiples_of_16(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 0, 64);

	assert_null(NdisAllocateNetBufferList(pool, 8, 0));
	assert_null(NdisAllocateNetBufferList(pool, 0, 8));
	assert_null(NdisAllocateNetBufferList(pool, 24, 24));
	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 1, 0, NULL, 0, 0));
	assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 65535, NULL, 0, 0));
	assert_pool_whole(pool);
	close_whole(pool);
}

static void context_larger_than_a_block_can_be_is_refused(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 0, 0);

	assert_null(NdisAllocateNetBufferList(pool, 65520, 16));
	assert_null(NdisAllocateNetBufferList(pool, 65520, 65520));
	assert_pool_whole(pool);
	close_whole(pool);
}

// The PMD frees what was handed to it as an mbuf and knows nothing of contexts.
static void context_of_a_list_that_was_handed_away_is_gone_as_well(void **state)
{
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 256, 0, &(struct nimbl_pool_options){.capacity = 1, .node = NIMBL_NODE_ANY});
	size_t heap = heap_bytes();
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 32, 0);

	hand_over(nbl);
	nbl = NdisAllocateNetBufferList(pool, 0, 0);
	assert_non_null(nbl);
	assert_null(nbl->Context);
	assert_int_equal(heap_bytes(), heap);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void list_is_fresh_whatever_its_last_owner_wrote(void **state)
{
	static const struct {
		BOOLEAN with_nb;
		ULONG data;
	} cells[] = {{FALSE, 0}, {TRUE, 0}, {TRUE, 256}};

	for (size_t i = 0; i < RTE_DIM(cells); i++) {
		NDIS_HANDLE pool = list_pool_with(cells[i].with_nb, cells[i].data, 0,
			&(struct nimbl_pool_options){.capacity = 1, .node = NIMBL_NODE_ANY});
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

		nbl->Next = nbl;
		nbl->NblFlags = nbl->Flags = UINT32_MAX;
		nbl->Status = NDIS_STATUS_FAILURE;
		nbl->ChildRefCount = 7;
		nbl->SourceHandle = nbl;
		nbl->ParentNetBufferList = nbl;
		for (ULONG id = 0; id < MaxNetBufferListInfo; id++)
			NET_BUFFER_LIST_INFO(nbl, id) = nbl;
		nbl->FirstNetBuffer = (NET_BUFFER *)memory;
		NdisFreeNetBufferList(nbl);
		assert_ptr_equal(NdisAllocateNetBufferList(pool, 0, 0), nbl);
		assert_list_fresh(nbl, pool);
		if (!cells[i].with_nb)
			assert_null(nbl->FirstNetBuffer);
		else if (cells[i].data == 0)
			assert_nb_fresh_bare(nbl->FirstNetBuffer, pool);
		else
			assert_nb_fresh_with_data(nbl->FirstNetBuffer, pool, cells[i].data);
		NdisFreeNetBufferList(nbl);
		close_whole(pool);
	}
}

static void bulk_get_gives_what_the_ndis_call_gives(void **state)
{
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 256, 32, &(struct nimbl_pool_options){.capacity = 1, .node = NIMBL_NODE_ANY});
	NET_BUFFER_LIST *nbl;

	assert_int_equal(nimbl_nbl_get(pool, &nbl, 1), 1);
	nbl->SourceHandle = pool;
	nbl->ParentNetBufferList = nbl;
	nimbl_nbl_put(&nbl, 1);
	assert_int_equal(nimbl_nbl_get(pool, &nbl, 1), 1);
	assert_list_fresh(nbl, pool);
	expect_context(nbl, 32, 32);
	assert_nb_fresh_with_data(nbl->FirstNetBuffer, pool, 256);
	nimbl_nbl_put(&nbl, 1);
	close_whole(pool);
}

static void buffers_of_the_driver_are_not_freed_with_a_list(void **state)
{
	NDIS_HANDLE lists = list_pool(FALSE, 0, 0), buffers = buffer_pool(0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
	NET_BUFFER *nb = NdisAllocateNetBuffer(buffers, NULL, 0, 0);

	NET_BUFFER_LIST_FIRST_NB(nbl) = nb;
	NdisFreeNetBufferList(nbl);
	assert_pool_whole(lists);
	assert_int_equal(pool_size_now(buffers) - pool_free_now(buffers), 1);
	NdisFreeNetBuffer(nb);
	close_whole(buffers);
	close_whole(lists);
}

// 3.3: an MDL that a driver allocates is a view, and one that came with a room is part of it.
static void mdl_owns_no_memory_and_that_of_a_room_is_not_freed(void **state)
{
	enum nimbl_log_level level = nimbl_log_get_level();
	NDIS_HANDLE pool = list_pool(TRUE, 100, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	uint8_t *room = MmGetSystemAddressForMdlSafe(nb->MdlChain, NormalPagePriority);
	MDL *view = NdisAllocateMdl(NULL, room + 30, 20);

	memset(room, 0x77, 100);
	assert_ptr_equal(MmGetMdlVirtualAddress(view), room + 30);
	assert_int_equal(MmGetMdlByteCount(view), 20);
	assert_null(NDIS_MDL_LINKAGE(view));
	NdisFreeMdl(view);
	for (int i = 0; i < 100; i++)
		assert_int_equal(room[i], 0x77);
	nimbl_log_set_level((enum nimbl_log_level)0);
	NdisFreeMdl(nb->MdlChain);
	nimbl_log_set_level(level);
	assert_nb_fresh_with_data(nb, pool, 100);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bare_pool_gives_lists_without_nb),
		cmocka_unit_test(nb_pool_gives_lists_with_nb_and_takes_an_mdl),
		cmocka_unit_test(without_a_chain_offset_and_length_are_zero),
		cmocka_unit_test(data_pool_gives_everything_as_headroom),
		cmocka_unit_test(data_pool_refuses_the_other_calls),
		cmocka_unit_test(buffer_pool_without_data_gives_bare_buffers),
		cmocka_unit_test(buffer_pool_with_data_gives_all_three),
		cmocka_unit_test(data_without_nb_is_refused),
		cmocka_unit_test(bad_object_header_is_refused),
		cmocka_unit_test(newer_object_header_is_accepted),
		cmocka_unit_test(context_size_of_a_pool_is_a_multiple_of_16),
		cmocka_unit_test(one_buffer_holds_at_most_65535_bytes),
		cmocka_unit_test(no_parameters_make_no_pool),
		cmocka_unit_test(handle_that_is_no_pool_gives_nothing),
		cmocka_unit_test(context_of_the_pool_is_used_first),
		cmocka_unit_test(context_of_a_call_dies_with_the_list),
		cmocka_unit_test(context_sizes_of_a_call_are_multiples_of_16),
		cmocka_unit_test(context_larger_than_a_block_can_be_is_refused),
		cmocka_unit_test(context_of_a_list_that_was_handed_away_is_gone_as_well),
		cmocka_unit_test(list_is_fresh_whatever_its_last_owner_wrote),
		cmocka_unit_test(bulk_get_gives_what_the_ndis_call_gives),
		cmocka_unit_test(mdl_owns_no_memory_and_that_of_a_room_is_not_freed),
		cmocka_unit_test(buffers_of_the_driver_are_not_freed_with_a_list),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
