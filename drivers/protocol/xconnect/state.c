// SPDX-License-Identifier: BSD-3-Clause
// Restart and pause. A pause is over when every list that this end received is returned and every one
// that it sent is complete: what went one way only does not count. Control thread, and EAL's alarms.
#include <rte_alarm.h>

#include "xconnect_priv.h"

#define LOOK_US 100 // between two looks whether all is home

static bool is_even(const struct xconnect *self)
{
	uint64_t sent = 0, completed = 0;

	for (size_t i = 0; i < RTE_DIM(self->tally); i++) {
		completed += __atomic_load_n(&self->tally[i].completed, __ATOMIC_RELAXED);
		sent += __atomic_load_n(&self->tally[i].sent, __ATOMIC_RELAXED);
	}
	return sent == completed;
}

// What this end received the other one has sent.
static bool is_home(const struct xconnect *self)
{
	const struct xconnect *peer = __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE);

	return is_even(self) && (peer == NULL || is_even(peer));
}

static void look(void *arg)
{
	struct xconnect *self = arg;

	if (is_home(self))
		NdisCompleteNetPnPEvent(self->binding, self->pausing, NDIS_STATUS_SUCCESS);
	else
		rte_eal_alarm_set(LOOK_US, look, self);
}

void xconnect_give_up(struct xconnect *self)
{
	if (rte_eal_alarm_cancel(look, self) > 0)
		NdisCompleteNetPnPEvent(self->binding, self->pausing, NDIS_STATUS_SUCCESS);
}

static NDIS_STATUS pause(struct xconnect *self, NET_PNP_EVENT_NOTIFICATION *event)
{
	__atomic_store_n(&self->running, false, __ATOMIC_RELEASE);
	if (is_home(self))
		return NDIS_STATUS_SUCCESS;
	self->pausing = event;
	return rte_eal_alarm_set(LOOK_US, look, self) == 0 ? NDIS_STATUS_PENDING
							   : NDIS_STATUS_RESOURCES;
}

NDIS_STATUS xconnect_net_pnp_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct xconnect *self = context;

	switch (event->NetPnPEvent.NetEvent) {
	case NetEventRestart:
		xconnect_give_up(self);
		__atomic_store_n(&self->running, true, __ATOMIC_RELEASE);
		return NDIS_STATUS_SUCCESS;
	case NetEventPause:
		return pause(self, event);
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}
