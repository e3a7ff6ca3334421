// SPDX-License-Identifier: BSD-3-Clause
// nimbl run: the daemon. Forwards frames as a configuration says, until a signal.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "live.h"
#include "nimbl_log.h"
#include "option.h"
#include "report.h"
#include "say.h"
#include "session.h"

#define DURATION_MAX (366u * 24 * 3600)

enum {
	KEY_CHECK = OPTION_LONG,
	KEY_DEV,
	KEY_DURATION,
	KEY_JSON,
	KEY_NAME,
};

struct run {
	const char *file;
	const char *name; // NULL: as the configuration says
	bool is_check, is_dev, is_json;
	uint32_t duration_s;
	unsigned int verbose;
};

static const struct argp_option options[] = {
	{"check", KEY_CHECK, NULL, 0, "Look at the configuration and start nothing", 0},
	{"dev", KEY_DEV, NULL, 0, "Dev mode: no hugepages, no rights, no line rate", 0},
	{"duration", KEY_DURATION, "SEC", 0, "Stop after so many seconds", 0},
	{"json", KEY_JSON, NULL, 0, "Print events as lines of JSON (schema nimbl.event/1)", 0},
	{"name", KEY_NAME, "NAME", 0, "Name of the instance, instead of the configured one", 0},
	{"verbose", 'v', NULL, 0,
		"Say more, repeat for yet more; prints a line per second to files and pipes too",
		0},
	{0}};

static error_t set_file(struct run *run, const struct argp_state *state, const char *text)
{
	if (run->file != NULL)
		return option_surplus(state, text);
	run->file = text;
	return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct run *run = state->input;

	switch (key) {
	case KEY_CHECK:
		run->is_check = true;
		return 0;
	case KEY_DEV:
		run->is_dev = true;
		return 0;
	case KEY_DURATION:
		return option_number(state, "--duration", text, 1, DURATION_MAX, &run->duration_s);
	case KEY_JSON:
		run->is_json = true;
		return 0;
	case KEY_NAME:
		run->name = text;
		return option_instance(state, text);
	case 'v':
		run->verbose++;
		return 0;
	case ARGP_KEY_ARG:
		return set_file(run, state, text);
	case ARGP_KEY_NO_ARGS:
		say_usage(state->argv[0], "no configuration is given");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "CONFIG",
	.doc = "Forward frames as the file CONFIG says, until SIGINT or SIGTERM; '-' reads standard "
	       "input. SIGUSR1 prints the state; nimbl show asks for it from elsewhere.\v"
	       "Examples:\n"
	       "  nimbl run --check nimbl.yaml\n"
	       "  nimbl run --dev --duration 10 nimbl.yaml\n"
	       "  echo 'ports: {a: net_null0}' | nimbl run --dev --json -\n\n" OPTION_EXIT_TEXT,
};

static void set_verbosity(unsigned int verbose)
{
	if (verbose > 0)
		nimbl_log_set_level(verbose > 1 ? NIMBL_LOG_DEBUG : NIMBL_LOG_INFO);
}

static int say_checked(const struct run *run, const struct nimbl_conf *conf)
{
	unsigned int ports = conf->port_count, pairs = conf->xconnect_count;

	if (run->is_json)
		say_json(json_pack("{s:s, s:s, s:b, s:i, s:i}", "schema", "nimbl.check/1", "file",
			conf->file, "ok", 1, "ports", (int)ports, "xconnects", (int)pairs));
	else
		printf("%s: ok: %u port%s, %u cross-connect%s\n", conf->file, ports,
			ports == 1 ? "" : "s", pairs, pairs == 1 ? "" : "s");
	return NIMBL_EXIT_OK;
}

static int say_failed(const struct run *run)
{
	int status = say_error();

	if (run->is_json)
		report_error(status);
	return status;
}

static void second(void *context, double elapsed_s, const struct nimbl_snapshot *before,
	const struct nimbl_snapshot *now)
{
	struct live live = live_measure(elapsed_s, before, now);
	const struct view_rates *rates = &live.rates;

	live_begin(true);
	live_print("%5.0f s  in %s %s  out %s %s L2", elapsed_s,
		format_packet_rate(rates->rx_pps).text, format_bit_rate(rates->rx_l2_bps).text,
		format_packet_rate(rates->tx_pps).text, format_bit_rate(rates->tx_l2_bps).text);
	live_print_tail(&live);
	live_end();
}

static int run_conf(const struct run *run, struct nimbl_conf *conf)
{
	bool is_watched = run->verbose > 0 || isatty(STDOUT_FILENO) == 1;
	struct session_options session = {
		.is_json = run->is_json,
		.duration_s = run->duration_s,
		.second = is_watched ? second : NULL,
	};

	if (run->is_dev)
		conf->dev = NIMBL_DEV_ON;
	if (run->name != NULL)
		snprintf(conf->name, sizeof(conf->name), "%s", run->name);
	if (!run->is_check)
		return session_run(conf, &session);
	return nimbl_engine_check(conf) < 0 ? say_failed(run) : say_checked(run, conf);
}

int command_run(int argc, char **argv)
{
	struct run run = {0};
	struct nimbl_conf *conf;
	int status = option_parse(&argp, argc, argv, &run);

	if (status != NIMBL_EXIT_OK)
		return status;
	set_verbosity(run.verbose);
	if (nimbl_conf_load(run.file, &conf) < 0)
		return say_failed(&run);
	status = run_conf(&run, conf);
	nimbl_conf_free(conf);
	return status;
}
