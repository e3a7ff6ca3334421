// SPDX-License-Identifier: BSD-3-Clause
// Every chain that is received is sent back through the port that it came in by.
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "echo_priv.h"
#include "nimbl_nbl.h"

#define BOTH_ADDRESSES (2u * RTE_ETHER_ADDR_LEN)

static inline uint8_t *data_of(const NET_BUFFER *nb)
{
	return RTE_PTR_ADD(MmGetSystemAddressForMdlSafe(nb->CurrentMdl, NormalPagePriority),
		nb->CurrentMdlOffset);
}

// The addresses lie over several MDLs: find each of their bytes.
static __attribute__((noinline)) void swap_apart(const NET_BUFFER *nb)
{
	uint8_t *bytes[BOTH_ADDRESSES];
	uint32_t found = 0, offset = nb->CurrentMdlOffset;

	for (const MDL *mdl = nb->CurrentMdl; mdl != NULL && found < BOTH_ADDRESSES;
		mdl = mdl->Next, offset = 0) {
		uint8_t *room = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

		while (offset < mdl->ByteCount && found < BOTH_ADDRESSES)
			bytes[found++] = room + offset++;
	}
	for (uint32_t i = 0; found == BOTH_ADDRESSES && i < RTE_ETHER_ADDR_LEN; i++)
		RTE_SWAP(*bytes[i], *bytes[i + RTE_ETHER_ADDR_LEN]);
}

// What is too short for two addresses is no frame: the port that sends it says so.
static inline void swap(const NET_BUFFER *nb)
{
	if (unlikely(nb->DataLength < BOTH_ADDRESSES))
		return;
	if (unlikely(nb->CurrentMdl->ByteCount - nb->CurrentMdlOffset < BOTH_ADDRESSES)) {
		swap_apart(nb);
		return;
	}
	struct rte_ether_addr *to = (struct rte_ether_addr *)data_of(nb), *from = to + 1,
			      kept = *to;

	*to = *from;
	*from = kept;
}

static void swap_chain(NET_BUFFER_LIST *chain)
{
	for (NET_BUFFER_LIST *nbl = chain, *next; nbl != NULL; nbl = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(nbl);
		if (next != NULL)
			rte_prefetch0(data_of(NET_BUFFER_LIST_FIRST_NB(next)));
		swap(NET_BUFFER_LIST_FIRST_NB(nbl));
	}
}

VOID echo_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	struct echo *self = context;

	// A lent chain would have to be copied to be sent.
	if (unlikely(NDIS_TEST_RECEIVE_CANNOT_PEND(flags))) {
		nimbl_count_here(self->counters,
			offsetof(struct nimbl_counters, drops[NIMBL_DROP_RX_LENT]), count);
		return;
	}
	if (unlikely((flags & NIMBL_RECEIVE_FLAGS_UNTOUCHED) == 0)) {
		nimbl_nbl_turn_chain(chain);
		nimbl_sources_take(self->binding, chain);
	}
	if (self->swaps)
		swap_chain(chain);
	flags = nimbl_send(
		self->binding, chain, NDIS_DEFAULT_PORT_NUMBER, flags & self->send_flags);
	if ((flags & NIMBL_SEND_FLAGS_HANDOVER) == 0) {
		nimbl_tally_add(&self->tally, ECHO_SENT, count);
		echo_look(self); // all of it may be complete already
	}
}
