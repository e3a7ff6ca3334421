// SPDX-License-Identifier: BSD-3-Clause
// What is known of a received frame beside its bytes, from the mbuf or found out here, goes into the
// out-of-band slots of its list. Only ports that were asked for offloads come here.
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_mbuf_dyn.h>
#include <rte_net.h>
#include <rte_thash.h>

#include "headers.h"
#include "offload.h"

// The well-known key of RSS.
static const uint8_t hash_key[40] __rte_aligned(8) = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e,
	0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b,
	0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe,
	0xac, 0x01, 0xfa};

static inline bool wants(const struct ethdev_info *info, uint32_t bit)
{
	return (info->enabled & bit) != 0;
}

static inline bool is_ours(const struct ethdev_info *info, uint32_t bit)
{
	return (info->enabled & ~info->in_device & bit) != 0;
}

void ethdev_receive_untag(const struct ethdev_info *info, struct rte_mbuf *m)
{
	if (is_ours(info, NIMBL_OFFLOAD_BIT(VLAN_STRIP)) &&
		m->data_len >= RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN && rte_vlan_strip(m) == 0)
		m->packet_type &= ~RTE_PTYPE_L2_MASK; // as it was with the tag
}

static void info_vlan(NET_BUFFER_LIST *nbl, const struct rte_mbuf *m)
{
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {.Value = NULL};

	if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0)
		return;
	tag.TagHeader.UserPriority = m->vlan_tci >> 13 & 7;
	tag.TagHeader.CanonicalFormatId = m->vlan_tci >> 12 & 1;
	tag.TagHeader.VlanId = m->vlan_tci & 0xfff;
	NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = tag.Value;
}

// Whether a datagram has a checksum; then `datagram` is what it covers, which may be less than the packet
// carries.
static bool udp_has_sum(const struct rte_mbuf *m, const struct ethdev_headers *headers,
	struct ethdev_headers *datagram)
{
	struct rte_udp_hdr copy;
	const struct rte_udp_hdr *udp =
		rte_pktmbuf_read(m, (uint32_t)headers->l2 + headers->l3, sizeof(copy), &copy);

	*datagram = *headers;
	datagram->l4_bytes = rte_be_to_cpu_16(udp->dgram_len);
	return (udp->dgram_cksum != 0 || ethdev_is_ipv6(headers->ptype)) &&
	       datagram->l4_bytes >= sizeof(*udp) && datagram->l4_bytes <= headers->l4_bytes;
}

// net_tap calls it a checksum that the field does not hold, and there is none.
static bool is_udp_without_sum(const struct rte_mbuf *m, uint32_t ptype)
{
	struct ethdev_headers headers, datagram;

	return ethdev_is_udp(ptype) && ethdev_headers_read(m, &headers) &&
	       ethdev_is_udp(headers.ptype) && !udp_has_sum(m, &headers, &datagram);
}

// NDIS has one bit for "the TCP checksum field is not the one that was checked"; here it stands for UDP
// as well, with UdpChecksumSucceeded.
static PVOID checksum_of_device(const struct rte_mbuf *m, uint32_t ptype)
{
	uint64_t ip = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum = {.Value = NULL};
	bool none = l4 == RTE_MBUF_F_RX_L4_CKSUM_NONE && !is_udp_without_sum(m, ptype);
	bool good = l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD || none;
	bool bad = l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD;

	if (ethdev_is_ipv4(ptype)) {
		sum.Receive.IpChecksumFailed = ip == RTE_MBUF_F_RX_IP_CKSUM_BAD;
		sum.Receive.IpChecksumSucceeded =
			ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD || ip == RTE_MBUF_F_RX_IP_CKSUM_NONE;
		sum.Receive.IpChecksumValueInvalid = ip == RTE_MBUF_F_RX_IP_CKSUM_NONE;
	}
	if (ethdev_is_tcp(ptype) || ethdev_is_udp(ptype))
		sum.Receive.TcpChecksumValueInvalid = none;
	sum.Receive.TcpChecksumSucceeded = ethdev_is_tcp(ptype) && good;
	sum.Receive.TcpChecksumFailed = ethdev_is_tcp(ptype) && bad;
	sum.Receive.UdpChecksumSucceeded = ethdev_is_udp(ptype) && good;
	sum.Receive.UdpChecksumFailed = ethdev_is_udp(ptype) && bad;
	return sum.Value;
}

