// SPDX-License-Identifier: BSD-3-Clause
// Devices of DPDK's without hardware, one for all cells, and those of the user's. A driver of a NIC does with the pool what these do: it
// fills its queue from the mempool that the queue was set up with, and frees what is sent.
#include "port.h"

#include <errno.h>
#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

#define BURST_MOST  512u
#define DESCRIPTORS 512u

#define SILENCE_MS 500u // that is waited for a frame

struct device {
	char name[POOL_PORT_BYTES];
	uint16_t port;
	bool is_open;
	bool is_silent;         // gave nothing for so long that nobody waits any more
	struct pool_peer *peer; // of a device of the user's
	int error;              // it could not be opened; 0: it could, or nobody tried
	char why[96];
};

// DPDK's own without hardware, and what the engine has opened.
static struct device vdevs[] = {{.name = "net_null_bench"}, {.name = "net_ring_bench"}};
static struct device given[POOL_DEVICES_MAX];
static uint32_t given_count;

void pool_port_add(const char *device, uint16_t port)
{
	if (given_count == POOL_DEVICES_MAX)
		return;
	snprintf(given[given_count].name, sizeof(given[0].name), "%s", device);
	given[given_count++].port = port;
}

static struct device *given_find(const char *name, size_t length)
{
	for (uint32_t i = 0; i < given_count; i++)
		if (strncmp(given[i].name, name, length) == 0 && given[i].name[length] == '\0')
			return &given[i];
	return NULL;
}

static struct device *device_of(const struct pool_cell *cell)
{
	if (strcmp(cell->port, POOL_PORT_NULL) == 0)
		return &vdevs[0];
	if (strcmp(cell->port, POOL_PORT_RING) == 0)
		return &vdevs[1];
	return given_find(cell->port, strcspn(cell->port, "+"));
}

static int vdev_open(struct device *device)
{
	struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};
	int ret = rte_vdev_init(device->name, NULL);

	if (ret == 0)
		ret = rte_eth_dev_get_port_by_name(device->name, &device->port);
	if (ret == 0)
		ret = rte_eth_dev_configure(device->port, 1, 1, &conf);
	if (ret < 0)
		return nimbl_fail(-ret, "DPDK cannot make the device %s", device->name);
	return 0;
}

static int given_open(struct device *device, const struct pool_cell *cell)
{
	const char *plus = strchr(cell->port, '+');
	const struct device *peer = plus != NULL ? given_find(plus + 1, strlen(plus + 1)) : device;

	if (peer == NULL)
		return nimbl_fail(ENODEV, "there is no port '%s'", plus + 1);
	device->peer = device->error == 0 ? pool_peer_open(device->port, peer->port) : NULL;
	if (device->peer != NULL)
		return 0;
	// Said for each cell, tried once: it takes seconds.
	if (device->error == 0) {
		device->error = nimbl_last_error()->code;
		snprintf(device->why, sizeof(device->why), "%.95s", nimbl_last_error()->cause);
	}
	return nimbl_fail(device->error, "%s", device->why);
}

int pool_port_open(struct pool_subject *subject)
{
	struct device *device;
	int ret;

	if (!pool_cell_has_port(&subject->cell))
		return 0;
	device = device_of(&subject->cell);
	if (device == NULL)
		return nimbl_fail(ENODEV, "there is no port '%s'", subject->cell.port);
	if (!device->is_open) {
		ret = pool_cell_has_device(&subject->cell) ? given_open(device, &subject->cell)
							   : vdev_open(device);
		if (ret < 0)
			return ret;
		device->is_open = true;
	}
	subject->port = device->port;
	subject->peer = device->peer;
	return 0;
}

static int queue_set(uint16_t port, struct rte_mempool *pool)
{
	int ret;

	rte_eth_dev_stop(port);
	ret = rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL);
	return ret == 0 ? rte_eth_dev_start(port) : ret;
}

int pool_port_use(struct pool_subject *subject)
{
	if (!pool_cell_has_port(&subject->cell))
		return 0;
	return queue_set(subject->port, nimbl_pool_mempool(subject->store->lists));
}

