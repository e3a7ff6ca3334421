// SPDX-License-Identifier: BSD-3-Clause
// Protocol bindings: opening an adapter, restart, pause, closing. One binding per adapter so far.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

static void binding_free(struct binding *binding)
{
	books_close(&binding->module);
	if (binding->driver != NULL) {
		TAILQ_REMOVE(&binding->driver->opened, binding, link);
		binding->driver->bindings--;
	}
	options_free(&binding->options);
	nimbl_owner_remove(binding->module.id);
	binding->module.object.kind = NIMBL_OBJECT_DEAD;
	free(binding);
}

NDIS_STATUS NdisOpenAdapterEx(NDIS_HANDLE protocol, NDIS_HANDLE context,
	NDIS_OPEN_PARAMETERS *parameters, NDIS_HANDLE bind_context, NDIS_HANDLE *handle)
{
	struct protocol_driver *driver = protocol;
	struct bind_request *request = bind_context;
	struct adapter *adapter = request != NULL ? request->adapter : NULL;
	struct binding *binding;

	if (adapter == NULL || !nimbl_object_is(protocol, NIMBL_OBJECT_PROTOCOL_DRIVER) ||
		parameters->Header.Type != NDIS_OBJECT_TYPE_OPEN_PARAMETERS)
		return NDIS_STATUS_INVALID_PARAMETER;
	if (!state_is_initialized(adapter->state))
		return NDIS_STATUS_ADAPTER_NOT_READY;
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
	binding->module.state = &binding->state;
	binding->module.verifier = &adapter->verifier;
	binding->module.id = nimbl_owner_add(&binding->module, driver);
	if ((driver->handlers.Flags & NIMBL_PROTOCOL_FLAGS_BOOKS) == 0 &&
		books_open(&binding->module, NIMBL_BOOKS_PROTOCOL) < 0) {
		binding_free(binding);
		return NDIS_STATUS_RESOURCES;
	}
	binding->driver = driver;
	driver->bindings++;
	binding->adapter = adapter;
	binding->context = context;
	binding->state = NIMBL_INITIALIZING;
	TAILQ_INSERT_TAIL(&driver->opened, binding, link);
	adapter->binding = binding;
	*handle = binding;
	if (stack_freeze(adapter) == 0)
		return NDIS_STATUS_SUCCESS;
	adapter->binding = NULL;
	binding_free(binding);
	return NDIS_STATUS_RESOURCES;
}

NDIS_STATUS NdisCloseAdapterEx(NDIS_HANDLE handle)
{
	struct binding *binding = handle;
	struct adapter *adapter = binding->adapter;

	if (binding->state == NIMBL_RUNNING) {
		driver_fault(adapter, binding, NIMBL_N13, "S8", "closes while it runs");
		binding->state = NIMBL_PAUSED; // takes nothing from now on
	}
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
	bool was_pending;

	switch (event->NetPnPEvent.NetEvent) {
	case NetEventPause:
		was_pending = pending_complete(&binding->pending, OPERATION_PAUSE, status);
		break;
	case NetEventRestart:
		was_pending = pending_complete(&binding->pending, OPERATION_RESTART, status);
		break;
	default:
		was_pending = pending_complete(&binding->event_pending, OPERATION_EVENT, status);
	}
	if (!was_pending)
		driver_fault(binding->adapter, binding, NIMBL_N13, "S8",
			"completes an event that is not under way");
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
	nimbl_verify_rest(&binding->module);
	return ret;
}

enum nimbl_state nimbl_binding_state(NDIS_HANDLE handle)
{
	return ((struct binding *)handle)->state;
}
