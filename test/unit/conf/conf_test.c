// SPDX-License-Identifier: BSD-3-Clause
// Every key with its default and its member; the doors for commands; the reference.
#include "conf_expect.h"

#include "nimbl_offload.h"

#define PORT "ports: {a: lo}\n"

static void expect_defaults(const struct nimbl_conf *conf)
{
	const struct nimbl_conf_pool *pool = &conf->pools[0];

	assert_string_equal(conf->name, "nimbl");
	assert_int_equal(conf->dev, NIMBL_DEV_AUTO);
	assert_int_equal(conf->idle, NIMBL_IDLE_AUTO);
	assert_int_equal(conf->memory_bytes, 0);
	assert_int_equal(conf->burst, 32);
	assert_int_equal(conf->lcores.main, NIMBL_CONF_AUTO);
	assert_int_equal(conf->lcores.workers.count, 0);
	assert_int_equal(conf->lcores.receive.count, 0);
	assert_int_equal(conf->lcores.transmit.count, 0);
	assert_int_equal(conf->eal_count, 0);
	assert_null(conf->eal[0]);
	assert_int_equal(conf->pool_count, 1);
	assert_string_equal(pool->name, "default");
	assert_int_equal(pool->size, 0);
	assert_int_equal(pool->data_size, 2048);
	assert_string_equal(pool->ops, "");
	assert_int_equal(pool->cache, NIMBL_CONF_AUTO);
	assert_int_equal(pool->reclaim, NIMBL_POOL_RETURN_POOL);
	assert_int_equal(pool->completion, NIMBL_POOL_COMPLETION_HANDOVER);
	assert_int_equal(pool->node, NIMBL_CONF_AUTO);
}

static void expect_port_defaults(const struct nimbl_conf_port *port)
{
	assert_int_equal(port->queues, 1);
	assert_int_equal(port->rx_descriptors, 512);
	assert_int_equal(port->tx_descriptors, 512);
	assert_int_equal(port->mtu, 0);
	assert_true(port->promiscuous);
	assert_int_equal(port->offloads, 0);
	assert_false(port->connected);
	assert_int_equal(port->pool, 0);
	assert_int_equal(port->lcores.count, 0);
}

static void defaults_hold_without_keys(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(PORT);

	expect_defaults(conf);
	assert_int_equal(conf->port_count, 1);
	expect_port_defaults(&conf->ports[0]);
	assert_int_equal(conf->xconnect_count, 0);
	nimbl_conf_free(conf);
}

static void defaults_are_valid_values(void **state)
{
	struct nimbl_conf *conf;

	// Defaults are read like text of a file: one that is not allowed would leave an error.
	nimbl_clear_error();
	conf = nimbl_conf_new();
	assert_non_null(conf);
	assert_int_equal(nimbl_conf_add_port(conf, "a", "lo"), 0);
	assert_int_equal(nimbl_last_error()->code, 0);
	nimbl_conf_free(conf);
}

static void explicit_auto_is_the_default(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(
		"dev: auto\nmemory: auto\nlcores: auto\nidle: auto\n"
		"pools: {default: {size: auto, ops: auto, cache: auto, node: auto}}\n"
		"ports: {a: {device: lo, lcores: auto}}\n");

	expect_defaults(conf);
	expect_port_defaults(&conf->ports[0]);
	nimbl_conf_free(conf);
}

static void every_key_at_the_top_is_stored(void **state)
{
	struct nimbl_conf *conf =
		expect_conf_of("name: lab-1.x_Y\ndev: true\nmemory: 64M\nidle: sleep\nburst: 64\n"
			       "lcores: {main: 0, workers: [1, 4-6]}\n"
			       "eal: [\"--log-level=8\", -v]\n" PORT);

	assert_string_equal(conf->name, "lab-1.x_Y");
	assert_int_equal(conf->dev, NIMBL_DEV_ON);
	assert_int_equal(conf->memory_bytes, 64 << 20);
	assert_int_equal(conf->idle, NIMBL_IDLE_SLEEP);
	assert_int_equal(conf->burst, 64);
	assert_int_equal(conf->lcores.main, 0);
	assert_int_equal(conf->lcores.workers.count, 4);
	assert_int_equal(conf->lcores.workers.list[0], 1);
	assert_int_equal(conf->lcores.workers.list[3], 6);
	assert_int_equal(conf->eal_count, 2);
	assert_string_equal(conf->eal[0], "--log-level=8");
	assert_string_equal(conf->eal[1], "-v");
	assert_null(conf->eal[2]);
	nimbl_conf_free(conf);
}

