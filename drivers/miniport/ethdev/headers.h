// SPDX-License-Identifier: BSD-3-Clause
// What the headers of a frame say, and sums over its bytes: for both directions of offloads.
#pragma once

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <stdbool.h>

struct ethdev_headers {
	uint32_t ptype;    // RTE_PTYPE_*, as far as there are headers
	uint16_t l2;       // bytes, with tags
	uint16_t l3;       // bytes, with options and extension headers
	uint16_t l4;       // bytes of the TCP or UDP header, 0 when there is none
	uint32_t l4_bytes; // of that header and what it carries
	bool has_length;   // the IP header says so
};

// Read headers, in any segmentation. False where lengths contradict the frame.
bool ethdev_headers_read(const struct rte_mbuf *m, struct ethdev_headers *headers);

static inline bool ethdev_is_ipv4(uint32_t ptype)
{
	return RTE_ETH_IS_IPV4_HDR(ptype) != 0;
}

static inline bool ethdev_is_ipv6(uint32_t ptype)
{
	return RTE_ETH_IS_IPV6_HDR(ptype) != 0;
}

static inline bool ethdev_is_tcp(uint32_t ptype)
{
	return (ptype & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP;
}

static inline bool ethdev_is_udp(uint32_t ptype)
{
	return (ptype & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_UDP;
}

// The Internet sum (not inverted) of the IPv4 header; 0xffff when its checksum is right. Zero where
// the header is not all there.
uint16_t ethdev_sum_ip(const struct rte_mbuf *m, const struct ethdev_headers *headers);

// The same of the TCP or UDP part with its pseudo header.
uint16_t ethdev_sum_l4(const struct rte_mbuf *m, const struct ethdev_headers *headers);
