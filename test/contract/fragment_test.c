// SPDX-License-Identifier: BSD-3-Clause
// Fragments and reassemblies, by rule (NDIS reference 3.7).
#include "derive_make.h"

static NET_BUFFER_LIST *cut(NET_BUFFER_LIST *parent, ULONG start, ULONG most, ULONG delta)
{
	return NdisAllocateFragmentNetBufferList(parent, NULL, NULL, start, most, delta, 0, 0);
}

static void each_piece_has_at_most_the_maximum(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 5, 200, 0);

	for (ULONG start = 0; start < 1000; start += 37) {
		for (ULONG most = 1; most < 1100; most += most < 8 ? 93 : 119) {
			NET_BUFFER_LIST *child = cut(parent, start, most, 0);
			ULONG at = start;

			for (NET_BUFFER *nb = child->FirstNetBuffer; nb != NULL; nb = nb->Next) {
				assert_bytes(nb, at, RTE_MIN(most, 1000 - at));
				assert_int_equal(nb->DataOffset, 0);
				at += nb->DataLength;
			}
			assert_int_equal(at, 1000);
			assert_list_fresh(child, NdisGetPoolFromNetBufferList(child));
			NdisFreeFragmentNetBufferList(child, 0, 0);
		}
	}
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void every_piece_is_retreated(void **state) // Q13: the maximum is payload
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 3, 300, 0);
	NET_BUFFER_LIST *child = cut(parent, 14, 400, 14);

	for (NET_BUFFER *nb = child->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		assert_int_equal(nb->DataLength, nb->Next != NULL ? 414 : 900 - 14 - 800 + 14);
		assert_nb_sound(nb);
		memset(NdisGetDataBuffer(nb, 14, NULL, 1, 0), 0xff, 14); // room of its own
		struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
		assert_non_null(m); // header and borrowed room, no copy
		assert_int_equal(m->pkt_len, nb->DataLength);
		nimbl_mbuf_unlink(m);
	}
	assert_bytes(parent->FirstNetBuffer, 0, 900);
	NdisFreeFragmentNetBufferList(child, 14, 0);
	child = cut(parent, 0, 400, 14);
	NdisAdvanceNetBufferListDataStart(child, 14, TRUE, NULL);
	assert_bytes(child->FirstNetBuffer, 0, 400);
	NdisFreeFragmentNetBufferList(child, 0, 0); // the delta that is retreated now
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void fragments_with_nothing_to_cut_or_wrong_arguments_are_refused(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 100, 0);

	assert_null(cut(parent, 100, 10, 0));
	assert_null(cut(parent, 101, 10, 0));
	assert_null(cut(parent, 0, 0, 0));
	assert_null(NdisAllocateFragmentNetBufferList(parent, NULL, NULL, 0, 10, 0, 0, 1));
	assert_null(NdisAllocateFragmentNetBufferList(parent, pool, pool, 0, 10, 0, 0, 0));
	assert_null(NdisAllocateReassembledNetBufferList(parent, NULL, 0, 0, 0, 1));
	assert_null(NdisAllocateReassembledNetBufferList(parent, NULL, 101, 0, 0, 0));
	assert_null(NdisAllocateReassembledNetBufferList(parent, pool, 0, 0, 0, 0)); // has data
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

static void a_piece_never_spans_two_buffers_and_reassembly_undoes_it(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 4, 250, 0);

	for (ULONG header = 0; header <= 40; header += 20) {
		NET_BUFFER_LIST *pieces = cut(parent, 0, 333, header);
		NET_BUFFER_LIST *smaller = cut(pieces, header, 100, header);
		ULONG count = 0;

		for (NET_BUFFER *nb = smaller->FirstNetBuffer; nb != NULL; nb = nb->Next)
			count++;
		assert_int_equal(count, 4 + 4 + 4 + 1);
		NET_BUFFER_LIST *whole =
			NdisAllocateReassembledNetBufferList(smaller, NULL, header, header, 0, 0);
		assert_null(whole->FirstNetBuffer->Next);
		assert_list_fresh(whole, NdisGetPoolFromNetBufferList(whole));
		NdisAdvanceNetBufferListDataStart(whole, header, TRUE, NULL);
		assert_bytes(whole->FirstNetBuffer, 0, 1000);
		assert_non_null(nimbl_nb_to_mbuf(whole->FirstNetBuffer));
		nimbl_mbuf_unlink(nimbl_mbuf_of_nb(whole->FirstNetBuffer));
		NdisFreeReassembledNetBufferList(whole, 0, 0);
		NdisFreeFragmentNetBufferList(smaller, header, 0);
		NdisFreeFragmentNetBufferList(pieces, header, 0);
	}
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void fragments_and_reassembly_are_of_one_list(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 100, 0);

	parent->Next = parent_received(pool, 1, 100, 500);
	NET_BUFFER_LIST *pieces = cut(parent, 0, 100, 0);
	assert_null(pieces->Next);
	assert_null(pieces->FirstNetBuffer->Next);
	NET_BUFFER_LIST *whole = NdisAllocateReassembledNetBufferList(parent, NULL, 0, 0, 0, 0);
	assert_null(whole->Next);
	assert_bytes(whole->FirstNetBuffer, 0, 100);
	NdisFreeReassembledNetBufferList(whole, 0, 0);
	NdisFreeFragmentNetBufferList(pieces, 0, 0);
	NdisFreeNetBufferList(parent->Next);
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

static void reassembly_of_nothing_is_an_empty_packet(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 100, 0);
	NET_BUFFER_LIST *whole = NdisAllocateReassembledNetBufferList(parent, NULL, 100, 0, 0, 0);

	assert_bytes(whole->FirstNetBuffer, 0, 0);
	NdisFreeReassembledNetBufferList(whole, 0, 0);
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

static void failure_at_any_allocation_leaves_nothing(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 3, 200, 0);
	bool done = false;

	for (uint32_t n = 1; !done; n++) {
		struct nimbl_pool_options options = {
			.capacity = n, .ops = "stack", .node = NIMBL_NODE_ANY};
		NET_BUFFER_POOL_PARAMETERS parameters = buffer_parameters(0);
		NDIS_HANDLE lists = list_pool_with(FALSE, 0, 0, &options);
		NDIS_HANDLE buffers = nimbl_nb_pool_open(NULL, &parameters, &options);
		NET_BUFFER_LIST *child =
			NdisAllocateFragmentNetBufferList(parent, lists, buffers, 0, 150, 14, 0, 0);

		done = child != NULL;
		if (done)
			NdisFreeFragmentNetBufferList(child, 14, 0);
		close_whole(buffers);
		close_whole(lists);
		for (struct rte_mbuf *m = nimbl_mbuf_of_nb(nimbl_own_nb(parent)); m != NULL;
			m = m->next)
			assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	}
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(each_piece_has_at_most_the_maximum),
		rule(every_piece_is_retreated),
		rule(fragments_with_nothing_to_cut_or_wrong_arguments_are_refused),
		rule(a_piece_never_spans_two_buffers_and_reassembly_undoes_it),
		rule(fragments_and_reassembly_are_of_one_list),
		rule(reassembly_of_nothing_is_an_empty_packet),
		rule(failure_at_any_allocation_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
