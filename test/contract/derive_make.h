// SPDX-License-Identifier: BSD-3-Clause
// Parents for the tests of derived lists: received in segments, over memory of a driver, or both.
#pragma once

#include "pool_make.h"

#define PARENT_ROOM 512u

static inline NDIS_HANDLE parent_pool(void)
{
	return list_pool_with(TRUE, PARENT_ROOM, 0,
		&(struct nimbl_pool_options){.capacity = 64, .node = NIMBL_NODE_ANY});
}

// A list as received, of `segments` with `each` bytes, which count up from `first`.
static inline NET_BUFFER_LIST *parent_received(
	NDIS_HANDLE pool, uint32_t segments, uint16_t each, uint32_t first)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t i = 0, n = first; i < segments; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

		assert_non_null(m);
		uint8_t *bytes = (uint8_t *)rte_pktmbuf_append(m, each);
		assert_non_null(bytes);
		for (uint16_t j = 0; j < each; j++, n++)
			bytes[j] = (uint8_t)(n * 31 >> 3);
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	return adopt(head);
}

static inline uint8_t parent_byte(uint32_t n)
{
	return (uint8_t)(n * 31 >> 3);
}

static inline void assert_bytes(const NET_BUFFER *nb, uint32_t first, uint32_t length)
{
	static uint8_t got[65536];

	assert_nb_sound(nb);
	assert_int_equal(nb_gather(nb, got, sizeof(got)), length);
	for (uint32_t i = 0; i < length; i++) {
		if (got[i] != parent_byte(first + i))
			fail_msg("byte %u of %u differs", i, length);
	}
}

// After each test.
static inline int nothing_is_out(void **state)
{
	assert_pools_whole();
	return 0;
}

#define rule(name) cmocka_unit_test_teardown(name, nothing_is_out)
