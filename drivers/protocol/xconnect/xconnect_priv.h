// SPDX-License-Identifier: BSD-3-Clause
// The cross-connect: what one port receives, the port at the other end sends.
#pragma once

#include "nimbl_driver.h"
#include "nimbl_path.h"

struct xconnect {
	NDIS_HANDLE binding;
	struct xconnect *peer;        // itself for a reflector; NULL until the other end is bound
	ULONG send_flags;             // with NIMBL_SEND_FLAGS_HANDOVER, or the full round trip
	bool running;                 // between Restart and Pause
	const char *name, *peer_name; // ports
	struct nimbl_counters *counters; // of the own port
	struct xconnect *next;
};

// The other half of forwarding, chosen once: read by lcores, written while they do not run us.
extern NDIS_HANDLE xconnect_protocol;

// bind.c
PROTOCOL_BIND_ADAPTER_EX xconnect_bind;
PROTOCOL_UNBIND_ADAPTER_EX xconnect_unbind;
PROTOCOL_OPEN_ADAPTER_COMPLETE_EX xconnect_open_complete;
PROTOCOL_CLOSE_ADAPTER_COMPLETE_EX xconnect_close_complete;
PROTOCOL_NET_PNP_EVENT xconnect_net_pnp_event;

// rx.c
PROTOCOL_RECEIVE_NET_BUFFER_LISTS xconnect_receive;

// tx.c
PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE xconnect_send_complete;
