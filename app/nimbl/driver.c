// SPDX-License-Identifier: BSD-3-Clause
// nimbl driver: shows, loads and unloads the drivers of a running instance.
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "command.h"
#include "driver_client.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define WORDS_MAX 16

enum {
	KEY_AS = ASK_OWN,
};

struct driver {
	struct ask ask;
	const char *as;
};

static const struct argp_option options[] = {
	{"as", KEY_AS, "NAME", 0, "Name of the loaded driver, instead of its file's", 0},
	{"json", ASK_JSON, NULL, 0, "Print JSON", 0}, ASK_OPTION_NAME, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct driver *driver = state->input;

	if (key != KEY_AS)
		return ask_parse(key, text, state, &driver->ask);
	driver->as = text;
	return 0;
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

static json_t *request_load(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	const struct driver *driver = (const struct driver *)ask;
	json_t *file = file_json(ask->words[1]), *request;

	if (file == NULL)
		return NULL;
	request = json_pack("{s:s, s:o, s:o}", "call", "driver-load", "file", file, "parameters",
		ask_lines(ask, 2));
	if (driver->as != NULL)
		json_object_set_new(request, "name", json_string(driver->as));
	return request;
}

static json_t *request_unload(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s, s:s}", "call", "driver-unload", "name", ask->words[1]);
}

static json_t *request_list(const struct ask *ask, const struct nimbl_ctl_address *address)
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

static const struct deed deeds[] = {{"list", 1, 1, request_list, answer_print},
	{"load", 2, WORDS_MAX, request_load, NULL}, {"unload", 2, 2, request_unload, NULL}, {0}};

int command_driver(int argc, char **argv)
{
	struct driver driver = {.ask = {.room = WORDS_MAX}};
	int ret = option_parse(&argp, argc, argv, &driver);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	const struct deed *deed = ask_deed(&driver.ask, deeds, argv[0]);
	return deed != NULL ? ask_do(&driver.ask, deed) : NIMBL_EXIT_USAGE;
}
