// SPDX-License-Identifier: BSD-3-Clause
// Sums, differences and products that say when they do not fit: STATUS_INTEGER_OVERFLOW, and the
// greatest value as the result.
#pragma once

#include "ndis/status.h"

#define NIMBL_NT_SAFE(name, type, max, operation)                           \
	static inline NTSTATUS name(type Left, type Right, type *Result)    \
	{                                                                   \
		if (!__builtin_##operation##_overflow(Left, Right, Result)) \
			return STATUS_SUCCESS;                              \
		*Result = max;                                              \
		return STATUS_INTEGER_OVERFLOW;                             \
	}

NIMBL_NT_SAFE(RtlUInt8Add, UCHAR, UINT8_MAX, add)
NIMBL_NT_SAFE(RtlUInt16Add, USHORT, UINT16_MAX, add)
NIMBL_NT_SAFE(RtlUInt16Mult, USHORT, UINT16_MAX, mul)
NIMBL_NT_SAFE(RtlUInt32Add, UINT, UINT32_MAX, add)
NIMBL_NT_SAFE(RtlUInt32Sub, UINT, UINT32_MAX, sub)
NIMBL_NT_SAFE(RtlUInt32Mult, UINT, UINT32_MAX, mul)
NIMBL_NT_SAFE(RtlULongAdd, ULONG, UINT32_MAX, add)
NIMBL_NT_SAFE(RtlULongSub, ULONG, UINT32_MAX, sub)
NIMBL_NT_SAFE(RtlULongMult, ULONG, UINT32_MAX, mul)
NIMBL_NT_SAFE(RtlULongLongAdd, ULONGLONG, UINT64_MAX, add)
NIMBL_NT_SAFE(RtlULongLongSub, ULONGLONG, UINT64_MAX, sub)
NIMBL_NT_SAFE(RtlULongLongMult, ULONGLONG, UINT64_MAX, mul)
NIMBL_NT_SAFE(RtlSizeTAdd, SIZE_T, SIZE_MAX, add)
NIMBL_NT_SAFE(RtlSizeTSub, SIZE_T, SIZE_MAX, sub)
NIMBL_NT_SAFE(RtlSizeTMult, SIZE_T, SIZE_MAX, mul)

#undef NIMBL_NT_SAFE
