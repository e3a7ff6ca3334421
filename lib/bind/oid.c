// SPDX-License-Identifier: BSD-3-Clause
// Requests on their way down a stack, and their completions up to whoever made them. Control threads.
#include "oid.h"

#include "nimbl_log.h"

static bool takes_requests(const struct filter *filter)
{
	return filter->driver->handlers.OidRequestHandler != NULL && !filter->is_closing;
}

static bool takes_direct(const struct filter *filter)
{
	return filter->driver->handlers.DirectOidRequestHandler != NULL && !filter->is_closing;
}

static bool cancels_requests(const struct filter *filter)
{
	return filter->driver->handlers.CancelOidRequestHandler != NULL;
}

static bool cancels_direct(const struct filter *filter)
{
	return filter->driver->handlers.CancelDirectOidRequestHandler != NULL;
}

// Whether the issuer can be told of a completion.
static bool has_completion(NDIS_HANDLE issuer, bool is_direct)
{
	if (nimbl_object_is(issuer, NIMBL_OBJECT_FILTER)) {
		const struct filter *filter = issuer;

		return is_direct ? filter->driver->handlers.DirectOidRequestCompleteHandler != NULL
				 : filter->driver->handlers.OidRequestCompleteHandler != NULL;
	}
	const struct binding *binding = issuer;

	return is_direct ? binding->driver->handlers.DirectOidRequestCompleteHandler != NULL
			 : binding->driver->handlers.OidRequestCompleteHandler != NULL;
}

static bool is_closing(const struct adapter *adapter, NDIS_HANDLE issuer)
{
	return adapter->is_closing ||
	       (nimbl_object_is(issuer, NIMBL_OBJECT_FILTER)
			       ? ((const struct filter *)issuer)->is_closing
			       : ((const struct binding *)issuer)->is_closing);
}

// Whether it is under way already.
static bool is_outstanding(struct adapter *adapter, const NDIS_OID_REQUEST *request)
{
	calls_lock();
	bool is = oid_list_has(adapter, request);
	calls_unlock();
	return is;
}

NDIS_STATUS oid_refusal(
	const struct adapter *adapter, NDIS_HANDLE issuer, const NDIS_OID_REQUEST *request)
{
	if (request->Header.Type != NDIS_OBJECT_TYPE_OID_REQUEST || oid_list_has(adapter, request))
		return NDIS_STATUS_INVALID_PARAMETER;
	if (!state_is_initialized(adapter->state))
		return NDIS_STATUS_ADAPTER_NOT_READY;
	if (is_closing(adapter, issuer))
		return NDIS_STATUS_CLOSING;
	if (nimbl_object_is(issuer, NIMBL_OBJECT_FILTER) && !calls_has_place(issuer))
		return NDIS_STATUS_ADAPTER_NOT_READY;
	return NDIS_STATUS_SUCCESS;
}

static bool anybody_waits(const struct adapter *adapter)
{
	NDIS_OID_REQUEST *at = adapter->oids.first;

	while (at != NULL && !oid_note_of(at)->waits)
		at = oid_note_of(at)->next;
	return at != NULL;
}

// Give a request to the miniport, or let it wait. Under the lock.
static void to_miniport(struct adapter *adapter, NDIS_OID_REQUEST *request)
{
	struct oid_queue *oids = &adapter->oids;
	struct oid_note *note = oid_note_of(request);

	note->holder = adapter;
	if (note->is_direct)
		return;
	note->waits = oids->is_served || oids->current != NULL || anybody_waits(adapter);
	if (note->waits)
		return;
	oids->is_served = true;
	oids->current = request;
}

// Write a request down with whoever is to have it: `filter`, or the miniport when that is NULL.
static NDIS_STATUS admit(struct adapter *adapter, NDIS_HANDLE issuer, NDIS_OID_REQUEST *request,
	bool is_direct, struct filter **filter)
{
	calls_lock();
	NDIS_STATUS status = oid_refusal(adapter, issuer, request);
	if (status == NDIS_STATUS_SUCCESS && !has_completion(issuer, is_direct))
		status = NDIS_STATUS_BAD_CHARACTERISTICS;
	if (status == NDIS_STATUS_SUCCESS) {
		*oid_note_of(request) = (struct oid_note){.issuer = issuer, .is_direct = is_direct};
		*filter = calls_below(adapter, issuer, is_direct ? takes_direct : takes_requests);
		if (*filter != NULL)
			oid_note_of(request)->holder = *filter;
		else
			to_miniport(adapter, request);
		oid_list_add(adapter, request);
		if (oid_note_of(request)->waits)
			status = NDIS_STATUS_PENDING;
		adapter->calls++;
	}
	calls_unlock();
	return status;
}

