// SPDX-License-Identifier: BSD-3-Clause
// Splitting chains as drivers do, with a look-ahead of the driver's own.
#define NDIS_CLASSIFY_NBL_LOOKHEAD_DEPTH 2
#include <ndis.h>
#include <ndis/ndl/nblclassify.h>

#include "surface.h"

static NET_BUFFER_LIST Nbls[6];
static ULONG Batches;

static NET_BUFFER_LIST *fresh_chain(void)
{
	static const USHORT Vlans[ARRAYSIZE(Nbls)] = {1, 1, 2, 2, 1, 3};

	for (ULONG i = 0; i < ARRAYSIZE(Nbls); i++) {
		NDIS_SET_NET_BUFFER_LIST_VLAN_ID(&Nbls[i], Vlans[i]);
		Nbls[i].Next = i + 1 < ARRAYSIZE(Nbls) ? &Nbls[i + 1] : NULL;
	}
	Batches = 0;
	return Nbls;
}

// The callbacks are declared with the types of the library.
static NDIS_NBL_CLASSIFICATION_INDEX_CALLBACK odd_or_even;
static NDIS_NBL_CLASSIFICATION_VALUE_CALLBACK vlan_of;
static NDIS_NBL_FLUSH_CALLBACK flush_vlan;
static NDIS_NBL_FLUSH_WITH_COUNT_CALLBACK flush_counted_vlan;

_Use_decl_annotations_ static SIZE_T odd_or_even(PVOID ClassificationContext, NET_BUFFER_LIST *Nbl)
{
	UNREFERENCED_PARAMETER(ClassificationContext);
	return NDIS_GET_NET_BUFFER_LIST_VLAN_ID(Nbl) % 2;
}

static ULONG_PTR vlan_of(PVOID ClassificationContext, NET_BUFFER_LIST *Nbl)
{
	UNREFERENCED_PARAMETER(ClassificationContext);
	return NDIS_GET_NET_BUFFER_LIST_VLAN_ID(Nbl);
}

static VOID flush_vlan(PVOID FlushContext, ULONG_PTR ClassificationResult, NBL_QUEUE *Queue)
{
	NET_BUFFER_LIST *Nbl = NdisPopAllFromNblQueue(Queue);

	Batches++;
	*(SIZE_T *)FlushContext += NdisNumNblsInNblChain(Nbl);
	for (; Nbl != NULL; Nbl = NET_BUFFER_LIST_NEXT_NBL(Nbl))
		CHECK(NDIS_GET_NET_BUFFER_LIST_VLAN_ID(Nbl) == ClassificationResult);
}

static VOID flush_counted_vlan(
	PVOID FlushContext, ULONG_PTR ClassificationResult, NBL_COUNTED_QUEUE *Queue)
{
	UNREFERENCED_PARAMETER(ClassificationResult);
	Batches++;
	*(SIZE_T *)FlushContext += Queue->NblCount;
}

static void into_queues(void)
{
	NBL_COUNTED_QUEUE Counted[2];
	NBL_QUEUE Even, Odd, Both[2];

	NdisInitializeNblQueue(&Even);
	NdisInitializeNblQueue(&Odd);
	NdisClassifyNblChain2(fresh_chain(), odd_or_even, NULL, &Even, &Odd);
	CHECK(NdisNumNblsInNblChain(Even.First) == 2 && NdisNumNblsInNblChain(Odd.First) == 4);
	for (ULONG i = 0; i < ARRAYSIZE(Both); i++) {
		NdisInitializeNblQueue(&Both[i]);
		NdisInitializeNblCountedQueue(&Counted[i]);
	}
	NdisClassifyNblChainByIndex(fresh_chain(), odd_or_even, NULL, Both, ARRAYSIZE(Both));
	CHECK(Both[0].First == &Nbls[2] && Both[1].First == &Nbls[0]);
	NdisClassifyNblChainByIndexWithCount(
		fresh_chain(), odd_or_even, NULL, Counted, ARRAYSIZE(Counted));
	CHECK(Counted[0].NblCount == 2 && Counted[1].NblCount == 4);
	NdisInitializeNblCountedQueue(&Counted[0]);
	NdisInitializeNblCountedQueue(&Counted[1]);
	NdisClassifyNblChain2WithCount(fresh_chain(), odd_or_even, NULL, &Counted[0], &Counted[1]);
	CHECK(Counted[0].NblCount == 2 && Counted[1].NblCount == 4);
}

static void into_batches(void)
{
	NET_BUFFER_LIST *Rest = fresh_chain();
	NBL_COUNTED_QUEUE Counted;
	NBL_QUEUE Queue;
	SIZE_T Seen = 0;
	ULONG_PTR Vlan;

	NdisClassifyNblChainByValue(fresh_chain(), vlan_of, NULL, flush_vlan, &Seen);
	CHECK(Seen == 6 && Batches == 4);
	NdisClassifyNblChainByValueWithCount(
		fresh_chain(), vlan_of, NULL, flush_counted_vlan, &Seen);
	CHECK(Seen == 12 && Batches == 4);
	NdisClassifyNblChainByValueLookahead(fresh_chain(), vlan_of, NULL, flush_vlan, &Seen);
	CHECK(Seen == 18 && Batches == 3);
	NdisClassifyNblChainByValueLookaheadWithCount(
		fresh_chain(), vlan_of, NULL, flush_counted_vlan, &Seen);
	CHECK(Seen == 24 && Batches == 3);

	Rest = fresh_chain();
	do {
		NdisPartialClassifyNblChainByValue(&Rest, vlan_of, NULL, &Queue, &Vlan);
		flush_vlan(&Seen, Vlan, &Queue);
	} while (Rest != NULL);
	CHECK(Seen == 30 && Batches == 4);
	Rest = fresh_chain();
	NdisPartialClassifyNblChainByValueWithCount(&Rest, vlan_of, NULL, &Counted, NULL);
	CHECK(Counted.NblCount == 2 && Rest == &Nbls[2]);
}

static void by_what_lists_carry(void)
{
	NDIS_HANDLE Mine = &Batches;
	NBL_QUEUE Keep, Take;

	NdisInitializeNblQueue(&Keep);
	NdisInitializeNblQueue(&Take);
	Nbls[3].SourceHandle = Mine;
	NdisClassifyNblChainBySourceHandle(fresh_chain(), Mine, &Keep, &Take);
	CHECK(NdisPopAllFromNblQueue(&Take) == &Nbls[3] && Nbls[2].Next == &Nbls[4]);
	NdisInitializeNblQueue(&Keep);
	Nbls[0].NdisPoolHandle = Mine;
	NdisClassifyNblChainByPoolHandle(fresh_chain(), Mine, &Keep, &Take);
	CHECK(NdisPopAllFromNblQueue(&Take) == &Nbls[0] && Keep.First == &Nbls[1]);
	NdisInitializeNblQueue(&Keep);
	NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(&Nbls[5], Mine);
	NdisClassifyNblChainByCancelId(fresh_chain(), Mine, &Keep, &Take);
	CHECK(NdisPopAllFromNblQueue(&Take) == &Nbls[5]);
	CHECK(NdisNblClassifierForCancelId(Mine, &Nbls[5]) == 1);
	CHECK(NdisNblClassifierForSourceHandle(Mine, &Nbls[3]) == 1);
	CHECK(NdisNblClassifierForPoolHandle(Mine, &Nbls[3]) == 0);
}

void classify_run(void)
{
	into_queues();
	into_batches();
	by_what_lists_carry();
}
