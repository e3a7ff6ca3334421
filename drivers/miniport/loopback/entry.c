// SPDX-License-Identifier: BSD-3-Clause
// The loopback miniport: its characteristics, and how it gets into nimbl.
#include "loopback_priv.h"

static NDIS_HANDLE driver_handle;

const struct nimbl_setting loopback_settings[] = {
	{.name = "peer",
		.type = NIMBL_SETTING_PORT,
		NIMBL_SETTING_AT(loopback, peer_name),
		.absent = "itself",
		.help = "Port that receives what this one sends; it names this one in turn."},
	{.name = NULL},
};

static VOID loopback_unload(DRIVER_OBJECT *driver)
{
	NdisMDeregisterMiniportDriver(driver_handle);
}

static NTSTATUS loopback_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
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
		.InitializeHandlerEx = loopback_initialize,
		.HaltHandlerEx = loopback_halt,
		.UnloadHandler = loopback_unload,
		.PauseHandler = loopback_pause,
		.RestartHandler = loopback_restart,
		.OidRequestHandler = loopback_oid_request,
		.SendNetBufferListsHandler = loopback_send,
		.ReturnNetBufferListsHandler = loopback_return,
		.CancelSendHandler = loopback_cancel_send,
		.CancelOidRequestHandler = loopback_cancel_oid_request,
	};

	return NdisMRegisterMiniportDriver(
		driver, registry_path, NULL, &characteristics, &driver_handle);
}

NIMBL_DRIVER_WITH(loopback, loopback_entry,
	"A port without a device: what is sent is received, by itself or by its peer.",
	loopback_settings)
