// SPDX-License-Identifier: BSD-3-Clause
// What feeds a device of the user's with frames and takes what it sends: another device that is joined to it, or the
// device itself where that is looped back or hears others.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

struct pool_peer;

// For the device `port`; `peer` is the port joined to it, or the same. Both are configured and started with a pool
// of the peer's own. NULL with the error set. On the control thread.
struct pool_peer *pool_peer_open(uint16_t port, uint16_t peer);
void pool_peer_close(struct pool_peer *peer);

// Whether the device is its own peer.
bool pool_peer_is_loop(const struct pool_peer *peer);

// The pool that the queues use while no cell does.
struct rte_mempool *pool_peer_pool(const struct pool_peer *peer);

// Up to `n` frames of the peer's to the device.
void pool_peer_feed(struct pool_peer *peer, uint32_t n);

// Take what the device has sent.
void pool_peer_drain(struct pool_peer *peer);
