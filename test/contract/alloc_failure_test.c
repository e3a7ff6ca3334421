// SPDX-License-Identifier: BSD-3-Clause
// Whatever takes several allocations is all or nothing (NDIS reference 1.5, 3.2 to 3.7): each of them
// fails in turn, and then nothing is out that was not out before, and the list is as it was. Each test
// says how many allocations there are, so that none is left out.
#include "alloc_fault.h"
#include "derive_make.h"

#define ROOM 64u

// Lists alone, with an NB, with an NB and room; NBs alone, with room.
static NDIS_HANDLE lists, pair_lists, room_lists, buffers, rooms;
static NET_BUFFER_LIST *subject, *child;
static uint32_t driver_mdls;

struct snapshot {
	uint8_t bytes[16384];
	size_t size;
};

static void keep(struct snapshot *snapshot, const void *from, size_t bytes)
{
	assert_true(snapshot->size + bytes <= sizeof(snapshot->bytes));
	memcpy(snapshot->bytes + snapshot->size, from, bytes);
	snapshot->size += bytes;
}

static void keep_mdl(struct snapshot *snapshot, const MDL *mdl)
{
	keep(snapshot, mdl, sizeof(*mdl));
	keep(snapshot, mdl->MappedSystemVa, mdl->ByteCount);
	if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) != 0) {
		uint16_t references = rte_mbuf_refcnt_read(nimbl_mbuf_of_mdl(mdl));

		keep(snapshot, &references, sizeof(references));
	}
}

// All that a driver sees of a list, and who else refers to its memory. That the engine will look for
// such is not undone.
static void keep_list(struct snapshot *snapshot, const NET_BUFFER_LIST *nbl)
{
	NET_BUFFER_LIST copy = *nbl;

	snapshot->size = 0;
	copy.NimblState &= ~NIMBL_LIST_SHARED;
	keep(snapshot, &copy, sizeof(copy));
	for (const NET_BUFFER_LIST_CONTEXT *block = nbl->Context; block != NULL;
		block = block->Next)
		keep(snapshot, block, sizeof(*block));
	for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		keep(snapshot, nb, sizeof(*nb));
		for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next)
			keep_mdl(snapshot, mdl);
	}
}

static int add_what_is_out(NDIS_HANDLE pool, void *arg)
{
	*(uint32_t *)arg += pool_size_now(pool) - pool_free_now(pool);
	return 0;
}

static uint32_t what_is_out(void)
{
	uint32_t out = 0;

	nimbl_pool_foreach(add_what_is_out, &out);
	return out + driver_mdls;
}

// The allocation that fails comes after `n` of that kind. Returns whether all was done.
static bool run_without(bool (*run)(void), void (*undo)(void), unsigned int kind, unsigned int n)
{
	static struct snapshot before, after;
	uint32_t out = what_is_out();

	keep_list(&before, subject);
	alloc_fault_arm(kind, n);
	bool done = run();
	alloc_fault_disarm();
	if (done)
		undo();
	keep_list(&after, subject);
	assert_int_equal(what_is_out(), out);
	assert_int_equal(after.size, before.size);
	assert_memory_equal(after.bytes, before.bytes, before.size);
	return done;
}

// `run` takes `allocations`, and each is the one that fails once.
static void is_all_or_nothing(bool (*run)(void), void (*undo)(void), unsigned int allocations)
{
	unsigned int failures = 0;

	assert_true(run()); // the engine's own pools are there from now on
	undo();
	for (unsigned int kind = 0; kind < alloc_fault_kinds(); kind++) {
		for (unsigned int n = 0; !run_without(run, undo, kind, n); n++)
			failures++;
	}
	assert_int_equal(failures, allocations);
}

// Three NBs with a room each: full, with 40 bytes before its data, and full.
static NET_BUFFER_LIST *list_of_rooms(void)
{
	static const ULONG used[] = {ROOM, ROOM - 40, ROOM};
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(lists, 0, 0);
	NET_BUFFER **end = &nbl->FirstNetBuffer;

	for (size_t i = 0; i < RTE_DIM(used); i++) {
		*end = NdisAllocateNetBufferMdlAndData(rooms);
		memset((*end)->MdlChain->MappedSystemVa, (int)(0x10 + i), ROOM);
		assert_int_equal(NdisRetreatNetBufferDataStart(*end, used[i], 0, NULL), 0);
		end = &(*end)->Next;
	}
	return nbl;
}

