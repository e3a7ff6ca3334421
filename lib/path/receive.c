// SPDX-License-Identifier: BSD-3-Clause
// The way up for received lists, and down again for what is returned.
#include <rte_common.h>
#include <rte_lcore.h>

#include "books.h"
#include "nimbl_path.h"

__thread uint32_t nimbl_self = NIMBL_NO_LCORE;

uint32_t nimbl_lcore_ask(void)
{
	return RTE_MIN(rte_lcore_id(), (unsigned int)RTE_MAX_LCORE);
}

struct nimbl_counters *nimbl_counters_here(struct nimbl_counters *blocks)
{
	return &blocks[nimbl_lcore_here()];
}

void nimbl_count_here(struct nimbl_counters *blocks, size_t offset, uint64_t n)
{
	uint32_t lcore = nimbl_lcore_here();
	uint64_t *counter = RTE_PTR_ADD(&blocks[lcore], offset);

	if (lcore < RTE_MAX_LCORE)
		nimbl_count(counter, n);
	else
		nimbl_count_shared(counter, n);
}

VOID NdisMIndicateReceiveNetBufferLists(NDIS_HANDLE adapter, PNET_BUFFER_LIST chain,
	NDIS_PORT_NUMBER port, ULONG count, ULONG flags)
{
	struct nimbl_module *module = adapter;
	const struct nimbl_edges *edges = nimbl_edges_of(adapter);

	nimbl_count_here(module->counters, offsetof(struct nimbl_counters, lists_indicated), count);
	edges->receive.fn(edges->receive.context, chain, port, count, flags & edges->receive_flags);
	// Lent lists are back when the call is over; no return will ever come for them.
	if (NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		nimbl_count_here(
			module->counters, offsetof(struct nimbl_counters, lists_returned), count);
}

VOID NdisReturnNetBufferLists(NDIS_HANDLE binding, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(binding);

	edges->give_back.fn(edges->give_back.context, chain, flags);
}

VOID NdisFIndicateReceiveNetBufferLists(
	NDIS_HANDLE filter, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port, ULONG count, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(filter);

	edges->receive.fn(edges->receive.context, chain, port, count, flags & edges->receive_flags);
}

VOID NdisFReturnNetBufferLists(NDIS_HANDLE filter, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct nimbl_edges *edges = nimbl_edges_of(filter);

	edges->give_back.fn(edges->give_back.context, chain, flags);
}

void nimbl_count_born(NDIS_HANDLE handle, uint64_t n)
{
	const struct nimbl_module *module = handle;

	if (module->books == NULL) // else it is seen to make them
		nimbl_count_here(module->counters, offsetof(struct nimbl_counters, born), n);
}

void nimbl_count_dropped(NDIS_HANDLE handle, enum nimbl_drop reason, uint64_t n)
{
	const struct nimbl_module *module = handle;

	nimbl_count_here(module->counters,
		offsetof(struct nimbl_counters, drops) + reason * sizeof(uint64_t), n);
}

void nimbl_drop_receive(NDIS_HANDLE handle, PNET_BUFFER_LIST chain, ULONG count, ULONG flags,
	enum nimbl_drop reason)
{
	nimbl_count_dropped(handle, reason, count);
	nimbl_books_excuse_up(handle, count);
	if (!NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		NdisFReturnNetBufferLists(handle, chain, 0);
}

void nimbl_consume_receive(NDIS_HANDLE handle, PNET_BUFFER_LIST chain, ULONG count, ULONG flags)
{
	const struct nimbl_module *module = handle;

	nimbl_count_here(module->counters, offsetof(struct nimbl_counters, consumed), count);
	nimbl_books_excuse_up(module, count);
	if (!NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		NdisFReturnNetBufferLists(handle, chain, 0);
}

void nimbl_path_unbound_receive(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	nimbl_drop_receive(context, chain, count, flags, NIMBL_DROP_RX_UNBOUND);
}

void nimbl_path_paused_receive(NDIS_HANDLE context, PNET_BUFFER_LIST chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	nimbl_drop_receive(context, chain, count, flags, NIMBL_DROP_RX_PAUSED);
}
