// SPDX-License-Identifier: BSD-3-Clause
// The way down for sent lists, and up again for their completions.
#include <ndis/ndl/nblchain.h>

#include "books.h"
#include "nimbl_mbuf.h"
#include "nimbl_path.h"

VOID NdisSendNetBufferLists(
	NDIS_HANDLE binding, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	nimbl_send(binding, chain, port, flags);
}

VOID NdisCancelSendNetBufferLists(NDIS_HANDLE binding, PVOID cancel_id)
{
	const struct nimbl_edges *edges = nimbl_edges_of(binding);

	edges->cancel.fn(edges->cancel.context, cancel_id);
}

VOID NdisFSendNetBufferLists(
	NDIS_HANDLE filter, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	nimbl_send(filter, chain, port, flags);
}

VOID NdisFCancelSendNetBufferLists(NDIS_HANDLE filter, PVOID cancel_id)
{
	const struct nimbl_edges *edges = nimbl_edges_of(filter);

	edges->cancel.fn(edges->cancel.context, cancel_id);
}

VOID NdisFSendNetBufferListsComplete(NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(filter);

	edges->complete.fn(edges->complete.context, chain, flags);
}

VOID NdisMSendNetBufferListsComplete(NDIS_HANDLE adapter, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(adapter);

	edges->complete.fn(edges->complete.context, chain, flags);
}

// What was given for good ends here, and is counted as if the miniport had dropped it.
static void bring_given_home(struct nimbl_module *module, PNET_BUFFER_LIST chain)
{
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		nimbl_nbl_drop_headers(nbl);
		nbl->NdisReserved[0] = NULL; // nobody has it any more, for the verifier
	}
	nimbl_count_here(module->counters, offsetof(struct nimbl_counters, lists_handed),
		nimbl_nbl_put_chain(chain));
}

void nimbl_finish_send(NDIS_HANDLE handle, PNET_BUFFER_LIST chain, ULONG flags)
{
	struct nimbl_module *module = handle;
	const struct nimbl_edges *edges = nimbl_edges_of(module);

	if ((flags & NIMBL_SEND_FLAGS_HANDOVER) == 0)
		nimbl_books_excuse_down(module, NdisNumNbsInNblChain(chain));
	if ((flags & NIMBL_SEND_FLAGS_HANDOVER) != 0)
		bring_given_home(module, chain);
	else
		edges->complete.fn(edges->complete.context, chain, 0);
}

void nimbl_drop_send(NDIS_HANDLE handle, PNET_BUFFER_LIST chain, ULONG flags,
	enum nimbl_drop reason, NDIS_STATUS status)
{
	nimbl_count_dropped(handle, reason, NdisNumNbsInNblChain(chain));
	NdisSetStatusInNblChain(chain, status);
	nimbl_finish_send(handle, chain, flags);
}

void nimbl_consume_send(NDIS_HANDLE handle, PNET_BUFFER_LIST chain, ULONG flags)
{
	struct nimbl_module *module = handle;

	nimbl_count_here(module->counters, offsetof(struct nimbl_counters, consumed),
		NdisNumNbsInNblChain(chain));
	NdisSetStatusInNblChain(chain, NDIS_STATUS_SUCCESS);
	nimbl_finish_send(handle, chain, flags);
}

void nimbl_path_refuse_send(
	NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	nimbl_drop_send(context, chain, flags, NIMBL_DROP_TX_PAUSED, NDIS_STATUS_PAUSED);
}

void nimbl_path_bring_home(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags)
{
	struct nimbl_module *module = context;
	uint32_t count = nimbl_nbl_put_chain(chain);

	nimbl_count_here(module->counters, offsetof(struct nimbl_counters, lists_returned), count);
}

void nimbl_path_ignore_cancel(NDIS_HANDLE context, PVOID cancel_id)
{
}
