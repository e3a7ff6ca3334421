// SPDX-License-Identifier: BSD-3-Clause
// Sends that ask for offloads, rule by rule. Ports that copy what they send and ports that lend it,
// lists given for good and lists to be completed, lists that lie in any way.
#include "../../drivers/miniport/ethdev/tx_burst.h"
#include "offload_make.h"

#include <netinet/in.h>

#define ALL_IN_DEVICE (SUMS | RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_VLAN_INSERT)

static struct sender sender;
static struct frame frame;

// Everything about one frame: each way in which it can lie, on the port that is open.
static void send_all_ways(const struct frame_spec *spec, const struct ask *ask)
{
	frame_make(&frame, spec);
	ask_preload(&frame, ask);
	for (int lay = 0; lay < LAY_COUNT; lay++) {
		sender_make(&sender, &frame, ask, (enum lay)lay);
		send_and_check(&sender, 1, 0);
		if (lay >= LAY_FOREIGN)
			continue;
		sender_make(&sender, &frame, ask, (enum lay)lay);
		send_and_check(&sender, 1, GIVEN);
	}
}

static void each_port(void (*send)(void))
{
	static const uint64_t offloads[] = {0, SUMS, ALL_IN_DEVICE};

	for (size_t i = 0; i < RTE_DIM(offloads); i++) {
		for (int lends = 0; lends < 2; lends++) {
			bench_open(lends, offloads[i]);
			send();
			bench_close();
		}
	}
}

// Checksums

static void send_checksums(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		struct frame_spec spec = {.v6 = i & 1, .udp = i >> 1 & 1, .tagged = i >> 2 & 1};
		struct ask both = {.ip = !spec.v6, .l4 = true}, one = {.l4 = true};

		for (uint32_t options = 0; options <= 40; options += 20) {
			spec.ip_options = spec.v6 ? 0 : options;
			spec.tcp_options = spec.udp ? 0 : 40 - options;
			spec.extensions = spec.v6 ? options / 20 : 0;
			spec.payload = i + options;
			spec.padding = i & 8 ? 5 : 0;
			send_all_ways(&spec, &both);
			send_all_ways(&spec, &one);
		}
	}
	send_all_ways(&(struct frame_spec){.payload = 9}, &(struct ask){.ip = true});
}

static void each_checksum_that_is_asked_is_right(void **state)
{
	each_port(send_checksums);
}

static void what_is_not_asked_is_not_touched(void **state)
{
	bench_open(true, 0);
	frame_make(&frame, &(struct frame_spec){.payload = 50});
	frame_put16(&frame, frame_ip_sum_at(&frame), 0x1234);
	frame_put16(&frame, frame_l4_sum_at(&frame), 0x5678);
	sender_make(&sender, &frame, &(struct ask){.tag = true, .tci = 1}, LAY_PLAIN);
	send_and_check(&sender, 1, 0);
	sender_make(&sender, &frame, &(struct ask){.ip = true}, LAY_PLAIN);
	send_and_check(&sender, 1, 0);
	bench_close();
}

static void a_udp_checksum_of_zero_becomes_all_ones(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		bench_open(false, 0);
		frame_make(&frame, &(struct frame_spec){.v6 = v6, .udp = true, .payload = 20});
		frame_put16(&frame, frame_headers(&frame), 0);
		frame_set_l4_sum(&frame);
		// What was the checksum, among the data, makes the new one zero.
		frame_put16(&frame, frame_headers(&frame),
			frame_get16(&frame, frame_l4_sum_at(&frame)));
		frame_preload_l4(&frame, false);
		sender_make(&sender, &frame, &(struct ask){.l4 = true}, LAY_PLAIN);
		test_send(bench.user, &sender.nbl, 1, 0);
		run_once();
		assert_int_equal(bench.wire_count, 1);
		assert_int_equal(*rte_pktmbuf_mtod_offset(
					 bench.wire[0], uint16_t *, frame_l4_sum_at(&frame)),
			0xffff);
		assert_wire(&sender, 1);
		wire_free();
		run_once();
		completions_check(&sender, 1, NDIS_STATUS_SUCCESS);
		sender_free(&sender);
		bench_close();
	}
}

