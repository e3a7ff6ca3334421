// SPDX-License-Identifier: BSD-3-Clause
// What the engine looks like at one moment, as JSON: every counter under its own name.
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

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

// By key, zeros too: a reader need not know which reasons there are.
static json_t *drops_json(const uint64_t drops[NIMBL_DROP_COUNT])
{
	json_t *object = json_object();

	for (int reason = 0; reason < NIMBL_DROP_COUNT; reason++)
		json_object_set_new(object, nimbl_drop_key(reason), count(drops[reason]));
	return object;
}

static json_t *counters_json(const struct nimbl_counters *counters)
{
	json_t *object = json_object();

#define X(name) json_object_set_new(object, #name, count(counters->name));
	COUNTERS(X)
#undef X
	json_object_set_new(object, "dropped", count(nimbl_counters_dropped(counters)));
	json_object_set_new(object, "drops", drops_json(counters->drops));
	return object;
}

static json_t *port_json(const struct nimbl_port_view *port)
{
	return json_pack("{s:s, s:s?, s:s?, s:i, s:s?, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:o}",
		"name", port->name, "device", port->device, "driver", port->driver, "port_id",
		(int)port->port_id, "peer", port->peer, "state", nimbl_state_name(port->state),
		"link_up", (int)port->link_up, "link_bps", (json_int_t)port->link_bps, "rx_missed",
		(json_int_t)port->rx_missed, "rx_no_buffer", (json_int_t)port->rx_no_buffer,
		"rx_errors", (json_int_t)port->rx_errors, "tx_errors", (json_int_t)port->tx_errors,
		"counters", counters_json(&port->counters));
}

static json_t *pool_json(const struct nimbl_pool_view *pool)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "name", pool->name, "ops",
		pool->ops, "size", (json_int_t)pool->size, "free", (json_int_t)pool->free, "cache",
		(json_int_t)pool->cache, "list_bytes", (json_int_t)pool->list_bytes, "total_bytes",
		(json_int_t)pool->total_bytes);
}

static json_t *lcore_json(const struct nimbl_lcore_view *lcore)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "lcore", (json_int_t)lcore->lcore, "polls",
		(json_int_t)lcore->info.polls, "rounds", (json_int_t)lcore->info.rounds,
		"busy_rounds", (json_int_t)lcore->info.busy_rounds, "sleeps",
		(json_int_t)lcore->info.sleeps);
}

json_t *view_ledger_json(const struct nimbl_ledger *ledger)
{
	json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
		"received", (json_int_t)ledger->received, "made", (json_int_t)ledger->born, "sent",
		(json_int_t)ledger->sent, "taken", (json_int_t)ledger->consumed, "dropped",
		(json_int_t)ledger->dropped_total, "in_flight", (json_int_t)ledger->in_flight,
		"lists_up", (json_int_t)ledger->lists_up, "lists_down",
		(json_int_t)ledger->lists_down, "pool_size", (json_int_t)ledger->pool_size,
		"pool_free", (json_int_t)ledger->pool_free, "balanced", (int)ledger->balanced);

	json_object_set_new(object, "drops", drops_json(ledger->dropped));
	if (!ledger->balanced)
		json_object_set_new(object, "why", json_string(ledger->why));
	return object;
}

json_t *view_json(const struct nimbl_snapshot *snapshot, const struct nimbl_ledger *ledger)
{
	json_t *ports = json_array(), *pools = json_array(), *lcores = json_array();

	for (uint16_t i = 0; i < snapshot->port_count; i++)
		json_array_append_new(ports, port_json(&snapshot->ports[i]));
	for (uint16_t i = 0; i < snapshot->pool_count; i++)
		json_array_append_new(pools, pool_json(&snapshot->pools[i]));
	for (uint16_t i = 0; i < snapshot->lcore_count; i++)
		json_array_append_new(lcores, lcore_json(&snapshot->lcores[i]));
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o*}", "schema", "nimbl.state/1", "time_ns",
		(json_int_t)snapshot->time_ns, "ports", ports, "pools", pools, "lcores", lcores,
		"ledger", ledger != NULL ? view_ledger_json(ledger) : NULL);
}
