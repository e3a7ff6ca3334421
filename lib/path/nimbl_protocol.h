// SPDX-License-Identifier: BSD-3-Clause
// Short protocol drivers: what all of them say when they register and when they bind. A protocol in the
// manner of Windows needs none of it.
#pragma once

#include <ndis.h>
#include <string.h>

#include "nimbl_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

// Open the adapter that a protocol is asked to bind to, in its BindAdapterHandlerEx; never pends. As
// NdisOpenAdapterEx. Control thread.
static inline NDIS_STATUS nimbl_protocol_open(NDIS_HANDLE protocol, NDIS_HANDLE context,
	NDIS_HANDLE bind_context, const NDIS_BIND_PARAMETERS *parameters, NDIS_HANDLE *binding)
{
	NDIS_OPEN_PARAMETERS open;

	memset(&open, 0, sizeof(open));
	open.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS;
	open.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1;
	open.Header.Size = NDIS_SIZEOF_OPEN_PARAMETERS_REVISION_1;
	open.AdapterName = parameters->AdapterName;
	return NdisOpenAdapterEx(protocol, context, &open, bind_context, binding);
}

// The last lines of a protocol driver that keeps the books itself, where `name` is its name: it has the
// handlers name_bind, name_unbind, name_net_pnp_event, name_receive and name_send_complete, and gets its
// handle as name_protocol. Opening and closing never pend here; NDIS wants the handlers all the same.
//
//	NIMBL_PROTOCOL(echo, "Sends back what comes.", echo_settings, NULL)
#define NIMBL_PROTOCOL(name, its_help, its_settings, its_check)                                 \
	NDIS_HANDLE name##_protocol;                                                            \
	static VOID name##_open_complete(NDIS_HANDLE context, NDIS_STATUS status)               \
	{                                                                                       \
	}                                                                                       \
	static VOID name##_close_complete(NDIS_HANDLE context)                                  \
	{                                                                                       \
	}                                                                                       \
	static VOID name##_unload(DRIVER_OBJECT *driver)                                        \
	{                                                                                       \
		NdisDeregisterProtocolDriver(name##_protocol);                                  \
	}                                                                                       \
	static NTSTATUS name##_entry(DRIVER_OBJECT *driver, UNICODE_STRING *path)               \
	{                                                                                       \
		NDIS_PROTOCOL_DRIVER_CHARACTERISTICS characteristics = {                        \
			.Header =                                                               \
				{                                                               \
					NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,       \
					NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,        \
					NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1, \
				},                                                              \
			.MajorNdisVersion = 6,                                                  \
			.MinorNdisVersion = 85,                                                 \
			.Flags = NIMBL_PROTOCOL_FLAGS_BOOKS,                                    \
			.BindAdapterHandlerEx = name##_bind,                                    \
			.UnbindAdapterHandlerEx = name##_unbind,                                \
			.OpenAdapterCompleteHandlerEx = name##_open_complete,                   \
			.CloseAdapterCompleteHandlerEx = name##_close_complete,                 \
			.NetPnPEventHandler = name##_net_pnp_event,                             \
			.ReceiveNetBufferListsHandler = name##_receive,                         \
			.SendNetBufferListsCompleteHandler = name##_send_complete,              \
		};                                                                              \
                                                                                                \
		driver->DriverUnload = name##_unload;                                           \
		return NdisRegisterProtocolDriver(driver, &characteristics, &name##_protocol);  \
	}                                                                                       \
	NIMBL_DRIVER_CHECKED(name, name##_entry, its_help, its_settings, its_check)

#ifdef __cplusplus
}
#endif
