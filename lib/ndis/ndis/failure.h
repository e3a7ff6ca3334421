// SPDX-License-Identifier: BSD-3-Clause
// Asserts, and stopping where going on would spread damage. All of it ends the process.
#pragma once

#include "types.h"
#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FAST_FAIL_CORRUPT_LIST_ENTRY    3
#define FAST_FAIL_INVALID_ARG           5
#define FAST_FAIL_INVALID_BUFFER_ACCESS 28

// Say the code on standard error and end the process with SIGABRT, without any cleaning up.
// Any thread. Does not return.
NIMBL_NDIS_API DECLSPEC_NORETURN VOID RtlFailFast(ULONG Code);

// Say which assertion failed and where, then end the process with SIGABRT. `Message` may be NULL.
NIMBL_NDIS_API DECLSPEC_NORETURN VOID RtlAssert(
	PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, CHAR *Message);

// Stop for the debugger; without one SIGTRAP ends the process.
#define DbgBreakPoint() __builtin_trap()

static inline BOOLEAN nimbl_assert(
	BOOLEAN holds, const char *expression, const char *file, ULONG line)
{
	if (__builtin_expect(!holds, 0))
		RtlAssert((PVOID)(ULONG_PTR)expression, (PVOID)(ULONG_PTR)file, line, NULL);
	return holds;
}
#define NIMBL_ASSERT_HOLDS(e) nimbl_assert((e) ? TRUE : FALSE, #e, __FILE__, __LINE__)

// The first two look at `e` in checked builds only, the third always does, and has its truth.
#if DBG
#define NT_ASSERT(e) ((void)NIMBL_ASSERT_HOLDS(e))
#define ASSERT(e)    ((void)NIMBL_ASSERT_HOLDS(e))
#define NT_VERIFY(e) NIMBL_ASSERT_HOLDS(e)
#else
#define NT_ASSERT(e) ((void)0)
#define ASSERT(e)    ((void)0)
#define NT_VERIFY(e) ((e) ? TRUE : FALSE)
#endif

#define PAGED_CODE() NT_ASSERT(KeGetCurrentIrql() <= APC_LEVEL)

#ifdef __cplusplus
}
#endif
