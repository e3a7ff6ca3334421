// SPDX-License-Identifier: BSD-3-Clause
// Restart attributes: made at the bottom of a stack at each restart, edited on the way up, kept until
// the next restart for whoever binds or asks.
#include <errno.h>
#include <rte_common.h>
#include <string.h>

#include "bind_priv.h"

#define ATTRIBUTES_TAG 0x74726e6eu // "nnrt" as the debugger shows it

void restart_attributes_free(struct adapter *adapter)
{
	NDIS_RESTART_ATTRIBUTES *next;

	for (NDIS_RESTART_ATTRIBUTES *at = adapter->restart_attributes; at != NULL; at = next) {
		next = at->Next;
		NdisFreeMemory(at, 0, 0);
	}
	adapter->restart_attributes = NULL;
}

static NDIS_RESTART_GENERAL_ATTRIBUTES general_of(
	const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *attributes)
{
	return (NDIS_RESTART_GENERAL_ATTRIBUTES){
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_RESTART_GENERAL_ATTRIBUTES,
				.Revision = NDIS_RESTART_GENERAL_ATTRIBUTES_REVISION_2,
				.Size = NDIS_SIZEOF_RESTART_GENERAL_ATTRIBUTES_REVISION_2,
			},
		.MtuSize = attributes->MtuSize,
		.MaxXmitLinkSpeed = attributes->MaxXmitLinkSpeed,
		.MaxRcvLinkSpeed = attributes->MaxRcvLinkSpeed,
		.LookaheadSize = attributes->LookaheadSize,
		.MacOptions = attributes->MacOptions,
		.SupportedPacketFilters = attributes->SupportedPacketFilters,
		.MaxMulticastListSize = attributes->MaxMulticastListSize,
		.RecvScaleCapabilities = attributes->RecvScaleCapabilities,
		.AccessType = attributes->AccessType,
		.ConnectionType = attributes->ConnectionType,
		.SupportedStatistics = attributes->SupportedStatistics,
		.DataBackFillSize = attributes->DataBackFillSize,
		.ContextBackFillSize = attributes->ContextBackFillSize,
		.SupportedOidList = attributes->SupportedOidList,
		.SupportedOidListLength = attributes->SupportedOidListLength,
	};
}

int restart_attributes_make(struct adapter *adapter)
{
	const NDIS_RESTART_GENERAL_ATTRIBUTES general = general_of(&adapter->attributes);
	NDIS_RESTART_ATTRIBUTES *entry = NdisAllocateMemoryWithTagPriority(adapter,
		offsetof(NDIS_RESTART_ATTRIBUTES, Data) + sizeof(general), ATTRIBUTES_TAG,
		NormalPoolPriority);

	if (entry == NULL)
		return nimbl_fail(ENOMEM, "no memory to restart port '%s'", adapter->name);
	restart_attributes_free(adapter);
	entry->Next = NULL;
	entry->Oid = OID_GEN_MINIPORT_RESTART_ATTRIBUTES;
	entry->DataLength = sizeof(general);
	memcpy(entry->Data, &general, sizeof(general));
	adapter->restart_attributes = entry;
	return 0;
}

struct back_fill back_fill_of(const struct adapter *adapter)
{
	const NDIS_RESTART_ATTRIBUTES *at = adapter->restart_attributes;
	struct back_fill fill = {
		adapter->attributes.DataBackFillSize, adapter->attributes.ContextBackFillSize};

	while (at != NULL && at->Oid != OID_GEN_MINIPORT_RESTART_ATTRIBUTES)
		at = at->Next;
	if (at != NULL && at->DataLength >= NDIS_SIZEOF_RESTART_GENERAL_ATTRIBUTES_REVISION_1) {
		NDIS_RESTART_GENERAL_ATTRIBUTES general = {.Flags = 0};

		memcpy(&general, at->Data, RTE_MIN(at->DataLength, (ULONG)sizeof(general)));
		fill = (struct back_fill){general.DataBackFillSize, general.ContextBackFillSize};
	}
	return fill;
}
