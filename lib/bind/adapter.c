// SPDX-License-Identifier: BSD-3-Clause
// Miniport adapters: from Halted to Running and back.
#include <errno.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"
#include "nimbl_log.h"

static TAILQ_HEAD(, adapter) adapters = TAILQ_HEAD_INITIALIZER(adapters);

#define NAMES_MAX 64

struct adapter *adapter_find(const char *name)
{
	const char *names[NAMES_MAX + 1] = {NULL}, *meant;
	struct adapter *adapter;
	unsigned int count = 0;

	TAILQ_FOREACH (adapter, &adapters, others) {
		if (strcmp(adapter->name, name) == 0)
			return adapter;
		if (count < NAMES_MAX)
			names[count++] = adapter->name;
	}
	nimbl_fail(EINVAL, "there is no port '%s'", name);
	meant = nimbl_did_you_mean(name, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	return NULL;
}

const char *nimbl_state_name(enum nimbl_state state)
{
	static const char *const names[] = {
		[NIMBL_HALTED] = "halted",
		[NIMBL_INITIALIZING] = "initializing",
		[NIMBL_PAUSED] = "paused",
		[NIMBL_RESTARTING] = "restarting",
		[NIMBL_RUNNING] = "running",
		[NIMBL_PAUSING] = "pausing",
		[NIMBL_SHUTDOWN] = "shut down",
	};

	return names[state];
}

static void adapter_free(struct adapter *adapter)
{
	miniport_driver_leave(adapter->driver);
	options_free(&adapter->options);
	books_close(&adapter->module);
	kept_filters_free(adapter);
	restart_attributes_free(adapter);
	TAILQ_REMOVE(&adapters, adapter, others);
	free(adapter->oid_list);
	nimbl_verify_stacks(-1, adapter->verifier.level > NIMBL_VERIFY_LAWS ? -1 : 0);
	nimbl_owner_remove(adapter->module.id);
	nimbl_owner_remove(adapter->top.id);
	adapter->module.object.kind = NIMBL_OBJECT_DEAD;
	free(adapter);
}

// While there is no stack, before and after its life: lists go home, frames are dropped.
static void edges_nowhere(struct adapter *adapter)
{
	struct nimbl_edges *edges = adapter->module.edges == &adapter->edges[0]
					    ? &adapter->edges[1]
					    : &adapter->edges[0];

	*edges = (struct nimbl_edges){
		.receive = {nimbl_path_unbound_receive, &adapter->module},
		.complete = {nimbl_path_bring_home, &adapter->module},
		.give_back = {nimbl_path_bring_home, &adapter->module},
		.receive_flags = ~(ULONG)NIMBL_RECEIVE_FLAGS_HANDOVER,
	};
	__atomic_store_n(&adapter->module.edges, edges, __ATOMIC_RELEASE);
}

static struct adapter *adapter_new(const char *name, struct miniport_driver *driver)
{
	static NET_IFINDEX last;
	struct adapter *adapter = NULL;

