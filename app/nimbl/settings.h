// SPDX-License-Identifier: BSD-3-Clause
// Settings as they come in a call: "key=value" in each line.
#pragma once

#include "nimbl_conf.h"
#include "nimbl_driver.h"

struct settings {
	char text[16384];
	struct nimbl_option list[NIMBL_CONF_SETTINGS_MAX + 1];
};

// `text` may be NULL. Returns 0, or -EINVAL for what is no setting, too long or one too many.
int settings_read(struct settings *settings, const char *text);
