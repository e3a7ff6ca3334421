// SPDX-License-Identifier: BSD-3-Clause
// The NDIS doors to pools, lists and buffers: check, call, translate.
#include <errno.h>

#include "list_priv.h"
#include "nimbl_log.h"
#include "nimbl_mbuf.h"

static struct nimbl_pool *list_pool(NDIS_HANDLE handle)
{
	return nimbl_object_is(handle, NIMBL_OBJECT_NBL_POOL) ? handle : NULL;
}

static struct nimbl_pool *buffer_pool(NDIS_HANDLE handle)
{
	return nimbl_object_is(handle, NIMBL_OBJECT_NB_POOL) ? handle : NULL;
}

NDIS_HANDLE NdisAllocateNetBufferListPool(
	NDIS_HANDLE handle, NET_BUFFER_LIST_POOL_PARAMETERS const *parameters)
{
	if (parameters != NULL)
		return nimbl_nbl_pool_open(handle, parameters, NULL);
	nimbl_fail(EINVAL, "no parameters for a pool of lists");
	return NULL;
}

NDIS_HANDLE NdisAllocateNetBufferPool(
	NDIS_HANDLE handle, NET_BUFFER_POOL_PARAMETERS const *parameters)
{
	if (parameters != NULL)
		return nimbl_nb_pool_open(handle, parameters, NULL);
	nimbl_fail(EINVAL, "no parameters for a pool of buffers");
	return NULL;
}

// NDIS gives no way to refuse; memory that somebody still uses stays allocated, and we say so.
static void pool_free(struct nimbl_pool *pool)
{
	if (nimbl_pool_close(pool) == 0)
		return;
	nimbl_log(NIMBL_LOG_ERROR, "%s", nimbl_last_error()->cause);
	pool_fault(NIMBL_POOL_OUT, pool, NULL);
}

VOID NdisFreeNetBufferListPool(NDIS_HANDLE pool)
{
	pool_free(list_pool(pool));
}

VOID NdisFreeNetBufferPool(NDIS_HANDLE pool)
{
	pool_free(buffer_pool(pool));
}

NDIS_HANDLE NdisGetPoolFromNetBufferList(NET_BUFFER_LIST const *nbl)
{
	return nbl->NdisPoolHandle;
}

NDIS_HANDLE NdisGetPoolFromNetBuffer(NET_BUFFER const *nb)
{
	return nb->NdisPoolHandle;
}

NET_BUFFER_LIST *NdisAllocateNetBufferList(NDIS_HANDLE handle, USHORT size, USHORT fill)
{
	struct nimbl_pool *pool = list_pool(handle);
	NET_BUFFER_LIST *nbl;

	if (unlikely(pool == NULL || (size | fill) % MEMORY_ALLOCATION_ALIGNMENT != 0))
		return NULL;
	nbl = list_get(pool);
	if (unlikely(nbl == NULL))
		return NULL;
	nbl->SourceHandle = NULL;
	if (likely((size | fill) == 0) || list_context_reserve(pool, nbl, size, fill))
		return nbl;
	list_put(nbl);
	return NULL;
}

NET_BUFFER_LIST *NdisAllocateNetBufferAndNetBufferList(
	NDIS_HANDLE handle, USHORT size, USHORT fill, MDL *chain, ULONG offset, SIZE_T length)
{
	struct nimbl_pool *pool = list_pool(handle);
	NET_BUFFER_LIST *nbl;

	if (pool == NULL || pool->kind != POOL_NBL_NB)
		return NULL;
	nbl = NdisAllocateNetBufferList(handle, size, fill);
	if (nbl == NULL || nb_aim(nbl->FirstNetBuffer, chain, offset, length))
		return nbl;
	list_put(nbl);
	return NULL;
}

VOID NdisFreeNetBufferList(NET_BUFFER_LIST *nbl)
{
	if (likely((nbl->NimblState & NIMBL_LIST_DERIVED) == 0)) {
		list_put(nbl);
		return;
	}
	nimbl_log(NIMBL_LOG_ERROR,
		"NdisFreeNetBufferList: the list of pool '%s' is derived, and freed with "
		"the function of its kind",
		nimbl_object_name(nbl->NdisPoolHandle));
	pool_fault(NIMBL_POOL_WRONG, nbl->NdisPoolHandle, nbl);
}

NET_BUFFER *NdisAllocateNetBuffer(NDIS_HANDLE handle, MDL *chain, ULONG offset, SIZE_T length)
{
	struct nimbl_pool *pool = buffer_pool(handle);
	NET_BUFFER *nb;

	if (pool == NULL || pool->kind != POOL_NB)
		return NULL;
	nb = nb_get(pool);
	if (nb == NULL || nb_aim(nb, chain, offset, length))
		return nb;
	nb_put(pool, nb);
	return NULL;
}

NET_BUFFER *NdisAllocateNetBufferMdlAndData(NDIS_HANDLE handle)
{
	struct nimbl_pool *pool = buffer_pool(handle);

	return pool != NULL && pool->kind == POOL_NB_DATA ? nb_get(pool) : NULL;
}

VOID NdisFreeNetBuffer(NET_BUFFER *nb)
{
	struct nimbl_pool *pool = buffer_pool(nb->NdisPoolHandle);

	if (pool != NULL) {
		nb_put(pool, nb);
		return;
	}
	nimbl_log(NIMBL_LOG_ERROR,
		"NdisFreeNetBuffer: the buffer is part of a list of pool '%s' "
		"and is freed with it",
		nimbl_object_name(nb->NdisPoolHandle));
	pool_fault(NIMBL_POOL_WRONG, nb->NdisPoolHandle, NULL);
}

MDL *NdisAllocateMdl(NDIS_HANDLE handle, PVOID va, ULONG length)
{
	struct nimbl_pool *pool = mdl_pool();
	MDL *mdl = pool != NULL ? element_take(pool) : NULL;

	if (mdl != NULL)
		mdl_init(mdl, va, length, 0);
	return mdl;
}

VOID NdisFreeMdl(MDL *mdl)
{
	if ((mdl->MdlFlags & NIMBL_MDL_SEGMENT) == 0)
		element_put(mdl_pool(), mdl);
	else
		nimbl_log(NIMBL_LOG_ERROR,
			"NdisFreeMdl: the MDL is part of a buffer of a pool and is "
			"freed with it");
}
