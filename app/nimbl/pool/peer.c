// SPDX-License-Identifier: BSD-3-Clause
// Frames from a pool of its own.
#include "peer.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_base.h"

#define MBUFS       2047u
#define DATA        2176u // headroom, and a frame as long as they get without jumbo
#define DESCRIPTORS 256u
#define BURST       64u
#define FRAME       60u
#define TYPE_LOCAL  0x88b5 // for experiments, by IEEE 802
#define LINK_MS     3000u

struct pool_peer {
	uint16_t port, peer;
	struct rte_mempool *pool;
};

static int start(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};
	int ret;

	rte_eth_dev_stop(port);
	ret = rte_eth_dev_configure(port, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL);
	if (ret == 0)
		ret = rte_eth_dev_start(port);
	if (ret == 0)
		rte_eth_promiscuous_enable(port);
	return ret;
}

// Sockets are joined in threads of the drivers.
static bool is_up(uint16_t port)
{
	struct rte_eth_link link;

	for (uint32_t waited = 0; waited < LINK_MS; waited++) {
		if (rte_eth_link_get_nowait(port, &link) == 0 && link.link_status != 0)
			return true;
		rte_delay_us_sleep(1000);
	}
	nimbl_fail(ENETDOWN, "the link of the port has not come up within %u s", LINK_MS / 1000);
	nimbl_mend("is what stands behind the device there, and joined to it?");
	return false;
}

struct pool_peer *pool_peer_open(uint16_t port, uint16_t peer)
{
	static uint32_t serial;
	struct pool_peer *self = calloc(1, sizeof(*self));
	char name[RTE_MEMPOOL_NAMESIZE];
	int ret;

	if (self == NULL) {
		nimbl_fail(ENOMEM, "no memory for a peer");
		return NULL;
	}
	*self = (struct pool_peer){.port = port, .peer = peer};
	// In DPDK's memory, which peers in other programs and in vhost-user can see.
	snprintf(name, sizeof(name), "bench_peer%u", serial++);
	self->pool = rte_pktmbuf_pool_create(name, MBUFS, 128, 0, DATA, SOCKET_ID_ANY);
	if (self->pool == NULL) {
		nimbl_fail(ENOMEM, "no memory for the frames of a peer");
		pool_peer_close(self);
		return NULL;
	}
	ret = start(port, self->pool);
	if (ret == 0 && peer != port)
		ret = start(peer, self->pool);
	if (ret < 0)
		nimbl_fail(
			-ret, "the port cannot be set up for a benchmark: %s", rte_strerror(-ret));
	if (ret < 0 || !is_up(port) || !is_up(peer)) {
		pool_peer_close(self);
		return NULL;
	}
	return self;
}

// The pool goes when nothing is out: drivers keep what they have sent until their queues are gone.
void pool_peer_close(struct pool_peer *peer)
{
	if (peer == NULL)
		return;
	rte_eth_dev_stop(peer->peer);
	rte_eth_dev_stop(peer->port);
	free(peer);
}

bool pool_peer_is_loop(const struct pool_peer *peer)
{
	return peer->peer == peer->port;
}

struct rte_mempool *pool_peer_pool(const struct pool_peer *peer)
{
	return peer->pool;
}

static void frame_make(struct rte_mbuf *m)
{
	struct rte_ether_hdr *header = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	m->data_len = m->pkt_len = FRAME;
	memset(header, 0, FRAME);
	memset(&header->dst_addr, 0xff, sizeof(header->dst_addr));
	header->src_addr.addr_bytes[0] = 2;
	header->ether_type = rte_cpu_to_be_16(TYPE_LOCAL);
}

void pool_peer_feed(struct pool_peer *peer, uint32_t n)
{
	struct rte_mbuf *mbufs[BURST];

	while (n > 0) {
		uint16_t part = (uint16_t)RTE_MIN(n, BURST), sent;

		if (rte_pktmbuf_alloc_bulk(peer->pool, mbufs, part) < 0)
			return;
		for (uint16_t i = 0; i < part; i++)
			frame_make(mbufs[i]);
		sent = rte_eth_tx_burst(peer->peer, 0, mbufs, part);
		rte_pktmbuf_free_bulk(&mbufs[sent], part - sent);
		if (sent < part)
			return;
		n -= part;
	}
}

void pool_peer_drain(struct pool_peer *peer)
{
	struct rte_mbuf *mbufs[BURST];
	uint16_t n;

	while (!pool_peer_is_loop(peer) && (n = rte_eth_rx_burst(peer->peer, 0, mbufs, BURST)) > 0)
		rte_pktmbuf_free_bulk(mbufs, n);
}
