// SPDX-License-Identifier: BSD-3-Clause
// Requests down a stack and back: who gets them, in which order, and how they end.
#include <pthread.h>
#include <rte_cycles.h>

#include "oid_make.h"

#define assert_came_back(stack, i, ask, how)                                       \
	do {                                                                       \
		assert_true((stack)->user->oid_count > (i));                       \
		assert_ptr_equal((stack)->user->oids[i].request, &(ask)->request); \
		assert_int_equal((stack)->user->oids[i].status, how);              \
	} while (0)

static NDIS_STATUS query(struct stack *stack, struct ask *ask)
{
	return NdisOidRequest(stack->binding, ask_query(ask, OID_UNKNOWN, 64));
}

// The miniport and its attributes

static void an_answer_at_once_is_the_result_and_no_completion(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 0);
	stack.mp->oids.answer = NDIS_STATUS_INVALID_DATA;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_INVALID_DATA);
	assert_int_equal(stack.mp->oids.asked, 1);
	assert_int_equal(stack.user->oid_count, 0);
	stack_close(&stack);
}

static void what_the_miniport_does_not_know_its_attributes_tell(void **state)
{
	static const struct {
		NDIS_OID oid;
		uint32_t bytes;
	} known[] = {{OID_GEN_LINK_STATE, NDIS_SIZEOF_LINK_STATE_REVISION_1},
		{OID_GEN_MAXIMUM_FRAME_SIZE, 4}, {OID_802_3_CURRENT_ADDRESS, 6},
		{OID_GEN_MEDIA_CONNECT_STATUS, 4}};
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 0);
	for (size_t i = 0; i < RTE_DIM(known); i++) {
		ask_query(&ask, known[i].oid, known[i].bytes - 1);
		assert_int_equal(
			NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_BUFFER_TOO_SHORT);
		assert_int_equal(ask_needed(&ask), known[i].bytes);
		assert_int_equal(ask_written(&ask), 0);
		ask_query(&ask, known[i].oid, known[i].bytes);
		assert_int_equal(NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_SUCCESS);
		assert_int_equal(ask_written(&ask), known[i].bytes);
	}
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_NOT_SUPPORTED);
	ask_set(&ask, OID_GEN_LINK_STATE, &ask, 64);
	assert_int_equal(NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_NOT_SUPPORTED);
	stack_close(&stack);
}

static void a_link_state_is_whole_before_the_miniport_indicates_one(void **state)
{
	NDIS_LINK_STATE link;
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 0);
	ask_query(&ask, OID_GEN_LINK_STATE, sizeof(link));
	assert_int_equal(NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_SUCCESS);
	memcpy(&link, ask.buffer, sizeof(link));
	assert_int_equal(link.Header.Type, NDIS_OBJECT_TYPE_DEFAULT);
	assert_int_equal(link.Header.Size, NDIS_SIZEOF_LINK_STATE_REVISION_1);
	assert_int_equal(link.RcvLinkSpeed, TEST_MINIPORT_BPS);
	assert_int_equal(link.XmitLinkSpeed, TEST_MINIPORT_BPS);
	stack_close(&stack);
}

static void the_miniport_gets_one_at_a_time_in_order(void **state)
{
	struct stack stack;
	struct ask ask[3];

	stack_open(&stack, 0);
	stack.mp->oids.mode = TEST_OID_PEND;
	for (int i = 0; i < 3; i++)
		assert_int_equal(query(&stack, &ask[i]), NDIS_STATUS_PENDING);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(stack.mp->oids.asked, i + 1);
		assert_int_equal(stack.user->oid_count, i);
		test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
		assert_came_back(&stack, i, &ask[i], NDIS_STATUS_SUCCESS);
	}
	assert_int_equal(stack.mp->oids.asked, 3);
	stack_close(&stack);
}

static struct ask again;
static uint32_t rounds;

static void ask_again(struct test_binding *self, NDIS_OID_REQUEST *request)
{
	if (rounds-- > 0)
		assert_int_equal(NdisOidRequest(self->binding, ask_query(&again, OID_UNKNOWN, 64)),
			NDIS_STATUS_PENDING);
}

