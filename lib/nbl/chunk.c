// SPDX-License-Identifier: BSD-3-Clause
// What pools consist of: chunks of elements, each a mempool. Making them is control plane, but for
// pool_grow, which an NDIS pool without a capacity reaches from any thread when it runs dry.
#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nimbl_mbuf.h"
#include "nimbl_mem.h"
#include "pool_priv.h"

_Static_assert(sizeof(struct rte_mbuf) == 128, "an NB starts on a cache line");
_Static_assert(NIMBL_NBL_FROM_NB % 64 == 0, "a list starts on a cache line");
_Static_assert(offsetof(NET_BUFFER, NdisPoolHandle) + sizeof(NDIS_HANDLE) <= 64,
	"what a packet writes of an NB is its first line");
_Static_assert(offsetof(NET_BUFFER_LIST, SourceHandle) + sizeof(NDIS_HANDLE) <= 64,
	"what a packet writes of a list is its first line");
_Static_assert(MaxNetBufferListInfo <= 32, "NimblInfoUsed has a bit for every slot");

static uint32_t context_room(const struct nimbl_pool *pool)
{
	return pool->context_bytes > 0
		       ? (uint32_t)sizeof(NET_BUFFER_LIST_CONTEXT) + pool->context_bytes
		       : 0;
}

static uint32_t private_bytes(const struct nimbl_pool *pool)
{
	uint32_t bytes = NIMBL_NB_BYTES + NIMBL_MDL_BYTES;

	if (pool_has_lists(pool))
		bytes += NIMBL_NBL_BYTES + RTE_ALIGN_CEIL(context_room(pool), 64);
	return bytes + pool->lead;
}

static uint32_t element_bytes(const struct nimbl_pool *pool)
{
	if (pool->kind == POOL_NBL)
		return NIMBL_NBL_BYTES + context_room(pool);
	if (pool->kind == POOL_MDL)
		return NIMBL_MDL_BYTES;
	return (uint32_t)sizeof(struct rte_mbuf) + private_bytes(pool) + pool->data_bytes -
	       pool->lead + (pool->checked && pool_has_data(pool) ? POOL_FENCE_BYTES : 0);
}

static void list_init(struct nimbl_pool *pool, NET_BUFFER_LIST *nbl)
{
	memset(nbl, 0, sizeof(*nbl));
	nbl->NdisPoolHandle = pool;
	if (pool->context_bytes > 0) {
		NET_BUFFER_LIST_CONTEXT *context = RTE_PTR_ADD(nbl, NIMBL_NBL_BYTES);

		context->Next = NULL;
		context->NimblAdded = 0;
		context->Size = context->Offset = pool->context_bytes;
		nbl->Context = context;
	}
}

void mdl_init(MDL *mdl, void *va, uint32_t length, CSHORT flags)
{
	memset(mdl, 0, sizeof(*mdl));
	mdl->Size = sizeof(*mdl);
	mdl->MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL | flags;
	mdl_aim(mdl, va, length);
}

static void element_init(struct rte_mempool *mp, void *opaque, void *element, unsigned int index)
{
	struct nimbl_pool *pool = opaque;

	if (pool_has_mbufs(pool)) {
		struct rte_mbuf *m = element;
		NET_BUFFER *nb = nimbl_nb_of_mbuf(m);

		rte_pktmbuf_init(mp, NULL, element, index);
		memset(nb, 0, sizeof(*nb));
		nb->NdisPoolHandle = pool;
		mdl_init(nimbl_own_mdl(nb), RTE_PTR_ADD(m, pool->room_offset), pool->data_bytes,
			NIMBL_MDL_SEGMENT);
	}
	if (pool->checked && pool_has_data(pool))
		memset(pool_fence_of(pool, element), POOL_FENCE_BYTE, POOL_FENCE_BYTES);
	if (pool_has_lists(pool))
		list_init(pool, pool_list_of(pool, element));
	if (pool->kind == POOL_NBL_NB || pool->kind == POOL_NBL_NB_DATA) {
		NET_BUFFER *nb = nimbl_nb_of_mbuf(element);

		nimbl_nbl_make_whole(nimbl_nbl_of_nb(nb), nb, pool->owner, pool_headroom(pool));
	}
}

