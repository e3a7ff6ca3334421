// SPDX-License-Identifier: BSD-3-Clause
// Mempool ops of the strategy "reuse": the miniport's own free list, drawn on by the PMD.
//
// One lcore, the one that receives, owns a plain stack: what it gives back it gets again first,
// still warm, without a ring between. Other threads return through a ring, from which the owner
// fills up when its stack runs out.
#include <errno.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <stdio.h>

#include "pool_priv.h"

struct reuse {
	uint32_t owner;
	uint32_t count; // on the stack; read by others for statistics
	struct rte_ring *others;
	void *stack[];
};

static int reuse_alloc(struct rte_mempool *mp)
{
	char name[RTE_RING_NAMESIZE];
	struct reuse *reuse = rte_zmalloc_socket("nimbl_reuse",
		sizeof(*reuse) + mp->size * sizeof(void *), RTE_CACHE_LINE_SIZE, mp->socket_id);

	if (reuse == NULL)
		return -ENOMEM;
	if (snprintf(name, sizeof(name), "RU_%s", mp->name) >= (int)sizeof(name)) {
		rte_free(reuse);
		return -ENAMETOOLONG;
	}
	reuse->owner = NIMBL_LCORE_NONE;
	reuse->others = rte_ring_create(name, mp->size, mp->socket_id, RING_F_EXACT_SZ);
	if (reuse->others == NULL) {
		rte_free(reuse);
		return -rte_errno;
	}
	mp->pool_data = reuse;
	return 0;
}

static void reuse_free(struct rte_mempool *mp)
{
	struct reuse *reuse = mp->pool_data;

	if (reuse == NULL)
		return;
	rte_ring_free(reuse->others);
	rte_free(reuse);
}

// Threads without an lcore have the id that an unowned pool has: they must not pass for its owner.
static inline bool is_owner(const struct reuse *reuse)
{
	uint32_t lcore = rte_lcore_id();

	return lcore == reuse->owner && lcore != LCORE_ID_ANY;
}

static int reuse_enqueue(struct rte_mempool *mp, void *const *objects, unsigned int n)
{
	struct reuse *reuse = mp->pool_data;

	if (likely(is_owner(reuse))) {
		void **top = &reuse->stack[reuse->count];

		for (unsigned int i = 0; i < n; i++)
			top[i] = objects[i];
		__atomic_store_n(&reuse->count, reuse->count + n, __ATOMIC_RELAXED);
		return 0;
	}
	return rte_ring_mp_enqueue_bulk(reuse->others, objects, n, NULL) == n ? 0 : -ENOBUFS;
}

static int reuse_dequeue(struct rte_mempool *mp, void **objects, unsigned int n)
{
	struct reuse *reuse = mp->pool_data;

	if (unlikely(!is_owner(reuse)))
		return rte_ring_mc_dequeue_bulk(reuse->others, objects, n, NULL) == n ? 0
										      : -ENOBUFS;
	uint32_t count = reuse->count;
	if (unlikely(count < n)) {
		count += rte_ring_mc_dequeue_burst(
			reuse->others, &reuse->stack[count], mp->size - count, NULL);
		if (count < n) {
			__atomic_store_n(&reuse->count, count, __ATOMIC_RELAXED);
			return -ENOBUFS;
		}
	}
	for (unsigned int i = 0; i < n; i++)
		objects[i] = reuse->stack[--count];
	__atomic_store_n(&reuse->count, count, __ATOMIC_RELAXED);
	return 0;
}

static unsigned int reuse_get_count(const struct rte_mempool *mp)
{
	const struct reuse *reuse = mp->pool_data;

	return __atomic_load_n(&reuse->count, __ATOMIC_RELAXED) + rte_ring_count(reuse->others);
}

static const struct rte_mempool_ops reuse_ops = {
	.name = REUSE_OPS_NAME,
	.alloc = reuse_alloc,
	.free = reuse_free,
	.enqueue = reuse_enqueue,
	.dequeue = reuse_dequeue,
	.get_count = reuse_get_count,
};

// Registered when first used, not by a constructor: an index before those of DPDK's own ops would
// make every secondary process (dpdk-dumpcap) call the wrong ones.
int reuse_ops_register(void)
{
	static int index = -1;

	if (index < 0)
		index = rte_mempool_register_ops(&reuse_ops);
	return index < 0 ? index : 0;
}

uint32_t reuse_stack_read(const struct rte_mempool *mp, void **objects)
{
	const struct reuse *reuse = mp->pool_data;

	if (is_owner(reuse))
		return 0;
	for (uint32_t i = 0; i < reuse->count; i++)
		objects[i] = reuse->stack[i];
	return reuse->count;
}

void reuse_ops_set_owner(struct rte_mempool *mp, uint32_t lcore)
{
	struct reuse *reuse = mp->pool_data;

	reuse->owner = lcore;
}
