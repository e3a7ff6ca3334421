// SPDX-License-Identifier: BSD-3-Clause
// Types, members, sizes and numbers that driver code takes for granted.
#include <ndis.h>

#include "surface.h"

// Widths.
C_ASSERT(sizeof(UCHAR) == 1 && sizeof(BOOLEAN) == 1 && sizeof(KIRQL) == 1 && sizeof(CHAR) == 1);
C_ASSERT(sizeof(SHORT) == 2 && sizeof(USHORT) == 2 && sizeof(CSHORT) == 2 && sizeof(WCHAR) == 2);
C_ASSERT(sizeof(INT) == 4 && sizeof(UINT) == 4 && sizeof(LONG) == 4 && sizeof(ULONG) == 4);
C_ASSERT(sizeof(DWORD) == 4 && sizeof(NTSTATUS) == 4 && sizeof(NDIS_STATUS) == 4);
C_ASSERT(sizeof(LONGLONG) == 8 && sizeof(ULONGLONG) == 8 && sizeof(ULONG64) == 8);
C_ASSERT(sizeof(INT64) == 8 && sizeof(LARGE_INTEGER) == 8);
C_ASSERT(sizeof(ULONG_PTR) == sizeof(PVOID) && sizeof(UINT_PTR) == sizeof(PVOID));
C_ASSERT(sizeof(SIZE_T) == sizeof(PVOID) && sizeof(NDIS_HANDLE) == sizeof(PVOID));
C_ASSERT(sizeof(L'x') == sizeof(WCHAR));
C_ASSERT((NTSTATUS)-1 < 0 && (NDIS_STATUS)-1 < 0 && (ULONG)-1 > 0);
C_ASSERT(TRUE == 1 && FALSE == 0 && PAGE_SIZE == 4096 && MAX_NATURAL_ALIGNMENT == 8);
C_ASSERT(PASSIVE_LEVEL == 0 && APC_LEVEL == 1 && DISPATCH_LEVEL == 2);

// Links come first, and are interchangeable.
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, Next) == 0);
C_ASSERT(FIELD_OFFSET(NET_BUFFER, Next) == 0);
C_ASSERT(FIELD_OFFSET(MDL, Next) == 0);
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, NetBufferListHeader.NetBufferListData.Next) == 0);
C_ASSERT(FIELD_OFFSET(NET_BUFFER, NetBufferHeader.NetBufferData.Next) == 0);
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, Link) == 0 && FIELD_OFFSET(NET_BUFFER, Link) == 0);
C_ASSERT(FIELD_OFFSET(NET_BUFFER, DataLength) == FIELD_OFFSET(NET_BUFFER, stDataLength));
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, Status) == FIELD_OFFSET(NET_BUFFER_LIST, NdisReserved2));
C_ASSERT(__alignof__(NET_BUFFER_LIST) == 16 && __alignof__(NET_BUFFER) == 16);
C_ASSERT(sizeof(MDL) == 48);

// Room that drivers lay their own things over.
C_ASSERT(FIELD_SIZE(NET_BUFFER_LIST, MiniportReserved) == 2 * sizeof(PVOID));
C_ASSERT(FIELD_SIZE(NET_BUFFER_LIST, ProtocolReserved) == 4 * sizeof(PVOID));
C_ASSERT(FIELD_SIZE(NET_BUFFER_LIST, NdisReserved) == 2 * sizeof(PVOID));
C_ASSERT(FIELD_SIZE(NET_BUFFER, MiniportReserved) == 4 * sizeof(PVOID));
C_ASSERT(FIELD_SIZE(NET_BUFFER, ProtocolReserved) == 6 * sizeof(PVOID));
C_ASSERT(FIELD_SIZE(NET_BUFFER, NdisReserved) == 2 * sizeof(PVOID));
C_ASSERT(FIELD_SIZE(NDIS_OID_REQUEST, SourceReserved) >= 2 * sizeof(PVOID));
C_ASSERT(sizeof(LIST_ENTRY) <= FIELD_SIZE(NET_BUFFER_LIST, MiniportReserved));
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, ProtocolReserved) % 16 == 0);

