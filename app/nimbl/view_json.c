// SPDX-License-Identifier: BSD-3-Clause
// What the engine looks like at one moment, as JSON and back: every counter under its own name.
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "view.h"

// name of the member, which is its key too
#define COUNTERS(X)        \
	X(rx_frames)       \
	X(rx_bytes)        \
	X(rx_polls)        \
	X(rx_empty_polls)  \
	X(lists_indicated) \
	X(lists_returned)  \
	X(lists_sent)      \
	X(lists_completed) \
	X(lists_handed)    \
	X(chains_posted)   \
	X(chains_taken)    \
	X(frames_asked)    \
	X(tx_frames)       \
	X(tx_bytes)        \
	X(tx_copied)       \
	X(tx_foreign)      \
	X(tx_cut)          \
	X(born)            \
	X(consumed)

// A counter that was added there and not here does not compile.
#define X(name) +1
_Static_assert(sizeof(struct nimbl_counters) ==
		       (0 COUNTERS(X) + NIMBL_DROP_COUNT + 7) / 8 * 8 * sizeof(uint64_t),
	"every counter has to be in the list above");
#undef X

// By key, zeros too: a reader need not know which reasons there are.
static json_t *drops_json(const void *member)
{
	const uint64_t *drops = member;
	json_t *object = json_object();

	for (int reason = 0; reason < NIMBL_DROP_COUNT; reason++)
		json_object_set_new(
			object, nimbl_drop_key(reason), json_integer((json_int_t)drops[reason]));
	return object;
}

static void drops_read(const json_t *json, void *member)
{
	uint64_t *drops = member;

	for (int reason = 0; reason < NIMBL_DROP_COUNT; reason++)
		drops[reason] =
			(uint64_t)json_integer_value(json_object_get(json, nimbl_drop_key(reason)));
}

static json_t *dropped_json(const void *counters)
{
	return json_integer((json_int_t)nimbl_counters_dropped(counters));
}

static const struct field counter_fields[] = {
#define X(name) FIELD(FIELD_NUMBER, nimbl_counters, name, #name),
	COUNTERS(X)
#undef X
		FIELD_OF_ALL("dropped", dropped_json, NULL),
	FIELD_BY(nimbl_counters, drops, "drops", drops_json, drops_read), {0}};

static json_t *counters_json(const void *member)
{
	return fields_json(counter_fields, member);
}

static void counters_read(const json_t *json, void *member)
{
	fields_read(counter_fields, json, member);
}

static json_t *state_json(const void *member)
{
	return json_string(nimbl_state_name(*(const enum nimbl_state *)member));
}

static void state_read(const json_t *json, void *member)
{
	const char *name = json_string_value(json);

	for (enum nimbl_state state = NIMBL_HALTED; state <= NIMBL_SHUTDOWN; state++)
		if (name != NULL && strcmp(name, nimbl_state_name(state)) == 0)
			*(enum nimbl_state *)member = state;
}

static json_t *mac_json(const void *member)
{
	return json_string(view_mac(member).text);
}

static void mac_read(const json_t *json, void *member)
{
	const char *text = json_string_value(json);
	uint8_t *mac = member;

	if (text == NULL || sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1],
				    &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		memset(mac, 0, 6);
}

static json_t *lcores_json(const uint32_t *lcores, uint16_t count)
{
	json_t *array = json_array();

	for (uint16_t i = 0; i < count; i++)
		json_array_append_new(array, json_integer(lcores[i]));
	return array;
}

static uint16_t lcores_read(const json_t *array, uint32_t *lcores, size_t max)
{
	size_t count = json_array_size(array);

	count = count < max ? count : max;
	for (size_t i = 0; i < count; i++)
		lcores[i] = (uint32_t)json_integer_value(json_array_get(array, i));
	return (uint16_t)count;
}

// The lcore of each queue; how many there are is how many queues the port has.
static json_t *rx_lcores_json(const void *member)
{
	const struct nimbl_port_view *port = member;

	return lcores_json(port->rx_lcores, port->rx_queue_count);
}

static void rx_lcores_read(const json_t *json, void *member)
{
	struct nimbl_port_view *port = member;

	port->rx_queue_count = lcores_read(json, port->rx_lcores, NIMBL_CONF_QUEUES_MAX);
}

static json_t *tx_lcores_json(const void *member)
{
	const struct nimbl_port_view *port = member;

	return lcores_json(port->tx_lcores, port->tx_queue_count);
}

static void tx_lcores_read(const json_t *json, void *member)
{
	struct nimbl_port_view *port = member;

	port->tx_queue_count = lcores_read(json, port->tx_lcores, NIMBL_TX_QUEUES_MAX);
}

