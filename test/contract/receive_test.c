// SPDX-License-Identifier: BSD-3-Clause
// Receiving through the real ethdev miniport: from rings of the test, whose frames come from a pool
// that is not the port's, and from net_null, which fills buffers of the port's own pool.
#include "pool_make.h"

#include <pthread.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "ring_port.h"

#define LISTS 2048u

struct bench {
	struct ring_port port;
	struct ethdev *dev;
	struct test_binding *user;
	NDIS_HANDLE injector;
	struct rte_mbuf *injected[4096];
	uint32_t injected_count;
};

static struct bench bench;

static void bench_take(void)
{
	bench.dev = nimbl_adapter_context(bench.port.adapter);
	bench.user = bench.port.user;
}

static void bench_open(void)
{
	struct nimbl_pool_options options = {
		.name = "injector", .capacity = LISTS, .cache = 32, .node = NIMBL_NODE_ANY};

	memset(&bench, 0, sizeof(bench));
	if (ring_port_open(&bench.port, "a", NULL) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench_take();
	bench.injector = list_pool_with(TRUE, 2048, 0, &options);
}

static struct nimbl_counters counters_of(const struct ring_port *port)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(port->adapter, &info);
	return info.counters;
}

// The laws: all that was indicated is back, and every pool is whole.
static void bench_close(void)
{
	struct nimbl_counters c = counters_of(&bench.port);

	assert_int_equal(c.lists_indicated, c.lists_returned);
	assert_int_equal(c.rx_frames, c.lists_indicated);
	assert_pools_whole();
	assert_int_equal(ring_port_close(&bench.port), 0);
	if (bench.injector != NULL)
		close_whole(bench.injector);
}

static struct rte_mbuf *frame_make(uint32_t bytes, uint32_t headroom)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(bench.injector));

	assert_non_null(m);
	m->data_off = (uint16_t)headroom;
	uint8_t *data = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)bytes);
	for (uint32_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(bytes + 3 * i);
	return m;
}

static void inject(struct rte_mbuf *m)
{
	assert_true(ring_port_inject(&bench.port, m));
	bench.injected[bench.injected_count++] = m;
}

static void inject_many(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		inject(frame_make(60 + bench.injected_count % 1000, RTE_PKTMBUF_HEADROOM));
}

static void poll(uint32_t rounds)
{
	nimbl_lcore_run(0, rounds);
}

// Held list `i` is the frame that was injected as number `i`, and is as it should be.
static void assert_held(uint32_t i)
{
	const NET_BUFFER_LIST *nbl = bench.user->held[i];
	const NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	const struct rte_mbuf *m = bench.injected[i];
	uint8_t expected[4096], got[4096];

	assert_ptr_equal(nimbl_mbuf_of_nb(nb), m);
	assert_ptr_equal(nbl->SourceHandle, bench.port.adapter);
	assert_null(NET_BUFFER_NEXT_NB(nb));
	assert_int_equal(nbl->NblFlags, 0);
	assert_int_equal(nbl->NimblInfoUsed, 0);
	assert_nb_sound(nb);
	assert_int_equal(nb->DataLength, m->pkt_len);
	assert_int_equal(nb_gather(nb, got, sizeof(got)), m->pkt_len);
	const uint8_t *data = rte_pktmbuf_read(m, 0, m->pkt_len, expected);
	assert_non_null(data);
	assert_memory_equal(data, got, m->pkt_len);
	assert_int_equal(mdl_count(nb->MdlChain), m->nb_segs);
}

static void a_burst_of_any_size_is_one_chain_in_order(void **state)
{
	bench_open();
	for (uint32_t n = 1; n <= NIMBL_BURST_MAX; n++) {
		uint32_t indications = bench.user->indications;

		bench.user->held_count = bench.injected_count = 0;
		inject_many(n);
		poll(1);
		assert_int_equal(bench.user->indications, indications + 1);
		assert_int_equal(bench.user->last_count, n);
		assert_true(NDIS_TEST_RECEIVE_CAN_PEND(bench.user->last_flags));
		assert_int_equal(bench.user->held_count, n);
		for (uint32_t i = 0; i < n; i++) {
			assert_held(i);
			assert_ptr_equal(NET_BUFFER_LIST_NEXT_NBL(bench.user->held[i]),
				i + 1 < n ? bench.user->held[i + 1] : NULL);
		}
		test_return_held(bench.user);
	}
	bench_close();
}

