// SPDX-License-Identifier: BSD-3-Clause
// Commands that ask a running instance by words: "nimbl filter remove wan count".
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "nimbl_ctl.h"
#include "option.h"

#define ASK_WORDS_MAX 280

// What stands on the command line. A command that has more embeds it as its first member.
struct ask {
	unsigned int room;                // words that the command takes at most
	const char *words[ASK_WORDS_MAX]; // what to do, and with what
	unsigned int count;
	const char *instance;
	bool is_json;
};

enum {
	ASK_JSON = OPTION_LONG,
	ASK_NAME,
	ASK_OWN, // keys of the command's own begin here
};

#define ASK_OPTION_NAME                                                                       \
	{                                                                                     \
		"name", ASK_NAME, "NAME", 0, "Ask this instance; needed where several run", 0 \
	}

// What can be done.
struct deed {
	const char *word;         // NULL ends a table
	unsigned int least, most; // words, with itself
	// Makes the request to who has this address; NULL with the error set when it cannot.
	json_t *(*request)(const struct ask *ask, const struct nimbl_ctl_address *address);
	void (*print)(json_t *answer); // for people; NULL: nothing is to be said
};

// For parser functions: the options above, and words.
error_t ask_parse(int key, char *text, struct argp_state *state, struct ask *ask);

// The deed that is asked for; without a word it is the first. NULL, said, when there is none such or its
// words are too few or too many.
const struct deed *ask_deed(const struct ask *ask, const struct deed *deeds, const char *program);

// Words from `first` on as one text of lines. NULL: no memory.
json_t *ask_lines(const struct ask *ask, unsigned int first);

// Find the instance, ask it, print the answer. Returns the exit status; what fails is said.
int ask_do(const struct ask *ask, const struct deed *deed);
