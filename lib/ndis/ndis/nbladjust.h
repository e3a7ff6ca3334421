// SPDX-License-Identifier: BSD-3-Clause
// Context space of a list, where the data of a packet starts, and reading and copying it. As in
// nblapi.h: any thread, and nothing here locks one list or packet, its owner alone works on it.
#pragma once

#include "nbl.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

// A driver's own makers of MDLs for retreats. The first returns an MDL over at least *BufferSize
// bytes, and may store how many it has; NULL when memory is out. The second frees MDL and memory.
typedef MDL *(NET_BUFFER_ALLOCATE_MDL)(ULONG *BufferSize);
typedef VOID(NET_BUFFER_FREE_MDL)(MDL *Mdl);
typedef NET_BUFFER_ALLOCATE_MDL *NET_BUFFER_ALLOCATE_MDL_HANDLER;
typedef NET_BUFFER_FREE_MDL *NET_BUFFER_FREE_MDL_HANDLER;

// Take ContextSize bytes from the list's context stack, from the newest block where they fit, else
// from a new block of both sizes. Both are multiples of sizeof(PVOID), which is also all the
// alignment there is. The bytes begin at NET_BUFFER_LIST_CONTEXT_DATA_START and are not zeroed.
// NDIS_STATUS_FAILURE when a size breaks the rule, NDIS_STATUS_RESOURCES when memory is out; then
// nothing changed. WDK: NdisAllocateNetBufferListContext.
NIMBL_NDIS_API NDIS_STATUS NdisAllocateNetBufferListContext(
	NET_BUFFER_LIST *NetBufferList, USHORT ContextSize, USHORT ContextBackFill, ULONG PoolTag);

// Give the newest context back, exactly the size it was taken with, before the list is passed back.
// A block that a context call added is freed with its last byte. More than the newest block has in
// use is refused and logged. WDK: NdisFreeNetBufferListContext.
NIMBL_NDIS_API VOID NdisFreeNetBufferListContext(
	NET_BUFFER_LIST *NetBufferList, USHORT ContextSize);

// Make DataOffsetDelta more bytes in front part of the data. They come from the unused space before
// the data, also across MDLs, without a gap; what is missing comes in a new MDL of DataOffsetDelta +
// DataBackFill bytes at the front of the chain, so they need not be contiguous. Contents are
// undefined. `AllocateMdlHandler` NULL: the engine's allocator. NDIS_STATUS_RESOURCES when memory is
// out, NDIS_STATUS_FAILURE when DataLength would not fit 32 bits or the handler's MDL is too small;
// then nothing changed. WDK: NdisRetreatNetBufferDataStart.
NIMBL_NDIS_API NDIS_STATUS NdisRetreatNetBufferDataStart(NET_BUFFER *NetBuffer,
	ULONG DataOffsetDelta, ULONG DataBackFill, NET_BUFFER_ALLOCATE_MDL *AllocateMdlHandler);

// Take DataOffsetDelta bytes at the front out of the data; at most DataLength. With FreeMdl, MDLs
// that retreats put in front and that hold no data any more are freed, with `FreeMdlHandler` where
// the driver's allocator made them. Never with FreeMdl on received packets.
// WDK: NdisAdvanceNetBufferDataStart.
NIMBL_NDIS_API VOID NdisAdvanceNetBufferDataStart(NET_BUFFER *NetBuffer, ULONG DataOffsetDelta,
	BOOLEAN FreeMdl, NET_BUFFER_FREE_MDL *FreeMdlHandler);

// The same for every packet of one list, all or none: when it fails nothing has changed, and what
// was allocated meanwhile went back through `FreeMdlHandler`.
// WDK: NdisRetreatNetBufferListDataStart.
NIMBL_NDIS_API NDIS_STATUS NdisRetreatNetBufferListDataStart(NET_BUFFER_LIST *NetBufferList,
	ULONG DataOffsetDelta, ULONG DataBackFill, NET_BUFFER_ALLOCATE_MDL *AllocateMdlHandler,
	NET_BUFFER_FREE_MDL *FreeMdlHandler);

// The same for every packet of one list. WDK: NdisAdvanceNetBufferListDataStart.
NIMBL_NDIS_API VOID NdisAdvanceNetBufferListDataStart(NET_BUFFER_LIST *NetBufferList,
	ULONG DataOffsetDelta, BOOLEAN FreeMdl, NET_BUFFER_FREE_MDL *FreeMdlHandler);

// Make CurrentMdl and CurrentMdlOffset right after MdlChain or DataOffset was written by hand.
// WDK: NdisAdjustNetBufferCurrentMdl.
NIMBL_NDIS_API VOID NdisAdjustNetBufferCurrentMdl(NET_BUFFER *NetBuffer);

