// SPDX-License-Identifier: BSD-3-Clause
// What the engine looks like at one moment: as tables for people and as JSON for programs.
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "nimbl_engine.h"
#include "table.h"

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

// What came in a second from one count to a later one; 0 where it went back.
double view_rate(uint64_t before, uint64_t now, double seconds);

// Part of its rounds that lcore `index` had work in, 0 to 1; 0 where it made no round.
double view_lcore_busy(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, uint16_t index);

// A hardware address as text.
struct view_mac {
	char text[18];
};
struct view_mac view_mac(const uint8_t *mac);

// The link of a port: "up 10 Gbit/s".
struct view_link {
	char text[48];
};
struct view_link view_link(const struct nimbl_port_view *port);

// The state of a port: "running", or "gone 12 s".
struct view_state {
	char text[32];
};
struct view_state view_state(const struct nimbl_port_view *port);

// A cell with a device, cut where it is long.
void view_cell_device(struct table *table, const char *device);

// Whether any frame was dropped.
bool view_has_drops(const struct nimbl_snapshot *now);

// Print one table each. With `before`, which may be NULL, rates are those since then.
void view_print_traffic(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, FILE *out);
void view_print_drops(const struct nimbl_snapshot *now, FILE *out);
void view_print_pools(const struct nimbl_snapshot *now, FILE *out);
void view_print_lcores(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, FILE *out);

// Print the ledger in two lines.
void view_print_ledger(const struct nimbl_ledger *ledger, FILE *out);

// Print all of the above.
void view_print(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, FILE *out);

// --- view_detail.c ---

// How ports are laid out: addresses, queues, lcores.
void view_print_ports(const struct nimbl_snapshot *now, FILE *out);

// All that is known of one port, in blocks.
void view_print_port(const struct nimbl_port_view *port, FILE *out);

// All counters of port `index`, with rates when `before` is not NULL.
void view_print_counters(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now,
	uint16_t index, FILE *out);

// The two sides of each law, and what is in between.
void view_print_laws(
	const struct nimbl_snapshot *now, const struct nimbl_ledger *ledger, FILE *out);

// --- view_offload.c ---

// The offloads of a port in short: "device 2, software 1".
struct view_offloads {
	char text[32];
};
struct view_offloads view_offloads(const struct nimbl_offloads *offloads);

// Each of them, who does it, and whether the device could.
void view_print_offloads(const struct nimbl_port_view *port, FILE *out);

// For tables of fields; `member` is a struct nimbl_offloads.
json_t *view_offloads_json(const void *member);
void view_offloads_read(const json_t *json, void *member);

// --- view_json.c ---

#define VIEW_SCHEMA "nimbl.state/1"

enum view_part {
	VIEW_PORTS = 1 << 0,
	VIEW_POOLS = 1 << 1,
	VIEW_LCORES = 1 << 2,
	VIEW_LEDGER = 1 << 3,
	VIEW_REASONS = 1 << 4, // what the keys of drops mean
};
#define VIEW_FIGURES (VIEW_PORTS | VIEW_POOLS | VIEW_LCORES)

// These parts (enum view_part), the caller's. "schema" is VIEW_SCHEMA; `ledger` is read for its part
// only.
json_t *view_json(const struct nimbl_snapshot *snapshot, const struct nimbl_ledger *ledger,
	unsigned int parts);
json_t *view_ledger_json(const struct nimbl_ledger *ledger);

// The counters of a port, and those of its device, by their names; the caller's.
json_t *view_counters_json(const struct nimbl_counters *counters);
json_t *view_device_json(const struct nimbl_port_view *port);

// What view_json() wrote. Parts that are not there are zero; names point into `json`.
void view_read(const json_t *json, struct nimbl_snapshot *snapshot, struct nimbl_ledger *ledger);

// --- view_conf.c ---

#define VIEW_CONF_SCHEMA "nimbl.config/1"

// A configuration with the keys of its file, every default filled in; the caller's.
json_t *view_conf_json(const struct nimbl_conf *conf);

// Print that as YAML, which nimbl run takes.
void view_print_conf(const json_t *config, FILE *out);
