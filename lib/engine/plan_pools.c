// SPDX-License-Identifier: BSD-3-Clause
// How many lists a port needs, so that neither its own descriptors nor those of the port that sends
// them on can run it dry; and the memory of it all.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_mbuf.h"
#include "nimbl_mem.h"
#include "nimbl_offload.h"
#include "plan.h"

#define CACHE_DEFAULT  256u
#define RING_SLOTS     1024u // frames that a net_ring or loopback queue holds between send and receive
#define CUT_LISTS      4u    // per descriptor: header and payload, on the ring and waiting
#define HANDOFF_BURSTS 16u // on the ring of a transmit lcore before it should have caught up

static uint32_t cpus_of(const struct plan *plan)
{
	return plan->lcore_count + 1u;
}

// Large sends come from drivers that were promised it, or from a peer that joins what it receives.
static bool cuts_large_sends(const struct nimbl_conf_port *port, const struct nimbl_conf_port *peer)
{
	const uint32_t joins = NIMBL_OFFLOAD_BIT(LRO) | NIMBL_OFFLOADS_AUTO;

	return (port->offloads & (NIMBL_OFFLOAD_BIT(TSO) | NIMBL_OFFLOADS_AUTO)) != 0 ||
	       (peer != NULL && (peer->offloads & joins) != 0);
}

// What is sent through such a port waits in it to be received. Of a driver that we do not know nobody can
// tell, so it is thought to.
static bool keeps_frames(const struct nimbl_conf_port *port)
{
	return port->miniport.name[0] != '\0' || strncmp(port->device, "net_ring", 8) == 0;
}

// What filters of a port hold of frames on their way, each lcore so many: their setting `limit`.
static uint32_t held_on(const struct plan *plan, const struct nimbl_conf_port *port)
{
	const struct nimbl_conf *conf = plan->conf;
	uint64_t held = 0;

	for (uint16_t i = 0; i < conf->filter_count; i++) {
		const struct nimbl_conf_filter *filter = &conf->filters[i];

		for (uint16_t s = 0; s < filter->setting_count; s++) {
			if (filter->port == port - conf->ports &&
				strcmp(filter->settings[s].key, "limit") == 0)
				held += strtoul(filter->settings[s].value, NULL, 0);
		}
	}
	return (uint32_t)RTE_MIN(held * plan->lcore_count, NIMBL_GROWTH_LIMIT);
}

static struct plan_need need_of(const struct plan *plan, uint16_t i)
{
	const struct nimbl_conf_port *port = &plan->conf->ports[i];
	const struct plan_port *mine = &plan->ports[i];
	const struct nimbl_conf_port *to = mine->peer != NULL ? mine->peer : port;
	const struct plan_port *out = &plan->ports[to - plan->conf->ports];
	struct plan_need need = {
		.receive = (uint32_t)mine->rx_count * port->rx_descriptors,
		.transmit = (uint32_t)out->tx_count * to->tx_descriptors,
		.flight = plan->lcore_count * 2u * plan->conf->burst,
		.lcores = cpus_of(plan),
	};

	need.backlog = need.transmit;
	if (plan->pipeline)
		need.flight += HANDOFF_BURSTS * plan->conf->burst;
	if (keeps_frames(to))
		need.ring = out->rx_count * RING_SLOTS;
	if (port->miniport.name[0] != '\0' && to != port) // copies of what may not stay
		need.ring += mine->rx_count * RING_SLOTS;
	// On their way up here, or down at the peer.
	need.held = held_on(plan, port) + (to != port ? held_on(plan, to) : 0);
	if (cuts_large_sends(port, mine->peer))
		need.cut = CUT_LISTS * mine->tx_count * port->tx_descriptors;
	return need;
}

static uint32_t need_sum(const struct plan_need *need)
{
	return need->receive + need->transmit + need->backlog + need->ring + need->cut +
	       need->held + need->flight;
}

static uint32_t cached(uint32_t cache, uint32_t lcores)
{
	return (cache + cache / 2) * lcores;
}

// The largest cache that leaves enough lists outside the caches.
static uint32_t cache_fit(uint32_t lists, const struct plan_need *need)
{
	uint32_t spare = lists - need_sum(need), cache = spare * 2 / 3 / need->lcores;

	return RTE_MIN(cache, CACHE_DEFAULT);
}

static void arithmetic_write(struct plan_port *port, const struct plan_need *need, const char *to)
{
	char ring[48] = "", cut[48] = "", held[48] = "", caches[64] = "";

	if (need->ring > 0)
		snprintf(ring, sizeof(ring), " + %u in its rings", need->ring);
	if (need->cut > 0)
		snprintf(cut, sizeof(cut), " + %u to cut large sends into", need->cut);
	if (need->held > 0)
		snprintf(held, sizeof(held), " + %u in queues of filters", need->held);
	if (port->cache > 0)
		snprintf(caches, sizeof(caches), " + %u lcores x %u cached", need->lcores,
			cached(port->cache, 1));
	snprintf(port->arithmetic, sizeof(port->arithmetic),
		"%u receive descriptors + %u transmit descriptors and %u waiting at '%s'%s%s%s"
		" + %u in flight%s = %u lists",
		need->receive, need->transmit, need->backlog, to, ring, cut, held, need->flight,
		caches, need_sum(need) + cached(port->cache, need->lcores));
}

