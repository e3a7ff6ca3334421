// SPDX-License-Identifier: BSD-3-Clause
// What the engine looks like at one moment: as tables for people and as JSON for programs.
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "nimbl_engine.h"

// Rates of one port, or of all, between two snapshots. Bits are of L2 frames without FCS.
struct view_rates {
	double rx_pps, tx_pps;
	double rx_l2_bps, tx_l2_bps;
	double dropped_pps;
	double missed_pps; // the NIC or the PMD had no room: never came in
};

// Of port `index`; 0 in all where no time passed.
struct view_rates view_port_rates(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, uint16_t index);
void view_rates_add(struct view_rates *sum, const struct view_rates *rates);

// Seconds between two snapshots.
double view_seconds(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now);

// Part of its rounds that lcore `index` had work in, 0 to 1; 0 where it made no round.
double view_lcore_busy(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, uint16_t index);

// Print ports, drops, pools and lcores as tables, then the ledger in two lines.
void view_print(
	const struct nimbl_snapshot *snapshot, const struct nimbl_ledger *ledger, FILE *out);

// The two lines alone.
void view_print_ledger(const struct nimbl_ledger *ledger, FILE *out);

// The caller's, or NULL when memory is short. "schema" is "nimbl.state/1"; `ledger` may be NULL.
json_t *view_json(const struct nimbl_snapshot *snapshot, const struct nimbl_ledger *ledger);
json_t *view_ledger_json(const struct nimbl_ledger *ledger);
