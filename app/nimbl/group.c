// SPDX-License-Identifier: BSD-3-Clause
// Commands that are a word before others: nimbl bench, test, explain, config.
#include <argp.h>
#include <errno.h>

#include "command.h"
#include "option.h"
#include "say.h"

static error_t parse(int key, char *text, struct argp_state *state)
{
	if (key != ARGP_KEY_NO_ARGS)
		return ARGP_ERR_UNKNOWN;
	say_usage(state->argv[0], "%s", (const char *)state->input);
	return EINVAL;
}

int command_group(const struct command_group *group, int argc, char **argv)
{
	const struct argp argp = {.parser = parse, .args_doc = group->words, .doc = group->help};

	if (argc > 1 && argv[1][0] != '-')
		return command_pick(group->table, argv[0], argc - 1, argv + 1);
	return option_parse(&argp, argc, argv, (void *)group->missing);
}
