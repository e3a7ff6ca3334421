// SPDX-License-Identifier: BSD-3-Clause
// Locks keep threads apart, and the level is raised while one is held.
#include <ndis.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define THREADS 4
#define ROUNDS  20000

static void on_threads(void *(*body)(void *), void *arg)
{
	pthread_t threads[THREADS];

	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, body, arg), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

struct shared {
	NDIS_SPIN_LOCK lock;
	KSPIN_LOCK plain;
	NDIS_RW_LOCK rw;
	NDIS_RW_LOCK_EX *rw_ex;
	uint64_t a, b; // equal whenever nobody writes
};

static void *spin(void *arg)
{
	struct shared *shared = arg;

	for (int i = 0; i < ROUNDS; i++) {
		NdisAcquireSpinLock(&shared->lock);
		shared->a++;
		NdisReleaseSpinLock(&shared->lock);
	}
	return NULL;
}

static void a_zeroed_lock_is_free_and_excludes(void **state)
{
	struct shared shared = {0};

	on_threads(spin, &shared);
	assert_int_equal(shared.a, THREADS * ROUNDS);
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static void *spin_plain(void *arg)
{
	struct shared *shared = arg;

	for (int i = 0; i < ROUNDS; i++) {
		KLOCK_QUEUE_HANDLE handle;
		KIRQL old;

		KeAcquireSpinLock(&shared->plain, &old);
		shared->a++;
		KeReleaseSpinLock(&shared->plain, old);
		KeAcquireInStackQueuedSpinLock(&shared->plain, &handle);
		shared->a++;
		KeReleaseInStackQueuedSpinLock(&handle);
	}
	return NULL;
}

static void all_forms_take_the_same_lock(void **state)
{
	struct shared shared = {0};

	KeInitializeSpinLock(&shared.plain);
	on_threads(spin_plain, &shared);
	assert_int_equal(shared.a, 2 * THREADS * ROUNDS);
}

static void the_holder_is_at_dispatch_level(void **state)
{
	NDIS_SPIN_LOCK outer = {0}, inner = {0};
	KSPIN_LOCK plain = 0;
	KIRQL old;

	NdisAcquireSpinLock(&outer);
	assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
	NdisAcquireSpinLock(&inner);
	NdisReleaseSpinLock(&inner);
	assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
	NdisDprAcquireSpinLock(&inner);
	NdisDprReleaseSpinLock(&inner);
	NdisReleaseSpinLock(&outer);
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
	KeAcquireSpinLock(&plain, &old);
	assert_int_equal(old, PASSIVE_LEVEL);
	assert_false(KeTryToAcquireSpinLockAtDpcLevel(&plain));
	KeReleaseSpinLock(&plain, old);
	assert_true(KeTryToAcquireSpinLockAtDpcLevel(&plain));
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static void *read_and_write(void *arg)
{
	struct shared *shared = arg;
	bool equal = true;

	for (int i = 0; i < ROUNDS; i++) {
		bool writes = i % 8 == 0;
		LOCK_STATE state;

		NdisAcquireReadWriteLock(&shared->rw, writes, &state);
		equal &= shared->a == shared->b;
		if (writes)
			shared->a++, shared->b++;
		NdisReleaseReadWriteLock(&shared->rw, &state);
	}
	return equal ? NULL : arg;
}

static void *read_and_write_ex(void *arg)
{
	struct shared *shared = arg;
	bool equal = true;

	for (int i = 0; i < ROUNDS; i++) {
		bool writes = i % 8 == 0;
		LOCK_STATE_EX state, again;

		if (writes) {
			NdisAcquireRWLockWrite(shared->rw_ex, &state, 0);
			shared->a++, shared->b++;
		} else {
			NdisAcquireRWLockRead(shared->rw_ex, &state, 0);
			NdisAcquireRWLockRead(shared->rw_ex, &again, NDIS_RWL_AT_DISPATCH_LEVEL);
			equal &= shared->a == shared->b;
			NdisReleaseRWLock(shared->rw_ex, &again);
		}
		equal &= KeGetCurrentIrql() == DISPATCH_LEVEL;
		NdisReleaseRWLock(shared->rw_ex, &state);
	}
	return equal ? NULL : arg;
}

static void readers_see_no_writer_at_work(void **state)
{
	void *(*const bodies[])(void *) = {read_and_write, read_and_write_ex};

	for (size_t i = 0; i < ARRAYSIZE(bodies); i++) {
		struct shared shared = {.rw_ex = NdisAllocateRWLock(NULL)};
		pthread_t threads[THREADS];
		void *wrong;

		NdisInitializeReadWriteLock(&shared.rw);
		assert_non_null(shared.rw_ex);
		for (unsigned int t = 0; t < THREADS; t++)
			assert_int_equal(pthread_create(&threads[t], NULL, bodies[i], &shared), 0);
		for (unsigned int t = 0; t < THREADS; t++) {
			pthread_join(threads[t], &wrong);
			assert_null(wrong);
		}
		assert_int_equal(shared.a, THREADS * ROUNDS / 8);
		NdisFreeRWLock(shared.rw_ex);
	}
}

struct entry {
	SLIST_ENTRY link;
	LIST_ENTRY twin;
	uint32_t taken;
};

static SLIST_HEADER stack;
static LIST_ENTRY list;
static NDIS_SPIN_LOCK list_lock;

// Whoever takes an entry is the only one that has it.
static void *take_and_give(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		SLIST_ENTRY *top = InterlockedPopEntrySList(&stack);
		LIST_ENTRY *first = NdisInterlockedRemoveHeadList(&list, &list_lock);

		if (top != NULL) {
			CONTAINING_RECORD(top, struct entry, link)->taken++;
			InterlockedPushEntrySList(&stack, top);
		}
		if (first != NULL) {
			CONTAINING_RECORD(first, struct entry, twin)->taken++;
			NdisInterlockedInsertTailList(&list, first, &list_lock);
		}
	}
	return NULL;
}

static void shared_lists_lose_nothing(void **state)
{
	static struct entry on_stack[3], on_list[3];
	uint32_t found = 0;

	InitializeSListHead(&stack);
	NdisInitializeListHead(&list);
	NdisAllocateSpinLock(&list_lock);
	assert_null(InterlockedPopEntrySList(&stack));
	assert_null(NdisInterlockedRemoveHeadList(&list, &list_lock));
	for (size_t i = 0; i < ARRAYSIZE(on_stack); i++) {
		assert_ptr_equal(InterlockedPushEntrySList(&stack, &on_stack[i].link),
			i > 0 ? &on_stack[i - 1].link : NULL);
		assert_ptr_equal(NdisInterlockedInsertHeadList(&list, &on_list[i].twin, &list_lock),
			i > 0 ? &on_list[i - 1].twin : NULL);
	}
	assert_int_equal(QueryDepthSList(&stack), ARRAYSIZE(on_stack));
	on_threads(take_and_give, NULL);
	assert_int_equal(QueryDepthSList(&stack), ARRAYSIZE(on_stack));
	for (SLIST_ENTRY *e = InterlockedFlushSList(&stack); e != NULL; e = e->Next)
		found++;
	assert_int_equal(found, ARRAYSIZE(on_stack));
	assert_int_equal(QueryDepthSList(&stack), 0);
	for (; NdisInterlockedRemoveHeadList(&list, &list_lock) != NULL; found++)
		;
	assert_int_equal(found, ARRAYSIZE(on_stack) + ARRAYSIZE(on_list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_lock_is_free_and_excludes),
		cmocka_unit_test(all_forms_take_the_same_lock),
		cmocka_unit_test(the_holder_is_at_dispatch_level),
		cmocka_unit_test(readers_see_no_writer_at_work),
		cmocka_unit_test(shared_lists_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
