// SPDX-License-Identifier: BSD-3-Clause
// What holds for every NET_BUFFER and NET_BUFFER_LIST (NDIS reference 1.1, rules 1 to 9, and 1.2): that
// the judge of all other tests sees each broken, and what the engine's functions owe to them.
#include "derive_make.h"

static uint8_t memory[600];
static MDL mdls[6];

// A chain over consecutive memory, on no pool.
static MDL *chain_of(const ULONG *bytes, uint32_t count)
{
	uint8_t *at = memory;

	for (uint32_t i = 0; i < count; i++) {
		mdls[i] = (MDL){
			.Next = i + 1 < count ? &mdls[i + 1] : NULL,
			.Size = sizeof(MDL),
			.MappedSystemVa = at,
			.StartVa = RTE_PTR_ALIGN_FLOOR(at, PAGE_SIZE),
			.ByteOffset = (ULONG)((uintptr_t)at % PAGE_SIZE),
			.ByteCount = bytes[i],
		};
		at += bytes[i];
	}
	return mdls;
}

static NDIS_HANDLE buffers;

static NET_BUFFER *buffer_over(const ULONG *bytes, uint32_t count, ULONG offset, ULONG length)
{
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = parent_byte((uint32_t)(i + 1000 - offset));
	NET_BUFFER *nb = NdisAllocateNetBuffer(buffers, chain_of(bytes, count), offset, length);
	assert_non_null(nb);
	return nb;
}

// `change` of a sound buffer breaks the rule with that number.
#define assert_breaks(nb, rule, change)                      \
	do {                                                 \
		NET_BUFFER kept = *(nb);                     \
		assert_null(nb_check(nb));                   \
		change;                                      \
		assert_non_null(nb_check(nb));               \
		assert_non_null(strstr(nb_check(nb), rule)); \
		*(nb) = kept;                                \
	} while (0)

static void the_judge_names_each_broken_rule(void **state)
{
	static const ULONG bytes[] = {100, 100, 100};
	NET_BUFFER *nb = buffer_over(bytes, 3, 150, 100);
	MDL alone = mdls[1];

	assert_breaks(nb, "1, 2:", nb->DataOffset++);
	assert_breaks(nb, "1, 2:", nb->CurrentMdlOffset--);
	assert_breaks(nb, "1, 2:", nb->CurrentMdl = &mdls[2]);
	assert_breaks(nb, "3:", nb->CurrentMdl = &alone);
	assert_breaks(nb, "4:", nb->stDataLength = 151);
	assert_breaks(nb, "5:", nb->CurrentMdlOffset = 101);
	assert_breaks(nb, "5:", {
		nb->CurrentMdl = mdls;
		nb->CurrentMdlOffset = nb->DataOffset = 100;
	});
	assert_breaks(nb, "6:", nb->MdlChain = NULL);
	mdls[1].ByteCount = mdls[2].ByteCount = UINT32_MAX;
	assert_breaks(nb, "9:", nb->stDataLength = UINT32_MAX + 1ull);
	NdisFreeNetBuffer(nb);
}

static void mdls_before_the_data_stay_with_the_packet(void **state) // 7
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *nbl = parent_received(pool, 4, 100, 0);
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	MDL *first = nb->MdlChain;

	NdisAdvanceNetBufferDataStart(nb, 350, FALSE, NULL);
	assert_bytes(nb, 350, 50);
	assert_ptr_equal(nb->MdlChain, first);
	assert_int_equal(mdl_count(first), 4);
	NET_BUFFER_LIST *child = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);
	assert_int_equal(mdl_count(child->FirstNetBuffer->MdlChain), 1); // used data only
	NdisFreeCloneNetBufferList(child, 0);
	assert_int_equal(NdisRetreatNetBufferDataStart(nb, 350, 0, NULL), NDIS_STATUS_SUCCESS);
	assert_bytes(nb, 0, 400);
	NdisAdvanceNetBufferDataStart(nb, 400, FALSE, NULL);
	NdisFreeNetBufferList(nbl); // they go home with it
	assert_pool_whole(pool);
	close_whole(pool);
}

static void unused_and_empty_mdls_hold_no_data(void **state) // 8
{
	static const ULONG bytes[] = {0, 60, 0, 60, 100, 0};
	NET_BUFFER *nb = buffer_over(bytes, 6, 20, 100);
	NDIS_HANDLE lists = list_pool(FALSE, 0, 0);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
	uint8_t storage[100];

	nbl->FirstNetBuffer = nb;
	assert_bytes(nb, 1000, 100);
	assert_int_equal(NdisQueryNetBufferPhysicalCount(nb), 2);
	assert_ptr_equal(NdisGetDataBuffer(nb, 100, storage, 1, 0), storage);
	NET_BUFFER_LIST *child = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);
	assert_bytes(child->FirstNetBuffer, 1000, 100);
	assert_int_equal(mdl_count(child->FirstNetBuffer->MdlChain), 2);
	NdisFreeCloneNetBufferList(child, 0);
	child = NdisAllocateFragmentNetBufferList(nbl, NULL, NULL, 40, 60, 0, 0, 0);
	assert_bytes(child->FirstNetBuffer, 1040, 60);
	assert_null(child->FirstNetBuffer->Next);
	NdisFreeFragmentNetBufferList(child, 0, 0);
	NdisAdvanceNetBufferDataStart(nb, 100, FALSE, NULL);
	assert_bytes(nb, 0, 0);
	nbl->FirstNetBuffer = NULL;
	NdisFreeNetBuffer(nb);
	NdisFreeNetBufferList(nbl);
	close_whole(lists);
}

