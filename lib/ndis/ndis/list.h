// SPDX-License-Identifier: BSD-3-Clause
// Lists that run through their members. Nothing here locks: see NdisInterlockedInsertTailList.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Doubly linked, a ring through its head.
static inline VOID InitializeListHead(LIST_ENTRY *ListHead)
{
	ListHead->Flink = ListHead->Blink = ListHead;
}

static inline BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead)
{
	return ListHead->Flink == ListHead;
}

static inline VOID nimbl_list_insert(LIST_ENTRY *before, LIST_ENTRY *entry, LIST_ENTRY *after)
{
	entry->Blink = before;
	entry->Flink = after;
	before->Flink = entry;
	after->Blink = entry;
}

static inline VOID InsertHeadList(LIST_ENTRY *ListHead, LIST_ENTRY *Entry)
{
	nimbl_list_insert(ListHead, Entry, ListHead->Flink);
}

static inline VOID InsertTailList(LIST_ENTRY *ListHead, LIST_ENTRY *Entry)
{
	nimbl_list_insert(ListHead->Blink, Entry, ListHead);
}

// TRUE when the list is empty now.
static inline BOOLEAN RemoveEntryList(LIST_ENTRY *Entry)
{
	LIST_ENTRY *before = Entry->Blink, *after = Entry->Flink;

	before->Flink = after;
	after->Blink = before;
	return before == after;
}

// From an empty list: its head.
static inline LIST_ENTRY *RemoveHeadList(LIST_ENTRY *ListHead)
{
	LIST_ENTRY *entry = ListHead->Flink;

	(void)RemoveEntryList(entry);
	return entry;
}

static inline LIST_ENTRY *RemoveTailList(LIST_ENTRY *ListHead)
{
	LIST_ENTRY *entry = ListHead->Blink;

	(void)RemoveEntryList(entry);
	return entry;
}

// Put a ring of entries that has no head of its own behind the last.
static inline VOID AppendTailList(LIST_ENTRY *ListHead, LIST_ENTRY *ListToAppend)
{
	LIST_ENTRY *last = ListHead->Blink, *end = ListToAppend->Blink;

	last->Flink = ListToAppend;
	ListToAppend->Blink = last;
	end->Flink = ListHead;
	ListHead->Blink = end;
}

// Singly linked, last in first out. Popping from an empty one gives NULL.
static inline VOID PushEntryList(SINGLE_LIST_ENTRY *ListHead, SINGLE_LIST_ENTRY *Entry)
{
	Entry->Next = ListHead->Next;
	ListHead->Next = Entry;
}

static inline SINGLE_LIST_ENTRY *PopEntryList(SINGLE_LIST_ENTRY *ListHead)
{
	SINGLE_LIST_ENTRY *first = ListHead->Next;

	if (first != NULL)
		ListHead->Next = first->Next;
	return first;
}

#define NdisInitializeListHead(ListHead) InitializeListHead(ListHead)

#ifdef __cplusplus
}
#endif
