// SPDX-License-Identifier: BSD-3-Clause
// Filters: drivers whose modules stand between an adapter and its protocols.
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

// No back-fill sizes here: those come with the restart.
typedef struct _NDIS_FILTER_ATTACH_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	NET_IFINDEX IfIndex;
	NET_LUID NetLuid;
	NDIS_STRING *FilterModuleGuidName;
	NET_IFINDEX BaseMiniportIfIndex;
	NDIS_STRING *BaseMiniportInstanceName;
	NDIS_STRING *BaseMiniportName;
	NDIS_MEDIA_CONNECT_STATE MediaConnectState;
	NET_IF_MEDIA_DUPLEX_STATE MediaDuplexState;
	ULONG64 XmitLinkSpeed;
	ULONG64 RcvLinkSpeed;
	NDIS_MEDIUM MiniportMediaType;
	NDIS_PHYSICAL_MEDIUM MiniportPhysicalMediaType;
	NDIS_HANDLE MiniportMediaSpecificAttributes;
	NDIS_OFFLOAD *DefaultOffloadConfiguration;
	USHORT MacAddressLength;
	UCHAR CurrentMacAddress[NDIS_MAX_PHYS_ADDRESS_LENGTH];
	NET_LUID BaseMiniportNetLuid;
	NET_IFINDEX LowerIfIndex;
	NET_LUID LowerIfNetLuid;
	ULONG Flags;
} NDIS_FILTER_ATTACH_PARAMETERS, *PNDIS_FILTER_ATTACH_PARAMETERS;

#define NDIS_FILTER_ATTACH_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_FILTER_ATTACH_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_ATTACH_PARAMETERS, Flags)

typedef struct _NDIS_FILTER_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags; // NIMBL_FILTER_ATTRIBUTES_*
} NDIS_FILTER_ATTRIBUTES, *PNDIS_FILTER_ATTRIBUTES;

// Ours. HANDOVER: the module takes completions and returns of its own lists only, so that those of
// others need not come back: lists may pass that are given away for good. Such a list in a send has
// no completion; who drops it calls nimbl_drop_send(). UNTOUCHED: the module changes nothing but Next
// in lists that it passes on. BOOKS: it counts what it makes, takes and drops itself (nimbl_count_born(),
// nimbl_consume_send(), nimbl_drop_send() ...); what the others do is counted on the way, and lists are not
// given to them for good when they could complete them.
#define NIMBL_FILTER_ATTRIBUTES_HANDOVER  0x40000000u
#define NIMBL_FILTER_ATTRIBUTES_UNTOUCHED 0x20000000u
#define NIMBL_FILTER_ATTRIBUTES_BOOKS     0x10000000u

#define NDIS_FILTER_ATTRIBUTES_REVISION_1 1
#define NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_ATTRIBUTES, Flags)

typedef struct _NDIS_FILTER_RESTART_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	NDIS_MEDIUM MiniportMediaType;
	NDIS_PHYSICAL_MEDIUM MiniportPhysicalMediaType;
	NDIS_RESTART_ATTRIBUTES *RestartAttributes; // NULL: expect nothing, add nothing
	NET_IFINDEX LowerIfIndex;
	NET_LUID LowerIfNetLuid;
	ULONG Flags;
} NDIS_FILTER_RESTART_PARAMETERS, *PNDIS_FILTER_RESTART_PARAMETERS;

#define NDIS_FILTER_RESTART_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_FILTER_RESTART_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_RESTART_PARAMETERS, Flags)

typedef struct _NDIS_FILTER_PAUSE_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	ULONG PauseReason; // NDIS_PAUSE_*
} NDIS_FILTER_PAUSE_PARAMETERS, *PNDIS_FILTER_PAUSE_PARAMETERS;

#define NDIS_FILTER_PAUSE_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_FILTER_PAUSE_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_PAUSE_PARAMETERS, PauseReason)

