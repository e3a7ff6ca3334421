// SPDX-License-Identifier: BSD-3-Clause
// Devices of DPDK's without hardware, one for all cells. A driver of a NIC does with the pool what these do: it
// fills its queue from the mempool that the queue was set up with, and frees what is sent.
#include "port.h"

#include <errno.h>
#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <stdio.h>

#define BURST_MOST  512u
#define DESCRIPTORS 512u

static struct device {
	const char *name;
	uint16_t port;
	bool is_open;
} devices[] = {
	[POOL_PORT_NULL] = {.name = "net_null_bench"},
	[POOL_PORT_RING] = {.name = "net_ring_bench"},
};

int pool_port_open(struct pool_subject *subject)
{
	struct device *device = &devices[subject->cell.port];
	struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};

	if (device->name == NULL)
		return 0;
	if (!device->is_open) {
		int ret = rte_vdev_init(device->name, NULL);

		if (ret == 0)
			ret = rte_eth_dev_get_port_by_name(device->name, &device->port);
		if (ret == 0)
			ret = rte_eth_dev_configure(device->port, 1, 1, &conf);
		if (ret < 0)
			return nimbl_fail(-ret, "DPDK cannot make the device %s", device->name);
		device->is_open = true;
	}
	subject->port = device->port;
	return 0;
}

int pool_port_use(struct pool_subject *subject)
{
	uint16_t port = subject->port;
	int ret;

	if (subject->cell.port == POOL_PORT_NONE)
		return 0;
	rte_eth_dev_stop(port);
	ret = rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL,
		nimbl_pool_mempool(subject->store->lists));
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL);
	return ret == 0 ? rte_eth_dev_start(port) : ret;
}

void pool_ports_close(void)
{
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (!devices[i].is_open)
			continue;
		rte_eth_dev_stop(devices[i].port);
		rte_vdev_uninit(devices[i].name);
		devices[i].is_open = false;
	}
}

static inline void lists_of(void **objects, struct rte_mbuf *const *mbufs, uint32_t n)
{
	uint32_t unusual = 0;

	for (uint32_t i = 0; i < n; i++)
		objects[i] = nimbl_nbl_adopt(mbufs[i], NULL, &unusual);
}

static inline void mbufs_of(struct rte_mbuf **mbufs, void *const *objects, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		mbufs[i] = nimbl_mbuf_of_nb(nimbl_own_nb(objects[i]));
}

uint32_t pool_port_take_bare(struct pool_subject *subject, void **objects, uint32_t n)
{
	return rte_eth_rx_burst(subject->port, 0, (struct rte_mbuf **)objects, (uint16_t)n);
}

void pool_port_give_bare(struct pool_subject *subject, void **objects, uint32_t n)
{
	rte_eth_tx_burst(subject->port, 0, (struct rte_mbuf **)objects, (uint16_t)n);
}

uint32_t pool_port_take_lists(struct pool_subject *subject, void **objects, uint32_t n)
{
	struct rte_mbuf *mbufs[BURST_MOST];
	uint32_t got = rte_eth_rx_burst(subject->port, 0, mbufs, (uint16_t)n);

	lists_of(objects, mbufs, got);
	return got;
}

void pool_port_give_lists(struct pool_subject *subject, void **objects, uint32_t n)
{
	struct rte_mbuf *mbufs[BURST_MOST];

	mbufs_of(mbufs, objects, n);
	rte_eth_tx_burst(subject->port, 0, mbufs, (uint16_t)n);
}

// The ring has room for all that is sent at a time, and gives it back in order.
static inline uint32_t pass_through(
	const struct pool_subject *subject, struct rte_mbuf **mbufs, uint32_t n)
{
	uint16_t sent = rte_eth_tx_burst(subject->port, 0, mbufs, (uint16_t)n);

	return rte_eth_rx_burst(subject->port, 0, mbufs, sent);
}

void pool_port_loop_bare(struct pool_subject *subject, void **objects, uint32_t n)
{
	give_bare(subject, objects, pass_through(subject, (struct rte_mbuf **)objects, n));
}

void pool_port_loop_lists(struct pool_subject *subject, void **objects, uint32_t n)
{
	struct rte_mbuf *mbufs[BURST_MOST];

	mbufs_of(mbufs, objects, n);
	n = pass_through(subject, mbufs, n);
	lists_of(objects, mbufs, n);
	give_bulk(subject, objects, n);
}
