// SPDX-License-Identifier: BSD-3-Clause
// What a list asks to be done to its frames: told to the PMD in the mbuf where it can, done here where
// it cannot.
#include <errno.h>
#include <rte_ether.h>
#include <rte_net.h>

#include "ethdev_priv.h"
#include "headers.h"
#include "offload.h"

struct ethdev_request ethdev_request_of(const NET_BUFFER_LIST *nbl)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum = {
		.Value = nimbl_nbl_slot(nbl, TcpIpChecksumNetBufferListInfo)};
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {
		.Value = nimbl_nbl_slot(nbl, TcpLargeSendNetBufferListInfo)};
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {
		.Value = nimbl_nbl_slot(nbl, Ieee8021QNetBufferListInfo)};
	bool has_ip = sum.Transmit.IsIPv4 || sum.Transmit.IsIPv6;
	struct ethdev_request request = {
		.ip = sum.Transmit.IsIPv4 && sum.Transmit.IpHeaderChecksum,
		.tcp = has_ip && sum.Transmit.TcpChecksum,
		.udp = has_ip && sum.Transmit.UdpChecksum,
		.has_tag = tag.Value != NULL,
		.tci = (uint16_t)(tag.TagHeader.UserPriority << 13 |
				  tag.TagHeader.CanonicalFormatId << 12 | tag.TagHeader.VlanId),
		.large = large.Value != NULL,
		.mss = large.LsoV2Transmit.MSS, // where version 1 has it too
	};

	request.any = request.ip || request.tcp || request.udp || request.has_tag || request.large;
	return request;
}

void ethdev_request_done(NET_BUFFER_LIST *nbl, const struct ethdev_request *request)
{
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {
		.Value = nimbl_nbl_slot(nbl, TcpLargeSendNetBufferListInfo)};

	if (!request->large)
		return;
	if (large.Transmit.Type == NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE)
		large.LsoV1TransmitComplete.TcpPayload = request->payload;
	else
		large.LsoV2TransmitComplete.Reserved = 0;
	NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = large.Value;
}

static bool fits(const struct ethdev_request *request, uint32_t ptype)
{
	return (!request->ip || ethdev_is_ipv4(ptype)) && (!request->tcp || ethdev_is_tcp(ptype)) &&
	       (!request->udp || ethdev_is_udp(ptype)) && (!request->large || ethdev_is_tcp(ptype));
}

// What DPDK reckons of the pseudo header knows no extension headers of IPv6.
static bool has_extensions(const struct ethdev_headers *headers)
{
	return ethdev_is_ipv6(headers->ptype) && headers->l3 > sizeof(struct rte_ipv6_hdr);
}

static bool device_cuts(const struct ethdev *dev, const struct ethdev_headers *headers)
{
	return !has_extensions(headers) && (dev->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO) != 0 &&
	       (ethdev_is_ipv4(headers->ptype) || dev->cuts_ipv6);
}

static bool device_sums(const struct ethdev *dev, const struct ethdev_headers *headers)
{
	return !has_extensions(headers) &&
	       (dev->tx_offloads &
		       (ethdev_is_tcp(headers->ptype) ? RTE_ETH_TX_OFFLOAD_TCP_CKSUM
						      : RTE_ETH_TX_OFFLOAD_UDP_CKSUM)) != 0;
}

// A PMD that is software writes the tag into the frame itself, which must then be nobody else's.
static bool device_tags(const struct ethdev *dev, bool may_write)
{
	return (dev->tx_offloads & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) != 0 && may_write;
}

static void length_complete(struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	if (headers->has_length)
		return;
	if (ethdev_is_ipv4(headers->ptype)) {
		struct rte_ipv4_hdr *ip =
			rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, headers->l2);

		ip->total_length = rte_cpu_to_be_16((uint16_t)(headers->l3 + headers->l4_bytes));
	} else {
		struct rte_ipv6_hdr *ip =
			rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, headers->l2);

		ip->payload_len =
			rte_cpu_to_be_16((uint16_t)(headers->l3 - sizeof(*ip) + headers->l4_bytes));
	}
}

static void sum_ip_write(struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, headers->l2);

	ip->hdr_checksum = 0;
	ip->hdr_checksum = (uint16_t)~ethdev_sum_ip(m, headers);
}

static void sum_l4_write(struct rte_mbuf *m, const struct ethdev_headers *headers)
{
	void *l4 = rte_pktmbuf_mtod_offset(m, void *, headers->l2 + headers->l3);
	struct rte_tcp_hdr *tcp = l4;
	struct rte_udp_hdr *udp = l4;

	if (ethdev_is_tcp(headers->ptype)) {
		tcp->cksum = 0;
		tcp->cksum = (uint16_t)~ethdev_sum_l4(m, headers);
		return;
	}
	udp->dgram_cksum = 0;
	udp->dgram_cksum = (uint16_t)~ethdev_sum_l4(m, headers);
	if (udp->dgram_cksum == 0) // which would say that there is none
		udp->dgram_cksum = 0xffff;
}

