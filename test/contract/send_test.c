// SPDX-License-Identifier: BSD-3-Clause
// Sending through the real ethdev miniport over rings of the test. net_ring passes mbufs on as they
// are, so the port copies what it must keep; told that it does not ("shares"), it lends its mbufs,
// and the test, which takes the frames off the ring, says when the PMD is done with each.
#include "pool_make.h"

#include <pthread.h>
#include <rte_cycles.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "ring_port.h"

#define DATA     2048u
#define LISTS    2048u
#define SHORT    60u
#define WIRE_MAX 4096u
#define GIVEN    NIMBL_SEND_FLAGS_HANDOVER

struct bench {
	struct ring_port port;
	struct ethdev *dev;
	struct test_binding *user;
	NDIS_HANDLE pool;
	NET_BUFFER_LIST *lists[LISTS];
	struct rte_mbuf *wire[WIRE_MAX]; // taken off the ring, not yet freed
	uint32_t wire_count;
};

static struct bench bench;

// Byte `i` of frame `number`.
static uint8_t byte_of(uint32_t number, uint32_t i)
{
	return (uint8_t)(i < 4 ? number >> 8 * i : number + 7 * i);
}

static void bench_open_with(bool shares, uint32_t out_ring, uint32_t descriptors)
{
	struct ring_port_options port = {.out_ring = out_ring, .descriptors = descriptors};
	struct nimbl_pool_options options = {
		.name = "sender", .capacity = LISTS, .cache = 32, .node = NIMBL_NODE_ANY};

	memset(&bench, 0, sizeof(bench));
	if (ring_port_open(&bench.port, "a", &port) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench.dev = nimbl_adapter_context(bench.port.adapter);
	bench.dev->passes_mbufs = !shares;
	bench.user = bench.port.user;
	bench.pool = list_pool_with(TRUE, DATA, 0, &options);
}

static void bench_open(bool shares)
{
	bench_open_with(shares, 1024, 512);
}

static struct nimbl_counters counters(void)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(bench.port.adapter, &info);
	return info.counters;
}

static uint64_t dropped(enum nimbl_drop reason)
{
	return counters().drops[reason];
}

// What the wire has, in order, is kept until wire_free().
static uint32_t wire_take(uint32_t most)
{
	uint32_t n = 0;
	struct rte_mbuf *m;

	for (; n < most && (m = ring_port_take(&bench.port)) != NULL; n++)
		bench.wire[bench.wire_count++] = m;
	return n;
}

static void wire_free(void)
{
	for (uint32_t i = 0; i < bench.wire_count; i++)
		rte_pktmbuf_free(bench.wire[i]);
	bench.wire_count = 0;
}

static void poll(uint32_t rounds)
{
	nimbl_lcore_run(0, rounds);
}

// The laws: nothing is with the miniport, and every pool is whole.
static void bench_close(void)
{
	wire_take(UINT32_MAX);
	wire_free();
	for (int i = 0; i < 100 && ethdev_waiting(&bench.dev->txqs[0]) > 0; i++) {
		poll(1);
		wire_take(UINT32_MAX);
		wire_free();
	}
	struct nimbl_counters c = counters();
	assert_int_equal(c.lists_sent, c.lists_completed);
	assert_int_equal(bench.user->completed, c.lists_completed);
	assert_int_equal(c.frames_asked, c.tx_frames + nimbl_counters_dropped(&c));
	for (uint32_t i = 0; i < bench.user->completed; i++) {
		for (uint32_t j = 0; j < LISTS && bench.lists[j] != NULL; j++) {
			if (bench.lists[j] == bench.user->completions[i].nbl) {
				NdisFreeNetBufferList(bench.lists[j]);
				break;
			}
		}
	}
	bench.dev->passes_mbufs = true;
	assert_pools_whole();
	assert_int_equal(ring_port_close(&bench.port), 0);
	close_whole(bench.pool);
}

static void retreat(NET_BUFFER *nb, uint32_t bytes)
{
	nb->DataOffset -= bytes;
	nb->CurrentMdlOffset -= bytes;
	nb->DataLength += bytes;
}

static void advance(NET_BUFFER *nb, uint32_t bytes)
{
	nb->DataOffset += bytes;
	nb->CurrentMdlOffset += bytes;
	nb->DataLength -= bytes;
}

// Fill an NB whose data lies in one piece.
static void fill(NET_BUFFER *nb, uint32_t number)
{
	uint8_t *va = MmGetSystemAddressForMdlSafe(nb->CurrentMdl, NormalPagePriority);

	for (uint32_t i = 0; i < nb->DataLength; i++)
		va[nb->CurrentMdlOffset + i] = byte_of(number, i);
	assert_nb_sound(nb);
}

