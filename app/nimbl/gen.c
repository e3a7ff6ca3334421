// SPDX-License-Identifier: BSD-3-Clause
// nimbl gen: streams of frames, sent and checked.
#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "option.h"
#include "report.h"
#include "say.h"
#include "session.h"

#define SECONDS_MAX 86400
#define TESTER      "gen"

enum {
	KEY_BOTH = OPTION_LONG,
	KEY_BURST,
	KEY_COUNT,
	KEY_DST,
	KEY_GAP,
	KEY_HGRM,
	KEY_JSON,
	KEY_NO_SIGNATURE,
	KEY_PORT,
	KEY_QUEUES,
	KEY_RATE,
	KEY_REPLAY,
	KEY_SECONDS,
	KEY_SET,
	KEY_SETTLE,
	KEY_SIZE,
	KEY_SRC,
	KEY_STRICT,
	KEY_TABLES,
	KEY_WAIT,
};

static const struct argp_option options[] = {{NULL, 0, NULL, 0, "Ports:", 1},
	{"port", KEY_PORT, "NAME=DEVICE", 0,
		"A port over a device of DPDK; repeat for more. The first sends, all others receive; "
		"one alone receives what it sends",
		1},
	{"both", KEY_BOTH, NULL, 0, "The second port sends such a stream to the first, too", 1},
	{"queues", KEY_QUEUES, "N", 0, "Queue pairs of each port (1)", 1},
	{NULL, 0, NULL, 0, "The stream, when no file says any:", 2},
	{"rate", KEY_RATE, "RATE", 0,
		"1.5Mpps, '1Gbit/s L1' (with preamble and gap), '1Gbit/s L2' (with FCS), 50% of the "
		"line, max (max)",
		2},
	{"size", KEY_SIZE, "SIZE", 0,
		"Bytes of a frame with its FCS: 64, 64..1518, 'random 64..1518', imix (64)", 2},
	{"burst", KEY_BURST, "FRAMES", 0, "Frames that go back to back (1)", 2},
	{"gap", KEY_GAP, "TIME", 0, "Pause after each burst, beside what the rate says", 2},
	{"dst", KEY_DST, "ADDRESS", 0, "Destination: MAC, IPv4 or IPv6 address; repeat for both",
		2},
	{"src", KEY_SRC, "ADDRESS", 0, "Source, likewise", 2},
	{"replay", KEY_REPLAY, "FILE", 0,
		"The frames of a capture (pcap, pcapng), at their times or at the rate; also --set "
		"replay.speed=2, --set replay.loops=10",
		2},
	{"set", KEY_SET, "KEY=VALUE", 0, "Any other key of a stream, such as vlan.vid=7", 2},
	{"no-signature", KEY_NO_SIGNATURE, NULL, 0,
		"Frames are not signed: sent and received are counted, nothing is checked", 2},
	{NULL, 0, NULL, 0, "Bounds, of each stream:", 3},
	{"count", KEY_COUNT, "FRAMES", 0, "Send so many frames", 3},
	{"seconds", KEY_SECONDS, "SEC", 0,
		"Send so long (10, unless there is a count, a capture or a file that bounds its "
		"streams)",
		3},
	{NULL, 0, NULL, 0, "What comes of it:", 4},
	{"strict", KEY_STRICT, NULL, 0,
		"Exit with 1 unless every frame came once, whole, in order, and the rate was kept",
		4},
	{"hgrm", KEY_HGRM, "FILE", 0, "Write the delays in the form of HdrHistogram's plotter", 4},
	{"json", KEY_JSON, NULL, 0,
		"Lines of JSON (schema " GEN_SCHEMA "): the default unless on a terminal", 4},
	{"tables", KEY_TABLES, NULL, 0, "Tables for people: the default on a terminal", 4},
	{"settle", KEY_SETTLE, "MS", 0, "Wait so long for frames under way (500)", 4},
	{"wait", KEY_WAIT, "SEC", 0, "Wait so long for links to come up (10)", 4}, {0}};

