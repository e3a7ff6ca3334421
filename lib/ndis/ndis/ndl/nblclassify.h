// SPDX-License-Identifier: BSD-3-Clause
// Splitting a chain of lists by a property that the caller's callback tells, under the names of the
// NDIS driver library. The callback sees each list once, in order; the order among lists of one value
// is kept. A chain may be empty; afterwards its links are those of the queues.
//
//   by index    into queues that the caller has, few and known     NdisClassifyNblChainByIndex
//   in two      the same with two queues                           NdisClassifyNblChain2
//   by value    into runs handed to a second callback, any number  NdisClassifyNblChainByValue
//   look-ahead  the same with fewer, longer runs                   NdisClassifyNblChainByValueLookahead
//   partial     the first run only                                 NdisPartialClassifyNblChainByValue
//
// WithCount: into counted queues.
#pragma once

#include "../nblaccessors.h"
#include "nblqueue.h"

#ifdef __cplusplus
extern "C" {
#endif

// Values that the look-ahead collects for at a time. A driver may have its own number, at least 1.
#ifndef NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH
#define NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH 4
#endif

// Function types. The first tells the index of the queue that a list belongs into, the second a value
// that equals that of lists of its kind. The others take a batch of lists of one value; the queue is
// gone when they return.
typedef SIZE_T(NDIS_NBL_CLASSIFICATION_INDEX_CALLBACK)(
	PVOID ClassificationContext, NET_BUFFER_LIST *Nbl);
typedef ULONG_PTR(NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK)(
	PVOID ClassificationContext, NET_BUFFER_LIST *Nbl);
typedef VOID(NDIS_NBL_FLUSH_CALLBACK)(
	PVOID FlushContext, ULONG_PTR ClassificationResult, NBL_QUEUE *Queue);
typedef VOID(NDIS_NBL_FLUSH_WITH_COUNT_CALLBACK)(
	PVOID FlushContext, ULONG_PTR ClassificationResult, NBL_COUNTED_QUEUE *Queue);

// Where a walk stands: what is left, and what the callback said of its first list.
struct nimbl_nbl_walk {
	NET_BUFFER_LIST *rest;
	ULONG_PTR value;
};

// Neighbours of one value, cut out of the chain.
struct nimbl_nbl_run {
	NET_BUFFER_LIST *first;
	NET_BUFFER_LIST *last;
	SIZE_T count;
	ULONG_PTR value;
};

static inline ULONG_PTR nimbl_nbl_classify(
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *callback, PVOID context, NET_BUFFER_LIST *nbl)
{
	__builtin_prefetch(nbl->Next);
	return callback(context, nbl);
}

static inline struct nimbl_nbl_walk nimbl_nbl_walk_begin(
	NET_BUFFER_LIST *chain, NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *callback, PVOID context)
{
	struct nimbl_nbl_walk walk = {chain, 0};

	if (chain != NULL)
		walk.value = nimbl_nbl_classify(callback, context, chain);
	return walk;
}

// Cut the next run out of what is left; false when nothing is.
static inline BOOLEAN nimbl_nbl_walk_next(struct nimbl_nbl_walk *walk,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *callback, PVOID context, struct nimbl_nbl_run *run)
{
	NET_BUFFER_LIST *last = walk->rest;

	if (last == NULL)
		return FALSE;
	run->first = last;
	run->value = walk->value;
	run->count = 1;
	while ((walk->rest = last->Next) != NULL) {
		walk->value = nimbl_nbl_classify(callback, context, walk->rest);
		if (walk->value != run->value)
			break;
		last = walk->rest;
		run->count++;
	}
	last->Next = NULL;
	run->last = last;
	return TRUE;
}

static inline VOID nimbl_nbl_run_append(NBL_QUEUE *queue, const struct nimbl_nbl_run *run)
{
	NdisAppendNblChainToNblQueueFast(queue, run->first, run->last);
}

static inline VOID nimbl_nbl_run_append_counted(
	NBL_COUNTED_QUEUE *queue, const struct nimbl_nbl_run *run)
{
	NdisAppendNblChainToNblCountedQueueFast(queue, run->first, run->last, run->count);
}

// An index is a value; the two callback types are one here.
C_ASSERT(sizeof(SIZE_T) == sizeof(ULONG_PTR));

// Each list to the end of the queue of its index. The queues are initialised, not emptied.
static inline VOID NdisClassifyNblChainByIndex(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_INDEX_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NBL_QUEUE *Queues, SIZE_T NumberOfQueues)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	(void)NumberOfQueues;
	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		NDIS_ASSERT(run.value < NumberOfQueues);
		nimbl_nbl_run_append(&Queues[run.value], &run);
	}
}