// Checksums and lengths of one frame whose headers are its own; what the device does is noted in the
// mbuf. `large`: the device cuts it.
static void headers_finish(const struct ethdev *dev, struct rte_mbuf *m,
	const struct ethdev_request *request, const struct ethdev_headers *headers, bool large)
{
	bool wants_ip = ethdev_is_ipv4(headers->ptype) && (request->ip || request->large);
	bool wants_l4 = request->tcp || request->udp || request->large;
	uint64_t flags = 0;

	length_complete(m, headers);
	m->l2_len = headers->l2;
	m->l3_len = headers->l3;
	m->l4_len = headers->l4;
	if (large) {
		flags |= RTE_MBUF_F_TX_TCP_SEG;
		m->tso_segsz = (uint16_t)request->mss;
	} else if (wants_l4 && device_sums(dev, headers)) {
		flags |= ethdev_is_tcp(headers->ptype) ? RTE_MBUF_F_TX_TCP_CKSUM
						       : RTE_MBUF_F_TX_UDP_CKSUM;
	} else if (wants_l4) {
		sum_l4_write(m, headers);
	}
	if (wants_ip && (large || (dev->tx_offloads & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0))
		flags |= RTE_MBUF_F_TX_IP_CKSUM;
	else if (wants_ip)
		sum_ip_write(m, headers);
	if (flags == 0)
		return;
	flags |= ethdev_is_ipv4(headers->ptype) ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	m->ol_flags |= flags;
	rte_net_intel_cksum_flags_prepare(m, flags); // the sum of the pseudo header
}

static int tag_put(const struct ethdev *dev, struct rte_mbuf *m,
	const struct ethdev_request *request, bool may_write)
{
	if (!request->has_tag)
		return 0;
	m->vlan_tci = request->tci;
	if (device_tags(dev, may_write)) {
		m->ol_flags |= RTE_MBUF_F_TX_VLAN;
		return 0;
	}
	return rte_vlan_insert(&m) < 0 ? -EINVAL : 0;
}

static inline bool asks_headers(const struct ethdev_request *request)
{
	return request->ip || request->tcp || request->udp || request->large;
}

// Bytes at the start of a frame that are written, or read by the device.
static uint32_t header_bytes(
	const struct ethdev_request *request, const struct ethdev_headers *headers)
{
	return asks_headers(request) ? (uint32_t)headers->l2 + headers->l3 + headers->l4
				     : RTE_ETHER_HDR_LEN;
}

// Whether references to the payload are counted where whoever waits for the end of the send looks.
static bool counts_loans(const struct rte_mbuf *m)
{
	if (nimbl_frame_is_wrapped(m))
		return true;
	for (; m != NULL; m = m->next) {
		if (!RTE_MBUF_DIRECT(m))
			return false;
	}
	return true;
}

// Whether the fields that a device completes hold what it wants: whoever asks for checksums puts that
// there, but what is only sent on may hold anything.
static bool is_preloaded(const struct rte_mbuf *m, const struct ethdev_request *request,
	const struct ethdev_headers *headers)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const void *, headers->l2);
	const struct rte_tcp_hdr *tcp = RTE_PTR_ADD(ip, headers->l3);
	const struct rte_udp_hdr *udp = RTE_PTR_ADD(ip, headers->l3);
	bool is_v4 = ethdev_is_ipv4(headers->ptype);

	if (is_v4 && request->ip && ip->hdr_checksum != 0)
		return false;
	if (!request->tcp && !request->udp)
		return true;
	return (request->tcp ? tcp->cksum : udp->dgram_cksum) ==
	       (is_v4 ? rte_ipv4_phdr_cksum(ip, 0) : rte_ipv6_phdr_cksum((const void *)ip, 0));
}

// Whether anything is written before the PMD gets the frame.
static bool is_written(const struct ethdev *dev, const struct rte_mbuf *m,
	const struct ethdev_request *request, const struct ethdev_headers *headers)
{
	bool sums_ip = ethdev_is_ipv4(headers->ptype) && request->ip;

	if (request->has_tag || request->large)
		return true;
	if (asks_headers(request) && (!headers->has_length || !is_preloaded(m, request, headers)))
		return true;
	return ((request->tcp || request->udp) && !device_sums(dev, headers)) ||
	       (sums_ip && (dev->tx_offloads & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) == 0);
}

static bool may_write_here(const struct rte_mbuf *m, const struct ethdev_request *request)
{
	return RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1 &&
	       (!request->has_tag || rte_pktmbuf_headroom(m) >= RTE_VLAN_HLEN);
}

