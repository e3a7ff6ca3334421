// SPDX-License-Identifier: BSD-3-Clause
// Lists that several threads share: doubly linked ones under a spin lock, and stacks that lock
// themselves. Any thread.
#pragma once

#include "list.h"
#include "spinlock.h"

#ifdef __cplusplus
extern "C" {
#endif

// Give what was first or last before, or is removed; NULL when the list was empty.
static inline LIST_ENTRY *ExInterlockedInsertHeadList(
	LIST_ENTRY *ListHead, LIST_ENTRY *ListEntry, KSPIN_LOCK *Lock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(Lock);
	LIST_ENTRY *first = IsListEmpty(ListHead) ? NULL : ListHead->Flink;

	InsertHeadList(ListHead, ListEntry);
	KeReleaseSpinLock(Lock, old);
	return first;
}

static inline LIST_ENTRY *ExInterlockedInsertTailList(
	LIST_ENTRY *ListHead, LIST_ENTRY *ListEntry, KSPIN_LOCK *Lock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(Lock);
	LIST_ENTRY *last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;

	InsertTailList(ListHead, ListEntry);
	KeReleaseSpinLock(Lock, old);
	return last;
}

static inline LIST_ENTRY *ExInterlockedRemoveHeadList(LIST_ENTRY *ListHead, KSPIN_LOCK *Lock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(Lock);
	LIST_ENTRY *first = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);

	KeReleaseSpinLock(Lock, old);
	return first;
}

#define NdisInterlockedInsertHeadList(ListHead, ListEntry, Lock) \
	ExInterlockedInsertHeadList((ListHead), (ListEntry), &(Lock)->SpinLock)
#define NdisInterlockedInsertTailList(ListHead, ListEntry, Lock) \
	ExInterlockedInsertTailList((ListHead), (ListEntry), &(Lock)->SpinLock)
#define NdisInterlockedRemoveHeadList(ListHead, Lock) \
	ExInterlockedRemoveHeadList((ListHead), &(Lock)->SpinLock)

static inline VOID InitializeSListHead(SLIST_HEADER *SListHead)
{
	SListHead->Alignment = SListHead->Region = 0;
}

// Push gives what was on top before, Pop what it takes, Flush the whole chain; NULL when there was
// nothing. An entry that was taken is the taker's at once. They hold the stack for a few instructions.
NIMBL_NDIS_API SLIST_ENTRY *InterlockedPushEntrySList(
	SLIST_HEADER *SListHead, SLIST_ENTRY *SListEntry);
NIMBL_NDIS_API SLIST_ENTRY *InterlockedPopEntrySList(SLIST_HEADER *SListHead);
NIMBL_NDIS_API SLIST_ENTRY *InterlockedFlushSList(SLIST_HEADER *SListHead);

// How many entries, for the moment; modulo 65536.
NIMBL_NDIS_API USHORT QueryDepthSList(SLIST_HEADER *SListHead);

#define ExInitializeSListHead(SListHead)  InitializeSListHead(SListHead)
#define ExQueryDepthSList(SListHead)      QueryDepthSList(SListHead)
#define ExInterlockedFlushSList(ListHead) InterlockedFlushSList(ListHead)
#define ExInterlockedPushEntrySList(ListHead, ListEntry, Lock) \
	((void)(Lock), InterlockedPushEntrySList((ListHead), (ListEntry)))
#define ExInterlockedPopEntrySList(ListHead, Lock) \
	((void)(Lock), InterlockedPopEntrySList(ListHead))
#define NdisInitializeSListHead(SListHead) InitializeSListHead(SListHead)
#define NdisInterlockedPushEntrySList(ListHead, ListEntry, Lock) \
	ExInterlockedPushEntrySList(ListHead, ListEntry, Lock)
#define NdisInterlockedPopEntrySList(ListHead, Lock) ExInterlockedPopEntrySList(ListHead, Lock)
#define NdisInterlockedFlushSList(ListHead)          InterlockedFlushSList(ListHead)
#define NdisQueryDepthSList(ListHead)                QueryDepthSList(ListHead)

#ifdef __cplusplus
}
#endif
