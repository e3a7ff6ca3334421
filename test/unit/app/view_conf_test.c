// SPDX-License-Identifier: BSD-3-Clause
// A configuration that is shown is a configuration: it reads back as the same, and no key is missing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "view.h"

static const char full[] =
	"name: lab\ndev: false\nmemory: 300M\nidle: pause\nburst: 16\neal: ['--log-level=8', '-v']\n"
	"lcores: {main: 0, receive: [1, 2], transmit: [3]}\n"
	"drivers: [./a.so, {file: b.so, name: b, parameters: {Verbose: 1}}]\n"
	"pools:\n"
	"  warm: {size: 8192, data_size: 4096, cache: 0, return: reuse, completion: full,\n"
	"         node: 1}\n"
	"  cold: {ops: stack}\n"
	"ports:\n"
	"  wan: {device: '03:00.0', queues: 2, descriptors: {receive: 64, transmit: 128}, mtu: 9000,\n"
	"        promiscuous: false, offloads: [tx-checksum, tso], pool: warm, lcores: [2, 1],\n"
	"        filters: [pass, {pass: {name: two, mode: tag, rules: [a, 'b: c', d], \"a: b\": \"x, 'y'\"}}],\n"
	"        protocol: {echo: {swap-mac: true}}}\n"
	"  \"1\": \"net_null0,size=60,copy=1\"\n"
	"  loop: {miniport: {loopback: {peer: other}}, protocol: discard}\n"
	"xconnect: [['1', '1']]\n";

static json_t *read_json(const char *text)
{
	struct nimbl_conf *conf;

	if (nimbl_conf_parse("test", text, strlen(text), &conf) < 0)
		fail_msg("%s in:\n%s", nimbl_last_error()->cause, text);
	json_t *json = view_conf_json(conf);
	nimbl_conf_free(conf);
	assert_non_null(json);
	return json;
}

static char *printed(const json_t *json)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	view_print_conf(json, out);
	fclose(out);
	return text;
}

static void expect_round_trip(const char *text)
{
	json_t *first = read_json(text);
	char *yaml = printed(first);
	json_t *second = read_json(yaml);

	if (!json_equal(first, second))
		fail_msg("another configuration came back from:\n%s", yaml);
	json_decref(first);
	json_decref(second);
	free(yaml);
}

static void what_is_shown_reads_back_as_the_same(void **state)
{
	expect_round_trip(full);
	expect_round_trip("ports: {a: net_null0}\n");
	expect_round_trip("ports: {a: {device: net_null0, offloads: auto}}\n");
	expect_round_trip("lcores: {workers: [1, 2-3]}\nports: {true: eth0, 0x1f: eth1}\n");
	expect_round_trip("eal: [\"--a=b: c # d \\\"e\\\" 'f'\", '{']\nports: {a: net_null0}\n");
}

static void values_are_those_of_the_text(void **state)
{
	json_t *json = read_json(full), *lcores;
	const char *device, *pool, *memory, *ops;
	int is_promiscuous, mtu, transmit;

	assert_int_equal(
		json_unpack(json, "{s:s, s:{s:{s:s}}, s:{s:{s:s, s:i, s:b, s:s, s:o, s:{s:i}}}}",
			"memory", &memory, "pools", "cold", "ops", &ops, "ports", "wan", "device",
			&device, "mtu", &mtu, "promiscuous", &is_promiscuous, "pool", &pool,
			"lcores", &lcores, "descriptors", "transmit", &transmit),
		0);
	assert_string_equal(memory, "307200K");
	assert_string_equal(ops, "stack");
	assert_string_equal(device, "0000:03:00.0");
	assert_string_equal(pool, "warm");
	assert_int_equal(mtu, 9000);
	assert_false(is_promiscuous);
	assert_int_equal(transmit, 128);
	assert_int_equal(json_integer_value(json_array_get(lcores, 0)), 2);
	json_decref(json);
}

// The object in `map` that a part of a path leads to; "<name>" is any.
static const json_t *step(const json_t *map, const char *part)
{
	const json_t *value = json_object_get(map, part);

	if (strcmp(part, "<name>") == 0)
		value = json_object_iter_value(json_object_iter((json_t *)(uintptr_t)map));
	return value;
}

// The reference has a line for each key, "ports.<name>.mtu", and indented ones that explain it.
static void every_key_of_the_reference_is_there(void **state)
{
	json_t *json = read_json(full);
	char *reference = NULL, *rest, *line;
	size_t size = 0, keys = 0;
	FILE *out = open_memstream(&reference, &size);

	nimbl_conf_reference(out);
	fclose(out);
	for (line = strtok_r(reference, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		char path[64], *parts;
		const json_t *value = json;

		if (line[0] == ' ' || strcmp(line, "lcores.workers") == 0)
			continue;
		snprintf(path, sizeof(path), "%s", line);
		for (char *part = strtok_r(path, ".", &parts); part != NULL && value != NULL;
			part = strtok_r(NULL, ".", &parts))
			value = step(value, part);
		if (value == NULL)
			fail_msg("'%s' is not shown", line);
		keys++;
	}
	assert_true(keys > 20);
	free(reference);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_reads_back_as_the_same),
		cmocka_unit_test(values_are_those_of_the_text),
		cmocka_unit_test(every_key_of_the_reference_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
