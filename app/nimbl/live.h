// SPDX-License-Identifier: BSD-3-Clause
// The line per second that people watch.
#pragma once

#include "table.h"
#include "view.h"

// What one second of all ports, pools and lcores together was.
struct live {
	double elapsed_s;
	struct view_rates rates;
	uint64_t pool_size, pool_free;
	double busiest; // lcore, 0 to 1
};

struct live live_measure(
	double elapsed_s, const struct nimbl_snapshot *before, const struct nimbl_snapshot *now);

// Begin and end a line: on a terminal it takes the place of the one before when `is_over`.
void live_begin(bool is_over);
void live_end(void);

// Print a part of the line.
void live_print(const char *fmt, ...) NIMBL_PRINTF(1, 2);

// Drops, pool and lcores of a second: the common end of all lines.
void live_print_tail(const struct live *live);

// Leave the line where it stands, so that other text does not run into it.
void live_leave(void);
