// SPDX-License-Identifier: BSD-3-Clause
// Finding, configuring and closing the DPDK device. Every failure is said with its mend.
#include <errno.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethdev_priv.h"
#include "nimbl_interface.h"

static bool is_interface(const struct ethdev *dev)
{
	return strcmp(nimbl_option(dev->adapter, "kind", "vdev"), "interface") == 0;
}

static void device_name(struct ethdev *dev)
{
	snprintf(dev->name, sizeof(dev->name), "%.*s", (int)strcspn(dev->devargs, ","),
		dev->devargs);
}

// What a PMD said is lost in its log; the reasons that people meet are few.
static void probe_mend(const struct ethdev *dev)
{
	if (dev->interface[0] != '\0' && geteuid() != 0)
		nimbl_mend("interface '%s' needs CAP_NET_RAW and CAP_NET_ADMIN: run as root",
			dev->interface);
	else if (dev->interface[0] != '\0')
		nimbl_mend(
			"is interface '%s' up, in this network namespace? --verbose shows what the "
			"driver says",
			dev->interface);
	else if (dev->is_pci)
		nimbl_mend(
			"'nimbl doctor' says whose it is and which package drives it; --verbose shows "
			"what the driver says");
	else
		nimbl_mend("check the arguments after '%s'; DPDK's page of the driver lists them; "
			   "--verbose shows what the driver says",
			dev->name);
}

static int probe(struct ethdev *dev)
{
	ethdev_fanout_begin((uint16_t)nimbl_option_u32(dev->adapter, "queues", 1));
	int ret = rte_dev_probe(dev->devargs);
	ethdev_fanout_end();

	if (ret < 0) {
		nimbl_fail(ENODEV, "device '%s' cannot be opened: %s", dev->devargs,
			ret == -ENODEV || ret == -1 ? "its driver refused it" : rte_strerror(-ret));
		probe_mend(dev);
		return -ENODEV;
	}
	return 0;
}

// What a driver can send beside the mbufs of pools. It is nowhere to be asked; this is how each works.
static enum nimbl_reach reach_of(const struct ethdev *dev, const char *driver)
{
	// These copy every frame by the CPU, into the kernel, a file or the memory of their peer.
	static const char *const by_cpu[] = {
		"net_af_packet", "net_memif", "net_null", "net_pcap", "net_tap", "net_vhost"};

	// What takes a frame off a ring keeps it as long as it likes, and so may who gets it then. A
	// memif without copies tells its peer where in one block of EAL's the data lies.
	if (dev->passes_mbufs || strstr(dev->devargs, "zero-copy=yes") != NULL)
		return NIMBL_REACH_POOLS;
	for (size_t i = 0; i < RTE_DIM(by_cpu); i++) {
		if (strcmp(driver, by_cpu[i]) == 0)
			return NIMBL_REACH_PROCESS;
	}
	// Its peer maps the files of EAL's own memory.
	return strcmp(driver, "net_virtio_user") == 0 ? NIMBL_REACH_HEAP : NIMBL_REACH_EAL;
}

int ethdev_device_open(struct ethdev *dev)
{
	struct rte_eth_dev_info info;

	snprintf(
		dev->devargs, sizeof(dev->devargs), "%s", nimbl_option(dev->adapter, "device", ""));
	snprintf(dev->interface, sizeof(dev->interface), "%s",
		nimbl_option(dev->adapter, "interface", ""));
	dev->is_pci = strcmp(nimbl_option(dev->adapter, "kind", "vdev"), "pci") == 0;
	device_name(dev);
	// A port may be there already: PCI devices that EAL found when it started, and those that a
	// program made. One that was unplugged has to be found again.
	if (rte_eth_dev_get_port_by_name(dev->name, &dev->port_id) < 0) {
		int ret = probe(dev);

		if (ret < 0 && !dev->is_pci)
			return ret;
	}
	if (rte_eth_dev_get_port_by_name(dev->name, &dev->port_id) < 0) {
		nimbl_fail(ENODEV, "there is no device %s, or no driver took it", dev->name);
		probe_mend(dev);
		return -ENODEV;
	}
	rte_eth_dev_info_get(dev->port_id, &info);
	dev->passes_mbufs = strcmp(info.driver_name, "net_ring") == 0;
	dev->dies_of_stop = strcmp(info.driver_name, "net_af_packet") == 0;
	dev->may_move = strcmp(info.driver_name, "net_tap") == 0;
	dev->reach = reach_of(dev, info.driver_name);
	dev->if_index = info.if_index;
	ethdev_removal_watch(dev);
	return 0;
}

// Some PCI devices have several ports, and go with the last of them.
static bool has_ports(const struct rte_device *device)
{
	return rte_eth_find_next_of(0, device) < RTE_MAX_ETHPORTS;
}

void ethdev_device_stop(struct ethdev *dev)
{
	rte_eth_dev_stop(dev->port_id);
	dev->started = false;
	dev->is_spent = dev->dies_of_stop;
}

int ethdev_device_reopen(struct ethdev *dev)
{
	struct rte_eth_dev_info info;
	uint16_t descriptors;

	ethdev_device_close(dev);
	int ret = ethdev_device_open(dev);
	if (ret < 0)
		return ret;
	rte_eth_dev_info_get(dev->port_id, &info);
	ret = ethdev_device_setup(dev, &info);
	if (ret == 0)
		ret = ethdev_queues_setup(dev, &info, &descriptors);
	for (uint16_t q = 0; q < dev->rx_count; q++)
		dev->rxqs[q].port_id = dev->port_id;
	for (uint16_t q = 0; q < dev->tx_count; q++)
		dev->txqs[q].port_id = dev->port_id;
	dev->is_spent = ret < 0;
	return ret;
}

