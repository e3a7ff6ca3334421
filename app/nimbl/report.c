// SPDX-License-Identifier: BSD-3-Clause
// Events of a session as JSON lines.
#include "report.h"

#include <unistd.h>

#include "nimbl_instance.h"
#include "say.h"
#include "version.h"

#define SCHEMA "nimbl.event/1"

// Whole numbers: the clock is not good for more, and 14880952 reads better than 1.48809523e7.
static json_t *rate(double per_second)
{
	return json_integer((json_int_t)(per_second + 0.5));
}

static json_t *port_names(const struct nimbl_snapshot *now)
{
	json_t *ports = json_array();

	for (uint16_t i = 0; i < now->port_count; i++) {
		const struct nimbl_port_view *port = &now->ports[i];

		json_array_append_new(
			ports, json_pack("{s:s, s:s?, s:s?, s:s?}", "name", port->name, "device",
				       port->device, "driver", port->driver, "peer", port->peer));
	}
	return ports;
}

void report_started(const struct nimbl_snapshot *now, const char *plan)
{
	say_json(json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:s?}", "schema", SCHEMA, "event",
		"started", "name", nimbl_instance_name(), "pid", (int)getpid(), "nimbl",
		NIMBL_VERSION, "dpdk", version_dpdk_running(), "ports", port_names(now), "plan",
		plan));
}

static json_t *port_rates(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, uint16_t index)
{
	struct view_rates rates = view_port_rates(before, now, index);

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "name", now->ports[index].name,
		"link_up", (int)now->ports[index].link_up, "rx_pps", rate(rates.rx_pps), "tx_pps",
		rate(rates.tx_pps), "rx_l2_bps", rate(rates.rx_l2_bps), "tx_l2_bps",
		rate(rates.tx_l2_bps), "dropped_pps", rate(rates.dropped_pps), "missed_pps",
		rate(rates.missed_pps));
}

static json_t *pools_free(const struct nimbl_snapshot *now)
{
	json_t *pools = json_array();

	for (uint16_t i = 0; i < now->pool_count; i++)
		json_array_append_new(
			pools, json_pack("{s:s, s:I, s:I}", "name", now->pools[i].name, "size",
				       (json_int_t)now->pools[i].size, "free",
				       (json_int_t)now->pools[i].free));
	return pools;
}

static json_t *lcores_busy(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now)
{
	json_t *lcores = json_array();

	for (uint16_t i = 0; i < now->lcore_count; i++)
		json_array_append_new(
			lcores, json_pack("{s:I, s:f}", "lcore", (json_int_t)now->lcores[i].lcore,
					"busy", view_lcore_busy(before, now, i)));
	return lcores;
}

void report_second(
	double elapsed_s, const struct nimbl_snapshot *before, const struct nimbl_snapshot *now)
{
	json_t *ports = json_array();

	for (uint16_t i = 0; i < now->port_count; i++)
		json_array_append_new(ports, port_rates(before, now, i));
	say_json(json_pack("{s:s, s:s, s:f, s:o, s:o, s:o}", "schema", SCHEMA, "event", "second",
		"elapsed_s", elapsed_s, "ports", ports, "pools", pools_free(now), "lcores",
		lcores_busy(before, now)));
}

void report_state(const struct nimbl_snapshot *now, const struct nimbl_ledger *ledger)
{
	say_json(json_pack("{s:s, s:s, s:o, s:o}", "schema", SCHEMA, "event", "state", "state",
		view_json(now, NULL, VIEW_FIGURES), "ledger", view_ledger_json(ledger)));
}

void report_stopped(
	const struct nimbl_snapshot *now, const struct nimbl_ledger *ledger, int exit_status)
{
	say_json(json_pack("{s:s, s:s, s:i, s:o, s:o}", "schema", SCHEMA, "event", "stopped",
		"exit", exit_status, "state", view_json(now, NULL, VIEW_FIGURES), "ledger",
		view_ledger_json(ledger)));
}

void report_error(int exit_status)
{
	const struct nimbl_error *error = nimbl_last_error();

	say_json(json_pack("{s:s, s:s, s:i, s:i, s:s, s:s}", "schema", SCHEMA, "event", "error",
		"exit", exit_status, "errno", error->code, "cause", error->cause, "mend",
		error->mend));
}