static void data_length_alone_is_the_length(void **state) // 9
{
	static const ULONG bytes[] = {300, 300};
	NET_BUFFER *nb = buffer_over(bytes, 2, 290, 10);
	uint8_t storage[600];
	ULONG copied;

	assert_null(NdisGetDataBuffer(nb, 11, storage, 1, 0));
	assert_int_equal(nimbl_nb_read(nb, 0, storage, 600), 10);
	assert_int_equal(NdisQueryNetBufferPhysicalCount(nb), 1);
	NET_BUFFER *to = buffer_over(bytes, 2, 290, 10);
	assert_int_equal(NdisCopyFromNetBufferToNetBuffer(to, 0, 310, nb, 0, &copied), 0);
	assert_int_equal(copied, 10);
	NdisFreeNetBuffer(to);
	NdisFreeNetBuffer(nb);
}

struct words {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
};

// The words of a list and its NB that belong to drivers, or to nobody until the list is freed.
static void words_write(NET_BUFFER_LIST *nbl)
{
	NET_BUFFER *nb = nbl->FirstNetBuffer;

	memset(nbl->ProtocolReserved, 0x11, sizeof(nbl->ProtocolReserved));
	memset(nbl->MiniportReserved, 0x22, sizeof(nbl->MiniportReserved));
	memset(nb->ProtocolReserved, 0x33, sizeof(nb->ProtocolReserved));
	memset(nb->MiniportReserved, 0x44, sizeof(nb->MiniportReserved));
	nbl->Scratch = memory;
	nbl->SourceHandle = mdls;
	nbl->NblFlags = NDIS_NBL_FLAGS_IS_IPV4;
	nbl->Flags = NBL_FLAGS_SCRATCH;
	nbl->Status = NDIS_STATUS_PAUSED;
	nbl->ChildRefCount = 3;
	nb->ChecksumBias = 14;
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		NET_BUFFER_LIST_INFO(nbl, i) = memory + i;
}

static void words_must_be(const NET_BUFFER_LIST *nbl, const struct words *words)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;

#define same(a, b, word) assert_memory_equal(&(a)->word, &(b)->word, sizeof((a)->word))
	same(nbl, &words->nbl, ProtocolReserved);
	same(nbl, &words->nbl, MiniportReserved);
	same(nbl, &words->nbl, Scratch);
	same(nbl, &words->nbl, SourceHandle);
	same(nbl, &words->nbl, NblFlags);
	same(nbl, &words->nbl, Flags);
	same(nbl, &words->nbl, Status);
	same(nbl, &words->nbl, ChildRefCount);
	same(nbl, &words->nbl, NetBufferListInfo);
	same(nb, &words->nb, ProtocolReserved);
	same(nb, &words->nb, MiniportReserved);
	same(nb, &words->nb, ChecksumBias);
#undef same
}

static void nothing_touches_the_words_of_drivers(void **state) // 1.2, 4 and 6
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *nbl = parent_received(pool, 2, 100, 0), *child;
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	struct words words;

	words_write(nbl);
	words = (struct words){*nbl, *nb};
	assert_int_equal(NdisRetreatNetBufferListDataStart(nbl, 400, 0, NULL, NULL), 0);
	NdisAdvanceNetBufferListDataStart(nbl, 400, TRUE, NULL);
	words_must_be(nbl, &words);
	assert_int_equal(NdisAllocateNetBufferListContext(nbl, 64, 0, 1), 0);
	NdisFreeNetBufferListContext(nbl, 64);
	words_must_be(nbl, &words);
	child = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);
	NdisFreeCloneNetBufferList(child, 0);
	child = NdisAllocateFragmentNetBufferList(nbl, NULL, NULL, 0, 60, 14, 0, 0);
	NdisFreeFragmentNetBufferList(child, 14, 0);
	child = NdisAllocateReassembledNetBufferList(nbl, NULL, 0, 14, 0, 0);
	NdisFreeReassembledNetBufferList(child, 14, 0);
	words_must_be(nbl, &words);
	assert_non_null(nimbl_nb_to_mbuf(nb)); // sent and completed
	words_must_be(nbl, &words);
	NdisFreeNetBufferList(nbl);
	close_whole(pool);
}

static int open_pool(void **state)
{
	if (eal_harness_start(state) < 0)
		return -1;
	buffers = buffer_pool(0);
	return 0;
}

static int close_pool(void **state)
{
	close_whole(buffers);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(the_judge_names_each_broken_rule),
		rule(mdls_before_the_data_stay_with_the_packet),
		rule(unused_and_empty_mdls_hold_no_data),
		rule(data_length_alone_is_the_length),
		rule(nothing_touches_the_words_of_drivers),
	};

	return cmocka_run_group_tests(tests, open_pool, close_pool);
}
