// SPDX-License-Identifier: BSD-3-Clause
// One cell of states_test.c: a stack whose subject is brought into a state, and an event there.
#pragma once

static struct cell {
	const struct row *row;
	struct stack stack;
	NDIS_HANDLE adapter; // also while it initializes
	struct test_miniport *mp;
	struct test_filter *filter;
	struct test_binding *user;
	enum nimbl_state before;
	uint64_t faults;
	bool done;
} cell;

static NDIS_HANDLE sender;

static struct nimbl_adapter_info adapter_query(void)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(cell.adapter, &info);
	return info;
}

static NDIS_HANDLE filter_handle(void)
{
	return cell.filter->filter;
}

static enum outcome passed_if(bool passed)
{
	return passed ? PASSED : NOTHING;
}

// Lists

static enum outcome event_send(void)
{
	NET_BUFFER_LIST *lists[2];
	uint32_t before = cell.mp->sent_count;

	for (unsigned int i = 0; i < 2; i++)
		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
	cell.user->completed = 0;
	test_send(cell.user, lists, 2, 0);
	bool passed = cell.mp->sent_count == before + 2;
	if (passed)
		test_miniport_complete(cell.mp, 2, NDIS_STATUS_SUCCESS);
	assert_int_equal(cell.user->completed, 2);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(cell.user->completions[i].status,
			passed ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PAUSED);
		NdisFreeNetBufferList(lists[i]);
	}
	return passed ? PASSED : REFUSED;
}

static uint64_t receive_drops(void)
{
	struct nimbl_adapter_info info = adapter_query();

	return info.counters.drops[NIMBL_DROP_RX_PAUSED] +
	       info.counters.drops[NIMBL_DROP_RX_UNBOUND];
}

static enum outcome event_indicate(void)
{
	uint32_t held = cell.user != NULL ? cell.user->held_count : 0;
	uint64_t drops = receive_drops();

	test_miniport_indicate(cell.mp, 2, 0, 0, NULL);
	if (receive_drops() == drops + 2)
		return REFUSED;
	assert_non_null(cell.user);
	assert_int_equal(cell.user->held_count, held + 2);
	NdisReturnNetBufferLists(cell.user->binding, test_chain(&cell.user->held[held], 2), 0);
	cell.user->held_count = held;
	return PASSED;
}

// Two lists each are out since the stack ran.
static enum outcome event_complete(void)
{
	cell.user->completed = 0;
	assert_int_equal(cell.mp->sent_count, 2);
	test_miniport_complete(cell.mp, 2, NDIS_STATUS_SUCCESS);
	if (cell.user->completed != 2)
		return NOTHING;
	for (unsigned int i = 0; i < 2; i++)
		NdisFreeNetBufferList(cell.user->completions[i].nbl);
	return PASSED;
}

static enum outcome event_return(void)
{
	uint32_t before = cell.mp->returned_count;

	assert_int_equal(cell.user->held_count, 2);
	test_return_held(cell.user);
	return passed_if(cell.mp->returned_count == before + 2);
}

static enum outcome event_cancel(void)
{
	uint32_t before = cell.mp->cancels;

	NdisCancelSendNetBufferLists(cell.user->binding, (PVOID)7);
	return passed_if(cell.mp->cancels == before + 1);
}

// Requests

static enum outcome answered(NDIS_STATUS status)
{
	if (status == NDIS_STATUS_ADAPTER_NOT_READY || status == NDIS_STATUS_CLOSING)
		return REFUSED;
	assert_int_equal(status, NDIS_STATUS_SUCCESS);
	return PASSED;
}

static enum outcome event_request(void)
{
	NDIS_STATUS status;
	struct ask ask;

	ask_query(&ask, OID_UNKNOWN, 4);
	cell.mp->oids.answer = NDIS_STATUS_SUCCESS;
	if (cell.row->subject == FILTER)
		status = cell.row->event == OID ? NdisFOidRequest(filter_handle(), &ask.request)
			 : cell.row->event == SYNC_OID
				 ? NdisFSynchronousOidRequest(filter_handle(), &ask.request)
				 : NdisFDirectOidRequest(filter_handle(), &ask.request);
	else
		status = cell.row->event == OID ? NdisOidRequest(cell.user->binding, &ask.request)
			 : cell.row->event == SYNC_OID
				 ? NdisSynchronousOidRequest(cell.user->binding, &ask.request)
				 : NdisDirectOidRequest(cell.user->binding, &ask.request);
	// A filter without the handler may not ask directly, wherever it stands.
	return answered(status);
}

// Status and events

