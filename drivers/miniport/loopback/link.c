// SPDX-License-Identifier: BSD-3-Clause
// The cable: two adapters that name each other are joined, in whichever order they come. Control thread.
#include <string.h>

#include "loopback_priv.h"

static struct loopback *first;

static struct loopback *find(const struct loopback *self)
{
	struct loopback *other = first;

	if (self->peer_name == NULL)
		return (struct loopback *)(uintptr_t)self;
	while (other != NULL &&
		(strcmp(other->name, self->peer_name) != 0 || other->peer_name == NULL ||
			strcmp(other->peer_name, self->name) != 0))
		other = other->next;
	return other;
}

static void tell(struct loopback *self)
{
	NDIS_LINK_STATE state = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_LINK_STATE_REVISION_1,
				.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1,
			},
		.MediaConnectState = self->peer != NULL ? MediaConnectStateConnected
							: MediaConnectStateDisconnected,
		.MediaDuplexState = MediaDuplexStateFull,
	};
	NDIS_STATUS_INDICATION indication = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION,
				.Revision = NDIS_STATUS_INDICATION_REVISION_1,
				.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1,
			},
		.SourceHandle = self->adapter,
		.StatusCode = NDIS_STATUS_LINK_STATE,
		.StatusBuffer = &state,
		.StatusBufferSize = sizeof(state),
	};

	NdisMIndicateStatusEx(self->adapter, &indication);
}

void loopback_join(struct loopback *self)
{
	self->next = first;
	first = self;
	self->peer = find(self);
	if (self->peer == NULL || self->peer == self)
		return;
	__atomic_store_n(&self->peer->peer, self, __ATOMIC_RELEASE);
	tell(self->peer);
}

void loopback_part(struct loopback *self)
{
	struct loopback *peer = self->peer, **link = &first;

	while (*link != self)
		link = &(*link)->next;
	*link = self->next;
	if (peer == NULL || peer == self)
		return;
	__atomic_store_n(&peer->peer, NULL, __ATOMIC_RELEASE);
	nimbl_lcores_settle(); // nobody is about to put anything into our queues
	tell(peer);
}
