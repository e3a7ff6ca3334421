// SPDX-License-Identifier: BSD-3-Clause
// The tester protocol: its settings and characteristics, and how it gets into nimbl.
#include <string.h>

#include "nimbl_flow.h"
#include "nimbl_protocol.h"
#include "tester_priv.h"

const struct nimbl_setting tester_settings[] = {
	{.name = "name",
		.type = NIMBL_SETTING_TEXT,
		NIMBL_SETTING_AT(tester, name),
		.absent = "that of the file",
		.help = "The tester whose streams the port sends and receives, where a program made one."},
	{.name = "streams",
		.type = NIMBL_SETTING_PATH,
		NIMBL_SETTING_AT(tester, streams),
		.absent = "those of the tester",
		.help = "File of streams; all ports with the same file are one tester, and start "
			"together."},
	{.name = "lists",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(tester, lists),
		.min = 64,
		.max = 65536,
		.preset = "640",
		.help = "Frames that are with the port at a time, per lcore: more than its transmit "
			"descriptors."},
	{.name = "room",
		.type = NIMBL_SETTING_NUMBER,
		NIMBL_SETTING_AT(tester, room),
		.min = 64,
		.max = TESTER_BYTES,
		.preset = "2048",
		.help = "Bytes of the longest frame."},
	{.name = NULL},
};

// A file of streams is read before anything is started, and once more when it is.
static int tester_check(const struct nimbl_option *options)
{
	struct nimbl_flows *flows;
	int ret = 0;

	for (; options->key != NULL && ret == 0; options++) {
		if (strcmp(options->key, "streams") != 0)
			continue;
		ret = nimbl_flows_open(&flows);
		if (ret < 0)
			return ret;
		ret = nimbl_flows_read(flows, options->value);
		nimbl_flows_close(flows);
		if (ret < 0)
			nimbl_blame("streams", 0);
	}
	return ret;
}

NIMBL_PROTOCOL(
	tester, "Sends streams of frames, and checks what comes.", tester_settings, tester_check)
