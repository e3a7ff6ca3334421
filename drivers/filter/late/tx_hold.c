// SPDX-License-Identifier: BSD-3-Clause
// What comes back: by a random number of each list it is held, or goes on at once.
#include <rte_cycles.h>

#include "late_priv.h"
#include "nimbl_random.h"

void late_pass(const struct late *self, enum late_way way, NET_BUFFER_LIST *chain, bool at_dispatch)
{
	if (chain == NULL)
		return;
	if (way == LATE_COMPLETIONS)
		NdisFSendNetBufferListsComplete(self->base.filter, chain,
			at_dispatch ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0);
	else
		NdisFReturnNetBufferLists(self->base.filter, chain,
			at_dispatch ? NDIS_RETURN_FLAGS_DISPATCH_LEVEL : 0);
}

// Between no time and twice the time that is set.
static void hold(const struct late *self, struct late_lane *lane, NET_BUFFER_LIST *nbl,
	uint64_t now, uint64_t number)
{
	uint64_t wait = (uint64_t)((unsigned __int128)(2 * self->hold) * (uint32_t)number >> 32);

	lane->entries[lane->count++] = (struct late_entry){.due = now + wait, .nbl = nbl};
}

void late_come_back(struct late *self, enum late_way way, NET_BUFFER_LIST *chain, bool at_dispatch)
{
	struct late_queue *queue = self->queue_of[nimbl_lcore_here()];
	uint64_t sums[LATE_FIGURES] = {0}, now = rte_get_timer_cycles();
	NBL_QUEUE rest;

	if (queue == NULL || (self->way != LATE_WAYS && self->way != way) ||
		__atomic_load_n(&self->state, __ATOMIC_ACQUIRE) != LATE_RUNNING) {
		late_pass(self, way, chain, at_dispatch);
		return;
	}
	struct late_lane *lane = &queue->lanes[way];
	NdisInitializeNblQueue(&rest);
	for (NET_BUFFER_LIST *next; chain != NULL; chain = next) {
		uint64_t number = nimbl_draw(self->seed, lane->number++ * LATE_WAYS + way + 1);
		bool wanted = nimbl_draw_hits(number, self->share),
		     fits = lane->count < self->limit;

		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		NET_BUFFER_LIST_NEXT_NBL(chain) = NULL;
		sums[LATE_LISTS]++;
		sums[LATE_HELD] += wanted && fits;
		sums[LATE_FULL] += wanted && !fits;
		if (wanted && fits)
			hold(self, lane, chain, now, number);
		else
			NdisAppendSingleNblToNblQueue(&rest, chain);
	}
	for (unsigned int i = 0; i < LATE_FIGURES; i++)
		nimbl_tally_add(&self->base.tally, way * LATE_FIGURES + i, sums[i]);
	late_pass(self, way, NdisPopAllFromNblQueue(&rest), at_dispatch);
}
