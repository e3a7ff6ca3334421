// SPDX-License-Identifier: BSD-3-Clause
// Where data starts, and reading it: by the processor and by a device.
#include "model_priv.h"

static NDIS_HANDLE dma;

// A clone over the same MDLs keeps its own view, but none that is freed.
static bool lends_mdls(const struct list *list)
{
	for (uint32_t i = 0; i < LISTS; i++) {
		if (lists[i].kind == ORIGINAL && lists[i].parent == list)
			return true;
	}
	return false;
}

static bool has_room(const struct list *list, uint32_t delta)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->packets[i].start < delta || list->packets[i].length > LONGEST)
			return false;
	}
	return true;
}

static bool retreat_all(
	struct list *list, uint32_t delta, uint32_t spare, NET_BUFFER_ALLOCATE_MDL *allocate)
{
	uint32_t i = 0;

	say("all of list %u by %u, %u to spare", slot_of(list), delta, spare);
	if (NdisRetreatNetBufferListDataStart(list->nbl, delta, spare, allocate, driver_free) !=
		NDIS_STATUS_SUCCESS)
		return false;
	for (NET_BUFFER *nb = list->nbl->FirstNetBuffer; nb != NULL; nb = nb->Next, i++)
		packet_retreat(&list->packets[i], nb, delta);
	return true;
}

static bool retreat_one(
	struct list *list, uint32_t delta, uint32_t spare, NET_BUFFER_ALLOCATE_MDL *allocate)
{
	uint32_t i;
	NET_BUFFER *nb = list_pick(list, &i);

	say("NB %u of list %u by %u, %u to spare", i, slot_of(list), delta, spare);
	if (NdisRetreatNetBufferDataStart(nb, delta, spare, allocate) != NDIS_STATUS_SUCCESS)
		return false;
	packet_retreat(&list->packets[i], nb, delta);
	return true;
}

void retreat(struct list *list)
{
	NET_BUFFER_ALLOCATE_MDL *allocate = roll(3) == 0 ? driver_allocate : NULL;
	bool all = roll(2);
	uint32_t delta = roll(roll(4) == 0 ? 300 : 40), spare = roll(64);

	if (list->kind == ORIGINAL || lends_mdls(list) || !has_room(list, delta))
		return;
	bool done = (all ? retreat_all : retreat_one)(list, delta, spare, allocate);
	must(done || allocate != NULL || is_short);
	list_check(list);
}

void advance(struct list *list)
{
	uint32_t i;
	NET_BUFFER *nb = list_pick(list, &i);
	const MDL *first = nb->MdlChain;
	struct packet *packet = &list->packets[i];
	// Headers that a child has borrowed must stay.
	BOOLEAN free_mdl = roll(2) && list->children == 0 && list->kind != ORIGINAL;
	uint32_t delta = roll(RTE_MIN(packet->length, roll(3) ? 60u : LONGEST) + 1);

	if (packet->start + delta > FRONT + LONGEST)
		return;
	say("NB %u of list %u by %u%s", i, slot_of(list), delta, free_mdl ? ", freeing" : "");
	NdisAdvanceNetBufferDataStart(nb, delta, free_mdl, driver_free);
	packet->start += delta;
	packet->length -= delta;
	if (nb->MdlChain != first)
		packet->known = packet->start;
	if (buffer_model_defect == DEFECT_LENGTH && list->kind == CLONE &&
		list->parent->kind == CLONE && delta > 0)
		packet->length++;
	list_check(list);
}

void read_some(struct list *list)
{
	static NIMBL_NDIS_ALIGNED(64) uint8_t storage[LONGEST + FRONT];
	uint32_t i;
	NET_BUFFER *nb = list_pick(list, &i);
	const struct packet *packet = &list->packets[i];
	uint32_t bytes = roll(packet->length + 2), multiple = 1u << roll(5);
	uint32_t rest = roll(multiple), offset = roll(packet->length + 2);

	say("%u bytes of NB %u of list %u, aligned to %u", bytes, i, slot_of(list), multiple);
	uint8_t *at = NdisGetDataBuffer(nb, bytes, storage, multiple, rest);
	must((at == NULL) == (bytes > packet->length || nb->MdlChain == NULL));
	must(at == NULL || memcmp(at, packet->bytes + packet->start, bytes) == 0);
	must(at == NULL || at == storage || (uintptr_t)at % multiple == rest);
	uint32_t n = nimbl_nb_read(nb, offset, storage, bytes);
	must(n == (offset < packet->length ? RTE_MIN(bytes, packet->length - offset) : 0));
	must(memcmp(storage, packet->bytes + packet->start + offset, n) == 0);
}

