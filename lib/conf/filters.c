// SPDX-License-Identifier: BSD-3-Clause
// The filters of a port: a list of names, lowest first, each alone or with its settings.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM "write filters: [pass, {pass: {name: second}}]"

static int too_many(
	const struct reader *reader, const struct node *node, const char *what, int most)
{
	int ret = conf_say(reader, node->place, "%s is one too many", conf_quote(node->text).text);

	nimbl_mend("%d %s are allowed", most, what);
	return ret;
}

static int check_length(
	const struct reader *reader, const struct node *node, size_t room, const char *what)
{
	int ret;

	if (strlen(node->text) < room)
		return 0;
	ret = conf_say(reader, node->place, "%s %s is too long", what, conf_quote(node->text).text);
	nimbl_mend("%zu characters are allowed", room - 1);
	return ret;
}

void conf_filter_free(struct nimbl_conf_filter *filter)
{
	for (uint16_t i = 0; i < filter->setting_count; i++)
		free(filter->settings[i].value);
	free(filter->settings);
}

static int no_memory(const struct reader *reader)
{
	nimbl_fail(ENOMEM, "%s: not enough memory for settings", reader->conf->file);
	nimbl_mend("free some memory and try again");
	return -ENOMEM;
}

static int add_value(struct reader *reader, struct nimbl_conf_filter *filter,
	const struct node *key, const struct node *value)
{
	struct nimbl_conf_setting *setting;
	int ret = conf_need_kind(reader, value, NODE_SCALAR, key->text);

	if (ret == 0 && filter->setting_count == NIMBL_CONF_SETTINGS_MAX)
		ret = too_many(reader, key, "settings of a filter", NIMBL_CONF_SETTINGS_MAX);
	if (ret == 0)
		ret = check_length(reader, key, sizeof(setting->key), "setting");
	if (ret == 0)
		ret = check_length(reader, value, NIMBL_CONF_VALUE_MAX + 1, key->text);
	if (ret < 0)
		return ret;
	setting = realloc(filter->settings, (filter->setting_count + 1u) * sizeof(*setting));
	if (setting == NULL)
		return no_memory(reader);
	filter->settings = setting;
	setting += filter->setting_count;
	strcpy(setting->key, key->text);
	setting->place = value->place;
	setting->value = strdup(value->text);
	if (setting->value == NULL)
		return no_memory(reader);
	filter->setting_count++;
	return 0;
}

static int read_setting(struct reader *reader, struct nimbl_conf_filter *filter,
	const struct node *key, const struct node *value)
{
	int ret = 0;

	if (strcmp(key->text, "name") == 0) {
		ret = conf_need_kind(reader, value, NODE_SCALAR, key->text);
		if (ret == 0)
			ret = conf_check_name(reader, value, "filter", sizeof(filter->name) - 1);
		if (ret == 0)
			strcpy(filter->name, value->text);
		return ret;
	}
	if (value->kind != NODE_LIST)
		return add_value(reader, filter, key, value);
	if (value->count == 0) {
		ret = conf_say(reader, value->place, "%s is a list without an entry", key->text);
		nimbl_mend("leave %s out, or write an entry", conf_quote(key->text).text);
		return ret;
	}
	for (const struct node *at = value->children; at != NULL && ret == 0; at = at->next)
		ret = add_value(reader, filter, key, at);
	return ret;
}

static int read_settings(
	struct reader *reader, struct nimbl_conf_filter *filter, const struct node *node)
{
	int ret;

	if (node->kind == NODE_SCALAR && node->text[0] == '\0' && !node->quoted)
		return 0; // {pass: }
	ret = conf_need_kind(reader, node, NODE_MAP, filter->driver);
	if (ret == 0)
		ret = conf_check_repeats(reader, node);
	for (const struct node *at = node->children; ret == 0 && at != NULL; at = at->next->next)
		ret = read_setting(reader, filter, at, at->next);
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
		return too_many(reader, driver, "filters", NIMBL_CONF_FILTERS_MAX);
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
		conf_filter_free(filter);
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
