// SPDX-License-Identifier: BSD-3-Clause
// Out-of-band slots of a list: their numbers and how each packs its pointer-sized value.
#pragma once

#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// The 64-bit numbering. Two names of one number mean different things on send and on receive:
// clear such a slot when a list changes direction.
typedef enum _NDIS_NET_BUFFER_LIST_INFO {
	TcpIpChecksumNetBufferListInfo = 0,
	TcpOffloadBytesTransferred = TcpIpChecksumNetBufferListInfo,
	IPsecOffloadV1NetBufferListInfo = 1,
	IPsecOffloadV2NetBufferListInfo = IPsecOffloadV1NetBufferListInfo,
	TcpLargeSendNetBufferListInfo = 2,
	TcpReceiveNoPush = TcpLargeSendNetBufferListInfo,
	ClassificationHandleNetBufferListInfo = 3,
	Ieee8021QNetBufferListInfo = 4,
	NetBufferListCancelId = 5,
	MediaSpecificInformation = 6,
	NetBufferListFrameType = 7,
	NetBufferListProtocolId = NetBufferListFrameType,
	NetBufferListHashValue = 8,
	NetBufferListHashInfo = 9,
	WfpNetBufferListInfo = 10,
	IPsecOffloadV2TunnelNetBufferListInfo = 11,
	IPsecOffloadV2HeaderNetBufferListInfo = 12,
	NetBufferListCorrelationId = 13,
	NetBufferListFilteringInfo = 14,
	MediaSpecificInformationEx = 15,
	NblOriginalInterfaceIfIndex = 16,
	NblReAuthWfpFlowContext = NblOriginalInterfaceIfIndex,
	TcpReceiveBytesTransferred = 17,
	NrtNameResolutionId = TcpReceiveBytesTransferred,
	UdpRecvSegCoalesceOffloadInfo = TcpReceiveBytesTransferred,
	SwitchForwardingReserved = 18,
	SwitchForwardingDetail = 19,
	VirtualSubnetInfo = 20,
	IMReserved = 21,
	TcpRecvSegCoalesceInfo = 22,
	UdpSegmentationOffloadInfo = TcpRecvSegCoalesceInfo,
	RscTcpTimestampDelta = 23,
	TcpSendOffloadsSupplementalNetBufferListInfo = RscTcpTimestampDelta,
	GftOffloadInformation = 24,
	GftFlowEntryId = 25,
	NetBufferListInfoReserved3 = 26, // the timestamp
	MaxNetBufferListInfo = 27,
} NDIS_NET_BUFFER_LIST_INFO,
	*PNDIS_NET_BUFFER_LIST_INFO;

// These types are laid over a PVOID slot, which the compiler has to know.
#define NIMBL_NDIS_SLOT __attribute__((may_alias))

// Slot TcpIpChecksumNetBufferListInfo. Send: what to compute, ignored unless IsIPv4 or IsIPv6 is
// set. Receive: neither failed nor succeeded means that nobody checked.
typedef union NIMBL_NDIS_SLOT _NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO {
	struct {
		ULONG IsIPv4 : 1;
		ULONG IsIPv6 : 1;
		ULONG TcpChecksum : 1;
		ULONG UdpChecksum : 1;
		ULONG IpHeaderChecksum : 1;
		ULONG Reserved : 11;
		ULONG TcpHeaderOffset : 10; // bytes from the start of the frame
	} Transmit;
	struct {
		ULONG TcpChecksumFailed : 1;
		ULONG UdpChecksumFailed : 1;
		ULONG IpChecksumFailed : 1;
		ULONG TcpChecksumSucceeded : 1;
		ULONG UdpChecksumSucceeded : 1;
		ULONG IpChecksumSucceeded : 1;
		ULONG Loopback : 1;
		ULONG TcpChecksumValueInvalid : 1;
		ULONG IpChecksumValueInvalid : 1;
	} Receive;
	PVOID Value;
} NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO, *PNDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO;

#define NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE       0
#define NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE       1
#define NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4          0
#define NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6          1
#define NDIS_LARGE_SEND_OFFLOAD_MAX_HEADER_LENGTH 128

// Slot TcpLargeSendNetBufferListInfo: request on send, result when the send completes.
typedef union NIMBL_NDIS_SLOT _NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO {
	struct {
		ULONG Unused : 30;
		ULONG Type : 1;
		ULONG Reserved2 : 1;
	} Transmit;
	struct {
		ULONG MSS : 20;
		ULONG TcpHeaderOffset : 10;
		ULONG Type : 1;
		ULONG Reserved2 : 1;
	} LsoV1Transmit;
	struct {
		ULONG TcpPayload : 30; // bytes sent
		ULONG Type : 1;
		ULONG Reserved2 : 1;
	} LsoV1TransmitComplete;
	struct {
		ULONG MSS : 20;
		ULONG TcpHeaderOffset : 10;
		ULONG Type : 1;
		ULONG IPVersion : 1;
	} LsoV2Transmit;
	struct {
		ULONG Reserved : 30;
		ULONG Type : 1;
		ULONG Reserved2 : 1;
	} LsoV2TransmitComplete;
	PVOID Value;
} NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO,
	*PNDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO;

