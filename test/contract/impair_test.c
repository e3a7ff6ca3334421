// SPDX-License-Identifier: BSD-3-Clause
// The impairing filter: each frame meets the fate that follows from the seed, every count is exact, and
// whatever waits comes home.
#include <rte_cycles.h>

#include "stack_make.h"

#define BATCH  32u
#define FRAMES 20000u

static NDIS_HANDLE sender; // pool of what the protocol sends

struct bench {
	struct stack stack;
	NDIS_HANDLE filter;
	NET_BUFFER_LIST *sent[BATCH];
	uint32_t sent_count;
};

static struct bench bench;

#define OPTION_TEXT_MAX 16

// "loss=10%" and so on, ends with NULL.
static void bench_open(const char *const *settings)
{
	char text[OPTION_TEXT_MAX][64];
	struct nimbl_option options[OPTION_TEXT_MAX + 1] = {{NULL, NULL}};

	for (unsigned int i = 0; settings[i] != NULL; i++) {
		snprintf(text[i], sizeof(text[i]), "%s", settings[i]);
		*strchr(text[i], '=') = '\0';
		options[i] = (struct nimbl_option){text[i], text[i] + strlen(text[i]) + 1};
	}
	memset(&bench, 0, sizeof(bench));
	stack_begin(&bench.stack);
	if (nimbl_filter_open("impair", bench.stack.adapter, 0, "impair", options, &bench.filter) <
		0)
		fail_msg("%s", nimbl_last_error()->cause);
	stack_bind(&bench.stack);
	assert_int_equal(nimbl_adapter_restart(bench.stack.adapter), 0);
	assert_int_equal(nimbl_filter_restart(bench.filter), 0);
	assert_int_equal(nimbl_binding_restart(bench.stack.binding), 0);
	assert_int_equal(nimbl_lcores_publish(), 0);
}

static uint64_t figure(const char *name)
{
	struct nimbl_figure figures[64];
	unsigned int count = nimbl_filter_figures(bench.filter, figures, RTE_DIM(figures));

	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value;
	}
	fail_msg("there is no figure '%s'", name);
	return 0;
}

// What came in has left, was dropped, or was taken.
static void assert_ledger(uint64_t came, uint64_t went)
{
	struct nimbl_counters counters = stack_query(&bench.stack).counters;

	assert_int_equal(
		came + counters.born, went + counters.consumed + nimbl_counters_dropped(&counters));
}

static void bench_close(void)
{
	assert_int_equal(nimbl_binding_pause(bench.stack.binding), 0);
	assert_int_equal(nimbl_filter_pause(bench.filter), 0);
	assert_int_equal(nimbl_adapter_pause(bench.stack.adapter), 0);
	nimbl_binding_close(bench.stack.binding);
	nimbl_adapter_close(bench.stack.adapter);
	assert_pool_whole(sender);
	assert_pools_whole();
}

static void turn(unsigned int rounds)
{
	nimbl_lcore_run(0, rounds);
}

// The model: what shall become of frames, told by the documents and not by the filter's own code.

struct fate {
	uint32_t frame;
	bool is_bad;
};

struct model {
	uint64_t seed;
	unsigned int direction;
	double loss, duplicate, reorder, corrupt;
	uint32_t burst, by;
	struct fate out[2 * FRAMES];
	uint32_t count, lost, duplicated, reordered, corrupted;
	struct {
		struct fate fate;
		uint32_t left;
		bool overtaken;
	} back[64];
	uint32_t backs;
};

static uint64_t model_draw(const struct model *model, uint64_t number, unsigned int purpose)
{
	uint64_t x = model->seed +
		     (number * 16 + purpose * 2 + model->direction + 1) * 0x9E3779B97F4A7C15u;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (x ^ x >> 31) >> 32;
}

static bool model_hits(
	const struct model *model, uint64_t number, unsigned int purpose, double share)
{
	return share > 0 && (model_draw(model, number, purpose) * 1000000 >> 32) < share * 1000000;
}

