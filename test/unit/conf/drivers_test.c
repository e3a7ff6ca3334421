// SPDX-License-Identifier: BSD-3-Clause
// Drivers of files: alone, with a name and parameters, and what is refused.
#include "conf_expect.h"

#define PORTS "ports: {a: net_null0}\n"

static void files_come_in_order_with_names_and_parameters(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(
		PORTS "drivers:\n  - ./one.so\n  - file: two.so\n    name: second\n"
		      "    parameters: {Verbose: 1, Text: ''}\n  - {file: /x/three.so}\n");

	assert_int_equal(conf->driver_count, 3);
	assert_string_equal(conf->drivers[0].file, "./one.so");
	assert_string_equal(conf->drivers[0].name, "");
	assert_int_equal(conf->drivers[0].place.line, 3);
	assert_int_equal(conf->drivers[0].place.column, 5);
	assert_string_equal(conf->drivers[1].file, "two.so");
	assert_string_equal(conf->drivers[1].name, "second");
	assert_int_equal(conf->drivers[1].parameter_count, 2);
	assert_string_equal(conf->drivers[1].parameters[0].key, "Verbose");
	assert_string_equal(conf->drivers[1].parameters[0].value, "1");
	assert_string_equal(conf->drivers[1].parameters[1].value, "");
	assert_string_equal(conf->drivers[2].file, "/x/three.so");
	nimbl_conf_free(conf);
}

static void without_the_key_there_are_none(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORTS);

	assert_int_equal(conf->driver_count, 0);
	nimbl_conf_free(conf);
}

static void what_is_no_list_of_files_is_refused(void **state)
{
	expect_error(PORTS "drivers: ./one.so\n",
		"c.yaml:2:10: drivers has to be a list, but here is './one.so'",
		"write drivers: [./my.so, {file: ./other.so, name: other}]");
	expect_error(PORTS "drivers: [[./one.so]]\n",
		"c.yaml:2:11: a driver has to be a file, or one with a name",
		"write drivers: [./my.so, {file: ./other.so, name: other}]");
	expect_error(PORTS "drivers: [{name: one}]\n",
		"c.yaml:2:11: a driver has to be a file, or one with a name", NULL);
	expect_error(PORTS "drivers: ['']\n", "c.yaml:2:11: '' is no file of a driver", NULL);
	expect_error(PORTS "drivers: [{file: [a]}]\n",
		"c.yaml:2:18: file has to be a single value, but here is a list", NULL);
	expect_error(PORTS "drivers: [{file: a, nmae: b}]\n", "c.yaml:2:21: unknown key 'nmae'",
		"did you mean 'name'? known keys here: file, name, parameters");
	expect_error(PORTS "drivers: [{file: a, name: 'b c'}]\n",
		"c.yaml:2:27: name 'b c' is not allowed", NULL);
}

static void parameters_that_do_not_fit_are_refused(void **state)
{
	expect_error(PORTS "drivers: [{file: a, parameters: x}]\n",
		"c.yaml:2:33: parameters has to be a map, but here is 'x'", NULL);
	expect_error(PORTS "drivers: [{file: a, parameters: {k: 1, k: 2}}]\n",
		"c.yaml:2:40: key 'k' is there twice, first at line 2", NULL);
	expect_error(PORTS "drivers: [{file: a, parameters: {k: [1]}}]\n",
		"c.yaml:2:37: k has to be a single value, but here is a list", NULL);
	expect_error(PORTS "drivers: [{file: a, parameters: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1,\n"
			   " g: 1, h: 1, i: 1, j: 1, k: 1, l: 1, m: 1}}]\n",
		"c.yaml:3:38: parameter 'm' is too long, or one too many",
		"12 parameters are allowed, of up to 31 characters and values of up to 95");
}

static void more_files_than_there_is_room_are_refused(void **state)
{
	expect_error(PORTS "drivers: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, q]\n",
		"c.yaml:2:59: drivers has too many files", "16 drivers are allowed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_in_order_with_names_and_parameters),
		cmocka_unit_test(without_the_key_there_are_none),
		cmocka_unit_test(what_is_no_list_of_files_is_refused),
		cmocka_unit_test(parameters_that_do_not_fit_are_refused),
		cmocka_unit_test(more_files_than_there_is_room_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
