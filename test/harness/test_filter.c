// SPDX-License-Identifier: BSD-3-Clause
// The filter driver of the tests.
#include "test_filter.h"

#include <errno.h>
#include <ndis/ndl/nblchain.h>
#include <ndis/ndl/nblqueue.h>
#include <ndis/ndl/oidrequest.h>
#include <rte_alarm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimbl_driver.h"
#include "nimbl_nbl.h"
#include "nimbl_path.h"
#include "test_events.h"

#define OID_TAG 0x64696f74

NDIS_HANDLE test_filter_driver;
void (*test_filter_born)(struct test_filter *self);

static DRIVER_OBJECT *driver_object;
static struct test_filter *modules;

static void keep(struct test_filter_chains *held, NET_BUFFER_LIST *chain)
{
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		if (held->count == TEST_FILTER_RECORDS)
			abort();
		held->lists[held->count++] = nbl;
	}
}

// What is held as a chain, `count` long; nothing is held then.
static NET_BUFFER_LIST *release(struct test_filter_chains *held, uint32_t *count)
{
	*count = held->count;
	for (uint32_t i = 0; i < held->count; i++)
		NET_BUFFER_LIST_NEXT_NBL(held->lists[i]) =
			i + 1 < held->count ? held->lists[i + 1] : NULL;
	held->count = 0;
	return *count > 0 ? held->lists[0] : NULL;
}

static bool has_letter(NDIS_HANDLE filter, const char *key, const char *fallback, char letter)
{
	return strchr(nimbl_option(filter, key, fallback), letter) != NULL;
}

static NDIS_STATUS attributes_set(struct test_filter *self)
{
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES, NDIS_FILTER_ATTRIBUTES_REVISION_1,
			NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1},
	};

	if (!has_letter(self->filter, "allows", "", 'p'))
		attributes.Flags |= NIMBL_FILTER_ATTRIBUTES_BOOKS;
	if (has_letter(self->filter, "allows", "", 'h'))
		attributes.Flags |= NIMBL_FILTER_ATTRIBUTES_HANDOVER;
	if (has_letter(self->filter, "allows", "", 'u'))
		attributes.Flags |= NIMBL_FILTER_ATTRIBUTES_UNTOUCHED;
	self->allows = attributes.Flags;
	return NdisFSetAttributes(self->filter, self, &attributes);
}

static void pool_open(struct test_filter *self)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = 256,
	};
	struct nimbl_pool_options options = {
		.name = "test_filter", .capacity = TEST_FILTER_LISTS, .node = NIMBL_NODE_ANY};

	self->pool = nimbl_nbl_pool_open(self->filter, &parameters, &options);
	if (self->pool == NULL)
		abort();
}

static bool has_text(const UNICODE_STRING *string)
{
	return string != NULL && string->Buffer != NULL && string->Length > 0;
}

static NDIS_STATUS test_attach(
	NDIS_HANDLE filter, NDIS_HANDLE driver_context, NDIS_FILTER_ATTACH_PARAMETERS *parameters)
{
	const char *fail = nimbl_option(filter, "attach", "");
	struct test_filter *self = calloc(1, sizeof(*self));

	nimbl_option(filter, "handlers", NULL); // what is asked for now is known

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	if (strcmp(fail, "status") == 0 || strcmp(fail, "error") == 0) {
		if (strcmp(fail, "error") == 0)
			nimbl_fail(ENXIO, "the test says no");
		free(self);
		return NDIS_STATUS_FAILURE;
	}
	if (strcmp(fail, "forget") == 0) {
		free(self);
		return NDIS_STATUS_SUCCESS;
	}
	self->filter = filter;
	self->attach = *parameters;
	self->has_names = has_text(parameters->FilterModuleGuidName) &&
			  has_text(parameters->BaseMiniportInstanceName) &&
			  has_text(parameters->BaseMiniportName);
	snprintf(self->name, sizeof(self->name), "%s", nimbl_option(filter, "name", "f"));
	snprintf(self->color, sizeof(self->color), "%s", nimbl_option(filter, "color", "none"));
	pool_open(self);
	self->attach_only = true;
	if (test_filter_born != NULL)
		test_filter_born(self);
	if (self->in_attach != NULL)
		self->in_attach(self);
	self->attach_only = false;
	if (attributes_set(self) != NDIS_STATUS_SUCCESS)
		abort();
	self->next = modules;
	modules = self;
	test_event("attach", self->name);
	return NDIS_STATUS_SUCCESS;
}

