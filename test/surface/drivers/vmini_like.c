// SPDX-License-Identifier: BSD-3-Clause
// A virtual miniport as people write them for Windows: its adapters are on one cable, and what one sends
// a DPC gives to the others. Pause ends in a timer, halt sleeps until all is back.
#include <ndis.h>

#define VMP_TAG       'piMV'
#define FRAME_MAX     1514
#define ADAPTER(p)    ((VMP_ADAPTER *)(p))
#define LINK_SPEED    1000000000ULL
#define LINK_OF(Nbl)  ((PLIST_ENTRY)&NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0])
#define NBL_OF(Entry) CONTAINING_RECORD(Entry, NET_BUFFER_LIST, MiniportReserved)

typedef struct _VMP_BLOCK {
	UCHAR Data[FRAME_MAX];
	PMDL Mdl;
} VMP_BLOCK;

typedef struct DECLSPEC_CACHEALIGN _VMP_ADAPTER {
	LIST_ENTRY Link;
	NDIS_HANDLE Handle;
	UCHAR Address[ETH_LENGTH_OF_ADDRESS];
	NDIS_HANDLE NblPool;
	NPAGED_LOOKASIDE_LIST Blocks;
	LIST_ENTRY SendList; // of NBLs, through MiniportReserved
	NDIS_SPIN_LOCK SendLock;
	KDPC SendDpc;
	NDIS_HANDLE PauseTimer;
	LONG Running;
	LONG Outstanding; // receives that others hold, sends that are ours
	ULONG PacketFilter;
	ULONG64 FramesIn, FramesOut;
} VMP_ADAPTER;

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_INITIALIZE VmpInitialize;
static MINIPORT_HALT VmpHalt;
static MINIPORT_UNLOAD VmpUnload;
static MINIPORT_PAUSE VmpPause;
static MINIPORT_RESTART VmpRestart;
static MINIPORT_OID_REQUEST VmpOid;
static MINIPORT_CANCEL_OID_REQUEST VmpCancelOid;
static MINIPORT_SEND_NET_BUFFER_LISTS VmpSend;
static MINIPORT_RETURN_NET_BUFFER_LISTS VmpReturn;
static MINIPORT_CANCEL_SEND VmpCancelSend;
static MINIPORT_CHECK_FOR_HANG VmpCheckForHang;
static MINIPORT_RESET VmpReset;
static MINIPORT_DEVICE_PNP_EVENT_NOTIFY VmpDeviceEvent;
static MINIPORT_SHUTDOWN VmpShutdown;
static KDEFERRED_ROUTINE VmpSendDpc;
static NDIS_TIMER_FUNCTION VmpPauseTimer;
static ALLOCATE_FUNCTION VmpAllocateBlock;
static FREE_FUNCTION VmpFreeBlock;

static NDIS_HANDLE DriverHandle;
static LIST_ENTRY Cable;
static NDIS_RW_LOCK CableLock;

static NDIS_OID SupportedOids[] = {
	OID_GEN_HARDWARE_STATUS,
	OID_GEN_CURRENT_PACKET_FILTER,
	OID_GEN_VENDOR_ID,
	OID_GEN_TRANSMIT_QUEUE_LENGTH,
	OID_802_3_PERMANENT_ADDRESS,
	OID_802_3_CURRENT_ADDRESS,
	OID_802_3_XMIT_ONE_COLLISION,
	OID_PNP_CAPABILITIES,
	OID_GEN_STATISTICS,
};

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS Chars;

	NdisZeroMemory(&Chars, sizeof(Chars));
	Chars.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
	Chars.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
	Chars.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
	Chars.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
	Chars.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
	Chars.Flags = NDIS_WDM_DRIVER;
	Chars.InitializeHandlerEx = VmpInitialize;
	Chars.HaltHandlerEx = VmpHalt;
	Chars.UnloadHandler = VmpUnload;
	Chars.PauseHandler = VmpPause;
	Chars.RestartHandler = VmpRestart;
	Chars.OidRequestHandler = VmpOid;
	Chars.CancelOidRequestHandler = VmpCancelOid;
	Chars.SendNetBufferListsHandler = VmpSend;
	Chars.ReturnNetBufferListsHandler = VmpReturn;
	Chars.CancelSendHandler = VmpCancelSend;
	Chars.CheckForHangHandlerEx = VmpCheckForHang;
	Chars.ResetHandlerEx = VmpReset;
	Chars.DevicePnPEventNotifyHandler = VmpDeviceEvent;
	Chars.ShutdownHandlerEx = VmpShutdown;
	NdisInitializeListHead(&Cable);
	NdisInitializeReadWriteLock(&CableLock);
	NDIS_DECLARE_MINIPORT_DRIVER_CONTEXT(VMP_ADAPTER);
	return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &Chars, &DriverHandle);
}

