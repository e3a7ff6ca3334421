// SPDX-License-Identifier: BSD-3-Clause
// Opening, counting and freeing pools. Control plane.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_mbuf.h"
#include "pool_priv.h"

TAILQ_HEAD(pool_list, nimbl_pool);
static struct pool_list pools = TAILQ_HEAD_INITIALIZER(pools);
static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;

// The two doors differ in the parameter structure only; this is what both say.
struct pool_request {
	enum pool_kind kind;
	uint32_t data_bytes;
	uint16_t context_bytes;
	uint8_t protocol_id;
};

uint32_t pool_size(const struct nimbl_pool *pool)
{
	uint32_t size = 0;

	for (uint16_t i = 0; i < pool->chunk_count; i++)
		size += pool->chunks[i]->size;
	return size;
}

uint32_t pool_free_count(const struct nimbl_pool *pool)
{
	uint32_t count = 0;

	for (uint16_t i = 0; i < pool->chunk_count; i++) {
		const struct rte_mempool *mp = pool->chunks[i];

		count += rte_mempool_get_ops(mp->ops_index)->get_count(mp);
		for (unsigned int lcore = 0; mp->cache_size > 0 && lcore < RTE_MAX_LCORE; lcore++)
			count += mp->local_cache[lcore].len;
	}
	return count;
}

static void chunks_free(struct nimbl_pool *pool)
{
	for (uint16_t i = 0; i < pool->chunk_count; i++)
		rte_mempool_free(pool->chunks[i]);
}

static int check_options(const struct nimbl_pool_options *options)
{
	if (options->cache > NIMBL_CACHE_MAX)
		return nimbl_fail(EINVAL, "cache %u: a pool caches at most %u lists per lcore",
			options->cache, NIMBL_CACHE_MAX);
	if (options->page != 0 && options->page != 4096 && options->page != 2u << 20 &&
		options->page != 1u << 30)
		return nimbl_fail(EINVAL, "page %u: 4 KiB, 2 MiB or 1 GiB", options->page);
	if (options->reuse && options->ops != NULL)
		return nimbl_fail(
			EINVAL, "reuse brings mempool ops of its own, not '%s'", options->ops);
	if (options->reuse && options->capacity == 0)
		return nimbl_fail(EINVAL, "a pool with reuse needs a capacity");
	return 0;
}

// What lies between an mbuf and its buffer is described by 16 bits.
static int check_request(
	const struct pool_request *request, const struct nimbl_pool_options *options)
{
	const uint32_t around = NIMBL_NB_BYTES + NIMBL_MDL_BYTES + NIMBL_NBL_BYTES +
				(uint32_t)sizeof(NET_BUFFER_LIST_CONTEXT) + 64;

	if (options->lead_bytes % 64 != 0 || options->lead_bytes > request->data_bytes)
		return nimbl_fail(EINVAL, "%u bytes before the buffer, of %u in all",
			options->lead_bytes, request->data_bytes);
	if (options->lead_bytes + request->context_bytes + around > UINT16_MAX)
		return nimbl_fail(EINVAL,
			"%u bytes of headroom and %u of context are more than a list has room for",
			options->lead_bytes, request->context_bytes);
	return 0;
}

