// SPDX-License-Identifier: BSD-3-Clause
// YAML text to a tree of nodes by libyaml's events, within bounds on depth and size.
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX  16
#define NODES_MAX  16384 // several times what the largest configuration needs
#define ANCHOR_MAX 64

struct builder {
	struct tree *tree;
	const char *file;
	const char *text; // all of it, to find places that libyaml tells in bytes
	size_t length;
	yaml_parser_t yaml;
	size_t anchor_count;
	struct {
		char *name;
		struct node *node;
	} anchors[ANCHOR_MAX];
};

static int build_fail(
	const struct builder *b, yaml_mark_t mark, const char *cause, const char *mend)
{
	nimbl_fail(EINVAL, "%s:%zu:%zu: %s", b->file, mark.line + 1, mark.column + 1, cause);
	nimbl_mend("%s", mend);
	return -EINVAL;
}

static int no_memory(const struct builder *b)
{
	nimbl_fail(ENOMEM, "%s: not enough memory to read it", b->file);
	nimbl_mend("free some memory and try again");
	return -ENOMEM;
}

// libyaml knows the place of bytes that are no text only as an offset.
static yaml_mark_t mark_of_offset(const struct builder *b, size_t offset)
{
	yaml_mark_t mark = {.index = offset};

	for (size_t i = 0; i < offset && i < b->length; i++) {
		mark.column++;
		if (b->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static bool line_has_tab(const struct builder *b, size_t line)
{
	const char *at = b->text, *end = b->text + b->length;

	for (; line > 0 && at < end; at++)
		line -= *at == '\n';
	while (at < end && (*at == ' ' || *at == '-'))
		at++;
	return at < end && *at == '\t';
}

static int yaml_fail(const struct builder *b)
{
	const yaml_parser_t *yaml = &b->yaml;
	const char *problem = yaml->problem != NULL ? yaml->problem : "broken YAML";
	yaml_mark_t mark = yaml->problem_mark;
	char cause[256];

	if (yaml->error == YAML_MEMORY_ERROR)
		return no_memory(b);
	if (yaml->error == YAML_READER_ERROR) {
		snprintf(cause, sizeof(cause), "%s (byte 0x%02x)", problem,
			(unsigned int)yaml->problem_value & 0xffffff);
		return build_fail(b, mark_of_offset(b, yaml->problem_offset), cause,
			"save the file as UTF-8 text without control characters");
	}
	snprintf(cause, sizeof(cause), "%s%s%s", problem, yaml->context != NULL ? " " : "",
		yaml->context != NULL ? yaml->context : "");
	return build_fail(b, mark, cause,
		line_has_tab(b, mark.line) ? "indent with spaces: YAML allows no tabs there"
					   : "check indentation, quotes and brackets here "
					     "and in the line before");
}

static int node_new(
	struct builder *b, enum node_kind kind, const yaml_event_t *event, struct node **out)
{
	struct node *node;

	if (b->tree->count == NODES_MAX)
		return build_fail(b, event->start_mark, "too many values",
			"a file may hold 16384 keys and values in all");
	node = calloc(1, sizeof(*node));
	if (node == NULL)
		return no_memory(b);
	node->kind = kind;
	node->place.line = (uint32_t)event->start_mark.line + 1;
	node->place.column = (uint32_t)event->start_mark.column + 1;
	node->allocated = b->tree->allocated;
	b->tree->allocated = node;
	b->tree->count++;
	*out = node;
	return 0;
}

static int scalar_new(struct builder *b, const yaml_event_t *event, struct node **out)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	int ret = node_new(b, NODE_SCALAR, event, out);

	if (ret < 0)
		return ret;
	if (memchr(value, '\0', length) != NULL)
		return build_fail(b, event->start_mark, "a text holds a NUL character",
			"remove \"\\0\" from the text");
	(*out)->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	(*out)->text = strdup(value);
	return (*out)->text != NULL ? 0 : no_memory(b);
}

// Known by name from here on; a name that is used again means the later node, as YAML has it.
static int anchor_add(
	struct builder *b, const yaml_event_t *event, const yaml_char_t *name, struct node *node)
{
	if (name == NULL)
		return 0;
	if (b->anchor_count == ANCHOR_MAX)
		return build_fail(
			b, event->start_mark, "too many anchors", "a file may hold 64 of them");
	b->anchors[b->anchor_count].name = strdup((const char *)name);
	b->anchors[b->anchor_count].node = node;
	return b->anchors[b->anchor_count++].name != NULL ? 0 : no_memory(b);
}

static int alias_new(struct builder *b, const yaml_event_t *event, struct node **out)
{
	const char *name = (const char *)event->data.alias.anchor;
	char cause[sizeof(struct nimbl_quoted) + 80];
	struct node *node;

	for (size_t i = b->anchor_count; i-- > 0;) {
		const struct node *anchor = b->anchors[i].node;
		int ret;

		if (strcmp(b->anchors[i].name, name) != 0)
			continue;
		ret = node_new(b, anchor->kind, event, &node);
		if (ret < 0)
			return ret;
		node->quoted = anchor->quoted;
		node->children = anchor->children;
		node->count = anchor->count;
		*out = node;
		node->text = anchor->text != NULL ? strdup(anchor->text) : NULL;
		return (node->text == NULL) == (anchor->text == NULL) ? 0 : no_memory(b);
	}
	snprintf(cause, sizeof(cause), "alias %s has no anchor above it", nimbl_quote(name).text);
	return build_fail(b, event->start_mark, cause, "write the value here instead");
}

static int next_event(struct builder *b, yaml_event_t *event)
{
	if (!yaml_parser_parse(&b->yaml, event))
		return yaml_fail(b);
	return 0;
}

static int build_node(
	struct builder *b, yaml_event_t *event, unsigned int depth, struct node **out);

// Children up to the end of the list or map `parent`.
static int build_children(struct builder *b, struct node *parent, unsigned int depth)
{
	struct node **link = &parent->children;

	for (;;) {
		yaml_event_t event;
		int ret = next_event(b, &event);

		if (ret < 0)
			return ret;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		ret = build_node(b, &event, depth, link);
		if (ret == 0 && parent->kind == NODE_MAP && parent->count % 2 == 0 &&
			(*link)->kind != NODE_SCALAR)
			ret = build_fail(b, event.start_mark, "a list or a map stands as a key",
				"a key is one word, followed by a colon");
		yaml_event_delete(&event);
		if (ret < 0)
			return ret;
		parent->count++;
		link = &(*link)->next;
	}
}

static int build_collection(
	struct builder *b, const yaml_event_t *event, unsigned int depth, struct node **out)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	int ret;

	if (depth == DEPTH_MAX)
		return build_fail(b, event->start_mark, "lists and maps are nested too deep",
			"16 levels are allowed, and 4 are enough for every key");
	ret = node_new(b, is_map ? NODE_MAP : NODE_LIST, event, out);
	if (ret < 0)
		return ret;
	ret = build_children(b, *out, depth + 1);
	if (ret < 0)
		return ret;
	// Only now: an alias inside its own anchor would be a ring.
	return anchor_add(b, event,
		is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
		*out);
}

static int build_node(struct builder *b, yaml_event_t *event, unsigned int depth, struct node **out)
{
	int ret;

	if (event->type == YAML_ALIAS_EVENT)
		return alias_new(b, event, out);
	if (event->type != YAML_SCALAR_EVENT)
		return build_collection(b, event, depth, out);
	ret = scalar_new(b, event, out);
	return ret < 0 ? ret : anchor_add(b, event, event->data.scalar.anchor, *out);
}

// The events between documents carry nothing; a second document is an error.
static int build_stream(struct builder *b)
{
	for (bool is_end = false; !is_end;) {
		yaml_event_t event;
		int ret = next_event(b, &event);

		if (ret < 0)
			return ret;
		if (event.type == YAML_DOCUMENT_START_EVENT && b->tree->root != NULL)
			ret = build_fail(b, event.start_mark, "a second document begins here",
				"a file holds one document: remove '---', or split it");
		else if (event.type == YAML_SCALAR_EVENT || event.type == YAML_ALIAS_EVENT ||
			 event.type == YAML_SEQUENCE_START_EVENT ||
			 event.type == YAML_MAPPING_START_EVENT)
			ret = build_node(b, &event, 0, &b->tree->root);
		is_end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int conf_tree_parse(struct tree *tree, const char *file, const char *text, size_t length)
{
	struct builder b = {.tree = tree, .file = file, .text = text, .length = length};
	int ret;

	if (!yaml_parser_initialize(&b.yaml))
		return no_memory(&b);
	yaml_parser_set_input_string(&b.yaml, (const unsigned char *)text, length);
	ret = build_stream(&b);
	yaml_parser_delete(&b.yaml);
	for (size_t i = 0; i < b.anchor_count; i++)
		free(b.anchors[i].name);
	return ret;
}

void conf_tree_free(struct tree *tree)
{
	for (struct node *node = tree->allocated, *next; node != NULL; node = next) {
		next = node->allocated;
		free(node->text);
		free(node);
	}
	*tree = (struct tree){0};
}

const struct node *conf_node_find(const struct node *map, const char *key)
{
	for (const struct node *at = map->children; at != NULL; at = at->next->next)
		if (strcmp(at->text, key) == 0)
			return at->next;
	return NULL;
}
