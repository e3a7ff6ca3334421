// SPDX-License-Identifier: BSD-3-Clause
// Tables of settings: what a row allows, a look at settings that nobody has read yet, the reference.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nimbl_setting.h"

#define ROWS_MAX 32

static void join_words(char *out, size_t size, const char *const *words)
{
	size_t used = 0;

	for (size_t i = 0; words[i] != NULL && used < size; i++) {
		const char *between = i == 0 ? "" : words[i + 1] != NULL ? ", " : " or ";

		used += (size_t)snprintf(out + used, size - used, "%s%s", between, words[i]);
	}
}

// A bound in the largest unit that it is a whole number of.
static void print_bound(char out[32], enum nimbl_setting_type type, uint64_t value)
{
	static const struct {
		enum nimbl_setting_type type;
		uint64_t times;
		const char *unit;
	} units[] = {
		{NIMBL_SETTING_RATE, 1000000000000, "T"},
		{NIMBL_SETTING_RATE, 1000000000, "G"},
		{NIMBL_SETTING_RATE, 1000000, "M"},
		{NIMBL_SETTING_RATE, 1000, "k"},
		{NIMBL_SETTING_SIZE, 1ull << 40, "T"},
		{NIMBL_SETTING_SIZE, 1 << 30, "G"},
		{NIMBL_SETTING_SIZE, 1 << 20, "M"},
		{NIMBL_SETTING_SIZE, 1 << 10, "K"},
		{NIMBL_SETTING_TIME, 1000000000, "s"},
		{NIMBL_SETTING_TIME, 1000000, "ms"},
		{NIMBL_SETTING_TIME, 1000, "us"},
		{NIMBL_SETTING_TIME, 1, "ns"},
		{NIMBL_SETTING_PERCENT, 10000, "%"},
	};

	for (size_t i = 0; value != 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].type == type && value % units[i].times == 0) {
			snprintf(out, 32, "%" PRIu64 "%s", value / units[i].times, units[i].unit);
			return;
		}
	}
	if (type == NIMBL_SETTING_PERCENT && value != 0)
		snprintf(out, 32, "%g%%", (double)value / 10000);
	else
		snprintf(out, 32, "%" PRIu64, value);
}

static const char *example_of(enum nimbl_setting_type type)
{
	switch (type) {
	case NIMBL_SETTING_RATE:
		return "such as 10M or 2.5Gbit/s";
	case NIMBL_SETTING_SIZE:
		return "in bytes, such as 1500 or 64K";
	case NIMBL_SETTING_TIME:
		return "such as 100us or 1.5ms";
	case NIMBL_SETTING_PERCENT:
		return "such as 0.1%";
	case NIMBL_SETTING_MAC:
		return "an address such as 02:00:00:00:00:01";
	case NIMBL_SETTING_TEXT:
		return "a text";
	case NIMBL_SETTING_PATH:
		return "the path of a file";
	case NIMBL_SETTING_PORT:
		return "the name of another port";
	case NIMBL_SETTING_LIST:
		return "a list";
	default:
		return "";
	}
}

static void print_range(char *out, size_t size, const struct nimbl_setting *setting)
{
	const bool is_share = setting->type == NIMBL_SETTING_PERCENT;
	const char *example = example_of(setting->type);
	char from[32], to[32];

	print_bound(from, setting->type, setting->min);
	print_bound(to, setting->type, is_share && setting->max == 0 ? 1000000 : setting->max);
	if (setting->max == 0 && !is_share)
		snprintf(
			out, size, "%s or more%s%s", from, example[0] != '\0' ? ", " : "", example);
	else
		snprintf(out, size, "%s to %s%s%s", from, to, example[0] != '\0' ? ", " : "",
			example);
}

struct nimbl_allowed nimbl_setting_allowed(const struct nimbl_setting *setting)
{
	struct nimbl_allowed out;

