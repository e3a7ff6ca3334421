// SPDX-License-Identifier: BSD-3-Clause
// The doors of lib/conf: from a file or a text to the struct, and building one by hand.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE "ports: {a: net_null0}"

static void no_memory(const char *file)
{
	nimbl_fail(ENOMEM, "%s: not enough memory to read the configuration", file);
	nimbl_mend("free some memory and try again");
}

struct nimbl_conf *nimbl_conf_new(void)
{
	struct nimbl_conf *conf = calloc(1, sizeof(*conf));
	struct reader reader = {.conf = conf};

	if (conf == NULL) {
		no_memory("configuration");
		return NULL;
	}
	conf_presets(&reader, conf_root_keys, conf);
	conf_presets(&reader, conf_lcores_keys, &conf->lcores);
	conf_presets(&reader, conf_pool_keys, &conf->pools[0]);
	conf_presets(&reader, conf_verifier_keys, &conf->verifier);
	conf_presets(&reader, conf_shortage_keys, &conf->shortage);
	strcpy(conf->pools[0].name, "default");
	conf->pool_count = 1;
	return conf;
}

void nimbl_conf_free(struct nimbl_conf *conf)
{
	if (conf == NULL)
		return;
	for (uint16_t i = 0; i < conf->eal_count; i++)
		free(conf->eal[i]);
	for (uint16_t i = 0; i < conf->filter_count; i++)
		conf_settings_free(conf->filters[i].settings, conf->filters[i].setting_count);
	for (uint16_t i = 0; i < conf->port_count; i++)
		conf_port_free(&conf->ports[i]);
	free(conf);
}

static int read_root(struct reader *reader, const struct node *root)
{
	struct nimbl_conf *conf = reader->conf;
	struct nimbl_place place = {1, 1};
	int ret;

	if (root == NULL || (root->kind == NODE_SCALAR && !root->quoted && root->text[0] == '\0') ||
		(root->kind == NODE_MAP && root->count == 0)) {
		ret = conf_say(reader, root != NULL ? root->place : place, "nothing is configured");
		nimbl_mend("the smallest configuration is: %s", EXAMPLE);
		return ret;
	}
	ret = conf_need_kind(reader, root, NODE_MAP, "a configuration");
	if (ret < 0) {
		nimbl_mend("the smallest configuration is: %s", EXAMPLE);
		return ret;
	}
	ret = conf_read_map(reader, conf_root_keys, root, conf);
	if (ret < 0 || conf->port_count > 0)
		return ret;
	const struct node *ports = conf_node_find(root, "ports");
	ret = conf_say(reader, ports != NULL ? ports->place : root->place, "no port is configured");
	nimbl_mend("add a port, such as: %s", EXAMPLE);
	return ret;
}

static int parse(struct nimbl_conf *conf, const char *text, size_t length)
{
	struct reader reader = {.conf = conf};
	struct tree tree = {0};
	int ret;

	if (length > NIMBL_CONF_BYTES_MAX) {
		nimbl_fail(EINVAL, "%s:1:1: the configuration is larger than 1 MiB", conf->file);
		nimbl_mend("check that this is the file you mean; 1 MiB is allowed");
		return -EINVAL;
	}
	ret = conf_tree_parse(&tree, conf->file, text, length);
	if (ret == 0)
		ret = read_root(&reader, tree.root);
	conf_tree_free(&tree);
	return ret;
}

int nimbl_conf_parse(const char *name, const char *text, size_t length, struct nimbl_conf **conf)
{
	struct nimbl_conf *made = nimbl_conf_new();
	int ret;

	*conf = NULL;
	if (made == NULL)
		return -ENOMEM;
	conf_file_name(made->file, sizeof(made->file), name);
	ret = parse(made, text, length);
	if (ret < 0)
		nimbl_conf_free(made);
	else
		*conf = made;
	return ret;
}

// Where relative paths of a configuration start: a folder that is too long is none.
static void set_folder(struct nimbl_conf *conf, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash != NULL ? (size_t)(slash - path) + 1 : 0;

	if (length < sizeof(conf->folder))
		snprintf(conf->folder, sizeof(conf->folder), "%.*s", (int)length, path);
}

int nimbl_conf_load(const char *path, struct nimbl_conf **conf)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	size_t length;
	char *text;
	int ret = conf_text_read("the configuration", path, &text, &length);

	*conf = NULL;
	if (ret < 0)
		return ret;
	ret = nimbl_conf_parse(is_stdin ? "<stdin>" : path, text, length, conf);
	free(text);
	if (ret == 0 && !is_stdin)
		set_folder(*conf, path);
	return ret;
}

// Places of line 0: these come from a command, which says itself where.
static struct node scalar_of(const char *text)
{
	return (struct node){.kind = NODE_SCALAR, .text = (char *)(uintptr_t)text};
}

int nimbl_conf_add_port(struct nimbl_conf *conf, const char *name, const char *device)
{
	struct reader reader = {.conf = conf};
	struct node name_node = scalar_of(name), device_node = scalar_of(device);

	return conf_read_port(&reader, &name_node, &device_node);
}

int nimbl_conf_set_protocol(struct nimbl_conf *conf, int index, const char *driver,
	const struct nimbl_conf_pair *settings, size_t count)
{
	struct nimbl_conf_end *end = &conf->ports[index].protocol;
	struct settings to = {&end->settings, &end->setting_count};
	struct node nodes[2 * NIMBL_CONF_PARAMETERS_MAX];
	struct node map = {.kind = NODE_MAP, .count = 2 * count, .children = nodes};
	struct reader reader = {.conf = conf};
	int ret;

	conf_settings_free(end->settings, end->setting_count);
	*end = (struct nimbl_conf_end){.setting_count = 0};
	if (count > NIMBL_CONF_PARAMETERS_MAX || strlen(driver) >= sizeof(end->name))
		return nimbl_fail(EINVAL, "protocol %s has %zu settings, which is too many",
			conf_quote(driver).text, count);
	for (size_t i = 0; i < 2 * count; i++) {
		nodes[i] = scalar_of(i % 2 == 0 ? settings[i / 2].key : settings[i / 2].value);
		nodes[i].next = &nodes[i + 1];
	}
	if (count == 0)
		map = scalar_of("");
	else
		nodes[2 * count - 1].next = NULL;
	ret = conf_read_settings(&reader, driver, NULL, &map, &to);
	if (ret == 0)
		strcpy(end->name, driver);
	return ret;
}

int nimbl_conf_add_xconnect(struct nimbl_conf *conf, const char *a, const char *b)
{
	struct reader reader = {.conf = conf};
	struct node second = scalar_of(b), first = scalar_of(a);
	struct node pair = {.kind = NODE_LIST, .count = 2, .children = &first};

	first.next = &second;
	return conf_read_xconnect(&reader, &pair);
}
