// SPDX-License-Identifier: BSD-3-Clause
// The lead: room of an element before the buffer that its mbuf shows to a PMD. While data in it is sent, the
// buffer is stretched over it.
#include "list_priv.h"

// The lead before the buffer that an mbuf uses: its own, or one that it borrows.
static uint32_t lead_of(struct rte_mbuf *m)
{
	const struct rte_mbuf *owner = RTE_MBUF_CLONED(m) ? rte_mbuf_from_indirect(m) : m;
	const struct nimbl_pool *pool = nimbl_nb_of_mbuf(owner)->NdisPoolHandle;

	return RTE_MBUF_HAS_EXTBUF(m) ? 0 : pool->lead;
}

// DPDK finds the owner of a borrowed buffer by its address and the private size, so both move.
static void buffer_set(struct rte_mbuf *m, uint8_t *start, uint16_t private_size)
{
	ptrdiff_t longer = (uint8_t *)m->buf_addr - start;

	rte_mbuf_iova_set(m, rte_mbuf_iova_get(m) - (rte_iova_t)longer);
	m->buf_addr = start;
	m->buf_len = (uint16_t)(m->buf_len + longer);
	m->priv_size = private_size;
}

void mbuf_aim(struct rte_mbuf *m, void *va)
{
	uint8_t *start = m->buf_addr;

	if (unlikely((uint8_t *)va < start)) {
		uint32_t lead = lead_of(m);

		buffer_set(m, start - lead, (uint16_t)(m->priv_size - lead));
	}
	m->data_off = (uint16_t)RTE_PTR_DIFF(va, m->buf_addr);
}

void nimbl_nb_unstretch(const NET_BUFFER *nb)
{
	for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next) {
		if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) == 0)
			continue;
		struct rte_mbuf *m = nimbl_mbuf_of_mdl(mdl);
		uint16_t private_size = rte_pktmbuf_priv_size(m->pool);

		if (RTE_MBUF_DIRECT(m) && m->priv_size != private_size)
			buffer_set(m, (uint8_t *)m->buf_addr + (private_size - m->priv_size),
				private_size);
	}
}

bool nimbl_nb_is_in_lead(const NET_BUFFER *nb)
{
	uint32_t offset = nb->CurrentMdlOffset;

	for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next, offset = 0) {
		const uint8_t *data = (const uint8_t *)mdl->MappedSystemVa + offset;

		if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) != 0 &&
			data < (const uint8_t *)nimbl_mbuf_of_mdl(mdl)->buf_addr)
			return true;
	}
	return false;
}
