// SPDX-License-Identifier: BSD-3-Clause
// Mempool ops of a pool that checks: a ring, and a bit for each element that says whether it is in it. They
// stand below DPDK's own functions, so that they see what a PMD frees too.
#include <errno.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_ring.h>
#include <stdio.h>
#include <string.h>

#include "pool_priv.h"

// Elements that follow each other in memory.
struct run {
	uintptr_t base;
	uint32_t count, first; // of the elements, and the number of the first
};

struct checked {
	struct rte_ring *ring;
	struct nimbl_pool *pool;
	struct run *runs; // by address
	uint32_t run_count, known;
	uint64_t *free; // a bit for each element
};

const struct nimbl_pool_watch *pool_watch;

void nimbl_pools_watch(const struct nimbl_pool_watch *watch)
{
	__atomic_store_n(&pool_watch, watch, __ATOMIC_RELEASE);
}

static bool pools_are_checked;

void nimbl_pools_set_checked(bool on)
{
	pools_are_checked = on;
}

bool checked_ops_wanted(void)
{
	return pools_are_checked;
}

static void checked_release(struct checked *checked)
{
	rte_ring_free(checked->ring);
	rte_free(checked->runs);
	rte_free(checked->free);
	rte_free(checked);
}

static int checked_alloc(struct rte_mempool *mp)
{
	char name[RTE_RING_NAMESIZE];
	struct checked *checked = rte_zmalloc_socket(
		"nimbl_vrf", sizeof(*checked), RTE_CACHE_LINE_SIZE, mp->socket_id);

	if (checked == NULL)
		return -ENOMEM;
	snprintf(name, sizeof(name), "VR_%.20s", mp->name);
	checked->ring = rte_ring_create(name, mp->size, mp->socket_id, RING_F_EXACT_SZ);
	checked->runs = rte_zmalloc_socket(
		"nimbl_vrf", mp->size * sizeof(struct run), RTE_CACHE_LINE_SIZE, mp->socket_id);
	checked->free = rte_zmalloc_socket(
		"nimbl_vrf", mp->size / 8 + sizeof(uint64_t), RTE_CACHE_LINE_SIZE, mp->socket_id);
	if (checked->ring == NULL || checked->runs == NULL || checked->free == NULL) {
		checked_release(checked);
		return -ENOMEM;
	}
	mp->pool_data = checked;
	return 0;
}

static void checked_free(struct rte_mempool *mp)
{
	if (mp->pool_data != NULL)
		checked_release(mp->pool_data);
}

static uintptr_t stride_of(const struct rte_mempool *mp)
{
	return (uintptr_t)mp->header_size + mp->elt_size + mp->trailer_size;
}

// The run that begins at or before an address, or -1.
static int64_t run_before(const struct checked *checked, uintptr_t at)
{
	int64_t low = 0, high = (int64_t)checked->run_count - 1;

	while (low <= high) {
		int64_t middle = (low + high) / 2;

		if (checked->runs[middle].base <= at)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return high;
}

// The number of an element; UINT32_MAX for what is none.
static uint32_t number_of(const struct rte_mempool *mp, const void *element)
{
	const struct checked *checked = mp->pool_data;
	uintptr_t at = (uintptr_t)element, stride = stride_of(mp);
	int64_t i = run_before(checked, at);

	if (i < 0)
		return UINT32_MAX;
	const struct run *run = &checked->runs[i];
	if ((at - run->base) % stride != 0 || (at - run->base) / stride >= run->count)
		return UINT32_MAX;
	return run->first + (uint32_t)((at - run->base) / stride);
}

// The first time that an element is put is when the pool is made.
static uint32_t make_known(struct rte_mempool *mp, const void *element)
{
	struct checked *checked = mp->pool_data;
	uintptr_t at = (uintptr_t)element;
	int64_t i = run_before(checked, at);

	if (checked->known == mp->size)
		return UINT32_MAX;
	if (i >= 0 && checked->runs[i].base + checked->runs[i].count * stride_of(mp) == at) {
		checked->runs[i].count++;
	} else {
		memmove(&checked->runs[i + 2], &checked->runs[i + 1],
			(size_t)(checked->run_count - i - 1) * sizeof(struct run));
		checked->runs[i + 1] = (struct run){at, 1, checked->known};
		checked->run_count++;
	}
	return checked->known++;
}

bool pool_fence_mend(const struct nimbl_pool *pool, void *element)
{
	uint8_t *fence = pool_fence_of(pool, element);
	bool is_whole = true;

	for (unsigned int i = 0; i < POOL_FENCE_BYTES; i++)
		is_whole &= fence[i] == POOL_FENCE_BYTE;
	if (!is_whole)
		memset(fence, POOL_FENCE_BYTE, POOL_FENCE_BYTES);
	return !is_whole;
}

static bool is_taken_in(struct rte_mempool *mp, void *element)
{
	struct checked *checked = mp->pool_data;
	uint32_t number = number_of(mp, element);

	if (number == UINT32_MAX)
		number = make_known(mp, element);
	else if (pool_watch != NULL && !pool_watch->freed(checked->pool, element))
		return false;
	if (number == UINT32_MAX) {
		pool_fault(NIMBL_POOL_WRONG, checked->pool, element);
		return false;
	}
	if (checked->pool != NULL && pool_has_data(checked->pool) &&
		pool_fence_mend(checked->pool, element))
		pool_fault(NIMBL_POOL_FENCE, checked->pool, element);
	uint64_t bit = 1ull << number % 64;
	if ((__atomic_fetch_or(&checked->free[number / 64], bit, __ATOMIC_RELAXED) & bit) == 0)
		return true;
	pool_fault(NIMBL_POOL_TWICE, checked->pool, element);
	return false;
}

// What is not taken in is lost, which is better than to have it twice.
static int checked_enqueue(struct rte_mempool *mp, void *const *elements, unsigned int n)
{
	struct checked *checked = mp->pool_data;

	for (unsigned int i = 0; i < n; i++) {
		if (is_taken_in(mp, elements[i]) &&
			rte_ring_mp_enqueue(checked->ring, elements[i]) != 0)
			return -ENOBUFS;
	}
	return 0;
}

static int checked_dequeue(struct rte_mempool *mp, void **elements, unsigned int n)
{
	struct checked *checked = mp->pool_data;

	if (shortage_fails())
		return -ENOBUFS;
	if (rte_ring_mc_dequeue_bulk(checked->ring, elements, n, NULL) != n)
		return -ENOBUFS;
	for (unsigned int i = 0; i < n; i++) {
		uint32_t number = number_of(mp, elements[i]);

		__atomic_fetch_and(
			&checked->free[number / 64], ~(1ull << number % 64), __ATOMIC_RELAXED);
	}
	return 0;
}

static unsigned int checked_get_count(const struct rte_mempool *mp)
{
	const struct checked *checked = mp->pool_data;

	return rte_ring_count(checked->ring);
}

static const struct rte_mempool_ops checked_ops = {
	.name = CHECKED_OPS_NAME,
	.alloc = checked_alloc,
	.free = checked_free,
	.enqueue = checked_enqueue,
	.dequeue = checked_dequeue,
	.get_count = checked_get_count,
};

int checked_ops_register(void)
{
	static int index = -1;

	if (index < 0)
		index = rte_mempool_register_ops(&checked_ops);
	return index < 0 ? index : 0;
}

void checked_ops_set_pool(struct rte_mempool *mp, struct nimbl_pool *pool)
{
	((struct checked *)mp->pool_data)->pool = pool;
}