static void model_overtake(struct model *model, bool passed)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->backs; i++) {
		model->back[i].overtaken |= passed;
		if (--model->back[i].left > 0) {
			model->back[kept++] = model->back[i];
			continue;
		}
		model->reordered += model->back[i].overtaken;
		model->out[model->count++] = model->back[i].fate;
	}
	model->backs = kept;
}

static void model_run(struct model *model, uint32_t frames)
{
	for (uint32_t n = 0; n < frames; n++) {
		struct fate fate = {.frame = n};

		if (model_hits(model, n / model->burst, 0, model->loss)) {
			model->lost++;
			continue;
		}
		fate.is_bad = model_hits(model, n, 3, model->corrupt);
		model->corrupted += fate.is_bad;
		if (model_hits(model, n, 2, model->reorder)) {
			model_overtake(model, false);
			model->back[model->backs].fate = fate;
			model->back[model->backs].overtaken = false;
			model->back[model->backs++].left = model->by;
		} else {
			model->out[model->count++] = fate;
			model_overtake(model, true);
		}
		if (model_hits(model, n, 1, model->duplicate)) {
			model->duplicated++;
			model->out[model->count++] = fate;
		}
	}
	for (uint32_t i = 0; i < model->backs; i++) {
		model->reordered += model->back[i].overtaken;
		model->out[model->count++] = model->back[i].fate;
	}
}

// What came out.

static struct fate got[2 * FRAMES];
static uint32_t got_count;

// Frames carry their number in the first bytes, and zeros.
static void got_add(NET_BUFFER_LIST *nbl)
{
	uint8_t storage[60];
	struct fate *fate = &got[got_count++];
	const uint8_t *data =
		NdisGetDataBuffer(NET_BUFFER_LIST_FIRST_NB(nbl), sizeof(storage), storage, 1, 0);
	uint32_t ones = 0;

	assert_true(got_count <= RTE_DIM(got));
	assert_int_equal(NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(nbl)), 60);
	memcpy(&fate->frame, data, sizeof(fate->frame));
	for (uint32_t i = 14; i < 60; i++)
		ones += (uint32_t)__builtin_popcount(data[i]);
	assert_true(ones <= 1);
	fate->is_bad = ones == 1;
}

static void take_received(void)
{
	struct test_binding *user = bench.stack.user;

	for (uint32_t i = 0; i < user->held_count; i++)
		got_add(user->held[i]);
	if (user->held_count > 0)
		test_return_held(user);
	bench.stack.mp->returned_count = 0;
}

static void clean(NET_BUFFER_LIST *nbl)
{
	uint8_t *va = MmGetSystemAddressForMdlSafe(
		NET_BUFFER_LIST_FIRST_NB(nbl)->MdlChain, NormalPagePriority);

	memset(va + 128, 0, 64);
}

// The miniport's buffers are clean before the first frame lies in them.
static void clean_all(void)
{
	NET_BUFFER_LIST *lists[TEST_MINIPORT_LISTS];

	assert_int_equal(nimbl_nbl_get(bench.stack.mp->pool, lists, TEST_MINIPORT_LISTS),
		TEST_MINIPORT_LISTS);
	for (uint32_t i = 0; i < TEST_MINIPORT_LISTS; i++)
		clean(lists[i]);
	nimbl_nbl_put(lists, TEST_MINIPORT_LISTS);
}

static void receive_all(uint32_t frames, ULONG flags)
{
	got_count = 0;
	clean_all();
	for (uint32_t n = 0; n < frames; n += BATCH) {
		test_miniport_indicate(bench.stack.mp, RTE_MIN(BATCH, frames - n), n, flags, NULL);
		take_received();
	}
}

