// SPDX-License-Identifier: BSD-3-Clause
// Retreat and advance, by rule (NDIS reference 3.5, and 1.1 for what holds after each).
#include "pool_make.h"

#define ROOM 128u

static uint8_t memory[1024];
static uint32_t driver_mdls, driver_fails_at;

static MDL *driver_allocate(ULONG *size)
{
	if (driver_fails_at > 0 && --driver_fails_at == 0)
		return NULL;
	driver_mdls++;
	*size += 10; // may report more than was asked for
	return NdisAllocateMdl(NULL, malloc(*size), *size);
}

static void driver_free(MDL *mdl)
{
	driver_mdls--;
	assert_null(NDIS_MDL_LINKAGE(mdl));
	free(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	NdisFreeMdl(mdl);
}

static MDL *driver_allocates_too_little(ULONG *size)
{
	driver_mdls++;
	return NdisAllocateMdl(NULL, malloc(1), 1);
}

// `count` MDLs of `bytes` each over consecutive memory.
static MDL *chain_of(uint32_t count, uint32_t bytes)
{
	MDL *chain = NULL;

	for (uint32_t i = count; i > 0; i--) {
		MDL *mdl = NdisAllocateMdl(NULL, memory + (i - 1) * bytes, bytes);

		mdl->Next = chain;
		chain = mdl;
	}
	return chain;
}

static void chain_free(MDL *mdl)
{
	while (mdl != NULL) {
		MDL *next = mdl->Next;

		NdisFreeMdl(mdl);
		mdl = next;
	}
}

#define assert_at(nb, mdl, mdl_offset, offset, length)                           \
	do {                                                                     \
		assert_nb_sound(nb);                                             \
		assert_ptr_equal(NET_BUFFER_CURRENT_MDL(nb), mdl);               \
		assert_int_equal(NET_BUFFER_CURRENT_MDL_OFFSET(nb), mdl_offset); \
		assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), offset);            \
		assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), length);            \
	} while (0)

static NDIS_STATUS retreat(NET_BUFFER *nb, ULONG delta, ULONG fill)
{
	return NdisRetreatNetBufferDataStart(nb, delta, fill, NULL);
}

static void retreat_uses_headroom_first(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, ROOM, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	MDL *own = nb->MdlChain;

	assert_int_equal(retreat(nb, 100, 500), NDIS_STATUS_SUCCESS);
	assert_at(nb, own, 28, 28, 100);
	assert_int_equal(retreat(nb, 0, 0), NDIS_STATUS_SUCCESS);
	assert_at(nb, own, 28, 28, 100);
	assert_true(nimbl_nbl_is_plain(nbl, nb));
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void retreat_by_all_headroom_does_not_allocate(void **state) // Q3
{
	NDIS_HANDLE pool = buffer_pool(ROOM);
	NET_BUFFER *nb = NdisAllocateNetBufferMdlAndData(pool);
	MDL *own = nb->MdlChain;

	assert_int_equal(
		NdisRetreatNetBufferDataStart(nb, ROOM, 0, driver_allocate), NDIS_STATUS_SUCCESS);
	assert_at(nb, own, 0, 0, ROOM);
	assert_int_equal(driver_mdls, 0);
	NdisFreeNetBuffer(nb);
	close_whole(pool);
}

static void retreat_crosses_into_the_mdl_before(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *chain = chain_of(3, 100);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, chain, 210, 50);

	assert_at(nb, chain->Next->Next, 10, 210, 50);
	assert_int_equal(retreat(nb, 10, 0), NDIS_STATUS_SUCCESS);
	assert_at(nb, chain->Next->Next, 0, 200, 60);
	assert_int_equal(retreat(nb, 1, 0), NDIS_STATUS_SUCCESS);
	assert_at(nb, chain->Next, 99, 199, 61);
	assert_int_equal(retreat(nb, 150, 0), NDIS_STATUS_SUCCESS);
	assert_at(nb, chain, 49, 49, 211);
	NdisFreeNetBuffer(nb);
	chain_free(chain);
	close_whole(pool);
}

