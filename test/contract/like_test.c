// SPDX-License-Identifier: BSD-3-Clause
// Drivers in the manner of Windows (test/surface/drivers), loaded and run as one stack: a protocol, a
// filter and two virtual adapters on one cable, driven by requests to their devices. Linked in, or loaded from
// LIKE_FILES, as the sources are.
#include "pool_make.h"

#include <dlfcn.h>
#include <rte_cycles.h>

#include "nimbl_bind.h"
#include "nimbl_driver.h"
#include "nimbl_lcore.h"

#define IOCTL_LWF_COUNTS CTL_CODE(FILE_DEVICE_PHYSICAL_NETCARD, 1, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_PROT_OPEN \
	CTL_CODE(FILE_DEVICE_NETWORK, 0x200, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define FRAME_LENGTH 60
#define ENOUGH_MS    10000

static DEVICE_OBJECT *lwf_device, *prot_device;

#ifdef LIKE_FILES
static DEVICE_OBJECT *like_load(const char *file, const char *device)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", LIKE_FILES, file);
	if (nimbl_driver_load(path, NULL, NULL) < 0) {
		fprintf(stderr, "%s\n", nimbl_last_error()->cause);
		exit(1);
	}
	void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	DEVICE_OBJECT **at = dlsym(library, device);
	dlclose(library);
	return at != NULL ? *at : NULL;
}

static int likes_load(void)
{
	int ret = nimbl_drivers_load();

	lwf_device = like_load("lwf_like.so", "LwfLikeDevice");
	prot_device = like_load("prot_like.so", "ProtLikeDevice");
	like_load("vmini_like.so", "none");
	return ret;
}
#else
// Each has a DriverEntry of its own, renamed for one program.
DRIVER_INITIALIZE lwf_like_entry, vmini_like_entry, prot_like_entry;

extern DEVICE_OBJECT *LwfLikeDevice, *ProtLikeDevice;

NIMBL_DRIVER(lwf_like, lwf_like_entry)
NIMBL_DRIVER(vmini_like, vmini_like_entry)
NIMBL_DRIVER(prot_like, prot_like_entry)

static int likes_load(void)
{
	int ret = nimbl_drivers_load();

	lwf_device = LwfLikeDevice;
	prot_device = ProtLikeDevice;
	return ret;
}
#endif

struct end {
	NDIS_HANDLE adapter, binding;
	FILE_OBJECT file;
};

static struct end left, right;
static NDIS_HANDLE filter;

// A request with a frame.
struct request {
	IRP irp;
	IO_STACK_LOCATION stack;
	UCHAR frame[FRAME_LENGTH];
	MDL *mdl;
};

static struct request *request_new(struct end *end, UCHAR major)
{
	struct request *request = calloc(1, sizeof(*request));

	assert_non_null(request);
	request->irp.Tail.Overlay.CurrentStackLocation = &request->stack;
	request->irp.IoStatus.Status = STATUS_PENDING;
	request->stack.MajorFunction = major;
	request->stack.FileObject = &end->file;
	request->stack.DeviceObject = prot_device;
	request->mdl = NdisAllocateMdl(end->adapter, request->frame, FRAME_LENGTH);
	request->irp.MdlAddress = request->mdl;
	return request;
}

static NTSTATUS request_call(struct request *request)
{
	PDRIVER_DISPATCH dispatch =
		prot_device->DriverObject->MajorFunction[request->stack.MajorFunction];

	return dispatch(prot_device, &request->irp);
}

// Wait until a pending request is done.
static NTSTATUS request_wait(struct request *request)
{
	for (int ms = 0; ms < ENOUGH_MS; ms++) {
		if (ReadAcquire(&request->irp.PendingReturned))
			return request->irp.IoStatus.Status;
		rte_delay_us_sleep(1000);
	}
	return STATUS_TIMEOUT;
}

static void request_free(struct request *request)
{
	NdisFreeMdl(request->mdl);
	free(request);
}

static struct request *frame_write(struct end *end, UCHAR mark)
{
	struct request *request = request_new(end, IRP_MJ_WRITE);

	memset(request->frame, mark, FRAME_LENGTH);
	assert_int_equal(request_call(request), STATUS_PENDING);
	return request;
}

