// SPDX-License-Identifier: BSD-3-Clause
// Typed settings: what texts mean, what is refused and how it is said, tables as a whole.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_setting.h"

struct values {
	uint8_t small;
	uint16_t id;
	uint32_t number;
	uint64_t large, rate, size, time;
	bool flag;
	uint32_t mode, percent, entries;
	uint8_t mac[6];
	const char *text, *path;
};

static const char *const modes[] = {"access", "untag", "translate", NULL};

// clang-format off
static const struct nimbl_setting table[] = {
	{.name = "small", .type = NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(values, small)},
	{.name = "id", .type = NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(values, id), .min = 1, .max = 4094},
	{.name = "number", .type = NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(values, number)},
	{.name = "large", .type = NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(values, large)},
	{.name = "rate", .type = NIMBL_SETTING_RATE, NIMBL_SETTING_AT(values, rate), .min = 8000, .max = 400000000000},
	{.name = "size", .type = NIMBL_SETTING_SIZE, NIMBL_SETTING_AT(values, size), .max = 1 << 30},
	{.name = "time", .type = NIMBL_SETTING_TIME, NIMBL_SETTING_AT(values, time), .max = 10000000000},
	{.name = "percent", .type = NIMBL_SETTING_PERCENT, NIMBL_SETTING_AT(values, percent)},
	{.name = "flag", .type = NIMBL_SETTING_FLAG, NIMBL_SETTING_AT(values, flag)},
	{.name = "mode", .type = NIMBL_SETTING_CHOICE, NIMBL_SETTING_AT(values, mode), .words = modes},
	{.name = "mac", .type = NIMBL_SETTING_MAC, NIMBL_SETTING_AT(values, mac)},
	{.name = "text", .type = NIMBL_SETTING_TEXT, NIMBL_SETTING_AT(values, text), .max = 4},
	{.name = "path", .type = NIMBL_SETTING_PATH, NIMBL_SETTING_AT(values, path)},
	{.name = "entries", .type = NIMBL_SETTING_LIST, NIMBL_SETTING_AT(values, entries)},
	{.name = NULL},
};
// clang-format on

static const struct nimbl_setting *row(const char *name)
{
	const struct nimbl_setting *at = table;

	while (strcmp(at->name, name) != 0)
		at++;
	return at;
}

static struct values read(const char *name, const char *text)
{
	struct values values;

