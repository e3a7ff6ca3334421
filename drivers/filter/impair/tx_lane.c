// SPDX-License-Identifier: BSD-3-Clause
// A chain comes: each list meets its fate, and what is left goes on, at once or later.
#include <rte_cycles.h>

#include "impair_priv.h"

// What a call leaves to be done with the lists that end here.
struct entering {
	struct impair_lane *lane;
	struct impair_run run;
	NBL_COUNTED_QUEUE lost, taken;
	struct impair_sums sums;
	uint64_t now;
	ULONG flags;
	bool lent;
};

void impair_count(const struct impair *self, enum impair_direction direction,
	enum impair_figure figure, uint64_t n)
{
	nimbl_tally_add(&self->base.tally, direction * IMPAIR_FIGURES + figure, n);
}

static void run_flush(struct impair_run *run)
{
	const struct impair_lane *lane = run->lane;
	ULONG count = (ULONG)run->lists.NblCount;

	if (count == 0)
		return;
	NET_BUFFER_LIST *chain = NdisPopAllFromNblCountedQueue(&run->lists);
	if (lane->direction == IMPAIR_TX)
		NdisFSendNetBufferLists(
			lane->self->base.filter, chain, NDIS_DEFAULT_PORT_NUMBER, run->flags);
	else
		NdisFIndicateReceiveNetBufferLists(lane->self->base.filter, chain,
			NDIS_DEFAULT_PORT_NUMBER, count, run->flags);
}

void impair_run_begin(struct impair_run *run, struct impair_lane *lane)
{
	run->lane = lane;
	run->flags = 0;
	NdisInitializeNblCountedQueue(&run->lists);
}

void impair_run_add(struct impair_run *run, NET_BUFFER_LIST *nbl, ULONG flags)
{
	if (flags != run->flags)
		run_flush(run);
	run->flags = flags;
	NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
	NdisAppendSingleNblToNblCountedQueue(&run->lists, nbl);
}

void impair_run_end(struct impair_run *run)
{
	run_flush(run);
}

static uint64_t jitter_of(const struct impair_lane *lane, uint64_t number)
{
	uint64_t jitter = lane->self->jitter;
	uint64_t draw =
		impair_draw(lane->self->plan.seed, lane->direction, IMPAIR_DRAW_JITTER, number);

	return (uint64_t)((unsigned __int128)draw * (2 * jitter + 1) >> 64) - jitter;
}

// When the rate lets the frame go: it begins when those before it are over.
static uint64_t rate_allows(
	const struct impair_lane *lane, const NET_BUFFER_LIST *nbl, uint64_t now)
{
	struct impair *self = lane->self;
	uint64_t *free_at = &self->free_at[lane->direction];
	uint64_t cost =
		NdisNumDataBytesInNbChain(NET_BUFFER_LIST_FIRST_NB(nbl)) * self->byte_cost >> 16;
	uint64_t was = __atomic_load_n(free_at, __ATOMIC_RELAXED), begin;

	do
		begin = RTE_MAX(was, now);
	while (!__atomic_compare_exchange_n(
		free_at, &was, begin + cost, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return begin;
}

void impair_pass(struct impair_run *run, struct impair_entry *entry, uint64_t number, uint64_t now,
	struct impair_sums *sums)
{
	struct impair_lane *lane = run->lane;
	const struct impair *self = lane->self;
	uint32_t frames = NdisNumNbsInNbChain(NET_BUFFER_LIST_FIRST_NB(entry->nbl));

	if (self->delay == 0 && self->rate == 0) {
		impair_run_add(run, entry->nbl, entry->flags);
		return;
	}
	if (lane->heap.count == lane->heap.room) {
		sums->figures[IMPAIR_OVERFLOWED] += frames;
		impair_drop(lane, entry, NIMBL_DROP_QUEUE_FULL, NDIS_STATUS_RESOURCES);
		return;
	}
	entry->due = self->rate != 0 ? rate_allows(lane, entry->nbl, now) : now;
	if (entry->due > now)
		sums->figures[IMPAIR_LIMITED] += frames;
	if (self->delay != 0)
		entry->due += self->delay + (self->jitter != 0 ? jitter_of(lane, number) : 0);
	if (entry->due <= now && lane->heap.count == 0) {
		impair_run_add(run, entry->nbl, entry->flags);
		return;
	}
	sums->figures[IMPAIR_DELAYED] += frames;
	impair_heap_push(&lane->heap, entry);
}

// A list came after those that are held back, and has gone on (`passed`) or is held back itself.
static void overtake(struct entering *in, bool passed, uint64_t number)
{
	struct impair_lane *lane = in->lane;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < lane->back_count; i++) {
		struct impair_back *back = &lane->back[i];

		back->overtaken |= passed;
		if (--back->left > 0) {
			lane->back[kept++] = *back;
			continue;
		}
		in->sums.figures[IMPAIR_REORDERED] += back->overtaken;
		impair_pass(&in->run, &back->entry, number, in->now, &in->sums);
	}
	lane->back_count = kept;
}

static void hold_back(struct entering *in, const struct impair_entry *entry)
{
	struct impair_back *back = &in->lane->back[in->lane->back_count++];

	*back = (struct impair_back){.entry = *entry, .left = in->lane->self->reorder_by};
	back->entry.due = in->now + in->lane->self->patience;
}

// Put a copy in the place of the list, which ends here. False: no copy could be made.
static bool replace(struct entering *in, struct impair_entry *entry)
{
	NET_BUFFER_LIST *own = impair_copy(in->lane->self, in->lane->direction, entry->nbl);

	if (own == NULL)
		return false;
	if (in->lent)
		nimbl_consume_receive(in->lane->self->base.filter, entry->nbl, 1, in->flags);
	else
		NdisAppendSingleNblToNblCountedQueue(&in->taken, entry->nbl);
	entry->nbl = own;
	entry->flags &= ~(ULONG)(NIMBL_SEND_FLAGS_HANDOVER | NDIS_RECEIVE_FLAGS_RESOURCES);
	return true;
}

static void corrupt(struct entering *in, struct impair_entry *entry, uint64_t number)
{
	const struct impair *self = in->lane->self;
	bool fits =
		NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(entry->nbl)) > self->corrupt_from;

	if (!fits || (!impair_is_own(self, entry->nbl) && !replace(in, entry))) {
		in->sums.figures[IMPAIR_UNFIT]++;
		return;
	}
	impair_flip(self, in->lane->direction, number, entry->nbl);
	in->sums.figures[IMPAIR_CORRUPTED]++;
}

