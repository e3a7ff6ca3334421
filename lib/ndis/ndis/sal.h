// SPDX-License-Identifier: BSD-3-Clause
// Source annotations of Windows drivers, all empty: they are for Microsoft's analyser only.
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
#define NTAPI
#define FASTCALL

#define _In_
#define _In_opt_
#define _Inout_
#define _Inout_opt_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Notnull_
#define _Maybenull_
#define _Null_terminated_
#define _Must_inspect_result_
#define _Check_return_
#define _Use_decl_annotations_
#define _IRQL_requires_same_
#define _IRQL_saves_
#define _IRQL_restores_

#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _In_range_(low, high)
#define _Inout_updates_(n)
#define _Inout_updates_bytes_(n)
#define _Inout_updates_bytes_to_(n, m)
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_to_(n, m)
#define _Field_size_(n)
#define _Field_size_bytes_(n)
#define _Field_size_bytes_part_(n, m)
#define _Field_range_(low, high)
#define _Ret_range_(low, high)
#define _Return_type_success_(e)
#define _Success_(e)
#define _When_(c, a)
#define _At_(t, a)
#define _Post_satisfies_(e)
#define _Pre_satisfies_(e)
#define _IRQL_requires_(x)
#define _IRQL_requires_max_(x)
#define _IRQL_requires_min_(x)
#define _IRQL_raises_(x)
#define _Function_class_(x)
#define _Dispatch_type_(x)
#define _Requires_lock_held_(x)
#define _Requires_lock_not_held_(x)
#define _Acquires_lock_(x)
#define _Releases_lock_(x)
#define _Guarded_by_(x)
#define _Interlocked_
#define __drv_allocatesMem(x)
#define __drv_freesMem(x)
#define __drv_aliasesMem
// clang-format on
