// SPDX-License-Identifier: BSD-3-Clause
// Calls that tell of the loaded drivers, load more and unload them.
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "settings.h"

static const char *text_of(const json_t *args, const char *name)
{
	return json_string_value(json_object_get(args, name));
}

static json_t *driver_json(const struct nimbl_driver_info *info)
{
	json_t *kinds = json_array();

	if (info->is_filter)
		json_array_append_new(kinds, json_string("filter"));
	if (info->is_miniport)
		json_array_append_new(kinds, json_string("miniport"));
	if (info->is_protocol)
		json_array_append_new(kinds, json_string("protocol"));
	return json_pack("{s:s, s:s?, s:o, s:i}", "name", info->name, "file", info->file, "kinds",
		kinds, "uses", (int)info->uses);
}

static int drivers(void *context, const json_t *args, json_t *answer)
{
	struct nimbl_driver_info info;
	json_t *list = json_array();

	for (unsigned int i = 0; nimbl_driver_query(i, &info); i++)
		json_array_append_new(list, driver_json(&info));
	json_object_set_new(answer, "schema", json_string("nimbl.drivers/1"));
	json_object_set_new(answer, "drivers", list);
	return 0;
}

static const char *name_of_file(const char *file)
{
	struct nimbl_driver_info info;

	for (unsigned int i = 0; nimbl_driver_query(i, &info); i++) {
		if (info.file != NULL && strcmp(info.file, file) == 0)
			return info.name;
	}
	return NULL;
}

static int load(void *context, const json_t *args, json_t *answer)
{
	const char *file = text_of(args, "file"), *name = text_of(args, "name");
	struct settings parameters;
	int ret = settings_read(&parameters, text_of(args, "parameters"));

	if (ret == 0 && file[0] != '/') {
		ret = nimbl_fail(EINVAL, "'%.60s' is no path from the root", file);
		nimbl_mend("an instance does not know the folder of who asks");
	}
	if (ret < 0)
		return ret;
	if (!json_is_true(json_object_get(args, "once")) || name_of_file(file) == NULL)
		ret = nimbl_driver_load(file, name, parameters.list);
	if (ret == 0)
		json_object_set_new(answer, "name", json_string(name_of_file(file)));
	return ret;
}

static int unload(void *context, const json_t *args, json_t *answer)
{
	return nimbl_driver_unload(text_of(args, "name"));
}

static const struct nimbl_ctl_arg load_args[] = {
	{"file", NIMBL_CTL_TEXT, true,
		"path of the shared object, from the root and without links"},
	{"name", NIMBL_CTL_TEXT, false, "name of the driver; else that of the file"},
	{"parameters", NIMBL_CTL_TEXT, false, "a line key=value for each"},
	{"once", NIMBL_CTL_FLAG, false, "a file that is loaded already is no error"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_arg unload_args[] = {
	{"name", NIMBL_CTL_TEXT, true, "name of the driver"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call calls[] = {
	{"drivers", "drivers that are loaded, linked in or from a file", false, NULL, drivers},
	{"driver-load", "load a driver from a shared object", true, load_args, load},
	{"driver-unload", "let go of a driver that is not in use", true, unload_args, unload},
	{NULL, NULL, false, NULL, NULL},
};

int answers_add_drivers(struct answers *answers, struct nimbl_ctl *ctl)
{
	return nimbl_ctl_add(ctl, calls, answers);
}
