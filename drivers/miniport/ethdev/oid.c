// SPDX-License-Identifier: BSD-3-Clause
// What the port answers when it is asked, and what can be set. What follows from its attributes NDIS
// answers itself. Control thread, one request at a time.
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "ethdev_priv.h"

#define VENDOR "DPDK ethdev"

// Answers are put together here and copied to whoever asked.
union answer {
	uint32_t u32;
	uint64_t u64;
	uint8_t bytes[ETHDEV_MULTICAST_MAX * RTE_ETHER_ADDR_LEN];
	NDIS_STATISTICS_INFO statistics;
	NDIS_OFFLOAD offload;
};

static uint32_t answer_statistics(struct ethdev *dev, union answer *answer)
{
	const uint32_t valid =
		NDIS_STATISTICS_FLAGS_VALID_BYTES_RCV | NDIS_STATISTICS_FLAGS_VALID_RCV_DISCARDS |
		NDIS_STATISTICS_FLAGS_VALID_RCV_ERROR | NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT |
		NDIS_STATISTICS_FLAGS_VALID_XMIT_ERROR | NDIS_STATISTICS_FLAGS_VALID_XMIT_DISCARDS;
	struct rte_eth_stats stats = {0};

	rte_eth_stats_get(dev->port_id, &stats);
	answer->statistics = (NDIS_STATISTICS_INFO){
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_STATISTICS_INFO_REVISION_1,
				.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1,
			},
		.SupportedStatistics = valid,
		.ifInDiscards = stats.imissed + stats.rx_nombuf,
		.ifInErrors = stats.ierrors,
		.ifHCInOctets = stats.ibytes,
		.ifHCOutOctets = stats.obytes,
		.ifOutErrors = stats.oerrors,
	};
	for (size_t i = 0; i <= RTE_MAX_LCORE; i++)
		answer->statistics.ifOutDiscards += nimbl_counters_dropped(&dev->counters[i]);
	return NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
}

static uint32_t answer_stat(struct ethdev *dev, union answer *answer, size_t offset)
{
	struct rte_eth_stats stats = {0};

	rte_eth_stats_get(dev->port_id, &stats);
	memcpy(&answer->u64, RTE_PTR_ADD(&stats, offset), sizeof(answer->u64));
	return sizeof(answer->u64);
}

static uint32_t answer_sent(struct ethdev *dev, union answer *answer)
{
	return answer_stat(dev, answer, offsetof(struct rte_eth_stats, opackets));
}

static uint32_t answer_received(struct ethdev *dev, union answer *answer)
{
	return answer_stat(dev, answer, offsetof(struct rte_eth_stats, ipackets));
}

static uint32_t answer_send_errors(struct ethdev *dev, union answer *answer)
{
	return answer_stat(dev, answer, offsetof(struct rte_eth_stats, oerrors));
}

static uint32_t answer_receive_errors(struct ethdev *dev, union answer *answer)
{
	return answer_stat(dev, answer, offsetof(struct rte_eth_stats, ierrors));
}

static uint32_t answer_no_buffer(struct ethdev *dev, union answer *answer)
{
	return answer_stat(dev, answer, offsetof(struct rte_eth_stats, rx_nombuf));
}

static uint32_t answer_vendor(struct ethdev *dev, union answer *answer)
{
	memcpy(answer->bytes, VENDOR, sizeof(VENDOR));
	return sizeof(VENDOR);
}

static uint32_t answer_filter(struct ethdev *dev, union answer *answer)
{
	answer->u32 = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST;
	if (dev->wants_all_multicast)
		answer->u32 |= NDIS_PACKET_TYPE_ALL_MULTICAST;
	else if (dev->multicast_count > 0)
		answer->u32 |= NDIS_PACKET_TYPE_MULTICAST;
	if (rte_eth_promiscuous_get(dev->port_id) == 1)
		answer->u32 |= NDIS_PACKET_TYPE_PROMISCUOUS;
	return sizeof(answer->u32);
}

// What a device cannot switch it does not filter either.
static NDIS_STATUS switched(int ret)
{
	return ret < 0 && ret != -ENOTSUP ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS;
}

