// SPDX-License-Identifier: BSD-3-Clause
// Reading and copying the data of packets, and what a device sees of it, by rule (NDIS reference 3.3
// and 3.6).
#include "derive_make.h"

static void data_in_one_piece_is_returned_in_place(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *nbl = parent_received(pool, 2, 100, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	uint8_t storage[200];
	uint8_t *start = (uint8_t *)nb->MdlChain->MappedSystemVa + nb->CurrentMdlOffset;

	assert_ptr_equal(NdisGetDataBuffer(nb, 1, NULL, 1, 0), start);
	assert_ptr_equal(NdisGetDataBuffer(nb, 100, storage, 1, 0), start);
	NdisAdvanceNetBufferDataStart(nb, 30, FALSE, NULL);
	assert_ptr_equal(NdisGetDataBuffer(nb, 70, NULL, 1, 0), start + 30);
	NdisAdvanceNetBufferDataStart(nb, 70, FALSE, NULL);
	assert_ptr_equal(NdisGetDataBuffer(nb, 100, NULL, 1, 0), nb->CurrentMdl->MappedSystemVa);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void data_that_straddles_is_copied_to_storage_or_refused(void **state) // Q14
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *nbl = parent_received(pool, 3, 50, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	uint8_t storage[151];

	for (ULONG bytes = 51; bytes <= 150; bytes++) {
		assert_null(NdisGetDataBuffer(nb, bytes, NULL, 1, 0));
		storage[bytes] = 0xaa;
		assert_ptr_equal(NdisGetDataBuffer(nb, bytes, storage, 1, 0), storage);
		for (ULONG i = 0; i < bytes; i++)
			assert_int_equal(storage[i], parent_byte(i));
		assert_int_equal(storage[bytes], 0xaa);
	}
	assert_null(NdisGetDataBuffer(nb, 151, storage, 1, 0)); // more than there is
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void what_was_copied_to_storage_is_not_the_packet(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *nbl = parent_received(pool, 2, 50, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	uint8_t storage[60];

	assert_ptr_equal(NdisGetDataBuffer(nb, 60, storage, 1, 0), storage);
	memset(storage, 0, sizeof(storage));
	assert_bytes(nb, 0, 100);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static void misaligned_data_is_copied_to_storage_or_refused(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *nbl = parent_received(pool, 1, 200, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	NIMBL_NDIS_ALIGNED(64) uint8_t storage[64];

	for (int ahead = 0; ahead < 100; ahead++) {
		uintptr_t at = (uintptr_t)NdisGetDataBuffer(nb, 1, NULL, 1, 0);

		for (ULONG multiple = 1; multiple <= 8192; multiple *= 2) {
			for (ULONG rest = 0; rest < multiple; rest += 1 + multiple / 16) {
				bool fits = at % multiple == rest;

				assert_ptr_equal(NdisGetDataBuffer(nb, 40, storage, multiple, rest),
					fits ? (void *)at : storage);
				assert_ptr_equal(NdisGetDataBuffer(nb, 40, NULL, multiple, rest),
					fits ? (void *)at : NULL);
			}
		}
		NdisAdvanceNetBufferDataStart(nb, 1, FALSE, NULL);
	}
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

// A driver may leave the start at the end of an MDL, and MDLs without a byte.
static void empty_mdls_are_skipped(void **state)
{
	static uint8_t memory[20];
	NDIS_HANDLE pool = buffer_pool(0);
	MDL *mdls[4];

	for (int i = 0; i < 4; i++) {
		mdls[i] = NdisAllocateMdl(NULL, memory + (i > 1 ? 10 : 0), i % 2 == 0 ? 10 : 0);
		if (i > 0)
			mdls[i - 1]->Next = mdls[i];
	}
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, mdls[0], 10, 10);
	nb->CurrentMdl = mdls[0];
	nb->CurrentMdlOffset = 10;
	assert_ptr_equal(NdisGetDataBuffer(nb, 10, NULL, 1, 0), memory + 10);
	NdisFreeNetBuffer(nb);
	for (int i = 0; i < 4; i++)
		NdisFreeMdl(mdls[i]);
	close_whole(pool);
}

static void no_data_gives_no_pointer(void **state)
{
	NDIS_HANDLE pool = buffer_pool(0);
	NET_BUFFER *nb = NdisAllocateNetBuffer(pool, NULL, 0, 0);
	uint8_t storage[1];

	assert_null(NdisGetDataBuffer(nb, 1, storage, 1, 0));
	NdisFreeNetBuffer(nb);
	close_whole(pool);
}

static void copy_ends_with_the_sources_data_or_the_destinations_space(void **state)
{
	NDIS_HANDLE pool = parent_pool(), buffers = buffer_pool(100);

	for (uint32_t from_offset = 0; from_offset <= 210; from_offset += 7) {
		for (uint32_t bytes = 0; bytes < 230; bytes += 13) {
			NET_BUFFER_LIST *source = parent_received(pool, 4, 50, 0);
			NET_BUFFER *to = NdisAllocateNetBufferMdlAndData(buffers);
			ULONG copied = 1234, want = from_offset < 200 ? 200 - from_offset : 0;

			NdisRetreatNetBufferDataStart(to, 90, 0, NULL);
			NdisAdvanceNetBufferDataStart(to, 80, FALSE, NULL);
			NdisRetreatNetBufferDataStart(to, 80, 0, NULL);
			to->stDataLength = 1; // neither looked at nor changed
			memset(to->MdlChain->MappedSystemVa, 0xaa, 100);
			assert_int_equal(NdisCopyFromNetBufferToNetBuffer(to, 3, bytes,
						 source->FirstNetBuffer, from_offset, &copied),
				NDIS_STATUS_SUCCESS);
			want = RTE_MIN(RTE_MIN(want, bytes), 90u - 3);
			assert_int_equal(copied, want);
			assert_int_equal(to->DataLength, 1);
			assert_int_equal(to->DataOffset, 10);
			const uint8_t *got = to->MdlChain->MappedSystemVa;
			for (ULONG i = 0; i < 100; i++)
				assert_int_equal(
					got[i], i < 13 || i >= 13 + want
							? 0xaa
							: parent_byte(from_offset + i - 13));
			NdisFreeNetBuffer(to);
			NdisFreeNetBufferList(source);
		}
	}
	close_whole(buffers);
	close_whole(pool);
}

static SCATTER_GATHER_LIST *given;

static VOID take_sg_list(
	PDEVICE_OBJECT device, PVOID reserved, SCATTER_GATHER_LIST *list, PVOID context)
{
	given = list;
	++*(int *)context;
}

static void sg_list_starts_with_the_current_mdl_and_ends_with_the_data(void **state)
{
	NDIS_SG_DMA_DESCRIPTION description = {
		.Header = {NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, 1,
			NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1},
		.MaximumPhysicalMapping = 65536,
		.ProcessSGListHandler = take_sg_list,
	};
	NDIS_HANDLE pool = parent_pool(), dma = NULL;
	NET_BUFFER_LIST *nbl = parent_received(pool, 3, 100, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	NIMBL_NDIS_ALIGNED(16) uint8_t own[512];
	int calls = 0;

	assert_int_equal(NdisMRegisterScatterGatherDma(NULL, &description, &dma), 0);
	assert_int_equal(NdisQueryNetBufferPhysicalCount(nb), 3);
	nb->stDataLength = 150;
	for (int mine = 0; mine < 2; mine++) {
		assert_int_equal(
			NdisMAllocateNetBufferSGList(dma, nb, &calls, NDIS_SG_LIST_WRITE_TO_DEVICE,
				mine ? own : NULL, mine ? sizeof(own) : 0),
			NDIS_STATUS_SUCCESS);
		assert_int_equal(calls, mine + 1); // before the call returned
		assert_int_equal(given == (void *)own, mine);
		assert_int_equal(given->NumberOfElements, 2);
		assert_int_equal(given->Elements[0].Length, nb->CurrentMdlOffset + 100);
		assert_int_equal(given->Elements[1].Length, 50);
		assert_int_equal(given->Elements[0].Address.QuadPart,
			rte_mbuf_iova_get(nimbl_mbuf_of_nb(nb)));
		NdisMFreeNetBufferSGList(dma, given, nb);
	}
	assert_int_equal(NdisMAllocateNetBufferSGList(pool, nb, &calls, 0, NULL, 0),
		NDIS_STATUS_INVALID_PARAMETER);
	NdisMDeregisterScatterGatherDma(dma);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(data_in_one_piece_is_returned_in_place),
		rule(data_that_straddles_is_copied_to_storage_or_refused),
		rule(what_was_copied_to_storage_is_not_the_packet),
		rule(misaligned_data_is_copied_to_storage_or_refused),
		rule(empty_mdls_are_skipped),
		rule(no_data_gives_no_pointer),
		rule(copy_ends_with_the_sources_data_or_the_destinations_space),
		rule(sg_list_starts_with_the_current_mdl_and_ends_with_the_data),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
