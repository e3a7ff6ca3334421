// SPDX-License-Identifier: BSD-3-Clause
// Pools of lists beyond what NDIS says about them: capacity, strategy, bulk get and put, and a
// close that can refuse. The NDIS functions in ndis/nblapi.h are doors to these.
#pragma once

#include <ndis.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// Where a list is, as far as the engine knows: the low byte of NimblState.
enum nimbl_list_state {
	NIMBL_LIST_FREE = 0,  // in its pool, or a receive buffer of the PMD
	NIMBL_LIST_ALLOCATED, // taken from the pool by a driver
	NIMBL_LIST_INDICATED, // received: with the drivers above, or sent on untouched since
	NIMBL_LIST_SENT,      // with a miniport that will complete it
	NIMBL_LIST_HANDED,    // given away otherwise: in a PMD, or already home in its pool
};

#define NIMBL_NODE_ANY     (-1)
#define NIMBL_LCORE_NONE   UINT32_MAX
#define NIMBL_CACHE_MAX    512u
#define NIMBL_DATA_MAX     65535u // one mbuf describes at most this much room
#define NIMBL_BURST_MAX    64u
#define NIMBL_GROWTH_LIMIT (1u << 20)

// How a pool is made. NDIS pools have no size; a pool opened without a capacity starts small and
// grows by chunks up to NIMBL_GROWTH_LIMIT lists, a pool with one is made whole at once.
struct nimbl_pool_options {
	const char *name;  // for messages; NULL: "pool-<n>"
	uint32_t capacity; // lists; 0: grow on demand
	const char *ops;   // mempool ops; NULL: ring_mp_mc
	uint32_t cache;    // lists cached per lcore, 0..NIMBL_CACHE_MAX
	bool reuse;        // keep returned lists on a free list of `owner_lcore` (own mempool ops)
	uint32_t owner_lcore; // with `reuse`: the lcore that receives from this pool
	int node;             // NUMA node, or NIMBL_NODE_ANY
	// Bytes of a page of its memory: 4 KiB, 2 MiB (reserved ones, or transparent where none are) or 1 GiB
	// (reserved). 0: as the engine has them. Otherwise no device or other process sees the memory.
	uint32_t page;
	// Bytes of DataSize that lie before the buffer that a PMD sees, a multiple of 64: it puts what it
	// receives RTE_PKTMBUF_HEADROOM bytes behind them, so that there is so much more headroom.
	uint32_t lead_bytes;
};

// Figures of a pool. size == free + out at any time when nobody is using it.
struct nimbl_pool_info {
	const char *name;
	const char *ops;
	uint32_t size;       // lists that exist
	uint32_t free;       // in the pool's store and in all lcore caches
	uint32_t cache;      // per lcore
	uint32_t data_bytes; // DataSize
	uint32_t headroom;   // of it, before what is received
	uint32_t context_bytes;
	uint32_t list_bytes;  // one element with all headers
	uint64_t total_bytes; // memory of all elements
	int node;
};

// Whether pools opened from here on take memory of the process, in transparent large pages, instead
// of EAL's: for EAL without hugepages, where no device or other process needs to see the memory.
NIMBL_API void nimbl_pools_set_large_pages(bool on);

// Whether pools opened from here on know of each element whether it is in the pool: then what is freed
// twice, or to a pool that it is not of, is refused and said to the watch, also where a PMD frees it. Such
// pools have mempool ops of their own and no caches.
NIMBL_API void nimbl_pools_set_checked(bool on);

// What takings from pools that check fail as if the pools were dry: those of drivers and of PMDs alike.
struct nimbl_pool_shortage {
	uint32_t rate; // in a million, at random; 0: none
	uint64_t seed; // of that: the same takings fail again
	uint64_t nth;  // this one alone, counted from now on; 0: none
	uint64_t asked,
		failed; // takings since it was set, and those that failed: told, not asked for
};

// Set it, and begin to count; tell it. A bulk that is taken at once is one taking. Any thread.
NIMBL_API void nimbl_pools_set_shortage(const struct nimbl_pool_shortage *how);
NIMBL_API void nimbl_pools_shortage(struct nimbl_pool_shortage *how);

