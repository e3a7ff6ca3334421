// SPDX-License-Identifier: BSD-3-Clause
// Spin locks, locks that many may read, and stacks that lock themselves. Nothing keeps the holder of
// such a lock on its CPU, so who waits longer than a holder takes gives the CPU away.
#include <ndis.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#define SPINS_MAX 1000

// One turn of waiting.
static void relax(unsigned int *spins)
{
	if (++*spins % SPINS_MAX == 0)
		sched_yield();
	else
		YieldProcessor();
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(KSPIN_LOCK *lock)
{
	return __atomic_load_n(lock, __ATOMIC_RELAXED) == 0 &&
	       __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0;
}

VOID KeAcquireSpinLockAtDpcLevel(KSPIN_LOCK *lock)
{
	unsigned int spins = 0;

	while (!KeTryToAcquireSpinLockAtDpcLevel(lock))
		relax(&spins);
}

VOID KeReleaseSpinLockFromDpcLevel(KSPIN_LOCK *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

#define WRITER (-1)

// Of all locks: a thread that reads something may not be held up behind a writer, who may be waiting
// for this very thread.
static __thread unsigned int reads_held;

static bool move(LONG *state, LONG from, LONG to)
{
	return __atomic_compare_exchange_n(
		state, &from, to, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void read_lock(NDIS_RW_LOCK *lock)
{
	unsigned int spins = 0;

	for (;;) {
		LONG readers = ReadNoFence(&lock->NimblState);
		bool may = reads_held > 0 || ReadNoFence(&lock->NimblWriters) == 0;

		if (may && readers != WRITER && move(&lock->NimblState, readers, readers + 1))
			break;
		relax(&spins);
	}
	reads_held++;
}

static void write_lock(NDIS_RW_LOCK *lock)
{
	unsigned int spins = 0;

	InterlockedIncrementNoFence(&lock->NimblWriters);
	while (!move(&lock->NimblState, 0, WRITER))
		relax(&spins);
	InterlockedDecrementNoFence(&lock->NimblWriters);
}

static void unlock(NDIS_RW_LOCK *lock, bool writes)
{
	if (writes) {
		WriteRelease(&lock->NimblState, 0);
		return;
	}
	reads_held--;
	InterlockedDecrementRelease(&lock->NimblState);
}

VOID NdisInitializeReadWriteLock(NDIS_RW_LOCK *lock)
{
	*lock = (NDIS_RW_LOCK){0};
}

VOID NdisAcquireReadWriteLock(NDIS_RW_LOCK *lock, BOOLEAN write, LOCK_STATE *state)
{
	state->OldIrql = KeRaiseIrqlToDpcLevel();
	state->LockState = write;
	if (write)
		write_lock(lock);
	else
		read_lock(lock);
}

VOID NdisReleaseReadWriteLock(NDIS_RW_LOCK *lock, LOCK_STATE *state)
{
	unlock(lock, state->LockState != 0);
	KeLowerIrql(state->OldIrql);
}

struct _NDIS_RW_LOCK_EX {
	NDIS_RW_LOCK lock;
};

NDIS_RW_LOCK_EX *NdisAllocateRWLock(NDIS_HANDLE handle)
{
	return calloc(1, sizeof(NDIS_RW_LOCK_EX));
}

VOID NdisFreeRWLock(NDIS_RW_LOCK_EX *lock)
{
	free(lock);
}

static void raise_unless(LOCK_STATE_EX *state, UCHAR flags, bool writes)
{
	*state = (LOCK_STATE_EX){.OldIrql = DISPATCH_LEVEL, .LockState = writes, .Flags = flags};
	if ((flags & NDIS_RWL_AT_DISPATCH_LEVEL) == 0)
		state->OldIrql = KeRaiseIrqlToDpcLevel();
}

VOID NdisAcquireRWLockRead(NDIS_RW_LOCK_EX *lock, LOCK_STATE_EX *state, UCHAR flags)
{
	raise_unless(state, flags, false);
	read_lock(&lock->lock);
}

VOID NdisAcquireRWLockWrite(NDIS_RW_LOCK_EX *lock, LOCK_STATE_EX *state, UCHAR flags)
{
	raise_unless(state, flags, true);
	write_lock(&lock->lock);
}

VOID NdisReleaseRWLock(NDIS_RW_LOCK_EX *lock, LOCK_STATE_EX *state)
{
	unlock(&lock->lock, state->LockState != 0);
	if ((state->Flags & NDIS_RWL_AT_DISPATCH_LEVEL) == 0)
		KeLowerIrql(state->OldIrql);
}

// The header of a stack: Region is its top; Alignment is twice its depth, odd while somebody changes it.
static void stack_lock(SLIST_HEADER *head)
{
	unsigned int spins = 0;

	while (__atomic_fetch_or(&head->Alignment, 1, __ATOMIC_ACQUIRE) & 1)
		relax(&spins);
}

static void stack_unlock(SLIST_HEADER *head, ULONGLONG depth)
{
	__atomic_store_n(&head->Alignment, depth << 1, __ATOMIC_RELEASE);
}

static SLIST_ENTRY *top_of(const SLIST_HEADER *head)
{
	return (SLIST_ENTRY *)(ULONG_PTR)head->Region;
}

static ULONGLONG depth_of(SLIST_HEADER *head)
{
	return __atomic_load_n(&head->Alignment, __ATOMIC_RELAXED) >> 1;
}

SLIST_ENTRY *InterlockedPushEntrySList(SLIST_HEADER *head, SLIST_ENTRY *entry)
{
	stack_lock(head);
	SLIST_ENTRY *before = top_of(head);
	entry->Next = before;
	head->Region = (ULONG_PTR)entry;
	stack_unlock(head, depth_of(head) + 1);
	return before;
}

SLIST_ENTRY *InterlockedPopEntrySList(SLIST_HEADER *head)
{
	stack_lock(head);
	SLIST_ENTRY *top = top_of(head);
	if (top != NULL)
		head->Region = (ULONG_PTR)top->Next;
	stack_unlock(head, depth_of(head) - (top != NULL));
	return top;
}

SLIST_ENTRY *InterlockedFlushSList(SLIST_HEADER *head)
{
	stack_lock(head);
	SLIST_ENTRY *top = top_of(head);
	head->Region = 0;
	stack_unlock(head, 0);
	return top;
}

USHORT QueryDepthSList(SLIST_HEADER *head)
{
	return (USHORT)depth_of(head);
}
