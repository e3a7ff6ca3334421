// SPDX-License-Identifier: BSD-3-Clause
// The filters of ports: order, names, settings, and what is refused.
#include "conf_expect.h"

#define PORT(filters) "ports:\n  a:\n    device: net_null0\n    filters: " filters "\n"

static void filters_come_in_order_with_their_settings(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORT(
		"[count, {vlan: {mode: tag, id: 5}}, {count: {name: upper}}, pass: ]") "  b: {device: net_null1, filters: [count]}\n");
	static const struct {
		const char *driver, *name;
		int port, settings;
	} filters[] = {{"count", "count", 0, 0}, {"vlan", "vlan", 0, 2}, {"count", "upper", 0, 0},
		{"pass", "pass", 0, 0}, {"count", "count", 1, 0}};

	assert_int_equal(conf->filter_count, 5);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(conf->filters[i].driver, filters[i].driver);
		assert_string_equal(conf->filters[i].name, filters[i].name);
		assert_int_equal(conf->filters[i].port, filters[i].port);
		assert_int_equal(conf->filters[i].setting_count, filters[i].settings);
	}
	assert_string_equal(conf->filters[1].settings[0].key, "mode");
	assert_string_equal(conf->filters[1].settings[0].value, "tag");
	assert_string_equal(conf->filters[1].settings[1].key, "id");
	assert_string_equal(conf->filters[1].settings[1].value, "5");
	assert_int_equal(conf->filters[1].place.line, 4);
	assert_int_equal(conf->filters[1].place.column, 23);
	nimbl_conf_free(conf);
}

static void a_list_is_a_setting_for_each_entry(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORT("[{acl: {a: 1, rules: [x, 'y z'], b: 2}}]"));
	static const struct {
		const char *key, *value;
		unsigned int column;
	} settings[] = {{"a", "1", 25}, {"rules", "x", 36}, {"rules", "y z", 39}, {"b", "2", 50}};

	assert_int_equal(conf->filters[0].setting_count, 4);
	for (int i = 0; i < 4; i++) {
		const struct nimbl_conf_setting *setting = &conf->filters[0].settings[i];

		assert_string_equal(setting->key, settings[i].key);
		assert_string_equal(setting->value, settings[i].value);
		assert_int_equal(setting->place.line, 4);
		assert_int_equal(setting->place.column, settings[i].column);
	}
	nimbl_conf_free(conf);
}

static void a_port_without_filters_has_none(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORT("[]"));

	assert_int_equal(conf->filter_count, 0);
	nimbl_conf_free(conf);
}

static void what_is_no_list_of_filters_is_refused(void **state)
{
	expect_error(PORT("pass"),
		"c.yaml:4:14: port 'a': filters has to be a list, but here is 'pass'",
		"write filters: [pass, {pass: {name: second}}]");
	expect_error(PORT("[[pass]]"),
		"c.yaml:4:15: port 'a': a filter has to be a name, or one with settings",
		"write filters: [pass, {pass: {name: second}}]");
	expect_error(PORT("[{pass: , count: }]"),
		"c.yaml:4:15: port 'a': a filter has to be a name, or one with settings", NULL);
	expect_error(PORT("[{pass: fast}]"),
		"c.yaml:4:22: port 'a': pass has to be a map, but here is 'fast'", NULL);
	expect_error(PORT("[{pass: {a: {b: 1}}}]"),
		"c.yaml:4:26: port 'a': a has to be a single value, but here is a map", NULL);
	expect_error(PORT("[{pass: {a: [1, [2]]}}]"),
		"c.yaml:4:30: port 'a': a has to be a single value, but here is a list", NULL);
	expect_error(PORT("[{pass: {a: []}}]"),
		"c.yaml:4:26: port 'a': a is a list without an entry",
		"leave 'a' out, or write an entry");
	expect_error(PORT("[{pass: {name: [a]}}]"),
		"c.yaml:4:29: port 'a': name has to be a single value, but here is a list", NULL);
	expect_error(PORT("[\"a b\"]"), "c.yaml:4:15: port 'a': 'a b' cannot be a name of a filter",
		NULL);
	expect_error(PORT("[{pass: {name: ..}}]"),
		"c.yaml:4:29: port 'a': '..' cannot be a name of a filter", NULL);
	expect_error(PORT("[{pass: {a: 1, a: 2}}]"),
		"c.yaml:4:29: port 'a': key 'a' is there twice, first at line 4", NULL);
}

static void two_filters_of_one_name_are_refused(void **state)
{
	expect_error(PORT("[pass, pass]"),
		"c.yaml:4:21: port 'a': there is a filter 'pass' in this port already",
		"give one of them a name: {pass: {name: second}}");
	expect_error(PORT("[pass, {count: {name: pass}}]"),
		"c.yaml:4:22: port 'a': there is a filter 'pass' in this port already", NULL);
}

static void what_is_too_much_is_refused(void **state)
{
	char text[8192] = "ports:\n  a:\n    device: net_null0\n    filters: [";
	char *at = text + strlen(text);

	for (int i = 0; i <= NIMBL_CONF_FILTERS_MAX; i++)
		at += sprintf(at, "{pass: {name: f%d}},\n      ", i);
	strcpy(at, "]\n");
	expect_error(
		text, "c.yaml:68:8: port 'a': 'pass' is one too many", "64 filters are allowed");
	strcpy(text, PORT("[{pass: {"));
	at = strchr(text, '\0') - 1;
	for (int i = 1; i < NIMBL_CONF_SETTINGS_MAX; i++)
		at += sprintf(at, "k%03d: 1, ", i);
	strcpy(at, "list: [1, 2]}}]\n");
	expect_error(text, "c.yaml:4:2318: port 'a': 'list' is one too many",
		"256 settings of a driver are allowed");
	expect_error(PORT("[{pass: {a123456789012345678901234567890123456789: 1}}]"),
		"c.yaml:4:23: port 'a': setting 'a123456789012345678901234567890123456789' is too "
		"long",
		"31 characters are allowed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_come_in_order_with_their_settings),
		cmocka_unit_test(a_list_is_a_setting_for_each_entry),
		cmocka_unit_test(a_port_without_filters_has_none),
		cmocka_unit_test(what_is_no_list_of_filters_is_refused),
		cmocka_unit_test(two_filters_of_one_name_are_refused),
		cmocka_unit_test(what_is_too_much_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
