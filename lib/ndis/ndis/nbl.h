// SPDX-License-Identifier: BSD-3-Clause
// NET_BUFFER and NET_BUFFER_LIST. Names, types and meaning are those of NDIS; the order of the
// list's members is ours: all that receiving a packet writes lies in its first cache line.
#pragma once

#include "mdl.h"
#include "nblinfo.h"
#include "objectheader.h"
#include "types.h"
#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _NET_BUFFER NET_BUFFER, *PNET_BUFFER;
typedef struct _NET_BUFFER_LIST NET_BUFFER_LIST, *PNET_BUFFER_LIST;
typedef struct _NET_BUFFER_SHARED_MEMORY NET_BUFFER_SHARED_MEMORY, *PNET_BUFFER_SHARED_MEMORY;
typedef struct _NET_BUFFER_LIST_CONTEXT NET_BUFFER_LIST_CONTEXT, *PNET_BUFFER_LIST_CONTEXT;

struct _NET_BUFFER_SHARED_MEMORY {
	NET_BUFFER_SHARED_MEMORY *NextSharedMemorySegment;
	ULONG SharedMemoryFlags;
	NDIS_HANDLE SharedMemoryHandle;
	ULONG SharedMemoryOffset;
	ULONG SharedMemoryLength;
};

typedef struct _SCATTER_GATHER_ELEMENT {
	PHYSICAL_ADDRESS Address;
	ULONG Length;
	ULONG_PTR Reserved;
} SCATTER_GATHER_ELEMENT, *PSCATTER_GATHER_ELEMENT;

// Two structs end in an array of no stated length, which C++ has not.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"

// NumberOfElements elements follow.
typedef struct _SCATTER_GATHER_LIST {
	ULONG NumberOfElements;
	ULONG_PTR Reserved;
	SCATTER_GATHER_ELEMENT Elements[];
} SCATTER_GATHER_LIST, *PSCATTER_GATHER_LIST;

// A stack of per-layer data that grows down: the newest begins at ContextData + Offset.
struct _NET_BUFFER_LIST_CONTEXT {
	NET_BUFFER_LIST_CONTEXT *Next;
	USHORT Size;      // bytes of ContextData, used and unused
	USHORT Offset;    // bytes of it still unused
	ULONG NimblAdded; // the engine's: not 0 when a context call added the block
	NIMBL_NDIS_ALIGNED(16) UCHAR ContextData[];
};

#pragma GCC diagnostic pop

// Where the data of one packet lies. The pair (CurrentMdl, CurrentMdlOffset) only caches where in
// the chain DataOffset falls: whoever writes one by hand writes all.
typedef struct _NET_BUFFER_DATA {
	NET_BUFFER *Next;
	MDL *CurrentMdl;
	ULONG CurrentMdlOffset;
	__extension__ union {
		ULONG DataLength;
		SIZE_T stDataLength;
	};
	MDL *MdlChain;
	ULONG DataOffset;
} NET_BUFFER_DATA, *PNET_BUFFER_DATA;

typedef union _NET_BUFFER_HEADER {
	NET_BUFFER_DATA NetBufferData;
	SLIST_HEADER Link;
} NET_BUFFER_HEADER, *PNET_BUFFER_HEADER;

// One packet: DataLength bytes that begin DataOffset bytes into MdlChain.
struct NIMBL_NDIS_ALIGNED(16) _NET_BUFFER {
	__extension__ union {
		__extension__ struct {
			NET_BUFFER *Next;
			MDL *CurrentMdl;
			ULONG CurrentMdlOffset;
			__extension__ union {
				ULONG DataLength;
				SIZE_T stDataLength;
			};
			MDL *MdlChain;
			ULONG DataOffset;
		};
		SLIST_HEADER Link;
		NET_BUFFER_HEADER NetBufferHeader;
	};
	USHORT ChecksumBias;
	USHORT Reserved;
	NDIS_HANDLE NdisPoolHandle;
	NIMBL_NDIS_ALIGNED(16) PVOID NdisReserved[2];
	NIMBL_NDIS_ALIGNED(16) PVOID ProtocolReserved[6];
	NIMBL_NDIS_ALIGNED(16) PVOID MiniportReserved[4];
	NDIS_PHYSICAL_ADDRESS DataPhysicalAddress;
	__extension__ union {
		NET_BUFFER_SHARED_MEMORY *SharedMemoryInfo;
		SCATTER_GATHER_LIST *ScatterGatherList;
	};
};

typedef struct _NET_BUFFER_LIST_DATA {
	NET_BUFFER_LIST *Next;
	NET_BUFFER *FirstNetBuffer;
} NET_BUFFER_LIST_DATA, *PNET_BUFFER_LIST_DATA;

