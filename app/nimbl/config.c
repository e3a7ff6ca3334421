// SPDX-License-Identifier: BSD-3-Clause
// nimbl config: what there is to know about configurations.
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "nimbl_conf.h"
#include "nimbl_setting.h"
#include "option.h"
#include "say.h"

static int config_reference(int argc, char **argv);

static const struct command topics[] = {
	{"reference", "every key with what it allows, its default and its purpose",
		config_reference},
	{NULL, NULL, NULL},
};

static void reference(void)
{
	nimbl_conf_reference(stdout);
	fputs("Drivers, and what stands below the name of one in the miniport, filters and protocol "
	      "of a port:\n\n",
		stdout);
	nimbl_settings_reference(stdout);
}

static error_t parse_none(int key, char *text, struct argp_state *state)
{
	return key == ARGP_KEY_ARG ? option_surplus(state, text) : ARGP_ERR_UNKNOWN;
}

static int config_reference(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_none,
		.doc = "Print every key of a configuration with what it allows, its default and "
		       "its purpose.\v" OPTION_EXIT_TEXT,
	};
	int ret = option_parse(&argp, argc, argv, NULL);

	if (ret == 0)
		reference();
	return ret;
}

int command_config(int argc, char **argv)
{
	static const struct command_group group = {
		.table = topics,
		.words = "reference",
		.missing = "what to print is missing: reference",
		.help = "Print every key of a configuration with what it allows, its default and "
			"its purpose.\v"
			"Example: nimbl config reference | less\n\n" OPTION_EXIT_TEXT,
	};

	return command_group(&group, argc, argv);
}
