// SPDX-License-Identifier: BSD-3-Clause
// From states to edges: who gets what in each direction, written down once so that lcores need not
// ask. A module that is not running is represented by a handler that refuses.
#include "bind_priv.h"

// The half of a module's two sets of edges that nobody reads.
static struct nimbl_edges *spare(const struct nimbl_module *module, struct nimbl_edges edges[2])
{
	return module->edges == &edges[0] ? &edges[1] : &edges[0];
}

static void freeze_adapter(struct adapter *adapter)
{
	const struct binding *binding = adapter->binding;
	struct nimbl_edges *edges = spare(&adapter->module, adapter->edges);
	bool up = binding != NULL && binding->state == NIMBL_RUNNING;

	edges->give_back.fn = adapter->driver->handlers.ReturnNetBufferListsHandler;
	edges->give_back.context = adapter->context;
	edges->receive.fn = up ? binding->driver->handlers.ReceiveNetBufferListsHandler
			    : binding != NULL ? nimbl_path_paused_receive
					      : nimbl_path_unbound_receive;
	edges->receive.context = up ? binding->context : adapter;
	// Completions find their protocol also while it is paused: it waits for them.
	edges->complete.fn = binding != NULL
				     ? binding->driver->handlers.SendNetBufferListsCompleteHandler
				     : nimbl_path_bring_home;
	edges->complete.context = binding != NULL ? binding->context : (NDIS_HANDLE)adapter;
	__atomic_store_n(&adapter->module.edges, edges, __ATOMIC_RELEASE);
}

static void freeze_binding(const struct adapter *adapter, struct binding *binding)
{
	struct nimbl_edges *edges = spare(&binding->module, binding->edges);
	bool up = adapter->state == NIMBL_RUNNING && binding->state == NIMBL_RUNNING;

	edges->give_back.fn = adapter->driver->handlers.ReturnNetBufferListsHandler;
	edges->give_back.context = adapter->context;
	edges->send.fn =
		up ? adapter->driver->handlers.SendNetBufferListsHandler : nimbl_path_refuse_send;
	edges->send.context = up ? adapter->context : (NDIS_HANDLE)binding;
	edges->complete.fn = binding->driver->handlers.SendNetBufferListsCompleteHandler;
	edges->complete.context = binding->context;
	// A refused send is completed, so nobody may have given it away.
	edges->send_flags =
		up ? ~(ULONG)0 : ~(ULONG)(NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED);
	__atomic_store_n(&binding->module.edges, edges, __ATOMIC_RELEASE);
}

int stack_freeze(struct adapter *adapter)
{
	freeze_adapter(adapter);
	if (adapter->binding != NULL)
		freeze_binding(adapter, adapter->binding);
	return nimbl_lcores_publish();
}
