// SPDX-License-Identifier: BSD-3-Clause
// Texts of fields to values and patterns: 10.0.0.1, 10.0.0.1..10.0.0.9 step 2, 5 count 10, random 1..9 seed 7,
// random 10.0.0.0 mask 0.0.255.255.
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_priv.h"

#define WORD_MAX 96

static const char *const format_allowed[] = {
	[FORMAT_MAC] = "an address such as 02:00:00:00:00:01",
	[FORMAT_IP4] = "an address such as 198.18.0.1",
	[FORMAT_IP6] = "an address such as 2001:2::1",
	[FORMAT_TAG] = "802.1q, 802.1ad or a number",
};

struct form_text flow_form_allowed(const struct value_form *form)
{
	struct form_text out;

	if (form->allowed != NULL)
		snprintf(out.text, sizeof(out.text), "%s", form->allowed);
	else if (form->format == FORMAT_NUMBER)
		snprintf(out.text, sizeof(out.text),
			"%llu to %llu, a range of these (A..B step 2), a start (A count 3), or 'random "
			"A..B'",
			(unsigned long long)form->min, (unsigned long long)form->max);
	else
		snprintf(out.text, sizeof(out.text),
			"%s, a range of these (A..B step 2), a start (A count 3), or 'random A..B'",
			format_allowed[form->format]);
	return out;
}

static int refuse(
	const char *what, const char *text, const char *how, const struct value_form *form)
{
	nimbl_fail(EINVAL, "%s %s %s", what, nimbl_quote(text).text, how);
	nimbl_mend("allowed: %s", flow_form_allowed(form).text);
	return -EINVAL;
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

bool flow_number_read(const char *text, size_t length, wide *value)
{
	int base = length > 2 && text[0] == '0' && text[1] == 'x' ? 16 : 10;
	size_t i = base == 16 ? 2 : 0;

	*value = 0;
	if (length == 0 || length > 34)
		return false;
	for (; i < length; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0 || digit >= base)
			return false;
		*value = *value * (unsigned int)base + (unsigned int)digit;
	}
	return true;
}

static bool mac_read(const char *text, wide *value)
{
	*value = 0;
	for (int i = 0; i < 6; i++, text += 3) {
		int high = digit_of(text[0]), low = high >= 0 ? digit_of(text[1]) : -1;

		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return false;
		*value = *value << 8 | (unsigned int)(high << 4 | low);
	}
	return true;
}

static bool address_read(int family, const char *text, wide *value)
{
	int bytes = family == AF_INET ? 4 : 16;
	uint8_t address[16];

	if (inet_pton(family, text, address) != 1)
		return false;
	*value = 0;
	for (int i = 0; i < bytes; i++)
		*value = *value << 8 | address[i];
	return true;
}

static bool value_read(enum format format, const char *text, wide *value)
{
	switch (format) {
	case FORMAT_MAC:
		return mac_read(text, value);
	case FORMAT_IP4:
		return address_read(AF_INET, text, value);
	case FORMAT_IP6:
		return address_read(AF_INET6, text, value);
	case FORMAT_TAG:
		*value = strcmp(text, "802.1q") == 0 ? 0x8100 : 0x88a8;
		if (strcmp(text, "802.1q") == 0 || strcmp(text, "802.1ad") == 0)
			return true;
		break;
	default:
		break;
	}
	return flow_number_read(text, strlen(text), value);
}

// The words of a text, one after the other.
struct words {
	const char *at;
	char word[WORD_MAX];
};

static bool next_word(struct words *words)
{
	size_t length;

	words->at += strspn(words->at, " ");
	length = strcspn(words->at, " ");
	if (length == 0 || length >= sizeof(words->word))
		return false;
	memcpy(words->word, words->at, length);
	words->word[length] = '\0';
	words->at += length;
	return true;
}

struct parts {
	bool is_random, is_range;
	wide a, b, step, count, mask;
	bool has_step, has_count, has_mask;
};

// "A" or "A..B".
static const char *read_ends(struct parts *parts, char *word, const struct value_form *form)
{
	char *dots = strstr(word, "..");

	parts->is_range = dots != NULL;
	if (dots != NULL)
		*dots = '\0';
	if (!value_read(form->format, word, &parts->a) ||
		(dots != NULL && !value_read(form->format, dots + 2, &parts->b)))
		return "is not of this kind";
	if (dots == NULL)
		parts->b = parts->a;
	if (parts->a < form->min || parts->a > form->max || parts->b < form->min ||
		parts->b > form->max)
		return "is out of range";
	return NULL;
}

