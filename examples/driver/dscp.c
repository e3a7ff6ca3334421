// SPDX-License-Identifier: BSD-3-Clause
// An NDIS 6 filter that writes a DSCP into the IPv4 and IPv6 packets that pass, up and down: setting Dscp,
// 0 to 63. Plain NDIS but for the figures at the end. docs/writing-a-driver.md walks through it.
#include <ndis.h>
#ifdef NIMBL_ABI
#include <nimbl_driver.h>
#endif

#define TAG           'pcsD'
#define ETHERNET      14u
#define ETHERTYPE_8Q  0x8100u
#define ETHERTYPE_IP4 0x0800u
#define ETHERTYPE_IP6 0x86DDu

// One filter in one stack.
struct module {
	NDIS_HANDLE filter;
	UCHAR dscp;
	LONG64 marked, passed; // packets; every lcore adds to them
};

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD unload;
static FILTER_ATTACH attach;
static FILTER_DETACH detach;
static FILTER_RESTART restart;
static FILTER_PAUSE pause_module;
static FILTER_SEND_NET_BUFFER_LISTS send_lists;
static FILTER_RECEIVE_NET_BUFFER_LISTS receive_lists;

static NDIS_HANDLE driver_handle;

// --- the frames ---

static USHORT get16(const UCHAR *at)
{
	return (USHORT)(at[0] << 8 | at[1]);
}

// The sum of an IPv4 header after one of its words has changed, as RFC 1624 has it.
static void sum_adjust(UCHAR *sum, USHORT before, USHORT after)
{
	ULONG value = (USHORT)~get16(sum) + (ULONG)(USHORT)~before + after;

	value = (value & 0xFFFF) + (value >> 16);
	value = ~(value + (value >> 16));
	sum[0] = (UCHAR)(value >> 8);
	sum[1] = (UCHAR)value;
}

static void mark_ip4(UCHAR *ip, UCHAR dscp)
{
	USHORT before = get16(ip);

	ip[1] = (UCHAR)(dscp << 2 | (ip[1] & 3));
	sum_adjust(ip + 10, before, get16(ip));
}

// Version, traffic class and flow label share the first word.
static void mark_ip6(UCHAR *ip, UCHAR dscp)
{
	ip[0] = (UCHAR)((ip[0] & 0xF0) | dscp >> 2);
	ip[1] = (UCHAR)((dscp & 3) << 6 | (ip[1] & 0x3F));
}

// NdisGetDataBuffer gives NULL for bytes that do not lie in one piece: such a packet passes as it is.
static BOOLEAN mark(NET_BUFFER *nb, UCHAR dscp)
{
	UCHAR *frame = NdisGetDataBuffer(nb, ETHERNET, NULL, 1, 0);
	ULONG l2 = ETHERNET;

	if (frame == NULL)
		return FALSE;
	if (get16(frame + 12) == ETHERTYPE_8Q)
		l2 += 4;
	frame = NdisGetDataBuffer(nb, l2 + 20, NULL, 1, 0);
	if (frame == NULL)
		return FALSE;
	switch (get16(frame + l2 - 2)) {
	case ETHERTYPE_IP4:
		mark_ip4(frame + l2, dscp);
		return TRUE;
	case ETHERTYPE_IP6:
		mark_ip6(frame + l2, dscp);
		return TRUE;
	}
	return FALSE;
}

static void mark_chain(struct module *self, NET_BUFFER_LIST *chain)
{
	LONG64 marked = 0, passed = 0;

	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(chain); nb != NULL;
			nb = NET_BUFFER_NEXT_NB(nb)) {
			passed++;
			marked += mark(nb, self->dscp);
		}
	}
	InterlockedExchangeAdd64(&self->passed, passed);
	InterlockedExchangeAdd64(&self->marked, marked);
}

// Down: from the protocol to the miniport.
static VOID send_lists(
	NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct module *self = context;

	mark_chain(self, chain);
	NdisFSendNetBufferLists(self->filter, chain, port, flags);
}

// Up: from the miniport to the protocol.
static VOID receive_lists(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	struct module *self = context;

	mark_chain(self, chain);
	NdisFIndicateReceiveNetBufferLists(self->filter, chain, port, count, flags);
}

// --- the life of a module ---