static void a_request_completed_inside_the_handler_pends_all_the_same(void **state)
{
	struct stack stack;

	stack_open(&stack, 0);
	stack.mp->oids.mode = TEST_OID_INSIDE;
	stack.user->on_oid = ask_again;
	rounds = 1000;
	assert_int_equal(query(&stack, &again), NDIS_STATUS_PENDING);
	assert_int_equal(stack.user->oid_count, 1001);
	// The next one does not come inside the handler of the last.
	assert_int_equal(stack.mp->oids.inside_max, 1);
	stack_close(&stack);
}

static void direct_requests_pass_the_queue_by(void **state)
{
	struct stack stack;
	struct ask ask[2];

	stack_open(&stack, 1); // which handles no direct ones
	stack.f[0]->oids.mode = TEST_OID_FORWARD;
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask[0]), NDIS_STATUS_PENDING);
	assert_int_equal(NdisDirectOidRequest(stack.binding, ask_query(&ask[1], OID_UNKNOWN, 8)),
		NDIS_STATUS_PENDING);
	assert_int_equal(stack.mp->direct_asked, 1);
	NdisMDirectOidRequestComplete(
		stack.adapter, test_oids_take(&stack.mp->oids, 1), NDIS_STATUS_SUCCESS);
	assert_came_back(&stack, 0, &ask[1], NDIS_STATUS_SUCCESS);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_FAILURE);
	assert_came_back(&stack, 1, &ask[0], NDIS_STATUS_FAILURE);
	stack_close(&stack);
}

static void a_completion_at_a_raised_level_lets_the_next_one_come_at_passive(void **state)
{
	struct stack stack;
	struct ask ask[2];
	KIRQL old;

	stack_open(&stack, 0);
	stack.mp->oids.mode = TEST_OID_PEND;
	for (int i = 0; i < 2; i++)
		assert_int_equal(query(&stack, &ask[i]), NDIS_STATUS_PENDING);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->oid_count, 1);
	KeLowerIrql(old);
	for (int ms = 0; ms < 2000; ms++) {
		if (__atomic_load_n(&stack.mp->oids.asked, __ATOMIC_ACQUIRE) == 2)
			break;
		rte_delay_us_sleep(1000);
	}
	rte_delay_us_sleep(10000);
	assert_int_equal(stack.mp->oids.asked, 2);
	assert_int_equal(stack.mp->oids.level, PASSIVE_LEVEL);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	stack_close(&stack);
}

#define ASKED_BY_THREAD 500

static void flag_raise(struct test_binding *self, NDIS_OID_REQUEST *request)
{
	__atomic_store_n(&request->SourceReserved[0], 1, __ATOMIC_RELEASE);
}

static void *asks(void *arg)
{
	struct ask ask;

	for (int i = 0; i < ASKED_BY_THREAD; i++) {
		if (query(arg, &ask) != NDIS_STATUS_PENDING)
			abort();
		while (__atomic_load_n(&ask.request.SourceReserved[0], __ATOMIC_ACQUIRE) == 0)
			sched_yield();
	}
	return NULL;
}

