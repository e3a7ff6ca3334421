// SPDX-License-Identifier: BSD-3-Clause
// Packets of several segments: received in a chain of mbufs, read, sent on without a copy, given
// back whole; and packets over memory of a driver, which no mbuf can describe.
#include "pool_make.h"

#define ROOM     256u
#define CAPACITY 64u
#define SEGS_MAX 20u

static uint8_t expected[SEGS_MAX * ROOM];

static NDIS_HANDLE open_pool(void)
{
	return list_pool_with(TRUE, ROOM, 0,
		&(struct nimbl_pool_options){
			.capacity = CAPACITY, .cache = 8, .node = NIMBL_NODE_ANY});
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

// A chain as a PMD with scatter makes it: headroom in each, no segment without data. The bytes are
// also in `expected`.
static struct rte_mbuf *received_chain(NDIS_HANDLE pool, uint32_t segments, uint32_t *seed)
{
	struct rte_mbuf *m[SEGS_MAX];
	uint32_t total = 0;

	assert_int_equal(rte_pktmbuf_alloc_bulk(nimbl_pool_mempool(pool), m, segments), 0);
	for (uint32_t i = 0; i < segments; i++) {
		uint32_t kind = next_random(seed) % 4;

		m[i]->data_off = kind == 0 ? 0 : (uint16_t)(next_random(seed) % 129);
		m[i]->data_len = (uint16_t)(kind == 0   ? ROOM // the full room
					    : kind == 1 ? 1
							: 1 + next_random(seed) % (ROOM - 128));
		for (uint32_t j = 0; j < m[i]->data_len; j++)
			expected[total++] = rte_pktmbuf_mtod(m[i], uint8_t *)[j] =
				(uint8_t)next_random(seed);
		m[i]->next = i + 1 < segments ? m[i + 1] : NULL;
	}
	m[0]->nb_segs = (uint16_t)segments;
	m[0]->pkt_len = total;
	return m[0];
}

// All elements are home, each of them whole: alone, its MDL over all its room.
static void assert_pool_whole_inside(NDIS_HANDLE pool)
{
	NET_BUFFER_LIST *lists[CAPACITY];
	const char *reason;

	assert_pool_whole(pool);
	assert_int_equal(nimbl_nbl_get(pool, lists, CAPACITY), CAPACITY);
	for (uint32_t i = 0; i < CAPACITY; i++) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[i]);
		struct rte_mbuf *m = nimbl_mbuf_of_nb(nb);

		assert_ptr_equal(nb, nimbl_own_nb(lists[i]));
		assert_nb_fresh_with_data(nb, pool, ROOM);
		assert_mdl_whole(m);
		assert_null(m->next);
		assert_int_equal(m->nb_segs, 1);
		if (rte_mbuf_check(m, 0, &reason) != 0)
			fail_msg("%s", reason);
	}
	nimbl_nbl_put(lists, CAPACITY);
}

static void assert_reads(const NET_BUFFER *nb, const uint8_t *bytes, uint32_t length)
{
	static uint8_t got[SEGS_MAX * ROOM + 64];

	assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), length);
	assert_int_equal(nb_gather(nb, got, sizeof(got)), length);
	assert_memory_equal(got, bytes, length);
	for (uint32_t offset = 0; offset <= length; offset++) {
		uint32_t rest = length - offset, some = RTE_MIN(rest, offset % 67 + 1);

		memset(got, 0, rest + 8);
		assert_int_equal(nimbl_nb_read(nb, offset, got, some), some);
		assert_memory_equal(got, bytes + offset, some);
		assert_int_equal(got[some], 0);
		if (offset % 13 != 0)
			continue;
		assert_int_equal(nimbl_nb_read(nb, offset, got, UINT32_MAX), rest);
		assert_memory_equal(got, bytes + offset, rest);
	}
	assert_int_equal(nimbl_nb_read(nb, length, got, 1), 0);
	assert_int_equal(nimbl_nb_read(nb, UINT32_MAX, got, 1), 0);
	assert_int_equal(nimbl_nb_read(nb, 0, got, 0), 0);
}

struct shape {
	struct rte_mbuf *m[SEGS_MAX];
	uint16_t offset[SEGS_MAX], length[SEGS_MAX];
	uint32_t count, bytes;
};

static struct shape shape_of(struct rte_mbuf *m)
{
	struct shape shape = {.count = 0, .bytes = m->pkt_len};

	for (; m != NULL; m = m->next) {
		shape.m[shape.count] = m;
		shape.offset[shape.count] = m->data_off;
		shape.length[shape.count++] = m->data_len;
	}
	return shape;
}

