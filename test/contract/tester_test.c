// SPDX-License-Identifier: BSD-3-Clause
// The protocol that sends and checks: its lists go strictly in order, come home in any, and are all home when a
// pause is over; what is refused is counted; what comes is checked and goes back.
#include <rte_alarm.h>
#include <rte_cycles.h>
#include <unistd.h>

#include "nimbl_signature.h"
#include "nimbl_tester.h"
#include "stack_make.h"

#define LISTS     64u
#define PATIENT_S 20u

struct bench {
	struct stack stack;
	struct nimbl_tester *tester;
	struct nimbl_flows *flows;
};

// A stream of port "a" with these settings ("count=100"), ended by NULL.
static void flow_add(struct bench *bench, const char *const *settings)
{
	char text[8][64];
	struct nimbl_option options[9] = {{"dst", "02:00:00:00:00:02"}, {NULL, NULL}};

	for (unsigned int i = 0; settings[i] != NULL; i++) {
		snprintf(text[i], sizeof(text[i]), "%s", settings[i]);
		*strchr(text[i], '=') = '\0';
		options[i + 1] = (struct nimbl_option){text[i], text[i] + strlen(text[i]) + 1};
		options[i + 2] = (struct nimbl_option){NULL, NULL};
	}
	if (nimbl_flows_add(bench->flows, "a", options) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

static void flows_give(struct bench *bench)
{
	const struct nimbl_flow *list[8];
	unsigned int count = nimbl_flows_count(bench->flows, "a");

	for (unsigned int i = 0; i < count; i++)
		list[i] = nimbl_flows_at(bench->flows, "a", i);
	assert_int_equal(nimbl_tester_send(bench->tester, "a", list, count), 0);
}

static void bench_bind(struct bench *bench)
{
	struct nimbl_option options[] = {{"name", "t"}, {"lists", "64"}, {NULL, NULL}};

	stack_begin(&bench->stack);
	if (nimbl_binding_open("tester", bench->stack.adapter, options, &bench->stack.binding) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_int_equal(nimbl_adapter_restart(bench->stack.adapter), 0);
	assert_int_equal(nimbl_binding_restart(bench->stack.binding), 0);
	assert_int_equal(nimbl_lcores_publish(), 0);
}

static void bench_open(struct bench *bench, const char *const *settings)
{
	memset(bench, 0, sizeof(*bench));
	assert_int_equal(nimbl_tester_open("t", &bench->tester), 0);
	assert_int_equal(nimbl_flows_open(&bench->flows), 0);
	flow_add(bench, settings);
	flows_give(bench);
	bench_bind(bench);
}

static void bench_unbind(struct bench *bench)
{
	assert_int_equal(nimbl_binding_pause(bench->stack.binding), 0);
	assert_int_equal(nimbl_adapter_pause(bench->stack.adapter), 0);
	nimbl_binding_close(bench->stack.binding);
	nimbl_adapter_close(bench->stack.adapter);
	assert_pools_whole();
}

static void bench_close(struct bench *bench)
{
	bench_unbind(bench);
	nimbl_tester_close(bench->tester);
	nimbl_flows_close(bench->flows);
}

static void turn(unsigned int rounds)
{
	nimbl_lcore_run(0, rounds);
}

// Turn until the miniport has `count` frames.
static void turn_until(struct bench *bench, uint32_t count)
{
	uint64_t end = rte_get_timer_cycles() + PATIENT_S * rte_get_timer_hz();

	while (bench->stack.mp->sent_count < count && rte_get_timer_cycles() < end)
		turn(1);
	assert_int_equal(bench->stack.mp->sent_count, count);
}

static void start(struct bench *bench)
{
	if (nimbl_tester_start(bench->tester) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

static struct nimbl_tester_view view_of(const struct bench *bench)
{
	struct nimbl_tester_view view;

	assert_int_equal(nimbl_tester_read(bench->tester, "a", &view), 0);
	return view;
}

static uint32_t bytes_read(const NET_BUFFER_LIST *nbl, uint8_t *bytes)
{
	return nimbl_nb_read(NET_BUFFER_LIST_FIRST_NB(nbl), 0, bytes, 2048);
}

static uint32_t sequence_of(const NET_BUFFER_LIST *nbl)
{
	struct nimbl_signature signature = {.stream = 0};
	uint8_t bytes[2048];

	assert_int_equal(nimbl_signature_read(bytes, bytes_read(nbl, bytes), &signature),
		NIMBL_SIGNATURE_GOOD);
	return signature.sequence;
}

// Take the oldest of the lists that the miniport has out of its hands.
static NET_BUFFER_LIST *take_sent(struct bench *bench)
{
	struct test_miniport *mp = bench->stack.mp;
	NET_BUFFER_LIST *nbl = mp->sent[0];

	assert_true(mp->sent_count > 0);
	memmove(mp->sent, mp->sent + 1, --mp->sent_count * sizeof(mp->sent[0]));
	return nbl;
}

static void complete(struct bench *bench, NET_BUFFER_LIST *nbl, NDIS_STATUS status)
{
	NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
	NET_BUFFER_LIST_STATUS(nbl) = status;
	NdisMSendNetBufferListsComplete(bench->stack.mp->adapter, nbl, 0);
}

static void complete_all(struct bench *bench)
{
	test_miniport_complete(bench->stack.mp, bench->stack.mp->sent_count, NDIS_STATUS_SUCCESS);
}

static void frames_leave_in_the_order_of_their_numbers(void **state)
{
	static const char *const settings[] = {"count=50", NULL};
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, 50);
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(sequence_of(bench.stack.mp->sent[i]), i);
	assert_false(nimbl_tester_is_done(bench.tester)); // lists are out
	complete_all(&bench);
	turn(2);
	assert_true(nimbl_tester_is_done(bench.tester));
	assert_int_equal(view_of(&bench).sent.frames, 50);
	assert_int_equal(view_of(&bench).sent.bytes, 50 * 64);
	bench_close(&bench);
}

static void a_list_goes_again_only_after_all_others(void **state)
{
	static const char *const settings[] = {"count=1000", NULL};
	NET_BUFFER_LIST *order[LISTS];
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, LISTS);
	memcpy(order, bench.stack.mp->sent, sizeof(order));
	turn(5);
	assert_int_equal(bench.stack.mp->sent_count, LISTS); // all are out
	for (uint32_t i = 0; i < 300; i++) {
		complete(&bench, take_sent(&bench), NDIS_STATUS_SUCCESS);
		turn(1);
		assert_int_equal(bench.stack.mp->sent_count, LISTS);
		assert_ptr_equal(bench.stack.mp->sent[LISTS - 1], order[i % LISTS]);
		assert_int_equal(sequence_of(order[i % LISTS]), LISTS + i);
	}
	nimbl_tester_stop(bench.tester);
	complete_all(&bench);
	turn(2);
	assert_true(nimbl_tester_is_done(bench.tester));
	assert_int_equal(view_of(&bench).sent.frames, LISTS + 300);
	assert_true(view_of(&bench).sent.starved > 0);
	bench_close(&bench);
}

static void lists_that_come_home_out_of_order_wait_for_those_before(void **state)
{
	static const char *const settings[] = {"count=1000", NULL};
	NET_BUFFER_LIST *first;
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, LISTS);
	first = take_sent(&bench);
	complete_all(&bench); // the last one first
	turn(3);
	assert_int_equal(bench.stack.mp->sent_count, 0);
	complete(&bench, first, NDIS_STATUS_SUCCESS);
	turn_until(&bench, LISTS);
	assert_ptr_equal(bench.stack.mp->sent[0], first);
	nimbl_tester_stop(bench.tester);
	complete_all(&bench);
	bench_close(&bench);
}

static void what_is_refused_is_not_sent(void **state)
{
	static const char *const settings[] = {"count=40", NULL};
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, 40);
	test_miniport_complete(bench.stack.mp, 7, NDIS_STATUS_RESOURCES);
	complete_all(&bench);
	turn(2);
	assert_true(nimbl_tester_is_done(bench.tester));
	assert_int_equal(view_of(&bench).sent.frames, 33);
	assert_int_equal(view_of(&bench).sent.refused, 7);
	bench_close(&bench);
}

static bool is_completed;

static void complete_in_a_while(void *arg)
{
	is_completed = true;
	complete_all(arg);
}

static void a_pause_is_over_when_all_lists_are_home(void **state)
{
	static const char *const settings[] = {"count=1000", NULL};
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, LISTS);
	is_completed = false;
	assert_int_equal(rte_eal_alarm_set(50000, complete_in_a_while, &bench), 0);
	assert_int_equal(nimbl_binding_pause(bench.stack.binding), 0);
	assert_true(is_completed);
	turn(3);
	assert_int_equal(bench.stack.mp->sent_count, 0); // nothing while it is paused
	assert_int_equal(nimbl_binding_restart(bench.stack.binding), 0);
	turn_until(&bench, LISTS); // the trial goes on
	assert_int_equal(sequence_of(bench.stack.mp->sent[0]), LISTS);
	nimbl_tester_stop(bench.tester);
	complete_all(&bench);
	bench_close(&bench);
}