static void threads_that_ask_at_once_are_served_one_by_one(void **state)
{
	struct stack stack;
	pthread_t threads[3];

	stack_open(&stack, 1);
	stack.mp->oids.mode = TEST_OID_INSIDE;
	stack.user->on_oid = flag_raise;
	for (size_t i = 0; i < RTE_DIM(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, asks, &stack), 0);
	for (size_t i = 0; i < RTE_DIM(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(stack.mp->oids.asked, RTE_DIM(threads) * ASKED_BY_THREAD);
	assert_int_equal(stack.mp->oids.inside_max, 1);
	assert_int_equal(stack.user->oid_count, RTE_DIM(threads) * ASKED_BY_THREAD);
	stack_close(&stack);
}

// Filters

static void filters_pass_clones_on_and_results_back(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 2);
	stack_add_of(&stack, "test_filter_bare", "bare", NULL, NULL);
	ask_query(&ask, OID_802_3_CURRENT_ADDRESS, 6);
	assert_int_equal(NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_SUCCESS);
	assert_int_equal(ask_written(&ask), 6);
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	NDIS_OID_REQUEST *clone = stack.mp->oids.kept[0];
	assert_ptr_not_equal(clone, &ask.request);
	clone->DATA.QUERY_INFORMATION.BytesWritten = 5;
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_came_back(&stack, 0, &ask, NDIS_STATUS_SUCCESS);
	assert_int_equal(ask_written(&ask), 5);
	assert_int_equal(stack.f[0]->oids.asked, 2);
	assert_int_equal(stack.f[1]->oids.asked, 2);
	assert_int_equal(stack.f[2]->oids.asked, 0);
	stack_close(&stack);
}

static void a_filter_ends_requests_by_itself(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 2);
	stack.f[0]->oids.mode = TEST_OID_ANSWER;
	stack.f[0]->oids.answer = NDIS_STATUS_INVALID_DATA;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_INVALID_DATA);
	stack.f[0]->oids.mode = TEST_OID_INSIDE;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	assert_came_back(&stack, 0, &ask, NDIS_STATUS_INVALID_DATA);
	stack.f[0]->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	NdisFOidRequestComplete(
		stack.f[0]->filter, test_oids_take(&stack.f[0]->oids, 0), NDIS_STATUS_RESOURCES);
	assert_came_back(&stack, 1, &ask, NDIS_STATUS_RESOURCES);
	assert_int_equal(stack.mp->oids.asked, 0);
	stack_close(&stack);
}

static void a_filter_may_keep_a_request_and_pass_it_on_later(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 1);
	stack.f[0]->oids.mode = TEST_OID_PEND;
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	assert_int_equal(stack.mp->oids.asked, 0);
	assert_int_equal(NdisFPassthroughOidRequest(stack.f[0]->filter,
				 test_oids_take(&stack.f[0]->oids, 0), 0x74736574),
		NDIS_STATUS_PENDING);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_came_back(&stack, 0, &ask, NDIS_STATUS_SUCCESS);
	stack_close(&stack);
}

static void a_filter_makes_requests_of_its_own(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 2);
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(
		NdisFIssueOidRequestAsync(stack.f[1]->filter, ask_query(&ask, OID_UNKNOWN, 8)),
		NDIS_STATUS_PENDING);
	assert_int_equal(stack.f[0]->oids.asked, 1);
	assert_int_equal(stack.f[1]->oids.asked, 0);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.f[1]->oids.completed, 1);
	assert_int_equal(stack.user->oid_count, 0);
	stack.mp->oids.mode = TEST_OID_INSIDE;
	stack.mp->oids.answer = NDIS_STATUS_RESOURCES;
	assert_int_equal(
		NdisFIssueOidRequestAndWait(stack.f[1]->filter, ask_query(&ask, OID_UNKNOWN, 8)),
		NDIS_STATUS_RESOURCES);
	stack_close(&stack);
}

// Cancelling

static void a_cancelled_request_that_waits_is_aborted_and_never_asked(void **state)
{
	struct stack stack;
	struct ask ask[3];

	stack_open(&stack, 0);
	stack.mp->oids.mode = TEST_OID_PEND;
	for (int i = 0; i < 3; i++)
		assert_int_equal(query(&stack, &ask[i]), NDIS_STATUS_PENDING);
	NdisCancelOidRequest(stack.binding, &ask[1]);
	assert_came_back(&stack, 0, &ask[1], NDIS_STATUS_REQUEST_ABORTED);
	assert_int_equal(stack.mp->oids.cancels, 0);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_came_back(&stack, 1, &ask[0], NDIS_STATUS_SUCCESS);
	assert_ptr_equal(stack.mp->oids.kept[0], &ask[2].request);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.mp->oids.asked, 2);
	stack_close(&stack);
}

static void a_cancel_reaches_the_miniport_through_filters(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 1);
	stack_add_of(&stack, "test_filter_bare", "bare", NULL, NULL);
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	NdisCancelOidRequest(stack.binding, &ask);
	assert_int_equal(stack.f[0]->oids.cancels, 1);
	assert_int_equal(stack.mp->oids.cancels, 1);
	assert_came_back(&stack, 0, &ask, NDIS_STATUS_REQUEST_ABORTED);
	// After its completion there is nothing to cancel.
	NdisCancelOidRequest(stack.binding, &ask);
	assert_int_equal(stack.mp->oids.cancels, 1);
	assert_int_equal(stack.user->oid_count, 1);
	stack_close(&stack);
}

