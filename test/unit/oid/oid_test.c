// SPDX-License-Identifier: BSD-3-Clause
// Clones of requests, and the helpers with which a filter passes them on. The layer below is this
// file: it answers at once or from a thread.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ndis.h>
#include <ndis/ndl/oidrequest.h>
#include <pthread.h>

#define TAG 0x6f696474

// The layer below: what it was asked, and how it answers.
static struct {
	NDIS_OID_REQUEST *asked;
	NDIS_STATUS answer;
	NDIS_STATUS later;
	UINT written;
} below;

// The layer above: what it was told.
static struct {
	NDIS_OID_REQUEST *completed;
	NDIS_STATUS status;
} above;

static NDIS_HANDLE module = &below;

NDIS_STATUS NdisFOidRequest(NDIS_HANDLE handle, NDIS_OID_REQUEST *request)
{
	assert_ptr_equal(handle, module);
	below.asked = request;
	request->DATA.QUERY_INFORMATION.BytesWritten = below.written;
	return below.answer;
}

VOID NdisFOidRequestComplete(NDIS_HANDLE handle, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	assert_ptr_equal(handle, module);
	above.completed = request;
	above.status = status;
}

static NDIS_OID_REQUEST request_of(NDIS_REQUEST_TYPE type, void *buffer, UINT length)
{
	return (NDIS_OID_REQUEST){
		.Header = {NDIS_OBJECT_TYPE_OID_REQUEST, NDIS_OID_REQUEST_REVISION_1,
			NDIS_SIZEOF_OID_REQUEST_REVISION_1},
		.RequestType = type,
		.PortNumber = 3,
		.Timeout = 4,
		.RequestId = &below,
		.RequestHandle = &above,
		.DATA.QUERY_INFORMATION = {.Oid = OID_GEN_LINK_SPEED,
			.InformationBuffer = buffer,
			.InformationBufferLength = length},
	};
}

static void a_clone_asks_the_same_and_owes_nothing(void **state)
{
	ULONG speed;
	NDIS_OID_REQUEST request = request_of(NdisRequestQueryInformation, &speed, sizeof(speed));
	NDIS_OID_REQUEST *clone = NULL;
	static const UCHAR zeros[sizeof(request.NdisReserved)];

	memset(request.NdisReserved, 0x55, sizeof(request.NdisReserved));
	memset(request.MiniportReserved, 0x55, sizeof(request.MiniportReserved));
	memset(request.SourceReserved, 0x55, sizeof(request.SourceReserved));
	assert_int_equal(
		NdisAllocateCloneOidRequest(module, &request, TAG, &clone), NDIS_STATUS_SUCCESS);
	assert_memory_equal(&clone->Header, &request.Header, sizeof(clone->Header));
	assert_memory_equal(&clone->DATA, &request.DATA, sizeof(clone->DATA));
	assert_int_equal(clone->RequestType, request.RequestType);
	assert_int_equal(clone->PortNumber, 3);
	assert_int_equal(clone->Timeout, 4);
	assert_ptr_equal(clone->RequestId, &below);
	assert_ptr_equal(clone->RequestHandle, &above);
	assert_memory_equal(clone->NdisReserved, zeros, sizeof(clone->NdisReserved));
	assert_memory_equal(clone->MiniportReserved, zeros, sizeof(clone->MiniportReserved));
	assert_memory_equal(clone->SourceReserved, zeros, sizeof(clone->SourceReserved));
	NdisFreeCloneOidRequest(module, clone);
}

static void what_is_no_request_is_not_cloned(void **state)
{
	NDIS_OID_REQUEST request = request_of(NdisRequestQueryInformation, NULL, 0);
	NDIS_OID_REQUEST *clone = &request;

	request.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	assert_int_equal(NdisAllocateCloneOidRequest(module, &request, TAG, &clone),
		NDIS_STATUS_INVALID_PARAMETER);
	assert_null(clone);
}

