// SPDX-License-Identifier: BSD-3-Clause
// Protocol bindings: opening an adapter, restart, pause, closing. One binding per adapter so far.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "unicode.h"

// What NdisOpenAdapterEx gets back from the bind handler as BindContext.
struct bind_request {
	struct adapter *adapter;
	const struct nimbl_option *options;
	struct binding *binding; // set when the adapter was opened
};

static void binding_free(struct binding *binding)
{
	if (binding->driver != NULL)
		binding->driver->bindings--;
	options_free(&binding->options);
	binding->module.object.kind = NIMBL_OBJECT_DEAD;
	free(binding);
}

int nimbl_binding_open(const char *driver_name, NDIS_HANDLE handle,
	const struct nimbl_option *options, NDIS_HANDLE *result)
{
	struct protocol_driver *driver = protocol_driver_find(driver_name);
	struct adapter *adapter = handle;
	struct bind_request request = {.adapter = adapter, .options = options};
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

	if (driver == NULL)
		return -ENOENT;
	memcpy(parameters.CurrentMacAddress, attributes->CurrentMacAddress,
		sizeof(parameters.CurrentMacAddress));
	nimbl_clear_error();
	NDIS_STATUS status =
		driver->handlers.BindAdapterHandlerEx(driver->context, &request, &parameters);
	if (status != NDIS_STATUS_SUCCESS || request.binding == NULL) {
		if (nimbl_last_error()->code == 0)
			nimbl_fail(EIO, "protocol '%s' does not bind to port '%s': %s", driver_name,
				adapter->name, nimbl_status_text(status).text);
		return -nimbl_last_error()->code;
	}
	request.binding->state = NIMBL_PAUSED;
	*result = request.binding;
	return 0;
}

NDIS_STATUS NdisOpenAdapterEx(NDIS_HANDLE protocol, NDIS_HANDLE context,
	NDIS_OPEN_PARAMETERS *parameters, NDIS_HANDLE bind_context, NDIS_HANDLE *handle)
{
	struct protocol_driver *driver = protocol;
	struct bind_request *request = bind_context;
	struct adapter *adapter = request->adapter;
	struct binding *binding;

	if (!nimbl_object_is(protocol, NIMBL_OBJECT_PROTOCOL_DRIVER))
		return NDIS_STATUS_INVALID_PARAMETER;
	if (adapter->binding != NULL) {
		nimbl_fail(EBUSY, "port '%s' is taken by %s", adapter->name,
			nimbl_object_name(adapter->binding));
		return NDIS_STATUS_NOT_ACCEPTED;
	}
	binding = calloc(1, sizeof(*binding));
	if (binding == NULL)
		return NDIS_STATUS_RESOURCES;
	if (options_copy(&binding->options, request->options) < 0) {
		binding_free(binding);
		return NDIS_STATUS_RESOURCES;
	}
	binding->module.object.kind = NIMBL_OBJECT_BINDING;
	snprintf(binding->module.object.name, sizeof(binding->module.object.name),
		"protocol %.20s on %.31s", driver->object.name, adapter->name);
	binding->module.counters = adapter->counters;
	binding->driver = driver;
	driver->bindings++;
	binding->adapter = adapter;
	binding->context = context;
	binding->state = NIMBL_INITIALIZING;
	adapter->binding = binding;
	request->binding = binding;
	*handle = binding;
	if (stack_freeze(adapter) == 0)
		return NDIS_STATUS_SUCCESS;
	adapter->binding = request->binding = NULL;
	binding_free(binding);
	return NDIS_STATUS_RESOURCES;
}

NDIS_STATUS NdisCloseAdapterEx(NDIS_HANDLE handle)
{
	struct binding *binding = handle;
	struct adapter *adapter = binding->adapter;

	oid_end(adapter, binding);
	calls_lock();
	adapter->binding = NULL;
	calls_unlock();
	stack_freeze(adapter);
	calls_drain(binding, &binding->calls);
	binding_free(binding);
	return NDIS_STATUS_SUCCESS;
}

// Tell the protocol, and wait until it is done. The event is the binding's, for it may pend.
static NDIS_STATUS tell(
	struct binding *binding, enum operation operation, void *buffer, size_t size)
{
	NET_PNP_EVENT_CODE code = operation == OPERATION_PAUSE ? NetEventPause : NetEventRestart;

	binding->events[operation] = (NET_PNP_EVENT_NOTIFICATION){
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NET_PNP_EVENT_NOTIFICATION_REVISION_1,
				.Size = NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1,
			},
		.NetPnPEvent = {.NetEvent = code, .Buffer = buffer, .BufferLength = (ULONG)size},
	};
	if (binding->driver->handlers.NetPnPEventHandler == NULL)
		return NDIS_STATUS_SUCCESS;
	pending_begin(&binding->pending, operation);
	NDIS_STATUS status = binding->driver->handlers.NetPnPEventHandler(
		binding->context, &binding->events[operation]);
	return pending_wait(&binding->pending, operation, status);
}

VOID NdisCompleteNetPnPEvent(
	NDIS_HANDLE handle, NET_PNP_EVENT_NOTIFICATION *event, NDIS_STATUS status)
{
	struct binding *binding = handle;

	switch (event->NetPnPEvent.NetEvent) {
	case NetEventPause:
		pending_complete(&binding->pending, OPERATION_PAUSE, status);
		break;
	case NetEventRestart:
		pending_complete(&binding->pending, OPERATION_RESTART, status);
		break;
	default:
		pending_complete(&binding->event_pending, OPERATION_EVENT, status);
	}
}

int nimbl_binding_restart(NDIS_HANDLE handle)
{
	struct binding *binding = handle;
	NDIS_PROTOCOL_RESTART_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_PROTOCOL_RESTART_PARAMETERS,
				.Revision = NDIS_PROTOCOL_RESTART_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_PROTOCOL_RESTART_PARAMETERS_REVISION_1,
			},
		.RestartAttributes = binding->adapter->restart_attributes,
		.BoundIfIndex = binding->adapter->index,
	};

	if (binding->state != NIMBL_PAUSED)
		return 0;
	binding->state = NIMBL_RESTARTING;
	NDIS_STATUS status = tell(binding, OPERATION_RESTART, &parameters, sizeof(parameters));
	if (status != NDIS_STATUS_SUCCESS) {
		binding->state = NIMBL_PAUSED;
		return nimbl_fail(EIO, "%s does not restart: %s", nimbl_object_name(binding),
			nimbl_status_text(status).text);
	}
	binding->state = NIMBL_RUNNING;
	return stack_freeze(binding->adapter);
}

int nimbl_binding_pause(NDIS_HANDLE handle)
{
	return binding_pause(handle, NDIS_PAUSE_NDIS_INTERNAL);
}

int binding_pause(struct binding *binding, ULONG reason)
{
	NDIS_PROTOCOL_PAUSE_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_PROTOCOL_PAUSE_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_PROTOCOL_PAUSE_PARAMETERS_REVISION_1,
			},
		.PauseReason = reason,
	};

	if (binding->state != NIMBL_RUNNING)
		return 0;
	binding->state = NIMBL_PAUSING;
	int ret = stack_freeze(binding->adapter);
	if (tell(binding, OPERATION_PAUSE, &parameters, sizeof(parameters)) == NDIS_STATUS_PENDING)
		ret = pause_unfinished(binding);
	binding->state = NIMBL_PAUSED;
	return ret;
}

void nimbl_binding_close(NDIS_HANDLE handle)
{
	struct binding *binding = handle;

	if (binding != NULL)
		binding->driver->handlers.UnbindAdapterHandlerEx(NULL, binding->context);
}