static NET_BUFFER_LIST *list_make(uint32_t number, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(bench.pool, 0, 0);

	assert_non_null(nbl);
	nbl->SourceHandle = bench.user->binding;
	retreat(NET_BUFFER_LIST_FIRST_NB(nbl), bytes);
	fill(NET_BUFFER_LIST_FIRST_NB(nbl), number);
	return nbl;
}

// Lists `first` to `first` + `count` - 1 of the bench.
static void send_many(uint32_t first, uint32_t count, ULONG flags)
{
	for (uint32_t i = 0; i < count; i++)
		bench.lists[first + i] = list_make(first + i, SHORT + (first + i) % 100);
	test_send(bench.user, bench.lists + first, count, flags);
}

static void assert_frame(struct rte_mbuf *m, uint32_t number, uint32_t bytes)
{
	uint8_t room[8192];
	const uint8_t *data;

	rte_mbuf_sanity_check(m, 1);
	assert_int_equal(m->pkt_len, bytes);
	data = rte_pktmbuf_read(m, 0, bytes, room);
	assert_non_null(data);
	for (uint32_t i = 0; i < bytes; i++) {
		if (data[i] != byte_of(number, i))
			fail_msg("frame %u differs at byte %u", number, i);
	}
}

// The wire carries the frames `first` to `last`, as send_many made them.
static void assert_wire(uint32_t first, uint32_t last)
{
	assert_int_equal(bench.wire_count, last - first + 1);
	for (uint32_t i = 0; i < bench.wire_count; i++)
		assert_frame(bench.wire[i], first + i, SHORT + (first + i) % 100);
}

// Completions come for each of the first `count` lists, in order, and no list twice.
static void assert_completed(uint32_t count)
{
	assert_int_equal(bench.user->completed, count);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < i; j++)
			assert_ptr_not_equal(
				bench.user->completions[i].nbl, bench.user->completions[j].nbl);
	}
}

static uint32_t completed_with(NDIS_STATUS status)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < bench.user->completed; i++)
		count += bench.user->completions[i].status == status;
	return count;
}

// Plain lists

static void a_lent_list_is_sent_as_it_lies_and_completes_when_the_pmd_lets_go(void **state)
{
	bench_open(true);
	send_many(0, 1, 0);
	assert_int_equal(wire_take(8), 1);
	assert_wire(0, 0);
	assert_ptr_equal(bench.wire[0], nimbl_mbuf_of_nb(NET_BUFFER_LIST_FIRST_NB(bench.lists[0])));
	poll(200);
	assert_int_equal(bench.user->completed, 0);
	wire_free();
	poll(1);
	assert_completed(1);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), 1);
	assert_int_equal(counters().tx_bytes, SHORT);
	assert_int_equal(counters().tx_copied, 0);
	bench_close();
}

static void lists_complete_in_order_though_the_pmd_lets_go_in_another(void **state)
{
	bench_open(true);
	send_many(0, 8, 0);
	assert_int_equal(wire_take(8), 8);
	for (int i = 7; i > 0; i--) {
		rte_pktmbuf_free(bench.wire[i]);
		poll(1);
		assert_int_equal(bench.user->completed, 0);
	}
	bench.wire_count = 1;
	wire_free();
	poll(1);
	assert_completed(8);
	for (uint32_t i = 0; i < 8; i++)
		assert_ptr_equal(bench.user->completions[i].nbl, bench.lists[i]);
	bench_close();
}

static void a_chain_of_200_leaves_in_order(bool shares, ULONG flags)
{
	bench_open(shares);
	send_many(0, 200, flags);
	assert_int_equal(wire_take(WIRE_MAX), 200);
	assert_wire(0, 199);
	wire_free();
	poll(2);
	if (flags == 0)
		assert_completed(200);
	assert_int_equal(counters().tx_frames, 200);
	assert_int_equal(counters().lists_handed, flags != 0 ? 200 : 0);
	bench_close();
}

static void a_long_chain_leaves_in_order(void **state)
{
	a_chain_of_200_leaves_in_order(true, 0);
	a_chain_of_200_leaves_in_order(false, 0);
	a_chain_of_200_leaves_in_order(false, GIVEN);
}

static void refused_waits_in_order(bool shares, ULONG flags)
{
	bench_open_with(shares, 64, 64);
	send_many(0, 100, flags);
	poll(1);
	assert_int_equal(counters().tx_frames, 63);
	assert_int_equal(wire_take(20), 20);
	send_many(100, 10, flags); // behind those that wait, though there is room now
	for (int i = 0; i < 10; i++) {
		poll(1);
		wire_take(7);
	}
	poll(1);
	wire_take(WIRE_MAX);
	assert_wire(0, 109);
	wire_free();
	poll(2);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), flags == 0 ? 110 : 0);
	assert_int_equal(dropped(NIMBL_DROP_TX_RING_FULL), 0);
	bench_close();
}

static void what_the_ring_refuses_waits_and_keeps_its_order(void **state)
{
	refused_waits_in_order(true, 0);
	refused_waits_in_order(false, 0);
	refused_waits_in_order(false, GIVEN);
}

