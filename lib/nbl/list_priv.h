// SPDX-License-Identifier: BSD-3-Clause
// What the parts of lib/nbl that work on lists share: see list.c, adjust.c and derive.c.
#pragma once

#include "nimbl_mbuf.h"
#include "pool_priv.h"

// In NdisReserved[0] of an NB of an NB pool while it is out; the second where its mbuf lends its room
// or borrows another's, so that references count when it goes home.
#define NB_ISSUED ((PVOID)(uintptr_t)0x4e42)
#define NB_SHARED ((PVOID)(uintptr_t)0x4e43)

// Pools hand elements from thread to thread by code of DPDK that is not instrumented: what that orders is
// told to the thread sanitizer here. Nothing at all in any other build.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define POOL_IS_WATCHED
#endif
#endif
#ifdef POOL_IS_WATCHED
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define element_comes(element) __tsan_acquire(element)
#define element_goes(element)  __tsan_release(element)
#else
#define element_comes(element) ((void)(element))
#define element_goes(element)  ((void)(element))
#endif

// Take `count` raw elements, all or nothing, where the first chunk does not have them.
int elements_get_far(struct nimbl_pool *pool, void **elements, unsigned int count);

static inline int elements_get(struct nimbl_pool *pool, void **elements, unsigned int count)
{
	if (unlikely(rte_mempool_get_bulk(pool->chunks[0], elements, count) != 0) &&
		elements_get_far(pool, elements, count) < 0)
		return -1;
	for (unsigned int i = 0; i < count; i++)
		element_comes(elements[i]);
	return 0;
}

// One raw element, or NULL when the pool is dry.
static inline void *element_take(struct nimbl_pool *pool)
{
	void *element;

	return likely(elements_get(pool, &element, 1) == 0) ? element : NULL;
}

// The chunk that an element came from: an mbuf says so itself.
static inline struct rte_mempool *chunk_of(const struct nimbl_pool *pool, void *element)
{
	if (likely(pool->capacity != 0 || pool->chunk_count == 1))
		return pool->chunks[0];
	return pool_has_mbufs(pool) ? ((struct rte_mbuf *)element)->pool
				    : rte_mempool_from_obj(element);
}

// Give back what is whole.
static inline void element_put(const struct nimbl_pool *pool, void *element)
{
	element_goes(element);
	rte_mempool_put(chunk_of(pool, element), element);
}

// As nimbl_nbl_get and nimbl_nbl_put, for one list. NULL when the pool is dry.
NET_BUFFER_LIST *list_get(struct nimbl_pool *pool);
void list_put(NET_BUFFER_LIST *nbl);

NET_BUFFER *nb_get(struct nimbl_pool *pool);
void nb_put(struct nimbl_pool *pool, NET_BUFFER *nb);

// Q9: debug builds refuse a retreat of a clone into its parent's headroom.
static inline bool nb_is_below_floor(const NET_BUFFER *nb, uint32_t delta)
{
#ifdef NDEBUG
	return false;
#else
	return nimbl_nb_is_over_original(nb) &&
	       (uint64_t)nb->DataOffset < (uintptr_t)nb->NdisReserved[1] - 1 + delta;
#endif
}

// An NB without data.
static inline void nb_empty(NET_BUFFER *nb)
{
	nb->Next = NULL;
	nb->CurrentMdl = nb->MdlChain = NULL;
	nimbl_nb_aim_own(nb, 0, 0);
	nb->ChecksumBias = 0;
}

// Point an NB at `length` bytes, `offset` bytes into an MDL chain. False when they do not fit.
bool nb_aim(NET_BUFFER *nb, MDL *chain, uint32_t offset, uint64_t length);

// Find CurrentMdl and CurrentMdlOffset by DataOffset.
void nb_find_current(NET_BUFFER *nb);

// Give a fresh list context space. False when there is no memory.
bool list_context_reserve(struct nimbl_pool *pool, NET_BUFFER_LIST *nbl, USHORT size, USHORT fill);

// Drop all context blocks but the preallocated one, and empty that.
void list_context_reset(const struct nimbl_pool *pool, NET_BUFFER_LIST *nbl);

enum internal_pool {
	INTERNAL_LISTS,   // a list and an NB without room
	INTERNAL_BUFFERS, // an NB without room
	INTERNAL_HEADERS, // an NB with HEADER_BYTES
	INTERNAL_POOLS,
};

// What a retreat gets from a pool; more is allocated.
#define HEADER_BYTES 256u

extern struct nimbl_pool *internal_pools[INTERNAL_POOLS];
struct nimbl_pool *internal_pool_make(enum internal_pool which);

// A pool of the engine's own, made when first needed. NULL: no memory.
static inline struct nimbl_pool *internal_pool(enum internal_pool which)
{
	struct nimbl_pool *pool = __atomic_load_n(&internal_pools[which], __ATOMIC_ACQUIRE);

	return likely(pool != NULL) ? pool : internal_pool_make(which);
}

// An own MDL as the pool made it: alone, over all the room that the mbuf has in its pool, whatever
// room it borrows now.
static inline void mdl_make_whole(MDL *mdl)
{
	struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);
	const struct nimbl_pool *pool = nimbl_nb_of_mbuf(m)->NdisPoolHandle;

	mdl->Next = NULL;
	mdl->MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL | NIMBL_MDL_SEGMENT;
	mdl_aim(mdl, RTE_PTR_ADD(m, pool->room_offset), pool->data_bytes);
}

// Have an mbuf's data start at `va`, in the room that it uses. Where that is in the lead before its buffer,
// the buffer is stretched over it.
void mbuf_aim(struct rte_mbuf *m, void *va);

// Free an MDL that the engine made (NIMBL_MDL_OURS), with what the engine put below it.
void ours_free(MDL *mdl);

// As NdisRetreatNetBufferListDataStart.
NDIS_STATUS list_retreat(NET_BUFFER_LIST *nbl, uint32_t delta, uint32_t fill,
	NET_BUFFER_ALLOCATE_MDL *allocate, NET_BUFFER_FREE_MDL *release);
