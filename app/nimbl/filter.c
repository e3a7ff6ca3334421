// SPDX-License-Identifier: BSD-3-Clause
// nimbl filter: shows and changes the filters of a running instance.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "command.h"
#include "driver_client.h"
#include "option.h"
#include "say.h"
#include "table.h"

enum {
	KEY_AS = ASK_OWN,
	KEY_AT,
};

struct filter {
	struct ask ask;
	const char *as;
	uint32_t at;
	bool has_at;
};

static const struct argp_option options[] = {
	{"as", KEY_AS, "NAME", 0, "Name of the inserted filter in its stack", 0},
	{"at", KEY_AT, "N", 0, "Place of the inserted filter: 0 is next to the device", 0},
	{"json", ASK_JSON, NULL, 0, "Print JSON", 0}, ASK_OPTION_NAME, {0}};

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
	default:
		return ask_parse(key, text, state, &filter->ask);
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

// A driver of a file is loaded first, unless it is already.
static json_t *request_insert(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	const struct filter *filter = (const struct filter *)ask;
	const char *driver = ask->words[2];
	char of_file[NIMBL_DRIVER_NAME_SIZE];
	json_t *request;

	if (strchr(driver, '/') != NULL) {
		if (driver_load_once(address, driver, of_file) < 0)
			return NULL;
		driver = of_file;
	}
	request = json_pack("{s:s, s:s, s:s, s:o}", "call", "filter-insert", "port", ask->words[1],
		"driver", driver, "settings", ask_lines(ask, 3));
	if (filter->as != NULL)
		json_object_set_new(request, "name", json_string(filter->as));
	if (filter->has_at)
		json_object_set_new(request, "position", json_integer(filter->at));
	return request;
}

static json_t *request_set(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "call", "filter-set", "port", ask->words[1],
		"name", ask->words[2], "settings", ask_lines(ask, 3));
}

static json_t *request_remove(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s, s:s, s:s}", "call", "filter-remove", "port", ask->words[1], "name",
		ask->words[2]);
}

static json_t *request_list(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	json_t *request = json_pack("{s:s}", "call", "filters");

	if (ask->count > 1)
		json_object_set_new(request, "port", json_string(ask->words[1]));
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
static void waited_print(json_t *answer)
{
	json_int_t us = json_integer_value(json_object_get(answer, "waited_us"));

	printf("traffic waited %s\n", format_duration_ns((uint64_t)us * 1000).text);
}

static const struct deed deeds[] = {{"list", 1, 2, request_list, answer_print},
	{"insert", 3, ASK_WORDS_MAX, request_insert, waited_print},
	{"set", 3, ASK_WORDS_MAX, request_set, waited_print},
	{"remove", 3, 3, request_remove, waited_print}, {0}};

int command_filter(int argc, char **argv)
{
	struct filter filter = {.ask = {.room = ASK_WORDS_MAX}};
	int ret = option_parse(&argp, argc, argv, &filter);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	const struct deed *deed = ask_deed(&filter.ask, deeds, argv[0]);
	return deed != NULL ? ask_do(&filter.ask, deed) : NIMBL_EXIT_USAGE;
}
