// SPDX-License-Identifier: BSD-3-Clause
// The cross-connect protocol: its characteristics, and how it gets into nimbl.
#include "xconnect_priv.h"

NDIS_HANDLE xconnect_protocol;

static VOID xconnect_unload(DRIVER_OBJECT *driver)
{
	NdisDeregisterProtocolDriver(xconnect_protocol);
}

static NTSTATUS xconnect_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
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
		.BindAdapterHandlerEx = xconnect_bind,
		.UnbindAdapterHandlerEx = xconnect_unbind,
		.OpenAdapterCompleteHandlerEx = xconnect_open_complete,
		.CloseAdapterCompleteHandlerEx = xconnect_close_complete,
		.NetPnPEventHandler = xconnect_net_pnp_event,
		.ReceiveNetBufferListsHandler = xconnect_receive,
		.SendNetBufferListsCompleteHandler = xconnect_send_complete,
	};

	driver->DriverUnload = xconnect_unload;
	return NdisRegisterProtocolDriver(driver, &characteristics, &xconnect_protocol);
}

NIMBL_DRIVER(xconnect, xconnect_entry)
