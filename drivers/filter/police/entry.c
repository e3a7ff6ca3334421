// SPDX-License-Identifier: BSD-3-Clause
// The policer: its settings, and how they fit together. Control thread.
#include <errno.h>

#include "police_priv.h"

#define RATE_MIN  8000
#define RATE_MAX  400000000000
#define BURST_MIN (2 << 10)
#define BURST_MAX (1 << 30)

static const char *const actions[] = {"pass", "drop", NULL};
static const char *const directions[] = {"rx", "tx", "both", NULL};
static const char *const figures[] = {"rx_green", "rx_yellow", "rx_red", "rx_green_bytes",
	"rx_yellow_bytes", "rx_red_bytes", "tx_green", "tx_yellow", "tx_red", "tx_green_bytes",
	"tx_yellow_bytes", "tx_red_bytes", NULL};

static const struct nimbl_setting settings[] = {
	{.name = "rate",
		.type = NIMBL_SETTING_RATE,
		NIMBL_SETTING_AT(police, rate),
		.min = RATE_MIN,
		.max = RATE_MAX,
		.required = true,
		.help = "Committed rate, of the bytes of frames without checksum and gap."},
	{.name = "burst",
		.type = NIMBL_SETTING_SIZE,
		NIMBL_SETTING_AT(police, burst),
		.min = BURST_MIN,
		.max = BURST_MAX,
		.preset = "128K",
		.help = "What may come at once and is green; at least the longest frame."},
	{.name = "peak",
		.type = NIMBL_SETTING_RATE,
		NIMBL_SETTING_AT(police, peak),
		.min = RATE_MIN,
		.max = RATE_MAX,
		.absent = "none: one rate (RFC 2697)",
		.help = "A second rate (RFC 2698): between the two frames are yellow, above it red."},
	{.name = "excess",
		.type = NIMBL_SETTING_SIZE,
		NIMBL_SETTING_AT(police, excess),
		.min = BURST_MIN,
		.max = BURST_MAX,
		.absent = "with a peak the burst, else none",
		.help = "Burst of the peak; with one rate, what was saved beyond the burst and is "
			"yellow."},
	{.name = "overhead",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(police, overhead),
		.max = 64,
		.preset = "0",
		.help = "Bytes that each frame counts more: 24 for what Ethernet adds on a wire."},
	{.name = "yellow",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(police, yellow),
		.words = actions,
		.preset = "pass",
		.help = "What happens to yellow frames."},
	{.name = "red",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(police, red),
		.words = actions,
		.preset = "drop",
		.help = "What happens to red frames; pass counts them only."},
	{.name = "direction",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(police, direction),
		.words = directions,
		.preset = "both",
		.help = "rx: frames that the port receives. tx: those that it sends. Each has the "
			"rate for itself."},
	{.name = NULL},
};

static int police_open(void *context)
{
	struct police *self = context;
	int ret;

	if (self->peak != 0 && self->peak < self->rate) {
		nimbl_fail(EINVAL, "peak is below rate");
		nimbl_mend("give the larger one as peak");
		nimbl_blame("peak", 0);
		return -EINVAL;
	}
	if (self->peak != 0 && self->excess == 0)
		self->excess = self->burst;
	self->drops[RTE_COLOR_YELLOW] = self->yellow == POLICE_DROP;
	self->drops[RTE_COLOR_RED] = self->red == POLICE_DROP;
	ret = police_meter_open(&self->up, self->rate, self->burst, self->peak, self->excess);
	if (ret == 0)
		ret = police_meter_open(
			&self->down, self->rate, self->burst, self->peak, self->excess);
	return ret;
}

static const struct nimbl_filter_kind kind = {
	.help = "Drops frames above a rate, all lcores together.",
	.size = sizeof(struct police),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	.settings = settings,
	.figures = figures,
	.open = police_open,
};

NIMBL_FILTER(police, kind, .SendNetBufferListsHandler = police_send,
	.SendNetBufferListsCompleteHandler = nimbl_filter_completes,
	.ReceiveNetBufferListsHandler = police_receive)