static void more_than_a_burst_is_several_chains_in_order(void **state)
{
	bench_open();
	inject_many(NIMBL_BURST_MAX * 3 + 5);
	poll(4);
	assert_int_equal(bench.user->indications, 4);
	assert_int_equal(bench.user->last_count, 5);
	for (uint32_t i = 0; i < NIMBL_BURST_MAX * 3 + 5; i++)
		assert_held(i);
	poll(10);
	assert_int_equal(bench.user->indications, 4); // nothing is never indicated
	test_return_held(bench.user);
	bench_close();
}

static void segments_and_other_headrooms_are_described_right(void **state)
{
	static const uint32_t headrooms[] = {0, 1, 64, RTE_PKTMBUF_HEADROOM - 1,
		RTE_PKTMBUF_HEADROOM, RTE_PKTMBUF_HEADROOM + 1, 512};

	bench_open();
	for (uint32_t round = 0; round < 3; round++) { // what was unusual comes back usual
		bench.user->held_count = bench.injected_count = 0;
		for (uint32_t segments = 1; segments <= 5; segments++) {
			for (uint32_t h = 0; h < RTE_DIM(headrooms); h++) {
				struct rte_mbuf *head = frame_make(100 + h, headrooms[h]);

				for (uint32_t s = 1; s < segments; s++)
					assert_int_equal(
						rte_pktmbuf_chain(head,
							frame_make(s * 30, headrooms[(h + s) % 7])),
						0);
				inject(head);
				inject_many(1);
			}
		}
		poll(2);
		assert_int_equal(bench.user->held_count, 70);
		for (uint32_t i = 0; i < 70; i++)
			assert_held(i);
		test_return_held(bench.user);
		assert_pool_whole(bench.injector);
	}
	bench_close();
}

static void lists_may_be_held_for_long_and_returned_in_any_order(void **state)
{
	bench_open();
	for (uint32_t i = 0; i < 10; i++) {
		inject_many(50);
		poll(1);
	}
	assert_int_equal(bench.user->held_count, 500);
	assert_int_equal(pool_free_now(bench.injector), LISTS - 500);
	// Backwards in one chain, then piece by piece from both ends.
	NET_BUFFER_LIST *back[200];
	for (uint32_t i = 0; i < 200; i++)
		back[i] = bench.user->held[199 - i];
	NdisReturnNetBufferLists(bench.user->binding, test_chain(back, 200), 0);
	for (uint32_t i = 0, piece = 1; i < 150; i += piece, piece = RTE_MIN(piece + 1, 150 - i)) {
		NdisReturnNetBufferLists(
			bench.user->binding, test_chain(&bench.user->held[200 + i], piece), 0);
		NdisReturnNetBufferLists(bench.user->binding,
			test_chain(&bench.user->held[500 - i - piece], piece), 0);
	}
	assert_int_equal(counters_of(&bench.port).lists_returned, 500);
	assert_pool_whole(bench.injector);
	bench.user->held_count = 0;
	bench_close();
}

static void *return_half(void *arg)
{
	for (uint32_t i = 0; i < 100; i += 5)
		NdisReturnNetBufferLists(
			bench.user->binding, test_chain(&bench.user->held[100 + i], 5), 0);
	return NULL;
}

static void lists_may_be_returned_from_another_thread(void **state)
{
	pthread_t thread;

	bench_open();
	for (int round = 0; round < 20; round++) {
		bench.injected_count = bench.user->held_count = 0;
		inject_many(200);
		poll(4);
		assert_int_equal(bench.user->held_count, 200);
		assert_int_equal(pthread_create(&thread, NULL, return_half, NULL), 0);
		for (uint32_t i = 0; i < 100; i += 4)
			NdisReturnNetBufferLists(
				bench.user->binding, test_chain(&bench.user->held[i], 4), 0);
		pthread_join(thread, NULL);
	}
	bench.user->held_count = 0;
	bench_close();
}

// net_null: buffers of the port's own pool

