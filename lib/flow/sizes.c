// SPDX-License-Identifier: BSD-3-Clause
// Sizes of a stream's frames: one, a range, at random, a list with weights, IMIX and its genome (RFC 6985).
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_priv.h"

#define CYCLE_MAX   16384u
#define WEIGHTS_MAX 64u

static const char sizes_allowed[] =
	"64 to 16384 with the FCS, a range (64..1518 step 2), 'random 64..1518', imix, 'genome "
	"aaabbg', or a list of '64 weight 7' and the like";

static const struct value_form size_form = {.format = FORMAT_SIZE,
	.min = NIMBL_FLOW_SIZE_MIN,
	.max = NIMBL_FLOW_SIZE_MAX,
	.allowed = sizes_allowed};

static int refuse(const char *text, const char *how)
{
	nimbl_fail(EINVAL, "size %s %s", nimbl_quote(text).text, how);
	nimbl_mend("allowed: %s", sizes_allowed);
	return -EINVAL;
}

static int cycle_room(struct sizes *sizes, uint32_t count)
{
	sizes->kind = SIZES_CYCLE;
	sizes->cycle = calloc(count, sizeof(*sizes->cycle));
	if (sizes->cycle != NULL)
		return 0;
	return flow_no_memory();
}

static int read_pattern(struct sizes *sizes, const char *text)
{
	struct pattern pattern;
	int ret = flow_pattern_read(&pattern, "size", text, &size_form);

	if (ret < 0)
		return ret;
	if (pattern.kind == PATTERN_MASK)
		return refuse(text, "has a mask");
	sizes->min = (uint16_t)(pattern.start - NIMBL_FCS_BYTES);
	sizes->count = (uint32_t)pattern.count;
	sizes->seed = pattern.seed;
	if (pattern.kind == PATTERN_FIXED)
		return 0;
	if (pattern.kind == PATTERN_RANGE) {
		sizes->kind = SIZES_RANDOM;
		return 0;
	}
	ret = cycle_room(sizes, sizes->count);
	for (uint32_t i = 0; ret == 0 && i < sizes->count; i++)
		sizes->cycle[i] = (uint16_t)(sizes->min + pattern.step * i);
	return ret;
}

struct weighted {
	uint16_t length;
	uint32_t weight;
	int64_t credit;
};

// The one with most credit pays for all: each comes as often as it weighs, and as evenly as can be.
static int spread(struct sizes *sizes, struct weighted *list, unsigned int count)
{
	uint32_t total = 0;
	int ret;

	for (unsigned int i = 0; i < count; i++)
		total += list[i].weight;
	if (total > CYCLE_MAX) {
		nimbl_fail(EINVAL, "the weights of size come to more than %u", CYCLE_MAX);
		nimbl_mend("use smaller weights of the same ratio");
		return -EINVAL;
	}
	ret = cycle_room(sizes, total);
	for (sizes->count = 0; ret == 0 && sizes->count < total; sizes->count++) {
		struct weighted *most = list;

		for (unsigned int i = 0; i < count; i++) {
			list[i].credit += list[i].weight;
			if (list[i].credit > most->credit)
				most = &list[i];
		}
		most->credit -= total;
		sizes->cycle[sizes->count] = most->length;
	}
	return ret;
}

static int read_weighted(struct weighted *to, const char *text)
{
	const char *weight = strstr(text, " weight ");
	size_t length = weight != NULL ? (size_t)(weight - text) : strlen(text);
	wide size, times = 1;

	if (!flow_number_read(text, length, &size))
		return refuse(text, "in a list is no single size");
	if (size < NIMBL_FLOW_SIZE_MIN || size > NIMBL_FLOW_SIZE_MAX)
		return refuse(text, "is out of range");
	if (weight != NULL && (!flow_number_read(weight + 8, strlen(weight + 8), &times) ||
				      times == 0 || times > CYCLE_MAX))
		return refuse(text, "has a weight that is none");
	*to = (struct weighted){(uint16_t)(size - NIMBL_FCS_BYTES), (uint32_t)times, 0};
	return 0;
}

