// SPDX-License-Identifier: BSD-3-Clause
// A lightweight filter as people write them for Windows: everything passes, and is counted under a
// lock; it registers a control device that tells the counts.
#include <ndis.h>

#define LWF_TAG           'kiLF'
#define IOCTL_LWF_COUNTS  CTL_CODE(FILE_DEVICE_PHYSICAL_NETCARD, 1, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define FILTER_CONTEXT(p) ((LWF_FILTER *)(p))

typedef struct _LWF_COUNTS {
	ULONG Sent, SendsCompleted, Received, Returned, Oids;
} LWF_COUNTS;

typedef struct _LWF_FILTER {
	LIST_ENTRY Link;
	NDIS_HANDLE FilterHandle;
	NDIS_STRING Name;
	NDIS_SPIN_LOCK Lock; // zeroed memory is a free lock
	LWF_COUNTS Counts;
	ULONG Verbose;
	NDIS_OID_REQUEST *PendingOid;
} LWF_FILTER;

DRIVER_INITIALIZE DriverEntry;
static FILTER_SET_OPTIONS LwfSetOptions;
static FILTER_ATTACH LwfAttach;
static FILTER_DETACH LwfDetach;
static FILTER_RESTART LwfRestart;
static FILTER_PAUSE LwfPause;
static FILTER_SEND_NET_BUFFER_LISTS LwfSend;
static FILTER_SEND_NET_BUFFER_LISTS_COMPLETE LwfSendComplete;
static FILTER_RECEIVE_NET_BUFFER_LISTS LwfReceive;
static FILTER_RETURN_NET_BUFFER_LISTS LwfReturn;
static FILTER_CANCEL_SEND_NET_BUFFER_LISTS LwfCancelSend;
static FILTER_OID_REQUEST LwfOid;
static FILTER_OID_REQUEST_COMPLETE LwfOidComplete;
static FILTER_STATUS LwfStatus;
static FILTER_DEVICE_PNP_EVENT_NOTIFY LwfDeviceEvent;
static FILTER_NET_PNP_EVENT LwfNetEvent;
static DRIVER_UNLOAD LwfUnload;
static DRIVER_DISPATCH LwfDispatch;

static NDIS_HANDLE DriverHandle, DeviceHandle;
DEVICE_OBJECT *LwfLikeDevice; // how a test gets at the dispatch routines
static NDIS_SPIN_LOCK ListLock;
static LIST_ENTRY Filters;

_Use_decl_annotations_ NTSTATUS DriverEntry(
	PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS Chars;
	NDIS_STRING ServiceName = RTL_CONSTANT_STRING(L"LwfLike");
	NDIS_STRING UniqueName = NDIS_STRING_CONST("{6a1f2c54-0000-4000-8000-000000000001}");

	UNREFERENCED_PARAMETER(RegistryPath);
	NdisZeroMemory(&Chars, sizeof(Chars));
	Chars.Header.Type = NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS;
	Chars.Header.Size = NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1;
	Chars.Header.Revision = NDIS_FILTER_CHARACTERISTICS_REVISION_1;
	Chars.MajorNdisVersion = NDIS_FILTER_MAJOR_VERSION;
	Chars.MinorNdisVersion = NDIS_FILTER_MINOR_VERSION;
	Chars.MajorDriverVersion = 1;
	Chars.FriendlyName = Chars.ServiceName = ServiceName;
	Chars.UniqueName = UniqueName;
	Chars.SetOptionsHandler = LwfSetOptions;
	Chars.AttachHandler = LwfAttach;
	Chars.DetachHandler = LwfDetach;
	Chars.RestartHandler = LwfRestart;
	Chars.PauseHandler = LwfPause;
	Chars.SendNetBufferListsHandler = LwfSend;
	Chars.SendNetBufferListsCompleteHandler = LwfSendComplete;
	Chars.ReceiveNetBufferListsHandler = LwfReceive;
	Chars.ReturnNetBufferListsHandler = LwfReturn;
	Chars.CancelSendNetBufferListsHandler = LwfCancelSend;
	Chars.OidRequestHandler = LwfOid;
	Chars.OidRequestCompleteHandler = LwfOidComplete;
	Chars.StatusHandler = LwfStatus;
	Chars.DevicePnPEventNotifyHandler = LwfDeviceEvent;
	Chars.NetPnPEventHandler = LwfNetEvent;

	DriverObject->DriverUnload = LwfUnload;
	NdisAllocateSpinLock(&ListLock);
	InitializeListHead(&Filters);
	return NdisFRegisterFilterDriver(
		DriverObject, (NDIS_HANDLE)DriverObject, &Chars, &DriverHandle);
}