// Tags

static void send_tags(void)
{
	static const uint16_t tcis[] = {1, 0xfff, 0x1000, 0x2000, 0x8000, 0xffff};

	for (size_t i = 0; i < RTE_DIM(tcis); i++) {
		struct ask ask = {.tag = true, .tci = tcis[i]};

		send_all_ways(&(struct frame_spec){.payload = 30}, &ask);
		send_all_ways(&(struct frame_spec){.tagged = true, .payload = 30}, &ask);
		ask.l4 = ask.ip = true;
		send_all_ways(&(struct frame_spec){.payload = 30}, &ask);
	}
}

static void the_tag_that_is_asked_is_in_the_frame(void **state)
{
	each_port(send_tags);
}

static void a_frame_of_the_shortest_kind_gets_its_tag(void **state)
{
	bench_open(false, 0);
	frame_make(&frame, &(struct frame_spec){.udp = true});
	frame.length = 14; // nothing but addresses and a type
	for (int lay = 0; lay < LAY_COUNT; lay++) {
		sender_make(&sender, &frame, &(struct ask){.tag = true, .tci = 7},
			lay == LAY_MIXED ? LAY_PLAIN : (enum lay)lay);
		send_and_check(&sender, 1, 0);
	}
	bench_close();
}

// Large sends

static void send_large(void)
{
	static const uint32_t mss[] = {1, 2, 7, 100, 536, 1448, 1460};
	static const uint32_t payloads[] = {1, 2, 500, 1460, 1461, 2920, 4000, 65400};

	bench.dev->frame_max = 1600;
	for (size_t i = 0; i < RTE_DIM(mss); i++) {
		for (size_t j = 0; j < RTE_DIM(payloads); j++) {
			struct frame_spec spec = {.v6 = j & 1,
				.tcp_options = i & 1 ? 12 : 0,
				.tagged = j & 2,
				.payload = payloads[j],
				.tcp_flags = 0xff,
				.sequence = 0xfffffff0,
				.id = i & 1 ? 0x7ffe : 0xfffe};
			struct ask ask = {.mss = mss[i], .v1 = i & 1, .no_length = j & 1};

			if (payloads[j] / mss[i] > 500)
				continue;
			ask.tag = j & 1;
			ask.tci = 0x6001;
			send_all_ways(&spec, &ask);
		}
	}
}

static void a_large_send_becomes_frames_as_if_each_had_been_sent(void **state)
{
	each_port(send_large);
}

static void frames_may_be_as_long_as_the_port_takes(void **state)
{
	for (int lends = 0; lends < 2; lends++) {
		bench_open(lends, 0);
		bench.dev->frame_max = 9022;
		send_all_ways(&(struct frame_spec){.payload = 60000}, &(struct ask){.mss = 8948});
		send_all_ways(&(struct frame_spec){.v6 = true, .payload = 60000},
			&(struct ask){.mss = 8928});
		bench_close();
	}
}

static void a_list_completes_after_the_last_frame_made_of_it(void **state)
{
	bench_open(true, 0);
	frame_make(&frame, &(struct frame_spec){.payload = 1500});
	ask_preload(&frame, &(struct ask){.mss = 300});
	sender_make(&sender, &frame, &(struct ask){.mss = 300}, LAY_PLAIN);
	test_send(bench.user, &sender.nbl, 1, 0);
	run_once();
	assert_int_equal(bench.wire_count, 5);
	for (uint32_t i = 5; i > 0; i--) { // the last one leaves first
		run_once();
		assert_int_equal(bench.user->completed, 0);
		rte_pktmbuf_free(bench.wire[i - 1]);
	}
	bench.wire_count = 0;
	run_once();
	assert_int_equal(bench.user->completed, 1);
	completions_check(&sender, 1, NDIS_STATUS_SUCCESS);
	sender_free(&sender);
	bench_close();
}