static void assert_shape(struct rte_mbuf *m, const struct shape *want)
{
	struct shape shape = shape_of(m);

	assert_int_equal(m->nb_segs, want->count);
	assert_int_equal(shape.count, want->count);
	assert_int_equal(shape.bytes, want->bytes);
	for (uint32_t i = 0; i < want->count; i++) {
		assert_ptr_equal(shape.m[i], want->m[i]);
		assert_int_equal(shape.offset[i], want->offset[i]);
		assert_int_equal(shape.length[i], want->length[i]);
	}
}

static void received_segments_become_one_sound_buffer(void **state)
{
	NDIS_HANDLE pool = open_pool();
	uint32_t seed = 1;

	for (uint32_t segments = 2; segments <= SEGS_MAX; segments++) {
		struct rte_mbuf *m = received_chain(pool, segments, &seed);
		struct shape shape = shape_of(m);
		NET_BUFFER_LIST *nbl = adopt(m);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		assert_null(NET_BUFFER_NEXT_NB(nb)); // one packet, one NB
		assert_nb_sound(nb);
		assert_int_equal(mdl_count(NET_BUFFER_FIRST_MDL(nb)), segments);
		assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), shape.offset[0]);
		assert_reads(nb, expected, shape.bytes);
		assert_shape(m, &shape);
		nimbl_nbl_put(&nbl, 1);
		assert_pool_whole_inside(pool);
	}
	close_whole(pool);
}

static void sent_on_it_is_the_same_chain_without_a_copy(void **state)
{
	NDIS_HANDLE pool = open_pool();
	uint32_t seed = 2;

	for (uint32_t segments = 1; segments <= SEGS_MAX; segments++) {
		struct rte_mbuf *m = received_chain(pool, segments, &seed);
		struct shape shape = shape_of(m);
		NET_BUFFER_LIST *nbl = adopt(m);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		for (int again = 0; again < 2; again++) { // a second time it is no different
			assert_ptr_equal(nimbl_nb_to_mbuf(nb), m);
			assert_shape(m, &shape);
			assert_nb_sound(nb);
			assert_reads(nb, expected, shape.bytes);
		}
		nimbl_nbl_put_chain(nbl);
		assert_pool_whole_inside(pool);
	}
	close_whole(pool);
}

static void header_and_end_may_move_within_first_and_last_segment(void **state)
{
	NDIS_HANDLE pool = open_pool();
	uint32_t seed = 3;

	for (uint32_t segments = 2; segments <= SEGS_MAX; segments++) {
		struct rte_mbuf *m = received_chain(pool, segments, &seed);
		struct shape shape = shape_of(m);
		NET_BUFFER_LIST *nbl = adopt(m);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
		uint16_t ahead = (uint16_t)(shape.length[0] - 1), off = shape.offset[0];
		uint16_t behind = (uint16_t)(shape.length[segments - 1] - 1);

		nb->DataOffset += ahead; // advance
		nb->CurrentMdlOffset += ahead;
		nb->stDataLength -= (ULONG)(ahead + behind);
		assert_nb_sound(nb);
		assert_reads(nb, expected + ahead, shape.bytes - ahead - behind);
		shape.offset[0] += ahead;
		shape.length[0] -= ahead;
		shape.length[segments - 1] -= behind;
		shape.bytes -= (uint32_t)(ahead + behind);
		assert_ptr_equal(nimbl_nb_to_mbuf(nb), m);
		assert_shape(m, &shape);

		nb->DataOffset = nb->CurrentMdlOffset = 0; // retreat to the start of the room
		nb->stDataLength += (ULONG)(off + ahead);
		assert_nb_sound(nb);
		assert_ptr_equal(nimbl_nb_to_mbuf(nb), m);
		shape.offset[0] = 0;
		shape.length[0] = (uint16_t)(shape.length[0] + off + ahead);
		shape.bytes += (uint32_t)(off + ahead);
		assert_shape(m, &shape);
		nimbl_nbl_put(&nbl, 1);
		assert_pool_whole_inside(pool);
	}
	close_whole(pool);
}