// 63 on the ring, 64 in the backlog; ten more are too many.
static void ring_and_backlog_overflow(bool shares, ULONG flags)
{
	bench_open_with(shares, 64, 64);
	send_many(0, 100, flags);
	poll(1); // where frames are copied, these complete
	send_many(100, 37, flags);
	assert_int_equal(dropped(NIMBL_DROP_TX_RING_FULL), 10);
	for (int i = 0; i < 5; i++) {
		poll(1);
		wire_take(WIRE_MAX);
	}
	assert_wire(0, 126);
	wire_free();
	poll(2);
	assert_int_equal(counters().tx_frames, 127);
	if (flags == 0) {
		assert_completed(137);
		assert_int_equal(completed_with(NDIS_STATUS_RESOURCES), 10);
		assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), 127);
	}
	bench_close();
}

static void a_lent_frame_without_room_completes_with_resources(void **state)
{
	ring_and_backlog_overflow(true, 0);
}

static void a_copied_frame_without_room_completes_with_resources(void **state)
{
	ring_and_backlog_overflow(false, 0);
}

static void a_frame_given_away_without_room_goes_home(void **state)
{
	ring_and_backlog_overflow(false, GIVEN);
}

// NdisCancelSendNetBufferLists: what the PMD has is sent, what waits is aborted, and nobody else's.
static void what_waits_and_is_cancelled_completes_as_aborted(void **state)
{
	static int id, other;

	bench_open_with(true, 64, 64);
	for (uint32_t i = 0; i < 100; i++) {
		bench.lists[i] = list_make(i, SHORT + i % 100);
		NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(bench.lists[i], i < 80 ? &id : &other);
	}
	NdisCancelSendNetBufferLists(bench.user->binding, &other); // before they are sent
	test_send(bench.user, bench.lists, 100, 0);
	NdisCancelSendNetBufferLists(bench.user->binding, &id);
	poll(1);
	assert_int_equal(dropped(NIMBL_DROP_TX_CANCELLED), 80 - 63);
	for (int i = 0; i < 3; i++) {
		wire_take(WIRE_MAX);
		poll(1);
	}
	wire_take(WIRE_MAX);
	assert_int_equal(bench.wire_count, 63 + 20);
	for (uint32_t i = 0; i < bench.wire_count; i++) {
		uint32_t number = i < 63 ? i : i + 17;

		assert_frame(bench.wire[i], number, SHORT + number % 100);
	}
	wire_free();
	poll(2);
	assert_completed(100);
	assert_int_equal(completed_with(NDIS_STATUS_SEND_ABORTED), 17);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), 83);
	bench_close();
}

// Lists of several buffers

static void a_list_of_several_buffers_completes_once_after_the_last_frame(void **state)
{
	NDIS_HANDLE buffers = buffer_pool(DATA);
	NET_BUFFER_LIST *nbl;
	NET_BUFFER *more[2];

	bench_open(true);
	nbl = bench.lists[0] = list_make(0, SHORT);
	for (uint32_t i = 0; i < 2; i++) {
		more[i] = NdisAllocateNetBufferMdlAndData(buffers);
		retreat(more[i], SHORT + i + 1);
		fill(more[i], i + 1);
	}
	NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(nbl)) = more[0];
	NET_BUFFER_NEXT_NB(more[0]) = more[1];
	test_send(bench.user, &nbl, 1, 0);
	assert_int_equal(wire_take(8), 3);
	assert_wire(0, 2);
	for (int i = 2; i >= 0; i--) {
		poll(1);
		assert_int_equal(bench.user->completed, 0);
		rte_pktmbuf_free(bench.wire[i]);
	}
	bench.wire_count = 0;
	poll(1);
	assert_completed(1);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), 1);
	assert_ptr_equal(NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(nbl)), more[0]);
	assert_ptr_equal(NET_BUFFER_NEXT_NB(more[0]), more[1]);
	NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(nbl)) = NULL;
	NdisFreeNetBuffer(more[0]);
	NdisFreeNetBuffer(more[1]);
	bench_close();
	close_whole(buffers);
}

