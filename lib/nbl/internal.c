// SPDX-License-Identifier: BSD-3-Clause
// Pools of the engine's own, made when first needed and kept: for derived lists whose driver brings
// no pool, and for the headers that retreats put in front. They grow like every NDIS pool.
#include <pthread.h>

#include "list_priv.h"

static NDIS_HANDLE lists_open(const struct nimbl_pool_options *options)
{
	static const NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
	};

	return nimbl_nbl_pool_open(NULL, &parameters, options);
}

static NDIS_HANDLE buffers_open(const struct nimbl_pool_options *options, ULONG data_bytes)
{
	const NET_BUFFER_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
		.DataSize = data_bytes,
	};

	return nimbl_nb_pool_open(NULL, &parameters, options);
}

static NDIS_HANDLE open_one(enum internal_pool which)
{
	static const char *const names[INTERNAL_POOLS] = {
		[INTERNAL_LISTS] = "derived-lists",
		[INTERNAL_BUFFERS] = "derived-buffers",
		[INTERNAL_HEADERS] = "headers",
	};
	const struct nimbl_pool_options options = {
		.name = names[which], .cache = 128, .node = NIMBL_NODE_ANY};

	return which == INTERNAL_LISTS
		       ? lists_open(&options)
		       : buffers_open(&options, which == INTERNAL_HEADERS ? HEADER_BYTES : 0);
}

struct nimbl_pool *internal_pools[INTERNAL_POOLS];

struct nimbl_pool *internal_pool_make(enum internal_pool which)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct nimbl_pool *pool;

	pthread_mutex_lock(&lock);
	if (internal_pools[which] == NULL)
		__atomic_store_n(&internal_pools[which], open_one(which), __ATOMIC_RELEASE);
	pool = internal_pools[which];
	pthread_mutex_unlock(&lock);
	return pool;
}
