// SPDX-License-Identifier: BSD-3-Clause
// Control devices and the requests (IRPs) that they get. A driver may register devices here, but no
// program can open them yet: their dispatch routines are called by who has the device object.
#pragma once

#include "event.h"
#include "interlocked.h"
#include "mdl.h"
#include "objectheader.h"
#include "spinlock.h"
#include "status.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FILE_DEVICE_NETWORK          0x00000012
#define FILE_DEVICE_PHYSICAL_NETCARD 0x00000017
#define FILE_DEVICE_UNKNOWN          0x00000022
#define FILE_DEVICE_SECURE_OPEN      0x00000100
#define FILE_ANY_ACCESS              0
#define FILE_READ_ACCESS             1
#define FILE_WRITE_ACCESS            2
#define METHOD_BUFFERED              0
#define METHOD_IN_DIRECT             1
#define METHOD_OUT_DIRECT            2
#define METHOD_NEITHER               3
#define CTL_CODE(DeviceType, Function, Method, Access)                                \
	((ULONG)(DeviceType) << 16 | (ULONG)(Access) << 14 | (ULONG)(Function) << 2 | \
		(ULONG)(Method))

#define DO_BUFFERED_IO         0x00000004
#define DO_DIRECT_IO           0x00000010
#define DO_DEVICE_INITIALIZING 0x00000080

struct _DEVICE_OBJECT {
	DRIVER_OBJECT *DriverObject;
	struct _DEVICE_OBJECT *NextDevice; // of the driver
	ULONG Flags;
	ULONG Characteristics;
	ULONG DeviceType;
	CCHAR StackSize;
	PVOID DeviceExtension;
	PDRIVER_DISPATCH NimblMajorFunction[IRP_MJ_MAXIMUM_FUNCTION + 1];
};

typedef struct _FILE_OBJECT {
	DEVICE_OBJECT *DeviceObject;
	PVOID FsContext;
	PVOID FsContext2;
	UNICODE_STRING FileName;
} FILE_OBJECT, *PFILE_OBJECT;

