// SPDX-License-Identifier: BSD-3-Clause
// Random stacks: up to six filters that pass, hold, drop, clone, split, reorder and originate, over a port of
// rings, while filters come and go. A model of the stack counts along, and at each pause everything is
// home and counted. NIMBL_TEST_SEED=N runs that program alone, NIMBL_TEST_ROUNDS=N others than the usual
// number of programs.
#include "stack_make.h"

#include "../unit/ndis/random.h"
#include "ring_port.h"
#include "workers.h"

#define PROGRAMS 40u
#define LISTS    100000u // that begin their way, in each program
#define MOST     32u     // of a chain
#define FRAME    60u
#define OWN_MAX  200u // lists of its own that a filter has away
#define OWN_POOL 256u // of the protocol

// What is held somewhere: lists of one frame, and of two.
struct lot {
	uint32_t whole, split;
};

struct program {
	uint64_t random;
	struct ring_port port;
	NDIS_HANDLE wire, own; // pools of what comes, and of what the protocol sends
	struct test_filter *f[STACK_FILTERS];
	unsigned int count;
	uint32_t serial, begun, own_out;
	// The model.
	struct lot held_sends[STACK_FILTERS];
	uint32_t held_receives[STACK_FILTERS];
	uint64_t indicated, asked, taken, filtered, protocol_got, returned, sends, completions;
};

static uint32_t below(struct program *p, uint32_t limit)
{
	return random_below(&p->random, limit);
}

// The model: a lot goes down from above filter `i` - 1, up from below filter `i`.
static void model_down(struct program *p, unsigned int i, struct lot lot)
{
	while (i-- > 0) {
		switch (p->f[i]->sends) {
		case TEST_FILTER_HOLD:
			p->held_sends[i].whole += lot.whole;
			p->held_sends[i].split += lot.split;
			return;
		case TEST_FILTER_DROP:
			p->filtered += lot.whole + 2ull * lot.split;
			return;
		case TEST_FILTER_SPLIT:
			lot = (struct lot){.split = lot.whole + lot.split};
			break;
		default:
			break;
		}
	}
	p->asked += lot.whole + 2ull * lot.split;
}

static void model_up(struct program *p, unsigned int i, uint32_t lists)
{
	for (; i < p->count; i++) {
		if (p->f[i]->receives == TEST_FILTER_HOLD) {
			p->held_receives[i] += lists;
			return;
		}
		if (p->f[i]->receives == TEST_FILTER_DROP) {
			p->filtered += lists;
			return;
		}
	}
	p->protocol_got += lists;
}

// The stack as it is after a change; nothing is held.
static void filters_look(struct program *p)
{
	struct nimbl_filter_info info;

	for (p->count = 0; nimbl_filter_query(p->port.adapter, p->count, &info); p->count++)
		p->f[p->count] = test_filter_of(info.filter);
}

static void own_collect(struct program *p)
{
	struct test_binding *user = p->port.user;

	for (uint32_t i = 0; i < user->completed; i++)
		nimbl_nbl_put(&user->completions[i].nbl, 1);
	p->own_out -= user->completed;
	p->completions += user->completed;
	user->completed = 0;
}

// Everything that the stack has sent leaves the wire.
static void wire_take(struct program *p)
{
	struct rte_mbuf *m;

	nimbl_lcore_run(0, 1);
	while ((m = ring_port_take(&p->port)) != NULL) {
		rte_pktmbuf_free(m);
		p->taken++;
	}
	own_collect(p);
}

static void frames_come(struct program *p)
{
	uint32_t want = 1 + below(p, MOST), count = 0;

	for (; count < want; count++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(p->wire));

		if (m == NULL)
			break;
		assert_non_null(rte_pktmbuf_append(m, FRAME));
		assert_true(ring_port_inject(&p->port, m));
	}
	nimbl_lcore_run(0, 2); // a burst is the most of a chain
	p->indicated += count;
	p->begun += count;
	model_up(p, 0, count);
}

static void protocol_sends(struct program *p)
{
	NET_BUFFER_LIST *lists[MOST];
	uint32_t count = nimbl_nbl_get(p->own, lists, (uint16_t)(1 + below(p, MOST)));

	for (uint32_t i = 0; i < count; i++) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);

		NdisRetreatNetBufferDataStart(nb, FRAME, 0, NULL);
		lists[i]->SourceHandle = p->port.user->binding;
	}
	if (count == 0)
		return;
	p->own_out += count;
	p->begun += count;
	p->sends += count;
	model_down(p, p->count, (struct lot){.whole = count});
	test_send(p->port.user, lists, count, 0);
}

static void filter_originates(struct program *p)
{
	unsigned int i = p->count > 0 ? below(p, p->count) : 0;
	uint32_t count = 1 + below(p, MOST);

	if (p->count == 0 || p->f[i]->own_out + count > OWN_MAX)
		return;
	p->begun += count;
	if (below(p, 2) == 0) {
		model_down(p, i, (struct lot){.whole = count});
		test_filter_originate_send(p->f[i], count);
	} else {
		model_up(p, i + 1, count);
		test_filter_originate_receive(p->f[i], count);
	}
}

static void filter_releases_sends(struct program *p, unsigned int i)
{
	struct lot lot = p->held_sends[i];

	assert_int_equal(p->f[i]->held_sends.count, lot.whole + lot.split);
	p->held_sends[i] = (struct lot){0};
	model_down(p, i, lot);
	test_filter_release_sends(p->f[i]);
}

static void filter_releases_receives(struct program *p, unsigned int i)
{
	uint32_t lists = p->held_receives[i];

	assert_int_equal(p->f[i]->held_receives.count, lists);
	p->held_receives[i] = 0;
	model_up(p, i + 1, lists);
	test_filter_release_receives(p->f[i]);
}

