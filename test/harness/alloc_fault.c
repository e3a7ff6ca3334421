// SPDX-License-Identifier: BSD-3-Clause
#include "alloc_fault.h"

#include <errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <stdio.h>

#include "pool_priv.h"

#define ELEMENTS_MAX 8192u

static struct {
	bool armed, malloc_fails;
	unsigned int mallocs_left;
	struct nimbl_pool *pool;
	void *taken[ELEMENTS_MAX];
	unsigned int taken_from[POOL_CHUNKS];
} fault;

// The linker sends calls here: -Wl,--wrap.
int __real_pool_grow(struct nimbl_pool *pool, uint16_t chunk_count_seen);
int __wrap_pool_grow(struct nimbl_pool *pool, uint16_t chunk_count_seen);
void *__real_rte_malloc(const char *type, size_t bytes, unsigned int align);
void *__wrap_rte_malloc(const char *type, size_t bytes, unsigned int align);
void *__real_rte_malloc_socket(const char *type, size_t bytes, unsigned int align, int socket);
void *__wrap_rte_malloc_socket(const char *type, size_t bytes, unsigned int align, int socket);

int __wrap_pool_grow(struct nimbl_pool *pool, uint16_t chunk_count_seen)
{
	return fault.armed ? -ENOMEM : __real_pool_grow(pool, chunk_count_seen);
}

static bool malloc_is_dry(void)
{
	if (!fault.malloc_fails)
		return false;
	if (fault.mallocs_left == 0)
		return true;
	fault.mallocs_left--;
	return false;
}

void *__wrap_rte_malloc(const char *type, size_t bytes, unsigned int align)
{
	return malloc_is_dry() ? NULL : __real_rte_malloc(type, bytes, align);
}

void *__wrap_rte_malloc_socket(const char *type, size_t bytes, unsigned int align, int socket)
{
	return malloc_is_dry() ? NULL : __real_rte_malloc_socket(type, bytes, align, socket);
}

struct search {
	unsigned int wanted, seen;
	struct nimbl_pool *found;
};

static int search_pool(NDIS_HANDLE pool, void *arg)
{
	struct search *search = arg;

	if (search->seen++ == search->wanted)
		search->found = pool;
	return 0;
}

// NULL when the kind is rte_malloc.
static struct nimbl_pool *pool_of(unsigned int kind)
{
	struct search search = {.wanted = kind};

	nimbl_pool_foreach(search_pool, &search);
	return search.found;
}

unsigned int alloc_fault_kinds(void)
{
	struct search search = {.wanted = UINT32_MAX};

	nimbl_pool_foreach(search_pool, &search);
	return search.seen + 1;
}

const char *alloc_fault_name(unsigned int kind)
{
	const struct nimbl_pool *pool = pool_of(kind);

	return pool != NULL ? pool->object.name : "rte_malloc";
}

static void put(struct rte_mempool *mp, void **elements, unsigned int count)
{
	if (count > 0)
		rte_mempool_put_bulk(mp, elements, count);
}

// Take everything that is in the chunks, and put `n` back.
static void drain(struct nimbl_pool *pool, unsigned int n)
{
	void **to = fault.taken;

	for (uint16_t i = 0; i < pool->chunk_count; i++) {
		struct rte_mempool *mp = pool->chunks[i];
		unsigned int count = rte_mempool_get_ops(mp->ops_index)->get_count(mp);
		struct rte_mempool_cache *cache = rte_mempool_default_cache(mp, rte_lcore_id());

		if (cache != NULL)
			count += cache->len;
		if (to + count > fault.taken + ELEMENTS_MAX ||
			rte_mempool_get_bulk(mp, to, count) != 0)
			count = 0;
		unsigned int back = RTE_MIN(n, count);
		put(mp, to + count - back, back);
		n -= back;
		fault.taken_from[i] = count - back;
		to += fault.taken_from[i];
	}
}

void alloc_fault_arm(unsigned int kind, unsigned int n)
{
	fault.armed = true;
	fault.pool = pool_of(kind);
	fault.malloc_fails = fault.pool == NULL;
	fault.mallocs_left = n;
	if (fault.pool != NULL)
		drain(fault.pool, n);
}

void alloc_fault_disarm(void)
{
	void **from = fault.taken;

	for (uint16_t i = 0; fault.pool != NULL && i < fault.pool->chunk_count; i++) {
		put(fault.pool->chunks[i], from, fault.taken_from[i]);
		from += fault.taken_from[i];
	}
	fault.armed = fault.malloc_fails = false;
	fault.pool = NULL;
}
