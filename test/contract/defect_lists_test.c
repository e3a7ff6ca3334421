// SPDX-License-Identifier: BSD-3-Clause
// The verifier, continued: defects in what drivers do with buffers, with the data in them, and with lists that
// are not theirs.
#include "defect_make.h"

// A list of one frame of 60 bytes.
static NET_BUFFER_LIST *own_frame(const struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	assert_int_equal(NdisRetreatNetBufferDataStart(nbl->FirstNetBuffer, 60, 0, NULL), 0);
	return nbl;
}

static NET_BUFFER_LIST *get_one(struct stack *stack)
{
	NET_BUFFER_LIST *nbl;

	test_miniport_indicate(stack->mp, 1, 0, 0, &nbl);
	assert_ptr_equal(stack->user->held[0], nbl);
	return nbl;
}

static uint8_t *data_of(NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;

	return (uint8_t *)nb->CurrentMdl->MappedSystemVa + nb->CurrentMdlOffset;
}

// Have the protocol do `what`, on its thread, with a list that it is given.
static void inside(struct stack *stack, ULONG flags,
	void (*what)(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags))
{
	stack->user->on_receive = what;
	test_miniport_indicate(stack->mp, 1, 0, flags, NULL);
	stack->user->on_receive = NULL;
	assert_int_equal(stack->mp->returned_count, flags == 0);
}

static void completes_with_an_advance(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_frame(stack);

	send_one(stack, nbl);
	NdisAdvanceNetBufferDataStart(nbl->FirstNetBuffer, 14, FALSE, NULL);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void returns_with_another_mdl(struct stack *stack)
{
	static uint8_t room[256];
	NET_BUFFER *nb = get_one(stack)->FirstNetBuffer;
	MDL *mdl = NdisAllocateMdl(stack->binding, room, sizeof(room));

	nb->MdlChain = nb->CurrentMdl = mdl;
	test_return_held(stack->user);
	NdisFreeMdl(mdl);
}

static void returns_a_shorter_mdl(struct stack *stack)
{
	MDL *mdl = get_one(stack)->FirstNetBuffer->MdlChain;

	mdl->ByteCount -= 8;
	test_return_held(stack->user);
	mdl->ByteCount += 8;
}

static void loses_a_buffer_of_two(struct stack *stack)
{
	NDIS_HANDLE pool = buffer_pool(256);
	NET_BUFFER_LIST *nbl = own_frame(stack);
	NET_BUFFER *second = NdisAllocateNetBufferMdlAndData(pool);

	nbl->FirstNetBuffer->Next = second;
	send_one(stack, nbl);
	nbl->FirstNetBuffer->Next = NULL;
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	NdisFreeNetBuffer(second);
	free_completed(stack);
	close_whole(pool);
}

static void receives_two_frames_in_a_list(struct stack *stack)
{
	NDIS_HANDLE pool = buffer_pool(256);
	NET_BUFFER_LIST *nbl = received(stack, 8);
	NET_BUFFER *second = NdisAllocateNetBufferMdlAndData(pool);

	nbl->FirstNetBuffer->Next = second;
	indicate(stack, nbl, 1, 0);
	assert_int_equal(stack->user->held_count, 0);
	NdisFreeNetBuffer(second);
	close_whole(pool);
}

static void receives_a_list_without_a_frame(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);

	nbl->FirstNetBuffer = NULL;
	indicate(stack, nbl, 1, 0);
	assert_int_equal(stack->user->held_count, 0);
	assert_int_equal(stack->mp->returned_count, 1);
}

static void links_mdls_to_a_ring(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_frame(stack);
	MDL *mdl = nbl->FirstNetBuffer->MdlChain;

	mdl->Next = mdl;
	send_one(stack, nbl);
	assert_int_equal(stack->mp->sent_count, 0);
	mdl->Next = NULL;
	free_completed(stack);
}

static void sends_more_than_there_is(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_frame(stack);

	nbl->FirstNetBuffer->DataLength = 1000;
	send_one(stack, nbl);
	assert_int_equal(stack->mp->sent_count, 0);
	free_completed(stack);
}

static void receives_from_a_pmd_that_lies(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);
	struct rte_mbuf *m = nimbl_mbuf_of_nb(nbl->FirstNetBuffer);

	m->nb_segs = 0;
	indicate(stack, nbl, 1, 0);
	assert_int_equal(stack->user->held_count, 0);
	m->nb_segs = 1;
}

