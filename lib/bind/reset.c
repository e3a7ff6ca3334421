// SPDX-License-Identifier: BSD-3-Clause
// Resets of a miniport that hangs, and the end of the machine. Neither changes what may be sent or
// received: a reset leaves the adapter in its state, and nobody sends to one that is shut down.
#include <errno.h>
#include <rte_alarm.h>

#include "calls.h"

#define HANG_SECONDS 2u // between two looks, when the miniport does not say
#define SECOND_US    1000000u

static void say(struct adapter *adapter, NDIS_STATUS code)
{
	NDIS_STATUS_INDICATION indication = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION,
				.Revision = NDIS_STATUS_INDICATION_REVISION_1,
				.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1,
			},
		.SourceHandle = adapter,
		.StatusCode = code,
	};

	NdisMIndicateStatusEx(adapter, &indication);
}

// Returns what the handler says; when that is not NDIS_STATUS_PENDING the reset is over.
static NDIS_STATUS reset(struct adapter *adapter)
{
	BOOLEAN addressing = FALSE;

	say(adapter, NDIS_STATUS_RESET_START);
	pending_begin(&adapter->reset, OPERATION_RESET);
	NDIS_STATUS status =
		adapter->driver->handlers.ResetHandlerEx(adapter->context, &addressing);
	if (status != NDIS_STATUS_PENDING) {
		pending_wait(&adapter->reset, OPERATION_RESET, status);
		say(adapter, NDIS_STATUS_RESET_END);
	}
	return status;
}

VOID NdisMResetComplete(NDIS_HANDLE handle, NDIS_STATUS status, BOOLEAN addressing_reset)
{
	struct adapter *adapter = handle;

	if (pending_complete(&adapter->reset, OPERATION_RESET, status))
		say(adapter, NDIS_STATUS_RESET_END);
	else
		driver_fault(adapter, adapter, NIMBL_N13, "S8",
			"completes a reset that is not under way");
}

static bool can_reset(const struct adapter *adapter)
{
	return adapter->driver->handlers.ResetHandlerEx != NULL;
}

int nimbl_adapter_reset(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	if (!can_reset(adapter))
		return nimbl_fail(ENOTSUP, "port '%s' has no reset", adapter->name);
	if (!state_is_initialized(adapter->state) || pending_is(&adapter->reset, OPERATION_RESET))
		return nimbl_fail(EBUSY, "port '%s' is %s", adapter->name,
			state_is_initialized(adapter->state) ? "resetting"
							     : nimbl_state_name(adapter->state));
	NDIS_STATUS status = reset(adapter);
	if (status == NDIS_STATUS_PENDING)
		status = pending_wait(&adapter->reset, OPERATION_RESET, status);
	if (status == NDIS_STATUS_PENDING)
		return nimbl_fail(ETIMEDOUT, "port '%s' does not finish its reset", adapter->name);
	return status == NDIS_STATUS_SUCCESS
		       ? 0
		       : nimbl_fail(EIO, "port '%s' does not reset: %s", adapter->name,
				 nimbl_status_text(status).text);
}

// On EAL's thread, as all alarms.
static void look(void *arg)
{
	struct adapter *adapter = arg;

	if (!pending_is(&adapter->reset, OPERATION_RESET) &&
		adapter->driver->handlers.CheckForHangHandlerEx(adapter->context))
		reset(adapter);
	rte_eal_alarm_set((uint64_t)adapter->hang_seconds * SECOND_US, look, adapter);
}

void hang_watch(struct adapter *adapter)
{
	if (adapter->driver->handlers.CheckForHangHandlerEx == NULL || !can_reset(adapter))
		return;
	if (adapter->hang_seconds == 0)
		adapter->hang_seconds = HANG_SECONDS;
	rte_eal_alarm_set((uint64_t)adapter->hang_seconds * SECOND_US, look, adapter);
}

void hang_unwatch(struct adapter *adapter)
{
	rte_eal_alarm_cancel(look, adapter);
	if (pending_is(&adapter->reset, OPERATION_RESET))
		pending_wait(&adapter->reset, OPERATION_RESET, NDIS_STATUS_PENDING);
}

void nimbl_adapter_shutdown(NDIS_HANDLE handle)
{
	struct adapter *adapter = handle;

	if (!state_is_initialized(adapter->state))
		return;
	hang_unwatch(adapter);
	oid_end(adapter, adapter);
	nimbl_polls_enable(&adapter->module, false);
	adapter->state = NIMBL_SHUTDOWN;
	stack_freeze(adapter);
	if (adapter->driver->handlers.ShutdownHandlerEx != NULL)
		adapter->driver->handlers.ShutdownHandlerEx(adapter->context, NdisShutdownPowerOff);
}
