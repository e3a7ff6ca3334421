// SPDX-License-Identifier: BSD-3-Clause
// Frames in lists of their own, for drivers that keep what they were only shown.
#include "list_priv.h"

NET_BUFFER_LIST *nimbl_nbl_copy(NDIS_HANDLE pool, const NET_BUFFER *from, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl;
	NET_BUFFER *nb;

	bytes = RTE_MIN(bytes, from->DataLength);
	if (nimbl_nbl_get(pool, &nbl, 1) == 0)
		return NULL;
	nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	if (RTE_PKTMBUF_HEADROOM + bytes > MmGetMdlByteCount(nb->MdlChain)) {
		nimbl_nbl_put(&nbl, 1);
		return NULL;
	}
	nb->DataOffset = nb->CurrentMdlOffset = RTE_PKTMBUF_HEADROOM;
	nb->DataLength = bytes;
	nimbl_nb_read(
		from, 0, RTE_PTR_ADD(nb->MdlChain->MappedSystemVa, RTE_PKTMBUF_HEADROOM), bytes);
	return nbl;
}
