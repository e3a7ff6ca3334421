// SPDX-License-Identifier: BSD-3-Clause
// Binding to a port. Control thread.
#include <stdlib.h>

#include "echo_priv.h"
#include "nimbl_protocol.h"

static const char *const figures[] = {"sent", "completed"};

// What the settings say, and what is counted. The binding is open.
static int prepare(struct echo *self)
{
	int ret = nimbl_settings_read(self->binding, echo_settings, self);

	if (ret < 0)
		return ret;
	// Addresses lie in the data: mbufs that the PMD received are right, swapped or not.
	self->send_flags = NDIS_SEND_FLAGS_DISPATCH_LEVEL | NIMBL_SEND_FLAGS_UNTOUCHED;
	if (self->completion == 0)
		self->send_flags |= NIMBL_SEND_FLAGS_HANDOVER;
	self->counters = ((struct nimbl_module *)self->binding)->counters;
	return nimbl_tally_open(&self->tally, figures, ECHO_FIGURES);
}

NDIS_STATUS echo_bind(
	NDIS_HANDLE driver_context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	struct echo *self = calloc(1, sizeof(*self));
	NDIS_STATUS status;

	if (self == NULL)
		return NDIS_STATUS_RESOURCES;
	status = nimbl_protocol_open(echo_protocol, self, bind_context, parameters, &self->binding);
	if (status == NDIS_STATUS_SUCCESS && prepare(self) < 0) {
		NdisCloseAdapterEx(self->binding);
		status = NDIS_STATUS_FAILURE;
	}
	if (status != NDIS_STATUS_SUCCESS)
		free(self);
	return status;
}

NDIS_STATUS echo_unbind(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	struct echo *self = context;

	NdisCloseAdapterEx(self->binding);
	nimbl_tally_close(&self->tally);
	free(self);
	return NDIS_STATUS_SUCCESS;
}
