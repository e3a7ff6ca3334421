// SPDX-License-Identifier: BSD-3-Clause
// The verifier, continued: defects in when drivers call, in what their calls and lists say of themselves, and in
// requests, pauses and restarts.
#include "defect_make.h"

// After this the stack is gone.
static void take_down(struct stack *stack)
{
	stack_pause(stack);
	nimbl_binding_close(stack->binding);
	while (stack->count > 0)
		nimbl_filter_close(stack->f[--stack->count]->filter);
	stack->binding = NULL;
}

static void originates_a_send_while_paused(struct stack *stack)
{
	stack_pause(stack);
	test_filter_originate_send(stack->f[1], 1);
	assert_int_equal(stack->f[1]->own_sent_back, 1);
	stack_restart(stack);
}

static void originates_a_receive_while_paused(struct stack *stack)
{
	stack_pause(stack);
	test_filter_originate_receive(stack->f[0], 1);
	assert_int_equal(stack->f[0]->own_returned, 1);
	stack_restart(stack);
}

static void claims_a_level_of_a_return(struct stack *stack)
{
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	stack->user->held_count = 0;
	NdisReturnNetBufferLists(
		stack->binding, stack->user->held[0], NDIS_RETURN_FLAGS_DISPATCH_LEVEL);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void claims_a_level_of_a_send(struct stack *stack)
{
	NdisSendNetBufferLists(stack->binding, own_list(stack), NDIS_DEFAULT_PORT_NUMBER,
		NDIS_SEND_FLAGS_DISPATCH_LEVEL);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void claims_a_level_of_a_completion(struct stack *stack)
{
	send_one(stack, own_list(stack));
	NdisMSendNetBufferListsComplete(stack->adapter, stack->mp->sent[--stack->mp->sent_count],
		NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
	free_completed(stack);
}

static void sends_an_empty_chain(struct stack *stack)
{
	NdisFSendNetBufferLists(stack->f[0]->filter, NULL, NDIS_DEFAULT_PORT_NUMBER, 0);
}

static void completes_an_empty_chain(struct stack *stack)
{
	NdisMSendNetBufferListsComplete(stack->adapter, NULL, 0);
}

static void indicates_an_empty_chain(struct stack *stack)
{
	NdisFIndicateReceiveNetBufferLists(
		stack->f[1]->filter, NULL, NDIS_DEFAULT_PORT_NUMBER, 0, 0);
}

static void counts_more_when_it_passes_on(struct stack *stack)
{
	struct test_filter *filter = stack->f[1];

	filter->receives = TEST_FILTER_HOLD;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	filter->held_receives.count = 0;
	NdisFIndicateReceiveNetBufferLists(
		filter->filter, filter->held_receives.lists[0], NDIS_DEFAULT_PORT_NUMBER, 2, 0);
	filter->receives = TEST_FILTER_PASS;
	test_return_held(stack->user);
}

static void says_both_versions_of_ip(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);

	nbl->NblFlags = NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_IPV6;
	indicate(stack, nbl, 1, 0);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void says_tcp_over_nothing(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);

	nbl->NblFlags = NDIS_NBL_FLAGS_IS_TCP;
	indicate(stack, nbl, 1, 0);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void send_refused(struct stack *stack, NET_BUFFER_LIST *nbl)
{
	send_one(stack, nbl);
	assert_int_equal(stack->mp->sent_count, 0);
	assert_int_equal(stack->user->completions[0].status, NDIS_STATUS_FAILURE);
	free_completed(stack);
}

// What a miniport says of a received frame, in the slot that asks for something of a send.
static void sends_what_was_said_of_a_receive(struct stack *stack)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO is = {.Value = NULL};
	NET_BUFFER_LIST *nbl = own_list(stack);

	is.Receive.TcpChecksumSucceeded = is.Receive.IpChecksumSucceeded = 1;
	NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = is.Value;
	send_refused(stack, nbl);
}

static NET_BUFFER_LIST *large_send(const struct stack *stack, ULONG mss, ULONG headers)
{
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO request = {.Value = NULL};
	NET_BUFFER_LIST *nbl = own_list(stack);

	request.LsoV2Transmit.Type = NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
	request.LsoV2Transmit.TcpHeaderOffset = headers;
	request.LsoV2Transmit.MSS = mss;
	NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = request.Value;
	return nbl;
}

static void asks_for_headers_that_are_too_long(struct stack *stack)
{
	send_refused(stack, large_send(stack, 1000, 300));
}

static void asks_for_segments_of_two_frames(struct stack *stack)
{
	NDIS_HANDLE pool = buffer_pool(256);
	NET_BUFFER *second = NdisAllocateNetBufferMdlAndData(pool);
	NET_BUFFER_LIST *nbl = large_send(stack, 1000, 34);

	nbl->FirstNetBuffer->Next = second;
	send_one(stack, nbl);
	nbl->FirstNetBuffer->Next = NULL;
	NdisFreeNetBuffer(second);
	free_completed(stack);
	close_whole(pool);
}

static void sets_the_status_of_the_first_only(struct stack *stack)
{
	NET_BUFFER_LIST *lists[] = {own_list(stack), own_list(stack)};

	lists[1]->Status = NDIS_STATUS_PENDING;
	test_send(stack->user, lists, 2, 0);
	stack->mp->sent_count = 0;
	lists[0]->Status = NDIS_STATUS_SUCCESS;
	NdisMSendNetBufferListsComplete(stack->adapter, lists[0], 0);
	assert_int_equal(stack->user->completions[1].status, NDIS_STATUS_FAILURE);
	free_completed(stack);
}

// A miniport alone, as it would be with a device that is slow.
static void pauses_with_sends_of_others(struct stack *stack)
{
	send_one(stack, own_list(stack));
	assert_int_equal(nimbl_adapter_pause(stack->adapter), 0);
	assert_int_equal(nimbl_adapter_restart(stack->adapter), 0);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static NDIS_OID_REQUEST request;

static NDIS_OID_REQUEST *query(void)
{
	static ULONG packets;

	request = (NDIS_OID_REQUEST){
		.Header = {NDIS_OBJECT_TYPE_OID_REQUEST, NDIS_OID_REQUEST_REVISION_1,
			NDIS_SIZEOF_OID_REQUEST_REVISION_1},
		.RequestType = NdisRequestQueryInformation,
	};
	request.DATA.QUERY_INFORMATION.Oid = OID_GEN_CURRENT_PACKET_FILTER;
	request.DATA.QUERY_INFORMATION.InformationBuffer = &packets;
	request.DATA.QUERY_INFORMATION.InformationBufferLength = sizeof(packets);
	return &request;
}

static void completes_a_request_that_nobody_made(struct stack *stack)
{
	NdisMOidRequestComplete(stack->adapter, query(), NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->oid_count, 0);
}

static void pends(struct stack *stack)
{
	stack->f[1]->oids.mode = TEST_OID_PEND;
	assert_int_equal(NdisOidRequest(stack->binding, query()), NDIS_STATUS_PENDING);
}

static void completes_a_request_twice(struct stack *stack)
{
	pends(stack);
	NdisFOidRequestComplete(stack->f[1]->filter, &request, NDIS_STATUS_SUCCESS);
	NdisFOidRequestComplete(stack->f[1]->filter, &request, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->oid_count, 1);
}

static void makes_a_request_that_is_under_way(struct stack *stack)
{
	pends(stack);
	assert_int_equal(NdisOidRequest(stack->binding, &request), NDIS_STATUS_INVALID_PARAMETER);
	NdisFOidRequestComplete(stack->f[1]->filter, &request, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->oid_count, 1);
}

static void lets_a_synchronous_request_pend(struct stack *stack)
{
	stack->mp->sync_answer = NDIS_STATUS_PENDING;
	assert_int_equal(NdisSynchronousOidRequest(stack->binding, query()), NDIS_STATUS_FAILURE);
}

static void speaks_after_its_halt(struct stack *stack)
{
	NDIS_STATUS_INDICATION indication = {
		.Header = {NDIS_OBJECT_TYPE_STATUS_INDICATION, NDIS_STATUS_INDICATION_REVISION_1,
			NDIS_SIZEOF_STATUS_INDICATION_REVISION_1},
		.SourceHandle = stack->adapter,
		.StatusCode = NDIS_STATUS_MEDIA_CONNECT,
	};

	take_down(stack);
	nimbl_adapter_halt(stack->adapter);
	NdisMIndicateStatusEx(stack->adapter, &indication);
}

static void unbinds_without_closing(struct stack *stack)
{
	stack->user->unbind_forgets = true;
	take_down(stack);
}

static void completes_a_pause_of_a_port_twice(struct stack *stack)
{
	NdisMPauseComplete(stack->adapter);
}

static void completes_a_restart_of_a_port_twice(struct stack *stack)
{
	NdisMRestartComplete(stack->adapter, NDIS_STATUS_SUCCESS);
}

static void completes_a_reset_that_nobody_asked_for(struct stack *stack)
{
	NdisMResetComplete(stack->adapter, NDIS_STATUS_SUCCESS, FALSE);
}

static void completes_a_restart_of_a_filter_twice(struct stack *stack)
{
	NdisFRestartComplete(stack->f[1]->filter, NDIS_STATUS_SUCCESS);
}

static void completes_an_event_twice(struct stack *stack)
{
	NET_PNP_EVENT_NOTIFICATION event = {.NetPnPEvent.NetEvent = NetEventPause};

	NdisCompleteNetPnPEvent(stack->binding, &event, NDIS_STATUS_SUCCESS);
}

#define PROTOCOL "protocol test_protocol on a"

static const struct defect defects[] = {
	DEFECT(originates_a_send_while_paused, N11, "filter f1 on a", "S1"),
	DEFECT(originates_a_receive_while_paused, N11, "filter f0 on a", "S1"),
	DEFECT(claims_a_level_of_a_return, N20, PROTOCOL, "F1"),
	DEFECT(claims_a_level_of_a_send, N20, PROTOCOL, "F1"),
	DEFECT(claims_a_level_of_a_completion, N20, "port a", "F1"),
	DEFECT(sends_an_empty_chain, N06, "filter f0 on a", "O6"),
	DEFECT(completes_an_empty_chain, N06, "port a", "O6"),
	DEFECT(indicates_an_empty_chain, N06, "filter f1 on a", "O6"),
	DEFECT(counts_more_when_it_passes_on, N06, "filter f1 on a", "F7"),
	DEFECT(says_both_versions_of_ip, N20, "port a", "F3"),
	DEFECT(says_tcp_over_nothing, N20, "port a", "F3"),
	DEFECT(sends_what_was_said_of_a_receive, N20, PROTOCOL, "F4"),
	DEFECT(asks_for_headers_that_are_too_long, N18, PROTOCOL, "F5"),
	DEFECT(asks_for_segments_of_two_frames, N18, PROTOCOL, "F5"),
	DEFECT(sets_the_status_of_the_first_only, N20, "port a", "O10"),
	DEFECT(pauses_with_sends_of_others, N09, "port a", "S7"),
	DEFECT(completes_a_request_that_nobody_made, N21, "port a", "S8"),
	DEFECT(completes_a_request_twice, N21, "filter f1 on a", "S8"),
	DEFECT(makes_a_request_that_is_under_way, N21, PROTOCOL, "S8"),
	DEFECT(lets_a_synchronous_request_pend, N21, "port a", "S8"),
	DEFECT(speaks_after_its_halt, N21, "port a", "S5"),
	DEFECT(unbinds_without_closing, N13, PROTOCOL, "S8"),
	DEFECT(completes_a_pause_of_a_port_twice, N13, "port a", "S8"),
	DEFECT(completes_a_restart_of_a_port_twice, N13, "port a", "S8"),
	DEFECT(completes_a_reset_that_nobody_asked_for, N13, "port a", "S8"),
	DEFECT(completes_a_restart_of_a_filter_twice, N13, "filter f1 on a", "S8"),
	DEFECT(completes_an_event_twice, N13, PROTOCOL, "S8"),
};

static void every_defect_is_found_and_lands_on_who_has_it(void **state)
{
	for (size_t i = 0; i < RTE_DIM(defects); i++)
		commit(&defects[i], NIMBL_VERIFY_OWNERS);
}

static void every_level_finds_them(void **state)
{
	for (size_t i = 0; i < RTE_DIM(defects); i++)
		commit(&defects[i], NIMBL_VERIFY_STACKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_defect_is_found_and_lands_on_who_has_it),
		cmocka_unit_test(every_level_finds_them),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