static void send_batch(uint32_t first, uint32_t count, ULONG flags)
{
	NET_BUFFER_LIST *lists[BATCH];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = first + i;
		NET_BUFFER *nb;

		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		lists[i]->SourceHandle = bench.stack.binding;
		clean(lists[i]);
		nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);
		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		memcpy((uint8_t *)nb->MdlChain->MappedSystemVa + 128, &number, sizeof(number));
	}
	test_send(bench.stack.user, lists, count, flags);
}

static void take_completed(void)
{
	for (uint32_t i = 0; i < bench.stack.user->completed; i++)
		NdisFreeNetBufferList(bench.stack.user->completions[i].nbl);
	bench.stack.user->completed = 0;
}

// In the order in which they were sent. The miniport plays one that was given them, or completes them.
static void take_sent(void)
{
	struct test_miniport *mp = bench.stack.mp;

	for (uint32_t i = 0; i < mp->sent_count; i++)
		got_add(mp->sent[i]);
	if (mp->sent_count > 0)
		test_miniport_complete(mp, mp->sent_count, NDIS_STATUS_SUCCESS);
	take_completed();
}

static void send_all(uint32_t frames)
{
	got_count = 0;
	for (uint32_t n = 0; n < frames; n += BATCH) {
		send_batch(n, RTE_MIN(BATCH, frames - n), 0);
		take_sent();
	}
}

static void assert_as_told(const struct model *model)
{
	assert_int_equal(got_count, model->count);
	for (uint32_t i = 0; i < got_count; i++) {
		if (got[i].frame != model->out[i].frame || got[i].is_bad != model->out[i].is_bad)
			fail_msg("at %u came frame %u%s instead of %u%s", i, got[i].frame,
				got[i].is_bad ? " (bad)" : "", model->out[i].frame,
				model->out[i].is_bad ? " (bad)" : "");
	}
}

static void assert_figures(const struct model *model, const char *prefix)
{
	const struct {
		const char *name;
		uint32_t value;
	} all[] = {{"frames", FRAMES}, {"lost", model->lost}, {"duplicated", model->duplicated},
		{"reordered", model->reordered}, {"corrupted", model->corrupted}, {"delayed", 0},
		{"overflowed", 0}, {"unfit", 0}};

	for (size_t i = 0; i < RTE_DIM(all); i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s_%s", prefix, all[i].name);
		if (figure(name) != all[i].value)
			fail_msg("%s is %llu, not %u", name, (unsigned long long)figure(name),
				all[i].value);
	}
}

// What is held back at the end goes on when nobody came to overtake it.
static void wait_for_the_rest(void (*take)(void), uint32_t count)
{
	uint64_t end = rte_get_timer_cycles() + 20 * rte_get_timer_hz();

	while (got_count < count && rte_get_timer_cycles() < end) {
		turn(10);
		take();
	}
}

static const char *const all_fates[] = {
	"seed=7", "loss=3%", "duplicate=5%", "reorder=10%", "reorder_by=3", "corrupt=4%", NULL};

static struct model model;

static void model_of_all_fates(unsigned int direction)
{
	memset(&model, 0, sizeof(model));
	model.seed = 7;
	model.direction = direction;
	model.loss = 0.03;
	model.duplicate = 0.05;
	model.reorder = 0.1;
	model.corrupt = 0.04;
	model.by = 3;
	model.burst = 1;
	model_run(&model, FRAMES);
}

static void received_frames_meet_the_fate_of_the_seed(ULONG flags)
{
	model_of_all_fates(0);
	bench_open(all_fates);
	receive_all(FRAMES, flags);
	wait_for_the_rest(take_received, model.count);
	assert_as_told(&model);
	assert_figures(&model, "rx");
	assert_int_equal(stack_dropped(&bench.stack, NIMBL_DROP_IMPAIRED), model.lost);
	assert_ledger(FRAMES, got_count);
	bench_close();
}

static void the_fate_of_received_frames_follows_from_the_seed(void **state)
{
	received_frames_meet_the_fate_of_the_seed(0);
}

