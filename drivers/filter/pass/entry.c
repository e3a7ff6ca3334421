// SPDX-License-Identifier: BSD-3-Clause
// The pass filter: what it is, and its handlers.
#include "pass_priv.h"

static const struct nimbl_setting settings[] = {{.name = NULL}};

static const struct nimbl_filter_kind kind = {
	.help = "Passes everything on as it came.",
	.size = sizeof(struct pass),
	.allows = NIMBL_FILTER_ATTRIBUTES_HANDOVER | NIMBL_FILTER_ATTRIBUTES_UNTOUCHED,
	.settings = settings,
};

NIMBL_FILTER(pass, kind, .SendNetBufferListsHandler = pass_send,
	.SendNetBufferListsCompleteHandler = pass_send_complete,
	.ReceiveNetBufferListsHandler = pass_receive, .ReturnNetBufferListsHandler = pass_return)
