// SPDX-License-Identifier: BSD-3-Clause
// What drivers register, and finding it by name.
#include <errno.h>
#include <rte_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "nimbl_log.h"

static TAILQ_HEAD(, miniport_driver) miniports = TAILQ_HEAD_INITIALIZER(miniports);
static TAILQ_HEAD(, protocol_driver) protocols = TAILQ_HEAD_INITIALIZER(protocols);
static TAILQ_HEAD(, filter_driver) filters = TAILQ_HEAD_INITIALIZER(filters);

#define NAMES_MAX 64

// Text of a driver in ours; what does not fit or is not ASCII gives no name.
static void alias_set(char *alias, const NDIS_STRING *name)
{
	ANSI_STRING narrow = {.MaximumLength = NIMBL_DRIVER_NAME_SIZE, .Buffer = alias};

	if (name->Buffer == NULL ||
		RtlUnicodeStringToAnsiString(&narrow, name, FALSE) != STATUS_SUCCESS)
		alias[0] = '\0';
}

// Whether a structure is as long as its revision says; `sizes` from the first on, ends with 0.
static bool header_is_valid(const NDIS_OBJECT_HEADER *header, UCHAR type, const size_t *sizes)
{
	unsigned int last = 0;

	while (sizes[last + 1] != 0 && last + 1u < header->Revision)
		last++;
	return header->Type == type && header->Revision >= 1 && header->Size >= sizes[last];
}

static bool miniport_is_valid(const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers)
{
	static const size_t sizes[] = {NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
		NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2,
		NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_3, 0};

	return header_is_valid(&handlers->Header, NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
		       sizes) &&
	       handlers->InitializeHandlerEx != NULL && handlers->HaltHandlerEx != NULL &&
	       handlers->PauseHandler != NULL && handlers->RestartHandler != NULL &&
	       handlers->SendNetBufferListsHandler != NULL &&
	       handlers->ReturnNetBufferListsHandler != NULL;
}

