// SPDX-License-Identifier: BSD-3-Clause
// A chain on an edge: each list is looked at, what may not go is taken out, and who has the rest now is
// written down. Datapath of verified stacks.
#include "pool_priv.h"
#include "usual.h"

// Where a list is to be after the call, when `to` has it.
static inline uint32_t next_key(const struct hand *hand, const NET_BUFFER_LIST *nbl, uint64_t word)
{
	const struct nimbl_module *to = hand->to, *source = nbl->SourceHandle;
	uint16_t id = (uint16_t)to->id;

	switch (hand->event) {
	case NIMBL_EVENT_INDICATED:
		return key_of(id, hand->lent ? WAY_LENT : WAY_UP);
	case NIMBL_EVENT_SENT:
		return hand->for_good && to->object.kind == NIMBL_OBJECT_ADAPTER
			       ? key_of(0, WAY_GIVEN)
			       : key_of(id, WAY_DOWN);
	case NIMBL_EVENT_RETURNED:
		return key_of(id, source == to || to->object.kind == NIMBL_OBJECT_ADAPTER
					  ? WAY_HOME
					  : WAY_RETURNING);
	default:
		break;
	}
	if ((word & WORD_OWED) != 0 && to->object.kind == NIMBL_OBJECT_BINDING)
		return key_of(id, WAY_UP);
	if (source == to)
		return key_of(id, WAY_HOME);
	return to->object.kind == NIMBL_OBJECT_FILTER ? key_of(id, WAY_COMPLETING)
						      : key_of(0, WAY_NONE);
}

// Whether a protocol owes the return of a list that is to be on its way down, or on its way back from there.
static inline bool is_owed(const struct hand *hand, uint32_t key, uint64_t word)
{
	if (sets_out((enum way)(key >> 16)))
		return false;
	if (hand->event == NIMBL_EVENT_SENT && hand->from->object.kind == NIMBL_OBJECT_BINDING)
		return word_way(word) == WAY_UP;
	return (word & WORD_OWED) != 0 && !sets_out(word_way(word)) &&
	       (hand->event == NIMBL_EVENT_SENT || hand->event == NIMBL_EVENT_COMPLETED) &&
	       hand->to->object.kind != NIMBL_OBJECT_BINDING;
}

// A list is compared where it turns around, with what it was when its holder got it, and where it comes home,
// with what it was when it set out: between the two filters may advance and retreat.
static inline void compare(
	struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word, uint32_t key, uint32_t look)
{
	uint32_t *first = look_at(nbl);
	enum way way = word_way(word);

	if (sets_out(way))
		*first = look;
	else if (hand->event != NIMBL_EVENT_INDICATED && hand->event != NIMBL_EVENT_SENT &&
		 (way == WAY_UP || way == WAY_DOWN) && word_look(word) != (look & WORD_LOOK_MASK)) {
		report(hand, NIMBL_N19, "O7", nbl);
		*first = look; // said once
	} else if (key >> 16 == WAY_HOME && *first != look) {
		report(hand, NIMBL_N19, "O7", nbl);
	}
	if (hand->tsc != 0)
		first[1] = stamp_of(hand->tsc);
}

static inline void write_down(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	uint32_t key = next_key(hand, nbl, word), look = look_of(nbl);

	compare(hand, nbl, word, key, look);
	if (is_owed(hand, key, word))
		key |= WORD_OWED;
	if (hand->for_good && hand->event == NIMBL_EVENT_INDICATED)
		key |= WORD_FREELY;
	word_set(nbl, word, key, look);
	if (hand->verifier->level >= NIMBL_VERIFY_EVENTS)
		event_note(hand, nbl, 0);
	if (hand->verifier->level >= NIMBL_VERIFY_STACKS)
		data_note(nbl);
}

static inline bool is_plainly_his(
	const struct hand *hand, const NET_BUFFER_LIST *nbl, uint64_t word)
{
	uint32_t key = word_key(word);

	if (nimbl_nbl_state(nbl) == NIMBL_LIST_FREE)
		return false;
	if (key == hand->key || key == hand->other_key)
		return true;
	// What an adapter indicates it has from its device.
	return hand->event == NIMBL_EVENT_INDICATED && sets_out(word_way(word)) &&
	       hand->from->object.kind == NIMBL_OBJECT_ADAPTER;
}

// What costs a look at every byte. What is with its maker, or was free, has had no data that had to stay.
static __attribute__((noinline)) void look_inside(
	struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	const struct nimbl_pool *pool = nbl->NdisPoolHandle;

	if (!sets_out(word_way(word)) && !data_is_same(nbl))
		report(hand, NIMBL_N15, "B10", nbl);
	if (pool->checked && pool_has_data(pool) &&
		pool_fence_mend(pool, nimbl_mbuf_of_nb(nimbl_own_nb(nbl))))
		report(hand, NIMBL_N14, "B1", nbl);
}

// Who calls himself the source of a list that somebody else made: a filter that hands it on, a protocol that
// returns it.
static inline bool is_misnamed(const struct hand *hand)
{
	if (hand->event == NIMBL_EVENT_RETURNED)
		return hand->from->object.kind == NIMBL_OBJECT_BINDING;
	return hand->event != NIMBL_EVENT_COMPLETED &&
	       hand->from->object.kind == NIMBL_OBJECT_FILTER;
}

