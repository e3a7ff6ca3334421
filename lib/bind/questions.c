// SPDX-License-Identifier: BSD-3-Clause
// Small questions that drivers ask about adapters.
#include <string.h>

#include "bind_priv.h"
#include "unicode.h"

static void set_null(void *place)
{
	if (place != NULL)
		*(void **)place = NULL;
}

VOID NdisMGetDeviceProperty(NDIS_HANDLE adapter, DEVICE_OBJECT **physical,
	DEVICE_OBJECT **functional, DEVICE_OBJECT **next, CM_RESOURCE_LIST **resources,
	CM_RESOURCE_LIST **translated)
{
	set_null(physical);
	set_null(functional);
	set_null(next);
	set_null(resources);
	set_null(translated);
}

NDIS_STATUS NdisQueryAdapterInstanceName(NDIS_STRING *name, NDIS_HANDLE binding)
{
	struct unicode text;

	unicode_of(&text, ((const struct binding *)binding)->adapter->name);
	*name = text.string;
	if (NdisAllocateMemoryWithTag((PVOID *)&name->Buffer, name->MaximumLength, 1) !=
		NDIS_STATUS_SUCCESS)
		return NDIS_STATUS_RESOURCES;
	memcpy(name->Buffer, text.text, name->MaximumLength);
	return NDIS_STATUS_SUCCESS;
}
