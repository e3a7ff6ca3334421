// SPDX-License-Identifier: BSD-3-Clause
// What a filter does with requests that it passes on or makes, under the names of the NDIS driver
// library. A filter that uses one of these hands every completion to
// NdisFPassthroughOidRequestComplete, which uses the SourceReserved of the request.
#pragma once

#include "../event.h"
#include "../failure.h"
#include "../filter.h"
#include "../memops.h"
#include "../oidrequest.h"
#include "../status.h"

#ifdef __cplusplus
extern "C" {
#endif

// A driver may have its own; it must not return.
#ifndef NDIS_REPORT_FATAL_ERROR
#define NDIS_REPORT_FATAL_ERROR() RtlFailFast(FAST_FAIL_INVALID_ARG)
#endif

typedef enum NDIS_OID_REQUEST_COMPLETION_KIND {
	NdisOidRequestCompletionKindPassthrough, // made from a request from above
	NdisOidRequestCompletionKindLocal,       // made by the filter
} NDIS_OID_REQUEST_COMPLETION_KIND;

// Lies over SourceReserved: the kind until the request is complete, then the status of a local one.
typedef struct NDIS_OID_REQUEST_SOURCE_RESERVED {
	union NDIS_OID_REQUEST_SOURCE_RESERVED_STATUS {
		NDIS_OID_REQUEST_COMPLETION_KIND CompletionKind;
		NDIS_STATUS Status;
		LONG StatusAsLong;
	} Completion;
	union NDIS_OID_REQUEST_SOURCE_RESERVED_DATA {
		NDIS_OID_REQUEST *OriginalRequest;
		KEVENT *WaitEvent; // NULL: nobody waits
	} Data;
} NDIS_OID_REQUEST_SOURCE_RESERVED;

C_ASSERT(sizeof(NDIS_OID_REQUEST_SOURCE_RESERVED) <= FIELD_SIZE(NDIS_OID_REQUEST, SourceReserved));

static inline NDIS_OID_REQUEST_SOURCE_RESERVED *nimbl_oid_source(NDIS_OID_REQUEST *request)
{
	return (NDIS_OID_REQUEST_SOURCE_RESERVED *)(PVOID)request->SourceReserved;
}

static inline NDIS_OID_REQUEST_SOURCE_RESERVED *nimbl_oid_source_init(
	NDIS_OID_REQUEST *request, NDIS_OID_REQUEST_COMPLETION_KIND kind)
{
	NDIS_OID_REQUEST_SOURCE_RESERVED *source = nimbl_oid_source(request);

	RtlZeroMemory(source, sizeof(*source));
	source->Completion.CompletionKind = kind;
	return source;
}

// Say of a request that nothing was read, written or is missing.
static inline VOID NdisClearOidResult(NDIS_OID_REQUEST *OidRequest)
{
	if (OidRequest->RequestType == NdisRequestMethod) {
		OidRequest->DATA.METHOD_INFORMATION.BytesRead = 0;
		OidRequest->DATA.METHOD_INFORMATION.BytesWritten = 0;
		OidRequest->DATA.METHOD_INFORMATION.BytesNeeded = 0;
	} else if (OidRequest->RequestType == NdisRequestSetInformation) {
		OidRequest->DATA.SET_INFORMATION.BytesRead = 0;
		OidRequest->DATA.SET_INFORMATION.BytesNeeded = 0;
	} else {
		OidRequest->DATA.QUERY_INFORMATION.BytesWritten = 0;
		OidRequest->DATA.QUERY_INFORMATION.BytesNeeded = 0;
	}
}

// What a completed request says of its buffer, to the one that it was made from.
static inline VOID NdisCopyOidResult(NDIS_OID_REQUEST *Destination, const NDIS_OID_REQUEST *Source)
{
	switch (Source->RequestType) {
	case NdisRequestMethod:
		Destination->DATA.METHOD_INFORMATION.OutputBufferLength =
			Source->DATA.METHOD_INFORMATION.OutputBufferLength;
		Destination->DATA.METHOD_INFORMATION.BytesRead =
			Source->DATA.METHOD_INFORMATION.BytesRead;
		Destination->DATA.METHOD_INFORMATION.BytesWritten =
			Source->DATA.METHOD_INFORMATION.BytesWritten;
		Destination->DATA.METHOD_INFORMATION.BytesNeeded =
			Source->DATA.METHOD_INFORMATION.BytesNeeded;
		break;
	case NdisRequestSetInformation:
		Destination->DATA.SET_INFORMATION.BytesRead =
			Source->DATA.SET_INFORMATION.BytesRead;
		Destination->DATA.SET_INFORMATION.BytesNeeded =
			Source->DATA.SET_INFORMATION.BytesNeeded;
		break;
	case NdisRequestQueryInformation:
	case NdisRequestQueryStatistics:
		Destination->DATA.QUERY_INFORMATION.BytesWritten =
			Source->DATA.QUERY_INFORMATION.BytesWritten;
		Destination->DATA.QUERY_INFORMATION.BytesNeeded =
			Source->DATA.QUERY_INFORMATION.BytesNeeded;
		break;
	default:
		break;
	}
}

// Pass a request from above on, as a clone: for FILTER_OID_REQUEST, whose result it is.
static inline NDIS_STATUS NdisFPassthroughOidRequest(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest, ULONG PoolTag)
{
	NDIS_OID_REQUEST *clone = NULL;
	NDIS_STATUS status =
		NdisAllocateCloneOidRequest(NdisFilterHandle, OidRequest, PoolTag, &clone);

	if (status != NDIS_STATUS_SUCCESS) {
		NdisClearOidResult(OidRequest);
		return status;
	}
	nimbl_oid_source_init(clone, NdisOidRequestCompletionKindPassthrough)
		->Data.OriginalRequest = OidRequest;
	status = NdisFOidRequest(NdisFilterHandle, clone);
	if (status != NDIS_STATUS_PENDING) {
		NdisCopyOidResult(OidRequest, clone);
		NdisFreeCloneOidRequest(NdisFilterHandle, clone);
	}
	return status;
}

// For FILTER_OID_REQUEST_COMPLETE: complete what a clone was made from, or let go who waits. Says which.
static inline NDIS_OID_REQUEST_COMPLETION_KIND NdisFPassthroughOidRequestComplete(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS CompletionStatus)
{
	NDIS_OID_REQUEST_SOURCE_RESERVED *source = nimbl_oid_source(OidRequest);
	NDIS_OID_REQUEST_COMPLETION_KIND kind = source->Completion.CompletionKind;

	if (kind == NdisOidRequestCompletionKindPassthrough) {
		NDIS_OID_REQUEST *original = source->Data.OriginalRequest;

		NdisCopyOidResult(original, OidRequest);
		NdisFreeCloneOidRequest(NdisFilterHandle, OidRequest);
		NdisFOidRequestComplete(NdisFilterHandle, original, CompletionStatus);
	} else if (kind == NdisOidRequestCompletionKindLocal) {
		KEVENT *waiter = source->Data.WaitEvent; // the request may be gone after the status

		WriteRelease(&source->Completion.StatusAsLong, CompletionStatus);
		if (waiter != NULL)
			KeSetEvent(waiter, IO_NO_INCREMENT, FALSE);
	} else {
		NDIS_REPORT_FATAL_ERROR();
	}
	return kind;
}

// Make a request of the filter's own. NDIS_STATUS_PENDING, or its result at once.
static inline NDIS_STATUS NdisFIssueOidRequestAsync(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest)
{
	(void)nimbl_oid_source_init(OidRequest, NdisOidRequestCompletionKindLocal);
	return NdisFOidRequest(NdisFilterHandle, OidRequest);
}

// The same, and wait for it: control threads only. The result of the request.
static inline NDIS_STATUS NdisFIssueOidRequestAndWait(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest)
{
	NDIS_OID_REQUEST_SOURCE_RESERVED *source;
	NDIS_STATUS status;
	KEVENT done;

	if (KeGetCurrentIrql() != PASSIVE_LEVEL)
		NDIS_REPORT_FATAL_ERROR();
	KeInitializeEvent(&done, NotificationEvent, FALSE);
	source = nimbl_oid_source_init(OidRequest, NdisOidRequestCompletionKindLocal);
	source->Data.WaitEvent = &done;
	status = NdisFOidRequest(NdisFilterHandle, OidRequest);
	if (status != NDIS_STATUS_PENDING)
		return status;
	if (KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL) != STATUS_WAIT_0)
		NDIS_REPORT_FATAL_ERROR();
	return ReadAcquire(&source->Completion.StatusAsLong);
}

#ifdef __cplusplus
}
#endif
