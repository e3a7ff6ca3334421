// SPDX-License-Identifier: BSD-3-Clause
// nimbl filter: shows and changes the filters of a running instance.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "driver_client.h"
#include "nimbl_ctl.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define WORDS_MAX 280

enum {
	KEY_AS = OPTION_LONG,
	KEY_AT,
	KEY_JSON,
	KEY_NAME,
};

struct filter {
	const char *words[WORDS_MAX]; // what to do, and with what
	unsigned int count;
	const char *instance, *as;
	uint32_t at;
	bool has_at, is_json;
};

static const struct argp_option options[] = {
	{"as", KEY_AS, "NAME", 0, "Name of the inserted filter in its stack", 0},
	{"at", KEY_AT, "N", 0, "Place of the inserted filter: 0 is next to the device", 0},
	{"json", KEY_JSON, NULL, 0, "Print JSON", 0},
	{"name", KEY_NAME, "NAME", 0, "Ask this instance; needed where several run", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct filter *filter = state->input;

	switch (key) {
	case KEY_AS:
		filter->as = text;
		return 0;
	case KEY_AT:
		filter->has_at = true;
		return option_number(state, "--at", text, 0, 15, &filter->at);
	case KEY_JSON:
		filter->is_json = true;
		return 0;
	case KEY_NAME:
		filter->instance = text;
		return option_instance(state, text);
	case ARGP_KEY_ARG:
		if (filter->count == WORDS_MAX)
			return option_surplus(state, text);
		filter->words[filter->count++] = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc =
		"[list [PORT]]\ninsert PORT FILTER [KEY=VALUE...]\nset PORT NAME [KEY=VALUE...]\n"
		"remove PORT NAME",
	.doc = "Show and change the filters of a running instance. Only the stack that is changed "
	       "pauses; what comes for it waits in the device, and how long is said. A FILTER with "
	       "a '/' is the file of a driver, which is loaded unless it is already.\v"
	       "Examples:\n"
	       "  nimbl filter\n"
	       "  nimbl filter insert wan count --at 0 --as lowest\n"
	       "  nimbl filter insert wan ./mine.so mode=drop\n"
	       "  nimbl filter set wan lowest bytes=false\n"
	       "  nimbl filter remove wan lowest\n\n" OPTION_EXIT_TEXT,
};

// From word `first` on, as lines; whether they are too many or too long is for the instance to say.
static json_t *settings_of(const struct filter *filter, unsigned int first)
{
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);
	json_t *text;

	if (out == NULL)
		return NULL;
	for (unsigned int i = first; i < filter->count; i++)
		fprintf(out, "%s\n", filter->words[i]);
	fclose(out);
	text = json_string(lines);
	free(lines);
	return text;
}

static json_t *request_insert(const struct filter *filter)
{
	json_t *request = json_pack("{s:s, s:s, s:s, s:o}", "call", "filter-insert", "port",
		filter->words[1], "driver", filter->words[2], "settings", settings_of(filter, 3));

	if (filter->as != NULL)
		json_object_set_new(request, "name", json_string(filter->as));
	if (filter->has_at)
		json_object_set_new(request, "position", json_integer(filter->at));
	return request;
}

static json_t *request_set(const struct filter *filter)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "call", "filter-set", "port", filter->words[1],
		"name", filter->words[2], "settings", settings_of(filter, 3));
}

static json_t *request_remove(const struct filter *filter)
{
	return json_pack("{s:s, s:s, s:s}", "call", "filter-remove", "port", filter->words[1],
		"name", filter->words[2]);
}

static json_t *request_list(const struct filter *filter)
{
	json_t *request = json_pack("{s:s}", "call", "filters");

	if (filter->count > 1)
		json_object_set_new(request, "port", json_string(filter->words[1]));
	return request;
}

