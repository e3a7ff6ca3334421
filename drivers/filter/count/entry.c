// SPDX-License-Identifier: BSD-3-Clause
// The counting filter: its characteristics, and how it gets into nimbl.
#include "count_priv.h"

static NDIS_HANDLE count_driver;

static VOID count_unload(DRIVER_OBJECT *driver)
{
	NdisFDeregisterFilterDriver(count_driver);
}

static NTSTATUS count_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
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
		.AttachHandler = count_attach,
		.DetachHandler = count_detach,
		.RestartHandler = count_restart,
		.PauseHandler = count_pause,
		.SendNetBufferListsHandler = count_send,
		.ReceiveNetBufferListsHandler = count_receive,
		.StatusHandler = count_status,
	};

	driver->DriverUnload = count_unload;
	return NdisFRegisterFilterDriver(driver, NULL, &characteristics, &count_driver);
}

NIMBL_DRIVER(count, count_entry)
