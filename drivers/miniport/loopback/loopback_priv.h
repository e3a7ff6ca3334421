// SPDX-License-Identifier: BSD-3-Clause
// An adapter without a device: what is sent is received, here or, like through a cable, by another one.
#pragma once

#include <rte_ring.h>

#include "nimbl_mbuf.h"
#include "nimbl_path.h"
#include "nimbl_setting.h"

#define LOOPBACK_QUEUES_MAX 16
#define LOOPBACK_SLOTS      1024u // frames that wait at one queue

// What waits to be received, and the lcore that does.
struct loopback_queue {
	struct loopback *self;
	struct rte_ring *waiting; // lists of this adapter; any thread puts them here
	uint32_t lcore;
	NDIS_POLL_HANDLE poll;
};

struct loopback {
	NDIS_HANDLE adapter, pool;
	const char *name, *peer_name; // without a peer of its own it is one to itself
	struct loopback *peer;        // NULL: the other end of the cable is not there
	struct nimbl_counters *counters;
	uint32_t frame_max, room; // bytes of the longest frame: that it sends, that fit its pool
	uint16_t queue_count;
	struct loopback_queue queues[LOOPBACK_QUEUES_MAX];
	struct loopback *next;
};

extern const struct nimbl_setting loopback_settings[];

// attach.c
MINIPORT_INITIALIZE loopback_initialize;
MINIPORT_HALT loopback_halt;
MINIPORT_RESTART loopback_restart;
MINIPORT_PAUSE loopback_pause;

// queues.c
int loopback_queues_open(struct loopback *self);
void loopback_queues_close(struct loopback *self);
// What waits is dropped as received while paused. Nobody polls.
void loopback_queues_flush(struct loopback *self);

// link.c: who is whose peer. The peer is told that its link is up or down.
void loopback_join(struct loopback *self);
void loopback_part(struct loopback *self);

// oid.c
MINIPORT_OID_REQUEST loopback_oid_request;
MINIPORT_CANCEL_OID_REQUEST loopback_cancel_oid_request;

// rx.c
NDIS_POLL loopback_poll;
MINIPORT_RETURN_NET_BUFFER_LISTS loopback_return;

// tx.c
MINIPORT_SEND_NET_BUFFER_LISTS loopback_send;
MINIPORT_CANCEL_SEND loopback_cancel_send;