static void the_fate_of_frames_given_for_good_follows_from_the_seed(void **state)
{
	received_frames_meet_the_fate_of_the_seed(NIMBL_RECEIVE_FLAGS_HANDOVER);
}

// The lender's chain is as it was, and what is kept is a copy.
static void the_fate_of_lent_frames_follows_from_the_seed(void **state)
{
	received_frames_meet_the_fate_of_the_seed(NDIS_RECEIVE_FLAGS_RESOURCES);
}

static void the_fate_of_sent_frames_follows_from_the_seed(void **state)
{
	model_of_all_fates(1);
	bench_open(all_fates);
	send_all(FRAMES);
	wait_for_the_rest(take_sent, model.count);
	assert_as_told(&model);
	assert_figures(&model, "tx");
	assert_ledger(FRAMES, got_count);
	bench_close();
}

static void losses_come_in_bursts(void **state)
{
	static const char *const settings[] = {
		"seed=9", "loss=20%", "loss_burst=5", "direction=rx", NULL};

	memset(&model, 0, sizeof(model));
	model.seed = 9;
	model.loss = 0.2;
	model.burst = 5;
	model.by = 1;
	model_run(&model, FRAMES);
	assert_in_range(model.lost, FRAMES / 6, FRAMES / 4);
	bench_open(settings);
	receive_all(FRAMES, 0);
	assert_as_told(&model);
	assert_figures(&model, "rx");
	bench_close();
}

static void one_of_so_many_frames_is_lost(void **state)
{
	static const char *const settings[] = {"loss_every=4", "direction=tx", NULL};

	bench_open(settings);
	send_all(400);
	assert_int_equal(got_count, 300);
	for (uint32_t i = 0; i < got_count; i++)
		assert_int_equal(got[i].frame, i + i / 3);
	assert_int_equal(figure("tx_lost"), 100);
	receive_all(100, 0);
	assert_int_equal(got_count, 100); // the other direction is left alone
	assert_int_equal(figure("rx_frames"), 0);
	bench_close();
}

// Waiting

static void frames_come_no_earlier_than_they_are_due_and_in_order(void **state)
{
	static const char *const settings[] = {"delay=2ms", NULL};
	uint64_t begin, delay = rte_get_timer_hz() / 500;

	bench_open(settings);
	clean_all();
	got_count = 0;
	begin = rte_get_timer_cycles();
	test_miniport_indicate(bench.stack.mp, BATCH, 0, 0, NULL);
	send_batch(0, BATCH, 0);
	assert_int_equal(bench.stack.user->held_count, 0);
	assert_int_equal(bench.stack.mp->sent_count, 0);
	while (bench.stack.user->held_count == 0) {
		if (rte_get_timer_cycles() < begin + delay / 2)
			assert_int_equal(bench.stack.mp->sent_count, 0);
		turn(1);
	}
	assert_true(rte_get_timer_cycles() >= begin + delay);
	wait_for_the_rest(take_received, BATCH);
	wait_for_the_rest(take_sent, 2 * BATCH);
	for (uint32_t i = 0; i < 2 * BATCH; i++)
		assert_int_equal(got[i].frame, i % BATCH);
	assert_int_equal(figure("rx_delayed"), BATCH);
	assert_int_equal(figure("tx_delayed"), BATCH);
	bench_close();
}

static void what_does_not_fit_the_queue_is_dropped_and_counted(void **state)
{
	static const char *const settings[] = {"delay=1ms", "limit=10", NULL};

	bench_open(settings);
	clean_all();
	got_count = 0;
	test_miniport_indicate(bench.stack.mp, BATCH, 0, 0, NULL);
	send_batch(0, BATCH, 0);
	assert_int_equal(bench.stack.user->completed, BATCH - 10);
	assert_int_equal(bench.stack.user->completions[0].status, NDIS_STATUS_RESOURCES);
	take_completed();
	assert_int_equal(bench.stack.mp->returned_count, BATCH - 10);
	assert_int_equal(figure("rx_overflowed"), BATCH - 10);
	assert_int_equal(figure("tx_overflowed"), BATCH - 10);
	assert_int_equal(stack_dropped(&bench.stack, NIMBL_DROP_QUEUE_FULL), 2 * (BATCH - 10));
	wait_for_the_rest(take_received, 10);
	wait_for_the_rest(take_sent, 20);
	assert_int_equal(got_count, 20);
	bench_close();
}

