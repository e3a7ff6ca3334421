// SPDX-License-Identifier: BSD-3-Clause
// Lists derived from memory of others, and from rooms that are in use elsewhere, are sent as they lie.
#include "foreign_bench.h"

static void lend_child(NET_BUFFER_LIST *child)
{
	child->SourceHandle = bench.user->binding;
	lend(child);
}

static void clones_of_memory_of_others_are_sent_from_it(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	MDL *chain = foreign_chain(bench.heap, (const uint32_t[]){500, 0, 500, END});
	NET_BUFFER_LIST *parent = list_over(chain, 100, 800);

	for (ULONG flags = 0; flags <= NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS; flags += 2) {
		NET_BUFFER_LIST *child = NdisAllocateCloneNetBufferList(parent, NULL, NULL, flags);

		lend_child(child);
		assert_lies_at(bench.frame, bench.heap + 100);
		assert_frame(100, 800);
		let_go();
		NdisFreeCloneNetBufferList(child, flags);
	}
	assert_counted(2, 0);
	lend(parent);
	let_go();
	assert_counted(3, 0);
	NdisFreeNetBufferList(parent);
	foreign_chain_free(chain);
	bench_close();
}

// Over the MDLs of a received packet: its mbufs stay as they are, whoever sends them meanwhile.
static void a_clone_over_original_mdls_leaves_the_parents_mbufs_alone(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 512, 0, &(struct nimbl_pool_options){.capacity = 64, .node = NIMBL_NODE_ANY});
	NET_BUFFER_LIST *parent = list_received(pool, 0), *child;
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(parent);
	struct rte_mbuf *frame, before;

	child = NdisAllocateCloneNetBufferList(
		parent, NULL, NULL, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
	before = *nimbl_mbuf_of_nb(nb);
	lend_child(child);
	assert_memory_equal(nimbl_mbuf_of_nb(nb), &before, sizeof(before));
	frame = bench.frame;
	assert_frame(0, 600);
	NdisAdvanceNetBufferDataStart(nb, 10, FALSE, NULL);
	lend(parent);
	assert_ptr_equal(bench.frame, nimbl_mbuf_of_nb(nb));
	assert_frame(10, 590);
	rte_pktmbuf_free(bench.frame);
	bench.frame = frame;
	assert_frame(0, 600);
	run();
	assert_int_equal(bench.user->completed, 0); // in the order in which they were sent
	rte_pktmbuf_free(bench.frame);
	run();
	assert_int_equal(bench.user->completed, 2);
	assert_counted(1, 0);
	NdisFreeCloneNetBufferList(child, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
	bench_close();
}

// Several may be under way at once from one memory.
static void what_lent_its_room_is_sent_from_it_too(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 512, 0, &(struct nimbl_pool_options){.capacity = 64, .node = NIMBL_NODE_ANY});
	NET_BUFFER_LIST *parent = list_received(pool, 0), *child;
	struct rte_mbuf *frames[2];

	child = NdisAllocateCloneNetBufferList(parent, NULL, NULL, 0);
	lend_child(child);
	frames[0] = bench.frame;
	lend(parent);
	frames[1] = bench.frame;
	assert_counted(1, 0);
	assert_ptr_equal(rte_pktmbuf_mtod(frames[0], void *), rte_pktmbuf_mtod(frames[1], void *));
	assert_frame(0, 600);
	run();
	assert_int_equal(bench.user->completed, 0);
	rte_pktmbuf_free(frames[0]);
	run();
	assert_int_equal(bench.user->completed, 1);
	rte_pktmbuf_free(frames[1]);
	run();
	assert_int_equal(bench.user->completed, 2);
	NdisFreeNetBufferList(parent);
	NdisFreeCloneNetBufferList(child, 0);
	assert_pool_whole(pool);
	close_whole(pool);
	bench_close();
}

static void fragments_with_fresh_headers_are_sent_from_the_parents_memory(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	MDL *chain = foreign_chain(bench.heap, (const uint32_t[]){14, 300, 700, END});
	NET_BUFFER_LIST *parent = list_over(chain, 0, 1014);
	NET_BUFFER_LIST *child =
		NdisAllocateFragmentNetBufferList(parent, NULL, NULL, 14, 400, 14, 0, 0);
	static const uint32_t bytes[] = {414, 414, 214};
	struct rte_mbuf *frames[3];
	uint32_t from = 14;

	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(child); nb != NULL; nb = nb->Next)
		foreign_fill(NdisGetDataBuffer(nb, 14, NULL, 1, 0), 14);
	child->SourceHandle = bench.user->binding;
	test_send(bench.user, &child, 1, 0);
	for (int i = 0; i < 3; i++) {
		take();
		frames[i] = bench.frame;
		assert_int_equal(bench.frame->pkt_len, bytes[i]);
		assert_data(rte_pktmbuf_mtod(bench.frame, uint8_t *), 0, 14);
		assert_lies_at(bench.frame->next, bench.heap + from);
		from += bytes[i] - 14;
	}
	assert_counted(3, 0);
	for (int i = 0; i < 3; i++) {
		run();
		assert_int_equal(bench.user->completed, 0);
		rte_pktmbuf_free(frames[i]);
	}
	run();
	assert_int_equal(bench.user->completed, 1);
	NdisFreeFragmentNetBufferList(child, 14, 0);
	NdisFreeNetBufferList(parent);
	foreign_chain_free(chain);
	bench_close();
}

static void a_reassembly_is_sent_from_the_memory_of_all_its_parts(void **state)
{
	bench_open(NIMBL_REACH_EAL);
	NDIS_HANDLE buffers = buffer_pool(0);
	MDL *chain = foreign_chain(bench.heap, (const uint32_t[]){1000, END});
	NET_BUFFER_LIST *parent = list_over(chain, 0, 400), *child;
	NET_BUFFER *second = NdisAllocateNetBuffer(buffers, chain, 380, 620);

	NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(parent)) = second;
	child = NdisAllocateReassembledNetBufferList(parent, NULL, 20, 20, 0, 0);
	assert_non_null(child);
	foreign_fill(NdisGetDataBuffer(NET_BUFFER_LIST_FIRST_NB(child), 20, NULL, 1, 0), 20);
	lend_child(child);
	assert_counted(1, 0);
	assert_lies_at(bench.frame->next, bench.heap + 20);
	assert_frame(0, 1000);
	let_go();
	NdisFreeReassembledNetBufferList(child, 20, 0);
	NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(parent)) = NULL;
	NdisFreeNetBuffer(second);
	NdisFreeNetBufferList(parent);
	foreign_chain_free(chain);
	close_whole(buffers);
	bench_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clones_of_memory_of_others_are_sent_from_it),
		cmocka_unit_test(a_clone_over_original_mdls_leaves_the_parents_mbufs_alone),
		cmocka_unit_test(what_lent_its_room_is_sent_from_it_too),
		cmocka_unit_test(fragments_with_fresh_headers_are_sent_from_the_parents_memory),
		cmocka_unit_test(a_reassembly_is_sent_from_the_memory_of_all_its_parts),
	};

	return cmocka_run_group_tests(tests, bench_start, NULL);
}
