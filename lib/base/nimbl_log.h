// SPDX-License-Identifier: BSD-3-Clause
// Lines for the operator on standard error. Control plane only: never from a datapath file.
#pragma once

#include "nimbl_base.h"

enum nimbl_log_level {
	NIMBL_LOG_ERROR = 3, // the numbers are those of syslog, which journald reads as "<3>"
	NIMBL_LOG_WARNING = 4,
	NIMBL_LOG_NOTICE = 5,
	NIMBL_LOG_INFO = 6,
	NIMBL_LOG_DEBUG = 7,
};

// Write one line when `level` is at or below the threshold (NIMBL_LOG_NOTICE at start). Under
// systemd the line starts with the priority for journald.
NIMBL_API void nimbl_log(enum nimbl_log_level level, const char *fmt, ...) NIMBL_PRINTF(2, 3);

NIMBL_API void nimbl_log_set_level(enum nimbl_log_level level);
NIMBL_API enum nimbl_log_level nimbl_log_get_level(void);