static bool large_pages;

void nimbl_pools_set_large_pages(bool on)
{
	large_pages = on;
}

#define LARGE_PAGE (2ul << 20)

static void own_free(struct rte_mempool_memhdr *header, void *opaque)
{
	munmap(header->addr, (size_t)(uintptr_t)opaque);
}

// Address space that begins on a multiple of `align`.
static void *map_aligned(size_t size, size_t align)
{
	size_t whole = size + align;
	uint8_t *start =
		mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return MAP_FAILED;
	uint8_t *base = RTE_PTR_ALIGN_CEIL(start, align);
	if (base > start)
		munmap(start, (size_t)(base - start));
	munmap(base + size, align - (size_t)(base - start));
	return base;
}

// Memory of our own in pages of `page` bytes, 0 and 2 MiB being large ones where the kernel has them for
// the asking: with 4 KiB pages a burst of frames needs more address translations than a CPU keeps.
static void *map_pages(size_t size, size_t page)
{
	const int reserved = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
	void *base = MAP_FAILED;

	if (page == 1ul << 30)
		return mmap(
			NULL, size, PROT_READ | PROT_WRITE, reserved | 30 << MAP_HUGE_SHIFT, -1, 0);
	if (page == LARGE_PAGE)
		base = mmap(
			NULL, size, PROT_READ | PROT_WRITE, reserved | 21 << MAP_HUGE_SHIFT, -1, 0);
	if (base == MAP_FAILED) {
		base = map_aligned(size, LARGE_PAGE);
		if (base != MAP_FAILED)
			madvise(base, size, page == 4096 ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	}
	return base;
}

// What the ops want for all elements: some lay them out in blocks, and know how large when they are made.
static ssize_t memory_need(struct rte_mempool *mp)
{
	const struct rte_mempool_ops *ops = rte_mempool_get_ops(mp->ops_index);
	rte_mempool_calc_mem_size_t calc = ops->calc_mem_size != NULL
						   ? ops->calc_mem_size
						   : rte_mempool_op_calc_mem_size_default;
	size_t min_chunk, align;
	int ret = ops->alloc(mp);

	if (ret < 0)
		return ret;
	mp->flags |= RTE_MEMPOOL_F_POOL_CREATED; // populating would do it again
	return calc(mp, mp->size, 0, &min_chunk, &align);
}

// Returns 0 or -errno.
static int populate_own(struct rte_mempool *mp, int node, size_t page)
{
	ssize_t need = memory_need(mp);

	if (need < 0)
		return (int)need;
	size_t size = RTE_ALIGN_CEIL((size_t)need, RTE_MAX(page, LARGE_PAGE));
	void *base = map_pages(size, page);
	if (base == MAP_FAILED)
		return -errno;
	nimbl_numa_place(base, size, node);
	int ret = rte_mempool_populate_iova(
		mp, base, (rte_iova_t)(uintptr_t)base, size, own_free, (void *)(uintptr_t)size);
	if (ret <= 0)
		munmap(base, size);
	return ret < 0 ? ret : ret == (int)mp->size ? 0 : -ENOMEM;
}

// Ops that lay elements out in blocks (bucket) ask for pages, and put whole elements into each. Where elements are
// larger than a page they divide by zero.
static int blocks_check(const struct rte_mempool *mp, bool own_memory)
{
	const size_t header = 128; // of a block, at most
	size_t page = own_memory && !rte_eal_has_hugepages() ? (size_t)getpagesize() : LARGE_PAGE;

	return mp->header_size + mp->elt_size + mp->trailer_size + header > page ? -ENOTSUP : 0;
}

// Returns 0 or -errno.
static int ops_set(struct rte_mempool *mp, const char *ops, bool own_memory)
{
	int ret = rte_mempool_set_ops_byname(mp, ops, NULL);

	if (ret < 0)
		return ret;
	if (rte_mempool_get_ops(mp->ops_index)->calc_mem_size != NULL)
		return blocks_check(mp, own_memory);
	if (own_memory)
		mp->flags |= RTE_MEMPOOL_F_NO_IOVA_CONTIG; // then elements may cross pages
	return 0;
}

static struct rte_mempool *chunk_create(struct nimbl_pool *pool, uint32_t count)
{
	static uint32_t serial;
	struct rte_pktmbuf_pool_private priv = {
		.mbuf_data_room_size = (uint16_t)(pool->data_bytes - pool->lead),
		.mbuf_priv_size = (uint16_t)private_bytes(pool),
	};
	bool own_memory = large_pages || pool->page > 0;
	char name[RTE_MEMPOOL_NAMESIZE];

	pool->room_offset = (uint32_t)sizeof(struct rte_mbuf) + priv.mbuf_priv_size - pool->lead;
	snprintf(name, sizeof(name), "nbl%u_%.12s",
		__atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED), pool->object.name);
	struct rte_mempool *mp = rte_mempool_create_empty(name, count, element_bytes(pool),
		RTE_MIN(pool->cache, count * 2 / 3), sizeof(priv),
		pool->node == NIMBL_NODE_ANY ? SOCKET_ID_ANY : pool->node, 0);
	if (mp == NULL)
		return NULL;
	int ret = ops_set(mp, pool->ops, own_memory);
	if (ret < 0)
		goto free_pool;
	if (pool_has_mbufs(pool))
		rte_pktmbuf_pool_init(mp, &priv);
	ret = own_memory ? populate_own(mp, pool->node, pool->page)
			 : rte_mempool_populate_default(mp);
	if (ret < 0)
		goto free_pool;
	rte_mempool_obj_iter(mp, element_init, pool);
	if (pool->checked)
		checked_ops_set_pool(mp, pool);
	return mp;
free_pool:
	rte_mempool_free(mp);
	rte_errno = -ret;
	return NULL;
}

