// SPDX-License-Identifier: BSD-3-Clause
// nimbl demo: traffic on any machine, from net_null devices. No NIC, hugepages or root.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "live.h"
#include "option.h"
#include "report.h"
#include "say.h"
#include "session.h"

#define SECONDS     10
#define SECONDS_MAX 86400
#define FRAME_SIZE  64
#define FRAME_MIN   60   // the shortest Ethernet frame without FCS
#define FRAME_MAX   1514 // net_null writes whatever size it is told, so the size has to fit
#define PORTS_MAX   2

enum {
	KEY_FRAME_SIZE = OPTION_LONG,
	KEY_JSON,
	KEY_PORT,
	KEY_SECONDS,
};

struct demo {
	uint32_t seconds, frame_size;
	bool is_json;
	unsigned int port_count; // given by --port
	const char *ports[PORTS_MAX];
};

static const char *const names[PORTS_MAX] = {"a", "b"};

static const struct argp_option options[] = {
	{"frame-size", KEY_FRAME_SIZE, "BYTES", 0, "Bytes of each frame that net_null makes (64)",
		0},
	{"json", KEY_JSON, NULL, 0, "Print events as lines of JSON (schema nimbl.event/1)", 0},
	{"port", KEY_PORT, "DEVICE", 0,
		"Use this device instead of net_null; twice for two ports, once for a port that "
		"sends back what it receives",
		0},
	{"seconds", KEY_SECONDS, "SEC", 0, "Stop after so many seconds (10)", 0}, {0}};

static error_t add_port(struct demo *demo, const struct argp_state *state, const char *device)
{
	if (demo->port_count == PORTS_MAX) {
		say_usage(state->argv[0], "--port '%s': the demo has two ports; 'nimbl run' has 64",
			device);
		return EINVAL;
	}
	demo->ports[demo->port_count++] = device;
	return 0;
}

static error_t check(const struct demo *demo, const struct argp_state *state)
{
	if (demo->port_count == 0 || demo->frame_size == 0)
		return 0;
	say_usage(state->argv[0], "--frame-size is for net_null; --port says the device itself");
	return EINVAL;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct demo *demo = state->input;

	switch (key) {
	case KEY_FRAME_SIZE:
		return option_number(
			state, "--frame-size", text, FRAME_MIN, FRAME_MAX, &demo->frame_size);
	case KEY_JSON:
		demo->is_json = true;
		return 0;
	case KEY_PORT:
		return add_port(demo, state, text);
	case KEY_SECONDS:
		return option_number(state, "--seconds", text, 1, SECONDS_MAX, &demo->seconds);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	case ARGP_KEY_END:
		return check(demo, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show nimbl at work on any machine: two net_null devices make frames, nimbl carries "
	       "them from each to the other and proves that none was lost. Needs no NIC, no "
	       "hugepages and no rights.\v"
	       "Examples:\n"
	       "  nimbl demo --seconds 3\n"
	       "  nimbl demo --frame-size 1514\n"
	       "  nimbl demo --port net_ring0 --json\n\n" OPTION_EXIT_TEXT,
};

// copy=1 makes net_null read and write the bytes of each frame, as a NIC would.
static int add_nulls(const struct demo *demo, struct nimbl_conf *conf)
{
	for (unsigned int i = 0; i < PORTS_MAX; i++) {
		char device[64];

		snprintf(device, sizeof(device), "net_null%u,size=%u,copy=1", i, demo->frame_size);
		int ret = nimbl_conf_add_port(conf, names[i], device);
		if (ret < 0)
			return ret;
	}
	return nimbl_conf_add_xconnect(conf, names[0], names[1]);
}

static int add_ports(const struct demo *demo, struct nimbl_conf *conf)
{
	for (unsigned int i = 0; i < demo->port_count; i++) {
		int ret = nimbl_conf_add_port(conf, names[i], demo->ports[i]);
		if (ret < 0)
			return ret;
	}
	return nimbl_conf_add_xconnect(conf, names[0], names[demo->port_count - 1]);
}

static int fill(const struct demo *demo, struct nimbl_conf *conf)
{
	snprintf(conf->name, sizeof(conf->name), "demo-%d", (int)getpid());
	conf->dev = NIMBL_DEV_ON;
	return demo->port_count == 0 ? add_nulls(demo, conf) : add_ports(demo, conf);
}

static void header(void *context)
{
	const struct demo *demo = context;

	if (demo->port_count == 0)
		printf("nimbl demo: net_null makes %u-byte frames; nimbl carries them a -> b and "
		       "b -> a as\nNET_BUFFER_LISTs: miniport, protocol, miniport.\n",
			demo->frame_size);
	else if (demo->port_count == 1)
		printf("nimbl demo: what comes to port a goes back out of it, as NET_BUFFER_LISTs: "
		       "miniport,\nprotocol, miniport.\n");
	else
		printf("nimbl demo: what comes to port a leaves from b, and the other way, as "
		       "NET_BUFFER_LISTs:\nminiport, protocol, miniport.\n");
	printf("%u s, software path, not line rate.\n\n", demo->seconds);
	say_flush();
}

static void print_way(const char *from, const char *to, const struct view_rates *rates)
{
	live_print("  %s -> %s %10s %12s L2", from, to, format_packet_rate(rates->tx_pps).text,
		format_bit_rate(rates->tx_l2_bps).text);
}

// What left a port came from the other one; the last port of one is the first.
static void second(void *context, double elapsed_s, const struct nimbl_snapshot *before,
	const struct nimbl_snapshot *now)
{
	struct live live = live_measure(elapsed_s, before, now);

	live_begin(false);
	live_print("%3.0f s", elapsed_s);
	for (uint16_t i = 0; i < now->port_count; i++) {
		uint16_t to = (uint16_t)(now->port_count - 1 - i);
		struct view_rates rates = view_port_rates(before, now, to);

		print_way(now->ports[i].name, now->ports[to].name, &rates);
	}
	live_print_tail(&live);
	live_end();
}

static int run(struct demo *demo, struct nimbl_conf *conf)
{
	struct session_options session = {
		.is_json = demo->is_json,
		.duration_s = demo->seconds,
		.context = demo,
		.started = header,
		.second = second,
	};
	int status;

	if (fill(demo, conf) < 0) {
		status = say_error();
		if (demo->is_json)
			report_error(status);
		return status;
	}
	status = session_run(conf, &session);
	if (!demo->is_json && status <= NIMBL_EXIT_FAILED)
		printf("software path, not line rate\n"
		       "next: nimbl bench path | nimbl config reference | nimbl run --dev CONFIG\n");
	return status;
}

int command_demo(int argc, char **argv)
{
	struct demo demo = {.seconds = SECONDS};
	struct nimbl_conf *conf;
	int status = option_parse(&argp, argc, argv, &demo);

	if (status != NIMBL_EXIT_OK)
		return status;
	if (demo.frame_size == 0)
		demo.frame_size = FRAME_SIZE;
	conf = nimbl_conf_new();
	if (conf == NULL)
		return say_error();
	status = run(&demo, conf);
	nimbl_conf_free(conf);
	return status;
}
