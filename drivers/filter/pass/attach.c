// SPDX-License-Identifier: BSD-3-Clause
// Life of a module: it holds nothing and has no lists of its own, so there is nothing to wait for.
// Control thread.
#include <stdlib.h>

#include "pass_priv.h"

NDIS_STATUS pass_attach(
	NDIS_HANDLE filter, NDIS_HANDLE driver_context, NDIS_FILTER_ATTACH_PARAMETERS *parameters)
{
	struct pass *self = calloc(1, sizeof(*self));
	NDIS_FILTER_ATTRIBUTES attributes = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_FILTER_ATTRIBUTES,
				.Revision = NDIS_FILTER_ATTRIBUTES_REVISION_1,
				.Size = NDIS_SIZEOF_FILTER_ATTRIBUTES_REVISION_1,
			},
		.Flags = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	};

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	self->filter = filter;
	NDIS_STATUS status = NdisFSetAttributes(filter, self, &attributes);
	if (status != NDIS_STATUS_SUCCESS)
		free(self);
	return status;
}

VOID pass_detach(NDIS_HANDLE context)
{
	free(context);
}

NDIS_STATUS pass_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS pass_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	return NDIS_STATUS_SUCCESS;
}

VOID pass_status(NDIS_HANDLE context, NDIS_STATUS_INDICATION *indication)
{
	const struct pass *self = context;

	NdisFIndicateStatus(self->filter, indication);
}
