// SPDX-License-Identifier: BSD-3-Clause
// What a snapshot and its ledger look like, as text and as JSON; and the rates between two.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "view.h"

static struct nimbl_snapshot before, now;
static struct nimbl_ledger ledger;

static int set_up(void **state)
{
	memset(&now, 0, sizeof(now));
	now.time_ns = 2500000000;
	now.port_count = now.pool_count = now.lcore_count = 1;
	now.ports[0] = (struct nimbl_port_view){
		.name = "wan", .device = "net_null0", .link_up = true, .link_bps = 10000000000};
	now.ports[0].counters.rx_frames = 1234;
	now.ports[0].counters.rx_bytes = 1234 * 64;
	now.ports[0].counters.tx_frames = 1200;
	now.ports[0].counters.drops[NIMBL_DROP_TX_RUNT] = 34;
	now.pools[0] = (struct nimbl_pool_view){.name = "default",
		.ops = "stack",
		.size = 4096,
		.free = 4000,
		.total_bytes = 3 << 19};
	now.lcores[0] =
		(struct nimbl_lcore_view){1, {.rounds = 200, .busy_rounds = 50, .polls = 2}};
	before = now;
	ledger = (struct nimbl_ledger){
		.received = 1234, .sent = 1200, .dropped_total = 34, .balanced = true};
	ledger.dropped[NIMBL_DROP_TX_RUNT] = 34;
	return 0;
}

static char *printed(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	view_print(NULL, &now, &ledger, out);
	fclose(out);
	return text;
}

static void expect_text(const char *part)
{
	char *text = printed();

	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, text);
	free(text);
}

static void last_lines_are_the_ledger(void **state)
{
	const char *end = "\nledger: received 1 234 + made 0 = sent 1 200 + taken 0 + dropped 34 + "
			  "in flight 0\nledger: balanced\n";
	char *text = printed();

	assert_true(strlen(text) > strlen(end));
	assert_string_equal(text + strlen(text) - strlen(end), end);
	free(text);
}

static void broken_ledger_says_why(void **state)
{
	ledger.balanced = false;
	snprintf(ledger.why, sizeof(ledger.why), "3 frames are missing");
	expect_text("ledger: NOT BALANCED: 3 frames are missing\n");
}

static void only_drops_that_happened_are_printed(void **state)
{
	char *text = printed();

	assert_non_null(strstr(text, nimbl_drop_text(NIMBL_DROP_TX_RUNT)));
	assert_null(strstr(text, nimbl_drop_key(NIMBL_DROP_NO_PEER)));
	free(text);
	memset(now.ports[0].counters.drops, 0, sizeof(now.ports[0].counters.drops));
	text = printed();
	assert_null(strstr(text, "reason"));
	free(text);
}

static void missing_names_are_dashes(void **state)
{
	now.ports[0].device = now.ports[0].driver = now.ports[0].peer = NULL;
	expect_text("wan   -       -       -   ");
}

static void offloads_are_told_in_short(void **state)
{
	struct nimbl_offloads offloads = {.offered = 0x1ff};

	assert_string_equal(view_offloads(&offloads).text, "off");
	offloads.enabled = 0x7;
	assert_string_equal(view_offloads(&offloads).text, "software 3");
	offloads.in_device = 0x5;
	assert_string_equal(view_offloads(&offloads).text, "device 2, software 1");
	offloads.enabled = 0x5;
	assert_string_equal(view_offloads(&offloads).text, "device 2");
}

static void long_device_is_cut(void **state)
{
	now.ports[0].device = "net_tap0,iface=abcdefghijklmnopqrstuvwxyz";
	expect_text("net_tap0,iface=abcdefghijklmn...  ");
}

static void link_that_is_down_has_no_speed(void **state)
{
	expect_text("up 10 Gbit/s");
	now.ports[0].link_up = false;
	char *text = printed();
	assert_non_null(strstr(text, "down"));
	assert_null(strstr(text, "Gbit"));
	free(text);
}

static void json_has_every_drop_by_its_key(void **state)
{
	json_t *root = view_json(&now, &ledger, VIEW_FIGURES | VIEW_LEDGER);
	const char *schema;
	json_t *drops;
	json_int_t runts, received;
	int is_balanced;

	assert_non_null(root);
	assert_int_equal(json_unpack(root, "{s:s, s:[{s:{s:I, s:o}}], s:{s:b}}", "schema", &schema,
				 "ports", "counters", "rx_frames", &received, "drops", &drops,
				 "ledger", "balanced", &is_balanced),
		0);
	assert_string_equal(schema, "nimbl.state/1");
	assert_int_equal(received, 1234);
	assert_true(is_balanced);
	assert_int_equal(json_object_size(drops), NIMBL_DROP_COUNT);
	runts = json_integer_value(json_object_get(drops, "tx_runt"));
	assert_int_equal(runts, 34);
	json_decref(root);
}