#define NDIS_UDP_SEGMENTATION_OFFLOAD_IPV4 0
#define NDIS_UDP_SEGMENTATION_OFFLOAD_IPV6 1

// Slot UdpSegmentationOffloadInfo, on send.
typedef union NIMBL_NDIS_SLOT _NDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO {
	struct {
		ULONG MSS : 20;
		ULONG UdpHeaderOffset : 10;
		ULONG Reserved : 1;
		ULONG IPVersion : 1;
	} Transmit;
	PVOID Value;
} NDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO,
	*PNDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO;

// Slot Ieee8021QNetBufferListInfo. Not the order of the wire: never copy the word of the tag.
typedef union NIMBL_NDIS_SLOT _NDIS_NET_BUFFER_LIST_8021Q_INFO {
	struct {
		ULONG UserPriority : 3;
		ULONG CanonicalFormatId : 1;
		ULONG VlanId : 12;
		ULONG Reserved : 16;
	} TagHeader;
	struct {
		ULONG UserPriority : 3;
		ULONG CanonicalFormatId : 1;
		ULONG VlanId : 12;
		ULONG WMMInfo : 4;
		ULONG Reserved : 12;
	} WLanTagHeader;
	PVOID Value;
} NDIS_NET_BUFFER_LIST_8021Q_INFO, *PNDIS_NET_BUFFER_LIST_8021Q_INFO;

// Slot TcpRecvSegCoalesceInfo, on receive. DupAckCount means nothing while the first is zero.
typedef union NIMBL_NDIS_SLOT _NDIS_RSC_NBL_INFO {
	struct {
		USHORT CoalescedSegCount;
		USHORT DupAckCount;
	} Info;
	PVOID Value;
} NDIS_RSC_NBL_INFO, *PNDIS_RSC_NBL_INFO;

// Slot NetBufferListFilteringInfo, on receive.
typedef union NIMBL_NDIS_SLOT _NDIS_NET_BUFFER_LIST_FILTERING_INFO {
	struct {
		USHORT FilterId;
		__extension__ union {
			USHORT QueueId;
			USHORT VPortId;
		};
	} FilteringInfo;
	PVOID Value;
} NDIS_NET_BUFFER_LIST_FILTERING_INFO, *PNDIS_NET_BUFFER_LIST_FILTERING_INFO;

// Slot NetBufferListInfoReserved3, through Ndis*NblTimestampInfo: the raw clock, 0 is none.
typedef struct _NET_BUFFER_LIST_TIMESTAMP {
	ULONG64 Timestamp;
} NET_BUFFER_LIST_TIMESTAMP, *PNET_BUFFER_LIST_TIMESTAMP;

// Slot MediaSpecificInformationEx: a list of tagged entries that their writers own.
typedef struct _NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX {
	NDIS_OBJECT_HEADER Header;
	struct _NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX *NextEntry;
	ULONG Tag;
	PVOID Data;
} NDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX, *PNDIS_NBL_MEDIA_SPECIFIC_INFORMATION_EX;

#define NDIS_MEDIA_SPECIFIC_INFO_TUNDL    0x00010001
#define NDIS_MEDIA_SPECIFIC_INFO_FCOE     0x80010000
#define NDIS_MEDIA_SPECIFIC_INFO_EAPOL    0x80010001
#define NDIS_MEDIA_SPECIFIC_INFO_LLDP     0x80010002
#define NDIS_MEDIA_SPECIFIC_INFO_TIMESYNC 0x80010003

// Slot NetBufferListHashInfo: function in bits 0-7, type in bits 8-23.
#define NDIS_HASH_FUNCTION_MASK   0x000000FFu
#define NDIS_HASH_TYPE_MASK       0x00FFFF00u
#define NdisHashFunctionToeplitz  0x00000001u
#define NdisHashFunctionReserved1 0x00000002u
#define NdisHashFunctionReserved2 0x00000004u
#define NdisHashFunctionReserved3 0x00000008u
#define NDIS_HASH_IPV4            0x00000100u
#define NDIS_HASH_TCP_IPV4        0x00000200u
#define NDIS_HASH_IPV6            0x00000400u
#define NDIS_HASH_IPV6_EX         0x00000800u
#define NDIS_HASH_TCP_IPV6        0x00001000u
#define NDIS_HASH_TCP_IPV6_EX     0x00002000u
#define NDIS_HASH_UDP_IPV4        0x00004000u
#define NDIS_HASH_UDP_IPV6        0x00008000u
#define NDIS_HASH_UDP_IPV6_EX     0x00010000u

C_ASSERT(sizeof(NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO) == sizeof(PVOID));
C_ASSERT(sizeof(NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO) == sizeof(PVOID));
C_ASSERT(sizeof(NDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO) == sizeof(PVOID));
C_ASSERT(sizeof(NDIS_NET_BUFFER_LIST_8021Q_INFO) == sizeof(PVOID));
C_ASSERT(sizeof(NDIS_RSC_NBL_INFO) == sizeof(PVOID));
C_ASSERT(sizeof(NDIS_NET_BUFFER_LIST_FILTERING_INFO) == sizeof(PVOID));

#ifdef __cplusplus
}
#endif
