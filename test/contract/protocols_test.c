// SPDX-License-Identifier: BSD-3-Clause
// The protocols echo and discard above the test's miniport: what they do with lists of every kind, given for
// good or not, and when their pauses are over.
#include "stack_make.h"

#include <pthread.h>
#include <unistd.h>

#define BACK NDIS_STATUS_SUCCESS

static const uint8_t ones[] = {1, 1, 1, 1, 1, 1}, twos[] = {2, 2, 2, 2, 2, 2};

struct bench {
	NDIS_HANDLE adapter, binding;
	struct test_miniport *mp;
};

static void bench_open(
	struct bench *bench, const char *protocol, const struct nimbl_option *options)
{
	assert_int_equal(nimbl_adapter_open("test_miniport", "a", NULL, &bench->adapter), 0);
	bench->mp = nimbl_adapter_context(bench->adapter);
	assert_int_equal(nimbl_binding_open(protocol, bench->adapter, options, &bench->binding), 0);
	assert_int_equal(nimbl_stack_restart(bench->adapter), 0);
}

static struct nimbl_counters counters_of(const struct bench *bench)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(bench->adapter, &info);
	return info.counters;
}

// Aborts when a list of the miniport's pool is out.
static void bench_close(struct bench *bench)
{
	assert_int_equal(nimbl_stack_pause(bench->adapter), 0);
	nimbl_binding_close(bench->binding);
	nimbl_adapter_close(bench->adapter);
	assert_pools_whole();
}

// What was sent for good goes home as the miniport would let it.
static void put_sent(struct bench *bench)
{
	nimbl_nbl_put(bench->mp->sent, (uint16_t)bench->mp->sent_count);
	bench->mp->sent_count = 0;
}

static void addresses_write(NET_BUFFER_LIST *nbl)
{
	uint8_t *data = NdisGetDataBuffer(NET_BUFFER_LIST_FIRST_NB(nbl), 14, NULL, 1, 0);

	memcpy(data, ones, sizeof(ones));
	memcpy(data + 6, twos, sizeof(twos));
}

static void assert_addresses(const NET_BUFFER_LIST *nbl, const uint8_t *to, const uint8_t *from)
{
	uint8_t data[12];

	assert_int_equal(nimbl_nb_read(NET_BUFFER_LIST_FIRST_NB(nbl), 0, data, 12), 12);
	assert_memory_equal(data, to, 6);
	assert_memory_equal(data + 6, from, 6);
}

// Take lists from the miniport's pool, let `prepare` at each, and indicate them as one chain.
static void indicate(struct bench *bench, NET_BUFFER_LIST **lists, uint16_t count, ULONG flags,
	void (*prepare)(NET_BUFFER_LIST *))
{
	assert_int_equal(nimbl_nbl_get(bench->mp->pool, lists, count), count);
	for (uint16_t i = 0; i < count; i++) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);

		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		lists[i]->SourceHandle = bench->adapter;
		prepare(lists[i]);
	}
	NdisMIndicateReceiveNetBufferLists(
		bench->adapter, test_chain(lists, count), NDIS_DEFAULT_PORT_NUMBER, count, flags);
}

static void echo_sends_back_what_comes(void **state)
{
	NET_BUFFER_LIST *lists[5];
	struct bench bench;

	bench_open(&bench, "echo", NULL);
	indicate(&bench, lists, 5, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL, addresses_write);
	assert_int_equal(bench.mp->send_calls, 1);
	assert_int_equal(bench.mp->sent_count, 5);
	assert_int_equal(bench.mp->send_flags, NDIS_SEND_FLAGS_DISPATCH_LEVEL);
	for (unsigned int i = 0; i < 5; i++) {
		assert_ptr_equal(bench.mp->sent[i], lists[i]);
		assert_addresses(lists[i], ones, twos);
	}
	test_miniport_complete(bench.mp, 5, BACK);
	assert_int_equal(bench.mp->returned_count, 5);
	bench_close(&bench);
}