// All multicast frames when the packet filter says so, and in place of a list that the device does not
// take.
static NDIS_STATUS multicast_switch(struct ethdev *dev)
{
	bool all = dev->wants_all_multicast || (dev->lacks_multicast && dev->multicast_count > 0);

	return switched(all ? rte_eth_allmulticast_enable(dev->port_id)
			    : rte_eth_allmulticast_disable(dev->port_id));
}

static NDIS_STATUS set_filter(struct ethdev *dev, const void *from, uint32_t bytes)
{
	uint32_t filter;

	memcpy(&filter, from, sizeof(filter));
	if ((filter & ~ETHDEV_PACKET_FILTERS) != 0)
		return NDIS_STATUS_NOT_SUPPORTED;
	NDIS_STATUS status = switched((filter & NDIS_PACKET_TYPE_PROMISCUOUS) != 0
					      ? rte_eth_promiscuous_enable(dev->port_id)
					      : rte_eth_promiscuous_disable(dev->port_id));
	if (status != NDIS_STATUS_SUCCESS)
		return status;
	dev->wants_all_multicast = (filter & NDIS_PACKET_TYPE_ALL_MULTICAST) != 0;
	return multicast_switch(dev);
}

static uint32_t answer_address(struct ethdev *dev, union answer *answer)
{
	struct rte_ether_addr mac = {0};

	rte_eth_macaddr_get(dev->port_id, &mac);
	memcpy(answer->bytes, mac.addr_bytes, sizeof(mac.addr_bytes));
	return sizeof(mac.addr_bytes);
}

static uint32_t answer_multicast(struct ethdev *dev, union answer *answer)
{
	memcpy(answer->bytes, dev->multicast, dev->multicast_count * sizeof(dev->multicast[0]));
	return dev->multicast_count * (uint32_t)sizeof(dev->multicast[0]);
}

static NDIS_STATUS set_multicast(struct ethdev *dev, const void *from, uint32_t bytes)
{
	if (bytes % RTE_ETHER_ADDR_LEN != 0)
		return NDIS_STATUS_INVALID_LENGTH;
	if (bytes > sizeof(dev->multicast))
		return NDIS_STATUS_MULTICAST_FULL;
	memcpy(dev->multicast, from, bytes);
	dev->multicast_count = bytes / RTE_ETHER_ADDR_LEN;
	dev->lacks_multicast = rte_eth_dev_set_mc_addr_list(
				       dev->port_id, dev->multicast, dev->multicast_count) < 0;
	return multicast_switch(dev);
}

static uint32_t answer_multicast_max(struct ethdev *dev, union answer *answer)
{
	answer->u32 = ETHDEV_MULTICAST_MAX;
	return sizeof(answer->u32);
}

static uint32_t answer_offload_now(struct ethdev *dev, union answer *answer)
{
	ethdev_offloads_describe(&answer->offload, dev->offloads.enabled);
	return sizeof(answer->offload);
}

static uint32_t answer_offload_device(struct ethdev *dev, union answer *answer)
{
	ethdev_offloads_describe(&answer->offload, dev->offloads.offered);
	return sizeof(answer->offload);
}

// Offloads are as the configuration has them; who asks for another encapsulation than Ethernet asks too
// much.
static NDIS_STATUS set_encapsulation(struct ethdev *dev, const void *from, uint32_t bytes)
{
	NDIS_OFFLOAD_ENCAPSULATION wish;

	memcpy(&wish, from, sizeof(wish));
	return wish.IPv4.EncapsulationType == NDIS_ENCAPSULATION_IEEE_802_3 ||
			       wish.IPv4.Enabled != NDIS_OFFLOAD_SET_ON
		       ? NDIS_STATUS_SUCCESS
		       : NDIS_STATUS_NOT_SUPPORTED;
}

