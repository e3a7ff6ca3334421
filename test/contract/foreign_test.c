// SPDX-License-Identifier: BSD-3-Clause
// Sending memory that is no mbuf's: where the device can read it, it is sent as it lies and stays until
// the device lets go; elsewhere it is copied and counted. The test plays the PMD: it takes the frames
// off the ring of a port that is told what its device reaches.
#include "foreign_bench.h"

#define GIVEN NIMBL_SEND_FLAGS_HANDOVER

// Send `bytes` of `memory` in one piece; true when they were sent as they lie.
static bool goes_as_it_lies(uint8_t *memory, uint32_t bytes)
{
	MDL *chain = foreign_chain(memory, (const uint32_t[]){bytes, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, bytes);
	struct nimbl_counters before = counters(), after;
	uint32_t completed = bench.user->completed;

	lend(nbl);
	after = counters();
	bool lies = rte_pktmbuf_mtod(bench.frame, uint8_t *) == memory;
	assert_int_equal(after.tx_foreign, before.tx_foreign + lies);
	assert_int_equal(after.tx_copied, before.tx_copied + !lies);
	run();
	assert_int_equal(bench.user->completed, completed + !lies); // a copy has no need of it
	let_go();
	assert_int_equal(bench.user->completed, completed + 1);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	return lies;
}

// Which memory

static void memory_is_sent_as_it_lies_where_the_device_reads_it(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	assert_true(goes_as_it_lies(bench.page, 1500));
	assert_true(goes_as_it_lies(bench.heap, 1500));
	bench_close();
	bench_open(NIMBL_REACH_EAL);
	assert_false(goes_as_it_lies(bench.page, 1500));
	assert_true(goes_as_it_lies(bench.heap, 1500));
	bench_close();
	bench_open(NIMBL_REACH_HEAP);
	assert_false(goes_as_it_lies(bench.page, 1500));
	assert_true(goes_as_it_lies(bench.heap, 1500));
	bench_close();
	bench_open(NIMBL_REACH_POOLS);
	assert_false(goes_as_it_lies(bench.page, 1500));
	assert_false(goes_as_it_lies(bench.heap, 1500));
	bench_close();
}

static enum nimbl_reach reach_of(struct ring_port *port)
{
	const struct ethdev *dev = nimbl_adapter_context(port->adapter);
	enum nimbl_reach reach = dev->reach;

	assert_int_equal(ring_port_close(port), 0);
	return reach;
}

static void what_a_device_reaches_is_known_by_its_driver(void **state)
{
	struct ring_port port;

	assert_int_equal(device_port_open(&port, "net_null_reach", "r", NULL), 0);
	assert_int_equal(reach_of(&port), NIMBL_REACH_PROCESS);
	assert_int_equal(ring_port_open(&port, "r", NULL), 0);
	assert_int_equal(reach_of(&port), NIMBL_REACH_POOLS); // it may be kept by anybody
}

static void memory_registered_with_eal_is_for_devices_that_it_is_mapped_for(void **state)
{
	rte_iova_t iovas[8];

	for (uint32_t i = 0; i < 8; i++)
		iovas[i] = 0x10000000u + i * PAGE;
	bench_open(NIMBL_REACH_EAL);
	assert_int_equal(rte_extmem_register(bench.page, 8 * PAGE, iovas, 8, PAGE), 0);
	assert_true(goes_as_it_lies(bench.page, 1500));
	assert_false(goes_as_it_lies(bench.page + 8 * PAGE, 1500)); // behind it
	assert_false(goes_as_it_lies(bench.page + 8 * PAGE - 700, 1500));
	bench.dev->reach = NIMBL_REACH_HEAP;
	assert_false(goes_as_it_lies(bench.page, 1500));
	bench.dev->reach = NIMBL_REACH_EAL;
	assert_int_equal(rte_extmem_unregister(bench.page, 8 * PAGE), 0);
	assert_false(goes_as_it_lies(bench.page, 1500));
	// Without an address for the device there is none to send.
	assert_int_equal(rte_extmem_register(bench.page, 8 * PAGE, NULL, 0, PAGE), 0);
	assert_false(goes_as_it_lies(bench.page, 1500));
	assert_int_equal(rte_extmem_unregister(bench.page, 8 * PAGE), 0);
	bench_close();
}

// Pages 0 and 1 lie together for the device, 2 apart, 3 before that.
static void a_piece_over_pages_apart_is_a_segment_for_each_stretch(void **state)
{
	rte_iova_t iovas[4] = {0x5000000, 0x5001000, 0x8000000, 0x7fff000};
	const struct {
		uint32_t bytes;
		rte_iova_t iova;
	} want[] = {{2 * PAGE - 100, 0x5000064}, {PAGE, 0x8000000}, {PAGE - 50, 0x7fff000}};

	bench_open(NIMBL_REACH_EAL);
	assert_int_equal(rte_extmem_register(bench.page, 4 * PAGE, iovas, 4, PAGE), 0);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){4 * PAGE, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 100, 4 * PAGE - 150);
	lend(nbl);
	assert_counted(1, 0);
	assert_int_equal(bench.frame->nb_segs, 3);
	assert_lies_at(bench.frame, bench.page + 100);
	assert_frame(100, 4 * PAGE - 150);
	const struct rte_mbuf *m = bench.frame;
	for (int i = 0; i < 3; i++, m = m->next) {
		assert_int_equal(m->data_len, want[i].bytes);
		assert_int_equal(rte_pktmbuf_iova(m), want[i].iova);
	}
	let_go();
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	assert_int_equal(rte_extmem_unregister(bench.page, 4 * PAGE), 0);
	bench_close();
}

