// SPDX-License-Identifier: BSD-3-Clause
// Protocols: drivers that open adapters, at the top of a stack.
#pragma once

#include "handler.h"
#include "media.h"
#include "nbl.h"
#include "objectheader.h"
#include "offload.h"
#include "oidrequest.h"
#include "pnp.h"
#include "restart.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _NDIS_PORT NDIS_PORT, *PNDIS_PORT;

// The adapter a binding is offered. Valid during the bind handler only. Speeds are bits per
// second, sizes bytes; the back-fill sizes are those of the whole stack below.
typedef struct _NDIS_BIND_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	NDIS_STRING *ProtocolSection;
	NDIS_STRING *AdapterName;
	PVOID PhysicalDeviceObject; // always NULL
	NDIS_MEDIUM MediaType;
	ULONG MtuSize;
	ULONG64 MaxXmitLinkSpeed;
	ULONG64 XmitLinkSpeed;
	ULONG64 MaxRcvLinkSpeed;
	ULONG64 RcvLinkSpeed;
	NDIS_MEDIA_CONNECT_STATE MediaConnectState;
	NDIS_MEDIA_DUPLEX_STATE MediaDuplexState;
	ULONG LookaheadSize;
	NDIS_PNP_CAPABILITIES *PowerManagementCapabilities;
	ULONG SupportedPacketFilters;
	ULONG MaxMulticastListSize;
	USHORT MacAddressLength;
	UCHAR CurrentMacAddress[NDIS_MAX_PHYS_ADDRESS_LENGTH];
	NDIS_PHYSICAL_MEDIUM PhysicalMediumType;
	NDIS_RECEIVE_SCALE_CAPABILITIES *RcvScaleCapabilities;
	NET_LUID BoundIfNetluid;
	NET_IFINDEX BoundIfIndex;
	NET_LUID LowestIfNetluid;
	NET_IFINDEX LowestIfIndex;
	NET_IF_ACCESS_TYPE AccessType;
	NET_IF_DIRECTION_TYPE DirectionType;
	NET_IF_CONNECTION_TYPE ConnectionType;
	NET_IFTYPE IfType;
	BOOLEAN IfConnectorPresent;
	NDIS_PORT *ActivePorts;
	ULONG DataBackFillSize;
	ULONG ContextBackFillSize;
	ULONG MacOptions;
	NDIS_OFFLOAD *DefaultOffloadConfiguration; // in effect; NULL: none
} NDIS_BIND_PARAMETERS, *PNDIS_BIND_PARAMETERS;

#define NDIS_BIND_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_BIND_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_BIND_PARAMETERS, DefaultOffloadConfiguration)

// FrameTypeArray is a hint: other EtherTypes may still arrive.
typedef struct _NDIS_OPEN_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	NDIS_STRING *AdapterName;
	NDIS_MEDIUM *MediumArray;
	UINT MediumArraySize;
	UINT *SelectedMediumIndex;
	NET_FRAME_TYPE *FrameTypeArray;
	UINT FrameTypeArraySize;
} NDIS_OPEN_PARAMETERS, *PNDIS_OPEN_PARAMETERS;

#define NDIS_OPEN_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_OPEN_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_OPEN_PARAMETERS, FrameTypeArraySize)

// The buffer of NetEventRestart.
typedef struct _NDIS_PROTOCOL_RESTART_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	UCHAR *FilterModuleNameBuffer;
	ULONG FilterModuleNameBufferLength;
	NDIS_RESTART_ATTRIBUTES *RestartAttributes; // NULL: expect nothing
	NET_IFINDEX BoundIfIndex;
	NET_LUID BoundIfNetluid;
	ULONG Flags;
} NDIS_PROTOCOL_RESTART_PARAMETERS, *PNDIS_PROTOCOL_RESTART_PARAMETERS;

#define NDIS_PROTOCOL_RESTART_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_PROTOCOL_RESTART_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_PROTOCOL_RESTART_PARAMETERS, Flags)

// The buffer of NetEventPause.
typedef struct _NDIS_PROTOCOL_PAUSE_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	ULONG PauseReason; // NDIS_PAUSE_*
} NDIS_PROTOCOL_PAUSE_PARAMETERS, *PNDIS_PROTOCOL_PAUSE_PARAMETERS;

#define NDIS_PROTOCOL_PAUSE_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_PROTOCOL_PAUSE_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_PROTOCOL_PAUSE_PARAMETERS, PauseReason)

// Function types. Receive and send complete run on lcores, the others on control threads; the
// first handle is the binding's context unless its name says otherwise.
typedef SET_OPTIONS PROTOCOL_SET_OPTIONS;
typedef NDIS_STATUS(PROTOCOL_BIND_ADAPTER_EX)(NDIS_HANDLE ProtocolDriverContext,
	NDIS_HANDLE BindContext, NDIS_BIND_PARAMETERS *BindParameters);
typedef NDIS_STATUS(PROTOCOL_UNBIND_ADAPTER_EX)(
	NDIS_HANDLE UnbindContext, NDIS_HANDLE ProtocolBindingContext);
