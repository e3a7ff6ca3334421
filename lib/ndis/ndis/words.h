// SPDX-License-Identifier: BSD-3-Clause
// Words of compilers for Windows that mean nothing here, or the same as a word of gcc.
#pragma once

// clang-format off
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CONST
#define CONST const
#endif

// There is one calling convention, and linkage is the linker's business.
#define NTAPI
#define FASTCALL
#define NTKERNELAPI
#define NTSYSAPI
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif

// x86 loads and stores at any address.
#define UNALIGNED

// Not static, because drivers write `static` in front of it as well as not.
#ifndef __forceinline
#define __forceinline __inline__ __attribute__((always_inline))
#endif
#ifndef FORCEINLINE
#define FORCEINLINE __forceinline
#endif
// clang-format on
#define DECLSPEC_NOINLINE           __attribute__((noinline))
#define DECLSPEC_NORETURN           __attribute__((noreturn))
#define DECLSPEC_ALIGN(n)           __attribute__((aligned(n)))
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define DECLSPEC_CACHEALIGN         DECLSPEC_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE)
