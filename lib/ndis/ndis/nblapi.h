// SPDX-License-Identifier: BSD-3-Clause
// Pools of lists and buffers, and taking from and giving back to them. "Any thread" means a
// control thread or an lcore; nothing here locks one list: its owner alone works on it.
#pragma once

#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

// Make a pool of lists as `Parameters` say: bare, each with a packet, or each with a packet, an
// MDL and DataSize bytes, all of them headroom at first. Control threads only; `NdisHandle` is the
// driver's, adapter's, binding's or module's handle, or NULL. The caller owns the pool and frees
// it with NdisFreeNetBufferListPool. Returns NULL when the parameters break a rule (DataSize
// without fAllocateNetBuffer, ContextSize not a multiple of 16, bad header) or memory is out.
// The pool does not grow. WDK: NdisAllocateNetBufferListPool, NET_BUFFER_LIST_POOL_PARAMETERS.
NIMBL_NDIS_API NDIS_HANDLE NdisAllocateNetBufferListPool(
	NDIS_HANDLE NdisHandle, const NET_BUFFER_LIST_POOL_PARAMETERS *Parameters);

// Free a pool whose lists are all back; one still out is a bug of the caller. Control threads only.
// WDK: NdisFreeNetBufferListPool.
NIMBL_NDIS_API VOID NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle);

// The same for packets without a list: DataSize 0 makes bare ones, otherwise each has an MDL and
// that many bytes. Control threads only. Returns NULL on bad parameters or when memory is out.
// WDK: NdisAllocateNetBufferPool, NET_BUFFER_POOL_PARAMETERS.
NIMBL_NDIS_API NDIS_HANDLE NdisAllocateNetBufferPool(
	NDIS_HANDLE NdisHandle, const NET_BUFFER_POOL_PARAMETERS *Parameters);

// Free a pool whose packets are all back. Control threads only. WDK: NdisFreeNetBufferPool.
NIMBL_NDIS_API VOID NdisFreeNetBufferPool(NDIS_HANDLE PoolHandle);

// The pool a list came from. Tells which of one's own pools to free to, never whose list it is:
// that is SourceHandle. Any thread, cannot fail. WDK: NdisGetPoolFromNetBufferList.
NIMBL_NDIS_API NDIS_HANDLE NdisGetPoolFromNetBufferList(const NET_BUFFER_LIST *NetBufferList);

// The pool a packet came from. Any thread, cannot fail. WDK: NdisGetPoolFromNetBuffer.
NIMBL_NDIS_API NDIS_HANDLE NdisGetPoolFromNetBuffer(const NET_BUFFER *NetBuffer);

// Take one list, with what the pool puts into it, for the caller to own: no parent, no children,
// flags and slots zero. ContextSize and ContextBackFill are bytes and multiples of 16; that context
// dies with the list. Any thread. Returns NULL when the pool is dry. Free with
// NdisFreeNetBufferList. WDK: NdisAllocateNetBufferList.
NIMBL_NDIS_API NET_BUFFER_LIST *NdisAllocateNetBufferList(
	NDIS_HANDLE PoolHandle, USHORT ContextSize, USHORT ContextBackFill);

// Take one list with its packet aimed at `MdlChain`: DataLength bytes that begin DataOffset bytes
// into it. Only for pools with fAllocateNetBuffer and no DataSize; without a chain both are 0. The
// caller owns list and packet; the chain stays the caller's own. Any thread. Returns NULL when the
// pool is dry or of another kind, or the range does not fit. Free with NdisFreeNetBufferList.
// WDK: NdisAllocateNetBufferAndNetBufferList.
NIMBL_NDIS_API NET_BUFFER_LIST *NdisAllocateNetBufferAndNetBufferList(NDIS_HANDLE PoolHandle,
	USHORT ContextSize, USHORT ContextBackFill, MDL *MdlChain, ULONG DataOffset,
	SIZE_T DataLength);

// Give back one list that the caller made and owns, with the packet, MDL and data that the pool put
// into it; does not follow Next. Packets the caller attached itself are not freed: take them out
// first. No children may be left. Any thread, cannot fail. WDK: NdisFreeNetBufferList.
NIMBL_NDIS_API VOID NdisFreeNetBufferList(NET_BUFFER_LIST *NetBufferList);

// Take one packet aimed at `MdlChain` as above, from a pool without DataSize. Any thread. Returns
// NULL when the pool is dry or of another kind, or the range does not fit. Free with
// NdisFreeNetBuffer; the chain stays the caller's. WDK: NdisAllocateNetBuffer.
NIMBL_NDIS_API NET_BUFFER *NdisAllocateNetBuffer(
	NDIS_HANDLE PoolHandle, MDL *MdlChain, ULONG DataOffset, SIZE_T DataLength);

// Take one packet with the MDL and the DataSize bytes of its pool, all of them headroom. Any
// thread. Returns NULL when the pool is dry or has no DataSize. Free with NdisFreeNetBuffer, which
// frees all three. WDK: NdisAllocateNetBufferMdlAndData.
NIMBL_NDIS_API NET_BUFFER *NdisAllocateNetBufferMdlAndData(NDIS_HANDLE PoolHandle);

// Give back one packet of a packet pool, never the one embedded in a list; does not follow Next.
// Any thread, cannot fail. WDK: NdisFreeNetBuffer.
NIMBL_NDIS_API VOID NdisFreeNetBuffer(NET_BUFFER *NetBuffer);

#ifdef __cplusplus
}
#endif