void ethdev_device_close(struct ethdev *dev)
{
	struct rte_eth_dev_info info;

	if (dev->is_closed)
		return;
	ethdev_removal_unwatch(dev); // the number of the port may be another's at once
	bool known = rte_eth_dev_info_get(dev->port_id, &info) == 0;
	if (dev->started)
		rte_eth_dev_stop(dev->port_id);
	dev->started = false;
	rte_eth_dev_close(dev->port_id);
	if (known && info.device != NULL && !has_ports(info.device))
		rte_dev_remove(info.device);
	__atomic_store_n(&dev->is_closed, true, __ATOMIC_RELEASE);
}

static uint32_t room_needed(uint32_t mtu)
{
	return mtu + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN;
}

// Some PMDs bound the frame and not the MTU, as ethdev does.
static uint32_t mtu_max(const struct rte_eth_dev_info *info)
{
	const uint32_t around = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	return info->max_mtu == UINT16_MAX && info->max_rx_pktlen > around
		       ? RTE_MIN(info->max_rx_pktlen - around, (uint32_t)UINT16_MAX)
		       : info->max_mtu;
}

static int mtu_refused(const struct ethdev *dev, uint32_t mtu, uint32_t min, uint32_t max)
{
	nimbl_fail(EINVAL, "device '%s' does not do an MTU of %u", dev->name, mtu);
	nimbl_mend("its range is %u to %u", min, max);
	return -EINVAL;
}

// Sockets on a kernel interface have no MTU of their own; it is the interface's.
static int interface_mtu_set(const struct ethdev *dev, uint32_t mtu)
{
	if (mtu == nimbl_interface_mtu(dev->interface))
		return 0;
	int ret = nimbl_interface_set_mtu(dev->interface, mtu);
	if (ret < 0) {
		nimbl_fail(-ret, "interface '%s' does not take an MTU of %u: %s", dev->interface,
			mtu, rte_strerror(-ret));
		nimbl_mend("'ip -d link show %s' shows the range that it does", dev->interface);
	}
	return ret;
}

// Set the MTU where one is asked for; returns the one in effect, or -errno. What a device cannot
// set (rings, files) it does not enforce either: then the number is ours to enforce.
static int mtu_set(const struct ethdev *dev, const struct rte_eth_dev_info *info, uint32_t mtu)
{
	uint16_t now = RTE_ETHER_MTU;
	int ret;

	rte_eth_dev_get_mtu(dev->port_id, &now);
	if (mtu == 0)
		return now;
	ret = is_interface(dev) ? interface_mtu_set(dev, mtu)
				: rte_eth_dev_set_mtu(dev->port_id, (uint16_t)mtu);
	if (ret == -EINVAL && !is_interface(dev))
		return mtu_refused(dev, mtu, info->min_mtu, mtu_max(info));
	return ret < 0 && ret != -ENOTSUP ? ret : (int)mtu;
}

static void segments_choose(
	struct ethdev *dev, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint32_t data_size = nimbl_option_u32(dev->adapter, "data_size", 2048);
	uint32_t mtu = nimbl_option_u32(dev->adapter, "mtu", 0);

	// net_pcap writes segments without saying so.
	dev->can_segment = (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0 ||
			   strcmp(info->driver_name, "net_pcap") == 0;
	dev->segments_max = dev->can_segment ? info->tx_desc_lim.nb_seg_max : 1;
	dev->may_lend = dev->can_segment && !dev->passes_mbufs;
	conf->txmode.offloads |= info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (room_needed(mtu != 0 ? mtu : RTE_ETHER_MTU) > data_size)
		conf->rxmode.offloads |= info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
}

int ethdev_device_setup(struct ethdev *dev, const struct rte_eth_dev_info *info)
{
	uint32_t mtu = nimbl_option_u32(dev->adapter, "mtu", 0);
	struct rte_eth_conf conf = {0};
	int ret;

	if (!is_interface(dev) && mtu != 0 && (mtu < info->min_mtu || mtu > mtu_max(info)))
		return mtu_refused(dev, mtu, info->min_mtu, mtu_max(info));
	segments_choose(dev, info, &conf);
	conf.intr_conf.rmv = (*info->dev_flags & RTE_ETH_DEV_INTR_RMV) != 0;
	ret = ethdev_offloads_choose(dev, info, &conf);
	if (ret < 0)
		return ret;
	if (!is_interface(dev))
		conf.rxmode.mtu = mtu;
	ret = rte_eth_dev_configure(dev->port_id, dev->rx_count, dev->tx_count, &conf);
	if (ret < 0) {
		nimbl_fail(-ret, "device '%s' refuses %u receive and %u transmit queues: %s",
			dev->name, dev->rx_count, dev->tx_count, rte_strerror(-ret));
		nimbl_mend(
			"it offers up to %u receive and %u transmit queues and an MTU of %u to %u",
			info->max_rx_queues, info->max_tx_queues, info->min_mtu, mtu_max(info));
		return ret;
	}
	ret = mtu_set(dev, info, mtu);
	if (ret < 0)
		return ret;
	// Two VLAN tags may stand before a packet of the MTU; the rest is the device's to refuse.
	dev->frame_max = room_needed((uint32_t)ret);
	return 0;
}
