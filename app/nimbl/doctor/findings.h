// SPDX-License-Identifier: BSD-3-Clause
// What was found about a machine: lines with what mends them. Plain data in, text or JSON out.
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "nimbl_base.h"

enum level {
	LEVEL_OK,
	LEVEL_INFO, // good to know
	LEVEL_WARN, // costs speed, or makes figures vary
	LEVEL_FAIL, // stands in the way of what was asked for
};

struct finding {
	const char *topic; // for scripts: "hugepages"
	enum level level;
	bool bars_rate; // no line rate with it
	char text[800];
	char mend[520]; // a command, or what to do; "": nothing
};

struct findings {
	struct finding *list;
	unsigned int count;
};

// Add one; the functions behind it are for the last one.
void finding(struct findings *findings, const char *topic, enum level level, const char *fmt, ...)
	NIMBL_PRINTF(4, 5);
void finding_mend(struct findings *findings, const char *fmt, ...) NIMBL_PRINTF(2, 3);
void finding_bars_rate(struct findings *findings);

// What bars line rate stands in the way.
void findings_want_rate(struct findings *findings);

unsigned int findings_count(const struct findings *findings, enum level level);
bool findings_bar_rate(const struct findings *findings);

// One line for all: what this machine is ready for.
const char *findings_verdict(const struct findings *findings);

void findings_print(const struct findings *findings, FILE *out);
json_t *findings_json(const struct findings *findings); // the caller's
void findings_free(struct findings *findings);
