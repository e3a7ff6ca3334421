// SPDX-License-Identifier: BSD-3-Clause
// Requests: filters for what a device should receive are taken and change nothing, for what is sent here
// is received here. The rest NDIS answers from the attributes.
#include "loopback_priv.h"

NDIS_STATUS loopback_oid_request(NDIS_HANDLE context, NDIS_OID_REQUEST *request)
{
	if (request->RequestType != NdisRequestSetInformation)
		return NDIS_STATUS_NOT_SUPPORTED;
	switch (request->DATA.SET_INFORMATION.Oid) {
	case OID_GEN_CURRENT_PACKET_FILTER:
	case OID_GEN_CURRENT_LOOKAHEAD:
	case OID_802_3_MULTICAST_LIST:
		request->DATA.SET_INFORMATION.BytesRead =
			request->DATA.SET_INFORMATION.InformationBufferLength;
		return NDIS_STATUS_SUCCESS;
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}

// Requests are answered at once: there is none to cancel.
VOID loopback_cancel_oid_request(NDIS_HANDLE context, PVOID id)
{
}
