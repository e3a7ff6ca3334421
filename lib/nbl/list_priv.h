// SPDX-License-Identifier: BSD-3-Clause
// What the parts of lib/nbl that work on lists share: see list.c, adjust.c and derive.c.
#pragma once

#include "nimbl_mbuf.h"
#include "pool_priv.h"

// In NdisReserved[0] of an NB of an NB pool while it is out; the second where its mbuf lends its room
// or borrows another's, so that references count when it goes home.
#define NB_ISSUED ((PVOID)(uintptr_t)0x4e42)
#define NB_SHARED ((PVOID)(uintptr_t)0x4e43)

// One raw element, or NULL when the pool is dry.
void *element_take(struct nimbl_pool *pool);

MDL *mdl_get(struct nimbl_pool *pool);
void mdl_put(struct nimbl_pool *pool, MDL *mdl);
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

// A pool of the engine's own, made when first needed. NULL: no memory.
struct nimbl_pool *internal_pool(enum internal_pool which);

// An own MDL as the pool made it: alone, over all the room that the mbuf has in its pool, whatever
// room it borrows now.
void mdl_make_whole(MDL *mdl);

// Free an MDL that the engine made (NIMBL_MDL_OURS), with what the engine put below it.
void ours_free(MDL *mdl);

// Free what the engine chained to an NB, and leave it on its own MDL.
void nb_release_chain(NET_BUFFER *nb);

// Free what belongs to a derived list but itself and its own NB.
void derived_release(NET_BUFFER_LIST *nbl);

// As NdisRetreatNetBufferListDataStart.
NDIS_STATUS list_retreat(NET_BUFFER_LIST *nbl, uint32_t delta, uint32_t fill,
	NET_BUFFER_ALLOCATE_MDL *allocate, NET_BUFFER_FREE_MDL *release);