static void echo_gives_away_for_good_what_may_go_and_only_when_it_is_to(void **state)
{
	static const ULONG both = NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED;
	struct nimbl_option full[] = {{"completion", "full"}, {NULL, NULL}};
	NET_BUFFER_LIST *lists[3];
	struct bench bench;

	bench_open(&bench, "echo", NULL);
	indicate(&bench, lists, 3, both, addresses_write);
	assert_int_equal(bench.mp->send_flags, both);
	put_sent(&bench);
	bench_close(&bench);
	bench_open(&bench, "echo", full);
	indicate(&bench, lists, 3, both, addresses_write);
	assert_int_equal(bench.mp->send_flags, NIMBL_SEND_FLAGS_UNTOUCHED);
	test_miniport_complete(bench.mp, 3, BACK);
	assert_int_equal(bench.mp->returned_count, 3);
	bench_close(&bench);
}

static void echo_swaps_addresses_where_told(void **state)
{
	struct nimbl_option swap[] = {{"swap-mac", "true"}, {NULL, NULL}};
	NET_BUFFER_LIST *lists[3];
	struct bench bench;

	bench_open(&bench, "echo", swap);
	indicate(&bench, lists, 3, NIMBL_RECEIVE_FLAGS_UNTOUCHED, addresses_write);
	for (unsigned int i = 0; i < 3; i++)
		assert_addresses(lists[i], twos, ones);
	test_miniport_complete(bench.mp, 3, BACK);
	bench_close(&bench);
}

static uint8_t pieces[14];
static MDL *piece_mdls[2];

// The first addresses in two pieces of other memory, the second beginning within the second address.
static void in_pieces(NET_BUFFER_LIST *nbl)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	memcpy(pieces, ones, 6);
	memcpy(pieces + 6, twos, 6);
	piece_mdls[0] = NdisAllocateMdl(NULL, pieces, 8);
	piece_mdls[1] = NdisAllocateMdl(NULL, pieces + 8, 6);
	piece_mdls[0]->Next = piece_mdls[1];
	nb->MdlChain = nb->CurrentMdl = piece_mdls[0];
	nb->DataOffset = nb->CurrentMdlOffset = 0;
	nb->DataLength = 14;
}

static void too_short(NET_BUFFER_LIST *nbl)
{
	addresses_write(nbl);
	NET_BUFFER_LIST_FIRST_NB(nbl)->DataLength = 11;
}

static void echo_swaps_addresses_that_lie_in_pieces(void **state)
{
	struct nimbl_option swap[] = {{"swap-mac", "true"}, {NULL, NULL}};
	NET_BUFFER_LIST *lists[1];
	struct bench bench;

	bench_open(&bench, "echo", swap);
	indicate(&bench, lists, 1, 0, in_pieces);
	assert_addresses(lists[0], twos, ones);
	test_miniport_complete(bench.mp, 1, BACK);
	for (unsigned int i = 0; i < 2; i++)
		NdisFreeMdl(piece_mdls[i]);
	indicate(&bench, lists, 1, 0, too_short);
	NET_BUFFER_LIST_FIRST_NB(lists[0])->DataLength = 12;
	assert_addresses(lists[0], ones, twos);
	test_miniport_complete(bench.mp, 1, BACK);
	bench_close(&bench);
}

