// SPDX-License-Identifier: BSD-3-Clause
// A filter that puts bytes before what is sent finds the headroom that its stack asked for, in lists that another
// port received: within what PMDs leave always, beyond it when the pools of that port were made again.
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <unistd.h>

#include "nimbl_engine.h"
#include "pair_make.h"
#include "stack_make.h"
#include "test_filter.h"
#include "workers.h"

#define FRAME      64u // of net_null
#define PATIENCE_S 30

// Pools

static NET_BUFFER_LIST *received(struct rte_mempool *mp, uint32_t bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	uint32_t unusual = 0;

	assert_non_null(m);
	memset(rte_pktmbuf_append(m, (uint16_t)bytes), 0x33, bytes);
	return nimbl_nbl_adopt(m, NULL, &unusual);
}

static void a_lead_is_headroom_beyond_what_pmds_leave(void **state)
{
	const struct nimbl_pool_options options = {
		.name = "lead", .capacity = 16, .node = NIMBL_NODE_ANY, .lead_bytes = 128};
	NDIS_HANDLE pool = list_pool_with(TRUE, 128 + RTE_PKTMBUF_HEADROOM + 512, 0, &options);
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	assert_int_equal(info.headroom, 128 + RTE_PKTMBUF_HEADROOM);
	for (unsigned int round = 0; round < 40; round++) { // every element twice
		NET_BUFFER_LIST *nbl = received(nimbl_pool_mempool(pool), FRAME);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
		const MDL *mdl = nb->MdlChain;
		struct rte_mbuf *m = nimbl_mbuf_of_nb(nb);
		const void *buffer = m->buf_addr;

		assert_int_equal(nb->DataOffset, 128 + RTE_PKTMBUF_HEADROOM);
		assert_int_equal(NdisRetreatNetBufferDataStart(nb, 200, 0, NULL), 0);
		assert_ptr_equal(nb->MdlChain, mdl);
		memset((uint8_t *)mdl->MappedSystemVa + nb->CurrentMdlOffset, 0x44, 200);
		assert_true(nimbl_nb_is_in_lead(nb));
		assert_false(nimbl_nbl_is_plain(nbl, nb));
		// As a send does it.
		assert_ptr_equal(nimbl_nb_to_mbuf(nb), m);
		assert_int_equal(m->pkt_len, 200 + FRAME);
		assert_int_equal(*rte_pktmbuf_mtod(m, uint8_t *), 0x44);
		assert_int_equal(*rte_pktmbuf_mtod_offset(m, uint8_t *, 200), 0x33);
		nimbl_nb_unstretch(nb);
		assert_ptr_equal(m->buf_addr, buffer);
		assert_int_equal(m->buf_len, RTE_PKTMBUF_HEADROOM + 512);
		nimbl_nbl_put(&nbl, 1);
	}
	close_whole(pool);
}

static void what_is_derived_of_data_in_a_lead_is_whole_and_leaves_nothing_behind(void **state)
{
	const struct nimbl_pool_options options = {
		.name = "lead", .capacity = 16, .node = NIMBL_NODE_ANY, .lead_bytes = 64};
	NDIS_HANDLE pool = list_pool_with(TRUE, 64 + RTE_PKTMBUF_HEADROOM + 512, 0, &options);

	for (unsigned int round = 0; round < 40; round++) {
		NET_BUFFER_LIST *nbl = received(nimbl_pool_mempool(pool), FRAME);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
		uint8_t wanted[FRAME + 180], got[FRAME + 180];

		assert_int_equal(NdisRetreatNetBufferDataStart(nb, 180, 0, NULL), 0);
		nb_gather(nb, wanted, sizeof(wanted));
		NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);
		assert_non_null(clone);
		NET_BUFFER *copy = NET_BUFFER_LIST_FIRST_NB(clone);
		nb_gather(copy, got, sizeof(got));
		assert_memory_equal(got, wanted, sizeof(got));
		struct rte_mbuf *m = nimbl_nb_to_mbuf(copy);
		assert_non_null(m);
		assert_memory_equal(rte_pktmbuf_mtod(m, uint8_t *), wanted, sizeof(wanted));
		NdisFreeCloneNetBufferList(clone, 0);
		nimbl_nbl_put(&nbl, 1);
	}
	close_whole(pool);
}