// One buffer over three pieces of foreign memory, data from the middle of the second on.
static void foreign_memory_is_copied(ULONG length)
{
	static uint8_t memory[3][1200];
	NDIS_HANDLE headers = list_pool(FALSE, 0, 0), buffers = buffer_pool(0);
	uint32_t done = 0;
	MDL *mdl[3];

	bench_open(true);
	for (int i = 0; i < 3; i++) {
		mdl[i] = NdisAllocateMdl(NULL, memory[i] + i, 1100);
		assert_non_null(mdl[i]);
		NDIS_MDL_LINKAGE(mdl[i]) = NULL;
		if (i > 0)
			NDIS_MDL_LINKAGE(mdl[i - 1]) = mdl[i];
	}
	for (; done < 1100 - 300 && done < length; done++)
		memory[1][1 + 300 + done] = byte_of(1, done);
	for (uint32_t i = 0; done < length; done++, i++)
		memory[2][2 + i] = byte_of(1, done);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(headers, 0, 0);
	NET_BUFFER *nb = NdisAllocateNetBuffer(buffers, mdl[0], 1400, length);
	assert_non_null(nb);
	assert_nb_sound(nb);
	NET_BUFFER before = *nb;
	NET_BUFFER_LIST_FIRST_NB(nbl) = nb;
	test_send(bench.user, &nbl, 1, 0);
	poll(1);
	assert_completed(1);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), 1);
	assert_int_equal(counters().tx_copied, 1);
	assert_int_equal(wire_take(2), 1);
	assert_frame(bench.wire[0], 1, length);
	assert_ptr_equal(NET_BUFFER_LIST_FIRST_NB(nbl), nb);
	assert_memory_equal(&before, nb, offsetof(NET_BUFFER, NdisPoolHandle));
	assert_nb_sound(nb);
	for (int i = 0; i < 3; i++)
		NdisFreeMdl(mdl[i]);
	NET_BUFFER_LIST_FIRST_NB(nbl) = NULL;
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferList(nbl);
	bench_close();
	close_whole(buffers);
	close_whole(headers);
}

static void memory_of_others_is_copied_and_right_on_the_wire(void **state)
{
	foreign_memory_is_copied(14);
	foreign_memory_is_copied(800);
	foreign_memory_is_copied(801);
	foreign_memory_is_copied(1500);
}

// Received packets of several segments

static void inject_segments(uint32_t number, const uint32_t *bytes, uint32_t count)
{
	struct rte_mbuf *head = NULL;
	uint32_t done = 0;

	for (uint32_t s = 0; s < count; s++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(bench.dev->pools[0]));
		uint8_t *data = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)bytes[s]);

		for (uint32_t i = 0; i < bytes[s]; i++)
			data[i] = byte_of(number, done++);
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	assert_true(ring_port_inject(&bench.port, head));
}

static void segments_pass(bool shares, ULONG flags)
{
	static const uint32_t bytes[] = {700, 1, 500, 90};

	bench_open(shares);
	for (uint32_t i = 0; i < 5; i++)
		inject_segments(i, bytes, i % 2 == 0 ? 4 : 1);
	poll(1);
	assert_int_equal(bench.user->held_count, 5);
	struct rte_mbuf *heads[5];
	for (uint32_t i = 0; i < 5; i++) {
		assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(bench.user->held[i]));
		heads[i] = nimbl_mbuf_of_nb(NET_BUFFER_LIST_FIRST_NB(bench.user->held[i]));
	}
	test_send(bench.user, bench.user->held, 5, flags);
	assert_int_equal(wire_take(8), 5);
	for (uint32_t i = 0; i < 5; i++) {
		assert_ptr_equal(bench.wire[i], heads[i]);
		assert_int_equal(bench.wire[i]->nb_segs, i % 2 == 0 ? 4 : 1);
		assert_frame(bench.wire[i], i, i % 2 == 0 ? 1291 : 700);
	}
	wire_free();
	poll(2);
	if (flags == 0) {
		assert_completed(5);
		test_return_held(bench.user);
	}
	assert_int_equal(counters().tx_copied, 0);
	bench_close();
}

static void segments_of_a_received_packet_pass_in_order_and_come_home(void **state)
{
	segments_pass(true, 0);
	segments_pass(false, GIVEN);
	segments_pass(false, GIVEN | NIMBL_SEND_FLAGS_UNTOUCHED);
}

// Data starts

