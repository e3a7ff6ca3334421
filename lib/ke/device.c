// SPDX-License-Identifier: BSD-3-Clause
// Control devices: objects that drivers may make and use, with nobody to open them yet.
#include <ndis.h>
#include <stdlib.h>

static KSPIN_LOCK cancel_lock;

VOID IoAcquireCancelSpinLock(KIRQL *irql)
{
	KeAcquireSpinLock(&cancel_lock, irql);
}

VOID IoReleaseCancelSpinLock(KIRQL irql)
{
	KeReleaseSpinLock(&cancel_lock, irql);
}

BOOLEAN IoCancelIrp(IRP *irp)
{
	PDRIVER_CANCEL routine;
	KIRQL irql;

	IoAcquireCancelSpinLock(&irql);
	irp->Cancel = TRUE;
	routine = IoSetCancelRoutine(irp, NULL);
	if (routine == NULL) {
		IoReleaseCancelSpinLock(irql);
		return FALSE;
	}
	irp->CancelIrql = irql;
	routine(IoGetCurrentIrpStackLocation(irp)->DeviceObject, irp);
	return TRUE;
}

// One block of memory, the extension behind the object.
static DEVICE_OBJECT *device_new(ULONG extension_size)
{
	DEVICE_OBJECT *device = calloc(1, sizeof(*device) + extension_size);

	if (device == NULL)
		return NULL;
	device->StackSize = 1;
	device->DeviceExtension = extension_size != 0 ? device + 1 : NULL;
	return device;
}
C_ASSERT(sizeof(DEVICE_OBJECT) % MAX_NATURAL_ALIGNMENT == 0);

NTSTATUS IoCreateDevice(DRIVER_OBJECT *driver, ULONG extension_size, UNICODE_STRING *name,
	ULONG type, ULONG characteristics, BOOLEAN exclusive, DEVICE_OBJECT **result)
{
	DEVICE_OBJECT *device = device_new(extension_size);

	if (device == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	device->Flags = DO_DEVICE_INITIALIZING;
	device->DeviceType = type;
	device->Characteristics = characteristics;
	device->DriverObject = driver;
	device->NextDevice = driver->DeviceObject;
	driver->DeviceObject = device;
	*result = device;
	return STATUS_SUCCESS;
}

VOID IoDeleteDevice(DEVICE_OBJECT *device)
{
	DEVICE_OBJECT **link = &device->DriverObject->DeviceObject;

	while (*link != device)
		link = &(*link)->NextDevice;
	*link = device->NextDevice;
	free(device);
}

NDIS_STATUS NdisRegisterDeviceEx(NDIS_HANDLE driver, NDIS_DEVICE_OBJECT_ATTRIBUTES *attributes,
	DEVICE_OBJECT **result, NDIS_HANDLE *handle)
{
	DEVICE_OBJECT *device;

	if (attributes->Header.Type != NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES ||
		attributes->Header.Size < NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 ||
		attributes->MajorFunctions == NULL)
		return NDIS_STATUS_INVALID_PARAMETER;
	device = device_new(attributes->ExtensionSize);
	if (device == NULL)
		return NDIS_STATUS_RESOURCES;
	RtlCopyMemory(device->NimblMajorFunction, attributes->MajorFunctions,
		sizeof(device->NimblMajorFunction));
	*result = device;
	*handle = device;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisDeregisterDeviceEx(NDIS_HANDLE handle)
{
	free(handle);
}
