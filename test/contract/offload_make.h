// SPDX-License-Identifier: BSD-3-Clause
// For the tests of sends that ask for offloads: a port over rings of the test, lists in any
// segmentation, and what must be on the wire. The port may be told that its device does some of the
// work; then the test does that work on what it takes off the ring, and sees that the device was told
// right.
#pragma once

#include "pool_make.h"

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "frames.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "ring_port.h"

#define ROOM       2048u
#define GIVEN      NIMBL_SEND_FLAGS_HANDOVER
#define WIRE_MAX   4096u
#define PIECES_MAX 96u
#define SUMS                                                            \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM)

// How the bytes of a list lie.
enum lay {
	LAY_PLAIN,       // in its own room, at the end
	LAY_NO_HEADROOM, // in its own room, from its start on
	LAY_RECEIVED,    // in segments, as received
	LAY_FOREIGN,     // in memory of a driver, in pieces
	LAY_MIXED,       // the headers in its own room, the rest in memory of a driver
	LAY_CLONE,       // of a received list
	LAY_LENT,        // in its own room, of which there is a clone
	LAY_COUNT
};

// What is asked of a send.
struct ask {
	bool ip, l4;
	bool tag;
	uint16_t tci; // not 0
	uint32_t mss; // 0: no large send
	bool v1;
	bool no_length; // the IP header of a large send has none
};

struct sender {
	enum lay lay;
	struct ask ask;
	NET_BUFFER_LIST *nbl, *other; // the clone's parent, or the clone
	NET_BUFFER *nb;               // of the list when it is not its own
	MDL *mdls[PIECES_MAX];
	uint32_t mdl_count;
	struct frame frame; // as it is given to the port
	uint8_t memory[FRAME_MAX];
};

static struct {
	struct ring_port port;
	struct ethdev *dev;
	struct test_binding *user;
	NDIS_HANDLE pool, headers, buffers;
	struct rte_mbuf *wire[WIRE_MAX];
	uint32_t wire_count, seed;
} bench;

static inline uint32_t rnd(uint32_t below)
{
	bench.seed = bench.seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)bench.seed * below >> 32);
}

static inline struct nimbl_counters counters(void)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(bench.port.adapter, &info);
	return info.counters;
}

static inline void bench_open_with(
	bool lends, uint64_t tx_offloads, uint32_t out, uint32_t descriptors)
{
	struct ring_port_options port = {
		.out_ring = out, .descriptors = descriptors, .lists = "4096"};
	struct nimbl_pool_options options = {
		.name = "sender", .capacity = 512, .node = NIMBL_NODE_ANY};

	memset(&bench, 0, sizeof(bench));
	if (ring_port_open(&bench.port, "a", &port) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench.user = bench.port.user;
	bench.dev = nimbl_adapter_context(bench.port.adapter);
	bench.dev->passes_mbufs = !lends;
	bench.dev->may_lend = lends;
	if (lends) { // memory of drivers as well
		bench.dev->reach = NIMBL_REACH_PROCESS;
		bench.dev->segments_max = 64;
	}
	bench.dev->tx_offloads = tx_offloads;
	bench.dev->cuts_ipv6 = true;
	bench.pool = list_pool_with(TRUE, ROOM, 0, &options);
	bench.headers = list_pool(FALSE, 0, 0);
	bench.buffers = buffer_pool(0);
}

static inline void bench_open(bool lends, uint64_t tx_offloads)
{
	bench_open_with(lends, tx_offloads, WIRE_MAX, 2048);
}

// The MDLs of senders are out while they live.
static inline int find_not_whole_but_mdls(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	return strcmp(info.name, "mdl") == 0 ? 0 : find_not_whole(pool, arg);
}

static inline void wire_free(void)
{
	rte_pktmbuf_free_bulk(bench.wire, bench.wire_count);
	bench.wire_count = 0;
}

static inline void wire_take(void)
{
	struct rte_mbuf *m;

	while (bench.wire_count < WIRE_MAX && (m = ring_port_take(&bench.port)) != NULL)
		bench.wire[bench.wire_count++] = m;
}

static inline void assert_pools_whole_but_mdls(void)
{
	struct nimbl_pool_info info;

	if (nimbl_pool_foreach(find_not_whole_but_mdls, &info) != 0)
		fail_msg("pool '%s': %u of %u are home", info.name, info.free, info.size);
}

// Nothing is with the port, and every pool is whole.
static inline void assert_laws(void)
{
	struct nimbl_counters c = counters();

	assert_int_equal(ethdev_waiting(&bench.dev->txqs[0]), 0);
	assert_int_equal(c.lists_sent, c.lists_completed);
	assert_int_equal(c.frames_asked + c.born, c.tx_frames + nimbl_counters_dropped(&c));
	assert_pools_whole_but_mdls();
}

static inline void bench_close(void)
{
	assert_laws();
	bench.dev->passes_mbufs = true;
	assert_int_equal(ring_port_close(&bench.port), 0);
	close_whole(bench.pool);
	close_whole(bench.headers);
	close_whole(bench.buffers);
}

// Lists

static inline void place_own(struct sender *s, uint32_t bytes, bool at_start)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(s->nbl);
	uint32_t at = at_start ? 0 : ROOM - bytes;

	nb->DataOffset = nb->CurrentMdlOffset = at;
	nb->DataLength = bytes;
	memcpy((uint8_t *)nb->MdlChain->MappedSystemVa + at, s->frame.bytes, bytes);
}