static void tell_link(void)
{
	NDIS_STATUS_INDICATION indication = {
		.Header = {NDIS_OBJECT_TYPE_STATUS_INDICATION, NDIS_STATUS_INDICATION_REVISION_1,
			NDIS_SIZEOF_STATUS_INDICATION_REVISION_1},
		.StatusCode = NDIS_STATUS_MEDIA_CONNECT,
	};

	if (cell.row->subject == FILTER)
		NdisFIndicateStatus(filter_handle(), &indication);
	else
		NdisMIndicateStatusEx(cell.adapter, &indication);
}

static enum outcome event_status(void)
{
	uint32_t before = cell.user != NULL ? cell.user->statuses : 0;

	tell_link();
	return passed_if(cell.user != NULL && cell.user->statuses == before + 1);
}

static enum outcome event_net(void)
{
	NET_PNP_EVENT_NOTIFICATION event = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_PNP_EVENT_NOTIFICATION_REVISION_1,
			NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1},
		.NetPnPEvent = {.NetEvent = NetEventQueryPower},
	};
	uint32_t before = cell.user != NULL ? cell.user->net_events : 0;
	NDIS_STATUS status = cell.row->subject == FILTER ? NdisFNetPnPEvent(filter_handle(), &event)
							 : NdisMNetPnPEvent(cell.adapter, &event);

	if (status == NDIS_STATUS_INVALID_PARAMETER)
		return REFUSED;
	return passed_if(cell.user != NULL && cell.user->net_events == before + 1);
}

static enum outcome event_device(void)
{
	NET_DEVICE_PNP_EVENT event = {.DevicePnPEvent = NdisDevicePnPEventPowerProfileChanged};
	uint32_t before = cell.mp->device_events;

	NdisFDevicePnPEventNotify(filter_handle(), &event);
	return passed_if(cell.mp->device_events == before + 1);
}

// What drivers call in their handlers

static enum outcome event_reset(void)
{
	uint32_t statuses = cell.user != NULL ? cell.user->statuses : 0;

	if (nimbl_adapter_reset(cell.adapter) < 0)
		return REFUSED;
	assert_int_equal(cell.mp->resets, 1);
	assert_int_equal(cell.user->statuses, statuses + 2);
	assert_int_equal(cell.user->last_status, NDIS_STATUS_RESET_END);
	return PASSED;
}

static enum outcome event_attributes(void)
{
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = {
		.Header = {NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
			NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1},
		.MiniportAdapterContext = cell.mp,
	};
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES, NDIS_FILTER_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1},
	};
	NDIS_STATUS status = cell.row->subject == FILTER
				     ? NdisFSetAttributes(filter_handle(), cell.filter, &attributes)
				     : NdisMSetMiniportAttributes(cell.adapter,
					       (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&registration);

	return status == NDIS_STATUS_SUCCESS ? PASSED : REFUSED;
}

static enum outcome event_handlers(void)
{
	NDIS_FILTER_PARTIAL_CHARACTERISTICS handlers = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_PARTIAL_CHARACTERISTICS,
			NDIS_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1},
	};
	NDIS_STATUS status = NdisSetOptionalHandlers(
		filter_handle(), (NDIS_DRIVER_OPTIONAL_HANDLERS *)&handlers);

	return status == NDIS_STATUS_SUCCESS ? PASSED : REFUSED;
}

static enum outcome event_restart_filter(void)
{
	if (NdisFRestartFilter(filter_handle()) != NDIS_STATUS_SUCCESS)
		return REFUSED;
	return passed_if(nimbl_stack_wants_restart(cell.adapter));
}

static void complete_of_binding(NET_PNP_EVENT_CODE code)
{
	NET_PNP_EVENT_NOTIFICATION event = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_PNP_EVENT_NOTIFICATION_REVISION_1,
			NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1},
		.NetPnPEvent = {.NetEvent = code},
	};

	NdisCompleteNetPnPEvent(cell.user->binding, &event, NDIS_STATUS_SUCCESS);
}

static enum outcome event_completion(void)
{
	bool is_restart = cell.row->event == RESTART_COMPLETE;

	if (cell.row->subject == BINDING)
		complete_of_binding(cell.row->event == EVENT_COMPLETE ? NetEventQueryPower
				    : is_restart                      ? NetEventRestart
								      : NetEventPause);
	else if (cell.row->event == RESET_COMPLETE)
		NdisMResetComplete(cell.adapter, NDIS_STATUS_SUCCESS, FALSE);
	else if (cell.row->subject == ADAPTER && is_restart)
		NdisMRestartComplete(cell.adapter, NDIS_STATUS_SUCCESS);
	else if (cell.row->subject == ADAPTER)
		NdisMPauseComplete(cell.adapter);
	else if (is_restart)
		NdisFRestartComplete(filter_handle(), NDIS_STATUS_SUCCESS);
	else
		NdisFPauseComplete(filter_handle());
	return PASSED; // unless it was a fault
}

// What the engine does

static enum nimbl_state filter_state_now(void)
{
	struct nimbl_filter_info info = {.name = NULL};

