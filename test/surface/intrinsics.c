// SPDX-License-Identifier: BSD-3-Clause
// Memory, MDLs and atomics as drivers write them.
#include <ndis.h>

#include "surface.h"

static UCHAR Page[2 * PAGE_SIZE] __attribute__((aligned(4096)));

_IRQL_requires_max_(DISPATCH_LEVEL) _IRQL_requires_same_ static BOOLEAN
	same_bytes(_In_reads_(Length) const UCHAR *Left, _In_reads_(Length) const UCHAR *Right,
		_In_ SIZE_T Length)
{
	BOOLEAN Same = RtlEqualMemory(Left, Right, Length);

	return Same;
}

static void memory(void)
{
	UCHAR From[100], To[100];
	SIZE_T Length;

	RtlFillMemory(From, sizeof(From), 0x5A);
	RtlZeroMemory(To, sizeof(To));
	CHECK(From[99] == 0x5A && To[0] == 0);
	CHECK(same_bytes(From, To, sizeof(To)) == FALSE);
	RtlCopyMemory(To, From, sizeof(To));
	CHECK(same_bytes(From, To, sizeof(To)) == TRUE);
	CHECK(RtlSecureZeroMemory(To, sizeof(To)) == To && To[99] == 0);
	RtlMoveMemory(From + 1, From, 10);
	CHECK(RtlCompareMemory(From, To, sizeof(To)) == 0);
	NdisZeroMemory(From, sizeof(From));
	NdisFillMemory(To, sizeof(To), 7);
	NdisMoveMemory(From, To, sizeof(To));
	CHECK(NdisEqualMemory(From, To, sizeof(To)));

	// Any start and any length, and nothing beside them.
	for (Length = 0; Length < 70; Length++) {
		for (ULONG Start = 0; Start < 17; Start++) {
			UCHAR *At = Page + 32 + Start;

			RtlFillMemory(Page, 256, 1);
			RtlFillMemoryNonTemporal(At, Length, 2);
			for (ULONG i = 0; i < 256; i++)
				CHECK(Page[i] ==
					(Page + i >= At && Page + i < At + Length ? 2 : 1));
			RtlFillMemory(From, sizeof(From), 3);
			RtlCopyMemoryNonTemporal(At, From + 3, Length);
			for (ULONG i = 0; i < 256; i++)
				CHECK(Page[i] ==
					(Page + i >= At && Page + i < At + Length ? 3 : 1));
		}
	}
}

static void descriptors(void)
{
	MDL First = {0}, Second = {0};
	PUCHAR Address = NULL;
	UINT Length = 0;
	ULONG Longer = 0, Offset = 0;
	PMDL Next = NULL;

	First.StartVa = Page;
	First.ByteOffset = 100;
	First.ByteCount = PAGE_SIZE;
	First.MappedSystemVa = Page + 100;
	First.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
	First.Next = &Second;
	CHECK(MmGetMdlByteCount(&First) == PAGE_SIZE);
	CHECK(MmGetMdlByteOffset(&First) == 100);
	CHECK(MmGetMdlVirtualAddress(&First) == Page + 100);
	CHECK(MmGetSystemAddressForMdlSafe(&First, LowPagePriority | MdlMappingNoExecute) ==
		Page + 100);
	CHECK(MmGetSystemAddressForMdlSafe(&First, NormalPagePriority | MdlMappingNoWrite) != NULL);
	CHECK(ADDRESS_AND_SIZE_TO_SPAN_PAGES((void *)(ULONG_PTR)MmGetMdlByteOffset(&First),
		      MmGetMdlByteCount(&First)) == 2);
	CHECK(NDIS_MDL_TO_SPAN_PAGES(&First) == 2);
	NdisQueryMdl(&First, &Address, &Length, NormalPagePriority);
	CHECK(Address == Page + 100 && Length == PAGE_SIZE);
	NdisQueryMdl(&First, (PVOID *)&Address, &Longer, LowPagePriority | MdlMappingNoExecute);
	CHECK(Longer == PAGE_SIZE);
	NdisQueryMdlOffset(&First, &Offset, &Longer);
	CHECK(Offset == 100);
	NdisGetNextMdl(&First, &Next);
	CHECK(Next == &Second);
	NDIS_MDL_LINKAGE(&First) = NULL;
	CHECK(NDIS_MDL_LINKAGE(&First) == NULL);
	NdisAdjustMdlLength(&First, 60);
	CHECK(MmGetMdlByteCount(&First) == 60);
	PreFetchCacheLine(PF_TEMPORAL_LEVEL_1, First.Next);
	PreFetchCacheLine(PF_NON_TEMPORAL_LEVEL_ALL, &Second);
}