// Here, not later: the handle is known before the options are asked for.
_Use_decl_annotations_ static NDIS_STATUS LwfSetOptions(
	NDIS_HANDLE NdisDriverHandle, NDIS_HANDLE DriverContext)
{
	PDRIVER_DISPATCH Dispatch[IRP_MJ_MAXIMUM_FUNCTION + 1];
	NDIS_DEVICE_OBJECT_ATTRIBUTES Attributes;
	UNICODE_STRING Name, Link;

	UNREFERENCED_PARAMETER(DriverContext);
	if (NdisDriverHandle != DriverHandle)
		return NDIS_STATUS_INVALID_PARAMETER;
	NdisInitUnicodeString(&Name, L"\\Device\\LwfLike");
	NdisInitUnicodeString(&Link, L"\\DosDevices\\LwfLike");
	NdisZeroMemory(Dispatch, sizeof(Dispatch));
	Dispatch[IRP_MJ_CREATE] = Dispatch[IRP_MJ_CLOSE] = LwfDispatch;
	Dispatch[IRP_MJ_CLEANUP] = Dispatch[IRP_MJ_DEVICE_CONTROL] = LwfDispatch;
	NdisZeroMemory(&Attributes, sizeof(Attributes));
	Attributes.Header.Type = NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES;
	Attributes.Header.Revision = NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1;
	Attributes.Header.Size = sizeof(Attributes);
	Attributes.DeviceName = &Name;
	Attributes.SymbolicName = &Link;
	Attributes.MajorFunctions = &Dispatch[0];
	Attributes.ExtensionSize = sizeof(PVOID);
	return NdisRegisterDeviceEx(NdisDriverHandle, &Attributes, &LwfLikeDevice, &DeviceHandle);
}

_Use_decl_annotations_ static VOID LwfUnload(PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	NdisDeregisterDeviceEx(DeviceHandle);
	NdisFDeregisterFilterDriver(DriverHandle);
	NdisFreeSpinLock(&ListLock);
	ASSERT(IsListEmpty(&Filters));
}

static VOID LwfReadSettings(LWF_FILTER *Filter)
{
	NDIS_STRING Keyword = NDIS_STRING_CONST("Verbose");
	PNDIS_CONFIGURATION_PARAMETER Parameter;
	NDIS_CONFIGURATION_OBJECT Object;
	NDIS_HANDLE Handle;
	NDIS_STATUS Status;

	NdisZeroMemory(&Object, sizeof(Object));
	Object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
	Object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
	Object.Header.Size = sizeof(NDIS_CONFIGURATION_OBJECT);
	Object.NdisHandle = Filter->FilterHandle;
	Status = NdisOpenConfigurationEx(&Object, &Handle);
	if (Status != NDIS_STATUS_SUCCESS)
		return;
	NdisReadConfiguration(&Status, &Parameter, Handle, &Keyword, NdisParameterInteger);
	if (Status == NDIS_STATUS_SUCCESS)
		Filter->Verbose = Parameter->ParameterData.IntegerData;
	NdisCloseConfiguration(Handle);
}

_Use_decl_annotations_ static NDIS_STATUS LwfAttach(NDIS_HANDLE NdisFilterHandle,
	NDIS_HANDLE FilterDriverContext, PNDIS_FILTER_ATTACH_PARAMETERS AttachParameters)
{
	ULONG Size = sizeof(LWF_FILTER) + AttachParameters->FilterModuleGuidName->Length;
	NDIS_FILTER_ATTRIBUTES Attributes;
	LWF_FILTER *Filter;
	NDIS_STATUS Status;

	UNREFERENCED_PARAMETER(FilterDriverContext);
	if (AttachParameters->MiniportMediaType != NdisMedium802_3)
		return NDIS_STATUS_INVALID_PARAMETER;
	Filter = (LWF_FILTER *)NdisAllocateMemoryWithTagPriority(
		NdisFilterHandle, Size, LWF_TAG, LowPoolPriority);
	if (Filter == NULL)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(Filter, sizeof(LWF_FILTER));
	Filter->FilterHandle = NdisFilterHandle;
	Filter->Name.Buffer = (PWSTR)((PUCHAR)Filter + sizeof(LWF_FILTER));
	Filter->Name.MaximumLength = AttachParameters->FilterModuleGuidName->Length;
	RtlCopyUnicodeString(&Filter->Name, AttachParameters->FilterModuleGuidName);
	LwfReadSettings(Filter);

	NdisZeroMemory(&Attributes, sizeof(Attributes));
	Attributes.Header.Type = NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES;
	Attributes.Header.Revision = NDIS_FILTER_ATTRIBUTES_REVISION_1;
	Attributes.Header.Size = sizeof(NDIS_FILTER_ATTRIBUTES);
	NDIS_DECLARE_FILTER_MODULE_CONTEXT(LWF_FILTER);
	Status = NdisFSetAttributes(NdisFilterHandle, Filter, &Attributes);
	if (Status != NDIS_STATUS_SUCCESS) {
		NdisFreeMemory(Filter, 0, 0);
		return Status;
	}
	if (Filter->Verbose)
		DbgPrint("LwfLike: attached as %wZ, interface %lu\n", &Filter->Name,
			AttachParameters->BaseMiniportIfIndex);
	NdisAcquireSpinLock(&ListLock);
	InsertHeadList(&Filters, &Filter->Link);
	NdisReleaseSpinLock(&ListLock);
	return NDIS_STATUS_SUCCESS;
}

