// SPDX-License-Identifier: BSD-3-Clause
// nimbl help: the overview, or the help of one command.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "say.h"

static const char examples[] =
	"Examples:\n"
	"  nimbl doctor                    what this machine is ready for\n"
	"  nimbl demo                      ten seconds of traffic on any machine\n"
	"  nimbl config reference          every key of a configuration\n"
	"  nimbl run --check nimbl.yaml    look at a configuration, start nothing\n"
	"  nimbl run nimbl.yaml            forward frames until SIGINT\n"
	"  nimbl run --json nimbl.yaml     the same, with a line of JSON per second\n"
	"  nimbl show stats --watch 1      ask a running instance, every second\n"
	"  nimbl bench path                cost of the path, beside bare DPDK\n";

static const char exits[] = "Exit status:\n"
			    "  0  done; where frames flowed, the ledger balances\n"
			    "  1  a check or the ledger failed\n"
			    "  2  the command line or the configuration is wrong\n"
			    "  3  the machine lacks something: memory, rights, a device\n"
			    "  4  a bug of nimbl\n";

void command_overview(FILE *out)
{
	fputs("nimbl: a userspace packet engine for Linux. DPDK drives the NICs, everything above\n"
	      "speaks NDIS 6.\n\n"
	      "Usage: nimbl COMMAND [OPTION...]\n\nCommands:\n",
		out);
	for (const struct command *command = commands; command->name != NULL; command++)
		fprintf(out, "  %-9s %s\n", command->name, command->help);
	fprintf(out, "\n%s\n%s\n", examples, exits);
	fputs("nimbl help COMMAND tells the options of a command.\n", out);
}

// `help bench path` is `bench path --help`.
static int help_of(int argc, char **argv)
{
	static char option[] = "--help";
	char **args = calloc((size_t)argc + 2, sizeof(*args));
	int ret = NIMBL_EXIT_ENVIRONMENT;

	if (args == NULL) {
		fputs("nimbl: not enough memory\n", stderr);
		return ret;
	}
	memcpy(args, argv, (size_t)argc * sizeof(*args));
	args[argc] = option;
	ret = command_pick(commands, "nimbl", argc + 1, args);
	free(args);
	return ret;
}

int command_help(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "help") != 0)
		return help_of(argc - 1, argv + 1);
	command_overview(stdout);
	return NIMBL_EXIT_OK;
}
