// SPDX-License-Identifier: BSD-3-Clause
// Drivers of a port, each a name alone or with settings: the map of these, and the drivers that are no
// filters.
#include "conf_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int conf_too_many(const struct reader *reader, const struct node *node, const char *what, int most)
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

void conf_settings_free(struct nimbl_conf_setting *settings, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		free(settings[i].value);
	free(settings);
}

static int no_memory(const struct reader *reader)
{
	nimbl_fail(ENOMEM, "%s: not enough memory for settings", reader->conf->file);
	nimbl_mend("free some memory and try again");
	return -ENOMEM;
}

static int add_value(struct reader *reader, struct settings *to, const struct node *key,
	const struct node *value)
{
	struct nimbl_conf_setting *setting;
	int ret = conf_need_kind(reader, value, NODE_SCALAR, key->text);

	if (ret == 0 && *to->count == NIMBL_CONF_SETTINGS_MAX)
		ret = conf_too_many(reader, key, "settings of a driver", NIMBL_CONF_SETTINGS_MAX);
	if (ret == 0)
		ret = check_length(reader, key, sizeof(setting->key), "setting");
	if (ret == 0)
		ret = check_length(reader, value, NIMBL_CONF_VALUE_MAX + 1, key->text);
	if (ret < 0)
		return ret;
	setting = realloc(*to->list, (*to->count + 1u) * sizeof(*setting));
	if (setting == NULL)
		return no_memory(reader);
	*to->list = setting;
	setting += *to->count;
	strcpy(setting->key, key->text);
	setting->place = value->place;
	setting->value = strdup(value->text);
	if (setting->value == NULL)
		return no_memory(reader);
	++*to->count;
	return 0;
}

static int read_setting(struct reader *reader, struct settings *to, const struct node *key,
	const struct node *value)
{
	int ret = 0;

	if (value->kind != NODE_LIST)
		return add_value(reader, to, key, value);
	if (value->count == 0) {
		ret = conf_say(reader, value->place, "%s is a list without an entry", key->text);
		nimbl_mend("leave %s out, or write an entry", conf_quote(key->text).text);
		return ret;
	}
	for (const struct node *at = value->children; at != NULL && ret == 0; at = at->next)
		ret = add_value(reader, to, key, at);
	return ret;
}

int conf_read_settings(struct reader *reader, const char *driver, const char *except,
	const struct node *node, struct settings *to)
{
	int ret;

	if (node->kind == NODE_SCALAR && node->text[0] == '\0' && !node->quoted)
		return 0; // {pass: }
	ret = conf_need_kind(reader, node, NODE_MAP, driver);
	if (ret == 0)
		ret = conf_check_repeats(reader, node);
	for (const struct node *at = node->children; ret == 0 && at != NULL; at = at->next->next)
		if (except == NULL || strcmp(at->text, except) != 0)
			ret = read_setting(reader, to, at, at->next);
	return ret;
}

static int driver_form(const struct reader *reader, const struct key *key, const struct node *node)
{
	int ret = conf_say(
		reader, node->place, "%s has to be a name, or one with settings", key->name);

	nimbl_mend("write %s: name, or with settings %s: {name: {setting: value}}", key->name,
		key->name);
	return ret;
}

int conf_read_end(struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	struct nimbl_conf_end *driver = (void *)((char *)base + key->offset);
	const struct node *name = node->kind == NODE_MAP ? node->children : node;
	struct settings to = {&driver->settings, &driver->setting_count};
	int ret;

	if (node->kind == NODE_LIST || (node->kind == NODE_MAP && node->count != 2))
		return driver_form(reader, key, node);
	ret = conf_check_name(reader, name, key->name, sizeof(driver->name) - 1);
	if (ret < 0)
		return ret;
	*driver = (struct nimbl_conf_end){.place = name->place};
	strcpy(driver->name, name->text);
	return node->kind == NODE_MAP
		       ? conf_read_settings(reader, driver->name, NULL, name->next, &to)
		       : 0;
}