static PVOID checksum_of_bytes(const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum = {.Value = NULL};
	uint32_t ptype = headers->ptype;
	struct ethdev_headers datagram;

	if (ethdev_is_ipv4(ptype)) {
		sum.Receive.IpChecksumSucceeded = ethdev_sum_ip(m, headers) == 0xffff;
		sum.Receive.IpChecksumFailed = !sum.Receive.IpChecksumSucceeded;
	}
	if (ethdev_is_tcp(ptype)) {
		sum.Receive.TcpChecksumSucceeded = ethdev_sum_l4(m, headers) == 0xffff;
		sum.Receive.TcpChecksumFailed = !sum.Receive.TcpChecksumSucceeded;
	}
	if (ethdev_is_udp(ptype) && udp_has_sum(m, headers, &datagram)) {
		sum.Receive.UdpChecksumSucceeded = ethdev_sum_l4(m, &datagram) == 0xffff;
		sum.Receive.UdpChecksumFailed = !sum.Receive.UdpChecksumSucceeded;
	}
	return sum.Value;
}

static ULONG hash_type(uint32_t ptype)
{
	if (ethdev_is_ipv4(ptype))
		return ethdev_is_tcp(ptype)   ? NDIS_HASH_TCP_IPV4
		       : ethdev_is_udp(ptype) ? NDIS_HASH_UDP_IPV4
					      : NDIS_HASH_IPV4;
	if (ethdev_is_ipv6(ptype))
		return ethdev_is_tcp(ptype)   ? NDIS_HASH_TCP_IPV6
		       : ethdev_is_udp(ptype) ? NDIS_HASH_UDP_IPV6
					      : NDIS_HASH_IPV6;
	return 0;
}

// Over addresses, and ports where there are any.
static uint32_t hash_of_bytes(const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	union rte_thash_tuple tuple = {0};
	struct rte_udp_hdr ports_copy; // TCP begins likewise
	const struct rte_udp_hdr *ports =
		headers->l4 == 0 ? NULL
				 : rte_pktmbuf_read(m, (uint32_t)headers->l2 + headers->l3,
					   sizeof(ports_copy), &ports_copy);

	if (ethdev_is_ipv4(headers->ptype)) {
		struct rte_ipv4_hdr copy;
		const struct rte_ipv4_hdr *ip =
			rte_pktmbuf_read(m, headers->l2, sizeof(copy), &copy);

		tuple.v4.src_addr = rte_be_to_cpu_32(ip->src_addr);
		tuple.v4.dst_addr = rte_be_to_cpu_32(ip->dst_addr);
		if (ports != NULL) {
			tuple.v4.sport = rte_be_to_cpu_16(ports->src_port);
			tuple.v4.dport = rte_be_to_cpu_16(ports->dst_port);
		}
		return rte_softrss((uint32_t *)&tuple,
			ports != NULL ? RTE_THASH_V4_L4_LEN : RTE_THASH_V4_L3_LEN, hash_key);
	}
	struct rte_ipv6_hdr copy;
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_read(m, headers->l2, sizeof(copy), &copy);
	rte_thash_load_v6_addrs(ip, &tuple);
	if (ports != NULL) {
		tuple.v6.sport = rte_be_to_cpu_16(ports->src_port);
		tuple.v6.dport = rte_be_to_cpu_16(ports->dst_port);
	}
	return rte_softrss((uint32_t *)&tuple,
		ports != NULL ? RTE_THASH_V6_L4_LEN : RTE_THASH_V6_L3_LEN, hash_key);
}

static void info_hash(const struct ethdev_info *info, NET_BUFFER_LIST *nbl,
	const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	ULONG type = hash_type(headers->ptype);
	uint32_t value = m->hash.rss;

	if (type == 0)
		return;
	if (is_ours(info, NIMBL_OFFLOAD_BIT(RSS_HASH)))
		value = hash_of_bytes(m, headers);
	else if ((m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) == 0)
		return;
	NET_BUFFER_LIST_SET_HASH_VALUE(nbl, value);
	NET_BUFFER_LIST_SET_HASH_FUNCTION(nbl, NdisHashFunctionToeplitz);
	NET_BUFFER_LIST_SET_HASH_TYPE(nbl, type);
}

static void info_coalesced(
	NET_BUFFER_LIST *nbl, const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	NDIS_RSC_NBL_INFO rsc = {.Value = NULL};
	if ((m->ol_flags & RTE_MBUF_F_RX_LRO) == 0 || m->tso_segsz == 0 || headers->l4 == 0)
		return;
	rsc.Info.CoalescedSegCount =
		(USHORT)((headers->l4_bytes - headers->l4 + m->tso_segsz - 1) / m->tso_segsz);
	NET_BUFFER_LIST_INFO(nbl, TcpRecvSegCoalesceInfo) = rsc.Value;
}