static NDIS_STATUS ask_filter(
	struct adapter *adapter, struct filter *filter, NDIS_OID_REQUEST *request, bool is_direct)
{
	const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;
	FILTER_OID_REQUEST_HANDLER handler =
		is_direct ? handlers->DirectOidRequestHandler : handlers->OidRequestHandler;
	NDIS_STATUS status = handler(filter->context, request);

	if (status != NDIS_STATUS_PENDING)
		oid_answered(adapter, filter, request);
	calls_end(&filter->calls);
	return status;
}

static NDIS_STATUS ask_miniport(struct adapter *adapter, NDIS_OID_REQUEST *request, bool is_direct)
{
	if (!is_direct)
		return oid_miniport_run(adapter, request);
	NDIS_STATUS status = oid_miniport_call(adapter, request, true);

	if (status != NDIS_STATUS_PENDING)
		oid_answered(adapter, adapter, request);
	return status;
}

static NDIS_STATUS ask(
	struct adapter *adapter, NDIS_HANDLE issuer, NDIS_OID_REQUEST *request, bool is_direct)
{
	struct filter *filter = NULL;

	if (KeGetCurrentIrql() > PASSIVE_LEVEL) {
		nimbl_log(NIMBL_LOG_ERROR, "%s makes a request on an lcore or at a raised level",
			nimbl_object_name(issuer));
		return NDIS_STATUS_FAILURE;
	}
	if (is_outstanding(adapter, request)) {
		driver_fault(adapter, issuer, NIMBL_N21, "S8", "makes a request that is under way");
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	NDIS_STATUS status = admit(adapter, issuer, request, is_direct, &filter);
	if (status == NDIS_STATUS_SUCCESS)
		status = filter != NULL ? ask_filter(adapter, filter, request, is_direct)
					: ask_miniport(adapter, request, is_direct);
	else if (status != NDIS_STATUS_PENDING)
		return status;
	calls_end(&adapter->calls);
	return status;
}

NDIS_STATUS NdisOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	return ask(((struct binding *)handle)->adapter, handle, request, false);
}

NDIS_STATUS NdisDirectOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	return ask(((struct binding *)handle)->adapter, handle, request, true);
}

NDIS_STATUS NdisFOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	return ask(((struct filter *)handle)->adapter, handle, request, false);
}

NDIS_STATUS NdisFDirectOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	return ask(((struct filter *)handle)->adapter, handle, request, true);
}

VOID NdisMOidRequestComplete(NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct adapter *adapter = handle;

	// Whoever made it may close everything as soon as it knows.
	calls_begin(&adapter->calls);
	oid_complete(adapter, adapter, request, oid_answer(adapter, request, status));
	oid_miniport_serve(adapter);
	calls_end(&adapter->calls);
}

VOID NdisMDirectOidRequestComplete(
	NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct adapter *adapter = handle;

	calls_begin(&adapter->calls);
	oid_complete(adapter, adapter, request, oid_answer(adapter, request, status));
	calls_end(&adapter->calls);
}

VOID NdisFOidRequestComplete(NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct filter *filter = handle;

	calls_begin(&filter->calls);
	oid_complete(filter->adapter, filter, request, status);
	calls_end(&filter->calls);
}

VOID NdisFDirectOidRequestComplete(
	NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	NdisFOidRequestComplete(handle, request, status);
}

static void cancel(struct adapter *adapter, NDIS_HANDLE issuer, PVOID id, bool is_direct)
{
	calls_lock();
	struct filter *filter =
		calls_below(adapter, issuer, is_direct ? cancels_direct : cancels_requests);
	adapter->calls++;
	calls_unlock();
	if (filter != NULL) {
		const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;

		(is_direct ? handlers->CancelDirectOidRequestHandler
			   : handlers->CancelOidRequestHandler)(filter->context, id);
		calls_end(&filter->calls);
	} else {
		oid_miniport_cancel(adapter, issuer, id, is_direct);
	}
	calls_end(&adapter->calls);
}

VOID NdisCancelOidRequest(NDIS_HANDLE handle, PVOID id)
{
	cancel(((struct binding *)handle)->adapter, handle, id, false);
}

VOID NdisCancelDirectOidRequest(NDIS_HANDLE handle, PVOID id)
{
	cancel(((struct binding *)handle)->adapter, handle, id, true);
}

VOID NdisFCancelOidRequest(NDIS_HANDLE handle, PVOID id)
{
	cancel(((struct filter *)handle)->adapter, handle, id, false);
}

VOID NdisFCancelDirectOidRequest(NDIS_HANDLE handle, PVOID id)
{
	cancel(((struct filter *)handle)->adapter, handle, id, true);
}
