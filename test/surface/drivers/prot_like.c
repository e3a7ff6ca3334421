// SPDX-License-Identifier: BSD-3-Clause
// A protocol as people write them for Windows: reads and writes of its device are frames. Reads wait in a
// line and can be cancelled; a work item says that an adapter was bound.
#include <ndis.h>
#include <ntddk.h>

// clang-format off
#include "pshpack1.h"
typedef struct _PROT_ETH_HEADER {
	UCHAR Destination[ETH_LENGTH_OF_ADDRESS];
	UCHAR Source[ETH_LENGTH_OF_ADDRESS];
	USHORT Type;
} PROT_ETH_HEADER;
#include "poppack.h"
// clang-format on

#define PROT_TAG 'torP'
#define IOCTL_PROT_OPEN \
	CTL_CODE(FILE_DEVICE_NETWORK, 0x200, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define OPEN_OF(p) ((PROT_OPEN *)(p))
C_ASSERT(sizeof(PROT_ETH_HEADER) == 14);

typedef struct _PROT_OPEN {
	LIST_ENTRY Link;
	NDIS_HANDLE Binding;
	NDIS_STRING Name;
	NDIS_HANDLE NblPool;
	NDIS_SPIN_LOCK Lock;
	LIST_ENTRY Reads;
	BOOLEAN Running;
	LONG SendsOut;
	ULONG DataBackFill, ContextBackFill;
	NDIS_EVENT RequestDone;
	NDIS_STATUS RequestStatus;
	NDIS_HANDLE WorkItem;
	NDIS_EVENT Announced;
	UCHAR PartialCancelId;
} PROT_OPEN;

typedef struct _PROT_SEND {
	PIRP Irp;
} PROT_SEND;
#define SEND_OF(Nbl) ((PROT_SEND *)&NET_BUFFER_LIST_PROTOCOL_RESERVED(Nbl)[0])

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD ProtUnload;
static PROTOCOL_BIND_ADAPTER_EX ProtBind;
static PROTOCOL_UNBIND_ADAPTER_EX ProtUnbind;
static PROTOCOL_OPEN_ADAPTER_COMPLETE_EX ProtOpenComplete;
static PROTOCOL_CLOSE_ADAPTER_COMPLETE_EX ProtCloseComplete;
static PROTOCOL_NET_PNP_EVENT ProtNetEvent;
static PROTOCOL_OID_REQUEST_COMPLETE ProtRequestComplete;
static PROTOCOL_STATUS_EX ProtStatus;
static PROTOCOL_RECEIVE_NET_BUFFER_LISTS ProtReceive;
static PROTOCOL_SEND_NET_BUFFER_LISTS_COMPLETE ProtSendComplete;
_Dispatch_type_(IRP_MJ_READ) static DRIVER_DISPATCH ProtRead;
_Dispatch_type_(IRP_MJ_WRITE) static DRIVER_DISPATCH ProtWrite;
_Dispatch_type_(IRP_MJ_DEVICE_CONTROL) static DRIVER_DISPATCH ProtControl;
static DRIVER_CANCEL ProtCancelRead;
static NDIS_IO_WORKITEM_FUNCTION ProtAnnounce;

static NDIS_HANDLE ProtocolHandle;
DEVICE_OBJECT *ProtLikeDevice; // how a test gets at the dispatch routines
static LIST_ENTRY Opens;
static KSPIN_LOCK OpensLock;

NTSTATUS DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
	NDIS_STRING ProtocolName = NDIS_STRING_CONST("PROTLIKE");
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS Chars;
	UNICODE_STRING DeviceName, LinkName;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(RegistryPath);
	InitializeListHead(&Opens);
	KeInitializeSpinLock(&OpensLock);
	RtlInitUnicodeString(&DeviceName, L"\\Device\\ProtLike");
	RtlInitUnicodeString(&LinkName, L"\\DosDevices\\ProtLike");
	Status = IoCreateDevice(DriverObject, 0, &DeviceName, FILE_DEVICE_NETWORK,
		FILE_DEVICE_SECURE_OPEN, FALSE, &ProtLikeDevice);
	if (!NT_SUCCESS(Status))
		return Status;
	Status = IoCreateSymbolicLink(&LinkName, &DeviceName);
	if (!NT_SUCCESS(Status))
		return Status;
	ProtLikeDevice->Flags |= DO_DIRECT_IO;
	ProtLikeDevice->Flags &= ~DO_DEVICE_INITIALIZING;

	NdisZeroMemory(&Chars, sizeof(Chars));
	Chars.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS;
	Chars.Header.Size = NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1;
	Chars.Header.Revision = NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1;
	Chars.MajorNdisVersion = 6;
	Chars.MinorNdisVersion = 0;
	Chars.Name = ProtocolName;
	Chars.BindAdapterHandlerEx = ProtBind;
	Chars.UnbindAdapterHandlerEx = ProtUnbind;
	Chars.OpenAdapterCompleteHandlerEx = ProtOpenComplete;
	Chars.CloseAdapterCompleteHandlerEx = ProtCloseComplete;
	Chars.NetPnPEventHandler = ProtNetEvent;
	Chars.OidRequestCompleteHandler = ProtRequestComplete;
	Chars.StatusHandlerEx = ProtStatus;
	Chars.ReceiveNetBufferListsHandler = ProtReceive;
	Chars.SendNetBufferListsCompleteHandler = ProtSendComplete;
	Status = NdisRegisterProtocolDriver((NDIS_HANDLE)DriverObject, &Chars, &ProtocolHandle);
	if (Status != NDIS_STATUS_SUCCESS) {
		IoDeleteSymbolicLink(&LinkName);
		IoDeleteDevice(ProtLikeDevice);
		return STATUS_UNSUCCESSFUL;
	}
	DriverObject->MajorFunction[IRP_MJ_READ] = ProtRead;
	DriverObject->MajorFunction[IRP_MJ_WRITE] = ProtWrite;
	DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = ProtControl;
	DriverObject->DriverUnload = ProtUnload;
	return STATUS_SUCCESS;
}

