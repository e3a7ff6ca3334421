// SPDX-License-Identifier: BSD-3-Clause
// Calls that tell of the filters of running stacks, and change them.
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "settings.h"

#define FIGURES_MAX 1100

static const char *text_of(const json_t *args, const char *name)
{
	return json_string_value(json_object_get(args, name));
}

static json_t *filter_json(const struct nimbl_filter_info *info, unsigned int place)
{
	static struct nimbl_figure figures[FIGURES_MAX]; // too much for a stack; one thread answers
	unsigned int n = nimbl_filter_figures(info->filter, figures, FIGURES_MAX);
	json_t *counts = json_object();

	for (unsigned int i = 0; i < n; i++)
		json_object_set_new(
			counts, figures[i].name, json_integer((json_int_t)figures[i].value));
	return json_pack("{s:i, s:s, s:s, s:s, s:o}", "place", (int)place, "name", info->name,
		"driver", info->driver, "state", nimbl_state_name(info->state), "figures", counts);
}

static json_t *port_json(const struct answers *answers, const char *port)
{
	NDIS_HANDLE adapter = nimbl_engine_adapter(answers->engine, port);
	struct nimbl_filter_info info;
	json_t *list = json_array();

	for (unsigned int i = 0; nimbl_filter_query(adapter, i, &info); i++)
		json_array_append_new(list, filter_json(&info, i));
	return json_pack("{s:s, s:o}", "port", port, "filters", list);
}

static int filters(void *context, const json_t *args, json_t *answer)
{
	const struct answers *answers = context;
	const char *only = text_of(args, "port");
	json_t *ports = json_array();
	int ret = 0;

	for (uint16_t i = 0; i < answers->conf->port_count; i++) {
		const char *name = answers->conf->ports[i].name;

		if (only == NULL || strcmp(only, name) == 0)
			json_array_append_new(ports, port_json(answers, name));
	}
	if (only != NULL && json_array_size(ports) == 0) {
		ret = nimbl_fail(EINVAL, "there is no port '%.32s'", only);
		nimbl_mend("'nimbl show ports' lists them");
	}
	json_object_set_new(answer, "schema", json_string("nimbl.filters/1"));
	json_object_set_new(answer, "ports", ports);
	return ret;
}

// How long traffic waited for a change that was made.
static int changed(const struct answers *answers, int ret, json_t *answer)
{
	if (ret == 0)
		json_object_set_new(answer, "waited_us",
			json_integer((json_int_t)nimbl_engine_held_us(answers->engine)));
	return ret;
}

static int insert(void *context, const json_t *args, json_t *answer)
{
	struct answers *answers = context;
	const json_t *position = json_object_get(args, "position");
	struct settings settings;
	int ret = settings_read(&settings, text_of(args, "settings"));

	if (ret < 0)
		return ret;
	ret = nimbl_engine_filter_insert(answers->engine, text_of(args, "port"),
		position != NULL ? (unsigned int)json_integer_value(position)
				 : NIMBL_FILTER_HIGHEST,
		text_of(args, "driver"), text_of(args, "name"), settings.list);
	return changed(answers, ret, answer);
}

static int set(void *context, const json_t *args, json_t *answer)
{
	struct answers *answers = context;
	struct settings settings;
	int ret = settings_read(&settings, text_of(args, "settings"));

	if (ret < 0)
		return ret;
	ret = nimbl_engine_filter_reconfigure(
		answers->engine, text_of(args, "port"), text_of(args, "name"), settings.list);
	return changed(answers, ret, answer);
}

static int take_out(void *context, const json_t *args, json_t *answer)
{
	struct answers *answers = context;

	return changed(answers,
		nimbl_engine_filter_remove(
			answers->engine, text_of(args, "port"), text_of(args, "name")),
		answer);
}

static const struct nimbl_ctl_arg list_args[] = {
	{"port", NIMBL_CTL_TEXT, false, "name of the only port to tell of"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_arg insert_args[] = {
	{"port", NIMBL_CTL_TEXT, true, "name of the port"},
	{"driver", NIMBL_CTL_TEXT, true, "name of the filter driver"},
	{"name", NIMBL_CTL_TEXT, false,
		"name of the filter in this stack; else that of the driver"},
	{"position", NIMBL_CTL_NUMBER, false, "0 is next to the device; else it is the highest"},
	{"settings", NIMBL_CTL_TEXT, false, "a line key=value for each"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_arg set_args[] = {
	{"port", NIMBL_CTL_TEXT, true, "name of the port"},
	{"name", NIMBL_CTL_TEXT, true, "name of the filter in this stack"},
	{"settings", NIMBL_CTL_TEXT, false, "a line key=value for each; others get their defaults"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_arg remove_args[] = {
	{"port", NIMBL_CTL_TEXT, true, "name of the port"},
	{"name", NIMBL_CTL_TEXT, true, "name of the filter in this stack"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call calls[] = {
	{"filters", "filters of ports, lowest first, and their figures", false, list_args, filters},
	{"filter-insert", "put a filter into a running stack", true, insert_args, insert},
	{"filter-remove", "take a filter out of a running stack", true, remove_args, take_out},
	{"filter-set", "give a filter other settings", true, set_args, set},
	{NULL, NULL, false, NULL, NULL},
};

int answers_add_filters(struct answers *answers, struct nimbl_ctl *ctl)
{
	return nimbl_ctl_add(ctl, calls, answers);
}
