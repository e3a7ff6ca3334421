// SPDX-License-Identifier: BSD-3-Clause
// What stands in the registry of Windows: here the settings of a port or filter in the configuration of
// nimbl. Control threads only.
#pragma once

#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _NDIS_PARAMETER_TYPE {
	NdisParameterInteger,
	NdisParameterHexInteger,
	NdisParameterString,
	NdisParameterMultiString,
	NdisParameterBinary,
} NDIS_PARAMETER_TYPE,
	*PNDIS_PARAMETER_TYPE;

typedef struct _BINARY_DATA {
	USHORT Length;
	PVOID Buffer;
} BINARY_DATA;

typedef struct _NDIS_CONFIGURATION_PARAMETER {
	NDIS_PARAMETER_TYPE ParameterType;
	union {
		ULONG IntegerData;
		NDIS_STRING StringData;
		BINARY_DATA BinaryData;
	} ParameterData;
} NDIS_CONFIGURATION_PARAMETER, *PNDIS_CONFIGURATION_PARAMETER;

typedef struct _NDIS_CONFIGURATION_OBJECT {
	NDIS_OBJECT_HEADER Header;
	NDIS_HANDLE NdisHandle;
	ULONG Flags;
} NDIS_CONFIGURATION_OBJECT, *PNDIS_CONFIGURATION_OBJECT;

#define NDIS_CONFIGURATION_OBJECT_REVISION_1 1
#define NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_CONFIGURATION_OBJECT, Flags)

// Open the settings of an adapter, filter module or binding; those of a driver are empty.
// NDIS_STATUS_INVALID_PARAMETER for a wrong header, NDIS_STATUS_RESOURCES. WDK: NdisOpenConfigurationEx.
NIMBL_NDIS_API NDIS_STATUS NdisOpenConfigurationEx(
	NDIS_CONFIGURATION_OBJECT *ConfigObject, NDIS_HANDLE *ConfigurationHandle);

// Frees what was read too. WDK: NdisCloseConfiguration.
NIMBL_NDIS_API VOID NdisCloseConfiguration(NDIS_HANDLE ConfigurationHandle);

// The setting called `Keyword`, whatever its letters' case, as `ParameterType`: a number in decimal or
// after 0x, in hexadecimal for the second kind; a text; bytes in hexadecimal. NDIS_STATUS_FAILURE when
// there is none, or it is not of the type. WDK: NdisReadConfiguration.
NIMBL_NDIS_API VOID NdisReadConfiguration(NDIS_STATUS *Status,
	NDIS_CONFIGURATION_PARAMETER **ParameterValue, NDIS_HANDLE ConfigurationHandle,
	NDIS_STRING *Keyword, NDIS_PARAMETER_TYPE ParameterType);

// NDIS_STATUS_NOT_SUPPORTED: drivers do not write the configuration. WDK: NdisWriteConfiguration.
NIMBL_NDIS_API VOID NdisWriteConfiguration(NDIS_STATUS *Status, NDIS_HANDLE ConfigurationHandle,
	NDIS_STRING *Keyword, NDIS_CONFIGURATION_PARAMETER *ParameterValue);

// The setting NetworkAddress as bytes, which may have ':' or '-' between them. NDIS_STATUS_FAILURE when
// there is none. WDK: NdisReadNetworkAddress.
NIMBL_NDIS_API VOID NdisReadNetworkAddress(NDIS_STATUS *Status, PVOID *NetworkAddress,
	UINT *NetworkAddressLength, NDIS_HANDLE ConfigurationHandle);

#ifdef __cplusplus
}
#endif
