// SPDX-License-Identifier: BSD-3-Clause
// The policer: its meter over simulated time, alone and shared by threads, against the rates that the
// RFCs promise; and what it does to lists.
#include <pthread.h>
#include <rte_cycles.h>

#include "packet_make.h"
#include "police/meter.h"

#define THREADS       4
#define SECONDS       20
#define CROWD_SECONDS 60u // simulated; long enough for threads to meet

// The meter over simulated time

static struct police_meter *meter_new(uint64_t rate, uint64_t burst, uint64_t peak, uint64_t excess)
{
	struct police_meter *meter = NULL;

	assert_int_equal(posix_memalign((void **)&meter, RTE_CACHE_LINE_SIZE, sizeof(*meter)), 0);
	memset(meter, 0, sizeof(*meter));
	assert_int_equal(police_meter_open(meter, rate, burst, peak, excess), 0);
	return meter;
}

static void expect_near(double got, double wanted)
{
	if (got < wanted * 0.98 || got > wanted * 1.02)
		fail_msg("%.0f is not within 2%% of %.0f", got, wanted);
}

// Offer frames of `offered` bit/s for so many seconds; the bytes of each color.
static void offer(struct police_meter *meter, double offered, double seconds, uint64_t bytes[3])
{
	uint64_t begin = rte_rdtsc(), hz = rte_get_tsc_hz();
	double sent = 0, most = offered / 8 * seconds;

	memset(bytes, 0, 3 * sizeof(bytes[0]));
	while (sent < most) {
		uint32_t lengths[POLICE_BURST];
		uint8_t colors[POLICE_BURST];
		unsigned int count = 1 + packet_random(POLICE_BURST);
		uint64_t now = begin + (uint64_t)(sent * 8 / offered * (double)hz);

		for (unsigned int i = 0; i < count; i++) {
			lengths[i] = 60 + packet_random(1440);
			sent += lengths[i];
		}
		police_meter_judge(meter, now, lengths, count, colors);
		for (unsigned int i = 0; i < count; i++)
			bytes[colors[i]] += lengths[i];
	}
}

static void one_rate_is_kept_within_two_percent(void **state)
{
	static const uint64_t rates[] = {
		64000, 1000000, 26100000, 100000000, 1000000000, 9990000000};

	for (size_t i = 0; i < RTE_DIM(rates); i++) {
		struct police_meter *meter = meter_new(rates[i], 65536, 0, 0);
		double seconds = 4e8 / (double)rates[i];
		uint64_t bytes[3];

		offer(meter, (double)rates[i] * 3, seconds, bytes);
		expect_near((double)bytes[RTE_COLOR_GREEN], (double)rates[i] / 8 * seconds + 65536);
		assert_int_equal(bytes[RTE_COLOR_YELLOW], 0);
		free(meter);
		meter = meter_new(rates[i], 262144, 0, 0);
		offer(meter, (double)rates[i] * 0.9, seconds, bytes);
		assert_int_equal(bytes[RTE_COLOR_RED], 0); // below the rate nothing is lost
		free(meter);
	}
}

static void two_rates_part_three_colors(void **state)
{
	struct police_meter *meter = meter_new(10000000, 65536, 30000000, 65536);
	uint64_t bytes[3];

	offer(meter, 80000000, SECONDS, bytes);
	expect_near((double)bytes[RTE_COLOR_GREEN], 10000000 / 8.0 * SECONDS + 65536);
	expect_near((double)(bytes[RTE_COLOR_GREEN] + bytes[RTE_COLOR_YELLOW]),
		30000000 / 8.0 * SECONDS + 65536);
	free(meter);
}

static void what_was_saved_is_yellow(void **state)
{
	struct police_meter *meter = meter_new(1000000, 10000, 0, 20000);
	uint32_t lengths[POLICE_BURST];
	uint8_t colors[POLICE_BURST];
	uint64_t seen[3] = {0};

	for (unsigned int i = 0; i < POLICE_BURST; i++)
		lengths[i] = 1000;
	police_meter_judge(meter, rte_rdtsc(), lengths, POLICE_BURST, colors);
	for (unsigned int i = 0; i < POLICE_BURST; i++)
		seen[colors[i]]++;
	assert_in_range(seen[RTE_COLOR_GREEN], 10, 11);
	assert_in_range(seen[RTE_COLOR_YELLOW], 20, 21);
	free(meter);
}