// Open an NBL pool as NdisAllocateNetBufferListPool does, with options (NULL: none).
// Returns the pool, or NULL with nimbl_last_error() saying why. Any thread, not an lcore.
NIMBL_API NDIS_HANDLE nimbl_nbl_pool_open(NDIS_HANDLE owner,
	const NET_BUFFER_LIST_POOL_PARAMETERS *parameters,
	const struct nimbl_pool_options *options);

// Open an NB pool as NdisAllocateNetBufferPool does, with options (NULL: none).
NIMBL_API NDIS_HANDLE nimbl_nb_pool_open(NDIS_HANDLE owner,
	const NET_BUFFER_POOL_PARAMETERS *parameters, const struct nimbl_pool_options *options);

// Free a pool of either kind. While elements are out it is refused: -EBUSY, and the error says
// how many are out and who holds them; the pool stays usable. NULL is accepted.
NIMBL_API int nimbl_pool_close(NDIS_HANDLE pool);

// The owner is done with the pool, but a PMD of another port may still hold elements: it is freed as
// soon as all are home. NULL is accepted. Control thread.
NIMBL_API void nimbl_pool_release(NDIS_HANDLE pool);

// Free the released pools that are whole again; returns how many elements of the others are out.
NIMBL_API uint32_t nimbl_pools_reap(void);

// Take up to `count` lists from the pool, for the caller to own: each as NdisAllocateNetBufferList
// would give it, but with the pool's owner as SourceHandle. Lcores or any thread; never blocks when the pool has a capacity.
// Returns how many were stored; fewer than `count` means that the pool is dry.
NIMBL_API uint16_t nimbl_nbl_get(NDIS_HANDLE pool, NET_BUFFER_LIST **lists, uint16_t count);

// Give lists back to the pools they came from, as NdisFreeNetBufferList would each. The lists are
// linked by Next and end with NULL. Returns how many there were.
NIMBL_API uint32_t nimbl_nbl_put_chain(NET_BUFFER_LIST *chain);

// The same for an array.
NIMBL_API void nimbl_nbl_put(NET_BUFFER_LIST *const *lists, uint16_t count);

NIMBL_API void nimbl_pool_query(NDIS_HANDLE pool, struct nimbl_pool_info *info);

// Call `visit` for each open pool, oldest first, until it returns non-zero. Control threads.
NIMBL_API int nimbl_pool_foreach(int (*visit)(NDIS_HANDLE pool, void *arg), void *arg);

// Say, for people, how many lists of which pool are out and what became of them: as of now, whoever uses
// them meanwhile. Empty when all are home or with a device. Control threads.
NIMBL_API void nimbl_pools_describe(char *text, size_t size);

// Make lists that were received into lists to be sent: their out-of-band data tells then what the send
// has to do, so that the frame leaves as it came to this machine (a tag goes back in, a checksum that
// the device only promised is written, joined segments are cut), and nothing else. Returns whether any
// asks for something. Lcores or any thread; the lists are the caller's.
NIMBL_API bool nimbl_nbl_turn_chain(NET_BUFFER_LIST *chain);

// Take a list from the pool, which makes lists with data, and copy the first `bytes` of a frame into it,
// all where it is shorter. NULL when the pool is dry or its lists have less room. Any thread.
NIMBL_API NET_BUFFER_LIST *nimbl_nbl_copy(NDIS_HANDLE pool, const NET_BUFFER *nb, uint32_t bytes);

// Whether whoever owns a list may write its data: nobody else sees it, be it through a list derived from
// it, a list that it was derived from, or a device, and no flag forbids it. Lcores or any thread.
NIMBL_API bool nimbl_nbl_may_write(const NET_BUFFER_LIST *nbl);

// Copy up to `bytes` of a buffer's data, from `offset` of its data start, to `to`. Returns what was
// copied; less than asked where the data ends. Reads nothing past DataLength.
NIMBL_API uint32_t nimbl_nb_read(const NET_BUFFER *nb, uint32_t offset, void *to, uint32_t bytes);

#ifdef __cplusplus
}
#endif
