// SPDX-License-Identifier: BSD-3-Clause
// Edits of lists: as they lie where nobody else sees them, otherwise on a part with a header of its own.
#include <string.h>

#include "vlan_priv.h"

// What a send asks for is told with offsets from the start of the frame.
static void offsets_move(NET_BUFFER_LIST *nbl, int by)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sum;
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;

	if (by == 0)
		return;
	if ((nbl->NimblInfoUsed & 1u << TcpIpChecksumNetBufferListInfo) != 0) {
		sum.Value = NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo);
		if (sum.Transmit.TcpHeaderOffset != 0)
			sum.Transmit.TcpHeaderOffset += (unsigned int)by & 0x3ff;
		NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = sum.Value;
	}
	if ((nbl->NimblInfoUsed & 1u << TcpLargeSendNetBufferListInfo) != 0) {
		large.Value = NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo);
		if (large.LsoV2Transmit.TcpHeaderOffset != 0)
			large.LsoV2Transmit.TcpHeaderOffset += (unsigned int)by & 0x3ff;
		NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = large.Value;
	}
}

static void slot_set(NET_BUFFER_LIST *nbl, PVOID slot)
{
	if (slot != NULL || (nbl->NimblInfoUsed & 1u << Ieee8021QNetBufferListInfo) != 0)
		NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = slot;
}

static bool is_edit(const NET_BUFFER_LIST *nbl, const struct vlan_edit *edit)
{
	PVOID slot = (nbl->NimblInfoUsed & 1u << Ieee8021QNetBufferListInfo) != 0
			     ? nbl->NetBufferListInfo[Ieee8021QNetBufferListInfo]
			     : NULL;

	return edit->cut != 0 || edit->put != 0 || edit->slot != slot;
}

// Whether the list may be changed so that its owner does not mind, or never sees it again. Slots of a
// received list are nobody's when it comes back.
static bool is_ours(
	const struct nimbl_sort *sort, const NET_BUFFER_LIST *nbl, const struct vlan_edit *edit)
{
	bool is_given = (sort->flags & NIMBL_SEND_FLAGS_HANDOVER) != 0;

	if (edit->cut == 0 && edit->put == 0)
		return is_given || (!sort->is_send && NDIS_TEST_RECEIVE_CAN_PEND(sort->flags));
	if (!is_given || !nimbl_nbl_may_write(nbl))
		return false;
	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb))
		if (!vlan_can_edit(nb, edit))
			return false;
	return true;
}

static void edit_here(
	const struct nimbl_sort *sort, NET_BUFFER_LIST *nbl, const struct vlan_edit *edit)
{
	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
		nb != NULL && (edit->cut != 0 || edit->put != 0); nb = NET_BUFFER_NEXT_NB(nb))
		vlan_edit_here(nb, edit);
	slot_set(nbl, edit->slot);
	if (sort->is_send)
		offsets_move(nbl, edit->put - edit->cut);
}

static void edit_part(
	struct nimbl_sort *sort, NET_BUFFER_LIST *nbl, NET_BUFFER *nb, const struct vlan_edit *edit)
{
	bool is_frame = edit->cut != 0 || edit->put != 0;
	ULONG skip = is_frame ? VLAN_ADDRESSES + (ULONG)edit->cut : 0;
	ULONG room = is_frame ? VLAN_ADDRESSES + (ULONG)edit->put : 0;
	NET_BUFFER_LIST *part = nimbl_sort_part(sort, nbl, nb, skip, room);

	if (part == NULL)
		return;
	slot_set(part, edit->slot);
	if (sort->is_send)
		offsets_move(part, edit->put - edit->cut);
	if (!is_frame)
		return;
	uint8_t *to = NdisGetDataBuffer(NET_BUFFER_LIST_FIRST_NB(part), room, NULL, 1, 0);
	nimbl_nb_read(nb, 0, to, VLAN_ADDRESSES);
	memcpy(to + VLAN_ADDRESSES, edit->bytes, edit->put);
}

static void take_apart(struct vlan *self, const struct vlan_way *way, NET_BUFFER_LIST *nbl,
	struct nimbl_sort *sort)
{
	struct vlan_edit edit;

	nimbl_sort_open(nbl);
	for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
		nb = NET_BUFFER_NEXT_NB(nb)) {
		vlan_decide(self, way, nbl, nb, &edit);
		if (edit.is_dropped)
			nimbl_sort_drop_packet(sort, NIMBL_DROP_VLAN);
		else
			edit_part(sort, nbl, nb, &edit);
	}
	nimbl_sort_close(sort, nbl);
	nimbl_tally_add(&self->base.tally, VLAN_FIGURE_PARTS, 1);
}

struct seen {
	uint64_t tagged, foreign;
};

// What is to be done to all packets of a list; false when it is not the same to each.
static bool decide_all(struct vlan *self, const struct vlan_way *way, const NET_BUFFER_LIST *nbl,
	struct vlan_edit *edit, struct seen *seen)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	struct vlan_edit next;
	bool is_same = true;

	vlan_decide(self, way, nbl, nb, edit);
	seen->foreign += edit->is_foreign;
	seen->tagged += !edit->is_foreign;
	while ((nb = NET_BUFFER_NEXT_NB(nb)) != NULL) {
		vlan_decide(self, way, nbl, nb, &next);
		seen->foreign += next.is_foreign;
		seen->tagged += !next.is_foreign;
		is_same &= memcmp(&next, edit, sizeof(next)) == 0;
	}
	return is_same;
}

void vlan_lists(struct vlan *self, NET_BUFFER_LIST *chain, struct nimbl_sort *sort)
{
	const struct vlan_way *way = sort->is_send ? &self->down : &self->up;
	struct seen seen = {0, 0};
	NET_BUFFER_LIST *next;

	for (; chain != NULL; chain = next) {
		struct vlan_edit edit;
		bool is_same;

		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		if (next != NULL)
			__builtin_prefetch(NET_BUFFER_LIST_FIRST_NB(next));
		is_same = decide_all(self, way, chain, &edit, &seen);
		if (!is_same) {
			take_apart(self, way, chain, sort);
		} else if (edit.is_dropped) {
			nimbl_sort_drop(sort, chain, NIMBL_DROP_VLAN);
		} else if (!is_edit(chain, &edit)) {
			nimbl_sort_pass(sort, chain);
		} else if (is_ours(sort, chain, &edit)) {
			edit_here(sort, chain, &edit);
			nimbl_sort_pass(sort, chain);
		} else {
			take_apart(self, way, chain, sort);
		}
	}
	nimbl_tally_add(&self->base.tally,
		sort->is_send ? VLAN_FIGURE_TX_FRAMES : VLAN_FIGURE_RX_FRAMES, seen.tagged);
	nimbl_tally_add(&self->base.tally,
		sort->is_send ? VLAN_FIGURE_TX_FOREIGN : VLAN_FIGURE_RX_FOREIGN, seen.foreign);
}
