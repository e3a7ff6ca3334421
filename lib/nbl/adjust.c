// SPDX-License-Identifier: BSD-3-Clause
// Where the data of an NB starts. Inside the current MDL a few instructions; the rest is cold:
// walking over MDLs, and putting new ones in front.
//
// A header of the engine's own is the room of an mbuf, so that a frame with one still goes to a PMD
// as it lies, as one more segment in front.
#include <rte_malloc.h>

#include "list_priv.h"
#include "nimbl_log.h"

#define COLD __attribute__((cold, noinline))

static MDL *large_header(uint32_t bytes)
{
	struct nimbl_pool *pool = mdl_pool();
	void *va = rte_malloc("nimbl_header", bytes, RTE_CACHE_LINE_SIZE);
	MDL *mdl = va != NULL && pool != NULL ? element_take(pool) : NULL;

	if (mdl == NULL) {
		rte_free(va);
		return NULL;
	}
	mdl_init(mdl, va, bytes, NIMBL_MDL_OURS);
	return mdl;
}

// The allocator that stands behind a handler of NULL.
static MDL *header_get(uint32_t bytes)
{
	struct nimbl_pool *pool = internal_pool(INTERNAL_HEADERS);

	if (bytes > HEADER_BYTES)
		return large_header(bytes);
	struct rte_mbuf *m = pool != NULL ? element_take(pool) : NULL;
	if (m == NULL)
		return NULL;
	MDL *mdl = nimbl_own_mdl(nimbl_nb_of_mbuf(m));
	mdl->ByteCount = bytes;
	mdl->MdlFlags |= NIMBL_MDL_OURS;
	return mdl;
}

// Segments that are not headers borrow the room of another mbuf: it is given back with them.
void ours_free(MDL *mdl)
{
	if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) == 0) {
		if ((mdl->MdlFlags & NIMBL_MDL_RETREAT) != 0)
			rte_free(mdl->MappedSystemVa);
		element_put(mdl_pool(), mdl);
		return;
	}
	struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);
	NET_BUFFER *nb = nimbl_nb_of_mbuf(m);
	bool alone = (mdl->MdlFlags & NIMBL_MDL_RETREAT) != 0 && nb->NdisReserved[0] != NB_SHARED;
	mdl_make_whole(mdl);
	nb->NdisReserved[0] = NULL;
	if (likely(alone))
		rte_mempool_put(m->pool, m);
	else
		rte_pktmbuf_free_seg(m);
}

static MDL *header_from(NET_BUFFER_ALLOCATE_MDL *allocate, uint32_t bytes)
{
	ULONG size = bytes;
	MDL *mdl = allocate == NULL ? header_get(bytes) : allocate(&size);

	if (mdl != NULL)
		mdl->MdlFlags |= NIMBL_MDL_RETREAT; // Q4: how an advance knows it again
	return mdl;
}

// The engine frees what it made, whichever handler the driver names. False when nobody can.
static bool header_free(MDL *mdl, NET_BUFFER_FREE_MDL *release)
{
	if ((mdl->MdlFlags & NIMBL_MDL_OURS) != 0) {
		ours_free(mdl);
		return true;
	}
	if (release == NULL)
		return false;
	mdl->Next = NULL;
	mdl->MdlFlags &= ~NIMBL_MDL_RETREAT;
	release(mdl);
	return true;
}

void nimbl_nbl_drop_headers(NET_BUFFER_LIST *nbl)
{
	const CSHORT ours = NIMBL_MDL_OURS | NIMBL_MDL_RETREAT;

	if ((nbl->NimblState & NIMBL_LIST_DERIVED) != 0)
		return; // they go with the list
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		while (nb->MdlChain != NULL && (nb->MdlChain->MdlFlags & ours) == ours) {
			MDL *next = nb->MdlChain->Next;

			ours_free(nb->MdlChain);
			nb->MdlChain = next;
		}
	}
}

