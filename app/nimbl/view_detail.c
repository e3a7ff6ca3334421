// SPDX-License-Identifier: BSD-3-Clause
// The closer look: how ports are laid out, one port in full, the laws side by side.
#include <inttypes.h>
#include <string.h>

#include "view.h"

#define LCORES_TEXT 320

struct view_mac view_mac(const uint8_t *mac)
{
	struct view_mac out;

	snprintf(out.text, sizeof(out.text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		mac[2], mac[3], mac[4], mac[5]);
	return out;
}

// "1, 2": one for each queue.
static const char *join(char *text, const uint32_t *lcores, uint16_t count)
{
	size_t used = 0;

	snprintf(text, LCORES_TEXT, "-");
	for (uint16_t i = 0; i < count && used < LCORES_TEXT; i++)
		used += (size_t)snprintf(
			text + used, LCORES_TEXT - used, i > 0 ? ", %u" : "%u", lcores[i]);
	return text;
}

void view_print_ports(const struct nimbl_snapshot *now, FILE *out)
{
	static const char *const headers[] = {"port", "device", "driver", "to", "protocol", "state",
		"link", "address", "MTU", "receive", "on lcore", "send", "from lcore", "offloads",
		NULL};
	struct table *table = table_new(headers);
	char lcores[LCORES_TEXT];

	for (uint16_t i = 0; i < now->port_count; i++) {
		const struct nimbl_port_view *port = &now->ports[i];

		table_cell(table, "%s", port->name);
		view_cell_device(table, port->device);
		table_cell(table, "%s", port->driver != NULL ? port->driver : "-");
		table_cell(table, "%s", port->peer != NULL ? port->peer : "-");
		table_cell(table, "%s", port->protocol != NULL ? port->protocol : "-");
		table_cell(table, "%s", view_state(port).text);
		table_cell(table, "%s", view_link(port).text);
		table_cell(table, "%s", view_mac(port->mac).text);
		table_cell(table, "%u", port->mtu);
		table_cell(table, "%u x %u", port->rx_queue_count, port->rx_descriptors);
		table_cell(table, "%s", join(lcores, port->rx_lcores, port->rx_queue_count));
		table_cell(table, "%u x %u", port->tx_queue_count, port->tx_descriptors);
		table_cell(table, "%s", join(lcores, port->tx_lcores, port->tx_queue_count));
		table_cell(table, "%s", view_offloads(&port->offloads).text);
	}
	table_finish(table, 0, out);
}

static void print_line(FILE *out, const char *key, const char *value)
{
	fprintf(out, "  %-12s %s\n", key, value != NULL && value[0] != '\0' ? value : "-");
}

static void print_figures(const struct nimbl_port_view *port, FILE *out)
{
	for (uint16_t i = 0; i < port->figure_count; i++)
		print_line(out, port->figures[i].name, format_count(port->figures[i].value).text);
}

static void print_identity(const struct nimbl_port_view *port, FILE *out)
{
	char mtu[16], removals[16];

	fprintf(out, "port %s\n", port->name);
	print_line(out, "device", port->device);
	print_line(out, "driver", port->driver);
	print_line(out, "to", port->peer);
	print_line(out, "protocol", port->protocol);
	print_line(out, "state", view_state(port).text);
	if (port->gone_why != NULL)
		print_line(out, "because", port->gone_why);
	snprintf(removals, sizeof(removals), "%u", port->removals);
	if (port->removals > 0)
		print_line(out, "removals", removals);
	print_line(out, "link", view_link(port).text);
	print_line(out, "address", view_mac(port->mac).text);
	snprintf(mtu, sizeof(mtu), "%u", port->mtu);
	print_line(out, "MTU", mtu);
	print_figures(port, out);
}

static void print_queues(const struct nimbl_port_view *port, FILE *out)
{
	static const char *const headers[] = {"queue", "descriptors", "lcore", NULL};
	struct table *table = table_new(headers);

	for (uint16_t i = 0; i < port->rx_queue_count; i++) {
		table_cell(table, "receive %u", i);
		table_cell(table, "%u", port->rx_descriptors);
		table_cell(table, "%u", port->rx_lcores[i]);
	}
	for (uint16_t i = 0; i < port->tx_queue_count; i++) {
		table_cell(table, "send %u", i);
		table_cell(table, "%u", port->tx_descriptors);
		table_cell(table, "%u", port->tx_lcores[i]);
	}
	table_finish(table, 2, out);
}

// What is told of a port, block by block.
static void (*const blocks[])(const struct nimbl_port_view *port, FILE *out) = {
	print_identity,
	print_queues,
	view_print_offloads,
};

void view_print_port(const struct nimbl_port_view *port, FILE *out)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (i > 0)
			fputc('\n', out);
		blocks[i](port, out);
	}
}

