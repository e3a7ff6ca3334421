// SPDX-License-Identifier: BSD-3-Clause
// Events of a session as JSON, schema nimbl.event/1: one line each on standard output.
#pragma once

#include <jansson.h>

#include "view.h"

void report_started(const struct nimbl_snapshot *now, const char *plan);
void report_second(
	double elapsed_s, const struct nimbl_snapshot *before, const struct nimbl_snapshot *now);
void report_state(const struct nimbl_snapshot *now, const struct nimbl_ledger *ledger);
void report_stopped(
	const struct nimbl_snapshot *now, const struct nimbl_ledger *ledger, int exit_status);

// The last error of this thread.
void report_error(int exit_status);
