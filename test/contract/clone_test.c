// SPDX-License-Identifier: BSD-3-Clause
// Clones, by rule (NDIS reference 3.7).
#include <unistd.h>

#include "derive_make.h"

static NET_BUFFER_LIST *clone_of(NET_BUFFER_LIST *parent, ULONG flags)
{
	return NdisAllocateCloneNetBufferList(parent, NULL, NULL, flags);
}

static void clone_shares_the_bytes_and_copies_none(void **state)
{
	NDIS_HANDLE pool = parent_pool();

	for (uint32_t segments = 1; segments < 8; segments++) {
		NET_BUFFER_LIST *parent = parent_received(pool, segments, 100, 0);
		NET_BUFFER_LIST *child = clone_of(parent, 0);
		NET_BUFFER *nb = child->FirstNetBuffer;

		assert_bytes(nb, 0, segments * 100);
		assert_int_equal(mdl_count(nb->MdlChain), segments);
		assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), 0); // no headroom is seen
		for (MDL *a = nb->MdlChain, *b = parent->FirstNetBuffer->MdlChain; a != NULL;
			a = a->Next, b = b->Next)
			assert_ptr_not_equal(a, b); // new MDLs
		*(uint8_t *)NdisGetDataBuffer(parent->FirstNetBuffer, 1, NULL, 1, 0) = 0xee;
		assert_int_equal(*(uint8_t *)NdisGetDataBuffer(nb, 1, NULL, 1, 0), 0xee);
		NdisFreeCloneNetBufferList(child, 0);
		NdisFreeNetBufferList(parent);
		assert_pool_whole(pool);
	}
	close_whole(pool);
}

static void clone_is_born_without_anything_of_the_parent_but_data(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 60, 0);

	parent->NblFlags = NDIS_NBL_FLAGS_IS_IPV4;
	parent->SourceHandle = pool;
	NET_BUFFER_LIST_INFO(parent, NetBufferListHashValue) = (PVOID)1;
	for (ULONG flags = 0; flags <= NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS; flags += 2) {
		NET_BUFFER_LIST *child = clone_of(parent, flags);

		assert_list_fresh(child, NdisGetPoolFromNetBufferList(child));
		assert_null(child->Context);
		assert_int_equal(parent->ChildRefCount, 0); // Q5: the caller counts
		NdisFreeCloneNetBufferList(child, flags);
	}
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

static void clone_has_a_buffer_for_each_of_the_parent(void **state)
{
	NDIS_HANDLE lists = list_pool(FALSE, 0, 0), buffers = buffer_pool(300);
	NET_BUFFER_LIST *parent = NdisAllocateNetBufferList(lists, 0, 0);
	NET_BUFFER **end = &parent->FirstNetBuffer;

	for (ULONG i = 0; i < 5; i++) { // one of them empty
		*end = NdisAllocateNetBufferMdlAndData(buffers);
		assert_int_equal(NdisRetreatNetBufferDataStart(*end, i * 50, 0, NULL), 0);
		for (ULONG j = 0; j < i * 50; j++)
			((uint8_t *)NdisGetDataBuffer(*end, i * 50, NULL, 1, 0))[j] =
				parent_byte(j);
		end = &(*end)->Next;
	}
	NET_BUFFER_LIST *child = clone_of(parent, 0), *grandchild = clone_of(child, 0);
	ULONG i = 0;
	for (NET_BUFFER *nb = grandchild->FirstNetBuffer; nb != NULL; nb = nb->Next, i++)
		assert_bytes(nb, 0, i * 50);
	assert_int_equal(i, 5);
	NdisFreeCloneNetBufferList(grandchild, 0);
	NdisFreeCloneNetBufferList(child, 0);
	for (NET_BUFFER *nb = parent->FirstNetBuffer, *next; nb != NULL; nb = next) {
		next = nb->Next;
		NdisFreeNetBuffer(nb);
	}
	parent->FirstNetBuffer = NULL;
	NdisFreeNetBufferList(parent);
	close_whole(buffers);
	close_whole(lists);
}