// All of them in one cell: there may be hundreds.
static void figures_cell(struct table *table, json_t *figures)
{
	const char *name, *between = "";
	char *text = NULL;
	size_t size;
	json_t *value;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return;
	json_object_foreach (figures, name, value) {
		fprintf(out, "%s%s %s", between, name,
			format_count((uint64_t)json_integer_value(value)).text);
		between = ", ";
	}
	fclose(out);
	table_cell(table, "%s", text);
	free(text);
}

static void answer_print(json_t *answer)
{
	static const char *const headers[] = {
		"port", "place", "filter", "driver", "state", "figures", NULL};
	struct table *table = table_new(headers);
	json_t *port, *filter;
	size_t i, place, all = 0;

	json_array_foreach (json_object_get(answer, "ports"), i, port) {
		all += json_array_size(json_object_get(port, "filters"));
		json_array_foreach (json_object_get(port, "filters"), place, filter) {
			table_cell(table, "%s", json_string_value(json_object_get(port, "port")));
			table_count(table, place);
			table_cell(table, "%s", json_string_value(json_object_get(filter, "name")));
			table_cell(
				table, "%s", json_string_value(json_object_get(filter, "driver")));
			table_cell(
				table, "%s", json_string_value(json_object_get(filter, "state")));
			figures_cell(table, json_object_get(filter, "figures"));
		}
	}
	if (all == 0)
		puts("no filter stands there; 'nimbl filter insert PORT FILTER' begins");
	else
		table_print(table, 0, stdout);
	table_free(table);
}

// What the change cost.
static void waited_print(const json_t *answer)
{
	json_int_t us = json_integer_value(json_object_get(answer, "waited_us"));

	printf("traffic waited %s\n", format_duration_ns((uint64_t)us * 1000).text);
}

// What can be done, how many words it takes with itself, and the request.
static const struct deed {
	const char *word;
	unsigned int least, most;
	json_t *(*request)(const struct filter *filter);
} deeds[] = {
	{"list", 1, 2, request_list},
	{"insert", 3, WORDS_MAX, request_insert},
	{"set", 3, WORDS_MAX, request_set},
	{"remove", 3, 3, request_remove},
};

static const struct deed *deed_of(const struct filter *filter, const char *program)
{
	const char *names[] = {"list", "insert", "set", "remove", NULL};
	const char *word = filter->count > 0 ? filter->words[0] : "list", *near;

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (strcmp(deeds[i].word, word) != 0)
			continue;
		if (filter->count == 0 ||
			(filter->count >= deeds[i].least && filter->count <= deeds[i].most))
			return &deeds[i];
		say_usage(program, "'%s' is given too few or too many words", word);
		return NULL;
	}
	near = nimbl_did_you_mean(word, names);
	say_usage(program, "'%s' is none of list, insert, set and remove%s%s%s", word,
		near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
	return NULL;
}

int command_filter(int argc, char **argv)
{
	struct filter filter = {.count = 0};
	struct nimbl_ctl_address address;
	char file_driver[NIMBL_DRIVER_NAME_SIZE];
	json_t *request, *answer;
	int ret = option_parse(&argp, argc, argv, &filter);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	const struct deed *deed = deed_of(&filter, argv[0]);
	if (deed == NULL)
		return NIMBL_EXIT_USAGE;
	if (nimbl_ctl_find(filter.instance, &address) < 0)
		return say_error();
	if (deed->request == request_insert && strchr(filter.words[2], '/') != NULL) {
		if (driver_load_once(&address, filter.words[2], file_driver) < 0)
			return say_error();
		filter.words[2] = file_driver;
	}
	request = deed->request(&filter);
	ret = nimbl_ctl_ask(&address, request, &answer);
	json_decref(request);
	if (ret < 0)
		return say_error();
	if (filter.is_json)
		say_json(json_incref(answer));
	else if (deed->request == request_list)
		answer_print(answer);
	else
		waited_print(answer);
	json_decref(answer);
	return NIMBL_EXIT_OK;
}
