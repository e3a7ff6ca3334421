// SPDX-License-Identifier: BSD-3-Clause
// What the NDIS doors use of list.c.
#pragma once

#include "pool_priv.h"

// In NdisReserved[0] of an NB of an NB pool while it is out.
#define NB_ISSUED ((PVOID)(uintptr_t)0x4e42)

MDL *mdl_get(struct nimbl_pool *pool);
void mdl_put(struct nimbl_pool *pool, MDL *mdl);
NET_BUFFER *nb_get(struct nimbl_pool *pool);
void nb_put(struct nimbl_pool *pool, NET_BUFFER *nb);

// Point an NB at `length` bytes, `offset` bytes into an MDL chain. False when they do not fit.
bool nb_aim(NET_BUFFER *nb, MDL *chain, uint32_t offset, uint64_t length);

// Give a fresh list context space. False when there is no memory.
bool list_context_reserve(struct nimbl_pool *pool, NET_BUFFER_LIST *nbl, USHORT size, USHORT fill);

// Drop all context blocks but the preallocated one, and empty that.
void list_context_reset(const struct nimbl_pool *pool, NET_BUFFER_LIST *nbl);
