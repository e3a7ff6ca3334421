// SPDX-License-Identifier: BSD-3-Clause
// Where NB, MDL and list lie beside an mbuf, what adopting a received mbuf writes of them, and that
// information slots read zero without anybody clearing them per packet.
#include "pool_make.h"

#define LINE 64

static NDIS_HANDLE open_pool(BOOLEAN with_nb, ULONG data_bytes, USHORT context_bytes)
{
	return list_pool_with(with_nb, data_bytes, context_bytes,
		&(struct nimbl_pool_options){.capacity = 32, .node = NIMBL_NODE_ANY});
}

static void conversions_lead_there_and_back(void **state)
{
	static const ULONG sizes[] = {0, 1, 100, 2048, 2176, 65535};

	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		NDIS_HANDLE pool = open_pool(TRUE, sizes[i], 48);
		NET_BUFFER_LIST *lists[32];

		assert_int_equal(nimbl_nbl_get(pool, lists, 32), 32);
		for (int j = 0; j < 32; j++) {
			NET_BUFFER_LIST *nbl = lists[j];
			NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
			struct rte_mbuf *m = nimbl_mbuf_of_nb(nb);

			assert_ptr_equal(nimbl_own_nb(nbl), nb);
			assert_ptr_equal(nimbl_nbl_of_nb(nb), nbl);
			assert_ptr_equal(nimbl_nb_of_mbuf(m), nb);
			assert_ptr_equal(nimbl_nbl_of_mbuf(m), nbl);
			assert_ptr_equal(nimbl_mbuf_of_mdl(nimbl_own_mdl(nb)), m);
			assert_int_equal((uintptr_t)m % LINE, 0);
			assert_int_equal((uintptr_t)nb % LINE, 0);
			assert_int_equal((uintptr_t)nimbl_own_mdl(nb) % LINE, 0);
			assert_int_equal((uintptr_t)nbl % LINE, 0);
		}
		nimbl_nbl_put(lists, 32);
		close_whole(pool);
	}
}

static void parts_lie_in_order_and_do_not_overlap(void **state)
{
	NDIS_HANDLE pool = open_pool(TRUE, 2048, 48);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	uint8_t *nb = (uint8_t *)NET_BUFFER_LIST_FIRST_NB(nbl);
	struct rte_mbuf *m = nimbl_mbuf_of_nb(NET_BUFFER_LIST_FIRST_NB(nbl));
	uint8_t *mdl = (uint8_t *)nimbl_own_mdl(NET_BUFFER_LIST_FIRST_NB(nbl));
	uint8_t *context = (uint8_t *)nbl->Context;

	assert_ptr_equal(nb, m + 1);
	assert_ptr_equal(nb, rte_mbuf_to_priv(m));
	assert_true(mdl >= nb + sizeof(NET_BUFFER));
	assert_true((uint8_t *)nbl >= mdl + sizeof(MDL));
	assert_true(context >= (uint8_t *)nbl + sizeof(NET_BUFFER_LIST));
	assert_true((uint8_t *)m->buf_addr >= context + sizeof(NET_BUFFER_LIST_CONTEXT) +
						      NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl));
	assert_ptr_equal(m->buf_addr, nb + m->priv_size);
	assert_int_equal(m->buf_len, 2048);
	assert_int_not_equal(nimbl_own_mdl((NET_BUFFER *)nb)->MdlFlags & NIMBL_MDL_SEGMENT, 0);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void lists_and_buffers_alone_are_on_lines_too(void **state)
{
	NDIS_HANDLE lists = open_pool(FALSE, 0, 16), buffers = buffer_pool(0);

	for (int i = 0; i < 20; i++) {
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
		NET_BUFFER *nb = NdisAllocateNetBuffer(buffers, NULL, 0, 0);

		assert_int_equal((uintptr_t)nbl % LINE, 0);
		assert_int_equal((uintptr_t)nb % LINE, 0);
		assert_ptr_equal(nimbl_nb_of_mbuf(nimbl_mbuf_of_nb(nb)), nb);
		NdisFreeNetBufferList(nbl);
		NdisFreeNetBuffer(nb);
	}
	close_whole(lists);
	close_whole(buffers);
}