// How it lies

struct shape {
	uint32_t pieces[8];
	uint32_t offset, bytes;
	uint32_t segments;
};

static const struct shape shapes[] = {
	{{14, END}, 0, 14, 1},
	{{1500, END}, 0, 1500, 1},
	{{1500, END}, 400, 800, 1}, // from the middle, not to the end
	{{700, 800, END}, 0, 1500, 2},
	{{700, 800, END}, 699, 2 + 60, 2},
	{{700, 800, END}, 700, 60, 1}, // all of the first is headroom
	{{700, 800, END}, 0, 700, 1},  // nothing in the second
	{{0, 700, 0, 0, 800, 0, END}, 0, 1500, 2},
	{{0, 700, 0, 0, 800, 0, END}, 650, 100, 2},
	{{1, 1, 1, 1, 1, 1, 60, END}, 0, 66, 7},
	{{65535, END}, 0, 65535, 1}, // the most that one mbuf describes
	{{65536, END}, 0, 65536, 2},
	{{150000, 50, END}, 10, 150000, 4},
};

static void any_chain_is_sent_as_it_lies(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	for (size_t i = 0; i < RTE_DIM(shapes); i++) {
		const struct shape *shape = &shapes[i];
		MDL *chain = foreign_chain(bench.page, shape->pieces);
		NET_BUFFER_LIST *nbl = list_over(chain, shape->offset, shape->bytes);
		NET_BUFFER before = *NET_BUFFER_LIST_FIRST_NB(nbl);

		lend(nbl);
		assert_int_equal(bench.frame->nb_segs, shape->segments);
		assert_lies_at(bench.frame, bench.page + shape->offset);
		assert_frame(shape->offset, shape->bytes);
		let_go();
		assert_memory_equal(&before, NET_BUFFER_LIST_FIRST_NB(nbl),
			offsetof(NET_BUFFER, NdisPoolHandle));
		assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(nbl));
		NdisFreeNetBufferList(nbl);
		foreign_chain_free(chain);
		assert_all_whole();
	}
	assert_counted(RTE_DIM(shapes), 0);
	bench_close();
}

static void what_takes_more_segments_than_the_device_is_copied(void **state)
{
	MDL *chain;
	NET_BUFFER_LIST *nbl;

	for (uint16_t most = 1; most <= 4; most++) {
		bench_open(NIMBL_REACH_PROCESS);
		bench.dev->segments_max = most;
		chain = foreign_chain(bench.page, (const uint32_t[]){100, 0, 100, 100, END});
		nbl = list_over(chain, 0, 300);
		lend(nbl);
		assert_counted(most >= 3, most < 3);
		assert_frame(0, 300);
		let_go();
		NdisFreeNetBufferList(nbl);
		foreign_chain_free(chain);
		bench_close();
	}
}

