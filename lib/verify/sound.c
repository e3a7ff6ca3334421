// SPDX-License-Identifier: BSD-3-Clause
// Whether a list, its buffers and its mbuf are what they have to be wherever they cross an edge.
#include "verify_priv.h"

#define MDLS_MAX 4096u // a longer chain is taken for a ring
#define NBS_MAX  4096u

// The invariants of one NB, when its data is not simply in its only MDL.
static bool nb_is_sound(const NET_BUFFER *nb)
{
	uint64_t total = 0, before = UINT64_MAX;
	unsigned int count = 0;

	if (nb->MdlChain == NULL)
		return nb->CurrentMdl == NULL && nb->stDataLength == 0;
	for (const MDL *mdl = nb->MdlChain; mdl != NULL; mdl = mdl->Next) {
		if (++count > MDLS_MAX)
			return false;
		if (mdl == nb->CurrentMdl)
			before = total;
		total += mdl->ByteCount;
	}
	return before != UINT64_MAX && nb->CurrentMdlOffset <= nb->CurrentMdl->ByteCount &&
	       nb->DataOffset == before + nb->CurrentMdlOffset &&
	       nb->DataOffset + (uint64_t)nb->DataLength <= total;
}

static bool nbs_are_sound(const NET_BUFFER *nb)
{
	unsigned int count = 0;

	for (; nb != NULL; nb = nb->Next) {
		if (++count > NBS_MAX || !nb_is_sound(nb))
			return false;
	}
	return true;
}

// Its data in its only MDL, as most have it.
static inline bool is_plain(const NET_BUFFER *nb)
{
	const MDL *mdl = nb->CurrentMdl;

	return mdl != NULL && mdl == nb->MdlChain && nb->Next == NULL &&
	       nb->DataOffset == nb->CurrentMdlOffset && mdl->Next == NULL &&
	       (uint64_t)nb->DataOffset + nb->DataLength <= mdl->ByteCount;
}

// What a PMD has just filled.
static inline bool mbuf_is_sound(const NET_BUFFER *nb)
{
	const struct rte_mbuf *m = nimbl_mbuf_of_nb(nb);

	return m->refcnt != 0 && m->nb_segs != 0 && m->buf_addr != NULL &&
	       m->data_len <= m->pkt_len && (uint32_t)m->data_off + m->data_len <= m->buf_len &&
	       (m->nb_segs == 1) == (m->next == NULL);
}

static bool large_send_is_sound(const NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO request;

	request.Value = nimbl_nbl_slot(nbl, TcpLargeSendNetBufferListInfo);
	if (request.Value == NULL)
		return true;
	return nb->Next == NULL && request.LsoV2Transmit.MSS > 0 &&
	       request.LsoV2Transmit.TcpHeaderOffset < NDIS_LARGE_SEND_OFFLOAD_MAX_HEADER_LENGTH;
}

// Those that exclude each other, and what the kind of a frame needs.
static bool flags_are_sound(ULONG flags)
{
	const ULONG ip = NDIS_NBL_FLAGS_IS_IPV4 | NDIS_NBL_FLAGS_IS_IPV6;
	const ULONG transport = NDIS_NBL_FLAGS_IS_TCP | NDIS_NBL_FLAGS_IS_UDP;
	const ULONG splits = NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_HEADER |
			     NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_PAYLOAD;

	if ((flags & ip) == ip || (flags & transport) == transport || (flags & splits) == splits)
		return false;
	if ((flags & splits) != 0 && (flags & NDIS_NBL_FLAGS_HD_SPLIT) == 0)
		return false;
	return (flags & (transport | splits)) == 0 || (flags & ip) != 0;
}

// What a send asks of checksums. What a miniport says of a frame that it received looks otherwise.
static bool checksum_request_is_sound(const NET_BUFFER_LIST *nbl)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO asks = {
		.Value = nimbl_nbl_slot(nbl, TcpIpChecksumNetBufferListInfo)};

	if (asks.Value == NULL)
		return true;
	return asks.Transmit.IsIPv4 != asks.Transmit.IsIPv6 &&
	       !(asks.Transmit.TcpChecksum && asks.Transmit.UdpChecksum) &&
	       !(asks.Transmit.IsIPv6 && asks.Transmit.IpHeaderChecksum);
}

static inline enum nimbl_violation_code broken(
	enum nimbl_violation_code code, const char *name, const char **rule)
{
	*rule = name;
	return code;
}

enum nimbl_violation_code list_check(
	const struct hand *hand, const NET_BUFFER_LIST *nbl, const char **rule)
{
	const NET_BUFFER *nb = nbl->FirstNetBuffer;
	const bool sends = hand->event == NIMBL_EVENT_SENT;

	if (unlikely(nb == NULL))
		return broken(NIMBL_N18, "B1", rule);
	if (unlikely(!is_plain(nb) && !nbs_are_sound(nb)))
		return broken(NIMBL_N18, "B1", rule);
	if (unlikely(!sends && nb->Next != NULL))
		return broken(NIMBL_N18, "B1", rule); // Ethernet: one frame in each received list
	if (unlikely(sends && nbl->NimblInfoUsed != 0 && !large_send_is_sound(nbl)))
		return broken(NIMBL_N18, "F5", rule);
	if (unlikely(sends && nbl->NimblInfoUsed != 0 && !checksum_request_is_sound(nbl)))
		return broken(NIMBL_N20, "F4", rule);
	if (unlikely(nbl->NblFlags != 0 && !flags_are_sound(nbl->NblFlags)))
		return broken(NIMBL_N20, "F3", rule);
	// Lists of pools with data lie over the mbuf that a PMD has filled.
	if (!sends && hand->from->object.kind == NIMBL_OBJECT_ADAPTER && nb == nimbl_own_nb(nbl) &&
		nb->CurrentMdl == nimbl_own_mdl(nb) && unlikely(!mbuf_is_sound(nb)))
		return broken(NIMBL_N17, "B1", rule);
	return NIMBL_VIOLATION_CODES;
}