static void a_cancel_means_requests_of_its_issuer_only(void **state)
{
	struct ask other, mine, first;
	struct stack stack;

	stack_open(&stack, 0);
	stack_add(&stack, "f0", NULL, NULL);
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &first), NDIS_STATUS_PENDING);
	ask_query(&other, OID_UNKNOWN, 8);
	other.request.RequestId = &mine;
	assert_int_equal(
		NdisFIssueOidRequestAsync(stack.f[0]->filter, &other.request), NDIS_STATUS_PENDING);
	ask_query(&mine, OID_UNKNOWN, 8);
	mine.request.RequestId = &first;
	assert_int_equal(
		NdisFIssueOidRequestAsync(stack.f[0]->filter, &mine.request), NDIS_STATUS_PENDING);
	NdisFCancelOidRequest(stack.f[0]->filter, &other); // nobody's
	assert_int_equal(stack.f[0]->oids.completed, 0);
	NdisFCancelOidRequest(stack.f[0]->filter, &mine);
	assert_int_equal(stack.f[0]->oids.completed, 1);
	assert_int_equal(stack.f[0]->oids.status, NDIS_STATUS_REQUEST_ABORTED);
	assert_int_equal(stack.user->oid_count, 0);
	stack.mp->oids.mode = TEST_OID_ANSWER;
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.f[0]->oids.completed, 2);
	stack_close(&stack);
}

// What is refused

static void a_request_under_way_is_not_taken_again(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 1);
	stack.f[0]->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	assert_int_equal(
		NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_INVALID_PARAMETER);
	assert_int_equal(NdisFOidRequest(stack.f[0]->filter, &ask.request),
		NDIS_STATUS_INVALID_PARAMETER); // a filter passes a clone on
	NdisFOidRequestComplete(stack.f[0]->filter, &ask.request, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->oid_count, 1);
	ask.request.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	assert_int_equal(
		NdisOidRequest(stack.binding, &ask.request), NDIS_STATUS_INVALID_PARAMETER);
	stack_close(&stack);
}

static void who_does_not_have_a_request_completes_nothing(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 1);
	stack.f[0]->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	NdisMOidRequestComplete(stack.adapter, &ask.request, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->oid_count, 0);
	NdisFOidRequestComplete(stack.f[0]->filter, &ask.request, NDIS_STATUS_SUCCESS);
	NdisFOidRequestComplete(stack.f[0]->filter, &ask.request, NDIS_STATUS_FAILURE);
	assert_int_equal(stack.user->oid_count, 1);
	assert_came_back(&stack, 0, &ask, NDIS_STATUS_SUCCESS);
	stack_close(&stack);
}

static void without_a_completion_handler_nobody_may_ask(void **state)
{
	struct test_filter *bare;
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 0);
	bare = stack_add_of(&stack, "test_filter_bare", "bare", NULL, NULL);
	ask_query(&ask, OID_UNKNOWN, 8);
	assert_int_equal(
		NdisFOidRequest(bare->filter, &ask.request), NDIS_STATUS_BAD_CHARACTERISTICS);
	assert_int_equal(stack.mp->oids.asked, 0);
	stack_close(&stack);
}

static void on_an_lcore_nobody_may_ask(void **state)
{
	struct stack stack;
	struct ask ask;
	KIRQL old;

	stack_open(&stack, 0);
	KeRaiseIrql(DISPATCH_LEVEL, &old);
	NDIS_STATUS status = query(&stack, &ask);
	NDIS_STATUS direct = NdisDirectOidRequest(stack.binding, &ask.request);
	KeLowerIrql(old);
	assert_int_equal(status, NDIS_STATUS_FAILURE);
	assert_int_equal(direct, NDIS_STATUS_FAILURE);
	assert_int_equal(stack.mp->oids.asked, 0);
	stack_close(&stack);
}

static NDIS_STATUS status_in_attach;

