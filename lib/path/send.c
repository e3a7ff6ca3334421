// SPDX-License-Identifier: BSD-3-Clause
// The way down for sent lists, and up again for their completions.
#include <ndis/ndl/nblchain.h>

#include "nimbl_nbl.h"
#include "nimbl_path.h"

VOID NdisSendNetBufferLists(
	NDIS_HANDLE binding, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(binding);

	edges->send.fn(edges->send.context, chain, port, flags & edges->send_flags);
}

VOID NdisMSendNetBufferListsComplete(NDIS_HANDLE adapter, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(adapter);

	edges->complete.fn(edges->complete.context, chain, flags);
}

void nimbl_path_refuse_send(
	NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct nimbl_module *module = context;
	const struct nimbl_edges *edges = nimbl_edges_of(module);

	NdisSetStatusInNblChain(chain, NDIS_STATUS_PAUSED);
	nimbl_count_here(module->counters,
		offsetof(struct nimbl_counters, drops[NIMBL_DROP_TX_PAUSED]),
		NdisNumNbsInNblChain(chain));
	edges->complete.fn(edges->complete.context, chain, 0);
}

void nimbl_path_bring_home(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags)
{
	struct nimbl_module *module = context;
	uint32_t count = nimbl_nbl_put_chain(chain);

	nimbl_count_here(module->counters, offsetof(struct nimbl_counters, lists_returned), count);
}
