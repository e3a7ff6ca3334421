// SPDX-License-Identifier: BSD-3-Clause
// Lcores as threads, all on one CPU: started and stopped under full load without losing anything,
// and resting when there is nothing to do.
#include "pair_make.h"

#include <rte_cycles.h>
#include <time.h>

#include "ring_port.h"

#define ROUNDS 200u // NIMBL_TEST_ROUNDS is another number

static void pair_start(struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_adapter_restart(pair->adapters[i]), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_binding_restart(pair->bindings[i]), 0);
}

static void pair_pause(struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (nimbl_binding_pause(pair->bindings[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_adapter_pause(pair->adapters[i]), 0);
}

static void start_and_stop(const char *completion, const char *tx_lcores)
{
	unsigned int rounds = rounds_asked(ROUNDS);
	struct pair pair;

	pair_open(&pair, "net_null", completion, tx_lcores);
	for (unsigned int round = 0; round < rounds; round++) {
		pair_start(&pair);
		assert_int_equal(nimbl_lcores_start(), 0);
		rte_delay_us_sleep(round % 8 * 500);
		if (round % 2 == 1)
			pair_pause(&pair); // while the lcores run
		nimbl_lcores_stop();
		pair_pause(&pair);
		pair_assert_balanced(&pair);
	}
	assert_true(pair_assert_balanced(&pair).received > rounds);
	pair_close(&pair);
}

static void handing_over_loses_nothing_at_any_stop(void **state)
{
	start_and_stop("handover", "1");
}

static void the_round_trip_loses_nothing_at_any_stop(void **state)
{
	start_and_stop("full", "1");
}

static void from_receive_to_transmit_lcore_nothing_is_lost_handed_over(void **state)
{
	start_and_stop("handover", "2");
}

static void from_receive_to_transmit_lcore_nothing_is_lost_on_the_round_trip(void **state)
{
	start_and_stop("full", "2");
}

// What an end has sent belongs to the other, which may be unbound before it completes.
static void completions_survive_that_the_other_end_is_unbound(void **state)
{
	struct pair pair;

	pair_open(&pair, "net_null", "full", "1");
	pair_start(&pair);
	nimbl_lcore_run(1, 1);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_binding_pause(pair.bindings[i]), 0);
	nimbl_binding_close(pair.bindings[1]);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_adapter_pause(pair.adapters[i]), 0);
	assert_true(pair_assert_balanced(&pair).received > 0);
	nimbl_binding_close(pair.bindings[0]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_close(pair.adapters[i]);
}

static uint64_t cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct nimbl_lcore_info lcore_one(void)
{
	struct nimbl_lcore_info info;

	nimbl_lcore_query(1, &info);
	return info;
}

static uint64_t frames_of(const struct ring_port *port)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(port->adapter, &info);
	return info.counters.lists_indicated;
}