static error_t add_option(
	struct gen *gen, const struct argp_state *state, const char *key, const char *value)
{
	if (gen->option_count == GEN_OPTIONS_MAX) {
		say_usage(state->argv[0], "a stream has at most %d settings", GEN_OPTIONS_MAX);
		return EINVAL;
	}
	gen->options[gen->option_count++] = (struct nimbl_option){key, value};
	return 0;
}

// KEY=VALUE; a key alone has the value "".
static error_t add_setting(struct gen *gen, const struct argp_state *state, char *text)
{
	char *value = strchr(text, '=');

	if (value != NULL)
		*value++ = '\0';
	return add_option(gen, state, text, value != NULL ? value : "");
}

static error_t add_port(struct gen *gen, const struct argp_state *state, const char *text)
{
	const char *device = strchr(text, '=');
	struct gen_port *port = &gen->ports[gen->port_count];

	if (gen->port_count == GEN_PORTS_MAX) {
		say_usage(state->argv[0], "--port '%s': there are at most %u ports", text,
			GEN_PORTS_MAX);
		return EINVAL;
	}
	if (device == NULL || device == text || (size_t)(device - text) >= sizeof(port->name)) {
		say_usage(state->argv[0], "--port '%s' has to be NAME=DEVICE, such as a=net_null0",
			text);
		return EINVAL;
	}
	memcpy(port->name, text, (size_t)(device - text));
	port->name[device - text] = '\0';
	port->device = device + 1;
	gen->port_count++;
	return 0;
}

static error_t set_count(struct gen *gen, const struct argp_state *state, const char *text)
{
	char *end;
	unsigned long long count = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || count == 0) {
		say_usage(state->argv[0], "--count '%s' has to be a number of frames, at least 1",
			text);
		return EINVAL;
	}
	gen->how.frames = count;
	return 0;
}

static error_t set_seconds(struct gen *gen, const struct argp_state *state, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0.001) || seconds > SECONDS_MAX) {
		say_usage(
			state->argv[0], "--seconds '%s' has to be 0.001 to %d", text, SECONDS_MAX);
		return EINVAL;
	}
	gen->how.duration_ns = (uint64_t)(seconds * 1e9);
	return 0;
}

static error_t check(const struct gen *gen, const struct argp_state *state)
{
	if (gen->port_count == 0) {
		say_usage(state->argv[0], "--port NAME=DEVICE is missing: where the frames go");
		return EINVAL;
	}
	if (gen->file != NULL && gen->option_count > 0) {
		say_usage(state->argv[0],
			"'%s' is of the one stream of options, and a file of streams is given",
			gen->options[0].key);
		return EINVAL;
	}
	if (gen->is_both && (gen->file != NULL || gen->port_count < 2)) {
		say_usage(state->argv[0], "--both wants two ports, and no file of streams");
		return EINVAL;
	}
	return 0;
}

