// SPDX-License-Identifier: BSD-3-Clause
// nimbl bench buffer: taking lists from pools and giving them back, moving, reading and deriving them,
// beside the nearest thing that bare DPDK has, in turns in one thread.
#include <errno.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "nimbl_engine.h"
#include "nimbl_mbuf.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define ROUNDS    31
#define WARMUP    3
#define SLICE     (1u << 16) // elements per slice
#define CAPACITY  4096u
#define CACHE     256u
#define DATA_SIZE (RTE_PKTMBUF_HEADROOM + 2048u)
#define JUMBO     9000u // in segments of SEGMENT bytes
#define SEGMENT   1800u
#define HEADER    14u

enum {
	KEY_JSON = OPTION_LONG,
	KEY_ROUNDS,
};

struct buffer_bench {
	bool is_json;
	uint32_t rounds;
	NDIS_HANDLE data, pair, list, buffer, buffer_data; // pools
	struct rte_mempool *bare;
	NET_BUFFER_LIST *jumbo, *pieces; // pieces: of jumbo, 1500 each
	NET_BUFFER_LIST *single, *full;  // of one segment; full: without headroom
	struct rte_mbuf *mbuf, *mbuf_jumbo;
	const struct operation *operation;
	uint16_t burst;
	struct samples nimbl, dpdk, ratio;
};

// `burst` times one element: take it and give it back, or do something with it and undo it.
struct operation {
	const char *name, *beside;
	void (*nimbl)(struct buffer_bench *bench);
	void (*dpdk)(struct buffer_bench *bench);
	uint8_t shorter; // a slice of costly elements has fewer of them: by this power of two
};

static void dpdk_bulk(struct buffer_bench *bench)
{
	struct rte_mbuf *mbufs[NIMBL_BURST_MAX];

	if (rte_pktmbuf_alloc_bulk(bench->bare, mbufs, bench->burst) == 0)
		rte_pktmbuf_free_bulk(mbufs, bench->burst);
}

static void dpdk_single(struct buffer_bench *bench)
{
	struct rte_mbuf *mbufs[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++)
		mbufs[i] = rte_pktmbuf_alloc(bench->bare);
	for (uint16_t i = 0; i < bench->burst; i++)
		rte_pktmbuf_free(mbufs[i]);
}

static void nimbl_bulk(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];

	nimbl_nbl_put(lists, nimbl_nbl_get(bench->data, lists, bench->burst));
}

static void ndis_data(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++)
		lists[i] = NdisAllocateNetBufferList(bench->data, 0, 0);
	for (uint16_t i = 0; i < bench->burst; i++)
		NdisFreeNetBufferList(lists[i]);
}

static void ndis_one_step(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++)
		lists[i] = NdisAllocateNetBufferAndNetBufferList(bench->pair, 0, 0, NULL, 0, 0);
	for (uint16_t i = 0; i < bench->burst; i++)
		NdisFreeNetBufferList(lists[i]);
}

static void two_steps_free(NET_BUFFER_LIST **lists, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		NdisFreeNetBuffer(NET_BUFFER_LIST_FIRST_NB(lists[i]));
		NdisFreeNetBufferList(lists[i]);
	}
}

static void ndis_two_steps(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++) {
		lists[i] = NdisAllocateNetBufferList(bench->list, 0, 0);
		NET_BUFFER_LIST_FIRST_NB(lists[i]) =
			NdisAllocateNetBuffer(bench->buffer, NULL, 0, 0);
	}
	two_steps_free(lists, bench->burst);
}

static void ndis_two_steps_data(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++) {
		lists[i] = NdisAllocateNetBufferList(bench->list, 0, 0);
		NET_BUFFER_LIST_FIRST_NB(lists[i]) =
			NdisAllocateNetBufferMdlAndData(bench->buffer_data);
	}
	two_steps_free(lists, bench->burst);
}

// The compiler must not see that nothing is done with what was read.
#define KEEP(value) __asm__ volatile("" : : "r"(value) : "memory")

static void dpdk_prepend(struct buffer_bench *bench)
{
	for (uint16_t i = 0; i < bench->burst; i++) {
		KEEP(rte_pktmbuf_prepend(bench->mbuf, HEADER));
		KEEP(rte_pktmbuf_adj(bench->mbuf, HEADER));
	}
}

static void ndis_retreat(struct buffer_bench *bench)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(bench->single);

	for (uint16_t i = 0; i < bench->burst; i++) {
		NdisRetreatNetBufferDataStart(nb, HEADER, 0, NULL);
		NdisAdvanceNetBufferDataStart(nb, HEADER, FALSE, NULL);
	}
}

