// SPDX-License-Identifier: BSD-3-Clause
// Lists with one word that is not sound: each is found where it is handed on, at the levels that look at usual
// lists in one go as at those that look closely.
#include "defect_make.h"

static void current_mdl_missing(NET_BUFFER_LIST *nbl)
{
	nbl->FirstNetBuffer->CurrentMdl = NULL;
}

static void mdl_chain_missing(NET_BUFFER_LIST *nbl)
{
	nbl->FirstNetBuffer->MdlChain = NULL;
}

static void data_offset_alone(NET_BUFFER_LIST *nbl)
{
	nbl->FirstNetBuffer->DataOffset++;
}

static void current_offset_alone(NET_BUFFER_LIST *nbl)
{
	nbl->FirstNetBuffer->CurrentMdlOffset--;
}

static void longer_than_its_room(NET_BUFFER_LIST *nbl)
{
	nbl->FirstNetBuffer->DataLength = UINT32_MAX;
}

static void of_both_versions(NET_BUFFER_LIST *nbl)
{
	nbl->NblFlags = NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_IPV6;
}

static void no_segments(NET_BUFFER_LIST *nbl)
{
	nimbl_mbuf_of_nb(nbl->FirstNetBuffer)->nb_segs = 0;
}

static void two_segments_in_one(NET_BUFFER_LIST *nbl)
{
	nimbl_mbuf_of_nb(nbl->FirstNetBuffer)->nb_segs = 2;
}

static void segment_longer_than_the_frame(NET_BUFFER_LIST *nbl)
{
	nimbl_mbuf_of_nb(nbl->FirstNetBuffer)->data_len = 61;
	nimbl_mbuf_of_nb(nbl->FirstNetBuffer)->pkt_len = 60;
}

static void data_behind_the_buffer(NET_BUFFER_LIST *nbl)
{
	struct rte_mbuf *m = nimbl_mbuf_of_nb(nbl->FirstNetBuffer);

	m->data_off = m->buf_len;
	m->data_len = 60;
	m->pkt_len = 60;
}

static const struct word {
	const char *name;
	void (*spoil)(NET_BUFFER_LIST *nbl);
	enum nimbl_violation_code code;
	bool is_of_mbuf; // of what a PMD has filled
} words[] = {
	{"current MDL", current_mdl_missing, NIMBL_N18, false},
	{"MDL chain", mdl_chain_missing, NIMBL_N18, false},
	{"data offset", data_offset_alone, NIMBL_N18, false},
	{"current offset", current_offset_alone, NIMBL_N18, false},
	{"length", longer_than_its_room, NIMBL_N18, false},
	{"flags", of_both_versions, NIMBL_N20, false},
	{"no segments", no_segments, NIMBL_N17, true},
	{"two segments", two_segments_in_one, NIMBL_N17, true},
	{"segment length", segment_longer_than_the_frame, NIMBL_N17, true},
	{"data start", data_behind_the_buffer, NIMBL_N17, true},
};

static void assert_word_found(const struct word *word, const char *event)
{
	struct nimbl_violation violation;

	if (!nimbl_violation_next(0, &violation) || violation.code != word->code)
		fail_msg("%s, %s: not found", event, word->name);
	nimbl_violations_clear();
}

static void spoil_received(struct stack *stack, const struct word *word)
{
	NET_BUFFER_LIST *lists[3];
	struct rte_mbuf *m, was;

	for (unsigned int i = 0; i < 3; i++)
		lists[i] = received(stack, 8);
	m = nimbl_mbuf_of_nb(nimbl_own_nb(lists[1]));
	was = *m;
	word->spoil(lists[1]);
	lists[0]->Next = lists[1];
	lists[1]->Next = lists[2];
	indicate(stack, lists[0], 3, 0);
	*m = was;
	assert_word_found(word, "indicated");
	assert_int_equal(stack->user->held_count, 2); // the others go on
	test_return_held(stack->user);
}

static void spoil_sent(struct stack *stack, const struct word *word)
{
	NET_BUFFER_LIST *nbl = own_list(stack);
	NET_BUFFER *nb = nbl->FirstNetBuffer, was;

	assert_int_equal(NdisRetreatNetBufferDataStart(nb, 60, 0, NULL), 0);
	was = *nb;
	word->spoil(nbl);
	send_one(stack, nbl);
	assert_word_found(word, "sent");
	*nb = was;
	nbl->NblFlags = 0;
	assert_int_equal(stack->mp->sent_count, 0);
	free_completed(stack);
}

static void no_word_that_is_not_sound_is_overlooked(void **state)
{
	for (enum nimbl_verify_level level = NIMBL_VERIFY_OWNERS; level < NIMBL_VERIFY_LEVELS;
		level++) {
		struct stack stack;

		verified(&stack, level);
		test_miniport_indicate(stack.mp, 8, 0, 0, NULL); // sound ones
		assert_int_equal(stack.user->held_count, 8);
		test_return_held(stack.user);
		assert_int_equal(nimbl_violations_count(NIMBL_VIOLATION_CODES), 0);
		for (size_t i = 0; i < RTE_DIM(words); i++) {
			spoil_received(&stack, &words[i]);
			if (!words[i].is_of_mbuf)
				spoil_sent(&stack, &words[i]);
		}
		stack_close(&stack);
	}
	assert_pool_whole(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_word_that_is_not_sound_is_overlooked),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
