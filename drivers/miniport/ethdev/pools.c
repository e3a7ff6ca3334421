// SPDX-License-Identifier: BSD-3-Clause
// The pools that a port receives from, made when it initializes, and again at a restart when those who send on
// what it receives want more room in it.
#include <stdio.h>
#include <string.h>

#include "ethdev_priv.h"
#include "nimbl_log.h"
#include "nimbl_mem.h"

#define ETHDEV_POOL_TAG 0x64687465u // "ethd" as the debugger shows it

static void pools_release(NDIS_HANDLE *pools, uint16_t count)
{
	while (count > 0)
		nimbl_pool_release(pools[--count]);
}

// Memory on one node and the lcore that works on it on another cost what the distance says.
static void remote_say(const struct ethdev *dev, int node)
{
	for (uint16_t q = 0; q < dev->rx_count; q++) {
		unsigned int lcore = (unsigned int)(dev->rxqs[q].counters - dev->counters);
		int here = (int)rte_lcore_to_socket_id(lcore);

		if (node >= 0 && here != node)
			nimbl_log(NIMBL_LOG_WARNING,
				"%s: its pool is on NUMA node %d, lcore %u that receives on node %d "
				"(distance %d)",
				nimbl_object_name(dev->adapter), node, lcore, here,
				nimbl_numa_distance(node, here));
	}
}

// What lists received should leave before their data beyond what PMDs leave.
static uint32_t lead_wanted(const struct ethdev *dev)
{
	uint32_t wanted = nimbl_room_wanted(dev->adapter).data_bytes;

	return wanted > RTE_PKTMBUF_HEADROOM
		       ? RTE_ALIGN_CEIL(wanted - RTE_PKTMBUF_HEADROOM, RTE_CACHE_LINE_SIZE)
		       : 0;
}

static uint32_t context_wanted(const struct ethdev *dev)
{
	return RTE_ALIGN_CEIL(
		nimbl_room_wanted(dev->adapter).context_bytes, MEMORY_ALLOCATION_ALIGNMENT);
}

static void room_report(const struct ethdev *dev)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(dev->pools[0], &info);
	nimbl_room_report(dev->adapter, &(struct nimbl_room){.data_bytes = info.headroom,
						.context_bytes = info.context_bytes});
}

int ethdev_pools_open(struct ethdev *dev)
{
	bool reuse = nimbl_option_u32(dev->adapter, "reuse", 0) != 0;
	int node = (int)nimbl_option_u32(
		dev->adapter, "node", (uint32_t)rte_eth_dev_socket_id(dev->port_id));
	uint32_t lists = nimbl_option_u32(dev->adapter, "lists", 2048);
	const char *name = nimbl_option(dev->adapter, "pool", "rx");
	uint16_t pools = reuse ? dev->rx_count : 1;
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			},
		.fAllocateNetBuffer = TRUE,
		.PoolTag = ETHDEV_POOL_TAG,
		.ContextSize = (USHORT)RTE_MIN(context_wanted(dev), (uint32_t)UINT16_MAX),
		.DataSize = lead_wanted(dev) + RTE_PKTMBUF_HEADROOM +
			    nimbl_option_u32(dev->adapter, "data_size", 2048),
	};

	for (uint16_t i = 0; i < pools; i++) {
		char unique[32];
		struct nimbl_pool_options options = {
			.name = unique,
			.capacity = lists / pools,
			.ops = reuse ? NULL : nimbl_option(dev->adapter, "ops", NULL),
			.cache = nimbl_option_u32(dev->adapter, "cache", 256),
			.reuse = reuse,
			.owner_lcore = (uint32_t)(dev->rxqs[i].counters - dev->counters),
			.node = node,
			.lead_bytes = lead_wanted(dev),
		};

		snprintf(unique, sizeof(unique), pools > 1 ? "%.24s.%u" : "%.24s", name, i);
		dev->pools[i] = nimbl_nbl_pool_open(dev->adapter, &parameters, &options);
		if (dev->pools[i] == NULL) {
			ethdev_pools_release(dev);
			return -nimbl_last_error()->code;
		}
		dev->pool_count++;
	}
	dev->cut_pool = nimbl_pool_mempool(dev->pools[0]);
	room_report(dev);
	remote_say(dev, node);
	return 0;
}

void ethdev_pools_release(struct ethdev *dev)
{
	pools_release(dev->pools, dev->pool_count);
	dev->pool_count = 0;
}

bool ethdev_pools_fit(const struct ethdev *dev)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(dev->pools[0], &info);
	return info.headroom >= lead_wanted(dev) + RTE_PKTMBUF_HEADROOM &&
	       info.context_bytes >= context_wanted(dev);
}

static void pools_restore(struct ethdev *dev, const NDIS_HANDLE *pools, uint16_t count)
{
	memcpy(dev->pools, pools, count * sizeof(pools[0]));
	dev->pool_count = count;
	dev->cut_pool = nimbl_pool_mempool(pools[0]);
	room_report(dev);
}

// What another port's PMD still holds of the old pools keeps these until it comes home.
int ethdev_pools_remake(struct ethdev *dev)
{
	NDIS_HANDLE before[ETHDEV_QUEUES_MAX];
	uint16_t count = dev->pool_count;
	struct rte_eth_dev_info info;

	memcpy(before, dev->pools, sizeof(before));
	dev->pool_count = 0;
	int ret = ethdev_pools_open(dev);
	if (ret < 0) {
		pools_restore(dev, before, count);
		return ret;
	}
	rte_eth_dev_info_get(dev->port_id, &info);
	ret = ethdev_queues_setup(dev, &info, NULL);
	if (ret < 0) {
		struct nimbl_error error = *nimbl_last_error();

		ethdev_pools_release(dev);
		pools_restore(dev, before, count);
		ethdev_queues_setup(dev, &info, NULL);
		nimbl_fail(error.code, "%s", error.cause);
		nimbl_mend("%s", error.mend);
		return ret;
	}
	pools_release(before, count);
	nimbl_log(NIMBL_LOG_NOTICE, "%s: pools made again: %u bytes of headroom, %u of context",
		nimbl_object_name(dev->adapter), lead_wanted(dev) + RTE_PKTMBUF_HEADROOM,
		context_wanted(dev));
	return 0;
}
