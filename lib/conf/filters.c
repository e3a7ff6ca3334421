// SPDX-License-Identifier: BSD-3-Clause
// The filters of a port: a list of names, lowest first, each alone or with its settings.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FORM "write filters: [pass, {pass: {name: second}}]"

static int read_settings(
	struct reader *reader, struct nimbl_conf_filter *filter, const struct node *node)
{
	const struct node *name = node->kind == NODE_MAP ? conf_node_find(node, "name") : NULL;
	struct settings to = {&filter->settings, &filter->setting_count};
	int ret = conf_read_settings(reader, filter->driver, "name", node, &to);

	if (ret < 0 || name == NULL)
		return ret;
	ret = conf_need_kind(reader, name, NODE_SCALAR, "name");
	if (ret == 0)
		ret = conf_check_name(reader, name, "filter", sizeof(filter->name) - 1);
	if (ret == 0)
		strcpy(filter->name, name->text);
	return ret;
}

static int check_unique(const struct reader *reader, const struct nimbl_conf_filter *filter,
	struct nimbl_place place)
{
	const struct nimbl_conf *conf = reader->conf;
	int ret;

	for (int i = 0; i < conf->filter_count; i++) {
		const struct nimbl_conf_filter *other = &conf->filters[i];

		if (other->port != filter->port || strcmp(other->name, filter->name) != 0)
			continue;
		ret = conf_say(
			reader, place, "there is a filter '%s' in this port already", filter->name);
		nimbl_mend("give one of them a name: {%s: {name: second}}", filter->driver);
		return ret;
	}
	return 0;
}

static int read_filter(struct reader *reader, uint16_t port, const struct node *node)
{
	struct nimbl_conf *conf = reader->conf;
	struct nimbl_conf_filter *filter = &conf->filters[conf->filter_count];
	const struct node *driver = node->kind == NODE_MAP ? node->children : node;
	int ret;

	if (node->kind == NODE_LIST || (node->kind == NODE_MAP && node->count != 2)) {
		ret = conf_say(
			reader, node->place, "a filter has to be a name, or one with settings");
		nimbl_mend(FORM);
		return ret;
	}
	if (conf->filter_count == NIMBL_CONF_FILTERS_MAX)
		return conf_too_many(reader, driver, "filters", NIMBL_CONF_FILTERS_MAX);
	ret = conf_check_name(reader, driver, "filter", sizeof(filter->driver) - 1);
	if (ret < 0)
		return ret;
	*filter = (struct nimbl_conf_filter){.port = port, .place = driver->place};
	strcpy(filter->driver, driver->text);
	strcpy(filter->name, driver->text);
	if (node->kind == NODE_MAP)
		ret = read_settings(reader, filter, driver->next);
	if (ret == 0)
		ret = check_unique(reader, filter, driver->place);
	if (ret == 0)
		conf->filter_count++;
	else
		conf_settings_free(filter->settings, filter->setting_count);
	return ret;
}

int conf_read_filters(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	const struct nimbl_conf_port *port = base;
	uint16_t index = (uint16_t)(port - reader->conf->ports);
	int ret = conf_need_kind(reader, node, NODE_LIST, key->name);

	if (ret < 0)
		nimbl_mend(FORM);
	for (const struct node *at = node->children; at != NULL && ret == 0; at = at->next)
		ret = read_filter(reader, index, at);
	return ret;
}