static void ndis_retreat_far(struct buffer_bench *bench)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(bench->full);

	for (uint16_t i = 0; i < bench->burst; i++) {
		NdisRetreatNetBufferDataStart(nb, HEADER, 0, NULL);
		NdisAdvanceNetBufferDataStart(nb, HEADER, TRUE, NULL);
	}
}

static void dpdk_clone_of(struct buffer_bench *bench, struct rte_mbuf *m)
{
	struct rte_mbuf *clones[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++)
		clones[i] = rte_pktmbuf_clone(m, bench->bare);
	for (uint16_t i = 0; i < bench->burst; i++)
		rte_pktmbuf_free(clones[i]);
}

static void dpdk_clone(struct buffer_bench *bench)
{
	dpdk_clone_of(bench, bench->mbuf);
}

static void dpdk_clone_jumbo(struct buffer_bench *bench)
{
	dpdk_clone_of(bench, bench->mbuf_jumbo);
}

static void ndis_clone(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *clones[NIMBL_BURST_MAX];

	for (uint16_t i = 0; i < bench->burst; i++)
		clones[i] = NdisAllocateCloneNetBufferList(bench->single, NULL, NULL, 0);
	for (uint16_t i = 0; i < bench->burst; i++)
		NdisFreeCloneNetBufferList(clones[i], 0);
}

static void ndis_fragment(struct buffer_bench *bench)
{
	for (uint16_t i = 0; i < bench->burst; i++)
		NdisFreeFragmentNetBufferList(NdisAllocateFragmentNetBufferList(bench->jumbo, NULL,
						      NULL, 0, 1500, HEADER, 0, 0),
			HEADER, 0);
}

static void ndis_reassemble(struct buffer_bench *bench)
{
	for (uint16_t i = 0; i < bench->burst; i++)
		NdisFreeReassembledNetBufferList(
			NdisAllocateReassembledNetBufferList(bench->pieces, NULL, 0, 0, 0, 0), 0,
			0);
}

static void dpdk_read(struct buffer_bench *bench)
{
	for (uint16_t i = 0; i < bench->burst; i++)
		KEEP(rte_pktmbuf_read(bench->mbuf, 0, 54, NULL));
}

static void ndis_read(struct buffer_bench *bench)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(bench->single);

	for (uint16_t i = 0; i < bench->burst; i++)
		KEEP(NdisGetDataBuffer(nb, 54, NULL, 1, 0));
}

static void dpdk_read_far(struct buffer_bench *bench)
{
	uint8_t storage[SEGMENT + 54];

	for (uint16_t i = 0; i < bench->burst; i++)
		KEEP(rte_pktmbuf_read(bench->mbuf_jumbo, 0, sizeof(storage), storage));
}

static void ndis_read_far(struct buffer_bench *bench)
{
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(bench->jumbo);
	uint8_t storage[SEGMENT + 54];

	for (uint16_t i = 0; i < bench->burst; i++)
		KEEP(NdisGetDataBuffer(nb, sizeof(storage), storage, 1, 0));
}

static void dpdk_copy(struct buffer_bench *bench)
{
	uint8_t *to = NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(bench->full))->MappedSystemVa;

	for (uint16_t i = 0; i < bench->burst; i++) {
		memcpy(to, rte_pktmbuf_mtod(bench->mbuf, void *), 1500);
		KEEP(to);
	}
}

static void ndis_copy(struct buffer_bench *bench)
{
	ULONG copied;

	for (uint16_t i = 0; i < bench->burst; i++)
		NdisCopyFromNetBufferToNetBuffer(NET_BUFFER_LIST_FIRST_NB(bench->full), 0, 1500,
			NET_BUFFER_LIST_FIRST_NB(bench->single), 0, &copied);
}

static const struct operation operations[] = {
	{"list+buffer+MDL+data, bulk", "alloc_bulk, free_bulk", nimbl_bulk, dpdk_bulk, 0},
	{"list+buffer+MDL+data, one by one", "alloc, free", ndis_data, dpdk_single, 0},
	{"list+buffer, one step", "alloc, free", ndis_one_step, dpdk_single, 0},
	{"list, then buffer, two steps", "alloc, free", ndis_two_steps, dpdk_single, 0},
	{"list, then buffer+MDL+data", "alloc, free", ndis_two_steps_data, dpdk_single, 0},
	{"retreat+advance in headroom", "prepend, adj", ndis_retreat, dpdk_prepend, 0},
	{"retreat+advance with a new MDL", "alloc, free", ndis_retreat_far, dpdk_single, 1},
	{"clone one segment, free", "clone, free", ndis_clone, dpdk_clone, 3},
	{"fragment 9000 to 6x1500, free", "clone 5 segments", ndis_fragment, dpdk_clone_jumbo, 6},
	{"reassemble 6x1500, free", "clone 5 segments", ndis_reassemble, dpdk_clone_jumbo, 5},
	{"get data, in one piece", "read", ndis_read, dpdk_read, 0},
	{"get data, straddling, 1854 bytes", "read", ndis_read_far, dpdk_read_far, 2},
	{"copy 1500 bytes", "memcpy", ndis_copy, dpdk_copy, 2},
};

