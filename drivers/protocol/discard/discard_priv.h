// SPDX-License-Identifier: BSD-3-Clause
// The discard: takes whatever a port receives, and counts it.
#pragma once

#include "nimbl_driver.h"
#include "nimbl_tally.h"

enum discard_figure { DISCARD_FRAMES, DISCARD_BYTES, DISCARD_FIGURES };

struct discard {
	NDIS_HANDLE binding;
	struct nimbl_counters *counters;
	struct nimbl_tally tally;
};

extern NDIS_HANDLE discard_protocol;

// bind.c
PROTOCOL_BIND_ADAPTER_EX discard_bind;
PROTOCOL_UNBIND_ADAPTER_EX discard_unbind;
PROTOCOL_NET_PNP_EVENT discard_net_pnp_event;
PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE discard_send_complete;

// rx.c
PROTOCOL_RECEIVE_NET_BUFFER_LISTS discard_receive;