// A clock that is behind fills no bucket.
static void time_that_goes_back_allows_nothing(void **state)
{
	struct police_meter *meter = meter_new(1000000, 10000, 0, 0);
	uint64_t now = rte_rdtsc();
	uint32_t length = 10000;
	uint8_t color;

	police_meter_judge(meter, now, &length, 1, &color);
	assert_int_equal(color, RTE_COLOR_GREEN);
	police_meter_judge(meter, now - rte_get_tsc_hz(), &length, 1, &color);
	assert_int_equal(color, RTE_COLOR_RED);
	free(meter);
}

struct crowd {
	struct police_meter *meter;
	uint64_t now, end, step; // of the simulated clock, which all advance together
	uint64_t green, judged;
	pthread_barrier_t start;
};

static struct crowd crowd;

static void *crowd_run(void *arg)
{
	uint64_t green = 0, judged = 0;

	nimbl_self = (uint32_t)(uintptr_t)arg;
	pthread_barrier_wait(&crowd.start);
	for (;;) {
		uint64_t now = __atomic_fetch_add(&crowd.now, crowd.step, __ATOMIC_RELAXED);
		uint32_t length = 400;
		uint8_t color;

		if (now >= crowd.end)
			break;
		police_meter_judge(crowd.meter, now, &length, 1, &color);
		green += color == RTE_COLOR_GREEN ? length : 0;
		judged += length;
	}
	__atomic_fetch_add(&crowd.green, green, __ATOMIC_RELAXED);
	__atomic_fetch_add(&crowd.judged, judged, __ATOMIC_RELAXED);
	return NULL;
}

// Threads as lcores, and two without: together they get the rate once.
static void threads_share_one_rate(void **state)
{
	uint64_t hz = rte_get_tsc_hz(), begin = rte_rdtsc();
	pthread_t threads[THREADS + 2];

	eal_harness_any_cpu();
	crowd = (struct crowd){.meter = meter_new(100000000, 65536, 0, 0),
		.now = begin,
		.end = begin + CROWD_SECONDS * hz,
		.step = hz / 100000};
	assert_int_equal(pthread_barrier_init(&crowd.start, NULL, THREADS + 2), 0);
	for (uintptr_t i = 0; i < THREADS + 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, crowd_run,
					 (void *)(i < THREADS ? i : RTE_MAX_LCORE)),
			0);
	for (int i = 0; i < THREADS + 2; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(crowd.judged, 40 * CROWD_SECONDS * 999999,
		40 * CROWD_SECONDS * 1000001); // more than thrice the rate
	expect_near((double)crowd.green, 100000000 / 8.0 * CROWD_SECONDS + 65536);
	free(crowd.meter);
}

// Lists

static const struct nimbl_option slow[] = {{"rate", "8k"}, {"burst", "10K"}, {NULL, NULL}};

static uint64_t drops(const struct packet_stack *ps)
{
	return stack_dropped(&ps->stack, NIMBL_DROP_POLICED);
}

