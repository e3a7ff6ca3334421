// SPDX-License-Identifier: BSD-3-Clause
// Stacks whose device is gone: taken down without it, and built again when it is back.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"
#include "nimbl_log.h"

#define REMOVE_MS 300 // for all that pends while a stack is taken down

NDIS_STATUS NdisMRemoveMiniport(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	if (!nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER) || adapter->state == NIMBL_HALTED)
		return NDIS_STATUS_FAILURE;
	__atomic_store_n(&adapter->is_lost, true, __ATOMIC_RELEASE);
	return NDIS_STATUS_SUCCESS;
}

bool nimbl_adapter_is_lost(NDIS_HANDLE handle)
{
	return __atomic_load_n(&((struct adapter *)handle)->is_lost, __ATOMIC_ACQUIRE);
}

void kept_filters_free(struct adapter *adapter)
{
	while (adapter->kept_count > 0)
		options_free(&adapter->kept[--adapter->kept_count].options);
	free(adapter->kept);
	adapter->kept = NULL;
}

// Note which filters stand there. Without memory for it they are lost with the device, and that is said.
static void filters_keep(struct adapter *adapter)
{
	kept_filters_free(adapter);
	adapter->kept = calloc(NIMBL_FILTERS_MAX, sizeof(adapter->kept[0]));
	for (unsigned int i = 0; adapter->kept != NULL && i < adapter->filter_count; i++) {
		const struct filter *filter = adapter->filters[i];
		struct kept_filter *kept = &adapter->kept[adapter->kept_count];

		snprintf(kept->driver, sizeof(kept->driver), "%s", filter->driver->object.name);
		snprintf(kept->name, sizeof(kept->name), "%s", filter->name);
		if (options_copy(&kept->options, filter->options.list) == 0)
			adapter->kept_count++;
		else
			options_free(&kept->options);
	}
	if (adapter->kept_count < adapter->filter_count)
		nimbl_log(NIMBL_LOG_ERROR, "%s: no memory to keep %u of its filters",
			nimbl_object_name(adapter), adapter->filter_count - adapter->kept_count);
}

static void filters_detach(struct adapter *adapter)
{
	while (adapter->filter_count > 0)
		nimbl_filter_close(adapter->filters[adapter->filter_count - 1]);
}

void nimbl_stack_remove(NDIS_HANDLE handle, bool is_surprise)
{
	struct adapter *adapter = handle;

	if (adapter->state == NIMBL_HALTED)
		return;
	nimbl_pending_limit(REMOVE_MS);
	if (is_surprise) {
		oid_end(adapter, adapter); // nobody asks the device anything while it goes
		device_event_tell(adapter, NdisDevicePnPEventSurpriseRemoved);
	} else {
		nimbl_adapter_hold(adapter, true);
		nimbl_lcores_publish();
	}
	if (nimbl_stack_pause(adapter) < 0)
		nimbl_log(NIMBL_LOG_WARNING, "%s: goes on without waiting: %s",
			nimbl_object_name(adapter), nimbl_last_error()->cause);
	nimbl_binding_close(adapter->binding);
	filters_keep(adapter);
	filters_detach(adapter);
	adapter_halt(adapter, is_surprise ? NdisHaltDeviceSurpriseRemoved : NdisHaltDeviceDisabled);
	nimbl_pending_limit(0);
}

static int filters_attach(struct adapter *adapter)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < adapter->kept_count; i++) {
		const struct kept_filter *kept = &adapter->kept[i];
		NDIS_HANDLE filter;

		ret = nimbl_filter_open(kept->driver, adapter, NIMBL_FILTER_HIGHEST, kept->name,
			kept->options.list, &filter);
	}
	return ret;
}

int nimbl_stack_return(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	if (adapter->state != NIMBL_HALTED)
		return nimbl_fail(EBUSY, "port '%s' is not removed", adapter->name);
	int ret = adapter_initialize(adapter);
	if (ret == 0)
		ret = filters_attach(adapter);
	if (ret == 0) {
		kept_filters_free(adapter);
		return 0;
	}
	struct nimbl_error error = *nimbl_last_error();
	filters_detach(adapter);
	adapter_halt(adapter, NdisHaltDeviceInitializationFailed);
	return fail_again(&error);
}
