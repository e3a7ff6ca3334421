// SPDX-License-Identifier: BSD-3-Clause
// The miniport driver of the tests. Its option "initialize" tells it to fail: "status" with a status
// only, "error" with an error of its own. "lacks" names the attributes that it leaves out. With "plain" as
// "yes" it is one that knows nothing of nimbl: takes nothing for good and leaves its books to others.
#include "test_miniport.h"

#include <errno.h>
#include <ndis/ndl/nblqueue.h>
#include <rte_alarm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_driver.h"
#include "nimbl_nbl.h"
#include "test_events.h"

uint32_t test_miniport_initialized, test_miniport_halted;
NDIS_HALT_ACTION test_miniport_action;
bool test_miniport_refuses;

void (*test_miniport_in_initialize)(struct test_miniport *self);

static NDIS_HANDLE driver_handle;

static NDIS_STATUS attributes_set(struct test_miniport *self)
{
	NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = {
		.Header = {NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
			NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1},
		.MiniportAdapterContext = self,
		.AttributeFlags = strcmp(nimbl_option(self->adapter, "plain", "no"), "yes") == 0
					  ? 0
					  : NIMBL_MINIPORT_ATTRIBUTES_HANDOVER |
						    NIMBL_MINIPORT_ATTRIBUTES_BOOKS,
	};
	NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = {
		.Header = {NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES,
			NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1},
		.MediaType = NdisMedium802_3,
		.MtuSize = TEST_MINIPORT_MTU,
		.MediaConnectState = MediaConnectStateConnected,
		.XmitLinkSpeed = TEST_MINIPORT_BPS,
		.RcvLinkSpeed = TEST_MINIPORT_BPS,
		.MacAddressLength = 6,
		.DataBackFillSize = TEST_MINIPORT_BACK_FILL,
		.ContextBackFillSize = TEST_MINIPORT_CONTEXT,
		.CurrentMacAddress = {2, 0, 0, 0, 0, 1},
	};
	const char *lacks = nimbl_option(self->adapter, "lacks", "");

	if (strcmp(lacks, "registration") == 0)
		return NDIS_STATUS_SUCCESS;
	NDIS_STATUS status = NdisMSetMiniportAttributes(
		self->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&registration);

	return status != NDIS_STATUS_SUCCESS || strcmp(lacks, "general") == 0
		       ? status
		       : NdisMSetMiniportAttributes(
				 self->adapter, (NDIS_MINIPORT_ADAPTER_ATTRIBUTES *)&general);
}

void test_miniport_free(struct test_miniport *self)
{
	if (nimbl_pool_close(self->pool) < 0) {
		fprintf(stderr, "%s\n", nimbl_last_error()->cause);
		abort();
	}
	free(self);
}

static NDIS_STATUS test_initialize(
	NDIS_HANDLE adapter, NDIS_HANDLE driver_context, NDIS_MINIPORT_INIT_PARAMETERS *parameters)
{
	const char *fail = nimbl_option(adapter, "initialize", "");
	struct test_miniport *self = calloc(1, sizeof(*self));
	NET_BUFFER_LIST_POOL_PARAMETERS pool = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = 256,
	};
	struct nimbl_pool_options options = {
		.name = "test_miniport", .capacity = TEST_MINIPORT_LISTS, .node = NIMBL_NODE_ANY};

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	if (fail[0] != '\0' || test_miniport_refuses) {
		if (strcmp(fail, "error") == 0)
			nimbl_fail(ENXIO, "the test says no");
		free(self);
		return NDIS_STATUS_ADAPTER_NOT_FOUND;
	}
	self->adapter = adapter;
	self->oids.answer = NDIS_STATUS_NOT_SUPPORTED;
	snprintf(self->color, sizeof(self->color), "%s", nimbl_option(adapter, "color", "none"));
	self->pool = nimbl_nbl_pool_open(adapter, &pool, &options);
	if (self->pool == NULL || attributes_set(self) != NDIS_STATUS_SUCCESS)
		abort();
	if (strcmp(nimbl_option(adapter, "lacks", ""), "registration") == 0) {
		test_miniport_free(self); // nobody will name it
		return NDIS_STATUS_SUCCESS;
	}
	if (test_miniport_in_initialize != NULL)
		test_miniport_in_initialize(self);
	test_miniport_initialized++;
	return NDIS_STATUS_SUCCESS;
}

static VOID test_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
	test_event("halt", "miniport");
	test_miniport_action = action;
	test_miniport_free(context);
	test_miniport_halted++;
}

static void restart_late(void *arg)
{
	struct test_miniport *self = arg;

	NdisMRestartComplete(self->adapter, self->restart_status);
}

static void complete_late(struct test_miniport *self)
{
	if (self->completes_late)
		NdisMPauseComplete(self->adapter);
	self->completes_late = false;
}