static void retreat_without_headroom_puts_an_mdl_in_front(void **state) // Q2
{
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *chain = chain_of(1, 100);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, chain, 5, 95);

	for (ULONG i = 0; i < 95; i++)
		memory[5 + i] = (uint8_t)i;
	assert_int_equal(retreat(nb, 14, 32), NDIS_STATUS_SUCCESS);
	MDL *header = nb->MdlChain;
	assert_ptr_equal(header->Next, chain);
	assert_int_equal(header->MdlFlags & NIMBL_MDL_RETREAT, NIMBL_MDL_RETREAT);
	assert_int_equal(MmGetMdlByteCount(header), 14 + 32);
	assert_at(nb, header, 46 - 9, 46 - 9, 109); // 9 bytes there, and the 5 of old headroom
	assert_int_equal(retreat(nb, 20, 0), NDIS_STATUS_SUCCESS); // out of the back-fill
	assert_at(nb, header, 17, 17, 129);
	uint8_t got[129];
	assert_int_equal(nb_gather(nb, got, sizeof(got)), 129);
	assert_memory_equal(got + 34, memory + 5, 95);
	NdisAdvanceNetBufferDataStart(nb, 34, TRUE, NULL);
	assert_at(nb, chain, 5, 5, 95);
	assert_ptr_equal(nb->MdlChain, chain);
	NdisFreeNetBuffer(nb);
	chain_free(chain);
	close_whole(pool);
}

static void retreat_gives_a_buffer_without_chain_its_first_mdl(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	static const ULONG sizes[] = {1, 14, 256, 257, 5000, 100000};

	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		NET_BUFFER *nb = NdisAllocateNetBuffer(pool, NULL, 0, 0);

		assert_int_equal(retreat(nb, sizes[i], 0), NDIS_STATUS_SUCCESS);
		assert_at(nb, nb->MdlChain, 0, 0, sizes[i]);
		memset(nb->MdlChain->MappedSystemVa, 0xff, sizes[i]);
		NdisAdvanceNetBufferDataStart(nb, sizes[i], TRUE, NULL);
		assert_null(nb->MdlChain);
		assert_nb_sound(nb);
		NdisFreeNetBuffer(nb);
	}
	close_whole(pool);
}

static void retreat_that_overflows_the_length_fails_unchanged(void **state)
{
	NDIS_HANDLE pool = buffer_pool(ROOM);
	NET_BUFFER *nb = NdisAllocateNetBufferMdlAndData(pool);
	MDL *own = nb->MdlChain;

	assert_int_equal(retreat(nb, 100, 0), NDIS_STATUS_SUCCESS);
	assert_int_equal(retreat(nb, UINT32_MAX - 99, 0), NDIS_STATUS_FAILURE);
	assert_at(nb, own, 28, 28, 100);
	NdisFreeNetBuffer(nb);
	close_whole(pool);
}

static void retreat_fails_unchanged_without_memory(void **state)
{
	NDIS_HANDLE pool = buffer_pool(ROOM);
	NET_BUFFER *nb = NdisAllocateNetBufferMdlAndData(pool);
	MDL *own = nb->MdlChain;

	driver_fails_at = 1;
	assert_int_equal(NdisRetreatNetBufferDataStart(nb, ROOM + 1, 0, driver_allocate),
		NDIS_STATUS_RESOURCES);
	assert_at(nb, own, ROOM, ROOM, 0);
	assert_ptr_equal(nb->MdlChain, own);
	NdisFreeNetBuffer(nb);
	close_whole(pool);
}

static void handlers_make_and_free_the_mdl(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, NULL, 0, 0);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(NdisRetreatNetBufferDataStart(nb, 200, 4, driver_allocate),
			NDIS_STATUS_SUCCESS);
		assert_nb_sound(nb);
	}
	assert_int_equal(driver_mdls, 3);
	assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), 600);
	NdisAdvanceNetBufferDataStart(nb, 600, TRUE, driver_free);
	assert_int_equal(driver_mdls, 0);
	assert_nb_sound(nb);
	assert_null(nb->MdlChain);
	NdisFreeNetBuffer(nb);
	close_whole(pool);
}

// "Retreat by DataOffset, then advance by DataLength and free": how drivers drop all headers.
static void advance_frees_all_headers_it_passes(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, NULL, 0, 0);

	for (int i = 1; i < 10; i++)
		assert_int_equal(retreat(nb, (ULONG)i * 20, 7), NDIS_STATUS_SUCCESS);
	NdisAdvanceNetBufferDataStart(nb, 100, FALSE, NULL);
	assert_int_equal(retreat(nb, nb->DataOffset, 0), NDIS_STATUS_SUCCESS);
	NdisAdvanceNetBufferDataStart(nb, nb->DataLength, TRUE, NULL);
	assert_null(nb->MdlChain);
	assert_nb_sound(nb);
	NdisFreeNetBuffer(nb);
	close_whole(pool);
}

