// SPDX-License-Identifier: BSD-3-Clause
// What must fit together: devices, pools, lcores and cross-connects of a configuration.
#include "conf_expect.h"

#define TWO   "ports:\n  wan: lo\n  lan: eth0\n"
#define THREE TWO "  dmz: eth1\n"

static void device_is_told_by_its_form(void **state)
{
	static const struct {
		const char *text;
		enum nimbl_device_kind kind;
	} devices[] = {
		{"0000:03:00.0", NIMBL_DEVICE_PCI},
		{"03:00.7", NIMBL_DEVICE_PCI},
		{"ABCD:ef:1F.1", NIMBL_DEVICE_PCI},
		{"03:00.0,mprq_en=1", NIMBL_DEVICE_PCI},
		{"03:00.8", NIMBL_DEVICE_NONE},
		{"03:00.00", NIMBL_DEVICE_NONE},
		{"3:00.0", NIMBL_DEVICE_NONE},
		{"00000:03:00.0", NIMBL_DEVICE_NONE},
		{"net_null0", NIMBL_DEVICE_VDEV},
		{"net_null0,size=64", NIMBL_DEVICE_VDEV},
		{"net_tap0,iface=a b", NIMBL_DEVICE_VDEV},
		{"virtio_user0,path=/tmp/x", NIMBL_DEVICE_VDEV},
		{"virtio_user", NIMBL_DEVICE_VDEV},
		{"eth_pcap0", NIMBL_DEVICE_VDEV},
		{"driver0,a=b", NIMBL_DEVICE_VDEV},
		{",a=b", NIMBL_DEVICE_NONE},
		{"net_", NIMBL_DEVICE_INTERFACE},
		{"network", NIMBL_DEVICE_INTERFACE},
		{"eth0", NIMBL_DEVICE_INTERFACE},
		{"lo", NIMBL_DEVICE_INTERFACE},
		{"enp3s0f0np0.100", NIMBL_DEVICE_INTERFACE},
		{"sixteen-letters-", NIMBL_DEVICE_NONE},
		{"a/b", NIMBL_DEVICE_NONE},
		{"a b", NIMBL_DEVICE_NONE},
		{"a:b", NIMBL_DEVICE_NONE},
		{"..", NIMBL_DEVICE_NONE},
		{"net_null0\n", NIMBL_DEVICE_NONE},
		{"", NIMBL_DEVICE_NONE},
	};

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (nimbl_conf_device_kind(devices[i].text) != devices[i].kind)
			fail_msg("'%s' is told wrong", devices[i].text);
}

static void port_needs_a_device(void **state)
{
	const char *mend = "write device: and one of a PCI address (0000:03:00.0), a vdev "
			   "(\"net_null0,size=64\"), or a kernel interface (eth0)";

	expect_error(
		"ports: {a: {queues: 1}}\n", "c.yaml:1:12: port 'a': the device is missing", mend);
	expect_error("ports: {a: {}}\n", "c.yaml:1:12: port 'a': the device is missing", mend);
	expect_error("ports:\n  a:\n", "c.yaml:2:5: port 'a': the device is missing", NULL);
	expect_error("ports: {a: 'what/ever'}\n", "c.yaml:1:12: port 'a': 'what/ever' is no device",
		"allowed: a PCI address (0000:03:00.0), a vdev (\"net_null0,size=64\"), or a "
		"kernel interface (eth0)");
	expect_error("ports: {a: net_null0,size=64}\n",
		"c.yaml:1:22: 'size=64' cannot be a name of a port",
		"quote a device that has a comma: \"net_null0,size=64\"");
}

static void device_has_500_characters_at_most(void **state)
{
	char text[600] = "ports: {a: \"net_null0,";
	size_t start = strlen("ports: {a: \"");

	memset(text + strlen(text), 'x', 540);
	strcpy(text + start + 500, "\"}");
	nimbl_conf_free(expect_conf_of(text));
	strcpy(text + start + 500, "x\"}");
	expect_error(text,
		"c.yaml:1:12: port 'a': device 'net_null0,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxx'... is too long",
		"500 characters are allowed");
}

static void configuration_needs_a_port(void **state)
{
	expect_error("burst: 3\n", "c.yaml:1:1: no port is configured",
		"add a port, such as: ports: {a: net_null0}");
	expect_error("burst: 3\nports: {}\n", "c.yaml:2:8: no port is configured", NULL);
}

static void device_belongs_to_one_port(void **state)
{
	expect_error("ports:\n  a: 03:00.0\n  b: {device: 0000:03:00.0}\n",
		"c.yaml:3:15: port 'b': device '0000:03:00.0' is used by port 'a' already, "
		"at 2:6",
		"give each port its own device");
	expect_error("ports:\n  a: '0000:AB:00.0'\n  b: ab:00.0\n",
		"c.yaml:3:6: port 'b': device '0000:ab:00.0' is used by port 'a' already, "
		"at 2:6",
		NULL);
	expect_error("ports:\n  a: net_null0\n  b: 'net_null0,size=64'\n",
		"c.yaml:3:6: port 'b': device 'net_null0,size=64' is used by port 'a' "
		"already, at 2:6",
		NULL);
	nimbl_conf_free(expect_conf_of("ports:\n  a: net_null0\n  b: net_null01\n"));
}