static int read_list(struct sizes *sizes, const char *const *texts, unsigned int count)
{
	struct weighted list[WEIGHTS_MAX];
	int ret = 0;

	if (count > WEIGHTS_MAX) {
		nimbl_fail(EINVAL, "size has more than %u entries", WEIGHTS_MAX);
		nimbl_mend("give a weight to what comes more than once: '64 weight 7'");
		return -EINVAL;
	}
	for (unsigned int i = 0; i < count && ret == 0; i++) {
		ret = read_weighted(&list[i], texts[i]);
		if (ret < 0)
			nimbl_blame("size", i);
	}
	return ret < 0 ? ret : spread(sizes, list, count);
}

// Letters of RFC 6985, section 4; others get their size behind the genome: "aaZ Z=1000".
struct letters {
	uint16_t sizes[128];
};

static const struct letters standard_letters = {{['a'] = 64,
	['b'] = 128,
	['c'] = 256,
	['d'] = 512,
	['e'] = 1024,
	['f'] = 1280,
	['g'] = 1518,
	['h'] = 2112,
	['i'] = 9000,
	['j'] = 16000}};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int read_letters(struct letters *letters, const char *text, const char *at)
{
	for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		wide size;

		if (!is_letter(at[0]) || at[1] != '=' ||
			!flow_number_read(at + 2, length - 2, &size))
			return refuse(
				text, "has something behind its genome that is not like Z=1000");
		if (size < NIMBL_FLOW_SIZE_MIN || size > NIMBL_FLOW_SIZE_MAX)
			return refuse(text, "has a letter whose size is out of range");
		letters->sizes[(unsigned char)at[0]] = (uint16_t)size;
		at += length;
	}
	return 0;
}

static int read_genome(struct sizes *sizes, const char *text)
{
	const char *genome = text + strlen("genome ");
	size_t length;
	struct letters letters = standard_letters;
	int ret;

	genome += strspn(genome, " ");
	length = strcspn(genome, " ");
	ret = read_letters(&letters, text, genome + length);
	if (ret < 0)
		return ret;
	if (length == 0 || length > CYCLE_MAX)
		return refuse(text, "has no genome, or a very long one");
	ret = cycle_room(sizes, (uint32_t)length);
	for (size_t i = 0; i < length && ret == 0; i++) {
		uint16_t size = is_letter(genome[i]) ? letters.sizes[(unsigned char)genome[i]] : 0;

		if (size == 0)
			return refuse(text, "has a letter without a size; a to j have one, others "
					    "get it behind the genome: 'genome aaZ Z=1000'");
		sizes->cycle[sizes->count++] = (uint16_t)(size - NIMBL_FCS_BYTES);
	}
	return ret;
}

static void summarize(struct sizes *sizes)
{
	uint64_t sum = 0;

	sizes->max = sizes->min;
	if (sizes->kind == SIZES_RANDOM)
		sizes->max = (uint16_t)(sizes->min + sizes->count - 1);
	sizes->mean = (sizes->min + sizes->max) * 500ull;
	if (sizes->kind != SIZES_CYCLE)
		return;
	sizes->min = UINT16_MAX;
	sizes->max = 0;
	for (uint32_t i = 0; i < sizes->count; i++) {
		sizes->min = sizes->cycle[i] < sizes->min ? sizes->cycle[i] : sizes->min;
		sizes->max = sizes->cycle[i] > sizes->max ? sizes->cycle[i] : sizes->max;
		sum += sizes->cycle[i];
	}
	sizes->mean = sum * 1000 / sizes->count;
	if (sizes->min == sizes->max)
		sizes->kind = SIZES_FIXED;
}

int flow_sizes_read(struct sizes *sizes, const char *const *texts, unsigned int count)
{
	static const char *const imix[] = {"64 weight 7", "594 weight 4", "1518 weight 1"};
	int ret;

	if (count > 1 || strstr(texts[0], " weight ") != NULL)
		ret = read_list(sizes, texts, count);
	else if (strcmp(texts[0], "imix") == 0)
		ret = read_list(sizes, imix, 3);
	else if (strncmp(texts[0], "genome ", 7) == 0)
		ret = read_genome(sizes, texts[0]);
	else
		ret = read_pattern(sizes, texts[0]);
	if (ret == 0)
		summarize(sizes);
	return ret;
}
