// SPDX-License-Identifier: BSD-3-Clause
// The program: picks the command.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "say.h"

#define COMMANDS_MAX 32

const struct command commands[] = {
	{"run", "forward frames as a configuration says, until a signal", command_run},
	{"show", "ask a running instance: balance, config, drops, lcores, pools, ports, stats",
		command_show},
	{"filter", "show and change the filters of a running instance", command_filter},
	{"driver", "show, load and unload the drivers of a running instance", command_driver},
	{"port", "take a port of a running instance out, and bring it back", command_port},
	{"capture", "write frames of a running instance to a file", command_capture},
	{"nbl", "who holds lists, and which rules drivers broke: pending, log, track", command_nbl},
	{"stop", "tell a running instance to stop", command_stop},
	{"demo", "show nimbl at work: no NIC, hugepages or root needed", command_demo},
	{"gen", "send streams of frames, and check what comes back", command_gen},
	{"test", "test a device: rfc2544, soak, compare", command_test},
	{"bench", "measure this machine: path, change, buffer, pool, compare", command_bench},
	{"doctor", "say what stands between you and line rate on this machine, and mend it",
		command_doctor},
	{"bind", "list network devices, give them to DPDK and back", command_bind},
	{"explain", "say what a configuration means before anything starts: memory, streams",
		command_explain},
	{"config", "print every key of a configuration: reference", command_config},
	{"version", "print the versions of nimbl and of DPDK", command_version},
	{"help", "print this, or the help of a command", command_help},
	{NULL, NULL, NULL},
};

static int unknown(const struct command *table, const char *before, const char *word)
{
	const char *names[COMMANDS_MAX + 1] = {NULL};

	for (size_t i = 0; table[i].name != NULL && i < COMMANDS_MAX; i++)
		names[i] = table[i].name;
	const char *near = nimbl_did_you_mean(word + strspn(word, "-"), names);
	const char *what = word[0] == '-' ? "option" : "command";
	if (near != NULL)
		return say_usage(before, "unknown %s '%s'. Did you mean '%s'?", what, word, near);
	return say_usage(before, "unknown %s '%s'", what, word);
}

int command_pick(const struct command *table, const char *before, int argc, char **argv)
{
	char name[80];

	if (argc < 1)
		return say_usage(before, "a command is missing");
	for (const struct command *command = table; command->name != NULL; command++) {
		if (strcmp(argv[0], command->name) != 0)
			continue;
		// argp begins its messages with argv[0].
		snprintf(name, sizeof(name), "%s %s", before, command->name);
		argv[0] = name;
		return command->run(argc, argv);
	}
	return unknown(table, before, argv[0]);
}

// What people type for help and version, as the command that does it.
static char *command_of(char *word)
{
	static char help[] = "help", version[] = "version";

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0)
		return help;
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return version;
	return word;
}

int main(int argc, char **argv)
{
	// A reader that goes away, as head does, is an error of a write: commands end in order.
	signal(SIGPIPE, SIG_IGN);
	atexit(say_close);
	if (argc < 2) {
		command_overview(stdout);
		return NIMBL_EXIT_OK;
	}
	argv[1] = command_of(argv[1]);
	return command_pick(commands, "nimbl", argc - 1, argv + 1);
}
