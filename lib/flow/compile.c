// SPDX-License-Identifier: BSD-3-Clause
// A stream as it was asked to one that makes frames: where headers are, and what can be summed beforehand.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_priv.h"
#include "nimbl_random.h"
#include "nimbl_signature.h"

#define SLACK 8 // behind the longest frame, so that words may be read at its end

int flow_no_memory(void)
{
	nimbl_fail(ENOMEM, "not enough memory for a stream");
	nimbl_mend("free some memory and try again");
	return -ENOMEM;
}

uint8_t flow_protocol(const struct spec *spec)
{
	return spec->has[LAYER_UDP]     ? 17
	       : spec->has[LAYER_TCP]   ? 6
	       : spec->has[LAYER_ICMP]  ? 1
	       : spec->has[LAYER_ICMP6] ? 58
					: 0;
}

static void layout(struct nimbl_flow *flow, const struct spec *spec)
{
	uint32_t at = 14 + 4 * spec->tags;

	for (enum layer layer = LAYER_IP4; layer < LAYER_COUNT; layer++) {
		if (!spec->has[layer])
			continue;
		if (layer <= LAYER_IP6)
			flow->ip_at = (uint16_t)at;
		else
			flow->l4_at = (uint16_t)at;
		at += flow_layer_bytes[layer];
	}
	flow->payload_at = (uint16_t)at;
}

static uint16_t wrong(enum sum_wish wish)
{
	return wish == SUM_WRONG ? 0x5555 : 0;
}

static void layout_sums(struct nimbl_flow *flow, const struct spec *spec)
{
	if (spec->has[LAYER_IP4]) {
		flow->ip_sum_at = flow->ip_at + 10;
		flow->ip_length_at = flow->ip_at + 2;
		flow->ip_less = flow->ip_at;
		flow->ip_xor = wrong(spec->sums[LAYER_IP4]);
	} else if (spec->has[LAYER_IP6]) {
		flow->ip_length_at = flow->ip_at + 4;
		flow->ip_less = flow->ip_at + 40;
	}
	if (spec->has[LAYER_UDP]) {
		flow->udp_length_at = flow->l4_at + 4;
		flow->l4_sum_at = spec->sums[LAYER_UDP] != SUM_ZERO ? flow->l4_at + 6 : 0;
		flow->l4_zero = 0xffff; // RFC 768: 0 is none
		flow->l4_lengths = 2;
	} else if (spec->has[LAYER_TCP]) {
		flow->l4_sum_at = flow->l4_at + 16;
		flow->l4_lengths = 1;
	} else if (spec->has[LAYER_ICMP] || spec->has[LAYER_ICMP6]) {
		flow->l4_sum_at = flow->l4_at + 2;
		flow->l4_lengths = spec->has[LAYER_ICMP6];
	}
	for (enum layer layer = LAYER_UDP; layer < LAYER_COUNT; layer++)
		if (spec->has[layer])
			flow->l4_xor = wrong(spec->sums[layer]);
}

static uint16_t sum_of(const uint8_t *at, uint32_t bytes)
{
	uint64_t sum = 0;
	uint16_t word;

	for (; bytes >= 2; bytes -= 2, at += 2) {
		memcpy(&word, at, 2);
		sum += word;
	}
	return sum_fold(sum);
}

// Of headers without lengths, checksums and values of patches, which are 0 so far.
static void bases(struct nimbl_flow *flow, const struct spec *spec)
{
	const uint8_t *ip = flow->frame + flow->ip_at;
	uint64_t sum = 0;

	if (flow->ip_sum_at != 0)
		flow->ip_base = sum_of(ip, 20);
	if (flow->l4_at == 0)
		return;
	sum = sum_of(flow->frame + flow->l4_at, flow->payload_at - flow->l4_at);
	if (flow->l4_lengths > 0) {
		sum += spec->has[LAYER_IP4] ? sum_of(ip + 12, 8) : sum_of(ip + 8, 32);
		sum += (uint16_t)(flow_protocol(spec) << 8); // in the lower byte of its word
	}
	flow->l4_base = sum_fold(sum);
}

