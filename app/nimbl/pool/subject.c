// SPDX-License-Identifier: BSD-3-Clause
// The pools that cells are measured on: made once for all cells that ask for the same.
#include "subject.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct nimbl_pool_options options_of(const struct pool_cell *cell, uint32_t lcore)
{
	bool reuse = strcmp(cell->ops, "nimbl_reuse") == 0;

	return (struct nimbl_pool_options){
		.name = "bench",
		.capacity = cell->size,
		.cache = cell->cache,
		.ops = reuse ? NULL : cell->ops,
		.reuse = reuse,
		.owner_lcore = lcore,
		.node = cell->node < 0 ? NIMBL_NODE_ANY : cell->node,
		.page = cell->page,
	};
}

static NDIS_HANDLE lists_open(
	const struct pool_cell *cell, bool with_buffer, uint32_t data, uint32_t lcore)
{
	struct nimbl_pool_options options = options_of(cell, lcore);
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = with_buffer,
		.DataSize = data,
	};

	return nimbl_nbl_pool_open(NULL, &parameters, &options);
}

static NDIS_HANDLE buffers_open(const struct pool_cell *cell, uint32_t data, uint32_t lcore)
{
	struct nimbl_pool_options options = options_of(cell, lcore);
	NET_BUFFER_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
		.DataSize = data,
	};

	return nimbl_nb_pool_open(NULL, &parameters, &options);
}

// Bare elements come from the mempool of a pool with whole ones: the same memory, the same layout.
static void elements_use(struct pool_store *store)
{
	store->elements = nimbl_pool_mempool(store->lists);
}

static bool pools_make(struct pool_store *store, uint32_t lcore)
{
	const struct pool_cell *cell = &store->cell;
	uint32_t data = RTE_PKTMBUF_HEADROOM + cell->data;

	switch (cell->allocation) {
	case POOL_EMPTY:
		return true;
	case POOL_MEMPOOL:
	case POOL_BARE:
	case POOL_BULK:
	case POOL_WHOLE:
		store->lists = lists_open(cell, true, data, lcore);
		if (store->lists != NULL)
			elements_use(store);
		return store->lists != NULL;
	case POOL_ONE_STEP:
		store->lists = lists_open(cell, true, 0, lcore);
		return store->lists != NULL;
	case POOL_FOREIGN:
		store->lists = lists_open(cell, true, 0, lcore);
		store->foreign = malloc((size_t)cell->size * cell->data);
		if (store->foreign != NULL)
			memset(store->foreign, 0, (size_t)cell->size * cell->data);
		return store->lists != NULL && store->foreign != NULL;
	default:
		store->lists = lists_open(cell, false, 0, lcore);
		store->buffers = buffers_open(
			cell, cell->allocation == POOL_TWO_STEPS_DATA ? data : 0, lcore);
		return store->lists != NULL && store->buffers != NULL;
	}
}

static void memory_count(struct pool_store *store, NDIS_HANDLE pool)
{
	struct nimbl_pool_info info;

	if (pool == NULL)
		return;
	nimbl_pool_query(pool, &info);
	store->total_bytes += info.total_bytes;
	store->element_bytes += info.list_bytes;
}

static void store_free(struct pool_store *store)
{
	free(store->foreign);
	free(store);
}

// Cells that differ in what is done with the elements only use the same pools.
static struct pool_cell pools_of(const struct pool_cell *cell)
{
	struct pool_cell pools = *cell;

	pools.work = POOL_WORK_GETPUT;
	pools.burst = 32;
	pools.cold = 0;
	snprintf(pools.port, sizeof(pools.port), "%s", POOL_PORT_NONE);
	pools.takers = pools.givers = 1;
	pools.reclaim = POOL_RECLAIM_POOL;
	if (cell->allocation == POOL_MEMPOOL || cell->allocation == POOL_BARE ||
		cell->allocation == POOL_WHOLE || cell->allocation >= POOL_TWIN)
		pools.allocation = POOL_BULK;
	return pools;
}

static struct pool_store *store_find(struct pool_store *stores, const struct pool_cell *pools)
{
	for (; stores != NULL; stores = stores->next)
		if (pool_cell_equal(&stores->cell, pools))
			return stores;
	return NULL;
}

static struct pool_store *store_make(
	const struct pool_cell *pools, struct pool_store **stores, uint32_t lcore)
{
	struct pool_store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		nimbl_fail(ENOMEM, "no memory for a pool");
		return NULL;
	}
	store->cell = *pools;
	if (!pools_make(store, lcore)) {
		nimbl_pool_close(store->buffers);
		nimbl_pool_close(store->lists);
		store_free(store);
		return NULL;
	}
	memory_count(store, store->lists);
	memory_count(store, store->buffers);
	if (store->foreign != NULL) {
		store->total_bytes += (uint64_t)pools->size * pools->data;
		store->element_bytes += pools->data + (uint32_t)NIMBL_MDL_BYTES;
	}
	store->next = *stores;
	*stores = store;
	return store;
}

static bool has_node(int node)
{
	unsigned int nodes = rte_socket_count();

	for (unsigned int i = 0; i < nodes; i++)
		if (node == POOL_NODE_NEAR || rte_socket_id_by_idx(i) == node)
			return true;
	nimbl_fail(ENODEV, "this machine has %u NUMA node%s, and none that is %d", nodes,
		nodes == 1 ? "" : "s", node);
	return false;
}

int pool_subject_open(struct pool_subject *subject, const struct pool_cell *cell,
	struct pool_store **stores, uint32_t lcore)
{
	struct pool_cell pools = pools_of(cell);

	memset(subject, 0, sizeof(*subject));
	subject->cell = *cell;
	rte_spinlock_init(&subject->kept_lock);
	if (!has_node(cell->node))
		return -ENODEV;
	subject->store = store_find(*stores, &pools);
	if (subject->store == NULL)
		subject->store = store_make(&pools, stores, lcore);
	return subject->store != NULL ? 0 : -nimbl_last_error()->code;
}

void pool_subject_flush(struct pool_subject *subject)
{
	while (subject->kept != NULL) {
		NET_BUFFER_LIST *nbl = subject->kept;

		subject->kept = NET_BUFFER_LIST_NEXT_NBL(nbl);
		NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
		if (subject->cell.allocation == POOL_TWO_STEPS ||
			subject->cell.allocation == POOL_TWO_STEPS_DATA)
			free_two(nbl);
		else if (subject->cell.allocation == POOL_FOREIGN)
			free_foreign(nbl);
		else
			NdisFreeNetBufferList(nbl);
	}
}

int pool_stores_close(struct pool_store **stores)
{
	int ret = 0;

	while (*stores != NULL) {
		struct pool_store *store = *stores;

		*stores = store->next;
		if (nimbl_pool_close(store->buffers) < 0 || nimbl_pool_close(store->lists) < 0)
			ret = -EBUSY;
		store_free(store);
	}
	return ret;
}

static uint32_t count_of(NDIS_HANDLE pool, bool free_only)
{
	struct nimbl_pool_info info;

	if (pool == NULL)
		return 0;
	nimbl_pool_query(pool, &info);
	return free_only ? info.free : info.size;
}

uint32_t pool_store_free(const struct pool_store *store)
{
	return count_of(store->lists, true) + count_of(store->buffers, true);
}

uint32_t pool_store_size(const struct pool_store *store)
{
	return count_of(store->lists, false) + count_of(store->buffers, false);
}