static NDIS_STATUS test_restart(NDIS_HANDLE context, NDIS_MINIPORT_RESTART_PARAMETERS *parameters)
{
	struct test_miniport *self = context;

	self->restarts++;
	test_event("restart", "miniport");
	complete_late(self);
	if (self->in_restart != NULL)
		self->in_restart();
	if (self->indicates_in_restart)
		test_miniport_indicate(self, 1, 0, 0, NULL);
	if (self->restart_us == 0)
		return self->restart_status;
	if (self->restart_us != TEST_MINIPORT_NEVER)
		rte_eal_alarm_set(self->restart_us, restart_late, self);
	return NDIS_STATUS_PENDING;
}

static void pause_late(void *arg)
{
	struct test_miniport *self = arg;

	NdisMPauseComplete(self->adapter);
}

static NDIS_STATUS test_pause(NDIS_HANDLE context, NDIS_MINIPORT_PAUSE_PARAMETERS *parameters)
{
	struct test_miniport *self = context;

	self->pauses++;
	test_event("pause", "miniport");
	complete_late(self);
	if (self->in_pause != NULL)
		self->in_pause();
	if (self->pause_us == 0)
		return NDIS_STATUS_SUCCESS;
	if (self->pause_us != TEST_MINIPORT_NEVER)
		rte_eal_alarm_set(self->pause_us, pause_late, self);
	return NDIS_STATUS_PENDING;
}

static VOID test_send_lists(
	NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct test_miniport *self = context;

	self->send_calls++;
	self->send_flags = flags;
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if (self->sent_count == TEST_MINIPORT_RECORDS)
			abort();
		self->sent[self->sent_count++] = nbl;
	}
}

static VOID test_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct test_miniport *self = context;

	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if (self->returned_count == TEST_MINIPORT_RECORDS)
			abort();
		self->returned[self->returned_count++] = nbl;
	}
	nimbl_nbl_put_chain(chain);
}

static VOID test_cancel_send(NDIS_HANDLE context, PVOID cancel_id)
{
	((struct test_miniport *)context)->cancels++;
}

static BOOLEAN test_check_for_hang(NDIS_HANDLE context)
{
	struct test_miniport *self = context;
	bool hangs = self->hangs;

	self->hangs = false;
	__atomic_fetch_add(&self->hang_looks, 1, __ATOMIC_RELEASE);
	return hangs;
}

static NDIS_STATUS test_reset(NDIS_HANDLE context, BOOLEAN *addressing_reset)
{
	struct test_miniport *self = context;

	__atomic_fetch_add(&self->resets, 1, __ATOMIC_RELEASE);
	return self->reset_answer;
}

static VOID test_shutdown(NDIS_HANDLE context, NDIS_SHUTDOWN_ACTION action)
{
	((struct test_miniport *)context)->shutdowns++;
}

static NDIS_STATUS test_sync_oid(NDIS_HANDLE context, NDIS_OID_REQUEST *request)
{
	struct test_miniport *self = context;

	self->sync_asked++;
	return self->sync_answer;
}

static NDIS_STATUS test_oid(NDIS_HANDLE context, NDIS_OID_REQUEST *request)
{
	struct test_miniport *self = context;
	struct test_oids *oids = &self->oids;
	NDIS_STATUS status = oids->answer;

	oids->level = KeGetCurrentIrql();
	__atomic_fetch_add(&oids->asked, 1, __ATOMIC_RELEASE);
	if (++oids->inside > oids->inside_max)
		oids->inside_max = oids->inside;
	if (oids->mode == TEST_OID_PEND)
		test_oids_keep(oids, request);
	if (oids->mode == TEST_OID_INSIDE)
		NdisMOidRequestComplete(self->adapter, request, oids->answer);
	if (oids->mode == TEST_OID_PEND || oids->mode == TEST_OID_INSIDE)
		status = NDIS_STATUS_PENDING;
	oids->inside--;
	return status;
}

// Direct ones come while another one is here.
static NDIS_STATUS test_direct_oid(NDIS_HANDLE context, NDIS_OID_REQUEST *request)
{
	struct test_miniport *self = context;

	self->direct_asked++;
	if (self->oids.mode != TEST_OID_PEND)
		return self->oids.answer;
	test_oids_keep(&self->oids, request);
	return NDIS_STATUS_PENDING;
}

static VOID test_cancel_oid(NDIS_HANDLE context, PVOID id)
{
	struct test_miniport *self = context;
	NDIS_OID_REQUEST *request;

	self->oids.cancels++;
	while (!self->oids.ignores_cancel && (request = test_oids_meant(&self->oids, id)) != NULL)
		NdisMOidRequestComplete(self->adapter, request, NDIS_STATUS_REQUEST_ABORTED);
}