static void ports_are_64_at_most(void **state)
{
	char text[2048] = "ports:\n";

	for (int i = 0; i < 64; i++)
		sprintf(text + strlen(text), "  p%d: net_null%d\n", i, i);
	nimbl_conf_free(expect_conf_of(text));
	strcat(text, "  more: lo\n");
	expect_error(text, "c.yaml:66:3: port 'more' is one too many", "64 ports are allowed");
}

static void xconnects_are_64_at_most(void **state)
{
	char text[4096] = "ports:\n";

	for (int i = 0; i < 64; i++)
		sprintf(text + strlen(text), "  p%d: net_null%d\n", i, i);
	strcat(text, "xconnect:\n");
	for (int i = 0; i < 64; i++)
		sprintf(text + strlen(text), "- [p%d, p%d]\n", i, i);
	nimbl_conf_free(expect_conf_of(text));
	strcat(text, "- [p0, p1]\n");
	expect_error(text, "c.yaml:131:3: xconnect has too many pairs", "64 pairs are allowed");
}

static void pools_are_16_at_most(void **state)
{
	char text[512] = "ports: {a: lo}\npools:\n";

	for (int i = 0; i < 15; i++)
		sprintf(text + strlen(text), "  p%d: {}\n", i);
	strcat(text, "  default: {}\n");
	nimbl_conf_free(expect_conf_of(text));
	strcat(text, "  more: {}\n");
	expect_error(text, "c.yaml:19:3: pool 'more' is one too many",
		"16 pools are allowed, 'default' among them");
}

static void pool_of_a_port_exists(void **state)
{
	expect_error("ports: {a: {device: lo, pool: slwo}}\npools: {slow: {}}\n",
		"c.yaml:1:31: port 'a': there is no pool 'slwo'",
		"did you mean 'slow'? configured pools: default, slow");
}

static void reuse_takes_no_ops(void **state)
{
	expect_error("pools:\n  p:\n    ops: stack\n    return: reuse\n" TWO,
		"c.yaml:3:10: pool 'p': return: reuse brings its own mempool ops, but ops "
		"is 'stack'",
		"remove 'ops', or write 'return: pool'");
	nimbl_conf_free(expect_conf_of("pools: {p: {ops: auto, return: reuse}}\n" TWO));
}

static void xconnect_is_recorded(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(THREE "  one: eth2\n"
						       "xconnect: [[lan, wan], [dmz, dmz]]\n");

	assert_int_equal(conf->xconnect_count, 2);
	assert_int_equal(conf->xconnects[0].a, 1);
	assert_int_equal(conf->xconnects[0].b, 0);
	assert_int_equal(conf->xconnects[0].place.line, 6);
	assert_int_equal(conf->xconnects[0].place.column, 12);
	assert_int_equal(conf->xconnects[1].a, 2);
	assert_int_equal(conf->xconnects[1].b, 2);
	for (int i = 0; i < 3; i++)
		assert_true(conf->ports[i].connected);
	assert_false(conf->ports[3].connected);
	nimbl_conf_free(conf);
}

static void xconnect_names_ports(void **state)
{
	expect_error(TWO "xconnect: [[wan, lna]]\n", "c.yaml:4:18: there is no port 'lna'",
		"did you mean 'lan'? configured ports: wan, lan");
}

static void port_is_connected_once(void **state)
{
	const char *mend = "a port is in one pair only: remove it from one of them";

	expect_error(THREE "xconnect:\n- [wan, lan]\n- [lan, dmz]\n",
		"c.yaml:7:4: port 'lan' is connected twice, first at line 6", mend);
	expect_error(THREE "xconnect:\n- [wan, wan]\n- [lan, wan]\n",
		"c.yaml:7:9: port 'wan' is connected twice, first at line 6", mend);
}

static void pair_is_two_names(void **state)
{
	const char *mend = "write xconnect: [[a, b]]; a port with itself, [a, a], sends back what "
			   "comes";
	const char *cause = "c.yaml:4:12: a pair in xconnect has to be two names of ports";

	expect_error(TWO "xconnect: [[wan]]\n", cause, mend);
	expect_error(TWO "xconnect: [[wan, lan, wan]]\n", cause, mend);
	expect_error(TWO "xconnect: [[]]\n", cause, mend);
	expect_error(TWO "xconnect: [wan, lan]\n", cause, mend);
	expect_error(TWO "xconnect: [[[wan], lan]]\n", cause, mend);
	expect_error(TWO "xconnect: [{wan: lan}]\n", cause, mend);
}