// NDIS wants one buffer in such a list; several are sent likewise.
static void each_buffer_of_a_list_is_cut(bool v1)
{
	NET_BUFFER *second;

	bench_open(true, 0);
	NDIS_HANDLE rooms = buffer_pool(ROOM);
	frame_make(&frame, &(struct frame_spec){.payload = 1000});
	ask_preload(&frame, &(struct ask){.mss = 300});
	sender_make(&sender, &frame, &(struct ask){.mss = 300, .v1 = v1}, LAY_PLAIN);
	second = NdisAllocateNetBufferMdlAndData(rooms);
	second->DataOffset = second->CurrentMdlOffset = ROOM - frame.length;
	second->DataLength = frame.length;
	memcpy((uint8_t *)second->MdlChain->MappedSystemVa + ROOM - frame.length, frame.bytes,
		frame.length);
	NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(sender.nbl)) = second;
	test_send(bench.user, &sender.nbl, 1, 0);
	run_once();
	assert_int_equal(bench.wire_count, 8);
	wire_free();
	run_once();
	assert_int_equal(bench.user->completed, 1);
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {
		.Value = NET_BUFFER_LIST_INFO(sender.nbl, TcpLargeSendNetBufferListInfo)};
	assert_int_equal(large.LsoV1TransmitComplete.TcpPayload, v1 ? 2000 : 0);
	NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(sender.nbl)) = NULL;
	NdisFreeNetBuffer(second);
	sender_free(&sender);
	bench_close();
	close_whole(rooms);
}

static void all_buffers_of_a_large_send_are_cut(void **state)
{
	each_buffer_of_a_list_is_cut(true);
	each_buffer_of_a_list_is_cut(false);
}

// What cannot be done

struct wrong {
	const char *what;
	struct frame_spec spec;
	struct ask ask;
	uint32_t at; // where the frame is spoilt
	uint8_t value;
	uint32_t cut; // bytes taken off its end
};

static const struct wrong wrongs[] = {
	{"TCP asked of ARP", {0}, {.l4 = true}, 12, 0x09, 0},
	{"IP asked of ARP", {0}, {.ip = true}, 12, 0x09, 0},
	{"TCP asked of ICMP", {0}, {.l4 = true}, 23, 1, 0},
	{"TCP asked of UDP", {0}, {.l4 = true}, 23, 17, 0},
	{"UDP asked of TCP", {.udp = true, .payload = 40}, {.l4 = true}, 23, 6, 0},
	{"large send of UDP", {.payload = 900}, {.mss = 100}, 23, 17, 0},
	{"TCP of a fragment", {0}, {.l4 = true}, 20, 0x20, 0},
	{"large send of a fragment", {.payload = 900}, {.mss = 100}, 20, 0x20, 0},
	{"an IPv4 header of 16 bytes", {0}, {.l4 = true}, 14, 0x44, 0},
	{"and the checksum of it", {0}, {.ip = true}, 14, 0x44, 0},
	{"a large send with that", {.payload = 900}, {.mss = 100}, 14, 0x44, 0},
	{"an IPv4 header beyond the frame", {0}, {.ip = true}, 14, 0x4f, 0},
	{"a length beyond the frame", {.payload = 10}, {.l4 = true}, 16, 0x10, 0},
	{"a TCP header of 16 bytes", {.payload = 90}, {.l4 = true}, 46, 0x40, 0},
	{"a TCP header of none", {.v6 = true}, {.l4 = true}, 66, 0, 0},
	{"a TCP header beyond the packet", {.payload = 10}, {.l4 = true}, 46, 0xf0, 0},
	{"a cut off TCP header", {0}, {.l4 = true}, 0, 2, 1},
	{"a cut off UDP header", {.udp = true, .v6 = true}, {.l4 = true}, 0, 2, 1},
	{"a cut off IPv6 header", {.v6 = true}, {.l4 = true}, 0, 2, 30},
	{"a large send without a header", {0}, {.mss = 10}, 0, 2, 20},
	{"extension headers without an end", {.v6 = true, .extensions = 3}, {.l4 = true}, 55, 200,
		0},
	{"more frames than are made", {.payload = 600}, {.mss = 1}, 0, 2, 0},
	{"a large send with bytes behind it", {.payload = 600, .padding = 4}, {.mss = 100}, 0, 2,
		0},
};

