// SPDX-License-Identifier: BSD-3-Clause
// Filters that come and go while lcores forward at full load: nothing is lost, nothing comes back to
// whom it did not leave by, and every pool is exactly full whenever the stacks pause.
#include "pool_make.h"

#include <rte_ethdev.h>

#include "nimbl_bind.h"
#include "nimbl_engine.h"
#include "nimbl_lcore.h"
#include "test_filter.h"
#include "workers.h"

#define ROUNDS 1000u

#define CIRCLING 128u // frames on each net_ring port

struct pair {
	NDIS_HANDLE adapters[2], bindings[2];
	uint16_t ports[2];
	NDIS_HANDLE
	wire; // pool of frames that circle: what a net_ring port sends it receives; or NULL
};

static void pair_open(struct pair *pair, const char *kind, const char *completion)
{
	static unsigned int serial;
	static const char *const names[] = {"a", "b"};

	for (unsigned int i = 0; i < 2; i++) {
		char device[32];
		struct nimbl_option options[] = {{"device", device}, {"kind", "vdev"},
			{"rx_lcores", "1"}, {"tx_lcores", "1"}, {"lists", "2048"}, {"cache", "64"},
			{NULL, NULL}};

		snprintf(device, sizeof(device), "%s_f%u", kind, serial++);
		if (nimbl_adapter_open("ethdev", names[i], options, &pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
		assert_int_equal(rte_eth_dev_get_port_by_name(device, &pair->ports[i]), 0);
	}
	pair->wire = NULL;
	if (strcmp(kind, "net_ring") == 0)
		pair->wire = list_pool_with(TRUE, 2048, 0,
			&(struct nimbl_pool_options){
				.name = "wire", .capacity = 512, .node = NIMBL_NODE_ANY});
	for (unsigned int i = 0; i < 2; i++) {
		struct nimbl_option options[] = {{"port", names[i]}, {"peer", names[1 - i]},
			{"completion", completion}, {NULL, NULL}};

		assert_int_equal(nimbl_binding_open("xconnect", pair->adapters[i], options,
					 &pair->bindings[i]),
			0);
	}
}

// Put frames on the wire of a port that is started and held.
static void frames_inject(const struct pair *pair, uint16_t port)
{
	for (unsigned int i = 0; i < CIRCLING; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pair->wire));

		assert_non_null(m);
		assert_non_null(rte_pktmbuf_append(m, 60));
		assert_int_equal(rte_eth_tx_burst(port, 0, &m, 1), 1);
	}
}

static void pair_restart(struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_restart(pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
	// What one port receives the other sends: nothing may come before both wires are filled, for a
	// ring takes from one producer only.
	for (unsigned int i = 0; i < 2 && pair->wire != NULL; i++)
		frames_inject(pair, pair->ports[i]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair->adapters[i], false);
}

static void pair_pause(struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair->adapters[i], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_pause(pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
}

static int pool_view(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_snapshot *snapshot = arg;
	struct nimbl_pool_view *view = &snapshot->pools[snapshot->pool_count++];
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	view->size = info.size;
	view->free = info.free;
	return 0;
}

// The engine's own judge over what is at rest. Returns the frames received so far.
static uint64_t assert_balanced(const struct pair *pair)
{
	static struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;

	memset(&snapshot, 0, sizeof(snapshot));
	for (unsigned int i = 0; i < 2; i++) {
		struct nimbl_adapter_info info;

		nimbl_adapter_query(pair->adapters[i], &info);
		snapshot.ports[snapshot.port_count++].counters = info.counters;
	}
	nimbl_pool_foreach(pool_view, &snapshot);
	nimbl_ledger_compute(&snapshot, true, &ledger);
	assert_pools_whole(); // says which
	if (!ledger.balanced)
		fail_msg("%s", ledger.why);
	// But for what circles when all pauses: a net_ring port gives that up.
	for (unsigned int i = 0; i < NIMBL_DROP_COUNT; i++) {
		if (ledger.dropped[i] > 0 && (pair->wire == NULL || i != NIMBL_DROP_RX_PAUSED))
			fail_msg("%llu dropped: %s", (unsigned long long)ledger.dropped[i],
				nimbl_drop_text((enum nimbl_drop)i));
	}
	return ledger.received;
}

static NDIS_HANDLE insert(const struct pair *pair, unsigned int round)
{
	static const char *const drivers[] = {"pass", "count", "test_filter"};
	NDIS_HANDLE filter = NULL;
	char name[16];

	snprintf(name, sizeof(name), "f%u", round);
	if (nimbl_filter_insert(pair->adapters[round & 1], round % 3, drivers[round % 3], name,
		    NULL, &filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return filter;
}

// As the engine does: what is to go out through a stack that changes waits at the other port.
static void hold_other(const struct pair *pair, unsigned int round, bool held)
{
	nimbl_adapter_hold(pair->adapters[~round & 1], held);
	if (held)
		assert_int_equal(nimbl_lcores_publish(), 0);
}

static void change(const struct pair *pair, NDIS_HANDLE *filter, unsigned int round)
{
	hold_other(pair, round, true);
	if (*filter != NULL && nimbl_filter_remove(*filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	*filter = insert(pair, round);
	hold_other(pair, round, false);
}

// The last four that came stay, so that stacks of all heights are changed.
static void come_and_go(const char *kind, const char *completion)
{
	NDIS_HANDLE filters[4] = {NULL};
	struct pair pair;

	pair_open(&pair, kind, completion);
	pair_restart(&pair);
	assert_int_equal(nimbl_lcores_start(), 0);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		change(&pair, &filters[round % RTE_DIM(filters)], round);
		if (round % 10 == 9) {
			pair_pause(&pair);
			assert_balanced(&pair);
			pair_restart(&pair);
		}
	}
	pair_pause(&pair);
	nimbl_lcores_stop();
	assert_true(assert_balanced(&pair) > ROUNDS);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_binding_close(pair.bindings[i]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_close(pair.adapters[i]);
	assert_int_equal(nimbl_pools_reap(), 0);
	if (pair.wire != NULL)
		close_whole(pair.wire);
	assert_int_equal(test_filters_count(), 0);
}

static void filters_come_and_go_where_lists_are_handed_over(void **state)
{
	come_and_go("net_null", "handover");
}

static void filters_come_and_go_on_the_round_trip(void **state)
{
	come_and_go("net_null", "full");
}

static void filters_come_and_go_while_frames_circle_handed_over(void **state)
{
	come_and_go("net_ring", "handover");
}

static void filters_come_and_go_while_frames_circle_on_the_round_trip(void **state)
{
	come_and_go("net_ring", "full");
}

static int start(void **state)
{
	if (workers_start(2) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

// A test that failed has left the lcores running; EAL would wait for them for ever.
static int stop(void **state)
{
	nimbl_lcores_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_come_and_go_where_lists_are_handed_over),
		cmocka_unit_test(filters_come_and_go_on_the_round_trip),
		cmocka_unit_test(filters_come_and_go_while_frames_circle_handed_over),
		cmocka_unit_test(filters_come_and_go_while_frames_circle_on_the_round_trip),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
