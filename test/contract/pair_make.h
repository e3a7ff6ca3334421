// SPDX-License-Identifier: BSD-3-Clause
// Two ports of a PMD, cross-connected, for the tests that run lcores at full load.
#pragma once

#include <rte_ethdev.h>

#include "nimbl_bind.h"
#include "nimbl_engine.h"
#include "nimbl_lcore.h"
#include "pool_make.h"
#include "workers.h"

struct pair {
	NDIS_HANDLE adapters[2], bindings[2];
	uint16_t ports[2]; // of DPDK
};

// Devices of PMD `kind` ("net_null"), received on lcore 1, sent by `tx_lcores`.
static inline void pair_open(
	struct pair *pair, const char *kind, const char *completion, const char *tx_lcores)
{
	static unsigned int serial;
	static const char *const names[] = {"a", "b"};

	for (unsigned int i = 0; i < 2; i++) {
		char device[32];
		struct nimbl_option options[] = {{"device", device}, {"kind", "vdev"},
			{"rx_lcores", "1"}, {"tx_lcores", tx_lcores}, {"lists", "2048"},
			{"cache", "64"}, {NULL, NULL}};

		snprintf(device, sizeof(device), "%s_p%u", kind, serial++);
		if (nimbl_adapter_open("ethdev", names[i], options, &pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
		assert_int_equal(rte_eth_dev_get_port_by_name(device, &pair->ports[i]), 0);
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct nimbl_option options[] = {{"port", names[i]}, {"peer", names[1 - i]},
			{"completion", completion}, {NULL, NULL}};

		assert_int_equal(nimbl_binding_open("xconnect", pair->adapters[i], options,
					 &pair->bindings[i]),
			0);
	}
}

static inline void pair_close(struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++)
		nimbl_binding_close(pair->bindings[i]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_close(pair->adapters[i]);
	assert_int_equal(nimbl_pools_reap(), 0);
}

static inline int pair_pool_view(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_snapshot *snapshot = arg;
	struct nimbl_pool_view *view = &snapshot->pools[snapshot->pool_count++];
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	view->size = info.size;
	view->free = info.free;
	return 0;
}

// The engine's own judge over what is at rest.
static inline struct nimbl_ledger pair_assert_balanced(const struct pair *pair)
{
	static struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;

	memset(&snapshot, 0, sizeof(snapshot));
	for (unsigned int i = 0; i < 2; i++) {
		struct nimbl_adapter_info info;

		nimbl_adapter_query(pair->adapters[i], &info);
		snapshot.ports[snapshot.port_count++].counters = info.counters;
		assert_int_equal(info.counters.chains_posted, info.counters.chains_taken);
	}
	nimbl_pool_foreach(pair_pool_view, &snapshot);
	nimbl_ledger_compute(&snapshot, true, &ledger);
	assert_pools_whole(); // says which
	if (!ledger.balanced)
		fail_msg("%s", ledger.why);
	return ledger;
}