// Numbers.
C_ASSERT(TcpIpChecksumNetBufferListInfo == 0 && TcpLargeSendNetBufferListInfo == 2);
C_ASSERT(Ieee8021QNetBufferListInfo == 4 && NetBufferListCancelId == 5);
C_ASSERT(MediaSpecificInformation == 6 && NetBufferListFrameType == NetBufferListProtocolId);
C_ASSERT(NetBufferListHashValue == 8 && NetBufferListHashInfo == 9);
C_ASSERT(WfpNetBufferListInfo == 10 && NetBufferListCorrelationId == 13);
C_ASSERT(NetBufferListFilteringInfo == 14 && MediaSpecificInformationEx == 15);
C_ASSERT(NblOriginalInterfaceIfIndex == 16 && TcpRecvSegCoalesceInfo == 22);
C_ASSERT(RscTcpTimestampDelta == 23 && MaxNetBufferListInfo == 27);
C_ASSERT(NdisRequestQueryInformation == 0 && NdisRequestSetInformation == 1);
C_ASSERT(NdisRequestQueryStatistics == 2 && NdisRequestMethod == 12);
C_ASSERT(NDIS_OBJECT_TYPE_DEFAULT == 0x80 && NDIS_PROTOCOL_ID_DEFAULT == 0);
C_ASSERT(MDL_MAPPED_TO_SYSTEM_VA == 1 && MDL_SOURCE_IS_NONPAGED_POOL == 4);
C_ASSERT(STATUS_SUCCESS == 0 && STATUS_WAIT_0 == 0 && STATUS_TIMEOUT == 0x102);
C_ASSERT(STATUS_INSUFFICIENT_RESOURCES == (NTSTATUS)0xC000009A);
C_ASSERT(NDIS_STATUS_SUCCESS == STATUS_SUCCESS && NDIS_STATUS_PENDING == STATUS_PENDING);
C_ASSERT(NDIS_STATUS_RESOURCES == STATUS_INSUFFICIENT_RESOURCES);
C_ASSERT(FAST_FAIL_INVALID_BUFFER_ACCESS == 28 && FAST_FAIL_INVALID_ARG == 5);

