// SPDX-License-Identifier: BSD-3-Clause
// Filter modules: attach, restart, pause, detach.
#include <errno.h>
#include <rte_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "unicode.h"

// Until a module stands in a stack its traffic goes nowhere: lists go home, frames are dropped.
static void edges_nowhere(struct filter *filter)
{
	struct nimbl_edges *edges = &filter->edges[0];

	*edges = (struct nimbl_edges){
		.receive = {nimbl_path_paused_receive, &filter->module},
		.send = {nimbl_path_refuse_send, &filter->module},
		.complete = {nimbl_path_bring_home, &filter->module},
		.give_back = {nimbl_path_bring_home, &filter->module},
		.cancel = {nimbl_path_ignore_cancel, NULL},
	};
	filter->module.edges = edges;
}

static struct filter *filter_new(
	struct filter_driver *driver, struct adapter *adapter, const char *name)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &driver->handlers;

	if (filter == NULL)
		return NULL;
	filter->module.object.kind = NIMBL_OBJECT_FILTER;
	snprintf(filter->name, sizeof(filter->name), "%s", name);
	snprintf(filter->module.object.name, sizeof(filter->module.object.name),
		"filter %s on %.31s", filter->name, adapter->name);
	filter->module.counters = adapter->counters;
	filter->module.state = &filter->state;
	filter->module.verifier = &adapter->verifier;
	filter->module.id = nimbl_owner_add(&filter->module, driver);
	filter->driver = driver;
	filter->adapter = adapter;
	TAILQ_INSERT_TAIL(&driver->modules, filter, link);
	edges_nowhere(filter);
	filter->handlers = (NDIS_FILTER_PARTIAL_CHARACTERISTICS){
		.SendNetBufferListsHandler = handlers->SendNetBufferListsHandler,
		.SendNetBufferListsCompleteHandler = handlers->SendNetBufferListsCompleteHandler,
		.CancelSendNetBufferListsHandler = handlers->CancelSendNetBufferListsHandler,
		.ReceiveNetBufferListsHandler = handlers->ReceiveNetBufferListsHandler,
		.ReturnNetBufferListsHandler = handlers->ReturnNetBufferListsHandler,
	};
	return filter;
}

static void filter_free(struct filter *filter)
{
	TAILQ_REMOVE(&filter->driver->modules, filter, link);
	options_free(&filter->options);
	books_close(&filter->module);
	nimbl_owner_remove(filter->module.id);
	filter->module.object.kind = NIMBL_OBJECT_DEAD;
	free(filter);
}

static int attach(struct filter *filter)
{
	const struct adapter *adapter = filter->adapter;
	const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *attributes = &adapter->attributes;
	const NDIS_LINK_STATE link = link_now(adapter);
	struct unicode module, base;
	NDIS_FILTER_ATTACH_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_ATTACH_PARAMETERS,
				.Revision = NDIS_FILTER_ATTACH_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_ATTACH_PARAMETERS_REVISION_1,
			},
		.FilterModuleGuidName = unicode_of(&module, filter->module.object.name),
		.BaseMiniportInstanceName = unicode_of(&base, adapter->name),
		.BaseMiniportName = &base.string,
		.BaseMiniportIfIndex = adapter->index,
		.LowerIfIndex = adapter->index,
		.MediaConnectState = link.MediaConnectState,
		.MediaDuplexState = attributes->MediaDuplexState,
		.XmitLinkSpeed = link.XmitLinkSpeed,
		.RcvLinkSpeed = link.RcvLinkSpeed,
		.MiniportMediaType = attributes->MediaType,
		.MiniportPhysicalMediaType = attributes->PhysicalMediumType,
		.MacAddressLength = attributes->MacAddressLength,
	};

	memcpy(parameters.CurrentMacAddress, attributes->CurrentMacAddress,
		sizeof(parameters.CurrentMacAddress));
	nimbl_clear_error();
	filter->state = NIMBL_INITIALIZING;
	NDIS_STATUS status = filter->driver->handlers.AttachHandler(
		filter, filter->driver->context, &parameters);
	if (status == NDIS_STATUS_SUCCESS && filter->has_attributes) {
		int ret = options_check(&filter->options, nimbl_object_name(filter));

		if (ret < 0)
			filter->driver->handlers.DetachHandler(filter->context);
		return ret;
	}
	if (nimbl_last_error()->code == 0 && status == NDIS_STATUS_SUCCESS)
		nimbl_fail(EINVAL, "%s attaches without NdisFSetAttributes",
			nimbl_object_name(filter));
	else if (nimbl_last_error()->code == 0)
		nimbl_fail(EIO, "%s does not attach: %s", nimbl_object_name(filter),
			nimbl_status_text(status).text);
	return -nimbl_last_error()->code;
}