// What an element that is whole does not promise: anything of these may have been in it before.
static void scribble(NET_BUFFER_LIST *nbl, NET_BUFFER *nb)
{
	nbl->Next = (void *)0x5a5a5a5a5a5a5a5a;
	nbl->NimblState = NIMBL_LIST_HANDED | NIMBL_LIST_OWNS_SEGMENTS;
	memset(&nbl->Scratch, 0x5a,
		offsetof(NET_BUFFER_LIST, NetBufferListInfo) - offsetof(NET_BUFFER_LIST, Scratch));
	nb->stDataLength = 0x5a5a5a5a;
	memset(nb->ProtocolReserved, 0x5a, sizeof(*nb) - offsetof(NET_BUFFER, ProtocolReserved));
}

static void assert_same(const uint8_t *before, const uint8_t *after, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (before[i] != after[i])
			fail_msg("byte %zu of the private area was written", i);
	}
}

static void adopt_and_compare(struct rte_mbuf *m)
{
	static uint8_t before[4096];
	struct rte_mbuf mbuf = *m;
	NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	const uint8_t *area = (const uint8_t *)nb;

	scribble(nimbl_nbl_of_nb(nb), nb);
	assert_in_range(m->priv_size, NIMBL_NBL_FROM_NB + NIMBL_NBL_BYTES, sizeof(before));
	memcpy(before, area, m->priv_size);
	NET_BUFFER_LIST *nbl = adopt(m);

	assert_ptr_equal(nbl, nimbl_nbl_of_nb(nb));
	assert_same(before, area, LINE, NIMBL_NBL_FROM_NB);
	assert_same(before, area, NIMBL_NBL_FROM_NB + LINE, m->priv_size);
	assert_memory_equal(&mbuf, m, sizeof(mbuf));
	assert_ptr_equal(NET_BUFFER_LIST_FIRST_NB(nbl), nb);
	assert_nb_sound(nb);
	assert_null(nb->Next);
	assert_ptr_equal(nb->MdlChain, nimbl_own_mdl(nb));
	assert_int_equal(nb->DataOffset, m->data_off);
	assert_int_equal(nb->stDataLength, m->pkt_len);
	assert_int_equal(nb->ChecksumBias, 0);
	assert_null(nbl->Next);
	assert_int_equal(nbl->NblFlags | nbl->Flags | (ULONG)nbl->ChildRefCount, 0);
	assert_int_equal(nbl->Status, NDIS_STATUS_SUCCESS);
	assert_int_equal(nbl->NimblInfoUsed, 0);
	assert_int_equal(nbl->NimblState, NIMBL_LIST_INDICATED);
}

static void adopting_writes_the_first_line_of_nb_and_list_only(void **state)
{
	static const uint16_t offsets[] = {RTE_PKTMBUF_HEADROOM, 0, 64, 500};
	NDIS_HANDLE pool = open_pool(TRUE, 2048, 64);

	for (size_t i = 0; i < RTE_DIM(offsets); i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

		m->data_off = offsets[i];
		m->data_len = 1000;
		m->pkt_len = 1000;
		adopt_and_compare(m);
		hand_over(nimbl_nbl_of_mbuf(m));
	}
	assert_pool_whole(pool);
	close_whole(pool);
}

// The same for buffers that have had every sort of owner before.
static void adopting_finds_a_whole_list_whoever_had_it(void **state)
{
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 2048, 0, &(struct nimbl_pool_options){.capacity = 1, .node = NIMBL_NODE_ANY});

	for (int i = 0; i < 64; i++) {
		NET_BUFFER_LIST *nbl = i & 1 ? NdisAllocateNetBufferList(pool, 0, 0)
					     : receive_one(pool, (uint16_t)i);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		nbl->NblFlags = nbl->Flags = UINT32_MAX;
		nbl->ChildRefCount = -1;
		nbl->Status = NDIS_STATUS_FAILURE;
		nbl->SourceHandle = nbl;
		nb->ChecksumBias = 14;
		nb->DataOffset = nb->CurrentMdlOffset = (ULONG)i;
		nb->stDataLength = (ULONG)i * 3;
		NET_BUFFER_LIST_INFO(nbl, NetBufferListCancelId) = nbl;
		if (i & 2)
			hand_over(nbl);
		else
			NdisFreeNetBufferList(nbl);
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));
		assert_non_null(rte_pktmbuf_append(m, 60));
		adopt_and_compare(m);
		nbl = nimbl_nbl_of_mbuf(m);
		assert_null(nbl->SourceHandle); // the pool has no owner
		assert_null(NET_BUFFER_LIST_INFO(nbl, NetBufferListCancelId));
		nimbl_nbl_put(&nbl, 1);
	}
	close_whole(pool);
}

