// SPDX-License-Identifier: BSD-3-Clause
// What a restart hands from the miniport up through the stack, each layer reading and editing it.
#pragma once

#include "media.h"
#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// DataLength bytes of Data. Exactly one entry has OID_GEN_MINIPORT_RESTART_ATTRIBUTES and carries
// NDIS_RESTART_GENERAL_ATTRIBUTES.
typedef struct _NDIS_RESTART_ATTRIBUTES {
	struct _NDIS_RESTART_ATTRIBUTES *Next;
	NDIS_OID Oid;
	ULONG DataLength;
	NIMBL_NDIS_ALIGNED(16) UCHAR Data[1];
} NDIS_RESTART_ATTRIBUTES, *PNDIS_RESTART_ATTRIBUTES;

// The back-fill sizes are the bytes of headroom and of context that the layers below want to find
// in every list sent.
typedef struct _NDIS_RESTART_GENERAL_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	ULONG MtuSize;
	ULONG64 MaxXmitLinkSpeed;
	ULONG64 MaxRcvLinkSpeed;
	ULONG LookaheadSize;
	ULONG MacOptions;
	ULONG SupportedPacketFilters;
	ULONG MaxMulticastListSize;
	NDIS_RECEIVE_SCALE_CAPABILITIES *RecvScaleCapabilities;
	NET_IF_ACCESS_TYPE AccessType;
	ULONG Flags;
	NET_IF_CONNECTION_TYPE ConnectionType;
	ULONG SupportedStatistics;
	ULONG DataBackFillSize;
	ULONG ContextBackFillSize;
	NDIS_OID *SupportedOidList;
	ULONG SupportedOidListLength;
	ULONG MaxLookaheadSizeAccessed; // revision 2
} NDIS_RESTART_GENERAL_ATTRIBUTES, *PNDIS_RESTART_GENERAL_ATTRIBUTES;

#define NDIS_RESTART_GENERAL_ATTRIBUTES_REVISION_1 1
#define NDIS_RESTART_GENERAL_ATTRIBUTES_REVISION_2 2
#define NDIS_SIZEOF_RESTART_GENERAL_ATTRIBUTES_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_RESTART_GENERAL_ATTRIBUTES, SupportedOidListLength)
#define NDIS_SIZEOF_RESTART_GENERAL_ATTRIBUTES_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_RESTART_GENERAL_ATTRIBUTES, MaxLookaheadSizeAccessed)

// PauseReason of the pause parameters.
#define NDIS_PAUSE_NDIS_INTERNAL          0x00000001u
#define NDIS_PAUSE_LOW_POWER              0x00000002u
#define NDIS_PAUSE_BIND_PROTOCOL          0x00000004u
#define NDIS_PAUSE_UNBIND_PROTOCOL        0x00000008u
#define NDIS_PAUSE_ATTACH_FILTER          0x00000010u
#define NDIS_PAUSE_DETACH_FILTER          0x00000020u
#define NDIS_PAUSE_FILTER_RESTART_STACK   0x00000040u
#define NDIS_PAUSE_MINIPORT_DEVICE_REMOVE 0x00000080u

#ifdef __cplusplus
}
#endif