// MDLs in memory of the driver's own.
static void built_descriptors(void)
{
	PVOID Room[2][16];
	PMDL Whole = (PMDL)Room[0], Part = (PMDL)Room[1];

	C_ASSERT(sizeof(PFN_NUMBER) == sizeof(PVOID));
	CHECK(MmSizeOfMdl(Page + 100, PAGE_SIZE) == sizeof(MDL) + 2 * sizeof(PFN_NUMBER));
	CHECK(MmSizeOfMdl(Page + 100, PAGE_SIZE) <= sizeof(Room[0]));
	MmInitializeMdl(Whole, Page + 100, PAGE_SIZE);
	CHECK(MmGetMdlVirtualAddress(Whole) == Page + 100 && Whole->Next == NULL);
	MmBuildMdlForNonPagedPool(Whole);
	CHECK(Whole->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL && Whole->StartVa == Page);
	CHECK(MmGetSystemAddressForMdlSafe(Whole, NormalPagePriority) == Page + 100);
	CHECK(MmGetMdlPfnArray(Whole)[1] == MmGetMdlPfnArray(Whole)[0] + 1);

	MmInitializeMdl(Part, Page, PAGE_SIZE);
	IoBuildPartialMdl(Whole, Part, (PUCHAR)MmGetMdlVirtualAddress(Whole) + 14, 60);
	CHECK(MmGetMdlByteCount(Part) == 60 && (Part->MdlFlags & MDL_PARTIAL) != 0);
	CHECK(MmGetSystemAddressForMdlSafe(Part, LowPagePriority) == Page + 114);
	MmPrepareMdlForReuse(Part);
	CHECK((Part->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED) == 0);
	IoBuildPartialMdl(Whole, Part, (PUCHAR)MmGetMdlVirtualAddress(Whole) + 96, 0);
	CHECK(MmGetMdlByteCount(Part) == PAGE_SIZE - 96 && MmGetMdlByteOffset(Part) == 196);
}

static void atomics(void)
{
	LONG Count = 0;
	LONG volatile State = 3;
	ULONG Bits = 0;
	LONG64 Wide = 0;
	PVOID volatile Slot = NULL;

	CHECK(InterlockedIncrement(&Count) == 1 && InterlockedDecrement(&Count) == 0);
	CHECK(NdisInterlockedIncrement(&Count) == 1 &&
		NdisInterlockedDecrement((PLONG)&Count) == 0);
	CHECK(InterlockedDecrementRelease(&Count) == -1 &&
		InterlockedIncrementAcquire(&Count) == 0);
	CHECK(InterlockedExchange(&State, 4) == 3);
	CHECK(InterlockedCompareExchange(&State, 5, 9) == 4 && State == 4);
	CHECK(InterlockedCompareExchange(&State, 5, 4) == 4 && State == 5);
	CHECK(InterlockedAdd(&Count, 7) == 7 && InterlockedExchangeAdd(&Count, 1) == 7);
	CHECK(InterlockedOr((LONG volatile *)&Bits, 6) == 0 && InterlockedAnd(&Bits, 2) == 6);
	CHECK(InterlockedXor(&Bits, 3) == 2 && Bits == 1);
	CHECK(InterlockedIncrement64(&Wide) == 1 && InterlockedAdd64(&Wide, 1) == 2);
	CHECK(InterlockedCompareExchange64(&Wide, 9, 2) == 2 && Wide == 9);
	CHECK(InterlockedExchangePointer(&Slot, &Count) == NULL);
	CHECK(InterlockedCompareExchangePointer(&Slot, NULL, &Count) == &Count && Slot == NULL);
	WriteRelease(&State, 8);
	CHECK(ReadAcquire(&State) == 8 && ReadNoFence(&State) == 8);
	WritePointerRelease(&Slot, &State);
	CHECK(ReadPointerAcquire(&Slot) == &State && ReadPointerNoFence(&Slot) == &State);
	WriteULongRelease(&Bits, 5);
	CHECK(ReadULongAcquire(&Bits) == 5);
	KeMemoryBarrier();
	YieldProcessor();
}

static void lists(void)
{
	typedef struct _ITEM {
		ULONG Number;
		LIST_ENTRY Link;
	} ITEM;
	ITEM Items[3] = {{1, {0}}, {2, {0}}, {3, {0}}};
	SINGLE_LIST_ENTRY Stack = {NULL}, Entry;
	LIST_ENTRY Head;

	InitializeListHead(&Head);
	CHECK(IsListEmpty(&Head));
	InsertTailList(&Head, &Items[1].Link);
	InsertTailList(&Head, &Items[2].Link);
	InsertHeadList(&Head, &Items[0].Link);
	CHECK(CONTAINING_RECORD(Head.Flink, ITEM, Link)->Number == 1);
	CHECK(RemoveEntryList(&Items[1].Link) == FALSE);
	CHECK(CONTAINING_RECORD(RemoveTailList(&Head), ITEM, Link)->Number == 3);
	CHECK(CONTAINING_RECORD(RemoveHeadList(&Head), ITEM, Link)->Number == 1);
	CHECK(IsListEmpty(&Head));
	NdisInitializeListHead(&Head);
	PushEntryList(&Stack, &Entry);
	CHECK(PopEntryList(&Stack) == &Entry && PopEntryList(&Stack) == NULL);
}

void intrinsics_run(void)
{
	memory();
	descriptors();
	built_descriptors();
	atomics();
	lists();
}