static NET_BUFFER_LIST *list_with_room(NDIS_HANDLE pool, uint32_t header)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	nbl->SourceHandle = bench.user->binding;
	assert_int_equal(NdisRetreatNetBufferDataStart(nb, header, 0, NULL), NDIS_STATUS_SUCCESS);
	foreign_fill(NdisGetDataBuffer(nb, header, NULL, 1, 0), header);
	return nbl;
}

// Header in the own room, payload anywhere: what most protocols send.
static void a_payload_behind_the_own_room_is_not_copied(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	NDIS_HANDLE pool = list_pool(TRUE, 128, 0);
	NET_BUFFER_LIST *nbl = list_with_room(pool, 54);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	MDL *chain = foreign_chain(bench.heap + 54, (const uint32_t[]){700, 700, END});

	NDIS_MDL_LINKAGE(nb->MdlChain) = chain;
	nb->stDataLength += 1400;
	assert_nb_sound(nb);
	lend(nbl);
	assert_counted(1, 0);
	assert_int_equal(bench.frame->nb_segs, 3);
	assert_ptr_equal(
		rte_pktmbuf_mtod(bench.frame, uint8_t *), NdisGetDataBuffer(nb, 54, NULL, 1, 0));
	assert_lies_at(bench.frame->next, bench.heap + 54);
	assert_frame(0, 1454);
	assert_int_equal(rte_mbuf_refcnt_read(nimbl_mbuf_of_nb(nb)), 1); // its mbuf is untouched
	let_go();
	NDIS_MDL_LINKAGE(nb->MdlChain) = NULL;
	nb->stDataLength -= 1400;
	assert_true(nimbl_nbl_is_plain(nbl, nb));
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	close_whole(pool);
	bench_close();
}

static NET_BUFFER_ALLOCATE_MDL driver_header;
static NET_BUFFER_FREE_MDL driver_header_free;

static MDL *driver_header(ULONG *bytes)
{
	return NdisAllocateMdl(NULL, bench.heap, *bytes);
}

static VOID driver_header_free(MDL *mdl)
{
	NdisFreeMdl(mdl);
}

static void a_header_in_front(bool ours, bool received, uint64_t foreign)
{
	bench_open(NIMBL_REACH_EAL);
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 512, 0, &(struct nimbl_pool_options){.capacity = 64, .node = NIMBL_NODE_ANY});
	MDL *chain = foreign_chain(bench.heap + 20, (const uint32_t[]){600, END});
	NET_BUFFER_LIST *nbl = received ? list_received(pool, 20) : list_over(chain, 0, 600);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	assert_int_equal(NdisRetreatNetBufferDataStart(nb, 20, 0, ours ? NULL : driver_header), 0);
	foreign_fill(NdisGetDataBuffer(nb, 20, NULL, 1, 0), 20);
	for (int again = 0; again < 2; again++) {
		lend(nbl);
		assert_frame(0, 620);
		let_go();
	}
	assert_counted(foreign, 0);
	NdisAdvanceNetBufferDataStart(nb, 20, TRUE, ours ? NULL : driver_header_free);
	if (received) { // its segments are still its own
		assert_ptr_equal(nimbl_nb_to_mbuf(nb), nimbl_mbuf_of_nb(nb));
		assert_int_equal(nimbl_mbuf_of_nb(nb)->nb_segs, 2);
	}
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	assert_pool_whole(pool);
	close_whole(pool);
	bench_close();
}

static void a_header_in_front_is_sent_from_where_it_lies(void **state)
{
	a_header_in_front(true, false, 2);
	a_header_in_front(false, false, 2);
	a_header_in_front(false, true, 2);
	a_header_in_front(true, true, 0); // all of it mbufs: sent as such
}

// When it ends

static void a_list_completes_when_every_piece_was_let_go(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){60, 60, 60, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, 180);
	struct rte_mbuf *m[3];

	lend(nbl);
	m[0] = bench.frame;
	m[1] = m[0]->next;
	m[2] = m[1]->next;
	bench.page[0] = bench.page[179] = 0xee; // not yet read
	assert_int_equal(*rte_pktmbuf_mtod(m[0], uint8_t *), 0xee);
	assert_int_equal(*rte_pktmbuf_mtod_offset(m[2], uint8_t *, 59), 0xee);
	for (int i = 2; i >= 0; i--) {
		for (int rounds = 0; rounds < 100; rounds++)
			run();
		assert_int_equal(bench.user->completed, 0);
		rte_pktmbuf_free_seg(m[i]);
	}
	run();
	assert_int_equal(bench.user->completed, 1);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

