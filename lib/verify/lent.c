// SPDX-License-Identifier: BSD-3-Clause
// Chains that are lent: when the call is over the giver finds them as they were, and nobody has kept any.
#include "verify_priv.h"

void lent_note(struct lent *lent, NET_BUFFER_LIST *chain)
{
	lent->count = 0;
	for (; chain != NULL && lent->count < LENT_MAX; chain = chain->Next) {
		lent->lists[lent->count] = chain;
		lent->looks[lent->count++] = look_of(chain);
	}
}

// The list is the giver's again, whatever somebody did with it.
static void take_back(struct hand *hand, NET_BUFFER_LIST *nbl, uint32_t look)
{
	uint64_t word = word_of(nbl);
	bool is_home =
		hand->from->object.kind == NIMBL_OBJECT_ADAPTER || nbl->SourceHandle == hand->from;

	// Whoever passes it on otherwise says so at that moment; a free list is in its pool.
	if (nimbl_nbl_state(nbl) == NIMBL_LIST_FREE)
		report_taker(hand, NIMBL_N12, "O4", nbl);
	else if (look != look_of(nbl))
		report_taker(hand, NIMBL_N19, "O4", nbl);
	word_set(nbl, word, key_of((uint16_t)hand->from->id, is_home ? WAY_LENT_OVER : WAY_LENT),
		look);
}

void lent_check(struct hand *hand, const struct lent *lent)
{
	bool is_linked = true;

	for (uint32_t i = 0; i < lent->count; i++) {
		NET_BUFFER_LIST *nbl = lent->lists[i];
		NET_BUFFER_LIST *next = i + 1 < lent->count ? lent->lists[i + 1] : NULL;

		take_back(hand, nbl, lent->looks[i]);
		is_linked &= nbl->Next == next || lent->count == LENT_MAX;
		if (lent->count < LENT_MAX)
			nbl->Next = next;
	}
	if (!is_linked)
		report_taker(hand, NIMBL_N12, "O4", lent->lists[0]);
}
