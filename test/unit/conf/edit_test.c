// SPDX-License-Identifier: BSD-3-Clause
// Changing a configuration as text: what is asked for changes, every other byte stays.
#include <nimbl_conf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *edit(const char *text, const struct nimbl_conf_pair *pairs, size_t count)
{
	char *result = NULL;

	if (nimbl_conf_set_pool("c.yaml", text, strlen(text), "default", pairs, count, &result) < 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return result;
}

static void assert_edit(const char *text, const char *key, const char *value, const char *expected)
{
	struct nimbl_conf_pair pair = {key, value};
	char *result = edit(text, &pair, 1);

	assert_string_equal(result, expected);
	free(result);
}

static void value_that_is_there_is_replaced(void **state)
{
	assert_edit(
		"pools:\n  default:\n    ops: stack # mine\n    cache: 32\nports: {a: net_null0}\n",
		"ops", "ring_mt_rts",
		"pools:\n  default:\n    ops: ring_mt_rts # mine\n    cache: 32\nports: {a: net_null0}\n");
}

static void key_that_is_missing_is_put_first(void **state)
{
	assert_edit("pools:\n    default: # all ports\n        cache: 32\nports: {a: net_null0}\n",
		"ops", "stack",
		"pools:\n    default: # all ports\n        ops: stack\n        cache: 32\n"
		"ports: {a: net_null0}\n");
}

static void mapping_in_braces_stays_in_braces(void **state)
{
	assert_edit("pools: {default: {cache: 32}}\nports: {a: net_null0}\n", "ops", "stack",
		"pools: {default: {ops: stack, cache: 32}}\nports: {a: net_null0}\n");
	assert_edit("pools: {default: {}}\nports: {a: net_null0}\n", "cache", "0",
		"pools: {default: {cache: 0}}\nports: {a: net_null0}\n");
}

static void pool_that_is_missing_is_made(void **state)
{
	assert_edit("pools:\n  big:\n    size: 8192\nports: {a: net_null0}\n", "cache", "64",
		"pools:\n  default: {cache: 64}\n  big:\n    size: 8192\nports: {a: net_null0}\n");
}

static void pools_that_are_missing_are_made(void **state)
{
	assert_edit("# ours\nports: {a: net_null0}\n", "ops", "stack",
		"# ours\npools: {default: {ops: stack}}\nports: {a: net_null0}\n");
}

static void several_keys_are_set_one_after_the_other(void **state)
{
	static const struct nimbl_conf_pair pairs[] = {
		{"ops", "lf_stack"}, {"cache", "128"}, {"ops", "stack"}};
	char *result = edit("ports: {a: net_null0}\n", pairs, 3);

	assert_string_equal(
		result, "pools: {default: {cache: 128, ops: stack}}\nports: {a: net_null0}\n");
	free(result);
}

static void letters_beyond_ascii_do_not_shift_places(void **state)
{
	assert_edit(
		"# größer \xe2\x82\xac\npools: {default: {cache: 32}} # \xc3\xa4\nports: {a: net_null0}\n",
		"cache", "64",
		"# größer \xe2\x82\xac\npools: {default: {cache: 64}} # \xc3\xa4\nports: {a: net_null0}\n");
}

static void what_would_be_no_configuration_is_refused(void **state)
{
	struct nimbl_conf_pair pair = {"cache", "9999"};
	char *result = (char *)"";
	const char *text = "ports: {a: net_null0}\n";

	assert_true(nimbl_conf_set_pool(
			    "c.yaml", text, strlen(text), "default", &pair, 1, &result) < 0);
	assert_null(result);
	assert_non_null(strstr(nimbl_last_error()->cause, "cache"));
}

static void what_is_no_yaml_is_refused(void **state)
{
	struct nimbl_conf_pair pair = {"cache", "1"};
	char *result = (char *)"";

	assert_true(nimbl_conf_set_pool("c.yaml", "ports: [", 8, "default", &pair, 1, &result) < 0);
	assert_null(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_that_is_there_is_replaced),
		cmocka_unit_test(key_that_is_missing_is_put_first),
		cmocka_unit_test(mapping_in_braces_stays_in_braces),
		cmocka_unit_test(pool_that_is_missing_is_made),
		cmocka_unit_test(pools_that_are_missing_are_made),
		cmocka_unit_test(several_keys_are_set_one_after_the_other),
		cmocka_unit_test(letters_beyond_ascii_do_not_shift_places),
		cmocka_unit_test(what_would_be_no_configuration_is_refused),
		cmocka_unit_test(what_is_no_yaml_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
