// SPDX-License-Identifier: BSD-3-Clause
// A driver outside this tree: an NDIS protocol that sends every frame back where it came from, and
// the program that puts it on a port.
#include <nimbl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static NDIS_HANDLE protocol;
static unsigned long reflected; // lists; written by the one lcore that serves the port

static NDIS_STATUS bind_adapter(
	NDIS_HANDLE driver_context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	static NDIS_HANDLE binding; // the program has one port
	NDIS_OPEN_PARAMETERS open = {
		.Header = {NDIS_OBJECT_TYPE_OPEN_PARAMETERS, NDIS_OPEN_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_OPEN_PARAMETERS_REVISION_1},
		.AdapterName = parameters->AdapterName,
	};

	(void)driver_context;
	return NdisOpenAdapterEx(protocol, &binding, &open, bind_context, &binding);
}

static NDIS_STATUS unbind_adapter(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	(void)unbind_context;
	return NdisCloseAdapterEx(*(NDIS_HANDLE *)context);
}

// What is received is owned until it is returned, and may be sent meanwhile.
static VOID receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG count,
	ULONG flags)
{
	(void)port, (void)flags;
	reflected += count;
	NdisSendNetBufferLists(*(NDIS_HANDLE *)context, chain, NDIS_DEFAULT_PORT_NUMBER, 0);
}

static VOID send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	(void)flags;
	NdisReturnNetBufferLists(*(NDIS_HANDLE *)context, chain, 0);
}

static VOID open_complete(NDIS_HANDLE context, NDIS_STATUS status)
{
	(void)context, (void)status;
}

static VOID close_complete(NDIS_HANDLE context)
{
	(void)context;
}

static NDIS_STATUS pnp_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	(void)context, (void)event;
	return NDIS_STATUS_SUCCESS;
}

static VOID unload(DRIVER_OBJECT *driver)
{
	(void)driver;
	NdisDeregisterProtocolDriver(protocol);
}

static NTSTATUS driver_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1},
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.BindAdapterHandlerEx = bind_adapter,
		.UnbindAdapterHandlerEx = unbind_adapter,
		.OpenAdapterCompleteHandlerEx = open_complete,
		.CloseAdapterCompleteHandlerEx = close_complete,
		.NetPnPEventHandler = pnp_event,
		.ReceiveNetBufferListsHandler = receive,
		.SendNetBufferListsCompleteHandler = send_complete,
	};

	(void)registry_path;
	driver->DriverUnload = unload;
	return NdisRegisterProtocolDriver(driver, &characteristics, &protocol);
}

NIMBL_DRIVER(reflect, driver_entry)

static const char text[] = "name: reflect\ndev: true\nports: {a: net_null0}\n";

static int run(struct nimbl_engine *engine)
{
	const struct timespec while_frames_flow = {.tv_nsec = 200000000};
	NDIS_HANDLE binding;

	if (nimbl_binding_open("reflect", nimbl_engine_adapter(engine, "a"), NULL, &binding) < 0 ||
		nimbl_engine_start(engine) < 0 || nimbl_binding_restart(binding) < 0)
		return -1;
	nanosleep(&while_frames_flow, NULL);
	nimbl_binding_pause(binding);
	nimbl_binding_close(binding);
	return nimbl_engine_stop(engine);
}

int main(void)
{
	static struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;
	struct nimbl_engine *engine;
	struct nimbl_conf *conf;

	if (nimbl_conf_parse("reflect", text, strlen(text), &conf) < 0 ||
		nimbl_engine_open(conf, &engine) < 0 || run(engine) < 0) {
		fprintf(stderr, "reflect: %s\n", nimbl_last_error()->cause);
		return 1;
	}
	nimbl_engine_snapshot(engine, &snapshot);
	nimbl_ledger_compute(&snapshot, true, &ledger);
	printf("%lu frames sent back; ledger: %s\n", reflected,
		ledger.balanced ? "balanced" : ledger.why);
	nimbl_engine_close(engine);
	nimbl_conf_free(conf);
	return ledger.balanced && reflected > 0 ? 0 : 1;
}