static VOID test_detach(NDIS_HANDLE context)
{
	struct test_filter *self = context, **link = &modules;

	test_event("detach", self->name);
	if (self->in_detach != NULL)
		self->in_detach(self);
	while (*link != self)
		link = &(*link)->next;
	*link = self->next;
	if (nimbl_pool_close(self->pool) < 0) {
		fprintf(stderr, "%s\n", nimbl_last_error()->cause);
		abort();
	}
	free(self);
}

static void back_fill(struct test_filter *self, NDIS_RESTART_ATTRIBUTES *attributes)
{
	NDIS_RESTART_GENERAL_ATTRIBUTES *general;

	while (attributes != NULL && attributes->Oid != OID_GEN_MINIPORT_RESTART_ATTRIBUTES)
		attributes = attributes->Next;
	if (attributes == NULL)
		return;
	general = (NDIS_RESTART_GENERAL_ATTRIBUTES *)attributes->Data;
	self->seen_back_fill = general->DataBackFillSize;
	self->seen_context = general->ContextBackFillSize;
	general->DataBackFillSize += self->data_back_fill;
	general->ContextBackFillSize += self->context_fill;
}

static void restart_late(void *arg)
{
	struct test_filter *self = arg;

	NdisFRestartComplete(self->filter, self->restart_status);
}

static NDIS_STATUS test_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	struct test_filter *self = context;

	self->restarts++;
	test_event("restart", self->name);
	if (self->in_restart != NULL)
		self->in_restart(self);
	if (self->restart_status == NDIS_STATUS_SUCCESS)
		back_fill(self, parameters->RestartAttributes);
	if (self->restart_us == 0)
		return self->restart_status;
	if (self->restart_us != TEST_FILTER_NEVER)
		rte_eal_alarm_set(self->restart_us, restart_late, self);
	return NDIS_STATUS_PENDING;
}

static void held_go_back(struct test_filter *self)
{
	uint32_t count;
	NET_BUFFER_LIST *chain = release(&self->held_sends, &count);

	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl))
		NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_PAUSED;
	if (chain != NULL)
		NdisFSendNetBufferListsComplete(self->filter, chain, 0);
	chain = release(&self->held_receives, &count);
	if (chain != NULL)
		NdisFReturnNetBufferLists(self->filter, chain, 0);
}

static void pause_late(void *arg)
{
	struct test_filter *self = arg;

	NdisFPauseComplete(self->filter);
}

static NDIS_STATUS test_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	struct test_filter *self = context;

	self->pauses++;
	self->pause_reason = parameters->PauseReason;
	test_event("pause", self->name);
	if (self->in_pause != NULL)
		self->in_pause(self);
	held_go_back(self);
	self->pause_pends = self->own_out > 0;
	if (self->pause_us == 0)
		return self->pause_pends ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
	if (self->pause_us != TEST_FILTER_NEVER)
		rte_eal_alarm_set(self->pause_us, pause_late, self);
	return NDIS_STATUS_PENDING;
}

static NDIS_STATUS test_module_options(NDIS_HANDLE context)
{
	struct test_filter *self = context;

	return self->options_status;
}

static void own_come_home(struct test_filter *self, NET_BUFFER_LIST *own, uint32_t *counter)
{
	for (NET_BUFFER_LIST *next; own != NULL; own = next) {
		NET_BUFFER_LIST *parent = own->ParentNetBufferList;

		next = NET_BUFFER_LIST_NEXT_NBL(own);
		self->own_out--;
		++*counter;
		if (parent == NULL) {
			NET_BUFFER_LIST_NEXT_NBL(own) = NULL;
			nimbl_nbl_put(&own, 1);
			continue;
		}
		NDIS_STATUS status = NET_BUFFER_LIST_STATUS(own);
		if (counter == &self->own_sent_back && self->sends == TEST_FILTER_SPLIT)
			NdisFreeFragmentNetBufferList(own, 0, 0);
		else
			NdisFreeCloneNetBufferList(own, 0);
		parent->ChildRefCount--;
		NET_BUFFER_LIST_NEXT_NBL(parent) = NULL;
		if (counter == &self->own_sent_back) {
			NET_BUFFER_LIST_STATUS(parent) = status;
			NdisFSendNetBufferListsComplete(self->filter, parent, 0);
		} else {
			NdisFReturnNetBufferLists(self->filter, parent, 0);
		}
	}
	if (self->pause_pends && self->own_out == 0) {
		self->pause_pends = false;
		NdisFPauseComplete(self->filter);
	}
}

