// SPDX-License-Identifier: BSD-3-Clause
// Bursts of packets to verdicts, and lists to where these send them.
#include "acl_priv.h"

#define BURST NIMBL_BURST_MAX

// Packets of one look-up. `matched`: the rule that each matches, counted from 1, or MALFORMED.
struct burst {
	NET_BUFFER_LIST *lists[BURST];
	NET_BUFFER *packets[BURST];
	uint32_t matched[BURST];
	struct acl_key keys[BURST];
	unsigned int count;
};

#define MALFORMED UINT32_MAX

static bool key_of(struct acl_key *key, const NET_BUFFER_LIST *nbl, NET_BUFFER *nb)
{
	uint32_t length = NET_BUFFER_DATA_LENGTH(nb), there = RTE_MIN(length, ACL_WINDOW);
	bool has_tag = (nbl->NimblInfoUsed & 1u << Ieee8021QNetBufferListInfo) != 0;
	uint8_t storage[ACL_WINDOW];
	const uint8_t *bytes = NdisGetDataBuffer(nb, there, storage, 1, 0);

	return bytes != NULL &&
	       acl_key_read(key, bytes, there, length,
		       has_tag ? nbl->NetBufferListInfo[Ieee8021QNetBufferListInfo] : NULL);
}

static void look_up(const struct acl *self, struct burst *burst)
{
	const uint8_t *keys[ACL_FAMILIES][BURST];
	uint8_t where[ACL_FAMILIES][BURST];
	unsigned int counts[ACL_FAMILIES] = {0};
	uint32_t results[BURST];

	for (unsigned int i = 0; i < burst->count; i++) {
		struct acl_key *key = &burst->keys[i];

		burst->matched[i] = 0;
		if (!key_of(key, burst->lists[i], burst->packets[i])) {
			burst->matched[i] = MALFORMED;
			continue;
		}
		where[key->family][counts[key->family]] = (uint8_t)i;
		keys[key->family][counts[key->family]++] = (const uint8_t *)key;
	}
	for (int family = 0; family < ACL_FAMILIES; family++) {
		if (counts[family] == 0 || self->tries[family] == NULL)
			continue;
		rte_acl_classify(self->tries[family], keys[family], results, counts[family], 1);
		for (unsigned int i = 0; i < counts[family]; i++)
			burst->matched[where[family][i]] = results[i];
	}
}

static bool permits(const struct acl *self, uint32_t matched)
{
	if (matched == MALFORMED)
		return self->malformed == ACL_PERMIT;
	return matched == 0 ? self->otherwise == ACL_PERMIT : self->rules.list[matched - 1].permits;
}

static void count(const struct acl *self, uint32_t matched)
{
	unsigned int figure = matched - 1;

	if (matched == MALFORMED)
		figure = self->rules.count + ACL_FIGURE_MALFORMED;
	else if (matched == 0)
		figure = self->rules.count + ACL_FIGURE_OTHERWISE;
	nimbl_tally_add(&self->base.tally, figure, 1);
}

static void burst_end(const struct acl *self, struct burst *burst, struct nimbl_sort *sort)
{
	look_up(self, burst);
	for (unsigned int i = 0; i < burst->count; i++) {
		count(self, burst->matched[i]);
		if (permits(self, burst->matched[i]))
			nimbl_sort_pass(sort, burst->lists[i]);
		else
			nimbl_sort_drop(sort, burst->lists[i], NIMBL_DROP_ACL);
	}
	burst->count = 0;
}

// Fill a burst with packets of one list, from `nb` on. Returns the one that comes next.
static NET_BUFFER *burst_fill(struct burst *burst, NET_BUFFER_LIST *nbl, NET_BUFFER *nb)
{
	for (burst->count = 0; nb != NULL && burst->count < BURST; nb = NET_BUFFER_NEXT_NB(nb)) {
		burst->lists[burst->count] = nbl;
		burst->packets[burst->count++] = nb;
	}
	return nb;
}

struct verdicts {
	bool some_pass, some_do_not;
};

// What the packets of a list come to together; `sort`, unless NULL, takes them apart.
static struct verdicts list_verdicts(
	const struct acl *self, struct burst *burst, NET_BUFFER_LIST *nbl, struct nimbl_sort *sort)
{
	NET_BUFFER *next = NET_BUFFER_LIST_FIRST_NB(nbl);
	struct verdicts verdicts = {false, false};

	while (next != NULL) {
		next = burst_fill(burst, nbl, next);
		look_up(self, burst);
		for (unsigned int i = 0; i < burst->count; i++) {
			bool pass = permits(self, burst->matched[i]);

			verdicts.some_pass |= pass;
			verdicts.some_do_not |= !pass;
			if (sort == NULL) {
				count(self, burst->matched[i]);
				continue;
			}
			if (pass)
				nimbl_sort_part(sort, nbl, burst->packets[i], 0, 0);
			else
				nimbl_sort_drop_packet(sort, NIMBL_DROP_ACL);
		}
	}
	burst->count = 0;
	return verdicts;
}

static void list_of_many(
	const struct acl *self, struct burst *burst, NET_BUFFER_LIST *nbl, struct nimbl_sort *sort)
{
	struct verdicts verdicts = list_verdicts(self, burst, nbl, NULL);

	if (!verdicts.some_do_not) {
		nimbl_sort_pass(sort, nbl);
	} else if (!verdicts.some_pass || !sort->is_send) { // received lists have one packet
		nimbl_sort_drop(sort, nbl, NIMBL_DROP_ACL);
	} else {
		nimbl_sort_open(nbl);
		list_verdicts(self, burst, nbl, sort);
		nimbl_sort_close(sort, nbl);
	}
}

void acl_lists(struct acl *self, NET_BUFFER_LIST *chain, struct nimbl_sort *sort)
{
	NET_BUFFER_LIST *next;
	struct burst burst;

	burst.count = 0; // the rest is written before it is read
	for (; chain != NULL; chain = next) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain);

		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		if (NET_BUFFER_NEXT_NB(nb) != NULL) {
			burst_end(self, &burst, sort);
			list_of_many(self, &burst, chain, sort);
			continue;
		}
		burst.lists[burst.count] = chain;
		burst.packets[burst.count++] = nb;
		if (burst.count == BURST)
			burst_end(self, &burst, sort);
	}
	burst_end(self, &burst, sort);
}