static VOID ProtUnload(IN PDRIVER_OBJECT DriverObject)
{
	UNICODE_STRING LinkName;

	UNREFERENCED_PARAMETER(DriverObject);
	RtlInitUnicodeString(&LinkName, L"\\DosDevices\\ProtLike");
	IoDeleteSymbolicLink(&LinkName);
	IoDeleteDevice(ProtLikeDevice);
	NdisDeregisterProtocolDriver(ProtocolHandle);
}

static NDIS_STATUS ProtRequest(
	PROT_OPEN *Open, NDIS_REQUEST_TYPE Type, NDIS_OID Oid, PVOID Buffer, ULONG Length)
{
	NDIS_OID_REQUEST Request;
	NDIS_STATUS Status;

	NdisZeroMemory(&Request, sizeof(Request));
	Request.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	Request.Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	Request.Header.Size = sizeof(Request);
	Request.RequestType = Type;
	Request.RequestId = Open;
	Request.DATA.QUERY_INFORMATION.Oid = Oid;
	Request.DATA.QUERY_INFORMATION.InformationBuffer = Buffer;
	Request.DATA.QUERY_INFORMATION.InformationBufferLength = Length;
	NdisInitializeEvent(&Open->RequestDone);
	Status = NdisOidRequest(Open->Binding, &Request);
	if (Status == NDIS_STATUS_PENDING) {
		NdisWaitEvent(&Open->RequestDone, 0);
		Status = Open->RequestStatus;
	}
	return Status;
}

static VOID ProtFree(PROT_OPEN *Open)
{
	if (Open->WorkItem != NULL)
		NdisFreeIoWorkItem(Open->WorkItem);
	if (Open->NblPool != NULL)
		NdisFreeNetBufferListPool(Open->NblPool);
	if (Open->Name.Buffer != NULL)
		NdisFreeMemory(Open->Name.Buffer, 0, 0);
	NdisFreeSpinLock(&Open->Lock);
	NdisFreeMemory(Open, sizeof(*Open), 0);
}