// Function types. The five that carry lists run on lcores, the others on control threads; the
// first handle is the module's context unless its name says otherwise.
typedef SET_OPTIONS FILTER_SET_OPTIONS;
typedef NDIS_STATUS(FILTER_SET_MODULE_OPTIONS)(NDIS_HANDLE FilterModuleContext);
typedef NDIS_STATUS(FILTER_ATTACH)(NDIS_HANDLE NdisFilterHandle, NDIS_HANDLE FilterDriverContext,
	NDIS_FILTER_ATTACH_PARAMETERS *AttachParameters);
typedef VOID(FILTER_DETACH)(NDIS_HANDLE FilterModuleContext);
typedef NDIS_STATUS(FILTER_RESTART)(
	NDIS_HANDLE FilterModuleContext, NDIS_FILTER_RESTART_PARAMETERS *RestartParameters);
typedef NDIS_STATUS(FILTER_PAUSE)(
	NDIS_HANDLE FilterModuleContext, NDIS_FILTER_PAUSE_PARAMETERS *PauseParameters);
typedef VOID(FILTER_SEND_NET_BUFFER_LISTS)(NDIS_HANDLE FilterModuleContext,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG SendFlags);
typedef VOID(FILTER_SEND_NET_BUFFER_LISTS_COMPLETE)(
	NDIS_HANDLE FilterModuleContext, NET_BUFFER_LIST *NetBufferLists, ULONG SendCompleteFlags);
typedef VOID(FILTER_CANCEL_SEND_NET_BUFFER_LISTS)(NDIS_HANDLE FilterModuleContext, PVOID CancelId);
typedef VOID(FILTER_RECEIVE_NET_BUFFER_LISTS)(NDIS_HANDLE FilterModuleContext,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG NumberOfNetBufferLists,
	ULONG ReceiveFlags);
typedef VOID(FILTER_RETURN_NET_BUFFER_LISTS)(
	NDIS_HANDLE FilterModuleContext, NET_BUFFER_LIST *NetBufferLists, ULONG ReturnFlags);
typedef NDIS_STATUS(FILTER_OID_REQUEST)(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest);
typedef VOID(FILTER_OID_REQUEST_COMPLETE)(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);
typedef VOID(FILTER_CANCEL_OID_REQUEST)(NDIS_HANDLE FilterModuleContext, PVOID RequestId);
typedef VOID(FILTER_DEVICE_PNP_EVENT_NOTIFY)(
	NDIS_HANDLE FilterModuleContext, NET_DEVICE_PNP_EVENT *NetDevicePnPEvent);
typedef NDIS_STATUS(FILTER_NET_PNP_EVENT)(
	NDIS_HANDLE FilterModuleContext, NET_PNP_EVENT_NOTIFICATION *NetPnPEventNotification);
typedef VOID(FILTER_STATUS)(
	NDIS_HANDLE FilterModuleContext, NDIS_STATUS_INDICATION *StatusIndication);
typedef NDIS_STATUS(FILTER_DIRECT_OID_REQUEST)(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest);
typedef VOID(FILTER_DIRECT_OID_REQUEST_COMPLETE)(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);
typedef VOID(FILTER_CANCEL_DIRECT_OID_REQUEST)(NDIS_HANDLE FilterModuleContext, PVOID RequestId);
typedef NDIS_STATUS(FILTER_SYNCHRONOUS_OID_REQUEST)(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest, PVOID *CallContext);
typedef VOID(FILTER_SYNCHRONOUS_OID_REQUEST_COMPLETE)(NDIS_HANDLE FilterModuleContext,
	NDIS_OID_REQUEST *OidRequest, NDIS_STATUS *Status, PVOID CallContext);

