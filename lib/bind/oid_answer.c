// SPDX-License-Identifier: BSD-3-Clause
// Questions that NDIS answers from the attributes of an adapter, so that no miniport need.
#include "oid.h"

#include <string.h>

#define ETHERNET_HEADER    14u
#define LINK_SPEED_UNIT    100u // bits per second
#define HARDWARE_STATUS_OK 0u   // NdisHardwareStatusReady

struct answer {
	const void *from; // NULL: `number` is the answer
	uint32_t number;
	uint32_t bytes;
};

static struct answer number(uint32_t value)
{
	return (struct answer){.number = value, .bytes = sizeof(value)};
}

static struct answer bytes_of(const void *from, uint32_t bytes)
{
	return (struct answer){.from = from, .bytes = from != NULL ? bytes : 0};
}

static struct answer of_link(const NDIS_LINK_STATE *link, NDIS_OID oid)
{
	switch (oid) {
	case OID_GEN_LINK_SPEED:
		return number((uint32_t)(link->XmitLinkSpeed / LINK_SPEED_UNIT));
	case OID_GEN_LINK_STATE:
		return bytes_of(link, NDIS_SIZEOF_LINK_STATE_REVISION_1);
	default: // OID_GEN_MEDIA_CONNECT_STATUS: connected is 0 there
		return number(link->MediaConnectState != MediaConnectStateConnected);
	}
}

// Zero bytes: it is none of these.
static struct answer answer_for(
	const struct adapter *adapter, const NDIS_LINK_STATE *link, NDIS_OID oid)
{
	const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->attributes;

	switch (oid) {
	case OID_GEN_SUPPORTED_LIST:
		return bytes_of(general->SupportedOidList, general->SupportedOidListLength);
	case OID_GEN_HARDWARE_STATUS:
		return number(HARDWARE_STATUS_OK);
	case OID_GEN_MEDIA_SUPPORTED:
	case OID_GEN_MEDIA_IN_USE:
		return number(general->MediaType);
	case OID_GEN_PHYSICAL_MEDIUM:
		return number(general->PhysicalMediumType);
	case OID_GEN_MAXIMUM_FRAME_SIZE:
		return number(general->MtuSize);
	case OID_GEN_MAXIMUM_TOTAL_SIZE:
		return number(general->MtuSize + ETHERNET_HEADER);
	case OID_GEN_MAXIMUM_LOOKAHEAD:
	case OID_GEN_CURRENT_LOOKAHEAD:
		return number(general->LookaheadSize);
	case OID_GEN_MAC_OPTIONS:
		return number(general->MacOptions);
	case OID_GEN_LINK_SPEED:
	case OID_GEN_LINK_STATE:
	case OID_GEN_MEDIA_CONNECT_STATUS:
		return of_link(link, oid);
	case OID_802_3_PERMANENT_ADDRESS:
		return bytes_of(general->PermanentMacAddress, general->MacAddressLength);
	case OID_802_3_CURRENT_ADDRESS:
		return bytes_of(general->CurrentMacAddress, general->MacAddressLength);
	case OID_802_3_MAXIMUM_LIST_SIZE:
		return number(general->MaxMulticastListSize);
	default:
		return (struct answer){0};
	}
}

NDIS_STATUS oid_answer(const struct adapter *adapter, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct _QUERY *query = &request->DATA.QUERY_INFORMATION;
	const NDIS_LINK_STATE link = link_now(adapter);
	struct answer answer;

	if (status != NDIS_STATUS_NOT_SUPPORTED ||
		(request->RequestType != NdisRequestQueryInformation &&
			request->RequestType != NdisRequestQueryStatistics))
		return status;
	answer = answer_for(adapter, &link, query->Oid);
	if (answer.bytes == 0)
		return status;
	query->BytesNeeded = answer.bytes;
	query->BytesWritten = 0;
	if (query->InformationBufferLength < answer.bytes)
		return NDIS_STATUS_BUFFER_TOO_SHORT;
	memcpy(query->InformationBuffer, answer.from != NULL ? answer.from : &answer.number,
		answer.bytes);
	query->BytesWritten = answer.bytes;
	return NDIS_STATUS_SUCCESS;
}