// Drivers pass one for another.
C_ASSERT(NDIS_SEND_FLAGS_DISPATCH_LEVEL == NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
C_ASSERT(NDIS_SEND_FLAGS_DISPATCH_LEVEL == NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
C_ASSERT(NDIS_SEND_FLAGS_DISPATCH_LEVEL == NDIS_RETURN_FLAGS_DISPATCH_LEVEL);

// Revisions end where their last member ends.
C_ASSERT(NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 <=
	 sizeof(NET_BUFFER_LIST_POOL_PARAMETERS));
C_ASSERT(NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1 <= sizeof(NET_BUFFER_POOL_PARAMETERS));
C_ASSERT(NDIS_SIZEOF_OID_REQUEST_REVISION_1 <= sizeof(NDIS_OID_REQUEST));
C_ASSERT(NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 == 1 &&
	 NET_BUFFER_POOL_PARAMETERS_REVISION_1 == 1);

// Words.
EXTERN_C NTKERNELAPI VOID NTAPI plain_call(IN CONST ULONG *Value, OUT ULONG *Result OPTIONAL);
static VOID FASTCALL fast_call(ULONG UNALIGNED *Value);

VOID NTAPI plain_call(IN CONST ULONG *Value, OUT ULONG *Result OPTIONAL)
{
	if (ARGUMENT_PRESENT(Result))
		*Result = *Value;
}

static VOID FASTCALL fast_call(ULONG UNALIGNED *Value)
{
	(*Value)++;
}

static __forceinline ULONG twice(ULONG Value)
{
	return 2 * Value;
}

FORCEINLINE ULONG once(ULONG Value)
{
	return Value;
}

typedef struct DECLSPEC_CACHEALIGN _SHARED {
	LONG References;
} SHARED;
C_ASSERT(sizeof(SHARED) == 64);

// Marks at file scope.
_Analysis_mode_(_Analysis_code_type_kernel_driver_);
NDIS_DECLARE_FILTER_MODULE_CONTEXT(SHARED);
NDIS_DECLARE_MINIPORT_DRIVER_CONTEXT(SHARED);
NDIS_DECLARE_MINIPORT_ADAPTER_CONTEXT(SHARED);
NDIS_DECLARE_PROTOCOL_OPEN_CONTEXT(SHARED);

#pragma region What only an editor understands
#pragma warning(push)
#pragma warning(disable : 4200)
#pragma prefast(suppress : 28167)
#pragma warning(pop)
#pragma endregion

// The object API: declared as drivers call it. It wants a started engine.
static VOID never_called(VOID)
{
	NET_BUFFER_LIST_POOL_PARAMETERS Lists = {0};
	NET_BUFFER_POOL_PARAMETERS Buffers = {0};
	PNDIS_GENERIC_OBJECT Object = NdisAllocateGenericObject(NULL, 'dneS', sizeof(*Object));
	PUCHAR Memory = NdisAllocateMemoryWithTagPriority(Object, 64, 'dneS', LowPoolPriority);
	PMDL Mdl = NdisAllocateMdl(Object, Memory, 64);
	PNET_BUFFER_LIST Nbl;
	NDIS_HANDLE Pool;
	PNET_BUFFER Nb;

	Lists.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	Lists.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
	Lists.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
	Lists.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
	Lists.fAllocateNetBuffer = TRUE;
	Lists.ContextSize = 0;
	Lists.PoolTag = 'dneS';
	Lists.DataSize = 0;
	Pool = NdisAllocateNetBufferListPool(Object, &Lists);
	Nbl = NdisAllocateNetBufferAndNetBufferList(Pool, 0, 0, Mdl, 14, 50);
	NdisFreeNetBufferList(Nbl);
	Nbl = NdisAllocateNetBufferList(Pool, 0, 0);
	NdisFreeNetBufferList(Nbl);
	NdisFreeNetBufferListPool(Pool);

	Buffers.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
	Buffers.Header.Revision = NET_BUFFER_POOL_PARAMETERS_REVISION_1;
	Buffers.Header.Size = NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1;
	Buffers.PoolTag = 'dneS';
	Buffers.DataSize = 0;
	Pool = NdisAllocateNetBufferPool(Object, &Buffers);
	Nb = NdisAllocateNetBuffer(Pool, Mdl, 0, 64);
	NdisFreeNetBuffer(Nb);
	NdisFreeNetBufferPool(Pool);

	NdisAdjustMdlLength(Mdl, 0);
	NdisAdjustMdlLength(Mdl, 64);
	NdisFreeMdl(Mdl);
	NdisFreeMemory(Memory, 0, 0);
	NdisFreeGenericObject(Object);
}

// Annotations, and members by their names.
_IRQL_requires_(DISPATCH_LEVEL) _IRQL_requires_same_ static VOID fill(_Inout_ NET_BUFFER_LIST *Nbl,
	_Out_ ULONG *Count, _Out_opt_ PVOID *Slot, _Inout_updates_(Room) UCHAR *Bytes,
	_Out_writes_(Room) UCHAR *More, _In_ ULONG Room, _In_opt_ NDIS_HANDLE Handle)
{
	Nbl->ParentNetBufferList = Nbl;
	Nbl->ChildRefCount = 1;
	Nbl->Scratch = Bytes;
	Nbl->SourceHandle = Handle;
	Nbl->NdisPoolHandle = Handle;
	Nbl->NetBufferListInfo[MaxNetBufferListInfo - 1] = NULL;
	*Count = (ULONG)Nbl->ChildRefCount;
	if (Slot)
		*Slot = Nbl->Scratch;
	RtlCopyMemory(More, Bytes, Room);
}

typedef struct _MY_CONTEXT {
	DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) UCHAR Bytes[1];
	NDIS_OBJECT_HEADER Header;
	NET_BUFFER_LIST_HEADER Lists;
	NET_BUFFER_HEADER Buffers;
	SLIST_HEADER Stack;
	PHYSICAL_ADDRESS Address;
	EX_POOL_PRIORITY Priority;
	NDIS_NET_BUFFER_LIST_INFO Slot;
	NDIS_REQUEST_TYPE RequestType;
	KPROCESSOR_MODE Mode;
	KWAIT_REASON Reason;
	EVENT_TYPE Kind;
} MY_CONTEXT;
C_ASSERT(FIELD_SIZE(NDIS_OID_REQUEST, DATA.METHOD_INFORMATION) >=
	 FIELD_SIZE(NDIS_OID_REQUEST, DATA.SET_INFORMATION));

// Handlers are declared with function types.
DRIVER_INITIALIZE DriverEntry;
FILTER_ATTACH FilterAttach;

_Use_decl_annotations_ NTSTATUS DriverEntry(
	DRIVER_OBJECT *DriverObject, UNICODE_STRING *RegistryPath)
{
	UNREFERENCED_PARAMETER((DriverObject, RegistryPath));
	return STATUS_SUCCESS;
}

_Use_decl_annotations_ NDIS_STATUS FilterAttach(NDIS_HANDLE NdisFilterHandle,
	NDIS_HANDLE FilterDriverContext, NDIS_FILTER_ATTACH_PARAMETERS *AttachParameters)
{
	UNREFERENCED_PARAMETER((NdisFilterHandle, FilterDriverContext, AttachParameters));
	return NDIS_STATUS_SUCCESS;
}

void types_run(void)
{
	ULONG Value = 1, Result = 0;
	UCHAR Bytes[3] = {1, 2, 3}, More[3];
	PVOID Round = ULongToPtr(0xA5);
	NET_BUFFER_LIST Nbl;
	VOID (*volatile Kept)(VOID) = never_called;

	plain_call(&Value, &Result);
	fast_call(&Result);
	CHECK(once(twice(Result)) == 4);
	CHECK((UCHAR)PtrToUlong(Round) == 0xA5);
	CHECK('dneS' == 0x646e6553);
	CHECK(NT_SUCCESS(STATUS_SUCCESS) && NT_SUCCESS(STATUS_PENDING));
	CHECK(!NT_SUCCESS(STATUS_INSUFFICIENT_RESOURCES));
	CHECK(Kept != NULL);
	fill(&Nbl, &Value, NULL, Bytes, More, sizeof(Bytes), &Value);
	CHECK(Value == 1 && More[2] == 3);
	CHECK(sizeof(MY_CONTEXT) % MEMORY_ALLOCATION_ALIGNMENT == 0);
	CHECK(DriverEntry(NULL, NULL) == STATUS_SUCCESS && FilterAttach(NULL, NULL, NULL) == 0);
	UNREFERENCED_PARAMETER((Value, Result));
	{
		C_ASSERT(ARRAYSIZE(((NET_BUFFER_LIST *)0)->NetBufferListInfo) ==
			 MaxNetBufferListInfo);
	}
}