static void idle_open(struct ring_port *port, enum nimbl_rest rest)
{
	struct ring_port_options options = {.lcore = "1"};

	assert_int_equal(nimbl_lcores_init(32, rest), 0);
	if (ring_port_open(port, "idle", &options) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_int_equal(nimbl_lcores_start(), 0);
}

static void idle_close(struct ring_port *port)
{
	nimbl_lcores_stop();
	test_return_held(port->user);
	assert_int_equal(ring_port_close(port), 0);
}

static void an_lcore_without_traffic_sleeps_and_traffic_wakes_it(void **state)
{
	NDIS_HANDLE pool = list_pool_with(TRUE, 2048, 0,
		&(struct nimbl_pool_options){
			.name = "waker", .capacity = 64, .node = NIMBL_NODE_ANY});
	struct ring_port port;

	idle_open(&port, NIMBL_REST_SLEEP);
	rte_delay_us_sleep(50 * 1000); // let it fall asleep
	struct nimbl_lcore_info before = lcore_one();
	uint64_t used = cpu_us();
	rte_delay_us_sleep(300 * 1000);
	used = cpu_us() - used;
	assert_true(lcore_one().sleeps > before.sleeps + 20);
	assert_true(lcore_one().rounds > before.rounds);
	assert_in_range(used, 0, 100 * 1000);
	for (uint32_t burst = 1; burst <= 5; burst++) {
		for (int i = 0; i < 10; i++) {
			struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

			assert_non_null(rte_pktmbuf_append(m, 60));
			assert_true(ring_port_inject(&port, m));
		}
		for (int ms = 0; ms < 2000 && frames_of(&port) < 10 * burst; ms++)
			rte_delay_us_sleep(1000);
		assert_int_equal(frames_of(&port), 10 * burst);
	}
	assert_true(lcore_one().busy_rounds > before.busy_rounds);
	idle_close(&port);
	close_whole(pool);
}

// Where it had to be waited for, it would be awake for a round in each of these.
static void an_lcore_that_sleeps_is_not_waited_for(void **state)
{
	struct ring_port port;
	bool is_waited_for = true;

	idle_open(&port, NIMBL_REST_SLEEP);
	rte_delay_us_sleep(50 * 1000);
	for (unsigned int i = 0; i < 1000 && is_waited_for; i++) {
		uint64_t rounds = lcore_one().rounds;

		assert_int_equal(nimbl_lcores_publish(), 0);
		is_waited_for = lcore_one().rounds != rounds;
	}
	assert_false(is_waited_for);
	idle_close(&port);
}

static void an_lcore_that_may_not_sleep_does_not(enum nimbl_rest rest)
{
	struct ring_port port;

	idle_open(&port, rest);
	uint64_t sleeps = lcore_one().sleeps, rounds = lcore_one().rounds;
	rte_delay_us_sleep(50 * 1000);
	assert_int_equal(lcore_one().sleeps, sleeps);
	assert_true(lcore_one().rounds > rounds + 1000);
	idle_close(&port);
}

static void other_ways_of_resting_never_sleep(void **state)
{
	an_lcore_that_may_not_sleep_does_not(NIMBL_REST_NEVER);
	an_lcore_that_may_not_sleep_does_not(NIMBL_REST_PAUSE);
}

static void an_lcore_without_poll_objects_is_not_started(void **state)
{
	struct ring_port port;
	struct nimbl_lcore_info before, after;

	nimbl_lcore_query(2, &before);
	idle_open(&port, NIMBL_REST_NEVER);
	rte_delay_us_sleep(20 * 1000);
	nimbl_lcore_query(2, &after);
	assert_int_equal(after.rounds, before.rounds);
	assert_int_equal(after.polls, 0);
	assert_int_equal(lcore_one().polls, 1);
	idle_close(&port);
}

static VOID count_round(void *context, NDIS_POLL_DATA *data)
{
	++*(unsigned int *)context;
}

static void a_binding_may_have_poll_objects_which_run_while_its_adapter_does(void **state)
{
	static const NDIS_POLL_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NDIS_POLL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1},
		.PollHandler = count_round,
	};
	const PROCESSOR_NUMBER one = {.Number = 1};
	unsigned int rounds = 0;
	NDIS_POLL_HANDLE poll;
	uint32_t lcores[4];
	struct pair pair;

	pair_open(&pair, "net_null", "full", "1");
	assert_int_equal(NdisRegisterPoll(pair.bindings[0], &rounds, &characteristics, &poll),
		NDIS_STATUS_SUCCESS);
	NdisSetPollAffinity(poll, &one);
	assert_int_equal(nimbl_lcores_of(pair.bindings[0], lcores, 4), 1);
	assert_int_equal(lcores[0], 1);
	nimbl_lcore_run(1, 3);
	assert_int_equal(rounds, 0);
	pair_start(&pair);
	nimbl_lcore_run(1, 3);
	assert_int_equal(rounds, 3);
	pair_pause(&pair);
	rounds = 0; // the pause itself lets lcores turn
	nimbl_lcore_run(1, 3);
	assert_int_equal(rounds, 0);
	NdisDeregisterPoll(poll);
	pair_close(&pair);
}

static int start(void **state)
{
	if (workers_start(3) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handing_over_loses_nothing_at_any_stop),
		cmocka_unit_test(the_round_trip_loses_nothing_at_any_stop),
		cmocka_unit_test(from_receive_to_transmit_lcore_nothing_is_lost_handed_over),
		cmocka_unit_test(from_receive_to_transmit_lcore_nothing_is_lost_on_the_round_trip),
		cmocka_unit_test(completions_survive_that_the_other_end_is_unbound),
		cmocka_unit_test(an_lcore_without_traffic_sleeps_and_traffic_wakes_it),
		cmocka_unit_test(an_lcore_that_sleeps_is_not_waited_for),
		cmocka_unit_test(other_ways_of_resting_never_sleep),
		cmocka_unit_test(an_lcore_without_poll_objects_is_not_started),
		cmocka_unit_test(a_binding_may_have_poll_objects_which_run_while_its_adapter_does),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
