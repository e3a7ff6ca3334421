// SPDX-License-Identifier: BSD-3-Clause
// Windows base types with Windows widths: LONG is 32 bit here although C's long has 64.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sal.h"
#include "words.h"

#ifdef __cplusplus
#define C_ASSERT(e) static_assert(e, #e)
extern "C" {
#else
#define C_ASSERT(e) _Static_assert(e, #e)
#endif

// Marks the NDIS functions that libnimbl.so exports.
#define NIMBL_NDIS_API        __attribute__((visibility("default")))
#define NIMBL_NDIS_ALIGNED(n) __attribute__((aligned(n)))

typedef void VOID, *PVOID;
typedef char CHAR, CCHAR, *PCHAR;
typedef unsigned char UCHAR, UINT8, *PUCHAR;
typedef int16_t SHORT, CSHORT, *PSHORT;
typedef uint16_t USHORT, UINT16, *PUSHORT;
typedef int32_t INT, LONG, INT32, *PINT, *PLONG;
typedef uint32_t UINT, ULONG, UINT32, DWORD, *PUINT, *PULONG;
typedef int64_t LONGLONG, LONG64, INT64, *PLONGLONG, *PLONG64;
typedef uint64_t ULONGLONG, ULONG64, UINT64, DWORD64, *PULONGLONG, *PULONG64;
typedef intptr_t LONG_PTR, INT_PTR;
typedef uintptr_t ULONG_PTR, UINT_PTR, *PULONG_PTR;
typedef size_t SIZE_T, *PSIZE_T;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef UCHAR KIRQL, *PKIRQL;

// UTF-16 code units. char16_t is a type of its own in C++ only.
#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWSTR;
typedef const WCHAR *PCWSTR;

typedef LONG NTSTATUS, *PNTSTATUS;
typedef LONG NDIS_STATUS, *PNDIS_STATUS;
typedef PVOID NDIS_HANDLE, *PNDIS_HANDLE;
typedef ULONG NDIS_OID, *PNDIS_OID;
typedef ULONG NDIS_PORT_NUMBER, *PNDIS_PORT_NUMBER;
typedef ULONG NET_IFINDEX, *PNET_IFINDEX;
typedef USHORT NET_IFTYPE, *PNET_IFTYPE;
typedef USHORT NET_FRAME_TYPE, *PNET_FRAME_TYPE; // EtherType

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define NDIS_DEFAULT_PORT_NUMBER    ((NDIS_PORT_NUMBER)0)
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define MAX_NATURAL_ALIGNMENT       8
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif

// Here DISPATCH_LEVEL means "on a polling lcore", PASSIVE_LEVEL "on any other thread".
#define PASSIVE_LEVEL  0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2

#define FIELD_OFFSET(type, field)             ((LONG)offsetof(type, field))
#define FIELD_SIZE(type, field)               (sizeof(((type *)0)->field))
#define ARRAYSIZE(a)                          (sizeof(a) / sizeof((a)[0]))
#define UNREFERENCED_PARAMETER(p)             ((void)(p))
#define ARGUMENT_PRESENT(p)                   ((p) != NULL)
#define ALIGN_DOWN_POINTER_BY(p, n)           ((PVOID)((ULONG_PTR)(p) & ~((ULONG_PTR)(n)-1)))
#define ALIGN_UP_POINTER_BY(p, n)             ALIGN_DOWN_POINTER_BY((ULONG_PTR)(p) + (n)-1, n)
#define PtrToUlong(p)                         ((ULONG)(ULONG_PTR)(p))
#define ULongToPtr(u)                         ((PVOID)(ULONG_PTR)(ULONG)(u))
#define UlongToPtr(u)                         ULongToPtr(u)
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + FIELD_SIZE(type, field))
#define CONTAINING_RECORD(address, type, field) \
	((type *)(PVOID)((PUCHAR)(address)-offsetof(type, field)))

typedef struct _LIST_ENTRY {
	struct _LIST_ENTRY *Flink;
	struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
	struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct NIMBL_NDIS_ALIGNED(16) _SLIST_ENTRY {
	struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

typedef union NIMBL_NDIS_ALIGNED(16) _SLIST_HEADER {
	__extension__ struct {
		ULONGLONG Alignment;
		ULONGLONG Region;
	};
} SLIST_HEADER, *PSLIST_HEADER;
C_ASSERT(sizeof(SLIST_HEADER) == 16);

typedef union _LARGE_INTEGER {
	__extension__ struct {
		ULONG LowPart;
		LONG HighPart;
	};
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;
typedef PHYSICAL_ADDRESS NDIS_PHYSICAL_ADDRESS, *PNDIS_PHYSICAL_ADDRESS;

// Lengths are bytes, not characters; no terminator is promised.
typedef struct _UNICODE_STRING {
	USHORT Length;
	USHORT MaximumLength;
	PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;
typedef UNICODE_STRING NDIS_STRING, *PNDIS_STRING;

typedef struct _GUID {
	ULONG Data1;
	USHORT Data2;
	USHORT Data3;
	UCHAR Data4[8];
} GUID;

typedef union _NET_LUID {
	ULONG64 Value;
	struct {
		ULONG64 Reserved : 24;
		ULONG64 NetLuidIndex : 24;
		ULONG64 IfType : 16;
	} Info;
} NET_LUID, *PNET_LUID;

typedef struct _PROCESSOR_NUMBER {
	USHORT Group;
	UCHAR Number;
	UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef struct _DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;
typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef struct _IRP IRP, *PIRP;
typedef VOID(DRIVER_UNLOAD)(DRIVER_OBJECT *DriverObject);
typedef DRIVER_UNLOAD *PDRIVER_UNLOAD;
typedef NTSTATUS(DRIVER_DISPATCH)(DEVICE_OBJECT *DeviceObject, IRP *Irp);
typedef DRIVER_DISPATCH *PDRIVER_DISPATCH;

// Kinds of what is asked of a device; the indices of MajorFunction.
#define IRP_MJ_CREATE           0x00
#define IRP_MJ_CLOSE            0x02
#define IRP_MJ_READ             0x03
#define IRP_MJ_WRITE            0x04
#define IRP_MJ_DEVICE_CONTROL   0x0E
#define IRP_MJ_CLEANUP          0x12
#define IRP_MJ_MAXIMUM_FUNCTION 0x1B

// One loaded driver. DriverUnload and MajorFunction are written by the driver; the rest is the engine's.
struct _DRIVER_OBJECT {
	DEVICE_OBJECT *DeviceObject; // the newest that the driver created
	PDRIVER_UNLOAD DriverUnload;
	PDRIVER_DISPATCH MajorFunction[IRP_MJ_MAXIMUM_FUNCTION + 1];
	PVOID NimblDriver;
	PVOID NimblReserved[3];
};

typedef NTSTATUS(DRIVER_INITIALIZE)(DRIVER_OBJECT *DriverObject, UNICODE_STRING *RegistryPath);
typedef DRIVER_INITIALIZE *PDRIVER_INITIALIZE;

C_ASSERT(sizeof(LONG) == 4 && sizeof(ULONG) == 4 && sizeof(NDIS_STATUS) == 4);
C_ASSERT(sizeof(WCHAR) == 2 && sizeof(PVOID) == 8);

#ifdef __cplusplus
}
#endif
