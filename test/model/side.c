// SPDX-License-Identifier: BSD-3-Clause
// What lists carry beside packets: context space and information.
#include "model_priv.h"

static void context_push(struct list *list)
{
	USHORT size = (USHORT)(8 * roll(8)), spare = (USHORT)(8 * roll(8));
	const NET_BUFFER_LIST_CONTEXT *block = list->nbl->Context;

	say("%u bytes, %u to spare, of list %u", size, spare, slot_of(list));
	if (NdisAllocateNetBufferListContext(list->nbl, size, spare, 1) != NDIS_STATUS_SUCCESS) {
		must(is_short && list->nbl->Context == block);
		return;
	}
	if (size > 0)
		memset(NET_BUFFER_LIST_CONTEXT_DATA_START(list->nbl), (int)list->context_count,
			size);
	list->contexts[list->context_count++] = size;
}

static void context_pop(struct list *list)
{
	USHORT size = list->contexts[--list->context_count];

	say("list %u gives %u bytes back", slot_of(list), size);
	for (USHORT i = 0; i < size; i++)
		must(NET_BUFFER_LIST_CONTEXT_DATA_START(list->nbl)[i] == list->context_count);
	NdisFreeNetBufferListContext(list->nbl, size);
}

void context(struct list *list)
{
	if (roll(2) && list->context_count < CONTEXTS)
		context_push(list);
	else if (list->context_count > 0)
		context_pop(list);
}

static void info_check(const struct list *list)
{
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		must(list->nbl->NetBufferListInfo[i] == list->info[i]);
}

void info_set(struct list *list)
{
	uint32_t slot = roll(MaxNetBufferListInfo), value = roll(256);

	say("slot %u of list %u to %u", slot, slot_of(list), value);
	NET_BUFFER_LIST_INFO(list->nbl, slot) = list->info[slot] = (PVOID)(uintptr_t)value;
	list->nbl->NblFlags = list->nbl->Flags = value;
	list->nbl->Status = NDIS_STATUS_FAILURE;
	info_check(list);
}

enum { SENT = 1, RECEIVED = 2, BOTH = SENT | RECEIVED };

// NDIS reference 3.6. What two names share a slot have one entry.
static const uint8_t copied[MaxNetBufferListInfo] = {
	[TcpIpChecksumNetBufferListInfo] = BOTH,
	[IPsecOffloadV1NetBufferListInfo] = BOTH,
	[TcpLargeSendNetBufferListInfo] = BOTH, // TcpReceiveNoPush
	[Ieee8021QNetBufferListInfo] = BOTH,
	[NetBufferListCancelId] = SENT,
	[MediaSpecificInformation] = BOTH,
	[NetBufferListFrameType] = BOTH, // NetBufferListProtocolId
	[NetBufferListHashValue] = RECEIVED,
	[NetBufferListHashInfo] = RECEIVED,
	[WfpNetBufferListInfo] = BOTH,
	[IPsecOffloadV2TunnelNetBufferListInfo] = BOTH,
	[IPsecOffloadV2HeaderNetBufferListInfo] = BOTH,
	[NetBufferListFilteringInfo] = BOTH,
	[NblOriginalInterfaceIfIndex] = BOTH,
	[VirtualSubnetInfo] = BOTH,
};

void info_copy(struct list *to)
{
	struct list *from = list_any();
	uint8_t way = roll(2) ? SENT : RECEIVED;

	say("%s, of list %u to list %u", way == SENT ? "send" : "receive", slot_of(from),
		slot_of(to));
	if (way == SENT)
		NdisCopySendNetBufferListInfo(to->nbl, from->nbl);
	else
		NdisCopyReceiveNetBufferListInfo(to->nbl, from->nbl);
	for (int i = 0; i < MaxNetBufferListInfo; i++) {
		if ((copied[i] & way) != 0)
			to->info[i] = from->info[i];
	}
	info_check(from);
	info_check(to);
}
