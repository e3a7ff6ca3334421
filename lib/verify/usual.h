// SPDX-License-Identifier: BSD-3-Clause
// Lists on their usual way, as most are: looked at in one piece of code for each of the four events, without a
// call. Whatever is not so is not wrong therefore: chain.c looks at it again.
#pragma once

#include "verify_priv.h"

// Edges as they differ in what is usual: who indicates is a port or a filter.
enum edge {
	EDGE_FROM_PORT,
	EDGE_UP,
	EDGE_DOWN,
	EDGE_COMPLETION,
	EDGE_RETURN,
};

// What all lists of a call have in common, in registers: no write to a list can have changed it.
struct usual {
	bool is_to_binding, is_to_adapter;
	uint32_t key, other_key; // of a list that is the giver's
	uint32_t next, carried;  // of what is written: bits, and those that stay as they were
	const struct nimbl_module *stranger; // whose lists have to be looked at
	const struct nimbl_module *to;
	uint32_t stamp; // 0: none
};

static inline bool sets_out(enum way way)
{
	return (FREE_WAYS & 1u << way) != 0;
}

static inline enum edge edge_of(const struct hand *hand)
{
	switch (hand->event) {
	case NIMBL_EVENT_INDICATED:
		return hand->from->object.kind == NIMBL_OBJECT_ADAPTER ? EDGE_FROM_PORT : EDGE_UP;
	case NIMBL_EVENT_SENT:
		return EDGE_DOWN;
	case NIMBL_EVENT_COMPLETED:
		return EDGE_COMPLETION;
	default:
		return EDGE_RETURN;
	}
}

static inline uint32_t usual_next(const struct hand *hand, enum edge edge, bool is_given)
{
	uint16_t id = (uint16_t)hand->to->id;

	switch (edge) {
	case EDGE_FROM_PORT:
	case EDGE_UP:
		return key_of(id, WAY_UP) | (hand->for_good ? WORD_FREELY : 0);
	case EDGE_DOWN:
		if (is_given)
			return key_of(0, WAY_GIVEN);
		// What is a protocol's it has received.
		return key_of(id, WAY_DOWN) |
		       (hand->from->object.kind == NIMBL_OBJECT_BINDING ? WORD_OWED : 0);
	case EDGE_COMPLETION:
		return key_of(id,
			hand->to->object.kind == NIMBL_OBJECT_BINDING ? WAY_UP : WAY_COMPLETING);
	default:
		return key_of(id, WAY_RETURNING);
	}
}

static inline struct usual usual_of(const struct hand *hand, enum edge edge)
{
	const enum nimbl_object_kind from = hand->from->object.kind, to = hand->to->object.kind;
	const bool is_given = hand->for_good && to == NIMBL_OBJECT_ADAPTER;
	const bool carries = edge == EDGE_DOWN
				     ? from == NIMBL_OBJECT_FILTER && !is_given
				     : edge == EDGE_COMPLETION && to == NIMBL_OBJECT_FILTER;
	const enum nimbl_object_kind strange =
		edge == EDGE_RETURN ? NIMBL_OBJECT_BINDING : NIMBL_OBJECT_FILTER;

	return (struct usual){
		.is_to_binding = to == NIMBL_OBJECT_BINDING,
		.is_to_adapter = to == NIMBL_OBJECT_ADAPTER,
		.key = hand->lent ? UINT32_MAX : hand->key,
		.other_key = hand->lent ? UINT32_MAX : hand->other_key,
		.next = usual_next(hand, edge, is_given),
		.carried = carries ? WORD_OWED : 0,
		.stranger = edge != EDGE_COMPLETION && from == strange ? hand->from : NULL,
		.to = hand->to,
		.stamp = stamp_of(hand->tsc),
	};
}