static void a_room_that_no_list_has_is_refused(void **state)
{
	struct nimbl_pool_options options = {
		.name = "lead", .capacity = 16, .node = NIMBL_NODE_ANY, .lead_bytes = 100};
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = list_parameters(TRUE, 2048, 0);

	assert_null(nimbl_nbl_pool_open(NULL, &parameters, &options)); // no whole lines
	options.lead_bytes = 4096;
	assert_null(nimbl_nbl_pool_open(NULL, &parameters, &options)); // more than there is
	options.lead_bytes = 128;
	parameters.ContextSize = 65520;
	assert_null(nimbl_nbl_pool_open(NULL, &parameters, &options));
	assert_error_says("context");
}

// Ports

static struct test_filter *insert(NDIS_HANDLE adapter, uint32_t bytes, uint32_t context)
{
	NDIS_HANDLE filter = NULL;

	if (nimbl_filter_insert(adapter, 0, "test_filter", "f", NULL, &filter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	struct test_filter *self = test_filter_of(filter);
	self->data_back_fill = bytes;
	self->context_fill = context;
	assert_int_equal(NdisFRestartFilter(filter), NDIS_STATUS_SUCCESS);
	assert_int_equal(nimbl_stack_again(adapter), 0);
	__atomic_store_n(&self->sends, TEST_FILTER_PREPEND, __ATOMIC_RELEASE);
	return self;
}

static struct nimbl_adapter_info query(NDIS_HANDLE adapter)
{
	struct nimbl_adapter_info info;

	nimbl_adapter_query(adapter, &info);
	return info;
}

// As the engine does it: what `from` receives is sent through `to`.
static void room_make(NDIS_HANDLE from, NDIS_HANDLE to)
{
	struct nimbl_adapter_info info = query(to);
	const struct nimbl_room room = {info.data_back_fill, info.context_back_fill};

	if (nimbl_stack_make_room(from, &room) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_true(query(from).room.data_bytes >= room.data_bytes);
	assert_true(query(from).room.context_bytes >= room.context_bytes);
}

struct sink {
	NDIS_HANDLE adapters[2], bindings[2]; // a device, and a file
	char path[64];
};

static void sink_open(struct sink *sink, const char *device, const char *completion)
{
	static const char *const names[] = {"a", "b"};
	char file[128];
	const char *const devices[] = {device, file};

	snprintf(sink->path, sizeof(sink->path), "/tmp/nimbl_headroom_%d.pcap", getpid());
	snprintf(file, sizeof(file), "net_pcap_headroom,tx_pcap=%s", sink->path);
	for (unsigned int i = 0; i < 2; i++) {
		const struct nimbl_option options[] = {{"device", devices[i]}, {"kind", "vdev"},
			{"rx_lcores", "0"}, {"tx_lcores", "0"}, {"lists", "2048"}, {"cache", "0"},
			{NULL, NULL}};

		if (nimbl_adapter_open("ethdev", names[i], options, &sink->adapters[i]) < 0)
			fail_msg("%s", nimbl_last_error()->cause);
	}
	for (unsigned int i = 0; i < 2; i++) {
		const struct nimbl_option options[] = {{"port", names[i]}, {"peer", names[1 - i]},
			{"completion", completion}, {NULL, NULL}};

		assert_int_equal(nimbl_binding_open("xconnect", sink->adapters[i], options,
					 &sink->bindings[i]),
			0);
	}
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_stack_restart(sink->adapters[i]), 0);
}

static void sink_close(struct sink *sink)
{
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(sink->adapters[i], true);
	nimbl_lcore_run(0, 10);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_stack_pause(sink->adapters[i]), 0);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_binding_close(sink->bindings[i]);
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_close(sink->adapters[i]);
	assert_int_equal(nimbl_pools_reap(), 0);
}

// How many frames of each length the file has; all begin with the filter's bytes.
static void file_read(const struct sink *sink, uint32_t counts[2048])
{
	FILE *file = fopen(sink->path, "rb");
	uint32_t header[6], record[4];
	uint8_t bytes[2048];

	memset(counts, 0, 2048 * sizeof(counts[0]));
	assert_non_null(file);
	assert_int_equal(fread(header, sizeof(header), 1, file), 1);
	while (fread(record, sizeof(record), 1, file) == 1) {
		assert_in_range(record[2], FRAME, sizeof(bytes) - 1);
		assert_int_equal(fread(bytes, record[2], 1, file), 1);
		for (uint32_t i = 0; i < record[2]; i++)
			assert_int_equal(bytes[i], i < record[2] - FRAME ? TEST_FILTER_BYTE : 0);
		counts[record[2]]++;
	}
	fclose(file);
	unlink(sink->path);
}

static void headroom_beyond_the_usual_with(const char *completion)
{
	uint32_t counts[2048];
	struct test_filter *f;
	struct sink sink;

	sink_open(&sink, "net_null_headroom", completion);
	nimbl_lcore_run(0, 5);
	f = insert(sink.adapters[1], 50, 0);
	room_make(sink.adapters[0], sink.adapters[1]);
	assert_int_equal(query(sink.adapters[0]).room.data_bytes, RTE_PKTMBUF_HEADROOM);
	nimbl_lcore_run(0, 5);
	assert_true(f->prepended > 0);
	assert_int_equal(f->new_mdls, 0);
	uint32_t fifty = f->prepended;
	assert_int_equal(nimbl_filter_remove(f->filter), 0);

	f = insert(sink.adapters[1], 200, 32);
	nimbl_lcore_run(0, 5); // before there is room it works all the same
	assert_true(f->prepended > 0);
	assert_int_equal(f->new_mdls, f->prepended);
	uint32_t two_hundred = f->prepended, contexts = f->new_contexts;
	assert_true(contexts > 0);
	room_make(sink.adapters[0], sink.adapters[1]);
	nimbl_lcore_run(0, 200); // every list of the pool more than once
	assert_true(f->prepended > two_hundred + 2048);
	assert_int_equal(f->new_mdls, two_hundred);
	assert_int_equal(f->new_contexts, contexts);
	two_hundred = f->prepended;
	assert_int_equal(nimbl_filter_remove(f->filter), 0);

	nimbl_lcore_run(0, 5); // and without it
	uint64_t sent = query(sink.adapters[1]).counters.tx_frames;
	if (strcmp(completion, "full") == 0) // as they lay
		assert_int_equal(query(sink.adapters[1]).counters.tx_copied, 0);
	sink_close(&sink);
	file_read(&sink, counts);
	assert_int_equal(counts[FRAME + 50], fifty);
	assert_int_equal(counts[FRAME + 200], two_hundred);
	assert_int_equal(counts[FRAME] + fifty + two_hundred, sent);
	assert_true(counts[FRAME] > 0);
}

static void headroom_beyond_the_usual_when_lists_are_given_away(void **state)
{
	headroom_beyond_the_usual_with("handover");
}

static void headroom_beyond_the_usual_when_lists_come_back(void **state)
{
	headroom_beyond_the_usual_with("full");
}

static void pools_that_cannot_be_had_leave_the_old_ones(void **state)
{
	const struct nimbl_room room = {.data_bytes = 60000, .context_bytes = 60000};
	uint32_t counts[2048];
	struct sink sink;

	sink_open(&sink, "net_null_headroom", "handover");
	nimbl_lcore_run(0, 2);
	assert_true(nimbl_stack_make_room(sink.adapters[0], &room) < 0);
	assert_int_equal(query(sink.adapters[0]).state, NIMBL_RUNNING);
	assert_int_equal(query(sink.adapters[0]).room.data_bytes, RTE_PKTMBUF_HEADROOM);
	uint64_t before = query(sink.adapters[1]).counters.tx_frames;
	nimbl_lcore_run(0, 5);
	assert_true(query(sink.adapters[1]).counters.tx_frames > before);
	sink_close(&sink);
	file_read(&sink, counts);
}

// A device that the environment names (NIMBL_TEST_DEVICE), into which somebody sends frames.

static uint64_t file_frames(const struct sink *sink)
{
	return query(sink->adapters[1]).counters.tx_frames;
}

static void frames_wait(const struct sink *sink, uint32_t more)
{
	uint64_t end = rte_get_timer_cycles() + PATIENCE_S * rte_get_timer_hz();
	uint64_t goal = file_frames(sink) + more;

	while (file_frames(sink) < goal) {
		if (rte_get_timer_cycles() > end)
			fail_msg("no %u frames in %d s", more, PATIENCE_S);
		nimbl_lcore_run(0, 10);
		rte_delay_us_sleep(100);
	}
}

static void frames_of_a_device_find_the_headroom(void **state)
{
	const char *device = getenv("NIMBL_TEST_DEVICE");
	struct test_filter *f;
	struct sink sink;

	if (device == NULL)
		skip();
	sink_open(&sink, device, "handover");
	frames_wait(&sink, 20);
	f = insert(sink.adapters[1], 200, 32);
	frames_wait(&sink, 20);
	uint32_t mdls = f->new_mdls, prepended = f->prepended;
	assert_true(mdls > 0);
	room_make(sink.adapters[0], sink.adapters[1]);
	frames_wait(&sink, 100);
	assert_true(f->prepended > prepended);
	assert_int_equal(f->new_mdls, mdls);
	assert_int_equal(query(sink.adapters[1]).counters.tx_copied, 0);
	assert_int_equal(nimbl_filter_remove(f->filter), 0);
	frames_wait(&sink, 20);
	sink_close(&sink);
	unlink(sink.path);
}

// Pools of drivers above, made again in Restarting

static struct own_pool {
	NDIS_HANDLE pool;
	uint32_t makes;
	struct test_binding *user;
} own_pool;

// As the seeds say: what became too small is freed and made again, while nothing is out.
static void own_pool_make(void)
{
	if (own_pool.pool != NULL)
		close_whole(own_pool.pool);
	own_pool.pool = list_pool(
		TRUE, own_pool.user->back_fill + FRAME, (USHORT)own_pool.user->context_fill);
	own_pool.makes++;
}

static void own_lists_send(struct stack *stack, uint32_t count)
{
	NET_BUFFER_LIST *lists[16];

	assert_true(count <= RTE_DIM(lists));
	for (uint32_t i = 0; i < count; i++) {
		lists[i] = NdisAllocateNetBufferList(own_pool.pool, 0, 0);
		// All the room is headroom until data is put at its end.
		assert_int_equal(NdisRetreatNetBufferListDataStart(
					 lists[i], FRAME, stack->user->back_fill, NULL, NULL),
			NDIS_STATUS_SUCCESS);
		lists[i]->SourceHandle = stack->binding;
	}
	stack->user->completed = 0;
	test_send(stack->user, lists, count, 0);
	assert_int_equal(stack->mp->sent_count, count);
	assert_int_equal(NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(stack->mp->sent[0])),
		FRAME + stack->f[0]->data_back_fill);
	test_miniport_complete(stack->mp, count, NDIS_STATUS_SUCCESS);
	assert_int_equal(stack->user->completed, count);
	for (uint32_t i = 0; i < count; i++)
		NdisFreeNetBufferList(lists[i]);
}

