// SPDX-License-Identifier: BSD-3-Clause
// What kind of link an adapter has and how it stands: media, duplex, interface properties.
#pragma once

#include <string.h>

#include "objectheader.h"
#include "power.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _NDIS_MEDIUM {
	NdisMedium802_3 = 0,
	NdisMedium802_5 = 1,
	NdisMediumWan = 3,
	NdisMediumWirelessWan = 9,
} NDIS_MEDIUM,
	*PNDIS_MEDIUM;

typedef enum _NDIS_PHYSICAL_MEDIUM {
	NdisPhysicalMediumUnspecified = 0,
	NdisPhysicalMedium802_3 = 14,
} NDIS_PHYSICAL_MEDIUM,
	*PNDIS_PHYSICAL_MEDIUM;

typedef enum _NDIS_INTERFACE_TYPE {
	NdisInterfaceInternal = 0,
	NdisInterfacePci = 5,
} NDIS_INTERFACE_TYPE,
	*PNDIS_INTERFACE_TYPE;

// Of NDIS 5, which protocols still compare with.
typedef enum _NDIS_MEDIA_STATE {
	NdisMediaStateConnected,
	NdisMediaStateDisconnected,
} NDIS_MEDIA_STATE,
	*PNDIS_MEDIA_STATE;

typedef enum _NET_IF_MEDIA_CONNECT_STATE {
	MediaConnectStateUnknown,
	MediaConnectStateConnected,
	MediaConnectStateDisconnected,
} NET_IF_MEDIA_CONNECT_STATE,
	*PNET_IF_MEDIA_CONNECT_STATE;
typedef NET_IF_MEDIA_CONNECT_STATE NDIS_MEDIA_CONNECT_STATE, *PNDIS_MEDIA_CONNECT_STATE;

typedef enum _NET_IF_MEDIA_DUPLEX_STATE {
	MediaDuplexStateUnknown,
	MediaDuplexStateHalf,
	MediaDuplexStateFull,
} NET_IF_MEDIA_DUPLEX_STATE,
	*PNET_IF_MEDIA_DUPLEX_STATE;
typedef NET_IF_MEDIA_DUPLEX_STATE NDIS_MEDIA_DUPLEX_STATE, *PNDIS_MEDIA_DUPLEX_STATE;

typedef enum _NET_IF_ACCESS_TYPE {
	NET_IF_ACCESS_LOOPBACK = 1,
	NET_IF_ACCESS_BROADCAST = 2,
	NET_IF_ACCESS_POINT_TO_POINT = 3,
	NET_IF_ACCESS_POINT_TO_MULTI_POINT = 4,
} NET_IF_ACCESS_TYPE,
	*PNET_IF_ACCESS_TYPE;

typedef enum _NET_IF_DIRECTION_TYPE {
	NET_IF_DIRECTION_SENDRECEIVE,
	NET_IF_DIRECTION_SENDONLY,
	NET_IF_DIRECTION_RECEIVEONLY,
} NET_IF_DIRECTION_TYPE,
	*PNET_IF_DIRECTION_TYPE;

typedef enum _NET_IF_CONNECTION_TYPE {
	NET_IF_CONNECTION_DEDICATED = 1,
	NET_IF_CONNECTION_PASSIVE = 2,
	NET_IF_CONNECTION_DEMAND = 3,
} NET_IF_CONNECTION_TYPE,
	*PNET_IF_CONNECTION_TYPE;

typedef enum _NDIS_SUPPORTED_PAUSE_FUNCTIONS {
	NdisPauseFunctionsUnsupported,
	NdisPauseFunctionsSendOnly,
	NdisPauseFunctionsReceiveOnly,
	NdisPauseFunctionsSendAndReceive,
	NdisPauseFunctionsUnknown,
} NDIS_SUPPORTED_PAUSE_FUNCTIONS,
	*PNDIS_SUPPORTED_PAUSE_FUNCTIONS;

#define IF_TYPE_OTHER           1
#define IF_TYPE_ETHERNET_CSMACD 6

#define NDIS_MAX_PHYS_ADDRESS_LENGTH 32
#define ETH_LENGTH_OF_ADDRESS        6
#define NDIS_LINK_SPEED_UNKNOWN      (~(ULONG64)0)

// The buffer of NDIS_STATUS_LINK_STATE and the answer to OID_GEN_LINK_STATE; bits per second.
typedef struct _NDIS_LINK_STATE {
	NDIS_OBJECT_HEADER Header;
	NDIS_MEDIA_CONNECT_STATE MediaConnectState;
	NDIS_MEDIA_DUPLEX_STATE MediaDuplexState;
	ULONG64 XmitLinkSpeed;
	ULONG64 RcvLinkSpeed;
	NDIS_SUPPORTED_PAUSE_FUNCTIONS PauseFunctions;
	ULONG AutoNegotiationFlags;
} NDIS_LINK_STATE, *PNDIS_LINK_STATE;

#define NDIS_LINK_STATE_REVISION_1 1
#define NDIS_SIZEOF_LINK_STATE_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_LINK_STATE, AutoNegotiationFlags)

// AutoNegotiationFlags: which of the rest was negotiated.
#define NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED 0x00000001u
#define NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED  0x00000002u
#define NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED          0x00000004u
#define NDIS_LINK_STATE_PAUSE_FUNCTIONS_AUTO_NEGOTIATED 0x00000008u

// What OID_GEN_HARDWARE_STATUS answers.
typedef enum _NDIS_HARDWARE_STATUS {
	NdisHardwareStatusReady,
	NdisHardwareStatusInitializing,
	NdisHardwareStatusReset,
	NdisHardwareStatusClosing,
	NdisHardwareStatusNotReady,
} NDIS_HARDWARE_STATUS,
	*PNDIS_HARDWARE_STATUS;

typedef struct _NDIS_RECEIVE_SCALE_CAPABILITIES {
	NDIS_OBJECT_HEADER Header;
	ULONG CapabilitiesFlags;
	ULONG NumberOfInterruptMessages;
	ULONG NumberOfReceiveQueues;
	USHORT NumberOfIndirectionTableEntries;
} NDIS_RECEIVE_SCALE_CAPABILITIES, *PNDIS_RECEIVE_SCALE_CAPABILITIES;

// Addresses of Ethernet, as pointers to their first byte.
#define ETH_IS_LOCALLY_ADMINISTERED(Address) ((((const UCHAR *)(Address))[0] & 2) != 0)
#define ETH_IS_MULTICAST(Address)            ((((const UCHAR *)(Address))[0] & 1) != 0)
#define ETH_IS_BROADCAST(Address) \
	(memcmp((Address), "\xFF\xFF\xFF\xFF\xFF\xFF", ETH_LENGTH_OF_ADDRESS) == 0)
#define ETH_COPY_NETWORK_ADDRESS(Destination, Source) \
	((void)memcpy((Destination), (Source), ETH_LENGTH_OF_ADDRESS))

// `Result` is zero when they are equal, and greater when the first one is.
#define ETH_COMPARE_NETWORK_ADDRESSES(A, B, Result) \
	((void)(*(Result) = memcmp((A), (B), ETH_LENGTH_OF_ADDRESS)))
#define ETH_COMPARE_NETWORK_ADDRESSES_EQ(A, B, Result) ETH_COMPARE_NETWORK_ADDRESSES(A, B, Result)

#ifdef __cplusplus
}
#endif
