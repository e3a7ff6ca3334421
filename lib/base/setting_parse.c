// SPDX-License-Identifier: BSD-3-Clause
// One text of a setting to its value, and what is said when it is none.
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "nimbl_setting.h"

#define DIGITS_MAX 19 // that surely fit into 64 bits

struct unit {
	const char *text;
	uint64_t times;
};

static const struct unit rate_units[] = {
	{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {"T", 1000000000000}, {NULL, 0}};
static const struct unit size_units[] = {
	{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1ull << 40}, {NULL, 0}};
static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {NULL, 0}};
static const struct unit percent_units[] = {{"", 10000}, {"%", 10000}, {NULL, 0}};

// How a type is called, its units, and what may follow a unit.
static const struct form {
	const char *noun;
	const struct unit *units;
	const char *tail;
} forms[] = {
	[NIMBL_SETTING_NUMBER] = {.noun = "a whole number"},
	[NIMBL_SETTING_RATE] = {"a rate", rate_units, "bit/s"},
	[NIMBL_SETTING_SIZE] = {"a size", size_units, "iB"},
	[NIMBL_SETTING_TIME] = {"a duration", time_units, ""},
	[NIMBL_SETTING_PERCENT] = {"a percentage", percent_units, ""},
	[NIMBL_SETTING_MAC] = {.noun = "a MAC address"},
	[NIMBL_SETTING_LIST] = {.noun = ""},
};

enum result {
	GOOD,
	NONE, // of another form
	RANGE,
};

static enum result refuse(const struct nimbl_setting *setting, const char *text, enum result result)
{
	if (result == GOOD)
		return GOOD;
	if (text[0] == '\0')
		nimbl_fail(EINVAL, "%s has no value", setting->name);
	else if (result == RANGE)
		nimbl_fail(EINVAL, "%s %s is out of range", setting->name, nimbl_quote(text).text);
	else
		nimbl_fail(EINVAL, "%s %s is not %s", setting->name, nimbl_quote(text).text,
			forms[setting->type].noun);
	nimbl_mend("allowed: %s", nimbl_setting_allowed(setting).text);
	return result;
}

static uint64_t limit_of(const struct nimbl_setting *setting)
{
	uint64_t room = setting->size >= 8 ? UINT64_MAX : (1ull << (8 * setting->size)) - 1;

	if (setting->max == 0 && setting->type == NIMBL_SETTING_PERCENT)
		return 1000000;
	return setting->max != 0 && setting->max < room ? setting->max : room;
}

static void store(const struct nimbl_setting *setting, void *base, uint64_t value)
{
	char *to = (char *)base + setting->offset;
	uint32_t u32 = (uint32_t)value;
	uint16_t u16 = (uint16_t)value;
	uint8_t u8 = (uint8_t)value;

	switch (setting->size) {
	case 1:
		memcpy(to, &u8, 1);
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

static int digit_of(char c, unsigned int base)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at != NULL && at < digits + base ? (int)(at - digits) : -1;
}

static enum result parse_number(const char *text, uint64_t *value)
{
	unsigned int base = 10;

	*value = 0;
	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return NONE;
	for (; *text != '\0'; text++) {
		int digit = digit_of(*text, base);

		if (digit < 0)
			return NONE;
		if (*value > (UINT64_MAX - (uint64_t)digit) / base)
			return RANGE;
		*value = *value * base + (uint64_t)digit;
	}
	return GOOD;
}

static const struct unit *unit_of(const struct form *form, const char *text)
{
	for (const struct unit *unit = form->units; unit->text != NULL; unit++) {
		size_t length = strlen(unit->text);

		if (strncmp(text, unit->text, length) == 0 &&
			(text[length] == '\0' || strcmp(text + length, form->tail) == 0))
			return unit;
	}
	return NULL;
}

// Digits, perhaps with a point, and a unit. What is finer than the smallest unit is no value.
static enum result parse_scaled(const struct form *form, const char *text, uint64_t *value)
{
	uint64_t digits = 0, scale = 1;
	unsigned int count = 0;
	bool has_point = false;
	const struct unit *unit;

	for (; digit_of(*text, 10) >= 0 || (*text == '.' && !has_point && count > 0); text++) {
		if (*text == '.') {
			has_point = true;
			continue;
		}
		if (++count > DIGITS_MAX)
			return RANGE;
		digits = digits * 10 + (uint64_t)digit_of(*text, 10);
		scale *= has_point ? 10 : 1;
	}
	unit = unit_of(form, text);
	if (unit == NULL && digits == 0 && count > 0 && *text == '\0')
		unit = form->units; // nothing needs no unit
	if (count == 0 || unit == NULL || text[-1] == '.')
		return NONE;
	unsigned __int128 all = (unsigned __int128)digits * unit->times;
	if (all % scale != 0)
		return NONE;
	*value = (uint64_t)(all / scale);
	return all / scale > UINT64_MAX ? RANGE : GOOD;
}

static enum result parse_mac(const char *text, uint8_t mac[6])
{
	for (unsigned int i = 0; i < 6; i++, text += 3) {
		int high = digit_of(text[0], 16), low = high >= 0 ? digit_of(text[1], 16) : -1;

		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return NONE;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return GOOD;
}

static int parse_word(const struct nimbl_setting *setting, const char *text, void *base)
{
	static const char *const flags[] = {"false", "true", NULL};
	const char *const *words = setting->type == NIMBL_SETTING_FLAG ? flags : setting->words;
	const char *near;

	for (uint64_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			store(setting, base, i);
			return 0;
		}
	}
	nimbl_fail(EINVAL, "%s %s is not known", setting->name, nimbl_quote(text).text);
	near = nimbl_did_you_mean(text, words);
	nimbl_mend("%s%s%sallowed: %s", near != NULL ? "did you mean '" : "",
		near != NULL ? near : "", near != NULL ? "'? " : "",
		nimbl_setting_allowed(setting).text);
	return -EINVAL;
}

static enum result parse_value(
	const struct nimbl_setting *setting, const char *text, uint64_t *value)
{
	const struct form *form = &forms[setting->type];
	enum result result =
		form->units != NULL ? parse_scaled(form, text, value) : parse_number(text, value);

	if (result == GOOD && (*value < setting->min || *value > limit_of(setting)))
		return RANGE;
	return result;
}

static enum result check_text(const struct nimbl_setting *setting, const char *text)
{
	size_t length = strlen(text), most = setting->max != 0 ? setting->max : PATH_MAX - 1;
	size_t least = setting->type == NIMBL_SETTING_TEXT ? setting->min : 1;

	return length >= least && length <= most ? GOOD : RANGE;
}

int nimbl_setting_parse(const struct nimbl_setting *setting, const char *text, void *base)
{
	enum result result;
	uint64_t value = 0;

	switch (setting->type) {
	case NIMBL_SETTING_FLAG:
	case NIMBL_SETTING_CHOICE:
		return parse_word(setting, text, base);
	case NIMBL_SETTING_MAC:
		result = parse_mac(text, (uint8_t *)base + setting->offset);
		break;
	case NIMBL_SETTING_TEXT:
	case NIMBL_SETTING_PATH:
	case NIMBL_SETTING_PORT:
		result = check_text(setting, text);
		memcpy((char *)base + setting->offset, &text, sizeof(text));
		break;
	case NIMBL_SETTING_LIST:
		result = text[0] != '\0' ? GOOD : NONE;
		break;
	default:
		result = parse_value(setting, text, &value);
		if (result == GOOD)
			store(setting, base, value);
	}
	return refuse(setting, text, result) == GOOD ? 0 : -EINVAL;
}
