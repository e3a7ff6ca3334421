// SPDX-License-Identifier: BSD-3-Clause
// Lists that share the bytes of others.
#include "model_priv.h"

static const char *const kind_names[] = {
	[ROOT] = "root",
	[CLONE] = "clone",
	[ORIGINAL] = "clone over the same MDLs",
	[FRAGMENTS] = "fragments",
	[REASSEMBLED] = "reassembled",
};

// A packet of the child that begins with bytes of the parent's.
static struct packet *child_add(
	struct list *list, const struct packet *of, uint32_t at, uint32_t length)
{
	struct packet *packet = &list->packets[list->count++];

	packet->start = packet->known = FRONT;
	packet->length = length;
	memcpy(packet->bytes + FRONT, of->bytes + of->start + at, length);
	return packet;
}

// A list without context, flags and information of the parent. After a failure there is none, and
// the parent is as it was.
static bool child_start(
	struct list *list, enum kind kind, NET_BUFFER_LIST *nbl, struct list *parent, bool is_legal)
{
	must((nbl != NULL) <= is_legal);
	must(nbl != NULL || !is_legal || is_short);
	if (nbl == NULL) {
		list_check(parent);
		return false;
	}
	must(nbl->Context == NULL && nbl->ParentNetBufferList == NULL);
	must(nbl->ChildRefCount == 0 && nbl->NblFlags == 0 && nbl->Flags == 0);
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		must(nbl->NetBufferListInfo[i] == NULL);
	list_start(list, kind, nbl, parent);
	say("... is list %u", slot_of(list));
	return true;
}

void derive_clone(struct list *parent)
{
	struct list *list = list_unused();
	bool original = roll(3) == 0;

	if (list == NULL)
		return;
	say("of list %u (%s)%s", slot_of(parent), kind_names[parent->kind],
		original ? " over the same MDLs" : "");
	NET_BUFFER_LIST *nbl = NdisAllocateCloneNetBufferList(parent->nbl,
		roll(4) ? NULL : bare_pool, roll(4) ? NULL : buffer_pool_bare,
		original ? NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS : 0);
	if (!child_start(list, original ? ORIGINAL : CLONE, nbl, parent, true))
		return;
	for (uint32_t i = 0; i < parent->count; i++)
		child_add(list, &parent->packets[i], 0, parent->packets[i].length);
	list_check(list);
}

// How many fragments that makes, up to the first NB that is too short.
static uint32_t pieces_of(const struct list *parent, uint32_t start, uint32_t most, bool *is_legal)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < parent->count; i++) {
		uint32_t length = parent->packets[i].length;

		if (start > length) {
			*is_legal = false;
			return count;
		}
		count += (length - start + most - 1) / most;
	}
	*is_legal = count > 0;
	return count;
}

void derive_fragments(struct list *parent)
{
	struct list *list = list_unused();
	uint32_t start = roll(20), most = 1 + roll(600), delta = roll(2) * roll(60);
	bool is_legal;

	if (list == NULL || pieces_of(parent, start, most, &is_legal) > BUFFERS)
		return;
	say("of list %u (%s) from byte %u on, at most %u each, %u more in front", slot_of(parent),
		kind_names[parent->kind], start, most, delta);
	NET_BUFFER_LIST *nbl = NdisAllocateFragmentNetBufferList(
		parent->nbl, roll(4) ? NULL : bare_pool, NULL, start, most, delta, roll(30), 0);
	if (!child_start(list, FRAGMENTS, nbl, parent, is_legal))
		return;
	NET_BUFFER *nb = nbl->FirstNetBuffer;
	for (uint32_t i = 0; i < parent->count; i++) {
		const struct packet *of = &parent->packets[i];

		for (uint32_t at = start; at < of->length; at += most, nb = nb->Next) {
			must(nb != NULL);
			packet_retreat(
				child_add(list, of, at, RTE_MIN(most, of->length - at)), nb, delta);
		}
	}
	list_check(list);
}

void derive_reassembled(struct list *parent)
{
	struct list *list = list_unused();
	uint32_t start = roll(10), delta = roll(2) * roll(60), total = 0;

	for (uint32_t i = 0; i < parent->count; i++) {
		if (parent->packets[i].length < start)
			return;
		total += parent->packets[i].length - start;
	}
	if (list == NULL || total > LONGEST)
		return;
	say("of list %u (%s) from byte %u on, %u more in front", slot_of(parent),
		kind_names[parent->kind], start, delta);
	NET_BUFFER_LIST *nbl =
		NdisAllocateReassembledNetBufferList(parent->nbl, NULL, start, delta, roll(30), 0);
	if (!child_start(list, REASSEMBLED, nbl, parent, true))
		return;
	struct packet *packet = child_add(list, &parent->packets[0], start, 0);
	for (uint32_t i = 0; i < parent->count; i++) {
		const struct packet *of = &parent->packets[i];

		memcpy(packet->bytes + FRONT + packet->length, of->bytes + of->start + start,
			of->length - start);
		packet->length += of->length - start;
	}
	packet_retreat(packet, nbl->FirstNetBuffer, delta);
	list_check(list);
}