static void json_without_a_ledger_has_none(void **state)
{
	json_t *root = view_json(&now, NULL, VIEW_FIGURES);

	assert_non_null(root);
	assert_null(json_object_get(root, "ledger"));
	json_decref(root);
}

// Every member of the port has a value that is not its default.
static void fill_port(struct nimbl_port_view *port)
{
	uint64_t *counter = (uint64_t *)&port->counters;

	// The same in what is between members, too.
	memset(port, 0, sizeof(*port));
	// Behind the drops there is padding.
	for (size_t i = 0; &counter[i] < &port->counters.drops[NIMBL_DROP_COUNT]; i++)
		counter[i] = 1000 + i;
	port->name = "wan";
	port->device = "net_null0";
	port->driver = "net_null";
	port->peer = "lan";
	port->protocol = "discard";
	port->figure_count = 2;
	port->figures[0] = (struct nimbl_figure){"frames", 5};
	port->figures[1] = (struct nimbl_figure){"bytes", 6};
	port->port_id = 7;
	port->state = NIMBL_RUNNING;
	port->link_up = true;
	port->link_bps = 10000000000;
	memcpy(port->mac, "\x02\x00\xff\x10\x20\x30", sizeof(port->mac));
	port->mtu = 9000;
	port->offloads =
		(struct nimbl_offloads){.offered = 0x7, .enabled = 0x105, .in_device = 0x4};
	port->rx_queue_count = 2;
	port->tx_queue_count = 3;
	port->rx_descriptors = 512;
	port->tx_descriptors = 1024;
	memcpy(port->rx_lcores, (uint32_t[]){4, 5}, 2 * sizeof(uint32_t));
	memcpy(port->tx_lcores, (uint32_t[]){6, 7, 8}, 3 * sizeof(uint32_t));
	port->rx_missed = 1;
	port->rx_no_buffer = 2;
	port->rx_errors = 3;
	port->tx_errors = 4;
}

static void expect_same_port(const struct nimbl_port_view *a, const struct nimbl_port_view *b)
{
	struct nimbl_port_view rest = *b;

	assert_string_equal(a->name, b->name);
	assert_string_equal(a->device, b->device);
	assert_string_equal(a->driver, b->driver);
	assert_string_equal(a->peer, b->peer);
	assert_string_equal(a->protocol, b->protocol);
	assert_int_equal(a->figure_count, b->figure_count);
	for (uint16_t i = 0; i < a->figure_count; i++) {
		assert_string_equal(a->figures[i].name, b->figures[i].name);
		rest.figures[i].name = a->figures[i].name;
	}
	// Everything else is no pointer.
	rest.name = a->name;
	rest.device = a->device;
	rest.driver = a->driver;
	rest.peer = a->peer;
	rest.protocol = a->protocol;
	assert_memory_equal(a, &rest, sizeof(rest));
}

static void json_that_is_read_back_is_the_same(void **state)
{
	static struct nimbl_snapshot read;
	struct nimbl_ledger read_ledger;

	fill_port(&now.ports[0]);
	memset(&now.lcores[0], 0, sizeof(now.lcores[0]));
	now.lcores[0].lcore = 5;
	now.lcores[0].info.rounds = 200;
	now.lcores[0].info.sleeps = 3;
	memset(&ledger, 0, sizeof(ledger));
	ledger.received = 1234;
	ledger.dropped[NIMBL_DROP_TX_RUNT] = 34;
	ledger.in_flight = -3;
	snprintf(ledger.why, sizeof(ledger.why), "3 frames are missing");
	json_t *root = view_json(&now, &ledger, VIEW_FIGURES | VIEW_LEDGER);
	view_read(root, &read, &read_ledger);
	expect_same_port(&now.ports[0], &read.ports[0]);
	assert_memory_equal(&now.pools[0], &read.pools[0], sizeof(now.pools[0]));
	assert_memory_equal(&now.lcores[0], &read.lcores[0], sizeof(now.lcores[0]));
	assert_memory_equal(&ledger, &read_ledger, sizeof(ledger));
	assert_int_equal(read.time_ns, now.time_ns);
	assert_int_equal(read.port_count + read.pool_count + read.lcore_count, 3);
	json_decref(root);
}

static const char odd_ports[] =
	"{\"ports\": [1, null, {\"name\": 3, \"mac\": \"x\", \"rx_lcores\": {}, "
	"\"state\": \"odd\", \"counters\": [], \"mtu\": \"1500\"}]}";

// Of an instance of another version: nothing that is read is taken for granted.
static void strange_json_is_read_as_nothing(void **state)
{
	static const char *const texts[] = {
		"{}", "[]", "{\"ports\": 7, \"ledger\": []}", odd_ports};
	static struct nimbl_snapshot read;
	struct nimbl_ledger read_ledger;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *root = json_loads(texts[i], 0, NULL);

		assert_non_null(root);
		view_read(root, &read, &read_ledger);
		for (uint16_t port = 0; port < read.port_count; port++) {
			assert_string_equal(read.ports[port].name, "?");
			assert_int_equal(read.ports[port].mtu, 0);
		}
		json_decref(root);
	}
	assert_int_equal(read.port_count, 3);
}

