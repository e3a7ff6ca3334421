// SPDX-License-Identifier: BSD-3-Clause
// What a queue does by itself: let go what is due, and all of it in a pause.
#include <rte_cycles.h>

#include "late_priv.h"

// The last takes the place of what goes: so they leave in another order than they came.
static void release(struct late_queue *queue, enum late_way way, uint64_t now)
{
	struct late_lane *lane = &queue->lanes[way];
	NBL_QUEUE due;

	NdisInitializeNblQueue(&due);
	for (uint32_t i = 0; i < lane->count;) {
		if (lane->entries[i].due > now) {
			i++;
			continue;
		}
		NdisAppendSingleNblToNblQueue(&due, lane->entries[i].nbl);
		lane->entries[i] = lane->entries[--lane->count];
	}
	late_pass(queue->self, way, NdisPopAllFromNblQueue(&due),
		KeGetCurrentIrql() >= DISPATCH_LEVEL);
}

static void drain(struct late_queue *queue)
{
	struct late *self = queue->self;
	uint32_t state = LATE_PAUSING;

	release(queue, LATE_RETURNS, UINT64_MAX);
	release(queue, LATE_COMPLETIONS, UINT64_MAX);
	__atomic_store_n(&queue->drained, true, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < self->queue_count; i++) {
		if (!__atomic_load_n(&self->queues[i].drained, __ATOMIC_ACQUIRE))
			return;
	}
	if (__atomic_compare_exchange_n(
		    &self->state, &state, LATE_PAUSED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		NdisFPauseComplete(self->base.filter);
}

void late_poll(void *context, NDIS_POLL_DATA *data)
{
	struct late_queue *queue = context;
	uint64_t now = rte_get_timer_cycles();

	if (unlikely(__atomic_load_n(&queue->self->state, __ATOMIC_ACQUIRE) == LATE_PAUSING)) {
		drain(queue);
		return;
	}
	release(queue, LATE_RETURNS, now);
	release(queue, LATE_COMPLETIONS, now);
	// Held lists keep the lcore awake.
	data->Transmit.NumberOfRemainingNbls =
		queue->lanes[LATE_RETURNS].count + queue->lanes[LATE_COMPLETIONS].count > 0;
}