static void file_open(struct end *end, const WCHAR *name, USHORT characters)
{
	struct request *request = request_new(end, IRP_MJ_DEVICE_CONTROL);

	request->stack.Parameters.DeviceIoControl.IoControlCode = IOCTL_PROT_OPEN;
	request->stack.Parameters.DeviceIoControl.InputBufferLength = characters * 2u;
	request->irp.AssociatedIrp.SystemBuffer = (PVOID)(ULONG_PTR)name;
	assert_int_equal(request_call(request), STATUS_SUCCESS);
	assert_non_null(end->file.FsContext);
	request_free(request);
}

static void end_open(struct end *end, const char *name, const char *address)
{
	struct nimbl_option options[] = {{"networkaddress", address}, {NULL, NULL}};

	*end = (struct end){0};
	if (nimbl_adapter_open("vmini_like", name, options, &end->adapter) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

static void end_bind(struct end *end)
{
	if (nimbl_binding_open("prot_like", end->adapter, NULL, &end->binding) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
}

static int stack_open(void **state)
{
	struct nimbl_option verbose[] = {{"verbose", "0x1"}, {NULL, NULL}};

	end_open(&left, "left", "02:11:22:33:44:55");
	end_open(&right, "right", "nothing");
	assert_int_equal(nimbl_filter_open("lwf_like", left.adapter, 0, "f", verbose, &filter), 0);
	end_bind(&left);
	end_bind(&right);
	assert_int_equal(nimbl_adapter_restart(left.adapter), 0);
	assert_int_equal(nimbl_adapter_restart(right.adapter), 0);
	assert_int_equal(nimbl_filter_restart(filter), 0);
	assert_int_equal(nimbl_binding_restart(left.binding), 0);
	assert_int_equal(nimbl_binding_restart(right.binding), 0);
	file_open(&left, u"left", 4);
	file_open(&right, u"RIGHT", 5);
	return 0;
}

static int stack_close(void **state)
{
	assert_int_equal(nimbl_binding_pause(left.binding), 0);
	assert_int_equal(nimbl_binding_pause(right.binding), 0);
	nimbl_binding_close(left.binding);
	nimbl_binding_close(right.binding);
	assert_int_equal(nimbl_filter_pause(filter), 0);
	assert_int_equal(nimbl_adapter_pause(left.adapter), 0);
	assert_int_equal(nimbl_adapter_pause(right.adapter), 0);
	nimbl_adapter_close(left.adapter);
	nimbl_adapter_close(right.adapter);
	return 0;
}

// What the filter tells of itself: frames down and up, each of which came back.
static void expect_counts(ULONG sent, ULONG received)
{
	struct {
		ULONG sent, completed, received, returned, oids;
	} counts = {0};
	struct request *request = request_new(&left, IRP_MJ_DEVICE_CONTROL);
	PDRIVER_DISPATCH dispatch = lwf_device->NimblMajorFunction[IRP_MJ_DEVICE_CONTROL];

	request->stack.Parameters.DeviceIoControl.IoControlCode = IOCTL_LWF_COUNTS;
	request->irp.AssociatedIrp.SystemBuffer = &counts;
	assert_int_equal(dispatch(lwf_device, &request->irp), STATUS_BUFFER_TOO_SMALL);
	request->stack.Parameters.DeviceIoControl.OutputBufferLength = sizeof(counts);
	assert_int_equal(dispatch(lwf_device, &request->irp), STATUS_SUCCESS);
	request_free(request);
	assert_int_equal(counts.sent, sent);
	assert_int_equal(counts.completed, sent);
	assert_int_equal(counts.received, received);
	assert_int_equal(counts.returned, received);
	assert_int_equal(counts.oids, 1); // the packet filter of the protocol
}

static void settings_reach_the_drivers(void **state)
{
	static const uint8_t wanted[] = {2, 0x11, 0x22, 0x33, 0x44, 0x55};
	struct nimbl_adapter_info info;

	nimbl_adapter_query(left.adapter, &info);
	assert_memory_equal(info.mac, wanted, 6);
	nimbl_adapter_query(right.adapter, &info);
	assert_int_equal(info.mac[0], 2); // of its own making
	assert_memory_not_equal(info.mac, wanted, 6);
}

static void a_frame_goes_from_write_to_read(struct end *from, struct end *to, UCHAR mark)
{
	struct request *read = request_new(to, IRP_MJ_READ), *write;

	assert_int_equal(request_call(read), STATUS_PENDING);
	write = frame_write(from, mark);
	assert_int_equal(request_wait(write), STATUS_SUCCESS);
	assert_int_equal(request_wait(read), STATUS_SUCCESS);
	assert_int_equal(read->irp.IoStatus.Information, FRAME_LENGTH);
	assert_memory_equal(read->frame, write->frame, FRAME_LENGTH);
	request_free(read);
	request_free(write);
}

static void frames_go_both_ways(void **state)
{
	a_frame_goes_from_write_to_read(&left, &right, 0x5A);
	a_frame_goes_from_write_to_read(&right, &left, 0xA5);
	KeFlushQueuedDpcs(); // returns come after the read is done
	expect_counts(1, 1);
}

static void every_write_completes(void **state)
{
	enum { WRITES = 500 };
	struct request *writes[2 * WRITES];
	struct nimbl_adapter_info info;

	for (int i = 0; i < WRITES; i++) {
		writes[2 * i] = frame_write(&left, (UCHAR)i);
		writes[2 * i + 1] = frame_write(&right, (UCHAR)i);
	}
	for (int i = 0; i < 2 * WRITES; i++) {
		assert_int_equal(request_wait(writes[i]), STATUS_SUCCESS);
		request_free(writes[i]);
	}
	assert_int_equal(nimbl_binding_pause(right.binding), 0);
	assert_int_equal(nimbl_adapter_pause(right.adapter), 0); // ends in the driver's timer
	nimbl_adapter_query(right.adapter, &info);
	assert_int_equal(info.counters.lists_indicated, WRITES);
	expect_counts(WRITES, WRITES);
}

static void a_read_is_cancelled_or_ended_by_pause(void **state)
{
	struct request *cancelled = request_new(&left, IRP_MJ_READ);
	struct request *ended = request_new(&left, IRP_MJ_READ);

	assert_int_equal(request_call(cancelled), STATUS_PENDING);
	assert_int_equal(request_call(ended), STATUS_PENDING);
	assert_true(IoCancelIrp(&cancelled->irp));
	assert_int_equal(request_wait(cancelled), STATUS_CANCELLED);
	assert_false(IoCancelIrp(&cancelled->irp));
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
	assert_int_equal(nimbl_binding_pause(left.binding), 0);
	assert_int_equal(request_wait(ended), STATUS_DEVICE_NOT_READY);
	request_free(cancelled);
	request_free(ended);
	cancelled = request_new(&left, IRP_MJ_READ);
	assert_int_equal(request_call(cancelled), STATUS_DEVICE_NOT_READY);
	request_free(cancelled);
}

static void events_pass_the_filter(void **state)
{
	NET_DEVICE_POWER_STATE power = NetDeviceStateD0;
	NET_PNP_EVENT_NOTIFICATION up = {
		.NetPnPEvent = {.NetEvent = NetEventSetPower, .Buffer = &power},
	};
	ULONG profile = NdisPowerProfileBattery;
	NET_DEVICE_PNP_EVENT down = {
		.DevicePnPEvent = NdisDevicePnPEventPowerProfileChanged,
		.InformationBuffer = &profile,
		.InformationBufferLength = sizeof(profile),
	};

	assert_int_equal(NdisFNetPnPEvent(filter, &up), NDIS_STATUS_SUCCESS);
	power = NetDeviceStateD3;
	assert_int_equal(NdisFNetPnPEvent(filter, &up), NDIS_STATUS_NOT_SUPPORTED);
	NdisFDevicePnPEventNotify(filter, &down); // the miniport asserts what it gets
}

static int setup(void **state)
{
	if (eal_harness_start(state) < 0 || nimbl_lcores_init(32, NIMBL_REST_SLEEP) < 0)
		return -1;
	return likes_load();
}

static int teardown(void **state)
{
	nimbl_drivers_unload();
	return 0;
}

#define on_stack(test) cmocka_unit_test_setup_teardown(test, stack_open, stack_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stack(settings_reach_the_drivers),
		on_stack(frames_go_both_ways),
		on_stack(every_write_completes),
		on_stack(a_read_is_cancelled_or_ended_by_pause),
		on_stack(events_pass_the_filter),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