static void every_key_of_pool_and_port_is_stored(void **state)
{
	struct nimbl_conf *conf = expect_conf_of(
		"pools:\n"
		"  default: {size: 64, data_size: 65000, ops: lf_stack, cache: 0, node: 31}\n"
		"  fast: {size: 16777216, cache: 512, return: reuse, completion: full}\n"
		"ports:\n"
		"  wan:\n"
		"    device: 0000:03:00.0\n"
		"    queues: 2\n"
		"    descriptors: {receive: 32, transmit: 32768}\n"
		"    mtu: 9710\n"
		"    promiscuous: false\n"
		"    offloads: [vlan-strip, tso]\n"
		"    pool: fast\n"
		"    lcores: [3, 2]\n"
		"  lan: {device: eth0, descriptors: 64, offloads: auto}\n"
		"  one: {device: eth1, descriptors: {transmit: 64}}\n");
	const struct nimbl_conf_pool *pool = conf->pools;
	const struct nimbl_conf_port *port = conf->ports;

	assert_int_equal(conf->pool_count, 2);
	assert_int_equal(pool[0].size, 64);
	assert_int_equal(pool[0].data_size, 65000);
	assert_string_equal(pool[0].ops, "lf_stack");
	assert_int_equal(pool[0].cache, 0);
	assert_int_equal(pool[0].node, 31);
	assert_int_equal(pool[0].place.line, 2);
	assert_string_equal(pool[1].name, "fast");
	assert_int_equal(pool[1].size, 16777216);
	assert_int_equal(pool[1].data_size, 2048);
	assert_int_equal(pool[1].cache, 512);
	assert_int_equal(pool[1].reclaim, NIMBL_POOL_RETURN_REUSE);
	assert_int_equal(pool[1].completion, NIMBL_POOL_COMPLETION_FULL);
	assert_int_equal(conf->port_count, 3);
	assert_string_equal(port[0].name, "wan");
	assert_string_equal(port[0].device, "0000:03:00.0");
	assert_int_equal(port[0].kind, NIMBL_DEVICE_PCI);
	assert_int_equal(port[0].place.line, 6);
	assert_int_equal(port[0].place.column, 13);
	assert_int_equal(port[0].queues, 2);
	assert_int_equal(port[0].rx_descriptors, 32);
	assert_int_equal(port[0].tx_descriptors, 32768);
	assert_int_equal(port[0].mtu, 9710);
	assert_false(port[0].promiscuous);
	assert_int_equal(port[0].offloads, NIMBL_OFFLOAD_BIT(VLAN_STRIP) | NIMBL_OFFLOAD_BIT(TSO));
	assert_int_equal(port[1].offloads, NIMBL_OFFLOADS_AUTO);
	assert_int_equal(port[0].pool, 1);
	assert_int_equal(port[0].lcores.count, 2);
	assert_int_equal(port[0].lcores.list[0], 3);
	assert_int_equal(port[1].rx_descriptors, 64);
	assert_int_equal(port[1].tx_descriptors, 64);
	assert_int_equal(port[2].rx_descriptors, 512);
	assert_int_equal(port[2].tx_descriptors, 64);
	nimbl_conf_free(conf);
}

static void eal_may_be_one_string(void **state)
{
	struct nimbl_conf *conf = expect_conf_of("eal: --no-telemetry\n" PORT);

	assert_int_equal(conf->eal_count, 1);
	assert_string_equal(conf->eal[0], "--no-telemetry");
	nimbl_conf_free(conf);
}

static void eal_holds_64_arguments(void **state)
{
	char text[512] = "ports: {a: lo}\neal: [";

	for (int i = 0; i < 64; i++)
		strcat(text, "x,");
	strcat(text, "]");
	nimbl_conf_free(expect_conf_of(text));
	strcpy(text + strlen(text) - 1, "x]");
	expect_error(text, "c.yaml:2:135: eal has more than 64 arguments", NULL);
}

static void commands_build_without_a_file(void **state)
{
	struct nimbl_conf *conf = nimbl_conf_new();

	assert_non_null(conf);
	expect_defaults(conf);
	assert_int_equal(conf->port_count, 0);
	assert_int_equal(nimbl_conf_add_port(conf, "a", "3A:00.1"), 0);
	assert_int_equal(nimbl_conf_add_port(conf, "b", "net_ring0"), 1);
	assert_string_equal(conf->ports[0].device, "0000:3a:00.1");
	expect_port_defaults(&conf->ports[1]);
	assert_int_equal(nimbl_conf_add_xconnect(conf, "a", "b"), 0);
	assert_true(conf->ports[0].connected && conf->ports[1].connected);
	nimbl_conf_free(conf);
}

