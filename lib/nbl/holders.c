// SPDX-License-Identifier: BSD-3-Clause
// Who holds the elements of a pool that are out. One way reads the pool's store by taking everything out
// and putting it back: for the moment when a pool cannot be freed and nobody is using it. The other only
// asks each list for its state, and does not mind who uses the pool.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_mbuf.h"
#include "pool_priv.h"

struct census {
	struct nimbl_pool *pool;
	void **free; // sorted
	uint32_t free_count;
	uint32_t by_state[NIMBL_LIST_HANDED + 1];
	NDIS_HANDLE source[NIMBL_LIST_HANDED + 1]; // of the last list seen in that state
};

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;

	return (x > y) - (x < y);
}

static void count_one(struct rte_mempool *mp, void *opaque, void *element, unsigned int index)
{
	struct census *census = opaque;
	unsigned int state = NIMBL_LIST_ALLOCATED;

	if (bsearch(&element, census->free, census->free_count, sizeof(void *), by_address) != NULL)
		return;
	if (pool_has_lists(census->pool)) {
		const NET_BUFFER_LIST *nbl = pool_list_of(census->pool, element);

		state = nimbl_nbl_state(nbl);
		census->source[state] = nbl->SourceHandle;
	}
	census->by_state[state]++;
}

static void census_take(struct census *census, struct rte_mempool *mp)
{
	const struct rte_mempool_ops *ops = rte_mempool_get_ops(mp->ops_index);
	uint32_t stored = 0;

	census->free = calloc(mp->size, sizeof(void *));
	if (census->free == NULL)
		return;
	while (stored < mp->size && ops->dequeue(mp, &census->free[stored], 1) == 0)
		stored++;
	census->free_count = stored;
	for (unsigned int lcore = 0; mp->cache_size > 0 && lcore < RTE_MAX_LCORE; lcore++) {
		const struct rte_mempool_cache *cache = &mp->local_cache[lcore];

		for (uint32_t i = 0; i < cache->len && census->free_count < mp->size; i++)
			census->free[census->free_count++] = cache->objs[i];
	}
	if (census->pool->reuse)
		census->free_count += reuse_stack_read(mp, &census->free[census->free_count]);
	if (stored > 0)
		ops->enqueue(mp, census->free, stored);
	qsort(census->free, census->free_count, sizeof(void *), by_address);
	rte_mempool_obj_iter(mp, count_one, census);
	free(census->free);
}

static const char *const words[] = {
	[NIMBL_LIST_FREE] = "receive buffers of a PMD",
	[NIMBL_LIST_ALLOCATED] = "allocated and not freed",
	[NIMBL_LIST_INDICATED] = "indicated and not returned, or in a PMD since",
	[NIMBL_LIST_SENT] = "sent and not completed",
	[NIMBL_LIST_HANDED] = "handed to a PMD",
};

void pool_describe_holders(struct nimbl_pool *pool, char *text, size_t size)
{
	struct census census = {.pool = pool};
	size_t used = 0;

	for (uint16_t i = 0; i < pool->chunk_count; i++)
		census_take(&census, pool->chunks[i]);
	text[0] = '\0';
	for (size_t state = 0; state < RTE_DIM(words) && used < size; state++) {
		NDIS_HANDLE who = census.source[state] != NULL ? census.source[state] : pool->owner;

		if (census.by_state[state] == 0)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%u %s (%s)",
			used > 0 ? ", " : "", census.by_state[state], words[state],
			nimbl_object_name(who));
	}
}

struct roll {
	const struct nimbl_pool *pool;
	uint32_t by_state[RTE_DIM(words)];
	char *text;
	size_t size, used;
};

static void enroll(struct rte_mempool *mp, void *opaque, void *element, unsigned int index)
{
	struct roll *roll = opaque;
	const NET_BUFFER_LIST *nbl = pool_list_of(roll->pool, element);
	uint8_t state = (uint8_t)__atomic_load_n(&nbl->NimblState, __ATOMIC_RELAXED);

	if (state < RTE_DIM(words))
		roll->by_state[state]++;
}

static int roll_call(NDIS_HANDLE handle, void *arg)
{
	const struct nimbl_pool *pool = handle;
	uint16_t chunks = __atomic_load_n(&pool->chunk_count, __ATOMIC_ACQUIRE);
	struct roll *roll = arg;

	roll->pool = pool;
	memset(roll->by_state, 0, sizeof(roll->by_state));
	for (uint16_t i = 0; pool_has_lists(pool) && i < chunks; i++)
		rte_mempool_obj_iter(pool->chunks[i], enroll, roll);
	for (size_t state = NIMBL_LIST_ALLOCATED; state <= NIMBL_LIST_SENT; state++) {
		if (roll->by_state[state] > 0 && roll->used < roll->size)
			roll->used +=
				(size_t)snprintf(roll->text + roll->used, roll->size - roll->used,
					"%s%u of pool '%s' %s", roll->used > 0 ? ", " : "",
					roll->by_state[state], pool->object.name, words[state]);
	}
	return 0;
}

void nimbl_pools_describe(char *text, size_t size)
{
	struct roll roll = {.text = text, .size = size};

	text[0] = '\0';
	nimbl_pool_foreach(roll_call, &roll);
}