static void with_jitter_each_frame_has_a_delay_of_its_own(void **state)
{
	static const char *const settings[] = {"delay=1ms", "jitter=1ms", "direction=rx", NULL};
	uint32_t steps_back = 0;

	bench_open(settings);
	clean_all();
	got_count = 0;
	for (uint32_t n = 0; n < 128; n += BATCH)
		test_miniport_indicate(bench.stack.mp, BATCH, n, 0, NULL);
	wait_for_the_rest(take_received, 128);
	assert_int_equal(got_count, 128);
	for (uint32_t i = 1; i < got_count; i++)
		steps_back += got[i].frame < got[i - 1].frame;
	assert_in_range(steps_back, 20, 110);
	bench_close();
}

// 60 bytes at 480 kbit/s are a millisecond.
static void a_rate_lets_one_frame_go_at_a_time(void **state)
{
	static const char *const settings[] = {"rate=480k", "direction=tx", NULL};
	uint64_t begin;

	bench_open(settings);
	got_count = 0;
	begin = rte_get_timer_cycles();
	send_batch(0, 6, 0);
	assert_int_equal(bench.stack.mp->sent_count, 1); // nothing was before it
	wait_for_the_rest(take_sent, 6);
	assert_int_equal(got_count, 6);
	assert_true(rte_get_timer_cycles() - begin >= rte_get_timer_hz() / 1000 * 5);
	assert_int_equal(figure("tx_limited"), 5);
	bench_close();
}

static void a_cancelled_send_that_waits_is_completed_as_aborted(void **state)
{
	static const char *const settings[] = {"delay=50ms", NULL};
	NET_BUFFER_LIST *lists[4];

	bench_open(settings);
	for (uint32_t i = 0; i < 4; i++) {
		lists[i] = NdisAllocateNetBufferList(sender, 0, 0);
		NET_BUFFER_LIST_FIRST_NB(lists[i])->DataLength = 60;
		NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(lists[i], (PVOID)(uintptr_t)(1 + i % 2));
	}
	test_send(bench.stack.user, lists, 4, 0);
	NdisCancelSendNetBufferLists(bench.stack.binding, (PVOID)(uintptr_t)2);
	turn(1);
	assert_int_equal(bench.stack.user->completed, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(bench.stack.user->completions[i].status, NDIS_STATUS_SEND_ABORTED);
		assert_true(bench.stack.user->completions[i].nbl == lists[1] ||
			    bench.stack.user->completions[i].nbl == lists[3]);
	}
	take_completed();
	while (bench.stack.mp->sent_count < 2)
		turn(1);
	test_miniport_complete(bench.stack.mp, 2, NDIS_STATUS_SUCCESS);
	take_completed();
	bench_close();
}