static ULONG read_setting(NDIS_HANDLE filter, NDIS_STRING *name, ULONG fallback)
{
	NDIS_CONFIGURATION_OBJECT object = {
		.Header = {NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT,
			NDIS_CONFIGURATION_OBJECT_REVISION_1, sizeof(object)},
		.NdisHandle = filter,
	};
	NDIS_CONFIGURATION_PARAMETER *parameter;
	NDIS_HANDLE configuration;
	NDIS_STATUS status = NdisOpenConfigurationEx(&object, &configuration);

	if (status != NDIS_STATUS_SUCCESS)
		return fallback;
	NdisReadConfiguration(&status, &parameter, configuration, name, NdisParameterInteger);
	if (status == NDIS_STATUS_SUCCESS)
		fallback = parameter->ParameterData.IntegerData;
	NdisCloseConfiguration(configuration);
	return fallback;
}

#ifdef NIMBL_ABI
// What `nimbl filter` shows.
static unsigned int figures(NDIS_HANDLE context, struct nimbl_figure *list, unsigned int room)
{
	struct module *self = context;
	const struct nimbl_figure all[] = {
		{"marked", (uint64_t)InterlockedExchangeAdd64(&self->marked, 0)},
		{"passed", (uint64_t)InterlockedExchangeAdd64(&self->passed, 0)},
	};

	for (unsigned int i = 0; i < room && i < ARRAYSIZE(all); i++)
		list[i] = all[i];
	return ARRAYSIZE(all) < room ? ARRAYSIZE(all) : room;
}
#endif

static NDIS_STATUS attach(
	NDIS_HANDLE filter, NDIS_HANDLE driver_context, NDIS_FILTER_ATTACH_PARAMETERS *parameters)
{
	NDIS_STRING name = NDIS_STRING_CONST("Dscp");
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES, NDIS_FILTER_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1},
	};
	ULONG dscp = read_setting(filter, &name, 0);
	struct module *self;
	NDIS_STATUS status;

	UNREFERENCED_PARAMETER(driver_context);
	UNREFERENCED_PARAMETER(parameters);
	if (dscp > 63) {
		DbgPrint("dscp: %lu is no DSCP: 0 to 63\n", dscp);
		return NDIS_STATUS_INVALID_PARAMETER;
	}
	self = NdisAllocateMemoryWithTagPriority(filter, sizeof(*self), TAG, NormalPoolPriority);
	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	NdisZeroMemory(self, sizeof(*self));
	self->filter = filter;
	self->dscp = (UCHAR)dscp;
	status = NdisFSetAttributes(filter, self, &attributes);
	if (status != NDIS_STATUS_SUCCESS) {
		NdisFreeMemory(self, 0, 0);
		return status;
	}
#ifdef NIMBL_ABI
	nimbl_publish_figures(filter, figures);
#endif
	return NDIS_STATUS_SUCCESS;
}

static VOID detach(NDIS_HANDLE context)
{
	NdisFreeMemory(context, 0, 0);
}

// Nothing to prepare, and nothing is kept that would have to come home first.
static NDIS_STATUS restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	UNREFERENCED_PARAMETER(context);
	UNREFERENCED_PARAMETER(parameters);
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS pause_module(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	UNREFERENCED_PARAMETER(context);
	UNREFERENCED_PARAMETER(parameters);
	return NDIS_STATUS_SUCCESS;
}

// --- the driver ---

static VOID unload(DRIVER_OBJECT *driver)
{
	UNREFERENCED_PARAMETER(driver);
	NdisFDeregisterFilterDriver(driver_handle);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS,
			NDIS_FILTER_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1},
		.MajorNdisVersion = NDIS_FILTER_MAJOR_VERSION,
		.MinorNdisVersion = NDIS_FILTER_MINOR_VERSION,
		.FriendlyName = NDIS_STRING_CONST("dscp"),
		.UniqueName = NDIS_STRING_CONST("{3d1f2c54-0000-4000-8000-000000000002}"),
		.ServiceName = NDIS_STRING_CONST("dscp"),
		.AttachHandler = attach,
		.DetachHandler = detach,
		.RestartHandler = restart,
		.PauseHandler = pause_module,
		.SendNetBufferListsHandler = send_lists,
		.ReceiveNetBufferListsHandler = receive_lists,
	};

	UNREFERENCED_PARAMETER(registry_path);
	driver->DriverUnload = unload;
	return NdisFRegisterFilterDriver(driver, NULL, &characteristics, &driver_handle);
}