static void an_unknown_value_or_setting_is_told(void **state)
{
	struct nimbl_option wrong[] = {{"swap-mac", "yes"}, {NULL, NULL}};
	struct nimbl_option unknown[] = {{"swap-mc", "true"}, {NULL, NULL}};
	struct bench bench;
	NDIS_HANDLE binding = NULL;

	bench_open(&bench, "echo", unknown);
	assert_int_equal(nimbl_options_check(bench.binding, unknown), -EINVAL);
	assert_string_equal(
		nimbl_last_error()->cause, "protocol echo on a has no setting 'swap-mc'");
	assert_string_equal(nimbl_last_error()->mend, "did you mean 'swap-mac'?");
	assert_int_equal(nimbl_options_check(bench.binding, wrong), 0);
	bench_close(&bench);
	assert_int_equal(nimbl_adapter_open("test_miniport", "a", NULL, &bench.adapter), 0);
	assert_int_equal(nimbl_binding_open("echo", bench.adapter, wrong, &binding), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "swap-mac 'yes' is not known");
	nimbl_adapter_close(bench.adapter);
}

// NdisSendNetBufferLists: the source of what is sent is its sender. A filter below that made lists gets them
// back as returns, not as completions of sends of its own; then the pause of the protocol ends.
static void what_a_filter_made_comes_back_to_it_by_return(const char *protocol,
	const struct nimbl_option *options, const char *filter, struct nimbl_option *settings)
{
	NET_BUFFER_LIST *lists[3];
	NDIS_HANDLE module = NULL;
	unsigned int own = 0;
	struct bench bench;

	assert_int_equal(nimbl_adapter_open("test_miniport", "a", NULL, &bench.adapter), 0);
	bench.mp = nimbl_adapter_context(bench.adapter);
	assert_int_equal(nimbl_filter_open(filter, bench.adapter, 0, filter, settings, &module), 0);
	assert_int_equal(nimbl_binding_open(protocol, bench.adapter, options, &bench.binding), 0);
	assert_int_equal(nimbl_stack_restart(bench.adapter), 0);
	assert_int_equal(nimbl_lcores_publish(), 0);
	for (unsigned int round = 0; round < 2; round++) {
		indicate(&bench, lists, 3, 0, addresses_write);
		assert_int_equal(bench.mp->sent_count, 6);
		for (unsigned int i = 0; i < 6; i++) {
			assert_ptr_not_equal(bench.mp->sent[i]->SourceHandle, module);
			own += bench.mp->sent[i]->SourceHandle == bench.binding;
		}
		test_miniport_complete(bench.mp, 6, BACK);
		assert_int_equal(bench.mp->returned_count, 3 * (round + 1));
	}
	assert_int_equal(own, 6);
	bench_close(&bench); // aborts where a list of the filter's is missing
}

static void filters_that_make_lists_find_them_again_below_who_sends_them_back(void **state)
{
	struct nimbl_option twice[] = {{"duplicate", "100%"}, {"direction", "rx"}, {NULL, NULL}};
	const struct nimbl_option reflector[] = {
		{"port", "a"}, {"peer", "a"}, {"completion", "full"}, {NULL, NULL}};

	what_a_filter_made_comes_back_to_it_by_return("echo", NULL, "impair", twice);
	what_a_filter_made_comes_back_to_it_by_return("xconnect", reflector, "impair", twice);
}

static void *complete_later(void *arg)
{
	struct test_miniport *mp = arg;

	usleep(20 * 1000);
	test_miniport_complete(mp, mp->sent_count, BACK);
	return NULL;
}

// PROTOCOL_NET_PNP_EVENT, NetEventPause: outstanding sends are complete before the pause is.
static void a_pause_of_echo_waits_for_its_sends(void **state)
{
	NET_BUFFER_LIST *lists[4];
	struct bench bench;
	pthread_t thread;

	bench_open(&bench, "echo", NULL);
	indicate(&bench, lists, 4, 0, addresses_write);
	assert_int_equal(pthread_create(&thread, NULL, complete_later, bench.mp), 0);
	assert_int_equal(nimbl_binding_pause(bench.binding), 0);
	assert_int_equal(bench.mp->returned_count, 4);
	pthread_join(thread, NULL);
	bench_close(&bench);
}