static double slice_cycles(struct buffer_bench *bench, void (*call)(struct buffer_bench *bench))
{
	uint32_t times = (SLICE >> bench->operation->shorter) / bench->burst;
	uint64_t begin = rte_rdtsc_precise();

	for (uint32_t i = 0; i < times; i++)
		call(bench);
	return (double)(rte_rdtsc_precise() - begin) / times / bench->burst;
}

// On an lcore, so that both sides have its cache.
static int row_run(void *arg)
{
	struct buffer_bench *bench = arg;

	uint32_t voids = bench->rounds * BENCH_VOID_MAX;

	for (uint32_t round = 0; round < bench->rounds + WARMUP; round++) {
		long switches = bench_switches();
		double dpdk = slice_cycles(bench, bench->operation->dpdk);
		double nimbl = slice_cycles(bench, bench->operation->nimbl);

		if (bench_switches() != switches && voids > 0) {
			voids--;
			round--;
			continue;
		}
		if (round < WARMUP)
			continue;
		samples_add(&bench->dpdk, dpdk);
		samples_add(&bench->nimbl, nimbl);
		samples_add(&bench->ratio, nimbl / dpdk);
	}
	return 0;
}

static void row_report(struct buffer_bench *bench, struct table *table, json_t *list)
{
	const struct operation *operation = bench->operation;

	if (bench->is_json) {
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:i}", "operation",
				operation->name, "beside", operation->beside, "burst",
				(int)bench->burst, "nimbl_cycles", samples_median(&bench->nimbl),
				"nimbl_spread", samples_spread(&bench->nimbl), "dpdk_cycles",
				samples_median(&bench->dpdk), "ratio",
				samples_median(&bench->ratio), "ratio_spread",
				samples_spread(&bench->ratio), "rounds", (int)bench->ratio.count));
		return;
	}
	table_cell(table, "%s", operation->name);
	table_cell(table, "%u", bench->burst);
	table_cell(table, "%.1f", samples_median(&bench->nimbl));
	table_cell(table, "%s", operation->beside);
	table_cell(table, "%.1f", samples_median(&bench->dpdk));
	table_cell(table, "%.2f", samples_median(&bench->ratio));
	table_cell(table, "%.2f", samples_spread(&bench->ratio));
}

static int measure(struct buffer_bench *bench, struct nimbl_engine *engine)
{
	static const char *const headers[] = {
		"operation", "burst", "cycles", "beside", "cycles", "ratio", "spread", NULL};
	static const uint16_t bursts[] = {1, 32};
	struct table *table = table_new(headers);
	json_t *list = json_array();

	for (size_t i = 0; i < RTE_DIM(operations) * RTE_DIM(bursts); i++) {
		bench->operation = &operations[i / RTE_DIM(bursts)];
		bench->burst = bursts[i % RTE_DIM(bursts)];
		bench->nimbl.count = bench->dpdk.count = bench->ratio.count = 0;
		nimbl_engine_call(engine, row_run, bench);
		row_report(bench, table, list);
	}
	if (bench->is_json) {
		say_json(json_pack("{s:s, s:o, s:O}", "schema", "nimbl.bench.buffer/1", "machine",
			bench_machine(), "rows", list));
	} else {
		bench_machine_print();
		printf("cycles per element, done and undone, medians; ratio of pairs\n\n");
		table_print(table, 0, stdout);
	}
	table_free(table);
	json_decref(list);
	return 0;
}

static NDIS_HANDLE list_pool(bool with_buffer, uint32_t data_size)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = with_buffer,
		.DataSize = data_size,
	};
	struct nimbl_pool_options options = {
		.capacity = CAPACITY, .cache = CACHE, .node = NIMBL_NODE_ANY};

	return nimbl_nbl_pool_open(NULL, &parameters, &options);
}

