// SPDX-License-Identifier: BSD-3-Clause
// The protocol driver of the tests. Its option "bind" says how its bind handler ends once the adapter is
// open: "close" it again and refuse, "refuse" without closing, "later" and "never".
#include "test_protocol.h"

#include <stdlib.h>
#include <string.h>

#include "nimbl_driver.h"
#include "test_events.h"

NDIS_HANDLE test_protocol_driver, test_protocol_bind_context;
void (*test_protocol_in_bind)(struct test_binding *self);

static NDIS_HANDLE plain;
static struct test_binding *bindings;

static NDIS_STATUS test_bind(
	NDIS_HANDLE driver_context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	struct test_binding *self = calloc(1, sizeof(*self));
	NDIS_OPEN_PARAMETERS open = {
		.Header = {NDIS_OBJECT_TYPE_OPEN_PARAMETERS, NDIS_OPEN_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_OPEN_PARAMETERS_REVISION_1},
	};

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	test_protocol_bind_context = bind_context;
	self->parameters = *parameters;
	NDIS_STATUS status = NdisOpenAdapterEx(
		*(NDIS_HANDLE *)driver_context, self, &open, bind_context, &self->binding);
	if (status != NDIS_STATUS_SUCCESS) {
		free(self);
		return status;
	}
	if (strcmp(nimbl_option(self->binding, "bind", ""), "close") == 0) {
		NdisCloseAdapterEx(self->binding);
		free(self);
		return NDIS_STATUS_RESOURCES;
	}
	self->next = bindings;
	bindings = self;
	if (test_protocol_in_bind != NULL)
		test_protocol_in_bind(self);
	// "later": by a completion, which may as well come at once. "never": not at all.
	const char *how = nimbl_option(self->binding, "bind", "");
	if (strcmp(how, "later") == 0)
		NdisCompleteBindAdapterEx(bind_context, NDIS_STATUS_SUCCESS);
	if (strcmp(how, "refuse") == 0) {
		bindings = self->next;
		free(self);
		return NDIS_STATUS_RESOURCES; // with the adapter left open
	}
	return how[0] != '\0' ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS test_unbind(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	struct test_binding *self = context, **link = &bindings;

	test_event("unbind", "protocol");
	if (self->in_unbind != NULL)
		self->in_unbind();
	while (*link != self)
		link = &(*link)->next;
	*link = self->next;
	if (!self->unbind_forgets)
		NdisCloseAdapterEx(self->binding);
	free(self);
	NdisCompleteUnbindAdapterEx(unbind_context);
	return NDIS_STATUS_PENDING; // which ended already
}

static VOID test_open_complete(NDIS_HANDLE context, NDIS_STATUS status)
{
}

static VOID test_close_complete(NDIS_HANDLE context)
{
}

static void attributes_note(
	struct test_binding *self, const NDIS_PROTOCOL_RESTART_PARAMETERS *parameters)
{
	const NDIS_RESTART_ATTRIBUTES *at = parameters->RestartAttributes;

	if (at == NULL || at->Oid != OID_GEN_MINIPORT_RESTART_ATTRIBUTES)
		abort();
	const NDIS_RESTART_GENERAL_ATTRIBUTES *general =
		(const NDIS_RESTART_GENERAL_ATTRIBUTES *)at->Data;
	self->back_fill = general->DataBackFillSize;
	self->context_fill = general->ContextBackFillSize;
}

static NDIS_STATUS test_net_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct test_binding *self = context;

	switch (event->NetPnPEvent.NetEvent) {
	case NetEventRestart:
		self->restarts++;
		test_event("restart", "protocol");
		attributes_note(self, event->NetPnPEvent.Buffer);
		if (self->in_restart != NULL)
			self->in_restart();
		return self->restart_status;
	case NetEventPause:
		self->pauses++;
		test_event("pause", "protocol");
		if (self->in_pause != NULL)
			self->in_pause();
		self->pausing = event;
		return self->pause_pends ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
	default:
		self->net_events++;
		self->net_event = event;
		return self->net_answer;
	}
}

static VOID test_oid_complete(NDIS_HANDLE context, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct test_binding *self = context;

	uint32_t slot = __atomic_fetch_add(&self->oid_count, 1, __ATOMIC_RELEASE);

	if (slot >= TEST_PROTOCOL_OIDS)
		abort();
	self->oids[slot].request = request;
	self->oids[slot].status = status;
	if (self->on_oid != NULL)
		self->on_oid(self, request);
}