static void send_wrong(const struct wrong *wrong, enum lay lay, ULONG flags)
{
	frame_make(&frame, &wrong->spec);
	frame.bytes[wrong->at] = wrong->value;
	frame.length -= wrong->cut;
	sender_make(&sender, &frame, &wrong->ask, lay);
	send_and_drop(&sender, flags, NIMBL_DROP_TX_OFFLOAD, NDIS_STATUS_INVALID_PARAMETER);
}

static void send_all_wrong(void)
{
	for (size_t i = 0; i < RTE_DIM(wrongs); i++) {
		for (int lay = 0; lay < LAY_COUNT; lay++) {
			if (lay != LAY_MIXED)
				send_wrong(&wrongs[i], (enum lay)lay, 0);
			if (lay < LAY_FOREIGN)
				send_wrong(&wrongs[i], (enum lay)lay, GIVEN);
		}
	}
}

static void what_contradicts_the_frame_is_dropped(void **state)
{
	for (int lends = 0; lends < 2; lends++) {
		bench_open(lends, 0);
		send_all_wrong();
		bench_close();
	}
}

static void a_large_send_without_a_size_is_dropped(void **state)
{
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {.Value = NULL};

	large.LsoV2Transmit.Type = NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
	bench_open(false, 0);
	for (uint32_t payload = 100; payload < 5000; payload += 4000) {
		frame_make(&frame, &(struct frame_spec){.payload = payload});
		for (int given = 0; given < 2; given++) {
			sender_make(&sender, &frame, &(struct ask){0}, LAY_RECEIVED);
			NET_BUFFER_LIST_INFO(sender.nbl, TcpLargeSendNetBufferListInfo) =
				large.Value;
			send_and_drop(&sender, given ? GIVEN : 0, NIMBL_DROP_TX_OFFLOAD,
				NDIS_STATUS_INVALID_PARAMETER);
		}
	}
	bench_close();
}

static void drop_too_long(uint32_t payload, struct ask ask)
{
	frame_make(&frame, &(struct frame_spec){.payload = payload});
	for (int given = 0; given < 2; given++) {
		sender_make(&sender, &frame, &ask, LAY_RECEIVED);
		send_and_drop(&sender, given ? GIVEN : 0, NIMBL_DROP_TX_TOO_LONG,
			NDIS_STATUS_INVALID_LENGTH);
	}
}

static void no_frame_is_longer_than_the_port_takes(void **state)
{
	static const uint64_t offloads[] = {0, ALL_IN_DEVICE};

	for (size_t i = 0; i < RTE_DIM(offloads); i++) {
		bench_open(false, offloads[i]);
		uint32_t most = bench.dev->frame_max - 54;

		drop_too_long(5000, (struct ask){.mss = most + 1});
		drop_too_long(5000, (struct ask){.mss = 5000});
		drop_too_long(5000, (struct ask){.mss = 0xfffff});
		drop_too_long(most + 1, (struct ask){.mss = most + 1});
		drop_too_long(5000, (struct ask){.mss = most - 3, .tag = true, .tci = 1});
		drop_too_long(most - 3, (struct ask){.mss = most, .tag = true, .tci = 1});
		drop_too_long(most - 3, (struct ask){.tag = true, .tci = 1});
		send_all_ways(&(struct frame_spec){.payload = most - 4},
			&(struct ask){.tag = true, .tci = 1, .mss = 0xfffff});
		send_all_ways(&(struct frame_spec){.payload = 5000},
			&(struct ask){.tag = true, .tci = 1, .mss = most - 4});
		bench_close();
	}
}

// The port's pool has `left` buffers and no more. Returns how many were taken away.
static uint32_t pool_drain(struct rte_mbuf **taken, uint32_t left)
{
	uint32_t n = 0;

	while ((taken[n] = rte_pktmbuf_alloc(bench.dev->cut_pool)) != NULL)
		n++;
	assert_true(n > left);
	rte_pktmbuf_free_bulk(taken + n - left, left);
	return n - left;
}

