// SPDX-License-Identifier: BSD-3-Clause
// What kind of link an adapter has and how it stands: media, duplex, interface properties.
#pragma once

#include "objectheader.h"
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

// Pointed at, never looked into, until the engine negotiates what they describe.
typedef struct _NDIS_PNP_CAPABILITIES NDIS_PNP_CAPABILITIES, *PNDIS_PNP_CAPABILITIES;
typedef struct _NDIS_PM_CAPABILITIES NDIS_PM_CAPABILITIES, *PNDIS_PM_CAPABILITIES;
typedef struct _NDIS_RECEIVE_SCALE_CAPABILITIES NDIS_RECEIVE_SCALE_CAPABILITIES,
	*PNDIS_RECEIVE_SCALE_CAPABILITIES;

#ifdef __cplusplus
}
#endif