// Sizes of pieces, of which some are single bytes. There are never more than PIECES_MAX.
static inline uint32_t piece_of(
	const struct sender *s, uint32_t left, uint32_t number, uint32_t most)
{
	uint32_t kind = rnd(8);

	if (number > 30 || left > 30000)
		return RTE_MIN(left, most);
	return RTE_MIN(left, kind < 3 ? 1 : kind < 6 ? 1 + rnd(70) : 1 + rnd(most));
}

static inline MDL *foreign_make(struct sender *s, uint32_t from)
{
	MDL *first = NULL, *last = NULL;
	uint32_t done = from;

	memcpy(s->memory, s->frame.bytes, s->frame.length);
	while (done < s->frame.length) {
		uint32_t n = piece_of(s, s->frame.length - done, s->mdl_count, 4000);
		MDL *mdl = NdisAllocateMdl(NULL, s->memory + done, n);

		assert_non_null(mdl);
		NDIS_MDL_LINKAGE(mdl) = NULL;
		if (last != NULL)
			NDIS_MDL_LINKAGE(last) = mdl;
		else
			first = mdl;
		s->mdls[s->mdl_count++] = last = mdl;
		done += n;
	}
	return first;
}

static inline void foreign_list(struct sender *s)
{
	s->nbl = NdisAllocateNetBufferList(bench.headers, 0, 0);
	s->nb = NdisAllocateNetBuffer(bench.buffers, foreign_make(s, 0), 0, s->frame.length);
	NET_BUFFER_LIST_FIRST_NB(s->nbl) = s->nb;
}

static inline void mixed_list(struct sender *s)
{
	uint32_t own = rnd(2) == 0 ? frame_headers(&s->frame)
				   : 1 + rnd(RTE_MIN(s->frame.length, ROOM) - 1);
	NET_BUFFER *nb;

	s->nbl = NdisAllocateNetBufferList(bench.pool, 0, 0);
	place_own(s, own, false);
	nb = NET_BUFFER_LIST_FIRST_NB(s->nbl);
	nb->DataLength = s->frame.length;
	NDIS_MDL_LINKAGE(nb->MdlChain) = foreign_make(s, own);
}