	for (unsigned int i = 0; nimbl_filter_query(cell.adapter, i, &info); i++) {
		if (info.filter == filter_handle())
			return info.state;
	}
	return NIMBL_HALTED; // it has no place, or has none yet
}

static enum nimbl_state state_now(void)
{
	return cell.row->subject == ADAPTER  ? adapter_query().state
	       : cell.row->subject == FILTER ? filter_state_now()
					     : nimbl_binding_state(cell.user->binding);
}

static enum outcome event_change(void)
{
	bool is_restart = cell.row->event == DO_RESTART;
	int ret;

	if (cell.row->subject == ADAPTER)
		ret = is_restart ? nimbl_adapter_restart(cell.adapter)
				 : nimbl_adapter_pause(cell.adapter);
	else if (cell.row->subject == FILTER)
		ret = is_restart ? nimbl_filter_restart(filter_handle())
				 : nimbl_filter_pause(filter_handle());
	else
		ret = is_restart ? nimbl_binding_restart(cell.user->binding)
				 : nimbl_binding_pause(cell.user->binding);
	assert_int_equal(ret, 0);
	if (state_now() == cell.before)
		return NOTHING;
	return state_now() == NIMBL_RUNNING ? NOW_RUNNING : NOW_PAUSED;
}

static enum outcome event_open(void)
{
	NDIS_HANDLE binding = NULL;

	return nimbl_binding_open("test_protocol", cell.adapter, NULL, &binding) == 0 ? PASSED
										      : REFUSED;
}

typedef enum outcome event_fn(void);

static event_fn *const events[EVENTS] = {
	[SEND] = event_send,
	[INDICATE] = event_indicate,
	[COMPLETE] = event_complete,
	[RETURN] = event_return,
	[CANCEL] = event_cancel,
	[OID] = event_request,
	[DIRECT_OID] = event_request,
	[SYNC_OID] = event_request,
	[STATUS] = event_status,
	[NET_EVENT] = event_net,
	[DEVICE_EVENT] = event_device,
	[RESET] = event_reset,
	[SET_ATTRIBUTES] = event_attributes,
	[SET_HANDLERS] = event_handlers,
	[RESTART_COMPLETE] = event_completion,
	[PAUSE_COMPLETE] = event_completion,
	[RESET_COMPLETE] = event_completion,
	[EVENT_COMPLETE] = event_completion,
	[RESTART_FILTER] = event_restart_filter,
	[DO_RESTART] = event_change,
	[DO_PAUSE] = event_change,
	[DO_OPEN] = event_open,
};

static void cell_check(void)
{
	if (cell.done)
		return;
	cell.done = true;
	cell.before = state_now();
	cell.faults = adapter_query().driver_faults;
	enum outcome is = events[cell.row->event]();
	bool is_fault = adapter_query().driver_faults > cell.faults;

	if (is_fault)
		is = FAULT;
	if (is != cell.row->outcome)
		fail_msg("%s: %s instead of %s", cell.row->rule, outcomes[is],
			outcomes[cell.row->outcome]);
	if (is != NOW_RUNNING && is != NOW_PAUSED)
		assert_int_equal(state_now(), cell.before);
}

// Into the states

static void in_initialize(struct test_miniport *self)
{
	cell.mp = self;
	cell.adapter = self->adapter;
	cell_check();
}

static void in_attach(struct test_filter *self)
{
	cell.filter = self;
	cell_check();
}

static void born(struct test_filter *self)
{
	self->in_attach = in_attach;
}

static void in_filter(struct test_filter *self)
{
	cell_check();
}

static void in_bind(struct test_binding *self)
{
	cell.user = self;
	cell_check();
}

static void stack_enter(void)
{
	cell.adapter = cell.stack.adapter;
	cell.mp = cell.stack.mp;
	cell.user = cell.stack.user;
	cell.filter = cell.stack.count > 0 ? cell.stack.f[0] : NULL;
}

// Lists that stay out, two each way.
static void leave_something_out(void)
{
	NET_BUFFER_LIST *lists[2];

	for (unsigned int i = 0; i < 2; i++)
		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
	test_send(cell.user, lists, 2, 0);
	test_miniport_indicate(cell.mp, 2, 0, 0, NULL);
}

static void complete_all(void)
{
	cell.user->completed = 0;
	if (cell.mp->sent_count == 0)
		return;
	test_miniport_complete(cell.mp, cell.mp->sent_count, NDIS_STATUS_SUCCESS);
	for (unsigned int i = 0; i < cell.user->completed; i++)
		NdisFreeNetBufferList(cell.user->completions[i].nbl);
}

static void bring_home(void)
{
	complete_all();
	test_return_held(cell.user);
}