	memset(&values, 0, sizeof(values));
	if (nimbl_setting_parse(row(name), text, &values) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return values;
}

static void refuse(const char *name, const char *text, const char *cause, const char *mend)
{
	struct values values;

	nimbl_clear_error();
	memset(&values, 0, sizeof(values));
	assert_int_equal(nimbl_setting_parse(row(name), text, &values), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, cause);
	if (mend != NULL)
		assert_string_equal(nimbl_last_error()->mend, mend);
	assert_true(nimbl_last_error()->mend[0] != '\0');
}

static void numbers_are_stored_in_the_size_of_their_member(void **state)
{
	assert_int_equal(read("small", "255").small, 255);
	assert_int_equal(read("small", "0x1f").small, 31);
	assert_int_equal(read("id", "4094").id, 4094);
	assert_int_equal(read("id", "4094").small, 0);
	assert_int_equal(read("number", "0xFFFFFFFF").number, UINT32_MAX);
	assert_int_equal(read("large", "18446744073709551615").large, UINT64_MAX);
}

static void numbers_out_of_range_are_refused(void **state)
{
	refuse("small", "256", "small '256' is out of range", "allowed: 0 or more");
	refuse("id", "0", "id '0' is out of range", "allowed: 1 to 4094");
	refuse("id", "4095", "id '4095' is out of range", "allowed: 1 to 4094");
	refuse("number", "4294967296", "number '4294967296' is out of range", NULL);
	refuse("large", "18446744073709551616", "large '18446744073709551616' is out of range",
		NULL);
}

static void what_is_no_number_is_refused(void **state)
{
	refuse("id", "", "id has no value", "allowed: 1 to 4094");
	refuse("id", "-1", "id '-1' is not a whole number", "allowed: 1 to 4094");
	refuse("id", "1 ", "id '1 ' is not a whole number", NULL);
	refuse("id", "0x", "id '0x' is not a whole number", NULL);
	refuse("id", "5a", "id '5a' is not a whole number", NULL);
	refuse("id", "\033[2J", "id '\\x1b[2J' is not a whole number", NULL);
}

static void scaled_values_have_units(void **state)
{
	assert_int_equal(read("rate", "8000").rate, 8000);
	assert_int_equal(read("rate", "64k").rate, 64000);
	assert_int_equal(read("rate", "10Mbit/s").rate, 10000000);
	assert_int_equal(read("rate", "2.5G").rate, 2500000000);
	assert_int_equal(read("rate", "0.4Tbit/s").rate, 400000000000);
	assert_int_equal(read("rate", "9000bit/s").rate, 9000);
	assert_int_equal(read("size", "1500").size, 1500);
	assert_int_equal(read("size", "64K").size, 65536);
	assert_int_equal(read("size", "1.5MiB").size, 1572864);
	assert_int_equal(read("time", "0").time, 0);
	assert_int_equal(read("time", "10us").time, 10000);
	assert_int_equal(read("time", "1.5ms").time, 1500000);
	assert_int_equal(read("time", "2s").time, 2000000000);
	assert_int_equal(read("percent", "5%").percent, 50000);
	assert_int_equal(read("percent", "0.0001%").percent, 1);
	assert_int_equal(read("percent", "100").percent, 1000000);
}

static void scaled_values_of_another_form_are_refused(void **state)
{
	refuse("rate", "10m", "rate '10m' is not a rate",
		"allowed: 8k to 400G, such as 10M or 2.5Gbit/s");
	refuse("rate", "7999", "rate '7999' is out of range", NULL);
	refuse("rate", "500G", "rate '500G' is out of range", NULL);
	refuse("rate", "10 M", "rate '10 M' is not a rate", NULL);
	refuse("rate", "10Mbit", "rate '10Mbit' is not a rate", NULL);
	refuse("rate", ".5M", "rate '.5M' is not a rate", NULL);
	refuse("rate", "5.M", "rate '5.M' is not a rate", NULL);
	refuse("rate", "1.2.3M", "rate '1.2.3M' is not a rate", NULL);
	refuse("rate", "9000.5", "rate '9000.5' is not a rate", NULL);
	refuse("rate", "99999999999999999999", "rate '99999999999999999999' is out of range", NULL);
	refuse("rate", "9999999999999999999T", "rate '9999999999999999999T' is out of range", NULL);
	refuse("size", "64k", "size '64k' is not a size",
		"allowed: 0 to 1G, in bytes, such as 1500 or 64K");
	refuse("time", "10", "time '10' is not a duration",
		"allowed: 0 to 10s, such as 100us or 1.5ms");
	refuse("time", "0.1ns", "time '0.1ns' is not a duration", NULL);
	refuse("percent", "100.1%", "percent '100.1%' is out of range",
		"allowed: 0 to 100%, such as 0.1%");
	refuse("percent", "half", "percent 'half' is not a percentage", NULL);
}

static void words_are_counted_from_zero(void **state)
{
	assert_int_equal(read("mode", "access").mode, 0);
	assert_int_equal(read("mode", "translate").mode, 2);
	assert_true(read("flag", "true").flag);
	assert_false(read("flag", "false").flag);
	refuse("mode", "acces", "mode 'acces' is not known",
		"did you mean 'access'? allowed: access, untag or translate");
	refuse("mode", "x", "mode 'x' is not known", "allowed: access, untag or translate");
	refuse("flag", "maybe", "flag 'maybe' is not known", "allowed: true or false");
}

static void addresses_are_six_bytes(void **state)
{
	static const uint8_t mac[6] = {0x02, 0xaB, 0, 0, 0xff, 1};

	assert_memory_equal(read("mac", "02:aB:00:00:fF:01").mac, mac, 6);
	refuse("mac", "02:ab:00:00:ff", "mac '02:ab:00:00:ff' is not a MAC address",
		"allowed: an address such as 02:00:00:00:00:01");
	refuse("mac", "02:ab:00:00:ff:01:", "mac '02:ab:00:00:ff:01:' is not a MAC address", NULL);
	refuse("mac", "02:ab:00:00:ff:0", "mac '02:ab:00:00:ff:0' is not a MAC address", NULL);
	refuse("mac", "02-ab-00-00-ff-01", "mac '02-ab-00-00-ff-01' is not a MAC address", NULL);
}

static void texts_stay_where_they_are(void **state)
{
	static const char text[] = "abcd";

	assert_ptr_equal(read("text", text).text, text);
	assert_ptr_equal(read("path", text).path, text);
	refuse("text", "abcde", "text 'abcde' is out of range", NULL);
	refuse("path", "", "path has no value", "allowed: the path of a file");
}

static int check(const struct nimbl_option *options)
{
	nimbl_clear_error();
	return nimbl_settings_check(table, options, "filter f");
}

static void a_table_knows_its_settings(void **state)
{
	const struct nimbl_option good[] = {
		{"id", "5"}, {"entries", "a"}, {"mode", "untag"}, {"entries", "b"}, {NULL, NULL}};
	const struct nimbl_option unknown[] = {{"id", "5"}, {"mod", "untag"}, {NULL, NULL}};

	assert_int_equal(check(good), 0);
	assert_int_equal(check(unknown), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "filter f has no setting 'mod'");
	assert_string_equal(nimbl_last_error()->mend, "did you mean 'mode'?");
	assert_string_equal(nimbl_last_error()->setting, "mod");
}

static void a_table_blames_the_value_that_is_wrong(void **state)
{
	const struct nimbl_option twice[] = {{"id", "5"}, {"id", "6"}, {NULL, NULL}};
	const struct nimbl_option empty[] = {{"entries", "a"}, {"entries", ""}, {NULL, NULL}};

	assert_int_equal(check(twice), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "id has more than one value");
	assert_string_equal(nimbl_last_error()->setting, "id");
	assert_int_equal(nimbl_last_error()->nth, 1);
	assert_int_equal(check(empty), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "entries has no value");
	assert_string_equal(nimbl_last_error()->setting, "entries");
	assert_int_equal(nimbl_last_error()->nth, 1);
}

static void what_is_required_has_to_be_there(void **state)
{
	static const struct nimbl_setting needs[] = {
		{.name = "id",
			.type = NIMBL_SETTING_NUMBER,
			NIMBL_SETTING_AT(values, id),
			.min = 1,
			.max = 9,
			.required = true},
		{.name = NULL},
	};
	const struct nimbl_option there[] = {{"id", "5"}, {NULL, NULL}};

	assert_int_equal(nimbl_settings_check(needs, there, "f"), 0);
	assert_int_equal(nimbl_settings_check(needs, &there[1], "f"), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "setting 'id' is missing");
	assert_string_equal(nimbl_last_error()->mend, "allowed: 1 to 9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_stored_in_the_size_of_their_member),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(scaled_values_have_units),
		cmocka_unit_test(scaled_values_of_another_form_are_refused),
		cmocka_unit_test(words_are_counted_from_zero),
		cmocka_unit_test(addresses_are_six_bytes),
		cmocka_unit_test(texts_stay_where_they_are),
		cmocka_unit_test(a_table_knows_its_settings),
		cmocka_unit_test(a_table_blames_the_value_that_is_wrong),
		cmocka_unit_test(what_is_required_has_to_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
