// SPDX-License-Identifier: BSD-3-Clause
// MDL helpers as drivers use them, with the driver's own mapping.
#include <ndis.h>

#include "surface.h"

static ULONG Maps;
#define MDL_MAPPING_OPTIONS (HighPagePriority | MdlMappingNoExecute)
#define MDL_MAP_BUFFER(Mdl) \
	(Maps++, (UCHAR *)MmGetSystemAddressForMdlSafe(Mdl, MDL_MAPPING_OPTIONS))
#define MDL_PREFETCH_CACHELINE(Address)        PreFetchCacheLine(PF_TEMPORAL_LEVEL_1, Address)
#define MDL_MAP_CONST_BUFFER(Mdl)              ((UCHAR const *)MDL_MAP_BUFFER(Mdl))
#define MDL_REPORT_FATAL_OVERFLOW(Mdl, Offset) exit((Mdl) == NULL || (Offset) > 0)
#include <ndis/ndl/mdl.h>

static UCHAR Memory[64];
static MDL First, Second;

static void mdl_over(PMDL Mdl, PUCHAR At, ULONG Length)
{
	RtlZeroMemory(Mdl, sizeof(*Mdl));
	Mdl->StartVa = (PVOID)((ULONG_PTR)At & ~((ULONG_PTR)PAGE_SIZE - 1));
	Mdl->ByteOffset = (ULONG)((ULONG_PTR)At & (PAGE_SIZE - 1));
	Mdl->ByteCount = Length;
	Mdl->MappedSystemVa = At;
	Mdl->MdlFlags = MDL_MAPPED_TO_SYSTEM_VA;
}

MDL_BUFFER_OPERATOR sum_up;
MDL_BUFFER_PAIRWISE_OPERATOR stop_at_once;

_Use_decl_annotations_ NTSTATUS sum_up(PVOID OperatorContext, MDL_SPAN const *Span)
{
	*(SIZE_T *)OperatorContext += Span->Length;
	return STATUS_SUCCESS;
}

_Use_decl_annotations_ NTSTATUS stop_at_once(PVOID OperatorContext, MDL_POINTER const *MdlPointer1,
	MDL_POINTER const *MdlPointer2, SIZE_T BufferLength)
{
	UNREFERENCED_PARAMETER(OperatorContext);
	UNREFERENCED_PARAMETER((MdlPointer1->Offset, MdlPointer2->Offset));
	return BufferLength > 0 ? STATUS_STOP_ITERATION : STATUS_SUCCESS;
}

static void filled(void)
{
	MDL_SPAN Span = {{&First, 4}, 12};

	CHECK(MdlChainFillBuffers(&First, 1) == STATUS_SUCCESS);
	CHECK(MdlSpanFillBuffers(&Span, 2) == STATUS_SUCCESS && Memory[4] == 2 && Memory[3] == 1);
	CHECK(MdlChainFillBuffersAtOffset(&First, 20, 4, 3) == STATUS_SUCCESS);
	CHECK(MdlChainFillBuffersNonTemporal(&First, 4) == STATUS_SUCCESS);
	CHECK(MdlSpanFillBuffersNonTemporal(&Span, 5) == STATUS_SUCCESS);
	CHECK(MdlChainFillBuffersAtOffsetNonTemporal(&First, 0, 1, 6) == STATUS_SUCCESS);
	CHECK(Memory[0] == 6 && Memory[1] == 4 && Memory[4] == 5);
	CHECK(MdlChainZeroBuffersAtOffset(&First, 0, 1) == STATUS_SUCCESS && Memory[0] == 0);
	CHECK(MdlSpanZeroBuffers(&Span) == STATUS_SUCCESS && Memory[4] == 0 && Memory[1] == 4);
	CHECK(MdlChainZeroBuffersAtOffsetNonTemporal(&First, 1, 1) == STATUS_SUCCESS);
	CHECK(MdlSpanZeroBuffersNonTemporal(&Span) == STATUS_SUCCESS);
	CHECK(MdlChainZeroBuffersAtOffsetSecure(&First, 2, 1) == STATUS_SUCCESS && Memory[2] == 0);
	CHECK(MdlSpanZeroBuffersSecure(&Span) == STATUS_SUCCESS && Memory[3] == 4);
	CHECK(MdlChainZeroBuffers(&First) == STATUS_SUCCESS && Memory[3] == 0);
	CHECK(MdlChainZeroBuffersNonTemporal(&First) == STATUS_SUCCESS);
	CHECK(MdlChainZeroBuffersSecure(&First) == STATUS_SUCCESS && Maps > 0);
}

