// SPDX-License-Identifier: BSD-3-Clause
// From states to edges: who gets what in each direction, written down once so that lcores need not
// ask. A handler that does not exist is no edge; a module that does not run is represented by a
// handler that refuses.
#include "bind_priv.h"

// One member of a stack as its neighbours see it. A NULL handler lets everything pass by.
struct level {
	struct nimbl_module *module;
	struct nimbl_edges *edges; // the half of its two sets that nobody reads
	struct nimbl_wrap *wraps;  // the same of what covers them
	struct nimbl_wrap ends;    // who takes what it gives
	NDIS_HANDLE context;
	bool running, indicates; // whether it may send, and pass up what it receives
	bool is_filter;
	ULONG allows;
	nimbl_receive_fn receive, refuse_receive;
	nimbl_send_fn send;
	nimbl_chain_fn complete, give_back;
	VOID (*cancel)(NDIS_HANDLE context, PVOID cancel_id);
};

struct levels {
	struct level at[NIMBL_FILTERS_MAX + 2]; // adapter, filters, binding or nobody
	unsigned int count;
};

static unsigned int spare(const struct nimbl_module *module, const struct nimbl_edges edges[2])
{
	return module->edges == &edges[0] ? 1 : 0;
}

static struct level adapter_level(struct adapter *adapter)
{
	const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers = &adapter->driver->handlers;
	unsigned int half = spare(&adapter->module, adapter->edges);

	return (struct level){
		.module = &adapter->module,
		.edges = &adapter->edges[half],
		.wraps = adapter->wraps.at[half],
		.context = adapter->context,
		.running = adapter->state == NIMBL_RUNNING,
		.indicates = adapter->state == NIMBL_RUNNING || adapter->state == NIMBL_RESTARTING,
		.allows = adapter->allows,
		.send = handlers->SendNetBufferListsHandler,
		.give_back = handlers->ReturnNetBufferListsHandler,
		.cancel = handlers->CancelSendHandler != NULL ? handlers->CancelSendHandler
							      : nimbl_path_ignore_cancel,
	};
}

static struct level filter_level(struct filter *filter)
{
	const NDIS_FILTER_PARTIAL_CHARACTERISTICS *handlers = &filter->handlers;
	unsigned int half = spare(&filter->module, filter->edges);

	return (struct level){
		.module = &filter->module,
		.edges = &filter->edges[half],
		.wraps = filter->wraps.at[half],
		.context = filter->context,
		.running = filter->state == NIMBL_RUNNING,
		.indicates = filter->state == NIMBL_RUNNING,
		.is_filter = true,
		.allows = filter->allows,
		.receive = handlers->ReceiveNetBufferListsHandler,
		.refuse_receive = nimbl_path_paused_receive,
		.send = handlers->SendNetBufferListsHandler,
		.complete = handlers->SendNetBufferListsCompleteHandler,
		.give_back = handlers->ReturnNetBufferListsHandler,
		.cancel = handlers->CancelSendNetBufferListsHandler,
	};
}

static struct level binding_level(struct binding *binding)
{
	const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *handlers = &binding->driver->handlers;
	unsigned int half = spare(&binding->module, binding->edges);

	return (struct level){
		.module = &binding->module,
		.edges = &binding->edges[half],
		.wraps = binding->wraps.at[half],
		.context = binding->context,
		.running = binding->state == NIMBL_RUNNING,
		.receive = handlers->ReceiveNetBufferListsHandler,
		.refuse_receive = nimbl_path_paused_receive,
		.complete = handlers->SendNetBufferListsCompleteHandler,
	};
}

static struct level top_level(struct adapter *adapter)
{
	unsigned int half = spare(&adapter->top, adapter->top_edges);

	return (struct level){
		.module = &adapter->top,
		.edges = &adapter->top_edges[half],
		.wraps = adapter->top_wraps.at[half],
		.context = &adapter->top,
		.receive = nimbl_path_unbound_receive,
		.refuse_receive = nimbl_path_unbound_receive,
		.complete = nimbl_path_bring_home,
	};
}

static void levels_make(struct adapter *adapter, struct levels *levels)
{
	levels->count = 0;
	levels->at[levels->count++] = adapter_level(adapter);
	for (unsigned int i = 0; i < adapter->filter_count; i++)
		levels->at[levels->count++] = filter_level(adapter->filters[i]);
	levels->at[levels->count++] =
		adapter->binding != NULL ? binding_level(adapter->binding) : top_level(adapter);
}