// Into a root that nothing is derived from: shared bytes are read only.
void copy_some(struct list *to)
{
	struct list *from = list_any();
	uint32_t i, j;
	ULONG copied;

	if (to->kind != ROOT || to->children > 0 || from == to)
		return;
	NET_BUFFER *source = list_pick(from, &i), *target = list_pick(to, &j);
	struct packet *a = &from->packets[i], *b = &to->packets[j];
	uint32_t to_offset = roll(b->length + 1), from_offset = roll(a->length + 1);
	uint32_t bytes = roll(b->length - to_offset + 1);

	say("%u bytes of NB %u of list %u to byte %u of NB %u of list %u", bytes, i, slot_of(from),
		to_offset, j, slot_of(to));
	must(NdisCopyFromNetBufferToNetBuffer(target, to_offset, bytes, source, from_offset,
		     &copied) == NDIS_STATUS_SUCCESS);
	must(copied == RTE_MIN(bytes, a->length - from_offset));
	memcpy(b->bytes + b->start + to_offset, a->bytes + a->start + from_offset, copied);
	list_check(from);
	list_check(to);
}

// The list starts with the current MDL: its unused front is not the packet's.
static VOID sg_must_be(
	PDEVICE_OBJECT device, PVOID reserved, SCATTER_GATHER_LIST *sg, PVOID context)
{
	const NET_BUFFER *nb = *(NET_BUFFER **)context;
	uint64_t skip = nb->CurrentMdlOffset;
	uint32_t done = 0;

	for (ULONG i = 0; i < sg->NumberOfElements; i++) {
		const uint8_t *at = (const uint8_t *)(uintptr_t)sg->Elements[i].Address.QuadPart;
		uint32_t n = sg->Elements[i].Length;

		must(n >= skip && done + n - skip <= sizeof(scratch));
		memcpy(scratch + done, at + skip, n - skip);
		done += n - (uint32_t)skip;
		skip = 0;
	}
	must(done == nb->DataLength);
	*(SCATTER_GATHER_LIST **)context = sg;
}

void gather_open(void)
{
	NDIS_SG_DMA_DESCRIPTION description = {
		.Header = {NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, 1,
			NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1},
		.MaximumPhysicalMapping = 65536,
		.ProcessSGListHandler = sg_must_be,
	};

	must(NdisMRegisterScatterGatherDma(NULL, &description, &dma) == NDIS_STATUS_SUCCESS);
}

void gather_close(void)
{
	NdisMDeregisterScatterGatherDma(dma);
}

void gather_some(struct list *list)
{
	NIMBL_NDIS_ALIGNED(16) uint8_t own[256];
	uint32_t i;
	NET_BUFFER *nb = list_pick(list, &i);
	const struct packet *packet = &list->packets[i];
	bool mine = roll(2);
	void *context = nb; // the NB goes in, the list comes out

	say("NB %u of list %u", i, slot_of(list));
	must(NdisQueryNetBufferPhysicalCount(nb) <= mdl_count(nb->MdlChain));
	NDIS_STATUS status = NdisMAllocateNetBufferSGList(dma, nb, &context,
		NDIS_SG_LIST_WRITE_TO_DEVICE, mine ? own : NULL, mine ? sizeof(own) : 0);
	if (status == NDIS_STATUS_SUCCESS) {
		must(memcmp(scratch, packet->bytes + packet->start, packet->length) == 0);
		NdisMFreeNetBufferSGList(dma, context, nb);
	} else {
		must(is_short);
	}
	list_check(list);
}
