// SPDX-License-Identifier: BSD-3-Clause
// The impairing filter: its settings, and the life of a module. Control thread.
#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>

#include "impair_priv.h"
#include "nimbl_setting.h"

#define BACK_NS 10000000u // how long a frame waits to be overtaken
#define INBOX   256u      // chains of threads that have no queue

static const char *const directions[] = {"rx", "tx", "both", NULL};

static const struct nimbl_setting settings[] = {
	{.name = "direction",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(impair, direction),
		.words = directions,
		.preset = "both",
		.help = "Which frames: received, sent, or both."},
	{.name = "seed",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, plan.seed),
		.preset = "1",
		.help = "With the same seed the same frames meet the same fate."},
	{.name = "loss",
		.type = NIMBL_SETTING_PERCENT,
		NIMBL_SETTING_AT(impair, plan.loss),
		.preset = "0%",
		.help = "Share of frames that is lost."},
	{.name = "loss_burst",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, plan.loss_burst),
		.min = 1,
		.max = 1000000,
		.preset = "1",
		.help = "Frames that are lost together."},
	{.name = "loss_every",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, plan.loss_every),
		.preset = "0",
		.help = "One of so many frames is lost; 0: none."},
	{.name = "duplicate",
		.type = NIMBL_SETTING_PERCENT,
		NIMBL_SETTING_AT(impair, plan.duplicate),
		.preset = "0%",
		.help = "Share of frames that comes twice."},
	{.name = "reorder",
		.type = NIMBL_SETTING_PERCENT,
		NIMBL_SETTING_AT(impair, plan.reorder),
		.preset = "0%",
		.help = "Share of frames that is overtaken by others."},
	{.name = "reorder_by",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, reorder_by),
		.min = 1,
		.max = IMPAIR_BACK_MAX,
		.preset = "1",
		.help = "How many overtake it."},
	{.name = "corrupt",
		.type = NIMBL_SETTING_PERCENT,
		NIMBL_SETTING_AT(impair, plan.corrupt),
		.preset = "0%",
		.help = "Share of frames in which one bit is flipped."},
	{.name = "corrupt_from",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, corrupt_from),
		.max = 65535,
		.preset = "14",
		.help = "Bytes at the front that stay as they are."},
	{.name = "delay",
		.type = NIMBL_SETTING_TIME,
		NIMBL_SETTING_AT(impair, delay_ns),
		.max = 60000000000u,
		.preset = "0s",
		.help = "How long each frame waits."},
	{.name = "jitter",
		.type = NIMBL_SETTING_TIME,
		NIMBL_SETTING_AT(impair, jitter_ns),
		.max = 60000000000u,
		.preset = "0s",
		.help = "How much longer or shorter at most, at random."},
	{.name = "rate",
		.type = NIMBL_SETTING_RATE,
		NIMBL_SETTING_AT(impair, rate),
		.min = 1000,
		.absent = "no limit",
		.help = "L2 bits per second and direction; more than that waits."},
	{.name = "limit",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, limit),
		.min = 1,
		.max = 1u << 20,
		.preset = "1000",
		.help = "Frames that wait, per lcore and direction; what comes then is dropped."},
	{.name = "copies",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, copies),
		.min = 1,
		.max = 1u << 20,
		.preset = "512",
		.help = "Duplicated and corrupted frames on their way at a time."},
	{.name = "room",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(impair, room),
		.min = 64,
		.max = 65000,
		.preset = "2048",
		.help = "Bytes of the longest frame that can be copied."},
	{.name = NULL},
};

static const char *const figures[] = {"rx_frames", "rx_lost", "rx_duplicated", "rx_reordered",
	"rx_corrupted", "rx_delayed", "rx_limited", "rx_overflowed", "rx_unfit", "tx_frames",
	"tx_lost", "tx_duplicated", "tx_reordered", "tx_corrupted", "tx_delayed", "tx_limited",
	"tx_overflowed", "tx_unfit", NULL};

_Static_assert(sizeof(figures) / sizeof(figures[0]) == IMPAIR_DIRECTIONS * IMPAIR_FIGURES + 1,
	"a name for each figure of each direction");

static uint64_t cycles_of(uint64_t ns)
{
	return (uint64_t)((unsigned __int128)ns * rte_get_timer_hz() / 1000000000u);
}

static int settings_weigh(struct impair *self)
{
	if (self->jitter_ns > self->delay_ns) {
		nimbl_fail(EINVAL, "the jitter is larger than the delay");
		nimbl_mend("'delay' is the mean: make it at least as large as 'jitter'");
		return -EINVAL;
	}
	self->delay = cycles_of(self->delay_ns);
	self->jitter = cycles_of(self->jitter_ns);
	self->patience = cycles_of(BACK_NS);
	if (self->rate != 0)
		self->byte_cost =
			(uint64_t)((unsigned __int128)rte_get_timer_hz() * 8 * 65536 / self->rate);
	return 0;
}