// What level `i` passes up. The highest level has all handlers, so a search ends there.
static void freeze_up(struct levels *levels, unsigned int i)
{
	struct nimbl_edges *edges = levels->at[i].edges;
	struct nimbl_wrap *ends = &levels->at[i].ends;
	const struct level *to = &levels->at[i + 1];

	while (to->receive == NULL)
		to++;
	// Who does not run may indicate nothing; its neighbour refuses in its stead.
	if (!levels->at[i].indicates)
		to = &levels->at[i + 1];
	bool refused = !to->running || !levels->at[i].indicates;
	edges->receive.fn = refused ? to->refuse_receive : to->receive;
	edges->receive.context = refused ? (NDIS_HANDLE)to->module : to->context;
	ends->receive = to->module;
	// Completions find their sender also while it is paused: it waits for them.
	for (to = &levels->at[i + 1]; to->complete == NULL;)
		to++;
	edges->complete.fn = to->complete;
	edges->complete.context = to->context;
	ends->complete = to->module;
}

// What level `i` passes down. The adapter has all handlers, so a search ends there.
static void freeze_down(struct levels *levels, unsigned int i)
{
	struct nimbl_edges *edges = levels->at[i].edges;
	struct nimbl_wrap *ends = &levels->at[i].ends;
	const struct level *to = &levels->at[i - 1];

	while (to->send == NULL)
		to--;
	if (!levels->at[i].running)
		to = &levels->at[i - 1];
	bool refused = !to->running || !levels->at[i].running;
	edges->send.fn = refused ? nimbl_path_refuse_send : to->send;
	edges->send.context = refused ? (NDIS_HANDLE)to->module : to->context;
	ends->send = to->module;
	for (to = &levels->at[i - 1]; to->give_back == NULL;)
		to--;
	edges->give_back.fn = to->give_back;
	edges->give_back.context = to->context;
	ends->give_back = to->module;
	for (to = &levels->at[i - 1]; to->cancel == NULL;)
		to--;
	edges->cancel.fn = to->cancel;
	edges->cancel.context = to->context;
}

// Whether a filter takes lists of others on their way back, or could take them to end them: who knows nothing
// of lists given for good completes whatever it was given to send.
static bool wants_back(const struct level *level, bool upward)
{
	bool knows = (level->allows & NIMBL_FILTER_ATTRIBUTES_BOOKS) != 0;

	if ((level->allows & NIMBL_FILTER_ATTRIBUTES_HANDOVER) != 0)
		return false;
	if (upward)
		return level->give_back != NULL;
	return level->complete != NULL || (level->send != NULL && !knows);
}

// Whether lists may go from level `i` for good. Upward, returns would pass every filter from here on;
// downward, completions every filter below. A refused send is completed, so nobody may give it away.
static bool may_hand_over(const struct levels *levels, unsigned int i, bool upward)
{
	unsigned int from = upward ? i : 0, to = upward ? levels->count - 1 : i + 1;

	for (unsigned int j = from; j < to; j++) {
		const struct level *level = &levels->at[j];

		if (level->is_filter && wants_back(level, upward))
			return false;
		if (j == 0 && !upward && (level->allows & NIMBL_MINIPORT_ATTRIBUTES_HANDOVER) == 0)
			return false;
		if (!upward && !level->running)
			return false;
	}
	return true;
}

// What is given for good goes from the PMD to its pool as it was sent. Data in front of the usual headroom
// must be put right first, so such sends have to come back.
static bool wants_more_than_usual(const struct adapter *adapter)
{
	return back_fill_of(adapter).data_bytes > RTE_PKTMBUF_HEADROOM;
}

static void freeze_flags(const struct adapter *adapter, const struct levels *levels, unsigned int i)
{
	const struct level *level = &levels->at[i];
	const ULONG given = NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED;
	ULONG receive = ~(ULONG)0, send = ~(ULONG)0;

	if (level->is_filter && (level->allows & NIMBL_FILTER_ATTRIBUTES_UNTOUCHED) == 0)
		receive = send = ~(ULONG)NIMBL_SEND_FLAGS_UNTOUCHED;
	if (!may_hand_over(levels, i, true))
		receive &= ~given;
	// What reaches a filter was given for good with the consent of all below it.
	if (wants_more_than_usual(adapter) ||
		(!level->is_filter && !may_hand_over(levels, i, false)))
		send &= ~given;
	level->edges->receive_flags = receive;
	level->edges->send_flags = send;
}

static void wrap_edges(const struct wrappers *wrappers, struct level *level)
{
	level->ends.from = level->module;
	wrappers_put(wrappers, &level->ends, level->edges, level->wraps);
}

int stack_freeze(struct adapter *adapter)
{
	struct levels levels;

	int ret = books_stand(adapter);

	if (ret < 0)
		return ret;
	levels_make(adapter, &levels);
	for (unsigned int i = 0; i < levels.count; i++) {
		*levels.at[i].edges = (struct nimbl_edges){.send_flags = 0};
		if (i + 1 < levels.count)
			freeze_up(&levels, i);
		if (i > 0)
			freeze_down(&levels, i);
		freeze_flags(adapter, &levels, i);
		wrap_edges(&adapter->wrappers, &levels.at[i]);
	}
	for (unsigned int i = 0; i < levels.count; i++)
		__atomic_store_n(&levels.at[i].module->edges, levels.at[i].edges, __ATOMIC_RELEASE);
	return nimbl_lcores_publish();
}
