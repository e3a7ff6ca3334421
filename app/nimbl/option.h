// SPDX-License-Identifier: BSD-3-Clause
// Reading options: argp with our exit status, the terminal's width and guesses.
#pragma once

#include <argp.h>
#include <stdint.h>

// For the end of every command's help: argp prints what follows \v behind the options.
#define OPTION_EXIT_TEXT                                                                          \
	"Exit status: 0 done (and the ledger balances), 1 a check or the ledger failed, 2 wrong " \
	"command line or configuration, 3 the machine lacks something, 4 a bug of nimbl."

// Keys of options that have no letter begin here.
#define OPTION_LONG 0x100

// Parse all of argv. Returns 0, or an enum nimbl_exit when the command has to end with it:
// the reason was said. --help exits. Children of `argp` are not looked at for guesses.
int option_parse(const struct argp *argp, int argc, char **argv, void *input);

// For parser functions: read a whole number of `min` to `max`. Returns 0, or EINVAL after saying
// what is allowed for `option` ("--duration").
error_t option_number(const struct argp_state *state, const char *option, const char *text,
	uint32_t min, uint32_t max, uint32_t *value);

// For parser functions: check the name of an instance, of --name. Returns 0 or EINVAL, said.
error_t option_instance(const struct argp_state *state, const char *text);

// For parser functions: the argument `text` is one too many. Returns EINVAL.
error_t option_surplus(const struct argp_state *state, const char *text);
