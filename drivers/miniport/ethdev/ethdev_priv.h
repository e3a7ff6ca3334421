// SPDX-License-Identifier: BSD-3-Clause
// One Ethernet port of DPDK as an NDIS miniport adapter.
#pragma once

#include <net/if.h>
#include <rte_ethdev.h>

#include "nimbl_driver.h"
#include "nimbl_foreign.h"
#include "nimbl_handoff.h"
#include "nimbl_mbuf.h"
#include "nimbl_path.h"
#include "offload.h"

#define ETHDEV_QUEUES_MAX    64
#define ETHDEV_BURST         NIMBL_BURST_MAX
#define ETHDEV_MULTICAST_MAX 64
#define ETHDEV_CANCELS       16 // that a queue may learn of at once

// What a packet filter may be made of.
#define ETHDEV_PACKET_FILTERS                                                                      \
	(NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST | \
		NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS)

struct ethdev;

// The last burst that an lcore received, as the PMD gave it. What is sent right away is most often
// just that, in order, and then neither links need be followed nor pointers copied.
struct ethdev_seen {
	struct rte_mbuf *frames[ETHDEV_BURST];
	uint16_t count;
	bool is_plain;   // each frame one segment behind the usual headroom
	uint32_t excess; // lengths beyond an Ethernet header, or-ed: none is longer than this
	uint64_t bytes;
} __rte_cache_aligned;

extern struct ethdev_seen ethdev_seen[RTE_MAX_LCORE];

struct ethdev_rxq {
	uint16_t port_id;
	uint16_t queue_id;
	const struct ethdev_info *info; // NULL: nothing beside the bytes is asked for
	bool is_foreign;                // receives from pools of other ports (net_ring)
	struct ethdev_seen *seen;       // of the lcore that serves the queue
	NDIS_HANDLE adapter;
	struct nimbl_counters *counters; // of the lcore that serves the queue
} __rte_cache_aligned;

// Lists between send and completion, oldest first.
struct ethdev_pending {
	NET_BUFFER_LIST **lists;
	uint32_t mask, head, tail; // tail - head lists wait
};

// Frames that the PMD had no room for, oldest first.
struct ethdev_backlog {
	struct rte_mbuf **frames;
	uint32_t mask, head, tail;
};

struct ethdev_txq {
	uint16_t port_id;
	uint16_t queue_id;
	uint32_t lcore;           // the only one that sends here
	struct ethdev_seen *seen; // of that lcore
	struct ethdev *dev;
	struct nimbl_counters *counters; // of that lcore
	struct nimbl_handoff *inbox;     // chains from threads that have no queue here
	struct ethdev_pending pending;
	struct ethdev_backlog backlog;
	uint32_t cancels;    // of the port's that this queue has seen
	uint32_t idle_polls; // since the PMD was last asked to clean up
	uint32_t forced;     // lists that it never gave back
} __rte_cache_aligned;

// What one poll object serves: a queue pair, or one of the two.
struct ethdev_poll {
	struct ethdev_rxq *rxq;
	struct ethdev_txq *txq;
	struct ethdev *dev;
	NDIS_POLL_HANDLE handle;
};

struct ethdev {
	NDIS_HANDLE adapter;
	struct nimbl_counters *counters;
	uint16_t port_id;
	bool link_up;           // written by the link watch, read once per burst
	bool is_removed;        // the device is gone: lcores leave it and what waits for it alone
	bool is_closed;         // the port of DPDK is gone too, and what it had is nobody's
	bool is_pci;            // and has been told of by its address
	bool passes_mbufs;      // what is sent is received by another port as it is (net_ring)
	bool dies_of_stop;      // its PMD cannot start it again (net_af_packet)
	bool may_move;          // its interface may be in another namespace (net_tap)
	bool can_segment;       // the PMD sends several segments
	bool may_lend;          // it may get frames over the memory of others
	bool cuts_ipv6;         // with RTE_ETH_TX_OFFLOAD_TCP_TSO
	uint16_t segments_max;  // of a frame
	enum nimbl_reach reach; // what the PMD can send beside mbufs of pools
	uint32_t frame_max;     // bytes of the longest frame the port may send
	struct ethdev_txq *tx_of_lcore[RTE_MAX_LCORE + 1]; // direct, where queue and lcore belong
	struct ethdev_txq *inbox_of_lcore[RTE_MAX_LCORE + 1];
	uint16_t rx_count, tx_count, poll_count;
	struct ethdev_rxq rxqs[ETHDEV_QUEUES_MAX];
	struct ethdev_txq txqs[ETHDEV_QUEUES_MAX];
	struct ethdev_poll polls[2 * ETHDEV_QUEUES_MAX];
	NDIS_HANDLE pools[ETHDEV_QUEUES_MAX]; // one, or one per receive queue with reuse
	uint16_t pool_count;
	PVOID cancel_ids[ETHDEV_CANCELS]; // the last ones
	uint32_t cancels, cancels_begun;  // how many there were
	struct rte_mempool *cut_pool;     // what frames made here come from
	struct nimbl_offloads offloads;
	uint64_t tx_offloads; // RTE_ETH_TX_OFFLOAD_* that are on
	struct ethdev_info info;
	char devargs[512];
	char name[RTE_ETH_NAME_MAX_LEN];
	char interface[IFNAMSIZ]; // of the kernel, when the port stands on one
	unsigned int if_index;    // of that, where the PMD tells; 0: none
	uint64_t link_bps;
	struct rte_ether_addr multicast[ETHDEV_MULTICAST_MAX];
	uint32_t multicast_count;
	bool wants_all_multicast; // the packet filter does
	bool lacks_multicast;     // the device does not take the list
	bool started;
	bool is_spent; // stopped, and to be opened anew
};

