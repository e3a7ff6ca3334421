// SPDX-License-Identifier: BSD-3-Clause
// Requests: asking for or setting a property of an adapter, from a binding down to the miniport.
#pragma once

#include "objectheader.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _NDIS_REQUEST_TYPE {
	NdisRequestQueryInformation = 0,
	NdisRequestSetInformation = 1,
	NdisRequestQueryStatistics = 2,
	NdisRequestMethod = 12,
} NDIS_REQUEST_TYPE,
	*PNDIS_REQUEST_TYPE;

// Whoever makes a request owns it and its buffer again when it completes; lengths are bytes.
typedef struct _NDIS_OID_REQUEST {
	NDIS_OBJECT_HEADER Header;
	NDIS_REQUEST_TYPE RequestType;
	NDIS_PORT_NUMBER PortNumber;
	UINT Timeout; // seconds, 0 is none
	PVOID RequestId;
	NDIS_HANDLE RequestHandle;
	union _REQUEST_DATA {
		struct _QUERY {
			NDIS_OID Oid;
			PVOID InformationBuffer;
			UINT InformationBufferLength;
			UINT BytesWritten;
			UINT BytesNeeded;
		} QUERY_INFORMATION;
		struct _SET {
			NDIS_OID Oid;
			PVOID InformationBuffer;
			UINT InformationBufferLength;
			UINT BytesRead;
			UINT BytesNeeded;
		} SET_INFORMATION;
		struct _METHOD {
			NDIS_OID Oid;
			PVOID InformationBuffer;
			ULONG InputBufferLength;
			ULONG OutputBufferLength;
			ULONG MethodId;
			UINT BytesWritten;
			UINT BytesRead;
			UINT BytesNeeded;
		} METHOD_INFORMATION;
	} DATA;
	UCHAR NdisReserved[16 * sizeof(PVOID)];
	UCHAR MiniportReserved[2 * sizeof(PVOID)];
	UCHAR SourceReserved[2 * sizeof(PVOID)];
	UCHAR SupportedRevision;
	UCHAR Reserved1;
	USHORT Reserved2;
} NDIS_OID_REQUEST, *PNDIS_OID_REQUEST;

// Drivers lay pointers over the reserved bytes.
C_ASSERT(offsetof(NDIS_OID_REQUEST, NdisReserved) % 8 == 0);
C_ASSERT(offsetof(NDIS_OID_REQUEST, MiniportReserved) % 8 == 0);
C_ASSERT(offsetof(NDIS_OID_REQUEST, SourceReserved) % 8 == 0);

#define NDIS_OID_REQUEST_REVISION_1        1
#define NDIS_OID_REQUEST_REVISION_2        2
#define NDIS_SIZEOF_OID_REQUEST_REVISION_1 RTL_SIZEOF_THROUGH_FIELD(NDIS_OID_REQUEST, Reserved2)
#define NDIS_SIZEOF_OID_REQUEST_REVISION_2 NDIS_SIZEOF_OID_REQUEST_REVISION_1

// Make a request for the caller's layer to pass on in place of `OidRequest`: the same question over the
// same buffer, the reserved members zero. SourceReserved of the clone is the caller's. Free it with
// NdisFreeCloneOidRequest after copying its result back; the original stays pending until then.
// Control threads. NDIS_STATUS_RESOURCES when memory is out, NDIS_STATUS_INVALID_PARAMETER when it
// is no request. WDK: NdisAllocateCloneOidRequest.
NIMBL_NDIS_API NDIS_STATUS NdisAllocateCloneOidRequest(NDIS_HANDLE SourceHandle,
	NDIS_OID_REQUEST *OidRequest, ULONG PoolTag, NDIS_OID_REQUEST **ClonedOidRequest);

// Free a clone that is not pending. Control threads. WDK: NdisFreeCloneOidRequest.
NIMBL_NDIS_API VOID NdisFreeCloneOidRequest(NDIS_HANDLE SourceHandle, NDIS_OID_REQUEST *Request);

#ifdef __cplusplus
}
#endif
