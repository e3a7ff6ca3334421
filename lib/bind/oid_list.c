// SPDX-License-Identifier: BSD-3-Clause
// The requests that are under way, and giving them back.
#include "oid.h"

// The link that leads to a request, or the empty one at the end.
static NDIS_OID_REQUEST **link_of(struct adapter *adapter, const NDIS_OID_REQUEST *request)
{
	NDIS_OID_REQUEST **at = &adapter->oids.first;

	while (*at != NULL && *at != request)
		at = &oid_note_of(*at)->next;
	return at;
}

bool oid_list_has(const struct adapter *adapter, const NDIS_OID_REQUEST *request)
{
	NDIS_OID_REQUEST *at = adapter->oids.first;

	while (at != NULL && at != request)
		at = oid_note_of(at)->next;
	return at != NULL;
}

void oid_list_add(struct adapter *adapter, NDIS_OID_REQUEST *request)
{
	oid_note_of(request)->next = NULL;
	*link_of(adapter, NULL) = request;
}

static unsigned int *calls_of(NDIS_HANDLE issuer)
{
	return nimbl_object_is(issuer, NIMBL_OBJECT_FILTER) ? &((struct filter *)issuer)->calls
							    : &((struct binding *)issuer)->calls;
}

static bool take(struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request,
	struct oid_note *note)
{
	NDIS_OID_REQUEST **at = link_of(adapter, request);

	if (*at == NULL || oid_note_of(request)->holder != holder)
		return false;
	*note = *oid_note_of(request);
	*at = note->next;
	return true;
}

bool oid_list_take(struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request,
	struct oid_note *note)
{
	if (!take(adapter, holder, request, note))
		return false;
	++*calls_of(note->issuer);
	return true;
}

void oid_deliver(const struct oid_note *note, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	if (nimbl_object_is(note->issuer, NIMBL_OBJECT_FILTER)) {
		const struct filter *filter = note->issuer;
		const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;

		(note->is_direct ? handlers->DirectOidRequestCompleteHandler
				 : handlers->OidRequestCompleteHandler)(
			filter->context, request, status);
	} else {
		const struct binding *binding = note->issuer;
		const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *handlers = &binding->driver->handlers;

		(note->is_direct ? handlers->DirectOidRequestCompleteHandler
				 : handlers->OidRequestCompleteHandler)(
			binding->context, request, status);
	}
	calls_end(calls_of(note->issuer));
}

// The miniport has it no longer. False when it had another one, or none.
static bool current_end(
	struct adapter *adapter, NDIS_HANDLE holder, const NDIS_OID_REQUEST *request)
{
	if (holder != (NDIS_HANDLE)adapter || adapter->oids.current != request)
		return false;
	adapter->oids.current = NULL;
	return true;
}

static void complain(struct adapter *adapter, NDIS_HANDLE holder)
{
	driver_fault(adapter, holder, NIMBL_N21, "S8", "completes a request that it does not have");
}

void oid_complete(
	struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct oid_note note;

	calls_lock();
	bool was_current = current_end(adapter, holder, request);
	bool is_under_way = oid_list_take(adapter, holder, request, &note);
	calls_unlock();
	if (is_under_way)
		oid_deliver(&note, request, status);
	else if (!was_current) // else it was given up
		complain(adapter, holder);
}

void oid_answered(struct adapter *adapter, NDIS_HANDLE holder, NDIS_OID_REQUEST *request)
{
	struct oid_note note;

	calls_lock();
	bool was_current = current_end(adapter, holder, request);
	bool is_under_way = take(adapter, holder, request, &note);
	calls_unlock();
	if (!is_under_way && !was_current)
		complain(adapter, holder);
}
