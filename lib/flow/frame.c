// SPDX-License-Identifier: BSD-3-Clause
// The bytes that all frames of a stream share, and patches for what differs.
#include <stdlib.h>
#include <string.h>

#include "flow_priv.h"
#include "nimbl_random.h"

static void put_bits(uint8_t *frame, uint32_t bit, uint32_t bits, wide value)
{
	for (uint32_t i = 0; i < bits; i++) {
		uint32_t at = bit + bits - 1 - i;
		uint8_t mask = (uint8_t)(0x80 >> at % 8);

		frame[at / 8] = (uint8_t)((frame[at / 8] & ~mask) | (value >> i & 1 ? mask : 0));
	}
}

static void put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

// Bytes before the header that `field` is in.
static uint32_t layer_at(const struct nimbl_flow *flow, const struct field *field, unsigned int tag)
{
	switch (field->layer) {
	case LAYER_ETH: // its type stands behind the tags
		return field->bit < 96 || flow->ip_at != 0 ? 0 : flow->payload_at - 14u;
	case LAYER_VLAN:
		return 12 + 4 * tag;
	case LAYER_IP4:
	case LAYER_IP6:
		return flow->ip_at;
	default:
		return flow->l4_at;
	}
}

static uint64_t seed_of(const struct spec *spec, const struct pattern *pattern, unsigned int salt)
{
	return pattern->has_seed ? pattern->seed : nimbl_draw(spec->seed, salt);
}

// 64 bits of the values of `pattern`, those above `right`.
static int patch_values(struct patch *patch, const struct pattern *pattern, unsigned int right)
{
	patch->kind = pattern->kind;
	patch->start = (uint64_t)(pattern->start >> right);
	patch->step = (uint64_t)pattern->step;
	patch->count = (uint64_t)pattern->count;
	patch->random = (uint64_t)(pattern->mask >> right);
	if (pattern->kind != PATTERN_LIST)
		return 0;
	patch->list = calloc(patch->count, sizeof(*patch->list));
	if (patch->list == NULL)
		return flow_no_memory();
	for (uint64_t i = 0; i < patch->count; i++)
		patch->list[i] = (uint64_t)(pattern->list[i] >> right);
	return 0;
}

// The window must not reach beyond the shortest frame.
static void patch_place(struct nimbl_flow *flow, struct patch *patch, uint32_t bit, uint32_t bits)
{
	const uint32_t last = (flow->sizes.min - 8u) & ~1u;
	uint32_t at = bit / 8 & ~1u;
	uint64_t mask = bits == 64 ? UINT64_MAX : (1ull << bits) - 1;

	at = at > last ? last : at;
	patch->at = (uint16_t)at;
	patch->shift = (uint8_t)(64 - (bit - at * 8) - bits);
	patch->mask = __builtin_bswap64(mask << patch->shift);
}

static int patch_add(struct nimbl_flow *flow, const struct spec *spec, const struct field *field,
	unsigned int tag)
{
	const unsigned int i = (unsigned int)(field - flow_fields);
	const struct pattern *pattern = &spec->fields[tag][i].pattern;
	const bool is_wide = field->bits > 64;
	uint32_t bit = layer_at(flow, field, tag) * 8 + field->bit;

	// The upper half of a wide field moves only with a list or a mask.
	for (int half = is_wide && pattern->kind >= PATTERN_MASK ? 0 : 1; half < 2; half++) {
		struct patch *patch = &flow->patches[flow->patch_count++];
		const bool is_address =
			field->form.format == FORMAT_IP4 || field->form.format == FORMAT_IP6;
		int ret = patch_values(patch, pattern, half == 0 ? 64 : 0);

		if (ret < 0)
			return ret;
		patch->seed = seed_of(spec, pattern, i * 8 + tag) + (half == 0);
		patch->in_ip = field->layer == LAYER_IP4;
		patch->in_l4 = field->layer >= LAYER_UDP || (is_address && flow->l4_lengths > 0);
		patch_place(flow, patch, bit + (is_wide && half == 1 ? 64 : 0),
			is_wide ? 64 : field->bits);
	}
	return 0;
}

static bool is_present(const struct spec *spec, enum layer layer, unsigned int tag)
{
	return layer == LAYER_VLAN ? tag < spec->tags : tag == 0 && spec->has[layer];
}

// What is fixed goes into the frame: first what nobody asked for, for what was asked may be a part of it.
static int fields_write(struct nimbl_flow *flow, const struct spec *spec)
{
	int ret;

	for (int given = 0; given < 2; given++) {
		for (unsigned int n = 0; n < TAGS_MAX * FIELDS_MAX; n++) {
			unsigned int tag = n / FIELDS_MAX, i = n % FIELDS_MAX;
			const struct field *field = &flow_fields[i];
			const struct pattern *pattern = &spec->fields[tag][i].pattern;
			struct pattern preset;

			if (field->name == NULL) {
				n += FIELDS_MAX - 1 - i;
				continue;
			}
			if (!is_present(spec, field->layer, tag))
				continue;
			if (given == 0 && field->preset != NULL) {
				flow_pattern_read(
					&preset, field->name, field->preset, &field->form);
				pattern = &preset;
			} else if (given == 0 || !spec->fields[tag][i].given) {
				continue;
			}
			put_bits(flow->frame, layer_at(flow, field, tag) * 8 + field->bit,
				field->bits, pattern->kind == PATTERN_FIXED ? pattern->start : 0);
			if (pattern->kind == PATTERN_FIXED)
				continue;
			ret = patch_add(flow, spec, field, tag);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

// What says which header follows, and what never differs.
static void skeleton_write(struct nimbl_flow *flow, const struct spec *spec)
{
	uint8_t *frame = flow->frame;
	uint32_t type_at = 12;

	for (unsigned int tag = 0; tag < spec->tags; tag++, type_at += 4)
		put_u16(frame + type_at, tag + 1 < spec->tags ? 0x88a8 : 0x8100);
	if (spec->has[LAYER_IP4]) {
		put_u16(frame + type_at, 0x0800);
		frame[flow->ip_at] = 0x45;
		frame[flow->ip_at + 9] = flow_protocol(spec);
	} else if (spec->has[LAYER_IP6]) {
		put_u16(frame + type_at, 0x86dd);
		frame[flow->ip_at] = 0x60;
		frame[flow->ip_at + 6] = flow_protocol(spec);
	}
	if (spec->has[LAYER_TCP])
		frame[flow->l4_at + 12] = 0x50;
}

static void payload_fill(const struct spec *spec, uint8_t *at, uint32_t bytes)
{
	const size_t digits = spec->hex != NULL ? strlen(spec->hex) : 0;

	for (uint32_t i = 0; i < bytes; i++) {
		const char two[3] = {digits > 0 ? spec->hex[2 * i % digits] : '0',
			digits > 0 ? spec->hex[2 * i % digits + 1] : '0', '\0'};

		switch (spec->payload) {
		case PAYLOAD_ZEROS:
			break;
		case PAYLOAD_INCREMENT:
			at[i] = (uint8_t)i;
			break;
		case PAYLOAD_RANDOM:
			at[i] = (uint8_t)(nimbl_draw(spec->seed, i / 8) >> i % 8 * 8);
			break;
		case PAYLOAD_HEX:
			at[i] = (uint8_t)strtoul(two, NULL, 16);
			break;
		}
	}
}

int flow_frame_build(struct nimbl_flow *flow, const struct spec *spec)
{
	skeleton_write(flow, spec);
	payload_fill(spec, flow->frame + flow->payload_at, flow->sizes.max - flow->payload_at);
	return fields_write(flow, spec);
}
