// SPDX-License-Identifier: BSD-3-Clause
// Filters that come and go, and stacks that pause, while lcores forward at full load: nothing is lost,
// nothing comes back to whom it did not leave by, and every pool is exactly full after each of it. With
// each PMD all stacks pause 10 000 times, and 10 000 times a filter comes or goes.
#include "pair_make.h"

#include <rte_cycles.h>

#include "durations.h"
#include "test_filter.h"

#define ROUNDS   1000u // NIMBL_TEST_ROUNDS is another number
#define CIRCLING 128u  // frames on each net_ring port
#define PLACES   8

static struct durations pauses, changes;

struct load {
	struct pair pair;
	NDIS_HANDLE
	wire; // pool of frames that circle: what a net_ring port sends it receives; or NULL
	NDIS_HANDLE filters[PLACES]; // on either port in turn
};

static void load_open(struct load *load, const char *kind, const char *completion)
{
	*load = (struct load){.wire = NULL};
	pair_open(&load->pair, kind, completion, "1");
	if (strcmp(kind, "net_ring") == 0)
		load->wire = list_pool_with(TRUE, 2048, 0,
			&(struct nimbl_pool_options){
				.name = "wire", .capacity = 512, .node = NIMBL_NODE_ANY});
}

// Put frames on the wire of a port that is started and held.
static void frames_inject(const struct load *load, uint16_t port)
{
	for (unsigned int i = 0; i < CIRCLING; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(load->wire));

		assert_non_null(m);
		assert_non_null(rte_pktmbuf_append(m, 60));
		assert_int_equal(rte_eth_tx_burst(port, 0, &m, 1), 1);
	}
}

static void load_restart(struct load *load)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_restart(load->pair.adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
	// What one port receives the other sends: nothing may come before both wires are filled, for a
	// ring takes from one producer only.
	for (unsigned int i = 0; i < 2 && load->wire != NULL; i++)
		frames_inject(load, load->pair.ports[i]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(load->pair.adapters[i], false);
}

static uint64_t frames_received(const struct load *load)
{
	uint64_t frames = 0;

	for (unsigned int i = 0; i < 2; i++) {
		struct nimbl_adapter_info info;

		nimbl_adapter_query(load->pair.adapters[i], &info);
		frames += info.counters.rx_frames;
	}
	return frames;
}

// See frames come: an lcore that shares its CPU with others may take its time.
static void load_flow(const struct load *load)
{
	uint64_t before = frames_received(load);

	for (unsigned int us = 0; us < 10000000 && frames_received(load) == before; us += 10)
		rte_delay_us_sleep(10);
	assert_true(frames_received(load) > before);
}

static void load_pause(struct load *load)
{
	durations_begin(&pauses);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(load->pair.adapters[i], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_pause(load->pair.adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
	durations_end(&pauses);
}

static void assert_balanced(const struct load *load)
{
	struct nimbl_ledger ledger = pair_assert_balanced(&load->pair);

	// But for what circles when all pauses: a net_ring port gives that up.
	for (unsigned int i = 0; i < NIMBL_DROP_COUNT; i++) {
		if (ledger.dropped[i] > 0 && (load->wire == NULL || i != NIMBL_DROP_RX_PAUSED))
			fail_msg("%llu dropped: %s", (unsigned long long)ledger.dropped[i],
				nimbl_drop_text((enum nimbl_drop)i));
	}
}

static NDIS_HANDLE insert(NDIS_HANDLE adapter, unsigned int round)
{
	static const char *const drivers[] = {"pass", "count", "test_filter"};
	NDIS_HANDLE filter = NULL;
	char name[16];

	snprintf(name, sizeof(name), "f%u", round);
	if (nimbl_filter_insert(adapter, round % 3, drivers[round % 3], name, NULL, &filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return filter;
}

// A filter comes, or goes where one came before. As in the engine, what is to go out through a stack that
// changes waits at the other port.
static void change(struct load *load, unsigned int round)
{
	unsigned int place = round % PLACES;
	NDIS_HANDLE *filter = &load->filters[place], *adapters = load->pair.adapters;

	durations_begin(&changes);
	nimbl_adapter_hold(adapters[~place & 1], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	if (*filter == NULL)
		*filter = insert(adapters[place & 1], round);
	else if (nimbl_filter_remove(*filter) == 0)
		*filter = NULL;
	else
		fail_msg("%s", nimbl_last_error()->cause);
	nimbl_adapter_hold(adapters[~place & 1], false);
	durations_end(&changes);
}

static void load_close(struct load *load)
{
	pair_close(&load->pair);
	if (load->wire != NULL)
		close_whole(load->wire);
	assert_int_equal(test_filters_count(), 0);
}

static void come_and_go(const char *kind, const char *completion)
{
	unsigned int rounds = rounds_asked(ROUNDS);
	struct load load;

	load_open(&load, kind, completion);
	load_restart(&load);
	assert_int_equal(nimbl_lcores_start(), 0);
	for (unsigned int round = 0; round < rounds; round++) {
		load_flow(&load);
		change(&load, round);
		load_flow(&load);
		load_pause(&load);
		assert_balanced(&load);
		load_restart(&load);
	}
	load_pause(&load);
	nimbl_lcores_stop();
	assert_balanced(&load);
	load_close(&load);
	durations_print(&changes, "a change");
	durations_print(&pauses, "a pause of both stacks");
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
