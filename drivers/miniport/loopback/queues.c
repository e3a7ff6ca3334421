// SPDX-License-Identifier: BSD-3-Clause
// The queues: rings that any thread fills and one lcore empties. Control thread.
#include <errno.h>
#include <rte_errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "loopback_priv.h"

static int queue_open(struct loopback *self, uint32_t lcore)
{
	static uint32_t serial;
	struct loopback_queue *queue = &self->queues[self->queue_count++];
	NDIS_POLL_CHARACTERISTICS characteristics = {
		.Header =
			{
				.Type = NDIS_OBJECT_TYPE_DEFAULT,
				.Revision = NDIS_POLL_CHARACTERISTICS_REVISION_1,
				.Size = NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1,
			},
		.PollHandler = loopback_poll,
	};
	const PROCESSOR_NUMBER processor = {
		.Group = (USHORT)(lcore / 64), .Number = (UCHAR)(lcore % 64)};
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "lo%u", serial++);
	queue->self = self;
	queue->lcore = lcore;
	queue->waiting = rte_ring_create(name, LOOPBACK_SLOTS, SOCKET_ID_ANY, RING_F_SC_DEQ);
	if (queue->waiting == NULL)
		return nimbl_fail(rte_errno, "no memory for a queue of port '%s'", self->name);
	if (NdisRegisterPoll(self->adapter, queue, &characteristics, &queue->poll) !=
		NDIS_STATUS_SUCCESS)
		return nimbl_fail(ENOMEM, "no memory for a poll object of port '%s'", self->name);
	NdisSetPollAffinity(queue->poll, &processor);
	return 0;
}

// One for each lcore of "1,1,2".
int loopback_queues_open(struct loopback *self)
{
	const char *text = nimbl_option(self->adapter, "rx_lcores", "0");
	int ret = 0;

	while (ret == 0 && *text != '\0' && self->queue_count < LOOPBACK_QUEUES_MAX) {
		char *end;

		ret = queue_open(self, (uint32_t)strtoul(text, &end, 10));
		text = *end == ',' ? end + 1 : end;
	}
	return ret;
}

void loopback_queues_close(struct loopback *self)
{
	while (self->queue_count > 0) {
		struct loopback_queue *queue = &self->queues[--self->queue_count];

		if (queue->poll != NULL)
			NdisDeregisterPoll(queue->poll);
		rte_ring_free(queue->waiting);
	}
}

void loopback_queues_flush(struct loopback *self)
{
	NET_BUFFER_LIST *lists[NIMBL_BURST_MAX];
	unsigned int n;

	for (uint16_t q = 0; q < self->queue_count; q++) {
		while ((n = rte_ring_sc_dequeue_burst(self->queues[q].waiting, (void **)lists,
				NIMBL_BURST_MAX, NULL)) > 0) {
			nimbl_count_here(
				self->counters, offsetof(struct nimbl_counters, rx_frames), n);
			nimbl_count_dropped(self->adapter, NIMBL_DROP_RX_PAUSED, n);
			nimbl_nbl_put(lists, (uint16_t)n);
		}
	}
}