	if (setting->allowed != NULL)
		snprintf(out.text, sizeof(out.text), "%s", setting->allowed);
	else if (setting->type == NIMBL_SETTING_FLAG)
		snprintf(out.text, sizeof(out.text), "true or false");
	else if (setting->type == NIMBL_SETTING_CHOICE)
		join_words(out.text, sizeof(out.text), setting->words);
	else if (setting->type >= NIMBL_SETTING_MAC)
		snprintf(out.text, sizeof(out.text), "%s", example_of(setting->type));
	else
		print_range(out.text, sizeof(out.text), setting);
	return out;
}

static const struct nimbl_setting *row_of(const struct nimbl_setting *table, const char *key)
{
	while (table->name != NULL && strcmp(table->name, key) != 0)
		table++;
	return table->name != NULL ? table : NULL;
}

static int unknown(const struct nimbl_setting *table, const char *key, const char *who)
{
	const char *names[ROWS_MAX + 1] = {NULL}, *meant;

	for (size_t i = 0; i < ROWS_MAX && table[i].name != NULL; i++)
		names[i] = table[i].name;
	nimbl_fail(EINVAL, "%s has no setting %s", who, nimbl_quote(key).text);
	meant = nimbl_did_you_mean(key, names);
	if (meant != NULL)
		nimbl_mend("did you mean '%s'?", meant);
	return -EINVAL;
}

// The place of a value that is looked at only.
union scrap {
	uint64_t number;
	uint8_t mac[6];
	const char *text;
};

static int check_one(const struct nimbl_setting *table, const struct nimbl_option *option,
	unsigned int nth, const char *who)
{
	const struct nimbl_setting *row = row_of(table, option->key);
	struct nimbl_setting here;
	union scrap scrap;

	if (row == NULL)
		return unknown(table, option->key, who);
	here = *row;
	here.offset = 0;
	if (nth > 0 && row->type != NIMBL_SETTING_LIST)
		return nimbl_setting_once(row);
	return nimbl_setting_parse(&here, option->value, &scrap);
}

int nimbl_setting_once(const struct nimbl_setting *setting)
{
	nimbl_fail(EINVAL, "%s has more than one value", setting->name);
	nimbl_mend("give one, allowed: %s", nimbl_setting_allowed(setting).text);
	return -EINVAL;
}

int nimbl_setting_missing(const struct nimbl_setting *setting)
{
	nimbl_fail(EINVAL, "setting '%s' is missing", setting->name);
	nimbl_mend("allowed: %s", nimbl_setting_allowed(setting).text);
	return -EINVAL;
}

static unsigned int count_before(const struct nimbl_option *options, const struct nimbl_option *end)
{
	unsigned int count = 0;

	for (const struct nimbl_option *at = options; at < end; at++)
		count += strcmp(at->key, end->key) == 0;
	return count;
}

int nimbl_settings_check(
	const struct nimbl_setting *table, const struct nimbl_option *options, const char *who)
{
	for (const struct nimbl_option *at = options; at->key != NULL; at++) {
		unsigned int nth = count_before(options, at);

		if (check_one(table, at, nth, who) < 0) {
			nimbl_blame(at->key, nth);
			return -EINVAL;
		}
	}
	for (; table->name != NULL; table++) {
		const struct nimbl_option *at = options;

		while (at->key != NULL && strcmp(at->key, table->name) != 0)
			at++;
		if (table->required && at->key == NULL)
			return nimbl_setting_missing(table);
	}
	return 0;
}

static void print_row(FILE *out, const char *driver, const struct nimbl_setting *row)
{
	const char *without = row->required ? "required" : row->absent;

	fprintf(out, "%s.%s\n    %s\n", driver, row->name, row->help);
	fprintf(out, "    Allowed: %s.\n", nimbl_setting_allowed(row).text);
	fprintf(out, "    Default: %s.\n\n", row->preset != NULL ? row->preset : without);
}

void nimbl_settings_reference(FILE *out)
{
	const struct nimbl_driver *driver = nimbl_driver_first();

	for (; driver != NULL; driver = driver->next) {
		const struct nimbl_setting *row = driver->settings;

		if (driver->help != NULL)
			fprintf(out, "%s\n    %s\n\n", driver->name, driver->help);
		for (; row != NULL && row->name != NULL; row++)
			print_row(out, driver->name, row);
	}
}
