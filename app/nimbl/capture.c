// SPDX-License-Identifier: BSD-3-Clause
// nimbl capture: frames of a running instance, into a file or to standard output.
#include "capture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "option.h"
#include "say.h"

enum {
	KEY_AT = OPTION_LONG,
	KEY_DIRECTION,
	KEY_DURATION,
	KEY_NAME,
	KEY_OVERWRITE,
	KEY_SNAP,
};

static const struct argp_option options[] = {
	{"write", 'w', "FILE", 0, "Write to this file, - is standard output; else PORT-TIME.pcapng",
		0},
	{"count", 'c', "N", 0, "End after N frames", 0},
	{"duration", KEY_DURATION, "SEC", 0, "End after so long", 0},
	{"direction", KEY_DIRECTION, "WAY", 0, "rx, tx or both", 0},
	{"snap", KEY_SNAP, "BYTES", 0, "Keep so many bytes of each frame", 0},
	{"overwrite", KEY_OVERWRITE, NULL, 0, "Replace the file if there is one", 0},
	{"at", KEY_AT, "N", 0, "Place in the stack: 0, next to the device, unless told otherwise",
		0},
	{"name", KEY_NAME, "NAME", 0, "Ask this instance; needed where several run", 0}, {0}};

static error_t take_word(struct argp_state *state, struct capture *capture, const char *word)
{
	size_t used = strlen(capture->expression);

	if (capture->port == NULL) {
		capture->port = word;
		return 0;
	}
	if (used + strlen(word) + 2 > sizeof(capture->expression))
		return option_surplus(state, word);
	snprintf(capture->expression + used, sizeof(capture->expression) - used, "%s%s",
		used > 0 ? " " : "", word);
	return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct capture *capture = state->input;

	switch (key) {
	case 'w':
		capture->file = text;
		return 0;
	case 'c':
		return option_number(state, "-c", text, 1, UINT32_MAX, &capture->count);
	case KEY_AT:
		return option_number(state, "--at", text, 0, 15, &capture->at);
	case KEY_DIRECTION:
		capture->direction = text;
		return 0;
	case KEY_DURATION:
		return option_number(state, "--duration", text, 1, 86400, &capture->duration_s);
	case KEY_NAME:
		capture->instance = text;
		return option_instance(state, text);
	case KEY_OVERWRITE:
		capture->overwrite = true;
		return 0;
	case KEY_SNAP:
		return option_number(state, "--snap", text, 1, 65535, &capture->snap);
	case ARGP_KEY_ARG:
		return take_word(state, capture, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "PORT [EXPRESSION...]",
	.doc = "Capture frames of a port of a running instance into a file of pcapng, until a limit "
	       "is reached or Ctrl-C. EXPRESSION is one of pcap-filter(7).\v"
	       "Examples:\n"
	       "  nimbl capture wan\n"
	       "  nimbl capture wan udp port 53 -c 100 -w dns.pcapng\n"
	       "  nimbl capture wan -w - | tshark -r -\n\n" OPTION_EXIT_TEXT,
};

volatile sig_atomic_t capture_is_ended;

static void on_end(int number)
{
	capture_is_ended = 1;
}

// They come only while the command waits for something, never in a talk with the instance.
static void signals_take(void)
{
	const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = on_end};
	sigset_t waiting;

	sigemptyset(&waiting);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], &action, NULL);
		sigaddset(&waiting, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &waiting, NULL);
}

int command_capture(int argc, char **argv)
{
	struct capture capture = {.pipe = -1};
	int ret = option_parse(&argp, argc, argv, &capture);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	if (capture.port == NULL)
		return say_usage(argv[0], "the port is missing");
	signals_take();
	snprintf(capture.filter, sizeof(capture.filter), "capture-%d", (int)getpid());
	ret = nimbl_ctl_find(capture.instance, &capture.address);
	if (ret == 0)
		ret = capture_place_open(&capture);
	if (ret == 0)
		ret = capture_run(&capture);
	capture_place_close(&capture);
	return ret < 0 ? say_error() : NIMBL_EXIT_OK;
}
