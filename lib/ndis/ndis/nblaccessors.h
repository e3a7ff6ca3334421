// SPDX-License-Identifier: BSD-3-Clause
// The macros that drivers read and write lists and buffers with. Those that name a member are
// lvalues, but NET_BUFFER_LIST_CONTEXT_DATA_START and _SIZE.
#pragma once

#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NET_BUFFER_NEXT_NB(Nb)               ((Nb)->Next)
#define NET_BUFFER_FIRST_MDL(Nb)             ((Nb)->MdlChain)
#define NET_BUFFER_DATA_LENGTH(Nb)           ((Nb)->DataLength)
#define NET_BUFFER_DATA_OFFSET(Nb)           ((Nb)->DataOffset)
#define NET_BUFFER_CURRENT_MDL(Nb)           ((Nb)->CurrentMdl)
#define NET_BUFFER_CURRENT_MDL_OFFSET(Nb)    ((Nb)->CurrentMdlOffset)
#define NET_BUFFER_PROTOCOL_RESERVED(Nb)     ((Nb)->ProtocolReserved)
#define NET_BUFFER_MINIPORT_RESERVED(Nb)     ((Nb)->MiniportReserved)
#define NET_BUFFER_CHECKSUM_BIAS(Nb)         ((Nb)->ChecksumBias)
#define NET_BUFFER_DATA_PHYSICAL_ADDRESS(Nb) ((Nb)->DataPhysicalAddress)
#define NET_BUFFER_FIRST_SHARED_MEM_INFO(Nb) ((Nb)->SharedMemoryInfo)
#define NET_BUFFER_SCATTER_GATHER_LIST(Nb)   ((Nb)->ScatterGatherList)

#define NET_BUFFER_SHARED_MEM_NEXT_SEGMENT(Shm) ((Shm)->NextSharedMemorySegment)
#define NET_BUFFER_SHARED_MEM_FLAGS(Shm)        ((Shm)->SharedMemoryFlags)
#define NET_BUFFER_SHARED_MEM_HANDLE(Shm)       ((Shm)->SharedMemoryHandle)
#define NET_BUFFER_SHARED_MEM_OFFSET(Shm)       ((Shm)->SharedMemoryOffset)
#define NET_BUFFER_SHARED_MEM_LENGTH(Shm)       ((Shm)->SharedMemoryLength)

#define NET_BUFFER_LIST_NEXT_NBL(Nbl)          ((Nbl)->Next)
#define NET_BUFFER_LIST_FIRST_NB(Nbl)          ((Nbl)->FirstNetBuffer)
#define NET_BUFFER_LIST_FLAGS(Nbl)             ((Nbl)->Flags)
#define NET_BUFFER_LIST_NBL_FLAGS(Nbl)         ((Nbl)->NblFlags)
#define NET_BUFFER_LIST_STATUS(Nbl)            ((Nbl)->Status)
#define NET_BUFFER_LIST_PROTOCOL_RESERVED(Nbl) ((Nbl)->ProtocolReserved)
#define NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl) ((Nbl)->MiniportReserved)

// Not to be used while Context is NULL. The size is that of the block, used and unused.
#define NET_BUFFER_LIST_CONTEXT_DATA_START(Nbl) \
	((PUCHAR)((Nbl)->Context + 1) + (Nbl)->Context->Offset)
#define NET_BUFFER_LIST_CONTEXT_DATA_SIZE(Nbl) ((Nbl)->Context->Size)

// The slot, noted as taken. A slot that was not taken reads as zero without anybody clearing all
// slots per packet: whoever recycles the list clears those whose bit is set. An lvalue macro cannot
// know whether it is read or written, so reading takes the slot as well; that is why `nbl` may be
// const and the const is cast away.
static inline PVOID *nimbl_nbl_info_slot(const NET_BUFFER_LIST *nbl, ULONG id)
{
	NET_BUFFER_LIST *list = (NET_BUFFER_LIST *)nbl;

	list->NimblInfoUsed |= (ULONG)1 << id;
	return &list->NetBufferListInfo[id];
}
#define NET_BUFFER_LIST_INFO(_NBL, _Id) (*nimbl_nbl_info_slot((_NBL), (ULONG)(_Id)))

// Bits of the private word.
#define NBL_SET_FLAG(Nbl, Flag)   ((Nbl)->Flags |= (Flag))
#define NBL_CLEAR_FLAG(Nbl, Flag) ((Nbl)->Flags &= ~(ULONG)(Flag))
#define NBL_TEST_FLAG(Nbl, Flag)  (((Nbl)->Flags & (Flag)) != 0)
#define NBL_TEST_FLAGS(Nbl, Flag) (((Nbl)->Flags & (Flag)) == (ULONG)(Flag))

