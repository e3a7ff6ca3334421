// SPDX-License-Identifier: BSD-3-Clause
// The commands of the program. Each reads its own options: argv[0] is "nimbl run" and the like,
// argv[1] its first argument. Returns one of enum nimbl_exit.
#pragma once

#include <stdio.h>

#include "nimbl_base.h"

struct command {
	const char *name;
	const char *help; // one line
	int (*run)(int argc, char **argv);
};

// In the order of the help; a NULL name ends them.
extern const struct command commands[];

int command_bench(int argc, char **argv);
int command_bind(int argc, char **argv);
int command_capture(int argc, char **argv);
int command_config(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_driver(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_gen(int argc, char **argv);
int command_help(int argc, char **argv);
int command_port(int argc, char **argv);
int command_run(int argc, char **argv);
int command_show(int argc, char **argv);
int command_filter(int argc, char **argv);
int command_nbl(int argc, char **argv);
int command_stop(int argc, char **argv);
int command_test(int argc, char **argv);
int command_version(int argc, char **argv);

// Print the overview of all commands.
void command_overview(FILE *out);

// Run the entry of `table` that argv[0] names, as "`before` name" ("nimbl bench" + "path"). No name
// (argc 0) or an unknown one is a wrong command line, said with a guess.
int command_pick(const struct command *table, const char *before, int argc, char **argv);

// A command that is a word before others.
struct command_group {
	const struct command *table;
	const char *words;   // for people: "path|buffer"
	const char *missing; // said without one
	const char *help;
};
int command_group(const struct command_group *group, int argc, char **argv);