static int pool_open(struct impair *self)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = RTE_PKTMBUF_HEADROOM + self->room,
	};
	struct nimbl_pool_options options = {
		.name = "impair", .capacity = self->copies, .node = NIMBL_NODE_ANY};

	self->pool = nimbl_nbl_pool_open(self->base.filter, &parameters, &options);
	return self->pool != NULL ? 0 : -nimbl_last_error()->code;
}

static int lane_open(struct impair_queue *queue, enum impair_direction direction)
{
	struct impair_lane *lane = &queue->lanes[direction];

	lane->self = queue->self;
	lane->direction = direction;
	if (!impair_acts_on(queue->self, direction))
		return 0;
	lane->heap.room = queue->self->limit;
	lane->heap.entries = calloc(lane->heap.room, sizeof(lane->heap.entries[0]));
	if (lane->heap.entries == NULL)
		return nimbl_fail(ENOMEM, "no memory for %u waiting frames", lane->heap.room);
	if (queue != queue->self->queues)
		return 0;
	lane->inbox = nimbl_handoff_open("impair", INBOX, NIMBL_NODE_ANY);
	return lane->inbox != NULL ? 0 : -nimbl_last_error()->code;
}

static int queue_open(struct impair_queue *queue, uint32_t lcore)
{
	static const NDIS_POLL_CHARACTERISTICS characteristics = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NDIS_POLL_CHARACTERISTICS_REVISION_1,
			NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1},
		.PollHandler = impair_poll,
	};
	PROCESSOR_NUMBER processor = {.Group = (USHORT)(lcore / 64), .Number = (UCHAR)(lcore % 64)};
	int ret = lane_open(queue, IMPAIR_RX);

	if (ret == 0)
		ret = lane_open(queue, IMPAIR_TX);
	if (ret < 0)
		return ret;
	if (NdisRegisterPoll(queue->self->base.filter, queue, &characteristics, &queue->poll) !=
		NDIS_STATUS_SUCCESS)
		return nimbl_fail(ENOMEM, "no memory for a poll object");
	NdisSetPollAffinity(queue->poll, &processor);
	queue->self->queue_of[lcore] = queue;
	return 0;
}

static int queues_open(struct impair *self)
{
	uint32_t lcores[RTE_MAX_LCORE];
	unsigned int count = nimbl_lcores_polling(lcores, RTE_MAX_LCORE);
	int ret = 0;

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

static void impair_close(void *context)
{
	struct impair *self = context;

	while (self->queue_count > 0) {
		struct impair_queue *queue = &self->queues[--self->queue_count];

		if (queue->poll != NULL)
			NdisDeregisterPoll(queue->poll);
		for (unsigned int i = 0; i < IMPAIR_DIRECTIONS; i++) {
			free(queue->lanes[i].heap.entries);
			nimbl_handoff_close(queue->lanes[i].inbox);
		}
	}
	free(self->queues);
	nimbl_pool_release(self->pool);
}

static int impair_open(void *context)
{
	struct impair *self = context;
	int ret = settings_weigh(self);

	if (ret == 0)
		ret = pool_open(self);
	if (ret == 0)
		ret = queues_open(self);
	return ret;
}

static NDIS_STATUS impair_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	struct impair *self = context;

	__atomic_store_n(&self->pausing, 0, __ATOMIC_RELEASE);
	return NDIS_STATUS_SUCCESS;
}

// Nothing comes any more. What waits is given back by the lcores that have it, and the last of them
// ends the pause once all copies are home.
static NDIS_STATUS impair_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	struct impair *self = context;

	for (unsigned int i = 0; i < self->queue_count; i++)
		self->queues[i].drained = false;
	__atomic_store_n(&self->pausing, 1, __ATOMIC_RELEASE);
	return NDIS_STATUS_PENDING;
}

static const struct nimbl_filter_kind kind = {
	.help = "Loses, delays, duplicates, reorders and corrupts frames on purpose.",
	.size = sizeof(struct impair),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER,
	.settings = settings,
	.figures = figures,
	.open = impair_open,
	.close = impair_close,
};

NIMBL_FILTER(impair, kind, .RestartHandler = impair_restart, .PauseHandler = impair_pause,
	.SendNetBufferListsHandler = impair_send,
	.SendNetBufferListsCompleteHandler = impair_complete,
	.CancelSendNetBufferListsHandler = impair_cancel,
	.ReceiveNetBufferListsHandler = impair_receive,
	.ReturnNetBufferListsHandler = impair_return)
