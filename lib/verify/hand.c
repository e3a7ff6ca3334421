// SPDX-License-Identifier: BSD-3-Clause
// What stands on the edges: what a call says of itself is looked at, then its lists; then it goes on.
// Datapath of verified stacks.
#include "verify_priv.h"

NIMBL_THREAD_LOCAL const struct nimbl_module *verify_inside;

const struct nimbl_module *nimbl_verify_inside(void)
{
	return verify_inside;
}

static inline struct hand hand_begin(const struct nimbl_wrap *wrap, const struct nimbl_module *to,
	enum nimbl_verify_event event, enum way way, enum way other, const void *caller)
{
	const struct nimbl_verifier *verifier = wrap->state;
	uint16_t id = wrap->from->id;

	return (struct hand){
		.wrap = wrap,
		.verifier = verifier,
		.from = wrap->from,
		.to = to,
		.caller = caller,
		.event = event,
		.key = key_of(id, way),
		.other_key = key_of(id, other),
		.tsc = verifier->level >= NIMBL_VERIFY_AGES ? rte_rdtsc() : 0,
	};
}

static bool is_paused(const struct nimbl_module *module)
{
	enum nimbl_state state = module->state != NULL
					 ? __atomic_load_n(module->state, __ATOMIC_RELAXED)
					 : NIMBL_PAUSED;

	return state == NIMBL_PAUSED || state == NIMBL_INITIALIZING || state == NIMBL_HALTED ||
	       state == NIMBL_SHUTDOWN;
}

// S1 and F1. What is handed on by who is paused is refused behind us.
static inline void check_call(
	const struct hand *hand, const NET_BUFFER_LIST *chain, bool at_dispatch)
{
	bool begins = hand->event == NIMBL_EVENT_INDICATED || hand->event == NIMBL_EVENT_SENT;

	if (begins && unlikely(is_paused(hand->from)))
		report(hand, NIMBL_N11, "S1", chain);
	if (unlikely(at_dispatch && KeGetCurrentIrql() < DISPATCH_LEVEL))
		report(hand, NIMBL_N20, "F1", chain);
	if (unlikely(chain == NULL))
		report(hand, NIMBL_N06, "O6", NULL);
}

// All frames have the type of the first.
static bool is_of_one_type(const NET_BUFFER_LIST *chain)
{
	uint16_t first = 0, type;
	bool any = false;

	for (; chain != NULL; chain = chain->Next) {
		if (chain->FirstNetBuffer == NULL || nimbl_nb_read(chain->FirstNetBuffer, 12, &type,
							     sizeof(type)) != sizeof(type))
			continue;
		if (any && type != first)
			return false;
		first = type;
		any = true;
	}
	return true;
}

static inline const struct nimbl_module *enter(const struct hand *hand)
{
	const struct nimbl_module *before = verify_inside;

	verify_inside = hand->to;
	return before;
}

static __attribute__((noinline)) void receive_lent(struct hand *hand, NET_BUFFER_LIST *chain,
	NDIS_PORT_NUMBER port, uint32_t count, ULONG flags)
{
	const struct nimbl_wrap *wrap = hand->wrap;
	struct lent lent;

	lent_note(&lent, chain);
	wrap->inner.receive.fn(wrap->inner.receive.context, chain, port, count,
		flags | NDIS_RECEIVE_FLAGS_RESOURCES);
	lent_check(hand, &lent);
}

static VOID verify_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG claimed, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	struct hand hand = hand_begin(wrap, wrap->receive, NIMBL_EVENT_INDICATED, WAY_UP, WAY_UP,
		__builtin_return_address(0));
	NET_BUFFER_LIST *first = chain;

	hand.lent = NDIS_TEST_RECEIVE_CANNOT_PEND(flags);
	hand.for_good = (flags & NIMBL_RECEIVE_FLAGS_HANDOVER) != 0;
	if (hand.lent)
		hand.other_key = key_of(hand.from->id, WAY_LENT);
	check_call(&hand, chain, NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(flags));
	if (unlikely((flags & NDIS_RECEIVE_FLAGS_SINGLE_ETHER_TYPE) != 0) && !is_of_one_type(chain))
		report(&hand, NIMBL_N20, "F2", chain);
	uint32_t count = chain_hand(&hand, &chain);
	if (unlikely(count + hand.taken != claimed))
		report(&hand, NIMBL_N06, "F7", first);
	if (unlikely(chain == NULL))
		return;
	const struct nimbl_module *before = enter(&hand);
	if (unlikely(hand.lent))
		receive_lent(&hand, chain, port, count, flags);
	else
		wrap->inner.receive.fn(wrap->inner.receive.context, chain, port, count, flags);
	verify_inside = before;
}