typedef struct _IO_STATUS_BLOCK {
	NTSTATUS Status;
	ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

typedef struct _IO_STACK_LOCATION {
	UCHAR MajorFunction;
	UCHAR MinorFunction;
	UCHAR Flags;
	UCHAR Control;
	union {
		struct {
			ULONG Length;
			ULONG Key;
			LARGE_INTEGER ByteOffset;
		} Read, Write;
		struct {
			ULONG OutputBufferLength;
			ULONG InputBufferLength;
			ULONG IoControlCode;
			PVOID Type3InputBuffer;
		} DeviceIoControl;
	} Parameters;
	DEVICE_OBJECT *DeviceObject;
	FILE_OBJECT *FileObject;
} IO_STACK_LOCATION, *PIO_STACK_LOCATION;

typedef VOID(DRIVER_CANCEL)(DEVICE_OBJECT *DeviceObject, IRP *Irp);
typedef DRIVER_CANCEL *PDRIVER_CANCEL;

struct _IRP {
	MDL *MdlAddress;
	union {
		struct _IRP *MasterIrp;
		PVOID SystemBuffer;
	} AssociatedIrp;
	IO_STATUS_BLOCK IoStatus;
	KPROCESSOR_MODE RequestorMode;
	BOOLEAN PendingReturned;
	BOOLEAN Cancel;
	KIRQL CancelIrql;
	PVOID CancelRoutine;
	PVOID UserBuffer;
	union {
		struct {
			PVOID DriverContext[4];
			LIST_ENTRY ListEntry;
			IO_STACK_LOCATION *CurrentStackLocation;
			FILE_OBJECT *OriginalFileObject;
		} Overlay;
	} Tail;
};

#define IoGetCurrentIrpStackLocation(Irp) ((Irp)->Tail.Overlay.CurrentStackLocation)
#define IoMarkIrpPending(Irp)             ((void)(IoGetCurrentIrpStackLocation(Irp)->Control |= 1))

// The request is done, its result in IoStatus; it belongs to who made it.
static inline VOID IoCompleteRequest(IRP *Irp, CCHAR PriorityBoost)
{
	(void)PriorityBoost;
	WriteRelease(
		&Irp->PendingReturned, (BOOLEAN)(IoGetCurrentIrpStackLocation(Irp)->Control & 1));
}

// Put a routine, or NULL, in; gives the one that was there.
static inline PDRIVER_CANCEL IoSetCancelRoutine(IRP *Irp, PDRIVER_CANCEL CancelRoutine)
{
	return (PDRIVER_CANCEL)(ULONG_PTR)InterlockedExchangePointer(
		&Irp->CancelRoutine, (PVOID)(ULONG_PTR)CancelRoutine);
}

// The lock that cancel routines are called under, and give back with CancelIrql of their request.
NIMBL_NDIS_API VOID IoAcquireCancelSpinLock(KIRQL *Irql);
NIMBL_NDIS_API VOID IoReleaseCancelSpinLock(KIRQL Irql);

// Call the cancel routine: TRUE when there was one. Any thread.
NIMBL_NDIS_API BOOLEAN IoCancelIrp(IRP *Irp);

// A device, with `DeviceExtensionSize` zeroed bytes of the driver's. Its requests go to MajorFunction of
// the driver object. STATUS_INSUFFICIENT_RESOURCES when memory is out. Control threads.
NIMBL_NDIS_API NTSTATUS IoCreateDevice(DRIVER_OBJECT *DriverObject, ULONG DeviceExtensionSize,
	UNICODE_STRING *DeviceName, ULONG DeviceType, ULONG DeviceCharacteristics,
	BOOLEAN Exclusive, DEVICE_OBJECT **DeviceObject);
NIMBL_NDIS_API VOID IoDeleteDevice(DEVICE_OBJECT *DeviceObject);

// Names are not kept: nobody looks them up.
static inline NTSTATUS IoCreateSymbolicLink(UNICODE_STRING *Link, UNICODE_STRING *DeviceName)
{
	(void)Link;
	(void)DeviceName;
	return STATUS_SUCCESS;
}

static inline NTSTATUS IoDeleteSymbolicLink(UNICODE_STRING *Link)
{
	(void)Link;
	return STATUS_SUCCESS;
}

// Nothing is delivered that could interrupt a thread.
#define KeEnterCriticalRegion() ((void)0)
#define KeLeaveCriticalRegion() ((void)0)

typedef struct _NDIS_DEVICE_OBJECT_ATTRIBUTES {
	NDIS_OBJECT_HEADER Header;
	NDIS_STRING *DeviceName;
	NDIS_STRING *SymbolicName;
	PDRIVER_DISPATCH *MajorFunctions;
	ULONG ExtensionSize;
	const UNICODE_STRING *DefaultSDDLString;
	const GUID *DeviceClassGuid;
} NDIS_DEVICE_OBJECT_ATTRIBUTES, *PNDIS_DEVICE_OBJECT_ATTRIBUTES;

#define NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 1
#define NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NDIS_DEVICE_OBJECT_ATTRIBUTES, DeviceClassGuid)

// A control device of a driver whose handle this is; the dispatch routines are copied.
// NDIS_STATUS_INVALID_PARAMETER for a wrong header or no routines, NDIS_STATUS_RESOURCES. Control
// threads. WDK: NdisRegisterDeviceEx.
NIMBL_NDIS_API NDIS_STATUS NdisRegisterDeviceEx(NDIS_HANDLE NdisObjectHandle,
	NDIS_DEVICE_OBJECT_ATTRIBUTES *DeviceObjectAttributes, DEVICE_OBJECT **pDeviceObject,
	NDIS_HANDLE *NdisDeviceHandle);
NIMBL_NDIS_API VOID NdisDeregisterDeviceEx(NDIS_HANDLE NdisDeviceHandle);

// The zeroed bytes that were asked for.
#define NdisGetDeviceReservedExtension(DeviceObject) ((DeviceObject)->DeviceExtension)

#ifdef __cplusplus
}
#endif
