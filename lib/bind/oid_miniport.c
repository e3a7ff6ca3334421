// SPDX-License-Identifier: BSD-3-Clause
// Requests at the miniport: one at a time, and never the next one inside the handler of the last; but
// direct ones pass by.
#include <rte_alarm.h>

#include "oid.h"

NDIS_STATUS oid_miniport_call(struct adapter *adapter, NDIS_OID_REQUEST *request, bool is_direct)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers = &adapter->driver->handlers;
	MINIPORT_OID_REQUEST_HANDLER handler =
		is_direct ? handlers->DirectOidRequestHandler : handlers->OidRequestHandler;
	NDIS_STATUS status =
		handler != NULL ? handler(adapter->context, request) : NDIS_STATUS_NOT_SUPPORTED;

	return status == NDIS_STATUS_PENDING ? status : oid_answer(adapter, request, status);
}

// The next request that waits, which the miniport has from now on. NULL when it has one or none waits:
// then nobody serves the queue any more.
static NDIS_OID_REQUEST *next(struct adapter *adapter)
{
	NDIS_OID_REQUEST *request = NULL;

	calls_lock();
	if (adapter->oids.current == NULL)
		request = adapter->oids.first;
	while (request != NULL && !oid_note_of(request)->waits)
		request = oid_note_of(request)->next;
	if (request != NULL) {
		oid_note_of(request)->waits = false;
		adapter->oids.current = request;
	} else {
		adapter->oids.is_served = false;
	}
	calls_unlock();
	return request;
}

static void serve(struct adapter *adapter)
{
	NDIS_OID_REQUEST *request;

	while ((request = next(adapter)) != NULL) {
		NDIS_STATUS status = oid_miniport_call(adapter, request, false);

		if (status != NDIS_STATUS_PENDING)
			oid_complete(adapter, adapter, request, status);
	}
}

static void serve_later(void *arg)
{
	oid_miniport_serve(arg);
}

void oid_miniport_serve(struct adapter *adapter)
{
	calls_lock();
	bool is_served = adapter->oids.is_served;
	bool is_raised = KeGetCurrentIrql() > PASSIVE_LEVEL;
	adapter->oids.is_served = is_served || !is_raised;
	calls_unlock();
	if (is_served)
		return;
	if (is_raised)
		rte_eal_alarm_set(1, serve_later, adapter);
	else
		serve(adapter);
}

void oid_miniport_stop(struct adapter *adapter)
{
	rte_eal_alarm_cancel(serve_later, adapter);
}

NDIS_STATUS oid_miniport_run(struct adapter *adapter, NDIS_OID_REQUEST *request)
{
	NDIS_STATUS status = oid_miniport_call(adapter, request, false);

	if (status != NDIS_STATUS_PENDING)
		oid_answered(adapter, adapter, request);
	serve(adapter);
	return status;
}

// Whether this is a filter that passes requests on, but has no handler that would pass a cancel on.
static bool was_skipped(NDIS_HANDLE issuer, bool is_direct)
{
	if (!nimbl_object_is(issuer, NIMBL_OBJECT_FILTER))
		return false;
	const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers =
		&((const struct filter *)issuer)->driver->handlers;

	return is_direct ? handlers->CancelDirectOidRequestHandler == NULL
			 : handlers->CancelOidRequestHandler == NULL;
}

// Whether a request is meant by who cancels: its own, or the clone of it that a skipped filter made.
static bool is_meant(NDIS_OID_REQUEST *request, NDIS_HANDLE issuer, PVOID id, bool is_direct)
{
	const struct oid_note *note = oid_note_of(request);

	return request->RequestId == id && note->is_direct == is_direct &&
	       (note->issuer == issuer || (id != NULL && was_skipped(note->issuer, is_direct))) &&
	       nimbl_object_is(note->holder, NIMBL_OBJECT_ADAPTER);
}

// End one request that waits. False when none does; `is_begun` then says whether the miniport has one.
static bool cancel_waiting(
	struct adapter *adapter, NDIS_HANDLE issuer, PVOID id, bool is_direct, bool *is_begun)
{
	NDIS_OID_REQUEST *found = NULL, *at;
	struct oid_note note;

	*is_begun = false;
	calls_lock();
	for (at = adapter->oids.first; at != NULL && found == NULL; at = oid_note_of(at)->next) {
		if (!is_meant(at, issuer, id, is_direct))
			continue;
		if (oid_note_of(at)->waits)
			found = at;
		else
			*is_begun = true;
	}
	if (found != NULL)
		oid_list_take(adapter, adapter, found, &note);
	calls_unlock();
	if (found != NULL)
		oid_deliver(&note, found, NDIS_STATUS_REQUEST_ABORTED);
	return found != NULL;
}

void oid_miniport_cancel(struct adapter *adapter, NDIS_HANDLE issuer, PVOID id, bool is_direct)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers = &adapter->driver->handlers;
	MINIPORT_CANCEL_OID_REQUEST_HANDLER handler =
		is_direct ? handlers->CancelDirectOidRequestHandler
			  : handlers->CancelOidRequestHandler;
	bool is_begun;

	while (cancel_waiting(adapter, issuer, id, is_direct, &is_begun))
		;
	if (is_begun && handler != NULL)
		handler(adapter->context, id);
}