static void assert_slots_zero(const NET_BUFFER_LIST *nbl)
{
	assert_int_equal(nbl->NimblInfoUsed, 0);
	for (ULONG id = 0; id < MaxNetBufferListInfo; id++)
		assert_null(nbl->NetBufferListInfo[id]);
}

static void every_slot_reads_zero_in_the_next_life(void **state)
{
	NDIS_HANDLE pool = list_pool_with(
		TRUE, 256, 0, &(struct nimbl_pool_options){.capacity = 1, .node = NIMBL_NODE_ANY});

	for (ULONG id = 0; id < MaxNetBufferListInfo; id++) {
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

		NET_BUFFER_LIST_INFO(nbl, id) = nbl;
		assert_int_equal(nbl->NimblInfoUsed, 1u << id);
		NdisFreeNetBufferList(nbl); // free, then allocate
		nbl = NdisAllocateNetBufferList(pool, 0, 0);
		assert_slots_zero(nbl);

		NET_BUFFER_LIST_INFO(nbl, id) = nbl;
		hand_over(nbl); // home from the PMD, then received
		nbl = receive_one(pool, 60);
		assert_slots_zero(nbl);

		NET_BUFFER_LIST_INFO(nbl, id) = nbl;
		nimbl_nbl_put_chain(nbl); // returned, then received
		nbl = receive_one(pool, 60);
		assert_slots_zero(nbl);
		NET_BUFFER_LIST_INFO(nbl, id) = nbl;
		hand_over(nbl); // home from the PMD, then allocated
		nbl = NdisAllocateNetBufferList(pool, 0, 0);
		assert_slots_zero(nbl);
		NdisFreeNetBufferList(nbl);
	}
	close_whole(pool);
}

static void slots_not_taken_cost_nothing(void **state)
{
	NDIS_HANDLE pool = open_pool(TRUE, 256, 0);
	NET_BUFFER_LIST *nbl = receive_one(pool, 60);
	PVOID known = (PVOID)(uintptr_t)0x1234;

	// Nobody looks at, or clears, slots that were not taken: what lies there stays.
	nbl->NetBufferListInfo[WfpNetBufferListInfo] = known;
	NET_BUFFER_LIST_INFO(nbl, NetBufferListHashValue) = known;
	assert_int_equal(nbl->NimblInfoUsed, 1u << NetBufferListHashValue);
	NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_FAILURE;
	NBL_SET_FLAG(nbl, NBL_FLAGS_SCRATCH);
	NdisSetNblFlag(nbl, NDIS_NBL_FLAGS_IS_IPV4);
	assert_int_equal(nbl->NimblInfoUsed, 1u << NetBufferListHashValue);
	nimbl_nbl_put(&nbl, 1);
	assert_ptr_equal(nbl->NetBufferListInfo[WfpNetBufferListInfo], known);
	assert_null(nbl->NetBufferListInfo[NetBufferListHashValue]);
	nbl->NetBufferListInfo[WfpNetBufferListInfo] = NULL;
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions_lead_there_and_back),
		cmocka_unit_test(parts_lie_in_order_and_do_not_overlap),
		cmocka_unit_test(lists_and_buffers_alone_are_on_lines_too),
		cmocka_unit_test(adopting_writes_the_first_line_of_nb_and_list_only),
		cmocka_unit_test(adopting_finds_a_whole_list_whoever_had_it),
		cmocka_unit_test(every_slot_reads_zero_in_the_next_life),
		cmocka_unit_test(slots_not_taken_cost_nothing),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
