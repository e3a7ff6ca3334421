// SPDX-License-Identifier: BSD-3-Clause
// The counting filter: what it is, its settings and its handlers.
#include "count_priv.h"

static const char *const figures[] = {"rx_frames", "rx_bytes", "tx_frames", "tx_bytes", NULL};

static const struct nimbl_setting settings[] = {
	{.name = "bytes",
		.type = NIMBL_SETTING_FLAG,
		NIMBL_SETTING_AT(count, bytes),
		.preset = "true",
		.help = "Whether to count bytes; frames alone cost less."},
	{.name = NULL},
};

static const struct nimbl_filter_kind kind = {
	.help = "Counts frames and bytes that pass.",
	.size = sizeof(struct count),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	.settings = settings,
	.figures = figures,
};

NIMBL_FILTER(count, kind, .SendNetBufferListsHandler = count_send,
	.ReceiveNetBufferListsHandler = count_receive)