void pool_port_leave(struct pool_subject *subject)
{
	if (subject->peer == NULL)
		return;
	// What it sent last lies with the peer, what it was sent with the device.
	pool_peer_drain(subject->peer);
	queue_set(subject->port, pool_peer_pool(subject->peer));
}

static void device_close(struct device *device, bool is_vdev)
{
	if (!device->is_open)
		return;
	if (is_vdev) {
		rte_eth_dev_stop(device->port);
		rte_vdev_uninit(device->name);
	}
	pool_peer_close(device->peer);
	device->peer = NULL;
	device->is_open = false;
}

void pool_ports_close(void)
{
	for (size_t i = 0; i < RTE_DIM(vdevs); i++)
		device_close(&vdevs[i], true);
	for (uint32_t i = 0; i < given_count; i++)
		device_close(&given[i], false);
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

// A device of the user's is fed here, and waited for. That is not the pool's time.
static uint32_t receive_fed(struct pool_subject *subject, struct rte_mbuf **mbufs, uint32_t n)
{
	struct device *device = device_of(&subject->cell);
	uint64_t limit = rte_get_tsc_hz() / 1000 * (device->is_silent ? 0 : SILENCE_MS);
	uint64_t began = rte_rdtsc();
	uint32_t got = 0;

	while (got < n) {
		uint64_t begin = rte_rdtsc();
		uint16_t part =
			rte_eth_rx_burst(subject->port, 0, &mbufs[got], (uint16_t)(n - got));

		got += part;
		if (part > 0)
			continue;
		if (begin - began > limit) {
			device->is_silent = true;
			break;
		}
		pool_peer_feed(subject->peer, n - got);
		subject->aside_cycles += rte_rdtsc() - begin;
	}
	return got;
}

// The device may take them in pieces only, as its peer makes room.
static void send_drained(struct pool_subject *subject, struct rte_mbuf **mbufs, uint32_t n)
{
	bool is_loop = pool_peer_is_loop(subject->peer); // nobody makes room meanwhile
	uint64_t limit = rte_get_tsc_hz() / 1000 * (is_loop ? 1 : SILENCE_MS), began = rte_rdtsc();
	uint32_t sent = 0;

	while (sent < n && rte_rdtsc() - began < limit) {
		sent += rte_eth_tx_burst(subject->port, 0, &mbufs[sent], (uint16_t)(n - sent));
		uint64_t begin = rte_rdtsc();

		pool_peer_drain(subject->peer);
		subject->aside_cycles += rte_rdtsc() - begin;
	}
	rte_pktmbuf_free_bulk(&mbufs[sent], n - sent);
}

static inline uint32_t receive(struct pool_subject *subject, struct rte_mbuf **mbufs, uint32_t n)
{
	if (unlikely(subject->peer != NULL))
		return receive_fed(subject, mbufs, n);
	return rte_eth_rx_burst(subject->port, 0, mbufs, (uint16_t)n);
}

static inline void transmit(struct pool_subject *subject, struct rte_mbuf **mbufs, uint32_t n)
{
	if (unlikely(subject->peer != NULL))
		send_drained(subject, mbufs, n);
	else
		rte_eth_tx_burst(subject->port, 0, mbufs, (uint16_t)n);
}

uint32_t pool_port_take_bare(struct pool_subject *subject, void **objects, uint32_t n)
{
	return receive(subject, (struct rte_mbuf **)objects, n);
}

void pool_port_give_bare(struct pool_subject *subject, void **objects, uint32_t n)
{
	transmit(subject, (struct rte_mbuf **)objects, n);
}

uint32_t pool_port_take_lists(struct pool_subject *subject, void **objects, uint32_t n)
{
	struct rte_mbuf *mbufs[BURST_MOST];
	uint32_t got = receive(subject, mbufs, n);

	lists_of(objects, mbufs, got);
	return got;
}

void pool_port_give_lists(struct pool_subject *subject, void **objects, uint32_t n)
{
	struct rte_mbuf *mbufs[BURST_MOST];

	mbufs_of(mbufs, objects, n);
	transmit(subject, mbufs, n);
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