_Use_decl_annotations_ static VOID LwfDetach(NDIS_HANDLE FilterModuleContext)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);

	NdisAcquireSpinLock(&ListLock);
	RemoveEntryList(&Filter->Link);
	NdisReleaseSpinLock(&ListLock);
	NdisFreeMemory(Filter, 0, 0);
}

_Use_decl_annotations_ static NDIS_STATUS LwfRestart(
	NDIS_HANDLE FilterModuleContext, PNDIS_FILTER_RESTART_PARAMETERS RestartParameters)
{
	PNDIS_RESTART_ATTRIBUTES Attributes = RestartParameters->RestartAttributes;

	UNREFERENCED_PARAMETER(FilterModuleContext);
	if (Attributes != NULL && Attributes->Oid == OID_GEN_MINIPORT_RESTART_ATTRIBUTES) {
		PNDIS_RESTART_GENERAL_ATTRIBUTES General =
			(PNDIS_RESTART_GENERAL_ATTRIBUTES)Attributes->Data;
		General->LookaheadSize = 128;
	}
	return NDIS_STATUS_SUCCESS;
}

_Use_decl_annotations_ static NDIS_STATUS LwfPause(
	NDIS_HANDLE FilterModuleContext, PNDIS_FILTER_PAUSE_PARAMETERS PauseParameters)
{
	UNREFERENCED_PARAMETER((FilterModuleContext, PauseParameters));
	return NDIS_STATUS_SUCCESS;
}

static VOID LwfCount(LWF_FILTER *Filter, ULONG *Counter, PNET_BUFFER_LIST Nbls, BOOLEAN Dispatch)
{
	if (Dispatch)
		NdisDprAcquireSpinLock(&Filter->Lock);
	else
		NdisAcquireSpinLock(&Filter->Lock);
	for (; Nbls != NULL; Nbls = NET_BUFFER_LIST_NEXT_NBL(Nbls))
		++*Counter;
	if (Dispatch)
		NdisDprReleaseSpinLock(&Filter->Lock);
	else
		NdisReleaseSpinLock(&Filter->Lock);
}

_Use_decl_annotations_ static VOID LwfSend(NDIS_HANDLE FilterModuleContext, PNET_BUFFER_LIST Nbls,
	NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);

	LwfCount(Filter, &Filter->Counts.Sent, Nbls, NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags));
	NdisFSendNetBufferLists(Filter->FilterHandle, Nbls, PortNumber, SendFlags);
}

_Use_decl_annotations_ static VOID LwfSendComplete(
	NDIS_HANDLE FilterModuleContext, PNET_BUFFER_LIST Nbls, ULONG Flags)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);

	LwfCount(Filter, &Filter->Counts.SendsCompleted, Nbls,
		NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(Flags));
	NdisFSendNetBufferListsComplete(Filter->FilterHandle, Nbls, Flags);
}

_Use_decl_annotations_ static VOID LwfReceive(NDIS_HANDLE FilterModuleContext,
	PNET_BUFFER_LIST Nbls, NDIS_PORT_NUMBER PortNumber, ULONG Count, ULONG ReceiveFlags)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);

	LwfCount(Filter, &Filter->Counts.Received, Nbls,
		NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(ReceiveFlags));
	NdisFIndicateReceiveNetBufferLists(
		Filter->FilterHandle, Nbls, PortNumber, Count, ReceiveFlags);
}

_Use_decl_annotations_ static VOID LwfReturn(
	NDIS_HANDLE FilterModuleContext, PNET_BUFFER_LIST Nbls, ULONG Flags)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);

	LwfCount(Filter, &Filter->Counts.Returned, Nbls, NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(Flags));
	NdisFReturnNetBufferLists(Filter->FilterHandle, Nbls, Flags);
}

_Use_decl_annotations_ static VOID LwfCancelSend(NDIS_HANDLE FilterModuleContext, PVOID CancelId)
{
	NdisFCancelSendNetBufferLists(FILTER_CONTEXT(FilterModuleContext)->FilterHandle, CancelId);
}

