// SPDX-License-Identifier: BSD-3-Clause
// Changing a configuration as text: what is not changed stays as it was written, comments and all.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "nimbl_conf.h"

// A text that grows by edits.
struct text {
	char *bytes;
	size_t length;
};

static int no_memory(void)
{
	return nimbl_fail(ENOMEM, "no memory to change the configuration");
}

// Put `with` in the place of the bytes from `begin` to `end`.
static int replace(struct text *text, size_t begin, size_t end, const char *with)
{
	size_t added = strlen(with), length = text->length - (end - begin) + added;
	char *bytes = malloc(length + 1);

	if (bytes == NULL)
		return no_memory();
	memcpy(bytes, text->bytes, begin);
	memcpy(bytes + begin, with, added);
	memcpy(bytes + begin + added, text->bytes + end, text->length - end);
	bytes[length] = '\0';
	free(text->bytes);
	*text = (struct text){bytes, length};
	return 0;
}

// Marks count characters; a character of UTF-8 has a first byte and others like 10xxxxxx.
static size_t place_of(const struct text *text, const yaml_mark_t *mark)
{
	size_t at = 0;

	for (size_t line = 0; line < mark->line && at < text->length; at++)
		line += text->bytes[at] == '\n';
	for (size_t column = 0; column < mark->column && at < text->length; column++) {
		at++;
		while (at < text->length && ((unsigned char)text->bytes[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

// The value of a key in a mapping; NULL when there is none.
static yaml_node_t *value_of(yaml_document_t *document, const yaml_node_t *map, const char *key)
{
	if (map == NULL || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
		pair < map->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name = yaml_document_get_node(document, pair->key);

		if (name->type == YAML_SCALAR_NODE &&
			strcmp((const char *)name->data.scalar.value, key) == 0)
			return yaml_document_get_node(document, pair->value);
	}
	return NULL;
}

// A first pair of a mapping, in the style that it is written in.
static int insert(struct text *text, yaml_document_t *document, const yaml_node_t *map,
	const char *key, const char *value)
{
	bool is_flow = map->data.mapping.style == YAML_FLOW_MAPPING_STYLE;
	const yaml_node_pair_t *first = map->data.mapping.pairs.start;
	bool is_empty = first == map->data.mapping.pairs.top;
	char pair[256];

	if (is_flow) {
		size_t at = place_of(text, &map->start_mark) + 1;

		snprintf(pair, sizeof(pair), "%s: %s%s", key, value, is_empty ? "" : ", ");
		return replace(text, at, at, pair);
	}
	const yaml_node_t *name = yaml_document_get_node(document, first->key);
	size_t at = place_of(text, &name->start_mark);
	snprintf(pair, sizeof(pair), "%s: %s\n%*s", key, value, (int)name->start_mark.column, "");
	return replace(text, at, at, pair);
}

// pools.<pool>.<key> as far as it exists, and the rest made where it does not.
static int set_in(struct text *text, yaml_document_t *document, const char *pool, const char *key,
	const char *value)
{
	yaml_node_t *root = yaml_document_get_root_node(document);
	yaml_node_t *pools = value_of(document, root, "pools");
	yaml_node_t *map = value_of(document, pools, pool);
	yaml_node_t *old = value_of(document, map, key);
	char whole[256];

	if (old != NULL)
		return replace(text, place_of(text, &old->start_mark),
			place_of(text, &old->end_mark), value);
	if (map != NULL && map->type == YAML_MAPPING_NODE)
		return insert(text, document, map, key, value);
	snprintf(whole, sizeof(whole), "{%s: %s}", key, value);
	if (map == NULL && pools != NULL && pools->type == YAML_MAPPING_NODE)
		return insert(text, document, pools, pool, whole);
	if (pools == NULL && root != NULL && root->type == YAML_MAPPING_NODE) {
		snprintf(whole, sizeof(whole), "{%s: {%s: %s}}", pool, key, value);
		return insert(text, document, root, "pools", whole);
	}
	return nimbl_fail(EINVAL, "'pools' is not written as a mapping");
}

static int set(struct text *text, const char *pool, const char *key, const char *value)
{
	yaml_parser_t parser;
	yaml_document_t document;
	int ret = -EINVAL;

	if (yaml_parser_initialize(&parser) == 0)
		return no_memory();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->bytes, text->length);
	if (yaml_parser_load(&parser, &document) != 0) {
		ret = set_in(text, &document, pool, key, value);
		yaml_document_delete(&document);
	} else {
		nimbl_fail(EINVAL, "line %zu: %s", parser.problem_mark.line + 1,
			parser.problem != NULL ? parser.problem : "no YAML");
	}
	yaml_parser_delete(&parser);
	return ret;
}

int nimbl_conf_set_pool(const char *name, const char *text, size_t length, const char *pool,
	const struct nimbl_conf_pair *pairs, size_t count, char **result)
{
	struct text edited = {malloc(length + 1), length};
	struct nimbl_conf *conf = NULL;
	int ret = edited.bytes != NULL ? 0 : no_memory();

	*result = NULL;
	if (ret == 0) {
		memcpy(edited.bytes, text, length);
		edited.bytes[length] = '\0';
	}
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = set(&edited, pool, pairs[i].key, pairs[i].value);
	// What comes out must be a configuration: an anchor that is used twice, say, is not edited.
	if (ret == 0)
		ret = nimbl_conf_parse(name, edited.bytes, edited.length, &conf);
	nimbl_conf_free(conf);
	if (ret < 0) {
		free(edited.bytes);
		return ret;
	}
	*result = edited.bytes;
	return 0;
}
