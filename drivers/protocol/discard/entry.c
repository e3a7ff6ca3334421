// SPDX-License-Identifier: BSD-3-Clause
// The discard protocol: its characteristics, and how it gets into nimbl.
#include "discard_priv.h"

NDIS_HANDLE discard_protocol;

static VOID discard_unload(DRIVER_OBJECT *driver)
{
	NdisDeregisterProtocolDriver(discard_protocol);
}

static NTSTATUS discard_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS characteristics = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
				.Revision = NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
				.Size = NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
			},
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.Flags = NIMBL_PROTOCOL_FLAGS_BOOKS,
		.BindAdapterHandlerEx = discard_bind,
		.UnbindAdapterHandlerEx = discard_unbind,
		.OpenAdapterCompleteHandlerEx = discard_open_complete,
		.CloseAdapterCompleteHandlerEx = discard_close_complete,
		.NetPnPEventHandler = discard_net_pnp_event,
		.ReceiveNetBufferListsHandler = discard_receive,
		.SendNetBufferListsCompleteHandler = discard_send_complete,
	};

	driver->DriverUnload = discard_unload;
	return NdisRegisterProtocolDriver(driver, &characteristics, &discard_protocol);
}

NIMBL_DRIVER_WITH(discard, discard_entry, "Takes what comes, and counts it.", NULL)