static void results_are_copied_and_cleared_by_type(void **state)
{
	static const NDIS_REQUEST_TYPE types[] = {NdisRequestQueryInformation,
		NdisRequestSetInformation, NdisRequestQueryStatistics, NdisRequestMethod};

	for (size_t i = 0; i < ARRAYSIZE(types); i++) {
		NDIS_OID_REQUEST from = request_of(types[i], NULL, 7);
		NDIS_OID_REQUEST to = from, before = from;

		if (types[i] == NdisRequestMethod) {
			from.DATA.METHOD_INFORMATION.OutputBufferLength = 9;
			from.DATA.METHOD_INFORMATION.BytesWritten = 1;
			from.DATA.METHOD_INFORMATION.BytesRead = 2;
			from.DATA.METHOD_INFORMATION.BytesNeeded = 3;
		} else {
			from.DATA.QUERY_INFORMATION.BytesWritten = 1;
			from.DATA.QUERY_INFORMATION.BytesNeeded = 3;
		}
		NdisCopyOidResult(&to, &from);
		assert_memory_equal(&to, &from, sizeof(to));
		NdisClearOidResult(&to);
		if (types[i] == NdisRequestMethod)
			to.DATA.METHOD_INFORMATION.OutputBufferLength =
				before.DATA.METHOD_INFORMATION.OutputBufferLength;
		assert_memory_equal(&to, &before, sizeof(to));
	}
}

static void a_request_passes_through_at_once(void **state)
{
	NDIS_OID_REQUEST request = request_of(NdisRequestQueryInformation, NULL, 0);

	below.answer = NDIS_STATUS_NOT_SUPPORTED;
	below.written = 12;
	above.completed = NULL;
	assert_int_equal(
		NdisFPassthroughOidRequest(module, &request, TAG), NDIS_STATUS_NOT_SUPPORTED);
	assert_ptr_not_equal(below.asked, &request);
	assert_int_equal(request.DATA.QUERY_INFORMATION.BytesWritten, 12);
	assert_null(above.completed);
}

static void a_request_passes_through_and_completes_later(void **state)
{
	NDIS_OID_REQUEST request = request_of(NdisRequestQueryInformation, NULL, 0);

	below.answer = NDIS_STATUS_PENDING;
	assert_int_equal(NdisFPassthroughOidRequest(module, &request, TAG), NDIS_STATUS_PENDING);
	below.asked->DATA.QUERY_INFORMATION.BytesWritten = 4;
	assert_int_equal(
		NdisFPassthroughOidRequestComplete(module, below.asked, NDIS_STATUS_SUCCESS),
		NdisOidRequestCompletionKindPassthrough);
	assert_ptr_equal(above.completed, &request);
	assert_int_equal(above.status, NDIS_STATUS_SUCCESS);
	assert_int_equal(request.DATA.QUERY_INFORMATION.BytesWritten, 4);
}

static void a_request_of_ones_own_is_not_completed_above(void **state)
{
	NDIS_OID_REQUEST request = request_of(NdisRequestSetInformation, NULL, 0);

	below.answer = NDIS_STATUS_PENDING;
	above.completed = NULL;
	assert_int_equal(NdisFIssueOidRequestAsync(module, &request), NDIS_STATUS_PENDING);
	assert_ptr_equal(below.asked, &request);
	assert_int_equal(NdisFPassthroughOidRequestComplete(module, &request, NDIS_STATUS_FAILURE),
		NdisOidRequestCompletionKindLocal);
	assert_null(above.completed);
}

static void *complete_later(void *arg)
{
	while (ReadPointerAcquire((PVOID volatile *)&below.asked) == NULL)
		sched_yield();
	NdisFPassthroughOidRequestComplete(module, below.asked, below.later);
	return NULL;
}

static void waiting_gives_the_result_of_the_request(void **state)
{
	NDIS_OID_REQUEST request = request_of(NdisRequestSetInformation, NULL, 0);
	pthread_t thread;

	below.answer = NDIS_STATUS_RESOURCES;
	assert_int_equal(NdisFIssueOidRequestAndWait(module, &request), NDIS_STATUS_RESOURCES);
	for (uint32_t round = 0; round < 200; round++) {
		below.asked = NULL;
		below.answer = NDIS_STATUS_PENDING;
		below.later = round % 2 == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA;
		assert_int_equal(pthread_create(&thread, NULL, complete_later, NULL), 0);
		assert_int_equal(NdisFIssueOidRequestAndWait(module, &request), below.later);
		pthread_join(thread, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clone_asks_the_same_and_owes_nothing),
		cmocka_unit_test(what_is_no_request_is_not_cloned),
		cmocka_unit_test(results_are_copied_and_cleared_by_type),
		cmocka_unit_test(a_request_passes_through_at_once),
		cmocka_unit_test(a_request_passes_through_and_completes_later),
		cmocka_unit_test(a_request_of_ones_own_is_not_completed_above),
		cmocka_unit_test(waiting_gives_the_result_of_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