static NDIS_STATUS ProtOpenAdapter(
	PROT_OPEN *Open, NDIS_HANDLE BindContext, PNDIS_BIND_PARAMETERS Parameters)
{
	NDIS_MEDIUM Mediums[1] = {NdisMedium802_3};
	NET_FRAME_TYPE FrameTypes[2] = {0x88B5, 0x88B6};
	NET_BUFFER_LIST_POOL_PARAMETERS Pool;
	NDIS_OPEN_PARAMETERS OpenParameters;
	UINT Selected;

	NdisZeroMemory(&Pool, sizeof(Pool));
	Pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	Pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
	Pool.Header.Size = sizeof(Pool);
	Pool.ProtocolId = NDIS_PROTOCOL_ID_IPX;
	Pool.ContextSize = 0;
	Pool.fAllocateNetBuffer = TRUE;
	Pool.PoolTag = PROT_TAG;
	Open->NblPool = NdisAllocateNetBufferListPool(ProtocolHandle, &Pool);
	Open->WorkItem = NdisAllocateIoWorkItem(ProtocolHandle);
	if (Open->NblPool == NULL || Open->WorkItem == NULL)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(&OpenParameters, sizeof(OpenParameters));
	OpenParameters.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS;
	OpenParameters.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1;
	OpenParameters.Header.Size = sizeof(OpenParameters);
	OpenParameters.AdapterName = Parameters->AdapterName;
	OpenParameters.MediumArray = Mediums;
	OpenParameters.MediumArraySize = ARRAYSIZE(Mediums);
	OpenParameters.SelectedMediumIndex = &Selected;
	OpenParameters.FrameTypeArray = FrameTypes;
	OpenParameters.FrameTypeArraySize = ARRAYSIZE(FrameTypes);
	NDIS_DECLARE_PROTOCOL_OPEN_CONTEXT(PROT_OPEN);
	return NdisOpenAdapterEx(
		ProtocolHandle, Open, &OpenParameters, BindContext, &Open->Binding);
}

static NDIS_STATUS ProtBind(IN NDIS_HANDLE DriverContext, IN NDIS_HANDLE BindContext,
	IN PNDIS_BIND_PARAMETERS Parameters)
{
	ULONG PacketFilter = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST;
	PROT_OPEN *Open = NULL;
	NDIS_STATUS Status;

	UNREFERENCED_PARAMETER(DriverContext);
	Status = NdisAllocateMemoryWithTag((PVOID *)&Open, sizeof(*Open), PROT_TAG);
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;
	NdisZeroMemory(Open, sizeof(*Open));
	NdisAllocateSpinLock(&Open->Lock);
	InitializeListHead(&Open->Reads);
	NdisInitializeEvent(&Open->Announced);
	Open->DataBackFill = Parameters->DataBackFillSize;
	Open->ContextBackFill = Parameters->ContextBackFillSize;
	Open->PartialCancelId = NdisGeneratePartialCancelId();
	Status = ProtOpenAdapter(Open, BindContext, Parameters);
	if (Status != NDIS_STATUS_SUCCESS) {
		ProtFree(Open);
		return Status;
	}
	if (NdisQueryAdapterInstanceName(&Open->Name, Open->Binding) != NDIS_STATUS_SUCCESS ||
		!NdisEqualString(&Open->Name, Parameters->AdapterName, TRUE) ||
		ProtRequest(Open, NdisRequestSetInformation, OID_GEN_CURRENT_PACKET_FILTER,
			&PacketFilter, sizeof(PacketFilter)) != NDIS_STATUS_SUCCESS) {
		NdisCloseAdapterEx(Open->Binding);
		ProtFree(Open);
		return NDIS_STATUS_FAILURE;
	}
	(VOID) ExInterlockedInsertTailList(&Opens, &Open->Link, &OpensLock);
	NdisQueueIoWorkItem(Open->WorkItem, ProtAnnounce, Open);
	return NDIS_STATUS_SUCCESS;
}

