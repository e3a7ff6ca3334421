// SPDX-License-Identifier: BSD-3-Clause
// Synchronous requests: down through the filters to the miniport and up again, all inside one call.
#include "oid.h"

// The filters on the way, highest first, counted while they may be called.
struct way {
	struct filter *filters[NIMBL_FILTERS_MAX];
	PVOID contexts[NIMBL_FILTERS_MAX];
	unsigned int count;
};

static bool takes_part(const struct filter *filter)
{
	const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers = &filter->driver->handlers;

	return (handlers->SynchronousOidRequestHandler != NULL ||
		       handlers->SynchronousOidRequestCompleteHandler != NULL) &&
	       !filter->is_closing;
}

static NDIS_STATUS begin(struct adapter *adapter, NDIS_HANDLE issuer,
	const NDIS_OID_REQUEST *request, struct way *way)
{
	NDIS_HANDLE from = issuer;
	struct filter *filter;

	calls_lock();
	NDIS_STATUS status = oid_refusal(adapter, issuer, request);
	if (status == NDIS_STATUS_SUCCESS) {
		adapter->calls++;
		while ((filter = calls_below(adapter, from, takes_part)) != NULL) {
			way->contexts[way->count] = NULL;
			way->filters[way->count++] = filter;
			from = (NDIS_HANDLE)filter;
		}
	}
	calls_unlock();
	return status;
}

static NDIS_STATUS checked(struct adapter *adapter, NDIS_HANDLE who, NDIS_STATUS status)
{
	if (status != NDIS_STATUS_PENDING)
		return status;
	driver_fault(adapter, who, NIMBL_N21, "S8", "lets a synchronous request pend");
	return NDIS_STATUS_FAILURE;
}

// Down as far as filters let it: returns what it came to, and in `passed` how many did.
static NDIS_STATUS go_down(
	struct adapter *adapter, struct way *way, NDIS_OID_REQUEST *request, unsigned int *passed)
{
	MINIPORT_SYNCHRONOUS_OID_REQUEST_HANDLER handler =
		adapter->driver->handlers.SynchronousOidRequestHandler;

	for (*passed = 0; *passed < way->count; ++*passed) {
		struct filter *filter = way->filters[*passed];
		FILTER_SYNCHRONOUS_OID_REQUEST_HANDLER ask =
			filter->driver->handlers.SynchronousOidRequestHandler;
		NDIS_STATUS status = NDIS_STATUS_SUCCESS;

		if (ask != NULL)
			status = checked(adapter, filter,
				ask(filter->context, request, &way->contexts[*passed]));
		if (status != NDIS_STATUS_SUCCESS)
			return status;
	}
	return handler == NULL ? NDIS_STATUS_NOT_SUPPORTED
			       : checked(adapter, adapter, handler(adapter->context, request));
}

static NDIS_STATUS ask(struct adapter *adapter, NDIS_HANDLE issuer, NDIS_OID_REQUEST *request)
{
	struct way way = {.count = 0};
	unsigned int passed;
	NDIS_STATUS status = begin(adapter, issuer, request, &way);

	if (status != NDIS_STATUS_SUCCESS)
		return status;
	status = go_down(adapter, &way, request, &passed);
	if (passed == way.count)
		status = oid_answer(adapter, request, status);
	while (passed > 0) {
		struct filter *filter = way.filters[--passed];
		FILTER_SYNCHRONOUS_OID_REQUEST_COMPLETE_HANDLER complete =
			filter->driver->handlers.SynchronousOidRequestCompleteHandler;

		if (complete != NULL)
			complete(filter->context, request, &status, way.contexts[passed]);
	}
	for (unsigned int i = 0; i < way.count; i++)
		calls_end(&way.filters[i]->calls);
	calls_end(&adapter->calls);
	return status;
}

NDIS_STATUS NdisSynchronousOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	return ask(((struct binding *)handle)->adapter, handle, request);
}

NDIS_STATUS NdisFSynchronousOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	return ask(((struct filter *)handle)->adapter, handle, request);
}