// With data left over in no segment, or starting behind the first, a PMD would send nonsense.
static void packet_that_leaves_out_a_segment_is_to_be_copied(void **state)
{
	NDIS_HANDLE pool = open_pool();
	uint32_t seed = 4;

	for (uint32_t segments = 2; segments <= SEGS_MAX; segments++) {
		struct rte_mbuf *m = received_chain(pool, segments, &seed);
		struct shape shape = shape_of(m);
		NET_BUFFER_LIST *nbl = adopt(m);
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		nb->stDataLength -= shape.length[segments - 1];
		assert_nb_sound(nb);
		assert_null(nimbl_nb_to_mbuf(nb));
		assert_reads(nb, expected, shape.bytes - shape.length[segments - 1]);
		nb->stDataLength += shape.length[segments - 1];

		nb->DataOffset += shape.length[0]; // advance into the second segment
		nb->CurrentMdl = NDIS_MDL_LINKAGE(nb->CurrentMdl);
		nb->CurrentMdlOffset = 0;
		nb->stDataLength -= shape.length[0];
		assert_nb_sound(nb);
		assert_null(nimbl_nb_to_mbuf(nb));
		assert_reads(nb, expected + shape.length[0], shape.bytes - shape.length[0]);
		nimbl_nbl_put(&nbl, 1);
		assert_pool_whole_inside(pool);
	}
	close_whole(pool);
}

static void given_away_for_good_every_segment_goes_home_whole(void **state)
{
	NDIS_HANDLE pool = open_pool();
	uint32_t seed = 5;

	for (uint32_t segments = 1; segments <= SEGS_MAX; segments++) {
		struct rte_mbuf *m = received_chain(pool, segments, &seed);
		struct shape shape = shape_of(m);
		NET_BUFFER_LIST *nbl = adopt(m);

		assert_ptr_equal(nimbl_nb_to_mbuf(NET_BUFFER_LIST_FIRST_NB(nbl)), m);
		nimbl_nbl_let_go(nbl);
		for (uint32_t i = 0; i < segments; i++)
			assert_mdl_whole(shape.m[i]);
		assert_shape(m, &shape); // the frame is still what is to be sent
		rte_pktmbuf_free(m);
		assert_pool_whole_inside(pool);
	}
	close_whole(pool);
}

// The miniport keeps a reference to each segment, the PMD frees its own, the list is completed.
static void sent_and_completed_every_segment_goes_home_whole(void **state)
{
	NDIS_HANDLE pool = open_pool();
	uint32_t seed = 6;

	for (uint32_t segments = 1; segments <= SEGS_MAX; segments++) {
		NET_BUFFER_LIST *nbl = adopt(received_chain(pool, segments, &seed));
		struct rte_mbuf *m = nimbl_nb_to_mbuf(NET_BUFFER_LIST_FIRST_NB(nbl));

		for (struct rte_mbuf *s = m; s != NULL; s = s->next)
			rte_mbuf_refcnt_set(s, 2);
		rte_pktmbuf_free(m);
		for (struct rte_mbuf *s = m; s != NULL; s = s->next)
			assert_int_equal(rte_mbuf_refcnt_read(s), 1);
		assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(nbl));
		nimbl_nbl_put(&nbl, 1);
		assert_pool_whole_inside(pool);
	}
	close_whole(pool);
}

static void segments_of_several_pools_go_home_each(void **state)
{
	NDIS_HANDLE first = open_pool(), second = open_pool();
	uint32_t seed = 7;

	for (int handed = 0; handed < 2; handed++) {
		struct rte_mbuf *m = received_chain(first, 3, &seed);
		struct rte_mbuf *behind = received_chain(second, 4, &seed);

		assert_int_equal(rte_pktmbuf_chain(m, behind), 0);
		NET_BUFFER_LIST *nbl = adopt(m);
		assert_nb_sound(NET_BUFFER_LIST_FIRST_NB(nbl));
		assert_int_equal(mdl_count(NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(nbl))), 7);
		if (handed)
			hand_over(nbl);
		else
			nimbl_nbl_put(&nbl, 1);
		assert_pool_whole_inside(first);
		assert_pool_whole_inside(second);
	}
	close_whole(first);
	close_whole(second);
}

// What a protocol does to send a header and payload of its own: MDL behind MDL.
static NET_BUFFER_LIST *header_and_payload(NDIS_HANDLE pool, MDL *payload, ULONG bytes)
{
	NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
	MDL *own = NET_BUFFER_FIRST_MDL(nb);

	memset(own->MappedSystemVa, 0xaa, ROOM);
	NDIS_MDL_LINKAGE(own) = payload;
	nb->DataOffset = nb->CurrentMdlOffset = ROOM - 14;
	nb->stDataLength = 14 + bytes;
	return nbl;
}