#define NBL_SET_PROTOCOL_RSVD_FLAG(Nbl, Flag)   NBL_SET_FLAG(Nbl, (Flag)&NBL_PROT_RSVD_FLAGS)
#define NBL_CLEAR_PROTOCOL_RSVD_FLAG(Nbl, Flag) NBL_CLEAR_FLAG(Nbl, (Flag)&NBL_PROT_RSVD_FLAGS)
#define NBL_TEST_PROTOCOL_RSVD_FLAG(Nbl, Flag)  NBL_TEST_FLAG(Nbl, (Flag)&NBL_PROT_RSVD_FLAGS)
#define NBL_SET_PROT_RSVD_FLAG                  NBL_SET_PROTOCOL_RSVD_FLAG
#define NBL_CLEAR_PROT_RSVD_FLAG                NBL_CLEAR_PROTOCOL_RSVD_FLAG
#define NBL_TEST_PROT_RSVD_FLAG                 NBL_TEST_PROTOCOL_RSVD_FLAG

// Bits of the public word.
#define NdisSetNblFlag(Nbl, Flag)   ((Nbl)->NblFlags |= (Flag))
#define NdisClearNblFlag(Nbl, Flag) ((Nbl)->NblFlags &= ~(ULONG)(Flag))
#define NdisTestNblFlag(Nbl, Flag)  (((Nbl)->NblFlags & (Flag)) != 0)
#define NdisTestNblFlags(Nbl, Flag) (((Nbl)->NblFlags & (Flag)) == (ULONG)(Flag))

// A slot seen as one of the unions of nblinfo.h; an lvalue.
#define NIMBL_NBL_SLOT(Nbl, Id, Type) (*(Type *)nimbl_nbl_info_slot((Nbl), (ULONG)(Id)))

#define NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(Nbl, Id) \
	(NET_BUFFER_LIST_INFO(Nbl, NetBufferListCancelId) = (PVOID)(Id))
#define NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(Nbl) NET_BUFFER_LIST_INFO(Nbl, NetBufferListCancelId)

#define NDIS_SET_NET_BUFFER_LIST_VLAN_ID(Nbl, Vid)                                        \
	(NIMBL_NBL_SLOT(Nbl, Ieee8021QNetBufferListInfo, NDIS_NET_BUFFER_LIST_8021Q_INFO) \
			.TagHeader.VlanId = (Vid)&0xFFF)
#define NDIS_GET_NET_BUFFER_LIST_VLAN_ID(Nbl)                                                    \
	((ULONG)NIMBL_NBL_SLOT(Nbl, Ieee8021QNetBufferListInfo, NDIS_NET_BUFFER_LIST_8021Q_INFO) \
			.TagHeader.VlanId)

#define NDIS_SET_NET_BUFFER_LIST_IM_RESERVED(Nbl, Value) \
	(NET_BUFFER_LIST_INFO(Nbl, IMReserved) = (PVOID)(Value))
#define NDIS_GET_NET_BUFFER_LIST_IM_RESERVED(Nbl) NET_BUFFER_LIST_INFO(Nbl, IMReserved)

#define NdisSetNetBufferListProtocolId(Nbl, Id) \
	((void)(*(PUCHAR)nimbl_nbl_info_slot((Nbl), NetBufferListProtocolId) = (Id)))

// Hash function and type share a slot: writing one keeps the other.
static inline void nimbl_nbl_set_hash_info(NET_BUFFER_LIST *nbl, ULONG mask, ULONG bits)
{
	PVOID *slot = nimbl_nbl_info_slot(nbl, NetBufferListHashInfo);

	*slot = ULongToPtr((PtrToUlong(*slot) & ~mask) | (bits & mask));
}
#define NET_BUFFER_LIST_SET_HASH_VALUE(Nbl, Value) \
	(NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashValue) = ULongToPtr(Value))
#define NET_BUFFER_LIST_GET_HASH_VALUE(Nbl) \
	PtrToUlong(NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashValue))
#define NET_BUFFER_LIST_SET_HASH_TYPE(Nbl, Type) \
	nimbl_nbl_set_hash_info((Nbl), NDIS_HASH_TYPE_MASK, (Type))
#define NET_BUFFER_LIST_GET_HASH_TYPE(Nbl) \
	(PtrToUlong(NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashInfo)) & NDIS_HASH_TYPE_MASK)
#define NET_BUFFER_LIST_SET_HASH_FUNCTION(Nbl, Function) \
	nimbl_nbl_set_hash_info((Nbl), NDIS_HASH_FUNCTION_MASK, (Function))
#define NET_BUFFER_LIST_GET_HASH_FUNCTION(Nbl) \
	(PtrToUlong(NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashInfo)) & NDIS_HASH_FUNCTION_MASK)