// What of an mbuf is not as a PMD leaves one that holds a frame alone; 0: nothing.
static inline uint64_t mbuf_oddness(const struct rte_mbuf *m)
{
	const uint64_t alone = 1ull << 32 | 1ull << 16; // nb_segs, refcnt
	uint64_t words;

	memcpy(&words, &m->rearm_data, sizeof(words));
	return ((words ^ alone) & 0xffffffff0000u) | (m->data_len ^ m->pkt_len) |
	       (uint64_t)((int64_t)m->buf_len - m->data_off - m->data_len) >> 63 |
	       (uintptr_t)m->next | (m->buf_addr == NULL);
}

// Its own NB, all data of which lies in its own MDL, and no word beside; 0: it is so.
static inline uint64_t list_oddness(
	const NET_BUFFER_LIST *nbl, const NET_BUFFER *own, const MDL *mdl)
{
	return ((uintptr_t)own->CurrentMdl ^ (uintptr_t)mdl) |
	       ((uintptr_t)own->MdlChain ^ (uintptr_t)mdl) | (uintptr_t)own->Next |
	       (uintptr_t)mdl->Next | (own->DataOffset ^ own->CurrentMdlOffset) |
	       (uint64_t)((int64_t)mdl->ByteCount - own->DataOffset - own->DataLength) >> 63 |
	       nbl->NimblInfoUsed | nbl->NblFlags;
}

static inline bool usual_is_his(const struct usual *usual, enum edge edge, uint64_t word)
{
	if (edge == EDGE_FROM_PORT)
		return sets_out(word_way(word));
	return word_key(word) == usual->key || word_key(word) == usual->other_key;
}

// A list that goes out: sound, and what it says need not be weighed. Its look is stored.
static inline bool usual_out(enum edge edge, const NET_BUFFER_LIST *nbl, uint32_t *look)
{
	const NET_BUFFER *own = nimbl_own_nb(nbl);
	const MDL *mdl = nimbl_own_mdl(own);
	uint64_t odd;

	if (nbl->FirstNetBuffer != own) // which may not exist
		return false;
	odd = list_oddness(nbl, own, mdl);
	if (edge == EDGE_FROM_PORT)
		odd |= mbuf_oddness(nimbl_mbuf_of_nb(own));
	*look = look_with(nbl, own, mdl);
	return odd == 0;
}

// A list that comes back, to be written down with `next`: it is as it went.
static inline bool usual_back(const struct usual *usual, enum edge edge, NET_BUFFER_LIST *nbl,
	uint64_t word, uint32_t *next, uint32_t *look)
{
	bool is_owed = (word & WORD_OWED) != 0 && usual->is_to_binding;

	*look = look_of(nbl);
	if ((word_way(word) == WAY_UP || word_way(word) == WAY_DOWN) &&
		word_look(word) != (*look & WORD_LOOK_MASK))
		return false;
	if (edge == EDGE_RETURN ? usual->is_to_adapter || nbl->SourceHandle == usual->to
				: nbl->SourceHandle == usual->to && !is_owed) {
		*next = key_of(usual->to->id, WAY_HOME);
		return *look_at(nbl) == *look;
	}
	return edge == EDGE_RETURN || is_owed || !usual->is_to_binding;
}

// True: all is well, and who has the list now is written down.
static inline __attribute__((always_inline)) bool usual_pass(
	const struct usual *usual, enum edge edge, NET_BUFFER_LIST *nbl, uint64_t word)
{
	const bool goes_out = edge <= EDGE_DOWN;
	uint32_t next = usual->next | (word & usual->carried), look;

	if (!usual_is_his(usual, edge, word) || nimbl_nbl_state(nbl) == NIMBL_LIST_FREE ||
		nbl->ChildRefCount != 0 || nbl->SourceHandle == usual->stranger)
		return false;
	if (goes_out ? !usual_out(edge, nbl, &look)
		     : !usual_back(usual, edge, nbl, word, &next, &look))
		return false;
	if (edge == EDGE_FROM_PORT)
		*look_at(nbl) = look;
	if (usual->stamp != 0)
		look_at(nbl)[1] = usual->stamp;
	word_set(nbl, word, next, look);
	return true;
}