NDIS_STATUS NdisMRegisterMiniportDriver(DRIVER_OBJECT *object, UNICODE_STRING *path,
	NDIS_HANDLE context, NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers, NDIS_HANDLE *handle)
{
	struct miniport_driver *driver;

	if (handlers->MajorNdisVersion != 6)
		return NDIS_STATUS_BAD_VERSION;
	if (!miniport_is_valid(handlers))
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	driver = calloc(1, sizeof(*driver));
	if (driver == NULL)
		return NDIS_STATUS_RESOURCES;
	driver->object.kind = NIMBL_OBJECT_MINIPORT_DRIVER;
	snprintf(
		driver->object.name, sizeof(driver->object.name), "%s", driver_object_name(object));
	driver->context = context;
	driver->driver_object = object;
	memcpy(&driver->handlers, handlers,
		RTE_MIN(sizeof(*handlers), (size_t)handlers->Header.Size));
	object->DriverUnload = driver->handlers.UnloadHandler;
	TAILQ_INSERT_TAIL(&miniports, driver, link);
	*handle = driver;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisMDeregisterMiniportDriver(NDIS_HANDLE handle)
{
	struct miniport_driver *driver = handle;

	TAILQ_REMOVE(&miniports, driver, link);
	driver->is_gone = true;
	if (driver->adapters > 0)
		nimbl_log(NIMBL_LOG_ERROR, "driver '%s' deregisters before its %u ports are halted",
			driver->object.name, driver->adapters);
	else
		free(driver);
}

void miniport_driver_leave(struct miniport_driver *driver)
{
	if (--driver->adapters == 0 && driver->is_gone)
		free(driver);
}

static bool protocol_is_valid(const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *handlers)
{
	static const size_t sizes[] = {NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_2, 0};

	return header_is_valid(&handlers->Header, NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		       sizes) &&
	       handlers->BindAdapterHandlerEx != NULL && handlers->UnbindAdapterHandlerEx != NULL &&
	       handlers->ReceiveNetBufferListsHandler != NULL &&
	       handlers->SendNetBufferListsCompleteHandler != NULL;
}

NDIS_STATUS NdisRegisterProtocolDriver(
	NDIS_HANDLE context, NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *handlers, NDIS_HANDLE *handle)
{
	struct protocol_driver *driver;
	DRIVER_OBJECT *object = driver_object_current();

	if (handlers->MajorNdisVersion != 6)
		return NDIS_STATUS_BAD_VERSION;
	if (!protocol_is_valid(handlers))
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	driver = calloc(1, sizeof(*driver));
	if (driver == NULL)
		return NDIS_STATUS_RESOURCES;
	driver->object.kind = NIMBL_OBJECT_PROTOCOL_DRIVER;
	snprintf(driver->object.name, sizeof(driver->object.name), "%s",
		object != NULL ? driver_object_name(object) : "protocol");
	driver->context = context;
	driver->driver_object = object;
	alias_set(driver->alias, &handlers->Name);
	memcpy(&driver->handlers, handlers,
		RTE_MIN(sizeof(*handlers), (size_t)handlers->Header.Size));
	TAILQ_INIT(&driver->opened);
	TAILQ_INSERT_TAIL(&protocols, driver, link);
	*handle = driver;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisDeregisterProtocolDriver(NDIS_HANDLE handle)
{
	struct protocol_driver *driver = handle;
	struct binding *binding;

	while ((binding = TAILQ_FIRST(&driver->opened)) != NULL)
		nimbl_binding_close(binding);
	TAILQ_REMOVE(&protocols, driver, link);
	driver->object.kind = NIMBL_OBJECT_DEAD;
	free(driver);
}

static bool filter_is_valid(const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers)
{
	static const size_t sizes[] = {NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1,
		NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_2,
		NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_3, 0};

	return header_is_valid(
		       &handlers->Header, NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS, sizes) &&
	       handlers->AttachHandler != NULL && handlers->DetachHandler != NULL &&
	       handlers->RestartHandler != NULL && handlers->PauseHandler != NULL;
}

static void filter_driver_free(struct filter_driver *driver)
{
	TAILQ_REMOVE(&filters, driver, link);
	driver->object.kind = NIMBL_OBJECT_DEAD;
	free(driver);
}

NDIS_STATUS NdisFRegisterFilterDriver(DRIVER_OBJECT *object, NDIS_HANDLE context,
	NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers, NDIS_HANDLE *handle)
{
	NDIS_STATUS status = NDIS_STATUS_SUCCESS;
	struct filter_driver *driver;

	if (handlers->MajorNdisVersion != 6)
		return NDIS_STATUS_BAD_VERSION;
	if (!filter_is_valid(handlers))
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	driver = calloc(1, sizeof(*driver));
	if (driver == NULL)
		return NDIS_STATUS_RESOURCES;
	driver->object.kind = NIMBL_OBJECT_FILTER_DRIVER;
	snprintf(
		driver->object.name, sizeof(driver->object.name), "%s", driver_object_name(object));
	driver->context = context;
	driver->driver_object = object;
	alias_set(driver->aliases[0], &handlers->ServiceName);
	alias_set(driver->aliases[1], &handlers->FriendlyName);
	memcpy(&driver->handlers, handlers,
		RTE_MIN(sizeof(*handlers), (size_t)handlers->Header.Size));
	TAILQ_INIT(&driver->modules);
	TAILQ_INSERT_TAIL(&filters, driver, link);
	*handle = driver;
	if (handlers->SetOptionsHandler != NULL)
		status = handlers->SetOptionsHandler(driver, context);
	if (status != NDIS_STATUS_SUCCESS)
		filter_driver_free(driver);
	return status;
}

VOID NdisFDeregisterFilterDriver(NDIS_HANDLE handle)
{
	struct filter_driver *driver = handle;

	while (!TAILQ_EMPTY(&driver->modules))
		nimbl_filter_remove(TAILQ_FIRST(&driver->modules));
	filter_driver_free(driver);
}

// As the driver is loaded, or as it calls itself.
static bool filter_is_called(const struct filter_driver *driver, const char *name)
{
	return strcmp(driver->object.name, name) == 0 ||
	       strcasecmp(driver->aliases[0], name) == 0 ||
	       strcasecmp(driver->aliases[1], name) == 0;
}

struct filter_driver *filter_driver_find(const char *name)
{
	const char *names[NAMES_MAX + 1] = {NULL};
	struct filter_driver *driver;
	unsigned int count = 0;

	TAILQ_FOREACH (driver, &filters, link) {
		if (filter_is_called(driver, name))
			return driver;
		if (count < NAMES_MAX)
			names[count++] = driver->object.name;
	}
	nimbl_fail(ENOENT, "there is no filter driver '%s'", name);
	const char *meant = nimbl_did_you_mean(name, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	return NULL;
}

struct miniport_driver *miniport_driver_find(const char *name)
{
	struct miniport_driver *driver;

	TAILQ_FOREACH (driver, &miniports, link) {
		if (strcmp(driver->object.name, name) == 0)
			return driver;
	}
	nimbl_fail(ENOENT, "there is no miniport driver '%s'", name);
	return NULL;
}

struct protocol_driver *protocol_driver_find(const char *name)
{
	struct protocol_driver *driver;

	TAILQ_FOREACH (driver, &protocols, link) {
		if (strcmp(driver->object.name, name) == 0 || strcasecmp(driver->alias, name) == 0)
			return driver;
	}
	nimbl_fail(ENOENT, "there is no protocol driver '%s'", name);
	return NULL;
}

static void use(struct driver_uses *uses, unsigned int count, const char *what, const char *name)
{
	if (count > 0 && uses->count == 0)
		snprintf(uses->first, sizeof(uses->first), "%s%s", what, name);
	uses->count += count;
}

struct driver_uses driver_uses_of(const DRIVER_OBJECT *object)
{
	const struct miniport_driver *miniport;
	const struct protocol_driver *protocol;
	const struct filter_driver *filter;
	const struct filter *module;
	struct driver_uses uses = {.count = 0};

	TAILQ_FOREACH (filter, &filters, link) {
		uses.filter |= filter->driver_object == object;
		TAILQ_FOREACH (module, &filter->modules, link)
			if (filter->driver_object == object)
				use(&uses, 1, "", module->module.object.name);
	}
	TAILQ_FOREACH (miniport, &miniports, link) {
		uses.miniport |= miniport->driver_object == object;
		if (miniport->driver_object == object)
			use(&uses, miniport->adapters, "ports of miniport ", miniport->object.name);
	}
	TAILQ_FOREACH (protocol, &protocols, link) {
		uses.protocol |= protocol->driver_object == object;
		if (protocol->driver_object == object)
			use(&uses, protocol->bindings, "bindings of protocol ",
				protocol->object.name);
	}
	return uses;
}
