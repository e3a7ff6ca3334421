// SPDX-License-Identifier: BSD-3-Clause
// Clones of requests, for layers that pass them on.
#include <ndis.h>
#include <stdlib.h>

NDIS_STATUS NdisAllocateCloneOidRequest(
	NDIS_HANDLE source, NDIS_OID_REQUEST *request, ULONG tag, NDIS_OID_REQUEST **clone)
{
	*clone = NULL;
	if (request->Header.Type != NDIS_OBJECT_TYPE_OID_REQUEST)
		return NDIS_STATUS_INVALID_PARAMETER;
	NDIS_OID_REQUEST *made = calloc(1, sizeof(*made));
	if (made == NULL)
		return NDIS_STATUS_RESOURCES;
	made->Header = request->Header;
	made->Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1;
	made->RequestType = request->RequestType;
	made->PortNumber = request->PortNumber;
	made->Timeout = request->Timeout;
	made->RequestId = request->RequestId;
	made->RequestHandle = request->RequestHandle;
	made->DATA = request->DATA;
	made->SupportedRevision = request->SupportedRevision;
	*clone = made;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisFreeCloneOidRequest(NDIS_HANDLE source, NDIS_OID_REQUEST *clone)
{
	free(clone);
}