// A PMD that clones what it sends (a mirror, a bond) keeps the memory by way of the clone.
static void a_clone_of_the_frame_keeps_the_list_too(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	struct rte_mempool *mp = nimbl_pool_mempool(bench.dev->pools[0]);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){60, 60, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, 120);

	lend(nbl);
	struct rte_mbuf *clone = rte_pktmbuf_clone(bench.frame, mp);
	assert_non_null(clone);
	rte_pktmbuf_free(bench.frame);
	run();
	assert_int_equal(bench.user->completed, 0);
	assert_data(rte_pktmbuf_read(clone, 0, 120, frame_bytes), 0, 120);
	rte_pktmbuf_free(clone);
	run();
	assert_int_equal(bench.user->completed, 1);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

static void buffers_of_every_kind_in_one_list_complete_once(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	NDIS_HANDLE buffers = buffer_pool(0);
	MDL *chains[4] = {
		foreign_chain(bench.heap, (const uint32_t[]){100, 100, END}),
		foreign_chain(bench.page, (const uint32_t[]){200, END}), // to be copied
		foreign_chain(bench.heap, (const uint32_t[]){13, END}),  // too short
		foreign_chain(bench.heap, (const uint32_t[]){50, 150, END}),
	};
	static const uint32_t bytes[] = {200, 200, 13, 200};
	NET_BUFFER_LIST *nbl = list_over(chains[0], 0, bytes[0]);
	NET_BUFFER *nb[4] = {NET_BUFFER_LIST_FIRST_NB(nbl)};
	struct rte_mbuf *frames[3];

	for (int i = 1; i < 4; i++) {
		nb[i] = NdisAllocateNetBuffer(buffers, chains[i], 0, bytes[i]);
		NET_BUFFER_NEXT_NB(nb[i - 1]) = nb[i];
	}
	for (int i = 0; i < 4; i++) // what another miniport left there means nothing
		memset(nb[i]->MiniportReserved, 0xa5, sizeof(nb[i]->MiniportReserved));
	test_send(bench.user, &nbl, 1, 0);
	for (int i = 0; i < 3; i++) {
		take();
		assert_frame(0, 200);
		frames[i] = bench.frame;
	}
	assert_counted(2, 1);
	rte_pktmbuf_free(frames[1]);
	rte_pktmbuf_free(frames[2]);
	run();
	assert_int_equal(bench.user->completed, 0);
	rte_pktmbuf_free(frames[0]);
	run();
	assert_int_equal(bench.user->completed, 1);
	assert_int_equal(bench.user->completions[0].status, NDIS_STATUS_INVALID_LENGTH);
	NET_BUFFER_NEXT_NB(nb[0]) = NULL;
	for (int i = 1; i < 4; i++)
		NdisFreeNetBuffer(nb[i]);
	NdisFreeNetBufferList(nbl);
	for (int i = 0; i < 4; i++)
		foreign_chain_free(chains[i]);
	close_whole(buffers);
	bench_close();
}

// Seven fit the ring, eight the backlog; five more are too many.
static void what_finds_no_room_completes_with_resources(void **state)
{
	static const struct ring_port_options small = {.out_ring = 8, .descriptors = 8};
	NET_BUFFER_LIST *lists[20];
	MDL *chain;
	uint32_t refused = 0, sent = 0;

	bench_open_with(NIMBL_REACH_PROCESS, &small);
	bench.dev->txqs[0].pending.mask = 15; // so many lists may wait
	chain = foreign_chain(bench.page, (const uint32_t[]){60, 60, END});
	for (int i = 0; i < 20; i++)
		lists[i] = list_over(chain, 0, 120);
	test_send(bench.user, lists, 20, 0);
	for (int rounds = 0; rounds < 5; rounds++) {
		struct rte_mbuf *m;

		for (; (m = ring_port_take(&bench.port)) != NULL; sent++)
			rte_pktmbuf_free(m);
		run();
	}
	assert_int_equal(bench.user->completed, 20);
	for (uint32_t i = 0; i < 20; i++)
		refused += bench.user->completions[i].status == NDIS_STATUS_RESOURCES;
	assert_int_equal(sent + refused, 20);
	assert_int_equal(sent, 15);
	for (int i = 0; i < 20; i++)
		NdisFreeNetBufferList(lists[i]);
	foreign_chain_free(chain);
	bench_close();
}