static void advance_without_free_keeps_the_mdl_for_the_next_retreat(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *chain = chain_of(1, 100);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, chain, 0, 100);

	assert_int_equal(
		NdisRetreatNetBufferDataStart(nb, 14, 0, driver_allocate), NDIS_STATUS_SUCCESS);
	MDL *header = nb->MdlChain;
	NdisAdvanceNetBufferDataStart(nb, 14, FALSE, driver_free);
	assert_at(nb, chain, 0, 24, 100);
	assert_int_equal(driver_mdls, 1);
	assert_int_equal(
		NdisRetreatNetBufferDataStart(nb, 14, 0, driver_allocate), NDIS_STATUS_SUCCESS);
	assert_at(nb, header, 10, 10, 114);
	assert_int_equal(driver_mdls, 1);
	NdisAdvanceNetBufferDataStart(nb, 14, FALSE, NULL);
	NdisAdvanceNetBufferDataStart(nb, 0, TRUE, driver_free); // entirely unused: now
	assert_at(nb, chain, 0, 0, 100);
	assert_int_equal(driver_mdls, 0);
	NdisFreeNetBuffer(nb);
	chain_free(chain);
	close_whole(pool);
}

static void advance_frees_no_mdl_that_no_retreat_made(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *chain = chain_of(3, 100);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, chain, 0, 300);

	NdisAdvanceNetBufferDataStart(nb, 99, TRUE, driver_free);
	assert_at(nb, chain, 99, 99, 201);
	NdisAdvanceNetBufferDataStart(nb, 1, TRUE, driver_free);
	assert_at(nb, chain->Next, 0, 100, 200); // Q16
	NdisAdvanceNetBufferDataStart(nb, 150, TRUE, NULL);
	assert_at(nb, chain->Next->Next, 50, 250, 50);
	NdisAdvanceNetBufferDataStart(nb, 50, TRUE, NULL);
	assert_at(nb, chain->Next->Next, 100, 300, 0);
	assert_ptr_equal(nb->MdlChain, chain);
	NdisFreeNetBuffer(nb);
	chain_free(chain);
	close_whole(pool);
}

static void advance_beyond_the_data_changes_nothing(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *chain = chain_of(2, 100);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, chain, 10, 120);

	NdisAdvanceNetBufferDataStart(nb, 121, FALSE, NULL);
	assert_at(nb, chain, 10, 10, 120);
	NdisFreeNetBuffer(nb);
	chain_free(chain);
	close_whole(pool);
}

static NET_BUFFER_LIST *list_of_three(NDIS_HANDLE lists, NDIS_HANDLE buffers, MDL *chain)
{
	static const ULONG offsets[] = {0, 50, 20};
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
	NET_BUFFER **end = &nbl->FirstNetBuffer;

	for (int i = 0; i < 3; i++) {
		*end = NdisAllocateNetBuffer(buffers, chain, offsets[i], 40);
		end = &(*end)->Next;
	}
	return nbl;
}

static void list_free(NET_BUFFER_LIST *nbl)
{
	for (NET_BUFFER *nb = nbl->FirstNetBuffer, *next; nb != NULL; nb = next) {
		next = nb->Next;
		NdisFreeNetBuffer(nb);
	}
	nbl->FirstNetBuffer = NULL;
	NdisFreeNetBufferList(nbl);
}

static void list_retreat_is_all_or_nothing(void **state)
{
	NDIS_HANDLE lists = list_pool(FALSE, 0, 0), buffers = buffer_pool(0);
	MDL *chain = chain_of(1, 100);
	NET_BUFFER_LIST *nbl = list_of_three(lists, buffers, chain);

	for (uint32_t fail_at = 1; fail_at <= 2; fail_at++) { // two of the three need an MDL
		driver_fails_at = fail_at;
		assert_int_equal(
			NdisRetreatNetBufferListDataStart(nbl, 30, 0, driver_allocate, driver_free),
			NDIS_STATUS_RESOURCES);
		assert_int_equal(driver_mdls, 0);
		assert_at(nbl->FirstNetBuffer, chain, 0, 0, 40);
		assert_at(nbl->FirstNetBuffer->Next, chain, 50, 50, 40);
		assert_at(nbl->FirstNetBuffer->Next->Next, chain, 20, 20, 40);
	}
	driver_fails_at = 0;
	assert_int_equal(NdisRetreatNetBufferListDataStart(
				 nbl, 30, 0, driver_allocates_too_little, driver_free),
		NDIS_STATUS_FAILURE);
	assert_int_equal(driver_mdls, 0);
	assert_int_equal(
		NdisRetreatNetBufferListDataStart(nbl, 30, 0, driver_allocate, driver_free),
		NDIS_STATUS_SUCCESS);
	assert_int_equal(driver_mdls, 2);
	assert_at(nbl->FirstNetBuffer->Next, chain, 20, 20, 70);
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		assert_nb_sound(nb);
		assert_int_equal(nb->DataLength, 70);
	}
	NdisAdvanceNetBufferListDataStart(nbl, 30, TRUE, driver_free);
	assert_int_equal(driver_mdls, 0);
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		assert_nb_sound(nb);
		assert_ptr_equal(nb->MdlChain, chain);
		assert_int_equal(nb->DataLength, 40);
	}
	list_free(nbl);
	chain_free(chain);
	close_whole(buffers);
	close_whole(lists);
}

