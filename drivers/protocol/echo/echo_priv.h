// SPDX-License-Identifier: BSD-3-Clause
// The echo: what a port receives it sends back, if told so with its two MAC addresses swapped.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "nimbl_setting.h"
#include "nimbl_tally.h"

enum echo_figure {
	ECHO_SENT, // for the round trip
	ECHO_COMPLETED,
	ECHO_FIGURES
};

struct echo {
	NDIS_HANDLE binding;
	bool swaps;
	uint8_t completion; // 0: handover
	ULONG send_flags;   // that may stay of those a receive has
	struct nimbl_counters *counters;
	NET_PNP_EVENT_NOTIFICATION *pausing; // a pause that waits for completions, or NULL
	struct nimbl_tally tally;
};

extern NDIS_HANDLE echo_protocol;
extern const struct nimbl_setting echo_settings[];

// bind.c
PROTOCOL_BIND_ADAPTER_EX echo_bind;
PROTOCOL_UNBIND_ADAPTER_EX echo_unbind;

// state.c
PROTOCOL_NET_PNP_EVENT echo_net_pnp_event;
// Something is complete: ends a pause that waited for just that.
void echo_look(struct echo *self);

// rx.c
PROTOCOL_RECEIVE_NET_BUFFER_LISTS echo_receive;

// tx.c
PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE echo_send_complete;
