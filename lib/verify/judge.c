// SPDX-License-Identifier: BSD-3-Clause
// A list that is not plainly the giver's to hand on this way: either there is a good reason, or a rule is
// broken and the word of the list says which.
#include "pool_priv.h"
#include "verify_priv.h"

static enum verdict take_out(
	struct hand *hand, NET_BUFFER_LIST *nbl, enum nimbl_violation_code code, const char *rule)
{
	report(hand, code, rule, nbl);
	return VERDICT_TAKE_OUT;
}

// Whether the list is among the first `passed` of its chain: then the chain is a ring from here on.
static bool is_again(const NET_BUFFER_LIST *first, uint32_t passed, const NET_BUFFER_LIST *nbl)
{
	for (const NET_BUFFER_LIST *at = first; passed > 0; at = at->Next, passed--) {
		if (at == nbl)
			return true;
	}
	return false;
}

static bool goes_out(const struct hand *hand)
{
	return hand->event == NIMBL_EVENT_INDICATED || hand->event == NIMBL_EVENT_SENT;
}

static bool is_his(const struct hand *hand, uint64_t word)
{
	return word_owner(word) == hand->from->id ||
	       owner_is_same_driver(word_owner(word), (uint16_t)hand->from->id);
}

// A list of his own that begins its way. A source that is missing is mended.
static enum verdict begins(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	const struct nimbl_module *source = nbl->SourceHandle;

	if (source == hand->from)
		return VERDICT_PASS;
	// Received on a stack that nobody verifies, be it from its device or from who allocated it there.
	if (is_received_from(source) && !is_verified(source))
		return VERDICT_PASS;
	if (nimbl_nbl_state(nbl) != NIMBL_LIST_ALLOCATED)
		return take_out(hand, nbl, NIMBL_N03, "O3");
	if (source != NULL && !is_his(hand, word) && word_way(word) == WAY_HOME &&
		word_owner(word) == source->id)
		return take_out(hand, nbl, NIMBL_N03, "O3");
	report(hand, NIMBL_N05, "O5", nbl);
	nbl->SourceHandle = (NDIS_HANDLE)(uintptr_t)hand->from;
	return VERDICT_PASS;
}

static enum verdict judge_receive(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	enum way way = word_way(word);
	const struct nimbl_pool *pool = nbl->NdisPoolHandle;

	if (hand->from->object.kind == NIMBL_OBJECT_ADAPTER)
		// What might be given away for good may come again from where nobody looked, without having
		// been free in between. Else only a pool that checks knows better.
		return (word & WORD_FREELY) != 0 || (!pool->checked && nimbl_nbl_state(nbl) ==
									       NIMBL_LIST_INDICATED)
			       ? VERDICT_PASS
			       : take_out(hand, nbl, NIMBL_N03, "O3");
	if (way == WAY_LENT && is_his(hand, word)) {
		if (!hand->lent)
			report(hand, NIMBL_N12, "O4", nbl);
		hand->lent = true;
		return VERDICT_PASS;
	}
	if (way == WAY_LENT_OVER)
		return take_out(hand, nbl, NIMBL_N12, "O4");
	if ((FREE_WAYS & 1u << way) != 0)
		return begins(hand, nbl, word);
	return take_out(hand, nbl, is_his(hand, word) ? NIMBL_N05 : NIMBL_N03, "O3");
}

static enum verdict judge_send(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	bool is_protocol = hand->from->object.kind == NIMBL_OBJECT_BINDING;
	enum way way = word_way(word);

	if (way == WAY_LENT || way == WAY_LENT_OVER)
		return take_out(hand, nbl, NIMBL_N12, "O4");
	if ((FREE_WAYS & 1u << way) != 0)
		return begins(hand, nbl, word);
	if (!is_his(hand, word))
		return take_out(hand, nbl, NIMBL_N03, "O1");
	// A protocol may send what it has received: it owes the return afterwards.
	return is_protocol && way == WAY_UP ? VERDICT_PASS : take_out(hand, nbl, NIMBL_N05, "O3");
}

static enum verdict judge_return(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	enum way way = word_way(word);

	if (way == WAY_LENT || way == WAY_LENT_OVER)
		return take_out(hand, nbl, NIMBL_N12, "O4");
	if (nbl->SourceHandle == hand->from)
		return take_out(hand, nbl, NIMBL_N05, "O5");
	if (way == WAY_HOME || way == WAY_GIVEN || (way == WAY_RETURNING && !is_his(hand, word)))
		return take_out(hand, nbl, NIMBL_N02, "O2");
	if (!is_his(hand, word))
		return take_out(hand, nbl, way == WAY_NONE ? NIMBL_N05 : NIMBL_N03, "O3");
	return way == WAY_UP || way == WAY_RETURNING ? VERDICT_PASS
						     : take_out(hand, nbl, NIMBL_N05, "O3");
}

static enum verdict judge_complete(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	enum way way = word_way(word);

	if (nbl->SourceHandle == hand->from)
		return take_out(hand, nbl, NIMBL_N05, "O5");
	if (way == WAY_HOME || way == WAY_GIVEN || (way == WAY_COMPLETING && !is_his(hand, word)))
		return take_out(hand, nbl, NIMBL_N02, "O2");
	// Back with a protocol that has not returned it yet.
	if (way == WAY_UP && !is_his(hand, word))
		return take_out(hand, nbl, NIMBL_N02, "O2");
	if (!is_his(hand, word))
		return take_out(hand, nbl, way == WAY_NONE ? NIMBL_N05 : NIMBL_N03, "O3");
	return way == WAY_DOWN || way == WAY_COMPLETING ? VERDICT_PASS
							: take_out(hand, nbl, NIMBL_N05, "O3");
}

static enum verdict judge_by_event(struct hand *hand, NET_BUFFER_LIST *nbl, uint64_t word)
{
	switch (hand->event) {
	case NIMBL_EVENT_INDICATED:
		return judge_receive(hand, nbl, word);
	case NIMBL_EVENT_SENT:
		return judge_send(hand, nbl, word);
	case NIMBL_EVENT_RETURNED:
		return judge_return(hand, nbl, word);
	default:
		return judge_complete(hand, nbl, word);
	}
}

// What was given back, or lent, before has a name of its own wherever it is by now.
static bool is_used_after_free(const struct hand *hand, const NET_BUFFER_LIST *nbl, enum way way)
{
	if (nimbl_nbl_state(nbl) != NIMBL_LIST_FREE || way == WAY_LENT_OVER)
		return false;
	return goes_out(hand) || way != WAY_HOME;
}

enum verdict judge(struct hand *hand, const NET_BUFFER_LIST *first, uint32_t passed,
	NET_BUFFER_LIST *nbl, uint64_t word)
{
	enum verdict verdict;

	if (is_again(first, passed, nbl)) {
		report(hand, NIMBL_N06, "B2", nbl);
		return VERDICT_END;
	}
	if (word_way(word) == WAY_QUARANTINED)
		return take_out(hand, nbl, NIMBL_N03, "O3");
	if (is_used_after_free(hand, nbl, word_way(word)))
		return take_out(hand, nbl, NIMBL_N08, "B4");
	verdict = judge_by_event(hand, nbl, word);
	// Most often those that follow are like this one.
	if (verdict == VERDICT_PASS && word_is_out(word))
		hand->other_key = word_key(word);
	return verdict;
}