static void copied(void)
{
	UCHAR In[20], Out[20] = {0};
	MDL_SPAN Span = {{&First, 3}, sizeof(In)};
	MDL_POINTER Here = {&First, 0}, There = {&Second, 0};

	for (ULONG i = 0; i < sizeof(In); i++)
		In[i] = (UCHAR)(i + 1);
	CHECK(MdlCopyFlatBufferToMdlSpan(&Span, In) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlSpanToFlatBuffer(Out, &Span) == STATUS_SUCCESS && Out[19] == 20);
	CHECK(MdlCopyFlatBufferToMdlSpanNonTemporal(&Span, In) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlSpanToFlatBufferNonTemporal(Out, &Span) == STATUS_SUCCESS);
	CHECK(MdlCopyFlatBufferToMdlChainAtOffset(&First, 4, In, 8) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlChainAtOffsetToFlatBuffer(Out, &First, 4, 8) == STATUS_SUCCESS &&
		Out[7] == 8);
	CHECK(MdlCopyFlatBufferToMdlChainAtOffsetNonTemporal(&First, 4, In, 8) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlChainAtOffsetToFlatBufferNonTemporal(Out, &First, 4, 8) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlPointerToMdlPointer(&Here, &There, 2) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlPointerToMdlPointerNonTemporal(&Here, &There, 2) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlPointerToMdlPointerUpdateInputs(&Here, &There, 2) == STATUS_SUCCESS);
	CHECK(Here.Offset == 2 && There.Offset == 2);
	CHECK(MdlCopyMdlPointerToMdlPointerUpdateInputsNonTemporal(&Here, &There, 2) ==
		STATUS_SUCCESS);
	CHECK(MdlCopyMdlChainToMdlChainAtOffset(&First, 0, &Second, 1, 3) == STATUS_SUCCESS);
	CHECK(MdlCopyMdlChainToMdlChainAtOffsetNonTemporal(&First, 0, &Second, 1, 3) ==
		STATUS_SUCCESS);
}

static void compared(void)
{
	MDL_POINTER Here = {&First, 0}, There = {&Second, 1};
	BOOLEAN Equal = FALSE;

	CHECK(MdlEqualBufferContents(&Here, &There, 3, &Equal) == STATUS_SUCCESS && Equal == TRUE);
	CHECK(MdlEqualBufferContentsAtOffset(&First, 0, &Second, 1, 3, &Equal) == STATUS_SUCCESS);
	CHECK(MdlEqualBufferContentsUpdateInputs(&Here, &There, 3, &Equal) == STATUS_SUCCESS);
	CHECK(Equal == TRUE && Here.Offset == 3 && There.Offset == 4);
}

static void walked(void)
{
	MDL_CHAIN_INFORMATION Information;
	MDL_SPAN Span = {{&First, 1}, 20};
	MDL_POINTER Pointer = {&First, 10};
	SIZE_T Sum = 0, Offset;
	MDL *Mdl;

	CHECK(MdlChainIterateBuffers(&First, sum_up, &Sum) == STATUS_SUCCESS && Sum == 24 + 10);
	CHECK(MdlSpanIterateBuffers(&Span, sum_up, &Sum) == STATUS_SUCCESS && Sum == 54);
	CHECK(MdlPairwiseIterateBuffers(&Pointer, &Pointer, 1, stop_at_once, NULL) ==
		STATUS_STOP_ITERATION);
	CHECK(MdlPairwiseIterateBuffersUpdateInputs(&Pointer, &Span.Start, 1, stop_at_once, NULL) ==
		STATUS_STOP_ITERATION);
	CHECK(MdlChainEnsureMappedSystemAddress(&First) == STATUS_SUCCESS);
	MdlChainGetInformation(&First, &Information);
	CHECK(Information.NumberOfMdls == 2 && Information.NumberOfNonEmptyMdls == 2);
	CHECK(Information.NumberOfMdlsMappedToSystemVA == 2 && Information.TotalByteCount == 34);
	CHECK(Information.TotalPageCount >= 2 && Information.MaximumAlignment >= 1);
	CHECK(MdlChainGetMdlCount(&First) == 2 && MdlChainGetByteCount(&First) == 34);
	CHECK(MdlChainGetPageCount(&First) == Information.TotalPageCount);
	MdlChainAdvanceBytes(&First, 25, &Mdl, &Offset);
	CHECK(Mdl == &Second && Offset == 1);
	MdlPointerAdvanceBytes(&Pointer, 24);
	CHECK(Pointer.Mdl == NULL && Pointer.Offset == 0);
	Pointer.Mdl = &First;
	Pointer.Offset = 24;
	MdlPointerNormalize(&Pointer);
	CHECK(Pointer.Mdl == &Second && Pointer.Offset == 0);
}

void mdl_run(void)
{
	mdl_over(&First, Memory, 24);
	mdl_over(&Second, Memory + 32, 10);
	First.Next = &Second;
	filled();
	copied();
	compared();
	walked();
}