static int tails(struct nimbl_flow *flow)
{
	const uint32_t less = flow->payload_at + (flow->is_signed ? NIMBL_SIGNATURE_BYTES : 0);
	const uint32_t first = flow->sizes.min - less, last = flow->sizes.max - less;
	const uint8_t *payload = flow->frame + flow->payload_at;
	uint32_t crc = UINT32_MAX;
	uint64_t sum = 0;

	flow->tail_first = (uint16_t)first;
	flow->tails = calloc(last - first + 1, sizeof(*flow->tails));
	if (flow->tails == NULL)
		return flow_no_memory();
	for (uint32_t i = 0;; i++) {
		if (i >= first)
			flow->tails[i - first] = (struct tail){crc, sum_fold(sum)};
		if (i == last)
			return 0;
		crc = nimbl_crc32c(crc, payload + i, 1);
		sum += (uint32_t)payload[i] << i % 2 * 8;
	}
}

static int sizes_copy(struct nimbl_flow *flow, const struct spec *spec)
{
	const size_t bytes = spec->sizes.count * sizeof(*spec->sizes.cycle);

	flow->sizes = spec->sizes;
	if (flow->sizes.kind == SIZES_RANDOM && flow->sizes.seed == 0)
		flow->sizes.seed = nimbl_draw(spec->seed, UINT32_MAX);
	flow->sizes.cycle = NULL;
	if (flow->sizes.kind != SIZES_CYCLE)
		return 0;
	flow->sizes.cycle = malloc(bytes);
	if (flow->sizes.cycle == NULL)
		return flow_no_memory();
	memcpy(flow->sizes.cycle, spec->sizes.cycle, bytes);
	return 0;
}

static int build(struct nimbl_flow *flow, const struct spec *spec)
{
	int ret = sizes_copy(flow, spec);

	if (ret < 0)
		return ret;
	flow->pace = spec->pace;
	flow->is_signed = spec->is_signed;
	flow->replay = spec->replay;
	if (spec->replay.path != NULL) {
		flow->replay.path = strdup(spec->replay.path);
		if (flow->replay.path == NULL)
			return flow_no_memory();
	}
	layout(flow, spec);
	layout_sums(flow, spec);
	flow->frame = calloc(flow->sizes.max + SLACK, 1);
	flow->patches = calloc(PATCHES_MAX, sizeof(*flow->patches));
	if (flow->frame == NULL || flow->patches == NULL)
		return flow_no_memory();
	ret = flow_frame_build(flow, spec);
	if (ret < 0)
		return ret;
	bases(flow, spec);
	flow->ip_moves = flow->ip_sum_at != 0 && nimbl_flow_varies(flow);
	flow->l4_moves = flow->l4_sum_at != 0 && (flow->is_signed || nimbl_flow_varies(flow));
	for (uint16_t i = 0; i < flow->patch_count; i++) {
		flow->ip_moves |= flow->patches[i].in_ip && flow->ip_sum_at != 0;
		flow->l4_moves |= flow->patches[i].in_l4 && flow->l4_sum_at != 0;
	}
	ret = tails(flow);
	if (ret == 0 && !nimbl_flow_varies(flow))
		flow_frame_finish(flow);
	flow->is_static = !flow->is_signed && flow->patch_count == 0 && !nimbl_flow_varies(flow);
	return ret;
}

int flow_compile(const struct spec *spec, uint16_t id, struct nimbl_flow **out)
{
	struct nimbl_flow *flow = calloc(1, sizeof(*flow));
	int ret;

	if (flow == NULL)
		return flow_no_memory();
	flow->id = id;
	snprintf(flow->port, sizeof(flow->port), "%s", spec->port);
	if (spec->name != NULL)
		snprintf(flow->name, sizeof(flow->name), "%s", spec->name);
	else
		snprintf(flow->name, sizeof(flow->name), "%s-%u", spec->port, id);
	ret = build(flow, spec);
	if (ret < 0)
		flow_free(flow);
	else
		*out = flow;
	return ret;
}

void flow_free(struct nimbl_flow *flow)
{
	if (flow == NULL)
		return;
	for (uint16_t i = 0; i < flow->patch_count; i++)
		free(flow->patches[i].list);
	free((char *)(uintptr_t)flow->replay.path);
	free(flow->patches);
	free(flow->tails);
	free(flow->frame);
	free(flow->sizes.cycle);
	free(flow);
}