typedef VOID(PROTOCOL_OPEN_ADAPTER_COMPLETE_EX)(
	NDIS_HANDLE ProtocolBindingContext, NDIS_STATUS Status);
typedef VOID(PROTOCOL_CLOSE_ADAPTER_COMPLETE_EX)(NDIS_HANDLE ProtocolBindingContext);
typedef NDIS_STATUS(PROTOCOL_NET_PNP_EVENT)(
	NDIS_HANDLE ProtocolBindingContext, NET_PNP_EVENT_NOTIFICATION *NetPnPEventNotification);
typedef VOID(PROTOCOL_UNINSTALL)(VOID);
typedef VOID(PROTOCOL_OID_REQUEST_COMPLETE)(
	NDIS_HANDLE ProtocolBindingContext, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);
typedef VOID(PROTOCOL_STATUS_EX)(
	NDIS_HANDLE ProtocolBindingContext, NDIS_STATUS_INDICATION *StatusIndication);
typedef VOID(PROTOCOL_RECEIVE_NET_BUFFER_LISTS)(NDIS_HANDLE ProtocolBindingContext,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG NumberOfNetBufferLists,
	ULONG ReceiveFlags);
typedef VOID(PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE)(NDIS_HANDLE ProtocolBindingContext,
	NET_BUFFER_LIST *NetBufferLists, ULONG SendCompleteFlags);
typedef VOID(PROTOCOL_DIRECT_OID_REQUEST_COMPLETE)(
	NDIS_HANDLE ProtocolBindingContext, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);

typedef PROTOCOL_BIND_ADAPTER_EX *BIND_HANDLER_EX;
typedef PROTOCOL_UNBIND_ADAPTER_EX *UNBIND_HANDLER_EX;
typedef PROTOCOL_OPEN_ADAPTER_COMPLETE_EX *OPEN_ADAPTER_COMPLETE_HANDLER_EX;
typedef PROTOCOL_CLOSE_ADAPTER_COMPLETE_EX *CLOSE_ADAPTER_COMPLETE_HANDLER_EX;
typedef PROTOCOL_NET_PNP_EVENT *NET_PNP_EVENT_HANDLER;
typedef PROTOCOL_UNINSTALL *UNINSTALL_PROTOCOL_HANDLER;
typedef PROTOCOL_OID_REQUEST_COMPLETE *OID_REQUEST_COMPLETE_HANDLER;
typedef PROTOCOL_STATUS_EX *STATUS_HANDLER_EX;
typedef PROTOCOL_RECEIVE_NET_BUFFER_LISTS *RECEIVE_NET_BUFFER_LISTS_HANDLER;
typedef PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE *SEND_NET_BUFFER_LISTS_COMPLETE_HANDLER;
typedef PROTOCOL_DIRECT_OID_REQUEST_COMPLETE *DIRECT_OID_REQUEST_COMPLETE_HANDLER;

typedef struct _NDIS_PROTOCOL_DRIVER_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	UCHAR MajorNdisVersion;
	UCHAR MinorNdisVersion;
	UCHAR MajorDriverVersion;
	UCHAR MinorDriverVersion;
	ULONG Flags;
	NDIS_STRING Name;
	SET_OPTIONS_HANDLER SetOptionsHandler;
	BIND_HANDLER_EX BindAdapterHandlerEx;
	UNBIND_HANDLER_EX UnbindAdapterHandlerEx;
	OPEN_ADAPTER_COMPLETE_HANDLER_EX OpenAdapterCompleteHandlerEx;
	CLOSE_ADAPTER_COMPLETE_HANDLER_EX CloseAdapterCompleteHandlerEx;
	NET_PNP_EVENT_HANDLER NetPnPEventHandler;
	UNINSTALL_PROTOCOL_HANDLER UninstallHandler;
	OID_REQUEST_COMPLETE_HANDLER OidRequestCompleteHandler;
	STATUS_HANDLER_EX StatusHandlerEx;
	RECEIVE_NET_BUFFER_LISTS_HANDLER ReceiveNetBufferListsHandler;
	SEND_NET_BUFFER_LISTS_COMPLETE_HANDLER SendNetBufferListsCompleteHandler;
	DIRECT_OID_REQUEST_COMPLETE_HANDLER DirectOidRequestCompleteHandler; // revision 2
} NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, *PNDIS_PROTOCOL_DRIVER_CHARACTERISTICS;

// Ours, in Flags: the protocol counts what it makes, takes and drops itself; what the others do is counted on
// the way.
#define NIMBL_PROTOCOL_FLAGS_BOOKS 0x10000000u

#define NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1 1
#define NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2 2
#define NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(                              \
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, SendNetBufferListsCompleteHandler)
#define NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(                              \
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS, DirectOidRequestCompleteHandler)

// Called from DriverEntry, on a control thread; the characteristics are copied. Bind handlers may
// run before it returns. Returns NDIS_STATUS_SUCCESS with the handle set, or
// NDIS_STATUS_BAD_VERSION, _BAD_CHARACTERISTICS or _RESOURCES. End with
// NdisDeregisterProtocolDriver. WDK: NdisRegisterProtocolDriver.
NIMBL_NDIS_API NDIS_STATUS NdisRegisterProtocolDriver(NDIS_HANDLE ProtocolDriverContext,
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *ProtocolCharacteristics,
	NDIS_HANDLE *NdisProtocolHandle);