static void list_retreat_is_of_one_list_not_of_the_chain(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, ROOM, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER_LIST *next = NdisAllocateNetBufferList(pool, 0, 0);

	nbl->Next = next;
	assert_int_equal(NdisRetreatNetBufferListDataStart(nbl, 40, 0, NULL, NULL), 0);
	assert_int_equal(nbl->FirstNetBuffer->DataLength, 40);
	assert_nb_fresh_with_data(next->FirstNetBuffer, pool, ROOM);
	assert_int_equal(NdisRetreatNetBufferListDataStart(next, 40, 0, NULL, NULL), 0);
	NdisAdvanceNetBufferListDataStart(nbl, 40, TRUE, NULL);
	assert_int_equal(next->FirstNetBuffer->DataLength, 40);
	NdisFreeNetBufferList(nbl); // one as well
	assert_int_equal(pool_free_now(pool), pool_size_now(pool) - 1);
	NdisFreeNetBufferList(next);
	close_whole(pool);
}

static void current_mdl_follows_an_offset_written_by_hand(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *chain = chain_of(4, 100);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, chain, 0, 10);

	for (ULONG offset = 0; offset <= 390; offset++) {
		nb->DataOffset = offset;
		NdisAdjustNetBufferCurrentMdl(nb);
		assert_nb_sound(nb);
	}
	nb->MdlChain = NULL;
	nb->DataOffset = 0;
	nb->stDataLength = 0;
	NdisAdjustNetBufferCurrentMdl(nb);
	assert_nb_sound(nb);
	NdisFreeNetBuffer(nb);
	chain_free(chain);
	close_whole(pool);
}

// A header in front is one more segment of the frame; nothing is copied.
static void header_in_front_goes_to_the_pmd_as_a_segment(void **state)
{
	NDIS_HANDLE pool = list_pool_with(TRUE, ROOM, 0,
		&(struct nimbl_pool_options){.capacity = 64, .node = NIMBL_NODE_ANY});
	uint8_t got[400];

	for (int for_good = 0; for_good < 2; for_good++) {
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
		NET_BUFFER *nb = nbl->FirstNetBuffer;

		assert_int_equal(retreat(nb, ROOM, 0), NDIS_STATUS_SUCCESS);
		memset(nb->MdlChain->MappedSystemVa, 0x11, ROOM);
		assert_int_equal(retreat(nb, 14, 32), NDIS_STATUS_SUCCESS);
		memset(NdisGetDataBuffer(nb, 14, NULL, 1, 0), 0x22, 14);
		assert_false(nimbl_nbl_is_plain(nbl, nb));
		assert_true(nimbl_nbl_owns_frame(nbl, nb));
		assert_false(nimbl_nbl_is_adoptable(nbl, nb)); // net_ring gets a copy
		struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
		assert_non_null(m);
		assert_ptr_equal(m, nimbl_frame_of_nb(nb));
		assert_int_equal(m->nb_segs, 2);
		assert_int_equal(m->pkt_len, ROOM + 14);
		const uint8_t *bytes = rte_pktmbuf_read(m, 0, ROOM + 14, got);
		for (uint32_t i = 0; i < ROOM + 14; i++)
			assert_int_equal(bytes[i], i < 14 ? 0x22 : 0x11);
		if (for_good) {
			nimbl_nbl_let_go(nbl);
			rte_pktmbuf_free(m);
			continue;
		}
		for (struct rte_mbuf *s = m; s != NULL; s = s->next)
			rte_mbuf_refcnt_set(s, 2);
		rte_pktmbuf_free(m);
		nimbl_mbuf_unlink(m);
		NdisAdvanceNetBufferDataStart(nb, 14, TRUE, NULL);
		assert_true(nimbl_nbl_is_plain(nbl, nb));
		NdisFreeNetBufferList(nbl);
	}
	assert_pool_whole(pool);
	close_whole(pool);
}

