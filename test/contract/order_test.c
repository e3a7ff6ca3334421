// SPDX-License-Identifier: BSD-3-Clause
// A million frames through two net_ring ports and the cross-connect, each with a sequence number and
// a checksum: nothing lost, duplicated, reordered or changed, and every pool full at the end. The
// rings are small and served in random portions, so that backlog and partial bursts happen.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <dlfcn.h>
#include <rte_ethdev.h>
#include <rte_hash_crc.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/eal_harness.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "nimbl_mbuf.h"

#define FRAMES    1000000u
#define RING      256u
#define LONGEST   1514u
#define SHORTEST  60u
#define INJECTOR  4096u
#define IN_FLIGHT 512u // less than rings and backlog hold, so that nothing may be dropped

struct frame {
	struct rte_ether_hdr ether;
	uint32_t length;
	uint32_t checksum; // of what follows
	uint64_t sequence;
	uint8_t bytes[];
} __attribute__((packed, aligned(2)));

typedef int from_rings_fn(const char *name, struct rte_ring *const rx[], unsigned int rx_count,
	struct rte_ring *const tx[], unsigned int tx_count, unsigned int node);

struct bench {
	struct rte_ring *into_a, *out_of_a, *into_b, *out_of_b;
	NDIS_HANDLE adapters[2], bindings[2], injector;
	uint32_t random;
	uint64_t sent, received;
};

static uint32_t next_random(struct bench *bench)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 17;
	bench->random ^= bench->random << 5;
	return bench->random;
}

// The PMD's library is a plugin of EAL's; the tests link it no more than the program does.
static from_rings_fn *from_rings(void)
{
	void *library = dlopen("librte_net_ring.so.23", RTLD_NOW | RTLD_NOLOAD);
	from_rings_fn *function = NULL;

	assert_non_null(library);
	*(void **)&function = dlsym(library, "rte_eth_from_rings");
	assert_non_null(function);
	return function;
}

static struct rte_ring *ring(const char *name)
{
	struct rte_ring *r = rte_ring_create(name, RING, SOCKET_ID_ANY, 0);

	assert_non_null(r);
	return r;
}

static NDIS_HANDLE adapter(const char *name, const char *device, const char *reuse)
{
	struct nimbl_option options[] = {{"device", device}, {"kind", "vdev"}, {"rx_lcores", "0"},
		{"tx_lcores", "0"}, {"rx_descriptors", "64"}, {"tx_descriptors", "512"},
		{"lists", "4096"}, {"cache", "32"}, {"reuse", reuse}, {NULL, NULL}};
	NDIS_HANDLE handle = NULL;

	if (nimbl_adapter_open("ethdev", name, options, &handle) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return handle;
}

static NDIS_HANDLE binding(
	NDIS_HANDLE port, const char *name, const char *peer, const char *completion)
{
	struct nimbl_option options[] = {
		{"port", name}, {"peer", peer}, {"completion", completion}, {NULL, NULL}};
	NDIS_HANDLE handle = NULL;

	assert_int_equal(nimbl_binding_open("xconnect", port, options, &handle), 0);
	return handle;
}

static void bench_open(struct bench *bench, const char *completion, const char *reuse)
{
	static unsigned int serial;
	from_rings_fn *make = from_rings();
	char names[6][24], devices[2][40];
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = 2176,
	};
	struct nimbl_pool_options options = {
		.name = "injector", .capacity = INJECTOR, .cache = 32, .node = NIMBL_NODE_ANY};

	memset(bench, 0, sizeof(*bench));
	bench->random = 0x6e696d62;
	for (unsigned int i = 0; i < 6; i++)
		snprintf(names[i], sizeof(names[i]), "order%u_%u", serial, i);
	serial++;
	bench->into_a = ring(names[0]);
	bench->out_of_a = ring(names[1]);
	bench->into_b = ring(names[2]);
	bench->out_of_b = ring(names[3]);
	assert_true(make(names[4], &bench->into_a, 1, &bench->out_of_a, 1, 0) >= 0);
	assert_true(make(names[5], &bench->into_b, 1, &bench->out_of_b, 1, 0) >= 0);
	snprintf(devices[0], sizeof(devices[0]), "net_ring_%s", names[4]);
	snprintf(devices[1], sizeof(devices[1]), "net_ring_%s", names[5]);
	bench->adapters[0] = adapter("a", devices[0], reuse);
	bench->adapters[1] = adapter("b", devices[1], reuse);
	bench->bindings[0] = binding(bench->adapters[0], "a", "b", completion);
	bench->bindings[1] = binding(bench->adapters[1], "b", "a", completion);
	bench->injector = nimbl_nbl_pool_open(NULL, &parameters, &options);
	assert_non_null(bench->injector);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_adapter_restart(bench->adapters[i]), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_binding_restart(bench->bindings[i]), 0);
}