static void expect_refused(const struct nimbl_conf *conf, int ret, const char *cause)
{
	assert_int_equal(ret, -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, cause);
	assert_true(nimbl_last_error()->mend[0] != '\0');
	assert_int_equal(conf->port_count, 2);
	assert_int_equal(conf->xconnect_count, 1);
}

static void commands_are_checked_like_a_file(void **state)
{
	struct nimbl_conf *conf = nimbl_conf_new();

	assert_non_null(conf);
	nimbl_conf_add_port(conf, "a", "lo");
	nimbl_conf_add_port(conf, "b", "net_null0");
	nimbl_conf_add_xconnect(conf, "a", "a");
	expect_refused(conf, nimbl_conf_add_port(conf, "a", "eth0"), "there is a port 'a' already");
	expect_refused(conf, nimbl_conf_add_port(conf, "c", "lo"),
		"port 'c': device 'lo' is used by port 'a' already");
	expect_refused(conf, nimbl_conf_add_port(conf, "c", ""), "port 'c': the device is missing");
	expect_refused(
		conf, nimbl_conf_add_port(conf, "c/d", "eth0"), "'c/d' cannot be a name of a port");
	expect_refused(conf, nimbl_conf_add_xconnect(conf, "b", "c"), "there is no port 'c'");
	expect_refused(
		conf, nimbl_conf_add_xconnect(conf, "b", "a"), "port 'a' is connected twice");
	assert_false(conf->ports[1].connected);
	nimbl_conf_free(conf);
}

static void a_command_sets_the_protocol_of_a_port(void **state)
{
	const struct nimbl_conf_pair settings[] = {{"name", "gen"}, {"room", "9000"}};
	const struct nimbl_conf_end *end;
	struct nimbl_conf *conf = nimbl_conf_new();

	assert_non_null(conf);
	assert_int_equal(nimbl_conf_add_port(conf, "a", "lo"), 0);
	end = &conf->ports[0].protocol;
	assert_int_equal(nimbl_conf_set_protocol(conf, 0, "tester", settings, 2), 0);
	assert_string_equal(end->name, "tester");
	assert_int_equal(end->setting_count, 2);
	assert_string_equal(end->settings[1].key, "room");
	assert_string_equal(end->settings[1].value, "9000");
	assert_int_equal(nimbl_conf_set_protocol(conf, 0, "echo", NULL, 0), 0);
	assert_string_equal(end->name, "echo");
	assert_int_equal(end->setting_count, 0);
	assert_int_equal(nimbl_conf_set_protocol(conf, 0, "echo", settings, 1000), -EINVAL);
	assert_string_equal(end->name, "");
	nimbl_conf_free(conf);
}

static void free_accepts_null(void **state)
{
	nimbl_conf_free(NULL);
}

static void reference_lists_every_key(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	nimbl_conf_reference(out);
	fclose(out);
	assert_non_null(strstr(text, "burst\n    Frames per poll.\n    Allowed: 1 to 64.\n"
				     "    Default: 32.\n"));
	assert_non_null(strstr(text, "\nlcores.workers\n"));
	assert_non_null(strstr(text, "\npools.<name>.completion\n"));
	assert_non_null(strstr(text, "\nports.<name>.descriptors.receive\n"));
	assert_non_null(strstr(text, "    Allowed: auto, poll, pause or sleep.\n"));
	assert_null(strstr(text, "(null)"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_hold_without_keys),
		cmocka_unit_test(defaults_are_valid_values),
		cmocka_unit_test(explicit_auto_is_the_default),
		cmocka_unit_test(every_key_at_the_top_is_stored),
		cmocka_unit_test(every_key_of_pool_and_port_is_stored),
		cmocka_unit_test(eal_may_be_one_string),
		cmocka_unit_test(eal_holds_64_arguments),
		cmocka_unit_test(commands_build_without_a_file),
		cmocka_unit_test(commands_are_checked_like_a_file),
		cmocka_unit_test(a_command_sets_the_protocol_of_a_port),
		cmocka_unit_test(free_accepts_null),
		cmocka_unit_test(reference_lists_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
