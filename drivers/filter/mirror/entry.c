// SPDX-License-Identifier: BSD-3-Clause
// The mirroring filter: its settings, and the lives of tap and outlet. Control thread.
#include <errno.h>
#include <rte_mbuf.h>

#include "mirror_priv.h"

static struct mirror *opening; // the tap that is about to open its outlet

static const char *const directions[] = {"rx", "tx", "both", NULL};

static const char *const figures[] = {
	"rx_mirrored", "tx_mirrored", "away", "no_copy", "refused", NULL};

#define SETTING(setting, kind) \
	.name = #setting, .type = NIMBL_SETTING_##kind, NIMBL_SETTING_AT(mirror, setting)

static const struct nimbl_setting settings[] = {
	{SETTING(to, PORT), .required = true, .help = "The port that copies leave through."},
	{SETTING(direction, CHOICE), .words = directions, .preset = "both",
		.help = "Which frames: received, sent, or both."},
	{SETTING(one_in, NUMBER), .min = 1, .preset = "1", .help = "One in so many is copied."},
	{SETTING(snap, NUMBER), .min = 60, .max = 65535, .preset = "65535",
		.help = "How many bytes of a frame are copied."},
	{SETTING(copies, NUMBER), .min = 1, .max = 1u << 20, .preset = "1024",
		.help = "How many are on their way at a time."},
	{SETTING(room, NUMBER), .min = 64, .max = 65000, .preset = "2048",
		.help = "Bytes of the longest copy."},
	{.name = NULL},
};

static int pool_open(struct mirror *self)
{
	NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
		.Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
			NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
		.fAllocateNetBuffer = TRUE,
		.DataSize = RTE_PKTMBUF_HEADROOM + self->room,
	};
	struct nimbl_pool_options options = {
		.name = "mirror", .capacity = self->copies, .node = NIMBL_NODE_ANY};

	self->pool = nimbl_nbl_pool_open(self->base.filter, &parameters, &options);
	return self->pool != NULL ? 0 : -nimbl_last_error()->code;
}

static int mirror_open(void *context)
{
	struct mirror *self = context;
	struct nimbl_option options[] = {{"to", self->to}, {NULL, NULL}};
	NDIS_HANDLE outlet;
	int ret;

	if (opening != NULL) {
		self->is_outlet = true;
		self->tap = opening;
		__atomic_store_n(&opening->outlet, self, __ATOMIC_RELEASE);
		return 0;
	}
	ret = pool_open(self);
	if (ret < 0)
		return ret;
	opening = self;
	ret = nimbl_companion_open(self->base.filter, self->to, options, &outlet);
	opening = NULL;
	if (ret < 0)
		nimbl_blame("to", 0);
	return ret;
}

// No lcore is in a tap when it goes, but some may be in an outlet by way of its tap.
static void mirror_close(void *context)
{
	struct mirror *self = context, *other = self->is_outlet ? self->tap : self->outlet;

	if (self->is_outlet && other != NULL) {
		__atomic_store_n(&other->outlet, NULL, __ATOMIC_RELEASE);
		nimbl_lcores_settle();
	} else if (other != NULL) {
		other->tap = NULL;
		nimbl_companion_close(other->base.filter);
	}
	nimbl_pool_release(self->pool);
}

static NDIS_STATUS mirror_restart(NDIS_HANDLE context, NDIS_FILTER_RESTART_PARAMETERS *parameters)
{
	struct mirror *self = context;

	// In Restarting nothing may be sent; what a tap sends before the stack has left it is refused.
	__atomic_store_n(&self->is_running, true, __ATOMIC_RELEASE);
	return NDIS_STATUS_SUCCESS;
}

// An outlet waits for its copies. After settling no lcore begins to send any more.
static NDIS_STATUS mirror_pause(NDIS_HANDLE context, NDIS_FILTER_PAUSE_PARAMETERS *parameters)
{
	struct mirror *self = context;
	uint32_t pausing = 1;

	__atomic_store_n(&self->is_running, false, __ATOMIC_RELEASE);
	if (!self->is_outlet)
		return NDIS_STATUS_SUCCESS;
	nimbl_lcores_settle();
	__atomic_store_n(&self->pausing, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&self->out, __ATOMIC_SEQ_CST) == 0 &&
		__atomic_compare_exchange_n(
			&self->pausing, &pausing, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return NDIS_STATUS_SUCCESS;
	return NDIS_STATUS_PENDING;
}

static const struct nimbl_filter_kind kind = {
	.help = "Sends copies of frames through another port as well.",
	.size = sizeof(struct mirror),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	.settings = settings,
	.figures = figures,
	.open = mirror_open,
	.close = mirror_close,
};

NIMBL_FILTER(mirror, kind, .RestartHandler = mirror_restart, .PauseHandler = mirror_pause,
	.SendNetBufferListsHandler = mirror_send,
	.SendNetBufferListsCompleteHandler = mirror_complete,
	.ReceiveNetBufferListsHandler = mirror_receive)
