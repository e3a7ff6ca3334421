// SPDX-License-Identifier: BSD-3-Clause
// Life of an adapter: initialize, restart, pause, halt. Control thread.
#include <rte_ether.h>
#include <stdlib.h>
#include <string.h>

#include "loopback_priv.h"

#define TAGS_BYTES (2u * RTE_VLAN_HLEN)

// A local address that follows from the name, so that it is the same in each run.
static void address_make(const struct loopback *self, uint8_t mac[RTE_ETHER_ADDR_LEN])
{
	uint64_t hash = 14695981039346656037ull;

	for (const char *at = self->name; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * 1099511628211ull;
	memcpy(mac, &hash, RTE_ETHER_ADDR_LEN);
	mac[0] = (uint8_t)((mac[0] & ~RTE_ETHER_GROUP_ADDR) | RTE_ETHER_LOCAL_ADMIN_ADDR);
}

static NDIS_STATUS attributes_set(const struct loopback *self)
{
	const uint32_t headers = RTE_ETHER_HDR_LEN + TAGS_BYTES;
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
				.Revision =
					NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
			},
		.MiniportAdapterContext = (NDIS_HANDLE)(uintptr_t)self,
		.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK |
				  NIMBL_MINIPORT_ATTRIBUTES_HANDOVER |
				  NIMBL_MINIPORT_ATTRIBUTES_BOOKS,
	};
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES,
				.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1,
			},
		.MediaType = NdisMedium802_3,
		.PhysicalMediumType = NdisPhysicalMediumUnspecified,
		.MtuSize = self->frame_max - headers,
		.LookaheadSize = self->frame_max - headers,
		.MediaConnectState = self->peer != NULL ? MediaConnectStateConnected
							: MediaConnectStateDisconnected,
		.MediaDuplexState = MediaDuplexStateFull,
		.MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK,
		.MacAddressLength = RTE_ETHER_ADDR_LEN,
	};
	NDIS_STATUS status = NdisMSetMiniportAttributes(
		self->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&registration);

	address_make(self, general.CurrentMacAddress);
	memcpy(general.PermanentMacAddress, general.CurrentMacAddress, RTE_ETHER_ADDR_LEN);
	return status != NDIS_STATUS_SUCCESS
		       ? status
		       : NdisMSetMiniportAttributes(
				 self->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&general);
}

static int pool_open(struct loopback *self)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
				.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			},
		.fAllocateNetBuffer = TRUE,
		.DataSize = (USHORT)(RTE_PKTMBUF_HEADROOM + self->room),
	};
	struct nimbl_pool_options options = {
		.name = nimbl_option(self->adapter, "pool", self->name),
		.capacity = nimbl_option_u32(self->adapter, "lists", 2 * LOOPBACK_SLOTS),
		.ops = nimbl_option(self->adapter, "ops", NULL),
		.cache = nimbl_option_u32(self->adapter, "cache", 0),
		.node = (int)nimbl_option_u32(self->adapter, "node", (uint32_t)NIMBL_NODE_ANY),
	};

	self->pool = nimbl_nbl_pool_open(self->adapter, &parameters, &options);
	return self->pool != NULL ? 0 : -nimbl_last_error()->code;
}

static int settings_read(struct loopback *self)
{
	uint32_t mtu = nimbl_option_u32(self->adapter, "mtu", 0);

	self->name = nimbl_option(self->adapter, "port", "");
	self->room = nimbl_option_u32(self->adapter, "data_size", 2048);
	self->frame_max = RTE_ETHER_HDR_LEN + TAGS_BYTES + (mtu != 0 ? mtu : RTE_ETHER_MTU);
	return nimbl_settings_read(self->adapter, loopback_settings, self);
}

NDIS_STATUS loopback_initialize(
	NDIS_HANDLE adapter, NDIS_HANDLE driver_context, NDIS_MINIPORT_INIT_PARAMETERS *parameters)
{
	struct loopback *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	self->adapter = adapter;
	self->counters = ((struct nimbl_module *)adapter)->counters;
	if (settings_read(self) < 0)
		goto free_self;
	if (pool_open(self) < 0)
		goto free_self;
	if (loopback_queues_open(self) < 0)
		goto close_queues;
	loopback_join(self);
	if (attributes_set(self) == NDIS_STATUS_SUCCESS)
		return NDIS_STATUS_SUCCESS;
	loopback_part(self);
close_queues:
	loopback_queues_close(self);
	nimbl_pool_release(self->pool);
free_self:
	free(self);
	return NDIS_STATUS_FAILURE;
}

NDIS_STATUS loopback_restart(NDIS_HANDLE context, NDIS_MINIPORT_RESTART_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

// Nothing that was sent is kept. What waits to be received stays where it is as long as only the stack
// above changes.
NDIS_STATUS loopback_pause(NDIS_HANDLE context, NDIS_MINIPORT_PAUSE_PARAMETERS *parameters)
{
	const ULONG change = NDIS_PAUSE_ATTACH_FILTER | NDIS_PAUSE_DETACH_FILTER |
			     NDIS_PAUSE_FILTER_RESTART_STACK;

	if ((parameters->PauseReason & change) == 0)
		loopback_queues_flush(context);
	return NDIS_STATUS_SUCCESS;
}

VOID loopback_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
	struct loopback *self = context;

	loopback_part(self);
	loopback_queues_flush(self);
	loopback_queues_close(self);
	nimbl_pool_release(self->pool);
	free(self);
}