// Returns whether the frame was sent with `left` buffers.
static bool send_with(uint32_t left, enum lay lay, const struct ask *ask, ULONG flags)
{
	static struct rte_mbuf *taken[8192];
	uint64_t before = counters().drops[NIMBL_DROP_TX_NO_BUFFER];
	uint32_t count = pool_drain(taken, left);

	sender_make(&sender, &frame, ask, lay);
	test_send(bench.user, &sender.nbl, 1, flags);
	run_once();
	bool sent = bench.wire_count > 0;
	assert_int_equal(counters().drops[NIMBL_DROP_TX_NO_BUFFER], before + !sent);
	if (sent)
		assert_wire(&sender, 1);
	wire_free();
	run_once();
	completions_check(&sender, 1, sent ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES);
	if (flags != GIVEN)
		sender_free(&sender);
	rte_pktmbuf_free_bulk(taken, count);
	assert_laws();
	return sent;
}

static void each_dry_pool(bool lends, const struct frame_spec *spec, const struct ask *ask)
{
	bench_open(lends, 0);
	frame_make(&frame, spec);
	ask_preload(&frame, ask);
	for (int lay = 0; lay < LAY_COUNT; lay++) {
		for (int given = 0; given < (lay < LAY_FOREIGN ? 2 : 1); given++) {
			uint32_t left = 0;

			while (!send_with(left, (enum lay)lay, ask, given ? GIVEN : 0))
				assert_true(++left < 200);
		}
	}
	bench_close();
}

static void a_pool_that_runs_dry_anywhere_drops_all_and_leaks_nothing(void **state)
{
	for (int lends = 0; lends < 2; lends++) {
		each_dry_pool(
			lends, &(struct frame_spec){.payload = 1900}, &(struct ask){.mss = 400});
		each_dry_pool(lends, &(struct frame_spec){.v6 = true, .payload = 1900},
			&(struct ask){.mss = 400, .tag = true, .tci = 4});
		each_dry_pool(lends, &(struct frame_spec){.payload = 1200},
			&(struct ask){.l4 = true, .ip = true, .tag = true, .tci = 9});
	}
}

// The first buffer of a clone that is given for good is over the memory of another. The headers of the
// frames are not, and nothing goes home twice, however few buffers there are.
static void frames_cut_of_borrowed_memory_come_home_once(void **state)
{
	static struct rte_mbuf *taken[8192], *frames[ETHDEV_CUT_MAX];
	struct ethdev_request request = {.large = true, .mss = 300, .has_tag = true, .tci = 1};

	bench_open(true, 0);
	for (int v6 = 0; v6 < 2; v6++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(bench.dev->cut_pool);

		frame_make(&frame, &(struct frame_spec){.v6 = v6, .payload = 1000});
		memcpy(rte_pktmbuf_append(m, (uint16_t)frame.length), frame.bytes, frame.length);
		struct rte_mbuf *clone = rte_pktmbuf_clone(m, bench.dev->cut_pool);
		for (uint32_t left = 0, n = 0; n != 4; left++) {
			uint32_t drained = pool_drain(taken, left);
			int ret = ethdev_request_do(bench.dev, clone, &request, true, frames);

			assert_true(ret == 4 || ret == -ENOMEM);
			n = ret > 0 ? 4 : 0;
			rte_pktmbuf_free_bulk(taken, drained);
			assert_int_equal(rte_mempool_avail_count(bench.dev->cut_pool),
				bench.dev->cut_pool->size - 2 - 2 * n);
		}
		for (int i = 0; i < 4; i++)
			assert_true(RTE_MBUF_DIRECT(frames[i]));
		rte_pktmbuf_free_bulk(frames, 4);
		rte_pktmbuf_free(clone);
		rte_pktmbuf_free(m);
		assert_pools_whole_but_mdls();
	}
	bench_close();
}