static VOID ProtAnnounce(PVOID Context, NDIS_HANDLE WorkItem)
{
	PROT_OPEN *Open = OPEN_OF(Context);

	UNREFERENCED_PARAMETER(WorkItem);
	PAGED_CODE();
	KdPrint(("ProtLike: bound to %wZ\n", &Open->Name));
	NdisSetEvent(&Open->Announced);
}

static NDIS_STATUS ProtUnbind(IN NDIS_HANDLE UnbindContext, IN NDIS_HANDLE Context)
{
	PROT_OPEN *Open = OPEN_OF(Context);
	ULONG PacketFilter = 0;
	KIRQL OldIrql;

	UNREFERENCED_PARAMETER(UnbindContext);
	NdisWaitEvent(&Open->Announced, 0);
	KeAcquireSpinLock(&OpensLock, &OldIrql);
	RemoveEntryList(&Open->Link);
	KeReleaseSpinLock(&OpensLock, OldIrql);
	ProtRequest(Open, NdisRequestSetInformation, OID_GEN_CURRENT_PACKET_FILTER, &PacketFilter,
		sizeof(PacketFilter));
	NdisCloseAdapterEx(Open->Binding);
	ProtFree(Open);
	return NDIS_STATUS_SUCCESS;
}

static VOID ProtOpenComplete(IN NDIS_HANDLE Context, IN NDIS_STATUS Status)
{
	UNREFERENCED_PARAMETER((Context, Status));
}

static VOID ProtCloseComplete(IN NDIS_HANDLE Context)
{
	UNREFERENCED_PARAMETER(Context);
}

static VOID ProtRequestComplete(
	IN NDIS_HANDLE Context, IN PNDIS_OID_REQUEST Request, IN NDIS_STATUS Status)
{
	UNREFERENCED_PARAMETER(Request);
	OPEN_OF(Context)->RequestStatus = Status;
	NdisSetEvent(&OPEN_OF(Context)->RequestDone);
}

static VOID ProtStatus(IN NDIS_HANDLE Context, IN PNDIS_STATUS_INDICATION Indication)
{
	UNREFERENCED_PARAMETER(Context);
	if (Indication->StatusCode == NDIS_STATUS_LINK_STATE)
		ASSERT(Indication->StatusBufferSize >= sizeof(NDIS_LINK_STATE));
}

// Take the first read that was not cancelled; it cannot be any more then.
static PIRP ProtTakeRead(PROT_OPEN *Open)
{
	PIRP Irp = NULL;

	NdisAcquireSpinLock(&Open->Lock);
	while (Irp == NULL && !IsListEmpty(&Open->Reads)) {
		PLIST_ENTRY Entry = RemoveHeadList(&Open->Reads);

		Irp = CONTAINING_RECORD(Entry, IRP, Tail.Overlay.ListEntry);
		if (IoSetCancelRoutine(Irp, NULL) == NULL) {
			InitializeListHead(Entry); // its cancel routine runs, and finds it alone
			Irp = NULL;
		}
	}
	NdisReleaseSpinLock(&Open->Lock);
	return Irp;
}