// What the protocol of a port publishes, by name.
static json_t *figures_json(const void *member)
{
	const struct nimbl_port_view *port = member;
	json_t *object = json_object();

	for (uint16_t i = 0; i < port->figure_count; i++)
		json_object_set_new(object, port->figures[i].name,
			json_integer((json_int_t)port->figures[i].value));
	return object;
}

static void figures_read(const json_t *json, void *member)
{
	struct nimbl_port_view *port = member;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)json, key, value) {
		if (port->figure_count == NIMBL_FIGURES_MAX)
			break;
		port->figures[port->figure_count++] =
			(struct nimbl_figure){key, (uint64_t)json_integer_value(value)};
	}
}

#define DEVICE_COUNTERS                                                             \
	FIELD(FIELD_NUMBER, nimbl_port_view, rx_missed, "rx_missed"),               \
		FIELD(FIELD_NUMBER, nimbl_port_view, rx_no_buffer, "rx_no_buffer"), \
		FIELD(FIELD_NUMBER, nimbl_port_view, rx_errors, "rx_errors"),       \
		FIELD(FIELD_NUMBER, nimbl_port_view, tx_errors, "tx_errors")

static const struct field device_fields[] = {DEVICE_COUNTERS, {0}};

static const struct field port_fields[] = {FIELD(FIELD_TEXT, nimbl_port_view, name, "name"),
	FIELD(FIELD_TEXT, nimbl_port_view, device, "device"),
	FIELD(FIELD_TEXT, nimbl_port_view, driver, "driver"),
	FIELD(FIELD_NUMBER, nimbl_port_view, port_id, "port_id"),
	FIELD(FIELD_TEXT, nimbl_port_view, peer, "peer"),
	FIELD(FIELD_TEXT, nimbl_port_view, protocol, "protocol"),
	FIELD_OF_ALL("figures", figures_json, figures_read),
	FIELD_BY(nimbl_port_view, state, "state", state_json, state_read),
	FIELD(FIELD_FLAG, nimbl_port_view, link_up, "link_up"),
	FIELD(FIELD_NUMBER, nimbl_port_view, link_bps, "link_bps"),
	FIELD_BY(nimbl_port_view, mac, "mac", mac_json, mac_read),
	FIELD(FIELD_NUMBER, nimbl_port_view, mtu, "mtu"),
	FIELD(FIELD_NUMBER, nimbl_port_view, removals, "removals"),
	FIELD(FIELD_NUMBER, nimbl_port_view, gone_ms, "gone_ms"),
	FIELD(FIELD_TEXT, nimbl_port_view, gone_why, "gone_why"),
	FIELD_OF_ALL("rx_lcores", rx_lcores_json, rx_lcores_read),
	FIELD_OF_ALL("tx_lcores", tx_lcores_json, tx_lcores_read),
	FIELD(FIELD_NUMBER, nimbl_port_view, rx_descriptors, "rx_descriptors"),
	FIELD(FIELD_NUMBER, nimbl_port_view, tx_descriptors, "tx_descriptors"),
	FIELD_BY(nimbl_port_view, offloads, "offloads", view_offloads_json, view_offloads_read),
	DEVICE_COUNTERS,
	FIELD_BY(nimbl_port_view, counters, "counters", counters_json, counters_read), {0}};

static const struct field pool_fields[] = {FIELD(FIELD_CHARS, nimbl_pool_view, name, "name"),
	FIELD(FIELD_CHARS, nimbl_pool_view, ops, "ops"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, size, "size"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, free, "free"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, cache, "cache"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, headroom, "headroom"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, context_bytes, "context_bytes"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, list_bytes, "list_bytes"),
	FIELD(FIELD_NUMBER, nimbl_pool_view, total_bytes, "total_bytes"), {0}};

static const struct field lcore_fields[] = {FIELD(FIELD_NUMBER, nimbl_lcore_view, lcore, "lcore"),
	FIELD(FIELD_NUMBER, nimbl_lcore_view, info.polls, "polls"),
	FIELD(FIELD_NUMBER, nimbl_lcore_view, info.rounds, "rounds"),
	FIELD(FIELD_NUMBER, nimbl_lcore_view, info.busy_rounds, "busy_rounds"),
	FIELD(FIELD_NUMBER, nimbl_lcore_view, info.sleeps, "sleeps"), {0}};

