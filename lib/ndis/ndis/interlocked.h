// SPDX-License-Identifier: BSD-3-Clause
// Memory that several threads change. Plain names order all that stands around them; Acquire,
// Release and NoFence only what they say. Any thread, never blocks. The sums of Increment,
// Decrement and Add are the new values; what Exchange, CompareExchange, And, Or and Xor give is the
// old one.
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

// The 64 forms are the same: the pointer tells the width.
#define InterlockedIncrement(p)          __atomic_add_fetch((p), 1, __ATOMIC_SEQ_CST)
#define InterlockedIncrementAcquire(p)   __atomic_add_fetch((p), 1, __ATOMIC_ACQUIRE)
#define InterlockedIncrementRelease(p)   __atomic_add_fetch((p), 1, __ATOMIC_RELEASE)
#define InterlockedIncrementNoFence(p)   __atomic_add_fetch((p), 1, __ATOMIC_RELAXED)
#define InterlockedDecrement(p)          __atomic_sub_fetch((p), 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrementAcquire(p)   __atomic_sub_fetch((p), 1, __ATOMIC_ACQUIRE)
#define InterlockedDecrementRelease(p)   __atomic_sub_fetch((p), 1, __ATOMIC_RELEASE)
#define InterlockedDecrementNoFence(p)   __atomic_sub_fetch((p), 1, __ATOMIC_RELAXED)
#define InterlockedAdd(p, v)             __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(p, v)     __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchange(p, v)        __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchangeNoFence(p, v) __atomic_exchange_n((p), (v), __ATOMIC_RELAXED)
#define InterlockedExchangePointer(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedAnd(p, v)             __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedOr(p, v)              __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedXor(p, v)             __atomic_fetch_xor((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedIncrement64           InterlockedIncrement
#define InterlockedDecrement64           InterlockedDecrement
#define InterlockedAdd64                 InterlockedAdd
#define InterlockedExchangeAdd64         InterlockedExchangeAdd
#define InterlockedExchange64            InterlockedExchange
#define InterlockedAnd64                 InterlockedAnd
#define InterlockedOr64                  InterlockedOr

// Store `Exchange` where `Comparand` stands.
static inline LONG InterlockedCompareExchange(
	LONG volatile *Destination, LONG Exchange, LONG Comparand)
{
	__atomic_compare_exchange_n(
		Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return Comparand;
}

static inline LONG64 InterlockedCompareExchange64(
	LONG64 volatile *Destination, LONG64 Exchange, LONG64 Comparand)
{
	__atomic_compare_exchange_n(
		Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return Comparand;
}

static inline PVOID InterlockedCompareExchangePointer(
	PVOID volatile *Destination, PVOID Exchange, PVOID Comparand)
{
	__atomic_compare_exchange_n(
		Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return Comparand;
}

#define NdisInterlockedIncrement(p) InterlockedIncrement(p)
#define NdisInterlockedDecrement(p) InterlockedDecrement(p)

// The pointer tells width and type: LONG without a word, or what the name says.
#define ReadAcquire(p)      __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define ReadNoFence(p)      __atomic_load_n((p), __ATOMIC_RELAXED)
#define ReadRaw(p)          ReadNoFence(p)
#define WriteRelease(p, v)  __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define WriteNoFence(p, v)  __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define WriteRaw(p, v)      WriteNoFence(p, v)
#define ReadAcquire64       ReadAcquire
#define ReadNoFence64       ReadNoFence
#define WriteRelease64      WriteRelease
#define WriteNoFence64      WriteNoFence
#define ReadULongAcquire    ReadAcquire
#define ReadULongNoFence    ReadNoFence
#define WriteULongRelease   WriteRelease
#define WriteULongNoFence   WriteNoFence
#define ReadULong64Acquire  ReadAcquire
#define ReadULong64NoFence  ReadNoFence
#define WriteULong64Release WriteRelease
#define WriteULong64NoFence WriteNoFence
#define ReadBooleanAcquire  ReadAcquire
#define ReadBooleanNoFence  ReadNoFence
#define WriteBooleanRelease WriteRelease
#define WriteBooleanNoFence WriteNoFence
#define ReadPointerAcquire  ReadAcquire
#define ReadPointerNoFence  ReadNoFence
#define ReadPointerRaw      ReadNoFence
#define WritePointerRelease WriteRelease
#define WritePointerNoFence WriteNoFence
#define WritePointerRaw     WriteNoFence

#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier()   KeMemoryBarrier()
#define YieldProcessor()  __builtin_ia32_pause()

#ifdef __cplusplus
}
#endif
