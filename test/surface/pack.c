// SPDX-License-Identifier: BSD-3-Clause
// Headers of the wire, packed as drivers pack them, and the headers that drivers only name.
#include <ndis.h>
#include <netiodef.h>
#include <ntddk.h>
#include <ntdef.h>
#include <ntifs.h>
#include <ntintsafe.h>
#include <ntstatus.h>
#include <ntstrsafe.h>
#include <wdm.h>
#include <wdmguid.h>
#include <wdmsec.h>
#include <winapifamily.h>
#include <winerror.h>
#include <wmistr.h>

#include "surface.h"

#if !WINAPI_FAMILY_PARTITION(WINAPI_PARTITION_SYSTEM | WINAPI_PARTITION_DESKTOP)
#error "a driver belongs to the system family"
#endif

#include <pshpack1.h>
typedef struct _WIRE {
	UCHAR Kind;
	ULONG Value;
} WIRE;
#include <poppack.h>

typedef struct _MEMORY {
	UCHAR Kind;
	ULONG Value;
} MEMORY;

void pack_run(void)
{
	C_ASSERT(sizeof(WIRE) == 5 && sizeof(MEMORY) == 8);
	SIZE_T Bytes;
	UINT32 Sum;

	CHECK(FIELD_OFFSET(WIRE, Value) == 1);
	CHECK(RtlUInt32Add(1, 2, &Sum) == STATUS_SUCCESS && Sum == 3);
	CHECK(RtlUInt32Add(1, UINT32_MAX, &Sum) == STATUS_INTEGER_OVERFLOW && Sum == UINT32_MAX);
	CHECK(RtlUInt32Mult(65536, 65536, &Sum) == STATUS_INTEGER_OVERFLOW);
	CHECK(RtlULongMult(6, 7, &Sum) == STATUS_SUCCESS && Sum == 42);
	CHECK(RtlSizeTSub(1, 2, &Bytes) == STATUS_INTEGER_OVERFLOW && Bytes == SIZE_MAX);
}