static void lcores_have_roles(void **state)
{
	struct nimbl_conf *conf =
		expect_conf_of("lcores: {main: 0, receive: 0-1, transmit: [3]}\n" TWO);

	assert_int_equal(conf->lcores.main, 0);
	assert_int_equal(conf->lcores.workers.count, 0);
	assert_int_equal(conf->lcores.receive.count, 2);
	assert_int_equal(conf->lcores.transmit.list[0], 3);
	nimbl_conf_free(conf);
	expect_error("lcores:\n  workers: [1]\n  receive: [2]\n  transmit: [3]\n" TWO,
		"c.yaml:3:12: lcores: workers and receive exclude each other",
		"a worker does both: list either workers, or receive and transmit");
	expect_error("lcores:\n  workers: [1]\n  transmit: [3]\n" TWO,
		"c.yaml:3:13: lcores: workers and transmit exclude each other", NULL);
	expect_error("lcores: {receive: [2]}\n" TWO,
		"c.yaml:1:19: lcores: receive needs transmit beside it",
		"list both, or workers that do both");
	expect_error("lcores: {transmit: [2]}\n" TWO,
		"c.yaml:1:20: lcores: transmit needs receive beside it", NULL);
}

static void lcore_is_listed_once(void **state)
{
	expect_error("lcores: {workers: [1-4, 3]}\n" TWO,
		"c.yaml:1:25: lcores: workers: lcore 3 is listed twice", "name every lcore once");
	expect_error("lcores: {receive: [1], transmit: [2, 1]}\n" TWO,
		"c.yaml:1:34: lcores: lcore 1 is listed in receive and in transmit", NULL);
}

static void lcore_lists_are_numbers_and_ranges(void **state)
{
	const char *mend = "allowed: numbers of 0 to 127 and ranges of them, such as [1, 4-7]";

	expect_error("lcores: {workers: [x]}\n" TWO,
		"c.yaml:1:20: lcores: workers: 'x' is no lcore", mend);
	expect_error("lcores: {workers: [1-]}\n" TWO,
		"c.yaml:1:20: lcores: workers: '1-' is no lcore", mend);
	expect_error("lcores: {workers: [1-2-3]}\n" TWO,
		"c.yaml:1:20: lcores: workers: '1-2-3' is no lcore", mend);
	expect_error("lcores: {workers: [4-1]}\n" TWO,
		"c.yaml:1:20: lcores: workers: '4-1' is a range that ends before it begins", mend);
	expect_error("lcores: {workers: [0-128]}\n" TWO,
		"c.yaml:1:20: lcores: workers: '0-128' is out of range", mend);
	expect_error("lcores: {workers: [[1]]}\n" TWO,
		"c.yaml:1:20: lcores: an lcore has to be a single value, but here is a list", NULL);
	expect_error("lcores: {workers: []}\n" TWO, "c.yaml:1:19: lcores: workers is an empty list",
		NULL);
	nimbl_conf_free(expect_conf_of("lcores: {workers: 0-127}\n" TWO));
}

static void port_lists_one_lcore_per_queue(void **state)
{
	expect_error("ports: {a: {device: lo, queues: 2, lcores: [1]}}\n",
		"c.yaml:1:44: port 'a': lcores lists 1 of them for 2 queues",
		"list one lcore per queue, or write 'auto'");
	expect_error("ports: {a: {device: lo, lcores: [1-2]}}\n",
		"c.yaml:1:33: port 'a': lcores lists 2 of them for 1 queue", NULL);
}

static void lcores_of_a_port_are_among_the_configured(void **state)
{
	expect_error("lcores: {workers: [1]}\nports: {a: {device: lo, lcores: [2]}}\n",
		"c.yaml:2:33: port 'a': lcore 2 is not among the workers",
		"add it to 'workers' under 'lcores', or choose one of those");
	expect_error("ports: {a: {device: lo, lcores: [2]}}\n"
		     "lcores: {receive: [1], transmit: [2]}\n",
		"c.yaml:1:33: port 'a': lcore 2 is not among the receive lcores",
		"add it to 'receive' under 'lcores', or choose one of those");
	nimbl_conf_free(
		expect_conf_of("lcores: {main: 0}\nports: {a: {device: lo, lcores: [2]}}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_is_told_by_its_form),
		cmocka_unit_test(port_needs_a_device),
		cmocka_unit_test(device_has_500_characters_at_most),
		cmocka_unit_test(configuration_needs_a_port),
		cmocka_unit_test(device_belongs_to_one_port),
		cmocka_unit_test(ports_are_64_at_most),
		cmocka_unit_test(xconnects_are_64_at_most),
		cmocka_unit_test(pools_are_16_at_most),
		cmocka_unit_test(pool_of_a_port_exists),
		cmocka_unit_test(reuse_takes_no_ops),
		cmocka_unit_test(xconnect_is_recorded),
		cmocka_unit_test(xconnect_names_ports),
		cmocka_unit_test(port_is_connected_once),
		cmocka_unit_test(pair_is_two_names),
		cmocka_unit_test(lcores_have_roles),
		cmocka_unit_test(lcore_is_listed_once),
		cmocka_unit_test(lcore_lists_are_numbers_and_ranges),
		cmocka_unit_test(port_lists_one_lcore_per_queue),
		cmocka_unit_test(lcores_of_a_port_are_among_the_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