// A frame with headers of its own before the same payload, or all of it copied where that cannot be
// told apart from the frame it was made of, or the PMD takes one segment only.
static struct rte_mbuf *own_headers(
	const struct ethdev *dev, struct rte_mbuf *m, uint32_t bytes, bool may_lend)
{
	if (may_lend && dev->may_lend && m->data_len >= bytes && m->pkt_len > bytes)
		return ethdev_piece(dev, m, bytes, bytes, m->pkt_len - bytes);
	return rte_pktmbuf_copy(m, dev->cut_pool, 0, UINT32_MAX);
}

// One frame, as large as it came.
static int do_one(const struct ethdev *dev, struct rte_mbuf *m, struct ethdev_request *request,
	const struct ethdev_headers *headers, bool is_ours, bool large, struct rte_mbuf **frames)
{
	uint32_t bytes = header_bytes(request, headers);
	bool stays = m->data_len >= bytes && (m->nb_segs == 1 || dev->can_segment) &&
		     (is_ours ? may_write_here(m, request) : !is_written(dev, m, request, headers));
	struct rte_mbuf *frame = stays ? m : own_headers(dev, m, bytes, is_ours || counts_loans(m));
	int ret = 0;

	if (frame == NULL)
		return -ENOMEM;
	if (frame->data_len < bytes || (frame->nb_segs > 1 && !dev->can_segment))
		ret = -ENOTSUP;
	if (ret == 0 && asks_headers(request))
		headers_finish(dev, frame, request, headers, large);
	if (ret == 0)
		ret = tag_put(dev, frame, request, frame != m || is_ours);
	frames[0] = frame;
	if (ret < 0 && frame != m)
		rte_pktmbuf_free(frame);
	return ret < 0 ? ret : frame != m;
}

// For a PMD that must not get what lies in the memory of others, or in several segments.
static int frame_gather(const struct ethdev *dev, struct rte_mbuf **frame)
{
	if (dev->may_lend)
		return 0;
	struct rte_mbuf *copy = rte_pktmbuf_copy(*frame, dev->cut_pool, 0, UINT32_MAX);
	if (copy == NULL)
		return -ENOMEM;
	rte_pktmbuf_free(*frame);
	*frame = copy;
	return copy->nb_segs > 1 && !dev->can_segment ? -ENOTSUP : 0;
}

static int frames_finish(const struct ethdev *dev, const struct ethdev_request *request,
	const struct ethdev_headers *headers, struct rte_mbuf **frames, int count)
{
	for (int i = 0; i < count; i++) {
		struct ethdev_headers own = *headers;
		int ret = frame_gather(dev, &frames[i]);

		if (ret < 0)
			return ret;
		own.l4_bytes = frames[i]->pkt_len - headers->l2 - headers->l3;
		own.has_length = true;
		headers_finish(dev, frames[i], request, &own, false);
		ret = tag_put(dev, frames[i], request, true);
		if (ret < 0)
			return ret;
	}
	return count;
}

// Many frames out of one, each with its own headers, over the payload as it lies.
static int do_cut(const struct ethdev *dev, struct rte_mbuf *m, struct ethdev_request *request,
	const struct ethdev_headers *headers, bool is_ours, struct rte_mbuf **frames)
{
	uint32_t bytes = header_bytes(request, headers);
	struct rte_mbuf *from = m;

	// The payload is lent by counting references of mbufs: whoever waits for the end of the send
	// counts those of his own.
	if (m->data_len <= bytes || !(is_ours || counts_loans(m)))
		from = rte_pktmbuf_copy(m, dev->cut_pool, 0, UINT32_MAX);
	if (from == NULL)
		return -ENOMEM;
	int n = ethdev_cut(dev, from, headers, request->mss, frames);
	if (from != m)
		rte_pktmbuf_free(from);
	if (n < 0)
		return n;
	int ret = frames_finish(dev, request, headers, frames, n);
	if (ret < 0)
		rte_pktmbuf_free_bulk(frames, (unsigned int)n);
	return ret;
}

int ethdev_request_do(const struct ethdev *dev, struct rte_mbuf *m, struct ethdev_request *request,
	bool is_ours, struct rte_mbuf **frames)
{
	struct ethdev_headers headers = {.l2 = RTE_ETHER_HDR_LEN};

	if (!asks_headers(request))
		return do_one(dev, m, request, &headers, is_ours, false, frames);
	if ((request->large && request->mss == 0) || !ethdev_headers_read(m, &headers) ||
		!fits(request, headers.ptype))
		return -EINVAL;
	uint32_t payload = headers.l4_bytes - headers.l4,
		 tag = request->has_tag ? RTE_VLAN_HLEN : 0;
	bool cut = request->large && payload > request->mss;
	request->payload += payload;
	if ((cut ? header_bytes(request, &headers) + request->mss : m->pkt_len) + tag >
		dev->frame_max)
		return -EMSGSIZE;
	if (!cut)
		return do_one(dev, m, request, &headers, is_ours, false, frames);
	if (device_cuts(dev, &headers))
		return do_one(dev, m, request, &headers, is_ours, true, frames);
	return do_cut(dev, m, request, &headers, is_ours, frames);
}