static void payload_behind_the_own_room_is_not_plain(void **state)
{
	static uint8_t payload[100];
	NDIS_HANDLE pool = open_pool();
	MDL *mdl = NdisAllocateMdl(NULL, payload, sizeof(payload));
	NET_BUFFER_LIST *nbl = header_and_payload(pool, mdl, sizeof(payload));
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	assert_nb_sound(nb);
	assert_false(nimbl_nbl_is_plain(nbl, nb));
	assert_null(nimbl_nb_to_mbuf(nb));
	NdisFreeNetBufferList(nbl); // with the payload still chained: only the chain ends
	assert_ptr_equal(mdl->MappedSystemVa, payload);
	assert_int_equal(mdl->ByteCount, sizeof(payload));
	NdisFreeMdl(mdl);
	assert_pool_whole_inside(pool);
	close_whole(pool);
}

// The header in a part of the own room, whose MDL is shortened, so that all would fit the room.
static void payload_behind_a_shortened_room_is_not_plain(void **state)
{
	static uint8_t payload[100];
	NDIS_HANDLE pool = open_pool();
	MDL *mdl = NdisAllocateMdl(NULL, payload, sizeof(payload));
	NET_BUFFER_LIST *nbl = header_and_payload(pool, mdl, sizeof(payload));
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

	NdisAdjustMdlLength(NET_BUFFER_FIRST_MDL(nb), 14);
	nb->DataOffset = nb->CurrentMdlOffset = 0;
	assert_nb_sound(nb);
	assert_false(nimbl_nbl_is_plain(nbl, nb));
	NdisFreeNetBufferList(nbl);
	NdisFreeMdl(mdl);
	assert_pool_whole_inside(pool);
	close_whole(pool);
}

static void list_given_away_with_a_payload_chained_goes_home_whole(void **state)
{
	static uint8_t payload[100];
	NDIS_HANDLE pool = open_pool();
	MDL *mdl = NdisAllocateMdl(NULL, payload, sizeof(payload));

	hand_over(header_and_payload(pool, mdl, sizeof(payload)));
	NdisFreeMdl(mdl);
	assert_pool_whole_inside(pool);
	close_whole(pool);
}

// A chain over rooms of several lists of one driver, each of which stays that list's.
static void chain_over_several_lists_is_linked_and_unlinked(void **state)
{
	NDIS_HANDLE pool = open_pool();
	NET_BUFFER_LIST *lists[3];

	assert_int_equal(nimbl_nbl_get(pool, lists, 3), 3);
	for (int i = 0; i < 2; i++)
		NDIS_MDL_LINKAGE(lists[i]->FirstNetBuffer->MdlChain) =
			lists[i + 1]->FirstNetBuffer->MdlChain;
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[0]);
	nb->DataOffset = nb->CurrentMdlOffset = 10;
	nb->stDataLength = 3 * ROOM - 20;
	assert_nb_sound(nb);
	struct rte_mbuf *m = nimbl_nb_to_mbuf(nb);
	assert_ptr_equal(m, nimbl_mbuf_of_nb(nb));
	assert_int_equal(m->nb_segs, 3);
	assert_int_equal(m->pkt_len, 3 * ROOM - 20);
	nimbl_mbuf_unlink(m);
	for (int i = 0; i < 2; i++)
		NDIS_MDL_LINKAGE(nimbl_own_mdl(nimbl_own_nb(lists[i]))) = NULL;
	nimbl_nbl_put(lists, 3);
	assert_pool_whole_inside(pool);
	close_whole(pool);
}

// Refusing must leave no link behind: the driver ends the chain as it made it, and frees its lists.
static void chain_that_cannot_be_sent_leaves_no_link(void **state)
{
	static uint8_t payload[100];
	NDIS_HANDLE pool = open_pool();
	MDL *mdl = NdisAllocateMdl(NULL, payload, sizeof(payload));
	NET_BUFFER_LIST *lists[2];

	assert_int_equal(nimbl_nbl_get(pool, lists, 2), 2);
	MDL *first = lists[0]->FirstNetBuffer->MdlChain,
	    *second = lists[1]->FirstNetBuffer->MdlChain;
	NDIS_MDL_LINKAGE(first) = second;
	NDIS_MDL_LINKAGE(second) = mdl;
	NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(lists[0]);
	nb->DataOffset = nb->CurrentMdlOffset = 0;
	nb->stDataLength = 2 * ROOM + sizeof(payload);
	assert_nb_sound(nb);
	assert_null(nimbl_nb_to_mbuf(nb));
	assert_null(nimbl_mbuf_of_nb(nb)->next);
	NDIS_MDL_LINKAGE(first) = NDIS_MDL_LINKAGE(second) = NULL;
	nimbl_nbl_put(lists, 2);
	NdisFreeMdl(mdl);
	assert_pool_whole_inside(pool);
	close_whole(pool);
}

static uint8_t plain[300];

