// SPDX-License-Identifier: BSD-3-Clause
// The part of ndis/ndl/mdl.h that copies and compares. Drivers include mdl.h.
#pragma once

#include "mdl.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline VOID nimbl_mdl_copy(PVOID to, const VOID *from, SIZE_T bytes, enum nimbl_mdl_way way)
{
	if (way == NIMBL_MDL_STREAM)
		RtlCopyMemoryNonTemporal(to, from, bytes);
	else
		RtlCopyMemory(to, from, bytes);
}

// One plain buffer, of which the next piece is written to or read from the chain.
struct nimbl_mdl_flat {
	UCHAR *to;
	const UCHAR *from;
	enum nimbl_mdl_way way;
};

static inline NTSTATUS nimbl_mdl_write_piece(PVOID context, const MDL_SPAN *span)
{
	struct nimbl_mdl_flat *flat = (struct nimbl_mdl_flat *)context;
	UCHAR *to = MDL_MAP_BUFFER(span->Start.Mdl);

	if (to == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	nimbl_mdl_copy(to + span->Start.Offset, flat->from, span->Length, flat->way);
	flat->from += span->Length;
	return STATUS_SUCCESS;
}

static inline NTSTATUS nimbl_mdl_read_piece(PVOID context, const MDL_SPAN *span)
{
	struct nimbl_mdl_flat *flat = (struct nimbl_mdl_flat *)context;
	const UCHAR *from = MDL_MAP_CONST_BUFFER(span->Start.Mdl);

	if (from == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	nimbl_mdl_copy(flat->to, from + span->Start.Offset, span->Length, flat->way);
	flat->to += span->Length;
	return STATUS_SUCCESS;
}

static inline NTSTATUS nimbl_mdl_write(MDL_SPAN span, const UCHAR *from, enum nimbl_mdl_way way)
{
	struct nimbl_mdl_flat flat = {NULL, from, way};

	return MdlSpanIterateBuffers(&span, nimbl_mdl_write_piece, &flat);
}

static inline NTSTATUS nimbl_mdl_read(UCHAR *to, MDL_SPAN span, enum nimbl_mdl_way way)
{
	struct nimbl_mdl_flat flat = {to, NULL, way};

	return MdlSpanIterateBuffers(&span, nimbl_mdl_read_piece, &flat);
}

static inline NTSTATUS MdlCopyFlatBufferToMdlSpan(
	const MDL_SPAN *DestinationSpan, const UCHAR *SourceBuffer)
{
	return nimbl_mdl_write(*DestinationSpan, SourceBuffer, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlCopyFlatBufferToMdlSpanNonTemporal(
	const MDL_SPAN *DestinationSpan, const UCHAR *SourceBuffer)
{
	return nimbl_mdl_write(*DestinationSpan, SourceBuffer, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlCopyFlatBufferToMdlChainAtOffset(MDL *DestinationMdlChain,
	SIZE_T DestinationOffset, const UCHAR *SourceBuffer, SIZE_T CopyLength)
{
	return nimbl_mdl_write(nimbl_mdl_span(DestinationMdlChain, DestinationOffset, CopyLength),
		SourceBuffer, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlCopyFlatBufferToMdlChainAtOffsetNonTemporal(MDL *DestinationMdlChain,
	SIZE_T DestinationOffset, const UCHAR *SourceBuffer, SIZE_T CopyLength)
{
	return nimbl_mdl_write(nimbl_mdl_span(DestinationMdlChain, DestinationOffset, CopyLength),
		SourceBuffer, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlCopyMdlSpanToFlatBuffer(UCHAR *DestinationBuffer, const MDL_SPAN *Source)
{
	return nimbl_mdl_read(DestinationBuffer, *Source, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlCopyMdlSpanToFlatBufferNonTemporal(
	UCHAR *DestinationBuffer, const MDL_SPAN *Source)
{
	return nimbl_mdl_read(DestinationBuffer, *Source, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlCopyMdlChainAtOffsetToFlatBuffer(
	UCHAR *DestinationBuffer, MDL *SourceMdlChain, SIZE_T SourceOffset, SIZE_T CopyLength)
{
	return nimbl_mdl_read(DestinationBuffer,
		nimbl_mdl_span(SourceMdlChain, SourceOffset, CopyLength), NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlCopyMdlChainAtOffsetToFlatBufferNonTemporal(
	UCHAR *DestinationBuffer, MDL *SourceMdlChain, SIZE_T SourceOffset, SIZE_T CopyLength)
{
	return nimbl_mdl_read(DestinationBuffer,
		nimbl_mdl_span(SourceMdlChain, SourceOffset, CopyLength), NIMBL_MDL_STREAM);
}

static inline NTSTATUS nimbl_mdl_copy_pair(
	PVOID context, const MDL_POINTER *to, const MDL_POINTER *from, SIZE_T bytes)
{
	const enum nimbl_mdl_way *way = (const enum nimbl_mdl_way *)context;
	UCHAR *destination = MDL_MAP_BUFFER(to->Mdl);
	const UCHAR *source = MDL_MAP_CONST_BUFFER(from->Mdl);

	if (destination == NULL || source == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	nimbl_mdl_copy(destination + to->Offset, source + from->Offset, bytes, *way);
	return STATUS_SUCCESS;
}

static inline NTSTATUS nimbl_mdl_copy_chains(
	MDL_POINTER *to, MDL_POINTER *from, SIZE_T bytes, enum nimbl_mdl_way way)
{
	return MdlPairwiseIterateBuffersUpdateInputs(to, from, bytes, nimbl_mdl_copy_pair, &way);
}

static inline NTSTATUS MdlCopyMdlPointerToMdlPointerUpdateInputs(
	MDL_POINTER *Destination, MDL_POINTER *Source, SIZE_T CopyLength)
{
	return nimbl_mdl_copy_chains(Destination, Source, CopyLength, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlCopyMdlPointerToMdlPointerUpdateInputsNonTemporal(
	MDL_POINTER *Destination, MDL_POINTER *Source, SIZE_T CopyLength)
{
	return nimbl_mdl_copy_chains(Destination, Source, CopyLength, NIMBL_MDL_STREAM);
}

static inline NTSTATUS MdlCopyMdlPointerToMdlPointer(
	const MDL_POINTER *Destination, const MDL_POINTER *Source, SIZE_T CopyLength)
{
	enum nimbl_mdl_way way = NIMBL_MDL_CACHED;

	return MdlPairwiseIterateBuffers(
		Destination, Source, CopyLength, nimbl_mdl_copy_pair, &way);
}

static inline NTSTATUS MdlCopyMdlPointerToMdlPointerNonTemporal(
	const MDL_POINTER *Destination, const MDL_POINTER *Source, SIZE_T CopyLength)
{
	enum nimbl_mdl_way way = NIMBL_MDL_STREAM;

	return MdlPairwiseIterateBuffers(
		Destination, Source, CopyLength, nimbl_mdl_copy_pair, &way);
}

static inline NTSTATUS MdlCopyMdlChainToMdlChainAtOffset(MDL *DestinationMdlChain,
	SIZE_T DestinationOffset, MDL *SourceMdlChain, SIZE_T SourceOffset, SIZE_T CopyLength)
{
	MDL_POINTER to = {DestinationMdlChain, DestinationOffset};
	MDL_POINTER from = {SourceMdlChain, SourceOffset};

	return nimbl_mdl_copy_chains(&to, &from, CopyLength, NIMBL_MDL_CACHED);
}

static inline NTSTATUS MdlCopyMdlChainToMdlChainAtOffsetNonTemporal(MDL *DestinationMdlChain,
	SIZE_T DestinationOffset, MDL *SourceMdlChain, SIZE_T SourceOffset, SIZE_T CopyLength)
{
	MDL_POINTER to = {DestinationMdlChain, DestinationOffset};
	MDL_POINTER from = {SourceMdlChain, SourceOffset};

	return nimbl_mdl_copy_chains(&to, &from, CopyLength, NIMBL_MDL_STREAM);
}

static inline NTSTATUS nimbl_mdl_equal_pair(
	PVOID context, const MDL_POINTER *first, const MDL_POINTER *second, SIZE_T bytes)
{
	const UCHAR *left = MDL_MAP_CONST_BUFFER(first->Mdl);
	const UCHAR *right = MDL_MAP_CONST_BUFFER(second->Mdl);

	(void)context;
	if (left == NULL || right == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	return RtlEqualMemory(left + first->Offset, right + second->Offset, bytes)
		       ? STATUS_SUCCESS
		       : STATUS_STOP_ITERATION;
}

// Whether the bytes from both places on are equal. Where they are not, the pointers stand at the piece
// that differs.
static inline NTSTATUS MdlEqualBufferContentsUpdateInputs(MDL_POINTER *MdlPointer1,
	MDL_POINTER *MdlPointer2, SIZE_T ComparisonLength, BOOLEAN *AreBuffersEqual)
{
	NTSTATUS status = MdlPairwiseIterateBuffersUpdateInputs(
		MdlPointer1, MdlPointer2, ComparisonLength, nimbl_mdl_equal_pair, NULL);

	*AreBuffersEqual = status == STATUS_SUCCESS;
	return status == STATUS_STOP_ITERATION ? STATUS_SUCCESS : status;
}

static inline NTSTATUS MdlEqualBufferContents(const MDL_POINTER *MdlPointer1,
	const MDL_POINTER *MdlPointer2, SIZE_T ComparisonLength, BOOLEAN *AreBuffersEqual)
{
	MDL_POINTER first = *MdlPointer1, second = *MdlPointer2;

	return MdlEqualBufferContentsUpdateInputs(
		&first, &second, ComparisonLength, AreBuffersEqual);
}

static inline NTSTATUS MdlEqualBufferContentsAtOffset(MDL *MdlChain1, SIZE_T Offset1,
	MDL *MdlChain2, SIZE_T Offset2, SIZE_T ComparisonLength, BOOLEAN *AreBuffersEqual)
{
	MDL_POINTER first = {MdlChain1, Offset1}, second = {MdlChain2, Offset2};

	return MdlEqualBufferContentsUpdateInputs(
		&first, &second, ComparisonLength, AreBuffersEqual);
}

#ifdef __cplusplus
}
#endif
