// SPDX-License-Identifier: BSD-3-Clause
// Chains and queues as drivers use them.
#include <ndis.h>

#include "surface.h"

// The driver's own.
#define NDIS_ASSERT(x) CHECK(x)
#include <ndis/ndl/nblchain.h>
#include <ndis/ndl/nblqueue.h>

void queues_run(void)
{
	NBL_COUNTED_QUEUE Counted, OtherCounted;
	NET_BUFFER Nbs[2] = {{.Next = &Nbs[1], .DataLength = 60}, {.DataLength = 40}};
	NET_BUFFER_LIST Nbls[4] = {{.FirstNetBuffer = Nbs}};
	NBL_QUEUE Queue, Other;
	SIZE_T Count;

	NdisInitializeNblQueue(&Queue);
	NdisInitializeNblQueue(&Other);
	NdisAppendSingleNblToNblQueue(&Queue, &Nbls[0]);
	NdisAppendNblChainToNblQueue(&Queue, &Nbls[1]);
	NdisAppendNblChainToNblQueueFast(&Other, &Nbls[2], &Nbls[2]);
	NdisAppendNblQueueToNblQueueFast(&Queue, &Other);
	NDIS_ASSERT_VALID_NBL_QUEUE(&Queue);
	NDIS_ASSERT_NBL_CHAINS_DO_NOT_OVERLAP(Queue.First, Other.First);
	CHECK(NdisIsNblQueueEmpty(&Other) && !NdisIsNblQueueEmpty(&Queue));
	CHECK(NdisNumNblsInNblChain(NdisGetNblChainFromNblQueue(&Queue)) == 3);
	CHECK(NdisNumNbsInNblChain(Queue.First) == 2 && NdisNumNbsInNbChain(Nbs) == 2);
	CHECK(NdisNumDataBytesInNblChain(Queue.First) == 100 &&
		NdisNumDataBytesInNbChain(Nbs) == 100);
	CHECK(NdisLastNblInNblChain(Queue.First) == &Nbls[2]);
	CHECK(NdisLastNblInNblChainWithCount(Queue.First, &Count) == &Nbls[2] && Count == 3);
	CHECK(NdisLastNbInNbChain(Nbs) == &Nbs[1]);
	CHECK(NdisLastNbInNbChainWithCount(Nbs, &Count) == &Nbs[1] && Count == 2);
	NdisSetStatusInNblChain(Queue.First, NDIS_STATUS_FAILURE);
	CHECK(Nbls[2].Status == NDIS_STATUS_FAILURE);
	CHECK(NdisPopFirstNblFromNblQueue(&Queue) == &Nbls[0]);
	CHECK(NdisPopAllFromNblQueue(&Queue) == &Nbls[1]);

	NdisInitializeNblCountedQueue(&Counted);
	NdisInitializeNblCountedQueue(&OtherCounted);
	NdisAppendNblChainToNblCountedQueue(&Counted, &Nbls[1]);
	NdisAppendSingleNblToNblCountedQueue(&Counted, &Nbls[0]);
	NdisAppendNblChainToNblCountedQueueFast(&OtherCounted, &Nbls[3], &Nbls[3], 1);
	NdisAppendNblCountedQueueToNblCountedQueueFast(&Counted, &OtherCounted);
	NDIS_ASSERT_VALID_NBL_COUNTED_QUEUE(&Counted);
	CHECK(Counted.NblCount == 4 && NdisIsNblCountedQueueEmpty(&OtherCounted));
	CHECK(NdisPopFirstNblFromNblCountedQueue(&Counted) == &Nbls[1] && Counted.NblCount == 3);
	CHECK(NdisGetNblChainFromNblCountedQueue(&Counted) == &Nbls[2]);
	CHECK(NdisPopAllFromNblCountedQueue(&Counted) == &Nbls[2] && Counted.NblCount == 0);
}