// Buffers that were copies of a list once know nothing of it any more.
static void frames_that_find_no_room_blame_no_other_list(void **state)
{
	static struct rte_mbuf *all[8192];
	uint32_t n = 0;

	bench_open_with(false, 0, 64, 64);
	NET_BUFFER_LIST *bystander = NdisAllocateNetBufferList(bench.pool, 0, 0);
	while ((all[n] = rte_pktmbuf_alloc(bench.dev->cut_pool)) != NULL) {
		copy_set_owner(all[n], bystander);
		n++;
	}
	rte_pktmbuf_free_bulk(all, n);
	NET_BUFFER_LIST_STATUS(bystander) = NDIS_STATUS_SUCCESS;
	frame_make(&frame, &(struct frame_spec){.payload = 500});
	ask_preload(&frame, &(struct ask){.mss = 2});
	sender_make(&sender, &frame, &(struct ask){.mss = 2}, LAY_PLAIN);
	test_send(bench.user, &sender.nbl, 1, GIVEN);
	assert_int_equal(counters().drops[NIMBL_DROP_TX_RING_FULL], 250 - 63 - 64);
	assert_int_equal(NET_BUFFER_LIST_STATUS(bystander), NDIS_STATUS_SUCCESS);
	for (int i = 0; i < 5; i++) {
		run_once();
		wire_free();
	}
	NdisFreeNetBufferList(bystander);
	bench_close();
}

static void large_send_waits_and_goes(bool is_cancelled, enum nimbl_drop reason, NDIS_STATUS status)
{
	static int id;

	bench_open_with(true, 0, 64, 64);
	frame_make(&frame, &(struct frame_spec){.payload = 1000});
	ask_preload(&frame, &(struct ask){.mss = 10});
	sender_make(&sender, &frame, &(struct ask){.mss = 10}, LAY_PLAIN);
	NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(sender.nbl, &id);
	test_send(bench.user, &sender.nbl, 1, 0);
	assert_int_equal(counters().tx_frames, 63);
	if (is_cancelled)
		NdisCancelSendNetBufferLists(bench.user->binding, &id);
	else
		ethdev_transmit_flush(&bench.dev->txqs[0], reason);
	run_once();
	assert_int_equal(counters().drops[reason], 37);
	assert_int_equal(bench.user->completed, 0);
	wire_take();
	wire_free();
	run_once();
	assert_int_equal(counters().tx_frames, 63);
	assert_int_equal(bench.user->completed, 1);
	assert_int_equal(bench.user->completions[0].status, status);
	sender_free(&sender);
	bench_close();
}

// Frames that wait for room and are dropped in a pause, or cancelled, are not forgotten.
static void a_large_send_whose_rest_is_dropped_is_no_success(void **state)
{
	large_send_waits_and_goes(false, NIMBL_DROP_TX_PAUSED, NDIS_STATUS_RESOURCES);
	large_send_waits_and_goes(true, NIMBL_DROP_TX_CANCELLED, NDIS_STATUS_SEND_ABORTED);
}

// Some find no room: the list is complete when the others have left, and not as a success.
static void a_large_send_that_leaves_in_part_is_no_success(void **state)
{
	bench_open_with(true, 0, 64, 64);
	frame_make(&frame, &(struct frame_spec){.payload = 1000});
	ask_preload(&frame, &(struct ask){.mss = 5});
	sender_make(&sender, &frame, &(struct ask){.mss = 5}, LAY_PLAIN);
	test_send(bench.user, &sender.nbl, 1, 0);
	assert_int_equal(counters().drops[NIMBL_DROP_TX_RING_FULL], 200 - 63 - 64);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(bench.user->completed, 0);
		run_once();
		if (i < 2)
			wire_free();
		else if (bench.wire_count > 0)
			wire_free();
		if (counters().tx_frames == 127)
			break;
	}
	wire_take();
	wire_free();
	run_once();
	assert_int_equal(bench.user->completed, 1);
	assert_int_equal(bench.user->completions[0].status, NDIS_STATUS_RESOURCES);
	sender_free(&sender);
	bench_close();
}

// A PMD that takes one segment only