void test_miniport_oid_complete(struct test_miniport *self, NDIS_STATUS status)
{
	NdisMOidRequestComplete(self->adapter, test_oids_take(&self->oids, 0), status);
}

static VOID test_device_event(NDIS_HANDLE context, NET_DEVICE_PNP_EVENT *event)
{
	struct test_miniport *self = context;

	self->device_events++;
	test_event("device", "miniport");
	self->device_event = event->DevicePnPEvent;
	if (self->in_device_event != NULL)
		self->in_device_event(self);
}

static VOID test_unload(DRIVER_OBJECT *driver)
{
	NdisMDeregisterMiniportDriver(driver_handle);
}

void test_miniport_handlers(NDIS_MINIPORT_DRIVER_CHARACTERISTICS *to)
{
	*to = (NDIS_MINIPORT_DRIVER_CHARACTERISTICS){
		.Header = to->Header,
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.InitializeHandlerEx = test_initialize,
		.HaltHandlerEx = test_halt,
		.UnloadHandler = test_unload,
		.PauseHandler = test_pause,
		.RestartHandler = test_restart,
		.SendNetBufferListsHandler = test_send_lists,
		.ReturnNetBufferListsHandler = test_return,
		.CancelSendHandler = test_cancel_send,
		.OidRequestHandler = test_oid,
		.CancelOidRequestHandler = test_cancel_oid,
		.DirectOidRequestHandler = test_direct_oid,
		.CancelDirectOidRequestHandler = test_cancel_oid,
		.SynchronousOidRequestHandler = test_sync_oid,
		.CheckForHangHandlerEx = test_check_for_hang,
		.ResetHandlerEx = test_reset,
		.ShutdownHandlerEx = test_shutdown,
		.DevicePnPEventNotifyHandler = test_device_event,
	};
}

static NTSTATUS test_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_MINIPORT_DRIVER_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
			NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3,
			NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3},
	};

	test_miniport_handlers(&characteristics);
	return NdisMRegisterMiniportDriver(
		driver, registry_path, NULL, &characteristics, &driver_handle);
}

void test_miniport_indicate(struct test_miniport *self, uint32_t count, uint32_t first, ULONG flags,
	NET_BUFFER_LIST **lists)
{
	NET_BUFFER_LIST *got[TEST_MINIPORT_LISTS];

	if (nimbl_nbl_get(self->pool, got, (uint16_t)count) != count)
		abort();
	for (uint32_t i = 0; i < count; i++) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(got[i]);
		uint32_t number = first + i;
		uint8_t *va = MmGetSystemAddressForMdlSafe(nb->CurrentMdl, NormalPagePriority);

		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		memcpy(va + nb->CurrentMdlOffset, &number, sizeof(number));
		NET_BUFFER_LIST_NEXT_NBL(got[i]) = i + 1 < count ? got[i + 1] : NULL;
		got[i]->SourceHandle = self->adapter;
		if (lists != NULL)
			lists[i] = got[i];
	}
	NdisMIndicateReceiveNetBufferLists(
		self->adapter, got[0], NDIS_DEFAULT_PORT_NUMBER, count, flags);
	if (NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		nimbl_nbl_put(got, (uint16_t)count);
}

void test_miniport_complete(struct test_miniport *self, uint32_t count, NDIS_STATUS status)
{
	NBL_QUEUE queue;

	NdisInitializeNblQueue(&queue);
	for (uint32_t i = 0; i < count; i++)
		NdisAppendSingleNblToNblQueue(&queue, self->sent[--self->sent_count]);
	NdisSetStatusInNblChain(queue.First, status);
	NdisMSendNetBufferListsComplete(self->adapter, queue.First, 0);
}

void test_miniport_link(struct test_miniport *self, bool up, uint64_t bps)
{
	NDIS_LINK_STATE state = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NDIS_LINK_STATE_REVISION_1,
			NDIS_SIZEOF_LINK_STATE_REVISION_1},
		.MediaConnectState =
			up ? MediaConnectStateConnected : MediaConnectStateDisconnected,
		.XmitLinkSpeed = bps,
		.RcvLinkSpeed = bps,
	};
	NDIS_STATUS_INDICATION indication = {
		.Header = {NDIS_OBJECT_TYPE_STATUS_INDICATION, NDIS_STATUS_INDICATION_REVISION_1,
			NDIS_SIZEOF_STATUS_INDICATION_REVISION_1},
		.SourceHandle = self->adapter,
		.StatusCode = NDIS_STATUS_LINK_STATE,
		.StatusBuffer = &state,
		.StatusBufferSize = sizeof(state),
	};

	NdisMIndicateStatusEx(self->adapter, &indication);
}

NIMBL_DRIVER(test_miniport, test_entry)
