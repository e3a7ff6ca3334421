// SPDX-License-Identifier: BSD-3-Clause
// Lcores: lists with ranges, and the roles at the top of the configuration.
#include "conf_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool has_lcore(const struct nimbl_lcores *lcores, uint64_t lcore)
{
	for (uint16_t i = 0; i < lcores->count; i++)
		if (lcores->list[i] == lcore)
			return true;
	return false;
}

// "3" or "2-5".
static bool parse_range(const char *text, uint64_t *first, uint64_t *last)
{
	size_t length = strcspn(text, "-");

	if (!conf_parse_digits(text, length, first))
		return false;
	*last = *first;
	return text[length] == '\0' ||
	       conf_parse_digits(text + length + 1, strlen(text + length + 1), last);
}

static int add_range(const struct reader *reader, const struct key *key, const struct node *node,
	struct nimbl_lcores *lcores)
{
	uint64_t first = 0, last = 0;
	int ret = conf_need_kind(reader, node, NODE_SCALAR, "an lcore");

	if (ret < 0)
		return ret;
	if (!parse_range(node->text, &first, &last))
		ret = conf_say(reader, node->place, "%s: %s is no lcore", key->name,
			conf_quote(node->text).text);
	else if (first > last || last >= NIMBL_LCORES_MAX)
		ret = conf_say(reader, node->place, "%s: %s is %s", key->name,
			conf_quote(node->text).text,
			first > last ? "a range that ends before it begins" : "out of range");
	if (ret < 0) {
		nimbl_mend("allowed: numbers of 0 to %d and ranges of them, such as [1, 4-7]",
			NIMBL_LCORES_MAX - 1);
		return ret;
	}
	for (; first <= last; first++) {
		if (has_lcore(lcores, first)) {
			ret = conf_say(reader, node->place, "%s: lcore %u is listed twice",
				key->name, (unsigned int)first);
			nimbl_mend("name every lcore once");
			return ret;
		}
		lcores->list[lcores->count++] = (uint16_t)first;
	}
	return 0;
}

int conf_read_lcore_list(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	struct nimbl_lcores *lcores = (void *)((char *)base + key->offset);
	int ret = 0;

	lcores->count = 0;
	if (node->kind == NODE_SCALAR && strcmp(node->text, "auto") == 0)
		return 0;
	if (node->kind == NODE_SCALAR && node->text[0] != '\0')
		return add_range(reader, key, node, lcores);
	ret = conf_need_kind(reader, node, NODE_LIST, key->name);
	for (const struct node *at = node->children; at != NULL && ret == 0; at = at->next)
		ret = add_range(reader, key, at, lcores);
	if (ret == 0 && lcores->count == 0) {
		ret = conf_say(reader, node->place, "%s is an empty list", key->name);
		nimbl_mend("list lcores, such as [1, 4-7], or write 'auto'");
	}
	return ret;
}

static const struct node *find_or(const struct node *map, const char *key)
{
	const struct node *found = conf_node_find(map, key);

	return found != NULL ? found : map;
}

static int check_roles(const struct reader *reader, const struct node *map)
{
	const struct nimbl_conf_lcores *l = &reader->conf->lcores;
	int ret = 0;

	if (l->workers.count > 0 && l->receive.count + l->transmit.count > 0) {
		ret = conf_say(reader,
			find_or(map, l->receive.count > 0 ? "receive" : "transmit")->place,
			"workers and %s exclude each other",
			l->receive.count > 0 ? "receive" : "transmit");
		nimbl_mend("a worker does both: list either workers, or receive and transmit");
	} else if ((l->receive.count > 0) != (l->transmit.count > 0)) {
		bool is_receive = l->receive.count > 0;

		ret = conf_say(reader, find_or(map, is_receive ? "receive" : "transmit")->place,
			"%s needs %s beside it", is_receive ? "receive" : "transmit",
			is_receive ? "transmit" : "receive");
		nimbl_mend("list both, or workers that do both");
	}
	return ret;
}

static int check_overlap(const struct reader *reader, const struct node *map)
{
	const struct nimbl_conf_lcores *l = &reader->conf->lcores;
	int ret;

	for (uint16_t i = 0; i < l->transmit.count; i++) {
		if (!has_lcore(&l->receive, l->transmit.list[i]))
			continue;
		ret = conf_say(reader, find_or(map, "transmit")->place,
			"lcore %u is listed in receive and in transmit", l->transmit.list[i]);
		nimbl_mend("give each its own lcores, or list workers that do both");
		return ret;
	}
	return 0;
}

int conf_read_lcores(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret;

	if (node->kind == NODE_SCALAR && strcmp(node->text, "auto") == 0)
		return 0;
	ret = conf_need_kind(reader, node, NODE_MAP, key->name);
	if (ret < 0) {
		nimbl_mend("write 'auto', or {main: 0, workers: [1, 2-3]}");
		return ret;
	}
	snprintf(reader->owner, sizeof(reader->owner), "lcores: ");
	ret = conf_read_map(reader, key->inner, node, (char *)base + key->offset);
	if (ret == 0)
		ret = check_roles(reader, node);
	if (ret == 0)
		ret = check_overlap(reader, node);
	reader->owner[0] = '\0';
	return ret;
}

int conf_check_port_lcores(
	const struct reader *reader, const struct nimbl_conf_port *port, struct nimbl_place place)
{
	const struct nimbl_conf_lcores *l = &reader->conf->lcores;
	const struct nimbl_lcores *pool = l->workers.count > 0 ? &l->workers : &l->receive;
	int ret;

	if (port->lcores.count == 0)
		return 0;
	if (port->lcores.count != port->queues) {
		ret = conf_say(reader, place, "lcores lists %u of them for %u queue%s",
			port->lcores.count, port->queues, port->queues > 1 ? "s" : "");
		nimbl_mend("list one lcore per queue, or write 'auto'");
		return ret;
	}
	for (uint16_t i = 0; pool->count > 0 && i < port->lcores.count; i++) {
		if (has_lcore(pool, port->lcores.list[i]))
			continue;
		ret = conf_say(reader, place, "lcore %u is not among the %s", port->lcores.list[i],
			pool == &l->workers ? "workers" : "receive lcores");
		nimbl_mend("add it to '%s' under 'lcores', or choose one of those",
			pool == &l->workers ? "workers" : "receive");
		return ret;
	}
	return 0;
}
