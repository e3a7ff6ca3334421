// SPDX-License-Identifier: BSD-3-Clause
// Handlers of filter drivers that leave them to nimbl, and how these register.
#include "nimbl_filter.h"

#include <rte_common.h>
#include <stdlib.h>
#include <string.h>

static unsigned int figures_of(NDIS_HANDLE context, struct nimbl_figure *list, unsigned int room)
{
	const struct nimbl_filter_base *base = context;

	return nimbl_tally_read(&base->tally, list, room);
}

int nimbl_filter_count(struct nimbl_filter_base *base, const char *const *names, unsigned int count)
{
	int ret = nimbl_tally_open(&base->tally, names, count);

	if (ret == 0)
		nimbl_publish_figures(base->filter, figures_of);
	return ret;
}

static int figures_open(struct nimbl_filter_base *base)
{
	unsigned int count = 0;

	while (base->kind->figures != NULL && base->kind->figures[count] != NULL)
		count++;
	return count > 0 ? nimbl_filter_count(base, base->kind->figures, count) : 0;
}

static void module_free(struct nimbl_filter_base *base)
{
	if (base->kind->close != NULL)
		base->kind->close(base);
	nimbl_tally_close(&base->tally);
	free(base);
}

static NDIS_STATUS module_open(struct nimbl_filter_base *base)
{
	const struct nimbl_filter_kind *kind = base->kind;
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES,
				.Revision = NDIS_FILTER_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1,
			},
		.Flags = kind->allows | NIMBL_FILTER_ATTRIBUTES_BOOKS,
	};

	if (nimbl_settings_read(base->filter, kind->settings, base) < 0)
		return NDIS_STATUS_INVALID_PARAMETER;
	if (figures_open(base) < 0)
		return NDIS_STATUS_RESOURCES;
	if (kind->open != NULL && kind->open(base) < 0)
		return NDIS_STATUS_FAILURE;
	return NdisFSetAttributes(base->filter, base, &attributes);
}

NDIS_STATUS nimbl_filter_attach(
	NDIS_HANDLE filter, NDIS_HANDLE driver_context, NDIS_FILTER_ATTACH_PARAMETERS *parameters)
{
	const struct nimbl_filter_kind *kind = driver_context;
	struct nimbl_filter_base *base = NULL;
	NDIS_STATUS status;

	if (posix_memalign((void **)&base, RTE_CACHE_LINE_SIZE, kind->size) != 0)
		return NDIS_STATUS_RESOURCES;
	memset(base, 0, kind->size);
	base->filter = filter;
	base->kind = kind;
	status = module_open(base);
	if (status != NDIS_STATUS_SUCCESS)
		module_free(base);
	return status;
}

VOID nimbl_filter_detach(NDIS_HANDLE context)
{
	module_free(context);
}

NDIS_STATUS nimbl_filter_restarts(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	nimbl_parts_restart(&((struct nimbl_filter_base *)context)->parts);
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS nimbl_filter_pauses(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	return nimbl_parts_pause(&((struct nimbl_filter_base *)context)->parts);
}

VOID nimbl_filter_completes(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct nimbl_filter_base *base = context;

	nimbl_parts_complete(base->filter, &base->parts, chain, flags);
}

VOID nimbl_filter_returns(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
	struct nimbl_filter_base *base = context;

	nimbl_parts_return(base->filter, &base->parts, chain, flags);
}

VOID nimbl_filter_status(NDIS_HANDLE context, NDIS_STATUS_INDICATION *indication)
{
	const struct nimbl_filter_base *base = context;

	NdisFIndicateStatus(base->filter, indication);
}

NDIS_STATUS nimbl_filter_register(DRIVER_OBJECT *driver, const struct nimbl_filter_kind *kind,
	NDIS_FILTER_DRIVER_CHARACTERISTICS *handlers, NDIS_HANDLE *handle)
{
	handlers->Header = (NDIS_OBJECT_HEADER){
		.Type = NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS,
		.Revision = NDIS_FILTER_CHARACTERISTICS_REVISION_3,
		.Size = NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_3,
	};
	handlers->MajorNdisVersion = 6;
	handlers->MinorNdisVersion = 85;
	if (handlers->AttachHandler == NULL)
		handlers->AttachHandler = nimbl_filter_attach;
	if (handlers->DetachHandler == NULL)
		handlers->DetachHandler = nimbl_filter_detach;
	if (handlers->RestartHandler == NULL)
		handlers->RestartHandler = nimbl_filter_restarts;
	if (handlers->PauseHandler == NULL)
		handlers->PauseHandler = nimbl_filter_pauses;
	if (handlers->StatusHandler == NULL)
		handlers->StatusHandler = nimbl_filter_status;
	return NdisFRegisterFilterDriver(driver, (NDIS_HANDLE)(uintptr_t)kind, handlers, handle);
}

void nimbl_filter_ask_room(
	const NDIS_FILTER_RESTART_PARAMETERS *parameters, ULONG data_bytes, ULONG context_bytes)
{
	NDIS_RESTART_ATTRIBUTES *at = parameters->RestartAttributes;
	NDIS_RESTART_GENERAL_ATTRIBUTES *general;

	while (at != NULL && at->Oid != OID_GEN_MINIPORT_RESTART_ATTRIBUTES)
		at = at->Next;
	if (at == NULL)
		return;
	general = (NDIS_RESTART_GENERAL_ATTRIBUTES *)at->Data;
	general->DataBackFillSize += data_bytes;
	general->ContextBackFillSize += context_bytes;
}
