// SPDX-License-Identifier: BSD-3-Clause
// Receive: what waits is indicated by the lcore that polls, never inside the send that brought it. So a
// protocol that sends what it receives goes round once for each poll.
#include "loopback_priv.h"

VOID loopback_poll(void *context, NDIS_POLL_DATA *data)
{
	const struct loopback_queue *queue = context;
	struct nimbl_counters *counters = nimbl_counters_here(queue->self->counters);
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];
	unsigned int most = RTE_MIN(data->Receive.MaxNblsToIndicate, (ULONG)NIMBL_BURST_MAX), left;
	uint64_t bytes = 0;

	if (most == 0)
		return;
	unsigned int n = rte_ring_sc_dequeue_burst(queue->waiting, (void **)lists, most, &left);
	nimbl_count(&counters->rx_polls, 1);
	if (n == 0) {
		nimbl_count(&counters->rx_empty_polls, 1);
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		bytes += NET_BUFFER_LIST_FIRST_NB(lists[i])->stDataLength;
		NET_BUFFER_LIST_NEXT_NBL(lists[i]) = i + 1 < n ? lists[i + 1] : NULL;
	}
	nimbl_count(&counters->rx_frames, n);
	nimbl_count(&counters->rx_bytes, bytes);
	data->Receive.IndicatedNblChain = lists[0];
	data->Receive.NumberOfIndicatedNbls = n;
	data->Receive.NumberOfRemainingNbls = left > 0 ? NDIS_ANY_NUMBER_OF_NBLS : 0;
	data->Receive.Flags = NIMBL_RECEIVE_FLAGS_HANDOVER;
}

VOID loopback_return(NDIS_HANDLE context, PNET_BUFFER_LIST chain, ULONG flags)
{
	const struct loopback *self = context;
	uint32_t count = nimbl_nbl_put_chain(chain);

	nimbl_count_here(self->counters, offsetof(struct nimbl_counters, lists_returned), count);
}
