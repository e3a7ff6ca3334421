// SPDX-License-Identifier: BSD-3-Clause
// Which offloads a port has: what the device offers, what the configuration asks, and what of it is left
// to the engine.
#include "offload.h"

#include <errno.h>
#include <rte_mbuf_dyn.h>
#include <stdio.h>
#include <string.h>

#include "ethdev_priv.h"

#define LARGE_SEND_MAX 65535u // of an IP packet

#define RX_SUMS                                                         \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | \
		RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define TX_SUMS                                                         \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM | \
		RTE_ETH_TX_OFFLOAD_TCP_CKSUM)
#define RX_L4_SUMS (RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define TX_L4_SUMS (RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM)

// `needs` must all be there for a device to offer it; `takes` is switched on, as far as it is there.
static const struct {
	uint32_t bit;
	uint64_t rx_needs, rx_takes, tx_needs, tx_takes;
} kinds[] = {
	{NIMBL_OFFLOAD_BIT(RX_CHECKSUM), RX_L4_SUMS, RX_SUMS, 0, 0},
	{NIMBL_OFFLOAD_BIT(TX_CHECKSUM), 0, 0, TX_L4_SUMS, TX_SUMS},
	{NIMBL_OFFLOAD_BIT(VLAN_STRIP), RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
		RTE_ETH_RX_OFFLOAD_VLAN_STRIP, 0, 0},
	{NIMBL_OFFLOAD_BIT(VLAN_INSERT), 0, 0, RTE_ETH_TX_OFFLOAD_VLAN_INSERT,
		RTE_ETH_TX_OFFLOAD_VLAN_INSERT},
	{NIMBL_OFFLOAD_BIT(RSS_HASH), RTE_ETH_RX_OFFLOAD_RSS_HASH, RTE_ETH_RX_OFFLOAD_RSS_HASH, 0,
		0},
	{NIMBL_OFFLOAD_BIT(TSO), 0, 0, RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
		RTE_ETH_TX_OFFLOAD_TCP_TSO | TX_SUMS},
	{NIMBL_OFFLOAD_BIT(LRO), RTE_ETH_RX_OFFLOAD_TCP_LRO,
		RTE_ETH_RX_OFFLOAD_TCP_LRO | RTE_ETH_RX_OFFLOAD_SCATTER | RX_SUMS, 0, 0},
	{NIMBL_OFFLOAD_BIT(TIMESTAMP), RTE_ETH_RX_OFFLOAD_TIMESTAMP, RTE_ETH_RX_OFFLOAD_TIMESTAMP,
		0, 0},
};

static bool has_all(uint64_t have, uint64_t need)
{
	return (have & need) == need;
}

// Whether the PMD says of each frame what it is.
static bool tells_types(uint16_t port_id)
{
	uint32_t types[64], seen = 0;
	int n = rte_eth_dev_get_supported_ptypes(
		port_id, RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK, types, RTE_DIM(types));

	for (int i = 0; i < RTE_MIN(n, (int)RTE_DIM(types)); i++)
		seen |= RTE_ETH_IS_IPV4_HDR(types[i])                        ? 1
			: RTE_ETH_IS_IPV6_HDR(types[i])                      ? 2
			: (types[i] & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP ? 4
			: (types[i] & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_UDP ? 8
									     : 0;
	return seen == 15;
}

// net_vhost hands on the large segments of guests that may send them, without offering it.
static bool guest_joins(const struct ethdev *dev, const struct rte_eth_dev_info *info)
{
	return strcmp(info->driver_name, "net_vhost") == 0 &&
	       strstr(dev->devargs, ",tso=1") != NULL;
}

static uint32_t offered_by(const struct ethdev *dev, const struct rte_eth_dev_info *info)
{
	uint32_t offered = (tells_types(dev->port_id) ? NIMBL_OFFLOAD_BIT(PACKET_TYPE) : 0) |
			   (guest_joins(dev, info) ? NIMBL_OFFLOAD_BIT(LRO) : 0);

	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		if (has_all(info->rx_offload_capa, kinds[i].rx_needs) &&
			has_all(info->tx_offload_capa, kinds[i].tx_needs))
			offered |= kinds[i].bit;
	}
	return offered;
}

static void words_join(char *out, size_t size, uint32_t mask)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < NIMBL_OFFLOAD_COUNT && used < size; i++) {
		if ((mask & 1u << i) != 0)
			used += (size_t)snprintf(out + used, size - used, used > 0 ? ", %s" : "%s",
				nimbl_offload_word((enum nimbl_offload)i));
	}
}

static int refuse(const struct ethdev *dev, uint32_t missing, uint32_t possible)
{
	char lacks[128], does[128];

	words_join(lacks, sizeof(lacks), missing);
	words_join(does, sizeof(does), possible);
	nimbl_fail(ENOTSUP, "device '%s' does not do %s", dev->name, lacks);
	nimbl_mend("'offloads' of this port may have: %s", does);
	return -ENOTSUP;
}

// The hash wants RSS switched on, whatever the number of queues.
static void rss_choose(
	const struct ethdev *dev, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	bool for_hash = (dev->offloads.in_device & NIMBL_OFFLOAD_BIT(RSS_HASH)) != 0;

	if ((dev->rx_count == 1 && !for_hash) ||
		(info->flow_type_rss_offloads & RTE_ETH_RSS_IP) == 0)
		return;
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_hf =
		info->flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
}