static VOID VmpUnload(_In_ PDRIVER_OBJECT DriverObject)
{
	UNREFERENCED_PARAMETER(DriverObject);
	NdisMDeregisterMiniportDriver(DriverHandle);
}

// A setting, or an address of our own making.
static VOID VmpReadAddress(VMP_ADAPTER *Adapter)
{
	NDIS_CONFIGURATION_OBJECT Object;
	NDIS_STATUS Status;
	NDIS_HANDLE Handle;
	LARGE_INTEGER Ticks;
	PVOID Address;
	UINT Length;

	KeQueryTickCount(&Ticks);
	Adapter->Address[0] = 0x02;
	NdisMoveMemory(&Adapter->Address[2], &Ticks.LowPart, sizeof(Ticks.LowPart));
	NdisZeroMemory(&Object, sizeof(Object));
	Object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
	Object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
	Object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
	Object.NdisHandle = Adapter->Handle;
	if (NdisOpenConfigurationEx(&Object, &Handle) != NDIS_STATUS_SUCCESS)
		return;
	NdisReadNetworkAddress(&Status, &Address, &Length, Handle);
	if (Status == NDIS_STATUS_SUCCESS && Length == ETH_LENGTH_OF_ADDRESS &&
		!ETH_IS_MULTICAST(Address))
		ETH_COPY_NETWORK_ADDRESS(Adapter->Address, Address);
	NdisCloseConfiguration(Handle);
}

static NDIS_STATUS VmpSetAttributes(VMP_ADAPTER *Adapter)
{
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES Registration;
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General;
	NDIS_PNP_CAPABILITIES Power;
	NDIS_STATUS Status;

	NdisZeroMemory(&Registration, sizeof(Registration));
	Registration.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
	Registration.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
	Registration.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
	Registration.MiniportAdapterContext = Adapter;
	Registration.AttributeFlags =
		NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK | NDIS_MINIPORT_ATTRIBUTES_NDIS_WDM;
	Registration.CheckForHangTimeInSeconds = 4;
	Registration.InterfaceType = NdisInterfaceInternal;
	NDIS_DECLARE_MINIPORT_ADAPTER_CONTEXT(VMP_ADAPTER);
	Status = NdisMSetMiniportAttributes(
		Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&Registration);
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;

	NdisZeroMemory(&Power, sizeof(Power));
	Power.WakeUpCapabilities.MinMagicPacketWakeUp = NdisDeviceStateUnspecified;
	NdisZeroMemory(&General, sizeof(General));
	General.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
	General.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;
	General.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;
	General.MediaType = NdisMedium802_3;
	General.PhysicalMediumType = NdisPhysicalMedium802_3;
	General.MtuSize = FRAME_MAX - 14;
	General.MaxXmitLinkSpeed = General.XmitLinkSpeed = LINK_SPEED;
	General.MaxRcvLinkSpeed = General.RcvLinkSpeed = LINK_SPEED;
	General.MediaConnectState = MediaConnectStateConnected;
	General.MediaDuplexState = MediaDuplexStateFull;
	General.LookaheadSize = FRAME_MAX;
	General.PowerManagementCapabilities = &Power;
	General.MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA |
			     NDIS_MAC_OPTION_TRANSFERS_NOT_PEND | NDIS_MAC_OPTION_NO_LOOPBACK;
	General.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST |
					 NDIS_PACKET_TYPE_PROMISCUOUS;
	General.MacAddressLength = ETH_LENGTH_OF_ADDRESS;
	ETH_COPY_NETWORK_ADDRESS(General.PermanentMacAddress, Adapter->Address);
	ETH_COPY_NETWORK_ADDRESS(General.CurrentMacAddress, Adapter->Address);
	General.AccessType = NET_IF_ACCESS_BROADCAST;
	General.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
	General.ConnectionType = NET_IF_CONNECTION_DEDICATED;
	General.IfType = IF_TYPE_ETHERNET_CSMACD;
	General.IfConnectorPresent = TRUE;
	General.SupportedStatistics = NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV |
				      NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT;
	General.SupportedPauseFunctions = NdisPauseFunctionsUnsupported;
	General.SupportedOidList = SupportedOids;
	General.SupportedOidListLength = sizeof(SupportedOids);
	return NdisMSetMiniportAttributes(
		Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&General);
}