static void list_of_rooms_free(NET_BUFFER_LIST *nbl)
{
	for (NET_BUFFER *nb = nbl->FirstNetBuffer, *next; nb != NULL; nb = next) {
		next = nb->Next;
		NdisFreeNetBuffer(nb);
	}
	nbl->FirstNetBuffer = NULL;
	NdisFreeNetBufferList(nbl);
}

static void child_free(void)
{
	NdisFreeNetBufferList(child);
}

static bool list_with_room(void)
{
	child = NdisAllocateNetBufferList(room_lists, 0, 0);
	return child != NULL;
}

static bool list_with_room_and_context(void)
{
	child = NdisAllocateNetBufferList(room_lists, 64, 16);
	return child != NULL;
}

static bool list_over_a_chain_with_context(void)
{
	NET_BUFFER *nb = subject->FirstNetBuffer;

	child = NdisAllocateNetBufferAndNetBufferList(
		pair_lists, 32, 0, nb->MdlChain, 0, nb->DataLength);
	return child != NULL;
}

static void one_step_allocation(void **state)
{
	is_all_or_nothing(list_with_room, child_free, 1);
	is_all_or_nothing(list_with_room_and_context, child_free, 2);
	is_all_or_nothing(list_over_a_chain_with_context, child_free, 2);
}

static void list_of_a_room_free(void)
{
	NdisFreeNetBuffer(child->FirstNetBuffer);
	child->FirstNetBuffer = NULL;
	NdisFreeNetBufferList(child);
}

// As drivers do: what is there is given back when the next cannot be had.
static bool list_and_room(void)
{
	child = NdisAllocateNetBufferList(lists, 16, 0);
	if (child == NULL)
		return false;
	child->FirstNetBuffer = NdisAllocateNetBufferMdlAndData(rooms);
	if (child->FirstNetBuffer != NULL)
		return true;
	NdisFreeNetBufferList(child);
	return false;
}

static void list_of_a_chain_free(void)
{
	NET_BUFFER *nb = child->FirstNetBuffer;

	NdisFreeMdl(nb->MdlChain);
	list_of_a_room_free();
}

static bool list_and_chain(void)
{
	static uint8_t memory[100];
	MDL *mdl = NdisAllocateMdl(NULL, memory, sizeof(memory));

	if (mdl == NULL)
		return false;
	child = NdisAllocateNetBufferList(lists, 0, 0);
	if (child == NULL)
		goto free_mdl;
	child->FirstNetBuffer = NdisAllocateNetBuffer(buffers, mdl, 10, 90);
	if (child->FirstNetBuffer != NULL)
		return true;
	NdisFreeNetBufferList(child);
free_mdl:
	NdisFreeMdl(mdl);
	return false;
}

static void allocation_in_steps(void **state)
{
	is_all_or_nothing(list_and_room, list_of_a_room_free, 3);
	is_all_or_nothing(list_and_chain, list_of_a_chain_free, 3);
}

static ULONG delta;

static bool retreat_of_the_list(void)
{
	return NdisRetreatNetBufferListDataStart(subject, delta, 10, NULL, NULL) ==
	       NDIS_STATUS_SUCCESS;
}

static void advance_of_the_list(void)
{
	NdisAdvanceNetBufferListDataStart(subject, delta, TRUE, NULL);
}

static bool retreat_of_one(void)
{
	return NdisRetreatNetBufferDataStart(subject->FirstNetBuffer, delta, 0, NULL) ==
	       NDIS_STATUS_SUCCESS;
}

static void advance_of_one(void)
{
	NdisAdvanceNetBufferDataStart(subject->FirstNetBuffer, delta, TRUE, NULL);
}

// Two of the three NBs have no headroom. A header of more than 256 bytes is memory and an MDL.
static void retreat(void **state)
{
	delta = 30;
	is_all_or_nothing(retreat_of_one, advance_of_one, 1);
	is_all_or_nothing(retreat_of_the_list, advance_of_the_list, 2);
	delta = 300;
	is_all_or_nothing(retreat_of_one, advance_of_one, 2);
	is_all_or_nothing(retreat_of_the_list, advance_of_the_list, 6);
}

