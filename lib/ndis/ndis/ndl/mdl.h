// SPDX-License-Identifier: BSD-3-Clause
// Reading and writing across the buffers of an MDL chain as if they were one, under the names of the
// NDIS driver library. A place in a chain is an MDL_POINTER, a stretch of it an MDL_SPAN:
//
//   MdlChain...           all bytes of the chain
//   MdlChain...AtOffset   a stretch given by offset and length
//   MdlSpan..., MdlPointer...
//
// NonTemporal writes past the cache, Secure is not optimised away, UpdateInputs moves the pointers to
// the end of what was done. Whoever reaches behind the end of a chain is stopped by
// MDL_REPORT_FATAL_OVERFLOW. Any thread; nothing allocates. Functions with a status return
// STATUS_INSUFFICIENT_RESOURCES where a buffer cannot be mapped, which the engine's always can.
#pragma once

#include "../failure.h"
#include "../mdl.h"
#include "../memops.h"
#include "../status.h"

#ifdef __cplusplus
extern "C" {
#endif

// A driver may have its own of these five. The overflow report must not return.
#ifndef MDL_MAPPING_OPTIONS
#define MDL_MAPPING_OPTIONS (LowPagePriority)
#endif
#ifndef MDL_MAP_BUFFER
#define MDL_MAP_BUFFER(Mdl) ((UCHAR *)MmGetSystemAddressForMdlSafe((Mdl), MDL_MAPPING_OPTIONS))
#endif
#ifndef MDL_MAP_CONST_BUFFER
#define MDL_MAP_CONST_BUFFER(Mdl) \
	((const UCHAR *)MmGetSystemAddressForMdlSafe((Mdl), MDL_MAPPING_OPTIONS))
#endif
#ifndef MDL_REPORT_FATAL_OVERFLOW
#define MDL_REPORT_FATAL_OVERFLOW(Mdl, Offset) RtlFailFast(FAST_FAIL_INVALID_BUFFER_ACCESS)
#endif
#ifndef MDL_PREFETCH_CACHELINE
#define MDL_PREFETCH_CACHELINE(Address) PreFetchCacheLine(PF_TEMPORAL_LEVEL_1, (Address))
#endif

// For callbacks: done, and well.
#define STATUS_STOP_ITERATION ((NTSTATUS)1)

// Normal is a pointer whose offset lies inside its MDL, or that is NULL and 0: the end of the chain.
// All functions take any and leave normal ones.
typedef struct MDL_POINTER_t {
	MDL *Mdl;
	SIZE_T Offset;
} MDL_POINTER;

typedef struct MDL_SPAN_t {
	MDL_POINTER Start;
	SIZE_T Length;
} MDL_SPAN;

// Function types: called for each buffer that is not empty, or each piece that lies in one buffer of
// either chain. A status other than STATUS_SUCCESS ends the walk and is its result.
typedef NTSTATUS(MDL_BUFFER_OPERATOR)(PVOID OperatorContext, const MDL_SPAN *Span);
typedef NTSTATUS(MDL_BUFFER_PAIRWISE_OPERATOR)(PVOID OperatorContext,
	const MDL_POINTER *MdlPointer1, const MDL_POINTER *MdlPointer2, SIZE_T BufferLength);

typedef struct MDL_CHAIN_INFORMATION_t {
	SIZE_T NumberOfMdls;
	SIZE_T NumberOfNonEmptyMdls;
	SIZE_T NumberOfMdlsMappedToSystemVA;
	SIZE_T TotalByteCount;
	SIZE_T TotalPageCount;
	SIZE_T MaximumAlignment; // of the starts of all buffers; PAGE_SIZE at most
} MDL_CHAIN_INFORMATION;

static inline VOID MdlChainGetInformation(MDL *MdlChain, MDL_CHAIN_INFORMATION *Information)
{
	MDL_CHAIN_INFORMATION sum = {0, 0, 0, 0, 0, 0};
	SIZE_T starts = PAGE_SIZE;

	for (const MDL *mdl = MdlChain; mdl != NULL; mdl = mdl->Next) {
		SIZE_T offset = MmGetMdlByteOffset(mdl), bytes = MmGetMdlByteCount(mdl);

		MDL_PREFETCH_CACHELINE(mdl->Next);
		sum.NumberOfMdls++;
		sum.NumberOfMdlsMappedToSystemVA +=
			(mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) !=
			0;
		if (bytes == 0)
			continue;
		sum.NumberOfNonEmptyMdls++;
		sum.TotalByteCount += bytes;
		sum.TotalPageCount += ADDRESS_AND_SIZE_TO_SPAN_PAGES(offset, bytes);
		starts |= offset;
	}
	sum.MaximumAlignment = starts & (~starts + 1);
	*Information = sum;
}

static inline SIZE_T MdlChainGetMdlCount(MDL *MdlChain)
{
	MDL_CHAIN_INFORMATION information;

	MdlChainGetInformation(MdlChain, &information);
	return information.NumberOfMdls;
}

static inline SIZE_T MdlChainGetByteCount(MDL *MdlChain)
{
	MDL_CHAIN_INFORMATION information;

	MdlChainGetInformation(MdlChain, &information);
	return information.TotalByteCount;
}

// A page that two MDLs touch counts twice.
static inline SIZE_T MdlChainGetPageCount(MDL *MdlChain)
{
	MDL_CHAIN_INFORMATION information;

	MdlChainGetInformation(MdlChain, &information);
	return information.TotalPageCount;
}

DECLSPEC_NORETURN static inline VOID nimbl_mdl_overflow(const MDL *chain, SIZE_T offset)
{
	(void)chain;
	(void)offset;
	MDL_REPORT_FATAL_OVERFLOW(chain, offset);
	__builtin_trap();
}

static inline VOID MdlPointerNormalize(MDL_POINTER *Pointer)
{
	MDL *mdl = Pointer->Mdl;
	SIZE_T offset = Pointer->Offset;

	while (mdl != NULL && offset >= MmGetMdlByteCount(mdl)) {
		MDL_PREFETCH_CACHELINE(mdl->Next);
		offset -= MmGetMdlByteCount(mdl);
		mdl = mdl->Next;
	}
	if (mdl == NULL && offset > 0)
		nimbl_mdl_overflow(Pointer->Mdl, Pointer->Offset);
	Pointer->Mdl = mdl;
	Pointer->Offset = offset;
}

static inline VOID MdlPointerAdvanceBytes(MDL_POINTER *Pointer, SIZE_T Delta)
{
	Pointer->Offset += Delta;
	MdlPointerNormalize(Pointer);
}

// The MDL that holds the byte `AdvanceOffset` bytes into the chain, and the byte's offset there.
static inline VOID MdlChainAdvanceBytes(
	MDL *MdlChain, SIZE_T AdvanceOffset, MDL **FoundMdl, SIZE_T *FoundMdlOffset)
{
	MDL_POINTER at = {MdlChain, AdvanceOffset};

	MdlPointerNormalize(&at);
	*FoundMdl = at.Mdl;
	*FoundMdlOffset = at.Offset;
}

static inline SIZE_T nimbl_mdl_min(SIZE_T a, SIZE_T b)
{
	return a < b ? a : b;
}

// Make `at` normal: the bytes that lie there in one piece, `left` at most, which is not 0.
static inline SIZE_T nimbl_mdl_piece(MDL_POINTER *at, SIZE_T left)
{
	MdlPointerNormalize(at);
	if (at->Mdl == NULL)
		nimbl_mdl_overflow(at->Mdl, left);
	return nimbl_mdl_min(left, MmGetMdlByteCount(at->Mdl) - at->Offset);
}

static inline NTSTATUS MdlSpanIterateBuffers(
	const MDL_SPAN *Span, MDL_BUFFER_OPERATOR *Operator, PVOID OperatorContext)
{
	NTSTATUS status = STATUS_SUCCESS;
	MDL_SPAN piece = {Span->Start, 0};

	for (SIZE_T left = Span->Length; left > 0 && status == STATUS_SUCCESS;
		left -= piece.Length) {
		piece.Start.Offset += piece.Length;
		piece.Length = nimbl_mdl_piece(&piece.Start, left);
		status = Operator(OperatorContext, &piece);
	}
	return status;
}

static inline MDL_SPAN nimbl_mdl_span(MDL *chain, SIZE_T offset, SIZE_T length)
{
	MDL_SPAN span = {{chain, offset}, length};

	return span;
}

static inline MDL_SPAN nimbl_mdl_all(MDL *chain)
{
	return nimbl_mdl_span(chain, 0, MdlChainGetByteCount(chain));
}

static inline NTSTATUS MdlChainIterateBuffers(
	MDL *MdlChain, MDL_BUFFER_OPERATOR *Operator, PVOID OperatorContext)
{
	MDL_SPAN all = nimbl_mdl_all(MdlChain);

	return MdlSpanIterateBuffers(&all, Operator, OperatorContext);
}

static inline NTSTATUS MdlPairwiseIterateBuffersUpdateInputs(MDL_POINTER *MdlPointer1,
	MDL_POINTER *MdlPointer2, SIZE_T TotalLength, MDL_BUFFER_PAIRWISE_OPERATOR *Operator,
	PVOID OperatorContext)
{
	SIZE_T left = TotalLength;

	while (left > 0) {
		SIZE_T bytes = nimbl_mdl_piece(MdlPointer2, nimbl_mdl_piece(MdlPointer1, left));
		NTSTATUS status = Operator(OperatorContext, MdlPointer1, MdlPointer2, bytes);

		if (status != STATUS_SUCCESS)
			return status;
		MdlPointer1->Offset += bytes;
		MdlPointer2->Offset += bytes;
		left -= bytes;
	}
	MdlPointerNormalize(MdlPointer1);
	MdlPointerNormalize(MdlPointer2);
	return STATUS_SUCCESS;
}

static inline NTSTATUS MdlPairwiseIterateBuffers(const MDL_POINTER *MdlPointer1,
	const MDL_POINTER *MdlPointer2, SIZE_T TotalLength, MDL_BUFFER_PAIRWISE_OPERATOR *Operator,
	PVOID OperatorContext)
{
	MDL_POINTER first = *MdlPointer1, second = *MdlPointer2;

	if (TotalLength == 0)
		return STATUS_SUCCESS;
	return MdlPairwiseIterateBuffersUpdateInputs(
		&first, &second, TotalLength, Operator, OperatorContext);
}

static inline NTSTATUS nimbl_mdl_map(PVOID context, const MDL_SPAN *span)
{
	(void)context;
	return MDL_MAP_BUFFER(span->Start.Mdl) != NULL ? STATUS_SUCCESS
						       : STATUS_INSUFFICIENT_RESOURCES;
}

static inline NTSTATUS MdlChainEnsureMappedSystemAddress(MDL *MdlChain)
{
	return MdlChainIterateBuffers(MdlChain, nimbl_mdl_map, NULL);
}

enum nimbl_mdl_way { NIMBL_MDL_CACHED, NIMBL_MDL_STREAM, NIMBL_MDL_SECURE };

struct nimbl_mdl_fill {
	UCHAR byte;
	enum nimbl_mdl_way way;
};

static inline NTSTATUS nimbl_mdl_fill_piece(PVOID context, const MDL_SPAN *span)
{
	const struct nimbl_mdl_fill *fill = (const struct nimbl_mdl_fill *)context;
	UCHAR *to = MDL_MAP_BUFFER(span->Start.Mdl);

	if (to == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	to += span->Start.Offset;
	if (fill->way == NIMBL_MDL_STREAM)
		RtlFillMemoryNonTemporal(to, span->Length, fill->byte);
	else if (fill->way == NIMBL_MDL_SECURE)
		(void)RtlSecureZeroMemory(to, span->Length);
	else
		RtlFillMemory(to, span->Length, fill->byte);
	return STATUS_SUCCESS;
}

static inline NTSTATUS nimbl_mdl_fill(MDL_SPAN span, UCHAR byte, enum nimbl_mdl_way way)
{
	struct nimbl_mdl_fill fill = {byte, way};

	return MdlSpanIterateBuffers(&span, nimbl_mdl_fill_piece, &fill);
}

static inline NTSTATUS MdlChainZeroBuffers(MDL *MdlChain)
{
	return nimbl_mdl_fill(nimbl_mdl_all(MdlChain), 0, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlSpanZeroBuffers(const MDL_SPAN *Span)
{
	return nimbl_mdl_fill(*Span, 0, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlChainZeroBuffersAtOffset(MDL *MdlChain, SIZE_T Offset, SIZE_T ZeroLength)
{
	return nimbl_mdl_fill(nimbl_mdl_span(MdlChain, Offset, ZeroLength), 0, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlChainZeroBuffersNonTemporal(MDL *MdlChain)
{
	return nimbl_mdl_fill(nimbl_mdl_all(MdlChain), 0, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlSpanZeroBuffersNonTemporal(const MDL_SPAN *Span)
{
	return nimbl_mdl_fill(*Span, 0, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlChainZeroBuffersAtOffsetNonTemporal(
	MDL *MdlChain, SIZE_T Offset, SIZE_T ZeroLength)
{
	return nimbl_mdl_fill(nimbl_mdl_span(MdlChain, Offset, ZeroLength), 0, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlChainZeroBuffersSecure(MDL *MdlChain)
{
	return nimbl_mdl_fill(nimbl_mdl_all(MdlChain), 0, NIMBL_MDL_SECURE);
}

static inline NTSTATUS MdlSpanZeroBuffersSecure(const MDL_SPAN *Span)
{
	return nimbl_mdl_fill(*Span, 0, NIMBL_MDL_SECURE);
}

static inline NTSTATUS MdlChainZeroBuffersAtOffsetSecure(
	MDL *MdlChain, SIZE_T Offset, SIZE_T ZeroLength)
{
	return nimbl_mdl_fill(nimbl_mdl_span(MdlChain, Offset, ZeroLength), 0, NIMBL_MDL_SECURE);
}

static inline NTSTATUS MdlChainFillBuffers(MDL *MdlChain, UCHAR FillByte)
{
	return nimbl_mdl_fill(nimbl_mdl_all(MdlChain), FillByte, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlSpanFillBuffers(const MDL_SPAN *Span, UCHAR FillByte)
{
	return nimbl_mdl_fill(*Span, FillByte, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlChainFillBuffersAtOffset(
	MDL *MdlChain, SIZE_T Offset, SIZE_T FillLength, UCHAR FillByte)
{
	return nimbl_mdl_fill(
		nimbl_mdl_span(MdlChain, Offset, FillLength), FillByte, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlChainFillBuffersNonTemporal(MDL *MdlChain, UCHAR FillByte)
{
	return nimbl_mdl_fill(nimbl_mdl_all(MdlChain), FillByte, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlSpanFillBuffersNonTemporal(const MDL_SPAN *Span, UCHAR FillByte)
{
	return nimbl_mdl_fill(*Span, FillByte, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlChainFillBuffersAtOffsetNonTemporal(
	MDL *MdlChain, SIZE_T Offset, SIZE_T FillLength, UCHAR FillByte)
{
	return nimbl_mdl_fill(
		nimbl_mdl_span(MdlChain, Offset, FillLength), FillByte, NIMBL_MDL_STREAM);
}

#ifdef __cplusplus
}
#endif

#include "mdlcopy.h"
