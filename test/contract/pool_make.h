// SPDX-License-Identifier: BSD-3-Clause
// What the contract tests of pools share: cmocka, pools from few words, and what must hold.
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ndis.h>
#include <nimbl_mbuf.h>
#include <nimbl_nbl.h>

#include "eal_harness.h"
#include "nb_check.h"

#define assert_error_says(word)                                                              \
	do {                                                                                 \
		if (strstr(nimbl_last_error()->cause, word) == NULL)                         \
			fail_msg("'%s' does not say '%s'", nimbl_last_error()->cause, word); \
	} while (0)

static inline NET_BUFFER_LIST_POOL_PARAMETERS list_parameters(
	BOOLEAN with_nb, ULONG data_bytes, USHORT context_bytes)
{
	return (NET_BUFFER_LIST_POOL_PARAMETERS){
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = with_nb,
		.DataSize = data_bytes,
		.ContextSize = context_bytes,
	};
}

static inline NET_BUFFER_POOL_PARAMETERS buffer_parameters(ULONG data_bytes)
{
	return (NET_BUFFER_POOL_PARAMETERS){
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
		.DataSize = data_bytes,
	};
}

static inline NDIS_HANDLE list_pool_with(BOOLEAN with_nb, ULONG data_bytes, USHORT context_bytes,
	const struct nimbl_pool_options *options)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters =
		list_parameters(with_nb, data_bytes, context_bytes);
	NDIS_HANDLE pool = nimbl_nbl_pool_open(NULL, &parameters, options);

	if (pool == NULL)
		fail_msg("%s", nimbl_last_error()->cause);
	return pool;
}

// A pool as drivers of Windows make them: NDIS's own function, no options.
static inline NDIS_HANDLE list_pool(BOOLEAN with_nb, ULONG data_bytes, USHORT context_bytes)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters =
		list_parameters(with_nb, data_bytes, context_bytes);
	NDIS_HANDLE pool = NdisAllocateNetBufferListPool(NULL, &parameters);

	assert_non_null(pool);
	return pool;
}

static inline NDIS_HANDLE buffer_pool(ULONG data_bytes)
{
	NET_BUFFER_POOL_PARAMETERS parameters = buffer_parameters(data_bytes);
	NDIS_HANDLE pool = NdisAllocateNetBufferPool(NULL, &parameters);

	assert_non_null(pool);
	return pool;
}

static inline uint32_t pool_free_now(NDIS_HANDLE pool)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	return info.free;
}

static inline uint32_t pool_size_now(NDIS_HANDLE pool)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	return info.size;
}

static inline void assert_pool_whole(NDIS_HANDLE pool)
{
	assert_int_equal(pool_free_now(pool), pool_size_now(pool));
}

static inline int find_not_whole(NDIS_HANDLE pool, void *arg)
{
	struct nimbl_pool_info info;

	nimbl_pool_query(pool, &info);
	if (info.free == info.size)
		return 0;
	*(struct nimbl_pool_info *)arg = info;
	return 1;
}

// Nothing is out of any open pool, the engine's own ones among them. To fail while pools are visited
// would leave them locked.
static inline void assert_pools_whole(void)
{
	struct nimbl_pool_info info;

	if (nimbl_pool_foreach(find_not_whole, &info) != 0)
		fail_msg(
			"pool '%s': %u of %u are out", info.name, info.size - info.free, info.size);
}

static inline void close_whole(NDIS_HANDLE pool)
{
	if (nimbl_pool_close(pool) != 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

// As a miniport does with what the PMD gave it.
static inline NET_BUFFER_LIST *adopt(struct rte_mbuf *m)
{
	uint32_t unusual = 0;

	return nimbl_nbl_adopt(m, NULL, &unusual);
}

// A list over one mbuf of `bytes`, as a PMD fills it and a miniport indicates it.
static inline NET_BUFFER_LIST *receive_one(NDIS_HANDLE pool, uint16_t bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(nimbl_pool_mempool(pool));

	assert_non_null(m);
	assert_non_null(rte_pktmbuf_append(m, bytes));
	return adopt(m);
}

// A list goes to a PMD for good, and the PMD is done with it.
static inline void hand_over(NET_BUFFER_LIST *nbl)
{
	struct rte_mbuf *m = nimbl_mbuf_of_nb(nimbl_own_nb(nbl));

	nimbl_nbl_let_go(nbl);
	rte_pktmbuf_free(m);
}

// An MDL as the pool made it: all of the mbuf's room, alone.
static inline void assert_mdl_whole(const struct rte_mbuf *m)
{
	const MDL *mdl = nimbl_own_mdl(nimbl_nb_of_mbuf(m));

	assert_null(mdl->Next);
	assert_ptr_equal(mdl->MappedSystemVa, m->buf_addr);
	assert_ptr_equal(MmGetMdlVirtualAddress(mdl), m->buf_addr);
	assert_int_equal(mdl->ByteCount, m->buf_len);
}

// The state in which every list leaves its pool, but for what pools add.
static inline void assert_list_fresh(const NET_BUFFER_LIST *nbl, NDIS_HANDLE pool)
{
	assert_null(nbl->Next);
	assert_int_equal(nbl->NblFlags, 0);
	assert_int_equal(nbl->Flags, 0);
	assert_int_equal(nbl->Status, NDIS_STATUS_SUCCESS);
	assert_int_equal(nbl->ChildRefCount, 0);
	assert_null(nbl->ParentNetBufferList);
	assert_null(nbl->SourceHandle);
	assert_ptr_equal(NdisGetPoolFromNetBufferList(nbl), pool);
	assert_int_equal(nbl->NimblInfoUsed, 0);
	for (int i = 0; i < MaxNetBufferListInfo; i++)
		assert_null(nbl->NetBufferListInfo[i]);
}

// A fresh NB with `data_bytes` of room, all of it headroom.
static inline void assert_nb_fresh_with_data(
	const NET_BUFFER *nb, NDIS_HANDLE pool, uint32_t data_bytes)
{
	const MDL *mdl = NET_BUFFER_FIRST_MDL(nb);

	assert_null(NET_BUFFER_NEXT_NB(nb));
	assert_ptr_equal(NdisGetPoolFromNetBuffer(nb), pool);
	assert_ptr_equal(mdl, nimbl_own_mdl(nb));
	assert_ptr_equal(NET_BUFFER_CURRENT_MDL(nb), mdl);
	assert_null(NDIS_MDL_LINKAGE(mdl));
	assert_int_equal(MmGetMdlByteCount(mdl), data_bytes);
	assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), data_bytes);
	assert_int_equal(NET_BUFFER_CURRENT_MDL_OFFSET(nb), data_bytes);
	assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), 0);
	assert_int_equal(nb->ChecksumBias, 0);
	assert_nb_sound(nb);
}

static inline void assert_nb_fresh_bare(const NET_BUFFER *nb, NDIS_HANDLE pool)
{
	assert_null(NET_BUFFER_NEXT_NB(nb));
	assert_ptr_equal(NdisGetPoolFromNetBuffer(nb), pool);
	assert_null(NET_BUFFER_FIRST_MDL(nb));
	assert_nb_sound(nb);
}
