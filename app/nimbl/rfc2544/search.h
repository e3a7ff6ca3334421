// SPDX-License-Identifier: BSD-3-Clause
// Throughput (RFC 2544 section 26.1, RFC 1242 section 3.17): the highest rate at which no more is lost than
// a goal allows. Several goals are searched together and share their trials, as MLRsearch does.
//
// A rate is decided by the majority of several trials of the full duration; one may be spoilt by what the
// device has nothing to do with. Only the two rates between which the answer lies need that many: the way
// there is found by single trials, shorter ones first (SEARCH_MLR), and what they said is only a hint.
// Every decision is about the goal and all trials at that rate, so a bound that turns out to be wrong is
// left again.
#pragma once

#include "trial.h"

#define SEARCH_GOALS   4
#define SEARCH_REPEATS 31

enum search_way {
	SEARCH_BINARY, // all trials have the full duration
	SEARCH_MLR,    // durations grow, widths shrink
};

struct search_settings {
	enum search_way way;
	double least, most;         // frames per second, of each direction
	double width;               // the answer's bounds differ by this part of the upper one
	double seconds;             // of the trials that decide
	double first_seconds;       // of the first trials of SEARCH_MLR
	unsigned int repeats;       // that decide by their majority, odd; 1: as RFC 2544 has it
	unsigned int trials_most;   // the search ends after so many
	double goals[SEARCH_GOALS]; // loss ratios, growing
	unsigned int goal_count;
};

enum search_state {
	SEARCH_FOUND,   // between `lower` and `upper`
	SEARCH_AT_MOST, // `most` itself is no more than the device can do; there is no `upper`
	SEARCH_NONE,    // even `least` is too much; there is no `lower`
	SEARCH_ENDED, // trials_most came first; what is known of the bounds is said, 0 when nothing
};

// For one goal.
struct search_answer {
	enum search_state state;
	double lower, upper;
	double loss;         // the most that a trial lost that speaks for `lower`
	unsigned int trials; // of the full duration at `lower`
};

// Search. `answers` has room for each goal. Returns 0, or -errno of a trial, or -EINVAL for settings
// that make no sense.
int search_run(struct trials *trials, const struct search_settings *settings,
	struct search_answer *answers);