static inline VOID NdisClassifyNblChainByIndexWithCount(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_INDEX_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NBL_COUNTED_QUEUE *Queues, SIZE_T NumberOfQueues)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	(void)NumberOfQueues;
	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		NDIS_ASSERT(run.value < NumberOfQueues);
		nimbl_nbl_run_append_counted(&Queues[run.value], &run);
	}
}

// Index 0 goes to the first queue, 1 to the second.
static inline VOID NdisClassifyNblChain2(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_INDEX_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NBL_QUEUE *Queue0, NBL_QUEUE *Queue1)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		NDIS_ASSERT(run.value <= 1);
		nimbl_nbl_run_append(run.value == 0 ? Queue0 : Queue1, &run);
	}
}

static inline VOID NdisClassifyNblChain2WithCount(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_INDEX_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NBL_COUNTED_QUEUE *Queue0, NBL_COUNTED_QUEUE *Queue1)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		NDIS_ASSERT(run.value <= 1);
		nimbl_nbl_run_append_counted(run.value == 0 ? Queue0 : Queue1, &run);
	}
}

// Each run of neighbours of one value to `FlushCallback`, in order.
static inline VOID NdisClassifyNblChainByValue(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NDIS_NBL_FLUSH_CALLBACK *FlushCallback, PVOID FlushContext)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		NBL_QUEUE queue;

		NdisInitializeNblQueue(&queue);
		nimbl_nbl_run_append(&queue, &run);
		FlushCallback(FlushContext, run.value, &queue);
	}
}

static inline VOID NdisClassifyNblChainByValueWithCount(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NDIS_NBL_FLUSH_WITH_COUNT_CALLBACK *FlushCallback, PVOID FlushContext)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		NBL_COUNTED_QUEUE queue;

		NdisInitializeNblCountedQueue(&queue);
		nimbl_nbl_run_append_counted(&queue, &run);
		FlushCallback(FlushContext, run.value, &queue);
	}
}

// What the look-ahead collects: a ring of batches in the order in which they were begun.
struct nimbl_nbl_batches {
	SIZE_T oldest;
	SIZE_T count;
	ULONG_PTR values[NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH];
	NBL_COUNTED_QUEUE queues[NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH];
};

// The place of the batch of `value`, begun if there is none; NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH when all
// are taken by other values.
static inline SIZE_T nimbl_nbl_batch_of(struct nimbl_nbl_batches *batches, ULONG_PTR value)
{
	SIZE_T at;

	for (at = 0; at < batches->count; at++) {
		if (batches->values[at] == value)
			return at;
	}
	if (batches->count == NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH)
		return NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH;
	batches->count++;
	batches->values[at] = value;
	NdisInitializeNblCountedQueue(&batches->queues[at]);
	return at;
}

// Make the oldest batch, which was handed on, that of `value`.
static inline SIZE_T nimbl_nbl_batch_renew(struct nimbl_nbl_batches *batches, ULONG_PTR value)
{
	SIZE_T at = batches->oldest;

	batches->oldest = (at + 1) % NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH;
	batches->values[at] = value;
	NdisInitializeNblCountedQueue(&batches->queues[at]);
	return at;
}

// As NdisClassifyNblChainByValue, but lists of one value are put together though others stand between
// them. When more values are on the way than the depth, the batch begun first is handed on.
static inline VOID NdisClassifyNblChainByValueLookaheadWithCount(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NDIS_NBL_FLUSH_WITH_COUNT_CALLBACK *FlushCallback, PVOID FlushContext)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_batches batches;
	struct nimbl_nbl_run run;

	batches.oldest = batches.count = 0;
	while (nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run)) {
		SIZE_T at = nimbl_nbl_batch_of(&batches, run.value);

		if (at == NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH) {
			at = batches.oldest;
			FlushCallback(FlushContext, batches.values[at], &batches.queues[at]);
			(void)nimbl_nbl_batch_renew(&batches, run.value);
		}
		nimbl_nbl_run_append_counted(&batches.queues[at], &run);
	}
	for (SIZE_T i = 0; i < batches.count; i++) {
		SIZE_T at = (batches.oldest + i) % batches.count;

		FlushCallback(FlushContext, batches.values[at], &batches.queues[at]);
	}
}

// The two callbacks of a caller without counts.
struct nimbl_nbl_flush {
	NDIS_NBL_FLUSH_CALLBACK *callback;
	PVOID context;
};