static void adapter_into(enum at at)
{
	if (at == AT_RESTARTING || at == AT_PAUSED || at == AT_ENDED) {
		// With the others running, as far as that goes.
		assert_int_equal(nimbl_adapter_pause(cell.adapter), 0);
	}
	if (at == AT_RESTARTING) {
		cell.mp->in_restart = cell_check;
		assert_int_equal(nimbl_adapter_restart(cell.adapter), 0);
	} else if (at == AT_PAUSING) {
		cell.mp->in_pause = cell_check;
		assert_int_equal(nimbl_adapter_pause(cell.adapter), 0);
	} else if (at == AT_ENDED) {
		bring_home();
		nimbl_binding_close(cell.stack.binding);
		nimbl_filter_close(cell.stack.f[0]->filter);
		cell.stack.binding = NULL;
		cell.user = NULL;
		nimbl_adapter_halt(cell.adapter);
		cell.mp = NULL;
		cell_check();
	} else if (at == AT_SHUT_DOWN) {
		nimbl_adapter_shutdown(cell.adapter);
		assert_int_equal(cell.mp->shutdowns, 1);
		cell_check();
	} else {
		cell_check();
	}
}

static void filter_into(enum at at)
{
	NDIS_HANDLE filter = filter_handle();

	if (at != AT_RUNNING && at != AT_PAUSING)
		assert_int_equal(nimbl_filter_pause(filter), 0);
	if (at == AT_RESTARTING) {
		cell.filter->in_restart = in_filter;
		assert_int_equal(nimbl_filter_restart(filter), 0);
	} else if (at == AT_PAUSING) {
		cell.filter->in_pause = in_filter;
		assert_int_equal(nimbl_filter_pause(filter), 0);
	} else if (at == AT_ENDED) {
		cell.filter->in_detach = in_filter;
		bring_home();
		nimbl_filter_close(filter);
		cell.stack.count = 0;
		cell.filter = NULL;
	} else {
		cell_check();
	}
}

static void binding_into(enum at at)
{
	NDIS_HANDLE binding = cell.stack.binding;

	if (at != AT_RUNNING && at != AT_PAUSING)
		assert_int_equal(nimbl_binding_pause(binding), 0);
	if (at == AT_RESTARTING) {
		cell.user->in_restart = cell_check;
		assert_int_equal(nimbl_binding_restart(binding), 0);
	} else if (at == AT_PAUSING) {
		cell.user->in_pause = cell_check;
		assert_int_equal(nimbl_binding_pause(binding), 0);
	} else if (at == AT_ENDED) {
		cell.user->in_unbind = cell_check;
		if (cell.row->event != RETURN)
			test_return_held(cell.user);
		if (cell.row->event != COMPLETE)
			complete_all();
		nimbl_binding_close(binding);
		cell.stack.binding = NULL;
	} else {
		cell_check();
	}
}

static void close_all(void)
{
	if (cell.stack.binding != NULL) {
		bring_home();
		nimbl_binding_close(cell.stack.binding);
	}
	struct test_miniport *shut = cell.row->at == AT_SHUT_DOWN ? cell.mp : NULL;
	nimbl_adapter_close(cell.stack.adapter);
	if (shut != NULL) // the miniport was to free nothing
		test_miniport_free(shut);
}

// The subject comes into being, and the event happens meanwhile.
static void one_initial_cell(enum subject subject)
{
	if (subject == ADAPTER)
		test_miniport_in_initialize = in_initialize;
	stack_open(&cell.stack, 0);
	test_miniport_in_initialize = NULL;
	stack_enter();
	if (subject == FILTER) {
		test_filter_born = born;
		stack_add(&cell.stack, "new", NULL, NULL);
		test_filter_born = NULL;
		cell.filter = cell.stack.f[0];
	} else if (subject == BINDING) {
		nimbl_binding_close(cell.stack.binding);
		assert_int_equal(nimbl_adapter_restart(cell.adapter), 0);
		test_protocol_in_bind = in_bind;
		stack_bind(&cell.stack);
		test_protocol_in_bind = NULL;
		cell.user = cell.stack.user;
	}
}

static void one_cell(void **state)
{
	const struct row *row = *state;

	cell = (struct cell){.row = row};
	if (row->at == AT_INITIALIZING) {
		one_initial_cell(row->subject);
	} else {
		stack_open(&cell.stack, row->subject == BINDING ? 0 : 1);
		stack_enter();
		stack_restart(&cell.stack);
		leave_something_out();
		if (row->subject == ADAPTER)
			adapter_into(row->at);
		else if (row->subject == FILTER)
			filter_into(row->at);
		else
			binding_into(row->at);
	}
	assert_true(cell.done);
	close_all();
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	sender = list_pool(TRUE, 256, 0);
	return 0;
}

static int stop(void **state)
{
	close_whole(sender);
	return stack_tests_stop(state);
}
