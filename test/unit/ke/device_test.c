// SPDX-License-Identifier: BSD-3-Clause
// Control devices, cancelling their requests, and processors.
#include <ndis.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static NTSTATUS dispatch(DEVICE_OBJECT *device, IRP *irp)
{
	return STATUS_SUCCESS;
}

static void a_driver_finds_its_devices(void **state)
{
	DRIVER_OBJECT driver = {0};
	DEVICE_OBJECT *first, *second;

	assert_int_equal(
		IoCreateDevice(&driver, 24, NULL, FILE_DEVICE_NETWORK, 0, FALSE, &first), 0);
	assert_int_equal(
		IoCreateDevice(&driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &second), 0);
	assert_ptr_equal(driver.DeviceObject, second);
	assert_ptr_equal(second->NextDevice, first);
	assert_memory_equal(first->DeviceExtension, (char[24]){0}, 24);
	assert_null(second->DeviceExtension);
	IoDeleteDevice(first);
	assert_null(second->NextDevice);
	IoDeleteDevice(second);
	assert_null(driver.DeviceObject);
}

static void a_registered_device_keeps_its_routines(void **state)
{
	PDRIVER_DISPATCH routines[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
		[IRP_MJ_DEVICE_CONTROL] = dispatch};
	NDIS_DEVICE_OBJECT_ATTRIBUTES attributes = {
		.Header = {NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES,
			NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1},
		.MajorFunctions = routines,
		.ExtensionSize = 8,
	};
	DEVICE_OBJECT *device;
	NDIS_HANDLE handle;

	assert_int_equal(
		NdisRegisterDeviceEx(NULL, &attributes, &device, &handle), NDIS_STATUS_SUCCESS);
	routines[IRP_MJ_DEVICE_CONTROL] = NULL;
	assert_ptr_equal(device->NimblMajorFunction[IRP_MJ_DEVICE_CONTROL], dispatch);
	assert_memory_equal(NdisGetDeviceReservedExtension(device), (char[8]){0}, 8);
	NdisDeregisterDeviceEx(handle);
	attributes.MajorFunctions = NULL;
	assert_int_equal(NdisRegisterDeviceEx(NULL, &attributes, &device, &handle),
		NDIS_STATUS_INVALID_PARAMETER);
}

static int cancelled;

static VOID cancel(DEVICE_OBJECT *device, IRP *irp)
{
	KIRQL level = KeGetCurrentIrql();

	IoReleaseCancelSpinLock(irp->CancelIrql);
	assert_int_equal(level, DISPATCH_LEVEL);
	assert_true(irp->Cancel);
	cancelled++;
}

static void a_request_is_cancelled_once(void **state)
{
	IO_STACK_LOCATION stack = {0};
	IRP irp = {.Tail.Overlay.CurrentStackLocation = &stack};

	assert_false(IoCancelIrp(&irp)); // there is no routine
	assert_null(IoSetCancelRoutine(&irp, cancel));
	assert_true(IoCancelIrp(&irp));
	assert_false(IoCancelIrp(&irp));
	assert_int_equal(cancelled, 1);
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
	IoMarkIrpPending(&irp);
	IoCompleteRequest(&irp, IO_NO_INCREMENT);
	assert_true(irp.PendingReturned);
}

static void every_processor_has_a_number_below_their_count(void **state)
{
	ULONG count = NdisGroupMaxProcessorCount(0);
	PROCESSOR_NUMBER number;

	assert_in_range(count, 1, 65535);
	assert_int_equal(NdisGroupMaxProcessorCount(ALL_PROCESSOR_GROUPS), count);
	assert_int_equal(NdisGroupMaxProcessorCount(1), 0);
	assert_true(NdisCurrentProcessorIndex() < count);
	assert_true(KeGetCurrentProcessorNumberEx(&number) < count);
	assert_int_equal(NdisProcessorIndexToNumber(count - 1, &number), NDIS_STATUS_SUCCESS);
	assert_int_equal(NdisProcessorNumberToIndex(number), count - 1);
	assert_int_equal(NdisProcessorIndexToNumber(count, &number), NDIS_STATUS_INVALID_PARAMETER);
	number.Group = 1;
	assert_int_equal(NdisProcessorNumberToIndex(number), INVALID_PROCESSOR_INDEX);
	assert_int_equal(NdisGetVersion(), 0x00060055);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_finds_its_devices),
		cmocka_unit_test(a_registered_device_keeps_its_routines),
		cmocka_unit_test(a_request_is_cancelled_once),
		cmocka_unit_test(every_processor_has_a_number_below_their_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
