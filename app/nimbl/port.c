// SPDX-License-Identifier: BSD-3-Clause
// nimbl port: takes ports of a running instance out, and brings them back.
#include <jansson.h>
#include <string.h>

#include "ask.h"
#include "command.h"
#include "option.h"
#include "say.h"

static const struct argp_option options[] = {ASK_OPTION_NAME, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	return ask_parse(key, text, state, state->input);
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

static json_t *request_remove(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s, s:s}", "call", "port-remove", "port", ask->words[1]);
}

static json_t *request_add(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s, s:s}", "call", "port-add", "port", ask->words[1]);
}

static const struct deed deeds[] = {
	{"remove", 2, 2, request_remove, NULL}, {"add", 2, 2, request_add, NULL}, {0}};

// There is no port that could be meant without a word, and no deed either.
static bool is_whole(const struct ask *ask, const char *program)
{
	const char *names[] = {"remove", "add", NULL};
	const char *word = ask->count > 0 ? ask->words[0] : "";
	const char *near = nimbl_did_you_mean(word, names);

	if (ask->count == 2 || (near != NULL && strcmp(near, word) != 0))
		return true;
	say_usage(program, "say 'remove' or 'add', and which port");
	return false;
}

int command_port(int argc, char **argv)
{
	struct ask ask = {.room = 2};
	int ret = option_parse(&argp, argc, argv, &ask);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	const struct deed *deed = is_whole(&ask, argv[0]) ? ask_deed(&ask, deeds, argv[0]) : NULL;
	return deed != NULL ? ask_do(&ask, deed) : NIMBL_EXIT_USAGE;
}