static void a_port_of_single_segments_gets_no_other(void **state)
{
	for (int lends = 0; lends < 2; lends++) {
		bench_open(lends, 0);
		bench.dev->can_segment = bench.dev->may_lend = false;
		for (uint32_t i = 0; i < 4; i++) {
			struct frame_spec spec = {.v6 = i & 1, .payload = i & 2 ? 9000 : 1400};
			struct ask ask = {
				.mss = i & 2 ? 1400 : 0, .l4 = true, .tag = true, .tci = 3};

			frame_make(&frame, &spec);
			ask_preload(&frame, &ask);
			for (int lay = 0; lay < LAY_COUNT; lay++) {
				sender_make(&sender, &frame, &ask, (enum lay)lay);
				test_send(bench.user, &sender.nbl, 1, 0);
				run_once();
				for (uint32_t m = 0; m < bench.wire_count; m++)
					assert_int_equal(bench.wire[m]->nb_segs, 1);
				assert_wire(&sender, 1);
				wire_free();
				run_once();
				completions_check(&sender, 1, NDIS_STATUS_SUCCESS);
				sender_free(&sender);
			}
		}
		bench_close();
	}
}

// The device way

static struct rte_mbuf *send_to_device(const struct frame_spec *spec, const struct ask *ask)
{
	frame_make(&frame, spec);
	ask_preload(&frame, ask);
	sender_make(&sender, &frame, ask, LAY_PLAIN);
	test_send(bench.user, &sender.nbl, 1, 0);
	wire_take();
	assert_int_equal(bench.wire_count, 1);
	return bench.wire[0];
}

static void assert_told(const struct frame_spec *spec, const struct ask *ask, uint64_t flags)
{
	struct rte_mbuf *m = send_to_device(spec, ask);
	bool looks_inside = (flags & ~RTE_MBUF_F_TX_VLAN) != 0;

	assert_int_equal(m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK, flags);
	if (looks_inside) {
		assert_int_equal(m->l2_len, frame.l2);
		assert_int_equal(m->l3_len, frame.l3);
		assert_int_equal(m->l4_len, frame.l4);
	}
	if ((flags & RTE_MBUF_F_TX_TCP_SEG) != 0)
		assert_int_equal(m->tso_segsz, ask->mss);
	if ((flags & RTE_MBUF_F_TX_VLAN) != 0)
		assert_int_equal(m->vlan_tci, ask->tci);
	assert_wire(&sender, 1);
	wire_free();
	run_once();
	assert_int_equal(completions_check(&sender, 1, NDIS_STATUS_SUCCESS), 1);
	sender_free(&sender);
}