static void null_open(const char *device, const char *lists, const char *reuse)
{
	struct ring_port_options options = {.lists = lists, .reuse = reuse};

	memset(&bench, 0, sizeof(bench));
	if (device_port_open(&bench.port, device, "n", &options) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench_take();
}

static void a_protocol_that_holds_all_lists_stops_the_flow_and_returning_starts_it(void **state)
{
	null_open("net_null_h", "256", "0");
	poll(20);
	assert_int_equal(bench.user->held_count, 256);
	uint32_t indications = bench.user->indications;
	poll(5);
	assert_int_equal(bench.user->indications, indications);
	test_return_held(bench.user);
	poll(1);
	assert_int_equal(bench.user->indications, indications + 1);
	test_return_held(bench.user);
	bench_close();
}

static void reuse_gives_the_last_returned_list_first(void **state)
{
	NET_BUFFER_LIST *first[NIMBL_BURST_MAX];

	null_open("net_null_r", "256", "1");
	poll(1);
	assert_int_equal(bench.user->held_count, NIMBL_BURST_MAX);
	memcpy(first, bench.user->held, sizeof(first));
	test_return_held(bench.user);
	poll(1);
	for (uint32_t i = 0; i < NIMBL_BURST_MAX; i++)
		assert_ptr_equal(bench.user->held[i], first[NIMBL_BURST_MAX - 1 - i]);
	// One by one, in an order of the protocol's.
	memcpy(first, bench.user->held, sizeof(first));
	for (uint32_t i = 0; i < NIMBL_BURST_MAX; i++)
		NdisReturnNetBufferLists(
			bench.user->binding, test_chain(&first[(i * 5) % NIMBL_BURST_MAX], 1), 0);
	bench.user->held_count = 0;
	poll(1);
	for (uint32_t i = 0; i < NIMBL_BURST_MAX; i++)
		assert_ptr_equal(bench.user->held[i],
			first[((NIMBL_BURST_MAX - 1 - i) * 5) % NIMBL_BURST_MAX]);
	test_return_held(bench.user);
	bench_close();
}

// What another port received over a ring and sent on untouched comes home to the pool of this one,
// and says afterwards again whose it is.
static void lists_that_were_with_another_port_have_their_source_again(void **state)
{
	struct ring_port other;
	struct test_binding *null_user, *ring_user;

	null_open("net_null_s", "64", "0"); // one burst is all lists that there are
	null_user = bench.user;
	assert_int_equal(ring_port_open(&other, "r", NULL), 0);
	ring_user = other.user;
	poll(1);
	assert_int_equal(null_user->held_count, 64);
	// Over the ring and back: sent by the ring port, received by it again.
	test_send(ring_user, null_user->held, 64, NIMBL_SEND_FLAGS_HANDOVER);
	null_user->held_count = 0;
	for (int i = 0; i < 64; i++)
		assert_true(ring_port_inject(&other, ring_port_take(&other)));
	poll(1);
	assert_int_equal(ring_user->held_count, 64);
	for (int i = 0; i < 64; i++)
		assert_ptr_equal(ring_user->held[i]->SourceHandle, other.adapter);
	test_send(null_user, ring_user->held, 64,
		NIMBL_SEND_FLAGS_HANDOVER | NIMBL_SEND_FLAGS_UNTOUCHED);
	ring_user->held_count = 0;
	poll(1);
	assert_int_equal(null_user->held_count, 64);
	for (int i = 0; i < 64; i++)
		assert_ptr_equal(null_user->held[i]->SourceHandle, bench.port.adapter);
	test_return_held(null_user);
	assert_pools_whole();
	assert_int_equal(ring_port_close(&other), 0);
	assert_int_equal(ring_port_close(&bench.port), 0);
}

static int start(void **state)
{
	if (eal_harness_start(state) != 0 ||
		nimbl_lcores_init(NIMBL_BURST_MAX, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_of_any_size_is_one_chain_in_order),
		cmocka_unit_test(more_than_a_burst_is_several_chains_in_order),
		cmocka_unit_test(segments_and_other_headrooms_are_described_right),
		cmocka_unit_test(lists_may_be_held_for_long_and_returned_in_any_order),
		cmocka_unit_test(lists_may_be_returned_from_another_thread),
		cmocka_unit_test(
			a_protocol_that_holds_all_lists_stops_the_flow_and_returning_starts_it),
		cmocka_unit_test(reuse_gives_the_last_returned_list_first),
		cmocka_unit_test(lists_that_were_with_another_port_have_their_source_again),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
