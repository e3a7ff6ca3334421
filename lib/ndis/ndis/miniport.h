// SPDX-License-Identifier: BSD-3-Clause
// Miniports: drivers of an adapter, at the bottom of a stack.
#pragma once

#include "handler.h"
#include "media.h"
#include "nbl.h"
#include "objectheader.h"
#include "offload.h"
#include "oidrequest.h"
#include "pnp.h"
#include "resource.h"
#include "restart.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _NDIS_MINIPORT_INIT_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	NDIS_RESOURCE_LIST *AllocatedResources; // always NULL
	NDIS_HANDLE IMDeviceInstanceContext;
	NDIS_HANDLE MiniportAddDeviceContext;
	NET_IFINDEX IfIndex;
	NET_LUID NetLuid;
} NDIS_MINIPORT_INIT_PARAMETERS, *PNDIS_MINIPORT_INIT_PARAMETERS;

#define NDIS_MINIPORT_INIT_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_INIT_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_INIT_PARAMETERS, NetLuid)

typedef struct _NDIS_MINIPORT_PAUSE_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	ULONG PauseReason; // NDIS_PAUSE_*
} NDIS_MINIPORT_PAUSE_PARAMETERS, *PNDIS_MINIPORT_PAUSE_PARAMETERS;

#define NDIS_MINIPORT_PAUSE_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_PAUSE_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_PAUSE_PARAMETERS, PauseReason)

typedef struct _NDIS_MINIPORT_RESTART_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	NDIS_RESTART_ATTRIBUTES *RestartAttributes; // NULL: expect nothing, add nothing
	ULONG Flags;
} NDIS_MINIPORT_RESTART_PARAMETERS, *PNDIS_MINIPORT_RESTART_PARAMETERS;

#define NDIS_MINIPORT_RESTART_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_RESTART_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_RESTART_PARAMETERS, Flags)

typedef enum _NDIS_HALT_ACTION {
	NdisHaltDeviceDisabled,
	NdisHaltDeviceInstanceDeInitialized,
	NdisHaltDevicePoweredDown,
	NdisHaltDeviceSurpriseRemoved,
	NdisHaltDeviceFailed,
	NdisHaltDeviceInitializationFailed,
	NdisHaltDeviceStopped,
} NDIS_HALT_ACTION,
	*PNDIS_HALT_ACTION;

typedef enum _NDIS_SHUTDOWN_ACTION {
	NdisShutdownPowerOff,
	NdisShutdownBugCheck,
} NDIS_SHUTDOWN_ACTION,
	*PNDIS_SHUTDOWN_ACTION;

// Function types. Send and return run on lcores, the others on control threads; the first handle is
// the adapter's context from its registration attributes unless its name says otherwise.
typedef NDIS_STATUS(MINIPORT_INITIALIZE)(NDIS_HANDLE NdisMiniportHandle,
	NDIS_HANDLE MiniportDriverContext, NDIS_MINIPORT_INIT_PARAMETERS *MiniportInitParameters);
typedef VOID(MINIPORT_HALT)(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction);
typedef VOID(MINIPORT_UNLOAD)(DRIVER_OBJECT *DriverObject);
typedef NDIS_STATUS(MINIPORT_PAUSE)(
	NDIS_HANDLE MiniportAdapterContext, NDIS_MINIPORT_PAUSE_PARAMETERS *PauseParameters);
typedef NDIS_STATUS(MINIPORT_RESTART)(
	NDIS_HANDLE MiniportAdapterContext, NDIS_MINIPORT_RESTART_PARAMETERS *RestartParameters);
typedef NDIS_STATUS(MINIPORT_OID_REQUEST)(
	NDIS_HANDLE MiniportAdapterContext, NDIS_OID_REQUEST *OidRequest);
typedef VOID(MINIPORT_CANCEL_OID_REQUEST)(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId);
typedef NDIS_STATUS(MINIPORT_DIRECT_OID_REQUEST)(
	NDIS_HANDLE MiniportAdapterContext, NDIS_OID_REQUEST *OidRequest);
typedef VOID(MINIPORT_CANCEL_DIRECT_OID_REQUEST)(
	NDIS_HANDLE MiniportAdapterContext, PVOID RequestId);
typedef NDIS_STATUS(MINIPORT_SYNCHRONOUS_OID_REQUEST)(
	NDIS_HANDLE MiniportAdapterContext, NDIS_OID_REQUEST *OidRequest);
typedef VOID(MINIPORT_SEND_NET_BUFFER_LISTS)(NDIS_HANDLE MiniportAdapterContext,
	NET_BUFFER_LIST *NetBufferLists, NDIS_PORT_NUMBER PortNumber, ULONG SendFlags);
