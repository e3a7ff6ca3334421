// SPDX-License-Identifier: BSD-3-Clause
// nimbl test: what a device can do, measured so that it may be believed.
#include "testing.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "compare.h"
#include "say.h"

#define CLEAR_LINE "\r\033[K"
#define EXIT_INT   130

static const struct command tests[] = {
	{"rfc2544", "throughput, latency, loss, bursts and recovery of a device", test_rfc2544},
	{"soak", "a fixed rate for a long time, and a ledger at the end", test_soak},
	{"compare", "what became worse between two reports", test_compare},
	{NULL, NULL, NULL},
};

static void on_end(int signal)
{
	if (bed_interrupted)
		_exit(EXIT_INT);
	bed_interrupted = signal;
}

void test_catch_ends(void)
{
	struct sigaction end = {.sa_handler = on_end};

	sigemptyset(&end.sa_mask);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
}

int test_status(int ret)
{
	if (ret == 0)
		return NIMBL_EXIT_OK;
	if (ret == -EINTR) {
		nimbl_fail(EINTR, "interrupted");
		say_error();
		return 128 +
		       bed_interrupted; // what a shell says of a program that the signal ended
	}
	int status = say_error();
	return ret == -EAGAIN || ret == -ENETDOWN ? NIMBL_EXIT_ENVIRONMENT : status;
}

bool test_is_live(void)
{
	return isatty(STDERR_FILENO) != 0;
}

void test_live(const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	// A line that wraps cannot be written over.
	fprintf(stderr, CLEAR_LINE "%.*s", (int)say_columns(stderr, 80) - 1, line);
	fflush(stderr);
}

void test_live_end(void)
{
	if (test_is_live())
		fputs(CLEAR_LINE, stderr);
}

error_t test_number(const struct argp_state *state, const char *option, const char *text,
	double min, double max, double *value)
{
	char *end;
	double number = strtod(text, &end);

	// strtod() takes signs, spaces, hex and names of what is no number.
	if (isdigit((unsigned char)*text) && strspn(text, "0123456789.") == strlen(text) &&
		*end == '\0' && number >= min && number <= max) {
		*value = number;
		return 0;
	}
	say_usage(state->argv[0], "%s '%s' is not allowed: a number of %g to %g", option, text, min,
		max);
	return EINVAL;
}

static error_t port_add(struct bed_wish *wish, char *text, const struct argp_state *state)
{
	char *equal = strchr(text, '=');

	if (equal == NULL || equal == text || equal[1] == '\0') {
		say_usage(state->argv[0], "--port '%s' is not NAME=DEVICE", text);
		return EINVAL;
	}
	if (wish->port_count == BED_PORTS) {
		say_usage(state->argv[0], "--port '%s': a test has two ports", text);
		return EINVAL;
	}
	*equal = '\0';
	wish->names[wish->port_count] = text;
	wish->devices[wish->port_count++] = equal + 1;
	return 0;
}

static error_t stream_add(struct bed_wish *wish, const char *text, const struct argp_state *state)
{
	if (strchr(text, '=') == NULL || wish->setting_count == BED_SETTINGS) {
		say_usage(state->argv[0], "--stream '%s' is not KEY=VALUE, or one of more than %d",
			text, BED_SETTINGS);
		return EINVAL;
	}
	wish->settings[wish->setting_count++] = text;
	return 0;
}

static error_t self_set(struct bed_wish *wish, const char *text, const struct argp_state *state)
{
	if (strcmp(text, "self") == 0) {
		wish->is_self = true;
		return 0;
	}
	say_usage(state->argv[0], "--dut '%s' is not allowed: only 'self'", text);
	return EINVAL;
}

static error_t device_check(const struct bed_wish *wish, const struct argp_state *state)
{
	const char *wrong = NULL;

	if (!wish->is_self && wish->port_count == 0)
		wrong = "what to test is missing: --dut self, or --port NAME=DEVICE";
	else if (wish->is_self && wish->port_count > 0)
		wrong = "--dut self has ports of its own: leave --port out";
	else if (!wish->is_self && (wish->is_reflector || wish->dut_filters != NULL))
		wrong = "--reflect and --dut-filters are for --dut self";
	else if (wish->port_count == 2 && strcmp(wish->names[0], wish->names[1]) == 0)
		wrong = "the two ports have the same name";
	if (wrong == NULL)
		return 0;
	say_usage(state->argv[0], "%s", wrong);
	return EINVAL;
}

error_t test_device_parse(
	struct bed_wish *wish, int key, char *text, const struct argp_state *state)
{
	double percent;
	error_t ret;

	switch (key) {
	case TEST_KEY_ALLOW_STEAL:
		ret = test_number(state, "--allow-steal", text, 0, 100, &percent);
		if (ret == 0) // of several threads together it may be more than the whole
			wish->steal_most = percent < 100 ? percent / 100 : HUGE_VAL;
		return ret;
	case TEST_KEY_DUT:
		return self_set(wish, text, state);
	case TEST_KEY_DUT_FILTERS:
		wish->dut_filters = text;
		return 0;
	case TEST_KEY_ONE_WAY:
		wish->is_one_way = true;
		return 0;
	case TEST_KEY_PORT:
		return port_add(wish, text, state);
	case TEST_KEY_REFLECT:
		wish->is_reflector = true;
		return 0;
	case TEST_KEY_STREAM:
		return stream_add(wish, text, state);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	case ARGP_KEY_END:
		return device_check(wish, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int test_compare(int argc, char **argv)
{
	return compare_reports("nimbl.test.compare/1",
		"Compare two reports of 'nimbl test rfc2544', figure by figure.\v" COMPARE_TEXT
		"Example:\n"
		"  nimbl test rfc2544 --dut self --quick --report before\n"
		"  nimbl test rfc2544 --dut self --quick --report after\n"
		"  nimbl test compare before/report.json after/report.json\n\n" OPTION_EXIT_TEXT,
		argc, argv);
}

int command_test(int argc, char **argv)
{
	static const struct command_group group = {
		.table = tests,
		.words = "rfc2544|soak|compare",
		.missing = "what to test is missing: rfc2544, soak or compare",
		.help = "Test a device that forwards frames.\v"
			"  rfc2544  throughput, latency, loss, bursts and recovery of a device\n"
			"  soak     a fixed rate for a long time, and a ledger at the end\n"
			"  compare  what became worse between two reports\n\n"
			"Example: nimbl test rfc2544 --dut self --quick --report out\n\n" OPTION_EXIT_TEXT,
	};

	return command_group(&group, argc, argv);
}