// Split a chain into the filter's own lists and those of others.
static NET_BUFFER_LIST *own_of(
	const struct test_filter *self, NET_BUFFER_LIST *chain, NET_BUFFER_LIST **others)
{
	NBL_QUEUE mine, rest;

	NdisInitializeNblQueue(&mine);
	NdisInitializeNblQueue(&rest);
	for (NET_BUFFER_LIST *next; chain != NULL; chain = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		NET_BUFFER_LIST_NEXT_NBL(chain) = NULL;
		NdisAppendSingleNblToNblQueue(
			chain->SourceHandle == self->filter ? &mine : &rest, chain);
	}
	*others = NdisPopAllFromNblQueue(&rest);
	return NdisPopAllFromNblQueue(&mine);
}

static NET_BUFFER_LIST *reversed(NET_BUFFER_LIST *chain)
{
	NET_BUFFER_LIST *first = NULL;

	for (NET_BUFFER_LIST *next; chain != NULL; chain = next) {
		next = NET_BUFFER_LIST_NEXT_NBL(chain);
		NET_BUFFER_LIST_NEXT_NBL(chain) = first;
		first = chain;
	}
	return first;
}

static NET_BUFFER_LIST *derived_of(NET_BUFFER_LIST *nbl, bool splits)
{
	return splits ? NdisAllocateFragmentNetBufferList(
				nbl, NULL, NULL, 0, TEST_FILTER_PART, 0, 0, 0)
		      : NdisAllocateCloneNetBufferList(nbl, NULL, NULL, 0);
}

// A chain of clones, or of cut lists, the originals being their parents.
static NET_BUFFER_LIST *clones_of(struct test_filter *self, NET_BUFFER_LIST *chain, bool splits)
{
	NET_BUFFER_LIST *first = NULL, **end = &first;

	for (; chain != NULL; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
		NET_BUFFER_LIST *clone = derived_of(chain, splits);

		if (clone == NULL)
			abort();
		clone->SourceHandle = self->filter;
		clone->ParentNetBufferList = chain;
		chain->ChildRefCount++;
		self->own_out++;
		*end = clone;
		end = &NET_BUFFER_LIST_NEXT_NBL(clone);
	}
	*end = NULL;
	return first;
}

static void bytes_fill(const NET_BUFFER *nb, uint32_t bytes)
{
	uint32_t offset = nb->CurrentMdlOffset;

	for (MDL *mdl = nb->CurrentMdl; bytes > 0; mdl = mdl->Next, offset = 0) {
		uint32_t n = bytes < mdl->ByteCount - offset ? bytes : mdl->ByteCount - offset;

		memset((uint8_t *)mdl->MappedSystemVa + offset, TEST_FILTER_BYTE, n);
		bytes -= n;
	}
}

// In ProtocolReserved: one more than how much of an NB is the filter's, for its way back; NULL: it was passed.
#define MINE 5

static void prepend(struct test_filter *self, NET_BUFFER *nb)
{
	uint32_t bytes = nb->DataLength <= TEST_FILTER_SHORT ? self->data_back_fill : 0;
	const MDL *before = nb->MdlChain;

	nb->ProtocolReserved[MINE] = (PVOID)(uintptr_t)(bytes + 1);
	if (bytes == 0)
		return;
	if (NdisRetreatNetBufferDataStart(nb, bytes, 0, NULL) != NDIS_STATUS_SUCCESS)
		abort();
	bytes_fill(nb, bytes);
	self->prepended++;
	self->new_mdls += nb->MdlChain != before;
}

static void prepend_all(struct test_filter *self, NET_BUFFER_LIST *chain)
{
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		const NET_BUFFER_LIST_CONTEXT *before = nbl->Context;

		if (NdisAllocateNetBufferListContext(nbl, (USHORT)self->context_fill, 0, OID_TAG) !=
			NDIS_STATUS_SUCCESS)
			abort();
		self->new_contexts += nbl->Context != before;
		for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL; nb = nb->Next)
			prepend(self, nb);
	}
}