#define NET_BUFFER_LIST_COALESCED_SEG_COUNT(Nbl) \
	(NIMBL_NBL_SLOT(Nbl, TcpRecvSegCoalesceInfo, NDIS_RSC_NBL_INFO).Info.CoalescedSegCount)
#define NET_BUFFER_LIST_DUP_ACK_COUNT(Nbl) \
	(NIMBL_NBL_SLOT(Nbl, TcpRecvSegCoalesceInfo, NDIS_RSC_NBL_INFO).Info.DupAckCount)

#define NIMBL_NBL_FILTERING(Nbl)                                                              \
	(NIMBL_NBL_SLOT(Nbl, NetBufferListFilteringInfo, NDIS_NET_BUFFER_LIST_FILTERING_INFO) \
			.FilteringInfo)
#define NET_BUFFER_LIST_RECEIVE_QUEUE_ID(Nbl)        (NIMBL_NBL_FILTERING(Nbl).QueueId)
#define NET_BUFFER_LIST_RECEIVE_FILTER_ID(Nbl)       (NIMBL_NBL_FILTERING(Nbl).FilterId)
#define NET_BUFFER_LIST_RECEIVE_FILTER_VPORT_ID(Nbl) (NIMBL_NBL_FILTERING(Nbl).VPortId)

// Entries stay the caller's and must outlive the list's journey; the newest comes first.
static inline void nimbl_nbl_add_media_info(
	NET_BUFFER_LIST *nbl, NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *entry)
{
	PVOID *slot = nimbl_nbl_info_slot(nbl, MediaSpecificInformationEx);

	entry->NextEntry = (NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *)*slot;
	*slot = entry;
}

// The first entry with `tag`, NULL without one.
static inline NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *nimbl_nbl_get_media_info(
	const NET_BUFFER_LIST *nbl, ULONG tag)
{
	NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *entry =
		(NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *)NET_BUFFER_LIST_INFO(
			nbl, MediaSpecificInformationEx);

	while (entry != NULL && entry->Tag != tag)
		entry = entry->NextEntry;
	return entry;
}

// Unlink and return the first entry with `tag`, NULL without one.
static inline NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *nimbl_nbl_remove_media_info(
	NET_BUFFER_LIST *nbl, ULONG tag)
{
	NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *found = nimbl_nbl_get_media_info(nbl, tag);
	NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *before;
	PVOID *slot = nimbl_nbl_info_slot(nbl, MediaSpecificInformationEx);

	if (found == NULL)
		return NULL;
	if (*slot == found) {
		*slot = found->NextEntry;
		return found;
	}
	before = (NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *)*slot;
	while (before->NextEntry != found)
		before = before->NextEntry;
	before->NextEntry = found->NextEntry;
	return found;
}

#define NDIS_NBL_ADD_MEDIA_SPECIFIC_INFO_EX(Nbl, Entry) nimbl_nbl_add_media_info((Nbl), (Entry))
#define NDIS_NBL_GET_MEDIA_SPECIFIC_INFO_EX(Nbl, Tag, Entry) \
	((void)(*(Entry) = nimbl_nbl_get_media_info((Nbl), (Tag))))
#define NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO_EX(Nbl, Tag, Entry) \
	((void)(*(Entry) = nimbl_nbl_remove_media_info((Nbl), (Tag))))
#define NDIS_NBL_ADD_MEDIA_SPECIFIC_INFO    NDIS_NBL_ADD_MEDIA_SPECIFIC_INFO_EX
#define NDIS_NBL_GET_MEDIA_SPECIFIC_INFO    NDIS_NBL_GET_MEDIA_SPECIFIC_INFO_EX
#define NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO NDIS_NBL_REMOVE_MEDIA_SPECIFIC_INFO_EX

static inline void NdisSetNblTimestampInfo(
	NET_BUFFER_LIST *NetBufferList, const NET_BUFFER_LIST_TIMESTAMP *Timestamp)
{
	NET_BUFFER_LIST_INFO(NetBufferList, NetBufferListInfoReserved3) =
		(PVOID)(ULONG_PTR)Timestamp->Timestamp;
}

static inline void NdisGetNblTimestampInfo(
	const NET_BUFFER_LIST *NetBufferList, NET_BUFFER_LIST_TIMESTAMP *Timestamp)
{
	Timestamp->Timestamp =
		(ULONG_PTR)NET_BUFFER_LIST_INFO(NetBufferList, NetBufferListInfoReserved3);
}

static inline void NdisCopyNblTimestampInfo(
	NET_BUFFER_LIST *Destination, const NET_BUFFER_LIST *Source)
{
	NET_BUFFER_LIST_INFO(Destination, NetBufferListInfoReserved3) =
		NET_BUFFER_LIST_INFO(Source, NetBufferListInfoReserved3);
}

#ifdef __cplusplus
}
#endif
