// SPDX-License-Identifier: BSD-3-Clause
// Readers of single values: words, numbers, sizes, names, and the list of EAL arguments.
#include "conf_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define OPS_CHARS  "abcdefghijklmnopqrstuvwxyz0123456789_"

static const char *kind_text(const struct node *node)
{
	if (node->kind == NODE_SCALAR)
		return node->text[0] == '\0' ? "nothing" : "a single value";
	return node->kind == NODE_LIST ? "a list" : "a map";
}

int conf_need_kind(
	const struct reader *reader, const struct node *node, enum node_kind kind, const char *what)
{
	static const char *const needs[] = {
		[NODE_SCALAR] = "a single value",
		[NODE_LIST] = "a list",
		[NODE_MAP] = "a map",
	};
	static const char *const forms[] = {
		[NODE_SCALAR] = "one word or number after the colon",
		[NODE_LIST] = "[a, b], or one '- a' per line",
		[NODE_MAP] = "{key: value}, or one indented 'key: value' per line",
	};

	if (node->kind == kind)
		return 0;
	if (node->kind == NODE_SCALAR && node->text[0] != '\0')
		conf_say(reader, node->place, "%s has to be %s, but here is %s", what, needs[kind],
			conf_quote(node->text).text);
	else
		conf_say(reader, node->place, "%s has to be %s, but here is %s", what, needs[kind],
			kind_text(node));
	nimbl_mend("write %s", forms[kind]);
	return -EINVAL;
}

static int need_scalar(const struct reader *reader, const struct key *key, const struct node *node)
{
	int ret = conf_need_kind(reader, node, NODE_SCALAR, key->name);

	if (ret < 0) {
		nimbl_mend("write one value after '%s:', allowed: %s", key->name,
			conf_allowed(key).text);
		return ret;
	}
	if (node->text[0] != '\0')
		return 0;
	ret = conf_say(reader, node->place, "%s has no value", key->name);
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}

static void store(const struct key *key, void *base, uint64_t value)
{
	char *to = (char *)base + key->offset;
	uint32_t u32 = (uint32_t)value;
	uint16_t u16 = (uint16_t)value;
	bool is_set = value != 0;

	switch (key->size) {
	case 1:
		memcpy(to, &is_set, 1);
		break;
	case 2:
		memcpy(to, &u16, 2);
		break;
	case 4:
		memcpy(to, &u32, 4);
		break;
	default:
		memcpy(to, &value, 8);
	}
}

static int word_index(
	struct reader *reader, const struct key *key, const struct node *node, uint64_t *index)
{
	int ret = need_scalar(reader, key, node);

	if (ret < 0)
		return ret;
	for (*index = 0; key->words[*index] != NULL; ++*index)
		if (strcmp(key->words[*index], node->text) == 0)
			return 0;
	ret = conf_say(
		reader, node->place, "%s %s is not known", key->name, conf_quote(node->text).text);
	conf_mend_word(node->text, "allowed", key->words);
	return ret;
}

int conf_read_word(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	uint64_t index;
	int ret = word_index(reader, key, node, &index);

	if (ret == 0)
		store(key, base, index);
	return ret;
}

// The first word is true, the second false.
int conf_read_flag(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	uint64_t index;
	int ret = word_index(reader, key, node, &index);

	if (ret == 0)
		store(key, base, index == 0);
	return ret;
}

bool conf_parse_digits(const char *text, size_t length, uint64_t *value)
{
	*value = 0;
	if (length == 0 || length > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(text[i] - '0');
	}
	return true;
}

static bool is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

int conf_read_number(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = need_scalar(reader, key, node);
	uint64_t value;

	if (ret < 0)
		return ret;
	if (key->has_auto && strcmp(node->text, "auto") == 0) {
		store(key, base, key->auto_value);
		return 0;
	}
	if (conf_parse_digits(node->text, strlen(node->text), &value) && value >= key->min &&
		value <= key->max) {
		store(key, base, value);
		return 0;
	}
	ret = conf_say(reader, node->place, "%s %s %s", key->name, conf_quote(node->text).text,
		is_integer(node->text) ? "is out of range" : "is not a whole number");
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}