static void take_off(NET_BUFFER *nb)
{
	ULONG bytes = (ULONG)(uintptr_t)nb->ProtocolReserved[MINE] - 1;

	nb->ProtocolReserved[MINE] = NULL;
	NdisAdvanceNetBufferDataStart(nb, bytes, TRUE, NULL);
}

static void take_off_all(const struct test_filter *self, NET_BUFFER_LIST *chain)
{
	for (NET_BUFFER_LIST *nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);

		if (nb->ProtocolReserved[MINE] != NULL)
			NdisFreeNetBufferListContext(nbl, (USHORT)self->context_fill);
		for (; nb != NULL; nb = nb->Next) {
			if (nb->ProtocolReserved[MINE] != NULL)
				take_off(nb);
		}
	}
}

static VOID test_send(
	NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port, ULONG flags)
{
	struct test_filter *self = context;

	self->send_calls++;
	self->send_flags = flags;
	switch (self->sends) {
	case TEST_FILTER_HOLD:
		keep(&self->held_sends, chain);
		return;
	case TEST_FILTER_DROP:
		nimbl_drop_send(
			self->filter, chain, flags, NIMBL_DROP_FILTERED, NDIS_STATUS_SEND_ABORTED);
		return;
	case TEST_FILTER_END:
		NdisSetStatusInNblChain(chain, self->end_status);
		NdisFSendNetBufferListsComplete(self->filter, chain, 0);
		return;
	case TEST_FILTER_CLONE:
	case TEST_FILTER_SPLIT:
		NdisFSendNetBufferLists(self->filter,
			clones_of(self, chain, self->sends == TEST_FILTER_SPLIT), port,
			flags & ~(ULONG)NIMBL_SEND_FLAGS_HANDOVER);
		return;
	case TEST_FILTER_PREPEND:
		prepend_all(self, chain);
		NdisFSendNetBufferLists(self->filter, chain, port, flags);
		return;
	case TEST_FILTER_REORDER:
		NdisFSendNetBufferLists(self->filter, reversed(chain), port, flags);
		return;
	default:
		NdisFSendNetBufferLists(self->filter, chain, port, flags);
	}
}

static VOID test_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct test_filter *self = context;
	NET_BUFFER_LIST *others, *own = own_of(self, chain, &others);

	if (chain == NULL)
		abort();
	self->complete_calls++;
	if (self->sends == TEST_FILTER_PREPEND)
		take_off_all(self, others);
	if (others != NULL)
		NdisFSendNetBufferListsComplete(self->filter, others, flags);
	own_come_home(self, own, &self->own_sent_back);
}

static VOID test_receive(NDIS_HANDLE context, NET_BUFFER_LIST *chain, NDIS_PORT_NUMBER port,
	ULONG count, ULONG flags)
{
	struct test_filter *self = context;
	bool lent = NDIS_TEST_RECEIVE_CANNOT_PEND(flags);

	self->receive_calls++;
	self->receive_flags = flags;
	self->receive_count = count;
	if (self->receives == TEST_FILTER_DROP)
		nimbl_drop_receive(self->filter, chain, count, flags, NIMBL_DROP_FILTERED);
	else if (self->receives == TEST_FILTER_END && lent)
		return;
	else if (self->receives == TEST_FILTER_END)
		NdisFReturnNetBufferLists(self->filter, chain, 0);
	else if (self->receives == TEST_FILTER_HOLD && !lent)
		keep(&self->held_receives, chain);
	else if (self->receives == TEST_FILTER_CLONE && !lent)
		NdisFIndicateReceiveNetBufferLists(
			self->filter, clones_of(self, chain, false), port, count, 0);
	else if (self->receives == TEST_FILTER_REORDER)
		NdisFIndicateReceiveNetBufferLists(
			self->filter, reversed(chain), port, count, flags);
	else
		NdisFIndicateReceiveNetBufferLists(self->filter, chain, port, count, flags);
}

static VOID test_return(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct test_filter *self = context;
	NET_BUFFER_LIST *others, *own = own_of(self, chain, &others);

	if (chain == NULL)
		abort();
	self->return_calls++;
	if (others != NULL)
		NdisFReturnNetBufferLists(self->filter, others, flags);
	own_come_home(self, own, &self->own_returned);
}

static VOID test_cancel(NDIS_HANDLE context, PVOID cancel_id)
{
	struct test_filter *self = context;

	self->cancels++;
	NdisFCancelSendNetBufferLists(self->filter, cancel_id);
}