static void a_moved_data_start_shows_on_the_wire(bool shares, ULONG flags)
{
	static const uint32_t two[] = {300, 300};
	uint32_t before = 0x01020304;

	bench_open(shares);
	// Retreat over the headroom, advance past four bytes.
	NET_BUFFER_LIST *nbl[2] = {list_make(0, 200), list_make(0, 204)};
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl[0]);
	retreat(nb, 4);
	memcpy((uint8_t *)nb->CurrentMdl->MappedSystemVa + nb->CurrentMdlOffset, &before, 4);
	nb = NET_BUFFER_LIST_FIRST_NB(nbl[1]);
	advance(nb, 4);
	bench.lists[0] = nbl[0];
	bench.lists[1] = nbl[1];
	test_send(bench.user, nbl, 2, flags);
	assert_int_equal(wire_take(8), 2);
	assert_int_equal(bench.wire[0]->pkt_len, 204);
	assert_memory_equal(rte_pktmbuf_mtod(bench.wire[0], void *), &before, 4);
	assert_int_equal(rte_pktmbuf_mtod(bench.wire[0], uint8_t *)[4 + 100], byte_of(0, 100));
	assert_int_equal(bench.wire[1]->pkt_len, 200);
	assert_int_equal(rte_pktmbuf_mtod(bench.wire[1], uint8_t *)[0], byte_of(0, 4));
	wire_free();
	poll(2);
	// Past the whole first segment of a received packet, into the second.
	inject_segments(7, two, 2);
	poll(1);
	assert_int_equal(bench.user->held_count, 1);
	nb = NET_BUFFER_LIST_FIRST_NB(bench.user->held[0]);
	nb->DataOffset += 310;
	nb->DataLength -= 310;
	nb->CurrentMdl = NDIS_MDL_LINKAGE(nb->MdlChain);
	nb->CurrentMdlOffset = 10;
	assert_nb_sound(nb);
	test_send(bench.user, bench.user->held, 1, flags);
	assert_int_equal(wire_take(8), 1);
	assert_int_equal(bench.wire[0]->pkt_len, 290);
	for (uint32_t i = 0; i < 290; i++)
		assert_int_equal(
			*rte_pktmbuf_mtod_offset(bench.wire[0], uint8_t *, i), byte_of(7, 310 + i));
	wire_free();
	poll(2);
	if (flags == 0) {
		assert_completed(3);
		test_return_held(bench.user);
	}
	bench_close();
}

static void a_data_start_moved_by_hand_shows_on_the_wire(void **state)
{
	a_moved_data_start_shows_on_the_wire(true, 0);
	a_moved_data_start_shows_on_the_wire(false, 0);
	a_moved_data_start_shows_on_the_wire(false, GIVEN);
}

// Lengths

static void lengths(bool shares, ULONG flags)
{
	bench_open(shares);
	uint32_t max = bench.dev->frame_max;
	const uint32_t bytes[] = {0, 1, 13, 14, max, max + 1};

	for (uint32_t i = 0; i < RTE_DIM(bytes); i++)
		bench.lists[i] = list_make(i, bytes[i]);
	test_send(bench.user, bench.lists, RTE_DIM(bytes), flags);
	assert_int_equal(wire_take(8), 2);
	assert_frame(bench.wire[0], 3, 14);
	assert_frame(bench.wire[1], 4, max);
	wire_free();
	poll(2);
	assert_int_equal(dropped(NIMBL_DROP_TX_RUNT), 3);
	assert_int_equal(dropped(NIMBL_DROP_TX_TOO_LONG), 1);
	if (flags == 0) {
		assert_completed(6);
		for (uint32_t i = 0; i < 6; i++) {
			assert_ptr_equal(bench.user->completions[i].nbl, bench.lists[i]);
			assert_int_equal(bench.user->completions[i].status,
				i == 3 || i == 4 ? NDIS_STATUS_SUCCESS
						 : NDIS_STATUS_INVALID_LENGTH);
		}
	}
	bench_close();
}

static void runts_and_long_frames_are_dropped_for_their_reason(void **state)
{
	lengths(true, 0);
	lengths(false, 0);
	lengths(false, GIVEN);
}

// Link, threads, pause

static void a_link_that_is_down_fails_sends(void **state)
{
	bench_open(true);
	__atomic_store_n(&bench.dev->link_up, false, __ATOMIC_RELAXED);
	send_many(0, 5, 0);
	assert_int_equal(dropped(NIMBL_DROP_TX_LINK_DOWN), 5);
	assert_completed(5);
	assert_int_equal(completed_with(NDIS_STATUS_FAILURE), 5);
	__atomic_store_n(&bench.dev->link_up, false, __ATOMIC_RELAXED);
	NET_BUFFER_LIST *given = list_make(0, SHORT);
	test_send(bench.user, &given, 1, GIVEN);
	assert_int_equal(dropped(NIMBL_DROP_TX_LINK_DOWN), 6);
	assert_int_equal(wire_take(8), 0);
	bench_close();
}

// What waits for a ring that nobody empties waits no longer once the link is down.
static void a_link_that_goes_down_lets_go_what_waits(void **state)
{
	bench_open_with(true, 16, 64);
	send_many(0, 40, 0);
	poll(2);
	assert_int_equal(bench.user->completed, 0);
	__atomic_store_n(&bench.dev->link_up, false, __ATOMIC_RELAXED);
	poll(2);
	assert_int_equal(dropped(NIMBL_DROP_TX_LINK_DOWN), 25);
	assert_int_equal(wire_take(40), 15);
	wire_free();
	poll(2);
	assert_completed(40);
	bench_close();
}

