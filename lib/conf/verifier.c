// SPDX-License-Identifier: BSD-3-Clause
// The verifier of all stacks or of one: a level alone, or a map.
#include "conf_priv.h"

#include <stdio.h>
#include <string.h>

#include "nimbl_setting.h"

// A level alone is the level, whatever else holds.
int conf_read_verifier(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	void *verifier = (char *)base + key->offset;
	struct key level = key->inner[0];

	if (node->kind == NODE_MAP)
		return conf_read_map(reader, key->inner, node, verifier);
	level.name = key->name;
	return conf_read_number(reader, &level, node, verifier);
}

// A share alone is the rate.
int conf_read_shortage(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	void *shortage = (char *)base + key->offset;
	struct key rate = key->inner[0];

	if (node->kind == NODE_MAP)
		return conf_read_map(reader, key->inner, node, shortage);
	rate.name = key->name;
	return conf_read_share(reader, &rate, node, shortage);
}

int conf_read_share(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	const struct nimbl_setting share = {
		.name = key->name, .type = NIMBL_SETTING_PERCENT, .size = sizeof(uint32_t)};
	int ret = conf_need_kind(reader, node, NODE_SCALAR, key->name);

	if (ret < 0)
		return ret;
	if (nimbl_setting_parse(&share, node->text, (char *)base + key->offset) == 0)
		return 0;
	ret = conf_say(reader, node->place, "%s %s is no share that is allowed", key->name,
		conf_quote(node->text).text);
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}

// Milliseconds of digits and "ms" or "s"; 0 when the form is wrong.
static uint64_t parse_time(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t value;

	if (!conf_parse_digits(text, digits, &value))
		return 0;
	if (strcmp(text + digits, "ms") == 0)
		return value;
	return strcmp(text + digits, "s") == 0 ? value * 1000 : 0;
}

int conf_read_time(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = conf_need_kind(reader, node, NODE_SCALAR, key->name);
	uint64_t ms;

	if (ret < 0)
		return ret;
	ms = parse_time(node->text);
	if (ms >= key->min && ms <= key->max) {
		*(uint32_t *)(void *)((char *)base + key->offset) = (uint32_t)ms;
		return 0;
	}
	ret = conf_say(reader, node->place, "%s %s is no time that is allowed", key->name,
		conf_quote(node->text).text);
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}
