// SPDX-License-Identifier: BSD-3-Clause
// nimbl bench buffer: taking lists from pools and giving them back, beside the nearest thing that bare
// DPDK has, in turns in one thread.
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

enum {
	KEY_JSON = OPTION_LONG,
	KEY_ROUNDS,
};

struct buffer_bench {
	bool is_json;
	uint32_t rounds;
	NDIS_HANDLE data, pair, list, buffer, buffer_data; // pools
	struct rte_mempool *bare;
	const struct operation *operation;
	uint16_t burst;
	struct samples nimbl, dpdk, ratio;
};

// Take `burst` elements and give them back.
struct operation {
	const char *name, *beside;
	void (*nimbl)(struct buffer_bench *bench);
	void (*dpdk)(struct buffer_bench *bench);
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

static const struct operation operations[] = {
	{"list+buffer+MDL+data, bulk", "alloc_bulk, free_bulk", nimbl_bulk, dpdk_bulk},
	{"list+buffer+MDL+data, one by one", "alloc, free", ndis_data, dpdk_single},
	{"list+buffer, one step", "alloc, free", ndis_one_step, dpdk_single},
	{"list, then buffer, two steps", "alloc, free", ndis_two_steps, dpdk_single},
	{"list, then buffer+MDL+data", "alloc, free", ndis_two_steps_data, dpdk_single},
};

static double slice_cycles(struct buffer_bench *bench, void (*call)(struct buffer_bench *bench))
{
	uint32_t times = SLICE / bench->burst;
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
		printf("cycles per element, taken and given back, medians; ratio of pairs\n\n");
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
		ret = measure(bench, engine);
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
		       "two, beside bare mbufs.\v"
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