static void ask_in_attach(struct test_filter *self)
{
	struct ask ask;
	NDIS_STATUS_INDICATION indication = {.StatusCode = NDIS_STATUS_RESET_START};
	NET_PNP_EVENT_NOTIFICATION event = {.NetPnPEvent.NetEvent = NetEventReconfigure};

	status_in_attach = NdisFOidRequest(self->filter, ask_query(&ask, OID_UNKNOWN, 8));
	NdisFIndicateStatus(self->filter, &indication);
	assert_int_equal(NdisFNetPnPEvent(self->filter, &event), NDIS_STATUS_INVALID_PARAMETER);
}

static void hook_attach(struct test_filter *self)
{
	self->in_attach = ask_in_attach;
}

static void a_filter_that_attaches_asks_and_tells_nothing(void **state)
{
	struct stack stack;

	stack_open(&stack, 1);
	test_filter_born = hook_attach;
	stack_add(&stack, "new", NULL, NULL);
	test_filter_born = NULL;
	assert_int_equal(status_in_attach, NDIS_STATUS_ADAPTER_NOT_READY);
	assert_int_equal(stack.f[0]->oids.asked, 0);
	assert_int_equal(stack.user->statuses, 0);
	assert_int_equal(stack.user->net_events, 0);
	stack_close(&stack);
}

static NDIS_STATUS status_in_pause;
static struct stack *paused;

static void ask_in_pause(struct test_filter *self)
{
	struct ask ask;

	status_in_pause = query(paused, &ask);
}

static void requests_are_answered_in_every_state_of_a_stack(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 1);
	stack.mp->oids.answer = NDIS_STATUS_SUCCESS;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_SUCCESS); // paused
	stack_restart(&stack);
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_SUCCESS);
	paused = &stack;
	status_in_pause = NDIS_STATUS_FAILURE;
	stack.f[0]->in_pause = ask_in_pause;
	stack_pause(&stack);
	assert_int_equal(status_in_pause, NDIS_STATUS_SUCCESS);
	nimbl_adapter_halt(stack.adapter);
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_ADAPTER_NOT_READY);
	stack_close(&stack);
}

// Ends

static NDIS_STATUS status_at_end;
static uint32_t ended;

static void note_end(struct test_binding *self, NDIS_OID_REQUEST *request)
{
	status_at_end = self->oids[self->oid_count - 1].status;
	ended++;
}

static void a_binding_that_closes_has_its_requests_cancelled(void **state)
{
	struct stack stack;
	struct ask ask[2];

	stack_open(&stack, 0);
	stack.user->on_oid = note_end;
	stack.mp->oids.mode = TEST_OID_PEND;
	ended = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(query(&stack, &ask[i]), NDIS_STATUS_PENDING);
	nimbl_binding_close(stack.binding);
	assert_int_equal(ended, 2);
	assert_int_equal(status_at_end, NDIS_STATUS_REQUEST_ABORTED);
	assert_int_equal(stack.mp->oids.cancels, 1);
	assert_int_equal(stack.mp->oids.kept_count, 0);
	stack_bind(&stack);
	stack_close(&stack);
}

static void a_miniport_that_does_not_cancel_holds_nobody_up_for_ever(void **state)
{
	struct stack stack;
	struct ask ask, late;

	stack_open(&stack, 0);
	stack.user->on_oid = note_end;
	stack.mp->oids.mode = TEST_OID_PEND;
	stack.mp->oids.ignores_cancel = true;
	ended = 0;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	uint64_t start = rte_get_timer_cycles();
	nimbl_binding_close(stack.binding);
	assert_true(rte_get_timer_cycles() - start < rte_get_timer_hz() * 5);
	assert_int_equal(ended, 1);
	// It has the request still: the next one waits until that is back.
	stack_bind(&stack);
	assert_int_equal(query(&stack, &late), NDIS_STATUS_PENDING);
	assert_int_equal(stack.mp->oids.asked, 1);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack.user->oid_count, 0);
	assert_int_equal(stack.mp->oids.asked, 2);
	test_miniport_oid_complete(stack.mp, NDIS_STATUS_SUCCESS);
	assert_came_back(&stack, 0, &late, NDIS_STATUS_SUCCESS);
	stack_close(&stack);
}