typedef union _NET_BUFFER_LIST_HEADER {
	NET_BUFFER_LIST_DATA NetBufferListData;
	SLIST_HEADER Link;
} NET_BUFFER_LIST_HEADER, *PNET_BUFFER_LIST_HEADER;

// Packets of one flow with common out-of-band data. Received lists hold exactly one packet.
// Slots are reached through NET_BUFFER_LIST_INFO only, see there.
struct NIMBL_NDIS_ALIGNED(16) _NET_BUFFER_LIST {
	__extension__ union {
		__extension__ struct {
			NET_BUFFER_LIST *Next;
			NET_BUFFER *FirstNetBuffer;
		};
		SLIST_HEADER Link;
		NET_BUFFER_LIST_HEADER NetBufferListHeader;
	};
	ULONG NblFlags;
	LONG ChildRefCount;
	ULONG Flags;
	__extension__ union {
		NDIS_STATUS Status;
		ULONG NdisReserved2;
	};
	ULONG NimblInfoUsed; // bit i: NetBufferListInfo[i] was taken for writing
	ULONG NimblState;    // the engine's: who holds the list
	NET_BUFFER_LIST_CONTEXT *Context;
	NDIS_HANDLE SourceHandle;
	NDIS_HANDLE NdisPoolHandle;
	NET_BUFFER_LIST *ParentNetBufferList;
	PVOID Scratch;
	NIMBL_NDIS_ALIGNED(16) PVOID MiniportReserved[2];
	NIMBL_NDIS_ALIGNED(16) PVOID ProtocolReserved[4];
	NIMBL_NDIS_ALIGNED(16) PVOID NdisReserved[2];
	PVOID NetBufferListInfo[MaxNetBufferListInfo];
};

// Public attributes, in NblFlags.
#define NDIS_NBL_FLAGS_SEND_READ_ONLY                        0x00000001u
#define NDIS_NBL_FLAGS_RECV_READ_ONLY                        0x00000002u
#define NDIS_NBL_FLAGS_HD_SPLIT                              0x00000100u
#define NDIS_NBL_FLAGS_IS_IPV4                               0x00000200u
#define NDIS_NBL_FLAGS_IS_IPV6                               0x00000400u
#define NDIS_NBL_FLAGS_IS_TCP                                0x00000800u
#define NDIS_NBL_FLAGS_IS_UDP                                0x00001000u
#define NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_HEADER  0x00002000u
#define NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_PAYLOAD 0x00004000u
#define NDIS_NBL_FLAGS_IS_LOOPBACK_PACKET                    0x00008000u
#define NDIS_NBL_FLAGS_CAPTURE_TIMESTAMP_ON_TRANSMIT         0x00010000u

// Private bits, in Flags: each party stays inside its own mask.
#if NDIS_SUPPORT_NDIS630
#define NBL_FLAGS_PROTOCOL_RESERVED 0xFFF00003u
#else
#define NBL_FLAGS_PROTOCOL_RESERVED 0xFFF00000u
#endif
#define NBL_FLAGS_SCRATCH           0x000F0000u // the current owner
#define NBL_FLAGS_MINIPORT_RESERVED 0x0000F000u
#define NBL_FLAGS_NDIS_RESERVED     0x00000FFCu
#define NBL_PROT_RSVD_FLAGS         NBL_FLAGS_PROTOCOL_RESERVED

// EtherTypes, in the order of the host.
#define NDIS_ETH_TYPE_802_1Q 0x8100
#define NDIS_ETH_TYPE_802_1X 0x888E

#define NDIS_PROTOCOL_ID_DEFAULT 0x00
#define NDIS_PROTOCOL_ID_TCP_IP  0x02
#define NDIS_PROTOCOL_ID_IPX     0x06
#define NDIS_PROTOCOL_ID_NBF     0x07
#define NDIS_PROTOCOL_ID_MAX     0x0F
#define NDIS_PROTOCOL_ID_MASK    0x0F

// What a pool makes. DataSize needs fAllocateNetBuffer; ContextSize is a multiple of
// MEMORY_ALLOCATION_ALIGNMENT. Sizes are bytes.
typedef struct _NET_BUFFER_LIST_POOL_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	UCHAR ProtocolId;
	BOOLEAN fAllocateNetBuffer;
	USHORT ContextSize;
	ULONG PoolTag;
	ULONG DataSize;
	ULONG Flags; // revision 2
} NET_BUFFER_LIST_POOL_PARAMETERS, *PNET_BUFFER_LIST_POOL_PARAMETERS;

#define NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 1
#define NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_2 2
#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_LIST_POOL_PARAMETERS, DataSize)
#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_LIST_POOL_PARAMETERS, Flags)
#define NET_BUFFER_LIST_POOL_FLAG_VERIFY 0x00000001u

