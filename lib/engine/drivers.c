// SPDX-License-Identifier: BSD-3-Clause
// The drivers of shared objects that a configuration names.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_priv.h"
#include "nimbl_driver.h"

#define FOLDER_VARIABLE "NIMBL_DRIVERS"

static int fails_at(const struct nimbl_conf *conf, const struct nimbl_conf_driver *driver, int ret)
{
	if (driver->place.line > 0)
		nimbl_fail_prefix(
			"%s:%u:%u: ", conf->file, driver->place.line, driver->place.column);
	return ret;
}

static const char *driver_folder(void)
{
	const char *folder = getenv(FOLDER_VARIABLE);

	return folder != NULL && folder[0] != '\0' ? folder : NIMBL_DRIVER_FOLDER;
}

static int not_found(const struct nimbl_conf *conf, const struct nimbl_conf_driver *driver,
	const char *path, int error)
{
	char beside[2 * PATH_MAX];

	snprintf(beside, sizeof(beside), "%s%s", conf->folder, driver->file);
	nimbl_fail(error, "there is no driver %s: %s", path, strerror(error));
	if (strchr(driver->file, '/') == NULL && access(beside, F_OK) == 0)
		nimbl_mend("did you mean './%s', beside the configuration?", driver->file);
	else if (strchr(driver->file, '/') == NULL)
		nimbl_mend("names without a '/' are looked up in %s (" FOLDER_VARIABLE
			   " changes that); write ./%s for one beside the configuration",
			driver_folder(), driver->file);
	else
		nimbl_mend("relative paths start where the configuration lies%s%s",
			conf->folder[0] != '\0' ? ": " : "", conf->folder);
	return -error;
}

// The file of a driver, without links, into `path` of PATH_MAX bytes.
static int path_of(
	const struct nimbl_conf *conf, const struct nimbl_conf_driver *driver, char *path)
{
	char text[2 * PATH_MAX];

	if (driver->file[0] == '/')
		snprintf(text, sizeof(text), "%s", driver->file);
	else if (strchr(driver->file, '/') != NULL)
		snprintf(text, sizeof(text), "%s%s", conf->folder, driver->file);
	else
		snprintf(text, sizeof(text), "%s/%s", driver_folder(), driver->file);
	return realpath(text, path) != NULL ? 0 : not_found(conf, driver, text, errno);
}

// Under the name that is written, a link may lie.
static int name_of(const struct nimbl_conf_driver *driver, char *name)
{
	if (driver->name[0] == '\0')
		return nimbl_driver_name(driver->file, name, NIMBL_DRIVER_NAME_SIZE);
	snprintf(name, NIMBL_DRIVER_NAME_SIZE, "%s", driver->name);
	return 0;
}

int drivers_check(const struct nimbl_conf *conf)
{
	for (uint16_t i = 0; i < conf->driver_count; i++) {
		const struct nimbl_conf_driver *driver = &conf->drivers[i];
		char path[PATH_MAX], name[NIMBL_DRIVER_NAME_SIZE];
		int ret = name_of(driver, name);

		if (ret == 0)
			ret = path_of(conf, driver, path);
		if (ret == 0)
			ret = nimbl_driver_check(path);
		if (ret < 0)
			return fails_at(conf, driver, ret);
	}
	return 0;
}

int drivers_open(const struct nimbl_conf *conf)
{
	for (uint16_t i = 0; i < conf->driver_count; i++) {
		const struct nimbl_conf_driver *driver = &conf->drivers[i];
		struct nimbl_option parameters[NIMBL_CONF_PARAMETERS_MAX + 1] = {{NULL, NULL}};
		char path[PATH_MAX], name[NIMBL_DRIVER_NAME_SIZE];
		int ret = name_of(driver, name);

		for (uint16_t s = 0; s < driver->parameter_count; s++)
			parameters[s] = (struct nimbl_option){
				driver->parameters[s].key, driver->parameters[s].value};
		if (ret == 0)
			ret = path_of(conf, driver, path);
		if (ret == 0)
			ret = nimbl_driver_load(path, name, parameters);
		if (ret < 0)
			return fails_at(conf, driver, ret);
	}
	return 0;
}
