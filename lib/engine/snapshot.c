// SPDX-License-Identifier: BSD-3-Clause
// All figures at one moment.
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine_priv.h"
#include "nimbl_nbl.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Queues and who polls them, as planned.
static void queues_view(const struct nimbl_engine *engine, uint16_t i, struct nimbl_port_view *view)
{
	const struct plan_port *plan = &engine->plan->ports[i];

	view->rx_queue_count = plan->rx_count;
	view->tx_queue_count = plan->tx_count;
	memcpy(view->rx_lcores, plan->rx_lcores, sizeof(view->rx_lcores));
	memcpy(view->tx_lcores, plan->tx_lcores, sizeof(view->tx_lcores));
	view->rx_descriptors = engine->conf->ports[i].rx_descriptors;
	view->tx_descriptors = engine->conf->ports[i].tx_descriptors;
}

// As the device took them, where its driver says so.
static void descriptors_view(struct nimbl_port_view *view)
{
	struct rte_eth_rxq_info rx;
	struct rte_eth_txq_info tx;

	if (rte_eth_rx_queue_info_get(view->port_id, 0, &rx) == 0 && rx.nb_desc > 0)
		view->rx_descriptors = rx.nb_desc;
	if (rte_eth_tx_queue_info_get(view->port_id, 0, &tx) == 0 && tx.nb_desc > 0)
		view->tx_descriptors = tx.nb_desc;
}

static void port_view(const struct nimbl_engine *engine, uint16_t i, struct nimbl_port_view *view)
{
	const struct nimbl_conf_port *conf = &engine->conf->ports[i];
	const struct nimbl_conf_port *peer = engine->plan->ports[i].peer;
	char name[RTE_ETH_NAME_MAX_LEN];
	struct nimbl_adapter_info info;
	struct nimbl_binding_info binding;
	struct rte_eth_dev_info dev;
	struct rte_eth_stats stats;

	nimbl_adapter_query(engine->adapters[i], &info);
	bool is_bound = nimbl_binding_query(engine->adapters[i], &binding);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(engine->plan->ports[i].devargs, ","),
		engine->plan->ports[i].devargs);
	*view = (struct nimbl_port_view){
		.name = conf->name,
		.device = conf->device[0] != '\0' ? conf->device : NULL,
		.driver = conf->miniport.name,
		.port_id = UINT16_MAX,
		.state = info.state,
		.link_up = info.link_up && engine->presence[i].why == NULL,
		.link_bps = info.link_bps,
		.mtu = info.mtu,
		.offloads = info.offloads,
		.counters = info.counters,
		.peer = peer != NULL ? peer->name : NULL,
		.protocol = is_bound ? binding.driver : NULL,
		.removals = engine->presence[i].removals,
		.gone_ms = presence_gone_ms(engine, i),
		.gone_why = engine->presence[i].why,
	};
	if (is_bound)
		view->figure_count = (uint16_t)nimbl_binding_figures(
			binding.binding, view->figures, RTE_DIM(view->figures));
	memcpy(view->mac, info.mac, sizeof(view->mac));
	queues_view(engine, i, view);
	if (rte_eth_dev_get_port_by_name(name, &view->port_id) < 0)
		return;
	descriptors_view(view);
	if (rte_eth_dev_info_get(view->port_id, &dev) == 0)
		view->driver = dev.driver_name;
	if (rte_eth_stats_get(view->port_id, &stats) == 0) {
		view->rx_missed = stats.imissed;
		view->rx_no_buffer = stats.rx_nombuf;
		view->rx_errors = stats.ierrors;
		view->tx_errors = stats.oerrors;
	}
}

static int pool_view(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_snapshot *snapshot = arg;
	struct nimbl_pool_info info;

	if (snapshot->pool_count == RTE_DIM(snapshot->pools))
		return 1;
	struct nimbl_pool_view *view = &snapshot->pools[snapshot->pool_count++];
	nimbl_pool_query(pool, &info);
	snprintf(view->name, sizeof(view->name), "%s", info.name);
	snprintf(view->ops, sizeof(view->ops), "%s", info.ops);
	view->size = info.size;
	view->free = info.free;
	view->cache = info.cache;
	view->headroom = info.headroom;
	view->context_bytes = info.context_bytes;
	view->list_bytes = info.list_bytes;
	view->total_bytes = info.total_bytes;
	return 0;
}

// What goes into an edge is read after what came out of it, of all ports: then lcores that go on in
// between make more seem in flight, never less than nothing.
static void given_view(
	const struct nimbl_engine *engine, uint16_t i, struct nimbl_counters *counters)
{
	struct nimbl_adapter_info later;

	nimbl_adapter_query(engine->adapters[i], &later);
	counters->rx_frames = later.counters.rx_frames;
	counters->rx_bytes = later.counters.rx_bytes;
	counters->born = later.counters.born;
	counters->lists_indicated = later.counters.lists_indicated;
	counters->lists_sent = later.counters.lists_sent;
	counters->chains_posted = later.counters.chains_posted;
}

void nimbl_engine_snapshot(const struct nimbl_engine *engine, struct nimbl_snapshot *snapshot)
{
	if (engine->stopped) {
		*snapshot = engine->last;
		return;
	}
	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->time_ns = now_ns();
	snapshot->violations = nimbl_violations_count(NIMBL_VIOLATION_CODES);
	snapshot->quarantined = nimbl_verify_quarantined();
	snapshot->port_count = engine->conf->port_count;
	for (uint16_t i = 0; i < snapshot->port_count; i++)
		port_view(engine, i, &snapshot->ports[i]);
	for (uint16_t i = 0; i < snapshot->port_count; i++)
		given_view(engine, i, &snapshot->ports[i].counters);
	nimbl_pool_foreach(pool_view, snapshot);
	snapshot->lcore_count = engine->plan->lcore_count;
	for (uint16_t i = 0; i < snapshot->lcore_count; i++) {
		snapshot->lcores[i].lcore = engine->plan->lcores[i].id;
		nimbl_lcore_query(engine->plan->lcores[i].id, &snapshot->lcores[i].info);
	}
}
