// SPDX-License-Identifier: BSD-3-Clause
// Queues that collect lists into a chain, under the names of the NDIS driver library: appending
// costs the same however long the queue is. The counted kind also knows how many lists it holds.
// "Fast" means that the caller knows the tail of what it appends. Not for several threads at once.
#pragma once

#include "nblchain.h"

#ifdef __cplusplus
extern "C" {
#endif

// `Last` points at the link that the next list goes into: First, or the Next of the last list. So
// a queue must not be copied or moved while it is empty. Next is the first member of a list, which
// lets the link be read back as the list.
typedef struct NBL_QUEUE_t {
	NET_BUFFER_LIST *First;
	NET_BUFFER_LIST **Last;
} NBL_QUEUE;

typedef struct NBL_COUNTED_QUEUE_t {
	NBL_QUEUE Queue;
	SIZE_T NblCount;
} NBL_COUNTED_QUEUE;

C_ASSERT(offsetof(NET_BUFFER_LIST, Next) == 0);

// In checked builds, that Last is where the chain ends. Costs a walk over the queue.
static inline VOID NDIS_ASSERT_VALID_NBL_QUEUE(const NBL_QUEUE *NblQueue)
{
#if DBG
	NET_BUFFER_LIST *const *end = &NblQueue->First;

	while (*end != NULL)
		end = &(*end)->Next;
	NDIS_ASSERT(NblQueue->Last == end);
#else
	(void)NblQueue;
#endif
}

// The same, and that the count is right.
static inline VOID NDIS_ASSERT_VALID_NBL_COUNTED_QUEUE(const NBL_COUNTED_QUEUE *CountedQueue)
{
	NDIS_ASSERT_VALID_NBL_QUEUE(&CountedQueue->Queue);
	NDIS_ASSERT(CountedQueue->NblCount == NdisNumNblsInNblChain(CountedQueue->Queue.First));
}

static inline VOID NdisInitializeNblQueue(NBL_QUEUE *NblQueue)
{
	NblQueue->First = NULL;
	NblQueue->Last = &NblQueue->First;
}

static inline BOOLEAN NdisIsNblQueueEmpty(const NBL_QUEUE *NblQueue)
{
	return NblQueue->First == NULL;
}

// The chain so far, still the queue's; NULL when empty.
static inline NET_BUFFER_LIST *NdisGetNblChainFromNblQueue(const NBL_QUEUE *NblQueue)
{
	return NblQueue->First;
}

static inline VOID NdisAppendNblChainToNblQueueFast(
	NBL_QUEUE *NblQueue, NET_BUFFER_LIST *NblChainHead, NET_BUFFER_LIST *NblChainTail)
{
	NDIS_ASSERT(NdisLastNblInNblChain(NblChainHead) == NblChainTail);
	*NblQueue->Last = NblChainHead;
	NblQueue->Last = &NblChainTail->Next;
	NDIS_ASSERT_VALID_NBL_QUEUE(NblQueue);
}

// The chain must not be empty.
static inline VOID NdisAppendNblChainToNblQueue(NBL_QUEUE *NblQueue, NET_BUFFER_LIST *NblChain)
{
	NdisAppendNblChainToNblQueueFast(NblQueue, NblChain, NdisLastNblInNblChain(NblChain));
}

// Takes this one list only: whatever its Next was is overwritten.
static inline VOID NdisAppendSingleNblToNblQueue(NBL_QUEUE *NblQueue, NET_BUFFER_LIST *Nbl)
{
	Nbl->Next = NULL;
	NdisAppendNblChainToNblQueueFast(NblQueue, Nbl, Nbl);
}

// Empties `SourceNblQueue`.
static inline VOID NdisAppendNblQueueToNblQueueFast(
	NBL_QUEUE *DestinationNblQueue, NBL_QUEUE *SourceNblQueue)
{
	if (NdisIsNblQueueEmpty(SourceNblQueue))
		return;
	*DestinationNblQueue->Last = SourceNblQueue->First;
	DestinationNblQueue->Last = SourceNblQueue->Last;
	NdisInitializeNblQueue(SourceNblQueue);
}

// All of it as a chain, NULL when empty; the queue is empty afterwards.
static inline NET_BUFFER_LIST *NdisPopAllFromNblQueue(NBL_QUEUE *NblQueue)
{
	NET_BUFFER_LIST *chain = NblQueue->First;

	NDIS_ASSERT_VALID_NBL_QUEUE(NblQueue);
	NdisInitializeNblQueue(NblQueue);
	return chain;
}

// The first list alone, its Next NULL; NULL when empty.
static inline NET_BUFFER_LIST *NdisPopFirstNblFromNblQueue(NBL_QUEUE *NblQueue)
{
	NET_BUFFER_LIST *first = NblQueue->First;

	if (first == NULL)
		return NULL;
	NblQueue->First = first->Next;
	if (NblQueue->First == NULL)
		NblQueue->Last = &NblQueue->First;
	first->Next = NULL;
	return first;
}

static inline VOID NdisInitializeNblCountedQueue(NBL_COUNTED_QUEUE *NblQueue)
{
	NdisInitializeNblQueue(&NblQueue->Queue);
	NblQueue->NblCount = 0;
}

static inline BOOLEAN NdisIsNblCountedQueueEmpty(const NBL_COUNTED_QUEUE *NblQueue)
{
	return NdisIsNblQueueEmpty(&NblQueue->Queue);
}

static inline NET_BUFFER_LIST *NdisGetNblChainFromNblCountedQueue(const NBL_COUNTED_QUEUE *NblQueue)
{
	return NdisGetNblChainFromNblQueue(&NblQueue->Queue);
}

static inline VOID NdisAppendNblChainToNblCountedQueueFast(NBL_COUNTED_QUEUE *NblQueue,
	NET_BUFFER_LIST *NblChainHead, NET_BUFFER_LIST *NblChainTail, SIZE_T NblCount)
{
	NdisAppendNblChainToNblQueueFast(&NblQueue->Queue, NblChainHead, NblChainTail);
	NblQueue->NblCount += NblCount;
	NDIS_ASSERT_VALID_NBL_COUNTED_QUEUE(NblQueue);
}

static inline VOID NdisAppendNblChainToNblCountedQueue(
	NBL_COUNTED_QUEUE *NblQueue, NET_BUFFER_LIST *NblChain)
{
	SIZE_T count;
	NET_BUFFER_LIST *tail = NdisLastNblInNblChainWithCount(NblChain, &count);

	NdisAppendNblChainToNblCountedQueueFast(NblQueue, NblChain, tail, count);
}

static inline VOID NdisAppendSingleNblToNblCountedQueue(
	NBL_COUNTED_QUEUE *NblQueue, NET_BUFFER_LIST *Nbl)
{
	NdisAppendSingleNblToNblQueue(&NblQueue->Queue, Nbl);
	NblQueue->NblCount++;
}

static inline VOID NdisAppendNblCountedQueueToNblCountedQueueFast(
	NBL_COUNTED_QUEUE *DestinationNblQueue, NBL_COUNTED_QUEUE *SourceNblQueue)
{
	NdisAppendNblQueueToNblQueueFast(&DestinationNblQueue->Queue, &SourceNblQueue->Queue);
	DestinationNblQueue->NblCount += SourceNblQueue->NblCount;
	SourceNblQueue->NblCount = 0;
}

// The count of the chain must be read before.
static inline NET_BUFFER_LIST *NdisPopAllFromNblCountedQueue(NBL_COUNTED_QUEUE *NblQueue)
{
	NblQueue->NblCount = 0;
	return NdisPopAllFromNblQueue(&NblQueue->Queue);
}

static inline NET_BUFFER_LIST *NdisPopFirstNblFromNblCountedQueue(NBL_COUNTED_QUEUE *NblQueue)
{
	if (!NdisIsNblCountedQueueEmpty(NblQueue))
		NblQueue->NblCount--;
	return NdisPopFirstNblFromNblQueue(&NblQueue->Queue);
}

#ifdef __cplusplus
}
#endif