// Its maker is whoever owns the pool, where that is a driver.
static __attribute__((noinline)) void source_mend(struct hand *hand, NET_BUFFER_LIST *nbl)
{
	const struct nimbl_pool *pool = nbl->NdisPoolHandle;

	report(hand, NIMBL_N05, "O5", nbl);
	if (is_stack_member(pool->owner))
		nbl->SourceHandle = pool->owner;
}

static inline enum verdict look(struct hand *hand, const NET_BUFFER_LIST *first, uint32_t passed,
	NET_BUFFER_LIST *nbl, uint64_t word)
{
	const bool goes_out =
		hand->event == NIMBL_EVENT_INDICATED || hand->event == NIMBL_EVENT_SENT;
	enum nimbl_violation_code code = NIMBL_VIOLATION_CODES;
	enum verdict verdict = VERDICT_PASS;
	const char *rule;

	if (unlikely(!is_plainly_his(hand, nbl, word)))
		verdict = judge(hand, first, passed, nbl, word);
	if (verdict != VERDICT_PASS)
		return verdict;
	if (unlikely(nbl->ChildRefCount != 0) && !goes_out)
		report(hand, NIMBL_N07, "O8", nbl);
	if (unlikely(nbl->SourceHandle == hand->from) && !sets_out(word_way(word)) &&
		is_misnamed(hand))
		source_mend(hand, nbl);
	if (unlikely(hand->verifier->level >= NIMBL_VERIFY_STACKS))
		look_inside(hand, nbl, word);
	if (goes_out)
		code = list_check(hand, nbl, &rule);
	if (likely(code == NIMBL_VIOLATION_CODES))
		return VERDICT_PASS;
	report(hand, code, rule, nbl);
	hand->refused_for = code;
	return VERDICT_REFUSE;
}

// Lists that are not sound go back where they came from, or are put aside.
static void refuse(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	const struct nimbl_edges *back = nimbl_edges_of((NDIS_HANDLE)(uintptr_t)hand->to);
	bool sends = hand->event == NIMBL_EVENT_SENT;

	nbl->Next = NULL;
	nimbl_count_here(
		hand->to->counters, offsetof(struct nimbl_counters, drops[NIMBL_DROP_VERIFIER]), 1);
	if (hand->verifier->actions[hand->refused_for] == NIMBL_VERIFY_QUARANTINE ||
		hand->for_good) {
		quarantine(nbl);
		nimbl_count_here(hand->to->counters,
			sends ? offsetof(struct nimbl_counters, lists_handed)
			      : offsetof(struct nimbl_counters, lists_returned),
			1);
		return;
	}
	if (hand->lent)
		return;
	write_down(hand, nbl, word);
	if (!sends) {
		back->give_back.fn(back->give_back.context, nbl, 0);
		return;
	}
	NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_FAILURE;
	back->complete.fn(back->complete.context, nbl, 0);
}

// A list that is not on its usual way. False: the chain ends before it.
static __attribute__((noinline)) bool hand_one(struct hand *hand, const NET_BUFFER_LIST *first,
	uint32_t passed, NET_BUFFER_LIST **link, bool *goes_on)
{
	NET_BUFFER_LIST *nbl = *link;
	uint64_t word = word_of(nbl);
	enum verdict verdict = look(hand, first, passed, nbl, word);

	*goes_on = verdict == VERDICT_PASS;
	if (verdict == VERDICT_PASS) {
		write_down(hand, nbl, word);
		return true;
	}
	if (verdict == VERDICT_END) {
		*link = NULL;
		return false;
	}
	*link = nbl->Next;
	hand->taken++;
	if (verdict == VERDICT_REFUSE)
		refuse(hand, nbl, word);
	return true;
}

static inline __attribute__((always_inline)) uint32_t hand_all(
	struct hand *hand, enum edge edge, bool looks_closely, NET_BUFFER_LIST **chain)
{
	NET_BUFFER_LIST **link = chain, *nbl;
	struct usual usual = usual_of(hand, edge);
	uint32_t count = 0;
	bool goes_on;

	while ((nbl = *link) != NULL) {
		if (nbl->Next != NULL)
			rte_prefetch0(&nbl->Next->NdisReserved[0]);
		if (looks_closely || unlikely(!usual_pass(&usual, edge, nbl, word_of(nbl)))) {
			if (!hand_one(hand, *chain, count, link, &goes_on))
				break;
			usual = usual_of(hand, edge);
			if (!goes_on)
				continue;
		}
		count++;
		link = &nbl->Next;
	}
	return count;
}

uint32_t chain_hand(struct hand *hand, NET_BUFFER_LIST **chain)
{
	if (hand->lent || hand->verifier->level >= NIMBL_VERIFY_EVENTS)
		return hand_all(hand, EDGE_UP, true, chain);
	switch (edge_of(hand)) {
	case EDGE_FROM_PORT:
		return hand_all(hand, EDGE_FROM_PORT, false, chain);
	case EDGE_UP:
		return hand_all(hand, EDGE_UP, false, chain);
	case EDGE_DOWN:
		return hand_all(hand, EDGE_DOWN, false, chain);
	case EDGE_COMPLETION:
		return hand_all(hand, EDGE_COMPLETION, false, chain);
	default:
		return hand_all(hand, EDGE_RETURN, false, chain);
	}
}
