// SPDX-License-Identifier: BSD-3-Clause
// What a miniport says of its adapter while it initializes: who it is, then what it can.
#include <errno.h>
#include <rte_common.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"

// The link until the miniport says more of it.
static NDIS_LINK_STATE link_of(const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *attributes)
{
	return (NDIS_LINK_STATE){
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_LINK_STATE_REVISION_1,
				.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1,
			},
		.MediaConnectState = attributes->MediaConnectState,
		.MediaDuplexState = attributes->MediaDuplexState,
		.XmitLinkSpeed = attributes->XmitLinkSpeed,
		.RcvLinkSpeed = attributes->RcvLinkSpeed,
	};
}

static NDIS_STATUS registration(
	struct adapter *adapter, const NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES *attributes)
{
	if (attributes->Header.Size <
		NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1)
		return NDIS_STATUS_INVALID_PARAMETER;
	adapter->context = attributes->MiniportAdapterContext;
	adapter->allows = attributes->AttributeFlags;
	adapter->hang_seconds = attributes->CheckForHangTimeInSeconds;
	adapter->is_registered = true;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS general(
	struct adapter *adapter, const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *attributes)
{
	NDIS_OID *oids = NULL;

	if (!adapter->is_registered ||
		attributes->Header.Size <
			NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1)
		return NDIS_STATUS_INVALID_PARAMETER;
	if (attributes->SupportedOidListLength > 0) {
		oids = malloc(attributes->SupportedOidListLength);
		if (oids == NULL)
			return NDIS_STATUS_RESOURCES;
		memcpy(oids, attributes->SupportedOidList, attributes->SupportedOidListLength);
	}
	memcpy(&adapter->attributes, attributes,
		RTE_MIN(sizeof(adapter->attributes), (size_t)attributes->Header.Size));
	free(adapter->oid_list);
	adapter->attributes.SupportedOidList = adapter->oid_list = oids;
	adapter->link = link_of(&adapter->attributes);
	adapter->has_general = true;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS offload(
	struct adapter *adapter, const NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES *attributes)
{
	const NDIS_OFFLOAD *in_effect = attributes->DefaultOffloadConfiguration;

	if (!adapter->is_registered || in_effect == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	adapter->has_offload = true;
	memcpy(&adapter->offload, in_effect,
		RTE_MIN(sizeof(adapter->offload), (size_t)in_effect->Header.Size));
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisMSetMiniportAttributes(
	NDIS_HANDLE handle, NDIS_MINIPORT_ADAPTER_ATTRIBUTES *attributes)
{
	struct adapter *adapter = handle;

	if (!nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER) || adapter->state != NIMBL_INITIALIZING)
		return NDIS_STATUS_INVALID_PARAMETER;
	switch (attributes->Header.Type) {
	case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES:
		return registration(adapter, &attributes->RegistrationAttributes);
	case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES:
		return general(adapter, &attributes->GeneralAttributes);
	case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES:
		return offload(adapter, &attributes->OffloadAttributes);
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}

int attributes_check(const struct adapter *adapter)
{
	if (adapter->has_general)
		return 0;
	return nimbl_fail(EINVAL, "driver '%s' initializes port '%s' without its %s attributes",
		adapter->driver->object.name, adapter->name,
		adapter->is_registered ? "general" : "registration");
}