static void more_than_there_is_room_for_is_left_out(void **state)
{
	static struct nimbl_snapshot read;
	struct nimbl_ledger read_ledger;
	json_t *root = json_pack("{s:[{s:[]}]}", "ports", "rx_lcores");
	json_t *ports = json_object_get(root, "ports");
	json_t *lcores = json_object_get(json_array_get(ports, 0), "rx_lcores");

	for (int i = 0; i < 1000; i++) {
		json_array_append_new(ports, json_object());
		json_array_append_new(lcores, json_integer(i));
	}
	view_read(root, &read, &read_ledger);
	assert_int_equal(read.port_count, NIMBL_CONF_PORTS_MAX);
	assert_int_equal(read.ports[0].rx_queue_count, NIMBL_CONF_QUEUES_MAX);
	json_decref(root);
}

// The last law that is said to be broken, as it is printed, or NULL.
static const char *broken_law(void)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");
	const char *found = NULL;

	assert_non_null(out);
	view_print_laws(&now, &ledger, out);
	fclose(out);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strstr(line, "BROKEN") != NULL)
			found = line;
	return found;
}

static void law_below_zero_is_broken(void **state)
{
	assert_null(broken_law());
	ledger.in_flight = -1;
	assert_int_equal(strncmp(broken_law(), "frames: ", 8), 0);
	ledger.lists_up = -1;
	assert_int_equal(strncmp(broken_law(), "lists going up: ", 16), 0);
	ledger.lists_down = -1;
	assert_int_equal(strncmp(broken_law(), "lists going down: ", 18), 0);
}

static void rates_are_per_second_and_bits_of_l2(void **state)
{
	now.time_ns += 500000000;
	now.ports[0].counters.rx_frames += 1000;
	now.ports[0].counters.rx_bytes += 64000;
	now.ports[0].counters.drops[NIMBL_DROP_TX_RUNT] += 5;
	now.ports[0].rx_missed += 7;
	struct view_rates rates = view_port_rates(&before, &now, 0);
	assert_true(rates.rx_pps == 2000);
	assert_true(rates.rx_l2_bps == 1024000);
	assert_true(rates.tx_pps == 0);
	assert_true(rates.dropped_pps == 10);
	assert_true(rates.missed_pps == 14);
}

static void rate_is_0_without_time_and_after_a_reset(void **state)
{
	now.ports[0].counters.rx_frames += 1000;
	assert_true(view_port_rates(&before, &now, 0).rx_pps == 0);
	now.time_ns += 1000;
	now.ports[0].counters.rx_frames = 0;
	assert_true(view_port_rates(&before, &now, 0).rx_pps == 0);
}

static void busy_is_of_the_rounds_between(void **state)
{
	assert_true(view_lcore_busy(&before, &now, 0) == 0);
	now.lcores[0].info.rounds += 100;
	now.lcores[0].info.busy_rounds += 75;
	assert_true(view_lcore_busy(&before, &now, 0) == 0.75);
	now.lcores[0].info.busy_rounds += 75;
	assert_true(view_lcore_busy(&before, &now, 0) == 1);
}

static void a_port_that_is_gone_says_since_when(void **state)
{
	now.ports[0].state = NIMBL_HALTED;
	assert_string_equal(view_state(&now.ports[0]).text, "halted");
	now.ports[0].gone_ms = 12999;
	assert_string_equal(view_state(&now.ports[0]).text, "gone 12 s");
	expect_text("gone 12 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(last_lines_are_the_ledger, set_up),
		cmocka_unit_test_setup(broken_ledger_says_why, set_up),
		cmocka_unit_test_setup(only_drops_that_happened_are_printed, set_up),
		cmocka_unit_test_setup(missing_names_are_dashes, set_up),
		cmocka_unit_test_setup(long_device_is_cut, set_up),
		cmocka_unit_test_setup(link_that_is_down_has_no_speed, set_up),
		cmocka_unit_test_setup(a_port_that_is_gone_says_since_when, set_up),
		cmocka_unit_test_setup(json_has_every_drop_by_its_key, set_up),
		cmocka_unit_test_setup(json_without_a_ledger_has_none, set_up),
		cmocka_unit_test_setup(json_that_is_read_back_is_the_same, set_up),
		cmocka_unit_test_setup(strange_json_is_read_as_nothing, set_up),
		cmocka_unit_test_setup(more_than_there_is_room_for_is_left_out, set_up),
		cmocka_unit_test(offloads_are_told_in_short),
		cmocka_unit_test_setup(law_below_zero_is_broken, set_up),
		cmocka_unit_test_setup(rates_are_per_second_and_bits_of_l2, set_up),
		cmocka_unit_test_setup(rate_is_0_without_time_and_after_a_reset, set_up),
		cmocka_unit_test_setup(busy_is_of_the_rounds_between, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
