// SPDX-License-Identifier: BSD-3-Clause
// Streams from YAML: each map becomes options with dotted keys, which know their place for errors.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flows_priv.h"
#include "tree.h"

#define KEY_MAX     64
#define OPTIONS_MAX 8192
#define EXAMPLE     "streams: [{port: a, dst: 02:00:00:00:00:02}]"

// The options of one stream. Texts are those of the tree; keys are owned here.
struct reading {
	char file[160];
	unsigned int number; // of the stream, from 1
	const char *name;    // of the stream; NULL: none
	struct nimbl_place place;
	unsigned int count;
	struct nimbl_option options[OPTIONS_MAX + 1];
	struct nimbl_place places[OPTIONS_MAX];
};

static int fail_at(const struct reading *reading, struct nimbl_place place, const char *cause)
{
	return nimbl_fail(EINVAL, "%s:%u:%u: %s", reading->file, place.line, place.column, cause);
}

// An error that was found further inside gets its place and its stream.
static int place_error(const struct reading *reading, struct nimbl_place place)
{
	if (reading->name != NULL)
		nimbl_fail_prefix("%s:%u:%u: stream %s: ", reading->file, place.line, place.column,
			nimbl_quote(reading->name).text);
	else
		nimbl_fail_prefix("%s:%u:%u: stream %u: ", reading->file, place.line, place.column,
			reading->number);
	return -EINVAL;
}

static const struct nimbl_place *place_of(
	const struct reading *reading, const char *key, unsigned int nth)
{
	for (unsigned int i = 0; i < reading->count; i++)
		if (strcmp(reading->options[i].key, key) == 0 && nth-- == 0)
			return &reading->places[i];
	return NULL;
}

// An address may stand there without its header, a capture without more.
static struct nimbl_place place_of_blamed(const struct reading *reading)
{
	const struct nimbl_error *error = nimbl_last_error();
	const char *dot = strchr(error->setting, '.');
	const struct nimbl_place *place = place_of(reading, error->setting, error->nth);

	if (place == NULL && dot != NULL)
		place = place_of(reading, dot + 1, error->nth);
	if (place == NULL && strcmp(error->setting, "replay.file") == 0)
		place = place_of(reading, "replay", error->nth);
	return place != NULL ? *place : reading->place;
}

static int add(
	struct reading *reading, const char *prefix, const char *key, const struct node *value)
{
	char full[KEY_MAX];
	int length =
		snprintf(full, sizeof(full), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
	char *copy;

	if (length >= KEY_MAX) {
		flow_key_unknown(key);
		return place_error(reading, value->place);
	}
	if (value->kind != NODE_SCALAR) {
		nimbl_fail(EINVAL, "%s is nested too deep", full);
		nimbl_mend("give it a value, such as %s: 1", key);
		return place_error(reading, value->place);
	}
	if (reading->count == OPTIONS_MAX) {
		nimbl_fail(EINVAL, "a stream has more than %d values", OPTIONS_MAX);
		nimbl_mend("write ranges instead of lists");
		return place_error(reading, value->place);
	}
	copy = strdup(full);
	if (copy == NULL) {
		return flow_no_memory();
	}
	reading->places[reading->count] = value->place;
	reading->options[reading->count++] = (struct nimbl_option){copy, value->text};
	return 0;
}

static int check_repeat(
	const struct reading *reading, const struct node *map, const struct node *key)
{
	if (conf_node_find(map, key->text) == key->next)
		return 0;
	nimbl_fail(EINVAL, "%s stands there more than once", nimbl_quote(key->text).text);
	nimbl_mend("keep one of them; several values are a list: [a, b]");
	return place_error(reading, key->place);
}

static int flatten(struct reading *reading, const char *prefix, const struct node *map);

// Tags in a list have a number each; other lists are the same key again and again.
static int flatten_list(
	struct reading *reading, const char *prefix, const char *key, const struct node *list)
{
	const bool is_tags = prefix[0] == '\0' && strcmp(key, "vlan") == 0;
	unsigned int n = 1;
	int ret = 0;