// Unbinds what is still bound, then forgets the protocol. Control threads only.
// WDK: NdisDeregisterProtocolDriver.
NIMBL_NDIS_API VOID NdisDeregisterProtocolDriver(NDIS_HANDLE NdisProtocolHandle);

// Open the adapter that the bind handler was offered, from that handler only; the parameters stay
// the caller's. Returns NDIS_STATUS_SUCCESS with the binding's handle set, or
// NDIS_STATUS_UNSUPPORTED_MEDIA, _ADAPTER_NOT_FOUND, _INVALID_PARAMETER or _RESOURCES, or
// NDIS_STATUS_PENDING: then PROTOCOL_OPEN_ADAPTER_COMPLETE_EX ends it. The binding starts Paused;
// end it with NdisCloseAdapterEx. WDK: NdisOpenAdapterEx.
NIMBL_NDIS_API NDIS_STATUS NdisOpenAdapterEx(NDIS_HANDLE NdisProtocolHandle,
	NDIS_HANDLE ProtocolBindingContext, NDIS_OPEN_PARAMETERS *OpenParameters,
	NDIS_HANDLE BindContext, NDIS_HANDLE *NdisBindingHandle);

// End a bind or unbind handler that answered NDIS_STATUS_PENDING, with the context that it was given: a bind
// with what it came to, after NdisOpenAdapterEx if that is success. Any thread, once.
// WDK: NdisCompleteBindAdapterEx, NdisCompleteUnbindAdapterEx.
NIMBL_NDIS_API VOID NdisCompleteBindAdapterEx(NDIS_HANDLE BindAdapterContext, NDIS_STATUS Status);
NIMBL_NDIS_API VOID NdisCompleteUnbindAdapterEx(NDIS_HANDLE UnbindContext);

// Ask the modules below, filters first. Returns what it comes to, or NDIS_STATUS_PENDING: then
// OidRequestCompleteHandler gets it back (of a direct one: DirectOidRequestCompleteHandler).
// perhaps inside this call. Refused with NDIS_STATUS_ADAPTER_NOT_READY while the adapter is halted,
// _CLOSING while it or the binding closes, _BAD_CHARACTERISTICS when that handler is missing,
// _INVALID_PARAMETER when the request is none or is under way, and _FAILURE on lcores and at a raised
// level. Control threads; the request stays untouched until then. WDK: NdisOidRequest, NdisDirectOidRequest.
NIMBL_NDIS_API NDIS_STATUS NdisOidRequest(
	NDIS_HANDLE NdisBindingHandle, NDIS_OID_REQUEST *OidRequest);
NIMBL_NDIS_API NDIS_STATUS NdisDirectOidRequest(
	NDIS_HANDLE NdisBindingHandle, NDIS_OID_REQUEST *OidRequest);

// Ask the modules below and have the answer when this returns: filters that have the handlers see it on
// its way down and up, each may end it. Not queued behind other requests, and nobody can cancel it.
// Refused as NdisOidRequest refuses, but for threads; takes a lock, so not for every packet. Any thread.
// WDK: NdisSynchronousOidRequest.
NIMBL_NDIS_API NDIS_STATUS NdisSynchronousOidRequest(
	NDIS_HANDLE NdisBindingHandle, NDIS_OID_REQUEST *OidRequest);

// Ask the modules below to end requests with this RequestId soon: they complete all the same, with
// NDIS_STATUS_REQUEST_ABORTED where they were not begun. WDK: NdisCancelOidRequest.
NIMBL_NDIS_API VOID NdisCancelOidRequest(NDIS_HANDLE NdisBindingHandle, PVOID RequestId);
NIMBL_NDIS_API VOID NdisCancelDirectOidRequest(NDIS_HANDLE NdisBindingHandle, PVOID RequestId);

// Close a binding, from the unbind handler only or after a bind that failed later on: every send
// completed, every received list returned. Requests that are under way are cancelled, and those that do
// not end in a second are ended with NDIS_STATUS_REQUEST_ABORTED. Returns NDIS_STATUS_SUCCESS, or
// NDIS_STATUS_PENDING: then PROTOCOL_CLOSE_ADAPTER_COMPLETE_EX ends it. WDK: NdisCloseAdapterEx.
NIMBL_NDIS_API NDIS_STATUS NdisCloseAdapterEx(NDIS_HANDLE NdisBindingHandle);

// The name of the port that a binding is on, in memory that the caller frees with NdisFreeMemory.
// NDIS_STATUS_RESOURCES when memory is out. Control threads. WDK: NdisQueryAdapterInstanceName.
NIMBL_NDIS_API NDIS_STATUS NdisQueryAdapterInstanceName(
	NDIS_STRING *AdapterInstanceName, NDIS_HANDLE NdisBindingHandle);

#ifdef __cplusplus
}
#endif
