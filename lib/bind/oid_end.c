// SPDX-License-Identifier: BSD-3-Clause
// Ending requests before whoever made or has them goes away.
#include "nimbl_log.h"
#include "oid.h"

// What is to end: all that a filter or binding made or has, or everything of an adapter.
struct end {
	struct adapter *adapter;
	NDIS_HANDLE module;
};

static bool concerns(const struct end *end, NDIS_OID_REQUEST *request)
{
	const struct oid_note *note = oid_note_of(request);

	return end->module == (NDIS_HANDLE)end->adapter || note->issuer == end->module ||
	       note->holder == end->module;
}

static NDIS_OID_REQUEST *first(const struct end *end)
{
	NDIS_OID_REQUEST *at = end->adapter->oids.first;

	while (at != NULL && !concerns(end, at))
		at = oid_note_of(at)->next;
	return at;
}

// The newest request whose holder was not asked to end it: what waits before what the miniport has.
static NDIS_OID_REQUEST *last_to_cancel(const struct end *end)
{
	NDIS_OID_REQUEST *last = NULL;

	for (NDIS_OID_REQUEST *at = end->adapter->oids.first; at != NULL;
		at = oid_note_of(at)->next) {
		if (concerns(end, at) && !oid_note_of(at)->was_ended)
			last = at;
	}
	return last;
}

static bool is_over(const void *arg)
{
	const struct end *end = arg;
	bool is_served = end->module == (NDIS_HANDLE)end->adapter && end->adapter->oids.is_served;

	return first(end) == NULL && !is_served;
}

static unsigned int *calls_of(const struct end *end)
{
	if (nimbl_object_is(end->module, NIMBL_OBJECT_FILTER))
		return &((struct filter *)end->module)->calls;
	if (nimbl_object_is(end->module, NIMBL_OBJECT_BINDING))
		return &((struct binding *)end->module)->calls;
	return &end->adapter->calls;
}

static bool *closing_of(const struct end *end)
{
	if (nimbl_object_is(end->module, NIMBL_OBJECT_FILTER))
		return &((struct filter *)end->module)->is_closing;
	if (nimbl_object_is(end->module, NIMBL_OBJECT_BINDING))
		return &((struct binding *)end->module)->is_closing;
	return &end->adapter->is_closing;
}

static void cancel_at_filter(struct filter *filter, PVOID id, bool is_direct)
{
	const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;
	FILTER_CANCEL_OID_REQUEST_HANDLER handler =
		is_direct ? handlers->CancelDirectOidRequestHandler
			  : handlers->CancelOidRequestHandler;

	if (handler != NULL)
		handler(filter->context, id);
	calls_end(&filter->calls);
}

// Ask the holder of one request to end it. False when all were asked.
static bool cancel_next(const struct end *end)
{
	calls_lock();
	NDIS_OID_REQUEST *request = last_to_cancel(end);
	if (request == NULL) {
		calls_unlock();
		return false;
	}
	oid_note_of(request)->was_ended = true;
	const struct oid_note note = *oid_note_of(request);
	PVOID id = request->RequestId;
	bool is_filter = nimbl_object_is(note.holder, NIMBL_OBJECT_FILTER);
	if (is_filter)
		((struct filter *)note.holder)->calls++;
	calls_unlock();
	if (is_filter)
		cancel_at_filter(note.holder, id, note.is_direct);
	else
		oid_miniport_cancel(end->adapter, note.issuer, id, note.is_direct);
	return true;
}

// End one request for its holder. False when there is none.
static bool abort_next(const struct end *end)
{
	struct oid_note note;

	calls_lock();
	NDIS_OID_REQUEST *request = first(end);
	if (request != NULL)
		oid_list_take(end->adapter, oid_note_of(request)->holder, request, &note);
	calls_unlock();
	if (request == NULL)
		return false;
	nimbl_log(NIMBL_LOG_ERROR, "%s does not end a request of %s, which is ended without it",
		nimbl_object_name(note.holder), nimbl_object_name(note.issuer));
	oid_deliver(&note, request, NDIS_STATUS_REQUEST_ABORTED);
	return true;
}

void oid_end(struct adapter *adapter, NDIS_HANDLE module)
{
	const struct end end = {.adapter = adapter, .module = module};

	calls_lock();
	*closing_of(&end) = true;
	calls_unlock();
	while (cancel_next(&end))
		;
	if (!calls_wait(calls_of(&end), is_over, &end)) {
		while (abort_next(&end))
			;
	}
	if (module == (NDIS_HANDLE)adapter)
		oid_miniport_stop(adapter);
}