static void clone_with_original_mdls_has_the_parents(void **state) // Q9
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 3, 100, 0);
	NET_BUFFER *nb = parent->FirstNetBuffer;

	for (ULONG ahead = 0; ahead < 300; ahead += 50) {
		NET_BUFFER_LIST *child = clone_of(parent, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);

		assert_ptr_equal(child->FirstNetBuffer->MdlChain, nb->CurrentMdl);
		assert_int_equal(child->FirstNetBuffer->DataOffset, nb->CurrentMdlOffset);
		assert_bytes(child->FirstNetBuffer, ahead, 300 - ahead);
		assert_null(nimbl_nb_to_mbuf(child->FirstNetBuffer)); // sent as a copy
#ifndef NDEBUG
		assert_int_equal(NdisRetreatNetBufferDataStart(child->FirstNetBuffer, 1, 0, NULL),
			NDIS_STATUS_FAILURE);
#endif
		NdisAdvanceNetBufferDataStart(child->FirstNetBuffer, 10, FALSE, NULL);
		assert_int_equal(NdisRetreatNetBufferDataStart(child->FirstNetBuffer, 10, 0, NULL),
			NDIS_STATUS_SUCCESS);
		NdisFreeCloneNetBufferList(child, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
		assert_bytes(nb, ahead, 300 - ahead);
		NdisAdvanceNetBufferDataStart(nb, 50, FALSE, NULL);
	}
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void clone_retreats_without_touching_the_parent(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 2, 100, 0), *child = clone_of(parent, 0);

	assert_int_equal(
		NdisRetreatNetBufferListDataStart(child, 20, 0, NULL, NULL), NDIS_STATUS_SUCCESS);
	memset(NdisGetDataBuffer(child->FirstNetBuffer, 20, NULL, 1, 0), 0, 20);
	assert_bytes(parent->FirstNetBuffer, 0, 200);
	NdisAdvanceNetBufferListDataStart(child, 20, TRUE, NULL);
	assert_bytes(child->FirstNetBuffer, 0, 200);
	assert_int_equal(NdisRetreatNetBufferListDataStart(child, 20, 0, NULL, NULL), 0);
	NdisFreeCloneNetBufferList(child, 0); // not undone: freed with the clone all the same
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void other_flags_than_original_mdls_are_refused(void **state) // F6
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 60, 0);

	for (ULONG bit = 0; bit < 32; bit++) {
		if (1u << bit != NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS)
			assert_null(clone_of(parent, 1u << bit));
	}
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

static void clone_freed_as_what_it_is_not_stays(void **state) // B7
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 60, 0), *child = clone_of(parent, 0);

	NdisFreeNetBufferList(child);
	NdisFreeCloneNetBufferList(child, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
	NdisFreeFragmentNetBufferList(child, 0, 0);
	NdisFreeReassembledNetBufferList(child, 0, 0);
	NdisFreeCloneNetBufferList(parent, 0);
	assert_bytes(child->FirstNetBuffer, 0, 60);
	assert_bytes(parent->FirstNetBuffer, 0, 60);
	NdisFreeCloneNetBufferList(child, 0);
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

static void clone_is_of_one_list_not_of_the_chain(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 60, 0);

	parent->Next = parent_received(pool, 1, 60, 100);
	NET_BUFFER_LIST *child = clone_of(parent, 0);
	assert_null(child->Next);
	assert_null(child->FirstNetBuffer->Next);
	assert_bytes(child->FirstNetBuffer, 0, 60);
	child->Next = parent->Next; // and one is freed
	NdisFreeCloneNetBufferList(child, 0);
	assert_bytes(parent->Next->FirstNetBuffer, 100, 60);
	NdisFreeNetBufferList(parent->Next);
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

// What the engine writes to standard error while a clone is freed.
static size_t said_at_free(NET_BUFFER_LIST *child, char *text, size_t size)
{
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	NdisFreeCloneNetBufferList(child, 0);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	size_t got = fread(text, 1, size - 1, file);
	text[got] = '\0';
	fclose(file);
	return got;
}

// Q5: the driver sets the parent of what it derives. Only one is told, and only by debug builds.
static void child_without_a_parent_is_told_once(void **state)
{
#ifdef NDEBUG
	skip();
#endif
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 1, 60, 0), *child = clone_of(parent, 0);
	char text[500];

	child->ParentNetBufferList = parent;
	assert_int_equal(said_at_free(child, text, sizeof(text)), 0);
	said_at_free(clone_of(parent, 0), text, sizeof(text));
	assert_non_null(strstr(text, "NdisFreeCloneNetBufferList"));
	assert_non_null(strstr(text, "ParentNetBufferList"));
	assert_int_equal(said_at_free(clone_of(parent, 0), text, sizeof(text)), 0);
	NdisFreeNetBufferList(parent);
	close_whole(pool);
}

// Every kind of pool may be given; each allocation fails once, and nothing is left behind.
static void failure_at_any_allocation_leaves_nothing(void **state)
{
	NDIS_HANDLE pool = parent_pool();
	NET_BUFFER_LIST *parent = parent_received(pool, 6, 80, 0);

	for (int kind = 0; kind < 3; kind++) {
		bool done = false;

		for (uint32_t n = 1; !done; n++) {
			struct nimbl_pool_options options = {
				.capacity = n, .ops = "stack", .node = NIMBL_NODE_ANY};
			NET_BUFFER_POOL_PARAMETERS parameters = buffer_parameters(0);
			NDIS_HANDLE lists =
				list_pool_with(kind > 0, kind == 2 ? 200 : 0, 0, &options);
			NDIS_HANDLE buffers = nimbl_nb_pool_open(NULL, &parameters, &options);
			NET_BUFFER_LIST *child =
				NdisAllocateCloneNetBufferList(parent, lists, buffers, 0);

			done = child != NULL;
			if (done) {
				assert_true(n >= 5);
				assert_bytes(child->FirstNetBuffer, 0, 480);
				NdisFreeCloneNetBufferList(child, 0);
			}
			close_whole(buffers);
			close_whole(lists);
			for (struct rte_mbuf *m = nimbl_mbuf_of_nb(nimbl_own_nb(parent)); m != NULL;
				m = m->next)
				assert_int_equal(rte_mbuf_refcnt_read(m), 1);
		}
	}
	NdisFreeNetBufferList(parent);
	assert_pool_whole(pool);
	close_whole(pool);
}