static void a_protocol_makes_its_pool_again_when_it_has_become_too_small(void **state)
{
	static const uint32_t bytes[] = {50, 200, 20, 1000};
	struct stack stack;

	own_pool = (struct own_pool){.pool = NULL};
	stack_open(&stack, 1);
	own_pool.user = stack.user;
	stack.user->in_restart = own_pool_make;
	stack.f[0]->sends = TEST_FILTER_PREPEND;
	for (unsigned int i = 0; i < RTE_DIM(bytes); i++) {
		stack.f[0]->data_back_fill = bytes[i];
		stack.f[0]->context_fill = 16 * i;
		if (i == 0)
			stack_restart(&stack);
		else
			assert_int_equal(nimbl_stack_again(stack.adapter), 0);
		assert_int_equal(own_pool.makes, i + 1);
		own_lists_send(&stack, 16);
		assert_int_equal(stack.f[0]->prepended, 16 * (i + 1));
		assert_int_equal(stack.f[0]->new_mdls, 0);
		assert_int_equal(stack.f[0]->new_contexts, 0);
	}
	stack.user->in_restart = NULL;
	stack_close(&stack);
	close_whole(own_pool.pool);
}

// While lcores run

static void prepended_wait(const struct test_filter *f, uint32_t more)
{
	uint64_t end = rte_get_timer_cycles() + PATIENCE_S * rte_get_timer_hz();
	uint32_t goal = __atomic_load_n(&f->prepended, __ATOMIC_ACQUIRE) + more;

	while (__atomic_load_n(&f->prepended, __ATOMIC_ACQUIRE) < goal) {
		if (rte_get_timer_cycles() > end)
			fail_msg("%u of %u frames in %d s", f->prepended, goal, PATIENCE_S);
		rte_delay_us_sleep(100);
	}
}

