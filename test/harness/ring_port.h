// SPDX-License-Identifier: BSD-3-Clause
// An ethdev adapter whose wire is two rings of the test: what is put on one is received, what is
// sent lies on the other. Bound to the protocol of the tests.
#pragma once

#include <ndis.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "test_protocol.h"

struct ring_port {
	struct rte_ring *in, *out;
	NDIS_HANDLE adapter;
	struct test_binding *user;
};

struct ring_port_options {
	uint32_t out_ring;    // slots of the ring of sent frames, one of which stays empty; 0: 1024
	uint32_t descriptors; // of transmit, from which the backlog is computed; 0: 512
	const char *lists;    // of the adapter's own pool, NULL: "1024"
	const char *reuse;    // NULL: "0"
	const char *lcore;    // that serves it, NULL: "0"
	uint32_t offloads;    // bits of nimbl_offload.h
};

// Open, bind and restart. `name` is of the test's choosing. NULL options: none.
// Returns 0, or -1 with the error set.
int ring_port_open(
	struct ring_port *port, const char *name, const struct ring_port_options *options);

// An ethdev adapter over a device that EAL probes ("net_null0"), bound and restarted likewise.
int device_port_open(struct ring_port *port, const char *device, const char *name,
	const struct ring_port_options *options);

// Free what lies on the rings, then pause and close all. Returns 0, or -1 when a pause fails.
int ring_port_close(struct ring_port *port);

// Put a frame on the wire to the port. False when the ring is full.
bool ring_port_inject(struct ring_port *port, struct rte_mbuf *m);

// Take a sent frame off the wire, or NULL; the test plays the rest of the PMD and frees it.
struct rte_mbuf *ring_port_take(struct ring_port *port);