static void what_is_received_is_checked_and_goes_back(void **state)
{
	static const char *const settings[] = {"count=20", NULL};
	struct nimbl_tester_stream stream;
	struct bench bench;
	uint8_t frame[2048];

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, 20);
	for (uint32_t i = 0; i < 20; i++) {
		NET_BUFFER_LIST *nbl;
		uint32_t bytes = bytes_read(bench.stack.mp->sent[i], frame);

		if (i == 3)
			continue; // lost
		frame[50] ^= i == 5 ? 1 : 0;
		assert_int_equal(nimbl_nbl_get(bench.stack.mp->pool, &nbl, 1), 1);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = bytes;
		memcpy(NdisGetDataBuffer(nb, bytes, NULL, 1, 0), frame, bytes);
		nbl->SourceHandle = bench.stack.adapter;
		NdisMIndicateReceiveNetBufferLists(bench.stack.adapter, nbl,
			NDIS_DEFAULT_PORT_NUMBER, 1, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
	}
	complete_all(&bench);
	turn(2);
	assert_int_equal(bench.stack.mp->returned_count, 19);
	assert_int_equal(view_of(&bench).received, 19);
	assert_int_equal(view_of(&bench).check.corrupt, 1);
	assert_int_equal(nimbl_tester_stream(bench.tester, 0, &stream, NULL), 0);
	assert_int_equal(nimbl_checker_unique(&stream.received), 18);
	assert_int_equal(nimbl_checker_lost(&stream.received, stream.sent.frames), 2);
	bench_close(&bench);
}

