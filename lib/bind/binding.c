// SPDX-License-Identifier: BSD-3-Clause
// Offering adapters to protocols, and taking them back.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"
#include "nimbl_log.h"
#include "unicode.h"

static NDIS_STATUS bind(
	const struct protocol_driver *driver, struct adapter *adapter, struct bind_request *request)
{
	const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *attributes = &adapter->attributes;
	const struct back_fill fill = back_fill_of(adapter);
	struct unicode name;
	NDIS_BIND_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_BIND_PARAMETERS,
				.Revision = NDIS_BIND_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_BIND_PARAMETERS_REVISION_1,
			},
		.AdapterName = unicode_of(&name, adapter->name),
		.BoundIfIndex = adapter->index,
		.MediaType = attributes->MediaType,
		.PhysicalMediumType = attributes->PhysicalMediumType,
		.MtuSize = attributes->MtuSize,
		.XmitLinkSpeed = attributes->XmitLinkSpeed,
		.RcvLinkSpeed = attributes->RcvLinkSpeed,
		.MediaConnectState = attributes->MediaConnectState,
		.LookaheadSize = attributes->LookaheadSize,
		.SupportedPacketFilters = attributes->SupportedPacketFilters,
		.MacAddressLength = attributes->MacAddressLength,
		.DataBackFillSize = fill.data_bytes,
		.ContextBackFillSize = fill.context_bytes,
		.MacOptions = attributes->MacOptions,
		.DefaultOffloadConfiguration = adapter->has_offload ? &adapter->offload : NULL,
	};

	memcpy(parameters.CurrentMacAddress, attributes->CurrentMacAddress,
		sizeof(parameters.CurrentMacAddress));
	nimbl_clear_error();
	pending_begin(&request->pending, OPERATION_BIND);
	return pending_wait(&request->pending, OPERATION_BIND,
		driver->handlers.BindAdapterHandlerEx(driver->context, request, &parameters));
}

// What the protocol left open is closed for it.
static int not_bound(const struct protocol_driver *driver, struct adapter *adapter,
	struct binding *binding, NDIS_STATUS status)
{
	const struct nimbl_error error = *nimbl_last_error();

	if (binding != NULL) {
		driver_fault(adapter, binding, NIMBL_N13, "S8",
			"does not bind, and does not close what it opened");
		NdisCloseAdapterEx(binding);
	}
	if (error.code != 0 && binding != NULL) {
		nimbl_fail(error.code, "%s", error.cause);
		nimbl_mend("%s", error.mend);
	}
	return error.code != 0 ? -error.code
			       : nimbl_fail(EIO, "protocol '%s' does not bind to port '%s': %s",
					 driver->object.name, adapter->name,
					 nimbl_status_text(status).text);
}

int nimbl_binding_open(const char *driver_name, NDIS_HANDLE handle,
	const struct nimbl_option *options, NDIS_HANDLE *result)
{
	struct protocol_driver *driver = protocol_driver_find(driver_name);
	struct adapter *adapter = handle;
	struct bind_request *request;
	struct binding *before = adapter->binding;

	if (driver == NULL)
		return -ENOENT;
	request = calloc(1, sizeof(*request));
	if (request == NULL)
		return nimbl_fail(ENOMEM, "no memory to bind to port '%s'", adapter->name);
	request->adapter = adapter;
	request->options = options;
	NDIS_STATUS status = bind(driver, adapter, request);
	__atomic_store_n(&request->adapter, NULL, __ATOMIC_RELEASE); // opens nothing any more
	if (status != NDIS_STATUS_PENDING) // else its completion is still to come
		free(request);
	// The protocol may have closed again what it opened.
	struct binding *binding = adapter->binding != before ? adapter->binding : NULL;
	if (status != NDIS_STATUS_SUCCESS || binding == NULL)
		return not_bound(driver, adapter, binding, status);
	binding->state = NIMBL_PAUSED;
	*result = binding;
	return 0;
}

// What was given up is freed by the completion that comes after all.
static void complete(struct bind_request *request, NDIS_STATUS status)
{
	bool is_late = __atomic_load_n(&request->adapter, __ATOMIC_ACQUIRE) == NULL;

	pending_complete(&request->pending, OPERATION_BIND, status);
	if (is_late)
		free(request);
}

VOID NdisCompleteBindAdapterEx(NDIS_HANDLE bind_context, NDIS_STATUS status)
{
	complete(bind_context, status);
}

VOID NdisCompleteUnbindAdapterEx(NDIS_HANDLE unbind_context)
{
	complete(unbind_context, NDIS_STATUS_SUCCESS);
}

// Whether a protocol still has the binding: its memory may be gone.
static bool is_open(const struct protocol_driver *driver, const struct binding *binding)
{
	const struct binding *at;

	TAILQ_FOREACH (at, &driver->opened, link) {
		if (at == binding)
			return true;
	}
	return false;
}

static void unbind(struct protocol_driver *driver, struct adapter *adapter, NDIS_HANDLE context)
{
	struct bind_request *request = calloc(1, sizeof(*request));

	if (request == NULL) { // then it may not pend
		driver->handlers.UnbindAdapterHandlerEx(NULL, context);
		return;
	}
	request->adapter = adapter;
	pending_begin(&request->pending, OPERATION_BIND);
	NDIS_STATUS status = pending_wait(&request->pending, OPERATION_BIND,
		driver->handlers.UnbindAdapterHandlerEx(request, context));
	__atomic_store_n(&request->adapter, NULL, __ATOMIC_RELEASE);
	if (status != NDIS_STATUS_PENDING)
		free(request);
	else
		nimbl_log(NIMBL_LOG_ERROR, "protocol '%s' does not finish to unbind from port '%s'",
			driver->object.name, adapter->name);
}

void nimbl_binding_close(NDIS_HANDLE handle)
{
	struct binding *binding = handle;
	struct protocol_driver *driver;
	struct adapter *adapter;

	if (binding == NULL)
		return;
	driver = binding->driver;
	adapter = binding->adapter;
	binding_pause(binding, NDIS_PAUSE_UNBIND_PROTOCOL);
	unbind(driver, adapter, binding->context);
	if (!is_open(driver, binding))
		return;
	driver_fault(adapter, binding, NIMBL_N13, "S8", "unbinds without closing");
	NdisCloseAdapterEx(binding);
}