// A kilobyte a second comes after the burst: a test that takes ten seconds would still pass.
static void what_is_above_the_burst_is_dropped_and_counted(void **state)
{
	static const ULONG ways[] = {0, NIMBL_RECEIVE_FLAGS_HANDOVER, NDIS_RECEIVE_FLAGS_RESOURCES};
	struct packet packet = {.length = 500};

	for (int way = 0; way < 3; way++) {
		NET_BUFFER_LIST *lists[100];
		struct packet_stack ps;

		packet_stack_open(&ps, "police", slow);
		ps.stack.user->on_receive = packet_on_receive;
		for (int i = 0; i < 100; i++)
			lists[i] = packet_received(ps.received, &packet);
		NdisMIndicateReceiveNetBufferLists(
			ps.stack.adapter, test_chain(lists, 100), 0, 100, ways[way]);
		for (int i = 0; i < 100 && way == 2; i++)
			NdisFreeNetBufferList(lists[i]);
		assert_in_range(packet_out.count, 20, 40);
		assert_int_equal(drops(&ps), 100 - packet_out.count);
		assert_int_equal(packet_figure(&ps, "rx_green"), packet_out.count);
		assert_int_equal(packet_figure(&ps, "rx_green_bytes"), 500 * packet_out.count);
		assert_int_equal(packet_figure(&ps, "rx_red"), drops(&ps));
		assert_int_equal(packet_figure(&ps, "rx_red_bytes"), 500 * drops(&ps));
		assert_int_equal(packet_figure(&ps, "tx_green"), 0);
		packet_out.count = 0;
		packet_stack_close(&ps);
	}
}

// Of a list of more packets than a burst, those that fit go on, and the list comes back whole.
static void lists_of_many_packets_go_on_in_part(void **state)
{
	static const unsigned int counts[] = {1, 4, 64, 65, 200};
	static struct packet packets[200];

	for (unsigned int i = 0; i < 200; i++)
		packets[i].length = 500;
	for (size_t i = 0; i < RTE_DIM(counts); i++) {
		struct packet_stack ps;
		NET_BUFFER_LIST *nbl;
		uint32_t out;

		packet_stack_open(&ps, "police", slow);
		nbl = packets_list(ps.lists, ps.buffers, packets, counts[i]);
		nbl->SourceHandle = ps.stack.binding;
		test_send(ps.stack.user, &nbl, 1, 0);
		packet_take_sent(&ps, false);
		out = packet_out.count;
		packet_out.count = 0;
		assert_in_range(out, RTE_MIN(counts[i], 20u), RTE_MIN(counts[i], 40u));
		assert_int_equal(drops(&ps), counts[i] - out);
		assert_int_equal(packet_figure(&ps, "tx_green"), out);
		assert_int_equal(ps.stack.user->completed, 1);
		packets_free(nbl);
		packet_stack_close(&ps);
	}
}

static void red_may_pass_and_is_counted(void **state)
{
	const struct nimbl_option options[] = {{"rate", "8k"}, {"burst", "2K"}, {"red", "pass"},
		{"direction", "tx"}, {NULL, NULL}};
	struct packet packet = {.length = 500};
	NET_BUFFER_LIST *lists[20];
	struct packet_stack ps;

	packet_stack_open(&ps, "police", options);
	for (int i = 0; i < 20; i++) {
		lists[i] = packet_received(ps.received, &packet);
		lists[i]->SourceHandle = ps.stack.binding;
	}
	test_send(ps.stack.user, lists, 20, NIMBL_SEND_FLAGS_HANDOVER);
	packet_take_sent(&ps, true);
	assert_int_equal(packet_out.count, 20);
	packet_out.count = 0;
	assert_in_range(packet_figure(&ps, "tx_red"), 1, 16);
	assert_int_equal(drops(&ps), 0);
	packet_stack_close(&ps);
}

static void settings_that_do_not_fit_are_refused(void **state)
{
	const struct nimbl_option options[] = {{"rate", "2M"}, {"peak", "1M"}, {NULL, NULL}};
	struct stack stack;
	NDIS_HANDLE filter;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("police", stack.adapter, 0, "p", options, &filter), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "peak is below rate");
	assert_string_equal(nimbl_last_error()->setting, "peak");
	nimbl_adapter_close(stack.adapter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rate_is_kept_within_two_percent),
		cmocka_unit_test(two_rates_part_three_colors),
		cmocka_unit_test(what_was_saved_is_yellow),
		cmocka_unit_test(time_that_goes_back_allows_nothing),
		cmocka_unit_test(threads_share_one_rate),
		cmocka_unit_test(what_is_above_the_burst_is_dropped_and_counted),
		cmocka_unit_test(lists_of_many_packets_go_on_in_part),
		cmocka_unit_test(red_may_pass_and_is_counted),
		cmocka_unit_test(settings_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
