// SPDX-License-Identifier: BSD-3-Clause
// The mirroring filter: copies of frames leave through another port as well.
//
// It has two modules. The tap, which the user asked for, copies what passes; the outlet, which the tap
// opens in the stack of the other port, sends the copies and takes them back.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "nimbl_filter.h"
#include "nimbl_nbl.h"

enum mirror_figure {
	MIRROR_RX,      // received frames that were copied
	MIRROR_TX,      // sent ones
	MIRROR_AWAY,    // not copied: the other port is paused or its outlet was removed
	MIRROR_NO_COPY, // not copied: all copies are on their way, or the frame is too long
	MIRROR_REFUSED, // of the outlet: copies that the port did not send
};

enum mirror_direction {
	MIRROR_OF_RX,
	MIRROR_OF_TX,
	MIRROR_OF_BOTH,
};

struct mirror {
	struct nimbl_filter_base base;
	// Settings.
	const char *to;
	uint32_t direction, one_in, snap, copies, room;
	// Of a tap.
	struct mirror *outlet; // NULL: it is gone. Read by lcores
	NDIS_HANDLE pool;
	uint64_t seen[2]; // frames of a direction, to take one in so many
	// Of an outlet.
	struct mirror *tap; // NULL: this is a tap, or that is gone
	bool is_outlet, is_running;
	uint32_t pausing;
	uint64_t out __rte_cache_aligned; // copies with the port
};

// tx_copy.c: send copies of a chain through the other port.
void mirror_copy(struct mirror *self, const NET_BUFFER_LIST *chain, enum mirror_direction of);

// rx.c, tx.c
FILTER_RECEIVE_NET_BUFFER_LISTS mirror_receive;
FILTER_SEND_NET_BUFFER_LISTS mirror_send;
FILTER_SEND_NET_BUFFER_LISTS_COMPLETE mirror_complete;
