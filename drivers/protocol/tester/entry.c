// SPDX-License-Identifier: BSD-3-Clause
// The tester protocol: its settings and characteristics, and how it gets into nimbl.
#include <string.h>

#include "nimbl_flow.h"
#include "tester_priv.h"

NDIS_HANDLE tester_protocol;

const struct nimbl_setting tester_settings[] = {
	{.name = "name",
		.type = NIMBL_SETTING_TEXT,
		NIMBL_SETTING_AT(tester, name),
		.absent = "that of the file",
		.help = "The tester whose streams the port sends and receives, where a program made one."},
	{.name = "streams",
		.type = NIMBL_SETTING_PATH,
		NIMBL_SETTING_AT(tester, streams),
		.absent = "those of the tester",
		.help = "File of streams; all ports with the same file are one tester, and start "
			"together."},
	{.name = "lists",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(tester, lists),
		.min = 64,
		.max = 65536,
		.preset = "640",
		.help = "Frames that are with the port at a time, per lcore: more than its transmit "
			"descriptors."},
	{.name = "room",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(tester, room),
		.min = 64,
		.max = TESTER_BYTES,
		.preset = "2048",
		.help = "Bytes of the longest frame."},
	{.name = NULL},
};

static VOID tester_unload(DRIVER_OBJECT *driver)
{
	NdisDeregisterProtocolDriver(tester_protocol);
}

static NTSTATUS tester_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
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
		.BindAdapterHandlerEx = tester_bind,
		.UnbindAdapterHandlerEx = tester_unbind,
		.OpenAdapterCompleteHandlerEx = tester_open_complete,
		.CloseAdapterCompleteHandlerEx = tester_close_complete,
		.NetPnPEventHandler = tester_net_pnp_event,
		.ReceiveNetBufferListsHandler = tester_receive,
		.SendNetBufferListsCompleteHandler = tester_send_complete,
	};

	driver->DriverUnload = tester_unload;
	return NdisRegisterProtocolDriver(driver, &characteristics, &tester_protocol);
}

// A file of streams is read before anything is started, and once more when it is.
static int tester_check(const struct nimbl_option *options)
{
	struct nimbl_flows *flows;
	int ret = 0;

	for (; options->key != NULL && ret == 0; options++) {
		if (strcmp(options->key, "streams") != 0)
			continue;
		ret = nimbl_flows_open(&flows);
		if (ret < 0)
			return ret;
		ret = nimbl_flows_read(flows, options->value);
		nimbl_flows_close(flows);
		if (ret < 0)
			nimbl_blame("streams", 0);
	}
	return ret;
}

NIMBL_DRIVER_CHECKED(tester, tester_entry, "Sends streams of frames, and checks what comes.",
	tester_settings, tester_check)