// Bytes of digits and a unit; 0 when the form is wrong, UINT64_MAX when it is too much.
static uint64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(text, "0123456789");
	const char *unit = text[digits] != '\0' ? strchr(units, text[digits]) : NULL;
	unsigned int shift;
	uint64_t value;

	if (digits == 0 || unit == NULL)
		return 0;
	if (text[digits + 1] != '\0' && strcmp(text + digits + 1, "iB") != 0)
		return 0;
	if (!conf_parse_digits(text, digits, &value))
		return UINT64_MAX;
	shift = 10 * (unsigned int)(unit - units + 1);
	return value > UINT64_MAX >> shift ? UINT64_MAX : value << shift;
}

int conf_read_memory(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = need_scalar(reader, key, node);
	uint64_t value;

	if (ret < 0)
		return ret;
	value = strcmp(node->text, "auto") == 0 ? 0 : parse_size(node->text);
	if (strcmp(node->text, "auto") == 0 || (value >= key->min && value <= key->max)) {
		store(key, base, value);
		return 0;
	}
	if (is_integer(node->text)) {
		conf_say(reader, node->place, "%s %s has no unit", key->name,
			conf_quote(node->text).text);
	} else {
		conf_say(reader, node->place, "%s %s %s", key->name, conf_quote(node->text).text,
			value == 0 ? "is not a size" : "is out of range");
	}
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return -EINVAL;
}

// Names become file names: one that means a directory would lead out of ours.
static bool is_name(const char *text, size_t max)
{
	size_t length = strspn(text, NAME_CHARS);

	return length > 0 && length <= max && text[length] == '\0' && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

int conf_check_name(
	const struct reader *reader, const struct node *node, const char *what, size_t max)
{
	if (is_name(node->text, max))
		return 0;
	conf_say(reader, node->place, "%s cannot be a name of a %s", conf_quote(node->text).text,
		what);
	// {a: net_null0,size=64} is a map of two.
	if (strchr(node->text, '=') != NULL)
		nimbl_mend("quote a device that has a comma: \"net_null0,size=64\"");
	else
		nimbl_mend("a name is 1 to %zu of the letters A-Z a-z 0-9 . _ -", max);
	return -EINVAL;
}

int conf_read_name(
	struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = need_scalar(reader, key, node);

	if (ret < 0)
		return ret;
	if (is_name(node->text, key->max)) {
		strcpy((char *)base + key->offset, node->text);
		return 0;
	}
	ret = conf_say(reader, node->place, "%s %s is not allowed", key->name,
		conf_quote(node->text).text);
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}

int conf_read_ops(struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = need_scalar(reader, key, node);
	bool is_auto;

	if (ret < 0)
		return ret;
	is_auto = strcmp(node->text, "auto") == 0;
	if (strlen(node->text) <= key->max && node->text[strspn(node->text, OPS_CHARS)] == '\0') {
		strcpy((char *)base + key->offset, is_auto ? "" : node->text);
		return 0;
	}
	ret = conf_say(reader, node->place, "%s %s is not a name of mempool ops", key->name,
		conf_quote(node->text).text);
	nimbl_mend("allowed: %s", conf_allowed(key).text);
	return ret;
}

static int add_eal(struct reader *reader, const struct key *key, const struct node *node)
{
	struct nimbl_conf *conf = reader->conf;
	int ret = need_scalar(reader, key, node);

	if (ret < 0)
		return ret;
	if (conf->eal_count == NIMBL_CONF_EAL_MAX) {
		ret = conf_say(reader, node->place, "%s has more than %d arguments", key->name,
			NIMBL_CONF_EAL_MAX);
		nimbl_mend("remove some of the arguments");
		return ret;
	}
	conf->eal[conf->eal_count] = strdup(node->text);
	if (conf->eal[conf->eal_count] == NULL) {
		nimbl_fail(ENOMEM, "%s: not enough memory for %s", conf->file, key->name);
		nimbl_mend("free some memory and try again");
		return -ENOMEM;
	}
	conf->eal_count++;
	return 0;
}

int conf_read_eal(struct reader *reader, const struct key *key, const struct node *node, void *base)
{
	int ret = 0;

	if (node->kind == NODE_SCALAR)
		return add_eal(reader, key, node);
	ret = conf_need_kind(reader, node, NODE_LIST, key->name);
	for (const struct node *at = node->children; at != NULL && ret == 0; at = at->next)
		ret = add_eal(reader, key, at);
	return ret;
}
