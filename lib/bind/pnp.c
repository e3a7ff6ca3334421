// SPDX-License-Identifier: BSD-3-Clause
// What is told rather than asked: status and network events going up, device events going down. Any
// control thread.
#include <string.h>

#include "calls.h"

static bool wants_status(const struct filter *filter)
{
	return filter->driver->handlers.StatusHandler != NULL;
}

static bool wants_net_event(const struct filter *filter)
{
	return filter->driver->handlers.NetPnPEventHandler != NULL;
}

static bool wants_device_event(const struct filter *filter)
{
	return filter->driver->handlers.DevicePnPEventNotifyHandler != NULL;
}

// Whoever is next above `from`: a filter, else the binding, else nobody; counted either way.
struct upper {
	struct filter *filter;
	struct binding *binding;
};

static struct upper upper_of(struct adapter *adapter, NDIS_HANDLE from, calls_wanted_fn *wanted)
{
	struct upper upper = {.filter = NULL};

	calls_lock();
	upper.filter = calls_above(adapter, from, wanted);
	if (upper.filter == NULL)
		upper.binding = calls_top(adapter);
	calls_unlock();
	return upper;
}

static void indicate(struct adapter *adapter, NDIS_HANDLE from, NDIS_STATUS_INDICATION *indication)
{
	const struct upper to = upper_of(adapter, from, wants_status);

	if (to.filter != NULL) {
		to.filter->driver->handlers.StatusHandler(to.filter->context, indication);
		calls_end(&to.filter->calls);
	} else if (to.binding != NULL) {
		STATUS_HANDLER_EX handler = to.binding->driver->handlers.StatusHandlerEx;

		if (handler != NULL)
			handler(to.binding->context, indication);
		calls_end(&to.binding->calls);
	}
}

static void link_note(struct adapter *adapter, const void *link)
{
	calls_lock();
	memcpy(&adapter->link, link, NDIS_SIZEOF_LINK_STATE_REVISION_1);
	calls_unlock();
}

NDIS_LINK_STATE link_now(const struct adapter *adapter)
{
	NDIS_LINK_STATE link;

	calls_lock();
	link = adapter->link;
	calls_unlock();
	return link;
}

VOID NdisMIndicateStatusEx(NDIS_HANDLE handle, NDIS_STATUS_INDICATION *indication)
{
	struct adapter *adapter = handle;

	if (adapter->state == NIMBL_HALTED || adapter->state == NIMBL_SHUTDOWN) {
		driver_fault(adapter, adapter, NIMBL_N21, "S5", "indicates a status after its end");
		return;
	}
	if (indication->StatusCode == NDIS_STATUS_LINK_STATE &&
		indication->StatusBufferSize >= NDIS_SIZEOF_LINK_STATE_REVISION_1)
		link_note(adapter, indication->StatusBuffer);
	indicate(adapter, adapter, indication);
}

// Whether a filter may tell its neighbours anything yet.
static bool may_tell(const struct filter *filter)
{
	calls_lock();
	bool may = calls_has_place(filter);
	calls_unlock();
	return may;
}

VOID NdisFIndicateStatus(NDIS_HANDLE handle, NDIS_STATUS_INDICATION *indication)
{
	struct filter *filter = handle;

	if (may_tell(filter))
		indicate(filter->adapter, filter, indication);
}

static NDIS_STATUS tell_binding(struct binding *binding, NET_PNP_EVENT_NOTIFICATION *event)
{
	NET_PNP_EVENT_HANDLER handler = binding->driver->handlers.NetPnPEventHandler;

	if (handler == NULL)
		return NDIS_STATUS_SUCCESS;
	pending_begin(&binding->event_pending, OPERATION_EVENT);
	return pending_wait(
		&binding->event_pending, OPERATION_EVENT, handler(binding->context, event));
}

static NDIS_STATUS tell_up(
	struct adapter *adapter, NDIS_HANDLE from, NET_PNP_EVENT_NOTIFICATION *event)
{
	const struct upper to = upper_of(adapter, from, wants_net_event);
	NDIS_STATUS status = NDIS_STATUS_SUCCESS;

	if (to.filter != NULL) {
		status = to.filter->driver->handlers.NetPnPEventHandler(to.filter->context, event);
		calls_end(&to.filter->calls);
	} else if (to.binding != NULL) {
		status = tell_binding(to.binding, event);
		calls_end(&to.binding->calls);
	}
	return status;
}

// Pausing and restarting are the engine's; nobody may make a binding believe in them.
static bool may_pass(const NET_PNP_EVENT_NOTIFICATION *event)
{
	return event->NetPnPEvent.NetEvent != NetEventPause &&
	       event->NetPnPEvent.NetEvent != NetEventRestart;
}

NDIS_STATUS NdisFNetPnPEvent(NDIS_HANDLE handle, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct filter *filter = handle;

	if (!may_pass(event) || !may_tell(filter))
		return NDIS_STATUS_INVALID_PARAMETER;
	return tell_up(filter->adapter, filter, event);
}

NDIS_STATUS NdisMNetPnPEvent(NDIS_HANDLE handle, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct adapter *adapter = handle;

	if (!may_pass(event) || !state_is_initialized(adapter->state))
		return NDIS_STATUS_INVALID_PARAMETER;
	return tell_up(adapter, adapter, event);
}

// To who is next below `from`; NULL: from the top.
static void tell_down(struct adapter *adapter, NDIS_HANDLE from, NET_DEVICE_PNP_EVENT *event)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers = &adapter->driver->handlers;

	calls_lock();
	struct filter *below = calls_below(adapter, from, wants_device_event);
	calls_unlock();
	if (below != NULL) {
		below->driver->handlers.DevicePnPEventNotifyHandler(below->context, event);
		calls_end(&below->calls);
	} else if (handlers->DevicePnPEventNotifyHandler != NULL) {
		handlers->DevicePnPEventNotifyHandler(adapter->context, event);
	}
}

VOID NdisFDevicePnPEventNotify(NDIS_HANDLE handle, NET_DEVICE_PNP_EVENT *event)
{
	const struct filter *filter = handle;

	if (may_tell(filter))
		tell_down(filter->adapter, handle, event);
}

void device_event_tell(struct adapter *adapter, NDIS_DEVICE_PNP_EVENT code)
{
	NET_DEVICE_PNP_EVENT event = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NET_DEVICE_PNP_EVENT_REVISION_1,
				.Size = NDIS_SIZEOF_NET_DEVICE_PNP_EVENT_REVISION_1,
			},
		.DevicePnPEvent = code,
	};

	tell_down(adapter, NULL, &event);
}