static NDIS_STATUS VmpOpenPools(VMP_ADAPTER *Adapter)
{
	NET_BUFFER_LIST_POOL_PARAMETERS Pool;
	NDIS_TIMER_CHARACTERISTICS Timer;

	NdisZeroMemory(&Pool, sizeof(Pool));
	Pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	Pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
	Pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
	Pool.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
	Pool.fAllocateNetBuffer = TRUE;
	Pool.PoolTag = VMP_TAG;
	Adapter->NblPool = NdisAllocateNetBufferListPool(Adapter->Handle, &Pool);
	if (Adapter->NblPool == NULL)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(&Timer, sizeof(Timer));
	Timer.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
	Timer.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
	Timer.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
	Timer.AllocationTag = VMP_TAG;
	Timer.TimerFunction = VmpPauseTimer;
	Timer.FunctionContext = Adapter;
	return NdisAllocateTimerObject(Adapter->Handle, &Timer, &Adapter->PauseTimer);
}

static NDIS_STATUS VmpInitialize(_In_ NDIS_HANDLE NdisMiniportHandle,
	_In_ NDIS_HANDLE MiniportDriverContext, _In_ PNDIS_MINIPORT_INIT_PARAMETERS Parameters)
{
	VMP_ADAPTER *Adapter;
	LOCK_STATE LockState;
	NDIS_STATUS Status;

	UNREFERENCED_PARAMETER(MiniportDriverContext);
	UNREFERENCED_PARAMETER(Parameters);
	Adapter = (VMP_ADAPTER *)ExAllocatePoolZero(
		NonPagedPoolNxCacheAligned, sizeof(VMP_ADAPTER), VMP_TAG);
	if (Adapter == NULL)
		return NDIS_STATUS_RESOURCES;
	Adapter->Handle = NdisMiniportHandle;
	InitializeListHead(&Adapter->SendList);
	NdisAllocateSpinLock(&Adapter->SendLock);
	KeInitializeDpc(&Adapter->SendDpc, VmpSendDpc, Adapter);
	KeSetImportanceDpc(&Adapter->SendDpc, MediumHighImportance);
	NdisInitializeNPagedLookasideList(
		&Adapter->Blocks, VmpAllocateBlock, VmpFreeBlock, 0, sizeof(VMP_BLOCK), VMP_TAG, 0);
	VmpReadAddress(Adapter);
	Status = VmpSetAttributes(Adapter);
	if (Status == NDIS_STATUS_SUCCESS)
		Status = VmpOpenPools(Adapter);
	if (Status != NDIS_STATUS_SUCCESS) {
		VmpHalt(Adapter, NdisHaltDeviceInitializationFailed);
		return Status;
	}
	NdisAcquireReadWriteLock(&CableLock, TRUE, &LockState);
	InsertTailList(&Cable, &Adapter->Link);
	NdisReleaseReadWriteLock(&CableLock, &LockState);
	return NDIS_STATUS_SUCCESS;
}

