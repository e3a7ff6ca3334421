// SPDX-License-Identifier: BSD-3-Clause
// The drivers below and on top of ports, the ends of their stacks: names, settings, and what is refused.
#include "conf_expect.h"

#define PORT(rest) "ports:\n  a: {device: net_null0, " rest "}\n"

static void a_driver_is_a_name_or_one_with_settings(void **state)
{
	struct nimbl_conf *conf = expect_conf_of("ports:\n"
						 "  a: {device: net_null0, protocol: discard}\n"
						 "  b: {miniport: {loopback: {peer: c, x: \"\"}},\n"
						 "      protocol: {echo: {swap-mac: true}}}\n"
						 "  c: {miniport: {loopback: }}\n");
	const struct nimbl_conf_port *b = &conf->ports[1];

	assert_string_equal(conf->ports[0].protocol.name, "discard");
	assert_int_equal(conf->ports[0].protocol.setting_count, 0);
	assert_string_equal(conf->ports[0].miniport.name, "");
	assert_string_equal(b->device, "");
	assert_int_equal(b->kind, NIMBL_DEVICE_NONE);
	assert_string_equal(b->miniport.name, "loopback");
	assert_int_equal(b->miniport.setting_count, 2);
	assert_string_equal(b->miniport.settings[0].key, "peer");
	assert_string_equal(b->miniport.settings[0].value, "c");
	assert_string_equal(b->miniport.settings[1].value, "");
	assert_int_equal(b->place.line, 3);
	assert_int_equal(b->place.column, 18);
	assert_string_equal(b->protocol.name, "echo");
	assert_int_equal(b->protocol.place.line, 4);
	assert_int_equal(b->protocol.place.column, 18);
	assert_string_equal(b->protocol.settings[0].key, "swap-mac");
	assert_string_equal(b->protocol.settings[0].value, "true");
	assert_string_equal(conf->ports[2].miniport.name, "loopback");
	assert_string_equal(conf->ports[2].protocol.name, "");
	nimbl_conf_free(conf);
}

static void what_is_no_driver_is_refused(void **state)
{
	expect_error(PORT("protocol: [echo]"),
		"c.yaml:2:36: port 'a': protocol has to be a name, or one with settings",
		"write protocol: name, or with settings protocol: {name: {setting: value}}");
	expect_error(PORT("protocol: {echo: , discard: }"),
		"c.yaml:2:36: port 'a': protocol has to be a name, or one with settings", NULL);
	expect_error(PORT("protocol: {}"),
		"c.yaml:2:36: port 'a': protocol has to be a name, or one with settings", NULL);
	expect_error(PORT("protocol: "), "c.yaml:2:36: port 'a': '' cannot be a name of a protocol",
		NULL);
	expect_error(PORT("protocol: {echo: fast}"),
		"c.yaml:2:43: port 'a': echo has to be a map, but here is 'fast'", NULL);
	expect_error(PORT("protocol: {echo: {a: 1, a: 2}}"),
		"c.yaml:2:50: port 'a': key 'a' is there twice, first at line 2", NULL);
	expect_error(PORT("protocl: echo"), "c.yaml:2:26: port 'a': unknown key 'protocl'", NULL);
}

static void a_port_stands_on_one_thing(void **state)
{
	expect_error(PORT("miniport: loopback"),
		"c.yaml:2:36: port 'a': there is a device and a miniport",
		"devices have a miniport of their own: remove one of the two keys");
	expect_error("ports: {a: {protocol: echo}}\n",
		"c.yaml:1:12: port 'a': the device is missing", NULL);
	expect_error("ports: {a: {miniport: ethdev}}\n",
		"c.yaml:1:12: port 'a': the device is missing", NULL);
	expect_error(PORT("miniport: {ethdev: {x: 1}}"),
		"c.yaml:2:37: port 'a': miniport ethdev has no settings", NULL);
}

static void ethdev_is_what_a_device_has_anyway(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORT("miniport: ethdev"));

	assert_string_equal(conf->ports[0].miniport.name, "");
	assert_string_equal(conf->ports[0].device, "net_null0");
	nimbl_conf_free(conf);
}

static void a_port_has_one_protocol(void **state)
{
	expect_error(PORT("protocol: echo") "xconnect: [[a, a]]\n",
		"c.yaml:3:13: port 'a' has protocol 'echo' already, at line 2",
		"a port has one protocol: remove it there, or the port here");
	expect_error(PORT("protocol: xconnect"),
		"c.yaml:2:36: port 'a': a cross-connect is no protocol of one port",
		"write xconnect: [[a, a]] beside ports");
}

static void a_setting_may_be_a_list(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORT("protocol: {echo: {x: [1, 2]}}"));
	const struct nimbl_conf_end *protocol = &conf->ports[0].protocol;

	assert_int_equal(protocol->setting_count, 2);
	assert_string_equal(protocol->settings[1].key, "x");
	assert_string_equal(protocol->settings[1].value, "2");
	assert_int_equal(protocol->settings[1].place.column, 51);
	nimbl_conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_is_a_name_or_one_with_settings),
		cmocka_unit_test(what_is_no_driver_is_refused),
		cmocka_unit_test(a_port_stands_on_one_thing),
		cmocka_unit_test(ethdev_is_what_a_device_has_anyway),
		cmocka_unit_test(a_port_has_one_protocol),
		cmocka_unit_test(a_setting_may_be_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
