// SPDX-License-Identifier: BSD-3-Clause
// Binding to ports and finding the other end. Control thread.
#include <stdlib.h>
#include <string.h>

#include "nimbl_protocol.h"
#include "xconnect_priv.h"

static struct xconnect *first;

static struct xconnect *find(const char *port)
{
	struct xconnect *x = first;

	while (x != NULL && strcmp(x->name, port) != 0)
		x = x->next;
	return x;
}

// Join two ends, in whichever order they are bound.
static void join(struct xconnect *self)
{
	struct xconnect *peer = find(self->peer_name);

	if (peer == NULL || strcmp(peer->peer_name, self->name) != 0)
		return;
	__atomic_store_n(&self->peer, peer, __ATOMIC_RELEASE);
	__atomic_store_n(&peer->peer, self, __ATOMIC_RELEASE);
}

NDIS_STATUS xconnect_bind(
	NDIS_HANDLE driver_context, NDIS_HANDLE bind_context, NDIS_BIND_PARAMETERS *parameters)
{
	struct xconnect *self = NULL;

	if (posix_memalign((void **)&self, RTE_CACHE_LINE_SIZE, sizeof(*self)) != 0)
		return NDIS_STATUS_RESOURCES;
	memset(self, 0, sizeof(*self));
	NDIS_STATUS status = nimbl_protocol_open(
		xconnect_protocol, self, bind_context, parameters, &self->binding);
	if (status != NDIS_STATUS_SUCCESS) {
		free(self);
		return status;
	}
	self->name = nimbl_option(self->binding, "port", "");
	self->peer_name = nimbl_option(self->binding, "peer", "");
	self->counters = ((struct nimbl_module *)self->binding)->counters;
	self->send_flags = NDIS_SEND_FLAGS_DISPATCH_LEVEL | NIMBL_SEND_FLAGS_UNTOUCHED;
	if (strcmp(nimbl_option(self->binding, "completion", "handover"), "handover") == 0)
		self->send_flags |= NIMBL_SEND_FLAGS_HANDOVER;
	self->next = first;
	first = self;
	join(self);
	return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS xconnect_unbind(NDIS_HANDLE unbind_context, NDIS_HANDLE context)
{
	struct xconnect *self = context;

	for (struct xconnect **link = &first; *link != NULL; link = &(*link)->next) {
		if (*link == self) {
			*link = self->next;
			break;
		}
	}
	xconnect_give_up(self);
	if (self->peer != NULL)
		__atomic_store_n(&self->peer->peer, NULL, __ATOMIC_RELEASE);
	NdisCloseAdapterEx(self->binding);
	free(self);
	return NDIS_STATUS_SUCCESS;
}
