// SPDX-License-Identifier: BSD-3-Clause
// Two reports of the same measurement, row by row.
#pragma once

#include "option.h"

// What every comparison says of its verdict, for the end of its help.
#define COMPARE_TEXT                                                                              \
	"A difference counts when the two intervals do not touch and are further apart than the " \
	"noise that the runs measured. Exit status 1: a row became worse.\n"

// The whole of a command that takes two reports. `schema` is of the JSON that it prints, `doc` its help.
int compare_reports(const char *schema, const char *doc, int argc, char **argv);
