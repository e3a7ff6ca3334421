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

// The first two look at `e` in checked builds only, the third always does, and has its truth.
#define NIMBL_ASSERT_FAILED(e) \
	RtlAssert((PVOID)(ULONG_PTR) #e, (PVOID)(ULONG_PTR)__FILE__, __LINE__, NULL)
#if DBG
#define NT_ASSERT(e) ((e) ? (void)0 : NIMBL_ASSERT_FAILED(e))
#define ASSERT(e)    NT_ASSERT(e)
#define NT_VERIFY(e) ((e) ? TRUE : (NIMBL_ASSERT_FAILED(e), FALSE))
#else
#define NT_ASSERT(e) ((void)0)
#define ASSERT(e)    ((void)0)
#define NT_VERIFY(e) ((e) ? TRUE : FALSE)
#endif

#define PAGED_CODE() NT_ASSERT(KeGetCurrentIrql() <= APC_LEVEL)

#ifdef __cplusplus
}
#endif
