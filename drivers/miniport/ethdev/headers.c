// SPDX-License-Identifier: BSD-3-Clause
#include "headers.h"

#include <rte_net.h>

#define IPV4_HEADER_MAX 60

// The bytes of the transport part, as the IP header says. An IPv4 length of zero stands for "up to the
// end": that is how large sends come.
static bool l4_bytes_read(const struct rte_mbuf *m, struct ethdev_headers *headers)
{
	uint32_t left = m->pkt_len - headers->l2 - headers->l3, claimed = left;

	if (ethdev_is_ipv4(headers->ptype)) {
		struct rte_ipv4_hdr copy;
		const struct rte_ipv4_hdr *ip =
			rte_pktmbuf_read(m, headers->l2, sizeof(copy), &copy);

		headers->has_length = ip->total_length != 0;
		if (headers->has_length)
			claimed = rte_be_to_cpu_16(ip->total_length) - (uint32_t)headers->l3;
	} else {
		struct rte_ipv6_hdr copy;
		const struct rte_ipv6_hdr *ip =
			rte_pktmbuf_read(m, headers->l2, sizeof(copy), &copy);

		headers->has_length = ip->payload_len != 0;
		if (headers->has_length)
			claimed = rte_be_to_cpu_16(ip->payload_len) + (uint32_t)sizeof(*ip) -
				  headers->l3;
	}
	headers->l4_bytes = claimed;
	return claimed <= left && claimed >= headers->l4;
}

bool ethdev_headers_read(const struct rte_mbuf *m, struct ethdev_headers *headers)
{
	struct rte_net_hdr_lens lens = {0};

	*headers = (struct ethdev_headers){
		.ptype = rte_net_get_ptype(
			m, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK)};
	headers->l2 = lens.l2_len;
	if (!ethdev_is_ipv4(headers->ptype) && !ethdev_is_ipv6(headers->ptype)) {
		headers->ptype &= RTE_PTYPE_L2_MASK; // it goes on behind an IP header that is none
		return true;
	}
	headers->l3 = lens.l3_len;
	if (ethdev_is_tcp(headers->ptype) || ethdev_is_udp(headers->ptype))
		headers->l4 = (uint16_t)lens.l4_len;
	if (ethdev_is_tcp(headers->ptype) && headers->l4 < sizeof(struct rte_tcp_hdr))
		return false;
	if ((uint32_t)headers->l2 + headers->l3 + headers->l4 > m->pkt_len)
		return false;
	return l4_bytes_read(m, headers);
}

uint16_t ethdev_sum_ip(const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	uint8_t copy[IPV4_HEADER_MAX];
	const void *ip = headers->l3 <= sizeof(copy)
				 ? rte_pktmbuf_read(m, headers->l2, headers->l3, copy)
				 : NULL;

	return ip != NULL ? rte_raw_cksum(ip, headers->l3) : 0;
}

static uint16_t add_folded(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

// Addresses, protocol and length; from the length of this frame, whatever the IP header says.
static uint32_t pseudo_sum(const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	uint8_t protocol = ethdev_is_tcp(headers->ptype) ? IPPROTO_TCP : IPPROTO_UDP;
	uint32_t sum = rte_cpu_to_be_16(protocol) +
		       (uint32_t)rte_cpu_to_be_16((uint16_t)headers->l4_bytes);

	if (ethdev_is_ipv4(headers->ptype)) {
		struct rte_ipv4_hdr copy;
		const struct rte_ipv4_hdr *ip =
			rte_pktmbuf_read(m, headers->l2, sizeof(copy), &copy);

		return sum + rte_raw_cksum(&ip->src_addr, 8);
	}
	struct rte_ipv6_hdr copy;
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_read(m, headers->l2, sizeof(copy), &copy);
	return sum + rte_raw_cksum(&ip->src_addr, 32);
}

// rte_raw_cksum_mbuf of DPDK 22.11 loses carries where a segment starts at an odd byte.
static uint32_t sum_bytes(const struct rte_mbuf *m, uint32_t offset, uint32_t bytes)
{
	uint32_t sum = 0, done = 0;

	for (; m != NULL && done < bytes; m = m->next) {
		if (offset >= m->data_len) {
			offset -= m->data_len;
			continue;
		}
		uint32_t n = RTE_MIN(m->data_len - offset, bytes - done);
		uint16_t part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, void *, offset), n);

		sum += (done & 1) != 0 ? rte_bswap16(part) : part;
		done += n;
		offset = 0;
	}
	return sum;
}

uint16_t ethdev_sum_l4(const struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	return add_folded(pseudo_sum(m, headers) +
			  sum_bytes(m, (uint32_t)headers->l2 + headers->l3, headers->l4_bytes));
}
