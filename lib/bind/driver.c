// SPDX-License-Identifier: BSD-3-Clause
// Loading drivers, and what they register.
#include <errno.h>
#include <rte_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_priv.h"
#include "nimbl_ke.h"

static TAILQ_HEAD(, miniport_driver) miniports = TAILQ_HEAD_INITIALIZER(miniports);
static TAILQ_HEAD(, protocol_driver) protocols = TAILQ_HEAD_INITIALIZER(protocols);
static TAILQ_HEAD(, filter_driver) filters = TAILQ_HEAD_INITIALIZER(filters);

#define DRIVERS_MAX 32
static DRIVER_OBJECT objects[DRIVERS_MAX];
static unsigned int object_count;

int nimbl_drivers_load(void)
{
	for (struct nimbl_driver *driver = nimbl_driver_first(); driver != NULL;
		driver = driver->next) {
		UNICODE_STRING path = {0};
		DRIVER_OBJECT *object = &objects[object_count];

		if (object_count == DRIVERS_MAX)
			return nimbl_fail(ENOSPC, "more than %d drivers", DRIVERS_MAX);
		*object = (DRIVER_OBJECT){.NimblDriver = driver};
		NTSTATUS status = driver->entry(object, &path);
		if (status != NDIS_STATUS_SUCCESS)
			return nimbl_fail(EINVAL, "driver '%s' does not load: status 0x%08x",
				driver->name, (unsigned int)status);
		object_count++;
	}
	return 0;
}

void nimbl_drivers_unload(void)
{
	while (object_count > 0) {
		DRIVER_OBJECT *object = &objects[--object_count];

		if (object->DriverUnload != NULL)
			object->DriverUnload(object);
	}
	nimbl_ke_stop();
}

static const char *name_of(const DRIVER_OBJECT *object)
{
	return ((const struct nimbl_driver *)object->NimblDriver)->name;
}

// DriverEntry is running; the protocol call does not say whose it is.
static DRIVER_OBJECT *current_object(void)
{
	return object_count < DRIVERS_MAX ? &objects[object_count] : NULL;
}

static bool header_is_valid(const NDIS_OBJECT_HEADER *header, UCHAR type, size_t size)
{
	return header->Type == type && header->Revision >= 1 && header->Size >= size;
}

NDIS_STATUS NdisMRegisterMiniportDriver(DRIVER_OBJECT *object, UNICODE_STRING *path,
	NDIS_HANDLE context, NDIS_MINIPORT_DRIVER_CHARACTERISTICS *handlers, NDIS_HANDLE *handle)
{
	struct miniport_driver *driver;

	if (handlers->MajorNdisVersion != 6)
		return NDIS_STATUS_BAD_VERSION;
	if (!header_is_valid(&handlers->Header, NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
		    NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1) ||
		handlers->InitializeHandlerEx == NULL || handlers->HaltHandlerEx == NULL ||
		handlers->PauseHandler == NULL || handlers->RestartHandler == NULL ||
		handlers->SendNetBufferListsHandler == NULL ||
		handlers->ReturnNetBufferListsHandler == NULL)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	driver = calloc(1, sizeof(*driver));
	if (driver == NULL)
		return NDIS_STATUS_RESOURCES;
	driver->object.kind = NIMBL_OBJECT_MINIPORT_DRIVER;
	snprintf(driver->object.name, sizeof(driver->object.name), "%s", name_of(object));
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
	free(driver);
}

NDIS_STATUS NdisRegisterProtocolDriver(
	NDIS_HANDLE context, NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *handlers, NDIS_HANDLE *handle)
{
	struct protocol_driver *driver;
	DRIVER_OBJECT *object = current_object();

	if (handlers->MajorNdisVersion != 6)
		return NDIS_STATUS_BAD_VERSION;
	if (!header_is_valid(&handlers->Header, NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		    NDIS_SIZEOF_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1) ||
		handlers->BindAdapterHandlerEx == NULL ||
		handlers->UnbindAdapterHandlerEx == NULL ||
		handlers->ReceiveNetBufferListsHandler == NULL ||
		handlers->SendNetBufferListsCompleteHandler == NULL)
		return NDIS_STATUS_BAD_CHARACTERISTICS;
	driver = calloc(1, sizeof(*driver));
	if (driver == NULL)
		return NDIS_STATUS_RESOURCES;
	driver->object.kind = NIMBL_OBJECT_PROTOCOL_DRIVER;
	snprintf(driver->object.name, sizeof(driver->object.name), "%s",
		object != NULL && object->NimblDriver != NULL ? name_of(object) : "protocol");
	driver->context = context;
	memcpy(&driver->handlers, handlers,
		RTE_MIN(sizeof(*handlers), (size_t)handlers->Header.Size));
	TAILQ_INSERT_TAIL(&protocols, driver, link);
	*handle = driver;
	return NDIS_STATUS_SUCCESS;
}

VOID NdisDeregisterProtocolDriver(NDIS_HANDLE handle)
{
	struct protocol_driver *driver = handle;

	TAILQ_REMOVE(&protocols, driver, link);
	free(driver);
}

static bool filter_is_valid(const NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers)
{
	return header_is_valid(&handlers->Header, NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS,
		       NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1) &&
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
	snprintf(driver->object.name, sizeof(driver->object.name), "%s", name_of(object));
	driver->context = context;
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

struct filter_driver *filter_driver_find(const char *name)
{
	const char *names[DRIVERS_MAX + 1] = {NULL};
	struct filter_driver *driver;
	unsigned int count = 0;

	TAILQ_FOREACH (driver, &filters, link) {
		if (strcmp(driver->object.name, name) == 0)
			return driver;
		if (count < DRIVERS_MAX)
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
		if (strcmp(driver->object.name, name) == 0)
			return driver;
	}
	nimbl_fail(ENOENT, "there is no protocol driver '%s'", name);
	return NULL;
}
