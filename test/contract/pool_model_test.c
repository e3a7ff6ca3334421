// SPDX-License-Identifier: BSD-3-Clause
// A pool against a model of it: random operations, and after each the same books. Drivers leave junk
// in all that they may write; the next owner must not see any of it.
// NIMBL_SEED=<n> replays a run; the seed is printed first and with every failure.
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "pool_make.h"

#define SIZE       256u
#define OPERATIONS 300000u // per pool
#define BATCH      12u

enum place { IN_POOL, WITH_DRIVER, SEGMENT }; // SEGMENT: with the driver, behind another list

struct model {
	NDIS_HANDLE pool;
	NET_BUFFER_LIST *lists[SIZE]; // sorted by address
	enum place place[SIZE];
	uint32_t segments[SIZE]; // of a list with a driver: how many follow its first
	uint32_t behind[SIZE][2];
	uint32_t owned[SIZE]; // indices, in any order
	uint32_t owned_count;
	uint32_t free;
	bool with_nb;
	uint32_t data_bytes;
};

static uint64_t seed, random_state;
static uint32_t operation;
static MDL *foreign;

#define must(condition)                                                                    \
	do {                                                                               \
		if (!(condition))                                                          \
			fail_msg("NIMBL_SEED=%" PRIu64 ", operation %u: not so: %s", seed, \
				operation, #condition);                                    \
	} while (0)

static uint32_t roll(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 32) % below);
}

static void *junk(void)
{
	return (void *)(uintptr_t)(0x8000000000000001ull | (uint64_t)roll(UINT32_MAX) << 8);
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;

	return (x > y) - (x < y);
}

static uint32_t index_of(const struct model *model, const NET_BUFFER_LIST *nbl)
{
	NET_BUFFER_LIST *const *found =
		bsearch(&nbl, model->lists, SIZE, sizeof(*model->lists), by_address);

	must(found != NULL);
	return (uint32_t)(found - model->lists);
}

static uint32_t take(struct model *model, const NET_BUFFER_LIST *nbl, enum place place)
{
	uint32_t i = index_of(model, nbl);

	must(model->place[i] == IN_POOL); // or it would have two owners
	model->place[i] = place;
	model->segments[i] = 0;
	if (place == WITH_DRIVER)
		model->owned[model->owned_count++] = i;
	model->free--;
	return i;
}

// The list at a random position of `owned`, given up by the driver, with all its segments.
static NET_BUFFER_LIST *give_up(struct model *model)
{
	uint32_t at = roll(model->owned_count), i = model->owned[at];

	model->owned[at] = model->owned[--model->owned_count];
	model->place[i] = IN_POOL;
	model->free += 1 + model->segments[i];
	for (uint32_t j = 0; j < model->segments[i]; j++)
		model->place[model->behind[i][j]] = IN_POOL;
	return model->lists[i];
}

static void must_be_clean(const struct model *model, const NET_BUFFER_LIST *nbl)
{
	must(nbl->Next == NULL);
	must(nbl->NblFlags == 0 && nbl->Flags == 0 && nbl->ChildRefCount == 0);
	must(nbl->Status == NDIS_STATUS_SUCCESS);
	must(nbl->NdisPoolHandle == model->pool && nbl->SourceHandle == NULL);
	must(nbl->NimblInfoUsed == 0);
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		must(nbl->NetBufferListInfo[i] == NULL);
}

static void must_be_own_nb(const NET_BUFFER_LIST *nbl)
{
	const NET_BUFFER *nb = nimbl_own_nb(nbl);

	must(nbl->FirstNetBuffer == nb);
	must(nb->Next == NULL && nb->ChecksumBias == 0);
	must(nb->NdisPoolHandle == nbl->NdisPoolHandle);
	must(nb_check(nb) == NULL);
}

static void must_be_fresh(const struct model *model, const NET_BUFFER_LIST *nbl)
{
	must_be_clean(model, nbl);
	must(nbl->ParentNetBufferList == NULL);
	must(nimbl_nbl_state(nbl) == NIMBL_LIST_ALLOCATED);
	if (!model->with_nb) {
		must(nbl->FirstNetBuffer == NULL);
		return;
	}
	must_be_own_nb(nbl);
	const NET_BUFFER *nb = nbl->FirstNetBuffer;
	const MDL *mdl = nimbl_own_mdl(nb);
	must(nb->stDataLength == 0 && nb->DataOffset == model->data_bytes);
	must(nb->CurrentMdlOffset == model->data_bytes);
	must(nb->MdlChain == (model->data_bytes > 0 ? mdl : NULL));
	must(nb->CurrentMdl == nb->MdlChain);
	must(mdl->Next == NULL && mdl->ByteCount == model->data_bytes);
}

static void get(struct model *model)
{
	NET_BUFFER_LIST *lists[BATCH];
	uint16_t want = (uint16_t)(1 + roll(BATCH));
	uint16_t got = nimbl_nbl_get(model->pool, lists, want);

	must(got == RTE_MIN(want, model->free));
	for (uint16_t i = 0; i < got; i++) {
		take(model, lists[i], WITH_DRIVER);
		must_be_fresh(model, lists[i]);
		must(lists[i]->Context == NULL);
	}
}

