// SPDX-License-Identifier: BSD-3-Clause
// Bursts of packets to their colors, and lists to where these send them.
#include <rte_cycles.h>
#include <string.h>

#include "police_priv.h"

struct burst {
	NET_BUFFER_LIST *lists[POLICE_BURST];
	NET_BUFFER *packets[POLICE_BURST];
	uint32_t lengths[POLICE_BURST];
	uint8_t colors[POLICE_BURST];
	unsigned int count;
	uint64_t seen[POLICE_FIGURES];
};

static void add(
	const struct police *self, struct burst *burst, NET_BUFFER_LIST *nbl, NET_BUFFER *nb)
{
	burst->lists[burst->count] = nbl;
	burst->packets[burst->count] = nb;
	burst->lengths[burst->count++] = NET_BUFFER_DATA_LENGTH(nb) + self->overhead;
}

static void judge(struct police *self, struct burst *burst, bool is_send)
{
	police_meter_judge(is_send ? &self->down : &self->up, rte_rdtsc(), burst->lengths,
		burst->count, burst->colors);
	for (unsigned int i = 0; i < burst->count; i++) {
		burst->seen[burst->colors[i]]++;
		burst->seen[POLICE_COLORS + burst->colors[i]] += burst->lengths[i] - self->overhead;
	}
}

// Lists of one packet each.
static void burst_end(struct police *self, struct burst *burst, struct nimbl_sort *sort)
{
	if (burst->count == 0)
		return;
	judge(self, burst, sort->is_send);
	for (unsigned int i = 0; i < burst->count; i++) {
		if (self->drops[burst->colors[i]])
			nimbl_sort_drop(sort, burst->lists[i], NIMBL_DROP_POLICED);
		else
			nimbl_sort_pass(sort, burst->lists[i]);
	}
	burst->count = 0;
}

static unsigned int dropped_of(const struct police *self, const struct burst *burst)
{
	unsigned int dropped = 0;

	for (unsigned int i = 0; i < burst->count; i++)
		dropped += self->drops[burst->colors[i]];
	return dropped;
}

static void parts_end(struct police *self, struct burst *burst, struct nimbl_sort *sort)
{
	for (unsigned int i = 0; i < burst->count; i++) {
		if (self->drops[burst->colors[i]])
			nimbl_sort_drop_packet(sort, NIMBL_DROP_POLICED);
		else
			nimbl_sort_part(sort, burst->lists[i], burst->packets[i], 0, 0);
	}
	burst->count = 0;
}

// Each packet is judged once: a list of more than a burst is taken apart as it goes.
static void list_of_many(
	struct police *self, struct burst *burst, NET_BUFFER_LIST *nbl, struct nimbl_sort *sort)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	unsigned int dropped;

	for (; nb != NULL && burst->count < POLICE_BURST; nb = NET_BUFFER_NEXT_NB(nb))
		add(self, burst, nbl, nb);
	judge(self, burst, sort->is_send);
	dropped = dropped_of(self, burst);
	if (nb == NULL && dropped == 0) {
		nimbl_sort_pass(sort, nbl);
	} else if (nb == NULL && (dropped == burst->count || !sort->is_send)) {
		nimbl_sort_drop(sort, nbl, NIMBL_DROP_POLICED); // received lists have one packet
	} else {
		nimbl_sort_open(nbl);
		parts_end(self, burst, sort);
		while (nb != NULL) {
			for (; nb != NULL && burst->count < POLICE_BURST;
				nb = NET_BUFFER_NEXT_NB(nb))
				add(self, burst, nbl, nb);
			judge(self, burst, sort->is_send);
			parts_end(self, burst, sort);
		}
		nimbl_sort_close(sort, nbl);
	}
	burst->count = 0;
}

void police_lists(struct police *self, NET_BUFFER_LIST *chain, struct nimbl_sort *sort)
{
	NET_BUFFER_LIST *next;
	struct burst burst;

	burst.count = 0; // the rest is written before it is read
	memset(burst.seen, 0, sizeof(burst.seen));
	for (; chain != NULL; chain = next) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain);

		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		if (NET_BUFFER_NEXT_NB(nb) != NULL) {
			burst_end(self, &burst, sort);
			list_of_many(self, &burst, chain, sort);
			continue;
		}
		add(self, &burst, chain, nb);
		if (burst.count == POLICE_BURST)
			burst_end(self, &burst, sort);
	}
	burst_end(self, &burst, sort);
	for (unsigned int i = 0; i < POLICE_FIGURES; i++)
		if (burst.seen[i] != 0)
			nimbl_tally_add(&self->base.tally, i + (sort->is_send ? POLICE_FIGURES : 0),
				burst.seen[i]);
}