static VOID test_status(NDIS_HANDLE context, NDIS_STATUS_INDICATION *indication)
{
	struct test_filter *self = context;

	self->statuses++;
	NdisFIndicateStatus(self->filter, indication);
}

static NDIS_STATUS test_oid(NDIS_HANDLE context, NDIS_OID_REQUEST *request)
{
	struct test_filter *self = context;
	struct test_oids *oids = &self->oids;

	oids->asked++;
	switch (oids->mode) {
	case TEST_OID_ANSWER:
		return oids->answer;
	case TEST_OID_PEND:
		test_oids_keep(oids, request);
		return NDIS_STATUS_PENDING;
	case TEST_OID_INSIDE:
		NdisFOidRequestComplete(self->filter, request, oids->answer);
		return NDIS_STATUS_PENDING;
	default:
		return NdisFPassthroughOidRequest(self->filter, request, OID_TAG);
	}
}

static VOID test_oid_complete(NDIS_HANDLE context, NDIS_OID_REQUEST *request, NDIS_STATUS status)
{
	struct test_filter *self = context;

	if (NdisFPassthroughOidRequestComplete(self->filter, request, status) ==
		NdisOidRequestCompletionKindPassthrough)
		return;
	self->oids.completed++;
	self->oids.status = status;
}

static VOID test_cancel_oid(NDIS_HANDLE context, PVOID id)
{
	struct test_filter *self = context;
	NDIS_OID_REQUEST *request;

	self->oids.cancels++;
	while (!self->oids.ignores_cancel && (request = test_oids_meant(&self->oids, id)) != NULL)
		NdisFOidRequestComplete(self->filter, request, NDIS_STATUS_REQUEST_ABORTED);
	NdisFCancelOidRequest(self->filter, id);
}

static NDIS_STATUS test_sync_oid(
	NDIS_HANDLE context, NDIS_OID_REQUEST *request, PVOID *call_context)
{
	struct test_filter *self = context;

	self->sync_asked++;
	*call_context = self;
	return self->sync_answer;
}

static VOID test_sync_complete(
	NDIS_HANDLE context, NDIS_OID_REQUEST *request, NDIS_STATUS *status, PVOID call_context)
{
	struct test_filter *self = context;

	if (call_context != self)
		abort();
	self->sync_completed++;
	self->sync_status = *status;
}

static NDIS_STATUS test_net_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct test_filter *self = context;

	self->net_events++;
	return NdisFNetPnPEvent(self->filter, event);
}

static VOID test_device_event(NDIS_HANDLE context, NET_DEVICE_PNP_EVENT *event)
{
	struct test_filter *self = context;

	self->device_events++;
	test_event("device", self->name);
	NdisFDevicePnPEventNotify(self->filter, event);
}

// The handlers that the module's option names.
static NDIS_STATUS partial_set(struct test_filter *self)
{
	static const char all[] = "scrtx";
	NDIS_FILTER_PARTIAL_CHARACTERISTICS handlers = {
		.Header = {NDIS_OBJECT_TYPE_FILTER_PARTIAL_CHARACTERISTICS,
			NDIS_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_FILTER_PARTIAL_CHARACTERISTICS_REVISION_1},
	};

	if (has_letter(self->filter, "handlers", all, 's'))
		handlers.SendNetBufferListsHandler = test_send;
	if (has_letter(self->filter, "handlers", all, 'c'))
		handlers.SendNetBufferListsCompleteHandler = test_complete;
	if (has_letter(self->filter, "handlers", all, 'r'))
		handlers.ReceiveNetBufferListsHandler = test_receive;
	if (has_letter(self->filter, "handlers", all, 't'))
		handlers.ReturnNetBufferListsHandler = test_return;
	if (has_letter(self->filter, "handlers", all, 'x'))
		handlers.CancelSendNetBufferListsHandler = test_cancel;
	return NdisSetOptionalHandlers(self->filter, (NDIS_DRIVER_OPTIONAL_HANDLERS *)&handlers);
}

static NDIS_STATUS test_options(NDIS_HANDLE context)
{
	NDIS_STATUS status = partial_set(context);

	return status != NDIS_STATUS_SUCCESS ? status : test_module_options(context);
}

static VOID test_unload(DRIVER_OBJECT *driver)
{
	NdisFDeregisterFilterDriver(test_filter_driver);
}

