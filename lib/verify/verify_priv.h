// SPDX-License-Identifier: BSD-3-Clause
// The word of a list: who holds it, in which way, and how often it was handed on.
//
// NdisReserved[0]: owner (16 bits) | way (6) | owed (1) | freely (1) | look when it was handed on (7) | reported (1) |
// hand-offs (32)
// NdisReserved[1]: what it looked like when it set out (32) | when it was handed on last (32)
//
// Nothing outside this part and its pools writes the two, so that they cost nothing where nobody looks.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#include "nimbl_mbuf.h"
#include "nimbl_verify.h"

enum way {
	WAY_NONE,        // nobody was seen with it, or it is in its pool
	WAY_UP,          // indicated: its owner has to return it
	WAY_LENT,        // indicated for the length of the call
	WAY_DOWN,        // sent: its owner has to complete it
	WAY_COMPLETING,  // on its way back up
	WAY_RETURNING,   // on its way back down
	WAY_HOME,        // with who made it
	WAY_LENT_OVER,   // the same, and it was only lent
	WAY_GIVEN,       // given away for good
	WAY_QUARANTINED, // never used again
};

// Ways in which nobody owes anything for a list.
#define FREE_WAYS (1u << WAY_NONE | 1u << WAY_HOME | 1u << WAY_LENT_OVER | 1u << WAY_GIVEN)

#define WORD_KEY_MASK   0x3fffffu
#define WORD_OWED       (1u << 22) // a protocol sent what it had received, and has to return it
#define WORD_FREELY     (1u << 23) // received with leave to give it away for good
#define WORD_LOOK_SHIFT 24
#define WORD_LOOK_MASK  0x7fu
#define WORD_REPORTED   (1ull << 31) // held for too long, and that was said

static inline uint32_t key_of(uint16_t owner, enum way way)
{
	return (uint32_t)owner | (uint32_t)way << 16;
}

static inline uint64_t *word_at(NET_BUFFER_LIST *nbl)
{
	return (uint64_t *)(void *)&nbl->NdisReserved[0];
}

static inline uint64_t word_of(const NET_BUFFER_LIST *nbl)
{
	return __atomic_load_n(word_at((NET_BUFFER_LIST *)(uintptr_t)nbl), __ATOMIC_RELAXED);
}

static inline uint32_t word_key(uint64_t word)
{
	return word & WORD_KEY_MASK;
}

static inline uint16_t word_owner(uint64_t word)
{
	return (uint16_t)word;
}

static inline enum way word_way(uint64_t word)
{
	return (enum way)(word >> 16 & 0x3f);
}

static inline bool word_is_out(uint64_t word)
{
	return word_way(word) != WAY_QUARANTINED && (FREE_WAYS & 1u << word_way(word)) == 0;
}

static inline uint32_t word_look(uint64_t word)
{
	return word >> WORD_LOOK_SHIFT & WORD_LOOK_MASK;
}

static inline void word_set(NET_BUFFER_LIST *nbl, uint64_t before, uint32_t key, uint32_t look)
{
	uint64_t low = key | (look & WORD_LOOK_MASK) << WORD_LOOK_SHIFT;

	__atomic_store_n(word_at(nbl), ((before >> 32) + 1) << 32 | low, __ATOMIC_RELAXED);
}

// About 0.4 ms; the difference of two is right for days.
static inline uint32_t stamp_of(uint64_t tsc)
{
	return (uint32_t)(tsc >> 20);
}

static inline uint32_t stamp_now(void)
{
	return stamp_of(rte_rdtsc());
}

static inline uint32_t stamp_ms(uint32_t ticks)
{
	return (uint32_t)(((uint64_t)ticks << 20) * 1000 / rte_get_tsc_hz());
}

static inline uint32_t *look_at(NET_BUFFER_LIST *nbl)
{
	return (uint32_t *)(void *)&nbl->NdisReserved[1];
}

// What has to be the same when a list comes back: its NBs, its MDLs and their length, where its data starts,
// its context. Of one whose first NB, and first MDL of that, are known.
static inline uint32_t look_with(const NET_BUFFER_LIST *nbl, const NET_BUFFER *nb, const MDL *mdl)
{
	uint64_t look = (uintptr_t)nb;

	if (likely(nb != NULL))
		look += (uintptr_t)mdl * 5 + ((uint64_t)nb->DataOffset << 7) +
			(uintptr_t)nb->Next * 11;
	if (likely(mdl != NULL))
		look += (uint64_t)mdl->ByteCount << 23;
	if (unlikely(nbl->Context != NULL))
		look += (uintptr_t)nbl->Context * 3 + nbl->Context->Offset;
	look *= 0x9e3779b97f4a7c15u;
	return (uint32_t)(look >> 32);
}