static NDIS_HANDLE pool_open(NDIS_HANDLE owner, enum nimbl_object_kind kind,
	const struct pool_request *request, const struct nimbl_pool_options *options)
{
	static const struct nimbl_pool_options defaults = {.cache = 32, .node = NIMBL_NODE_ANY};
	static uint32_t serial;
	struct nimbl_pool *pool;

	if (options == NULL)
		options = &defaults;
	if (check_options(options) < 0 || check_request(request, options) < 0)
		return NULL;
	if (options->reuse && reuse_ops_register() < 0) {
		nimbl_fail(ENOSPC, "no room for our mempool ops: DPDK's table of %d is full",
			RTE_MEMPOOL_MAX_OPS_IDX);
		return NULL;
	}
	const bool checked = checked_ops_wanted() && checked_ops_register() == 0;
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL) {
		nimbl_fail(ENOMEM, "no memory for a pool");
		return NULL;
	}
	pool->object.kind = kind;
	if (options->name != NULL)
		snprintf(pool->object.name, sizeof(pool->object.name), "%s", options->name);
	else
		snprintf(pool->object.name, sizeof(pool->object.name), "pool-%u",
			__atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
	snprintf(pool->ops, sizeof(pool->ops), "%s",
		checked                ? CHECKED_OPS_NAME
		: options->reuse       ? REUSE_OPS_NAME
		: options->ops != NULL ? options->ops
				       : "ring_mp_mc");
	pool->owner = owner;
	pool->kind = request->kind;
	pool->data_bytes = request->data_bytes;
	pool->context_bytes = request->context_bytes;
	pool->protocol_id = request->protocol_id;
	pool->lead = options->lead_bytes;
	pool->capacity = options->capacity;
	pool->checked = checked;
	pool->cache = checked ? 0 : options->cache;
	pool->reuse = options->reuse && !checked;
	pool->node = options->node;
	pool->page = options->page;
	rte_spinlock_init(&pool->grow_lock);
	if (pool_add_chunk(pool, pool->capacity > 0 ? pool->capacity : POOL_FIRST_CHUNK) < 0) {
		free(pool);
		return NULL;
	}
	if (pool->reuse)
		reuse_ops_set_owner(pool->chunks[0], options->owner_lcore);
	pthread_mutex_lock(&pools_lock);
	TAILQ_INSERT_TAIL(&pools, pool, link);
	pthread_mutex_unlock(&pools_lock);
	return pool;
}

static bool header_is_valid(const NDIS_OBJECT_HEADER *header, USHORT size)
{
	if (header->Type == NDIS_OBJECT_TYPE_DEFAULT && header->Revision >= 1 &&
		header->Size >= size)
		return true;
	nimbl_fail(EINVAL,
		"bad object header: type 0x%02x revision %u size %u; "
		"want type 0x%02x, revision 1, size at least %u",
		header->Type, header->Revision, header->Size, NDIS_OBJECT_TYPE_DEFAULT, size);
	return false;
}

static bool data_size_is_valid(ULONG size)
{
	if (size <= NIMBL_DATA_MAX)
		return true;
	nimbl_fail(EINVAL, "DataSize %u: one buffer holds at most %u bytes", size, NIMBL_DATA_MAX);
	return false;
}

NDIS_HANDLE nimbl_nbl_pool_open(NDIS_HANDLE owner,
	const NET_BUFFER_LIST_POOL_PARAMETERS *parameters, const struct nimbl_pool_options *options)
{
	if (!header_is_valid(
		    &parameters->Header, NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1) ||
		!data_size_is_valid(parameters->DataSize))
		return NULL;
	if (parameters->DataSize > 0 && !parameters->fAllocateNetBuffer) {
		nimbl_fail(
			EINVAL, "a DataSize of %u needs fAllocateNetBuffer", parameters->DataSize);
		return NULL;
	}
	if (parameters->ContextSize % MEMORY_ALLOCATION_ALIGNMENT != 0) {
		nimbl_fail(EINVAL, "ContextSize %u is not a multiple of %u",
			parameters->ContextSize, (unsigned int)MEMORY_ALLOCATION_ALIGNMENT);
		return NULL;
	}
	struct pool_request request = {
		.kind = !parameters->fAllocateNetBuffer ? POOL_NBL
			: parameters->DataSize == 0     ? POOL_NBL_NB
							: POOL_NBL_NB_DATA,
		.data_bytes = parameters->DataSize,
		.context_bytes = parameters->ContextSize,
		.protocol_id = parameters->ProtocolId,
	};
	return pool_open(owner, NIMBL_OBJECT_NBL_POOL, &request, options);
}

NDIS_HANDLE nimbl_nb_pool_open(NDIS_HANDLE owner, const NET_BUFFER_POOL_PARAMETERS *parameters,
	const struct nimbl_pool_options *options)
{
	if (!header_is_valid(
		    &parameters->Header, NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1) ||
		!data_size_is_valid(parameters->DataSize))
		return NULL;
	struct pool_request request = {
		.kind = parameters->DataSize == 0 ? POOL_NB : POOL_NB_DATA,
		.data_bytes = parameters->DataSize,
	};
	return pool_open(owner, NIMBL_OBJECT_NB_POOL, &request, options);
}