static const struct field ledger_fields[] = {
	FIELD(FIELD_NUMBER, nimbl_ledger, received, "received"),
	FIELD(FIELD_NUMBER, nimbl_ledger, born, "made"),
	FIELD(FIELD_NUMBER, nimbl_ledger, sent, "sent"),
	FIELD(FIELD_NUMBER, nimbl_ledger, consumed, "taken"),
	FIELD(FIELD_NUMBER, nimbl_ledger, dropped_total, "dropped"),
	FIELD(FIELD_SIGNED, nimbl_ledger, in_flight, "in_flight"),
	FIELD(FIELD_SIGNED, nimbl_ledger, lists_up, "lists_up"),
	FIELD(FIELD_SIGNED, nimbl_ledger, lists_down, "lists_down"),
	FIELD(FIELD_NUMBER, nimbl_ledger, pool_size, "pool_size"),
	FIELD(FIELD_NUMBER, nimbl_ledger, pool_free, "pool_free"),
	FIELD(FIELD_NUMBER, nimbl_ledger, quarantined, "quarantined"),
	FIELD(FIELD_NUMBER, nimbl_ledger, violations, "violations"),
	FIELD(FIELD_FLAG, nimbl_ledger, balanced, "balanced"),
	FIELD_BY(nimbl_ledger, dropped, "drops", drops_json, drops_read),
	FIELD(FIELD_CHARS, nimbl_ledger, why, "why"), {0}};

json_t *view_counters_json(const struct nimbl_counters *counters)
{
	return counters_json(counters);
}

json_t *view_device_json(const struct nimbl_port_view *port)
{
	return fields_json(device_fields, port);
}

json_t *view_ledger_json(const struct nimbl_ledger *ledger)
{
	json_t *object = fields_json(ledger_fields, ledger);

	if (ledger->balanced)
		json_object_del(object, "why");
	return object;
}

static json_t *reasons_json(void)
{
	json_t *object = json_object();

	for (int reason = 0; reason < NIMBL_DROP_COUNT; reason++)
		json_object_set_new(
			object, nimbl_drop_key(reason), json_string(nimbl_drop_text(reason)));
	return object;
}

// The lists of a snapshot: where they are, and what one of them is.
static const struct list {
	enum view_part part;
	const char *key;
	size_t offset, count_offset, size, max;
	const struct field *fields;
} lists[] = {
#define LIST(part, list, count, fields)                                        \
	{                                                                      \
		part, #list, offsetof(struct nimbl_snapshot, list),            \
			offsetof(struct nimbl_snapshot, count),                \
			sizeof(((struct nimbl_snapshot *)0)->list[0]),         \
			sizeof(((struct nimbl_snapshot *)0)->list) /           \
				sizeof(((struct nimbl_snapshot *)0)->list[0]), \
			fields                                                 \
	}
	LIST(VIEW_PORTS, ports, port_count, port_fields),
	LIST(VIEW_POOLS, pools, pool_count, pool_fields),
	LIST(VIEW_LCORES, lcores, lcore_count, lcore_fields),
#undef LIST
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

static json_t *list_json(const struct list *list, const struct nimbl_snapshot *snapshot)
{
	const char *base = (const char *)snapshot;
	uint16_t count = *(const uint16_t *)(base + list->count_offset);
	json_t *array = json_array();

	for (uint16_t i = 0; i < count; i++)
		json_array_append_new(
			array, fields_json(list->fields, base + list->offset + i * list->size));
	return array;
}

static void list_read(const struct list *list, const json_t *json, struct nimbl_snapshot *snapshot)
{
	const json_t *array = json_object_get(json, list->key);
	size_t count = json_array_size(array);
	char *base = (char *)snapshot;

	count = count < list->max ? count : list->max;
	*(uint16_t *)(base + list->count_offset) = (uint16_t)count;
	for (size_t i = 0; i < count; i++)
		fields_read(list->fields, json_array_get(array, i),
			base + list->offset + i * list->size);
}

json_t *view_json(const struct nimbl_snapshot *snapshot, const struct nimbl_ledger *ledger,
	unsigned int parts)
{
	json_t *object = json_pack(
		"{s:s, s:I}", "schema", VIEW_SCHEMA, "time_ns", (json_int_t)snapshot->time_ns);

	for (size_t i = 0; i < LISTS; i++)
		if (parts & lists[i].part)
			json_object_set_new(object, lists[i].key, list_json(&lists[i], snapshot));
	if (parts & VIEW_REASONS)
		json_object_set_new(object, "reasons", reasons_json());
	if (parts & VIEW_LEDGER)
		json_object_set_new(object, "ledger", view_ledger_json(ledger));
	return object;
}

void view_read(const json_t *json, struct nimbl_snapshot *snapshot, struct nimbl_ledger *ledger)
{
	memset(snapshot, 0, sizeof(*snapshot));
	memset(ledger, 0, sizeof(*ledger));
	snapshot->time_ns = (uint64_t)json_integer_value(json_object_get(json, "time_ns"));
	for (size_t i = 0; i < LISTS; i++)
		list_read(&lists[i], json, snapshot);
	fields_read(ledger_fields, json_object_get(json, "ledger"), ledger);
	// Everything else may be missing and is printed as such.
	for (uint16_t i = 0; i < snapshot->port_count; i++)
		if (snapshot->ports[i].name == NULL)
			snapshot->ports[i].name = "?";
}