static void frames_that_are_sent_are_born_and_those_received_consumed(void **state)
{
	static const char *const settings[] = {"count=100", "signature=false", NULL};
	struct nimbl_counters counters;
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, LISTS);
	complete_all(&bench);
	turn_until(&bench, 100 - LISTS);
	complete_all(&bench);
	bench.stack.mp->returned_count = 0;
	test_miniport_indicate(bench.stack.mp, 9, 0, 0, NULL);
	counters = stack_query(&bench.stack).counters;
	assert_int_equal(counters.born, 100);
	assert_int_equal(counters.consumed, 9);
	assert_int_equal(bench.stack.mp->returned_count, 9);
	bench_close(&bench);
}

static void lengths_that_vary_are_those_of_the_stream(void **state)
{
	static const char *const settings[] = {"count=200", "size=64..130", NULL};
	struct bench bench;
	uint8_t frame[2048];
	uint32_t seen = 0;

	bench_open(&bench, settings);
	start(&bench);
	while (seen < 200) {
		turn_until(&bench, RTE_MIN(LISTS, 200 - seen));
		for (uint32_t i = 0; i < bench.stack.mp->sent_count; i++, seen++) {
			assert_int_equal(sequence_of(bench.stack.mp->sent[i]), seen);
			assert_int_equal(bytes_read(bench.stack.mp->sent[i], frame),
				nimbl_flow_length(nimbl_flows_at(bench.flows, "a", 0), seen));
		}
		complete_all(&bench);
	}
	turn(2);
	assert_true(nimbl_tester_is_done(bench.tester));
	bench_close(&bench);
}

