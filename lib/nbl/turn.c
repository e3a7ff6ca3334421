// SPDX-License-Identifier: BSD-3-Clause
// What is known of received lists becomes what is asked of a send. Slots mean different things in the
// two directions; who forwards lists has to go through here.
#include "list_priv.h"

#define SLOT(id) (1u << (id))

// Means the same in both directions.
#define STAYS                                                                \
	(SLOT(Ieee8021QNetBufferListInfo) | SLOT(MediaSpecificInformation) | \
		SLOT(VirtualSubnetInfo))

// A checksum that was good, but whose field does not hold it, has to be written.
static PVOID checksum_turn(const NET_BUFFER_LIST *nbl)
{
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO is = {
		.Value = nimbl_nbl_slot(nbl, TcpIpChecksumNetBufferListInfo)};
	NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO asks = {.Value = NULL};

	if (!is.Receive.TcpChecksumValueInvalid && !is.Receive.IpChecksumValueInvalid)
		return NULL;
	asks.Transmit.IsIPv4 = (nbl->NblFlags & NDIS_NBL_FLAGS_IS_IPV4) != 0;
	asks.Transmit.IsIPv6 = (nbl->NblFlags & NDIS_NBL_FLAGS_IS_IPV6) != 0;
	asks.Transmit.IpHeaderChecksum = is.Receive.IpChecksumValueInvalid;
	asks.Transmit.TcpChecksum =
		is.Receive.TcpChecksumValueInvalid && is.Receive.TcpChecksumSucceeded;
	asks.Transmit.UdpChecksum =
		is.Receive.TcpChecksumValueInvalid && is.Receive.UdpChecksumSucceeded;
	return asks.Value;
}

// Bytes before the payload of a TCP frame; 0 where they cannot be told.
static uint32_t headers_of(const NET_BUFFER *nb)
{
	uint8_t bytes[NDIS_LARGE_SEND_OFFLOAD_MAX_HEADER_LENGTH];
	uint32_t there = nimbl_nb_read(nb, 0, bytes, sizeof(bytes)), at = 14;

	if (there > at && bytes[12] == 0x81 && bytes[13] == 0x00)
		at += 4; // a tag
	if (there > at)
		at += bytes[at] >> 4 == 6 ? 40 : 4 * (bytes[at] & 15u);
	at = there > at + 12 ? at + 4 * (bytes[at + 12] >> 4) : 0;
	return at < nb->DataLength ? at : 0;
}

// What was joined has to be cut again, as it came where the PMD says how. Each piece gets the headers.
static PVOID coalesced_turn(const NET_BUFFER_LIST *nbl)
{
	NDIS_RSC_NBL_INFO rsc = {.Value = nimbl_nbl_slot(nbl, TcpRecvSegCoalesceInfo)};
	NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {.Value = NULL};
	const NET_BUFFER *nb = nbl->FirstNetBuffer;
	uint32_t mss;

	if (rsc.Info.CoalescedSegCount < 2)
		return NULL;
	mss = (nb->DataLength - headers_of(nb) + rsc.Info.CoalescedSegCount - 1) /
	      rsc.Info.CoalescedSegCount;
	if (nb == nimbl_own_nb(nbl) && (nimbl_mbuf_of_nb(nb)->ol_flags & RTE_MBUF_F_RX_LRO) != 0)
		mss = nimbl_mbuf_of_nb(nb)->tso_segsz;
	large.LsoV2Transmit.MSS = mss;
	large.LsoV2Transmit.Type = NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
	large.LsoV2Transmit.IPVersion = (nbl->NblFlags & NDIS_NBL_FLAGS_IS_IPV6) != 0
						? NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6
						: NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4;
	return large.Value;
}

static bool list_turn(NET_BUFFER_LIST *nbl)
{
	PVOID sums = checksum_turn(nbl), large = coalesced_turn(nbl);
	ULONG drop = nbl->NimblInfoUsed & ~STAYS;

	for (; drop != 0; drop &= drop - 1)
		nbl->NetBufferListInfo[__builtin_ctz(drop)] = NULL;
	nbl->NimblInfoUsed &= STAYS;
	nbl->NblFlags = 0;
	if (sums != NULL)
		NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = sums;
	if (large != NULL)
		NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = large;
	return nbl->NimblInfoUsed != 0;
}

bool nimbl_nbl_turn_chain(NET_BUFFER_LIST *chain)
{
	bool asks = false;

	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if ((nbl->NimblInfoUsed | nbl->NblFlags) != 0)
			asks |= list_turn(nbl);
	}
	return asks;
}
