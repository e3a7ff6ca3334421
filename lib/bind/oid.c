// SPDX-License-Identifier: BSD-3-Clause
// Requests on their way down a stack, and their completions up to whoever made them. A miniport gets
// one at a time, but for direct ones. Control threads.
#include "oid.h"

#include <pthread.h>
#include <string.h>

// One lock for all adapters: requests are rare, and handlers run outside it.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// What NDIS notes in a request while it is under way.
struct note {
	NDIS_HANDLE issuer; // binding or filter
	NDIS_OID_REQUEST *next;
	bool is_direct;
};

C_ASSERT(sizeof(struct note) <= FIELD_SIZE(NDIS_OID_REQUEST, NdisReserved));

static struct note *note_of(NDIS_OID_REQUEST *request)
{
	return (struct note *)(void *)request->NdisReserved;
}

static void complete(NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	const struct note *note = note_of(request);

	if (nimbl_object_is(note->issuer, NIMBL_OBJECT_FILTER)) {
		const struct filter *filter = note->issuer;
		const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;

		if (note->is_direct)
			handlers->DirectOidRequestCompleteHandler(filter->context, request, status);
		else
			handlers->OidRequestCompleteHandler(filter->context, request, status);
	} else {
		const struct binding *binding = note->issuer;
		const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *handlers = &binding->driver->handlers;

		if (note->is_direct)
			handlers->DirectOidRequestCompleteHandler(
				binding->context, request, status);
		else
			handlers->OidRequestCompleteHandler(binding->context, request, status);
	}
}

static NDIS_STATUS miniport_call(struct adapter *adapter, NDIS_OID_REQUEST *request)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers = &adapter->driver->handlers;
	MINIPORT_OID_REQUEST_HANDLER handler = note_of(request)->is_direct
						       ? handlers->DirectOidRequestHandler
						       : handlers->OidRequestHandler;
	NDIS_STATUS status =
		handler != NULL ? handler(adapter->context, request) : NDIS_STATUS_NOT_SUPPORTED;

	return status == NDIS_STATUS_PENDING ? status : oid_answer(adapter, request, status);
}

// The next request that waits for the miniport, which has it from now on; NULL when there is none.
static NDIS_OID_REQUEST *miniport_take(struct oid_queue *queue)
{
	pthread_mutex_lock(&lock);
	NDIS_OID_REQUEST *request = queue->first;
	if (request != NULL)
		queue->first = note_of(request)->next;
	queue->current = request;
	pthread_mutex_unlock(&lock);
	return request;
}

static void miniport_go_on(struct adapter *adapter)
{
	NDIS_OID_REQUEST *request;

	while ((request = miniport_take(&adapter->oids)) != NULL) {
		NDIS_STATUS status = miniport_call(adapter, request);

		if (status == NDIS_STATUS_PENDING)
			return;
		complete(request, status);
	}
}

// True when the miniport is free, and is this request's now; else the request waits.
static bool miniport_claim(struct oid_queue *queue, NDIS_OID_REQUEST *request)
{
	pthread_mutex_lock(&lock);
	bool is_free = queue->current == NULL;
	if (is_free) {
		queue->current = request;
	} else {
		NDIS_OID_REQUEST **end = &queue->first;

		while (*end != NULL)
			end = &note_of(*end)->next;
		*end = request;
	}
	pthread_mutex_unlock(&lock);
	return is_free;
}

static NDIS_STATUS miniport_ask(struct adapter *adapter, NDIS_OID_REQUEST *request)
{
	if (note_of(request)->is_direct)
		return miniport_call(adapter, request);
	if (!miniport_claim(&adapter->oids, request))
		return NDIS_STATUS_PENDING;
	NDIS_STATUS status = miniport_call(adapter, request);
	if (status != NDIS_STATUS_PENDING)
		miniport_go_on(adapter);
	return status;
}

