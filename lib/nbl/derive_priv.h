// SPDX-License-Identifier: BSD-3-Clause
// How derived lists are put together: derive.c has the parts, derivedapi.c the doors.
#pragma once

#include "list_priv.h"

// A place in the data of a parent.
struct cursor {
	const MDL *mdl;
	uint32_t offset;
};

// The last MDL of a child's chain.
struct tail {
	MDL *mdl;
};

void cursor_set(struct cursor *cursor, const NET_BUFFER *nb, uint32_t skip);

// Append `bytes` of the parent, from the cursor on, to the data of `child`; further mbufs come from
// `pool`. False when a pool is dry: the child is as far as it came.
bool nb_share(NET_BUFFER *child, struct tail *tail, struct cursor *cursor, uint32_t bytes,
	struct nimbl_pool *pool);

// A derived list without NBs. NULL when the pool is dry. Goes back with nimbl_nbl_put at any stage.
NET_BUFFER_LIST *derived_new(struct nimbl_pool *lists, uint32_t kind);

// Append an NB without data: the list's own one first, if there is one. NULL when the pool is dry.
NET_BUFFER *derived_add(NET_BUFFER_LIST *nbl, NET_BUFFER **last, struct nimbl_pool *buffers);