static bool duplicate(
	struct entering *in, const struct impair_entry *entry, struct impair_entry *twin)
{
	twin->nbl = impair_copy(in->lane->self, in->lane->direction, entry->nbl);
	twin->flags = entry->flags & ~(ULONG)NIMBL_SEND_FLAGS_HANDOVER;
	in->sums.figures[twin->nbl != NULL ? IMPAIR_DUPLICATED : IMPAIR_UNFIT]++;
	return twin->nbl != NULL;
}

static void enter_one(struct entering *in, NET_BUFFER_LIST *nbl, uint64_t number)
{
	const struct impair *self = in->lane->self;
	struct impair_verdict verdict = impair_judge(&self->plan, in->lane->direction, number);
	struct impair_entry entry = {.nbl = nbl, .flags = in->flags}, twin;
	uint32_t frames = NdisNumNbsInNbChain(NET_BUFFER_LIST_FIRST_NB(nbl));

	in->sums.figures[IMPAIR_FRAMES] += frames;
	if (verdict.lost) {
		in->sums.figures[IMPAIR_LOST] += frames;
		if (in->lent)
			nimbl_count_dropped(self->base.filter, NIMBL_DROP_IMPAIRED, 1);
		else
			NdisAppendSingleNblToNblCountedQueue(&in->lost, nbl);
		return;
	}
	if (in->lent && !replace(in, &entry)) {
		in->sums.figures[IMPAIR_UNFIT]++;
		nimbl_count_dropped(self->base.filter, NIMBL_DROP_NO_COPY, 1);
		return;
	}
	if (verdict.corrupted)
		corrupt(in, &entry, number);
	bool has_twin = verdict.duplicated && duplicate(in, &entry, &twin);
	if (verdict.reordered) {
		overtake(in, false, number);
		hold_back(in, &entry);
	} else {
		impair_pass(&in->run, &entry, number, in->now, &in->sums);
		if (in->lane->back_count > 0)
			overtake(in, true, number);
	}
	if (has_twin)
		impair_pass(&in->run, &twin, number, in->now, &in->sums);
}

// Lists that end here go back to whom they are of.
static void end_others(struct entering *in)
{
	NDIS_HANDLE filter = in->lane->self->base.filter;
	ULONG lost = (ULONG)in->lost.NblCount, taken = (ULONG)in->taken.NblCount;
	NET_BUFFER_LIST *chain;

	if (lost > 0) {
		chain = NdisPopAllFromNblCountedQueue(&in->lost);
		if (in->lane->direction == IMPAIR_TX)
			nimbl_drop_send(
				filter, chain, in->flags, NIMBL_DROP_IMPAIRED, NDIS_STATUS_SUCCESS);
		else
			nimbl_drop_receive(filter, chain, lost, in->flags, NIMBL_DROP_IMPAIRED);
	}
	if (taken > 0) {
		chain = NdisPopAllFromNblCountedQueue(&in->taken);
		if (in->lane->direction == IMPAIR_TX)
			nimbl_consume_send(filter, chain, in->flags);
		else
			nimbl_consume_receive(filter, chain, taken, in->flags);
	}
}

void impair_enter(struct impair_lane *lane, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct impair *self = lane->self;
	struct entering in = {
		.lane = lane,
		.now = rte_get_timer_cycles(),
		.flags = flags & ~(ULONG)NIMBL_SEND_FLAGS_UNTOUCHED,
		.lent = lane->direction == IMPAIR_RX && NDIS_TEST_RECEIVE_CANNOT_PEND(flags),
	};
	uint64_t number = __atomic_fetch_add(
		&self->numbers[lane->direction], NdisNumNblsInNblChain(chain), __ATOMIC_RELAXED);

	NdisInitializeNblCountedQueue(&in.lost);
	NdisInitializeNblCountedQueue(&in.taken);
	impair_run_begin(&in.run, lane);
	for (NET_BUFFER_LIST *next; chain != NULL; chain = next, number++) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		if (!in.lent) // whose links are its lender's
			NET_BUFFER_LIST_NEXT_NBL(chain) = NULL;
		enter_one(&in, chain, number);
	}
	impair_run_end(&in.run);
	end_others(&in);
	for (unsigned int i = 0; i < IMPAIR_FIGURES; i++) {
		if (in.sums.figures[i] > 0)
			impair_count(
				self, lane->direction, (enum impair_figure)i, in.sums.figures[i]);
	}
}