typedef VOID(MINIPORT_RETURN_NET_BUFFER_LISTS)(
	NDIS_HANDLE MiniportAdapterContext, NET_BUFFER_LIST *NetBufferLists, ULONG ReturnFlags);
typedef VOID(MINIPORT_CANCEL_SEND)(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId);
typedef BOOLEAN(MINIPORT_CHECK_FOR_HANG)(NDIS_HANDLE MiniportAdapterContext);
typedef NDIS_STATUS(MINIPORT_RESET)(NDIS_HANDLE MiniportAdapterContext, BOOLEAN *AddressingReset);
typedef VOID(MINIPORT_DEVICE_PNP_EVENT_NOTIFY)(
	NDIS_HANDLE MiniportAdapterContext, NET_DEVICE_PNP_EVENT *NetDevicePnPEvent);
typedef VOID(MINIPORT_SHUTDOWN)(
	NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction);

typedef SET_OPTIONS MINIPORT_SET_OPTIONS;

typedef MINIPORT_INITIALIZE *MINIPORT_INITIALIZE_HANDLER;
typedef MINIPORT_HALT *MINIPORT_HALT_HANDLER;
typedef MINIPORT_UNLOAD *MINIPORT_DRIVER_UNLOAD;
typedef MINIPORT_PAUSE *MINIPORT_PAUSE_HANDLER;
typedef MINIPORT_RESTART *MINIPORT_RESTART_HANDLER;
typedef MINIPORT_OID_REQUEST *MINIPORT_OID_REQUEST_HANDLER;
typedef MINIPORT_CANCEL_OID_REQUEST *MINIPORT_CANCEL_OID_REQUEST_HANDLER;
typedef MINIPORT_DIRECT_OID_REQUEST *MINIPORT_DIRECT_OID_REQUEST_HANDLER;
typedef MINIPORT_CANCEL_DIRECT_OID_REQUEST *MINIPORT_CANCEL_DIRECT_OID_REQUEST_HANDLER;
typedef MINIPORT_SYNCHRONOUS_OID_REQUEST *MINIPORT_SYNCHRONOUS_OID_REQUEST_HANDLER;
typedef MINIPORT_SEND_NET_BUFFER_LISTS *MINIPORT_SEND_NET_BUFFER_LISTS_HANDLER;
typedef MINIPORT_RETURN_NET_BUFFER_LISTS *MINIPORT_RETURN_NET_BUFFER_LISTS_HANDLER;
typedef MINIPORT_CANCEL_SEND *MINIPORT_CANCEL_SEND_HANDLER;
typedef MINIPORT_CHECK_FOR_HANG *MINIPORT_CHECK_FOR_HANG_HANDLER;
typedef MINIPORT_RESET *MINIPORT_RESET_HANDLER;
typedef MINIPORT_DEVICE_PNP_EVENT_NOTIFY *MINIPORT_DEVICE_PNP_EVENT_NOTIFY_HANDLER;
typedef MINIPORT_SHUTDOWN *MINIPORT_SHUTDOWN_HANDLER;

typedef struct _NDIS_MINIPORT_DRIVER_CHARACTERISTICS {
	NDIS_OBJECT_HEADER Header;
	UCHAR MajorNdisVersion;
	UCHAR MinorNdisVersion;
	UCHAR MajorDriverVersion;
	UCHAR MinorDriverVersion;
	ULONG Flags;
	SET_OPTIONS_HANDLER SetOptionsHandler;
	MINIPORT_INITIALIZE_HANDLER InitializeHandlerEx;
	MINIPORT_HALT_HANDLER HaltHandlerEx;
	MINIPORT_DRIVER_UNLOAD UnloadHandler;
	MINIPORT_PAUSE_HANDLER PauseHandler;
	MINIPORT_RESTART_HANDLER RestartHandler;
	MINIPORT_OID_REQUEST_HANDLER OidRequestHandler;
	MINIPORT_SEND_NET_BUFFER_LISTS_HANDLER SendNetBufferListsHandler;
	MINIPORT_RETURN_NET_BUFFER_LISTS_HANDLER ReturnNetBufferListsHandler;
	MINIPORT_CANCEL_SEND_HANDLER CancelSendHandler;
	MINIPORT_CHECK_FOR_HANG_HANDLER CheckForHangHandlerEx;
	MINIPORT_RESET_HANDLER ResetHandlerEx;
	MINIPORT_DEVICE_PNP_EVENT_NOTIFY_HANDLER DevicePnPEventNotifyHandler;
	MINIPORT_SHUTDOWN_HANDLER ShutdownHandlerEx;
	MINIPORT_CANCEL_OID_REQUEST_HANDLER CancelOidRequestHandler;
	// revision 2
	MINIPORT_DIRECT_OID_REQUEST_HANDLER DirectOidRequestHandler;
	MINIPORT_CANCEL_DIRECT_OID_REQUEST_HANDLER CancelDirectOidRequestHandler;
	// revision 3
	MINIPORT_SYNCHRONOUS_OID_REQUEST_HANDLER SynchronousOidRequestHandler;
} NDIS_MINIPORT_DRIVER_CHARACTERISTICS, *PNDIS_MINIPORT_DRIVER_CHARACTERISTICS;