static MDL *driver_allocate(ULONG *size)
{
	void *memory = malloc(*size);
	MDL *mdl = NdisAllocateMdl(NULL, memory, *size);

	if (mdl == NULL)
		free(memory);
	else
		driver_mdls++;
	return mdl;
}

static void driver_free(MDL *mdl)
{
	driver_mdls--;
	free(mdl->MappedSystemVa);
	NdisFreeMdl(mdl);
}

static bool retreat_with_handlers(void)
{
	return NdisRetreatNetBufferListDataStart(subject, 50, 0, driver_allocate, driver_free) ==
	       NDIS_STATUS_SUCCESS;
}

static void advance_with_handlers(void)
{
	NdisAdvanceNetBufferListDataStart(subject, 50, TRUE, driver_free);
}

static void retreat_with_a_drivers_handlers(void **state)
{
	is_all_or_nothing(retreat_with_handlers, advance_with_handlers, 3);
}

static NDIS_HANDLE clone_lists, clone_buffers;
static ULONG clone_flags;

static bool cloning(void)
{
	child = NdisAllocateCloneNetBufferList(subject, clone_lists, clone_buffers, clone_flags);
	return child != NULL;
}

static void cloning_undo(void)
{
	NdisFreeCloneNetBufferList(child, clone_flags);
}

// One NB for each of the three; the first comes with the list where the pool has both. The headers in
// front of two of them take an MDL each.
static void clone_of_many_buffers(void **state)
{
	delta = 30;
	assert_true(retreat_of_the_list());
	is_all_or_nothing(cloning, cloning_undo, 1 + 2 + 2);
	clone_flags = NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS;
	is_all_or_nothing(cloning, cloning_undo, 1 + 2);
	clone_flags = 0;
	clone_lists = lists;
	clone_buffers = buffers;
	is_all_or_nothing(cloning, cloning_undo, 1 + 3 + 2);
	clone_lists = clone_buffers = NULL;
	advance_of_the_list();
}

static void clone_over_memory_of_a_driver(void **state)
{
	assert_true(retreat_with_handlers());
	is_all_or_nothing(cloning, cloning_undo, 1 + 2 + 3 + 3);
	advance_with_handlers();
}

static bool fragments(void)
{
	child = NdisAllocateFragmentNetBufferList(subject, NULL, NULL, 0, 30, delta, 4, 0);
	return child != NULL;
}

static void fragments_free(void)
{
	NdisFreeFragmentNetBufferList(child, delta, 0);
}

// 64, 24 and 64 bytes in pieces of 30: 3, 1 and 3. The first NB comes with the list.
static void fragmentation(void **state)
{
	delta = 0;
	is_all_or_nothing(fragments, fragments_free, 1 + 6);
	delta = 14;
	is_all_or_nothing(fragments, fragments_free, 1 + 6 + 7);
	delta = 300;
	is_all_or_nothing(fragments, fragments_free, 1 + 6 + 7 + 7);
}

static bool reassembly(void)
{
	child = NdisAllocateReassembledNetBufferList(subject, NULL, 0, delta, 4, 0);
	return child != NULL;
}

static void reassembly_free(void)
{
	NdisFreeReassembledNetBufferList(child, delta, 0);
}

static void reassembly_of_many_buffers(void **state)
{
	delta = 0;
	is_all_or_nothing(reassembly, reassembly_free, 1 + 2);
	delta = 14;
	is_all_or_nothing(reassembly, reassembly_free, 1 + 2 + 1);
	delta = 300;
	is_all_or_nothing(reassembly, reassembly_free, 1 + 2 + 2);
}

static bool more_context(void)
{
	return NdisAllocateNetBufferListContext(subject, 64, 64, 1) == NDIS_STATUS_SUCCESS;
}

static void less_context(void)
{
	NdisFreeNetBufferListContext(subject, 64);
}