static int place_check(const struct adapter *adapter, const char *name)
{
	if (adapter->state != NIMBL_PAUSED ||
		(adapter->binding != NULL && adapter->binding->state != NIMBL_PAUSED))
		return nimbl_fail(EBUSY, "the stack of port '%s' is not paused", adapter->name);
	if (adapter->filter_count == NIMBL_FILTERS_MAX)
		return nimbl_fail(ENOSPC, "port '%s' has %d filters, and that is the most",
			adapter->name, NIMBL_FILTERS_MAX);
	for (unsigned int i = 0; i < adapter->filter_count; i++) {
		if (strcmp(adapter->filters[i]->name, name) != 0)
			continue;
		nimbl_fail(EEXIST, "port '%s' has a filter '%s' already", adapter->name, name);
		nimbl_mend("give this one another name");
		return -EEXIST;
	}
	return 0;
}

static void place_open(struct adapter *adapter, unsigned int position, struct filter *filter)
{
	calls_lock();
	position = RTE_MIN(position, adapter->filter_count);
	memmove(&adapter->filters[position + 1], &adapter->filters[position],
		(adapter->filter_count - position) * sizeof(adapter->filters[0]));
	adapter->filters[position] = filter;
	adapter->filter_count++;
	calls_unlock();
}

static void place_close(struct adapter *adapter, const struct filter *filter)
{
	unsigned int i = 0;

	calls_lock();
	while (adapter->filters[i] != filter)
		i++;
	adapter->filter_count--;
	memmove(&adapter->filters[i], &adapter->filters[i + 1],
		(adapter->filter_count - i) * sizeof(adapter->filters[0]));
	calls_unlock();
}

int nimbl_filter_open(const char *driver_name, NDIS_HANDLE handle, unsigned int position,
	const char *name, const struct nimbl_option *options, NDIS_HANDLE *result)
{
	struct filter_driver *driver = filter_driver_find(driver_name);
	struct adapter *adapter = handle;
	struct filter *filter;
	int ret;

	if (driver == NULL)
		return -ENOENT;
	ret = place_check(adapter, name);
	if (ret < 0)
		return ret;
	filter = filter_new(driver, adapter, name);
	if (filter == NULL)
		return nimbl_fail(ENOMEM, "no memory for filter '%s'", name);
	ret = options_copy(&filter->options, options);
	if (ret == 0)
		ret = attach(filter);
	if (ret < 0)
		goto free_filter;
	filter->state = NIMBL_PAUSED;
	if ((filter->allows & NIMBL_FILTER_ATTRIBUTES_BOOKS) == 0)
		ret = books_open(&filter->module, NIMBL_BOOKS_FILTER);
	if (ret < 0)
		goto detach;
	place_open(adapter, position, filter);
	ret = stack_freeze(adapter);
	if (ret < 0)
		goto leave;
	*result = filter;
	return 0;
leave:
	place_close(adapter, filter);
detach:
	driver->handlers.DetachHandler(filter->context);
free_filter:
	filter_free(filter);
	return ret;
}