#define NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1 1
#define NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2 2
#define NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3 3
#define NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, CancelOidRequestHandler)
#define NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(                              \
		NDIS_MINIPORT_DRIVER_CHARACTERISTICS, CancelDirectOidRequestHandler)
#define NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_DRIVER_CHARACTERISTICS, SynchronousOidRequestHandler)

// Flags of the characteristics.
#define NDIS_INTERMEDIATE_DRIVER 0x00000001u
#define NDIS_WDM_DRIVER          0x00000002u

// AttributeFlags below.
#define NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE       0x00000001u
#define NDIS_MINIPORT_ATTRIBUTES_NDIS_WDM              0x00000002u
#define NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK    0x00000004u
#define NDIS_MINIPORT_ATTRIBUTES_NOT_CO_NDIS           0x00000008u
#define NDIS_MINIPORT_ATTRIBUTES_DO_NOT_BIND_TO_ALL_CO 0x00000010u
#define NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND    0x00000020u
#define NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER            0x00000040u
#define NDIS_MINIPORT_ATTRIBUTES_CONTROLS_DEFAULT_PORT 0x00000080u
#define NDIS_MINIPORT_ATTRIBUTES_NO_PAUSE_ON_SUSPEND   0x00000100u

// Ours. HANDOVER: takes sends that are given away for good and completes none of them; all others are not
// given such. BOOKS: counts its lists and frames itself; those of all others are counted on the way.
#define NIMBL_MINIPORT_ATTRIBUTES_HANDOVER 0x40000000u
#define NIMBL_MINIPORT_ATTRIBUTES_BOOKS    0x10000000u

typedef struct _NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	NDIS_HANDLE MiniportAdapterContext;
	ULONG AttributeFlags;
	UINT CheckForHangTimeInSeconds; // multiple of 2, 0 is the default
	NDIS_INTERFACE_TYPE InterfaceType;
} NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, *PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;

#define NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1 1
#define NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2 2
#define NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, InterfaceType)
#define NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2 \
	NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1

// Speeds are bits per second, sizes bytes; MtuSize is without the MAC header.
typedef struct _NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	NDIS_MEDIUM MediaType;
	NDIS_PHYSICAL_MEDIUM PhysicalMediumType;
	ULONG MtuSize;
	ULONG64 MaxXmitLinkSpeed;
	ULONG64 XmitLinkSpeed;
	ULONG64 MaxRcvLinkSpeed;
	ULONG64 RcvLinkSpeed;
	NDIS_MEDIA_CONNECT_STATE MediaConnectState;
	NDIS_MEDIA_DUPLEX_STATE MediaDuplexState;
	ULONG LookaheadSize;
	NDIS_PNP_CAPABILITIES *PowerManagementCapabilities;
	ULONG MacOptions;
	ULONG SupportedPacketFilters;
	ULONG MaxMulticastListSize;
	USHORT MacAddressLength;
	UCHAR PermanentMacAddress[NDIS_MAX_PHYS_ADDRESS_LENGTH];
	UCHAR CurrentMacAddress[NDIS_MAX_PHYS_ADDRESS_LENGTH];
	NDIS_RECEIVE_SCALE_CAPABILITIES *RecvScaleCapabilities;
	NET_IF_ACCESS_TYPE AccessType;
	NET_IF_DIRECTION_TYPE DirectionType;
	NET_IF_CONNECTION_TYPE ConnectionType;
	NET_IFTYPE IfType;
	BOOLEAN IfConnectorPresent;
	ULONG SupportedStatistics;
	ULONG SupportedPauseFunctions;
	ULONG DataBackFillSize;
	ULONG ContextBackFillSize;
	NDIS_OID *SupportedOidList;
	ULONG SupportedOidListLength; // bytes
	ULONG AutoNegotiationFlags;
	NDIS_PM_CAPABILITIES *PowerManagementCapabilitiesEx; // revision 2
} NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, *PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;

#define NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1 1
#define NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2 2
#define NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, AutoNegotiationFlags)
#define NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(                                  \
		NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, PowerManagementCapabilitiesEx)

