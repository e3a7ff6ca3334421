// SPDX-License-Identifier: BSD-3-Clause
// The pass filter: its characteristics, and how it gets into nimbl.
#include "pass_priv.h"

static NDIS_HANDLE pass_driver;

static VOID pass_unload(DRIVER_OBJECT *driver)
{
	NdisFDeregisterFilterDriver(pass_driver);
}

static NTSTATUS pass_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS characteristics = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS,
				.Revision = NDIS_FILTER_CHARACTERISTICS_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1,
			},
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.AttachHandler = pass_attach,
		.DetachHandler = pass_detach,
		.RestartHandler = pass_restart,
		.PauseHandler = pass_pause,
		.SendNetBufferListsHandler = pass_send,
		.SendNetBufferListsCompleteHandler = pass_send_complete,
		.ReceiveNetBufferListsHandler = pass_receive,
		.ReturnNetBufferListsHandler = pass_return,
		.StatusHandler = pass_status,
	};

	driver->DriverUnload = pass_unload;
	return NdisFRegisterFilterDriver(driver, NULL, &characteristics, &pass_driver);
}

NIMBL_DRIVER(pass, pass_entry)