static void clone_goes_to_the_pmd_without_a_copy(void **state)
{
	NDIS_HANDLE pool = parent_pool();

	for (uint32_t segments = 1; segments < 5; segments++) {
		NET_BUFFER_LIST *parent = parent_received(pool, segments, 90, 0);
		NET_BUFFER_LIST *child = clone_of(parent, 0);
		NET_BUFFER *nb = child->FirstNetBuffer;
		uint8_t got[500];

		assert_true(nimbl_nb_is_alone(nb));                      // its own references count
		assert_false(nimbl_nb_is_alone(parent->FirstNetBuffer)); // not the parent's
		struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
		assert_non_null(m);
		assert_int_equal(m->nb_segs, segments);
		const uint8_t *bytes = rte_pktmbuf_read(m, 0, segments * 90, got);
		for (uint32_t i = 0; i < segments * 90; i++)
			assert_int_equal(bytes[i], parent_byte(i));
		for (struct rte_mbuf *s = m; s != NULL; s = s->next)
			rte_mbuf_refcnt_set(s, 2);
		rte_pktmbuf_free(m); // the PMD is done
		nimbl_mbuf_unlink(m);
		assert_true(nimbl_nb_is_alone(nb));
		NdisFreeCloneNetBufferList(child, 0);
		NdisFreeNetBufferList(parent);
		assert_pool_whole(pool);
	}
	close_whole(pool);
}

// The parent's room stays while a PMD has a child, whichever goes home first.
static void clone_given_away_keeps_the_room(void **state)
{
	NDIS_HANDLE pool = parent_pool();

	for (int order = 0; order < 4; order++) {
		uint32_t segments = 1 + (uint32_t)order / 2;
		NET_BUFFER_LIST *parent = parent_received(pool, segments, 90, 0);
		NET_BUFFER_LIST *child = clone_of(parent, 0);
		NET_BUFFER *nb = child->FirstNetBuffer;

		assert_false(nimbl_nbl_is_plain(child, nb));
		assert_true(nimbl_nbl_owns_frame(child, nb));
		assert_false(nimbl_nbl_is_adoptable(child, nb));
		assert_false(nimbl_nbl_is_plain(parent, parent->FirstNetBuffer));
		struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
		nimbl_nbl_let_go(child);
		if (order % 2 == 0)
			NdisFreeNetBufferList(parent);
		else
			rte_pktmbuf_free(m);
		assert_int_equal(pool_size_now(pool) - pool_free_now(pool), segments);
		if (order % 2 == 0)
			rte_pktmbuf_free(m);
		else
			NdisFreeNetBufferList(parent);
		assert_pool_whole(pool);
		NET_BUFFER_LIST *again = NdisAllocateNetBufferList(pool, 0, 0);
		assert_nb_fresh_with_data(again->FirstNetBuffer, pool, PARENT_ROOM);
		NdisFreeNetBufferList(again);
	}
	close_whole(pool);
}

static void clone_over_memory_of_a_driver(void **state)
{
	static uint8_t memory[200];
	NDIS_HANDLE pool = list_pool(TRUE, 0, 0);
	MDL *mdl = NdisAllocateMdl(NULL, memory, sizeof(memory));
	NET_BUFFER_LIST *parent = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, mdl, 50, 150);

	for (uint32_t i = 0; i < 150; i++)
		memory[50 + i] = parent_byte(i);
	NET_BUFFER_LIST *child = clone_of(parent, 0);
	assert_bytes(child->FirstNetBuffer, 0, 150);
	assert_null(nimbl_nb_to_mbuf(child->FirstNetBuffer));
	NdisFreeCloneNetBufferList(child, 0);
	NdisFreeNetBufferList(parent);
	NdisFreeMdl(mdl);
	close_whole(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(child_without_a_parent_is_told_once), // first: no other has no parent before
		rule(clone_shares_the_bytes_and_copies_none),
		rule(clone_is_born_without_anything_of_the_parent_but_data),
		rule(clone_has_a_buffer_for_each_of_the_parent),
		rule(clone_with_original_mdls_has_the_parents),
		rule(clone_retreats_without_touching_the_parent),
		rule(other_flags_than_original_mdls_are_refused),
		rule(clone_freed_as_what_it_is_not_stays),
		rule(clone_is_of_one_list_not_of_the_chain),
		rule(failure_at_any_allocation_leaves_nothing),
		rule(clone_goes_to_the_pmd_without_a_copy),
		rule(clone_given_away_keeps_the_room),
		rule(clone_over_memory_of_a_driver),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