static struct rte_mbuf *frame_make(struct bench *bench)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(bench->injector));
	uint32_t length = SHORTEST + next_random(bench) % (LONGEST - SHORTEST + 1);

	assert_non_null(m);
	struct frame *frame = (struct frame *)rte_pktmbuf_append(m, (uint16_t)length);
	memset(frame, 0, sizeof(*frame));
	frame->length = length;
	frame->sequence = bench->sent++;
	for (uint32_t i = 0; i < length - sizeof(*frame); i += 64)
		frame->bytes[i] = (uint8_t)next_random(bench);
	frame->checksum =
		rte_hash_crc(&frame->sequence, length - offsetof(struct frame, sequence), 0);
	return m;
}

static void inject(struct bench *bench)
{
	uint32_t count = next_random(bench) % 70;

	while (count-- > 0 && bench->sent < FRAMES && bench->sent - bench->received < IN_FLIGHT &&
		rte_ring_free_count(bench->into_a) > 0)
		assert_int_equal(rte_ring_enqueue(bench->into_a, frame_make(bench)), 0);
}

static void check(struct bench *bench)
{
	uint32_t count = next_random(bench) % 70;
	void *object;

	while (count-- > 0 && rte_ring_dequeue(bench->out_of_b, &object) == 0) {
		struct rte_mbuf *m = object;
		const struct frame *frame = rte_pktmbuf_mtod(m, const struct frame *);

		assert_int_equal(frame->sequence, bench->received);
		assert_int_equal(frame->length, m->pkt_len);
		assert_int_equal(m->data_len, m->pkt_len);
		assert_int_equal(frame->checksum,
			rte_hash_crc(&frame->sequence,
				frame->length - offsetof(struct frame, sequence), 0));
		bench->received++;
		rte_pktmbuf_free(m);
	}
}

static void bench_close(struct bench *bench)
{
	struct nimbl_adapter_info info[2];

	for (unsigned int i = 0; i < 2; i++)
		nimbl_binding_pause(bench->bindings[i]);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(nimbl_adapter_pause(bench->adapters[i]), 0);
		nimbl_adapter_query(bench->adapters[i], &info[i]);
	}
	assert_int_equal(info[0].counters.rx_frames, FRAMES);
	assert_int_equal(info[1].counters.tx_frames, FRAMES);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(nimbl_counters_dropped(&info[i].counters), 0);
		assert_int_equal(info[i].counters.lists_sent, info[i].counters.lists_completed);
	}
	assert_int_equal(info[0].counters.lists_indicated,
		info[0].counters.lists_returned + info[1].counters.lists_handed);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_binding_close(bench->bindings[i]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_close(bench->adapters[i]);
	assert_int_equal(nimbl_pools_reap(), 0);
	if (nimbl_pool_close(bench->injector) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

static void run(const char *completion, const char *reuse)
{
	struct bench bench;

	bench_open(&bench, completion, reuse);
	for (uint64_t idle = 0; bench.received < FRAMES && idle < 100000; idle++) {
		uint64_t before = bench.received;

		inject(&bench);
		nimbl_lcore_run(0, next_random(&bench) % 3);
		check(&bench);
		if (bench.received != before)
			idle = 0;
	}
	assert_int_equal(bench.received, FRAMES);
	bench_close(&bench);
}

static void frames_handed_over_arrive_in_order_and_unchanged(void **state)
{
	run("handover", "0");
}

static void frames_completed_and_returned_arrive_in_order_and_unchanged(void **state)
{
	run("full", "0");
}

static void frames_from_a_reused_list_arrive_in_order_and_unchanged(void **state)
{
	run("handover", "1");
}

static void frames_completed_to_a_reused_list_arrive_in_order_and_unchanged(void **state)
{
	run("full", "1");
}

static int start(void **state)
{
	if (eal_harness_start(state) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_handed_over_arrive_in_order_and_unchanged),
		cmocka_unit_test(frames_completed_and_returned_arrive_in_order_and_unchanged),
		cmocka_unit_test(frames_from_a_reused_list_arrive_in_order_and_unchanged),
		cmocka_unit_test(frames_completed_to_a_reused_list_arrive_in_order_and_unchanged),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
