// SPDX-License-Identifier: BSD-3-Clause
// Processors, numbered as the system numbers its CPUs, all in group 0. Where a thread runs may change
// at any time, unless it is an lcore. Any thread.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ALL_PROCESSOR_GROUPS    0xFFFF
#define INVALID_PROCESSOR_INDEX 0xFFFFFFFFu

typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

typedef struct _GROUP_AFFINITY {
	KAFFINITY Mask;
	USHORT Group;
	USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

// How many there are, whether they run or not: greater than every number. 0 for a group that is not.
NIMBL_NDIS_API ULONG NdisGroupMaxProcessorCount(USHORT Group);
#define NdisGroupActiveProcessorCount(Group)  NdisGroupMaxProcessorCount(Group)
#define NdisSystemProcessorCount()            ((CCHAR)NdisGroupMaxProcessorCount(0))
#define NdisSystemActiveProcessorCount(Mask)  NdisGroupMaxProcessorCount(0)
#define NdisMaxGroupCount()                   ((USHORT)1)
#define NdisActiveGroupCount()                ((USHORT)1)
#define KeQueryMaximumProcessorCount()        NdisGroupMaxProcessorCount(0)
#define KeQueryMaximumProcessorCountEx(Group) NdisGroupMaxProcessorCount(Group)
#define KeQueryActiveProcessorCount(Mask)     NdisGroupMaxProcessorCount(0)
#define KeQueryActiveProcessorCountEx(Group)  NdisGroupMaxProcessorCount(Group)

// The processor of the caller; `ProcessorNumber` may be NULL.
NIMBL_NDIS_API ULONG KeGetCurrentProcessorNumberEx(PROCESSOR_NUMBER *ProcessorNumber);
#define NdisCurrentProcessorIndex()    KeGetCurrentProcessorNumberEx(NULL)
#define NdisCurrentGroupAndProcessor() nimbl_current_processor()
#define KeGetCurrentProcessorIndex()   KeGetCurrentProcessorNumberEx(NULL)
#define KeGetCurrentProcessorNumber()  KeGetCurrentProcessorNumberEx(NULL)

static inline PROCESSOR_NUMBER nimbl_current_processor(VOID)
{
	PROCESSOR_NUMBER number;

	(void)KeGetCurrentProcessorNumberEx(&number);
	return number;
}

// From one form to the other: INVALID_PROCESSOR_INDEX, or a status that is no success, for one that is not.
NIMBL_NDIS_API ULONG NdisProcessorNumberToIndex(PROCESSOR_NUMBER ProcNumber);
NIMBL_NDIS_API NDIS_STATUS NdisProcessorIndexToNumber(
	ULONG ProcIndex, PROCESSOR_NUMBER *ProcNumber);
#define KeGetProcessorIndexFromNumber(ProcNumber) NdisProcessorNumberToIndex(*(ProcNumber))
#define KeGetProcessorNumberFromIndex(ProcIndex, ProcNumber) \
	((NTSTATUS)NdisProcessorIndexToNumber((ProcIndex), (ProcNumber)))

// What memory of different processors has to keep apart.
#define NdisGetSharedDataAlignment() ((ULONG)SYSTEM_CACHE_ALIGNMENT_SIZE)

// 6.85 as 0x00060055.
NIMBL_NDIS_API UINT NdisGetVersion(VOID);

#ifdef __cplusplus
}
#endif