// A protocol may have received through another binding what it sends through this one.
static inline uint32_t key_of_received(const struct hand *hand, uint64_t word)
{
	return word_way(word) == WAY_UP &&
			       owner_is_same_driver(word_owner(word), (uint16_t)hand->from->id)
		       ? word_key(word)
		       : hand->key;
}

static VOID verify_send(
	NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	enum way way = wrap->from->object.kind == NIMBL_OBJECT_BINDING ? WAY_UP : WAY_DOWN;
	struct hand hand = hand_begin(
		wrap, wrap->send, NIMBL_EVENT_SENT, way, way, __builtin_return_address(0));

	hand.for_good = (flags & NIMBL_SEND_FLAGS_HANDOVER) != 0;
	if (chain != NULL && way == WAY_UP)
		hand.key = key_of_received(&hand, word_of(chain));
	check_call(&hand, chain, NDIS_TEST_SEND_AT_DISPATCH_LEVEL(flags));
	chain_hand(&hand, &chain);
	if (unlikely(chain == NULL))
		return;
	const struct nimbl_module *before = enter(&hand);
	wrap->inner.send.fn(wrap->inner.send.context, chain, port, flags);
	verify_inside = before;
}

// O10: what a completion may say.
static bool is_status_of_send(NDIS_STATUS status)
{
	switch (status) {
	case NDIS_STATUS_SUCCESS:
	case NDIS_STATUS_INVALID_LENGTH:
	case NDIS_STATUS_RESOURCES:
	case NDIS_STATUS_FAILURE:
	case NDIS_STATUS_SEND_ABORTED:
	case NDIS_STATUS_RESET_IN_PROGRESS:
	case NDIS_STATUS_PAUSED:
	case NDIS_STATUS_LOW_POWER_STATE:
	case NDIS_STATUS_INVALID_DATA:
	case NDIS_STATUS_INVALID_PARAMETER: // ours: an offload that does not fit the headers
		return true;
	default:
		return false;
	}
}

static inline void check_status(const struct hand *hand, NET_BUFFER_LIST *chain)
{
	for (; chain != NULL; chain = chain->Next) {
		if (likely(NET_BUFFER_LIST_STATUS(chain) == NDIS_STATUS_SUCCESS) ||
			is_status_of_send(NET_BUFFER_LIST_STATUS(chain)))
			continue;
		report(hand, NIMBL_N20, "O10", chain);
		NET_BUFFER_LIST_STATUS(chain) = NDIS_STATUS_FAILURE;
	}
}

static VOID verify_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	struct hand hand = hand_begin(wrap, wrap->complete, NIMBL_EVENT_COMPLETED, WAY_DOWN,
		WAY_COMPLETING, __builtin_return_address(0));

	check_call(&hand, chain, NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(flags));
	chain_hand(&hand, &chain);
	if (unlikely(chain == NULL))
		return;
	check_status(&hand, chain);
	const struct nimbl_module *before = enter(&hand);
	wrap->inner.complete.fn(wrap->inner.complete.context, chain, flags);
	verify_inside = before;
}

static VOID verify_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	const struct nimbl_wrap *wrap = context;
	struct hand hand = hand_begin(wrap, wrap->give_back, NIMBL_EVENT_RETURNED, WAY_UP,
		WAY_RETURNING, __builtin_return_address(0));

	check_call(&hand, chain, NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(flags));
	chain_hand(&hand, &chain);
	if (unlikely(chain == NULL))
		return;
	const struct nimbl_module *before = enter(&hand);
	wrap->inner.give_back.fn(wrap->inner.give_back.context, chain, flags);
	verify_inside = before;
}

const struct nimbl_wrapper nimbl_verify_wrapper = {
	.name = "verifier",
	.order = NIMBL_WRAPPER_VERIFIER,
	.receive = verify_receive,
	.send = verify_send,
	.complete = verify_complete,
	.give_back = verify_return,
};
