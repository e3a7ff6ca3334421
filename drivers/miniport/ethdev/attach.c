// SPDX-License-Identifier: BSD-3-Clause
// Life of an adapter: initialize, restart, pause, halt. Control thread.
#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "ethdev_priv.h"
#include "nimbl_log.h"

// What NDIS asks of who strips tags and inserts them.
static ULONG tag_options(const struct ethdev *dev)
{
	const uint32_t both = NIMBL_OFFLOAD_BIT(VLAN_STRIP) | NIMBL_OFFLOAD_BIT(VLAN_INSERT);

	return (dev->offloads.enabled & both) == both
		       ? NDIS_MAC_OPTION_8021P_PRIORITY | NDIS_MAC_OPTION_8021Q_VLAN
		       : 0;
}

static NDIS_STATUS attributes_set(struct ethdev *dev)
{
	struct rte_ether_addr mac = {0};
	struct rte_eth_link link;
	uint16_t mtu = 0;

	rte_eth_macaddr_get(dev->port_id, &mac);
	rte_eth_dev_get_mtu(dev->port_id, &mtu);
	ethdev_link_get(dev, &link);
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES,
				.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1,
			},
		.MediaType = NdisMedium802_3,
		.PhysicalMediumType = NdisPhysicalMedium802_3,
		.MtuSize = dev->frame_max - RTE_ETHER_HDR_LEN - 2 * RTE_VLAN_HLEN,
		.MediaConnectState = link.link_status == RTE_ETH_LINK_UP
					     ? MediaConnectStateConnected
					     : MediaConnectStateDisconnected,
		.MediaDuplexState = MediaDuplexStateFull,
		.LookaheadSize = mtu,
		.XmitLinkSpeed = dev->link_bps,
		.RcvLinkSpeed = dev->link_bps,
		.MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK | tag_options(dev),
		.SupportedPacketFilters = ETHDEV_PACKET_FILTERS,
		.MacAddressLength = RTE_ETHER_ADDR_LEN,
		.MaxMulticastListSize = ETHDEV_MULTICAST_MAX,
	};

	general.SupportedOidList =
		(NDIS_OID *)(uintptr_t)ethdev_oids(&general.SupportedOidListLength);
	memcpy(general.CurrentMacAddress, mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	memcpy(general.PermanentMacAddress, mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	return NdisMSetMiniportAttributes(
		dev->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&general);
}

static NDIS_STATUS registration_set(struct ethdev *dev)
{
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
				.Revision =
					NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
			},
		.MiniportAdapterContext = dev,
		.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE |
				  NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK |
				  NIMBL_MINIPORT_ATTRIBUTES_HANDOVER |
				  NIMBL_MINIPORT_ATTRIBUTES_BOOKS,
	};

	return NdisMSetMiniportAttributes(
		dev->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&registration);
}

static int device_bring_up(struct ethdev *dev)
{
	struct rte_eth_dev_info info;
	int ret = ethdev_device_open(dev);

	if (ret < 0)
		return ret;
	rte_eth_dev_info_get(dev->port_id, &info);
	ret = ethdev_queues_plan(dev, &info);
	if (ret < 0)
		goto close_device;
	ret = ethdev_device_setup(dev, &info);
	if (ret < 0)
		goto close_device;
	ret = ethdev_pools_open(dev);
	if (ret < 0)
		goto close_device;
	ret = ethdev_queues_open(dev, &info);
	if (ret < 0)
		goto close_pools;
	return 0;
close_pools:
	ethdev_queues_close(dev);
	ethdev_device_close(dev);
	ethdev_pools_release(dev);
	return ret;
close_device:
	ethdev_device_close(dev);
	return ret;
}

NDIS_STATUS ethdev_initialize(
	NDIS_HANDLE adapter, NDIS_HANDLE driver_context, NDIS_MINIPORT_INIT_PARAMETERS *parameters)
{
	struct ethdev *dev = NULL;

	if (posix_memalign((void **)&dev, RTE_CACHE_LINE_SIZE, sizeof(*dev)) != 0)
		return NDIS_STATUS_RESOURCES;
	memset(dev, 0, sizeof(*dev));
	dev->adapter = adapter;
	dev->counters = ((struct nimbl_module *)adapter)->counters;
	if (device_bring_up(dev) < 0) {
		free(dev);
		return NDIS_STATUS_FAILURE;
	}
	if (registration_set(dev) == NDIS_STATUS_SUCCESS &&
		attributes_set(dev) == NDIS_STATUS_SUCCESS &&
		ethdev_offloads_tell(dev) == NDIS_STATUS_SUCCESS)
		return NDIS_STATUS_SUCCESS;
	ethdev_halt(dev, NdisHaltDeviceInitializationFailed);
	return NDIS_STATUS_FAILURE;
}

