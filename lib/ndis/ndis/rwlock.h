// SPDX-License-Identifier: BSD-3-Clause
// Locks that many may read or one may write, waited for by spinning. Who holds one is at
// DISPATCH_LEVEL. A thread may take a lock for reading again while it reads; never for writing.
#pragma once

#include "irql.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// The lock of NDIS 6.0, in memory of the driver's. No closing.
typedef struct _NDIS_RW_LOCK {
	LONG NimblState; // readers, or -1 for a writer
	LONG NimblWriters;
} NDIS_RW_LOCK, *PNDIS_RW_LOCK;

// Who took it and how: on the stack of the holder.
typedef struct _LOCK_STATE {
	USHORT LockState;
	KIRQL OldIrql;
} LOCK_STATE, *PLOCK_STATE;

NIMBL_NDIS_API VOID NdisInitializeReadWriteLock(NDIS_RW_LOCK *Lock);
NIMBL_NDIS_API VOID NdisAcquireReadWriteLock(
	NDIS_RW_LOCK *Lock, BOOLEAN fWrite, LOCK_STATE *LockState);
NIMBL_NDIS_API VOID NdisReleaseReadWriteLock(NDIS_RW_LOCK *Lock, LOCK_STATE *LockState);

// The lock of NDIS 6.20.
typedef struct _NDIS_RW_LOCK_EX NDIS_RW_LOCK_EX, *PNDIS_RW_LOCK_EX;

typedef struct _LOCK_STATE_EX {
	KIRQL OldIrql;
	UCHAR LockState;
	UCHAR Flags;
} LOCK_STATE_EX, *PLOCK_STATE_EX;

// The caller is at DISPATCH_LEVEL already.
#define NDIS_RWL_AT_DISPATCH_LEVEL 1

// A free lock, or NULL when memory is out. Any thread.
NIMBL_NDIS_API NDIS_RW_LOCK_EX *NdisAllocateRWLock(NDIS_HANDLE NdisHandle);
NIMBL_NDIS_API VOID NdisFreeRWLock(NDIS_RW_LOCK_EX *Lock);

// `Flags` are 0 or NDIS_RWL_AT_DISPATCH_LEVEL. Any thread; spins while it must.
NIMBL_NDIS_API VOID NdisAcquireRWLockRead(
	NDIS_RW_LOCK_EX *Lock, LOCK_STATE_EX *LockState, UCHAR Flags);
NIMBL_NDIS_API VOID NdisAcquireRWLockWrite(
	NDIS_RW_LOCK_EX *Lock, LOCK_STATE_EX *LockState, UCHAR Flags);
NIMBL_NDIS_API VOID NdisReleaseRWLock(NDIS_RW_LOCK_EX *Lock, LOCK_STATE_EX *LockState);

#ifdef __cplusplus
}
#endif
