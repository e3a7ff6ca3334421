// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a frame, in any segmentation, with any request: what the ethdev driver finds out about
// it and does to it reads and writes nothing beyond its ends, and every buffer comes home. The first
// bytes of an input say how the rest is used.
#include <ndis.h>
#include <nimbl_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "../../drivers/miniport/ethdev/offload.h"
#include "eal_harness.h"
#include "nb_check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#define must(holds) ((holds) ? (void)0 : (fprintf(stderr, "not so: %s\n", #holds), abort()))

#define ROOM     2048u
#define BUFFERS  4096u
#define FLAT_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct how {
	uint8_t is_send : 1, is_ours : 1, is_clone : 1, can_segment : 1, may_lend : 1,
		has_types : 1, cuts_ipv6 : 1, is_long : 1;
	uint8_t pieces[3]; // lengths of segments, in turn; 0: as long as can be
	uint8_t ip : 1, tcp : 1, udp : 1, tag : 1, large : 1, lro : 1, sum_l4 : 1, sum_ip : 1;
	uint8_t device; // what the device does
	uint16_t mss, offset, enabled;
	uint32_t ptype;
};

static NDIS_HANDLE pool;
static struct ethdev dev;

static void start(void)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = RTE_PKTMBUF_HEADROOM + ROOM,
	};
	struct nimbl_pool_options options = {
		.name = "fuzz", .capacity = BUFFERS, .node = NIMBL_NODE_ANY};

	must(eal_harness_start(NULL) == 0);
	pool = nimbl_nbl_pool_open(NULL, &parameters, &options);
	must(pool != NULL);
	dev.cut_pool = nimbl_pool_mempool(pool);
}

// Nobody may touch what lies behind the data. What lies before it is headroom, which senders use.
static void fence(struct rte_mbuf *m, bool before)
{
	for (; m != NULL; m = m->next) {
		uint8_t *room = m->buf_addr;

		ASAN_POISON_MEMORY_REGION(
			room + m->data_off + m->data_len, m->buf_len - m->data_off - m->data_len);
		if (before)
			ASAN_POISON_MEMORY_REGION(room, m->data_off);
	}
}

static void unfence(struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		ASAN_UNPOISON_MEMORY_REGION(m->buf_addr, m->buf_len);
}

static struct rte_mbuf *frame_of(const struct how *how, const uint8_t *data, uint32_t size)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t done = 0, i = 0; done < size; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(dev.cut_pool);
		uint32_t n = how->pieces[i % 3];

		must(m != NULL);
		m->data_off = (uint16_t)((how->offset >> i % 3 * 5 & 31) * 5);
		n = RTE_MIN(n == 0 || i > 500 ? rte_pktmbuf_tailroom(m) : n, size - done);
		n = RTE_MIN(n, rte_pktmbuf_tailroom(m));
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), data + done, n);
		done += n;
		if (head == NULL)
			head = m;
		else
			must(rte_pktmbuf_chain(head, m) == 0);
	}
	return head;
}

static void receive_one(const struct how *how, struct rte_mbuf *m)
{
	struct ethdev_info info = {
		.enabled = how->enabled, .in_device = how->device, .has_types = how->has_types};
	uint32_t unusual = 0;

	m->packet_type = how->ptype;
	m->tso_segsz = how->mss;
	m->ol_flags |= (how->lro ? RTE_MBUF_F_RX_LRO : 0) |
		       (how->sum_ip ? RTE_MBUF_F_RX_IP_CKSUM_MASK : 0) |
		       (how->sum_l4 ? RTE_MBUF_F_RX_L4_CKSUM_MASK : 0) |
		       (how->tag ? RTE_MBUF_F_RX_VLAN_STRIPPED : 0);
	fence(m, true);
	ethdev_receive_untag(&info, m);
	NET_BUFFER_LIST *nbl = nimbl_nbl_adopt(m, NULL, &unusual);
	ethdev_receive_info(&info, nbl, m, 1);
	unfence(m);
	must(nb_check(NET_BUFFER_LIST_FIRST_NB(nbl)) == NULL);
	nimbl_nbl_turn_chain(nbl);
	nimbl_nbl_put(&nbl, 1);
}

static void check_frames(struct rte_mbuf **frames, int count, uint32_t most)
{
	const char *reason;

	for (int i = 0; i < count; i++) {
		must(rte_mbuf_check(frames[i], 1, &reason) == 0);
		must(frames[i]->pkt_len <= most);
		must(frames[i]->nb_segs == 1 || dev.can_segment);
	}
}

static void send_one(const struct how *how, struct rte_mbuf *m)
{
	static uint8_t before[FLAT_MAX], after[FLAT_MAX];
	static struct rte_mbuf *frames[ETHDEV_CUT_MAX];
	struct ethdev_request request = {.any = true,
		.ip = how->ip,
		.tcp = how->tcp,
		.udp = how->udp,
		.has_tag = how->tag,
		.tci = (uint16_t)(how->ptype + 1),
		.large = how->large,
		.mss = how->mss};
	struct rte_mbuf *original = NULL;
	uint32_t bytes = RTE_MIN(m->pkt_len, FLAT_MAX);

	dev.can_segment = how->can_segment;
	dev.may_lend = how->can_segment && how->may_lend;
	dev.cuts_ipv6 = how->cuts_ipv6;
	dev.frame_max = how->is_long ? 9022 : 1522;
	dev.tx_offloads = (how->device & 1 ? RTE_ETH_TX_OFFLOAD_IPV4_CKSUM : 0) |
			  (how->device & 2 ? RTE_ETH_TX_OFFLOAD_TCP_CKSUM : 0) |
			  (how->device & 4 ? RTE_ETH_TX_OFFLOAD_UDP_CKSUM : 0) |
			  (how->device & 8 ? RTE_ETH_TX_OFFLOAD_TCP_TSO : 0) |
			  (how->device & 16 ? RTE_ETH_TX_OFFLOAD_VLAN_INSERT : 0);
	if (how->is_clone) {
		original = m;
		m = rte_pktmbuf_clone(original, dev.cut_pool);
		must(m != NULL);
	}
	const void *flat = rte_pktmbuf_read(m, 0, bytes, before);
	if (flat != before)
		memcpy(before, flat, bytes);
	fence(m, false);
	int n = ethdev_request_do(&dev, m, &request, how->is_ours, frames);
	check_frames(frames, n, m->pkt_len > dev.frame_max ? UINT32_MAX : dev.frame_max + 4);
	rte_pktmbuf_free_bulk(frames, (unsigned int)RTE_MAX(n, 0));
	unfence(original != NULL ? original : m);
	// What somebody waits for, or else owns, stays as it was; so does what only lends.
	flat = rte_pktmbuf_read(original != NULL ? original : m, 0, bytes, after);
	must((how->is_ours && original == NULL && n <= 0) || memcmp(flat, before, bytes) == 0);
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(original);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct how how;
	struct nimbl_pool_info info;

	if (pool == NULL)
		start();
	if (size <= sizeof(how) || size > 65000)
		return 0;
	memcpy(&how, data, sizeof(how));
	size -= sizeof(how);
	// Shorter ones are refused before.
	if (how.is_send && size < RTE_ETHER_HDR_LEN)
		return 0;
	struct rte_mbuf *m = frame_of(&how, data + sizeof(how), (uint32_t)size);
	if (how.is_send)
		send_one(&how, m);
	else
		receive_one(&how, m);
	nimbl_pool_query(pool, &info);
	must(info.free == info.size);
	return 0;
}
