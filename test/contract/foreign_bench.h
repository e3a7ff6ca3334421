// SPDX-License-Identifier: BSD-3-Clause
// What the tests of sending memory of others share: a port over rings of the test that is told what its
// device reaches, memory of EAL's and of the process, and the part of the PMD, which is the test's.
#pragma once

#include "foreign_make.h"

#include <rte_malloc.h>
#include <sys/mman.h>

#include "../../drivers/miniport/ethdev/ethdev_priv.h"
#include "list_priv.h"
#include "nimbl_bind.h"
#include "nimbl_lcore.h"
#include "ring_port.h"

#define PAGE   4096u
#define MEMORY (64 * PAGE)
#define END    UINT32_MAX

struct bench {
	struct ring_port port;
	struct ethdev *dev;
	struct test_binding *user;
	NDIS_HANDLE lists;    // with an NB each, and no room
	uint8_t *heap, *page; // memory of EAL's, and of the process
	struct rte_mbuf *frame;
};

static struct bench bench;

static inline void bench_open_with(enum nimbl_reach reach, const struct ring_port_options *options)
{
	memset(&bench, 0, sizeof(bench));
	if (ring_port_open(&bench.port, "a", options) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	bench.user = bench.port.user;
	bench.dev = nimbl_adapter_context(bench.port.adapter);
	bench.dev->passes_mbufs = false;
	bench.dev->reach = reach;
	bench.dev->frame_max = MEMORY;
	bench.lists = list_pool(TRUE, 0, 0);
	bench.heap = rte_malloc(NULL, MEMORY, PAGE);
	bench.page = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_non_null(bench.heap);
	assert_ptr_not_equal(bench.page, MAP_FAILED);
	foreign_fill(bench.heap, MEMORY);
	foreign_fill(bench.page, MEMORY);
}

static inline void bench_open(enum nimbl_reach reach)
{
	bench_open_with(reach, NULL);
}

static inline void assert_wrapper_whole(
	struct rte_mempool *mp, void *opaque, void *element, unsigned int index)
{
	const struct rte_mbuf *m = element;

	assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	assert_int_equal(m->nb_segs, 1);
	assert_null(m->next);
	assert_true(RTE_MBUF_DIRECT(m));
}

// The engine's own as well.
static inline void assert_all_whole(void)
{
	assert_pools_whole();
	rte_mempool_obj_iter(
		internal_pool(INTERNAL_BUFFERS)->chunks[0], assert_wrapper_whole, NULL);
}

static inline void bench_close(void)
{
	bench.dev->passes_mbufs = true;
	assert_all_whole();
	assert_int_equal(ring_port_close(&bench.port), 0);
	close_whole(bench.lists);
	rte_free(bench.heap);
	munmap(bench.page, MEMORY);
}

static inline struct nimbl_counters counters(void)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(bench.port.adapter, &info);
	return info.counters;
}

static inline void run(void)
{
	nimbl_lcore_run(0, 1);
}

static inline void take(void)
{
	bench.frame = ring_port_take(&bench.port);
	assert_non_null(bench.frame);
	rte_mbuf_sanity_check(bench.frame, 1);
}

static inline void lend(NET_BUFFER_LIST *nbl)
{
	test_send(bench.user, &nbl, 1, 0);
	take();
}

// The PMD is done.
static inline void let_go(void)
{
	uint32_t before = bench.user->completed;

	run();
	rte_pktmbuf_free(bench.frame);
	run();
	assert_true(bench.user->completed > 0);
	assert_true(bench.user->completed <= before + 1);
	assert_int_equal(
		bench.user->completions[bench.user->completed - 1].status, NDIS_STATUS_SUCCESS);
}

static inline NET_BUFFER_LIST *list_over(MDL *chain, uint32_t offset, uint32_t bytes)
{
	NET_BUFFER_LIST *nbl =
		NdisAllocateNetBufferAndNetBufferList(bench.lists, 0, 0, chain, offset, bytes);

	assert_non_null(nbl);
	nbl->SourceHandle = bench.user->binding;
	assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(nbl));
	return nbl;
}

// Every byte of the frame is the memory's at the address of it, from `memory` on.
static inline void assert_lies_at(const struct rte_mbuf *m, const uint8_t *memory)
{
	for (; m != NULL; m = m->next) {
		assert_ptr_equal(rte_pktmbuf_mtod(m, uint8_t *), memory);
		memory += m->data_len;
	}
}

static inline void assert_counted(uint64_t foreign, uint64_t copied)
{
	assert_int_equal(counters().tx_foreign, foreign);
	assert_int_equal(counters().tx_copied, copied);
}

static uint8_t frame_bytes[MEMORY];

static inline void assert_frame(uint32_t first, uint32_t bytes)
{
	const uint8_t *data = rte_pktmbuf_read(bench.frame, 0, bytes, frame_bytes);

	assert_int_equal(bench.frame->pkt_len, bytes);
	assert_non_null(data);
	assert_data(data, first, bytes);
}

// A received packet of two segments without headroom, bytes `first` to `first` + 600.
static inline NET_BUFFER_LIST *list_received(NDIS_HANDLE pool, uint32_t first)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));
	struct rte_mbuf *second = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

	m->data_off = 0;
	foreign_fill(frame_bytes, first + 600);
	memcpy(rte_pktmbuf_append(m, 400), frame_bytes + first, 400);
	memcpy(rte_pktmbuf_append(second, 200), frame_bytes + first + 400, 200);
	assert_int_equal(rte_pktmbuf_chain(m, second), 0);
	return adopt(m);
}

static inline int bench_start(void **state)
{
	if (eal_harness_start(state) != 0 || nimbl_lcores_init(64, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}
