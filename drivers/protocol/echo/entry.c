// SPDX-License-Identifier: BSD-3-Clause
// The echo protocol: its characteristics, and how it gets into nimbl.
#include "echo_priv.h"

NDIS_HANDLE echo_protocol;

static VOID echo_unload(DRIVER_OBJECT *driver)
{
	NdisDeregisterProtocolDriver(echo_protocol);
}

static NTSTATUS echo_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
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
		.BindAdapterHandlerEx = echo_bind,
		.UnbindAdapterHandlerEx = echo_unbind,
		.OpenAdapterCompleteHandlerEx = echo_open_complete,
		.CloseAdapterCompleteHandlerEx = echo_close_complete,
		.NetPnPEventHandler = echo_net_pnp_event,
		.ReceiveNetBufferListsHandler = echo_receive,
		.SendNetBufferListsCompleteHandler = echo_send_complete,
	};

	driver->DriverUnload = echo_unload;
	return NdisRegisterProtocolDriver(driver, &characteristics, &echo_protocol);
}

static const char *const completions[] = {"handover", "full", NULL};

const struct nimbl_setting echo_settings[] = {
	{.name = "swap-mac",
		.type = NIMBL_SETTING_FLAG,
		NIMBL_SETTING_AT(echo, swaps),
		.preset = "false",
		.help = "Whether to swap the two addresses of each frame."},
	{.name = "completion",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(echo, completion),
		.words = completions,
		.absent = "that of the port's pool",
		.help = "Whether frames are given away for good, or come back when they are sent."},
	{.name = NULL},
};

NIMBL_DRIVER_WITH(echo, echo_entry, "Sends back what comes.", echo_settings)
