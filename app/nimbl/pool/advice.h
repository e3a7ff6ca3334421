// SPDX-License-Identifier: BSD-3-Clause
// What the figures say: which strategy a port should use, and whether what NDIS says of pools is so here.
#pragma once

#include "report.h"

#define POOL_CLAIMS_MAX 12

// "A costs less than B", looked up in the rows.
struct pool_claim {
	const char *text;               // what is claimed
	const struct pool_row *a, *b;   // by which rows
	struct stats_comparison answer; // faster: confirmed; slower: refuted
};

struct pool_advice {
	struct pool_claim claims[POOL_CLAIMS_MAX];
	size_t claim_count;
	// Of the rows that are shaped as a port is (work "nic", burst 32): the best, and what is used unless
	// told otherwise; NULL when they were not measured.
	const struct pool_row *best, *usual;
	struct stats_comparison to_usual; // of the best
	bool changes;                     // the best is worth a change of the configuration
	char text[1024];                  // in words
};

void pool_advise(const struct pool_result *result, struct pool_advice *advice);

// "confirmed", "refuted" or "no significant difference".
const char *pool_claim_word(const struct pool_claim *claim);
