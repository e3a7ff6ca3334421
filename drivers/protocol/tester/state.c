// SPDX-License-Identifier: BSD-3-Clause
// Restart and pause. A pause is over when every lane has all its lists; the last one ends it. Control thread,
// and the lcores of the lanes.
#include "tester_priv.h"

void tester_drained(struct tester_lane *lane)
{
	struct tester *self = lane->self;
	NET_PNP_EVENT_NOTIFICATION *event;

	if (lane->ready < lane->size)
		return;
	__atomic_store_n(&lane->is_drained, true, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < self->lane_count; i++) {
		if (!__atomic_load_n(&self->lanes[i].is_drained, __ATOMIC_SEQ_CST))
			return;
	}
	event = __atomic_exchange_n(&self->pausing, NULL, __ATOMIC_ACQ_REL);
	if (event != NULL)
		NdisCompleteNetPnPEvent(self->binding, event, NDIS_STATUS_SUCCESS);
}

// Nothing is sent any more by a lane that has seen it; each of them looks in its next round.
static NDIS_STATUS pause(struct tester *self, NET_PNP_EVENT_NOTIFICATION *event)
{
	for (unsigned int i = 0; i < self->lane_count; i++)
		self->lanes[i].is_drained = false;
	__atomic_store_n(&self->pausing, event, __ATOMIC_RELEASE);
	__atomic_store_n(&self->is_running, false, __ATOMIC_RELEASE);
	nimbl_tester_set_running(self->port, false);
	return NDIS_STATUS_PENDING;
}

NDIS_STATUS tester_net_pnp_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct tester *self = context;

	switch (event->NetPnPEvent.NetEvent) {
	case NetEventRestart:
		__atomic_store_n(&self->pausing, NULL, __ATOMIC_RELEASE);
		__atomic_store_n(&self->is_running, true, __ATOMIC_RELEASE);
		nimbl_tester_set_running(self->port, true);
		if (self->streams != NULL)
			nimbl_tester_go(self->streams);
		return NDIS_STATUS_SUCCESS;
	case NetEventPause:
		return pause(self, event);
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}
