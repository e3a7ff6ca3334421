// SPDX-License-Identifier: BSD-3-Clause
// Memory, and clocks that go on.
#include <ndis.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TAG 0x74736554

static bool is_zero(const UCHAR *memory, size_t length)
{
	size_t i = 0;

	while (i < length && memory[i] == 0)
		i++;
	return i == length;
}

static void memory_wants_a_tag(void **state)
{
	PVOID memory = NULL;

	assert_null(NdisAllocateMemoryWithTagPriority(NULL, 16, 0, LowPoolPriority));
	assert_int_equal(NdisAllocateMemoryWithTag(&memory, 16, 0), NDIS_STATUS_FAILURE);
	assert_null(ExAllocatePoolWithTag(NonPagedPoolNx, 16, 0));
	assert_int_equal(NdisAllocateMemoryWithTag(&memory, 16, TAG), NDIS_STATUS_SUCCESS);
	NdisFreeMemory(memory, 16, 0);
}

static void pools_align_and_zero(void **state)
{
	// What was freed is dirty, and comes again.
	for (int i = 0; i < 4; i++) {
		UCHAR *dirty = ExAllocatePoolWithTag(NonPagedPool, 256, TAG);
		UCHAR *line = ExAllocatePoolWithTag(NonPagedPoolNxCacheAligned, 10, TAG);
		UCHAR *page = ExAllocatePoolWithTag(PagedPool, PAGE_SIZE, TAG);

		NdisFillMemory(dirty, 256, 0xA5);
		assert_int_equal((ULONG_PTR)dirty % MEMORY_ALLOCATION_ALIGNMENT, 0);
		assert_int_equal((ULONG_PTR)line % SYSTEM_CACHE_ALIGNMENT_SIZE, 0);
		assert_int_equal((ULONG_PTR)page % PAGE_SIZE, 0);
		ExFreePoolWithTag(dirty, TAG);
		ExFreePool(line);
		ExFreePool(page);
		UCHAR *zeroed = i % 2 == 0 ? ExAllocatePoolZero(NonPagedPoolNx, 256, TAG)
					   : ExAllocatePool2(POOL_FLAG_NON_PAGED, 256, TAG);
		assert_true(is_zero(zeroed, 256));
		ExFreePool(zeroed);
	}
}

static int allocated, freed;

static PVOID allocate_block(POOL_TYPE type, SIZE_T length, ULONG tag)
{
	assert_int_equal(length, 48);
	assert_int_equal(tag, TAG);
	allocated++;
	return ExAllocatePoolZero(type, length, tag);
}

static VOID free_block(PVOID block)
{
	freed++;
	ExFreePool(block);
}

static void a_lookaside_list_calls_the_driver_each_time(void **state)
{
	NPAGED_LOOKASIDE_LIST list;
	PVOID block;

	NdisInitializeNPagedLookasideList(&list, allocate_block, free_block, 0, 48, TAG, 0);
	for (int i = 1; i <= 3; i++) {
		block = NdisAllocateFromNPagedLookasideList(&list);
		assert_non_null(block);
		NdisFreeToNPagedLookasideList(&list, block);
		assert_int_equal(allocated, i);
		assert_int_equal(freed, i);
	}
	NdisDeleteNPagedLookasideList(&list);
	ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 48, TAG, 0);
	block = ExAllocateFromNPagedLookasideList(&list);
	assert_non_null(block);
	ExFreeToNPagedLookasideList(&list, block);
}

static void clocks_agree_on_what_passed(void **state)
{
	LARGE_INTEGER frequency, system[2], ticks[2], up[2];
	LONGLONG from = KeQueryPerformanceCounter(&frequency).QuadPart;

	NdisGetCurrentSystemTime(&system[0]);
	KeQueryTickCount(&ticks[0]);
	NdisGetSystemUpTimeEx(&up[0]);
	ULONGLONG interrupt = KeQueryInterruptTime();
	NdisMSleep(3000);
	NdisStallExecution(2000);
	NdisGetCurrentSystemTime(&system[1]);
	KeQueryTickCount(&ticks[1]);
	NdisGetSystemUpTimeEx(&up[1]);
	LONGLONG passed = KeQueryPerformanceCounter(NULL).QuadPart - from;
	assert_true(passed >= frequency.QuadPart / 200);
	assert_true(system[1].QuadPart - system[0].QuadPart >= 49000);
	assert_true((ticks[1].QuadPart - ticks[0].QuadPart) * KeQueryTimeIncrement() >= 40000);
	assert_true(up[1].QuadPart - up[0].QuadPart >= 4);
	assert_true(KeQueryInterruptTime() - interrupt >= 50000);
}

static void system_time_counts_from_1601(void **state)
{
	LARGE_INTEGER now;

	NdisGetCurrentSystemTime(&now);
	// Years of 365.2425 days.
	assert_in_range(now.QuadPart / INT64_C(10000000) / 31556952, 2024 - 1601, 2200 - 1601);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_wants_a_tag),
		cmocka_unit_test(pools_align_and_zero),
		cmocka_unit_test(a_lookaside_list_calls_the_driver_each_time),
		cmocka_unit_test(clocks_agree_on_what_passed),
		cmocka_unit_test(system_time_counts_from_1601),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
