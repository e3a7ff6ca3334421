// SPDX-License-Identifier: BSD-3-Clause
// One large TCP frame becomes many. By hand: rte_gso knows no IPv6, and frees the headers of frames over
// borrowed memory twice.
#include <errno.h>
#include <rte_tcp.h>

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

// The IP header of the `number`th frame. Congestion is told once, and identifications stay in their half.
static void headers_adjust(
	struct rte_mbuf *frame, const struct ethdev_headers *headers, int number, uint32_t l4_bytes)
{
	void *l3 = rte_pktmbuf_mtod_offset(frame, void *, headers->l2);
	struct rte_tcp_hdr *tcp = RTE_PTR_ADD(l3, headers->l3);
	struct rte_ipv4_hdr *ip4 = l3;
	struct rte_ipv6_hdr *ip6 = l3;

	if (number > 0)
		tcp->tcp_flags &= (uint8_t)~RTE_TCP_CWR_FLAG;
	if (ethdev_is_ipv6(headers->ptype)) {
		ip6->payload_len =
			rte_cpu_to_be_16((uint16_t)(headers->l3 - sizeof(*ip6) + l4_bytes));
		return;
	}
	uint16_t id = rte_be_to_cpu_16(ip4->packet_id);
	ip4->total_length = rte_cpu_to_be_16((uint16_t)(headers->l3 + l4_bytes));
	ip4->packet_id = rte_cpu_to_be_16(
		(uint16_t)((id & ~IP_ID_MASK) | ((id + (unsigned int)number) & IP_ID_MASK)));
}

static int cut(const struct ethdev *dev, const struct rte_mbuf *m,
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
		struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(
			frame, struct rte_tcp_hdr *, headers->l2 + headers->l3);
		tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + at - header);
		if (at + bytes < end)
			tcp->tcp_flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
		headers_adjust(frame, headers, n, headers->l4 + bytes);
		frames[n] = frame;
	}
	return n;
}

int ethdev_cut(const struct ethdev *dev, struct rte_mbuf *m, const struct ethdev_headers *headers,
	uint32_t mss, struct rte_mbuf **frames)
{
	uint32_t payload = headers->l4_bytes - headers->l4;

	// What stands behind the IP packet belongs to no frame.
	if ((payload + mss - 1) / mss > ETHDEV_CUT_MAX ||
		(uint32_t)headers->l2 + headers->l3 + headers->l4_bytes != m->pkt_len)
		return -EINVAL;
	return cut(dev, m, headers, mss, frames);
}