// Told apart by the type in the header.
typedef union _NDIS_MINIPORT_ADAPTER_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES RegistrationAttributes;
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES GeneralAttributes;
	NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES OffloadAttributes;
} NDIS_MINIPORT_ADAPTER_ATTRIBUTES, *PNDIS_MINIPORT_ADAPTER_ATTRIBUTES;

// Called from DriverEntry, on a control thread; the characteristics are copied. Returns
// NDIS_STATUS_SUCCESS with the handle set, or NDIS_STATUS_BAD_VERSION, _BAD_CHARACTERISTICS or
// _RESOURCES. End with NdisMDeregisterMiniportDriver. WDK: NdisMRegisterMiniportDriver.
NIMBL_NDIS_API NDIS_STATUS NdisMRegisterMiniportDriver(DRIVER_OBJECT *DriverObject,
	UNICODE_STRING *RegistryPath, NDIS_HANDLE MiniportDriverContext,
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS *MiniportDriverCharacteristics,
	NDIS_HANDLE *NdisMiniportDriverHandle);

// Called when the driver unloads, its adapters halted; control threads only.
// WDK: NdisMDeregisterMiniportDriver.
NIMBL_NDIS_API VOID NdisMDeregisterMiniportDriver(NDIS_HANDLE NdisMiniportDriverHandle);

// Called from the initialise handler: registration attributes first, general ones second, both
// must be given, offload attributes where there are any; they are copied, what they point at as well. Returns NDIS_STATUS_SUCCESS,
// _INVALID_PARAMETER or _RESOURCES. WDK: NdisMSetMiniportAttributes.
NIMBL_NDIS_API NDIS_STATUS NdisMSetMiniportAttributes(
	NDIS_HANDLE NdisMiniportHandle, NDIS_MINIPORT_ADAPTER_ATTRIBUTES *MiniportAttributes);

// Gives back a request that the handler answered with NDIS_STATUS_PENDING; the next one that waits
// comes then, perhaps inside this call, but never inside the handler. Once per request; what the miniport
// does not have is said to the operator and otherwise ignored. Control threads. What the miniport ends with
// NDIS_STATUS_NOT_SUPPORTED is answered from its attributes where these tell.
// WDK: NdisMOidRequestComplete, NdisMDirectOidRequestComplete.
NIMBL_NDIS_API VOID NdisMOidRequestComplete(
	NDIS_HANDLE MiniportAdapterHandle, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);
NIMBL_NDIS_API VOID NdisMDirectOidRequestComplete(
	NDIS_HANDLE MiniportAdapterHandle, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status);

// Tells those above of a network event: as NdisFNetPnPEvent does, from the bottom. Control threads.
// WDK: NdisMNetPnPEvent.
NIMBL_NDIS_API NDIS_STATUS NdisMNetPnPEvent(
	NDIS_HANDLE MiniportAdapterHandle, NET_PNP_EVENT_NOTIFICATION *NetPnPEvent);

// Ends a pause that the handler answered with NDIS_STATUS_PENDING: every list is back and every
// send completed. Any thread, once. WDK: NdisMPauseComplete.
NIMBL_NDIS_API VOID NdisMPauseComplete(NDIS_HANDLE MiniportAdapterHandle);

// Ends a restart that the handler answered with NDIS_STATUS_PENDING; anything but success leaves
// the adapter Paused. Any thread, once. WDK: NdisMRestartComplete.
NIMBL_NDIS_API VOID NdisMRestartComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status);

// Ends a reset that the handler answered with NDIS_STATUS_PENDING; those above are told. The engine keeps no
// addresses or packet filters that it would set again. Any thread, once. WDK: NdisMResetComplete.
NIMBL_NDIS_API VOID NdisMResetComplete(
	NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status, BOOLEAN AddressingReset);

// The driver has found that its device is gone for good. The adapter goes the way of a surprise removal
// soon, on a control thread: DevicePnPEventNotify, pause, halt. Any thread. WDK: NdisMRemoveMiniport.
NIMBL_NDIS_API NDIS_STATUS NdisMRemoveMiniport(NDIS_HANDLE MiniportAdapterHandle);

// The devices behind an adapter: there are none, so that what is not NULL of the places gets NULL.
// WDK: NdisMGetDeviceProperty.
NIMBL_NDIS_API VOID NdisMGetDeviceProperty(NDIS_HANDLE MiniportAdapterHandle,
	DEVICE_OBJECT **PhysicalDeviceObject, DEVICE_OBJECT **FunctionalDeviceObject,
	DEVICE_OBJECT **NextDeviceObject, CM_RESOURCE_LIST **AllocatedResources,
	CM_RESOURCE_LIST **AllocatedResourcesTranslated);

#ifdef __cplusplus
}
#endif