// The first BytesNeeded bytes of the data in one piece at an address whose rest modulo AlignMultiple
// (a power of two, 1: any) is AlignOffset: in place where they lie so, else as a copy in `Storage`,
// which the caller has aligned. NULL when the data is shorter, or a copy is needed without Storage.
// Allocates nothing. What is written to a copy does not reach the packet. WDK: NdisGetDataBuffer.
NIMBL_NDIS_API PVOID NdisGetDataBuffer(NET_BUFFER *NetBuffer, ULONG BytesNeeded, PVOID Storage,
	ULONG AlignMultiple, ULONG AlignOffset);

// Copy up to BytesToCopy bytes; offsets count from each packet's data start. Ends where the source's
// data or the space of the destination's MDLs ends, whose DataLength is neither looked at nor
// changed. Always NDIS_STATUS_SUCCESS: *BytesCopied tells.
// WDK: NdisCopyFromNetBufferToNetBuffer.
NIMBL_NDIS_API NDIS_STATUS NdisCopyFromNetBufferToNetBuffer(NET_BUFFER *Destination,
	ULONG DestinationOffset, ULONG BytesToCopy, const NET_BUFFER *Source, ULONG SourceOffset,
	ULONG *BytesCopied);

// How many pieces of memory, contiguous for a device, the data can lie in at most.
// WDK: NdisQueryNetBufferPhysicalCount.
NIMBL_NDIS_API ULONG NdisQueryNetBufferPhysicalCount(NET_BUFFER *NetBuffer);

// The usual case of three functions above, done in place where the data lies in one MDL: FALSE or NULL,
// and nothing has changed, when it takes more.
static inline BOOLEAN nimbl_retreat_here(NET_BUFFER *nb, ULONG delta)
{
	if (nb->CurrentMdlOffset < delta || nb->stDataLength + delta > 0xffffffffu)
		return FALSE;
	nb->CurrentMdlOffset -= delta;
	nb->DataOffset -= delta;
	nb->stDataLength += delta;
	return TRUE;
}

static inline BOOLEAN nimbl_advance_here(NET_BUFFER *nb, ULONG delta, BOOLEAN free_mdl)
{
	const MDL *mdl = nb->CurrentMdl;

	if (mdl == NULL || delta > nb->stDataLength ||
		delta >= mdl->ByteCount - nb->CurrentMdlOffset || (free_mdl && mdl != nb->MdlChain))
		return FALSE;
	nb->CurrentMdlOffset += delta;
	nb->DataOffset += delta;
	nb->stDataLength -= delta;
	return TRUE;
}

static inline PVOID nimbl_data_here(
	const NET_BUFFER *nb, ULONG bytes, ULONG align_multiple, ULONG align_offset)
{
	const MDL *mdl = nb->CurrentMdl;

	if (mdl == NULL || bytes > nb->stDataLength ||
		mdl->ByteCount - nb->CurrentMdlOffset < bytes)
		return NULL;
	PUCHAR at = (PUCHAR)mdl->MappedSystemVa + nb->CurrentMdlOffset;
	return ((ULONG_PTR)at & (align_multiple - 1)) == align_offset ? at : NULL;
}

static inline NDIS_STATUS nimbl_retreat(
	NET_BUFFER *nb, ULONG delta, ULONG fill, NET_BUFFER_ALLOCATE_MDL *allocate)
{
	return nimbl_retreat_here(nb, delta)
		       ? NDIS_STATUS_SUCCESS
		       : NdisRetreatNetBufferDataStart(nb, delta, fill, allocate);
}

static inline VOID nimbl_advance(
	NET_BUFFER *nb, ULONG delta, BOOLEAN free_mdl, NET_BUFFER_FREE_MDL *release)
{
	if (!nimbl_advance_here(nb, delta, free_mdl))
		NdisAdvanceNetBufferDataStart(nb, delta, free_mdl, release);
}

static inline PVOID nimbl_data(
	NET_BUFFER *nb, ULONG bytes, PVOID storage, ULONG align_multiple, ULONG align_offset)
{
	PVOID at = nimbl_data_here(nb, bytes, align_multiple, align_offset);

	return at != NULL ? at
			  : NdisGetDataBuffer(nb, bytes, storage, align_multiple, align_offset);
}

// A call and a return cost as much as what is done. Debug builds call: there the engine looks at more.
#ifdef NDEBUG
#define NdisRetreatNetBufferDataStart(nb, delta, fill, allocate) \
	nimbl_retreat(nb, delta, fill, allocate)
#define NdisAdvanceNetBufferDataStart(nb, delta, free_mdl, release) \
	nimbl_advance(nb, delta, free_mdl, release)
#define NdisGetDataBuffer(nb, bytes, storage, align_multiple, align_offset) \
	nimbl_data(nb, bytes, storage, align_multiple, align_offset)
#endif

#ifdef __cplusplus
}
#endif