	if (posix_memalign((void **)&adapter, RTE_CACHE_LINE_SIZE, sizeof(*adapter)) != 0)
		return NULL;
	memset(adapter, 0, sizeof(*adapter));
	adapter->module.object.kind = NIMBL_OBJECT_ADAPTER;
	snprintf(adapter->module.object.name, sizeof(adapter->module.object.name), "port %s", name);
	snprintf(adapter->name, sizeof(adapter->name), "%s", name);
	adapter->module.counters = adapter->counters;
	adapter->module.state = &adapter->state;
	adapter->module.verifier = &adapter->verifier;
	nimbl_verify_stacks(1, 0);
	snprintf(adapter->verifier.port, sizeof(adapter->verifier.port), "%s", name);
	adapter->top = adapter->module;
	edges_nowhere(adapter);
	adapter->top.state = NULL;
	snprintf(adapter->top.object.name, sizeof(adapter->top.object.name), "nobody on %s", name);
	adapter->module.id = nimbl_owner_add(&adapter->module, driver);
	adapter->top.id = nimbl_owner_add(&adapter->top, &adapter->top);
	adapter->driver = driver;
	driver->adapters++;
	TAILQ_INSERT_TAIL(&adapters, adapter, others);
	adapter->index = ++last;
	return adapter;
}

// What an earlier life has left.
static void forget(struct adapter *adapter)
{
	adapter->context = NULL;
	adapter->attributes = (NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES){.Flags = 0};
	adapter->is_registered = adapter->has_general = adapter->has_offload = false;
	adapter->wants_restart = adapter->has_room = false;
	adapter->offloads = (struct nimbl_offloads){0};
	adapter->pending = (struct pending){.word = 0};
	adapter->is_closing = false;
	__atomic_store_n(&adapter->is_lost, false, __ATOMIC_RELAXED);
	restart_attributes_free(adapter);
}

static int fails(struct adapter *adapter, int ret)
{
	adapter->state = NIMBL_HALTED;
	edges_nowhere(adapter);
	return ret;
}

int adapter_initialize(struct adapter *adapter)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers = &adapter->driver->handlers;
	NDIS_MINIPORT_INIT_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_INIT_PARAMETERS,
				.Revision = NDIS_MINIPORT_INIT_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_INIT_PARAMETERS_REVISION_1,
			},
	};

	forget(adapter);
	adapter->state = NIMBL_INITIALIZING;
	nimbl_clear_error();
	NDIS_STATUS status =
		handlers->InitializeHandlerEx(adapter, adapter->driver->context, &parameters);
	if (status != NDIS_STATUS_SUCCESS) {
		if (nimbl_last_error()->code == 0)
			nimbl_fail(EIO, "driver '%s' does not initialize: %s",
				adapter->driver->object.name, nimbl_status_text(status).text);
		return fails(adapter, -nimbl_last_error()->code);
	}
	int ret = attributes_check(adapter);
	if (ret == 0) {
		adapter->state = NIMBL_PAUSED;
		// A device that comes back has its books still.
		if (adapter->module.books == NULL &&
			(adapter->allows & NIMBL_MINIPORT_ATTRIBUTES_BOOKS) == 0)
			ret = books_open(&adapter->module, NIMBL_BOOKS_MINIPORT);
	}
	if (ret == 0)
		ret = stack_freeze(adapter);
	if (ret == 0) {
		hang_watch(adapter);
		return 0;
	}
	if (adapter->is_registered) // else it is not known by which context
		handlers->HaltHandlerEx(adapter->context, NdisHaltDeviceInitializationFailed);
	return fails(adapter, ret);
}

int nimbl_adapter_open(const char *driver_name, const char *name,
	const struct nimbl_option *options, NDIS_HANDLE *result)
{
	struct miniport_driver *driver = miniport_driver_find(driver_name);
	struct adapter *adapter;
	int ret;

	if (driver == NULL)
		return -ENOENT;
	adapter = adapter_new(name, driver);
	if (adapter == NULL)
		return nimbl_fail(ENOMEM, "no memory for port '%s'", name);
	ret = options_copy(&adapter->options, options);
	if (ret == 0)
		ret = adapter_initialize(adapter);
	if (ret < 0)
		adapter_free(adapter);
	else
		*result = adapter;
	return ret;
}

void nimbl_offloads_report(NDIS_HANDLE handle, const struct nimbl_offloads *offloads)
{
	((struct adapter *)handle)->offloads = *offloads;
}

VOID NdisMPauseComplete(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	if (!pending_complete(&adapter->pending, OPERATION_PAUSE, NDIS_STATUS_SUCCESS))
		driver_fault(adapter, adapter, NIMBL_N13, "S8",
			"completes a pause that is not under way");
}

VOID NdisMRestartComplete(NDIS_HANDLE handle, NDIS_STATUS status)
{
	struct adapter *adapter = handle;

	if (!pending_complete(&adapter->pending, OPERATION_RESTART, status))
		driver_fault(adapter, adapter, NIMBL_N13, "S8",
			"completes a restart that is not under way");
}

