// SPDX-License-Identifier: BSD-3-Clause
// The drivers of shared objects: a list of files, each alone or with a name and parameters.
#include "conf_priv.h"

#include <errno.h>
#include <string.h>

#define FORM "write drivers: [./my.so, {file: ./other.so, name: other}]"

int conf_read_driver_file(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	struct nimbl_conf_driver *driver = base;
	int ret = conf_need_kind(reader, node, NODE_SCALAR, key->name);

	if (ret < 0)
		return ret;
	if (node->text[0] != '\0' && strlen(node->text) < sizeof(driver->file)) {
		strcpy(driver->file, node->text);
		driver->place = node->place;
		return 0;
	}
	ret = conf_say(
		reader, node->place, "%s is no file of a driver", conf_quote(node->text).text);
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}

static int read_parameter(struct reader *reader, struct nimbl_conf_driver *driver,
	const struct node *key, const struct node *value)
{
	struct nimbl_conf_parameter *parameter = &driver->parameters[driver->parameter_count];
	int ret = conf_need_kind(reader, value, NODE_SCALAR, key->text);

	if (ret < 0)
		return ret;
	if (driver->parameter_count < NIMBL_CONF_PARAMETERS_MAX &&
		strlen(key->text) < sizeof(parameter->key) &&
		strlen(value->text) < sizeof(parameter->value)) {
		strcpy(parameter->key, key->text);
		strcpy(parameter->value, value->text);
		driver->parameter_count++;
		return 0;
	}
	ret = conf_say(reader, key->place, "parameter %s is too long, or one too many",
		conf_quote(key->text).text);
	nimbl_mend("%d parameters are allowed, of up to %zu characters and values of up to %zu",
		NIMBL_CONF_PARAMETERS_MAX, sizeof(parameter->key) - 1,
		sizeof(parameter->value) - 1);
	return ret;
}

int conf_read_parameters(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = conf_need_kind(reader, node, NODE_MAP, key->name);

	if (ret == 0)
		ret = conf_check_repeats(reader, node);
	for (const struct node *at = node->children; ret == 0 && at != NULL; at = at->next->next)
		ret = read_parameter(reader, base, at, at->next);
	return ret;
}

static int read_driver(struct reader *reader, const struct node *node)
{
	struct nimbl_conf *conf = reader->conf;
	struct nimbl_conf_driver *driver = &conf->drivers[conf->driver_count];
	int ret;

	if (node->kind == NODE_LIST || (node->kind == NODE_MAP && !conf_node_find(node, "file"))) {
		ret = conf_say(
			reader, node->place, "a driver has to be a file, or one with a name");
		nimbl_mend(FORM);
		return ret;
	}
	if (conf->driver_count == NIMBL_CONF_DRIVERS_MAX) {
		ret = conf_say(reader, node->place, "drivers has too many files");
		nimbl_mend("%d drivers are allowed", NIMBL_CONF_DRIVERS_MAX);
		return ret;
	}
	*driver = (struct nimbl_conf_driver){.place = node->place};
	ret = node->kind == NODE_MAP
		      ? conf_read_map(reader, conf_driver_keys, node, driver)
		      : conf_read_driver_file(reader, conf_driver_keys, node, driver);
	conf->driver_count += ret == 0;
	return ret;
}

int conf_read_drivers(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = conf_need_kind(reader, node, NODE_LIST, key->name);

	if (ret < 0)
		nimbl_mend(FORM);
	for (const struct node *at = node->children; at != NULL && ret == 0; at = at->next)
		ret = read_driver(reader, at);
	return ret;
}