static void what_waits_when_the_filter_pauses_goes_back(void **state)
{
	static const char *const settings[] = {"delay=10s", "duplicate=100%", NULL};
	struct stack *stack = &bench.stack;

	bench_open(settings);
	clean_all();
	test_miniport_indicate(stack->mp, 20, 0, 0, NULL);
	test_miniport_indicate(stack->mp, 10, 20, NIMBL_RECEIVE_FLAGS_HANDOVER, NULL);
	test_miniport_indicate(stack->mp, 10, 30, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	send_batch(0, 20, 0);
	send_batch(20, 10, NIMBL_SEND_FLAGS_HANDOVER);
	assert_int_equal(nimbl_filter_pause(bench.filter), 0);
	assert_int_equal(stack->mp->returned_count, 30);
	assert_int_equal(stack->user->completed, 20);
	assert_int_equal(stack->user->completions[0].status, NDIS_STATUS_PAUSED);
	assert_int_equal(stack_dropped(stack, NIMBL_DROP_RX_PAUSED), 80);
	assert_int_equal(stack_dropped(stack, NIMBL_DROP_TX_PAUSED), 60);
	take_completed();
	assert_ledger(70, 0);
	assert_int_equal(nimbl_filter_restart(bench.filter), 0);
	bench_close();
}

// The pause waits for copies that are with others.
static void copies_are_home_when_the_pause_ends(void **state)
{
	static const char *const settings[] = {"duplicate=100%", NULL};
	struct stack *stack = &bench.stack;

	bench_open(settings);
	send_batch(0, 4, 0);
	assert_int_equal(stack->mp->sent_count, 8);
	nimbl_pending_limit(50);
	assert_int_equal(nimbl_filter_pause(bench.filter), -ETIMEDOUT);
	nimbl_pending_limit(0);
	test_miniport_complete(stack->mp, 8, NDIS_STATUS_SUCCESS);
	take_completed();
	turn(1); // ends the pause that was given up
	assert_int_equal(nimbl_filter_restart(bench.filter), 0);
	bench_close();
}

static void a_frame_that_cannot_be_copied_is_left_alone_and_counted(void **state)
{
	static const char *const settings[] = {"duplicate=100%", "corrupt=100%", "copies=4", NULL};
	struct stack *stack = &bench.stack;

	bench_open(settings);
	send_batch(0, 8, 0);
	assert_int_equal(figure("tx_corrupted") + figure("tx_duplicated"), 4);
	assert_int_equal(figure("tx_unfit"), 12);
	assert_int_equal(stack->mp->sent_count, 8 + figure("tx_duplicated"));
	take_sent();
	bench_close();
}

static void a_jitter_larger_than_the_delay_is_refused(void **state)
{
	struct nimbl_option options[] = {{"jitter", "1ms"}, {NULL, NULL}};
	struct stack stack;
	NDIS_HANDLE filter;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("impair", stack.adapter, 0, "i", options, &filter), -EINVAL);
	assert_error_says("the jitter is larger than the delay");
	nimbl_adapter_close(stack.adapter);
	assert_pools_whole();
}

static int start(void **state)
{
	if (stack_tests_start(state) != 0)
		return -1;
	sender = list_pool_with(TRUE, 256, 0,
		&(struct nimbl_pool_options){
			.name = "sender", .capacity = 256, .node = NIMBL_NODE_ANY});
	return 0;
}

static int stop(void **state)
{
	if (nimbl_pool_close(sender) < 0)
		return -1;
	return stack_tests_stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fate_of_received_frames_follows_from_the_seed),
		cmocka_unit_test(the_fate_of_frames_given_for_good_follows_from_the_seed),
		cmocka_unit_test(the_fate_of_lent_frames_follows_from_the_seed),
		cmocka_unit_test(the_fate_of_sent_frames_follows_from_the_seed),
		cmocka_unit_test(losses_come_in_bursts),
		cmocka_unit_test(one_of_so_many_frames_is_lost),
		cmocka_unit_test(frames_come_no_earlier_than_they_are_due_and_in_order),
		cmocka_unit_test(what_does_not_fit_the_queue_is_dropped_and_counted),
		cmocka_unit_test(with_jitter_each_frame_has_a_delay_of_its_own),
		cmocka_unit_test(a_rate_lets_one_frame_go_at_a_time),
		cmocka_unit_test(a_cancelled_send_that_waits_is_completed_as_aborted),
		cmocka_unit_test(what_waits_when_the_filter_pauses_goes_back),
		cmocka_unit_test(copies_are_home_when_the_pause_ends),
		cmocka_unit_test(a_frame_that_cannot_be_copied_is_left_alone_and_counted),
		cmocka_unit_test(a_jitter_larger_than_the_delay_is_refused),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