static NDIS_HANDLE buffer_pool(uint32_t data_size)
{
	NET_BUFFER_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
		.DataSize = data_size,
	};
	struct nimbl_pool_options options = {
		.capacity = CAPACITY, .cache = CACHE, .node = NIMBL_NODE_ANY};

	return nimbl_nb_pool_open(NULL, &parameters, &options);
}

static NET_BUFFER_LIST *received(NDIS_HANDLE pool, uint32_t bytes)
{
	struct rte_mbuf *head = NULL;
	uint32_t unusual = 0;

	for (uint32_t done = 0; done < bytes; done += SEGMENT) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

		memset(rte_pktmbuf_append(m, SEGMENT), 0, SEGMENT);
		if (head == NULL)
			head = m;
		else
			rte_pktmbuf_chain(head, m);
	}
	return nimbl_nbl_adopt(head, NULL, &unusual);
}

// What operations work on. The pools are full: nothing here can fail.
static void packets_make(struct buffer_bench *bench)
{
	bench->single = received(bench->data, SEGMENT);
	bench->jumbo = received(bench->data, JUMBO);
	bench->full = received(bench->data, SEGMENT);
	bench->pieces =
		NdisAllocateFragmentNetBufferList(bench->jumbo, NULL, NULL, 0, 1500, 0, 0, 0);
	NdisRetreatNetBufferListDataStart(bench->full, RTE_PKTMBUF_HEADROOM, 0, NULL, NULL);
	bench->mbuf = nimbl_mbuf_of_nb(nimbl_own_nb(received(bench->data, SEGMENT)));
	bench->mbuf_jumbo = nimbl_mbuf_of_nb(nimbl_own_nb(received(bench->data, JUMBO)));
}

static void packets_free(struct buffer_bench *bench)
{
	NET_BUFFER_LIST *rest[] = {bench->single, bench->jumbo, bench->full,
		nimbl_nbl_of_mbuf(bench->mbuf), nimbl_nbl_of_mbuf(bench->mbuf_jumbo)};

	NdisFreeFragmentNetBufferList(bench->pieces, 0, 0);
	nimbl_nbl_put(rest, RTE_DIM(rest));
}

static int with_pools(struct buffer_bench *bench, struct nimbl_engine *engine)
{
	int ret = NIMBL_EXIT_ENVIRONMENT;

	bench->data = list_pool(true, DATA_SIZE);
	bench->pair = list_pool(true, 0);
	bench->list = list_pool(false, 0);
	bench->buffer = buffer_pool(0);
	bench->buffer_data = buffer_pool(DATA_SIZE);
	if (bench->data != NULL && bench->pair != NULL && bench->list != NULL &&
		bench->buffer != NULL && bench->buffer_data != NULL) {
		// The very pool: the same memory and the same cache for both.
		bench->bare = nimbl_pool_mempool(bench->data);
		packets_make(bench);
		ret = measure(bench, engine);
		packets_free(bench);
	} else
		ret = say_error();
	nimbl_pool_close(bench->buffer_data);
	nimbl_pool_close(bench->buffer);
	nimbl_pool_close(bench->list);
	nimbl_pool_close(bench->pair);
	nimbl_pool_close(bench->data);
	return ret;
}

static const struct argp_option options[] = {
	{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.bench.buffer/1)", 0},
	{"rounds", KEY_ROUNDS, "N", 0, "Pairs of slices per row, at least 15 (31)", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct buffer_bench *bench = state->input;

	switch (key) {
	case KEY_JSON:
		bench->is_json = true;
		return 0;
	case KEY_ROUNDS:
		return option_number(
			state, "--rounds", text, 15, SAMPLES_MAX - WARMUP, &bench->rounds);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int bench_buffer(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Say what it costs to take lists from a pool and give them back, in one step and in "
		       "two, and to move, read and derive packets, beside bare mbufs.\v"
		       "Example: nimbl bench buffer --json\n\n" OPTION_EXIT_TEXT,
	};
	struct buffer_bench bench = {.rounds = ROUNDS};
	struct nimbl_conf *conf = nimbl_conf_new();
	struct nimbl_engine *engine = NULL;
	int ret = option_parse(&argp, argc, argv, &bench);

	if (ret != 0)
		return ret;
	if (conf == NULL)
		return NIMBL_EXIT_ENVIRONMENT;
	snprintf(conf->name, sizeof(conf->name), "bench-%d", (int)getpid());
	conf->memory_bytes = 128u << 20;
	if (nimbl_conf_add_port(conf, "a", "net_null0") < 0 || nimbl_engine_open(conf, &engine) < 0)
		ret = say_error();
	else
		ret = with_pools(&bench, engine);
	nimbl_engine_close(engine);
	nimbl_conf_free(conf);
	return ret;
}