static int too_small(
	const struct plan *plan, uint16_t i, const struct nimbl_conf_pool *pool, uint32_t least)
{
	nimbl_fail(EINVAL, "pool '%s' is too small: size %u, but %s", pool->name, pool->size,
		plan->ports[i].arithmetic);
	nimbl_mend("'size: auto' computes it; the least here is %u, or use fewer descriptors or a "
		   "smaller 'cache'",
		least);
	return plan_port_fails(plan, i, -EINVAL);
}

static int no_such_node(const struct plan *plan, uint16_t i, const struct nimbl_conf_pool *pool)
{
	nimbl_fail(EINVAL, "pool '%s': there is no NUMA node %u", pool->name, pool->node);
	nimbl_mend("this machine has %u, numbered from 0; 'node: auto' takes the port's",
		nimbl_numa_nodes());
	return plan_port_fails(plan, i, -EINVAL);
}

static int port_pool(struct plan *plan, uint16_t i)
{
	const struct nimbl_conf_port *conf = &plan->conf->ports[i];
	const struct nimbl_conf_pool *pool = &plan->conf->pools[conf->pool];
	struct plan_port *port = &plan->ports[i];
	const char *to = port->peer != NULL ? port->peer->name : conf->name;
	struct plan_need need = need_of(plan, i);
	uint32_t cache = pool->cache;

	if (pool->node != NIMBL_CONF_AUTO && pool->node >= nimbl_numa_nodes())
		return no_such_node(plan, i, pool);
	if (cache == NIMBL_CONF_AUTO)
		cache = pool->reclaim == NIMBL_POOL_RETURN_REUSE ? 0 : CACHE_DEFAULT;
	port->need = need;
	port->cache = cache;
	port->lists = need_sum(&need) + cached(cache, need.lcores);
	if (pool->size != 0) {
		if (pool->cache == NIMBL_CONF_AUTO)
			port->cache = pool->size > need_sum(&need) && cache > 0
					      ? cache_fit(pool->size, &need)
					      : 0;
		arithmetic_write(port, &need, to);
		uint32_t least = need_sum(&need) + cached(port->cache, need.lcores);
		if (pool->size < least)
			return too_small(plan, i, pool, least);
		port->lists = pool->size;
	}
	arithmetic_write(port, &need, to);
	// A pool for each queue takes its part, so the parts must come out even.
	port->lists = RTE_ALIGN_CEIL(port->lists, 64u * port->rx_count);
	port->list_bytes = RTE_ALIGN_CEIL((uint32_t)sizeof(struct rte_mbuf) + NIMBL_NB_BYTES +
						  NIMBL_MDL_BYTES + NIMBL_NBL_BYTES +
						  RTE_PKTMBUF_HEADROOM + pool->data_size,
				   64u) +
			   64u;
	return 0;
}

// Rings, device data, counters: measured with all the virtual devices, then doubled.
#define MEMORY_BASE     (16ull << 20)
#define MEMORY_PER_PORT (2ull << 20)

int plan_pools(struct plan *plan)
{
	uint64_t lists_bytes = 0;

	for (uint16_t i = 0; i < plan->conf->port_count; i++) {
		int ret = port_pool(plan, i);

		if (ret < 0)
			return ret;
		// A list more of room each for the spread over memory channels that mempool adds.
		lists_bytes += (uint64_t)plan->ports[i].lists * (plan->ports[i].list_bytes + 256);
	}
	plan->pool_bytes = lists_bytes;
	plan->memory_bytes = MEMORY_BASE + plan->conf->port_count * MEMORY_PER_PORT + lists_bytes;
	if (plan->conf->memory_bytes == 0)
		return 0;
	if (plan->conf->memory_bytes < plan->memory_bytes) {
		nimbl_fail(EINVAL,
			"%s: memory: %llu MiB is too little: the pools take %llu MiB, all "
			"together %llu MiB",
			plan->conf->file, (unsigned long long)(plan->conf->memory_bytes >> 20),
			(unsigned long long)(lists_bytes >> 20),
			(unsigned long long)((plan->memory_bytes >> 20) + 1));
		nimbl_mend(
			"'memory: auto' computes it; smaller pools: fewer descriptors, smaller 'data_size'");
		return -EINVAL;
	}
	plan->memory_bytes = plan->conf->memory_bytes;
	return 0;
}
