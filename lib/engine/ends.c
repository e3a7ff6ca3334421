// SPDX-License-Identifier: BSD-3-Clause
// What the drivers of ports have in common, and those at the ends of a stack: whether they are there, and
// their settings.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_priv.h"
#include "nimbl_setting.h"

#define DRIVERS_MAX 64

struct nimbl_option *settings_options(
	const struct nimbl_conf_setting *list, uint16_t count, uint16_t more)
{
	struct nimbl_option *options = calloc(count + more + 1u, sizeof(*options));

	if (options == NULL)
		nimbl_fail(ENOMEM, "no memory for settings");
	for (uint16_t i = 0; options != NULL && i < count; i++)
		options[i] = (struct nimbl_option){list[i].key, list[i].value};
	return options;
}

struct nimbl_place settings_place(
	const struct nimbl_conf_setting *list, uint16_t count, struct nimbl_place driver)
{
	const struct nimbl_error *error = nimbl_last_error();
	unsigned int nth = error->nth;

	for (uint16_t i = 0; i < count; i++) {
		if (strcmp(list[i].key, error->setting) == 0 && nth-- == 0)
			return list[i].place;
	}
	return driver;
}

int place_fails(const struct nimbl_conf *conf, uint16_t port, struct nimbl_place place, int ret)
{
	if (place.line > 0)
		nimbl_fail_prefix("%s:%u:%u: port '%s': ", conf->file, place.line, place.column,
			conf->ports[port].name);
	else
		nimbl_fail_prefix("port '%s': ", conf->ports[port].name);
	return ret;
}

static const struct nimbl_driver *driver_find(const char *name, const char *kind)
{
	const char *names[DRIVERS_MAX + 1] = {NULL}, *meant;
	const struct nimbl_driver *driver = nimbl_driver_first();

	for (unsigned int n = 0; driver != NULL; driver = driver->next) {
		if (strcmp(driver->name, name) == 0)
			return driver;
		if (n < DRIVERS_MAX)
			names[n++] = driver->name;
	}
	nimbl_fail(EINVAL, "there is no %s driver '%s'", kind, name);
	meant = nimbl_did_you_mean(name, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	return NULL;
}

static int check_port(const struct nimbl_conf *conf, const char *name)
{
	const char *names[NIMBL_CONF_PORTS_MAX + 1] = {NULL}, *meant;

	for (uint16_t i = 0; i < conf->port_count; i++) {
		if (strcmp(conf->ports[i].name, name) == 0)
			return 0;
		names[i] = conf->ports[i].name;
	}
	nimbl_fail(EINVAL, "there is no port %s", nimbl_quote(name).text);
	meant = nimbl_did_you_mean(name, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	else
		nimbl_mend("give it the name of a port that stands under 'ports'");
	return -EINVAL;
}

// What a table cannot say, for it knows no configuration.
static int check_ports(const struct nimbl_conf *conf, const struct nimbl_setting *row,
	const struct nimbl_option *options)
{
	for (; row->name != NULL; row++) {
		for (unsigned int i = 0; row->type == NIMBL_SETTING_PORT && options[i].key != NULL;
			i++) {
			if (strcmp(options[i].key, row->name) == 0 &&
				check_port(conf, options[i].value) < 0) {
				nimbl_blame(row->name, 0);
				return -EINVAL;
			}
		}
	}
	return 0;
}

int driver_check(const struct nimbl_conf *conf, const char *name, const char *kind, const char *who,
	const struct nimbl_conf_setting *list, uint16_t count)
{
	const struct nimbl_driver *driver = driver_find(name, kind);
	struct nimbl_option *options;
	char owner[64];
	int ret;

	// What drivers of files call themselves is known once they are loaded.
	if (driver == NULL)
		return conf->driver_count > 0 ? 0 : -EINVAL;
	if (driver->settings == NULL)
		return 0;
	options = settings_options(list, count, 0);
	if (options == NULL)
		return -ENOMEM;
	snprintf(owner, sizeof(owner), "%s %s", kind, who);
	ret = nimbl_settings_check(driver->settings, options, owner);
	if (ret == 0)
		ret = check_ports(conf, driver->settings, options);
	if (ret == 0 && driver->check != NULL)
		ret = driver->check(options);
	free(options);
	return ret;
}

static int check_one(const struct nimbl_conf *conf, uint16_t port,
	const struct nimbl_conf_end *driver, const char *kind)
{
	int ret;

	if (driver->name[0] == '\0')
		return 0;
	ret = driver_check(
		conf, driver->name, kind, driver->name, driver->settings, driver->setting_count);
	return ret < 0 ? end_fails(conf, port, driver, ret) : 0;
}

int ends_check(const struct nimbl_conf *conf)
{
	int ret = 0;

	for (uint16_t i = 0; ret == 0 && i < conf->port_count; i++) {
		ret = check_one(conf, i, &conf->ports[i].miniport, "miniport");
		if (ret == 0)
			ret = check_one(conf, i, &conf->ports[i].protocol, "protocol");
	}
	return ret;
}

int end_fails(
	const struct nimbl_conf *conf, uint16_t port, const struct nimbl_conf_end *driver, int ret)
{
	return place_fails(conf, port,
		settings_place(driver->settings, driver->setting_count, driver->place), ret);
}
