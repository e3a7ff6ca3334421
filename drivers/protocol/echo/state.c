// SPDX-License-Identifier: BSD-3-Clause
// Restart and pause. A pause is over when all that was sent is complete, for then it is returned too.
// Control thread; a pause that pends is ended by whoever gets the last completion.
#include "echo_priv.h"

static bool is_home(const struct echo *self)
{
	struct nimbl_figure figures[ECHO_FIGURES];

	nimbl_tally_read(&self->tally, figures, ECHO_FIGURES);
	return figures[ECHO_SENT].value == figures[ECHO_COMPLETED].value;
}

void echo_look(struct echo *self)
{
	// Either this thread sees that a pause waits, or the pause sees what this thread has counted.
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (likely(__atomic_load_n(&self->pausing, __ATOMIC_RELAXED) == NULL) || !is_home(self))
		return;
	NET_PNP_EVENT_NOTIFICATION *event =
		__atomic_exchange_n(&self->pausing, NULL, __ATOMIC_ACQ_REL);
	if (event != NULL)
		NdisCompleteNetPnPEvent(self->binding, event, NDIS_STATUS_SUCCESS);
}

// Nothing is received any more, so nothing more is sent.
static NDIS_STATUS pause(struct echo *self, NET_PNP_EVENT_NOTIFICATION *event)
{
	__atomic_store_n(&self->pausing, event, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (is_home(self) && __atomic_exchange_n(&self->pausing, NULL, __ATOMIC_ACQ_REL) != NULL)
		return NDIS_STATUS_SUCCESS;
	return NDIS_STATUS_PENDING;
}

NDIS_STATUS echo_net_pnp_event(NDIS_HANDLE context, NET_PNP_EVENT_NOTIFICATION *event)
{
	struct echo *self = context;

	switch (event->NetPnPEvent.NetEvent) {
	case NetEventRestart:
		__atomic_store_n(&self->pausing, NULL, __ATOMIC_RELEASE);
		return NDIS_STATUS_SUCCESS;
	case NetEventPause:
		return pause(self, event);
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
}