static inline void received_list(struct sender *s)
{
	struct rte_mbuf *head = NULL;
	uint32_t count = 0;

	for (uint32_t done = 0; done < s->frame.length; count++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(bench.pool));
		uint32_t n = piece_of(s, s->frame.length - done, count, 1900);

		assert_non_null(m);
		if (rnd(4) == 0)
			m->data_off = 0;
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), s->frame.bytes + done, n);
		done += n;
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	s->nbl = adopt(head);
}

static inline void clone_list(struct sender *s, bool send_parent)
{
	NET_BUFFER_LIST *parent, *clone;

	if (send_parent) {
		s->nbl = NdisAllocateNetBufferList(bench.pool, 0, 0);
		place_own(s, s->frame.length, false);
	} else {
		received_list(s);
	}
	parent = s->nbl;
	clone = NdisAllocateCloneNetBufferList(parent, NULL, NULL, 0);
	assert_non_null(clone);
	clone->ParentNetBufferList = parent;
	parent->ChildRefCount++;
	s->nbl = send_parent ? parent : clone;
	s->other = send_parent ? clone : parent;
}

static inline void ask_write(struct sender *s)
{
	const struct ask *ask = &s->ask;
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum = {.Value = NULL};
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {.Value = NULL};
	NDIS_NET_BUFFER_LIST_8021Q_INFO tag = {.Value = NULL};

	sum.Transmit.IsIPv4 = !s->frame.v6;
	sum.Transmit.IsIPv6 = s->frame.v6;
	sum.Transmit.IpHeaderChecksum = ask->ip;
	sum.Transmit.TcpChecksum = ask->l4 && !s->frame.udp;
	sum.Transmit.UdpChecksum = ask->l4 && s->frame.udp;
	large.LsoV2Transmit.MSS = ask->mss;
	large.LsoV2Transmit.Type =
		ask->v1 ? NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE : NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
	large.LsoV2Transmit.TcpHeaderOffset = s->frame.l2 + s->frame.l3;
	tag.TagHeader.UserPriority = ask->tci >> 13;
	tag.TagHeader.CanonicalFormatId = ask->tci >> 12 & 1;
	tag.TagHeader.VlanId = ask->tci & 0xfff;
	if (ask->ip || ask->l4)
		NET_BUFFER_LIST_INFO(s->nbl, TcpIpChecksumNetBufferListInfo) = sum.Value;
	if (ask->mss > 0)
		NET_BUFFER_LIST_INFO(s->nbl, TcpLargeSendNetBufferListInfo) = large.Value;
	if (ask->tag)
		NET_BUFFER_LIST_INFO(s->nbl, Ieee8021QNetBufferListInfo) = tag.Value;
}

// What a sender leaves to others, in the fields of its frame.
static inline void ask_preload(struct frame *frame, const struct ask *ask)
{
	if (ask->ip || ask->mss > 0)
		frame_preload_ip(frame);
	if (ask->l4 || ask->mss > 0)
		frame_preload_l4(frame, ask->mss > 0);
	if (ask->mss > 0 && ask->no_length)
		frame_put16(frame, frame_ip_length_at(frame), 0);
}

// A list over `frame`, which asks for what is asked. Where it does not fit one room it lies in several.
static inline void sender_make(
	struct sender *s, const struct frame *frame, const struct ask *ask, enum lay lay)
{
	bool fits = frame->length <= ROOM;

	memset(s, 0, offsetof(struct sender, frame));
	frame_copy(&s->frame, frame);
	s->ask = *ask;
	s->lay = lay == LAY_RECEIVED || lay == LAY_FOREIGN || lay == LAY_CLONE ||
				 lay == LAY_MIXED || fits
			 ? lay
			 : LAY_RECEIVED;
	if (s->lay == LAY_FOREIGN) {
		foreign_list(s);
	} else if (s->lay == LAY_MIXED) {
		mixed_list(s);
	} else if (s->lay == LAY_RECEIVED) {
		received_list(s);
	} else if (s->lay == LAY_CLONE || s->lay == LAY_LENT) {
		clone_list(s, s->lay == LAY_LENT);
	} else {
		s->nbl = NdisAllocateNetBufferList(bench.pool, 0, 0);
		place_own(s, s->frame.length, s->lay == LAY_NO_HEADROOM);
	}
	s->nbl->SourceHandle = bench.user->binding;
	assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(s->nbl));
	ask_write(s);
}