// The first block on a list without, and one on top of one that is in use.
static void context_growth(void **state)
{
	is_all_or_nothing(more_context, less_context, 1);
	assert_int_equal(NdisAllocateNetBufferListContext(subject, 32, 8, 1), 0);
	is_all_or_nothing(more_context, less_context, 1);
	NdisFreeNetBufferListContext(subject, 32);
}

// A packet with more in front than its list has room for: list, context, header; then the copy cannot
// fail any more.
static bool copy(void)
{
	NET_BUFFER *from = subject->FirstNetBuffer;
	ULONG copied;

	child = NdisAllocateNetBufferList(room_lists, 48, 0);
	if (child == NULL)
		return false;
	NET_BUFFER *to = child->FirstNetBuffer;
	if (NdisRetreatNetBufferDataStart(to, ROOM + 20, 0, NULL) != NDIS_STATUS_SUCCESS) {
		NdisFreeNetBufferList(child);
		return false;
	}
	assert_int_equal(NdisCopyFromNetBufferToNetBuffer(to, 20, ROOM, from, 0, &copied),
		NDIS_STATUS_SUCCESS);
	assert_int_equal(copied, ROOM);
	return true;
}

static void copy_free(void)
{
	NdisAdvanceNetBufferDataStart(
		child->FirstNetBuffer, child->FirstNetBuffer->DataLength, TRUE, NULL);
	NdisFreeNetBufferList(child);
}

static void copy_with_a_new_mdl(void **state)
{
	is_all_or_nothing(copy, copy_free, 3);
}

static NDIS_HANDLE dma;
static SCATTER_GATHER_LIST *gathered;

static VOID take(PDEVICE_OBJECT device, PVOID reserved, SCATTER_GATHER_LIST *list, PVOID context)
{
	gathered = list;
}

static bool gather(void)
{
	gathered = NULL;
	bool done = NdisMAllocateNetBufferSGList(dma, subject->FirstNetBuffer, NULL,
			    NDIS_SG_LIST_WRITE_TO_DEVICE, NULL, 0) == NDIS_STATUS_SUCCESS;
	assert_int_equal(gathered != NULL, done); // no list, no call
	return done;
}

static void gather_free(void)
{
	NdisMFreeNetBufferSGList(dma, gathered, subject->FirstNetBuffer);
}

static void scatter_gather_list(void **state)
{
	NDIS_SG_DMA_DESCRIPTION description = {
		.Header = {NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, 1,
			NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1},
		.MaximumPhysicalMapping = 65536,
		.ProcessSGListHandler = take,
	};

	assert_int_equal(NdisMRegisterScatterGatherDma(NULL, &description, &dma), 0);
	is_all_or_nothing(gather, gather_free, 1);
	NdisMDeregisterScatterGatherDma(dma);
}

static int open_pools(void **state)
{
	if (eal_harness_start(state) < 0)
		return -1;
	lists = list_pool(FALSE, 0, 0);
	pair_lists = list_pool(TRUE, 0, 0);
	room_lists = list_pool(TRUE, ROOM, 32);
	buffers = buffer_pool(0);
	rooms = buffer_pool(ROOM);
	return 0;
}

static int close_pools(void **state)
{
	close_whole(lists);
	close_whole(pair_lists);
	close_whole(room_lists);
	close_whole(buffers);
	close_whole(rooms);
	return 0;
}

static int subject_make(void **state)
{
	subject = list_of_rooms();
	return 0;
}

static int subject_free(void **state)
{
	list_of_rooms_free(subject);
	return nothing_is_out(state);
}

#define all_or_nothing(name) cmocka_unit_test_setup_teardown(name, subject_make, subject_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		all_or_nothing(one_step_allocation),
		all_or_nothing(allocation_in_steps),
		all_or_nothing(retreat),
		all_or_nothing(retreat_with_a_drivers_handlers),
		all_or_nothing(clone_of_many_buffers),
		all_or_nothing(clone_over_memory_of_a_driver),
		all_or_nothing(fragmentation),
		all_or_nothing(reassembly_of_many_buffers),
		all_or_nothing(context_growth),
		all_or_nothing(copy_with_a_new_mdl),
		all_or_nothing(scatter_gather_list),
	};

	return cmocka_run_group_tests(tests, open_pools, close_pools);
}
