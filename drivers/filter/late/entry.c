// SPDX-License-Identifier: BSD-3-Clause
// The late filter: its settings, and the life of a module. Control thread.
#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "late_priv.h"
#include "nimbl_lcore.h"
#include "nimbl_setting.h"

static const char *const ways[] = {"rx", "tx", "both", NULL};

static const struct nimbl_setting settings[] = {
	{.name = "direction",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(late, way),
		.words = ways,
		.preset = "both",
		.help = "What is held: returns of received lists, completions of sends, or both."},
	{.name = "seed",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(late, seed),
		.max = UINT64_MAX,
		.preset = "1",
		.help = "With the same seed the same lists of each lcore are held."},
	{.name = "share",
		.type = NIMBL_SETTING_PERCENT,
		NIMBL_SETTING_AT(late, share),
		.max = 1000000,
		.preset = "100%",
		.help = "Share of lists that is held."},
	{.name = "hold",
		.type = NIMBL_SETTING_TIME,
		NIMBL_SETTING_AT(late, hold_ns),
		.max = 1000000000,
		.preset = "100us",
		.help = "How long on average: each waits from no time to twice as long."},
	{.name = "limit",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(late, limit),
		.min = 1,
		.max = 1u << 20,
		.preset = "256",
		.help = "Lists that are held at a time, per lcore and direction."},
	{.name = NULL},
};

static const char *const figures[] = {
	"rx_lists", "rx_held", "rx_full", "tx_lists", "tx_held", "tx_full", NULL};

_Static_assert(sizeof(figures) / sizeof(figures[0]) == LATE_WAYS * LATE_FIGURES + 1,
	"a name for each figure of each way");

static int queue_open(struct late_queue *queue, uint32_t lcore)
{
	static const NDIS_POLL_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NDIS_POLL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1},
		.PollHandler = late_poll,
	};
	PROCESSOR_NUMBER processor = {.Group = (USHORT)(lcore / 64), .Number = (UCHAR)(lcore % 64)};

	for (unsigned int i = 0; i < LATE_WAYS; i++) {
		queue->lanes[i].entries =
			calloc(queue->self->limit, sizeof(queue->lanes[i].entries[0]));
		if (queue->lanes[i].entries == NULL)
			return nimbl_fail(
				ENOMEM, "no memory for %u lists that wait", queue->self->limit);
	}
	if (NdisRegisterPoll(queue->self->base.filter, queue, &characteristics, &queue->poll) !=
		NDIS_STATUS_SUCCESS)
		return nimbl_fail(ENOMEM, "no memory for a poll object");
	NdisSetPollAffinity(queue->poll, &processor);
	queue->self->queue_of[lcore] = queue;
	return 0;
}

static int late_open(void *context)
{
	struct late *self = context;
	uint32_t lcores[RTE_MAX_LCORE];
	unsigned int count = nimbl_lcores_polling(lcores, RTE_MAX_LCORE);
	int ret = 0;

	self->state = LATE_PAUSED;
	self->hold =
		(uint64_t)((unsigned __int128)self->hold_ns * rte_get_timer_hz() / 1000000000u);
	if (posix_memalign((void **)&self->queues, RTE_CACHE_LINE_SIZE,
		    count * sizeof(self->queues[0])) != 0)
		return nimbl_fail(ENOMEM, "no memory for the queues");
	memset(self->queues, 0, count * sizeof(self->queues[0]));
	for (; ret == 0 && self->queue_count < count; self->queue_count++) {
		self->queues[self->queue_count].self = self;
		ret = queue_open(&self->queues[self->queue_count], lcores[self->queue_count]);
	}
	return ret;
}

static void late_close(void *context)
{
	struct late *self = context;

	while (self->queue_count > 0) {
		struct late_queue *queue = &self->queues[--self->queue_count];

		if (queue->poll != NULL)
			NdisDeregisterPoll(queue->poll);
		for (unsigned int i = 0; i < LATE_WAYS; i++)
			free(queue->lanes[i].entries);
	}
	free(self->queues);
}

static NDIS_STATUS late_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	struct late *self = context;

	__atomic_store_n(&self->state, LATE_RUNNING, __ATOMIC_RELEASE);
	return NDIS_STATUS_SUCCESS;
}

// The lcores give back what they hold; the last of them ends the pause.
static NDIS_STATUS late_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	struct late *self = context;

	for (unsigned int i = 0; i < self->queue_count; i++)
		self->queues[i].drained = false;
	__atomic_store_n(&self->state, LATE_PAUSING, __ATOMIC_RELEASE);
	return NDIS_STATUS_PENDING;
}

// Lists that are given away for good do not come back: this filter does not allow it.
static const struct nimbl_filter_kind kind = {
	.help = "Holds completions and returns on purpose: they come later, and in another order.",
	.size = sizeof(struct late),
	.settings = settings,
	.figures = figures,
	.open = late_open,
	.close = late_close,
};

NIMBL_FILTER(late, kind, .RestartHandler = late_restart, .PauseHandler = late_pause,
	.SendNetBufferListsCompleteHandler = late_complete,
	.ReturnNetBufferListsHandler = late_return)
