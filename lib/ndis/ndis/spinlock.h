// SPDX-License-Identifier: BSD-3-Clause
// Locks that are waited for by spinning. Who holds one is at DISPATCH_LEVEL, so must not wait for
// anything else. A zeroed lock is a free one; nothing has to be closed.
#pragma once

#include "irql.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;

static inline VOID KeInitializeSpinLock(KSPIN_LOCK *SpinLock)
{
	__atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}

// Take and give back a lock, the level left as it is: it is DISPATCH_LEVEL already. Any thread. The
// second takes the lock only if it is free, and says so.
NIMBL_NDIS_API VOID KeAcquireSpinLockAtDpcLevel(KSPIN_LOCK *SpinLock);
NIMBL_NDIS_API BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(KSPIN_LOCK *SpinLock);
NIMBL_NDIS_API VOID KeReleaseSpinLockFromDpcLevel(KSPIN_LOCK *SpinLock);

static inline KIRQL KeAcquireSpinLockRaiseToDpc(KSPIN_LOCK *SpinLock)
{
	KIRQL old = KeRaiseIrqlToDpcLevel();

	KeAcquireSpinLockAtDpcLevel(SpinLock);
	return old;
}

// Take a lock and raise the level, which is stored in `OldIrql`; give it back and lower it.
#define KeAcquireSpinLock(SpinLock, OldIrql) \
	((void)(*(OldIrql) = KeAcquireSpinLockRaiseToDpc(SpinLock)))
static inline VOID KeReleaseSpinLock(KSPIN_LOCK *SpinLock, KIRQL NewIrql)
{
	KeReleaseSpinLockFromDpcLevel(SpinLock);
	KeLowerIrql(NewIrql);
}

// The same with a note on the stack of who holds it. First come is not first served here.
typedef struct _KLOCK_QUEUE_HANDLE {
	KSPIN_LOCK *Lock;
	KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

static inline VOID KeAcquireInStackQueuedSpinLock(
	KSPIN_LOCK *SpinLock, KLOCK_QUEUE_HANDLE *LockHandle)
{
	LockHandle->Lock = SpinLock;
	LockHandle->OldIrql = KeAcquireSpinLockRaiseToDpc(SpinLock);
}

static inline VOID KeReleaseInStackQueuedSpinLock(KLOCK_QUEUE_HANDLE *LockHandle)
{
	KeReleaseSpinLock(LockHandle->Lock, LockHandle->OldIrql);
}

static inline VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(
	KSPIN_LOCK *SpinLock, KLOCK_QUEUE_HANDLE *LockHandle)
{
	LockHandle->Lock = SpinLock;
	KeAcquireSpinLockAtDpcLevel(SpinLock);
}

static inline VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(KLOCK_QUEUE_HANDLE *LockHandle)
{
	KeReleaseSpinLockFromDpcLevel(LockHandle->Lock);
}

// NDIS keeps the old level in the lock.
typedef struct _NDIS_SPIN_LOCK {
	KSPIN_LOCK SpinLock;
	KIRQL OldIrql;
} NDIS_SPIN_LOCK, *PNDIS_SPIN_LOCK;

static inline VOID NdisAllocateSpinLock(NDIS_SPIN_LOCK *SpinLock)
{
	KeInitializeSpinLock(&SpinLock->SpinLock);
}

#define NdisFreeSpinLock(SpinLock) ((void)(SpinLock))

static inline VOID NdisAcquireSpinLock(NDIS_SPIN_LOCK *SpinLock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(&SpinLock->SpinLock);

	SpinLock->OldIrql = old;
}

static inline VOID NdisReleaseSpinLock(NDIS_SPIN_LOCK *SpinLock)
{
	KeReleaseSpinLock(&SpinLock->SpinLock, SpinLock->OldIrql);
}

static inline VOID NdisDprAcquireSpinLock(NDIS_SPIN_LOCK *SpinLock)
{
	KeAcquireSpinLockAtDpcLevel(&SpinLock->SpinLock);
	SpinLock->OldIrql = DISPATCH_LEVEL;
}

static inline VOID NdisDprReleaseSpinLock(NDIS_SPIN_LOCK *SpinLock)
{
	KeReleaseSpinLockFromDpcLevel(&SpinLock->SpinLock);
}

#ifdef __cplusplus
}
#endif