static NDIS_FILTER_DRIVER_CHARACTERISTICS bare(void)
{
	return (NDIS_FILTER_DRIVER_CHARACTERISTICS){
		.Header = {NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS,
			NDIS_FILTER_CHARACTERISTICS_REVISION_3,
			NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_3},
		.MajorNdisVersion = 6,
		.MinorNdisVersion = 85,
		.SetFilterModuleOptionsHandler = test_options,
		.AttachHandler = test_attach,
		.DetachHandler = test_detach,
		.RestartHandler = test_restart,
		.PauseHandler = test_pause,
		.SendNetBufferListsHandler = test_send,
		.SendNetBufferListsCompleteHandler = test_complete,
		.CancelSendNetBufferListsHandler = test_cancel,
		.ReceiveNetBufferListsHandler = test_receive,
		.ReturnNetBufferListsHandler = test_return,
	};
}

NDIS_STATUS test_filter_register(void)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS characteristics = bare();

	characteristics.OidRequestHandler = test_oid;
	characteristics.OidRequestCompleteHandler = test_oid_complete;
	characteristics.CancelOidRequestHandler = test_cancel_oid;
	characteristics.NetPnPEventHandler = test_net_event;
	characteristics.DevicePnPEventNotifyHandler = test_device_event;
	characteristics.StatusHandler = test_status;
	characteristics.SynchronousOidRequestHandler = test_sync_oid;
	characteristics.SynchronousOidRequestCompleteHandler = test_sync_complete;
	return NdisFRegisterFilterDriver(
		driver_object, NULL, &characteristics, &test_filter_driver);
}

static NTSTATUS test_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	driver->DriverUnload = test_unload;
	driver_object = driver;
	return test_filter_register();
}

static NDIS_HANDLE bare_driver;

static VOID bare_unload(DRIVER_OBJECT *driver)
{
	NdisFDeregisterFilterDriver(bare_driver);
}

static NTSTATUS bare_entry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
	NDIS_FILTER_DRIVER_CHARACTERISTICS characteristics = bare();

	driver->DriverUnload = bare_unload;
	return NdisFRegisterFilterDriver(driver, NULL, &characteristics, &bare_driver);
}

uint32_t test_filters_count(void)
{
	uint32_t count = 0;

	for (const struct test_filter *f = modules; f != NULL; f = f->next)
		count++;
	return count;
}

struct test_filter *test_filter_of(NDIS_HANDLE filter)
{
	struct test_filter *self = modules;

	while (self != NULL && self->filter != filter)
		self = self->next;
	return self;
}

void test_filter_release_sends(struct test_filter *self)
{
	uint32_t count;
	NET_BUFFER_LIST *chain = release(&self->held_sends, &count);

	if (chain != NULL)
		NdisFSendNetBufferLists(self->filter, chain, NDIS_DEFAULT_PORT_NUMBER, 0);
}

void test_filter_release_receives(struct test_filter *self)
{
	uint32_t count;
	NET_BUFFER_LIST *chain = release(&self->held_receives, &count);

	if (chain != NULL)
		NdisFIndicateReceiveNetBufferLists(
			self->filter, chain, NDIS_DEFAULT_PORT_NUMBER, count, 0);
}

static NET_BUFFER_LIST *own_chain(struct test_filter *self, uint32_t count)
{
	NET_BUFFER_LIST *got[TEST_FILTER_LISTS];

	if (nimbl_nbl_get(self->pool, got, (uint16_t)count) != count)
		abort();
	for (uint32_t i = 0; i < count; i++) {
		NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(got[i]);

		nb->DataOffset = nb->CurrentMdlOffset = 128;
		nb->DataLength = 60;
		got[i]->SourceHandle = self->filter;
		NET_BUFFER_LIST_NEXT_NBL(got[i]) = i + 1 < count ? got[i + 1] : NULL;
	}
	self->own_out += count;
	return got[0];
}

void test_filter_originate_send(struct test_filter *self, uint32_t count)
{
	NdisFSendNetBufferLists(self->filter, own_chain(self, count), NDIS_DEFAULT_PORT_NUMBER, 0);
}

void test_filter_originate_receive(struct test_filter *self, uint32_t count)
{
	NdisFIndicateReceiveNetBufferLists(
		self->filter, own_chain(self, count), NDIS_DEFAULT_PORT_NUMBER, count, 0);
}

NIMBL_DRIVER(test_filter, test_entry)
NIMBL_DRIVER(test_filter_bare, bare_entry)
