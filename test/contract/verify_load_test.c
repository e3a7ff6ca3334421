// SPDX-License-Identifier: BSD-3-Clause
// The verifier while lcores forward at full load, through filters and drivers that break no rule: at no level
// does it find anything, levels change under way, and every pool is full after each of it.
#include "pair_make.h"

#include "nimbl_verify.h"

#define ROUNDS   40u
#define CIRCLING 128u // frames on each net_ring port
#define RUN_MS   5

static void assert_none_found(void)
{
	struct nimbl_violation violation;
	char text[256];

	if (!nimbl_violation_next(0, &violation))
		return;
	nimbl_violation_describe(&violation, text, sizeof(text));
	fail_msg("%s", text);
}

static void level_set(const struct pair *pair, unsigned int i, unsigned int level)
{
	const struct nimbl_verifier how = {
		.level = (enum nimbl_verify_level)level, .stuck_ms = 60000};

	// What is to go out there comes in at the other port, and waits in its device.
	nimbl_adapter_hold(pair->adapters[1 - i], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	if (nimbl_stack_verify(pair->adapters[i], &how) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	nimbl_adapter_hold(pair->adapters[1 - i], false);
}

// `late` where lists come back: so each send pends, and completions change their order.
static void filters_open(const struct pair *pair, bool late)
{
	const struct nimbl_option options[] = {{"hold", "20us"}, {"limit", "64"}, {NULL, NULL}};
	NDIS_HANDLE filter;

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			nimbl_filter_open("pass", pair->adapters[i], 0, "low", NULL, &filter), 0);
		assert_int_equal(
			nimbl_filter_open("count", pair->adapters[i], 1, "high", NULL, &filter), 0);
		if (late)
			assert_int_equal(nimbl_filter_open("late", pair->adapters[i], 1, "late",
						 options, &filter),
				0);
	}
}

static void wire_fill(const struct pair *pair, NDIS_HANDLE wire)
{
	for (unsigned int i = 0; i < 2 * CIRCLING; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(wire));

		assert_non_null(m);
		assert_non_null(rte_pktmbuf_append(m, 60));
		assert_int_equal(rte_eth_tx_burst(pair->ports[i % 2], 0, &m, 1), 1);
	}
}

static void pause_all(const struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair->adapters[i], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_stack_pause(pair->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
}

static void run(const char *kind, const char *completion, bool checked)
{
	NDIS_HANDLE wire = NULL;
	struct pair pair;

	nimbl_pools_set_checked(checked);
	nimbl_violations_clear();
	pair_open(&pair, kind, completion, "1");
	filters_open(&pair, strcmp(completion, "full") == 0);
	if (strcmp(kind, "net_ring") == 0)
		wire = list_pool_with(TRUE, 2048, 0,
			&(struct nimbl_pool_options){
				.name = "wire", .capacity = 512, .node = NIMBL_NODE_ANY});
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_stack_restart(pair.adapters[i]), 0);
	if (wire != NULL)
		wire_fill(&pair, wire);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair.adapters[i], false);
	assert_int_equal(nimbl_lcores_start(), 0);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		level_set(&pair, round % 2, (round / 2 + 1) % NIMBL_VERIFY_LEVELS);
		rte_delay_ms(RUN_MS);
		nimbl_verify_look();
		assert_none_found();
	}
	pause_all(&pair);
	nimbl_lcores_stop();
	assert_none_found();
	pair_assert_balanced(&pair);
	pair_close(&pair);
	if (wire != NULL)
		close_whole(wire);
	assert_none_found();
	nimbl_pools_set_checked(false);
}

static void lists_that_are_handed_over(void **state)
{
	run("net_null", "handover", false);
	run("net_null", "handover", true);
}

static void lists_on_the_round_trip(void **state)
{
	run("net_null", "full", false);
	run("net_null", "full", true);
}

static void frames_that_circle_handed_over(void **state)
{
	run("net_ring", "handover", false);
	run("net_ring", "handover", true);
}

static void frames_that_circle_on_the_round_trip(void **state)
{
	run("net_ring", "full", false);
	run("net_ring", "full", true);
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
		cmocka_unit_test(lists_that_are_handed_over),
		cmocka_unit_test(lists_on_the_round_trip),
		cmocka_unit_test(frames_that_circle_handed_over),
		cmocka_unit_test(frames_that_circle_on_the_round_trip),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
