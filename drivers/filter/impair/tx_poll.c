// SPDX-License-Identifier: BSD-3-Clause
// What a queue does by itself: let go what is due, take what threads without a queue left, forget what
// was cancelled, and give everything back in a pause.
#include <rte_cycles.h>

#include "impair_priv.h"

#define AT_ONCE 256u // lists that a poll lets go, so that other poll objects get their turn

// An lcore that rests does for a millisecond; it is kept awake when something is due in two.
#define AWAKE_PER_S 500u

static uint32_t release(struct impair_lane *lane, uint64_t now)
{
	struct impair_entry entry;
	struct impair_run run;
	uint32_t count = 0;

	impair_run_begin(&run, lane);
	while (count < AT_ONCE && impair_heap_take(&lane->heap, now, &entry)) {
		impair_run_add(&run, entry.nbl, entry.flags);
		count++;
	}
	impair_run_end(&run);
	return count;
}

// Lists that nobody came to overtake.
static void release_back(struct impair_lane *lane, uint64_t now)
{
	struct impair_sums sums = {.figures = {0}};
	uint32_t gone = 0;
	struct impair_run run;

	impair_run_begin(&run, lane);
	while (gone < lane->back_count && lane->back[gone].entry.due <= now) {
		struct impair_back *back = &lane->back[gone++];

		sums.figures[IMPAIR_REORDERED] += back->overtaken;
		impair_pass(&run, &back->entry, 0, now, &sums);
	}
	if (gone == 0)
		return;
	lane->back_count -= gone;
	memmove(lane->back, &lane->back[gone], lane->back_count * sizeof(lane->back[0]));
	impair_run_end(&run);
	for (unsigned int i = 0; i < IMPAIR_FIGURES; i++)
		impair_count(lane->self, lane->direction, (enum impair_figure)i, sums.figures[i]);
}

static bool has_id(const struct impair_entry *entry, const void *id)
{
	return NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(entry->nbl) == id;
}

static void cancel(struct impair_lane *lane, const void *id)
{
	struct impair_entry entry;
	uint32_t kept = 0;

	while (impair_heap_pick(&lane->heap, has_id, id, &entry))
		impair_drop(lane, &entry, NIMBL_DROP_FILTERED, NDIS_STATUS_SEND_ABORTED);
	for (uint32_t i = 0; i < lane->back_count; i++) {
		if (has_id(&lane->back[i].entry, id))
			impair_drop(lane, &lane->back[i].entry, NIMBL_DROP_FILTERED,
				NDIS_STATUS_SEND_ABORTED);
		else
			lane->back[kept++] = lane->back[i];
	}
	lane->back_count = kept;
}

static void cancels_serve(struct impair_queue *queue)
{
	const struct impair *self = queue->self;
	uint32_t count = __atomic_load_n(&self->cancels, __ATOMIC_ACQUIRE);

	for (; queue->cancels != count; queue->cancels++)
		cancel(&queue->lanes[IMPAIR_TX],
			__atomic_load_n(&self->cancel_ids[queue->cancels % IMPAIR_CANCELS],
				__ATOMIC_RELAXED));
}

static void inbox_serve(struct impair_lane *lane)
{
	bool for_good;

	for (unsigned int i = 0; i < 4; i++) {
		NET_BUFFER_LIST *chain = nimbl_handoff_get(lane->inbox, &for_good);

		if (chain == NULL)
			return;
		impair_enter(lane, chain,
			NDIS_SEND_FLAGS_DISPATCH_LEVEL |
				(for_good ? NIMBL_SEND_FLAGS_HANDOVER : 0));
	}
}

// In a pause nothing may be sent or indicated any more.
static void lane_drain(struct impair_lane *lane)
{
	const enum nimbl_drop reason =
		lane->direction == IMPAIR_TX ? NIMBL_DROP_TX_PAUSED : NIMBL_DROP_RX_PAUSED;
	struct impair_entry entry = {.flags = 0};
	bool for_good;

	while (impair_heap_take(&lane->heap, UINT64_MAX, &entry))
		impair_drop(lane, &entry, reason, NDIS_STATUS_PAUSED);
	for (uint32_t i = 0; i < lane->back_count; i++)
		impair_drop(lane, &lane->back[i].entry, reason, NDIS_STATUS_PAUSED);
	lane->back_count = 0;
	while (lane->inbox != NULL &&
		(entry.nbl = nimbl_handoff_get(lane->inbox, &for_good)) != NULL) {
		NET_BUFFER_LIST *chain = entry.nbl;

		if (lane->direction == IMPAIR_TX)
			nimbl_drop_send(lane->self->base.filter, chain,
				for_good ? NIMBL_SEND_FLAGS_HANDOVER : 0, reason,
				NDIS_STATUS_PAUSED);
		else
			nimbl_drop_receive(lane->self->base.filter, chain,
				NdisNumNblsInNblChain(chain), 0, reason);
	}
}

static void drain(struct impair_queue *queue)
{
	struct impair *self = queue->self;
	uint32_t pausing = 1;

	lane_drain(&queue->lanes[IMPAIR_RX]);
	lane_drain(&queue->lanes[IMPAIR_TX]);
	__atomic_store_n(&queue->drained, true, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < self->queue_count; i++) {
		if (!__atomic_load_n(&self->queues[i].drained, __ATOMIC_ACQUIRE))
			return;
	}
	if (__atomic_load_n(&self->own_out, __ATOMIC_ACQUIRE) == 0 &&
		__atomic_compare_exchange_n(
			&self->pausing, &pausing, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		NdisFPauseComplete(self->base.filter);
}

static bool lane_serve(struct impair_lane *lane, uint64_t now, uint64_t awake)
{
	uint32_t gone;

	if (lane->inbox != NULL && unlikely(!nimbl_handoff_is_empty(lane->inbox)))
		inbox_serve(lane);
	if (unlikely(lane->back_count > 0))
		release_back(lane, now);
	gone = lane->heap.count > 0 ? release(lane, now) : 0;
	return gone > 0 || (lane->heap.count > 0 && lane->heap.entries[0].due <= now + awake);
}

void impair_poll(void *context, NDIS_POLL_DATA *data)
{
	struct impair_queue *queue = context;
	uint64_t now = rte_get_timer_cycles(), awake = rte_get_timer_hz() / AWAKE_PER_S;

	if (unlikely(__atomic_load_n(&queue->self->pausing, __ATOMIC_ACQUIRE) != 0)) {
		drain(queue);
		return;
	}
	if (unlikely(queue->cancels != __atomic_load_n(&queue->self->cancels, __ATOMIC_ACQUIRE)))
		cancels_serve(queue);
	bool busy = lane_serve(&queue->lanes[IMPAIR_RX], now, awake);
	busy |= lane_serve(&queue->lanes[IMPAIR_TX], now, awake);
	data->Transmit.NumberOfRemainingNbls = busy;
}