static void a_link_that_the_device_loses_is_told_and_fails_sends(void **state)
{
	bench_open(true);
	uint32_t told = __atomic_load_n(&bench.user->statuses, __ATOMIC_ACQUIRE);
	assert_int_equal(rte_eth_dev_set_link_down(bench.dev->port_id), 0);
	for (int ms = 0; ms < 2000; ms++) {
		if (__atomic_load_n(&bench.user->statuses, __ATOMIC_ACQUIRE) != told)
			break;
		rte_delay_us_sleep(1000);
	}
	assert_int_equal(bench.user->link.MediaConnectState, MediaConnectStateDisconnected);
	send_many(0, 5, 0);
	assert_int_equal(dropped(NIMBL_DROP_TX_LINK_DOWN), 5);
	bench_close();
}

struct stranger {
	uint32_t first, chains, lists;
	ULONG flags;
};

static void *stranger_sends(void *arg)
{
	const struct stranger *stranger = arg;

	for (uint32_t i = 0; i < stranger->chains; i++)
		test_send(bench.user, bench.lists + stranger->first + i * stranger->lists,
			stranger->lists, stranger->flags);
	return NULL;
}

// Send from a thread that is no lcore: `chains` chains of `lists` lists each.
static void stranger_send(uint32_t first, uint32_t chains, uint32_t lists, ULONG flags)
{
	struct stranger stranger = {first, chains, lists, flags};
	pthread_t thread;

	for (uint32_t i = first; i < first + chains * lists; i++)
		bench.lists[i] = list_make(i, SHORT + i % 100);
	assert_int_equal(pthread_create(&thread, NULL, stranger_sends, &stranger), 0);
	pthread_join(thread, NULL);
}

static void what_other_threads_send_is_sent_by_the_lcore(bool shares, ULONG flags)
{
	bench_open(shares);
	stranger_send(0, 10, 5, flags);
	assert_int_equal(counters().chains_posted, 10);
	assert_int_equal(wire_take(8), 0);
	poll(1);
	assert_int_equal(counters().chains_taken, 4); // a few bursts, then others' turn
	poll(2);
	assert_int_equal(counters().chains_taken, 10);
	assert_int_equal(wire_take(WIRE_MAX), 50);
	assert_wire(0, 49);
	wire_free();
	poll(2);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), flags == 0 ? 50 : 0);
	bench_close();
}

static void a_thread_without_an_lcore_sends_through_the_inbox(void **state)
{
	what_other_threads_send_is_sent_by_the_lcore(true, 0);
	what_other_threads_send_is_sent_by_the_lcore(false, 0);
	what_other_threads_send_is_sent_by_the_lcore(false, GIVEN);
}

static void a_full_inbox_refuses(ULONG flags)
{
	bench_open(false);
	stranger_send(0, 1030, 1, flags);
	uint32_t posted = (uint32_t)counters().chains_posted;
	assert_in_range(posted, 1000, 1029);
	assert_int_equal(dropped(NIMBL_DROP_TX_HANDOFF_FULL), 1030 - posted);
	assert_int_equal(completed_with(NDIS_STATUS_RESOURCES), flags == 0 ? 1030 - posted : 0);
	for (int i = 0; i < 300; i++) {
		poll(1);
		wire_take(WIRE_MAX);
	}
	assert_wire(0, posted - 1);
	wire_free();
	poll(2);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), flags == 0 ? posted : 0);
	bench_close();
}

static void a_full_inbox_drops_for_its_reason(void **state)
{
	a_full_inbox_refuses(0);
	a_full_inbox_refuses(GIVEN);
}

static void pause_with_sends(ULONG flags)
{
	bench_open_with(false, 64, 64);
	send_many(0, 100, flags);
	stranger_send(100, 4, 3, flags);
	assert_int_equal(nimbl_binding_pause(bench.user->binding), 0);
	assert_int_equal(nimbl_adapter_pause(bench.port.adapter), 0);
	if (flags == 0)
		assert_completed(112);
	assert_int_equal(ethdev_waiting(&bench.dev->txqs[0]), 0);
	assert_int_equal(counters().tx_frames + dropped(NIMBL_DROP_TX_PAUSED), 112);
	// And it works again afterwards.
	assert_int_equal(nimbl_adapter_restart(bench.port.adapter), 0);
	assert_int_equal(nimbl_binding_restart(bench.user->binding), 0);
	wire_take(WIRE_MAX);
	wire_free();
	send_many(112, 10, flags);
	wire_take(WIRE_MAX);
	assert_wire(112, 121);
	bench_close();
}

static void a_pause_completes_each_outstanding_send_once(void **state)
{
	pause_with_sends(0);
	pause_with_sends(GIVEN);
}

// A PMD that is closed and never gave back: its lists are whole again all the same.
static void what_a_pmd_keeps_for_ever_comes_home_whole_at_halt(void **state)
{
	NET_BUFFER_LIST *lists[LISTS];

	bench_open(true);
	send_many(0, 5, 0);
	assert_int_equal(wire_take(8), 5);
	bench.wire_count = 0;
	assert_int_equal(ring_port_close(&bench.port), 0);
	assert_int_equal(nimbl_nbl_get(bench.pool, lists, LISTS), LISTS);
	for (uint32_t i = 0; i < LISTS; i++) {
		struct rte_mbuf *m = nimbl_mbuf_of_nb(NET_BUFFER_LIST_FIRST_NB(lists[i]));

		assert_int_equal(rte_mbuf_refcnt_read(m), 1);
		assert_int_equal(m->nb_segs, 1);
		assert_null(m->next);
	}
	nimbl_nbl_put(lists, LISTS);
	close_whole(bench.pool);
}