static void filter_releases(struct program *p)
{
	unsigned int i = p->count > 0 ? below(p, p->count) : 0;

	if (p->count == 0)
		return;
	if (below(p, 2) == 0)
		filter_releases_sends(p, i);
	else
		filter_releases_receives(p, i);
}

static void protocol_returns(struct program *p)
{
	p->returned += p->port.user->held_count;
	test_return_held(p->port.user);
}

// Let all that is under way arrive: what is held below one goes on after it.
static void settle(struct program *p)
{
	for (unsigned int i = p->count; i > 0; i--)
		filter_releases_sends(p, i - 1);
	for (unsigned int i = 0; i < p->count; i++)
		filter_releases_receives(p, i);
	wire_take(p);
	protocol_returns(p);
	wire_take(p);
	assert_int_equal(p->returned, p->protocol_got);
	assert_int_equal(p->own_out, 0);
	for (unsigned int i = 0; i < p->count; i++)
		assert_int_equal(p->f[i]->own_out, 0);
}

static void modes_change(struct program *p)
{
	static const enum test_filter_mode modes[] = {TEST_FILTER_PASS, TEST_FILTER_HOLD,
		TEST_FILTER_DROP, TEST_FILTER_CLONE, TEST_FILTER_SPLIT, TEST_FILTER_REORDER};

	settle(p);
	for (unsigned int i = 0; i < p->count; i++) {
		p->f[i]->sends = modes[below(p, RTE_DIM(modes))];
		do
			p->f[i]->receives = modes[below(p, RTE_DIM(modes))];
		while (p->f[i]->receives == TEST_FILTER_SPLIT);
	}
}

static void filter_comes_or_goes(struct program *p)
{
	char name[16];
	struct nimbl_option options[] = {{"name", name}, {NULL, NULL}};
	NDIS_HANDLE filter;

	settle(p);
	snprintf(name, sizeof(name), "f%u", p->serial++);
	if (p->count == STACK_FILTERS || (p->count > 0 && below(p, 2) == 0))
		assert_int_equal(nimbl_filter_remove(p->f[below(p, p->count)]->filter), 0);
	else
		assert_int_equal(nimbl_filter_insert(p->port.adapter, below(p, p->count + 1),
					 "test_filter", name, options, &filter),
			0);
	filters_look(p);
}

// The laws, exact.
static void laws_check(struct program *p)
{
	struct nimbl_adapter_info info;
	const struct nimbl_counters *c = &info.counters;

	settle(p);
	if (nimbl_stack_pause(p->port.adapter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_pools_whole();
	nimbl_adapter_query(p->port.adapter, &info);
	assert_int_equal(c->rx_frames, p->indicated);
	assert_int_equal(c->lists_indicated, p->indicated);
	assert_int_equal(c->lists_returned + c->lists_handed, p->indicated);
	assert_int_equal(c->lists_sent, c->lists_completed);
	assert_int_equal(c->frames_asked, p->asked);
	assert_int_equal(c->tx_frames, p->taken);
	assert_int_equal(c->drops[NIMBL_DROP_FILTERED], p->filtered);
	// Nothing else was dropped than what the port had no room for.
	assert_int_equal(nimbl_counters_dropped(c), p->filtered + p->asked - p->taken);
	assert_int_equal(p->completions, p->sends);
	assert_int_equal(nimbl_stack_restart(p->port.adapter), 0);
}

static void step(struct program *p)
{
	uint32_t dice = below(p, 1000);

	if (dice < 350)
		frames_come(p);
	else if (dice < 650)
		protocol_sends(p);
	else if (dice < 800)
		filter_originates(p);
	else if (dice < 900)
		filter_releases(p);
	else if (dice < 960)
		protocol_returns(p);
	else if (dice < 980)
		modes_change(p);
	else if (dice < 990)
		filter_comes_or_goes(p);
	else
		laws_check(p);
	if (below(p, 4) == 0)
		wire_take(p);
}

static void program_run(uint64_t seed)
{
	static struct program program;
	struct program *p = &program;
	struct nimbl_pool_options options = {
		.name = "wire", .capacity = 512, .node = NIMBL_NODE_ANY};

	printf("NIMBL_TEST_SEED=%llu\n", (unsigned long long)seed);
	*p = (struct program){.random = seed};
	p->wire = list_pool_with(TRUE, 2048, 0, &options);
	options = (struct nimbl_pool_options){
		.name = "own", .capacity = OWN_POOL, .node = NIMBL_NODE_ANY};
	p->own = list_pool_with(TRUE, 256, 0, &options);
	if (ring_port_open(&p->port, "a", NULL) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	while (p->begun < LISTS)
		step(p);
	laws_check(p);
	while (p->count > 0) {
		assert_int_equal(nimbl_filter_remove(p->f[0]->filter), 0);
		filters_look(p);
	}
	assert_int_equal(ring_port_close(&p->port), 0);
	printf("%u lists, %u filters came; %llu frames received, %llu sent, %llu filtered\n",
		p->begun, p->serial, (unsigned long long)p->indicated, (unsigned long long)p->taken,
		(unsigned long long)p->filtered);
	close_whole(p->own);
	close_whole(p->wire);
}

static void whatever_filters_do_all_is_home_and_counted_at_each_pause(void **state)
{
	const char *seed = getenv("NIMBL_TEST_SEED");

	if (seed != NULL) {
		program_run(strtoull(seed, NULL, 10));
		return;
	}
	for (uint64_t i = 1; i <= rounds_asked(PROGRAMS); i++)
		program_run(i * UINT64_C(7919));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_filters_do_all_is_home_and_counted_at_each_pause),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, NULL);
}