static void what_is_owed_is_told_where_lengths_vary(void **state)
{
	static const char *const settings[] = {
		"count=64", "size=64..1500", "rate=1Gbit/s L1", NULL};
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, 64);
	complete_all(&bench);
	turn(2);
	assert_int_equal(view_of(&bench).sent.asked, 64);
	bench_close(&bench);
	static const char *const slow[] = {"count=1000", "size=64..1400", "rate=1Gbit/s L2", NULL};

	bench_open(&bench, slow); // the port keeps the first 64
	start(&bench);
	turn_until(&bench, LISTS);
	for (unsigned int i = 0; i < 10000 && view_of(&bench).sent.asked < 1000; i++)
		rte_delay_us_sleep(1000);
	assert_int_equal(view_of(&bench).sent.asked, 1000);
	nimbl_tester_stop(bench.tester);
	complete_all(&bench);
	bench_close(&bench);
}

static void two_streams_share_a_port(void **state)
{
	static const char *const settings[] = {"count=30", NULL}, *const other[] = {"count=10",
									  "size=128", NULL};
	uint32_t next[2] = {0, 0};
	struct bench bench;

	bench_open(&bench, settings);
	flow_add(&bench, other);
	flows_give(&bench);
	start(&bench);
	turn_until(&bench, 40);
	for (uint32_t i = 0; i < 40; i++) {
		struct nimbl_signature signature = {.stream = 0};
		uint8_t frame[2048];
		uint32_t bytes = bytes_read(bench.stack.mp->sent[i], frame);

		assert_int_equal(
			nimbl_signature_read(frame, bytes, &signature), NIMBL_SIGNATURE_GOOD);
		assert_int_equal(bytes, signature.stream == 0 ? 60 : 124);
		assert_int_equal(signature.sequence, next[signature.stream]++);
	}
	assert_int_equal(next[1], 10);
	complete_all(&bench);
	bench_close(&bench);
}

static void trial_after_trial_on_one_engine(void **state)
{
	static const char *const settings[] = {"count=1000", NULL};
	const struct nimbl_tester_override how = {.frames = 12};
	struct bench bench;
	uint32_t first = 0;

	bench_open(&bench, settings);
	nimbl_tester_override(bench.tester, &how);
	for (unsigned int trial = 0; trial < 3; trial++) {
		start(&bench);
		assert_int_equal(nimbl_tester_start(bench.tester), -EBUSY);
		turn_until(&bench, 12);
		// No trial takes frames of an earlier one for its own.
		assert_true(trial == 0 || sequence_of(bench.stack.mp->sent[0]) > first + 65536);
		first = sequence_of(bench.stack.mp->sent[0]);
		complete_all(&bench);
		turn(2);
		assert_true(nimbl_tester_is_done(bench.tester));
		assert_int_equal(view_of(&bench).sent.frames, 12);
	}
	bench_close(&bench);
}

static void figures_outlive_the_port(void **state)
{
	static const char *const settings[] = {"count=5", NULL};
	struct bench bench;

	bench_open(&bench, settings);
	start(&bench);
	turn_until(&bench, 5);
	complete_all(&bench);
	bench_unbind(&bench);
	assert_int_equal(view_of(&bench).sent.frames, 5);
	assert_int_equal(nimbl_tester_start(bench.tester), -ENOTCONN);
	bench_bind(&bench); // and comes again
	start(&bench);
	turn_until(&bench, 5);
	complete_all(&bench);
	bench_close(&bench);
}