// Q16: data that starts where an MDL ends starts in the next one.
void nb_find_current(NET_BUFFER *nb)
{
	uint32_t left = nb->DataOffset;
	MDL *mdl = nb->MdlChain;

	while (mdl != NULL && left >= mdl->ByteCount && mdl->Next != NULL) {
		left -= mdl->ByteCount;
		mdl = mdl->Next;
	}
	nb->CurrentMdl = mdl;
	nb->CurrentMdlOffset = left;
}

// The header to be put in front of an NB: 0 when its headroom is enough. Q3: to the last byte.
static inline uint64_t header_missing(const NET_BUFFER *nb, uint32_t delta)
{
	return delta > nb->DataOffset ? delta - nb->DataOffset : 0;
}

static inline bool length_fits(const NET_BUFFER *nb, uint32_t delta)
{
	return (uint64_t)nb->stDataLength + delta <= UINT32_MAX;
}

// All headroom there was is data now: nothing may lie between the new bytes and the old (Q2).
static void prepend(NET_BUFFER *nb, MDL *header, uint32_t delta)
{
	uint32_t offset = header->ByteCount - (uint32_t)header_missing(nb, delta);

	header->Next = nb->MdlChain;
	nb->MdlChain = header;
	nb->CurrentMdl = header;
	nb->CurrentMdlOffset = nb->DataOffset = offset;
	nb->stDataLength += delta;
}

static void retreat_inside(NET_BUFFER *nb, uint32_t delta)
{
	nb->DataOffset -= delta;
	nb->stDataLength += delta;
	if (nb->CurrentMdlOffset >= delta)
		nb->CurrentMdlOffset -= delta;
	else
		nb_find_current(nb);
}

static uint32_t header_bytes(uint32_t delta, uint32_t fill)
{
	return (uint32_t)RTE_MIN((uint64_t)delta + fill, UINT32_MAX);
}