typedef struct _NET_BUFFER_POOL_PARAMETERS {
	NDIS_OBJECT_HEADER Header;
	ULONG PoolTag;
	ULONG DataSize;
	ULONG Flags; // revision 2
} NET_BUFFER_POOL_PARAMETERS, *PNET_BUFFER_POOL_PARAMETERS;

#define NET_BUFFER_POOL_PARAMETERS_REVISION_1 1
#define NET_BUFFER_POOL_PARAMETERS_REVISION_2 2
#define NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1 \
	RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_POOL_PARAMETERS, DataSize)
#define NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_2 \
	RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_POOL_PARAMETERS, Flags)
#define NET_BUFFER_POOL_FLAG_VERIFY 0x00000001u

C_ASSERT(NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 == 16);
C_ASSERT(NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1 == 12);
C_ASSERT(sizeof(NET_BUFFER_LIST_CONTEXT) == 16);
C_ASSERT(offsetof(NET_BUFFER_LIST_CONTEXT, ContextData) == 16);

C_ASSERT(offsetof(NET_BUFFER, Next) == offsetof(NET_BUFFER_DATA, Next));
C_ASSERT(offsetof(NET_BUFFER, CurrentMdl) == 8);
C_ASSERT(offsetof(NET_BUFFER_DATA, CurrentMdl) == 8);
C_ASSERT(offsetof(NET_BUFFER, CurrentMdlOffset) == 16);
C_ASSERT(offsetof(NET_BUFFER_DATA, CurrentMdlOffset) == 16);
C_ASSERT(offsetof(NET_BUFFER, DataLength) == 24);
C_ASSERT(offsetof(NET_BUFFER, stDataLength) == 24);
C_ASSERT(offsetof(NET_BUFFER_DATA, DataLength) == 24);
C_ASSERT(offsetof(NET_BUFFER, MdlChain) == 32);
C_ASSERT(offsetof(NET_BUFFER_DATA, MdlChain) == 32);
C_ASSERT(offsetof(NET_BUFFER, DataOffset) == 40);
C_ASSERT(offsetof(NET_BUFFER_DATA, DataOffset) == 40);
C_ASSERT(offsetof(NET_BUFFER, ChecksumBias) == 48);
C_ASSERT(offsetof(NET_BUFFER, Reserved) == 50);
C_ASSERT(offsetof(NET_BUFFER, NdisPoolHandle) == 56);
C_ASSERT(offsetof(NET_BUFFER, NdisReserved) == 64);
C_ASSERT(offsetof(NET_BUFFER, ProtocolReserved) == 80);
C_ASSERT(offsetof(NET_BUFFER, MiniportReserved) == 128);
C_ASSERT(offsetof(NET_BUFFER, DataPhysicalAddress) == 160);
C_ASSERT(offsetof(NET_BUFFER, SharedMemoryInfo) == 168);
C_ASSERT(sizeof(NET_BUFFER) == 176);

C_ASSERT(offsetof(NET_BUFFER_LIST, Next) == 0);
C_ASSERT(offsetof(NET_BUFFER_LIST, FirstNetBuffer) == 8);
C_ASSERT(offsetof(NET_BUFFER_LIST, NblFlags) == 16);
C_ASSERT(offsetof(NET_BUFFER_LIST, ChildRefCount) == 20);
C_ASSERT(offsetof(NET_BUFFER_LIST, Flags) == 24);
C_ASSERT(offsetof(NET_BUFFER_LIST, Status) == 28);
C_ASSERT(offsetof(NET_BUFFER_LIST, NimblInfoUsed) == 32);
C_ASSERT(offsetof(NET_BUFFER_LIST, NimblState) == 36);
C_ASSERT(offsetof(NET_BUFFER_LIST, Context) == 40);
C_ASSERT(offsetof(NET_BUFFER_LIST, SourceHandle) == 48);
C_ASSERT(offsetof(NET_BUFFER_LIST, NdisPoolHandle) == 56);
C_ASSERT(offsetof(NET_BUFFER_LIST, ParentNetBufferList) == 64);
C_ASSERT(offsetof(NET_BUFFER_LIST, Scratch) == 72);
C_ASSERT(offsetof(NET_BUFFER_LIST, MiniportReserved) == 80);
C_ASSERT(offsetof(NET_BUFFER_LIST, ProtocolReserved) == 96);
C_ASSERT(offsetof(NET_BUFFER_LIST, NdisReserved) == 128);
C_ASSERT(offsetof(NET_BUFFER_LIST, NetBufferListInfo) == 144);
C_ASSERT(sizeof(NET_BUFFER_LIST) == 368);
C_ASSERT(MaxNetBufferListInfo <= 32); // NimblInfoUsed has a bit for each

#ifdef __cplusplus
}
#endif
