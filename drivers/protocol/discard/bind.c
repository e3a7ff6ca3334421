// SPDX-License-Identifier: BSD-3-Clause
// Binding to a port, and the figures for whoever asks. Control thread.
#include <stdlib.h>

#include "discard_priv.h"
#include "nimbl_protocol.h"

static const char *const names[] = {"frames", "bytes"};

static unsigned int figures(NDIS_HANDLE context, struct nimbl_figure *list, unsigned int room)
{
	return nimbl_tally_read(&((const struct discard *)context)->tally, list, room);
}

NDIS_STATUS discard_bind(
	NDIS_HANDLE driver_context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	struct discard *self = calloc(1, sizeof(*self));
	NDIS_STATUS status = NDIS_STATUS_RESOURCES;

	if (self == NULL)
		return status;
	if (nimbl_tally_open(&self->tally, names, DISCARD_FIGURES) == 0)
		status = nimbl_protocol_open(
			discard_protocol, self, bind_context, parameters, &self->binding);
	if (status != NDIS_STATUS_SUCCESS) {
		nimbl_tally_close(&self->tally);
		free(self);
		return status;
	}
	self->counters = ((struct nimbl_module *)self->binding)->counters;
	nimbl_publish_figures(self->binding, figures);
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS discard_unbind(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	struct discard *self = context;

	NdisCloseAdapterEx(self->binding);
	nimbl_tally_close(&self->tally);
	free(self);
	return NDIS_STATUS_SUCCESS;
}

// It keeps nothing, so it has nothing to wait for.
NDIS_STATUS discard_net_pnp_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	NET_PNP_EVENT_CODE code = event->NetPnPEvent.NetEvent;

	return code == NetEventRestart || code == NetEventPause ? NDIS_STATUS_SUCCESS
								: NDIS_STATUS_NOT_SUPPORTED;
}

// It sends nothing.
VOID discard_send_complete(NDIS_HANDLE context, NET_BUFFER_LIST *chain, ULONG flags)
{
}
