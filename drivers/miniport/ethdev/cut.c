// SPDX-License-Identifier: BSD-3-Clause
// One large TCP frame becomes many: rte_gso for IPv4, the same by hand for IPv6, which it does not do.
#include <errno.h>
#include <rte_gso.h>

#include "ethdev_priv.h"
#include "headers.h"
#include "offload.h"

#define IP_ID_MASK 0x7fffu // identifications of a large send wrap at 15 bits

static bool payload_lend(const struct ethdev *dev, struct rte_mbuf *head, const struct rte_mbuf *m,
	uint32_t offset, uint32_t bytes)
{
	struct rte_mbuf *tail = head;

	for (; m != NULL && bytes > 0; m = m->next) {
		if (offset >= m->data_len) {
			offset -= m->data_len;
			continue;
		}
		uint32_t n = RTE_MIN(m->data_len - offset, bytes);
		struct rte_mbuf *piece = rte_pktmbuf_alloc(dev->cut_pool);

		if (piece == NULL)
			return false;
		rte_pktmbuf_attach(piece, (struct rte_mbuf *)(uintptr_t)m);
		piece->data_off = (uint16_t)(m->data_off + offset);
		piece->data_len = (uint16_t)n;
		tail->next = piece;
		tail = piece;
		head->nb_segs++;
		head->pkt_len += n;
		bytes -= n;
		offset = 0;
	}
	return true;
}

struct rte_mbuf *ethdev_piece(const struct ethdev *dev, const struct rte_mbuf *m, uint32_t header,
	uint32_t offset, uint32_t bytes)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(dev->cut_pool);
	void *to = head != NULL ? rte_pktmbuf_append(head, (uint16_t)header) : NULL;

	if (to == NULL) {
		rte_pktmbuf_free(head);
		return NULL;
	}
	memcpy(to, rte_pktmbuf_mtod(m, const void *), header);
	if (payload_lend(dev, head, m, offset, bytes))
		return head;
	rte_pktmbuf_free(head);
	return NULL;
}

static int cut_ipv6(const struct ethdev *dev, const struct rte_mbuf *m,
	const struct ethdev_headers *headers, uint32_t mss, struct rte_mbuf **frames)
{
	uint32_t header = (uint32_t)headers->l2 + headers->l3 + headers->l4;
	uint32_t end = (uint32_t)headers->l2 + headers->l3 + headers->l4_bytes;
	int n = 0;

	for (uint32_t at = header; at < end; at += mss, n++) {
		uint32_t bytes = RTE_MIN(mss, end - at);
		struct rte_mbuf *frame = ethdev_piece(dev, m, header, at, bytes);

		if (frame == NULL) {
			rte_pktmbuf_free_bulk(frames, (unsigned int)n);
			return -ENOMEM;
		}
		struct rte_ipv6_hdr *ip =
			rte_pktmbuf_mtod_offset(frame, struct rte_ipv6_hdr *, headers->l2);
		struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(
			frame, struct rte_tcp_hdr *, headers->l2 + headers->l3);
		ip->payload_len = rte_cpu_to_be_16(
			(uint16_t)(headers->l3 - sizeof(*ip) + headers->l4 + bytes));
		tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + at - header);
		if (at + bytes < end)
			tcp->tcp_flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
		frames[n] = frame;
	}
	return n;
}

static int cut_ipv4(const struct ethdev *dev, struct rte_mbuf *m,
	const struct ethdev_headers *headers, uint32_t mss, struct rte_mbuf **frames)
{
	struct rte_gso_ctx gso = {
		.direct_pool = dev->cut_pool,
		.indirect_pool = dev->cut_pool,
		.gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
		.gso_size = (uint16_t)(headers->l2 + headers->l3 + headers->l4 + mss),
	};
	uint64_t flags = m->ol_flags;

	m->l2_len = headers->l2;
	m->l3_len = headers->l3;
	m->l4_len = headers->l4;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	int n = rte_gso_segment(m, &gso, frames, ETHDEV_CUT_MAX);
	m->ol_flags = flags;
	return n == 0 ? -EINVAL : n; // 0: it is none that can be cut, a fragment for instance
}

// What rte_gso leaves: congestion is told once, and identifications stay in their half.
static void frames_adjust(const struct ethdev_headers *headers, struct rte_mbuf **frames, int count)
{
	for (int i = 0; i < count; i++) {
		struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(
			frames[i], struct rte_tcp_hdr *, headers->l2 + headers->l3);

		frames[i]->ol_flags = 0; // rte_gso says of headers whatever the large frame was
		if (i > 0)
			tcp->tcp_flags &= (uint8_t)~RTE_TCP_CWR_FLAG;
		if (!ethdev_is_ipv4(headers->ptype))
			continue;
		struct rte_ipv4_hdr *ip =
			rte_pktmbuf_mtod_offset(frames[i], struct rte_ipv4_hdr *, headers->l2);
		struct rte_ipv4_hdr *first =
			rte_pktmbuf_mtod_offset(frames[0], struct rte_ipv4_hdr *, headers->l2);
		uint16_t id = rte_be_to_cpu_16(first->packet_id);
		ip->packet_id = rte_cpu_to_be_16(
			(uint16_t)((id & ~IP_ID_MASK) | ((id + (unsigned int)i) & IP_ID_MASK)));
	}
}

int ethdev_cut(const struct ethdev *dev, struct rte_mbuf *m, const struct ethdev_headers *headers,
	uint32_t mss, struct rte_mbuf **frames)
{
	uint32_t payload = headers->l4_bytes - headers->l4;
	int n;

	// What stands behind the IP packet belongs to no frame.
	if ((payload + mss - 1) / mss > ETHDEV_CUT_MAX ||
		(uint32_t)headers->l2 + headers->l3 + headers->l4_bytes != m->pkt_len)
		return -EINVAL;
	n = ethdev_is_ipv4(headers->ptype) ? cut_ipv4(dev, m, headers, mss, frames)
					   : cut_ipv6(dev, m, headers, mss, frames);
	if (n > 0)
		frames_adjust(headers, frames, n);
	return n;
}
