// SPDX-License-Identifier: BSD-3-Clause
// The ethdev miniport: its characteristics, and how it gets into nimbl.
#include "ethdev_priv.h"

static NDIS_HANDLE driver_handle;

static VOID ethdev_unload(DRIVER_OBJECT *driver)
{
	NdisMDeregisterMiniportDriver(driver_handle);
}

static NTSTATUS ethdev_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS characteristics = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
				.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
			},
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.InitializeHandlerEx = ethdev_initialize,
		.HaltHandlerEx = ethdev_halt,
		.UnloadHandler = ethdev_unload,
		.PauseHandler = ethdev_pause,
		.RestartHandler = ethdev_restart,
		.OidRequestHandler = ethdev_oid_request,
		.SendNetBufferListsHandler = ethdev_send,
		.ReturnNetBufferListsHandler = ethdev_return,
		.CancelSendHandler = ethdev_cancel_send,
		.CancelOidRequestHandler = ethdev_cancel_oid_request,
		.DevicePnPEventNotifyHandler = ethdev_device_event,
	};

	return NdisMRegisterMiniportDriver(
		driver, registry_path, NULL, &characteristics, &driver_handle);
}

NIMBL_DRIVER(ethdev, ethdev_entry)