_Use_decl_annotations_ static NDIS_STATUS LwfOid(
	NDIS_HANDLE FilterModuleContext, PNDIS_OID_REQUEST Request)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);
	PNDIS_OID_REQUEST Clone = NULL;
	NDIS_STATUS Status;

	Status = NdisAllocateCloneOidRequest(Filter->FilterHandle, Request, LWF_TAG, &Clone);
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;
	*(PVOID *)(&Clone->SourceReserved[0]) = Request;
	Filter->PendingOid = Clone;
	Clone->RequestId = Request->RequestId;
	Status = NdisFOidRequest(Filter->FilterHandle, Clone);
	if (Status != NDIS_STATUS_PENDING) {
		LwfOidComplete(Filter, Clone, Status);
		Status = NDIS_STATUS_PENDING;
	}
	return Status;
}

_Use_decl_annotations_ static VOID LwfOidComplete(
	NDIS_HANDLE FilterModuleContext, PNDIS_OID_REQUEST Clone, NDIS_STATUS Status)
{
	LWF_FILTER *Filter = FILTER_CONTEXT(FilterModuleContext);
	PNDIS_OID_REQUEST Original = *(PNDIS_OID_REQUEST *)(&Clone->SourceReserved[0]);

	NdisAcquireSpinLock(&Filter->Lock);
	Filter->PendingOid = NULL;
	Filter->Counts.Oids++;
	NdisReleaseSpinLock(&Filter->Lock);
	switch (Clone->RequestType) {
	case NdisRequestMethod:
		Original->DATA.METHOD_INFORMATION.BytesRead =
			Clone->DATA.METHOD_INFORMATION.BytesRead;
		break;
	case NdisRequestSetInformation:
		Original->DATA.SET_INFORMATION.BytesRead = Clone->DATA.SET_INFORMATION.BytesRead;
		Original->DATA.SET_INFORMATION.BytesNeeded =
			Clone->DATA.SET_INFORMATION.BytesNeeded;
		break;
	default:
		Original->DATA.QUERY_INFORMATION.BytesWritten =
			Clone->DATA.QUERY_INFORMATION.BytesWritten;
		Original->DATA.QUERY_INFORMATION.BytesNeeded =
			Clone->DATA.QUERY_INFORMATION.BytesNeeded;
		break;
	}
	NdisFreeCloneOidRequest(Filter->FilterHandle, Clone);
	NdisFOidRequestComplete(Filter->FilterHandle, Original, Status);
}

_Use_decl_annotations_ static VOID LwfStatus(
	NDIS_HANDLE FilterModuleContext, PNDIS_STATUS_INDICATION Indication)
{
	NdisFIndicateStatus(FILTER_CONTEXT(FilterModuleContext)->FilterHandle, Indication);
}

_Use_decl_annotations_ static VOID LwfDeviceEvent(
	NDIS_HANDLE FilterModuleContext, PNET_DEVICE_PNP_EVENT Event)
{
	NdisFDevicePnPEventNotify(FILTER_CONTEXT(FilterModuleContext)->FilterHandle, Event);
}

_Use_decl_annotations_ static NDIS_STATUS LwfNetEvent(
	NDIS_HANDLE FilterModuleContext, PNET_PNP_EVENT_NOTIFICATION Event)
{
	return NdisFNetPnPEvent(FILTER_CONTEXT(FilterModuleContext)->FilterHandle, Event);
}

// The sum over all modules.
_Use_decl_annotations_ static NTSTATUS LwfDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
	PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
	LWF_COUNTS *Sum = (LWF_COUNTS *)Irp->AssociatedIrp.SystemBuffer;
	NTSTATUS Status = STATUS_SUCCESS;
	PLIST_ENTRY Link;

	UNREFERENCED_PARAMETER(DeviceObject);
	Irp->IoStatus.Information = 0;
	if (Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
		if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_LWF_COUNTS) {
			Status = STATUS_INVALID_DEVICE_REQUEST;
		} else if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(*Sum)) {
			Status = STATUS_BUFFER_TOO_SMALL;
		} else {
			NdisZeroMemory(Sum, sizeof(*Sum));
			NdisAcquireSpinLock(&ListLock);
			for (Link = Filters.Flink; Link != &Filters; Link = Link->Flink) {
				LWF_FILTER *Filter = CONTAINING_RECORD(Link, LWF_FILTER, Link);

				NdisDprAcquireSpinLock(&Filter->Lock);
				Sum->Sent += Filter->Counts.Sent;
				Sum->SendsCompleted += Filter->Counts.SendsCompleted;
				Sum->Received += Filter->Counts.Received;
				Sum->Returned += Filter->Counts.Returned;
				Sum->Oids += Filter->Counts.Oids;
				NdisDprReleaseSpinLock(&Filter->Lock);
			}
			NdisReleaseSpinLock(&ListLock);
			Irp->IoStatus.Information = sizeof(*Sum);
		}
	}
	Irp->IoStatus.Status = Status;
	IoCompleteRequest(Irp, IO_NO_INCREMENT);
	return Status;
}