static void what_the_device_does_is_told_in_the_mbuf(void **state)
{
	static const struct frame_spec tcp4 = {.ip_options = 8, .tcp_options = 12, .payload = 1200},
				       udp6 = {.v6 = true, .udp = true, .payload = 30},
				       tcp6 = {.v6 = true, .tagged = true, .payload = 1200};

	bench_open(true, ALL_IN_DEVICE);
	assert_told(&tcp4, &(struct ask){.ip = true}, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
	assert_told(&tcp4, &(struct ask){.ip = true, .l4 = true},
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
	assert_told(&tcp4, &(struct ask){.l4 = true}, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM);
	assert_told(&udp6, &(struct ask){.l4 = true}, RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_UDP_CKSUM);
	assert_told(&tcp4, &(struct ask){.mss = 500, .no_length = true},
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_SEG);
	assert_told(&tcp6, &(struct ask){.mss = 500}, RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_SEG);
	assert_told(&tcp6, &(struct ask){.tag = true, .tci = 0xabcd}, RTE_MBUF_F_TX_VLAN);
	// What fits one frame is not cut, but summed up all the same.
	assert_told(&tcp4, &(struct ask){.mss = 1200},
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
	bench_close();
}

static void what_a_device_finishes_is_lent_as_it_lies(void **state)
{
	struct frame_spec spec = {.payload = 100};
	struct ask ask = {.ip = true, .l4 = true};

	bench_open(true, ALL_IN_DEVICE);
	struct rte_mbuf *m = send_to_device(&spec, &ask);
	assert_ptr_equal(m, nimbl_mbuf_of_nb(NET_BUFFER_LIST_FIRST_NB(sender.nbl)));
	run_once();
	assert_int_equal(bench.user->completed, 0);
	wire_free();
	run_once();
	assert_int_equal(completions_check(&sender, 1, NDIS_STATUS_SUCCESS), 1);
	sender_free(&sender);
	bench_close();
}

// What was received and is sent on holds other sums, and so it does afterwards: in the list, and in one
// that it is a clone of.
static void what_a_device_finishes_is_not_written_into_what_comes_back(void **state)
{
	static const enum lay lays[] = {LAY_PLAIN, LAY_CLONE};

	bench_open(true, ALL_IN_DEVICE);
	for (size_t i = 0; i < RTE_DIM(lays); i++) {
		for (uint32_t kind = 0; kind < 4; kind++) {
			struct ask ask = {.ip = kind < 2, .l4 = true};

			frame_make(
				&frame, &(struct frame_spec){
						.v6 = kind > 1, .udp = kind & 1, .payload = 100});
			frame_put16(&frame, frame_l4_sum_at(&frame), 0x1234);
			sender_make(&sender, &frame, &ask, lays[i]);
			send_and_check(&sender, 1, 0);
		}
	}
	bench_close();
}

// A length that is missing is written, but not into what comes back.
static void a_missing_length_is_written_into_a_frame_of_its_own(void **state)
{
	bench_open(true, ALL_IN_DEVICE);
	for (int v6 = 0; v6 < 2; v6++) {
		frame_make(&frame, &(struct frame_spec){.v6 = v6, .payload = 100});
		uint16_t length = frame_get16(&frame, frame_ip_length_at(&frame));
		ask_preload(&frame, &(struct ask){.l4 = true});
		frame_put16(&frame, frame_ip_length_at(&frame), 0);
		sender_make(&sender, &frame, &(struct ask){.l4 = true}, LAY_PLAIN);
		test_send(bench.user, &sender.nbl, 1, 0);
		run_once();
		assert_int_equal(bench.wire_count, 1);
		struct rte_mbuf *m = bench.wire[0];
		assert_int_equal(
			ntohs(*rte_pktmbuf_mtod_offset(m, uint16_t *, frame_ip_length_at(&frame))),
			length);
		wire_free();
		run_once();
		assert_int_equal(completions_check(&sender, 1, NDIS_STATUS_SUCCESS), 1);
		sender_free(&sender);
	}
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_checksum_that_is_asked_is_right),
		cmocka_unit_test(what_is_not_asked_is_not_touched),
		cmocka_unit_test(a_udp_checksum_of_zero_becomes_all_ones),
		cmocka_unit_test(the_tag_that_is_asked_is_in_the_frame),
		cmocka_unit_test(a_frame_of_the_shortest_kind_gets_its_tag),
		cmocka_unit_test(a_large_send_becomes_frames_as_if_each_had_been_sent),
		cmocka_unit_test(frames_may_be_as_long_as_the_port_takes),
		cmocka_unit_test(a_list_completes_after_the_last_frame_made_of_it),
		cmocka_unit_test(all_buffers_of_a_large_send_are_cut),
		cmocka_unit_test(frames_cut_of_borrowed_memory_come_home_once),
		cmocka_unit_test(what_contradicts_the_frame_is_dropped),
		cmocka_unit_test(a_large_send_without_a_size_is_dropped),
		cmocka_unit_test(no_frame_is_longer_than_the_port_takes),
		cmocka_unit_test(a_pool_that_runs_dry_anywhere_drops_all_and_leaks_nothing),
		cmocka_unit_test(frames_that_find_no_room_blame_no_other_list),
		cmocka_unit_test(a_large_send_that_leaves_in_part_is_no_success),
		cmocka_unit_test(a_large_send_whose_rest_is_dropped_is_no_success),
		cmocka_unit_test(a_port_of_single_segments_gets_no_other),
		cmocka_unit_test(what_the_device_does_is_told_in_the_mbuf),
		cmocka_unit_test(what_a_device_finishes_is_lent_as_it_lies),
		cmocka_unit_test(what_a_device_finishes_is_not_written_into_what_comes_back),
		cmocka_unit_test(a_missing_length_is_written_into_a_frame_of_its_own),
	};

	return cmocka_run_group_tests(tests, offload_start, NULL);
}