struct counters_table {
	struct table *table;
	double seconds; // between before and now
};

static void counters_rows(
	struct counters_table *to, const char *prefix, const json_t *now, const json_t *before)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)now, key, value) {
		uint64_t count = (uint64_t)json_integer_value(value);
		const json_t *old = json_object_get(before, key);

		if (json_is_object(value)) {
			counters_rows(to, "drop: ", value, old);
			continue;
		}
		table_cell(to->table, "%s%s", prefix, key);
		table_count(to->table, count);
		if (before != NULL)
			table_count(
				to->table, (uint64_t)(view_rate((uint64_t)json_integer_value(old),
							      count, to->seconds) +
						      0.5));
	}
}

// What the device counts itself.
static void device_rows(struct counters_table *to, const struct nimbl_port_view *before,
	const struct nimbl_port_view *now)
{
	json_t *new = view_device_json(now);
	json_t *old = before != NULL ? view_device_json(before) : NULL;

	counters_rows(to, "device: ", new, old);
	json_decref(new);
	json_decref(old);
}

void view_print_counters(const struct nimbl_snapshot *before, const struct nimbl_snapshot *now,
	uint16_t index, FILE *out)
{
	static const char *const headers[] = {"counter", "all", NULL};
	static const char *const with_rates[] = {"counter", "all", "per second", NULL};
	struct counters_table to = {
		.table = table_new(before != NULL ? with_rates : headers),
		.seconds = before != NULL ? view_seconds(before, now) : 0,
	};
	json_t *new = view_counters_json(&now->ports[index].counters);
	json_t *old = before != NULL ? view_counters_json(&before->ports[index].counters) : NULL;

	counters_rows(&to, "", new, old);
	device_rows(&to, before != NULL ? &before->ports[index] : NULL, &now->ports[index]);
	json_decref(new);
	json_decref(old);
	table_finish(to.table, 0, out);
}

static void law(
	struct table *table, const char *name, uint64_t given, uint64_t back, const char *verdict)
{
	table_cell(table, "%s", name);
	table_count(table, given);
	table_count(table, back);
	table_cell(table, "%s", format_signed((int64_t)(given - back)).text);
	table_cell(table, "%s", verdict);
}

static const char *verdict(int64_t between)
{
	return between < 0 ? "BROKEN" : "holds";
}

void view_print_laws(const struct nimbl_snapshot *now, const struct nimbl_ledger *ledger, FILE *out)
{
	static const char *const headers[] = {"law", "in", "out", "between", "so far", NULL};
	struct table *table = table_new(headers);
	struct nimbl_counters all = {0};

	for (uint16_t i = 0; i < now->port_count; i++)
		nimbl_counters_add(&all, &now->ports[i].counters);
	law(table, "frames: received or made; sent, taken or dropped",
		ledger->received + ledger->born,
		ledger->sent + ledger->consumed + ledger->dropped_total,
		verdict(ledger->in_flight));
	law(table, "lists going up: indicated; returned or given away", all.lists_indicated,
		all.lists_returned + all.lists_handed, verdict(ledger->lists_up));
	law(table, "lists going down: sent; completed", all.lists_sent, all.lists_completed,
		verdict(ledger->lists_down));
	law(table, "objects: lists in pools; free", ledger->pool_size, ledger->pool_free,
		"at rest");
	if (ledger->violations > 0)
		law(table, "rules of NDIS: violations found; 'nimbl nbl log'", ledger->violations,
			0, "broken");
	table_finish(table, 0, out);
}