static int bind_with(NDIS_HANDLE adapter, const char *key, const char *value, NDIS_HANDLE *binding)
{
	struct nimbl_option options[] = {{key, value}, {NULL, NULL}};

	return nimbl_binding_open("tester", adapter, options, binding);
}

static void a_file_of_streams_starts_when_its_ports_run(void **state)
{
	static const char text[] = "streams: [{port: a, dst: 02:00:00:00:00:02, count: 30}]\n";
	char file[] = "/tmp/nimbl-tester-XXXXXX";
	int fd = mkstemp(file);
	struct bench bench = {.tester = NULL};
	NDIS_HANDLE adapter, binding;

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	stack_begin(&bench.stack);
	adapter = bench.stack.adapter;
	assert_int_equal(bind_with(adapter, "lists", "64", &binding), -EINVAL); // neither
	assert_int_equal(bind_with(adapter, "streams", "/nowhere.yaml", &binding), -ENOENT);
	assert_int_equal(bind_with(adapter, "streams", file, &bench.stack.binding), 0);
	assert_int_equal(nimbl_adapter_restart(adapter), 0);
	assert_int_equal(nimbl_binding_restart(bench.stack.binding), 0);
	assert_int_equal(nimbl_lcores_publish(), 0);
	turn_until(&bench, 30);
	complete_all(&bench);
	turn(2);
	// A pause and a restart do not begin it again.
	assert_int_equal(nimbl_binding_pause(bench.stack.binding), 0);
	assert_int_equal(nimbl_binding_restart(bench.stack.binding), 0);
	rte_delay_us_sleep(20000);
	turn(5);
	assert_int_equal(bench.stack.mp->sent_count, 0);
	bench_unbind(&bench);
	unlink(file);
}

static void what_cannot_be_is_refused(void **state)
{
	static const char *const settings[] = {"count=5", "size=9000", NULL};
	struct nimbl_option none[] = {{"name", "nobody"}, {NULL, NULL}};
	struct nimbl_tester_stream none_there;
	struct nimbl_tester *second;
	struct bench bench;
	NDIS_HANDLE binding;

	bench_open(&bench, settings);
	assert_int_equal(nimbl_tester_start(bench.tester), -EMSGSIZE);
	assert_int_equal(nimbl_tester_open("t", &second), -EEXIST);
	assert_int_equal(nimbl_tester_stream(bench.tester, 1, &none_there, NULL), -ENOENT);
	bench_close(&bench);
	stack_begin(&bench.stack);
	assert_int_equal(
		nimbl_binding_open("tester", bench.stack.adapter, none, &binding), -ENOENT);
	nimbl_adapter_close(bench.stack.adapter);
	assert_pools_whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_leave_in_the_order_of_their_numbers),
		cmocka_unit_test(a_list_goes_again_only_after_all_others),
		cmocka_unit_test(lists_that_come_home_out_of_order_wait_for_those_before),
		cmocka_unit_test(what_is_refused_is_not_sent),
		cmocka_unit_test(a_pause_is_over_when_all_lists_are_home),
		cmocka_unit_test(what_is_received_is_checked_and_goes_back),
		cmocka_unit_test(frames_that_are_sent_are_born_and_those_received_consumed),
		cmocka_unit_test(lengths_that_vary_are_those_of_the_stream),
		cmocka_unit_test(what_is_owed_is_told_where_lengths_vary),
		cmocka_unit_test(two_streams_share_a_port),
		cmocka_unit_test(trial_after_trial_on_one_engine),
		cmocka_unit_test(figures_outlive_the_port),
		cmocka_unit_test(a_file_of_streams_starts_when_its_ports_run),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, NULL);
}
