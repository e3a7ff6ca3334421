// SPDX-License-Identifier: BSD-3-Clause
// Packets in a PMD: sent, and given away for good.
#include "model_priv.h"

#define IN_PMD 16u

static struct rte_mbuf *in_pmd[IN_PMD];

static void frame_must_be(const struct rte_mbuf *m, const struct packet *packet)
{
	const char *reason;
	const uint8_t *bytes = rte_pktmbuf_read(m, 0, packet->length, scratch);

	if (rte_mbuf_check(m, 1, &reason) != 0)
		model_fail(reason);
	must(m->pkt_len == packet->length);
	must(packet->length == 0 || (bytes != NULL && memcmp(bytes, packet->bytes + packet->start,
							      packet->length) == 0));
}

// A miniport sends a packet, and completes it when the PMD is done.
void send_and_complete(struct list *list)
{
	uint32_t i;
	NET_BUFFER *nb = list_pick(list, &i);

	if (list->packets[i].length == 0 || !nimbl_nb_is_alone(nb))
		return;
	struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
	if (m == NULL)
		return;
	say("NB %u of list %u", i, slot_of(list));
	frame_must_be(m, &list->packets[i]);
	for (struct rte_mbuf *s = m; s != NULL; s = s->next)
		rte_mbuf_refcnt_set(s, 2);
	rte_pktmbuf_free(m);
	for (struct rte_mbuf *s = m; s != NULL; s = s->next)
		must(rte_mbuf_refcnt_read(s) == 1);
	if ((list->nbl->NimblState & NIMBL_LIST_OWNS_SEGMENTS) == 0)
		nimbl_mbuf_unlink(m);
	else
		nimbl_nbl_unlink_headers(list->nbl);
	list_check(list);
}

// A miniport gets a list for good.
void give_away(struct list *list)
{
	uint32_t at = roll(IN_PMD);
	NET_BUFFER *nb = list->nbl->FirstNetBuffer;

	if (list->children > 0 || list->packets[0].length == 0 || in_pmd[at] != NULL ||
		list->nbl->NdisPoolHandle == bare_pool || !nimbl_nbl_owns_frame(list->nbl, nb))
		return;
	struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
	if (m == NULL)
		return;
	say("list %u, place %u", slot_of(list), at);
	frame_must_be(m, &list->packets[0]);
	nimbl_nbl_let_go(list->nbl);
	in_pmd[at] = m;
	list_forget(list);
}

static void pmd_frees(uint32_t first, uint32_t places)
{
	for (uint32_t i = first; i < first + places; i++) {
		rte_pktmbuf_free(in_pmd[i]);
		in_pmd[i] = NULL;
	}
}

void pmd_is_done(struct list *unused)
{
	uint32_t places = 1 + roll(IN_PMD), first = roll(IN_PMD - places + 1);

	say("places %u to %u", first, first + places - 1);
	pmd_frees(first, places);
}

void pmd_stop(void)
{
	pmd_frees(0, IN_PMD);
}
