// SPDX-License-Identifier: BSD-3-Clause
// Where packets come from, and how each kind of list is freed.
#include "model_priv.h"

// Bytes that tell packets and places apart.
static void fill(const NET_BUFFER *nb)
{
	static uint32_t serial;
	uint32_t left = nb->DataLength, skip = nb->CurrentMdlOffset;

	for (const MDL *mdl = nb->CurrentMdl; left > 0; mdl = mdl->Next, skip = 0) {
		uint32_t n = RTE_MIN(left, mdl->ByteCount - skip);
		uint8_t *bytes = RTE_PTR_ADD(mdl->MappedSystemVa, skip);

		for (uint32_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)((++serial * 0x9e3779b1u) >> 24);
		left -= n;
	}
}

// What lists and NBs promise of themselves when they leave their pool.
static void must_be_fresh(const NET_BUFFER_LIST *nbl)
{
	must(nbl->Next == NULL && nbl->ParentNetBufferList == NULL);
	must(nbl->NblFlags == 0 && nbl->Flags == 0 && nbl->ChildRefCount == 0);
	must(nbl->Status == NDIS_STATUS_SUCCESS);
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		must(nbl->NetBufferListInfo[i] == NULL);
}

static NET_BUFFER_LIST *make_received(void)
{
	uint32_t segments = 1 + roll(4), unusual = 0;
	struct rte_mbuf *head = NULL;

	say("received in %u segments", segments);
	for (uint32_t n = segments; n > 0; n--) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(data_pool));

		if (m == NULL) { // the pool has a capacity
			rte_pktmbuf_free(head);
			return NULL;
		}
		rte_pktmbuf_append(m, (uint16_t)(1 + roll(200)));
		if (head == NULL)
			head = m;
		else
			rte_pktmbuf_chain(head, m);
	}
	return nimbl_nbl_adopt(head, NULL, &unusual);
}

static NET_BUFFER_LIST *make_allocated(void)
{
	uint32_t room = roll(4) == 0 ? 16 : 0;
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(data_pool, (USHORT)(room * 4), 16);

	say("allocated with data");
	if (nbl == NULL)
		return NULL;
	must_be_fresh(nbl);
	must(nbl->FirstNetBuffer->DataOffset == 512 && nbl->FirstNetBuffer->DataLength == 0);
	must(NdisRetreatNetBufferDataStart(nbl->FirstNetBuffer, roll(512), 0, NULL) == 0);
	return nbl;
}

static void foreign_free(struct list *list)
{
	for (MDL *mdl = list->foreign, *next; mdl != NULL; mdl = next) {
		next = mdl->Next;
		free(mdl->MappedSystemVa);
		NdisFreeMdl(mdl);
	}
	list->foreign = NULL;
}

// Memory of a driver, in up to three pieces, some of them empty. Returns its size.
static uint32_t foreign_make(struct list *list)
{
	uint32_t total = 0;

	for (uint32_t n = roll(4); n > 0; n--) {
		uint32_t bytes = roll(150);
		void *memory = malloc(bytes + 1);
		MDL *mdl = NdisAllocateMdl(NULL, memory, bytes);

		if (mdl == NULL) {
			must(is_short);
			free(memory);
			break;
		}
		mdl->Next = list->foreign;
		list->foreign = mdl;
		total += bytes;
	}
	return total;
}

static void root_free(struct list *list)
{
	if (list->nbl->NdisPoolHandle == bare_pool) {
		for (NET_BUFFER *nb = list->nbl->FirstNetBuffer, *next; nb != NULL; nb = next) {
			next = nb->Next;
			must(nb->NdisPoolHandle == buffer_pool_data ||
				nb->MdlChain == list->foreign);
			NdisFreeNetBuffer(nb);
		}
		list->nbl->FirstNetBuffer = NULL;
	}
	NdisFreeNetBufferList(list->nbl);
	foreign_free(list);
}

// NBs with data of their own, then perhaps one over a driver's memory.
static bool bare_fill(struct list *list)
{
	NET_BUFFER **end = &list->nbl->FirstNetBuffer;
	uint32_t count = 1 + roll(3);

	say("put together of %u NBs", count);
	for (; count > 0; count--) {
		*end = NdisAllocateNetBufferMdlAndData(buffer_pool_data);
		if (*end == NULL)
			return false;
		must(NdisRetreatNetBufferDataStart(*end, roll(300), 0, NULL) == 0);
		end = &(*end)->Next;
	}
	uint32_t total = foreign_make(list);
	if (list->foreign == NULL)
		return true;
	uint32_t offset = roll(total + 1);
	*end = NdisAllocateNetBuffer(
		buffer_pool_bare, list->foreign, offset, roll(total - offset + 1));
	return *end != NULL;
}

static NET_BUFFER_LIST *make_bare(struct list *list)
{
	list->nbl = NdisAllocateNetBufferList(bare_pool, 0, 0);
	if (list->nbl == NULL)
		return NULL;
	must_be_fresh(list->nbl);
	must(list->nbl->FirstNetBuffer == NULL && list->nbl->Context == NULL);
	if (bare_fill(list))
		return list->nbl;
	must(is_short);
	root_free(list);
	return NULL;
}

void make_root(struct list *unused)
{
	struct list *list = list_unused();
	NET_BUFFER_LIST *nbl;

	if (list == NULL)
		return;
	list->foreign = NULL;
	switch (roll(3)) {
	case 0:
		nbl = make_received();
		break;
	case 1:
		nbl = make_allocated();
		break;
	default:
		nbl = make_bare(list);
	}
	if (nbl == NULL)
		return;
	MDL *foreign = list->foreign;
	list_start(list, ROOT, nbl, NULL);
	list->foreign = foreign;
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		fill(nb);
		packet_learn(&list->packets[list->count++], nb);
	}
	list_check(list);
	say("... is list %u", slot_of(list));
}

// What every driver does at the end: all headers away, whoever made them.
static void drop_headers(struct list *list)
{
	if (list->kind == ORIGINAL)
		return;
	for (NET_BUFFER *nb = list->nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		must(NdisRetreatNetBufferDataStart(nb, nb->DataOffset, 0, NULL) == 0);
		NdisAdvanceNetBufferDataStart(nb, nb->DataLength, TRUE, driver_free);
	}
}

static void contexts_drop(struct list *list)
{
	while (list->context_count > 0)
		NdisFreeNetBufferListContext(list->nbl, list->contexts[--list->context_count]);
}

static void door_free(struct list *list)
{
	switch (list->kind) {
	case ROOT:
		root_free(list);
		break;
	case FRAGMENTS:
		NdisFreeFragmentNetBufferList(list->nbl, 0, 0);
		break;
	case REASSEMBLED:
		if (buffer_model_defect == DEFECT_CRASH)
			list->nbl = (NET_BUFFER_LIST *)64;
		NdisFreeReassembledNetBufferList(list->nbl, 0, 0);
		break;
	case ORIGINAL:
		if (buffer_model_defect == DEFECT_LEAK)
			break;
		NdisFreeCloneNetBufferList(list->nbl, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
		break;
	default:
		NdisFreeCloneNetBufferList(list->nbl, 0);
	}
}

void free_list(struct list *list)
{
	if (list->children > 0)
		return;
	say("list %u", slot_of(list));
	if (list->parent == NULL || roll(2))
		drop_headers(list);
	else if (driver_mdls > 0)
		return; // a driver's header would stay
	if (roll(2))
		contexts_drop(list);
	door_free(list);
	list_forget(list);
}