// Memory that no mbuf describes: copied to be sent, and the header freed though nobody advances.
static void header_before_foreign_memory_is_copied_and_dropped(void **state)
{
	NDIS_HANDLE pool = list_pool(TRUE, 0, 0);
	MDL *chain = chain_of(1, 100);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, chain, 0, 100);
	NET_BUFFER *nb = nbl->FirstNetBuffer;

	assert_int_equal(retreat(nb, 14, 0), NDIS_STATUS_SUCCESS);
	assert_int_equal(retreat(nb, 3000, 0), NDIS_STATUS_SUCCESS);
	assert_null(nimbl_nb_to_mbuf(nb));
	nimbl_nbl_drop_headers(nbl);
	assert_ptr_equal(nb->MdlChain, chain);
	NdisFreeNetBufferList(nbl);
	chain_free(chain);
	close_whole(pool);
}

static int pools_are_whole(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	if (info.free != info.size)
		fail_msg(
			"pool '%s': %u of %u are out", info.name, info.size - info.free, info.size);
	return 0;
}

static int nothing_is_left(void **state)
{
	assert_int_equal(driver_mdls, 0);
	return nimbl_pool_foreach(pools_are_whole, NULL);
}

// Release builds do the usual case in place. The functions are there all the same, for who takes their
// address or was built otherwise.
static void the_functions_do_what_is_done_in_place(void **state)
{
	NDIS_STATUS(*retreat_by)
	(NET_BUFFER *, ULONG, ULONG, NET_BUFFER_ALLOCATE_MDL *) = NdisRetreatNetBufferDataStart;
	VOID(*advance_by)
	(NET_BUFFER *, ULONG, BOOLEAN, NET_BUFFER_FREE_MDL *) = NdisAdvanceNetBufferDataStart;
	PVOID (*data_of)(NET_BUFFER *, ULONG, PVOID, ULONG, ULONG) = NdisGetDataBuffer;
	NDIS_HANDLE pool = list_pool(TRUE, ROOM, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	MDL *mdl = nb->MdlChain;

	assert_int_equal(retreat_by(nb, 100, 0, NULL), NDIS_STATUS_SUCCESS);
	assert_at(nb, mdl, ROOM - 100, ROOM - 100, 100);
	assert_ptr_equal(data_of(nb, 100, NULL, 1, 0),
		(PUCHAR)MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) + ROOM - 100);
	assert_null(data_of(nb, 101, NULL, 1, 0));
	advance_by(nb, 60, FALSE, NULL);
	assert_at(nb, mdl, ROOM - 40, ROOM - 40, 40);
	assert_int_equal(retreat_by(nb, ROOM, 0, NULL), NDIS_STATUS_SUCCESS); // a new MDL in front
	assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), ROOM + 40);
	assert_ptr_not_equal(nb->MdlChain, mdl);
	advance_by(nb, ROOM, TRUE, NULL);
	assert_at(nb, mdl, ROOM - 40, ROOM - 40, 40);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

#define rule(name) cmocka_unit_test_teardown(name, nothing_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(retreat_uses_headroom_first),
		rule(retreat_by_all_headroom_does_not_allocate),
		rule(retreat_crosses_into_the_mdl_before),
		rule(retreat_without_headroom_puts_an_mdl_in_front),
		rule(retreat_gives_a_buffer_without_chain_its_first_mdl),
		rule(retreat_that_overflows_the_length_fails_unchanged),
		rule(retreat_fails_unchanged_without_memory),
		rule(handlers_make_and_free_the_mdl),
		rule(advance_frees_all_headers_it_passes),
		rule(advance_without_free_keeps_the_mdl_for_the_next_retreat),
		rule(advance_frees_no_mdl_that_no_retreat_made),
		rule(advance_beyond_the_data_changes_nothing),
		rule(list_retreat_is_all_or_nothing),
		rule(list_retreat_is_of_one_list_not_of_the_chain),
		rule(current_mdl_follows_an_offset_written_by_hand),
		rule(header_in_front_goes_to_the_pmd_as_a_segment),
		rule(header_before_foreign_memory_is_copied_and_dropped),
		rule(the_functions_do_what_is_done_in_place),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