static inline void sender_free(struct sender *s)
{
	if (s->lay == LAY_CLONE || s->lay == LAY_LENT) {
		(s->lay == LAY_CLONE ? s->other : s->nbl)->ChildRefCount--;
		NdisFreeCloneNetBufferList(s->lay == LAY_CLONE ? s->nbl : s->other, 0);
	}
	if (s->lay == LAY_MIXED)
		NDIS_MDL_LINKAGE(NET_BUFFER_LIST_FIRST_NB(s->nbl)->MdlChain) = NULL;
	if (s->lay == LAY_FOREIGN) {
		NET_BUFFER_LIST_FIRST_NB(s->nbl) = NULL;
		NdisFreeNetBuffer(s->nb);
	}
	for (uint32_t i = 0; i < s->mdl_count; i++)
		NdisFreeMdl(s->mdls[i]);
	NET_BUFFER_LIST *last = s->lay == LAY_CLONE ? s->other : s->nbl;
	NET_BUFFER_LIST_NEXT_NBL(last) = NULL;
	nimbl_nbl_put(&last, 1);
}

// Who has a list back may write over it: what is on the wire must not change.
static inline void sender_scribble(struct sender *s)
{
	const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(s->nbl);
	uint32_t left = nb->DataLength, at = nb->CurrentMdlOffset;

	for (MDL *mdl = nb->CurrentMdl; mdl != NULL && left > 0; mdl = mdl->Next, at = 0) {
		uint32_t n = RTE_MIN(left, mdl->ByteCount - at);

		memset((uint8_t *)mdl->MappedSystemVa + at, 0xa5, n);
		left -= n;
	}
}

static inline void assert_unchanged(const struct sender *s)
{
	static uint8_t got[FRAME_MAX];
	const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(s->nbl);

	assert_nb_sound(nb);
	assert_int_equal(nb_gather(nb, got, sizeof(got)), s->frame.length);
	for (uint32_t i = 0; i < s->frame.length; i++) {
		if (got[i] != s->frame.bytes[i])
			fail_msg("byte %u of the list became %02x from %02x", i, got[i],
				s->frame.bytes[i]);
	}
}

static inline void assert_result(const struct sender *s)
{
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {
		.Value = NET_BUFFER_LIST_INFO(s->nbl, TcpLargeSendNetBufferListInfo)};

	if (s->ask.mss == 0) {
		assert_null(large.Value);
	} else if (s->ask.v1) {
		assert_int_equal(large.LsoV1TransmitComplete.TcpPayload, s->frame.payload);
		assert_int_equal(large.LsoV1TransmitComplete.Type, 0);
	} else {
		assert_int_equal(large.LsoV2TransmitComplete.Reserved, 0);
		assert_int_equal(large.LsoV2TransmitComplete.Type, 1);
	}
}

// The wire

static inline uint32_t expected_count(const struct sender *s)
{
	return s->ask.mss > 0 ? frame_cut_count(&s->frame, s->ask.mss) : 1;
}

static inline void expected_frame(const struct sender *s, uint32_t number, struct frame *out)
{
	if (s->ask.mss > 0) {
		frame_cut(&s->frame, s->ask.mss, number, out);
	} else {
		frame_copy(out, &s->frame);
		if (s->ask.ip)
			frame_set_ip_sum(out);
		if (s->ask.l4)
			frame_set_l4_sum(out);
	}
	if (s->ask.tag)
		frame_tag(out, s->ask.tci);
}

