// SPDX-License-Identifier: BSD-3-Clause
// Copying, filling and comparing plain memory. Lengths are bytes; note where each takes the length.
#pragma once

#include <string.h>

#include "types.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RtlCopyMemory(Destination, Source, Length) ((void)memcpy((Destination), (Source), (Length)))
#define RtlMoveMemory(Destination, Source, Length) \
	((void)memmove((Destination), (Source), (Length)))
#define RtlZeroMemory(Destination, Length)       ((void)memset((Destination), 0, (Length)))
#define RtlFillMemory(Destination, Length, Fill) ((void)memset((Destination), (Fill), (Length)))
#define RtlEqualMemory(Left, Right, Length)      (memcmp((Left), (Right), (Length)) == 0)

// The regions of NdisMoveMemory do not overlap.
#define NdisMoveMemory(Destination, Source, Length) RtlCopyMemory(Destination, Source, Length)
#define NdisZeroMemory(Destination, Length)         RtlZeroMemory(Destination, Length)
#define NdisFillMemory(Destination, Length, Fill)   RtlFillMemory(Destination, Length, Fill)
#define NdisEqualMemory(Left, Right, Length)        RtlEqualMemory(Left, Right, Length)

// How many leading bytes are equal.
static inline SIZE_T RtlCompareMemory(const VOID *Left, const VOID *Right, SIZE_T Length)
{
	const UCHAR *left = (const UCHAR *)Left, *right = (const UCHAR *)Right;
	SIZE_T same = 0;

	while (same < Length && left[same] == right[same])
		same++;
	return same;
}

// Zeroing that stays although nobody reads the memory afterwards.
static inline PVOID RtlSecureZeroMemory(PVOID Destination, SIZE_T Length)
{
	(void)memset(Destination, 0, Length);
	__asm__ volatile("" : : "r"(Destination) : "memory");
	return Destination;
}

// Up to the first address that takes 16 bytes at once.
static inline SIZE_T nimbl_stream_head(const VOID *at, SIZE_T length)
{
	SIZE_T head = (SIZE_T)(-(ULONG_PTR)at & 15);

	return head < length ? head : length;
}

// These write past the cache where the machine can, for data that nobody reads soon.
static inline VOID RtlCopyMemoryNonTemporal(VOID *Destination, const VOID *Source, SIZE_T Length)
{
	UCHAR *to = (UCHAR *)Destination;
	const UCHAR *from = (const UCHAR *)Source;
#ifdef __SSE2__
	SIZE_T head = nimbl_stream_head(to, Length);

	memcpy(to, from, head);
	for (to += head, from += head, Length -= head; Length >= 16; Length -= 16) {
		_mm_stream_si128(
			(__m128i *)(PVOID)to, _mm_loadu_si128((const __m128i *)(PVOID)from));
		to += 16;
		from += 16;
	}
	_mm_sfence();
#endif
	memcpy(to, from, Length);
}

static inline VOID RtlFillMemoryNonTemporal(VOID *Destination, SIZE_T Length, UCHAR Value)
{
	UCHAR *to = (UCHAR *)Destination;
#ifdef __SSE2__
	SIZE_T head = nimbl_stream_head(to, Length);
	const __m128i pattern = _mm_set1_epi8((char)Value);

	memset(to, Value, head);
	for (to += head, Length -= head; Length >= 16; Length -= 16, to += 16)
		_mm_stream_si128((__m128i *)(PVOID)to, pattern);
	_mm_sfence();
#endif
	memset(to, Value, Length);
}

#define PF_TEMPORAL_LEVEL_1       3
#define PF_TEMPORAL_LEVEL_2       2
#define PF_TEMPORAL_LEVEL_3       1
#define PF_NON_TEMPORAL_LEVEL_ALL 0
// The address may be NULL.
#define PreFetchCacheLine(Level, Address) __builtin_prefetch((Address), 0, (Level))

#ifdef __cplusplus
}
#endif