// Frames get their times from a field of the mbuf that PMDs and we must agree on. net_pcap fills it
// without offering that.
static void time_choose(struct ethdev *dev)
{
	dev->info.time_flag = 0;
	if ((dev->offloads.enabled & NIMBL_OFFLOAD_BIT(TIMESTAMP)) != 0 &&
		rte_mbuf_dyn_rx_timestamp_register(&dev->info.time_offset, &dev->info.time_flag) <
			0)
		dev->info.time_flag = 0;
}

int ethdev_offloads_choose(
	struct ethdev *dev, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint32_t asked = nimbl_option_u32(dev->adapter, "offloads", 0);
	struct nimbl_offloads *offloads = &dev->offloads;

	offloads->offered = offered_by(dev, info);
	if (asked == NIMBL_OFFLOADS_AUTO)
		asked = offloads->offered;
	uint32_t possible = offloads->offered | nimbl_offloads_in_software();
	if ((asked & ~possible) != 0)
		return refuse(dev, asked & ~possible, possible);
	// Who sends large segments leaves the checksums of small ones open, too.
	if ((asked & NIMBL_OFFLOAD_BIT(LRO)) != 0)
		asked |= offloads->offered & NIMBL_OFFLOAD_BIT(RX_CHECKSUM);
	offloads->enabled = asked;
	offloads->in_device = asked & offloads->offered;
	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		if ((offloads->in_device & kinds[i].bit) == 0)
			continue;
		conf->rxmode.offloads |= kinds[i].rx_takes & info->rx_offload_capa;
		conf->txmode.offloads |= kinds[i].tx_takes & info->tx_offload_capa;
	}
	if ((conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO) != 0)
		conf->rxmode.max_lro_pkt_size = info->max_lro_pkt_size;
	rss_choose(dev, info, conf);
	time_choose(dev);
	dev->info.enabled = offloads->enabled;
	dev->info.in_device = offloads->in_device;
	dev->info.has_types = (offloads->offered & NIMBL_OFFLOAD_BIT(PACKET_TYPE)) != 0;
	dev->tx_offloads = conf->txmode.offloads;
	// What net_tap calls TSO is rte_gso, which cuts IPv4 only.
	dev->cuts_ipv6 = strcmp(info->driver_name, "net_tap") != 0;
	return 0;
}

#define FRAMES                                                                   \
	(NDIS_ENCAPSULATION_IEEE_802_3 | NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q | \
		NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB)
#define YES NDIS_OFFLOAD_SUPPORTED

// What each offload is to NDIS, where a port has it.
static const NDIS_OFFLOAD all = {
	.Header = {.Type = NDIS_OBJECT_TYPE_OFFLOAD,
		.Revision = NDIS_OFFLOAD_REVISION_3,
		.Size = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3},
	.Checksum = {.IPv4Transmit = {FRAMES, YES, YES, YES, YES, YES},
		.IPv4Receive = {FRAMES, YES, YES, YES, YES, YES},
		.IPv6Transmit = {FRAMES, YES, YES, YES, YES},
		.IPv6Receive = {FRAMES, YES, YES, YES, YES}},
	.LsoV1 = {.IPv4 = {FRAMES, LARGE_SEND_MAX, 2, YES, YES}},
	.LsoV2 = {.IPv4 = {FRAMES, LARGE_SEND_MAX, 2},
		.IPv6 = {FRAMES, LARGE_SEND_MAX, 2, YES, YES}},
	.Rsc = {.IPv4 = {TRUE}, .IPv6 = {TRUE}},
};

void ethdev_offloads_describe(NDIS_OFFLOAD *offload, uint32_t does)
{
	*offload = (NDIS_OFFLOAD){.Header = all.Header};
	if ((does & NIMBL_OFFLOAD_BIT(RX_CHECKSUM)) != 0) {
		offload->Checksum.IPv4Receive = all.Checksum.IPv4Receive;
		offload->Checksum.IPv6Receive = all.Checksum.IPv6Receive;
	}
	if ((does & NIMBL_OFFLOAD_BIT(TX_CHECKSUM)) != 0) {
		offload->Checksum.IPv4Transmit = all.Checksum.IPv4Transmit;
		offload->Checksum.IPv6Transmit = all.Checksum.IPv6Transmit;
	}
	if ((does & NIMBL_OFFLOAD_BIT(TSO)) != 0) {
		offload->LsoV1 = all.LsoV1;
		offload->LsoV2 = all.LsoV2;
	}
	if ((does & NIMBL_OFFLOAD_BIT(LRO)) != 0)
		offload->Rsc = all.Rsc;
}

NDIS_STATUS ethdev_offloads_tell(const struct ethdev *dev)
{
	NDIS_OFFLOAD now, hardware;
	NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES attributes = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES,
				.Revision = NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1,
			},
		.DefaultOffloadConfiguration = &now,
		.HardwareOffloadCapabilities = &hardware,
	};

	ethdev_offloads_describe(&now, dev->offloads.enabled);
	ethdev_offloads_describe(&hardware, dev->offloads.offered);
	nimbl_offloads_report(dev->adapter, &dev->offloads);
	return NdisMSetMiniportAttributes(
		dev->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&attributes);
}