static inline uint32_t look_of(const NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;

	return look_with(nbl, nb, nb != NULL ? nb->MdlChain : NULL);
}

static inline bool is_verified(const struct nimbl_module *module)
{
	return module->verifier != NULL && module->verifier->level > NIMBL_VERIFY_LAWS;
}

// Protocols receive what adapters and filters make.
static inline bool is_received_from(const struct nimbl_module *source)
{
	return source != NULL && (source->object.kind == NIMBL_OBJECT_ADAPTER ||
					 source->object.kind == NIMBL_OBJECT_FILTER);
}

static inline bool is_stack_member(NDIS_HANDLE handle)
{
	return nimbl_object_is(handle, NIMBL_OBJECT_ADAPTER) ||
	       nimbl_object_is(handle, NIMBL_OBJECT_FILTER) ||
	       nimbl_object_is(handle, NIMBL_OBJECT_BINDING);
}

// One call that hands a chain on.
struct hand {
	const struct nimbl_wrap *wrap;
	const struct nimbl_verifier *verifier;
	const struct nimbl_module *from, *to;
	const void *caller;
	enum nimbl_verify_event event;
	uint32_t key;       // of a list that the giver may hand on this way without a question
	uint32_t other_key; // likewise
	uint64_t tsc;       // from level 2
	uint32_t taken;     // lists that did not go on
	enum nimbl_violation_code refused_for;
	bool lent, for_good;
};

#define LENT_MAX 1024u // lists of a lent chain that are looked at afterwards

// What becomes of a list.
enum verdict {
	VERDICT_PASS,
	VERDICT_TAKE_OUT, // the giver had no right to it: whoever has keeps it
	VERDICT_REFUSE,   // it goes back to the giver, who holds it
	VERDICT_END,      // the chain ends before it: it was in the chain already
};

// judge.c: a list that is not plainly the giver's to hand on. `passed` lists of its chain went before it,
// from `first` on.
enum verdict judge(struct hand *hand, const NET_BUFFER_LIST *first, uint32_t passed,
	NET_BUFFER_LIST *nbl, uint64_t word);

// sound.c: the code that fits, or NIMBL_VIOLATION_CODES when all is well; `rule` says which rule.
enum nimbl_violation_code list_check(
	const struct hand *hand, const NET_BUFFER_LIST *nbl, const char **rule);

// chain.c: look at each list, take out what may not go, write down who has the rest. Returns how many are
// left.
uint32_t chain_hand(struct hand *hand, NET_BUFFER_LIST **chain);

// lent.c: what a chain was before it was lent, and whether it is that again.
struct lent {
	NET_BUFFER_LIST *lists[LENT_MAX];
	uint32_t looks[LENT_MAX];
	uint32_t count;
};
void lent_note(struct lent *lent, NET_BUFFER_LIST *chain);
void lent_check(struct hand *hand, const struct lent *lent);

// report.c: note a violation of the giver of a hand-off, or of who took it.
void report(const struct hand *hand, enum nimbl_violation_code code, const char *rule,
	const NET_BUFFER_LIST *nbl);
void report_taker(const struct hand *hand, enum nimbl_violation_code code, const char *rule,
	const NET_BUFFER_LIST *nbl);
void quarantine(NET_BUFFER_LIST *nbl);

// readonly.c: data that nobody may change. Write down what it is now; whether it is so still.
void data_note(NET_BUFFER_LIST *nbl);
bool data_is_same(const NET_BUFFER_LIST *nbl);

// event.c
void event_note(const struct hand *hand, const NET_BUFFER_LIST *nbl, uint8_t is_violation);
void events_clear(void);
unsigned int events_of(const void *nbl, struct nimbl_verify_step *steps, unsigned int room);

// owner.c: whether both are places of the same driver.
bool owner_is_same_driver(uint16_t a, uint16_t b);
const struct nimbl_module *owner_module(uint16_t id); // NULL: nobody, or gone. Control thread.

extern NIMBL_THREAD_LOCAL const struct nimbl_module *verify_inside;