	if (list->count == 0) {
		nimbl_fail(EINVAL, "%s is a list without an entry", nimbl_quote(key).text);
		nimbl_mend("leave it out, or write an entry");
		return place_error(reading, list->place);
	}
	for (const struct node *at = list->children; at != NULL && ret == 0; at = at->next, n++) {
		char numbered[24];

		snprintf(numbered, sizeof(numbered), "vlan.%u", n);
		if (is_tags && at->kind == NODE_MAP)
			ret = flatten(reading, numbered, at);
		else
			ret = add(reading, prefix, is_tags ? numbered : key, at);
	}
	return ret;
}

static int flatten(struct reading *reading, const char *prefix, const struct node *map)
{
	static const struct node nothing = {.kind = NODE_SCALAR, .text = (char *)(uintptr_t) ""};
	struct node present = nothing;
	int ret = 0;

	present.place = map->place;
	if (map->count == 0 && prefix[0] != '\0')
		return add(reading, "", prefix, &present);
	for (const struct node *at = map->children; at != NULL && ret == 0; at = at->next->next) {
		const struct node *value = at->next;

		ret = check_repeat(reading, map, at);
		if (ret < 0)
			return ret;
		if (value->kind == NODE_LIST)
			ret = flatten_list(reading, prefix, at->text, value);
		else if (value->kind == NODE_MAP && prefix[0] == '\0')
			ret = flatten(reading, at->text, value);
		else
			ret = add(reading, prefix, at->text, value);
	}
	return ret;
}

static void drop(struct reading *reading)
{
	for (unsigned int i = 0; i < reading->count; i++)
		free((char *)(uintptr_t)reading->options[i].key);
	reading->count = 0;
}

static int read_stream(
	struct nimbl_flows *flows, struct reading *reading, const struct node *stream)
{
	const struct node *name;
	int ret;

	reading->place = stream->place;
	reading->name = NULL;
	reading->number++;
	if (stream->kind != NODE_MAP) {
		nimbl_fail(EINVAL, "a stream has to be a map");
		nimbl_mend("such as: %s", EXAMPLE);
		return place_error(reading, stream->place);
	}
	name = conf_node_find(stream, "name");
	if (name != NULL && name->kind == NODE_SCALAR)
		reading->name = name->text;
	ret = flatten(reading, "", stream);
	if (ret == 0) {
		reading->options[reading->count] = (struct nimbl_option){0};
		ret = flows_add(flows, NULL, reading->options);
		if (ret < 0)
			place_error(reading, place_of_blamed(reading));
	}
	drop(reading);
	return ret;
}

// What holds the streams: all of the text, or its only key.
static int find_list(
	const struct reading *reading, const struct node *root, const struct node **list)
{
	static const char *const known[] = {"streams", NULL};
	const struct nimbl_place start = {1, 1};

	*list = root;
	if (root != NULL && root->kind == NODE_MAP) {
		for (const struct node *at = root->children; at != NULL; at = at->next->next) {
			char cause[sizeof(struct nimbl_quoted) + 32];

			if (strcmp(at->text, "streams") == 0)
				continue;
			snprintf(
				cause, sizeof(cause), "unknown key %s", nimbl_quote(at->text).text);
			fail_at(reading, at->place, cause);
			nimbl_mend("%s'streams' is the only key here",
				nimbl_did_you_mean(at->text, known) != NULL ? "did you mean it? "
									    : "");
			return -EINVAL;
		}
		*list = conf_node_find(root, "streams");
	}
	if (*list != NULL && (*list)->kind == NODE_LIST && (*list)->count > 0)
		return 0;
	fail_at(reading,
		*list != NULL  ? (*list)->place
		: root != NULL ? root->place
			       : start,
		"there is no list of streams");
	nimbl_mend("the smallest is: %s", EXAMPLE);
	return -EINVAL;
}

static int parse(
	struct nimbl_flows *flows, struct reading *reading, const char *text, size_t length)
{
	const unsigned int before = flows->count;
	const struct node *list;
	struct tree tree = {0};
	int ret = conf_tree_parse(&tree, reading->file, text, length);

	if (ret == 0)
		ret = find_list(reading, tree.root, &list);
	for (const struct node *at = ret == 0 ? list->children : NULL; at != NULL && ret == 0;
		at = at->next)
		ret = read_stream(flows, reading, at);
	if (ret < 0)
		flows_cut(flows, before);
	conf_tree_free(&tree);
	return ret;
}

int nimbl_flows_parse(struct nimbl_flows *flows, const char *name, const char *text, size_t length)
{
	struct reading *reading = malloc(sizeof(*reading));
	int ret;

	if (reading == NULL) {
		return flow_no_memory();
	}
	reading->count = reading->number = 0;
	conf_file_name(reading->file, sizeof(reading->file), name);
	if (length > NIMBL_CONF_BYTES_MAX) {
		ret = fail_at(reading, (struct nimbl_place){1, 1}, "it is larger than 1 MiB");
		nimbl_mend("check that this is the file you mean; 1 MiB is allowed");
	} else {
		ret = parse(flows, reading, text, length);
	}
	free(reading);
	return ret;
}

int nimbl_flows_read(struct nimbl_flows *flows, const char *path)
{
	size_t length;
	char *text;
	int ret = conf_text_read("streams", path, &text, &length);

	if (ret < 0)
		return ret;
	ret = nimbl_flows_parse(flows, strcmp(path, "-") == 0 ? "<stdin>" : path, text, length);
	free(text);
	return ret;
}
