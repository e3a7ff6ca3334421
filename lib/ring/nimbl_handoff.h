// SPDX-License-Identifier: BSD-3-Clause
// A ring that carries chains of lists to the lcore that may send them. Many producers, one
// consumer; an entry is a whole chain, so the cost is per burst.
#pragma once

#include <ndis.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nimbl_handoff;

// Make a ring for `chains` chains (rounded up to a power of two) on a NUMA node.
// Returns NULL with the error set. Control threads.
NIMBL_API struct nimbl_handoff *nimbl_handoff_open(const char *name, uint32_t chains, int node);

// Free an empty ring. NULL is accepted. Control threads.
NIMBL_API void nimbl_handoff_close(struct nimbl_handoff *handoff);

// Put a chain on the ring; `for_good` goes with it (NIMBL_SEND_FLAGS_HANDOVER). Any thread.
// False when the ring is full: the chain is still the caller's.
NIMBL_API bool nimbl_handoff_put(
	struct nimbl_handoff *handoff, NET_BUFFER_LIST *chain, bool for_good);

// Take the next chain, or NULL. The consuming lcore only.
NIMBL_API NET_BUFFER_LIST *nimbl_handoff_get(struct nimbl_handoff *handoff, bool *for_good);

NIMBL_API bool nimbl_handoff_is_empty(const struct nimbl_handoff *handoff);

#ifdef __cplusplus
}
#endif
