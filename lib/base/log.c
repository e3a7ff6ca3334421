// SPDX-License-Identifier: BSD-3-Clause
// One line per message, written with one call so that lines of several threads do not mix.
#include "nimbl_log.h"

#include <stdio.h>
#include <stdlib.h>

static enum nimbl_log_level threshold = NIMBL_LOG_NOTICE;

void nimbl_log_set_level(enum nimbl_log_level level)
{
	threshold = level;
}

enum nimbl_log_level nimbl_log_get_level(void)
{
	return threshold;
}

static const char *prefix_of(enum nimbl_log_level level)
{
	switch (level) {
	case NIMBL_LOG_ERROR:
		return "error: ";
	case NIMBL_LOG_WARNING:
		return "warning: ";
	default:
		return "";
	}
}

void nimbl_log(enum nimbl_log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	if (level > threshold)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (getenv("JOURNAL_STREAM") != NULL)
		fprintf(stderr, "<%d>nimbl: %s%s\n", (int)level, prefix_of(level), text);
	else
		fprintf(stderr, "nimbl: %s%s\n", prefix_of(level), text);
}