static void miniport_completes(
	struct adapter *adapter, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	bool is_direct = note_of(request)->is_direct;

	complete(request, oid_answer(adapter, request, status));
	if (!is_direct)
		miniport_go_on(adapter);
}

// How many filters stand below a handle.
static unsigned int below(const struct adapter *adapter, NDIS_HANDLE handle)
{
	unsigned int i = 0;

	while (i < adapter->filter_count && (NDIS_HANDLE)adapter->filters[i] != handle)
		i++;
	return i;
}

static NDIS_STATUS ask(
	struct adapter *adapter, NDIS_HANDLE issuer, NDIS_OID_REQUEST *request, bool is_direct)
{
	if (request->Header.Type != NDIS_OBJECT_TYPE_OID_REQUEST)
		return NDIS_STATUS_INVALID_PARAMETER;
	if (adapter->state == NIMBL_HALTED || adapter->state == NIMBL_INITIALIZING)
		return NDIS_STATUS_ADAPTER_NOT_READY;
	*note_of(request) = (struct note){.issuer = issuer, .is_direct = is_direct};
	for (unsigned int i = below(adapter, issuer); i > 0; i--) {
		const struct filter *filter = adapter->filters[i - 1];
		const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;
		FILTER_OID_REQUEST_HANDLER handler =
			is_direct ? handlers->DirectOidRequestHandler : handlers->OidRequestHandler;

		if (handler != NULL)
			return handler(filter->context, request);
	}
	return miniport_ask(adapter, request);
}

NDIS_STATUS NdisOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	struct binding *binding = handle;

	return ask(binding->adapter, binding, request, false);
}

NDIS_STATUS NdisDirectOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	struct binding *binding = handle;

	return ask(binding->adapter, binding, request, true);
}

NDIS_STATUS NdisFOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	struct filter *filter = handle;

	return ask(filter->adapter, filter, request, false);
}

NDIS_STATUS NdisFDirectOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	struct filter *filter = handle;

	return ask(filter->adapter, filter, request, true);
}

VOID NdisMOidRequestComplete(NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	miniport_completes(handle, request, status);
}

VOID NdisMDirectOidRequestComplete(
	NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	miniport_completes(handle, request, status);
}

VOID NdisFOidRequestComplete(NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	complete(request, status);
}

VOID NdisFDirectOidRequestComplete(
	NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	complete(request, status);
}

// A request that still waits for the miniport, out of the queue. NULL when there is none with this id.
static NDIS_OID_REQUEST *waiting_take(struct oid_queue *queue, PVOID id)
{
	NDIS_OID_REQUEST **at = &queue->first, *found;

	pthread_mutex_lock(&lock);
	while (*at != NULL && (*at)->RequestId != id)
		at = &note_of(*at)->next;
	found = *at;
	if (found != NULL)
		*at = note_of(found)->next;
	pthread_mutex_unlock(&lock);
	return found;
}

static void cancel(struct adapter *adapter, NDIS_HANDLE issuer, PVOID id, bool is_direct)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *miniport = &adapter->driver->handlers;
	MINIPORT_CANCEL_OID_REQUEST_HANDLER last = is_direct
							   ? miniport->CancelDirectOidRequestHandler
							   : miniport->CancelOidRequestHandler;
	NDIS_OID_REQUEST *request;

	for (unsigned int i = below(adapter, issuer); i > 0; i--) {
		const struct filter *filter = adapter->filters[i - 1];
		const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;
		FILTER_CANCEL_OID_REQUEST_HANDLER handler =
			is_direct ? handlers->CancelDirectOidRequestHandler
				  : handlers->CancelOidRequestHandler;

		if (handler != NULL) {
			handler(filter->context, id);
			return;
		}
	}
	while (!is_direct && (request = waiting_take(&adapter->oids, id)) != NULL)
		complete(request, NDIS_STATUS_REQUEST_ABORTED);
	if (last != NULL)
		last(adapter->context, id);
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