static VOID VmpHalt(_In_ NDIS_HANDLE Context, _In_ NDIS_HALT_ACTION HaltAction)
{
	VMP_ADAPTER *Adapter = ADAPTER(Context);
	LOCK_STATE LockState;

	UNREFERENCED_PARAMETER(HaltAction);
	if (Adapter->Link.Flink != NULL) {
		NdisAcquireReadWriteLock(&CableLock, TRUE, &LockState);
		RemoveEntryList(&Adapter->Link);
		NdisReleaseReadWriteLock(&CableLock, &LockState);
	}
	while (InterlockedCompareExchange(&Adapter->Outstanding, 0, 0) != 0)
		NdisMSleep(1000);
	KeRemoveQueueDpc(&Adapter->SendDpc);
	KeFlushQueuedDpcs();
	if (Adapter->PauseTimer != NULL)
		NdisFreeTimerObject(Adapter->PauseTimer);
	if (Adapter->NblPool != NULL)
		NdisFreeNetBufferListPool(Adapter->NblPool);
	NdisDeleteNPagedLookasideList(&Adapter->Blocks);
	NdisFreeSpinLock(&Adapter->SendLock);
	ExFreePoolWithTag(Adapter, VMP_TAG);
}

static NDIS_STATUS VmpRestart(
	_In_ NDIS_HANDLE Context, _In_ PNDIS_MINIPORT_RESTART_PARAMETERS RestartParameters)
{
	UNREFERENCED_PARAMETER(RestartParameters);
	InterlockedExchange(&ADAPTER(Context)->Running, 1);
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS VmpPause(
	_In_ NDIS_HANDLE Context, _In_ PNDIS_MINIPORT_PAUSE_PARAMETERS PauseParameters)
{
	VMP_ADAPTER *Adapter = ADAPTER(Context);
	LARGE_INTEGER Soon;

	UNREFERENCED_PARAMETER(PauseParameters);
	InterlockedExchange(&Adapter->Running, 0);
	Soon.QuadPart = -10000; // a millisecond
	NdisSetTimerObject(Adapter->PauseTimer, Soon, 0, NULL);
	return NDIS_STATUS_PENDING;
}

static VOID VmpPauseTimer(PVOID Unused1, PVOID Context, PVOID Unused2, PVOID Unused3)
{
	VMP_ADAPTER *Adapter = ADAPTER(Context);
	LARGE_INTEGER Soon;

	UNREFERENCED_PARAMETER((Unused1, Unused2, Unused3));
	if (ReadAcquire(&Adapter->Outstanding) == 0) {
		NdisMPauseComplete(Adapter->Handle);
		return;
	}
	Soon.QuadPart = -10000;
	NdisSetTimerObject(Adapter->PauseTimer, Soon, 0, NULL);
}

// Each block comes with an MDL for itself.
static PVOID VmpAllocateBlock(_In_ POOL_TYPE PoolType, _In_ SIZE_T Length, _In_ ULONG Tag)
{
	VMP_BLOCK *Block = (VMP_BLOCK *)ExAllocatePoolWithTag(PoolType, Length, Tag);

	if (Block == NULL)
		return NULL;
	Block->Mdl = NdisAllocateMdl(DriverHandle, Block->Data, FRAME_MAX);
	if (Block->Mdl == NULL) {
		ExFreePool(Block);
		return NULL;
	}
	return Block;
}

static VOID VmpFreeBlock(_In_ PVOID Buffer)
{
	VMP_BLOCK *Block = (VMP_BLOCK *)Buffer;

	NdisAdjustMdlLength(Block->Mdl, FRAME_MAX);
	NdisFreeMdl(Block->Mdl);
	ExFreePool(Block);
}

static VOID VmpSend(_In_ NDIS_HANDLE Context, _In_ PNET_BUFFER_LIST Nbls,
	_In_ NDIS_PORT_NUMBER PortNumber, _In_ ULONG SendFlags)
{
	VMP_ADAPTER *Adapter = ADAPTER(Context);
	PNET_BUFFER_LIST Next;

	UNREFERENCED_PARAMETER((PortNumber, SendFlags));
	for (; Nbls != NULL; Nbls = Next) {
		Next = NET_BUFFER_LIST_NEXT_NBL(Nbls);
		NET_BUFFER_LIST_NEXT_NBL(Nbls) = NULL;
		InterlockedIncrement(&Adapter->Outstanding);
		NdisInterlockedInsertTailList(
			&Adapter->SendList, LINK_OF(Nbls), &Adapter->SendLock);
	}
	KeInsertQueueDpc(&Adapter->SendDpc, NULL, NULL);
}

static VOID VmpIndicate(VMP_ADAPTER *To, PNET_BUFFER Frame)
{
	VMP_BLOCK *Block = (VMP_BLOCK *)NdisAllocateFromNPagedLookasideList(&To->Blocks);
	ULONG Length = NET_BUFFER_DATA_LENGTH(Frame);
	PNET_BUFFER_LIST Nbl;
	PVOID Data;

	if (Block == NULL)
		return;
	Nbl = NdisAllocateNetBufferAndNetBufferList(To->NblPool, 0, 0, Block->Mdl, 0, Length);
	Data = NdisGetDataBuffer(Frame, Length, Block->Data, 1, 0);
	if (Nbl == NULL || Data == NULL) {
		if (Nbl != NULL)
			NdisFreeNetBufferList(Nbl);
		NdisFreeToNPagedLookasideList(&To->Blocks, Block);
		return;
	}
	if (Data != Block->Data)
		NdisMoveMemory(Block->Data, Data, Length);
	NdisAdjustMdlLength(Block->Mdl, Length);
	NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0] = Block;
	Nbl->SourceHandle = To->Handle;
	InterlockedIncrement(&To->Outstanding);
	To->FramesIn++;
	NdisMIndicateReceiveNetBufferLists(
		To->Handle, Nbl, NDIS_DEFAULT_PORT_NUMBER, 1, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
}

static VOID VmpDeliver(VMP_ADAPTER *From, PNET_BUFFER Frame)
{
	PLIST_ENTRY Link;

	for (Link = Cable.Flink; Link != &Cable; Link = Link->Flink) {
		VMP_ADAPTER *To = CONTAINING_RECORD(Link, VMP_ADAPTER, Link);

		if (To != From && ReadAcquire(&To->Running) && To->PacketFilter != 0 &&
			NET_BUFFER_DATA_LENGTH(Frame) <= FRAME_MAX)
			VmpIndicate(To, Frame);
	}
}

static VOID VmpSendDpc(PKDPC Dpc, PVOID Context, PVOID Unused1, PVOID Unused2)
{
	VMP_ADAPTER *Adapter = ADAPTER(Context);
	LOCK_STATE LockState;
	PLIST_ENTRY Entry;
	PNET_BUFFER Frame;

	UNREFERENCED_PARAMETER((Dpc, Unused1, Unused2));
	while ((Entry = NdisInterlockedRemoveHeadList(&Adapter->SendList, &Adapter->SendLock)) !=
		NULL) {
		PNET_BUFFER_LIST Nbl = NBL_OF(Entry);

		NdisAcquireReadWriteLock(&CableLock, FALSE, &LockState);
		for (Frame = NET_BUFFER_LIST_FIRST_NB(Nbl); Frame != NULL;
			Frame = NET_BUFFER_NEXT_NB(Frame)) {
			VmpDeliver(Adapter, Frame);
			Adapter->FramesOut++;
		}
		NdisReleaseReadWriteLock(&CableLock, &LockState);
		NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_SUCCESS;
		NdisMSendNetBufferListsComplete(
			Adapter->Handle, Nbl, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
		InterlockedDecrement(&Adapter->Outstanding);
	}
}

static VOID VmpReturn(_In_ NDIS_HANDLE Context, _In_ PNET_BUFFER_LIST Nbls, _In_ ULONG ReturnFlags)
{
	VMP_ADAPTER *Adapter = ADAPTER(Context);
	PNET_BUFFER_LIST Next;

	UNREFERENCED_PARAMETER(ReturnFlags);
	for (; Nbls != NULL; Nbls = Next) {
		VMP_BLOCK *Block = (VMP_BLOCK *)NET_BUFFER_LIST_MINIPORT_RESERVED(Nbls)[0];

		Next = NET_BUFFER_LIST_NEXT_NBL(Nbls);
		NdisFreeNetBufferList(Nbls);
		NdisFreeToNPagedLookasideList(&Adapter->Blocks, Block);
		InterlockedDecrement(&Adapter->Outstanding);
	}
}

static NDIS_STATUS VmpAnswer(PNDIS_OID_REQUEST Request, const VOID *Answer, ULONG Length)
{
	struct _QUERY *Query = &Request->DATA.QUERY_INFORMATION;

	Query->BytesNeeded = Length;
	if (Query->InformationBufferLength < Length)
		return NDIS_STATUS_BUFFER_TOO_SHORT;
	NdisMoveMemory(Query->InformationBuffer, Answer, Length);
	Query->BytesWritten = Length;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS VmpQuery(VMP_ADAPTER *Adapter, PNDIS_OID_REQUEST Request)
{
	NDIS_HARDWARE_STATUS Ready = NdisHardwareStatusReady;
	ULONG Number = 0;

	switch (Request->DATA.QUERY_INFORMATION.Oid) {
	case OID_GEN_HARDWARE_STATUS:
		return VmpAnswer(Request, &Ready, sizeof(Ready));
	case OID_GEN_CURRENT_PACKET_FILTER:
		return VmpAnswer(Request, &Adapter->PacketFilter, sizeof(ULONG));
	case OID_802_3_PERMANENT_ADDRESS:
	case OID_802_3_CURRENT_ADDRESS:
		return VmpAnswer(Request, Adapter->Address, ETH_LENGTH_OF_ADDRESS);
	case OID_GEN_VENDOR_ID:
	case OID_GEN_TRANSMIT_QUEUE_LENGTH:
	case OID_802_3_XMIT_ONE_COLLISION:
		return VmpAnswer(Request, &Number, sizeof(Number));
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}

static NDIS_STATUS VmpOid(_In_ NDIS_HANDLE Context, _In_ PNDIS_OID_REQUEST Request)
{
	struct _SET *Set = &Request->DATA.SET_INFORMATION;

	switch (Request->RequestType) {
	case NdisRequestQueryInformation:
	case NdisRequestQueryStatistics:
		return VmpQuery(ADAPTER(Context), Request);
	case NdisRequestSetInformation:
		if (Set->Oid != OID_GEN_CURRENT_PACKET_FILTER)
			return NDIS_STATUS_NOT_SUPPORTED;
		if (Set->InformationBufferLength < sizeof(ULONG))
			return NDIS_STATUS_INVALID_LENGTH;
		ADAPTER(Context)->PacketFilter = *(UNALIGNED ULONG *)Set->InformationBuffer;
		Set->BytesRead = sizeof(ULONG);
		return NDIS_STATUS_SUCCESS;
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}

static VOID VmpCancelOid(_In_ NDIS_HANDLE Context, _In_ PVOID RequestId)
{
	UNREFERENCED_PARAMETER((Context, RequestId));
}

static VOID VmpCancelSend(_In_ NDIS_HANDLE Context, _In_ PVOID CancelId)
{
	UNREFERENCED_PARAMETER((Context, CancelId));
}

static BOOLEAN VmpCheckForHang(_In_ NDIS_HANDLE Context)
{
	UNREFERENCED_PARAMETER(Context);
	return FALSE;
}

static NDIS_STATUS VmpReset(_In_ NDIS_HANDLE Context, _Out_ PBOOLEAN AddressingReset)
{
	UNREFERENCED_PARAMETER(Context);
	*AddressingReset = FALSE;
	return NDIS_STATUS_SUCCESS;
}

static VOID VmpDeviceEvent(_In_ NDIS_HANDLE Context, _In_ PNET_DEVICE_PNP_EVENT Event)
{
	UNREFERENCED_PARAMETER(Context);
	if (Event->DevicePnPEvent == NdisDevicePnPEventPowerProfileChanged &&
		Event->InformationBufferLength == sizeof(ULONG))
		NT_ASSERT(*(PULONG)Event->InformationBuffer <= NdisPowerProfileAcOnLine);
}

static VOID VmpShutdown(_In_ NDIS_HANDLE Context, _In_ NDIS_SHUTDOWN_ACTION ShutdownAction)
{
	UNREFERENCED_PARAMETER(Context);
	if (ShutdownAction == NdisShutdownPowerOff)
		DbgPrint("VmpLike: power off\n");
}
