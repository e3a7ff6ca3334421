// SPDX-License-Identifier: BSD-3-Clause
// Chains from lcore to lcore over an rte_ring.
#include "nimbl_handoff.h"

#include <rte_errno.h>
#include <rte_ring.h>

// Lists are aligned to 16, so the lowest bit of an entry says whether the chain is given for good.
#define FOR_GOOD ((uintptr_t)1)

struct nimbl_handoff *nimbl_handoff_open(const char *name, uint32_t chains, int node)
{
	static uint32_t serial;
	char unique[RTE_RING_NAMESIZE];

	snprintf(unique, sizeof(unique), "ho%u_%.16s",
		__atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED), name);
	struct rte_ring *ring =
		rte_ring_create(unique, rte_align32pow2(chains), node, RING_F_SC_DEQ);
	if (ring == NULL)
		nimbl_fail(rte_errno, "no memory for the hand-over ring '%s': %s", name,
			rte_strerror(rte_errno));
	return (struct nimbl_handoff *)ring;
}

void nimbl_handoff_close(struct nimbl_handoff *handoff)
{
	rte_ring_free((struct rte_ring *)handoff);
}

bool nimbl_handoff_put(struct nimbl_handoff *handoff, NET_BUFFER_LIST *chain, bool for_good)
{
	uintptr_t entry = (uintptr_t)chain | (for_good ? FOR_GOOD : 0);

	return rte_ring_mp_enqueue((struct rte_ring *)handoff, (void *)entry) == 0;
}

NET_BUFFER_LIST *nimbl_handoff_get(struct nimbl_handoff *handoff, bool *for_good)
{
	void *entry;

	if (rte_ring_sc_dequeue((struct rte_ring *)handoff, &entry) < 0)
		return NULL;
	*for_good = ((uintptr_t)entry & FOR_GOOD) != 0;
	return (NET_BUFFER_LIST *)((uintptr_t)entry & ~FOR_GOOD);
}

bool nimbl_handoff_is_empty(const struct nimbl_handoff *handoff)
{
	const struct rte_ring *ring = (const struct rte_ring *)handoff;

	return __atomic_load_n(&ring->prod.tail, __ATOMIC_RELAXED) ==
	       __atomic_load_n(&ring->cons.tail, __ATOMIC_RELAXED);
}