static VOID ProtEnd(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
	Irp->IoStatus.Status = Status;
	Irp->IoStatus.Information = Information;
	IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static NDIS_STATUS ProtNetEvent(IN NDIS_HANDLE Context, IN PNET_PNP_EVENT_NOTIFICATION Event)
{
	PROT_OPEN *Open = OPEN_OF(Context);
	PIRP Irp;

	switch (Event->NetPnPEvent.NetEvent) {
	case NetEventRestart:
		Open->Running = TRUE;
		return NDIS_STATUS_SUCCESS;
	case NetEventPause:
		Open->Running = FALSE;
		while ((Irp = ProtTakeRead(Open)) != NULL)
			ProtEnd(Irp, STATUS_DEVICE_NOT_READY, 0);
		while (ReadAcquire(&Open->SendsOut) != 0)
			NdisMSleep(1000);
		return NDIS_STATUS_SUCCESS;
	case NetEventSetPower:
		if (*(PNET_DEVICE_POWER_STATE)Event->NetPnPEvent.Buffer == NetDeviceStateD0)
			return NDIS_STATUS_SUCCESS;
		return NDIS_STATUS_NOT_SUPPORTED;
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}

// One frame into the memory of one read.
static VOID ProtGive(PROT_OPEN *Open, PNET_BUFFER Frame)
{
	ULONG Length = NET_BUFFER_DATA_LENGTH(Frame);
	PIRP Irp = ProtTakeRead(Open);
	PUCHAR To, From;

	if (Irp == NULL)
		return;
	To = (PUCHAR)MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
	Length = min(Length, MmGetMdlByteCount(Irp->MdlAddress));
	From = (PUCHAR)NdisGetDataBuffer(Frame, Length, To, 1, 0);
	if (From != To && From != NULL)
		NdisMoveMemory(To, From, Length);
	ProtEnd(Irp, STATUS_SUCCESS, Length);
}

static VOID ProtReceive(IN NDIS_HANDLE Context, IN PNET_BUFFER_LIST Nbls,
	IN NDIS_PORT_NUMBER PortNumber, IN ULONG Count, IN ULONG Flags)
{
	PROT_OPEN *Open = OPEN_OF(Context);
	ULONG ReturnFlags = 0;
	PNET_BUFFER_LIST Nbl;

	UNREFERENCED_PARAMETER((PortNumber, Count));
	for (Nbl = Nbls; Nbl != NULL; Nbl = NET_BUFFER_LIST_NEXT_NBL(Nbl))
		ProtGive(Open, NET_BUFFER_LIST_FIRST_NB(Nbl));
	if (NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(Flags))
		NDIS_SET_RETURN_FLAG(ReturnFlags, NDIS_RETURN_FLAGS_DISPATCH_LEVEL);
	if (NDIS_TEST_RECEIVE_CAN_PEND(Flags) == TRUE)
		NdisReturnNetBufferLists(Open->Binding, Nbls, ReturnFlags);
}

static VOID ProtCancelRead(IN PDEVICE_OBJECT DeviceObject, IN PIRP Irp)
{
	PROT_OPEN *Open = OPEN_OF(IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext);

	UNREFERENCED_PARAMETER(DeviceObject);
	IoReleaseCancelSpinLock(Irp->CancelIrql);
	NdisAcquireSpinLock(&Open->Lock);
	RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
	NdisReleaseSpinLock(&Open->Lock);
	ProtEnd(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS ProtRead(IN PDEVICE_OBJECT DeviceObject, IN PIRP Irp)
{
	PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
	PROT_OPEN *Open = OPEN_OF(Stack->FileObject->FsContext);

	UNREFERENCED_PARAMETER(DeviceObject);
	if (Open == NULL || Irp->MdlAddress == NULL) {
		ProtEnd(Irp, STATUS_INVALID_HANDLE, 0);
		return STATUS_INVALID_HANDLE;
	}
	NdisAcquireSpinLock(&Open->Lock);
	if (!Open->Running) {
		NdisReleaseSpinLock(&Open->Lock);
		ProtEnd(Irp, STATUS_DEVICE_NOT_READY, 0);
		return STATUS_DEVICE_NOT_READY;
	}
	IoMarkIrpPending(Irp);
	InsertTailList(&Open->Reads, &Irp->Tail.Overlay.ListEntry);
	IoSetCancelRoutine(Irp, ProtCancelRead);
	NdisReleaseSpinLock(&Open->Lock);
	return STATUS_PENDING;
}

static NTSTATUS ProtWrite(IN PDEVICE_OBJECT DeviceObject, IN PIRP Irp)
{
	PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
	PROT_OPEN *Open = OPEN_OF(Stack->FileObject->FsContext);
	NTSTATUS Status = STATUS_SUCCESS;
	PNET_BUFFER_LIST Nbl = NULL;
	UINT Length = 0;
	PVOID Data;

	UNREFERENCED_PARAMETER(DeviceObject);
	if (Open == NULL)
		Status = STATUS_INVALID_HANDLE;
	else if (Irp->MdlAddress == NULL)
		Status = STATUS_INVALID_PARAMETER;
	else if (!Open->Running)
		Status = STATUS_DEVICE_NOT_READY;
	if (NT_SUCCESS(Status)) {
		NdisQueryMdl(Irp->MdlAddress, &Data, &Length, NormalPagePriority);
		if (Data == NULL || Length < sizeof(PROT_ETH_HEADER))
			Status = STATUS_INVALID_BUFFER_SIZE;
	}
	if (NT_SUCCESS(Status)) {
		Nbl = NdisAllocateNetBufferAndNetBufferList(
			Open->NblPool, 0, 0, Irp->MdlAddress, 0, Length);
		if (Nbl == NULL)
			Status = STATUS_INSUFFICIENT_RESOURCES;
	}
	if (!NT_SUCCESS(Status)) {
		ProtEnd(Irp, Status, 0);
		return Status;
	}
	IoMarkIrpPending(Irp);
	Nbl->SourceHandle = Open->Binding;
	SEND_OF(Nbl)->Irp = Irp;
	NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(Nbl, ULongToPtr((ULONG)Open->PartialCancelId << 24));
	InterlockedIncrement(&Open->SendsOut);
	NdisSendNetBufferLists(
		Open->Binding, Nbl, NDIS_DEFAULT_PORT_NUMBER, NDIS_SEND_FLAGS_CHECK_FOR_LOOPBACK);
	return STATUS_PENDING;
}

static VOID ProtSendComplete(IN NDIS_HANDLE Context, IN PNET_BUFFER_LIST Nbls, IN ULONG Flags)
{
	PROT_OPEN *Open = OPEN_OF(Context);
	PNET_BUFFER_LIST Next;

	UNREFERENCED_PARAMETER(Flags);
	for (; Nbls != NULL; Nbls = Next) {
		PIRP Irp = SEND_OF(Nbls)->Irp;
		NDIS_STATUS Status = NET_BUFFER_LIST_STATUS(Nbls);
		ULONG Length = NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(Nbls));

		Next = NET_BUFFER_LIST_NEXT_NBL(Nbls);
		NdisFreeNetBufferList(Nbls);
		ProtEnd(Irp, Status == NDIS_STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL,
			Length);
		InterlockedDecrement(&Open->SendsOut);
	}
}

// The name of an adapter, in UTF-16, opens it for the file.
static NTSTATUS ProtControl(IN PDEVICE_OBJECT DeviceObject, IN PIRP Irp)
{
	PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
	NTSTATUS Status = STATUS_OBJECT_NAME_NOT_FOUND;
	UNICODE_STRING Name;
	PLIST_ENTRY Link;
	KIRQL OldIrql;

	UNREFERENCED_PARAMETER(DeviceObject);
	if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_PROT_OPEN) {
		ProtEnd(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
		return STATUS_INVALID_DEVICE_REQUEST;
	}
	Name.Buffer = (PWCHAR)Irp->AssociatedIrp.SystemBuffer;
	Name.Length = Name.MaximumLength =
		(USHORT)Stack->Parameters.DeviceIoControl.InputBufferLength;
	KeAcquireSpinLock(&OpensLock, &OldIrql);
	for (Link = Opens.Flink; Link != &Opens; Link = Link->Flink) {
		PROT_OPEN *Open = CONTAINING_RECORD(Link, PROT_OPEN, Link);

		if (RtlEqualUnicodeString(&Open->Name, &Name, TRUE)) {
			Stack->FileObject->FsContext = Open;
			Status = STATUS_SUCCESS;
			break;
		}
	}
	KeReleaseSpinLock(&OpensLock, OldIrql);
	ProtEnd(Irp, Status, 0);
	return Status;
}