// attach.c
MINIPORT_INITIALIZE ethdev_initialize;
MINIPORT_HALT ethdev_halt;
MINIPORT_RESTART ethdev_restart;
MINIPORT_PAUSE ethdev_pause;

// oid.c
MINIPORT_OID_REQUEST ethdev_oid_request;
MINIPORT_CANCEL_OID_REQUEST ethdev_cancel_oid_request;
// The identifiers that a port knows, and how many bytes they are.
const NDIS_OID *ethdev_oids(uint32_t *bytes);

// device.c
int ethdev_device_open(struct ethdev *dev);
void ethdev_device_close(struct ethdev *dev);
void ethdev_device_stop(struct ethdev *dev);
// Open one that died of its stop, its queues on the pools as they are.
int ethdev_device_reopen(struct ethdev *dev);
int ethdev_device_setup(struct ethdev *dev, const struct rte_eth_dev_info *info);

// fanout.c: around the opening of a net_af_packet device with so many queues, on this thread.
void ethdev_fanout_begin(uint16_t queues);
void ethdev_fanout_end(void);

// pools.c
int ethdev_pools_open(struct ethdev *dev);
void ethdev_pools_release(struct ethdev *dev);
// Whether they leave the room that is wanted; and making them again, the device stopped. On failure the old
// ones stay in place.
bool ethdev_pools_fit(const struct ethdev *dev);
int ethdev_pools_remake(struct ethdev *dev);

// queues.c
// Set up the receive queues on the pools, and transmit queues unless `tx_descriptors` is NULL.
int ethdev_queues_setup(
	struct ethdev *dev, const struct rte_eth_dev_info *info, uint16_t *tx_descriptors);
int ethdev_queues_plan(struct ethdev *dev, const struct rte_eth_dev_info *info);
int ethdev_queues_open(struct ethdev *dev, const struct rte_eth_dev_info *info);
void ethdev_queues_close(struct ethdev *dev);

// link.c
void ethdev_link_get(struct ethdev *dev, struct rte_eth_link *link);
void ethdev_link_watch(struct ethdev *dev);
void ethdev_link_unwatch(struct ethdev *dev);
// Say that there is none any more.
void ethdev_link_lost(struct ethdev *dev);

// removal.c
MINIPORT_DEVICE_PNP_EVENT_NOTIFY ethdev_device_event;
void ethdev_removal_watch(struct ethdev *dev);
void ethdev_removal_unwatch(struct ethdev *dev);
// What the lcore of a queue does once the device is gone: all that was sent comes back.
void ethdev_removed_poll(struct ethdev_txq *txq, NDIS_POLL_TRANSMIT_DATA *data);

// unplug.c
void ethdev_unplug_watch(struct ethdev *dev);
void ethdev_unplug_unwatch(struct ethdev *dev);

// rx.c
NDIS_POLL ethdev_poll;
MINIPORT_RETURN_NET_BUFFER_LISTS ethdev_return;
// Free what a port that passes mbufs on still holds. Lcores stopped.
void ethdev_receive_flush(struct ethdev *dev);

// tx.c
MINIPORT_SEND_NET_BUFFER_LISTS ethdev_send;
// Send what waited, hand out for completion what the PMD is done with.
void ethdev_transmit_poll(struct ethdev_txq *txq, NDIS_POLL_TRANSMIT_DATA *data);
// tx_cancel.c
MINIPORT_CANCEL_SEND ethdev_cancel_send;

// tx_burst.c
// Drop what waits for room. Lcores stopped.
void ethdev_transmit_flush(struct ethdev_txq *txq, enum nimbl_drop reason);
// Send what other threads put here: at most a few bursts. Returns how many chains there were.
uint32_t ethdev_inbox_drain(struct ethdev_txq *txq);
// Take what the PMD is done with, or all with `force`. Returns the lists to be completed, as a chain.
NET_BUFFER_LIST *ethdev_transmit_reap(struct ethdev_txq *txq, uint32_t *completed, bool force);

static inline uint32_t ethdev_waiting(const struct ethdev_txq *txq)
{
	return txq->pending.tail - txq->pending.head;
}
