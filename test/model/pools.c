// SPDX-License-Identifier: BSD-3-Clause
// The pools that the model's packets come from, open for all programs.
#include <rte_lcore.h>

#include "model_priv.h"
#include "pool_priv.h"

static NDIS_HANDLE lists_open(
	BOOLEAN with_nb, ULONG data_bytes, USHORT context_bytes, uint32_t capacity)
{
	const NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = with_nb,
		.DataSize = data_bytes,
		.ContextSize = context_bytes,
	};
	const struct nimbl_pool_options options = {
		.capacity = capacity, .cache = 32, .node = NIMBL_NODE_ANY};

	return nimbl_nbl_pool_open(NULL, &parameters, &options);
}

static NDIS_HANDLE buffers_open(ULONG data_bytes)
{
	const NET_BUFFER_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
		.DataSize = data_bytes,
	};

	return NdisAllocateNetBufferPool(NULL, &parameters);
}

// The engine's own pools exist from their first use on: allocations are to fail by number, not by
// the programs that ran before.
static void use_internal_pools(void)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(data_pool, 0, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;

	NdisRetreatNetBufferDataStart(nb, nb->DataOffset + 1, 0, NULL);
	NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);
	clone->ParentNetBufferList = nbl;
	NdisFreeMdl(NdisAllocateMdl(NULL, scratch, 1));
	NdisFreeCloneNetBufferList(clone, 0);
	NdisAdvanceNetBufferDataStart(nb, nb->DataLength, TRUE, NULL);
	NdisFreeNetBufferList(nbl);
}

// By one thread's count: the engine's looks at the caches of all lcores, which takes longer than a
// program.
int pool_must_be_full(NDIS_HANDLE handle, void *arg)
{
	const struct nimbl_pool *pool = handle;
	uint32_t out = pool_size(pool);
	char text[160];

	for (uint16_t i = 0; i < pool->chunk_count; i++) {
		struct rte_mempool *mp = pool->chunks[i];
		const struct rte_mempool_cache *cache =
			rte_mempool_default_cache(mp, rte_lcore_id());

		out -= rte_mempool_get_ops(mp->ops_index)->get_count(mp);
		out -= cache != NULL ? cache->len : 0;
	}
	if (out == 0)
		return 0;
	snprintf(text, sizeof(text), "pool '%s' is full: %u of %u are out", pool->object.name, out,
		pool_size(pool));
	model_fail(text);
}

void buffer_model_open(void)
{
	data_pool = lists_open(TRUE, 512, 32, 512);
	bare_pool = lists_open(FALSE, 0, 0, 0);
	buffer_pool_data = buffers_open(300);
	buffer_pool_bare = buffers_open(0);
	if (data_pool == NULL || bare_pool == NULL || buffer_pool_data == NULL ||
		buffer_pool_bare == NULL) {
		fprintf(stderr, "%s\n", nimbl_last_error()->cause);
		abort();
	}
	use_internal_pools();
	gather_open();
}

void buffer_model_close(void)
{
	gather_close();
	if (nimbl_pool_close(data_pool) < 0 || nimbl_pool_close(bare_pool) < 0 ||
		nimbl_pool_close(buffer_pool_data) < 0 || nimbl_pool_close(buffer_pool_bare) < 0) {
		fprintf(stderr, "%s\n", nimbl_last_error()->cause);
		abort();
	}
}