typedef FILTER_SET_MODULE_OPTIONS *FILTER_SET_FILTER_MODULE_OPTIONS_HANDLER;
typedef FILTER_ATTACH *FILTER_ATTACH_HANDLER;
typedef FILTER_DETACH *FILTER_DETACH_HANDLER;
typedef FILTER_RESTART *FILTER_RESTART_HANDLER;
typedef FILTER_PAUSE *FILTER_PAUSE_HANDLER;
typedef FILTER_SEND_NET_BUFFER_LISTS *FILTER_SEND_NET_BUFFER_LISTS_HANDLER;
typedef FILTER_SEND_NET_BUFFER_LISTS_COMPLETE *FILTER_SEND_NET_BUFFER_LISTS_COMPLETE_HANDLER;
typedef FILTER_CANCEL_SEND_NET_BUFFER_LISTS *FILTER_CANCEL_SEND_HANDLER;
typedef FILTER_RECEIVE_NET_BUFFER_LISTS *FILTER_RECEIVE_NET_BUFFER_LISTS_HANDLER;
typedef FILTER_RETURN_NET_BUFFER_LISTS *FILTER_RETURN_NET_BUFFER_LISTS_HANDLER;
typedef FILTER_OID_REQUEST *FILTER_OID_REQUEST_HANDLER;
typedef FILTER_OID_REQUEST_COMPLETE *FILTER_OID_REQUEST_COMPLETE_HANDLER;
typedef FILTER_CANCEL_OID_REQUEST *FILTER_CANCEL_OID_REQUEST_HANDLER;
typedef FILTER_DEVICE_PNP_EVENT_NOTIFY *FILTER_DEVICE_PNP_EVENT_NOTIFY_HANDLER;
typedef FILTER_NET_PNP_EVENT *FILTER_NET_PNP_EVENT_HANDLER;
typedef FILTER_STATUS *FILTER_STATUS_HANDLER;
typedef FILTER_DIRECT_OID_REQUEST *FILTER_DIRECT_OID_REQUEST_HANDLER;
typedef FILTER_DIRECT_OID_REQUEST_COMPLETE *FILTER_DIRECT_OID_REQUEST_COMPLETE_HANDLER;
typedef FILTER_CANCEL_DIRECT_OID_REQUEST *FILTER_CANCEL_DIRECT_OID_REQUEST_HANDLER;
typedef FILTER_SYNCHRONOUS_OID_REQUEST *FILTER_SYNCHRONOUS_OID_REQUEST_HANDLER;
typedef FILTER_SYNCHRONOUS_OID_REQUEST_COMPLETE *FILTER_SYNCHRONOUS_OID_REQUEST_COMPLETE_HANDLER;