static void get_with_context(struct model *model)
{
	USHORT size = (USHORT)(16 * (1 + roll(8))), fill = (USHORT)(16 * roll(3));
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(model->pool, size, fill);

	must((nbl != NULL) == (model->free > 0));
	if (nbl == NULL)
		return;
	take(model, nbl, WITH_DRIVER);
	must_be_fresh(model, nbl);
	must(nbl->Context != NULL && nbl->Context->Next == NULL);
	must(nbl->Context->Size == size + fill && nbl->Context->Offset == fill);
	memset(nbl->Context->ContextData, 0x5a, nbl->Context->Size);
	NdisFreeNetBufferList(nbl);
	model->owned_count--; // it is the last
	model->place[index_of(model, nbl)] = IN_POOL;
	model->free++;
}

static void put(struct model *model)
{
	NET_BUFFER_LIST *lists[BATCH];
	uint16_t count = (uint16_t)RTE_MIN(1 + roll(BATCH), model->owned_count);

	for (uint16_t i = 0; i < count; i++)
		lists[i] = give_up(model);
	nimbl_nbl_put(lists, count);
}

static void put_chain(struct model *model)
{
	uint32_t count = RTE_MIN(roll(BATCH), model->owned_count);
	NET_BUFFER_LIST *chain = NULL;

	for (uint32_t i = 0; i < count; i++) {
		NET_BUFFER_LIST *nbl = give_up(model);

		nbl->Next = chain;
		chain = nbl;
	}
	must(nimbl_nbl_put_chain(chain) == count);
}

static void put_again(struct model *model)
{
	uint32_t i = roll(SIZE);

	// Whoever frees what is free, or a segment of another packet, is refused.
	if (nimbl_nbl_state(model->lists[i]) == NIMBL_LIST_FREE)
		nimbl_nbl_put(&model->lists[i], 1);
}

static void clobber_nb(NET_BUFFER_LIST *nbl, bool has_segments)
{
	NET_BUFFER *nb = nimbl_own_nb(nbl);

	nb->Next = junk();
	nb->CurrentMdl = nb->MdlChain = foreign;
	nb->CurrentMdlOffset = roll(UINT32_MAX);
	nb->DataOffset = roll(UINT32_MAX);
	nb->stDataLength = (uintptr_t)junk();
	nb->ChecksumBias = (USHORT)roll(65536);
	for (int i = 0; i < 6; i++)
		nb->ProtocolReserved[i] = junk();
	for (int i = 0; i < 4; i++)
		nb->MiniportReserved[i] = junk();
	nb->SharedMemoryInfo = junk();
	if (!has_segments && roll(4) == 0)
		nimbl_own_mdl(nb)->Next = foreign;
}

static void clobber(struct model *model)
{
	for (uint32_t n = roll(4); n > 0 && model->owned_count > 0; n--) {
		uint32_t i = model->owned[roll(model->owned_count)];
		NET_BUFFER_LIST *nbl = model->lists[i];

		nbl->Next = junk();
		nbl->FirstNetBuffer = junk();
		nbl->NblFlags = roll(UINT32_MAX);
		nbl->Flags = roll(UINT32_MAX);
		nbl->ChildRefCount = (LONG)roll(UINT32_MAX);
		nbl->Status = (NDIS_STATUS)roll(UINT32_MAX);
		nbl->SourceHandle = junk();
		nbl->ParentNetBufferList = junk();
		nbl->Scratch = junk();
		nbl->MiniportReserved[roll(2)] = junk();
		nbl->ProtocolReserved[roll(4)] = junk();
		for (uint32_t slots = roll(6); slots > 0; slots--)
			NET_BUFFER_LIST_INFO(nbl, roll(MaxNetBufferListInfo)) = junk();
		if (model->with_nb)
			clobber_nb(nbl, model->segments[i] > 0);
	}
}

static void shuffle(struct model *model)
{
	for (uint32_t i = model->owned_count; i > 1; i--) {
		uint32_t j = roll(i), other = model->owned[j];

		model->owned[j] = model->owned[i - 1];
		model->owned[i - 1] = other;
	}
}

// Retreat and advance as drivers do by hand.
static void move_data(struct model *model)
{
	if (model->owned_count == 0 || model->data_bytes == 0)
		return;
	NET_BUFFER_LIST *nbl = model->lists[model->owned[roll(model->owned_count)]];
	NET_BUFFER *nb = nimbl_own_nb(nbl);

	nb->DataOffset = nb->CurrentMdlOffset = roll(model->data_bytes);
	nb->stDataLength = roll(model->data_bytes - nb->DataOffset + 1);
}

static void hand_over_some(struct model *model)
{
	for (uint32_t n = roll(4); n > 0 && model->owned_count > 0; n--) {
		NET_BUFFER_LIST *nbl = give_up(model);

		// A chain of foreign memory is copied, and its list put, not handed over.
		if (nimbl_own_mdl(nimbl_own_nb(nbl))->Next == foreign)
			nimbl_nbl_put(&nbl, 1);
		else
			hand_over(nbl);
	}
}

