// SPDX-License-Identifier: BSD-3-Clause
// nimbl stop: tells a running instance to stop in order.
#include "command.h"
#include "nimbl_ctl.h"
#include "option.h"
#include "say.h"

#define KEY_NAME OPTION_LONG

static const struct argp_option options[] = {
	{"name", KEY_NAME, "NAME", 0, "Stop this instance; needed where several run", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	const char **name = state->input;

	switch (key) {
	case KEY_NAME:
		*name = text;
		return option_instance(state, text);
	case ARGP_KEY_ARG:
		return option_surplus(state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Tell a running instance to stop in order, as SIGTERM does. It takes well below a "
	       "second; its own output says whether its ledger balanced.\v" OPTION_EXIT_TEXT,
};

int command_stop(int argc, char **argv)
{
	struct nimbl_ctl_address address;
	const char *name = NULL;
	json_t *request, *answer;
	int ret = option_parse(&argp, argc, argv, &name);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	if (nimbl_ctl_find(name, &address) < 0)
		return say_error();
	request = json_pack("{s:s}", "call", "stop");
	ret = nimbl_ctl_ask(&address, request, &answer);
	json_decref(request);
	if (ret < 0)
		return say_error();
	json_decref(answer);
	return NIMBL_EXIT_OK;
}
