// SPDX-License-Identifier: BSD-3-Clause
// Requests as a filter handles them. The layers around it are this file's.
#include <ndis.h>
#include <ndis/ndl/oidrequest.h>

#include "surface.h"

#define FILTER_TAG 'tliF'

static NDIS_OID_REQUEST *Below, *Completed;
static NDIS_STATUS Answer;

NDIS_STATUS NdisFOidRequest(NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest)
{
	UNREFERENCED_PARAMETER(NdisFilterHandle);
	Below = OidRequest;
	return Answer;
}

VOID NdisFOidRequestComplete(
	NDIS_HANDLE NdisFilterHandle, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status)
{
	UNREFERENCED_PARAMETER((NdisFilterHandle, Status));
	Completed = OidRequest;
}

static FILTER_OID_REQUEST filter_oid;
static FILTER_OID_REQUEST_COMPLETE filter_oid_complete;

_Use_decl_annotations_ static NDIS_STATUS filter_oid(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest)
{
	return NdisFPassthroughOidRequest(FilterModuleContext, OidRequest, FILTER_TAG);
}

_Use_decl_annotations_ static VOID filter_oid_complete(
	NDIS_HANDLE FilterModuleContext, NDIS_OID_REQUEST *OidRequest, NDIS_STATUS Status)
{
	(VOID) NdisFPassthroughOidRequestComplete(FilterModuleContext, OidRequest, Status);
}

void oidrequest_run(void)
{
	ULONG Filter = NDIS_PACKET_TYPE_PROMISCUOUS;
	NDIS_OID_REQUEST Request = {0}, *Clone;
	struct _SET *Set = &Request.DATA.SET_INFORMATION;
	union _REQUEST_DATA *Data = &Request.DATA;

	Request.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	Request.Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	Request.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1;
	Request.RequestType = NdisRequestSetInformation;
	Request.PortNumber = NDIS_DEFAULT_PORT_NUMBER;
	Set->Oid = OID_GEN_CURRENT_PACKET_FILTER;
	Set->InformationBuffer = &Filter;
	Set->InformationBufferLength = sizeof(Filter);

	Answer = NDIS_STATUS_PENDING;
	CHECK(filter_oid(NULL, &Request) == NDIS_STATUS_PENDING);
	CHECK(Below != &Request && Below->DATA.SET_INFORMATION.InformationBuffer == &Filter);
	Below->DATA.SET_INFORMATION.BytesRead = 4;
	filter_oid_complete(NULL, Below, NDIS_STATUS_SUCCESS);
	CHECK(Completed == &Request && Set->BytesRead == 4);
	NdisClearOidResult(&Request);
	CHECK(Set->BytesRead == 0 && Data->QUERY_INFORMATION.Oid == Set->Oid);

	CHECK(NdisFIssueOidRequestAsync(NULL, &Request) == NDIS_STATUS_PENDING);
	CHECK(NdisFPassthroughOidRequestComplete(NULL, &Request, NDIS_STATUS_SUCCESS) ==
		NdisOidRequestCompletionKindLocal);
	Answer = NDIS_STATUS_NOT_SUPPORTED;
	CHECK(NdisFIssueOidRequestAndWait(NULL, &Request) == NDIS_STATUS_NOT_SUPPORTED);
	CHECK(NdisAllocateCloneOidRequest(NULL, &Request, FILTER_TAG, &Clone) ==
		NDIS_STATUS_SUCCESS);
	*(PVOID *)(&Clone->SourceReserved[0]) = &Request;
	NdisCopyOidResult(&Request, Clone);
	NdisFreeCloneOidRequest(NULL, Clone);
}