struct aim {
	ULONG offset;
	SIZE_T length;
	int mdl; // which holds the first byte; -1: the range does not fit
	ULONG mdl_offset;
};

// Over MDLs of 100, 0, 50, 150 bytes.
static const struct aim aims[] = {
	{0, 300, 0, 0},
	{0, 0, 0, 0},
	{1, 1, 0, 1},
	{40, 200, 0, 40},
	{99, 1, 0, 99},
	{99, 201, 0, 99},
	{100, 50, 2, 0}, // where an MDL ends the next begins; without bytes it is skipped
	{100, 200, 2, 0},
	{149, 2, 2, 49},
	{150, 1, 3, 0},
	{150, 150, 3, 0},
	{299, 1, 3, 149},
	{300, 0, 3, 150}, // all of it is headroom
	{0, 301, -1, 0},
	{1, 300, -1, 0},
	{150, 151, -1, 0},
	{300, 1, -1, 0},
	{301, 0, -1, 0},
	{UINT32_MAX, 0, -1, 0},
	{0, UINT32_MAX, -1, 0},
	{0, (SIZE_T)UINT32_MAX + 1, -1, 0},
	{1, SIZE_MAX, -1, 0},
	{50, SIZE_MAX - 49, -1, 0},
	{50, SIZE_MAX - 20, -1, 0},
};

static void aim_finds_its_place_in_a_chain_or_refuses(void **state)
{
	NDIS_HANDLE buffers = buffer_pool(0), lists = list_pool(TRUE, 0, 0);
	MDL *mdls[4] = {NdisAllocateMdl(NULL, plain, 100), NdisAllocateMdl(NULL, plain + 100, 0),
		NdisAllocateMdl(NULL, plain + 100, 50), NdisAllocateMdl(NULL, plain + 150, 150)};

	for (int i = 0; i < 3; i++)
		NDIS_MDL_LINKAGE(mdls[i]) = mdls[i + 1];
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < RTE_DIM(aims); i++) {
		const struct aim *aim = &aims[i];
		NET_BUFFER *nb = NdisAllocateNetBuffer(buffers, mdls[0], aim->offset, aim->length);
		NET_BUFFER_LIST *nbl = NdisAllocateNetBufferAndNetBufferList(
			lists, 0, 0, mdls[0], aim->offset, aim->length);

		if (aim->mdl < 0) {
			if (nb != NULL || nbl != NULL)
				fail_msg("offset %u, length %zu is not refused", aim->offset,
					(size_t)aim->length);
			assert_pool_whole(buffers);
			assert_pool_whole(lists);
			continue;
		}
		assert_non_null(nb);
		assert_non_null(nbl);
		for (NET_BUFFER *one = nb;; one = NET_BUFFER_LIST_FIRST_NB(nbl)) {
			assert_nb_sound(one);
			assert_ptr_equal(NET_BUFFER_CURRENT_MDL(one), mdls[aim->mdl]);
			assert_int_equal(NET_BUFFER_CURRENT_MDL_OFFSET(one), aim->mdl_offset);
			assert_reads(one, plain + aim->offset, (uint32_t)aim->length);
			assert_null(nimbl_nb_to_mbuf(one)); // foreign memory is copied to be sent
			if (one != nb)
				break;
		}
		NdisFreeNetBuffer(nb);
		NdisFreeNetBufferList(nbl);
	}
	for (int i = 0; i < 4; i++)
		NdisFreeMdl(mdls[i]);
	close_whole(buffers);
	close_whole(lists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(received_segments_become_one_sound_buffer),
		cmocka_unit_test(sent_on_it_is_the_same_chain_without_a_copy),
		cmocka_unit_test(header_and_end_may_move_within_first_and_last_segment),
		cmocka_unit_test(packet_that_leaves_out_a_segment_is_to_be_copied),
		cmocka_unit_test(given_away_for_good_every_segment_goes_home_whole),
		cmocka_unit_test(sent_and_completed_every_segment_goes_home_whole),
		cmocka_unit_test(segments_of_several_pools_go_home_each),
		cmocka_unit_test(payload_behind_the_own_room_is_not_plain),
		cmocka_unit_test(payload_behind_a_shortened_room_is_not_plain),
		cmocka_unit_test(list_given_away_with_a_payload_chained_goes_home_whole),
		cmocka_unit_test(chain_over_several_lists_is_linked_and_unlinked),
		cmocka_unit_test(chain_that_cannot_be_sent_leaves_no_link),
		cmocka_unit_test(aim_finds_its_place_in_a_chain_or_refuses),
	};

	return cmocka_run_group_tests(tests, eal_harness_start, NULL);
}