static void a_filter_comes_and_goes_while_frames_flow(void **state)
{
	struct pair pair;

	pair_open(&pair, "net_null", "handover", "1");
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_stack_restart(pair.adapters[i]), 0);
	assert_int_equal(nimbl_lcores_start(), 0);
	for (unsigned int round = 0; round < 10; round++) {
		struct test_filter *f = insert(pair.adapters[1], 200, 32);

		prepended_wait(f, 100);
		nimbl_adapter_hold(pair.adapters[1], true);
		room_make(pair.adapters[0], pair.adapters[1]);
		nimbl_adapter_hold(pair.adapters[1], false);
		assert_int_equal(nimbl_lcores_publish(), 0);
		uint32_t mdls = f->new_mdls, contexts = f->new_contexts;
		prepended_wait(f, 5000);
		assert_int_equal(f->new_mdls, mdls);
		assert_int_equal(f->new_contexts, contexts);
		assert_int_equal(nimbl_filter_remove(f->filter), 0);
	}
	for (unsigned int i = 0; i < 2; i++)
		nimbl_adapter_hold(pair.adapters[i], true);
	assert_int_equal(nimbl_lcores_publish(), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(nimbl_stack_pause(pair.adapters[i]), 0);
	nimbl_lcores_stop();
	pair_close(&pair);
}

static int start(void **state)
{
	if (workers_start(2) != 0 || nimbl_lcores_init(32, NIMBL_REST_NEVER) != 0)
		return -1;
	return nimbl_drivers_load();
}

static int stop(void **state)
{
	nimbl_drivers_unload();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lead_is_headroom_beyond_what_pmds_leave),
		cmocka_unit_test(
			what_is_derived_of_data_in_a_lead_is_whole_and_leaves_nothing_behind),
		cmocka_unit_test(a_room_that_no_list_has_is_refused),
		cmocka_unit_test(headroom_beyond_the_usual_when_lists_are_given_away),
		cmocka_unit_test(headroom_beyond_the_usual_when_lists_come_back),
		cmocka_unit_test(pools_that_cannot_be_had_leave_the_old_ones),
		cmocka_unit_test(a_protocol_makes_its_pool_again_when_it_has_become_too_small),
		cmocka_unit_test(frames_of_a_device_find_the_headroom),
		cmocka_unit_test(a_filter_comes_and_goes_while_frames_flow),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
