// SPDX-License-Identifier: BSD-3-Clause
// MDL: one virtually contiguous buffer of a chain, and the accessors that drivers read it with.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Drivers touch Next only; everything else goes through the accessors below. StartVa is page
// aligned, the buffer begins at StartVa + ByteOffset. An MDL does not own its buffer.
typedef struct _MDL {
	struct _MDL *Next;
	CSHORT Size;
	CSHORT MdlFlags;
	PVOID Process;
	PVOID MappedSystemVa;
	PVOID StartVa;
	ULONG ByteCount;
	ULONG ByteOffset;
} MDL, *PMDL;
C_ASSERT(sizeof(MDL) == 48 && offsetof(MDL, Next) == 0);

#define MDL_MAPPED_TO_SYSTEM_VA     0x0001
#define MDL_PAGES_LOCKED            0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004
#define MDL_PARTIAL                 0x0010
#define MDL_PARTIAL_HAS_BEEN_MAPPED 0x0020

// Ours: the engine made the MDL for a retreat or a derived list and frees it; the MDL is embedded
// beside an mbuf and describes its room; a retreat put it in front.
#define NIMBL_MDL_OURS    0x1000
#define NIMBL_MDL_SEGMENT 0x2000
#define NIMBL_MDL_RETREAT 0x4000

// Mapping cannot fail here, so priorities and options have no effect.
typedef enum _MM_PAGE_PRIORITY {
	LowPagePriority = 0,
	NormalPagePriority = 16,
	HighPagePriority = 32,
} MM_PAGE_PRIORITY;
#define MdlMappingNoWrite   0x80000000u
#define MdlMappingNoExecute 0x40000000u

#define ADDRESS_AND_SIZE_TO_SPAN_PAGES(Va, Size)                                          \
	((ULONG)((((ULONG_PTR)(Va) & (PAGE_SIZE - 1)) + (SIZE_T)(Size) + PAGE_SIZE - 1) / \
		 PAGE_SIZE))

#define MmGetMdlByteCount(Mdl)           ((Mdl)->ByteCount)
#define MmGetMdlByteOffset(Mdl)          ((Mdl)->ByteOffset)
#define MmGetMdlVirtualAddress(Mdl)      ((PVOID)((PUCHAR)(Mdl)->StartVa + (Mdl)->ByteOffset))
#define NDIS_MDL_LINKAGE(Mdl)            ((Mdl)->Next)
#define NdisAdjustMdlLength(Mdl, Length) ((Mdl)->ByteCount = (Length))

// Never NULL here: user memory is always mapped.
static inline PVOID MmGetSystemAddressForMdlSafe(const MDL *Mdl, ULONG Priority)
{
	(void)Priority;
	if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
		return Mdl->MappedSystemVa;
	return MmGetMdlVirtualAddress(Mdl);
}

// The length, and through `va` the address, of what `mdl` describes; `va` may be NULL.
static inline ULONG nimbl_mdl_query(const MDL *mdl, PVOID *va, ULONG priority)
{
	if (va != NULL)
		*va = MmGetSystemAddressForMdlSafe(mdl, priority);
	return mdl->ByteCount;
}

// Macros, because drivers pass pointers of any type. The address is the start of the MDL: add
// CurrentMdlOffset for the first one of a packet.
#define NdisQueryMdl(Mdl, Va, Length, Priority) \
	((void)(*(Length) = nimbl_mdl_query((Mdl), (PVOID *)(Va), (ULONG)(Priority))))
#define NdisQueryMdlOffset(Mdl, Offset, Length) \
	((void)(*(Offset) = MmGetMdlByteOffset(Mdl), *(Length) = MmGetMdlByteCount(Mdl)))
#define NdisGetNextMdl(Mdl, NextMdl) ((void)(*(NextMdl) = (Mdl)->Next))

// Pages touched; one for an MDL of zero bytes.
static inline ULONG nimbl_mdl_span_pages(const MDL *mdl)
{
	if (mdl->ByteCount == 0)
		return 1;
	return ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), mdl->ByteCount);
}
#define NDIS_MDL_TO_SPAN_PAGES(Mdl)             nimbl_mdl_span_pages(Mdl)
#define NdisGetMdlPhysicalArraySize(Mdl, Count) ((void)(*(Count) = nimbl_mdl_span_pages(Mdl)))