NDIS_STATUS ethdev_restart(NDIS_HANDLE context, NDIS_MINIPORT_RESTART_PARAMETERS *parameters)
{
	struct ethdev *dev = context;
	int ret = 0;

	if (!ethdev_pools_fit(dev)) {
		if (dev->started)
			ethdev_device_stop(dev);
		ret = ethdev_pools_remake(dev);
	}
	if (ret == 0 && dev->is_spent)
		ret = ethdev_device_reopen(dev);
	if (ret < 0)
		return NDIS_STATUS_FAILURE;
	if (dev->started) { // it went on while the stack above changed
		ethdev_link_watch(dev);
		return NDIS_STATUS_SUCCESS;
	}
	ret = rte_eth_dev_start(dev->port_id);
	if (ret < 0) {
		nimbl_fail(ENODEV, "device '%s' does not start", dev->devargs);
		nimbl_mend(
			"a port to another process wants that process first; --verbose shows all "
			"that the driver says");
		return NDIS_STATUS_FAILURE;
	}
	dev->started = true;
	if (nimbl_option_u32(dev->adapter, "promiscuous", 1)) {
		ret = rte_eth_promiscuous_enable(dev->port_id);
		if (ret < 0 && ret != -ENOTSUP)
			nimbl_log(NIMBL_LOG_WARNING, "%s: promiscuous mode: %s",
				nimbl_object_name(dev->adapter), rte_strerror(-ret));
	}
	ethdev_link_watch(dev);
	return NDIS_STATUS_SUCCESS;
}

static uint32_t waiting_all(const struct ethdev *dev)
{
	uint32_t waiting = 0;

	for (uint16_t q = 0; q < dev->tx_count; q++)
		waiting +=
			ethdev_waiting(&dev->txqs[q]) + !nimbl_handoff_is_empty(dev->txqs[q].inbox);
	return waiting;
}

// Complete what the PMD lets go of, for at most `ms` milliseconds. The lcores are gone from here.
static void drain(struct ethdev *dev, uint32_t ms)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * ms;

	do {
		for (uint16_t q = 0; q < dev->tx_count; q++) {
			struct ethdev_txq *txq = &dev->txqs[q];
			NDIS_POLL_TRANSMIT_DATA data = {.CompletedNblChain = NULL};

			txq->idle_polls = UINT32_MAX - 1; // have the PMD clean up each time
			ethdev_transmit_poll(txq, &data);
			if (data.CompletedNblChain != NULL)
				NdisMSendNetBufferListsComplete(
					dev->adapter, data.CompletedNblChain, 0);
		}
	} while (waiting_all(dev) > 0 && rte_get_timer_cycles() < end);
}

static void flush(struct ethdev *dev)
{
	for (uint16_t q = 0; q < dev->tx_count; q++)
		ethdev_transmit_flush(&dev->txqs[q], NIMBL_DROP_TX_PAUSED);
}

// With the device closed the PMD has let go of everything, or never will.
static void reap(struct ethdev *dev, struct ethdev_txq *txq, bool force)
{
	uint32_t completed = 0;
	NET_BUFFER_LIST *chain = ethdev_transmit_reap(txq, &completed, force);

	if (force)
		txq->forced += completed;
	if (chain != NULL)
		NdisMSendNetBufferListsComplete(dev->adapter, chain, 0);
}

static void reap_all(struct ethdev *dev)
{
	for (uint16_t q = 0; q < dev->tx_count; q++) {
		reap(dev, &dev->txqs[q], false);
		reap(dev, &dev->txqs[q], true);
	}
}

// Where the device is gone: threads may have put more on the way to it.
static void drain_removed(struct ethdev *dev)
{
	for (uint16_t q = 0; q < dev->tx_count; q++) {
		while (ethdev_inbox_drain(&dev->txqs[q]) > 0)
			;
		ethdev_transmit_flush(&dev->txqs[q], NIMBL_DROP_TX_REMOVED);
	}
	if (dev->is_closed)
		reap_all(dev);
}

// Whether only the stack above changes. Then the device need not stop, and what comes waits in it.
static bool is_short(const NDIS_MINIPORT_PAUSE_PARAMETERS *parameters)
{
	return (parameters->PauseReason & (NDIS_PAUSE_ATTACH_FILTER | NDIS_PAUSE_DETACH_FILTER |
						  NDIS_PAUSE_FILTER_RESTART_STACK)) != 0;
}

NDIS_STATUS ethdev_pause(NDIS_HANDLE context, NDIS_MINIPORT_PAUSE_PARAMETERS *parameters)
{
	struct ethdev *dev = context;

	ethdev_link_unwatch(dev);
	if (dev->is_removed) {
		drain_removed(dev);
		return NDIS_STATUS_SUCCESS;
	}
	drain(dev, 20);
	if (is_short(parameters) && waiting_all(dev) == 0)
		return NDIS_STATUS_SUCCESS;
	flush(dev);
	if (dev->passes_mbufs)
		ethdev_receive_flush(dev);
	ethdev_device_stop(dev);
	drain(dev, 20);
	flush(dev);
	return NDIS_STATUS_SUCCESS;
}

VOID ethdev_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
	struct ethdev *dev = context;
	uint32_t forced = 0;

	ethdev_device_close(dev);
	reap_all(dev);
	for (uint16_t q = 0; q < dev->tx_count; q++)
		forced += dev->txqs[q].forced;
	if (forced > 0)
		nimbl_log(NIMBL_LOG_WARNING, "%s: the PMD never gave back %u lists",
			nimbl_object_name(dev->adapter), forced);
	ethdev_queues_close(dev);
	ethdev_pools_release(dev);
	free(dev);
}
