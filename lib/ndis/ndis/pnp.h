// SPDX-License-Identifier: BSD-3-Clause
// What is told rather than asked: status going up, device events down, network events to bindings.
#pragma once

#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// The buffer is valid only during the call that brings it.
typedef struct _NDIS_STATUS_INDICATION {
	NDIS_OBJECT_HEADER Header;
	NDIS_HANDLE SourceHandle;
	NDIS_PORT_NUMBER PortNumber;
	NDIS_STATUS StatusCode;
	ULONG Flags;
	NDIS_HANDLE DestinationHandle;
	PVOID RequestId;
	PVOID StatusBuffer;
	ULONG StatusBufferSize;
	GUID Guid;
	PVOID NdisReserved[4];
} NDIS_STATUS_INDICATION, *PNDIS_STATUS_INDICATION;

#define NDIS_STATUS_INDICATION_REVISION_1 1
#define NDIS_SIZEOF_STATUS_INDICATION_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_STATUS_INDICATION, NdisReserved)

typedef enum _NDIS_DEVICE_PNP_EVENT {
	NdisDevicePnPEventQueryRemoved,
	NdisDevicePnPEventRemoved,
	NdisDevicePnPEventSurpriseRemoved,
	NdisDevicePnPEventQueryStopped,
	NdisDevicePnPEventStopped,
	NdisDevicePnPEventPowerProfileChanged,
	NdisDevicePnPEventFilterListChanged,
} NDIS_DEVICE_PNP_EVENT,
	*PNDIS_DEVICE_PNP_EVENT;

typedef struct _NET_DEVICE_PNP_EVENT {
	NDIS_OBJECT_HEADER Header;
	NDIS_PORT_NUMBER PortNumber;
	NDIS_DEVICE_PNP_EVENT DevicePnPEvent;
	PVOID InformationBuffer;
	ULONG InformationBufferLength;
	UCHAR NdisReserved[2 * sizeof(PVOID)];
} NET_DEVICE_PNP_EVENT, *PNET_DEVICE_PNP_EVENT;

#define NET_DEVICE_PNP_EVENT_REVISION_1 1
#define NDIS_SIZEOF_NET_DEVICE_PNP_EVENT_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NET_DEVICE_PNP_EVENT, NdisReserved)

// Pause and Restart come to every binding, Restart with NDIS_PROTOCOL_RESTART_PARAMETERS.
typedef enum _NET_PNP_EVENT_CODE {
	NetEventSetPower,
	NetEventQueryPower,
	NetEventQueryRemoveDevice,
	NetEventCancelRemoveDevice,
	NetEventReconfigure,
	NetEventBindList,
	NetEventBindsComplete,
	NetEventPnPCapabilities,
	NetEventPause,
	NetEventRestart,
	NetEventMaximum,
} NET_PNP_EVENT_CODE,
	*PNET_PNP_EVENT_CODE;

typedef struct _NET_PNP_EVENT {
	NET_PNP_EVENT_CODE NetEvent;
	PVOID Buffer;
	ULONG BufferLength;
	PVOID NdisReserved[4];
	PVOID TransportReserved[4];
	PVOID TdiReserved[4];
	PVOID TdiClientReserved[4];
} NET_PNP_EVENT, *PNET_PNP_EVENT;

typedef struct _NET_PNP_EVENT_NOTIFICATION {
	NDIS_OBJECT_HEADER Header;
	NDIS_PORT_NUMBER PortNumber;
	NET_PNP_EVENT NetPnPEvent;
	ULONG Flags;
} NET_PNP_EVENT_NOTIFICATION, *PNET_PNP_EVENT_NOTIFICATION;

#define NET_PNP_EVENT_NOTIFICATION_REVISION_1 1
#define NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NET_PNP_EVENT_NOTIFICATION, Flags)

// A miniport tells everybody above of a change, NDIS_STATUS_LINK_STATE for one. Indication and
// buffer stay the caller's. Control threads only, between initialise and halt; also while Paused.
// WDK: NdisMIndicateStatusEx.
NIMBL_NDIS_API VOID NdisMIndicateStatusEx(
	NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS_INDICATION *StatusIndication);

// A protocol ends an event that its handler answered with NDIS_STATUS_PENDING. The event was the
// engine's and is no more. Any thread. WDK: NdisCompleteNetPnPEvent.
NIMBL_NDIS_API VOID NdisCompleteNetPnPEvent(NDIS_HANDLE NdisBindingHandle,
	NET_PNP_EVENT_NOTIFICATION *NetPnPEventNotification, NDIS_STATUS Status);

#ifdef __cplusplus
}
#endif
