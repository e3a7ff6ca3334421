// SPDX-License-Identifier: BSD-3-Clause
// What a pool is made of.
#pragma once

#include <rte_mempool.h>
#include <rte_spinlock.h>
#include <sys/queue.h>

#include "nimbl_mbuf.h"
#include "nimbl_object.h"

// A pool that grows gets chunks of 256, 512, 1024 ... elements: 13 reach the growth limit.
#define POOL_CHUNKS      13
#define POOL_FIRST_CHUNK 256u

enum pool_kind {
	POOL_NBL,         // list alone; no mbuf
	POOL_NBL_NB,      // list and NB; the caller brings MDL and data
	POOL_NBL_NB_DATA, // list, NB, MDL and data in one element
	POOL_NB,          // NB alone
	POOL_NB_DATA,     // NB, MDL and data in one element
	POOL_MDL,         // MDL alone, for NdisAllocateMdl
};

struct nimbl_pool {
	struct nimbl_object object;
	enum pool_kind kind;
	uint32_t data_bytes;
	uint32_t room_offset;   // of the data in an element
	uint32_t lead;          // bytes of the room before what the mbuf calls its buffer
	uint16_t context_bytes; // of the block preallocated with each list
	uint8_t protocol_id;
	uint16_t chunk_count; // grows only; read with acquire
	struct rte_mempool *chunks[POOL_CHUNKS];
	uint32_t capacity; // 0: grows
	uint32_t cache;
	bool reuse;
	uint32_t page; // bytes; 0: as the engine has them
	bool checked;  // over mempool ops that know every element
	bool released; // by its owner; freed when all elements are home
	int node;
	uint64_t double_frees; // refused, counted
	rte_spinlock_t grow_lock;
	NDIS_HANDLE owner; // may be NULL; source of what is received from the pool
	char ops[RTE_MEMPOOL_OPS_NAMESIZE];
	TAILQ_ENTRY(nimbl_pool) link;
};

static inline bool pool_has_lists(const struct nimbl_pool *pool)
{
	return pool->kind <= POOL_NBL_NB_DATA;
}

static inline bool pool_has_mbufs(const struct nimbl_pool *pool)
{
	return pool->kind != POOL_NBL && pool->kind != POOL_MDL;
}

static inline bool pool_has_data(const struct nimbl_pool *pool)
{
	return pool->kind == POOL_NBL_NB_DATA || pool->kind == POOL_NB_DATA;
}

// Before what a PMD receives into an element.
static inline uint32_t pool_headroom(const struct nimbl_pool *pool)
{
	return pool->lead + RTE_PKTMBUF_HEADROOM;
}

// The list in an element of a pool with lists.
static inline NET_BUFFER_LIST *pool_list_of(const struct nimbl_pool *pool, void *element)
{
	return pool->kind == POOL_NBL ? (NET_BUFFER_LIST *)element
				      : nimbl_nbl_of_mbuf((struct rte_mbuf *)element);
}

// Have an MDL describe `length` bytes at `va`.
static inline void mdl_aim(MDL *mdl, void *va, uint32_t length)
{
	mdl->MappedSystemVa = va;
	mdl->StartVa = RTE_PTR_ALIGN_FLOOR(va, PAGE_SIZE);
	mdl->ByteOffset = (ULONG)RTE_PTR_DIFF(va, mdl->StartVa);
	mdl->ByteCount = length;
}

// An MDL over `length` bytes at `va`, mapped, as MmBuildMdlForNonPagedPool leaves it.
void mdl_init(MDL *mdl, void *va, uint32_t length, CSHORT flags);

// The pool that NdisAllocateMdl takes descriptors from, made when first needed. NULL: no memory.
struct nimbl_pool *mdl_pool(void);

// Make one more chunk of `count` elements. Returns 0 or -errno with the error set.
int pool_add_chunk(struct nimbl_pool *pool, uint32_t count);

// Make the next chunk of a growing pool unless another thread just did (then 0 as well).
int pool_grow(struct nimbl_pool *pool, uint16_t chunk_count_seen);

// Elements in the store and in all caches, counted raw: never clamped as the avail count is.
uint32_t pool_free_count(const struct nimbl_pool *pool);
uint32_t pool_size(const struct nimbl_pool *pool);

// Who holds the elements that are out, for people. Control threads, nobody using the pool.
void pool_describe_holders(struct nimbl_pool *pool, char *text, size_t size);

// The mempool ops of strategy "reuse".
#define REUSE_OPS_NAME "nimbl_reuse"
int reuse_ops_register(void);
uint32_t reuse_stack_read(const struct rte_mempool *mp, void **objects);
void reuse_ops_set_owner(struct rte_mempool *mp, uint32_t lcore);

// The mempool ops of pools that check.
#define CHECKED_OPS_NAME "nimbl_vrf"
int checked_ops_register(void);
bool checked_ops_wanted(void);
void checked_ops_set_pool(struct rte_mempool *mp, struct nimbl_pool *pool);

// Elements of pools that check, and have data, end with bytes that nobody writes.
#define POOL_FENCE_BYTES 64u
#define POOL_FENCE_BYTE  0xfe

static inline void *pool_fence_of(const struct nimbl_pool *pool, void *element)
{
	return RTE_PTR_ADD(element, pool->room_offset + pool->data_bytes);
}

// Whether somebody wrote there; then it is as before.
bool pool_fence_mend(const struct nimbl_pool *pool, void *element);

// What was wrong with a free.
// Whether a taking from a pool that checks is to fail by demand; and whether the last one of this thread
// did, asked once. Takings of this thread do not fail while it is excused.
bool shortage_fails(void);
bool shortage_failed(void);
void shortage_excuse(bool excused);

enum nimbl_pool_fault {
	NIMBL_POOL_TWICE,    // it is free
	NIMBL_POOL_WRONG,    // not of this pool, or with a function that is for others
	NIMBL_POOL_CHILDREN, // lists derived from it are still out
	NIMBL_POOL_ADVANCE,  // no free: an advance beyond the data
	NIMBL_POOL_CONTEXT,  // context space that was not taken
	NIMBL_POOL_OUT,      // the pool itself, with elements out
	NIMBL_POOL_FENCE,    // something wrote behind the room
};

// Who is told: of faults in all pools, and of each list that goes into one that checks. `freed` answers
// whether it may.
struct nimbl_pool_watch {
	void (*fault)(enum nimbl_pool_fault fault, struct nimbl_pool *pool, void *element);
	bool (*freed)(struct nimbl_pool *pool, void *element);
};

extern const struct nimbl_pool_watch *pool_watch;
void nimbl_pools_watch(const struct nimbl_pool_watch *watch);

static inline void pool_fault(enum nimbl_pool_fault fault, struct nimbl_pool *pool, void *element)
{
	const struct nimbl_pool_watch *watch = __atomic_load_n(&pool_watch, __ATOMIC_ACQUIRE);

	if (watch != NULL)
		watch->fault(fault, pool, element);
}
