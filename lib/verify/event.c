// SPDX-License-Identifier: BSD-3-Clause
// The last hand-offs of each lcore, in a ring that only it writes. Threads without an lcore share one, and
// may overwrite each other's steps.
#include <stdlib.h>

#include "verify_priv.h"

#define RING_SIZE 4096u

struct ring {
	uint64_t written;
	struct nimbl_verify_step steps[RING_SIZE];
} __rte_cache_aligned;

static struct ring rings[RTE_MAX_LCORE + 1];

void event_note(const struct hand *hand, const NET_BUFFER_LIST *nbl, uint8_t is_violation)
{
	struct ring *ring = &rings[nimbl_lcore_here()];
	uint64_t at = ring->written;

	ring->steps[at % RING_SIZE] = (struct nimbl_verify_step){
		.tsc = hand->tsc,
		.nbl = nbl,
		.caller = hand->caller,
		.from = (uint16_t)hand->from->id,
		.to = (uint16_t)hand->to->id,
		.event = (uint8_t)hand->event,
		.is_violation = is_violation,
	};
	__atomic_store_n(&ring->written, at + 1, __ATOMIC_RELEASE);
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = ((const struct nimbl_verify_step *)a)->tsc;
	uint64_t y = ((const struct nimbl_verify_step *)b)->tsc;

	return (x > y) - (x < y);
}

// The last steps of one ring, oldest first; of all lists, or of one.
static unsigned int ring_read(const struct ring *ring, const void *nbl,
	struct nimbl_verify_step *steps, unsigned int room)
{
	uint64_t end = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE), at = end;
	uint64_t begin = end > RING_SIZE ? end - RING_SIZE : 0;
	unsigned int count = 0;

	while (at > begin && count < room) {
		const struct nimbl_verify_step *step = &ring->steps[--at % RING_SIZE];

		if (nbl == NULL || step->nbl == nbl)
			steps[room - ++count] = *step;
	}
	for (unsigned int i = 0; i < count; i++)
		steps[i] = steps[room - count + i];
	return count;
}

// Of each ring as many as there is room for; the newest of all stay.
static unsigned int rings_read(const void *nbl, struct nimbl_verify_step *steps, unsigned int room)
{
	struct nimbl_verify_step *all = calloc(2 * (size_t)room, sizeof(*all));
	unsigned int count = 0;

	if (all == NULL)
		return 0;
	for (size_t i = 0; i < RTE_DIM(rings); i++) {
		if (rings[i].written == 0)
			continue;
		count += ring_read(&rings[i], nbl, &all[count], room);
		qsort(all, count, sizeof(*all), by_time);
		if (count > room) {
			for (unsigned int j = 0; j < room; j++)
				all[j] = all[count - room + j];
			count = room;
		}
	}
	for (unsigned int i = 0; i < count; i++)
		steps[i] = all[i];
	free(all);
	return count;
}

void events_clear(void)
{
	for (size_t i = 0; i < RTE_DIM(rings); i++)
		rings[i].written = 0;
}

unsigned int nimbl_verify_steps(struct nimbl_verify_step *steps, unsigned int room)
{
	return rings_read(NULL, steps, room);
}

unsigned int events_of(const void *nbl, struct nimbl_verify_step *steps, unsigned int room)
{
	return rings_read(nbl, steps, room);
}