static COLD NDIS_STATUS retreat_far(
	NET_BUFFER *nb, uint32_t delta, uint32_t fill, NET_BUFFER_ALLOCATE_MDL *allocate)
{
	if (!length_fits(nb, delta) || nb_is_below_floor(nb, delta))
		return NDIS_STATUS_FAILURE;
	if (header_missing(nb, delta) == 0) {
		retreat_inside(nb, delta);
		return NDIS_STATUS_SUCCESS;
	}
	MDL *header = header_from(allocate, header_bytes(delta, fill));
	if (header == NULL)
		return NDIS_STATUS_RESOURCES;
	if (header->ByteCount < header_missing(nb, delta)) {
		nimbl_log(NIMBL_LOG_ERROR, "retreat: the driver's allocator gave %u of %u bytes",
			header->ByteCount, header_bytes(delta, fill));
		return NDIS_STATUS_FAILURE; // and there is no handler to free it with
	}
	prepend(nb, header, delta);
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS(NdisRetreatNetBufferDataStart)
(NET_BUFFER *nb, ULONG delta, ULONG fill, NET_BUFFER_ALLOCATE_MDL *allocate)
{
	if (likely(!nb_is_below_floor(nb, delta) && nimbl_retreat_here(nb, delta)))
		return NDIS_STATUS_SUCCESS;
	return retreat_far(nb, delta, fill, allocate);
}

static void headers_free(NET_BUFFER *nb, NET_BUFFER_FREE_MDL *release)
{
	MDL *mdl;

	while ((mdl = nb->MdlChain) != NULL && (mdl->MdlFlags & NIMBL_MDL_RETREAT) != 0 &&
		nb->DataOffset >= mdl->ByteCount) {
		MDL *next = mdl->Next;
		uint32_t bytes = mdl->ByteCount;

		if (!header_free(mdl, release)) {
			nimbl_log(NIMBL_LOG_ERROR, "advance: the MDL in front came from a driver's "
						   "allocator, and no handler frees it");
			return;
		}
		nb->MdlChain = next;
		nb->DataOffset -= bytes;
	}
}

static COLD void advance_far(
	NET_BUFFER *nb, uint32_t delta, bool free_mdl, NET_BUFFER_FREE_MDL *release)
{
	if (delta > nb->stDataLength) {
		nimbl_log(NIMBL_LOG_ERROR, "advance: %u bytes, but the packet has %u", delta,
			nb->DataLength);
		pool_fault(NIMBL_POOL_ADVANCE, nb->NdisPoolHandle, NULL);
		return;
	}
	nb->stDataLength -= delta;
	nb->DataOffset += delta;
	if (free_mdl && !nimbl_nb_is_over_original(nb))
		headers_free(nb, release);
	nb_find_current(nb);
}

VOID(NdisAdvanceNetBufferDataStart)
(NET_BUFFER *nb, ULONG delta, BOOLEAN free_mdl, NET_BUFFER_FREE_MDL *release)
{
	if (unlikely(!nimbl_advance_here(nb, delta, free_mdl)))
		advance_far(nb, delta, free_mdl, release);
}

static void headers_drop(MDL *headers, NET_BUFFER_FREE_MDL *release)
{
	while (headers != NULL) {
		MDL *next = headers->Next;

		if (!header_free(headers, release))
			nimbl_log(NIMBL_LOG_ERROR, "retreat of a list: an MDL of the driver's "
						   "allocator, and no handler frees it");
		headers = next;
	}
}

// All headers that the NBs of a list lack, linked in the order of the NBs, so that what can fail
// comes before anything changes.
static NDIS_STATUS headers_prepare(const NET_BUFFER_LIST *nbl, uint32_t delta, uint32_t fill,
	NET_BUFFER_ALLOCATE_MDL *allocate, MDL **headers)
{
	NDIS_STATUS status = NDIS_STATUS_SUCCESS;
	MDL **end = headers;

	for (const NET_BUFFER *nb = nbl->FirstNetBuffer;
		nb != NULL && status == NDIS_STATUS_SUCCESS; nb = nb->Next) {
		if (!length_fits(nb, delta) || nb_is_below_floor(nb, delta))
			return NDIS_STATUS_FAILURE;
		if (header_missing(nb, delta) == 0)
			continue;
		MDL *header = header_from(allocate, header_bytes(delta, fill));
		if (header == NULL)
			return NDIS_STATUS_RESOURCES;
		header->Next = NULL;
		*end = header;
		end = &header->Next;
		if (header->ByteCount < header_missing(nb, delta))
			status = NDIS_STATUS_FAILURE;
	}
	return status;
}

NDIS_STATUS list_retreat(NET_BUFFER_LIST *nbl, uint32_t delta, uint32_t fill,
	NET_BUFFER_ALLOCATE_MDL *allocate, NET_BUFFER_FREE_MDL *release)
{
	MDL *headers = NULL;
	NDIS_STATUS status = headers_prepare(nbl, delta, fill, allocate, &headers);

	if (unlikely(status != NDIS_STATUS_SUCCESS)) {
		headers_drop(headers, release);
		return status;
	}
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
		if (header_missing(nb, delta) == 0) {
			retreat_inside(nb, delta);
			continue;
		}
		MDL *header = headers;

		headers = headers->Next;
		prepend(nb, header, delta);
	}
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisRetreatNetBufferListDataStart(NET_BUFFER_LIST *nbl, ULONG delta, ULONG fill,
	NET_BUFFER_ALLOCATE_MDL *allocate, NET_BUFFER_FREE_MDL *release)
{
	return list_retreat(nbl, delta, fill, allocate, release);
}

VOID NdisAdvanceNetBufferListDataStart(
	NET_BUFFER_LIST *nbl, ULONG delta, BOOLEAN free_mdl, NET_BUFFER_FREE_MDL *release)
{
	for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next)
		NdisAdvanceNetBufferDataStart(nb, delta, free_mdl, release);
}

// Q17: at DISPATCH_LEVEL and below, as everything here.
VOID NdisAdjustNetBufferCurrentMdl(NET_BUFFER *nb)
{
	nb_find_current(nb);
}