// Untouched

static void receive_burst(uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		uint32_t bytes = SHORT + i % 100;

		inject_segments(i, &bytes, 1);
	}
	uint32_t before = bench.user->held_count;
	poll(1);
	assert_int_equal(bench.user->held_count, before + count);
}

static void untouched_send(const uint32_t *order, uint32_t count)
{
	NET_BUFFER_LIST *lists[64];

	for (uint32_t i = 0; i < count; i++)
		lists[i] = bench.user->held[order[i]];
	test_send(bench.user, lists, count, GIVEN | NIMBL_SEND_FLAGS_UNTOUCHED);
	assert_int_equal(wire_take(WIRE_MAX), count);
	for (uint32_t i = 0; i < count; i++)
		assert_frame(bench.wire[i], order[i], SHORT + order[i] % 100);
	wire_free();
}

static void untouched_lists_are_sent_right_whatever_chain_they_are_in(void **state)
{
	static const uint32_t whole[] = {0, 1, 2, 3, 4, 5, 6, 7}, first_half[] = {0, 1, 2, 3},
			      second_half[] = {4, 5, 6, 7}, odd[] = {1, 3, 5, 7},
			      even[] = {6, 4, 2, 0}, back[] = {7, 6, 5, 4, 3, 2, 1, 0},
			      merged[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
			      late[] = {8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7};

	bench_open(false);
	receive_burst(0, 8);
	untouched_send(whole, 8);
	bench.user->held_count = 0;
	receive_burst(0, 8);
	untouched_send(first_half, 4);
	untouched_send(second_half, 4);
	bench.user->held_count = 0;
	receive_burst(0, 8);
	untouched_send(second_half, 4);
	untouched_send(first_half, 4);
	bench.user->held_count = 0;
	receive_burst(0, 8);
	untouched_send(odd, 4);
	untouched_send(even, 4);
	bench.user->held_count = 0;
	receive_burst(0, 8);
	untouched_send(back, 8);
	bench.user->held_count = 0;
	receive_burst(0, 8);
	receive_burst(8, 4);
	untouched_send(merged, 12);
	bench.user->held_count = 0;
	receive_burst(0, 8);
	receive_burst(8, 4);
	untouched_send(late, 12);
	bench.user->held_count = 0;
	// The burst before the last, whole.
	receive_burst(0, 8);
	receive_burst(8, 4);
	untouched_send(whole, 8);
	untouched_send(late, 4);
	bench.user->held_count = 0;
	bench_close();
}

static void untouched_runts_and_long_frames_are_dropped_too(void **state)
{
	bench_open(false);
	uint32_t max = bench.dev->frame_max;
	const uint32_t bytes[] = {60, 0, 13, 14, max, max + 1, 2000, 61};

	for (uint32_t i = 0; i < RTE_DIM(bytes); i++)
		inject_segments(i, &bytes[i], 1);
	poll(1);
	assert_int_equal(bench.user->held_count, 8);
	test_send(bench.user, bench.user->held, 8, GIVEN | NIMBL_SEND_FLAGS_UNTOUCHED);
	assert_int_equal(wire_take(8), 4);
	assert_frame(bench.wire[0], 0, 60);
	assert_frame(bench.wire[1], 3, 14);
	assert_frame(bench.wire[2], 4, max);
	assert_frame(bench.wire[3], 7, 61);
	assert_int_equal(dropped(NIMBL_DROP_TX_RUNT), 2);
	assert_int_equal(dropped(NIMBL_DROP_TX_TOO_LONG), 2);
	bench_close();
}

static void untouched_lists_come_back_when_the_pmd_lets_go(void **state)
{
	bench_open(true);
	receive_burst(0, 8);
	test_send(bench.user, bench.user->held, 8, NIMBL_SEND_FLAGS_UNTOUCHED);
	assert_int_equal(wire_take(WIRE_MAX), 8);
	assert_wire(0, 7);
	poll(2);
	assert_int_equal(bench.user->completed, 0);
	wire_free();
	poll(1);
	assert_completed(8);
	for (uint32_t i = 0; i < 8; i++)
		assert_ptr_equal(bench.user->completions[i].nbl, bench.user->held[i]);
	assert_int_equal(completed_with(NDIS_STATUS_SUCCESS), 8);
	assert_int_equal(counters().tx_copied, 0);
	test_return_held(bench.user);
	bench_close();
}

// 63 on the ring, 64 in the backlog, one too many.
static void an_untouched_list_without_room_completes_with_resources(void **state)
{
	bench_open_with(true, 64, 64);
	for (uint32_t first = 0; first < 128; first += 64) {
		receive_burst(first, 64);
		test_send(bench.user, bench.user->held + first, 64, NIMBL_SEND_FLAGS_UNTOUCHED);
	}
	assert_int_equal(dropped(NIMBL_DROP_TX_RING_FULL), 1);
	for (int i = 0; i < 5; i++) {
		poll(1);
		wire_take(WIRE_MAX);
	}
	assert_wire(0, 126);
	wire_free();
	poll(2);
	assert_completed(128);
	assert_int_equal(completed_with(NDIS_STATUS_RESOURCES), 1);
	assert_int_equal(bench.user->completions[127].status, NDIS_STATUS_RESOURCES);
	test_return_held(bench.user);
	bench_close();
}

static void an_untouched_list_that_lent_its_room_waits_for_no_clone(void **state)
{
	bench_open(true);
	receive_burst(0, 8);
	NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(bench.user->held[3], NULL, NULL, 0);
	test_send(bench.user, bench.user->held, 8, NIMBL_SEND_FLAGS_UNTOUCHED);
	assert_int_equal(wire_take(WIRE_MAX), 8);
	assert_wire(0, 7);
	assert_int_equal(counters().tx_copied, 1);
	wire_free();
	poll(1);
	assert_completed(8);
	NdisFreeCloneNetBufferList(clone, 0);
	test_return_held(bench.user);
	bench_close();
}

// Its second reference is the clone's: nobody waits for the end of the send.
static void given_away_without_room(ULONG flags)
{
	bench_open_with(true, 64, 64);
	send_many(0, 127, GIVEN);
	receive_burst(0, 1);
	NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(bench.user->held[0], NULL, NULL, 0);
	test_send(bench.user, bench.user->held, 1, GIVEN | flags);
	assert_int_equal(dropped(NIMBL_DROP_TX_RING_FULL), 1);
	NdisFreeCloneNetBufferList(clone, 0);
	for (int i = 0; i < 5; i++) {
		poll(1);
		wire_take(WIRE_MAX);
		wire_free();
	}
	assert_int_equal(bench.user->completed, 0);
	bench_close();
}

static void a_list_given_away_that_lent_its_room_goes_home_without_room(void **state)
{
	given_away_without_room(0);
	given_away_without_room(NIMBL_SEND_FLAGS_UNTOUCHED);
}

static int start(void **state)
{
	if (eal_harness_start(state) != 0 || nimbl_lcores_init(64, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lent_list_is_sent_as_it_lies_and_completes_when_the_pmd_lets_go),
		cmocka_unit_test(lists_complete_in_order_though_the_pmd_lets_go_in_another),
		cmocka_unit_test(a_long_chain_leaves_in_order),
		cmocka_unit_test(what_the_ring_refuses_waits_and_keeps_its_order),
		cmocka_unit_test(a_lent_frame_without_room_completes_with_resources),
		cmocka_unit_test(a_copied_frame_without_room_completes_with_resources),
		cmocka_unit_test(a_frame_given_away_without_room_goes_home),
		cmocka_unit_test(what_waits_and_is_cancelled_completes_as_aborted),
		cmocka_unit_test(a_list_of_several_buffers_completes_once_after_the_last_frame),
		cmocka_unit_test(memory_of_others_is_copied_and_right_on_the_wire),
		cmocka_unit_test(segments_of_a_received_packet_pass_in_order_and_come_home),
		cmocka_unit_test(a_data_start_moved_by_hand_shows_on_the_wire),
		cmocka_unit_test(runts_and_long_frames_are_dropped_for_their_reason),
		cmocka_unit_test(a_link_that_is_down_fails_sends),
		cmocka_unit_test(a_link_that_goes_down_lets_go_what_waits),
		cmocka_unit_test(a_link_that_the_device_loses_is_told_and_fails_sends),
		cmocka_unit_test(a_thread_without_an_lcore_sends_through_the_inbox),
		cmocka_unit_test(a_full_inbox_drops_for_its_reason),
		cmocka_unit_test(a_pause_completes_each_outstanding_send_once),
		cmocka_unit_test(untouched_lists_are_sent_right_whatever_chain_they_are_in),
		cmocka_unit_test(untouched_runts_and_long_frames_are_dropped_too),
		cmocka_unit_test(untouched_lists_come_back_when_the_pmd_lets_go),
		cmocka_unit_test(an_untouched_list_without_room_completes_with_resources),
		cmocka_unit_test(an_untouched_list_that_lent_its_room_waits_for_no_clone),
		cmocka_unit_test(a_list_given_away_that_lent_its_room_goes_home_without_room),
		cmocka_unit_test(what_a_pmd_keeps_for_ever_comes_home_whole_at_halt),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