static const char *read_option(struct pattern *pattern, struct parts *parts, struct words *words,
	const struct value_form *form)
{
	char name[WORD_MAX];
	wide value;

	memcpy(name, words->word, sizeof(name));
	if (!next_word(words))
		return "ends too early";
	if (strcmp(name, "mask") == 0 && !parts->has_mask) {
		parts->has_mask = true;
		if (!value_read(form->format, words->word, &parts->mask) || parts->mask > form->max)
			return "has a mask that is no value of this field";
		return NULL;
	}
	if (!flow_number_read(words->word, strlen(words->word), &value) || value > UINT64_MAX)
		return "has a number that is none";
	if (strcmp(name, "step") == 0 && !parts->has_step) {
		parts->has_step = true;
		parts->step = value;
	} else if (strcmp(name, "count") == 0 && !parts->has_count) {
		parts->has_count = true;
		parts->count = value;
	} else if (strcmp(name, "seed") == 0 && !pattern->has_seed) {
		pattern->has_seed = true;
		pattern->seed = (uint64_t)value;
	} else {
		return "has a word that is not known here; known are random, step, count, mask and "
		       "seed, each once";
	}
	return NULL;
}

static const char *make_random(struct pattern *pattern, const struct parts *parts)
{
	if (parts->has_step || parts->has_count)
		return "is random, which goes without step and count";
	if (parts->is_range == parts->has_mask)
		return "is random, which needs a range or a mask";
	if (parts->b < parts->a)
		return "ends before it begins";
	pattern->kind = parts->has_mask ? PATTERN_MASK : PATTERN_RANGE;
	pattern->start = parts->a & ~parts->mask;
	pattern->mask = parts->mask;
	pattern->count = parts->b - parts->a + 1;
	return NULL;
}

// Downwards is a step of less than 0: fields are sums modulo their width.
static const char *make_steps(
	struct pattern *pattern, const struct parts *parts, const struct value_form *form)
{
	const bool down = parts->b < parts->a;
	wide step = parts->has_step ? parts->step : 1;
	wide room =
		down ? parts->a - parts->b : (parts->is_range ? parts->b : form->max) - parts->a;
	wide most = step == 0 ? 0 : room / step + 1;

	if (parts->has_mask || pattern->has_seed)
		return "has a mask or a seed, but is not random";
	if (step == 0 || (parts->has_count && parts->count == 0))
		return "has a step or a count of 0";
	if (parts->has_count && parts->count > most)
		return "has a count that leads out of the range";
	pattern->start = parts->a;
	pattern->step = down ? (wide)0 - step : step;
	pattern->count = parts->has_count ? parts->count : parts->is_range ? most : 1;
	pattern->kind = pattern->count > 1 ? PATTERN_STEP : PATTERN_FIXED;
	if (!parts->is_range && parts->has_step && !parts->has_count)
		return "has a step, but neither an end nor a count";
	return NULL;
}

int flow_pattern_read(
	struct pattern *pattern, const char *what, const char *text, const struct value_form *form)
{
	struct words words = {.at = text};
	struct parts parts = {0};
	const char *wrong;

	*pattern = (struct pattern){0};
	if (!next_word(&words))
		return refuse(what, text, "is not of this kind", form);
	parts.is_random = strcmp(words.word, "random") == 0;
	if (parts.is_random && !next_word(&words))
		return refuse(what, text, "ends too early", form);
	wrong = read_ends(&parts, words.word, form);
	while (wrong == NULL && next_word(&words))
		wrong = read_option(pattern, &parts, &words, form);
	if (wrong == NULL && *words.at != '\0')
		wrong = "is too long";
	if (wrong == NULL)
		wrong = parts.is_random ? make_random(pattern, &parts)
					: make_steps(pattern, &parts, form);
	return wrong == NULL ? 0 : refuse(what, text, wrong, form);
}

static int list_grow(struct pattern *pattern, wide value)
{
	wide *list = realloc(pattern->list, (size_t)(pattern->count + 1) * sizeof(*list));

	if (list == NULL) {
		return flow_no_memory();
	}
	pattern->list = list;
	list[(size_t)pattern->count++] = value;
	return 0;
}

int flow_pattern_add(
	struct pattern *pattern, const char *what, const char *text, const struct value_form *form)
{
	struct pattern next;
	int ret = flow_pattern_read(&next, what, text, form);

	if (ret < 0)
		return ret;
	if (next.kind != PATTERN_FIXED ||
		(pattern->kind != PATTERN_FIXED && pattern->kind != PATTERN_LIST))
		return refuse(what, text, "stands in a list, where values are single ones", form);
	if (pattern->kind == PATTERN_FIXED) {
		pattern->kind = PATTERN_LIST;
		pattern->count = 0;
		ret = list_grow(pattern, pattern->start);
	}
	if (ret == 0 && pattern->count == LIST_MAX) {
		nimbl_fail(EINVAL, "%s has more than %u values", what, LIST_MAX);
		nimbl_mend("write a range, such as A..B step 2, or 'random A..B'");
		return -EINVAL;
	}
	return ret < 0 ? ret : list_grow(pattern, next.start);
}