// Who indicates needs a return handler; who sends a send complete handler; who queues sends a
// cancel handler; who has a receive or return handler a status handler.
typedef struct _NDIS_FILTER_DRIVER_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	UCHAR MajorNdisVersion;
	UCHAR MinorNdisVersion;
	UCHAR MajorDriverVersion;
	UCHAR MinorDriverVersion;
	ULONG Flags;
	NDIS_STRING FriendlyName;
	NDIS_STRING UniqueName;
	NDIS_STRING ServiceName;
	SET_OPTIONS_HANDLER SetOptionsHandler;
	FILTER_SET_FILTER_MODULE_OPTIONS_HANDLER SetFilterModuleOptionsHandler;
	FILTER_ATTACH_HANDLER AttachHandler;
	FILTER_DETACH_HANDLER DetachHandler;
	FILTER_RESTART_HANDLER RestartHandler;
	FILTER_PAUSE_HANDLER PauseHandler;
	FILTER_SEND_NET_BUFFER_LISTS_HANDLER SendNetBufferListsHandler;
	FILTER_SEND_NET_BUFFER_LISTS_COMPLETE_HANDLER SendNetBufferListsCompleteHandler;
	FILTER_CANCEL_SEND_HANDLER CancelSendNetBufferListsHandler;
	FILTER_RECEIVE_NET_BUFFER_LISTS_HANDLER ReceiveNetBufferListsHandler;
	FILTER_RETURN_NET_BUFFER_LISTS_HANDLER ReturnNetBufferListsHandler;
	FILTER_OID_REQUEST_HANDLER OidRequestHandler;
	FILTER_OID_REQUEST_COMPLETE_HANDLER OidRequestCompleteHandler;
	FILTER_CANCEL_OID_REQUEST_HANDLER CancelOidRequestHandler;
	FILTER_DEVICE_PNP_EVENT_NOTIFY_HANDLER DevicePnPEventNotifyHandler;
	FILTER_NET_PNP_EVENT_HANDLER NetPnPEventHandler;
	FILTER_STATUS_HANDLER StatusHandler;
	// revision 2
	FILTER_DIRECT_OID_REQUEST_HANDLER DirectOidRequestHandler;
	FILTER_DIRECT_OID_REQUEST_COMPLETE_HANDLER DirectOidRequestCompleteHandler;
	FILTER_CANCEL_DIRECT_OID_REQUEST_HANDLER CancelDirectOidRequestHandler;
	// revision 3
	FILTER_SYNCHRONOUS_OID_REQUEST_HANDLER SynchronousOidRequestHandler;
	FILTER_SYNCHRONOUS_OID_REQUEST_COMPLETE_HANDLER SynchronousOidRequestCompleteHandler;
} NDIS_FILTER_DRIVER_CHARACTERISTICS, *PNDIS_FILTER_DRIVER_CHARACTERISTICS;

#define NDIS_FILTER_CHARACTERISTICS_REVISION_1 1
#define NDIS_FILTER_CHARACTERISTICS_REVISION_2 2
#define NDIS_FILTER_CHARACTERISTICS_REVISION_3 3
#define NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_DRIVER_CHARACTERISTICS, StatusHandler)
#define NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_DRIVER_CHARACTERISTICS, CancelDirectOidRequestHandler)
#define NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_3 \
	RTL_SIZEOF_THROUGH_FIELD(                            \
		NDIS_FILTER_DRIVER_CHARACTERISTICS, SynchronousOidRequestCompleteHandler)

// What a module may replace of its handlers. Drivers initialise it by position.
typedef struct _NDIS_FILTER_PARTIAL_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	FILTER_SEND_NET_BUFFER_LISTS_HANDLER SendNetBufferListsHandler;
	FILTER_SEND_NET_BUFFER_LISTS_COMPLETE_HANDLER SendNetBufferListsCompleteHandler;
	FILTER_CANCEL_SEND_HANDLER CancelSendNetBufferListsHandler;
	FILTER_RECEIVE_NET_BUFFER_LISTS_HANDLER ReceiveNetBufferListsHandler;
	FILTER_RETURN_NET_BUFFER_LISTS_HANDLER ReturnNetBufferListsHandler;
} NDIS_FILTER_PARTIAL_CHARACTERISTICS, *PNDIS_FILTER_PARTIAL_CHARACTERISTICS;

#define NDIS_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_FILTER_PARTIAL_CHARACTERISTICS, ReturnNetBufferListsHandler)

// What NdisSetOptionalHandlers takes: the structure that its header says.
typedef struct _NDIS_DRIVER_OPTIONAL_HANDLERS {
	NDIS_OBJECT_HEADER Header;
} NDIS_DRIVER_OPTIONAL_HANDLERS, *PNDIS_DRIVER_OPTIONAL_HANDLERS;

// Register a filter driver under the name of its DriverObject; `FilterCharacteristics` is copied, and
// SetOptionsHandler is called before this returns. Attach, Detach, Restart and Pause are mandatory; what
// is NULL of the others is bypassed. From DriverEntry. Returns NDIS_STATUS_SUCCESS with the handle,
// NDIS_STATUS_BAD_VERSION, NDIS_STATUS_BAD_CHARACTERISTICS, NDIS_STATUS_RESOURCES, or what
// SetOptionsHandler says. WDK: NdisFRegisterFilterDriver.
NIMBL_NDIS_API NDIS_STATUS NdisFRegisterFilterDriver(DRIVER_OBJECT *DriverObject,
	NDIS_HANDLE FilterDriverContext, NDIS_FILTER_DRIVER_CHARACTERISTICS *FilterCharacteristics,
	NDIS_HANDLE *NdisFilterDriverHandle);

