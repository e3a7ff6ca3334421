// SPDX-License-Identifier: BSD-3-Clause
// What has to fit together in a stream: headers that follow from others, fields that overlap, sizes that hold all,
// and a destination.
#include <errno.h>
#include <string.h>

#include "flow_priv.h"
#include "nimbl_replay.h"
#include "nimbl_signature.h"

static bool is_given(const struct spec *spec, const char *key)
{
	unsigned int tag;
	const struct field *field = flow_field_find(key, &tag);

	return spec->fields[tag][field - flow_fields].given;
}

static const struct pattern *pattern_of(const struct spec *spec, const char *key)
{
	unsigned int tag;
	const struct field *field = flow_field_find(key, &tag);

	return &spec->fields[tag][field - flow_fields].pattern;
}

static int conflict(const char *a, const char *b, const char *mend)
{
	nimbl_fail(EINVAL, "a stream has %s or %s, not both", a, b);
	nimbl_mend("%s", mend);
	nimbl_blame(b, 0);
	return -EINVAL;
}

static int complete_ip(struct spec *spec)
{
	const char *has_l4 = NULL;

	for (enum layer layer = LAYER_UDP; layer < LAYER_COUNT; layer++) {
		if (spec->has[layer] && has_l4 != NULL)
			return conflict(has_l4, flow_layer_names[layer],
				"keep one of the two, or write two streams");
		has_l4 = spec->has[layer] ? flow_layer_names[layer] : has_l4;
	}
	if (spec->has[LAYER_IP4] && spec->has[LAYER_IP6])
		return conflict("ipv4", "ipv6", "keep one of the two, or write two streams");
	if (is_given(spec, "eth.type")) {
		if (has_l4 != NULL || spec->has[LAYER_IP4] || spec->has[LAYER_IP6])
			return conflict("headers of IP", "eth.type",
				"remove eth.type: it follows from the headers");
		return 0;
	}
	if (!spec->has[LAYER_IP6] && !spec->has[LAYER_ICMP6])
		spec->has[LAYER_IP4] = true;
	else
		spec->has[LAYER_IP6] = !spec->has[LAYER_IP4];
	if (spec->has[LAYER_IP4] && spec->has[LAYER_ICMP6])
		return conflict("ipv4", "icmpv6", "write icmp for IPv4");
	if (spec->has[LAYER_IP6] && spec->has[LAYER_ICMP])
		return conflict("ipv6", "icmp", "write icmpv6 for IPv6");
	if (is_given(spec, "ipv4.protocol") && has_l4 != NULL)
		return conflict("a header behind that of IP", "ipv4.protocol",
			"remove ipv4.protocol: it follows from the headers");
	if (is_given(spec, "ipv6.next") && has_l4 != NULL)
		return conflict("a header behind that of IP", "ipv6.next",
			"remove ipv6.next: it follows from the headers");
	if (has_l4 == NULL && !is_given(spec, "ipv4.protocol") && !is_given(spec, "ipv6.next"))
		spec->has[LAYER_UDP] = true;
	return 0;
}

static int overlap(const struct field *a, const struct field *b)
{
	const char *layer = flow_layer_names[a->layer];
	char key[32];

	nimbl_fail(
		EINVAL, "%s.%s and %s.%s are parts of each other", layer, a->name, layer, b->name);
	nimbl_mend("keep one of the two");
	snprintf(key, sizeof(key), "%s.%s", layer, b->name);
	nimbl_blame(key, 0);
	return -EINVAL;
}

static int check_overlaps(const struct spec *spec)
{
	for (const struct field *a = flow_fields; a->name != NULL; a++)
		for (const struct field *b = a + 1; b->name != NULL; b++)
			if (a->layer == b->layer && a->bit < b->bit + b->bits &&
				b->bit < a->bit + a->bits &&
				spec->fields[0][a - flow_fields].given &&
				spec->fields[0][b - flow_fields].given)
				return overlap(a, b);
	return 0;
}

// Halves of 64 bits are counted by themselves.
static int check_wide(const struct spec *spec, const char *key)
{
	const struct pattern *pattern = pattern_of(spec, key);
	wide last = pattern->start;

	if (pattern->kind == PATTERN_STEP)
		last = pattern->start + pattern->step * (pattern->count - 1);
	else if (pattern->kind == PATTERN_RANGE)
		last = pattern->start + (pattern->count - 1);
	if (last >> 64 == pattern->start >> 64)
		return 0;
	nimbl_fail(EINVAL, "%s has a range that goes beyond its last 64 bits", key);
	nimbl_mend(
		"keep the first four groups of the address the same, or write a list, or 'random "
		"A mask M'");
	nimbl_blame(key, 0);
	return -EINVAL;
}

static int check_fixed(const struct spec *spec, const char *key)
{
	if (pattern_of(spec, key)->kind == PATTERN_FIXED)
		return 0;
	nimbl_fail(EINVAL, "%s says how the rest of a frame is read, and is the same in all", key);
	nimbl_mend("give one number, or write a stream for each");
	nimbl_blame(key, 0);
	return -EINVAL;
}

