// SPDX-License-Identifier: BSD-3-Clause
// Pools: the one that is always there, and those of the file.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int conf_find_pool(const struct nimbl_conf *conf, const char *name)
{
	for (int i = 0; i < conf->pool_count; i++)
		if (strcmp(conf->pools[i].name, name) == 0)
			return i;
	return -1;
}

// The pool `name` with its defaults, made unless it is there; NULL after an error.
static struct nimbl_conf_pool *pool_open(struct reader *reader, const struct node *name)
{
	struct nimbl_conf *conf = reader->conf;
	int found = conf_find_pool(conf, name->text);
	struct nimbl_conf_pool *pool;

	if (found < 0 && conf->pool_count == NIMBL_CONF_POOLS_MAX) {
		conf_say(reader, name->place, "pool %s is one too many",
			conf_quote(name->text).text);
		nimbl_mend("%d pools are allowed, 'default' among them", NIMBL_CONF_POOLS_MAX);
		return NULL;
	}
	if (found < 0 && conf_check_name(reader, name, "pool", sizeof(pool->name) - 1) < 0)
		return NULL;
	pool = &conf->pools[found < 0 ? conf->pool_count : found];
	if (found < 0) {
		conf_presets(reader, conf_pool_keys, pool);
		snprintf(pool->name, sizeof(pool->name), "%s", name->text);
		conf->pool_count++;
	}
	pool->place = name->place;
	return pool;
}

static int check_pool(
	const struct reader *reader, const struct nimbl_conf_pool *pool, const struct node *map)
{
	int ret;

	if (pool->reclaim != NIMBL_POOL_RETURN_REUSE || pool->ops[0] == '\0')
		return 0;
	ret = conf_say(reader, conf_node_find(map, "ops")->place,
		"return: reuse brings its own mempool ops, but ops is %s",
		conf_quote(pool->ops).text);
	nimbl_mend("remove 'ops', or write 'return: pool'");
	return ret;
}

static int read_pool(struct reader *reader, const struct key *key, const struct node *name,
	const struct node *value)
{
	struct nimbl_conf_pool *pool = pool_open(reader, name);
	int ret;

	if (pool == NULL)
		return -EINVAL;
	snprintf(reader->owner, sizeof(reader->owner), "pool '%s': ", pool->name);
	ret = conf_need_kind(reader, value, NODE_MAP, "a pool");
	if (ret == 0)
		ret = conf_read_map(reader, key->inner, value, pool);
	if (ret == 0)
		ret = check_pool(reader, pool, value);
	reader->owner[0] = '\0';
	return ret;
}

int conf_read_pools(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = conf_need_kind(reader, node, NODE_MAP, key->name);

	if (ret == 0)
		ret = conf_check_repeats(reader, node);
	for (const struct node *at = node->children; at != NULL && ret == 0; at = at->next->next)
		ret = read_pool(reader, key, at, at->next);
	return ret;
}

int conf_read_pool_of_port(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	const char *names[NIMBL_CONF_POOLS_MAX + 1] = {NULL};
	struct nimbl_conf *conf = reader->conf;
	uint16_t *index = (void *)((char *)base + key->offset);
	int ret = conf_need_kind(reader, node, NODE_SCALAR, key->name);
	int found;

	if (ret < 0)
		return ret;
	found = conf_find_pool(conf, node->text);
	if (found >= 0) {
		*index = (uint16_t)found;
		return 0;
	}
	for (int i = 0; i < conf->pool_count; i++)
		names[i] = conf->pools[i].name;
	ret = conf_say(reader, node->place, "there is no pool %s", conf_quote(node->text).text);
	conf_mend_word(node->text, "configured pools", names);
	return ret;
}
