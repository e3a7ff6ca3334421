// SPDX-License-Identifier: BSD-3-Clause
// From words to a request, and the answer to the terminal.
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

#define DEEDS_MAX 8

error_t ask_parse(int key, char *text, struct argp_state *state, struct ask *ask)
{
	switch (key) {
	case ASK_JSON:
		ask->is_json = true;
		return 0;
	case ASK_NAME:
		ask->instance = text;
		return option_instance(state, text);
	case ARGP_KEY_ARG:
		if (ask->count == ask->room)
			return option_surplus(state, text);
		ask->words[ask->count++] = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void say_none(const struct deed *deeds, const char *word, const char *program)
{
	const char *names[DEEDS_MAX + 1] = {NULL}, *near;
	char list[160] = "";
	size_t used = 0;

	for (size_t i = 0; deeds[i].word != NULL && used < sizeof(list); i++) {
		const char *between = i == 0 ? "" : deeds[i + 1].word != NULL ? ", " : " and ";

		names[i] = deeds[i].word;
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%s", between, deeds[i].word);
	}
	near = nimbl_did_you_mean(word, names);
	say_usage(program, "'%s' is none of %s%s%s%s", word, list,
		near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
}

const struct deed *ask_deed(const struct ask *ask, const struct deed *deeds, const char *program)
{
	const char *word = ask->count > 0 ? ask->words[0] : deeds[0].word;
	unsigned int count = ask->count > 0 ? ask->count : 1;

	for (const struct deed *deed = deeds; deed->word != NULL; deed++) {
		if (strcmp(deed->word, word) != 0)
			continue;
		if (count >= deed->least && count <= deed->most)
			return deed;
		say_usage(program, "'%s' is given too few or too many words", word);
		return NULL;
	}
	say_none(deeds, word, program);
	return NULL;
}

json_t *ask_lines(const struct ask *ask, unsigned int first)
{
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);
	json_t *text;

	if (out == NULL)
		return NULL;
	for (unsigned int i = first; i < ask->count; i++)
		fprintf(out, "%s\n", ask->words[i]);
	fclose(out);
	text = json_string(lines);
	free(lines);
	return text;
}

int ask_do(const struct ask *ask, const struct deed *deed)
{
	struct nimbl_ctl_address address;
	json_t *request, *answer;
	int ret;

	if (nimbl_ctl_find(ask->instance, &address) < 0)
		return say_error();
	request = deed->request(ask, &address);
	if (request == NULL)
		return say_error();
	ret = nimbl_ctl_ask(&address, request, &answer);
	json_decref(request);
	if (ret < 0)
		return say_error();
	if (ask->is_json)
		say_json(json_incref(answer));
	else if (deed->print != NULL)
		deed->print(answer);
	json_decref(answer);
	return NIMBL_EXIT_OK;
}