static inline void assert_same(const struct frame *got, const struct frame *want)
{
	assert_int_equal(got->length, want->length);
	for (uint32_t i = 0; i < got->length; i++) {
		if (got->bytes[i] != want->bytes[i])
			fail_msg("byte %u of %u is %02x, not %02x", i, got->length, got->bytes[i],
				want->bytes[i]);
	}
}

// A frame that a device gets, with what the mbuf says of it.
static inline void device_get(const struct rte_mbuf *m, struct frame *frame)
{
	uint32_t at = 0;

	rte_mbuf_sanity_check(m, 1);
	assert_true(m->pkt_len <= sizeof(frame->bytes));
	for (const struct rte_mbuf *part = m; part != NULL; part = part->next) {
		memcpy(frame->bytes + at, rte_pktmbuf_mtod(part, void *), part->data_len);
		at += part->data_len;
	}
	frame->length = m->pkt_len;
	frame->l2 = m->l2_len;
	frame->l3 = m->l3_len;
	frame->l4 = m->l4_len;
	frame->v6 = (m->ol_flags & RTE_MBUF_F_TX_IPV6) != 0;
	frame->udp = (m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_UDP_CKSUM;
	if ((m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK & ~RTE_MBUF_F_TX_VLAN) == 0)
		return;
	assert_int_equal((m->ol_flags & RTE_MBUF_F_TX_IPV4) != 0, !frame->v6);
	assert_true(m->data_len >= frame_headers(frame));
	assert_true((m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) == 0 || RTE_MBUF_DIRECT(m));
	frame->payload = frame_get16(frame, frame_ip_length_at(frame)) + (frame->v6 ? 40 : 0) -
			 frame->l3 - frame->l4;
}

static inline void assert_preloaded(const struct frame *frame, bool large)
{
	static struct frame want;

	frame_copy(&want, frame);
	frame_preload_l4(&want, large);
	assert_int_equal(frame_get16(frame, frame_l4_sum_at(frame)),
		frame_get16(&want, frame_l4_sum_at(frame)));
}

// What a device makes of an mbuf: the `number`th of as many frames as are returned.
static inline uint32_t device_do(const struct rte_mbuf *m, uint32_t number, struct frame *out)
{
	static struct frame in;
	uint32_t count = 1;

	device_get(m, &in);
	if ((m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0) {
		in.payload = in.length - frame_headers(&in);
		assert_int_equal(m->ol_flags & RTE_MBUF_F_TX_L4_MASK, 0);
		assert_int_equal((m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) != 0, !in.v6);
		assert_preloaded(&in, true);
		count = frame_cut_count(&in, m->tso_segsz);
		frame_cut(&in, m->tso_segsz, number, out);
	} else {
		frame_copy(out, &in);
		if ((m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) != 0) {
			assert_int_equal(frame_get16(out, frame_ip_sum_at(out)), 0);
			frame_set_ip_sum(out);
		}
		if ((m->ol_flags & RTE_MBUF_F_TX_L4_MASK) != 0) {
			assert_preloaded(out, false);
			frame_set_l4_sum(out);
		}
	}
	if ((m->ol_flags & RTE_MBUF_F_TX_VLAN) != 0)
		frame_tag(out, m->vlan_tci);
	return count;
}

// For whoever looks for what went wrong.
static inline void wire_print(const struct sender *senders, uint32_t count)
{
	struct nimbl_counters c = counters();

	for (uint32_t i = 0; i < count; i++) {
		const struct sender *s = &senders[i];

		print_error(
			"list %u: lay %d, %u bytes (%u + %u + %u + %u), IPv%d %s, asks%s%s, tag "
			"%x, mss %u: %u frames\n",
			i, s->lay, s->frame.length, s->frame.l2, s->frame.l3, s->frame.l4,
			s->frame.payload, s->frame.v6 ? 6 : 4, s->frame.udp ? "UDP" : "TCP",
			s->ask.ip ? " ip" : "", s->ask.l4 ? " l4" : "", s->ask.tag ? s->ask.tci : 0,
			s->ask.mss, expected_count(s));
	}
	for (uint32_t i = 0; i < bench.wire_count; i++)
		print_error("wire %u: %u bytes in %u, flags %lx\n", i, bench.wire[i]->pkt_len,
			bench.wire[i]->nb_segs, bench.wire[i]->ol_flags);
	for (int i = 0; i < NIMBL_DROP_COUNT; i++) {
		if (c.drops[i] > 0)
			print_error(
				"drop %s: %lu\n", nimbl_drop_key((enum nimbl_drop)i), c.drops[i]);
	}
}

// The wire carries what the senders ask for, in order, and nothing else. Returns how many frames.
static inline uint32_t assert_wire(const struct sender *senders, uint32_t count)
{
	static struct frame got, want;
	uint32_t mbuf = 0, part = 0, frames = 0;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t number = 0; number < expected_count(&senders[i]);
			number++, frames++) {
			assert_true(mbuf < bench.wire_count);
			expected_frame(&senders[i], number, &want);
			uint32_t parts = device_do(bench.wire[mbuf], part, &got);
			if (got.length != want.length ||
				memcmp(got.bytes, want.bytes, want.length) != 0)
				wire_print(senders, count);
			assert_same(&got, &want);
			if (++part == parts) {
				mbuf++;
				part = 0;
			}
		}
	}
	assert_int_equal(mbuf, bench.wire_count);
	return frames;
}

