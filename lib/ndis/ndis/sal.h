// SPDX-License-Identifier: BSD-3-Clause
// Source annotations of Windows drivers, all empty: they are for Microsoft's analyser only.
#pragma once

// clang-format off
#define _In_
#define _In_opt_
#define _Inout_
#define _Inout_opt_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_nullonfailure_
#define _Outptr_result_bytebuffer_(n)
#define _Outptr_opt_result_maybenull_
#define _Notnull_
#define _Maybenull_
#define _Null_terminated_
#define _Must_inspect_result_
#define _Check_return_
#define _Use_decl_annotations_
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Points_to_data_
#define _Reserved_
#define _Const_
#define _In_z_
#define _In_opt_z_
#define _Printf_format_string_
#define _Frees_ptr_
#define _Frees_ptr_opt_
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
#define _Inout_updates_opt_(n)
#define _Inout_updates_all_(n)
#define _Inout_updates_to_(n, m)
#define _Inout_updates_bytes_to_(n, m)
#define _Inout_updates_bytes_all_(n)
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_all_(n)
#define _Out_writes_to_(n, m)
#define _Out_writes_z_(n)
#define _Out_writes_bytes_all_(n)
#define _Out_writes_bytes_to_(n, m)
#define _Out_writes_bytes_to_opt_(n, m)
#define _Out_range_(low, high)
#define _Field_size_(n)
#define _Field_size_bytes_(n)
#define _Field_size_bytes_part_(n, m)
#define _Field_range_(low, high)
#define _Ret_range_(low, high)
#define _Return_type_success_(e)
#define _Success_(e)
#define _Analysis_assume_(e)
#define _Analysis_assume_lock_held_(x)
#define _Analysis_noreturn_
#define _Struct_size_bytes_(n)
#define _When_(c, a)
#define _At_(t, a)
#define _Post_satisfies_(e)
#define _Pre_satisfies_(e)
#define _IRQL_requires_(x)
#define _IRQL_requires_max_(x)
#define _IRQL_requires_min_(x)
#define _IRQL_raises_(x)
#define _IRQL_always_function_max_(x)
#define _IRQL_always_function_min_(x)
#define _IRQL_saves_global_(k, p)
#define _IRQL_restores_global_(k, p)
#define _IRQL_uses_cancel_
#define _Kernel_clear_do_init_(x)
#define _Kernel_float_saved_
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
#define __drv_maxIRQL(x)
#define __drv_requiresIRQL(x)
#define __drv_sameIRQL
#define __drv_when(c, a)
#define _Function_ignore_lock_checking_(x)

// Stands at file scope with a semicolon behind it.
#define _Analysis_mode_(x) struct nimbl_analysis_mode
// clang-format on