// `answer` writes what is asked and returns its bytes; `take` gets at least `least` bytes.
static const struct known {
	NDIS_OID oid;
	uint32_t (*answer)(struct ethdev *dev, union answer *answer);
	NDIS_STATUS (*take)(struct ethdev *dev, const void *from, uint32_t bytes);
	uint32_t least;
} known[] = {
	{OID_GEN_STATISTICS, answer_statistics, NULL, 0},
	{OID_GEN_XMIT_OK, answer_sent, NULL, 0},
	{OID_GEN_RCV_OK, answer_received, NULL, 0},
	{OID_GEN_XMIT_ERROR, answer_send_errors, NULL, 0},
	{OID_GEN_RCV_ERROR, answer_receive_errors, NULL, 0},
	{OID_GEN_RCV_NO_BUFFER, answer_no_buffer, NULL, 0},
	{OID_GEN_VENDOR_DESCRIPTION, answer_vendor, NULL, 0},
	{OID_GEN_CURRENT_PACKET_FILTER, answer_filter, set_filter, sizeof(uint32_t)},
	{OID_802_3_PERMANENT_ADDRESS, answer_address, NULL, 0},
	{OID_802_3_CURRENT_ADDRESS, answer_address, NULL, 0},
	{OID_802_3_MULTICAST_LIST, answer_multicast, set_multicast, 0},
	{OID_802_3_MAXIMUM_LIST_SIZE, answer_multicast_max, NULL, 0},
	{OID_TCP_OFFLOAD_CURRENT_CONFIG, answer_offload_now, NULL, 0},
	{OID_TCP_OFFLOAD_HARDWARE_CAPABILITIES, answer_offload_device, NULL, 0},
	{OID_OFFLOAD_ENCAPSULATION, NULL, set_encapsulation, sizeof(NDIS_OFFLOAD_ENCAPSULATION)},
};

static NDIS_STATUS query(struct ethdev *dev, const struct known *it, NDIS_OID_REQUEST *request)
{
	struct _QUERY *data = &request->DATA.QUERY_INFORMATION;
	union answer answer;

	if (it->answer == NULL)
		return NDIS_STATUS_NOT_SUPPORTED;
	memset(&answer, 0, sizeof(answer));
	uint32_t bytes = it->answer(dev, &answer);
	uint32_t room = data->InformationBufferLength;
	// Counters are asked in 32 or in 64 bits, as the one who asks has room for.
	if (bytes == sizeof(uint64_t) && room == sizeof(uint32_t))
		bytes = sizeof(uint32_t);
	data->BytesNeeded = bytes;
	data->BytesWritten = 0;
	if (room < bytes)
		return NDIS_STATUS_BUFFER_TOO_SHORT;
	memcpy(data->InformationBuffer, &answer, bytes);
	data->BytesWritten = bytes;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set(struct ethdev *dev, const struct known *it, NDIS_OID_REQUEST *request)
{
	struct _SET *data = &request->DATA.SET_INFORMATION;

	if (it->take == NULL)
		return NDIS_STATUS_NOT_SUPPORTED;
	data->BytesNeeded = it->least;
	if (data->InformationBufferLength < it->least)
		return NDIS_STATUS_INVALID_LENGTH;
	NDIS_STATUS status = it->take(dev, data->InformationBuffer, data->InformationBufferLength);
	data->BytesRead = status == NDIS_STATUS_SUCCESS ? data->InformationBufferLength : 0;
	return status;
}

NDIS_STATUS ethdev_oid_request(NDIS_HANDLE context, NDIS_OID_REQUEST *request)
{
	struct ethdev *dev = context;

	for (size_t i = 0; i < RTE_DIM(known); i++) {
		// The identifier stands at the same place in each kind of request.
		if (known[i].oid != request->DATA.QUERY_INFORMATION.Oid)
			continue;
		switch (request->RequestType) {
		case NdisRequestQueryInformation:
		case NdisRequestQueryStatistics:
			return query(dev, &known[i], request);
		case NdisRequestSetInformation:
			return set(dev, &known[i], request);
		default:
			return NDIS_STATUS_NOT_SUPPORTED;
		}
	}
	return NDIS_STATUS_NOT_SUPPORTED;
}

// Requests are answered at once: there is none to cancel.
VOID ethdev_cancel_oid_request(NDIS_HANDLE context, PVOID id)
{
}

const NDIS_OID *ethdev_oids(uint32_t *bytes)
{
	static NDIS_OID list[RTE_DIM(known)];

	for (size_t i = 0; i < RTE_DIM(known); i++)
		list[i] = known[i].oid;
	*bytes = sizeof(list);
	return list;
}