static void a_pause_that_was_given_up_does_not_end_the_next(void **state)
{
	NET_BUFFER_LIST *lists[2];
	struct bench bench;

	bench_open(&bench, "echo", NULL);
	indicate(&bench, lists, 2, 0, addresses_write);
	nimbl_pending_limit(10);
	assert_int_equal(nimbl_binding_pause(bench.binding), -ETIMEDOUT);
	nimbl_pending_limit(0);
	assert_int_equal(nimbl_binding_restart(bench.binding), 0);
	test_miniport_complete(bench.mp, 2, BACK);
	assert_int_equal(bench.mp->returned_count, 2);
	bench_close(&bench);
}

static void lent_lists_cannot_be_sent_back(void **state)
{
	struct bench bench;

	bench_open(&bench, "echo", NULL);
	test_miniport_indicate(bench.mp, 3, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	assert_int_equal(bench.mp->sent_count, 0);
	assert_int_equal(bench.mp->returned_count, 0);
	assert_int_equal(counters_of(&bench).drops[NIMBL_DROP_RX_LENT], 3);
	bench_close(&bench);
}

static uint64_t figure(const struct bench *bench, const char *name)
{
	struct nimbl_figure figures[4];
	unsigned int count = nimbl_binding_figures(bench->binding, figures, RTE_DIM(figures));

	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value;
	}
	fail_msg("no figure '%s'", name);
	return 0;
}

// Given for good or not, and lent: each frame is consumed once, each list comes back once at most.
static void discard_takes_everything(void **state)
{
	static const ULONG flags[] = {0, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL,
		NIMBL_RECEIVE_FLAGS_HANDOVER | NIMBL_RECEIVE_FLAGS_UNTOUCHED};
	struct bench bench;

	bench_open(&bench, "discard", NULL);
	for (unsigned int i = 0; i < RTE_DIM(flags); i++) {
		test_miniport_indicate(bench.mp, 7, 0, flags[i], NULL);
		assert_int_equal(bench.mp->returned_count, 7 * (i + 1));
	}
	test_miniport_indicate(bench.mp, 2, 0, NDIS_RECEIVE_FLAGS_RESOURCES, NULL);
	assert_int_equal(bench.mp->returned_count, 21);
	assert_int_equal(bench.mp->sent_count, 0);
	assert_int_equal(counters_of(&bench).consumed, 23);
	assert_int_equal(figure(&bench, "frames"), 23);
	assert_int_equal(figure(&bench, "bytes"), 23 * 60);
	bench_close(&bench);
}

static void a_paused_discard_takes_nothing(void **state)
{
	struct bench bench;

	bench_open(&bench, "discard", NULL);
	assert_int_equal(nimbl_binding_pause(bench.binding), 0);
	test_miniport_indicate(bench.mp, 3, 0, 0, NULL);
	assert_int_equal(counters_of(&bench).consumed, 0);
	assert_int_equal(counters_of(&bench).drops[NIMBL_DROP_RX_PAUSED], 3);
	assert_int_equal(nimbl_binding_restart(bench.binding), 0);
	test_miniport_indicate(bench.mp, 3, 0, 0, NULL);
	assert_int_equal(counters_of(&bench).consumed, 3);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_sends_back_what_comes),
		cmocka_unit_test(echo_gives_away_for_good_what_may_go_and_only_when_it_is_to),
		cmocka_unit_test(echo_swaps_addresses_where_told),
		cmocka_unit_test(echo_swaps_addresses_that_lie_in_pieces),
		cmocka_unit_test(an_unknown_value_or_setting_is_told),
		cmocka_unit_test(filters_that_make_lists_find_them_again_below_who_sends_them_back),
		cmocka_unit_test(a_pause_of_echo_waits_for_its_sends),
		cmocka_unit_test(a_pause_that_was_given_up_does_not_end_the_next),
		cmocka_unit_test(lent_lists_cannot_be_sent_back),
		cmocka_unit_test(discard_takes_everything),
		cmocka_unit_test(a_paused_discard_takes_nothing),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
