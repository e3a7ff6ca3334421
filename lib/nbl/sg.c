// SPDX-License-Identifier: BSD-3-Clause
// Packets as a device sees them. With IO addresses that are virtual ones every MDL is one piece; else
// the room of an mbuf is, and of other memory each page.
#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <stdio.h>
#include <stdlib.h>

#include "list_priv.h"

struct dma {
	struct nimbl_object object;
	MINIPORT_PROCESS_SG_LIST *process;
};

// In Reserved: the list is the engine's memory.
#define SG_LIST_OURS 1

static bool is_one_piece(const MDL *mdl)
{
	return (mdl->MdlFlags & NIMBL_MDL_SEGMENT) != 0 || rte_eal_iova_mode() == RTE_IOVA_VA;
}

static rte_iova_t address_of(const MDL *mdl, const void *va)
{
	if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) != 0) {
		const struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);

		return rte_mbuf_iova_get(m) + RTE_PTR_DIFF(va, m->buf_addr);
	}
	return rte_mem_virt2iova(va);
}

// Pieces of `bytes` bytes from the start of `mdl` on; stored where `elements` is not NULL.
static ULONG pieces_of(const MDL *mdl, uint64_t bytes, SCATTER_GATHER_ELEMENT *elements)
{
	ULONG count = 0;

	for (; mdl != NULL && bytes > 0; mdl = mdl->Next) {
		uint32_t left = (uint32_t)RTE_MIN(bytes, mdl->ByteCount);
		uint8_t *at = mdl->MappedSystemVa;

		bytes -= left;
		while (left > 0) {
			uint32_t page = PAGE_SIZE - (uint32_t)((uintptr_t)at % PAGE_SIZE);
			uint32_t n = is_one_piece(mdl) ? left : RTE_MIN(left, page);

			if (elements != NULL)
				elements[count] = (SCATTER_GATHER_ELEMENT){
					.Address.QuadPart = (LONGLONG)address_of(mdl, at),
					.Length = n};
			count++;
			at += n;
			left -= n;
		}
	}
	return count;
}

static uint64_t bytes_of(const NET_BUFFER *nb)
{
	return (uint64_t)nb->CurrentMdlOffset + nb->stDataLength;
}

ULONG NdisQueryNetBufferPhysicalCount(NET_BUFFER *nb)
{
	return nb->DataLength > 0 ? pieces_of(nb->CurrentMdl, bytes_of(nb), NULL) : 0;
}

NDIS_STATUS NdisMRegisterScatterGatherDma(
	NDIS_HANDLE adapter, NDIS_SG_DMA_DESCRIPTION *description, NDIS_HANDLE *handle)
{
	const NDIS_OBJECT_HEADER *header = &description->Header;

	if (header->Type != NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION || header->Revision < 1 ||
		header->Size < NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1 ||
		description->ProcessSGListHandler == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	struct dma *dma = calloc(1, sizeof(*dma));
	if (dma == NULL)
		return NDIS_STATUS_RESOURCES;
	dma->object.kind = NIMBL_OBJECT_DMA;
	snprintf(dma->object.name, sizeof(dma->object.name), "dma of %.64s",
		nimbl_object_name(adapter));
	dma->process = description->ProcessSGListHandler;
	description->ScatterGatherListSize =
		(ULONG)(sizeof(SCATTER_GATHER_LIST) +
			(description->MaximumPhysicalMapping / PAGE_SIZE + 2) *
				sizeof(SCATTER_GATHER_ELEMENT));
	*handle = dma;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisMDeregisterScatterGatherDma(NDIS_HANDLE handle)
{
	if (nimbl_object_is(handle, NIMBL_OBJECT_DMA))
		free(handle);
}

NDIS_STATUS NdisMAllocateNetBufferSGList(NDIS_HANDLE handle, NET_BUFFER *nb, PVOID context,
	ULONG flags, PVOID buffer, ULONG buffer_bytes)
{
	struct dma *dma = nimbl_object_is(handle, NIMBL_OBJECT_DMA) ? handle : NULL;
	ULONG count = NdisQueryNetBufferPhysicalCount(nb);
	size_t need = sizeof(SCATTER_GATHER_LIST) + count * sizeof(SCATTER_GATHER_ELEMENT);
	bool fits = buffer != NULL && buffer_bytes >= need;

	if (dma == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	SCATTER_GATHER_LIST *list = fits ? buffer : rte_malloc("nimbl_sg", need, 0);
	if (list == NULL)
		return NDIS_STATUS_RESOURCES;
	list->NumberOfElements = count;
	list->Reserved = fits ? 0 : SG_LIST_OURS;
	if (count > 0)
		pieces_of(nb->CurrentMdl, bytes_of(nb), list->Elements);
	dma->process(NULL, NULL, list, context);
	return NDIS_STATUS_SUCCESS;
}

VOID NdisMFreeNetBufferSGList(NDIS_HANDLE handle, SCATTER_GATHER_LIST *list, NET_BUFFER *nb)
{
	if (list->Reserved == SG_LIST_OURS)
		rte_free(list);
}
