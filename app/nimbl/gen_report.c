// SPDX-License-Identifier: BSD-3-Clause
// nimbl gen's result as tables.
#include "gen.h"
#include "view.h"

static void print_sent(const struct gen *gen)
{
	static const char *const headers[] = {"stream", "port", "sent", "rate", "L1", "L2", NULL};
	struct table *table = table_new(headers);
	struct nimbl_tester_stream stream;
	struct nimbl_tester_view view;

	for (unsigned int i = 0; nimbl_tester_stream(gen->tester, i, &stream, NULL) == 0; i++) {
		nimbl_tester_read(gen->tester, stream.port, &view);
		struct gen_rates rates =
			gen_rates_of(stream.sent.frames, stream.sent.bytes, view.elapsed_ns);

		table_cell(table, "%s", nimbl_flow_name(stream.flow));
		table_cell(table, "%s", stream.port);
		table_count(table, stream.sent.frames);
		table_cell(table, "%s", format_packet_rate(rates.pps).text);
		table_cell(table, "%s", format_bit_rate(rates.l1_bps).text);
		table_cell(table, "%s", format_bit_rate(rates.l2_bps).text);
	}
	table_finish(table, 0, stdout);
}

// A table without a row is not printed.
static void finish_if(struct table *table, bool is_any)
{
	if (!is_any) {
		table_free(table);
		return;
	}
	putchar('\n');
	table_finish(table, 0, stdout);
}

static void print_received(const struct gen *gen)
{
	static const char *const headers[] = {
		"stream", "received", "lost", "duplicates", "reordered", "furthest", NULL};
	struct table *table = table_new(headers);
	struct nimbl_tester_stream stream;
	bool is_any = false;

	for (unsigned int i = 0; nimbl_tester_stream(gen->tester, i, &stream, NULL) == 0; i++) {
		const struct nimbl_checker_figures *in = &stream.received;

		if (!nimbl_flow_is_signed(stream.flow))
			continue;
		is_any = true;
		table_cell(table, "%s", nimbl_flow_name(stream.flow));
		table_count(table, nimbl_checker_unique(in));
		table_count(table, nimbl_checker_lost(in, stream.sent.frames));
		table_count(table, in->duplicates);
		table_count(table, in->reordered);
		table_count(table, in->extent_max);
	}
	finish_if(table, is_any);
}

static void cell_ns(struct table *table, double ns)
{
	table_cell(table, "%s", format_duration_ns((uint64_t)(ns + 0.5)).text);
}

static void print_delays(const struct gen *gen)
{
	static const char *const headers[] = {"delay of", "least", "mean", "50 %", "90 %", "99 %",
		"99.9 %", "99.99 %", "most", NULL};
	struct table *table = table_new(headers);
	struct nimbl_tester_stream stream;
	struct gen_delays d;
	bool is_any = false;

	for (unsigned int i = 0; nimbl_tester_stream(gen->tester, i, &stream, gen->latency) == 0;
		i++) {
		if (!gen_delays_of(gen->latency, nimbl_tester_hz(gen->tester), &d))
			continue;
		is_any = true;
		table_cell(table, "%s", nimbl_flow_name(stream.flow));
		cell_ns(table, d.least);
		cell_ns(table, d.mean);
		cell_ns(table, d.p50);
		cell_ns(table, d.p90);
		cell_ns(table, d.p99);
		cell_ns(table, d.p999);
		cell_ns(table, d.p9999);
		cell_ns(table, d.most);
	}
	finish_if(table, is_any);
}

static void print_port(const struct gen *gen, const struct nimbl_port_view *port)
{
	struct nimbl_tester_view view;
	const char *why;

	if (nimbl_tester_read(gen->tester, port->name, &view) < 0)
		return;
	printf("port %s: received %s", port->name, format_count(view.received).text);
	printf(", corrupt %s", format_count(view.check.corrupt).text);
	printf(", misrouted %s", format_count(view.check.misrouted).text);
	printf(", not signed %s\n", format_count(view.check.foreign).text);
	why = gen_short_why(&view.sent);
	if (why == NULL)
		return;
	printf("port %s: sent %s of ", port->name, format_count(view.sent.frames).text);
	printf("%s frames that were asked for: %s\n", format_count(view.sent.asked).text, why);
}

void gen_print_result(const struct gen *gen, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, int status)
{
	struct gen_verdict verdict = gen_judge(gen);

	print_sent(gen);
	print_received(gen);
	print_delays(gen);
	putchar('\n');
	for (uint16_t i = 0; i < now->port_count; i++)
		print_port(gen, &now->ports[i]);
	if (verdict.sent > 0 && verdict.received == 0)
		printf("nothing came back: loss says nothing unless a port should receive\n");
	view_print_ledger(ledger, stdout);
	if (view_has_drops(now))
		view_print_drops(now, stdout);
}