static void advance_far(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisAdvanceNetBufferDataStart(chain->FirstNetBuffer, 1000, FALSE, NULL);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void advances_beyond_the_data(struct stack *stack)
{
	inside(stack, 0, advance_far);
}

static void leaves_its_context_behind(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = get_one(stack);

	assert_int_equal(NdisAllocateNetBufferListContext(nbl, 16, 0, 0x74736574), 0);
	test_return_held(stack->user);
}

static void free_context(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisFreeNetBufferListContext(chain, 16);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_context_that_it_has_not(struct stack *stack)
{
	inside(stack, 0, free_context);
}

static void free_own_twice(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisFreeNetBufferList(self->arg);
	NdisFreeNetBufferList(self->arg);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_its_own_twice(struct stack *stack)
{
	stack->user->arg = own_list(stack);
	inside(stack, 0, free_own_twice);
}

static void free_as_clone(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisFreeCloneNetBufferList(self->arg, 0);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_a_list_as_a_clone(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_list(stack);

	stack->user->arg = nbl;
	inside(stack, 0, free_as_clone);
	NdisFreeNetBufferList(nbl);
}

static void free_clone_as_fragments(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(chain, NULL, NULL, 0);

	NdisFreeFragmentNetBufferList(clone, 0, 0);
	NdisFreeCloneNetBufferList(clone, 0);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_a_clone_as_fragments(struct stack *stack)
{
	inside(stack, 0, free_clone_as_fragments);
}

static void free_parent_first(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NET_BUFFER_LIST *parent = self->arg;
	NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(parent, NULL, NULL, 0);

	parent->ChildRefCount++;
	NdisFreeNetBufferList(parent);
	NdisFreeCloneNetBufferList(clone, 0);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_a_parent_before_its_child(struct stack *stack)
{
	stack->user->arg = own_frame(stack);
	inside(stack, 0, free_parent_first);
}

static void counts_a_child_twice(struct stack *stack)
{
	get_one(stack)->ChildRefCount = -1;
	test_return_held(stack->user);
}

static void frees_a_pool_with_lists_out(struct stack *stack)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 256, 0);
	NDIS_HANDLE pool = NdisAllocateNetBufferListPool(stack->binding, &parameters);
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);

	NdisFreeNetBufferListPool(pool);
	NdisFreeNetBufferList(nbl);
	NdisFreeNetBufferListPool(pool);
}

static void free_lent(struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisFreeNetBufferList(chain);
}

static void frees_what_was_lent(struct stack *stack)
{
	inside(stack, NDIS_RECEIVE_FLAGS_RESOURCES, free_lent);
}

static void advance_lent(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NdisAdvanceNetBufferDataStart(chain->FirstNetBuffer, 14, FALSE, NULL);
}

static void leaves_an_advance_in_what_was_lent(struct stack *stack)
{
	inside(stack, NDIS_RECEIVE_FLAGS_RESOURCES, advance_lent);
}

static void makes_the_list_of_another_its_own(struct stack *stack)
{
	stack->f[0]->receives = TEST_FILTER_HOLD;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	stack->f[0]->held_receives.lists[0]->SourceHandle = stack->f[0]->filter;
	test_filter_release_receives(stack->f[0]);
	stack->f[0]->receives = TEST_FILTER_PASS;
	test_return_held(stack->user);
	assert_int_equal(stack->mp->returned_count, 1);
}

// Once from its cancel path, once as if nothing had been.
static void completes_and_passes_on(struct stack *stack)
{
	struct test_filter *filter = stack->f[1];

	filter->sends = TEST_FILTER_HOLD;
	send_one(stack, own_frame(stack));
	NdisFSendNetBufferListsComplete(filter->filter, filter->held_sends.lists[0], 0);
	test_filter_release_sends(filter);
	filter->sends = TEST_FILTER_PASS;
	assert_int_equal(stack->mp->sent_count, 0);
	assert_int_equal(stack->user->completed, 1);
	free_completed(stack);
}

static void passes_on_and_completes(struct stack *stack)
{
	struct test_filter *filter = stack->f[1];

	send_one(stack, own_frame(stack));
	NdisFSendNetBufferListsComplete(filter->filter, stack->mp->sent[0], 0);
	assert_int_equal(stack->user->completed, 0);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void indicates_what_the_protocol_holds(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = get_one(stack);

	indicate(stack, nbl, 1, 0);
	assert_int_equal(stack->user->held_count, 1);
	test_return_held(stack->user);
}

static void returns_its_own_send(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_frame(stack);

	send_one(stack, nbl);
	NdisReturnNetBufferLists(stack->binding, nbl, 0);
	assert_int_equal(stack->mp->returned_count, 0);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void completes_what_was_never_sent(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_frame(stack);

	NdisMSendNetBufferListsComplete(stack->adapter, nbl, 0);
	assert_int_equal(stack->user->completed, 0);
	NdisFreeNetBufferList(nbl);
}

static void writes_read_only_data(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = received(stack, 8);

	stack->f[0]->receives = TEST_FILTER_HOLD;
	nbl->NblFlags = NDIS_NBL_FLAGS_RECV_READ_ONLY;
	indicate(stack, nbl, 1, 0);
	data_of(nbl)[59] ^= 1;
	test_filter_release_receives(stack->f[0]);
	stack->f[0]->receives = TEST_FILTER_PASS;
	test_return_held(stack->user);
}

static void writes_what_a_clone_shares(struct stack *stack)
{
	stack->f[0]->receives = TEST_FILTER_CLONE;
	test_miniport_indicate(stack->mp, 1, 0, 0, NULL);
	data_of(stack->user->held[0])[0] ^= 1;
	test_return_held(stack->user);
	stack->f[0]->receives = TEST_FILTER_PASS;
	assert_int_equal(stack->mp->returned_count, 1);
}

static void write_behind(const NET_BUFFER_LIST *nbl)
{
	const MDL *mdl = nbl->FirstNetBuffer->MdlChain;

	((uint8_t *)mdl->MappedSystemVa)[mdl->ByteCount + 3] = 1;
}

static void sends_what_it_wrote_behind(struct stack *stack)
{
	NET_BUFFER_LIST *nbl = own_frame(stack);

	write_behind(nbl);
	send_one(stack, nbl);
	test_miniport_complete(stack->mp, 1, NDIS_STATUS_SUCCESS);
	free_completed(stack);
}

static void write_and_free(
	struct test_binding *self, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	write_behind(self->arg);
	NdisFreeNetBufferList(self->arg);
	NdisReturnNetBufferLists(self->binding, chain, 0);
}

static void frees_what_it_wrote_behind(struct stack *stack)
{
	stack->user->arg = own_list(stack);
	inside(stack, 0, write_and_free);
}

#define PROTOCOL "protocol test_protocol on a"

static const struct defect defects[] = {
	DEFECT(completes_with_an_advance, N19, "port a", "O7"),
	DEFECT(returns_with_another_mdl, N19, PROTOCOL, "O7"),
	DEFECT(returns_a_shorter_mdl, N19, PROTOCOL, "O7"),
	DEFECT(loses_a_buffer_of_two, N19, "port a", "O7"),
	DEFECT(leaves_its_context_behind, N19, PROTOCOL, "O7"),
	DEFECT(leaves_an_advance_in_what_was_lent, N19, PROTOCOL, "O4"),
	DEFECT(receives_two_frames_in_a_list, N18, "port a", "B1"),
	DEFECT(receives_a_list_without_a_frame, N18, "port a", "B1"),
	DEFECT(links_mdls_to_a_ring, N18, PROTOCOL, "B1"),
	DEFECT(sends_more_than_there_is, N18, PROTOCOL, "B1"),
	DEFECT(advances_beyond_the_data, N18, PROTOCOL, "B11"),
	DEFECT(receives_from_a_pmd_that_lies, N17, "port a", "B1"),
	DEFECT(frees_context_that_it_has_not, N04, PROTOCOL, "B12"),
	DEFECT(frees_its_own_twice, N01, PROTOCOL, "B4"),
	DEFECT(frees_a_list_as_a_clone, N04, PROTOCOL, "B7"),
	DEFECT(frees_a_clone_as_fragments, N04, PROTOCOL, "B7"),
	DEFECT(frees_a_parent_before_its_child, N07, PROTOCOL, "B6"),
	DEFECT(counts_a_child_twice, N07, PROTOCOL, "O8"),
	DEFECT(frees_a_pool_with_lists_out, N09, PROTOCOL, "B9"),
	DEFECT(frees_what_was_lent, N12, PROTOCOL, "O4"),
	DEFECT(makes_the_list_of_another_its_own, N05, "filter f0 on a", "O5"),
	DEFECT(completes_and_passes_on, N03, "filter f1 on a", "O3"),
	DEFECT(passes_on_and_completes, N03, "filter f1 on a", "O3"),
	DEFECT(indicates_what_the_protocol_holds, N03, "port a", "O3"),
	DEFECT(returns_its_own_send, N05, PROTOCOL, "O5"),
	DEFECT(completes_what_was_never_sent, N05, "port a", "O3"),
	DEFECT(frees_what_it_wrote_behind, N14, PROTOCOL, "B1"),
};

// Those that cost a look at every byte.
static const struct defect deep_defects[] = {
	DEFECT(writes_read_only_data, N15, "filter f0 on a", "B10"),
	DEFECT(writes_what_a_clone_shares, N15, PROTOCOL, "B10"),
	DEFECT(sends_what_it_wrote_behind, N14, PROTOCOL, "B1"),
};

static void every_defect_is_found_and_lands_on_who_has_it(void **state)
{
	for (size_t i = 0; i < RTE_DIM(defects); i++)
		commit(&defects[i], NIMBL_VERIFY_OWNERS);
}

static void every_level_finds_them(void **state)
{
	for (size_t i = 0; i < RTE_DIM(defects); i++)
		commit(&defects[i], NIMBL_VERIFY_STACKS);
}

static void defects_in_the_data_are_found(void **state)
{
	for (size_t i = 0; i < RTE_DIM(deep_defects); i++)
		commit(&deep_defects[i], NIMBL_VERIFY_STACKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_defect_is_found_and_lands_on_who_has_it),
		cmocka_unit_test(every_level_finds_them),
		cmocka_unit_test(defects_in_the_data_are_found),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