// A PMD that was closed and never gave back: wrappers and list are whole again all the same.
static void what_a_pmd_keeps_for_ever_comes_home_at_halt(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){60, 60, 60, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, 180);

	lend(nbl);
	bench.dev->passes_mbufs = true;
	assert_int_equal(ring_port_close(&bench.port), 0);
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	assert_all_whole();
	close_whole(bench.lists);
	rte_free(bench.heap);
	munmap(bench.page, MEMORY);
}

static void a_list_given_for_good_is_copied(void **state)
{
	bench_open(NIMBL_REACH_PROCESS);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){60, 60, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, 120);

	test_send(bench.user, &nbl, 1, GIVEN); // nobody says when its memory may go
	take();
	foreign_chain_free(chain);
	memset(bench.page, 0, 120);
	assert_counted(0, 1);
	assert_frame(0, 120);
	rte_pktmbuf_free(bench.frame);
	bench_close();
}

// Without wrappers

// Leave `count` wrappers in their pool, which does not grow meanwhile. Returns how many were taken.
static uint32_t wrappers_leave(uint32_t count, void **taken)
{
	struct nimbl_pool *pool = internal_pool(INTERNAL_BUFFERS);
	uint32_t n = 0;

	assert_int_equal(pool->chunk_count, 1);
	pool->capacity = pool_size(pool);
	while (n + count < pool->capacity) {
		taken[n] = element_take(pool);
		assert_non_null(taken[n++]);
	}
	return n;
}

static void wrappers_return(void **taken, uint32_t count)
{
	struct nimbl_pool *pool = internal_pool(INTERNAL_BUFFERS);

	pool->capacity = 0;
	rte_mempool_put_bulk(pool->chunks[0], taken, count);
}

static void a_frame_is_copied_whole_when_any_wrapper_is_missing(void **state)
{
	void *taken[1024];

	bench_open(NIMBL_REACH_PROCESS);
	MDL *chain = foreign_chain(bench.page, (const uint32_t[]){60, 60, 60, END});
	NET_BUFFER_LIST *nbl = list_over(chain, 0, 180);

	for (uint32_t left = 0; left <= 4; left++) {
		struct nimbl_counters before = counters();
		uint32_t n = wrappers_leave(left, taken);

		lend(nbl);
		assert_int_equal(counters().tx_copied - before.tx_copied, left < 3);
		assert_int_equal(counters().tx_foreign - before.tx_foreign, left >= 3);
		assert_frame(0, 180);
		let_go();
		wrappers_return(taken, n);
	}
	NdisFreeNetBufferList(nbl);
	foreign_chain_free(chain);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_sent_as_it_lies_where_the_device_reads_it),
		cmocka_unit_test(what_a_device_reaches_is_known_by_its_driver),
		cmocka_unit_test(memory_registered_with_eal_is_for_devices_that_it_is_mapped_for),
		cmocka_unit_test(a_piece_over_pages_apart_is_a_segment_for_each_stretch),
		cmocka_unit_test(any_chain_is_sent_as_it_lies),
		cmocka_unit_test(what_takes_more_segments_than_the_device_is_copied),
		cmocka_unit_test(a_payload_behind_the_own_room_is_not_copied),
		cmocka_unit_test(a_header_in_front_is_sent_from_where_it_lies),
		cmocka_unit_test(a_list_completes_when_every_piece_was_let_go),
		cmocka_unit_test(a_clone_of_the_frame_keeps_the_list_too),
		cmocka_unit_test(buffers_of_every_kind_in_one_list_complete_once),
		cmocka_unit_test(what_finds_no_room_completes_with_resources),
		cmocka_unit_test(what_a_pmd_keeps_for_ever_comes_home_at_halt),
		cmocka_unit_test(a_list_given_for_good_is_copied),
		cmocka_unit_test(a_frame_is_copied_whole_when_any_wrapper_is_missing),
	};

	return cmocka_run_group_tests(tests, bench_start, NULL);
}