NDIS_STATUS NdisFSetAttributes(
	NDIS_HANDLE handle, NDIS_HANDLE context, NDIS_FILTER_ATTRIBUTES *attributes)
{
	struct filter *filter = handle;

	if (!nimbl_object_is(handle, NIMBL_OBJECT_FILTER) || filter->state != NIMBL_INITIALIZING ||
		attributes->Header.Type != NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES ||
		attributes->Header.Size < NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1)
		return NDIS_STATUS_INVALID_PARAMETER;
	filter->context = context;
	filter->allows = attributes->Flags;
	filter->has_attributes = true;
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisSetOptionalHandlers(NDIS_HANDLE handle, NDIS_DRIVER_OPTIONAL_HANDLERS *handlers)
{
	struct filter *filter = handle;

	if (!nimbl_object_is(handle, NIMBL_OBJECT_FILTER) || !filter->sets_options ||
		handlers->Header.Type != NDIS_OBJECT_TYPE_FILTER_PARTIAL_CHARACTERISTICS ||
		handlers->Header.Size < NDIS_SIZEOF_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1)
		return NDIS_STATUS_INVALID_PARAMETER;
	filter->handlers = *(NDIS_FILTER_PARTIAL_CHARACTERISTICS *)handlers;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS module_options(struct filter *filter)
{
	const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;
	NDIS_STATUS status;

	if (handlers->SetFilterModuleOptionsHandler == NULL)
		return NDIS_STATUS_SUCCESS;
	filter->sets_options = true;
	status = handlers->SetFilterModuleOptionsHandler(filter->context);
	filter->sets_options = false;
	return status;
}

int nimbl_filter_restart(NDIS_HANDLE handle)
{
	struct filter *filter = handle;
	const struct adapter *adapter = filter->adapter;
	NDIS_FILTER_RESTART_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_RESTART_PARAMETERS,
				.Revision = NDIS_FILTER_RESTART_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_RESTART_PARAMETERS_REVISION_1,
			},
		.MiniportMediaType = adapter->attributes.MediaType,
		.MiniportPhysicalMediaType = adapter->attributes.PhysicalMediumType,
		.RestartAttributes = adapter->restart_attributes,
		.LowerIfIndex = adapter->index,
	};

	if (filter->state != NIMBL_PAUSED)
		return 0;
	filter->state = NIMBL_RESTARTING;
	nimbl_clear_error();
	NDIS_STATUS status = module_options(filter);
	if (status == NDIS_STATUS_SUCCESS) {
		pending_begin(&filter->pending, OPERATION_RESTART);
		status = filter->driver->handlers.RestartHandler(filter->context, &parameters);
		status = pending_wait(&filter->pending, OPERATION_RESTART, status);
	}
	filter->state = status == NDIS_STATUS_SUCCESS ? NIMBL_RUNNING : NIMBL_PAUSED;
	int ret = stack_freeze(filter->adapter);
	if (status == NDIS_STATUS_SUCCESS)
		return ret;
	if (nimbl_last_error()->code == 0)
		nimbl_fail(EIO, "%s does not restart: %s", nimbl_object_name(filter),
			nimbl_status_text(status).text);
	return -nimbl_last_error()->code;
}

VOID NdisFRestartComplete(NDIS_HANDLE handle, NDIS_STATUS status)
{
	struct filter *filter = handle;

	if (!pending_complete(&filter->pending, OPERATION_RESTART, status))
		driver_fault(filter->adapter, filter, NIMBL_N13, "S8",
			"completes a restart that is not under way");
}

VOID NdisFPauseComplete(NDIS_HANDLE handle)
{
	struct filter *filter = handle;

	if (!pending_complete(&filter->pending, OPERATION_PAUSE, NDIS_STATUS_SUCCESS))
		driver_fault(filter->adapter, filter, NIMBL_N13, "S8",
			"completes a pause that is not under way");
}

int nimbl_filter_pause(NDIS_HANDLE handle)
{
	return filter_pause(handle, NDIS_PAUSE_NDIS_INTERNAL);
}

int filter_pause(struct filter *filter, ULONG reason)
{
	NDIS_FILTER_PAUSE_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_PAUSE_PARAMETERS,
				.Revision = NDIS_FILTER_PAUSE_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_PAUSE_PARAMETERS_REVISION_1,
			},
		.PauseReason = reason,
	};

	if (filter->state != NIMBL_RUNNING)
		return 0;
	filter->state = NIMBL_PAUSING;
	int ret = stack_freeze(filter->adapter);
	pending_begin(&filter->pending, OPERATION_PAUSE);
	NDIS_STATUS status = filter->driver->handlers.PauseHandler(filter->context, &parameters);
	if (pending_wait(&filter->pending, OPERATION_PAUSE, status) == NDIS_STATUS_PENDING)
		ret = pause_unfinished(filter);
	filter->state = NIMBL_PAUSED;
	nimbl_verify_rest(&filter->module);
	return ret;
}

void nimbl_filter_close(NDIS_HANDLE handle)
{
	struct filter *filter = handle;
	struct adapter *adapter;

	if (filter == NULL)
		return;
	adapter = filter->adapter;
	filter_pause(filter, NDIS_PAUSE_DETACH_FILTER);
	oid_end(adapter, filter);
	place_close(adapter, filter);
	stack_freeze(adapter);
	calls_drain(filter, &filter->calls);
	filter->driver->handlers.DetachHandler(filter->context);
	filter_free(filter);
}
