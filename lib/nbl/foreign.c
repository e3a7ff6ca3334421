// SPDX-License-Identifier: BSD-3-Clause
// Frames of wrappers over memory of others.
#include "nimbl_foreign.h"

#include <rte_eal_memconfig.h>
#include <rte_per_lcore.h>

#include "list_priv.h"

// The memseg list that held the last address: looking through all of EAL's takes about as long as
// copying a frame.
static RTE_DEFINE_PER_LCORE(const struct rte_memseg_list *, last_list);

// A wrapper's NB has no protocol, so the count that an external buffer needs lies there.
_Static_assert(
	sizeof(struct rte_mbuf_ext_shared_info) <= sizeof(((NET_BUFFER *)0)->ProtocolReserved),
	"the shared information of a wrapper fits its NB");

static struct rte_mbuf_ext_shared_info *shared_of(const struct rte_mbuf *m)
{
	return (struct rte_mbuf_ext_shared_info *)nimbl_nb_of_mbuf(m)->ProtocolReserved;
}

// The memory is its owner's, who learns from the completion that it is no longer read.
static void leave_alone(void *memory, void *opaque)
{
}

struct frame {
	struct rte_mbuf *head, *tail;
	uint16_t segments, segments_max;
};

static bool segment_add(struct frame *frame, void *va, rte_iova_t iova, uint16_t bytes)
{
	struct nimbl_pool *pool = internal_pool(INTERNAL_BUFFERS);
	struct rte_mbuf *m;

	if (frame->segments == frame->segments_max || pool == NULL)
		return false;
	m = element_take(pool);
	if (m == NULL)
		return false;
	shared_of(m)->free_cb = leave_alone;
	rte_mbuf_ext_refcnt_set(shared_of(m), 1);
	rte_pktmbuf_attach_extbuf(m, va, iova, bytes, shared_of(m));
	m->data_len = bytes;
	if (frame->head == NULL)
		frame->head = m;
	else
		frame->tail->next = m;
	frame->tail = m;
	frame->segments++;
	return true;
}

static bool list_has(const struct rte_memseg_list *list, const void *va)
{
	return list != NULL && RTE_PTR_DIFF(va, list->base_va) < list->len;
}

// The page of EAL's that `va` lies in. NULL when EAL does not know it or the device may not.
static const struct rte_memseg *memseg_of(const void *va, enum nimbl_reach reach)
{
	const struct rte_memseg_list *list = RTE_PER_LCORE(last_list);
	const struct rte_memseg *memseg;

	if (!list_has(list, va))
		list = RTE_PER_LCORE(last_list) = rte_mem_virt2memseg_list(va);
	if (list == NULL || (list->external && reach != NIMBL_REACH_EAL))
		return NULL;
	memseg = rte_mem_virt2memseg(va, list);
	return memseg != NULL && memseg->len > 0 && memseg->iova != RTE_BAD_IOVA ? memseg : NULL;
}

// How many bytes from `va` on the device sees as one piece, beginning at `iova`; 0: it does not.
static uint32_t stretch_of(const void *va, uint32_t bytes, enum nimbl_reach reach, rte_iova_t *iova)
{
	uint32_t done = 0;

	while (done < bytes) {
		const void *at = RTE_PTR_ADD(va, done);
		const struct rte_memseg *memseg = memseg_of(at, reach);

		if (memseg == NULL)
			break;
		size_t skip = RTE_PTR_DIFF(at, memseg->addr);
		if (done == 0)
			*iova = memseg->iova + skip;
		else if (memseg->iova + skip != *iova + done)
			break; // the next page lies elsewhere
		done += (uint32_t)RTE_MIN(memseg->len - skip, bytes - done);
	}
	return done;
}

static bool memory_add(struct frame *frame, uint8_t *va, uint32_t bytes, enum nimbl_reach reach)
{
	while (bytes > 0) {
		rte_iova_t iova = (rte_iova_t)(uintptr_t)va; // nobody looks where the CPU reads
		uint32_t n = RTE_MIN(bytes, NIMBL_DATA_MAX);

		if (reach != NIMBL_REACH_PROCESS)
			n = stretch_of(va, n, reach, &iova);
		if (n == 0 || !segment_add(frame, va, iova, (uint16_t)n))
			return false;
		va += n;
		bytes -= n;
	}
	return true;
}

// The room of an mbuf, which says itself where the device finds it.
static bool room_add(struct frame *frame, const MDL *mdl, uint8_t *va, uint32_t bytes)
{
	const struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);

	return segment_add(
		frame, va, rte_mbuf_iova_get(m) + RTE_PTR_DIFF(va, m->buf_addr), (uint16_t)bytes);
}

struct rte_mbuf *nimbl_frame_wrap(
	const NET_BUFFER *nb, enum nimbl_reach reach, uint16_t segments_max)
{
	struct frame frame = {.segments_max = segments_max};
	uint32_t left = nb->DataLength, skip = nb->CurrentMdlOffset;
	bool is_right = reach != NIMBL_REACH_POOLS && left > 0;

	for (const MDL *mdl = nb->CurrentMdl; is_right && left > 0; mdl = mdl->Next) {
		if (mdl == NULL) {
			is_right = false; // the chain is shorter than the data
			break;
		}
		uint32_t bytes = RTE_MIN(left, mdl->ByteCount - RTE_MIN(mdl->ByteCount, skip));
		uint8_t *va = RTE_PTR_ADD(mdl->MappedSystemVa, skip);

		skip = 0;
		if (bytes > 0 && (mdl->MdlFlags & NIMBL_MDL_SEGMENT) != 0)
			is_right = room_add(&frame, mdl, va, bytes);
		else
			is_right = memory_add(&frame, va, bytes, reach);
		left -= bytes;
	}
	if (!is_right) {
		nimbl_frame_unwrap(frame.head);
		return NULL;
	}
	frame.head->nb_segs = frame.segments;
	frame.head->pkt_len = nb->DataLength;
	return frame.head;
}

bool nimbl_frame_is_wrapped(const struct rte_mbuf *m)
{
	return RTE_MBUF_HAS_EXTBUF(m) && m->shinfo == shared_of(m);
}

bool nimbl_frame_is_alone(const struct rte_mbuf *frame)
{
	// A clone refers to the memory, not to the wrapper.
	for (; frame != NULL; frame = frame->next) {
		if (rte_mbuf_refcnt_read(frame) != 1 ||
			rte_mbuf_ext_refcnt_read(shared_of(frame)) != 1)
			return false;
	}
	return true;
}

void nimbl_frame_unwrap(struct rte_mbuf *frame)
{
	for (struct rte_mbuf *m = frame, *next; m != NULL; m = next) {
		next = m->next;
		m->next = NULL;
		m->nb_segs = 1;
		rte_mbuf_refcnt_set(m, 1);
		rte_pktmbuf_detach_extbuf(m);
		rte_mempool_put(m->pool, m);
	}
}