static inline void run_once(void)
{
	nimbl_lcore_run(0, 1);
	wire_take();
}

// Completed lists are as they were, and whoever has them may do with them as he likes.
static inline uint32_t completions_check(struct sender *senders, uint32_t count, NDIS_STATUS status)
{
	for (uint32_t i = 0; i < bench.user->completed; i++) {
		struct sender *s = senders;

		while (s < senders + count && s->nbl != bench.user->completions[i].nbl)
			s++;
		assert_true(s < senders + count);
		if (bench.user->completions[i].status != status)
			wire_print(senders, count);
		assert_int_equal(bench.user->completions[i].status, status);
		if (status == NDIS_STATUS_SUCCESS)
			assert_result(s);
		assert_unchanged(s);
		sender_scribble(s);
	}
	uint32_t n = bench.user->completed;
	bench.user->completed = 0;
	return n;
}

// Send, check all that must hold, and take everything back. Returns the number of frames.
static inline uint32_t send_and_check(struct sender *senders, uint32_t count, ULONG flags)
{
	NET_BUFFER_LIST *lists[16];

	for (uint32_t i = 0; i < count; i++)
		lists[i] = senders[i].nbl;
	test_send(bench.user, lists, count, flags);
	wire_take();
	run_once();
	uint32_t done = completions_check(senders, count, NDIS_STATUS_SUCCESS);
	uint32_t frames = assert_wire(senders, count);
	wire_free();
	run_once();
	run_once();
	done += completions_check(senders, count, NDIS_STATUS_SUCCESS);
	assert_int_equal(done, flags == GIVEN ? 0 : count);
	for (uint32_t i = 0; i < count && flags != GIVEN; i++)
		sender_free(&senders[i]);
	return frames;
}

// Send one that is dropped for `reason`.
static inline void send_and_drop(
	struct sender *s, ULONG flags, enum nimbl_drop reason, NDIS_STATUS status)
{
	uint64_t before = counters().drops[reason];

	test_send(bench.user, &s->nbl, 1, flags);
	run_once();
	run_once();
	assert_int_equal(bench.wire_count, 0);
	assert_int_equal(counters().drops[reason], before + 1);
	assert_int_equal(completions_check(s, 1, status), flags == GIVEN ? 0 : 1);
	if (flags != GIVEN)
		sender_free(s);
}

static inline int offload_start(void **state)
{
	if (eal_harness_start(state) != 0 ||
		nimbl_lcores_init(NIMBL_BURST_MAX, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}
