// SPDX-License-Identifier: BSD-3-Clause
// Which tag a packet has, which it gets, and the bytes of its frame that change for it.
#include <string.h>

#include "vlan_priv.h"

#define TYPE_8021Q    0x8100
#define TYPE_8021AD   0x88a8
#define ID_OF(tci)    ((tci)&0xfff)
#define NO_TAG_BEHIND 18 // shorter frames have no room for a tag and a type

struct tag {
	bool is_there, is_in_slot;
	uint16_t type, tci;
};

static uint16_t slot_tci(PVOID value)
{
	const NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = value};

	return (uint16_t)(info.TagHeader.UserPriority << 13 |
			  info.TagHeader.CanonicalFormatId << 12 | info.TagHeader.VlanId);
}

static PVOID slot_of(uint16_t tci)
{
	NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = NULL};

	info.TagHeader.UserPriority = tci >> 13;
	info.TagHeader.CanonicalFormatId = tci >> 12 & 1;
	info.TagHeader.VlanId = ID_OF(tci);
	return info.Value;
}

static struct tag tag_of(PVOID slot, NET_BUFFER *nb)
{
	uint8_t storage[NO_TAG_BEHIND];
	const uint8_t *bytes;
	struct tag tag = {.is_there = false};

	if (slot != NULL)
		return (struct tag){true, true, TYPE_8021Q, slot_tci(slot)};
	bytes = NET_BUFFER_DATA_LENGTH(nb) < NO_TAG_BEHIND
			? NULL
			: NdisGetDataBuffer(nb, NO_TAG_BEHIND, storage, 1, 0);
	if (bytes == NULL)
		return tag;
	tag.type = (uint16_t)(bytes[12] << 8 | bytes[13]);
	tag.tci = (uint16_t)(bytes[14] << 8 | bytes[15]);
	tag.is_there = tag.type == TYPE_8021Q || tag.type == TYPE_8021AD;
	return tag;
}

static void put_tag(struct vlan_edit *edit, uint16_t type, uint16_t tci)
{
	uint8_t *to = edit->bytes + edit->put;

	to[0] = (uint8_t)(type >> 8);
	to[1] = (uint8_t)type;
	to[2] = (uint8_t)(tci >> 8);
	to[3] = (uint8_t)tci;
	edit->put += VLAN_TAG_BYTES;
}

static void foreign(const struct vlan *self, struct vlan_edit *edit)
{
	edit->is_foreign = true;
	edit->is_dropped = self->foreign != VLAN_PASS;
}

static void remove_tag(const struct tag *tag, struct vlan_edit *edit)
{
	if (tag->is_in_slot)
		edit->slot = NULL;
	else
		edit->cut = VLAN_TAG_BYTES;
}

// Where there is a tag already, that stays behind the new one, in the frame.
static void add_tag(
	const struct vlan *self, const struct tag *tag, uint16_t tci, struct vlan_edit *edit)
{
	if (self->type == VLAN_8021Q)
		edit->slot = slot_of(tci);
	else
		put_tag(edit, TYPE_8021AD, tci);
	if (!tag->is_in_slot)
		return;
	put_tag(edit, TYPE_8021Q, tag->tci);
	if (self->type == VLAN_8021AD)
		edit->slot = NULL;
}

// A tag of id 0 is no more than a priority: it is kept, and the id comes in.
static void push(const struct vlan *self, const struct tag *tag, struct vlan_edit *edit)
{
	const struct tag none = {.is_there = false};
	uint16_t tci = (uint16_t)(self->priority << 13 | self->id);

	if (tag->is_there && ID_OF(tag->tci) != 0) {
		if (self->foreign == VLAN_STACK)
			add_tag(self, tag, tci, edit);
		else
			foreign(self, edit);
		return;
	}
	if (tag->is_there) {
		tci = (uint16_t)((tag->tci & 0xf000) | self->id);
		remove_tag(tag, edit);
	}
	add_tag(self, &none, tci, edit);
}

static uint16_t own_type(const struct vlan *self)
{
	return self->type == VLAN_8021Q ? TYPE_8021Q : TYPE_8021AD;
}

static void pop(const struct vlan *self, const struct tag *tag, struct vlan_edit *edit)
{
	if (tag->is_there && tag->type == own_type(self) && ID_OF(tag->tci) == self->id)
		remove_tag(tag, edit);
	else
		foreign(self, edit);
}

static void translate(const struct vlan *self, const struct vlan_way *way, const struct tag *tag,
	struct vlan_edit *edit)
{
	uint16_t id = tag->is_there ? way->map[ID_OF(tag->tci)] : 0;
	uint16_t tci = (uint16_t)((tag->tci & 0xf000) | id);

	if (id == 0 || tag->type != own_type(self)) {
		foreign(self, edit);
		return;
	}
	if (tag->is_in_slot) {
		edit->slot = slot_of(tci);
		return;
	}
	edit->cut = VLAN_TAG_BYTES;
	put_tag(edit, tag->type, tci);
}

void vlan_decide(const struct vlan *self, const struct vlan_way *way, const NET_BUFFER_LIST *nbl,
	NET_BUFFER *nb, struct vlan_edit *edit)
{
	struct tag tag;

	memset(edit, 0, sizeof(*edit)); // edits are compared as bytes
	if ((nbl->NimblInfoUsed & 1u << Ieee8021QNetBufferListInfo) != 0)
		edit->slot = nbl->NetBufferListInfo[Ieee8021QNetBufferListInfo];
	tag = tag_of(edit->slot, nb);
	switch (way->op) {
	case VLAN_PUSH:
		push(self, &tag, edit);
		break;
	case VLAN_POP:
		pop(self, &tag, edit);
		break;
	case VLAN_STRIP:
		if (tag.is_there)
			remove_tag(&tag, edit);
		break;
	case VLAN_MAP:
		translate(self, way, &tag, edit);
		break;
	}
}

// In the MDL where the data begins: the bytes that go, and those that come before them.
bool vlan_can_edit(NET_BUFFER *nb, const struct vlan_edit *edit)
{
	const MDL *mdl = NET_BUFFER_CURRENT_MDL(nb);
	ULONG offset = NET_BUFFER_CURRENT_MDL_OFFSET(nb);

	ULONG before = VLAN_ADDRESSES + (ULONG)edit->cut;

	return mdl != NULL && nb->DataLength >= before &&
	       MmGetMdlByteCount(mdl) - offset > before && offset + edit->cut >= edit->put;
}

void vlan_edit_here(NET_BUFFER *nb, const struct vlan_edit *edit)
{
	uint8_t addresses[VLAN_ADDRESSES], *bytes;

	bytes = NdisGetDataBuffer(nb, VLAN_ADDRESSES, NULL, 1, 0);
	memcpy(addresses, bytes, sizeof(addresses));
	if (edit->put > edit->cut) {
		NdisRetreatNetBufferDataStart(nb, (ULONG)(edit->put - edit->cut), 0, NULL);
	} else if (edit->cut > edit->put) {
		NdisAdvanceNetBufferDataStart(nb, (ULONG)(edit->cut - edit->put), FALSE, NULL);
	}
	bytes += edit->cut;
	bytes -= edit->put;
	memcpy(bytes, addresses, sizeof(addresses));
	memcpy(bytes + sizeof(addresses), edit->bytes, edit->put);
}
