// SPDX-License-Identifier: BSD-3-Clause
// Text from drivers to whoever watches them, and into buffers. The format is that of Windows: l and
// no letter mean 32 bits, ll and I64 mean 64, I, z and p the size of a pointer; %ws and %S are
// 16-bit texts, %Z an ANSI_STRING, %wZ a UNICODE_STRING. There are no floating point numbers.
#pragma once

#include <stdarg.h>

#include "ntstring.h"
#include "status.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3

#define DPFLTR_IHVNETWORK_ID 80
#define DPFLTR_NDIS_ID       81
#define DPFLTR_IHVDRIVER_ID  77
#define DPFLTR_DEFAULT_ID    101

// One line of log each, whether a line feed stands at its end or not; more than 512 bytes are cut.
// DbgPrint writes notices; the levels of the other are errors, warnings, notes for people who ask for
// them (info), and for those who look for bugs (debug). Any thread, but it writes to a file: never per
// packet. STATUS_SUCCESS.
NIMBL_NDIS_API ULONG DbgPrint(const CHAR *Format, ...);
NIMBL_NDIS_API ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, const CHAR *Format, ...);
NIMBL_NDIS_API ULONG vDbgPrintEx(
	ULONG ComponentId, ULONG Level, const CHAR *Format, va_list Arguments);

// In checked builds only. The arguments stand in parentheses of their own.
#if DBG
#define KdPrint(Arguments)   DbgPrint Arguments
#define KdPrintEx(Arguments) DbgPrintEx Arguments
#define KdBreakPoint()       DbgBreakPoint()
#else
#define KdPrint(Arguments)   ((void)0)
#define KdPrintEx(Arguments) ((void)0)
#define KdBreakPoint()       ((void)0)
#endif
#define DbgBreakPointWithStatus(Status) ((void)(Status), DbgBreakPoint())

// Write a text of at most `cbDest` bytes, or `cchDest` characters, the terminator counted. What does
// not fit is cut: STATUS_BUFFER_OVERFLOW; STATUS_INVALID_PARAMETER when there is room for nothing.
NIMBL_NDIS_API NTSTATUS RtlStringCbPrintfA(
	CHAR *pszDest, SIZE_T cbDest, const CHAR *pszFormat, ...);
#define RtlStringCchPrintfA RtlStringCbPrintfA
NIMBL_NDIS_API NTSTATUS RtlStringCchPrintfW(WCHAR *pszDest, SIZE_T cchDest, PCWSTR pszFormat, ...);
NIMBL_NDIS_API NTSTATUS RtlStringCbPrintfW(WCHAR *pszDest, SIZE_T cbDest, PCWSTR pszFormat, ...);

// The same into a counted string, without a terminator.
NIMBL_NDIS_API NTSTATUS RtlUnicodeStringPrintf(
	UNICODE_STRING *DestinationString, PCWSTR pszFormat, ...);

#ifdef __cplusplus
}
#endif