static bool ops_exist(const char *name, char *list, size_t size)
{
	const char *names[RTE_MEMPOOL_MAX_OPS_IDX + 1] = {NULL};
	size_t used = 0;

	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++) {
		names[i] = rte_mempool_ops_table.ops[i].name;
		if (strcmp(names[i], name) == 0)
			return true;
		if (used < size)
			used += (size_t)snprintf(list + used, size - used, " %s", names[i]);
	}
	return false;
}

int pool_add_chunk(struct nimbl_pool *pool, uint32_t count)
{
	char list[320] = "";

	if (!ops_exist(pool->ops, list, sizeof(list))) {
		nimbl_fail(EINVAL, "pool '%s': there are no mempool ops '%s'", pool->object.name,
			pool->ops);
		nimbl_mend("there are:%s", list);
		return -EINVAL;
	}
	struct rte_mempool *mp = chunk_create(pool, count);
	if (mp == NULL) {
		nimbl_fail(rte_errno,
			"pool '%s': %u x %u bytes = %.1f MiB in '%s' cannot be had: %s",
			pool->object.name, count, element_bytes(pool),
			(double)count * element_bytes(pool) / (1 << 20), pool->ops,
			rte_strerror(rte_errno));
		nimbl_mend(
			"fewer lists or a smaller data_size; 'size: auto' takes what the ports need");
		return -nimbl_last_error()->code;
	}
	pool->chunks[pool->chunk_count] = mp;
	__atomic_store_n(&pool->chunk_count, (uint16_t)(pool->chunk_count + 1), __ATOMIC_RELEASE);
	return 0;
}

int pool_grow(struct nimbl_pool *pool, uint16_t chunk_count_seen)
{
	int ret = 0;

	if (pool->capacity != 0)
		return -ENOBUFS;
	rte_spinlock_lock(&pool->grow_lock);
	if (pool->chunk_count == chunk_count_seen) {
		ret = pool->chunk_count < POOL_CHUNKS
			      ? pool_add_chunk(pool, POOL_FIRST_CHUNK << (pool->chunk_count - 1))
			      : -ENOBUFS;
	}
	rte_spinlock_unlock(&pool->grow_lock);
	return ret;
}