static bool has_zero(const struct pattern *pattern)
{
	if (pattern->kind != PATTERN_LIST)
		return pattern->start == 0;
	for (uint64_t i = 0; i < (uint64_t)pattern->count; i++)
		if (pattern->list[i] == 0)
			return true;
	return false;
}

static int check_destination(const struct spec *spec)
{
	if (!is_given(spec, "eth.dst")) {
		nimbl_fail(EINVAL, "the stream has no destination MAC address");
		nimbl_mend(
			"give that of the next hop, as eth.dst or dst, such as 02:00:00:00:00:02; "
			"ff:ff:ff:ff:ff:ff reaches everybody");
		return -EINVAL;
	}
	if (!has_zero(pattern_of(spec, "eth.dst")))
		return 0;
	nimbl_fail(EINVAL,
		"eth.dst is 00:00:00:00:00:00, or comes to it: nobody has this address, and "
		"switches and NICs drop it");
	nimbl_mend("give the MAC address of the next hop, such as 02:00:00:00:00:02");
	nimbl_blame("eth.dst", 0);
	return -EINVAL;
}

static int check_size(const struct spec *spec)
{
	uint32_t bytes = NIMBL_FCS_BYTES + (spec->is_signed ? NIMBL_SIGNATURE_BYTES : 0) +
			 flow_layer_bytes[LAYER_ETH] + spec->tags * flow_layer_bytes[LAYER_VLAN];
	uint32_t has = spec->sizes.min + NIMBL_FCS_BYTES;

	for (enum layer layer = LAYER_IP4; layer < LAYER_COUNT; layer++)
		bytes += spec->has[layer] ? flow_layer_bytes[layer] : 0;
	if (has >= bytes)
		return 0;
	nimbl_fail(EINVAL, "size %u has no room for headers%s and FCS, which take %u bytes", has,
		spec->is_signed ? ", signature" : "", bytes);
	if (spec->is_signed && has + NIMBL_SIGNATURE_BYTES >= bytes)
		nimbl_mend("make it at least %u, or set signature: false", bytes);
	else
		nimbl_mend("make it at least %u", bytes);
	nimbl_blame("size", 0);
	return -EINVAL;
}

// An address of its own for each port: two ports of one switch must not seem to be one.
static void set_source(struct spec *spec)
{
	unsigned int tag;
	const ptrdiff_t i = flow_field_find("eth.src", &tag) - flow_fields;
	uint32_t hash = 2166136261u; // FNV-1a

	if (spec->fields[0][i].given)
		return;
	for (const char *at = spec->port; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	spec->fields[0][i].given = true;
	spec->fields[0][i].pattern.start = 0x026e62000000 | (hash ^ hash >> 24) % (1 << 24);
}

// What is sent is what was captured, and when, unless there is a rate.
static int complete_replay(struct spec *spec)
{
	const char *const mend = "remove it: frames of a capture are sent as they are";
	struct nimbl_replay_summary summary;

	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		if (spec->has[layer])
			return conflict("a replay", flow_layer_names[layer], mend);
	if (spec->has_size)
		return conflict("a replay", "size", mend);
	if (spec->has_speed && spec->has_rate)
		return conflict("a rate", "replay.speed", "keep one of the two");
	if (nimbl_replay_check(spec->replay.path, NIMBL_FLOW_SIZE_MAX - NIMBL_FCS_BYTES, &summary) <
		0) {
		nimbl_blame("replay.file", 0);
		return -nimbl_last_error()->code;
	}
	if (!spec->has_speed)
		spec->replay.speed = spec->has_rate ? 0 : 1000;
	spec->has[LAYER_ETH] = true;
	spec->is_signed = false;
	spec->sizes = (struct sizes){.kind = SIZES_RANDOM,
		.min = (uint16_t)summary.longest,
		.max = (uint16_t)summary.longest,
		.count = 1,
		.mean = summary.bytes * 1000 / summary.frames};
	return 0;
}

int flow_spec_complete(struct spec *spec)
{
	static const char *const fixed[] = {"eth.type", "ipv4.protocol", "ipv6.next", NULL};
	int ret = 0;

	if (spec->port == NULL) {
		nimbl_fail(EINVAL, "the stream has no port");
		nimbl_mend("write port: NAME, that of the port that sends it");
		return -EINVAL;
	}
	if (spec->replay.path != NULL)
		return complete_replay(spec);
	if (spec->has_speed)
		return nimbl_setting_missing(flow_setting_find("replay.file"));
	spec->has[LAYER_ETH] = true;
	ret = complete_ip(spec);
	if (ret == 0)
		ret = check_overlaps(spec);
	for (int i = 0; fixed[i] != NULL && ret == 0; i++)
		ret = check_fixed(spec, fixed[i]);
	if (ret == 0)
		ret = check_wide(spec, "ipv6.src");
	if (ret == 0)
		ret = check_wide(spec, "ipv6.dst");
	if (ret == 0)
		ret = check_destination(spec);
	if (ret == 0)
		ret = check_size(spec);
	if (ret == 0 && spec->has[LAYER_IP6] && spec->sums[LAYER_UDP] == SUM_ZERO)
		ret = conflict("ipv6", "udp.checksum: zero", "IPv6 has no UDP without a checksum");
	set_source(spec);
	return ret;
}