struct nimbl_pool *mdl_pool(void)
{
	static const struct pool_request request = {.kind = POOL_MDL};
	static const struct nimbl_pool_options options = {
		.name = "mdl", .cache = 32, .node = NIMBL_NODE_ANY};
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct nimbl_pool *pool;

	if (__atomic_load_n(&pool, __ATOMIC_ACQUIRE) == NULL) {
		pthread_mutex_lock(&lock);
		if (pool == NULL)
			__atomic_store_n(&pool,
				pool_open(NULL, NIMBL_OBJECT_MDL_POOL, &request, &options),
				__ATOMIC_RELEASE);
		pthread_mutex_unlock(&lock);
	}
	return pool;
}

int nimbl_pool_close(NDIS_HANDLE handle)
{
	struct nimbl_pool *pool = handle;

	if (pool == NULL)
		return 0;
	uint32_t out = pool_size(pool) - pool_free_count(pool);
	if (out > 0) {
		char holders[512];

		pool_describe_holders(pool, holders, sizeof(holders));
		return nimbl_fail(EBUSY, "pool '%s' is not freed: %u of %u are out: %s",
			pool->object.name, out, pool_size(pool), holders);
	}
	pthread_mutex_lock(&pools_lock);
	TAILQ_REMOVE(&pools, pool, link);
	pthread_mutex_unlock(&pools_lock);
	chunks_free(pool);
	pool->object.kind = NIMBL_OBJECT_DEAD;
	free(pool);
	return 0;
}

struct rte_mempool *nimbl_pool_mempool(NDIS_HANDLE handle)
{
	return ((struct nimbl_pool *)handle)->chunks[0];
}

void nimbl_pool_query(NDIS_HANDLE handle, struct nimbl_pool_info *info)
{
	const struct nimbl_pool *pool = handle;
	const struct rte_mempool *mp = pool->chunks[0];

	*info = (struct nimbl_pool_info){
		.name = pool->object.name,
		.ops = pool->ops,
		.size = pool_size(pool),
		.free = pool_free_count(pool),
		.cache = mp->cache_size,
		.data_bytes = pool->data_bytes,
		.headroom = pool_has_data(pool) ? pool_headroom(pool) : 0,
		.context_bytes = pool->context_bytes,
		.list_bytes = mp->header_size + mp->elt_size + mp->trailer_size,
		.node = pool->node,
	};
	info->total_bytes = (uint64_t)info->size * info->list_bytes;
}

// Pools whose owner is gone while a PMD or a driver still had elements of them.
static void zombies_close(void)
{
	struct nimbl_pool *pool = TAILQ_FIRST(&pools);

	while (pool != NULL) {
		struct nimbl_pool *next = TAILQ_NEXT(pool, link);

		if (pool->released && pool_free_count(pool) == pool_size(pool))
			nimbl_pool_close(pool);
		pool = next;
	}
}

void nimbl_pool_release(NDIS_HANDLE handle)
{
	struct nimbl_pool *pool = handle;

	if (pool == NULL)
		return;
	pool->released = true;
	pool->owner = NULL;
	zombies_close();
}

uint32_t nimbl_pools_reap(void)
{
	struct nimbl_pool *pool;
	uint32_t out = 0;

	zombies_close();
	TAILQ_FOREACH (pool, &pools, link) {
		if (pool->released)
			out += pool_size(pool) - pool_free_count(pool);
	}
	return out;
}

int nimbl_pool_foreach(int (*visit)(NDIS_HANDLE pool, void *arg), void *arg)
{
	struct nimbl_pool *pool;
	int ret = 0;

	pthread_mutex_lock(&pools_lock);
	TAILQ_FOREACH (pool, &pools, link) {
		ret = visit(pool, arg);
		if (ret != 0)
			break;
	}
	pthread_mutex_unlock(&pools_lock);
	return ret;
}
