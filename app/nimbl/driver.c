// SPDX-License-Identifier: BSD-3-Clause
// nimbl driver: shows, loads and unloads the drivers of a running instance.
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "driver_client.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define WORDS_MAX 16

enum {
	KEY_AS = OPTION_LONG,
	KEY_JSON,
	KEY_NAME,
};

struct driver {
	const char *words[WORDS_MAX];
	unsigned int count;
	const char *instance, *as;
	bool is_json;
};

static const struct argp_option options[] = {
	{"as", KEY_AS, "NAME", 0, "Name of the loaded driver, instead of its file's", 0},
	{"json", KEY_JSON, NULL, 0, "Print JSON", 0},
	{"name", KEY_NAME, "NAME", 0, "Ask this instance; needed where several run", 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct driver *driver = state->input;

	switch (key) {
	case KEY_AS:
		driver->as = text;
		return 0;
	case KEY_JSON:
		driver->is_json = true;
		return 0;
	case KEY_NAME:
		driver->instance = text;
		return option_instance(state, text);
	case ARGP_KEY_ARG:
		if (driver->count == WORDS_MAX)
			return option_surplus(state, text);
		driver->words[driver->count++] = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[list]\nload FILE [KEY=VALUE...]\nunload NAME",
	.doc = "Show, load and unload the drivers of a running instance. FILE is a shared object "
	       "that belongs to root or to the user of the instance, and that nobody else may "
	       "write. A driver is unloaded when none of its filters stands in a stack.\v"
	       "Examples:\n"
	       "  nimbl driver\n"
	       "  nimbl driver load ./mine.so\n"
	       "  nimbl driver unload mine\n\n" OPTION_EXIT_TEXT,
};

static json_t *parameters_of(const struct driver *driver)
{
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);
	json_t *text;

	if (out == NULL)
		return NULL;
	for (unsigned int i = 2; i < driver->count; i++)
		fprintf(out, "%s\n", driver->words[i]);
	fclose(out);
	text = json_string(lines);
	free(lines);
	return text;
}

// The instance has a folder of its own: it is told where a file lies from the root.
static json_t *file_json(const char *file)
{
	char path[PATH_MAX];

	if (realpath(file, path) != NULL)
		return json_string(path);
	nimbl_fail(errno, "there is no driver %s: %s", file, strerror(errno));
	nimbl_mend("give the path of its shared object, such as ./mine.so");
	return NULL;
}

static json_t *request_load(const struct driver *driver)
{
	json_t *file = file_json(driver->words[1]), *request;

	if (file == NULL)
		return NULL;
	request = json_pack("{s:s, s:o, s:o}", "call", "driver-load", "file", file, "parameters",
		parameters_of(driver));
	if (driver->as != NULL)
		json_object_set_new(request, "name", json_string(driver->as));
	return request;
}

static json_t *request_unload(const struct driver *driver)
{
	return json_pack("{s:s, s:s}", "call", "driver-unload", "name", driver->words[1]);
}

static json_t *request_list(const struct driver *driver)
{
	return json_pack("{s:s}", "call", "drivers");
}

int driver_load_once(const struct nimbl_ctl_address *address, const char *file,
	char name[NIMBL_DRIVER_NAME_SIZE])
{
	json_t *path = file_json(file), *request, *answer;
	int ret;

	if (path == NULL)
		return -nimbl_last_error()->code;
	request = json_pack("{s:s, s:o, s:b}", "call", "driver-load", "file", path, "once", 1);
	ret = nimbl_ctl_ask(address, request, &answer);
	json_decref(request);
	if (ret < 0)
		return ret;
	snprintf(name, NIMBL_DRIVER_NAME_SIZE, "%s",
		json_string_value(json_object_get(answer, "name")));
	json_decref(answer);
	return 0;
}

static void answer_print(json_t *answer)
{
	static const char *const headers[] = {"driver", "kind", "in use", "file", NULL};
	struct table *table = table_new(headers);
	json_t *driver, *kind;
	size_t i, k;

	json_array_foreach (json_object_get(answer, "drivers"), i, driver) {
		const char *file = json_string_value(json_object_get(driver, "file"));
		char kinds[64] = "";
		size_t used = 0;

		json_array_foreach (json_object_get(driver, "kinds"), k, kind)
			used += (size_t)snprintf(kinds + used, sizeof(kinds) - used, "%s%s",
				k > 0 ? ", " : "", json_string_value(kind));
		table_cell(table, "%s", json_string_value(json_object_get(driver, "name")));
		table_cell(table, "%s", kinds);
		table_count(table, (uint64_t)json_integer_value(json_object_get(driver, "uses")));
		table_cell(table, "%s", file != NULL ? file : "(linked in)");
	}
	table_finish(table, 0, stdout);
}

static const struct deed {
	const char *word;
	unsigned int least, most; // words, with itself
	json_t *(*request)(const struct driver *driver);
} deeds[] = {
	{"list", 1, 1, request_list},
	{"load", 2, WORDS_MAX, request_load},
	{"unload", 2, 2, request_unload},
};

static const struct deed *deed_of(const struct driver *driver, const char *program)
{
	const char *names[] = {"list", "load", "unload", NULL};
	const char *word = driver->count > 0 ? driver->words[0] : "list", *near;

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (strcmp(deeds[i].word, word) != 0)
			continue;
		if (driver->count == 0 ||
			(driver->count >= deeds[i].least && driver->count <= deeds[i].most))
			return &deeds[i];
		say_usage(program, "'%s' is given too few or too many words", word);
		return NULL;
	}
	near = nimbl_did_you_mean(word, names);
	say_usage(program, "'%s' is none of list, load and unload%s%s%s", word,
		near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
	return NULL;
}

int command_driver(int argc, char **argv)
{
	struct driver driver = {.count = 0};
	struct nimbl_ctl_address address;
	json_t *request, *answer;
	int ret = option_parse(&argp, argc, argv, &driver);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	const struct deed *deed = deed_of(&driver, argv[0]);
	if (deed == NULL)
		return NIMBL_EXIT_USAGE;
	if (nimbl_ctl_find(driver.instance, &address) < 0)
		return say_error();
	request = deed->request(&driver);
	if (request == NULL)
		return say_error();
	ret = nimbl_ctl_ask(&address, request, &answer);
	json_decref(request);
	if (ret < 0)
		return say_error();
	if (driver.is_json)
		say_json(json_incref(answer));
	else if (deed->request == request_list)
		answer_print(answer);
	json_decref(answer);
	return NIMBL_EXIT_OK;
}