// Detach all modules of the driver, each stack paused for it, and forget the driver. From Unload.
// WDK: NdisFDeregisterFilterDriver.
NIMBL_NDIS_API VOID NdisFDeregisterFilterDriver(NDIS_HANDLE NdisFilterDriverHandle);

// From AttachHandler only, and mandatory there: the context that every later handler is called with.
// NDIS_STATUS_INVALID_PARAMETER for a wrong handle, state or header. WDK: NdisFSetAttributes.
NIMBL_NDIS_API NDIS_STATUS NdisFSetAttributes(NDIS_HANDLE NdisFilterHandle,
	NDIS_HANDLE FilterModuleContext, NDIS_FILTER_ATTRIBUTES *FilterAttributes);

// From SetFilterModuleOptionsHandler only: replace the five handlers of the module that carry lists
// by those of an NDIS_FILTER_PARTIAL_CHARACTERISTICS. WDK: NdisSetOptionalHandlers.
NIMBL_NDIS_API NDIS_STATUS NdisSetOptionalHandlers(
	NDIS_HANDLE NdisHandle, NDIS_DRIVER_OPTIONAL_HANDLERS *OptionalHandlers);

// End a pause or restart that was answered with NDIS_STATUS_PENDING. Any thread.
// WDK: NdisFPauseComplete, NdisFRestartComplete.
NIMBL_NDIS_API VOID NdisFPauseComplete(NDIS_HANDLE NdisFilterHandle);
NIMBL_NDIS_API VOID NdisFRestartComplete(NDIS_HANDLE NdisFilterHandle, NDIS_STATUS Status);

// Send to the next lower module: lists of others, or own ones with SourceHandle set to the filter
// handle, which come back through SendNetBufferListsCompleteHandler; the filter takes them out there.
// Own ones in Running only, and never with NIMBL_SEND_FLAGS_HANDOVER. The chain is not empty.
// WDK: NdisFSendNetBufferLists.
NIMBL_NDIS_API VOID NdisFSendNetBufferLists(NDIS_HANDLE NdisFilterHandle,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG SendFlags);

// Complete sends of others to the next higher module. Any state. The chain is not empty.
// WDK: NdisFSendNetBufferListsComplete.
NIMBL_NDIS_API VOID NdisFSendNetBufferListsComplete(
	NDIS_HANDLE NdisFilterHandle, NET_BUFFER_LIST *NetBufferLists, ULONG SendCompleteFlags);

// Indicate to the next higher module: lists of others, or own ones with SourceHandle set to the filter
// handle, which come back through ReturnNetBufferListsHandler. Own ones in Running only, and never with
// NIMBL_RECEIVE_FLAGS_HANDOVER. The chain is not empty. WDK: NdisFIndicateReceiveNetBufferLists.
NIMBL_NDIS_API VOID NdisFIndicateReceiveNetBufferLists(NDIS_HANDLE NdisFilterHandle,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG NumberOfNetBufferLists,
	ULONG ReceiveFlags);

// Return lists of others to the next lower module. Any state. The chain is not empty.
// WDK: NdisFReturnNetBufferLists.
NIMBL_NDIS_API VOID NdisFReturnNetBufferLists(
	NDIS_HANDLE NdisFilterHandle, NET_BUFFER_LIST *NetBufferLists, ULONG ReturnFlags);

// Ask the modules below to drop queued sends with this id. WDK: NdisFCancelSendNetBufferLists.
NIMBL_NDIS_API VOID NdisFCancelSendNetBufferLists(NDIS_HANDLE NdisFilterHandle, PVOID CancelId);

