// SPDX-License-Identifier: BSD-3-Clause
// Out-of-band data from list to list, the identity of lists, and what drivers need beside them: memory
// and a handle to own pools with.
#include <stdio.h>
#include <stdlib.h>

#include "list_priv.h"

#define SLOT(id) (1u << (id))

enum {
	BOTH_WAYS = SLOT(TcpIpChecksumNetBufferListInfo) | SLOT(IPsecOffloadV1NetBufferListInfo) |
		    SLOT(Ieee8021QNetBufferListInfo) | SLOT(MediaSpecificInformation) |
		    SLOT(WfpNetBufferListInfo) | SLOT(IPsecOffloadV2TunnelNetBufferListInfo) |
		    SLOT(IPsecOffloadV2HeaderNetBufferListInfo) | SLOT(NetBufferListFilteringInfo) |
		    SLOT(NblOriginalInterfaceIfIndex) | SLOT(VirtualSubnetInfo),
	SEND_SLOTS = BOTH_WAYS | SLOT(TcpLargeSendNetBufferListInfo) | SLOT(NetBufferListCancelId) |
		     SLOT(NetBufferListProtocolId),
	RECEIVE_SLOTS = BOTH_WAYS | SLOT(TcpReceiveNoPush) | SLOT(NetBufferListFrameType) |
			SLOT(NetBufferListHashValue) | SLOT(NetBufferListHashInfo),
};

// Only slots that one of the two has taken: all others are zero in both.
static void info_copy(NET_BUFFER_LIST *to, const NET_BUFFER_LIST *from, uint32_t slots)
{
	uint32_t used = (to->NimblInfoUsed | from->NimblInfoUsed) & slots;

	to->NimblInfoUsed |= used;
	for (; used != 0; used &= used - 1) {
		int i = __builtin_ctz(used);

		to->NetBufferListInfo[i] = from->NetBufferListInfo[i];
	}
}

VOID NdisCopySendNetBufferListInfo(NET_BUFFER_LIST *to, const NET_BUFFER_LIST *from)
{
	info_copy(to, from, SEND_SLOTS);
}

VOID NdisCopyReceiveNetBufferListInfo(NET_BUFFER_LIST *to, const NET_BUFFER_LIST *from)
{
	info_copy(to, from, RECEIVE_SLOTS);
}

UCHAR NdisGetNetBufferListProtocolId(const NET_BUFFER_LIST *nbl)
{
	UCHAR id = *(const UCHAR *)&nbl->NetBufferListInfo[NetBufferListProtocolId];

	return id != 0 ? id : ((const struct nimbl_pool *)nbl->NdisPoolHandle)->protocol_id;
}

UCHAR NdisGeneratePartialCancelId(VOID)
{
	static uint32_t serial;

	return (UCHAR)(1 + __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED) % 255);
}

_Static_assert(sizeof(struct nimbl_object) <= FIELD_SIZE(NDIS_GENERIC_OBJECT, NimblReserved),
	"a generic object starts as every handle does");

NDIS_GENERIC_OBJECT *NdisAllocateGenericObject(DRIVER_OBJECT *driver, ULONG tag, USHORT size)
{
	NDIS_GENERIC_OBJECT *generic = size >= sizeof(*generic) ? calloc(1, size) : NULL;

	if (generic == NULL)
		return NULL;
	struct nimbl_object *object = (struct nimbl_object *)generic;
	object->kind = NIMBL_OBJECT_GENERIC;
	snprintf(object->name, sizeof(object->name), "generic object %.4s", (const char *)&tag);
	generic->DriverObject = driver;
	return generic;
}

VOID NdisFreeGenericObject(NDIS_GENERIC_OBJECT *generic)
{
	if (generic != NULL)
		((struct nimbl_object *)generic)->kind = NIMBL_OBJECT_DEAD;
	free(generic);
}