static error_t parse_stream(int key, char *text, struct gen *gen, const struct argp_state *state)
{
	switch (key) {
	case KEY_RATE:
		return add_option(gen, state, "rate", text);
	case KEY_SIZE:
		return add_option(gen, state, "size", text);
	case KEY_BURST:
		return add_option(gen, state, "burst", text);
	case KEY_GAP:
		return add_option(gen, state, "gap", text);
	case KEY_DST:
		return add_option(gen, state, "dst", text);
	case KEY_SRC:
		return add_option(gen, state, "src", text);
	case KEY_REPLAY:
		return add_option(gen, state, "replay", text);
	case KEY_SET:
		return add_setting(gen, state, text);
	case KEY_NO_SIGNATURE:
		return add_option(gen, state, "signature", "false");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct gen *gen = state->input;

	switch (key) {
	case KEY_PORT:
		return add_port(gen, state, text);
	case KEY_BOTH:
		gen->is_both = true;
		return 0;
	case KEY_QUEUES:
		return option_number(
			state, "--queues", text, 1, NIMBL_CONF_QUEUES_MAX, &gen->queues);
	case KEY_COUNT:
		return set_count(gen, state, text);
	case KEY_SECONDS:
		return set_seconds(gen, state, text);
	case KEY_STRICT:
		gen->is_strict = true;
		return 0;
	case KEY_HGRM:
		gen->hgrm = text;
		return 0;
	case KEY_JSON:
	case KEY_TABLES:
		gen->is_json = key == KEY_JSON;
		return 0;
	case KEY_SETTLE:
		return option_number(state, "--settle", text, 0, 60000, &gen->settle_ms);
	case KEY_WAIT:
		return option_number(state, "--wait", text, 0, 3600, &gen->wait_s);
	case ARGP_KEY_ARG:
		if (gen->file != NULL)
			return option_surplus(state, text);
		gen->file = text;
		return 0;
	case ARGP_KEY_END:
		return check(gen, state);
	default:
		return parse_stream(key, text, gen, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[STREAMS.yaml]",
	.doc = "Send streams of frames and check what comes back: loss, duplicates, order, "
	       "corruption, delay. Sizes are told with the FCS, as RFC 2544 does. 'nimbl explain "
	       "streams' tells the keys of a file.\v"
	       "Examples:\n"
	       "  nimbl gen --port a=net_ring0 --dst 02:00:00:00:00:02 --seconds 3\n"
	       "  nimbl gen --port a=net_af_packet0,iface=veth0 --port b=net_af_packet1,iface=veth1 "
	       "--dst 02:00:00:00:00:02 --rate 10kpps --count 1000 --strict\n"
	       "  nimbl gen --port a=0000:3b:00.0 --port b=0000:3b:00.1 streams.yaml\n\n"
	       "Exit status: 0 done (with --strict: and nothing is wrong), 1 a check or the ledger "
	       "failed, 2 wrong command line or streams, 3 the machine lacks something, 4 a bug of "
	       "nimbl.",
};

// Every stream of the file names a port that there is.
static int check_ports(const struct gen *gen)
{
	const char *name;

	for (unsigned int i = 0; (name = nimbl_flows_port(gen->flows, i)) != NULL; i++) {
		unsigned int p = 0;

		while (p < gen->port_count && strcmp(gen->ports[p].name, name) != 0)
			p++;
		if (p < gen->port_count)
			continue;
		nimbl_fail(EINVAL, "%s: a stream is of port '%s', which there is not", gen->file,
			name);
		nimbl_mend("say its device: --port %s=DEVICE", name);
		return -EINVAL;
	}
	return 0;
}

static int read_flows(struct gen *gen)
{
	int ret = nimbl_flows_open(&gen->flows);

	if (ret == 0 && gen->file != NULL)
		ret = nimbl_flows_read(gen->flows, gen->file);
	if (ret == 0 && gen->file == NULL)
		ret = nimbl_flows_add(gen->flows, gen->ports[0].name, gen->options);
	if (ret == 0 && gen->is_both)
		ret = nimbl_flows_add(gen->flows, gen->ports[1].name, gen->options);
	return ret == 0 ? check_ports(gen) : ret;
}

static int give_port(const struct gen *gen, const char *port)
{
	const struct nimbl_flow *list[NIMBL_TESTER_STREAMS_MAX];
	unsigned int count = nimbl_flows_count(gen->flows, port);

	for (unsigned int i = 0; i < count; i++)
		list[i] = nimbl_flows_at(gen->flows, port, i);
	return nimbl_tester_send(gen->tester, port, list, count);
}

// Without any bound it would never end by itself.
static void bound(struct gen *gen)
{
	bool is_bounded = gen->how.frames != 0 || gen->how.duration_ns != 0;

	for (unsigned int i = 0; i < nimbl_flows_count(gen->flows, NULL); i++) {
		const struct nimbl_pace_spec *spec =
			nimbl_flow_pace(nimbl_flows_at(gen->flows, NULL, i));

		const struct nimbl_flow_replay *replay =
			nimbl_flow_replay(nimbl_flows_at(gen->flows, NULL, i));

		is_bounded |= replay != NULL && replay->loops != 0;
		is_bounded |= spec->count != 0 || spec->duration_ns != 0;
	}
	if (!is_bounded)
		gen->how.duration_ns = 10000000000u;
}

static int open_tester(struct gen *gen)
{
	int ret = read_flows(gen);

	if (ret == 0)
		ret = nimbl_tester_open(TESTER, &gen->tester);
	for (unsigned int i = 0; ret == 0 && i < gen->port_count; i++)
		ret = give_port(gen, gen->ports[i].name);
	if (ret < 0)
		return ret;
	bound(gen);
	nimbl_tester_override(gen->tester, &gen->how);
	gen->latency = calloc(1, sizeof(*gen->latency));
	return gen->latency != NULL ? 0 : nimbl_fail(ENOMEM, "no memory for the delays");
}

// The longest frame of all, for lists and pools.
static uint32_t longest(const struct gen *gen)
{
	uint32_t bytes = 2048;

	for (unsigned int i = 0; i < nimbl_flows_count(gen->flows, NULL); i++) {
		uint32_t length = nimbl_flow_length_max(nimbl_flows_at(gen->flows, NULL, i));

		bytes = length > bytes ? length : bytes;
	}
	return bytes;
}

static int fill(const struct gen *gen, struct nimbl_conf *conf)
{
	char room[16];
	struct nimbl_conf_pair settings[] = {{"name", TESTER}, {"room", room}};

	snprintf(conf->name, sizeof(conf->name), "gen-%d", (int)getpid());
	snprintf(room, sizeof(room), "%u", longest(gen));
	conf->pools[0].data_size = longest(gen);
	for (unsigned int i = 0; i < gen->port_count; i++) {
		int index = nimbl_conf_add_port(conf, gen->ports[i].name, gen->ports[i].device);

		if (index < 0)
			return index;
		conf->ports[index].queues = (uint16_t)gen->queues;
		conf->ports[index].promiscuous = true;
		int ret = nimbl_conf_set_protocol(conf, index, "tester", settings, 2);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void judged(void *context, const struct nimbl_snapshot *now,
	const struct nimbl_ledger *ledger, int status)
{
	struct gen *gen = context;
	struct gen_verdict verdict = gen_judge(gen);

	if (gen->is_strict && !gen_is_clean(&verdict))
		gen->status = NIMBL_EXIT_FAILED;
	if (nimbl_tester_failed(gen->tester) < 0)
		gen->status = say_error();
	if (gen->hgrm != NULL && gen_write_delays(gen) < 0)
		gen->status = say_error();
	if (status == NIMBL_EXIT_OK)
		status = gen->status;
	if (gen->is_json)
		gen_json_result(gen, now, ledger, status);
	else
		gen_print_result(gen, now, ledger, status);
}

static void second(void *context, double elapsed_s, const struct nimbl_snapshot *before,
	const struct nimbl_snapshot *now)
{
	const struct gen *gen = context;

	if (gen->is_json)
		gen_json_second(elapsed_s, before, now);
	else
		gen_second(context, elapsed_s, before, now);
}

static int run(struct gen *gen, struct nimbl_conf *conf)
{
	struct session_options session = {
		.is_json = gen->is_json,
		.is_own = true,
		.context = gen,
		.second = second,
		.tick = gen_tick,
		.judged = judged,
	};
	int status;

	if (open_tester(gen) < 0 || fill(gen, conf) < 0) {
		status = say_error();
		if (gen->is_json)
			report_error(status);
		return status;
	}
	status = session_run(conf, &session);
	return status == NIMBL_EXIT_OK ? gen->status : status;
}

int command_gen(int argc, char **argv)
{
	struct gen gen = {
		.queues = 1, .settle_ms = 500, .wait_s = 10, .is_json = !say_is_terminal()};
	struct nimbl_conf *conf;
	int status = option_parse(&argp, argc, argv, &gen);

	if (status != NIMBL_EXIT_OK)
		return status;
	conf = nimbl_conf_new();
	if (conf == NULL)
		return say_error();
	status = run(&gen, conf);
	nimbl_tester_close(gen.tester);
	nimbl_flows_close(gen.flows);
	free(gen.latency);
	nimbl_conf_free(conf);
	return status;
}
