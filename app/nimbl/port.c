// SPDX-License-Identifier: BSD-3-Clause
// nimbl port: takes ports of a running instance out, and brings them back.
#include <jansson.h>
#include <string.h>

#include "command.h"
#include "nimbl_ctl.h"
#include "option.h"
#include "say.h"

enum {
	KEY_NAME = OPTION_LONG,
};

struct port {
	const char *words[2]; // what to do, with which port
	unsigned int count;
	const char *instance;
};

static const struct argp_option options[] = {
	{"name", KEY_NAME, "NAME", 0, "Ask this instance; needed where several run", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct port *port = state->input;

	switch (key) {
	case KEY_NAME:
		port->instance = text;
		return option_instance(state, text);
	case ARGP_KEY_ARG:
		if (port->count == 2)
			return option_surplus(state, text);
		port->words[port->count++] = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "remove PORT\nadd PORT",
	.doc = "Take a port of a running instance out, in order, and bring it back as it was, with "
	       "its filters. What its peer would send through it meanwhile is dropped and counted "
	       "as no_peer. A port whose device went away by itself is brought back in the same "
	       "way; one on a kernel interface comes back alone. 'nimbl show ports' tells which "
	       "are gone.\v"
	       "Examples:\n"
	       "  nimbl port remove vm\n"
	       "  nimbl port add vm\n\n" OPTION_EXIT_TEXT,
};

// The call that a word stands for; NULL, said, when it is none.
static const char *call_of(const struct port *port, const char *program)
{
	const char *names[] = {"add", "remove", NULL};
	const char *word = port->count > 0 ? port->words[0] : "", *near;

	if (port->count == 2 && strcmp(word, "add") == 0)
		return "port-add";
	if (port->count == 2 && strcmp(word, "remove") == 0)
		return "port-remove";
	near = nimbl_did_you_mean(word, names);
	if (port->count < 2 && (near == NULL || strcmp(near, word) == 0))
		say_usage(program, "say 'remove' or 'add', and which port");
	else
		say_usage(program, "'%s' is none of remove and add%s%s%s", word,
			near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
			near != NULL ? "'?" : "");
	return NULL;
}

int command_port(int argc, char **argv)
{
	struct port port = {.count = 0};
	struct nimbl_ctl_address address;
	json_t *request, *answer;
	const char *call;
	int ret = option_parse(&argp, argc, argv, &port);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	call = call_of(&port, argv[0]);
	if (call == NULL)
		return NIMBL_EXIT_USAGE;
	if (nimbl_ctl_find(port.instance, &address) < 0)
		return say_error();
	request = json_pack("{s:s, s:s}", "call", call, "port", port.words[1]);
	ret = nimbl_ctl_ask(&address, request, &answer);
	json_decref(request);
	if (ret < 0)
		return say_error();
	json_decref(answer);
	return NIMBL_EXIT_OK;
}