int nimbl_adapter_restart(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;
	NDIS_MINIPORT_RESTART_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_MINIPORT_RESTART_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_RESTART_PARAMETERS_REVISION_1,
			},
	};

	if (adapter->state != NIMBL_PAUSED)
		return 0;
	int ret = restart_attributes_make(adapter);
	if (ret < 0)
		return ret;
	parameters.RestartAttributes = adapter->restart_attributes;
	adapter->state = NIMBL_RESTARTING;
	ret = stack_freeze(adapter); // from here on it may indicate
	if (ret < 0)
		return ret;
	nimbl_clear_error();
	pending_begin(&adapter->pending, OPERATION_RESTART);
	NDIS_STATUS status =
		adapter->driver->handlers.RestartHandler(adapter->context, &parameters);
	status = pending_wait(&adapter->pending, OPERATION_RESTART, status);
	if (status != NDIS_STATUS_SUCCESS) {
		if (nimbl_last_error()->code == 0)
			nimbl_fail(EIO, "port '%s' does not restart: %s", adapter->name,
				nimbl_status_text(status).text);
		ret = -nimbl_last_error()->code;
		adapter->state = NIMBL_PAUSED;
		stack_freeze(adapter);
		return ret;
	}
	adapter->state = NIMBL_RUNNING;
	nimbl_polls_enable(&adapter->module, true);
	return stack_freeze(adapter);
}

int nimbl_adapter_pause(NDIS_HANDLE handle)
{
	return adapter_pause(handle, NDIS_PAUSE_NDIS_INTERNAL);
}

int adapter_pause(struct adapter *adapter, ULONG reason)
{
	NDIS_MINIPORT_PAUSE_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_MINIPORT_PAUSE_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_PAUSE_PARAMETERS_REVISION_1,
			},
		.PauseReason = reason,
	};

	if (adapter->state != NIMBL_RUNNING)
		return 0;
	adapter->state = NIMBL_PAUSING;
	nimbl_polls_enable(&adapter->module, false);
	int ret = stack_freeze(adapter);
	pending_begin(&adapter->pending, OPERATION_PAUSE);
	NDIS_STATUS status = adapter->driver->handlers.PauseHandler(adapter->context, &parameters);
	if (pending_wait(&adapter->pending, OPERATION_PAUSE, status) == NDIS_STATUS_PENDING)
		ret = pause_unfinished(adapter);
	adapter->state = NIMBL_PAUSED;
	nimbl_verify_rest(&adapter->module);
	return ret;
}

void adapter_halt(struct adapter *adapter, NDIS_HALT_ACTION action)
{
	if (!state_is_initialized(adapter->state))
		return;
	adapter_pause(adapter, NDIS_PAUSE_NDIS_INTERNAL);
	hang_unwatch(adapter);
	oid_end(adapter, adapter);
	adapter->driver->handlers.HaltHandlerEx(adapter->context, action);
	adapter->state = NIMBL_HALTED;
	edges_nowhere(adapter);
	nimbl_verify_rest(&adapter->module);
}

void nimbl_adapter_halt(NDIS_HANDLE handle)
{
	adapter_halt(handle, NdisHaltDeviceDisabled);
}

void nimbl_adapter_close(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	if (handle == NULL)
		return;
	while (adapter->filter_count > 0)
		nimbl_filter_close(adapter->filters[adapter->filter_count - 1]);
	nimbl_adapter_halt(handle);
	adapter_free(handle);
}

void nimbl_adapter_query(NDIS_HANDLE handle, struct nimbl_adapter_info *info)
{
	const struct adapter *adapter = handle;
	const struct back_fill fill = back_fill_of(adapter);
	const NDIS_LINK_STATE link = link_now(adapter);

	*info = (struct nimbl_adapter_info){
		.name = adapter->name,
		.state = adapter->state,
		.link_up = link.MediaConnectState == MediaConnectStateConnected,
		.link_bps = link.XmitLinkSpeed,
		.mtu = adapter->attributes.MtuSize,
		.offloads = adapter->offloads,
		.data_back_fill = fill.data_bytes,
		.context_back_fill = fill.context_bytes,
		.room = adapter->has_room ? adapter->room
					  : (struct nimbl_room){UINT32_MAX, UINT32_MAX},
		.driver_faults = __atomic_load_n(&adapter->faults, __ATOMIC_RELAXED),
	};
	memcpy(info->mac, adapter->attributes.CurrentMacAddress, sizeof(info->mac));
	for (size_t i = 0; i < RTE_DIM(adapter->counters); i++)
		nimbl_counters_add(&info->counters, &adapter->counters[i]);
	books_add(adapter, &info->counters);
}

void *nimbl_adapter_context(NDIS_HANDLE handle)
{
	return ((struct adapter *)handle)->context;
}