// Ask the modules below: a request of the filter's own, or the clone of one from above. Returns what
// it comes to, or NDIS_STATUS_PENDING: then OidRequestCompleteHandler gets it back (of a direct one:
// DirectOidRequestCompleteHandler), perhaps inside this call. Refused as NdisOidRequest refuses, and
// with NDIS_STATUS_ADAPTER_NOT_READY while attaching. Control threads; the request stays untouched until
// then.
// WDK: NdisFOidRequest, NdisFDirectOidRequest.
NIMBL_NDIS_API NDIS_STATUS NdisFOidRequest(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest);
NIMBL_NDIS_API NDIS_STATUS NdisFDirectOidRequest(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest);

// As NdisSynchronousOidRequest, from this filter down. WDK: NdisFSynchronousOidRequest.
NIMBL_NDIS_API NDIS_STATUS NdisFSynchronousOidRequest(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest);

// Have the stack of this filter paused and restarted, because what it adds to restart attributes has
// changed. Not inside this call: the control thread does it, soon (nimbl_stack_again()). Returns
// NDIS_STATUS_SUCCESS, or NDIS_STATUS_INVALID_PARAMETER while attaching or detaching. Any thread but
// lcores. WDK: NdisFRestartFilter.
NIMBL_NDIS_API NDIS_STATUS NdisFRestartFilter(NDIS_HANDLE NdisFilterHandle);

// Give a request from above back that was answered with NDIS_STATUS_PENDING, once; what the filter does
// not have is said to the operator and otherwise ignored. Control threads.
// WDK: NdisFOidRequestComplete, NdisFDirectOidRequestComplete.
NIMBL_NDIS_API VOID NdisFOidRequestComplete(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);
NIMBL_NDIS_API VOID NdisFDirectOidRequestComplete(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);

// Ask the modules below to end requests with this RequestId soon: they complete all the same, with
// NDIS_STATUS_REQUEST_ABORTED where they were not begun. WDK: NdisFCancelOidRequest.
NIMBL_NDIS_API VOID NdisFCancelOidRequest(NDIS_HANDLE NdisFilterHandle, PVOID RequestId);
NIMBL_NDIS_API VOID NdisFCancelDirectOidRequest(NDIS_HANDLE NdisFilterHandle, PVOID RequestId);

// Pass a status indication up, or make one: to the next higher module that has a status handler, at last
// to the binding. Not while attaching or detaching: it goes nowhere then. Control threads.
// WDK: NdisFIndicateStatus.
NIMBL_NDIS_API VOID NdisFIndicateStatus(
	NDIS_HANDLE NdisFilterHandle, NDIS_STATUS_INDICATION *StatusIndication);

// Pass a network event up, or make one: to the next higher module that has a handler for it, at last to
// the binding. Returns what that one says, NDIS_STATUS_SUCCESS when there is none, NDIS_STATUS_PENDING
// when a binding does not end it in time, NDIS_STATUS_INVALID_PARAMETER for a pause or restart, which
// are the engine's, and while attaching or detaching. The event stays the caller's. Control threads.
// WDK: NdisFNetPnPEvent.
NIMBL_NDIS_API NDIS_STATUS NdisFNetPnPEvent(
	NDIS_HANDLE NdisFilterHandle, NET_PNP_EVENT_NOTIFICATION *NetPnPEventNotification);

// Pass a device event down, or make one: to the next lower module that has a handler for it, at last to
// the miniport. Not while attaching or detaching: it goes nowhere then. The event stays the caller's.
// Control threads. WDK: NdisFDevicePnPEventNotify.
NIMBL_NDIS_API VOID NdisFDevicePnPEventNotify(
	NDIS_HANDLE NdisFilterHandle, NET_DEVICE_PNP_EVENT *NetDevicePnPEvent);

#ifdef __cplusplus
}
#endif
