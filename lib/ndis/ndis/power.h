// SPDX-License-Identifier: BSD-3-Clause
// Power states and what adapters say about them. Nothing here is ever powered down: it is for drivers
// that fill it in.
#pragma once

#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _NDIS_DEVICE_POWER_STATE {
	NdisDeviceStateUnspecified,
	NdisDeviceStateD0,
	NdisDeviceStateD1,
	NdisDeviceStateD2,
	NdisDeviceStateD3,
	NdisDeviceStateMaximum,
} NDIS_DEVICE_POWER_STATE,
	*PNDIS_DEVICE_POWER_STATE;

typedef enum _NET_DEVICE_POWER_STATE {
	NetDeviceStateUnspecified,
	NetDeviceStateD0,
	NetDeviceStateD1,
	NetDeviceStateD2,
	NetDeviceStateD3,
	NetDeviceStateMaximum,
} NET_DEVICE_POWER_STATE,
	*PNET_DEVICE_POWER_STATE;

// The buffer of NdisDevicePnPEventPowerProfileChanged.
typedef enum _NDIS_POWER_PROFILE {
	NdisPowerProfileBattery,
	NdisPowerProfileAcOnLine,
} NDIS_POWER_PROFILE,
	*PNDIS_POWER_PROFILE;

typedef struct _NDIS_PM_WAKE_UP_CAPABILITIES {
	NDIS_DEVICE_POWER_STATE MinMagicPacketWakeUp;
	NDIS_DEVICE_POWER_STATE MinPatternWakeUp;
	NDIS_DEVICE_POWER_STATE MinLinkChangeWakeUp;
} NDIS_PM_WAKE_UP_CAPABILITIES, *PNDIS_PM_WAKE_UP_CAPABILITIES;

typedef struct _NDIS_PNP_CAPABILITIES {
	ULONG Flags;
	NDIS_PM_WAKE_UP_CAPABILITIES WakeUpCapabilities;
} NDIS_PNP_CAPABILITIES, *PNDIS_PNP_CAPABILITIES;

typedef struct _NDIS_PM_CAPABILITIES {
	NDIS_OBJECT_HEADER Header;
	ULONG Flags;
	ULONG SupportedWoLPacketPatterns;
	ULONG NumTotalWoLPatterns;
	ULONG MaxWoLPatternSize;
	ULONG MaxWoLPatternOffset;
	ULONG MaxWoLPacketSaveBuffer;
	ULONG SupportedProtocolOffloads;
	ULONG NumArpOffloadIPv4Addresses;
	ULONG NumNSOffloadIPv6Addresses;
	NDIS_DEVICE_POWER_STATE MinMagicPacketWakeUp;
	NDIS_DEVICE_POWER_STATE MinPatternWakeUp;
	NDIS_DEVICE_POWER_STATE MinLinkChangeWakeUp;
	ULONG SupportedWakeUpEvents; // revision 2
	ULONG MediaSpecificWakeUpEvents;
} NDIS_PM_CAPABILITIES, *PNDIS_PM_CAPABILITIES;

#define NDIS_PM_CAPABILITIES_REVISION_1 1
#define NDIS_PM_CAPABILITIES_REVISION_2 2
#define NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_CAPABILITIES, MinLinkChangeWakeUp)
#define NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_CAPABILITIES, MediaSpecificWakeUpEvents)

#ifdef __cplusplus
}
#endif