static void receive_one_of(struct model *model)
{
	uint32_t count = 1 + roll(2), total = 0;
	struct rte_mbuf *m[3];

	count += roll(4) == 0;
	int ret = rte_pktmbuf_alloc_bulk(nimbl_pool_mempool(model->pool), m, count);
	must((ret == 0) == (count <= model->free));
	if (ret != 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		must(m[i]->nb_segs == 1 && m[i]->next == NULL && rte_mbuf_refcnt_read(m[i]) == 1);
		m[i]->data_len = (uint16_t)(1 + roll(100));
		total += m[i]->data_len;
		m[i]->next = i + 1 < count ? m[i + 1] : NULL;
	}
	m[0]->nb_segs = (uint16_t)count;
	m[0]->pkt_len = total;
	NET_BUFFER_LIST *nbl = adopt(m[0]);
	uint32_t head = take(model, nbl, WITH_DRIVER);
	for (uint32_t i = 1; i < count; i++)
		model->behind[head][i - 1] = take(model, nimbl_nbl_of_mbuf(m[i]), SEGMENT);
	model->segments[head] = count - 1;
	must_be_clean(model, nbl);
	must(nimbl_nbl_state(nbl) == NIMBL_LIST_INDICATED);
	must_be_own_nb(nbl);
	must(nbl->FirstNetBuffer->DataLength == total);
	must(mdl_count(nbl->FirstNetBuffer->MdlChain) == count);
	must(nbl->FirstNetBuffer->DataOffset == m[0]->data_off);
}

static void step(struct model *model)
{
	bool mbufs = model->data_bytes > 0;

	switch (roll(14)) {
	case 0:
	case 1:
	case 2:
		get(model);
		break;
	case 3:
	case 4:
		put(model);
		break;
	case 5:
		put_chain(model);
		break;
	case 6:
		put_again(model);
		break;
	case 7:
		shuffle(model);
		break;
	case 8:
		move_data(model);
		break;
	case 9:
		get_with_context(model);
		break;
	case 10:
		if (mbufs)
			hand_over_some(model);
		break;
	case 11:
		if (mbufs)
			receive_one_of(model);
		break;
	default:
		clobber(model);
		break;
	}
}

static void run(BOOLEAN with_nb, uint32_t data_bytes, const struct nimbl_pool_options *options)
{
	static struct model model;
	struct nimbl_pool_info info;

	model = (struct model){.pool = list_pool_with(with_nb, data_bytes, 0, options),
		.free = SIZE,
		.with_nb = with_nb,
		.data_bytes = data_bytes};
	random_state = seed * 0x9e3779b97f4a7c15ull + 1;
	must(nimbl_nbl_get(model.pool, model.lists, SIZE) == SIZE);
	nimbl_nbl_put(model.lists, SIZE);
	qsort(model.lists, SIZE, sizeof(*model.lists), by_address);
	for (operation = 0; operation < OPERATIONS; operation++) {
		step(&model);
		nimbl_pool_query(model.pool, &info);
		must(info.size == SIZE);
		must(info.free == model.free);
	}
	while (model.owned_count > 0)
		put(&model);
	assert_pool_whole(model.pool);
	close_whole(model.pool);
}

static void data_pool_behaves_as_its_model(void **state)
{
	run(TRUE, 256,
		&(struct nimbl_pool_options){
			.capacity = SIZE, .cache = 32, .node = NIMBL_NODE_ANY});
}

static void data_pool_on_a_stack_behaves_as_its_model(void **state)
{
	run(TRUE, 2048,
		&(struct nimbl_pool_options){
			.capacity = SIZE, .ops = "stack", .node = NIMBL_NODE_ANY});
}

static void data_pool_with_reuse_behaves_as_its_model(void **state)
{
	run(TRUE, 300,
		&(struct nimbl_pool_options){
			.capacity = SIZE, .reuse = true, .owner_lcore = 0, .node = NIMBL_NODE_ANY});
}

static void pool_without_data_behaves_as_its_model(void **state)
{
	run(TRUE, 0,
		&(struct nimbl_pool_options){.capacity = SIZE, .cache = 8, .node = NIMBL_NODE_ANY});
}

static void pool_without_nb_behaves_as_its_model(void **state)
{
	run(FALSE, 0,
		&(struct nimbl_pool_options){.capacity = SIZE, .cache = 8, .node = NIMBL_NODE_ANY});
}

static int start(void **state)
{
	static uint8_t memory[64];
	const char *given = getenv("NIMBL_SEED");

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) ^ (uint64_t)getpid();
	print_message("NIMBL_SEED=%" PRIu64 "\n", seed);
	if (eal_harness_start(state) < 0)
		return -1;
	foreign = NdisAllocateMdl(NULL, memory, sizeof(memory));
	return foreign != NULL ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_pool_behaves_as_its_model),
		cmocka_unit_test(data_pool_on_a_stack_behaves_as_its_model),
		cmocka_unit_test(data_pool_with_reuse_behaves_as_its_model),
		cmocka_unit_test(pool_without_data_behaves_as_its_model),
		cmocka_unit_test(pool_without_nb_behaves_as_its_model),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
