// SPDX-License-Identifier: BSD-3-Clause
// Offloads as an adapter tells of them: what it can do, and what is in effect from the start.
#pragma once

#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// Of each field of two bits.
#define NDIS_OFFLOAD_NOT_SUPPORTED 0
#define NDIS_OFFLOAD_SUPPORTED     1

// Encapsulation: frames an offload holds for, as bits.
#define NDIS_ENCAPSULATION_NOT_SUPPORTED             0x00000000u
#define NDIS_ENCAPSULATION_NULL                      0x00000001u
#define NDIS_ENCAPSULATION_IEEE_802_3                0x00000002u
#define NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q        0x00000004u
#define NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB 0x00000008u
#define NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED      0x00000010u

typedef struct _NDIS_TCP_IP_CHECKSUM_OFFLOAD {
	struct {
		ULONG Encapsulation;
		ULONG IpOptionsSupported : 2;
		ULONG TcpOptionsSupported : 2;
		ULONG TcpChecksum : 2;
		ULONG UdpChecksum : 2;
		ULONG IpChecksum : 2;
	} IPv4Transmit, IPv4Receive;
	struct {
		ULONG Encapsulation;
		ULONG IpExtensionHeadersSupported : 2;
		ULONG TcpOptionsSupported : 2;
		ULONG TcpChecksum : 2;
		ULONG UdpChecksum : 2;
	} IPv6Transmit, IPv6Receive;
} NDIS_TCP_IP_CHECKSUM_OFFLOAD, *PNDIS_TCP_IP_CHECKSUM_OFFLOAD;

// Sizes in bytes of TCP payload.
typedef struct _NDIS_TCP_LARGE_SEND_OFFLOAD_V1 {
	struct {
		ULONG Encapsulation;
		ULONG MaxOffLoadSize;
		ULONG MinSegmentCount;
		ULONG TcpOptions : 2;
		ULONG IpOptions : 2;
	} IPv4;
} NDIS_TCP_LARGE_SEND_OFFLOAD_V1, *PNDIS_TCP_LARGE_SEND_OFFLOAD_V1;

typedef struct _NDIS_TCP_LARGE_SEND_OFFLOAD_V2 {
	struct {
		ULONG Encapsulation;
		ULONG MaxOffLoadSize;
		ULONG MinSegmentCount;
	} IPv4;
	struct {
		ULONG Encapsulation;
		ULONG MaxOffLoadSize;
		ULONG MinSegmentCount;
		ULONG IpExtensionHeadersSupported : 2;
		ULONG TcpOptionsSupported : 2;
	} IPv6;
} NDIS_TCP_LARGE_SEND_OFFLOAD_V2, *PNDIS_TCP_LARGE_SEND_OFFLOAD_V2;

// All zero: nothing of IPsec is offloaded here.
typedef struct _NDIS_IPSEC_OFFLOAD_V1 {
	struct {
		ULONG Encapsulation;
		ULONG AhEspCombined;
		ULONG TransportTunnelCombined;
		ULONG IPv4Options;
		ULONG Flags;
	} Supported;
} NDIS_IPSEC_OFFLOAD_V1, *PNDIS_IPSEC_OFFLOAD_V1;

typedef struct _NDIS_TCP_RECV_SEG_COALESCE_OFFLOAD {
	struct {
		BOOLEAN Enabled;
	} IPv4, IPv6;
} NDIS_TCP_RECV_SEG_COALESCE_OFFLOAD, *PNDIS_TCP_RECV_SEG_COALESCE_OFFLOAD;

typedef struct _NDIS_OFFLOAD {
	NDIS_OBJECT_HEADER Header;
	NDIS_TCP_IP_CHECKSUM_OFFLOAD Checksum;
	NDIS_TCP_LARGE_SEND_OFFLOAD_V1 LsoV1;
	NDIS_IPSEC_OFFLOAD_V1 IPsecV1;
	NDIS_TCP_LARGE_SEND_OFFLOAD_V2 LsoV2;
	ULONG Flags;
	NDIS_TCP_RECV_SEG_COALESCE_OFFLOAD Rsc; // revision 3
} NDIS_OFFLOAD, *PNDIS_OFFLOAD;

#define NDIS_OFFLOAD_REVISION_1             1
#define NDIS_OFFLOAD_REVISION_3             3
#define NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_1 RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD, Flags)
#define NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3 RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD, Rsc)

#define NDIS_OFFLOAD_SET_NO_CHANGE 0
#define NDIS_OFFLOAD_SET_ON        1
#define NDIS_OFFLOAD_SET_OFF       2

// The buffer of OID_OFFLOAD_ENCAPSULATION.
typedef struct _NDIS_OFFLOAD_ENCAPSULATION {
	NDIS_OBJECT_HEADER Header;
	struct {
		ULONG Enabled; // NDIS_OFFLOAD_SET_*
		ULONG EncapsulationType;
		ULONG HeaderSize;
	} IPv4, IPv6;
} NDIS_OFFLOAD_ENCAPSULATION, *PNDIS_OFFLOAD_ENCAPSULATION;

typedef struct _NDIS_TCP_CONNECTION_OFFLOAD NDIS_TCP_CONNECTION_OFFLOAD,
	*PNDIS_TCP_CONNECTION_OFFLOAD;

// For NdisMSetMiniportAttributes: what is in effect, and what the adapter could do.
typedef struct _NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	NDIS_OFFLOAD *DefaultOffloadConfiguration;
	NDIS_OFFLOAD *HardwareOffloadCapabilities;
	NDIS_TCP_CONNECTION_OFFLOAD *DefaultTcpConnectionOffloadConfiguration; // NULL
	NDIS_TCP_CONNECTION_OFFLOAD *TcpConnectionOffloadHardwareCapabilities; // NULL
} NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES, *PNDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES;

#define NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1         \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES, \
		TcpConnectionOffloadHardwareCapabilities)

#ifdef __cplusplus
}
#endif