static void a_filter_that_detaches_ends_what_it_has(void **state)
{
	struct stack stack;
	struct ask ask[2];

	for (int ignores = 0; ignores < 2; ignores++) {
		stack_open(&stack, 1);
		stack.f[0]->oids.mode = TEST_OID_PEND;
		stack.f[0]->oids.ignores_cancel = ignores;
		assert_int_equal(query(&stack, &ask[0]), NDIS_STATUS_PENDING);
		assert_int_equal(nimbl_filter_remove(stack.f[0]->filter), 0);
		stack.count = 0;
		assert_came_back(&stack, 0, &ask[0], NDIS_STATUS_REQUEST_ABORTED);
		stack.mp->oids.answer = NDIS_STATUS_SUCCESS;
		assert_int_equal(query(&stack, &ask[1]), NDIS_STATUS_SUCCESS);
		stack_close(&stack);
	}
}

static void a_filter_that_detaches_has_its_requests_cancelled(void **state)
{
	struct stack stack;
	struct ask ask;

	stack_open(&stack, 2);
	stack.mp->oids.mode = TEST_OID_PEND;
	assert_int_equal(query(&stack, &ask), NDIS_STATUS_PENDING);
	assert_int_equal(nimbl_filter_remove(stack.f[1]->filter), 0);
	stack.count = 1;
	assert_int_equal(stack.mp->oids.kept_count, 0);
	assert_came_back(&stack, 0, &ask, NDIS_STATUS_REQUEST_ABORTED);
	assert_int_equal(stack.user->oid_count, 1);
	stack_close(&stack);
}

static void an_adapter_that_halts_ends_all_requests(void **state)
{
	struct stack stack;
	struct ask ask[2];

	stack_open(&stack, 1);
	stack.mp->oids.mode = TEST_OID_PEND;
	for (int i = 0; i < 2; i++)
		assert_int_equal(query(&stack, &ask[i]), NDIS_STATUS_PENDING);
	nimbl_adapter_halt(stack.adapter);
	assert_int_equal(stack.user->oid_count, 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(stack.user->oids[i].status, NDIS_STATUS_REQUEST_ABORTED);
	stack_close(&stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_at_once_is_the_result_and_no_completion),
		cmocka_unit_test(what_the_miniport_does_not_know_its_attributes_tell),
		cmocka_unit_test(a_link_state_is_whole_before_the_miniport_indicates_one),
		cmocka_unit_test(the_miniport_gets_one_at_a_time_in_order),
		cmocka_unit_test(a_request_completed_inside_the_handler_pends_all_the_same),
		cmocka_unit_test(direct_requests_pass_the_queue_by),
		cmocka_unit_test(a_completion_at_a_raised_level_lets_the_next_one_come_at_passive),
		cmocka_unit_test(threads_that_ask_at_once_are_served_one_by_one),
		cmocka_unit_test(filters_pass_clones_on_and_results_back),
		cmocka_unit_test(a_filter_ends_requests_by_itself),
		cmocka_unit_test(a_filter_may_keep_a_request_and_pass_it_on_later),
		cmocka_unit_test(a_filter_makes_requests_of_its_own),
		cmocka_unit_test(a_cancelled_request_that_waits_is_aborted_and_never_asked),
		cmocka_unit_test(a_cancel_reaches_the_miniport_through_filters),
		cmocka_unit_test(a_cancel_means_requests_of_its_issuer_only),
		cmocka_unit_test(a_request_under_way_is_not_taken_again),
		cmocka_unit_test(who_does_not_have_a_request_completes_nothing),
		cmocka_unit_test(without_a_completion_handler_nobody_may_ask),
		cmocka_unit_test(on_an_lcore_nobody_may_ask),
		cmocka_unit_test(a_filter_that_attaches_asks_and_tells_nothing),
		cmocka_unit_test(requests_are_answered_in_every_state_of_a_stack),
		cmocka_unit_test(a_binding_that_closes_has_its_requests_cancelled),
		cmocka_unit_test(a_miniport_that_does_not_cancel_holds_nobody_up_for_ever),
		cmocka_unit_test(a_filter_that_detaches_ends_what_it_has),
		cmocka_unit_test(a_filter_that_detaches_has_its_requests_cancelled),
		cmocka_unit_test(an_adapter_that_halts_ends_all_requests),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
