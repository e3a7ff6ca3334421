// SPDX-License-Identifier: BSD-3-Clause
// What the engine looks like at one moment, as tables for people.
#include "view.h"

#include <string.h>

#include "table.h"

#define NS_PER_S     1e9
#define DEVICE_WIDTH 32 // devices may have 500 characters of arguments

double view_seconds(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now)
{
	return (double)(int64_t)(now->time_ns - before->time_ns) / NS_PER_S;
}

double view_rate(uint64_t before, uint64_t now, double seconds)
{
	// A driver that resets its figures makes them go back: no rate is better than a wrong one.
	return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

struct view_rates view_port_rates(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, uint16_t index)
{
	const struct nimbl_port_view *old = &before->ports[index], *new = &now->ports[index];
	const struct nimbl_counters *from = &old->counters, *to = &new->counters;
	double seconds = view_seconds(before, now);

	return (struct view_rates){
		.rx_pps = view_rate(from->rx_frames, to->rx_frames, seconds),
		.tx_pps = view_rate(from->tx_frames, to->tx_frames, seconds),
		.rx_l2_bps = 8 * view_rate(from->rx_bytes, to->rx_bytes, seconds),
		.tx_l2_bps = 8 * view_rate(from->tx_bytes, to->tx_bytes, seconds),
		.dropped_pps = view_rate(
			nimbl_counters_dropped(from), nimbl_counters_dropped(to), seconds),
		.missed_pps = view_rate(old->rx_missed + old->rx_no_buffer,
			new->rx_missed + new->rx_no_buffer, seconds),
	};
}

void view_rates_add(struct view_rates *sum, const struct view_rates *rates)
{
	sum->rx_pps += rates->rx_pps;
	sum->tx_pps += rates->tx_pps;
	sum->rx_l2_bps += rates->rx_l2_bps;
	sum->tx_l2_bps += rates->tx_l2_bps;
	sum->dropped_pps += rates->dropped_pps;
	sum->missed_pps += rates->missed_pps;
}

double view_lcore_busy(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, uint16_t index)
{
	const struct nimbl_lcore_info *from = &before->lcores[index].info;
	const struct nimbl_lcore_info *to = &now->lcores[index].info;
	double rounds = (double)(int64_t)(to->rounds - from->rounds);
	double busy = (double)(int64_t)(to->busy_rounds - from->busy_rounds);

	// The lcore runs on while its figures are read, so the two are not of one instant.
	return rounds <= 0 || busy <= 0 ? 0 : busy < rounds ? busy / rounds : 1;
}

struct view_link view_link(const struct nimbl_port_view *port)
{
	struct figure speed = format_link(port->link_up ? port->link_bps : 0);
	struct view_link link;

	snprintf(link.text, sizeof(link.text), "%s%s%s", port->link_up ? "up" : "down",
		speed.text[0] != '\0' ? " " : "", speed.text);
	return link;
}

struct view_state view_state(const struct nimbl_port_view *port)
{
	struct view_state state;

	if (port->gone_ms > 0)
		snprintf(state.text, sizeof(state.text), "gone %llu s",
			(unsigned long long)port->gone_ms / 1000);
	else
		snprintf(state.text, sizeof(state.text), "%s", nimbl_state_name(port->state));
	return state;
}

void view_cell_device(struct table *table, const char *device)
{
	const char *text = device != NULL ? device : "-";
	bool is_long = strlen(text) > DEVICE_WIDTH;

	table_cell(table, "%.*s%s", is_long ? DEVICE_WIDTH - 3 : DEVICE_WIDTH, text,
		is_long ? "..." : "");
}

static void cell_rates(struct table *table, const struct view_rates *rates)
{
	table_cell(table, "%s", format_packet_rate(rates->rx_pps).text);
	table_cell(table, "%s", format_bit_rate(rates->rx_l2_bps).text);
	table_cell(table, "%s", format_packet_rate(rates->tx_pps).text);
	table_cell(table, "%s", format_bit_rate(rates->tx_l2_bps).text);
}

void view_print_traffic(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, FILE *out)
{
	static const char *const headers[] = {"port", "device", "driver", "to", "state", "link",
		"received", "sent", "dropped", "missed", "no buffer", "errors", "in", "in L2",
		"out", "out L2", NULL};
	static const char *const without_rates[] = {"port", "device", "driver", "to", "state",
		"link", "received", "sent", "dropped", "missed", "no buffer", "errors", NULL};
	struct table *table = table_new(before != NULL ? headers : without_rates);

	for (uint16_t i = 0; i < now->port_count; i++) {
		const struct nimbl_port_view *port = &now->ports[i];

		table_cell(table, "%s", port->name);
		view_cell_device(table, port->device);
		table_cell(table, "%s", port->driver != NULL ? port->driver : "-");
		table_cell(table, "%s", port->peer != NULL ? port->peer : "-");
		table_cell(table, "%s", view_state(port).text);
		table_cell(table, "%s", view_link(port).text);
		table_count(table, port->counters.rx_frames);
		table_count(table, port->counters.tx_frames);
		table_count(table, nimbl_counters_dropped(&port->counters));
		table_count(table, port->rx_missed);
		table_count(table, port->rx_no_buffer);
		table_count(table, port->rx_errors + port->tx_errors);
		if (before != NULL) {
			struct view_rates rates = view_port_rates(before, now, i);

			cell_rates(table, &rates);
		}
	}
	table_finish(table, 0, out);
}

static void drops_of_port(struct table *table, const struct nimbl_port_view *port)
{
	for (int reason = 0; reason < NIMBL_DROP_COUNT; reason++) {
		if (port->counters.drops[reason] == 0)
			continue;
		table_cell(table, "%s", port->name);
		table_cell(table, "%s", nimbl_drop_key(reason));
		table_count(table, port->counters.drops[reason]);
		table_cell(table, "%s", nimbl_drop_text(reason));
	}
}

// Asks the ports, not the ledger: drops are shown also when the two disagree.
bool view_has_drops(const struct nimbl_snapshot *now)
{
	for (uint16_t i = 0; i < now->port_count; i++)
		if (nimbl_counters_dropped(&now->ports[i].counters) > 0)
			return true;
	return false;
}

void view_print_drops(const struct nimbl_snapshot *now, FILE *out)
{
	static const char *const headers[] = {"drops at", "reason", "frames", "meaning", NULL};
	struct table *table = table_new(headers);

	for (uint16_t i = 0; i < now->port_count; i++)
		drops_of_port(table, &now->ports[i]);
	table_finish(table, 0, out);
}

void view_print_pools(const struct nimbl_snapshot *now, FILE *out)
{
	static const char *const headers[] = {
		"pool", "ops", "cache", "size", "free", "headroom", "MiB", NULL};
	struct table *table = table_new(headers);

	for (uint16_t i = 0; i < now->pool_count; i++) {
		const struct nimbl_pool_view *pool = &now->pools[i];

		table_cell(table, "%s", pool->name);
		table_cell(table, "%s", pool->ops);
		table_count(table, pool->cache);
		table_count(table, pool->size);
		table_count(table, pool->free);
		table_count(table, pool->headroom);
		table_cell(table, "%s", format_mib(pool->total_bytes).text);
	}
	table_finish(table, 0, out);
}

void view_print_lcores(
	const struct nimbl_snapshot *before, const struct nimbl_snapshot *now, FILE *out)
{
	static const char *const headers[] = {"lcore", "polls", "busy", "rounds", "sleeps", NULL};
	static const struct nimbl_snapshot begin; // of the run
	struct table *table = table_new(headers);

	for (uint16_t i = 0; i < now->lcore_count; i++) {
		const struct nimbl_lcore_view *lcore = &now->lcores[i];
		double busy = view_lcore_busy(before != NULL ? before : &begin, now, i);

		table_cell(table, "%u", lcore->lcore);
		table_count(table, lcore->info.polls);
		table_cell(table, "%s", format_percent(busy, lcore->info.rounds > 0).text);
		table_count(table, lcore->info.rounds);
		table_count(table, lcore->info.sleeps);
	}
	table_finish(table, 0, out);
}

void view_print_ledger(const struct nimbl_ledger *ledger, FILE *out)
{
	fprintf(out,
		"ledger: received %s + made %s = sent %s + taken %s + dropped %s + in flight %s\n",
		format_count(ledger->received).text, format_count(ledger->born).text,
		format_count(ledger->sent).text, format_count(ledger->consumed).text,
		format_count(ledger->dropped_total).text, format_signed(ledger->in_flight).text);
	if (ledger->balanced)
		fputs("ledger: balanced\n", out);
	else
		fprintf(out, "ledger: NOT BALANCED: %s\n", ledger->why);
}

void view_print(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, FILE *out)
{
	view_print_traffic(before, now, out);
	if (view_has_drops(now)) {
		fputc('\n', out);
		view_print_drops(now, out);
	}
	if (now->pool_count > 0) {
		fputc('\n', out);
		view_print_pools(now, out);
	}
	if (now->lcore_count > 0) {
		fputc('\n', out);
		view_print_lcores(before, now, out);
	}
	fputc('\n', out);
	view_print_ledger(ledger, out);
}