static VOID test_status(NDIS_HANDLE context, NDIS_STATUS_INDICATION *indication)
{
	struct test_binding *self = context;

	self->last_status = indication->StatusCode;
	if (indication->StatusCode == NDIS_STATUS_LINK_STATE)
		memcpy(&self->link, indication->StatusBuffer, sizeof(self->link));
	__atomic_fetch_add(&self->statuses, 1, __ATOMIC_RELEASE);
}

static VOID test_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	struct test_binding *self = context;

	self->indications++;
	self->last_count = count;
	self->last_flags = flags;
	if (self->on_receive != NULL) {
		self->on_receive(self, chain, count, flags);
		return;
	}
	if (NDIS_TEST_RECEIVE_CANNOT_PEND(flags))
		return;
	if (self->returns) {
		NdisReturnNetBufferLists(self->binding, chain, 0);
		return;
	}
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if (self->held_count == TEST_PROTOCOL_RECORDS)
			abort();
		self->held[self->held_count++] = nbl;
	}
}

static VOID test_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct test_binding *self = context;

	if (chain == NULL)
		abort(); // forwarding calls never carry an empty chain
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if (self->completed == TEST_PROTOCOL_RECORDS)
			abort();
		self->completions[self->completed++] =
			(struct test_completion){nbl, NET_BUFFER_LIST_STATUS(nbl)};
	}
}

static VOID test_unload(DRIVER_OBJECT *driver)
{
	NdisDeregisterProtocolDriver(test_protocol_driver);
}

static VOID plain_unload(DRIVER_OBJECT *driver)
{
	NdisDeregisterProtocolDriver(plain);
}

static NTSTATUS test_register(NDIS_HANDLE *handle, ULONG flags)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2,
			NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2},
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.Flags = flags,
		.BindAdapterHandlerEx = test_bind,
		.UnbindAdapterHandlerEx = test_unbind,
		.OpenAdapterCompleteHandlerEx = test_open_complete,
		.CloseAdapterCompleteHandlerEx = test_close_complete,
		.NetPnPEventHandler = test_net_event,
		.OidRequestCompleteHandler = test_oid_complete,
		.DirectOidRequestCompleteHandler = test_oid_complete,
		.StatusHandlerEx = test_status,
		.ReceiveNetBufferListsHandler = test_receive,
		.SendNetBufferListsCompleteHandler = test_complete,
	};

	return NdisRegisterProtocolDriver(handle, &characteristics, handle);
}

NDIS_STATUS test_protocol_register(void)
{
	return test_register(&test_protocol_driver, NIMBL_PROTOCOL_FLAGS_BOOKS);
}

static NTSTATUS test_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	driver->DriverUnload = test_unload;
	return test_protocol_register();
}

static NTSTATUS plain_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	driver->DriverUnload = plain_unload;
	return test_register(&plain, 0);
}

struct test_binding *test_binding_of(NDIS_HANDLE binding)
{
	struct test_binding *self = bindings;

	while (self != NULL && self->binding != binding)
		self = self->next;
	return self;
}

uint32_t test_bindings_count(void)
{
	uint32_t count = 0;

	for (const struct test_binding *b = bindings; b != NULL; b = b->next)
		count++;
	return count;
}

void test_bindings_forget(void)
{
	while (bindings != NULL) {
		struct test_binding *gone = bindings;

		bindings = gone->next;
		free(gone);
	}
}

NET_BUFFER_LIST *test_chain(NET_BUFFER_LIST *const *lists, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		NET_BUFFER_LIST_NEXT_NBL(lists[i]) = i + 1 < count ? lists[i + 1] : NULL;
	return lists[0];
}

void test_send(
	struct test_binding *self, NET_BUFFER_LIST *const *lists, uint32_t count, ULONG flags)
{
	NdisSendNetBufferLists(
		self->binding, test_chain(lists, count), NDIS_DEFAULT_PORT_NUMBER, flags);
}

void test_return_held(struct test_binding *self)
{
	if (self->held_count > 0)
		NdisReturnNetBufferLists(
			self->binding, test_chain(self->held, self->held_count), 0);
	self->held_count = 0;
}

NIMBL_DRIVER(test_protocol, test_entry)
NIMBL_DRIVER(test_plain, plain_entry)
