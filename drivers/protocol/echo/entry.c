// SPDX-License-Identifier: BSD-3-Clause
// The echo protocol: its characteristics, and how it gets into nimbl.
#include "echo_priv.h"
#include "nimbl_protocol.h"

static const char *const completions[] = {"handover", "full", NULL};

const struct nimbl_setting echo_settings[] = {
	{.name = "swap-mac",
		.type = NIMBL_SETTING_FLAG,
		NIMBL_SETTING_AT(echo, swaps),
		.preset = "false",
		.help = "Whether to swap the two addresses of each frame."},
	{.name = "completion",
		.type = NIMBL_SETTING_CHOICE,
		NIMBL_SETTING_AT(echo, completion),
		.words = completions,
		.absent = "that of the port's pool",
		.help = "Whether frames are given away for good, or come back when they are sent."},
	{.name = NULL},
};

NIMBL_PROTOCOL(echo, "Sends back what comes.", echo_settings, NULL)
