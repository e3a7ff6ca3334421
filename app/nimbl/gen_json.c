// SPDX-License-Identifier: BSD-3-Clause
// nimbl gen as lines of JSON, schema nimbl.gen/1.
#include "gen.h"
#include "nimbl_instance.h"
#include "say.h"
#include "version.h"
#include "view.h"

static json_t *whole(double value)
{
	return json_integer((json_int_t)(value + 0.5));
}

static json_t *count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

void gen_json_started(const struct gen *gen)
{
	json_t *ports = json_array();

	for (unsigned int i = 0; i < gen->port_count; i++)
		json_array_append_new(
			ports, json_pack("{s:s, s:s, s:i}", "name", gen->ports[i].name, "device",
				       gen->ports[i].device, "streams",
				       (int)nimbl_flows_count(gen->flows, gen->ports[i].name)));
	say_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "schema", GEN_SCHEMA, "event",
		"started", "name", nimbl_instance_name(), "nimbl", NIMBL_VERSION, "dpdk",
		version_dpdk_running(), "ports", ports));
}

void gen_json_second(
	double elapsed_s, const struct nimbl_snapshot *before, const struct nimbl_snapshot *now)
{
	json_t *ports = json_array();

	for (uint16_t i = 0; i < now->port_count; i++) {
		struct view_rates rates = view_port_rates(before, now, i);

		json_array_append_new(
			ports, json_pack("{s:s, s:b, s:o, s:o, s:o}", "name", now->ports[i].name,
				       "link_up", (int)now->ports[i].link_up, "tx_pps",
				       whole(rates.tx_pps), "rx_pps", whole(rates.rx_pps),
				       "dropped_pps", whole(rates.dropped_pps)));
	}
	say_json(json_pack("{s:s, s:s, s:f, s:o}", "schema", GEN_SCHEMA, "event", "second",
		"elapsed_s", elapsed_s, "ports", ports));
}

static json_t *sent_json(const struct nimbl_tester_sent *sent, uint64_t elapsed_ns)
{
	struct gen_rates rates = gen_rates_of(sent->frames, sent->bytes, elapsed_ns);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?}", "frames",
		count(sent->frames), "asked", count(sent->asked), "refused", count(sent->refused),
		"l2_bytes", count(sent->bytes), "pps", whole(rates.pps), "l1_bps",
		whole(rates.l1_bps), "l2_bps", whole(rates.l2_bps), "late_max_ns",
		count(sent->late_max_ns), "short", gen_short_why(sent));
}

static json_t *delays_json(const struct gen *gen)
{
	struct gen_delays d;

	if (!gen_delays_of(gen->latency, nimbl_tester_hz(gen->tester), &d))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count",
		count(d.count), "min", whole(d.least), "mean", whole(d.mean), "deviation",
		whole(d.deviation), "p50", whole(d.p50), "p90", whole(d.p90), "p99", whole(d.p99),
		"p99.9", whole(d.p999), "p99.99", whole(d.p9999), "max", whole(d.most));
}

static json_t *received_json(const struct nimbl_tester_stream *stream)
{
	const struct nimbl_checker_figures *in = &stream->received;

	if (!nimbl_flow_is_signed(stream->flow))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "frames",
		count(nimbl_checker_unique(in)), "lost",
		count(nimbl_checker_lost(in, stream->sent.frames)), "duplicates",
		count(in->duplicates), "reordered", count(in->reordered), "extent_max",
		count(in->extent_max), "early", count(in->early), "stale", count(in->stale),
		"strays", count(in->strays));
}

static json_t *streams_json(const struct gen *gen)
{
	struct nimbl_tester_stream stream;
	struct nimbl_tester_view view;
	json_t *list = json_array();

	for (unsigned int i = 0; nimbl_tester_stream(gen->tester, i, &stream, gen->latency) == 0;
		i++) {
		nimbl_tester_read(gen->tester, stream.port, &view);
		json_array_append_new(
			list, json_pack("{s:s, s:i, s:s, s:o, s:o, s:o}", "name",
				      nimbl_flow_name(stream.flow), "id",
				      (int)nimbl_flow_id(stream.flow), "port", stream.port, "sent",
				      sent_json(&stream.sent, view.elapsed_ns), "received",
				      received_json(&stream), "latency_ns", delays_json(gen)));
	}
	return list;
}

static json_t *drops_json(const struct nimbl_counters *counters)
{
	json_t *drops = json_object();

	for (int i = 0; i < NIMBL_DROP_COUNT; i++) {
		if (counters->drops[i] > 0)
			json_object_set_new(drops, nimbl_drop_key((enum nimbl_drop)i),
				count(counters->drops[i]));
	}
	return drops;
}

static json_t *ports_json(const struct gen *gen, const struct nimbl_snapshot *now)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < now->port_count; i++) {
		const struct nimbl_port_view *port = &now->ports[i];
		struct nimbl_tester_view view;

		if (nimbl_tester_read(gen->tester, port->name, &view) < 0)
			continue;
		json_array_append_new(list,
			json_pack("{s:s, s:s?, s:f, s:o, s:{s:o, s:o, s:o, s:o, s:o}, s:o, s:o}",
				"name", port->name, "device", port->device, "seconds",
				(double)view.elapsed_ns / 1e9, "sent",
				sent_json(&view.sent, view.elapsed_ns), "received", "frames",
				count(view.received), "l2_bytes", count(view.received_bytes),
				"corrupt", count(view.check.corrupt), "misrouted",
				count(view.check.misrouted), "foreign", count(view.check.foreign),
				"tx_frames", count(port->counters.tx_frames), "drops",
				drops_json(&port->counters)));
	}
	return list;
}

void gen_json_result(const struct gen *gen, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, int status)
{
	struct gen_verdict verdict = gen_judge(gen);

	say_json(json_pack("{s:s, s:s, s:b, s:i, s:o, s:o, s:o, s:b, s:s?}", "schema", GEN_SCHEMA,
		"event", "result", "clean", (int)gen_is_clean(&verdict), "exit", status, "ports",
		ports_json(gen, now), "streams", streams_json(gen), "lost", count(verdict.lost),
		"balanced", (int)ledger->balanced, "why", ledger->balanced ? NULL : ledger->why));
}
