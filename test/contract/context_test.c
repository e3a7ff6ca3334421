// SPDX-License-Identifier: BSD-3-Clause
// Context space of lists, by rule (NDIS reference 1.3 and 3.4).
#include "pool_make.h"

static NDIS_STATUS take(NET_BUFFER_LIST *nbl, USHORT size, USHORT fill)
{
	return NdisAllocateNetBufferListContext(nbl, size, fill, 0x74657374);
}

static void a_list_without_context_gets_a_block(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	assert_null(nbl->Context);
	assert_int_equal(take(nbl, 24, 40), NDIS_STATUS_SUCCESS);
	assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 64); // Q7
	assert_int_equal(nbl->Context->Offset, 40);
	assert_ptr_equal(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), nbl->Context->ContextData + 40);
	memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 0xff, 24);
	NdisFreeNetBufferListContext(nbl, 24);
	assert_null(nbl->Context);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void back_fill_serves_the_next_driver(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	assert_int_equal(take(nbl, 8, 16), NDIS_STATUS_SUCCESS);
	NET_BUFFER_LIST_CONTEXT *block = nbl->Context;
	assert_int_equal(take(nbl, 16, 8), NDIS_STATUS_SUCCESS);
	assert_ptr_equal(nbl->Context, block);
	assert_int_equal(block->Offset, 0);
	assert_int_equal(take(nbl, 8, 0), NDIS_STATUS_SUCCESS); // full: a block in front
	assert_ptr_not_equal(nbl->Context, block);
	assert_ptr_equal(nbl->Context->Next, block);
	NdisFreeNetBufferListContext(nbl, 8);
	assert_ptr_equal(nbl->Context, block);
	NdisFreeNetBufferListContext(nbl, 16);
	assert_int_equal(block->Offset, 16);
	NdisFreeNetBufferListContext(nbl, 8);
	assert_null(nbl->Context);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void context_of_the_pool_is_used_and_stays(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 32);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER_LIST_CONTEXT *own = nbl->Context;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(take(nbl, 32, 0), NDIS_STATUS_SUCCESS);
		assert_ptr_equal(nbl->Context, own);
		assert_int_equal(take(nbl, 8, 0), NDIS_STATUS_SUCCESS);
		assert_ptr_equal(nbl->Context->Next, own);
		NdisFreeNetBufferListContext(nbl, 8);
		NdisFreeNetBufferListContext(nbl, 32);
		assert_ptr_equal(nbl->Context, own);
		assert_int_equal(own->Offset, own->Size);
	}
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

// What NdisAllocateNetBufferList made dies with the list, not with the contexts in its back-fill.
static void block_that_came_with_the_list_is_not_freed(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 32);
	NET_BUFFER_LIST_CONTEXT *block = nbl->Context;

	assert_non_null(block);
	assert_int_equal(take(nbl, 32, 0), NDIS_STATUS_SUCCESS);
	NdisFreeNetBufferListContext(nbl, 32);
	assert_ptr_equal(nbl->Context, block);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void sizes_are_multiples_of_a_pointer(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	for (USHORT size = 0; size < 32; size++) {
		for (USHORT fill = 0; fill < 32; fill++) {
			bool legal = size % sizeof(PVOID) == 0 && fill % sizeof(PVOID) == 0;

			assert_int_equal(take(nbl, size, fill),
				legal ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
			if (legal)
				NdisFreeNetBufferListContext(nbl, size);
			assert_null(nbl->Context);
		}
	}
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void more_than_a_block_can_hold_is_refused(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	assert_int_equal(take(nbl, 0xfff8, 8), NDIS_STATUS_RESOURCES);
	assert_null(nbl->Context);
	assert_int_equal(take(nbl, 0xfff8, 0), NDIS_STATUS_SUCCESS);
	memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 1, 0xfff8);
	NdisFreeNetBufferListContext(nbl, 0xfff8);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void freeing_more_than_is_in_use_changes_nothing(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 16);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	assert_int_equal(take(nbl, 8, 0), NDIS_STATUS_SUCCESS);
	NdisFreeNetBufferListContext(nbl, 16);
	assert_int_equal(nbl->Context->Offset, 8);
	NdisFreeNetBufferListContext(nbl, 8);
	NdisFreeNetBufferListContext(nbl, 8);
	assert_int_equal(nbl->Context->Offset, 16);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void context_left_behind_goes_with_the_list(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 64, 16);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	for (int i = 0; i < 5; i++)
		assert_int_equal(take(nbl, 64, 0), NDIS_STATUS_SUCCESS);
	NdisFreeNetBufferList(nbl);
	nbl = NdisAllocateNetBufferList(pool, 0, 0);
	assert_null(nbl->Context->Next);
	assert_int_equal(nbl->Context->Offset, 16);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_without_context_gets_a_block),
		cmocka_unit_test(back_fill_serves_the_next_driver),
		cmocka_unit_test(context_of_the_pool_is_used_and_stays),
		cmocka_unit_test(block_that_came_with_the_list_is_not_freed),
		cmocka_unit_test(sizes_are_multiples_of_a_pointer),
		cmocka_unit_test(more_than_a_block_can_hold_is_refused),
		cmocka_unit_test(freeing_more_than_is_in_use_changes_nothing),
		cmocka_unit_test(context_left_behind_goes_with_the_list),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
