// SPDX-License-Identifier: BSD-3-Clause
// Options to a stream as it was asked: which keys there are, and what may stand together.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_priv.h"

static int twice(const char *key)
{
	nimbl_fail(EINVAL, "%s stands there more than once", key);
	nimbl_mend("keep one of them");
	return -EINVAL;
}

static int set_field(struct spec *spec, const struct field *field, unsigned int tag,
	const char *key, const char *text)
{
	const ptrdiff_t i = field - flow_fields;

	spec->has[field->layer] = true;
	if (field->layer == LAYER_VLAN && tag >= spec->tags)
		spec->tags = tag + 1;
	if (spec->fields[tag][i].given)
		return flow_pattern_add(&spec->fields[tag][i].pattern, key, text, &field->form);
	spec->fields[tag][i].given = true;
	return flow_pattern_read(&spec->fields[tag][i].pattern, key, text, &field->form);
}

// "dst" and "src": the form of the address says whose.
static int set_address(struct spec *spec, const char *key, const char *text)
{
	const char *colon = strchr(text, ':');
	const char *layer = colon == NULL ? "ipv4" : "ipv6";
	char full[16];
	unsigned int tag;
	int octets = 0;

	while (colon != NULL && octets < 5 && strcspn(colon + 1, ": .") == 2 &&
		(octets == 4 || colon[3] == ':')) {
		octets++;
		colon += 3;
	}
	if (octets == 5)
		layer = "eth";
	snprintf(full, sizeof(full), "%s.%s", layer, key);
	return set_field(spec, flow_field_find(full, &tag), 0, key, text);
}

static int set_payload(struct spec *spec, const char *text)
{
	static const char *const words[] = {"zeros", "increment", "random", NULL};
	size_t length = strlen(text);

	for (unsigned int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			spec->payload = (enum payload_kind)i;
			return 0;
		}
	}
	if (length > 2 && length % 2 == 0 && strncmp(text, "0x", 2) == 0 &&
		strspn(text + 2, "0123456789abcdefABCDEF") == length - 2) {
		spec->payload = PAYLOAD_HEX;
		spec->hex = text + 2;
		return 0;
	}
	nimbl_fail(EINVAL, "payload %s is not known", nimbl_quote(text).text);
	nimbl_mend("allowed: zeros, increment, random, or whole bytes such as 0xdeadbeef");
	return -EINVAL;
}

// A header by itself: "tcp", "vlan" or "vlan.2". Tags may have their number as a value; those without a number
// follow each other.
static int set_layer(struct spec *spec, const struct nimbl_option *option, unsigned int nth)
{
	unsigned int tag;
	enum layer layer = flow_layer_find(option->key, &tag);
	bool is_plain;

	if (layer == LAYER_COUNT)
		return flow_key_unknown(option->key);
	is_plain = strcmp(option->key, flow_layer_names[layer]) == 0;
	if (layer == LAYER_VLAN &&
		(is_plain || strcmp(option->key + 4,
				     (const char *[]){".1", ".2", ".3", ".4"}[tag]) == 0)) {
		tag += is_plain ? nth : 0;
		if (tag >= TAGS_MAX) {
			nimbl_fail(EINVAL, "vlan has more than %d tags", TAGS_MAX);
			nimbl_mend("a frame may have up to %d", TAGS_MAX);
			return -EINVAL;
		}
		spec->has[LAYER_VLAN] = true;
		spec->tags = tag >= spec->tags ? tag + 1 : spec->tags;
		if (option->value[0] == '\0')
			return 0;
		return set_field(spec, flow_field_find("vlan.vid", &(unsigned int){0}), tag,
			"vlan.vid", option->value);
	}
	if (!is_plain)
		return flow_key_unknown(option->key);
	spec->has[layer] = true;
	if (option->value[0] == '\0')
		return 0;
	nimbl_fail(EINVAL, "%s has to be a map of fields, but here is %s", option->key,
		nimbl_quote(option->value).text);
	nimbl_mend("write %s: {} for its defaults, or fields below it", option->key);
	return -EINVAL;
}

static int set_one(struct spec *spec, const struct nimbl_option *option, unsigned int nth)
{
	const struct nimbl_setting *row = flow_setting_find(option->key);
	unsigned int tag;
	const struct field *field = flow_field_find(option->key, &tag);

	if (row != NULL) {
		enum layer layer = flow_layer_find(option->key, &tag);

		if (layer != LAYER_COUNT)
			spec->has[layer] = true;
		return nth > 0 ? twice(option->key) : nimbl_setting_parse(row, option->value, spec);
	}
	if (field != NULL)
		return set_field(spec, field, tag, option->key, option->value);
	if (strcmp(option->key, "size") == 0)
		return 0; // all of them together
	if (strcmp(option->key, "dst") == 0 || strcmp(option->key, "src") == 0)
		return set_address(spec, option->key, option->value);
	if (strcmp(option->key, "rate") == 0) {
		spec->has_rate = true;
		return nth > 0 ? twice("rate") : flow_rate_read(&spec->pace, option->value);
	}
	if (strcmp(option->key, "replay") == 0 && option->value[0] != '\0')
		return nimbl_setting_parse(flow_setting_find("replay.file"), option->value, spec);
	if (strcmp(option->key, "replay.speed") == 0) {
		spec->has_speed = true;
		return nth > 0 ? twice("replay.speed")
			       : flow_speed_read(&spec->replay.speed, option->value);
	}
	if (strcmp(option->key, "payload") == 0)
		return nth > 0 ? twice("payload") : set_payload(spec, option->value);
	return set_layer(spec, option, nth);
}

static int set_sizes(struct spec *spec, const struct nimbl_option *options)
{
	const char *texts[256];
	unsigned int n = 0;
	int ret;

	for (; options->key != NULL && n < 256; options++)
		if (strcmp(options->key, "size") == 0)
			texts[n++] = options->value;
	spec->has_size = n > 0;
	if (n == 0)
		texts[n++] = "64";
	nimbl_blame("", 0);
	ret = flow_sizes_read(&spec->sizes, texts, n);
	if (ret < 0 && nimbl_last_error()->setting[0] == '\0')
		nimbl_blame("size", 0);
	return ret;
}

static int presets(struct spec *spec)
{
	int ret = 0;

	for (const struct nimbl_setting *row = flow_settings; row->name != NULL && ret == 0; row++)
		if (row->preset != NULL)
			ret = nimbl_setting_parse(row, row->preset, spec);
	return ret;
}

int flow_spec_read(struct spec *spec, const struct nimbl_option *options)
{
	int ret = presets(spec);

	for (const struct nimbl_option *at = options; at->key != NULL && ret == 0; at++) {
		unsigned int nth = 0;

		for (const struct nimbl_option *before = options; before < at; before++)
			nth += strcmp(before->key, at->key) == 0;
		ret = set_one(spec, at, nth);
		if (ret < 0)
			nimbl_blame(at->key, nth);
	}
	return ret < 0 ? ret : set_sizes(spec, options);
}

void flow_spec_free(struct spec *spec)
{
	for (unsigned int tag = 0; tag < TAGS_MAX; tag++)
		for (unsigned int i = 0; i < FIELDS_MAX; i++)
			free(spec->fields[tag][i].pattern.list);
	free(spec->sizes.cycle);
}