// An MDL in memory of the driver's own, with room behind it for a number per page: so many bytes.
typedef ULONG_PTR PFN_NUMBER, *PPFN_NUMBER;
#define MmSizeOfMdl(Base, Length) \
	(sizeof(MDL) + sizeof(PFN_NUMBER) * ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length))

// The numbers: only in such an MDL, and there those of virtual pages, which are what a device sees
// where DPDK uses virtual addresses for IO.
#define MmGetMdlPfnArray(Mdl) ((PPFN_NUMBER)(PVOID)((Mdl) + 1))

// Describe `Length` bytes at `BaseVa`; the MDL stays the caller's. Not mapped before the next step.
static inline VOID MmInitializeMdl(MDL *Mdl, PVOID BaseVa, SIZE_T Length)
{
	Mdl->Next = NULL;
	Mdl->Size = (CSHORT)MmSizeOfMdl(BaseVa, Length);
	Mdl->MdlFlags = 0;
	Mdl->Process = NULL;
	Mdl->MappedSystemVa = NULL;
	Mdl->StartVa = (PVOID)((ULONG_PTR)BaseVa & ~(ULONG_PTR)(PAGE_SIZE - 1));
	Mdl->ByteCount = (ULONG)Length;
	Mdl->ByteOffset = (ULONG)((ULONG_PTR)BaseVa & (PAGE_SIZE - 1));
}

// The memory is always there: note its mapping and its pages.
static inline VOID MmBuildMdlForNonPagedPool(MDL *Mdl)
{
	ULONG pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), Mdl->ByteCount);

	Mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
	Mdl->MappedSystemVa = MmGetMdlVirtualAddress(Mdl);
	for (ULONG i = 0; i < pages; i++)
		MmGetMdlPfnArray(Mdl)[i] = (ULONG_PTR)Mdl->StartVa / PAGE_SIZE + i;
}

// Make `TargetMdl`, an MDL of the caller's for at least as many pages, describe the `Length` bytes at
// `VirtualAddress` of what the source describes; all from there on when Length is 0. It shares the
// source's memory, needs no freeing, and may be aimed anew after MmPrepareMdlForReuse.
static inline VOID IoBuildPartialMdl(
	MDL *SourceMdl, MDL *TargetMdl, PVOID VirtualAddress, ULONG Length)
{
	const UCHAR *source = (const UCHAR *)MmGetMdlVirtualAddress(SourceMdl);
	SIZE_T skip = (SIZE_T)((const UCHAR *)VirtualAddress - source);
	CSHORT size = TargetMdl->Size;

	MmInitializeMdl(TargetMdl, VirtualAddress,
		Length != 0 ? Length : MmGetMdlByteCount(SourceMdl) - skip);
	TargetMdl->Size = size;
	TargetMdl->MdlFlags =
		(CSHORT)(MDL_PARTIAL |
			 (SourceMdl->MdlFlags &
				 (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)));
	TargetMdl->MappedSystemVa = (PUCHAR)MmGetSystemAddressForMdlSafe(SourceMdl, 0) + skip;
}

// Nothing is ever unmapped.
#define MmPrepareMdlForReuse(Mdl) ((void)((Mdl)->MdlFlags &= (CSHORT)~MDL_PARTIAL_HAS_BEEN_MAPPED))

// Describe `Length` bytes at `VirtualAddress`, memory that stays the caller's and must outlive the
// MDL. Any thread. Returns NULL when memory is out. Free with NdisFreeMdl. WDK: NdisAllocateMdl.
NIMBL_NDIS_API MDL *NdisAllocateMdl(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, UINT Length);

// Free one MDL of NdisAllocateMdl, neither its buffer nor what follows in the chain. A length that
// was adjusted must be restored first. Any thread. WDK: NdisFreeMdl.
NIMBL_NDIS_API VOID NdisFreeMdl(MDL *Mdl);

#ifdef __cplusplus
}
#endif
