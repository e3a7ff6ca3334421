// SPDX-License-Identifier: BSD-3-Clause
// The cross-connect: what one port receives, the port at the other end sends.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_lcore.h>

#include "nimbl_driver.h"
#include "nimbl_path.h"

// What went out through a binding for the round trip, and what is complete of it: one for each lcore,
// the last one shared by all other threads.
struct xconnect_tally {
	uint64_t sent, completed;
} __rte_cache_aligned;

struct xconnect {
	NDIS_HANDLE binding;
	struct xconnect *peer;        // itself for a reflector; NULL until the other end is bound
	ULONG send_flags;             // that may stay of those a receive has, see handover
	bool running;                 // between Restart and Pause
	const char *name, *peer_name; // ports
	struct nimbl_counters *counters;     // of the own port
	NET_PNP_EVENT_NOTIFICATION *pausing; // that pends until all is home
	struct xconnect *next;
	struct xconnect_tally tally[RTE_MAX_LCORE + 1];
};

// The other half of forwarding, chosen once: read by lcores, written while they do not run us.
extern NDIS_HANDLE xconnect_protocol;

// Add to one member of a tally.
static inline void xconnect_count(struct xconnect *self, size_t member, uint64_t n)
{
	uint32_t lcore = nimbl_lcore_here();
	uint64_t *counter = RTE_PTR_ADD(&self->tally[lcore], member);

	if (likely(lcore < RTE_MAX_LCORE))
		nimbl_count(counter, n);
	else
		nimbl_count_shared(counter, n);
}

// bind.c
PROTOCOL_BIND_ADAPTER_EX xconnect_bind;
PROTOCOL_UNBIND_ADAPTER_EX xconnect_unbind;

// state.c
PROTOCOL_NET_PNP_EVENT xconnect_net_pnp_event;
// End a pause that still waits: nobody looks any more when this returns.
void xconnect_give_up(struct xconnect *self);

// rx.c
PROTOCOL_RECEIVE_NET_BUFFER_LISTS xconnect_receive;

// tx.c
PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE xconnect_send_complete;
