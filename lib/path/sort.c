// SPDX-License-Identifier: BSD-3-Clause
// Lists that filters sort: what goes on, what is dropped, and parts of lists.
#include <ndis.h>

#include "nimbl_sort.h"

// In the reserved words of a part, of the originator of its direction: the room it was made with, and
// whether its parent was given away for good. A lent part says which one was made after it.
enum {
	WORD_ROOM,
	WORD_GIVEN,
};

static PVOID *words_of(NET_BUFFER_LIST *part, bool is_send)
{
	return is_send ? part->ProtocolReserved : part->MiniportReserved;
}

// Of an open list, in the word of its owner: its parts and one more until it is closed.
static uint32_t *holds_of(NET_BUFFER_LIST *parent)
{
	return (uint32_t *)&parent->Scratch;
}

void nimbl_sort_open(NET_BUFFER_LIST *parent)
{
	*holds_of(parent) = 1;
	NET_BUFFER_LIST_STATUS(parent) = NDIS_STATUS_SUCCESS;
}

static void parent_back(NDIS_HANDLE filter, NET_BUFFER_LIST *parent, bool is_send, ULONG flags)
{
	if (__atomic_sub_fetch(holds_of(parent), 1, __ATOMIC_ACQ_REL) != 0)
		return;
	NET_BUFFER_LIST_NEXT_NBL(parent) = NULL;
	if (is_send)
		nimbl_finish_send(filter, parent, flags);
	else if (!NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		NdisFReturnNetBufferLists(filter, parent, 0);
}

void nimbl_sort_close(struct nimbl_sort *sort, NET_BUFFER_LIST *parent)
{
	parent_back(sort->filter, parent, sort->is_send, sort->flags);
}

static void part_gone(NDIS_HANDLE filter, struct nimbl_parts *parts)
{
	if (__atomic_sub_fetch(&parts->out, 1, __ATOMIC_ACQ_REL) == 0)
		NdisFPauseComplete(filter);
}

static void part_free(NDIS_HANDLE filter, struct nimbl_parts *parts, NET_BUFFER_LIST *part,
	bool is_send, ULONG flags)
{
	NET_BUFFER_LIST *parent = part->ParentNetBufferList;
	PVOID *words = words_of(part, is_send);

	if (is_send && words[WORD_GIVEN] != NULL)
		flags |= NIMBL_SEND_FLAGS_HANDOVER;
	if (NET_BUFFER_LIST_STATUS(part) != NDIS_STATUS_SUCCESS)
		NET_BUFFER_LIST_STATUS(parent) = NET_BUFFER_LIST_STATUS(part);
	__atomic_fetch_sub(&parent->ChildRefCount, 1, __ATOMIC_ACQ_REL);
	NdisFreeFragmentNetBufferList(part, (ULONG)(uintptr_t)words[WORD_ROOM], 0);
	parent_back(filter, parent, is_send, flags);
	part_gone(filter, parts);
}

static void info_copy(NET_BUFFER_LIST *part, const NET_BUFFER_LIST *parent, bool is_send)
{
	part->NblFlags =
		parent->NblFlags & ~(NDIS_NBL_FLAGS_SEND_READ_ONLY | NDIS_NBL_FLAGS_RECV_READ_ONLY);
	if (is_send) {
		NdisCopySendNetBufferListInfo(part, parent);
		return;
	}
	NdisCopyReceiveNetBufferListInfo(part, parent);
	if ((parent->NimblInfoUsed & 1u << TcpRecvSegCoalesceInfo) != 0)
		NET_BUFFER_LIST_INFO(part, TcpRecvSegCoalesceInfo) =
			parent->NetBufferListInfo[TcpRecvSegCoalesceInfo];
}

// Derived lists have all packets of their parent: it has one meanwhile.
static NET_BUFFER_LIST *derive(NET_BUFFER_LIST *parent, NET_BUFFER *nb, ULONG skip, ULONG room)
{
	NET_BUFFER *first = NET_BUFFER_LIST_FIRST_NB(parent), *next = NET_BUFFER_NEXT_NB(nb);
	NET_BUFFER_LIST *part;

	NET_BUFFER_LIST_FIRST_NB(parent) = nb;
	NET_BUFFER_NEXT_NB(nb) = NULL;
	part = NdisAllocateFragmentNetBufferList(
		parent, NULL, NULL, skip, NET_BUFFER_DATA_LENGTH(nb), room, 0, 0);
	NET_BUFFER_NEXT_NB(nb) = next;
	NET_BUFFER_LIST_FIRST_NB(parent) = first;
	return part;
}

NET_BUFFER_LIST *nimbl_sort_part(
	struct nimbl_sort *sort, NET_BUFFER_LIST *parent, NET_BUFFER *nb, ULONG skip, ULONG room)
{
	NET_BUFFER_LIST *part = derive(parent, nb, skip, room);
	PVOID *words;

	if (part == NULL) {
		nimbl_sort_drop_packet(sort, NIMBL_DROP_FILTER_NO_BUFFER);
		NET_BUFFER_LIST_STATUS(parent) = NDIS_STATUS_RESOURCES;
		return NULL;
	}
	words = words_of(part, sort->is_send);
	words[WORD_ROOM] = (PVOID)(uintptr_t)room;
	words[WORD_GIVEN] = (PVOID)(uintptr_t)((sort->flags & NIMBL_SEND_FLAGS_HANDOVER) != 0);
	part->ParentNetBufferList = parent;
	part->SourceHandle = sort->filter;
	NET_BUFFER_LIST_STATUS(part) = NDIS_STATUS_SUCCESS;
	__atomic_fetch_add(&parent->ChildRefCount, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(holds_of(parent), 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&sort->parts->out, 1, __ATOMIC_RELAXED);
	info_copy(part, parent, sort->is_send);
	if (!sort->is_own) {
		if (sort->count != 0)
			nimbl_sort_flush(sort);
		sort->is_own = true;
	}
	*sort->end = part;
	sort->end = &part->Next;
	sort->count++;
	return part;
}

void nimbl_sort_drop_packet(struct nimbl_sort *sort, enum nimbl_drop reason)
{
	nimbl_count_dropped(sort->filter, reason, 1);
}

// Lent lists are back when the call is over, however they are linked then.
static void lend(struct nimbl_sort *sort, NET_BUFFER_LIST *chain, ULONG count, ULONG flags)
{
	NET_BUFFER_LIST *lent = NULL, *next;

	for (NET_BUFFER_LIST *part = chain; part != NULL; part = NET_BUFFER_LIST_NEXT_NBL(part)) {
		part->MiniportReserved[WORD_GIVEN] = lent;
		lent = part;
	}
	NdisFIndicateReceiveNetBufferLists(sort->filter, chain, sort->port, count, flags);
	for (; lent != NULL; lent = next) {
		next = lent->MiniportReserved[WORD_GIVEN];
		part_free(sort->filter, sort->parts, lent, false, flags);
	}
}

void nimbl_sort_flush(struct nimbl_sort *sort)
{
	const ULONG given = NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED;
	ULONG flags = sort->is_own ? sort->flags & ~given : sort->flags, count = sort->count;
	NET_BUFFER_LIST *chain = sort->first;

	*sort->end = NULL;
	sort->end = &sort->first;
	sort->count = 0;
	if (count == 0)
		return;
	if (sort->is_send)
		NdisFSendNetBufferLists(sort->filter, chain, sort->port, flags);
	else if (sort->is_own && NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		lend(sort, chain, count, flags);
	else
		NdisFIndicateReceiveNetBufferLists(sort->filter, chain, sort->port, count, flags);
}

void nimbl_sort_flush_dropped(struct nimbl_sort *sort)
{
	ULONG count = sort->dropped_count;

	*sort->dropped_end = NULL;
	sort->dropped_end = &sort->dropped;
	sort->dropped_count = 0;
	if (count == 0)
		return;
	if (sort->is_send)
		nimbl_drop_send(sort->filter, sort->dropped, sort->flags, sort->reason,
			NDIS_STATUS_FAILURE);
	else
		nimbl_drop_receive(sort->filter, sort->dropped, count, sort->flags, sort->reason);
}

// Free the parts of a chain, and link the lists of others in their order. Returns the first of these.
static NET_BUFFER_LIST *parts_free(
	NDIS_HANDLE filter, struct nimbl_parts *parts, NET_BUFFER_LIST *chain, bool is_send)
{
	NET_BUFFER_LIST *others = NULL, **end = &others, *next;

	for (; chain != NULL; chain = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		if (chain->SourceHandle == filter) {
			part_free(filter, parts, chain, is_send, 0);
			continue;
		}
		*end = chain;
		end = &chain->Next;
	}
	*end = NULL;
	return others;
}

void nimbl_parts_complete(
	NDIS_HANDLE filter, struct nimbl_parts *parts, NET_BUFFER_LIST *chain, ULONG flags)
{
	chain = parts_free(filter, parts, chain, true);
	if (chain != NULL)
		NdisFSendNetBufferListsComplete(filter, chain, flags);
}

void nimbl_parts_return(
	NDIS_HANDLE filter, struct nimbl_parts *parts, NET_BUFFER_LIST *chain, ULONG flags)
{
	chain = parts_free(filter, parts, chain, false);
	if (chain != NULL)
		NdisFReturnNetBufferLists(filter, chain, flags);
}

void nimbl_parts_restart(struct nimbl_parts *parts)
{
	__atomic_store_n(&parts->out, 1, __ATOMIC_RELEASE);
}

NDIS_STATUS nimbl_parts_pause(struct nimbl_parts *parts)
{
	return __atomic_sub_fetch(&parts->out, 1, __ATOMIC_ACQ_REL) == 0 ? NDIS_STATUS_SUCCESS
									 : NDIS_STATUS_PENDING;
}