static inline VOID nimbl_nbl_flush_uncounted(
	PVOID context, ULONG_PTR value, NBL_COUNTED_QUEUE *queue)
{
	const struct nimbl_nbl_flush *flush = (const struct nimbl_nbl_flush *)context;

	flush->callback(flush->context, value, &queue->Queue);
}

static inline VOID NdisClassifyNblChainByValueLookahead(NET_BUFFER_LIST *NblChain,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NDIS_NBL_FLUSH_CALLBACK *FlushCallback, PVOID FlushContext)
{
	struct nimbl_nbl_flush flush = {FlushCallback, FlushContext};

	NdisClassifyNblChainByValueLookaheadWithCount(NblChain, ClassificationCallback,
		ClassificationContext, nimbl_nbl_flush_uncounted, &flush);
}

// Take the first run off the chain, into a queue that is initialised here; `ClassificationResult` may
// be NULL. The next call asks the callback for the first list that is left once more.
static inline VOID NdisPartialClassifyNblChainByValueWithCount(NET_BUFFER_LIST **NblChain,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NBL_COUNTED_QUEUE *HomogenousQueue, ULONG_PTR *ClassificationResult)
{
	struct nimbl_nbl_walk walk =
		nimbl_nbl_walk_begin(*NblChain, ClassificationCallback, ClassificationContext);
	struct nimbl_nbl_run run;

	NdisInitializeNblCountedQueue(HomogenousQueue);
	if (!nimbl_nbl_walk_next(&walk, ClassificationCallback, ClassificationContext, &run))
		return;
	nimbl_nbl_run_append_counted(HomogenousQueue, &run);
	*NblChain = walk.rest;
	if (ClassificationResult != NULL)
		*ClassificationResult = run.value;
}

static inline VOID NdisPartialClassifyNblChainByValue(NET_BUFFER_LIST **NblChain,
	NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK *ClassificationCallback, PVOID ClassificationContext,
	NBL_QUEUE *HomogenousQueue, ULONG_PTR *ClassificationResult)
{
	NBL_COUNTED_QUEUE counted;

	NdisPartialClassifyNblChainByValueWithCount(NblChain, ClassificationCallback,
		ClassificationContext, &counted, ClassificationResult);
	NdisInitializeNblQueue(HomogenousQueue);
	NdisAppendNblQueueToNblQueueFast(HomogenousQueue, &counted.Queue);
}

// Ready classifiers: 1 for lists whose property equals the context.
static inline SIZE_T NdisNblClassifierForCancelId(PVOID ClassificationContext, NET_BUFFER_LIST *Nbl)
{
	return Nbl->NetBufferListInfo[NetBufferListCancelId] == ClassificationContext;
}

static inline SIZE_T NdisNblClassifierForSourceHandle(
	PVOID ClassificationContext, NET_BUFFER_LIST *Nbl)
{
	return Nbl->SourceHandle == ClassificationContext;
}

static inline SIZE_T NdisNblClassifierForPoolHandle(
	PVOID ClassificationContext, NET_BUFFER_LIST *Nbl)
{
	return Nbl->NdisPoolHandle == ClassificationContext;
}

// The lists to cancel, and those to keep.
static inline VOID NdisClassifyNblChainByCancelId(
	NET_BUFFER_LIST *NblChain, PVOID CancelId, NBL_QUEUE *KeepQueue, NBL_QUEUE *CancelQueue)
{
	NdisClassifyNblChain2(
		NblChain, NdisNblClassifierForCancelId, CancelId, KeepQueue, CancelQueue);
}

// A driver's own lists, which end with it, and those of others, which it passes on.
static inline VOID NdisClassifyNblChainBySourceHandle(NET_BUFFER_LIST *NblChain,
	NDIS_HANDLE MySourceHandle, NBL_QUEUE *TheirQueue, NBL_QUEUE *MyQueue)
{
	NdisClassifyNblChain2(
		NblChain, NdisNblClassifierForSourceHandle, MySourceHandle, TheirQueue, MyQueue);
}

// Lists of one pool, and those of others.
static inline VOID NdisClassifyNblChainByPoolHandle(NET_BUFFER_LIST *NblChain,
	NDIS_HANDLE MyPoolHandle, NBL_QUEUE *TheirQueue, NBL_QUEUE *MyQueue)
{
	NdisClassifyNblChain2(
		NblChain, NdisNblClassifierForPoolHandle, MyPoolHandle, TheirQueue, MyQueue);
}

#ifdef __cplusplus
}
#endif