static void info_type(const struct ethdev_info *info, NET_BUFFER_LIST *nbl,
	const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	uint32_t ptype = headers->ptype;
	struct rte_vlan_hdr copy; // what stands before the type is a tag or an address
	const struct rte_vlan_hdr *last = NULL;

	nbl->NblFlags = (ethdev_is_ipv4(ptype) ? NDIS_NBL_FLAGS_IS_IPV4 : 0) |
			(ethdev_is_ipv6(ptype) ? NDIS_NBL_FLAGS_IS_IPV6 : 0) |
			(ethdev_is_tcp(ptype) ? NDIS_NBL_FLAGS_IS_TCP : 0) |
			(ethdev_is_udp(ptype) ? NDIS_NBL_FLAGS_IS_UDP : 0);
	if (!wants(info, NIMBL_OFFLOAD_BIT(PACKET_TYPE)))
		return;
	if (headers->l2 >= RTE_ETHER_HDR_LEN)
		last = rte_pktmbuf_read(m, headers->l2 - sizeof(copy), sizeof(copy), &copy);
	if (last != NULL) // in the order of the wire, as NDIS has it
		NET_BUFFER_LIST_INFO(nbl, NetBufferListFrameType) =
			(PVOID)(uintptr_t)last->eth_proto;
}

static void info_time(const struct ethdev_info *info, NET_BUFFER_LIST *nbl,
	const struct rte_mbuf *m, uint64_t now)
{
	NET_BUFFER_LIST_TIMESTAMP stamp = {.Timestamp = now};

	if ((m->ol_flags & info->time_flag) != 0)
		stamp.Timestamp = *RTE_MBUF_DYNFIELD(m, info->time_offset, uint64_t *);
	NdisSetNblTimestampInfo(nbl, &stamp);
}

// The PMD knows the types; their headers need a look only where more is wanted.
static bool types_do(const struct ethdev_info *info, const struct rte_mbuf *m)
{
	return info->has_types && (m->ol_flags & RTE_MBUF_F_RX_LRO) == 0 &&
	       !is_ours(info, NIMBL_OFFLOAD_BIT(RX_CHECKSUM) | NIMBL_OFFLOAD_BIT(RSS_HASH));
}

static bool headers_of(
	const struct ethdev_info *info, const struct rte_mbuf *m, struct ethdev_headers *headers)
{
	if (!types_do(info, m))
		return ethdev_headers_read(m, headers);
	*headers = (struct ethdev_headers){.ptype = m->packet_type, .l2 = RTE_ETHER_HDR_LEN};
	if ((m->packet_type & RTE_PTYPE_L2_MASK) == RTE_PTYPE_L2_ETHER_VLAN)
		headers->l2 += RTE_VLAN_HLEN;
	else if ((m->packet_type & RTE_PTYPE_L2_MASK) == RTE_PTYPE_L2_ETHER_QINQ)
		headers->l2 += 2 * RTE_VLAN_HLEN;
	return true;
}

// What stands in headers, and sums over them.
static void info_headers(const struct ethdev_info *info, NET_BUFFER_LIST *nbl, struct rte_mbuf *m)
{
	struct ethdev_headers headers;
	PVOID sum = NULL;

	if (headers_of(info, m, &headers)) {
		if (wants(info, NIMBL_OFFLOAD_BIT(RX_CHECKSUM)))
			sum = is_ours(info, NIMBL_OFFLOAD_BIT(RX_CHECKSUM))
				      ? checksum_of_bytes(m, &headers)
				      : checksum_of_device(m, headers.ptype);
		if (wants(info, NIMBL_OFFLOAD_BIT(RSS_HASH)))
			info_hash(info, nbl, m, &headers);
		if (wants(info, NIMBL_OFFLOAD_BIT(LRO)))
			info_coalesced(nbl, m, &headers);
	}
	if (sum != NULL)
		NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = sum;
	info_type(info, nbl, m, &headers);
}

void ethdev_receive_info(
	const struct ethdev_info *info, NET_BUFFER_LIST *nbl, struct rte_mbuf *m, uint64_t now)
{
	nbl->NblFlags = 0;
	if (wants(info, NIMBL_OFFLOAD_BIT(RX_CHECKSUM) | NIMBL_OFFLOAD_BIT(RSS_HASH) |
				NIMBL_OFFLOAD_BIT(LRO) | NIMBL_OFFLOAD_BIT(PACKET_TYPE)))
		info_headers(info, nbl, m);
	if (wants(info, NIMBL_OFFLOAD_BIT(VLAN_STRIP)))
		info_vlan(nbl, m);
	if (wants(info, NIMBL_OFFLOAD_BIT(TIMESTAMP)))
		info_time(info, nbl, m, now);
}
