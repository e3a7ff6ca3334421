// SPDX-License-Identifier: BSD-3-Clause
// What is wrong in a text of streams is refused with its place, its cause and what mends it.
#include "streams.h"

static void places_are_those_of_the_values(void **state)
{
	expect_refusal("streams:\n  - name: web\n    port: a\n    size: 63\n",
		"s.yaml:4:11: stream 'web': size '63' is out of range", NULL);
	expect_refusal("- {port: a, " DST "}\n- port: a\n  udp: {dst: [1, 2, 70000]}\n",
		"s.yaml:3:21: stream 2: udp.dst '70000' is out of range",
		"allowed: 0 to 65535, a range of these (A..B step 2), a start (A count 3), or 'random "
		"A..B'");
	expect_refusal("- {port: a, " DST ", size: [64, 65 weight x]}",
		"s.yaml:1:48: stream 1: size '65 weight x' has a weight that is none", NULL);
}

static void a_word_that_is_meant_is_told(void **state)
{
	expect_refusal("- {port: a, ipv4: {dts: 1.2.3.4}}",
		"s.yaml:1:25: stream 1: a stream has no key 'ipv4.dts'",
		"did you mean 'ipv4.dst'? 'nimbl explain streams' lists all keys");
	expect_refusal("- {port: a, sise: 64}", "s.yaml:1:19: stream 1: a stream has no key 'sise'",
		"did you mean 'size'? 'nimbl explain streams' lists all keys");
	expect_refusal("stream: []", "s.yaml:1:1: unknown key 'stream'",
		"did you mean it? 'streams' is the only key here");
}

static void nobody_is_no_destination(void **state)
{
	const char *const cause =
		"s.yaml:1:25: stream 1: eth.dst is 00:00:00:00:00:00, or comes to it: nobody has this "
		"address, and switches and NICs drop it";

	expect_refusal("- {port: a, eth: {dst:  00:00:00:00:00:00}}", cause,
		"give the MAC address of the next hop, such as 02:00:00:00:00:02");
	expect_refusal(
		"- {port: a, eth: {dst:  00:00:00:00:00:00..00:00:00:00:00:09}}", cause, NULL);
	expect_refusal("- {port: a, eth: {dst: [02:00:00:00:00:01, 00:00:00:00:00:00]}}",
		"s.yaml:1:25: stream 1: eth.dst is 00:00:00:00:00:00, or comes to it: nobody has this "
		"address, and switches and NICs drop it",
		NULL);
	expect_refusal("- {port: a}",
		"s.yaml:1:3: stream 1: the stream has no destination MAC address", NULL);
	expect_refusal("- {" DST "}", "s.yaml:1:3: stream 1: the stream has no port", NULL);
}

static void what_does_not_fit_together_is_refused(void **state)
{
	expect_refusal("- {port: a, " DST ", tcp: {}, udp: {}}",
		"s.yaml:1:42: stream 1: a stream has udp or tcp, not both", NULL);
	expect_refusal("- {port: a, " DST ", ipv4: {}, ipv6: {}}",
		"s.yaml:1:53: stream 1: a stream has ipv4 or ipv6, not both", NULL);
	expect_refusal("- {port: a, " DST ", ipv6: {}, icmp: {}}",
		"s.yaml:1:53: stream 1: a stream has ipv6 or icmp, not both",
		"write icmpv6 for IPv6");
	expect_refusal("- {port: a, " DST ", ipv4: {tos: 1, dscp: 2}}",
		"s.yaml:1:58: stream 1: ipv4.tos and ipv4.dscp are parts of each other", NULL);
	expect_refusal("- {port: a, " DST ", ipv4: {protocol: 1..3}}",
		"s.yaml:1:54: stream 1: ipv4.protocol says how the rest of a frame is read, and is the "
		"same in all",
		NULL);
	expect_refusal("- {port: a, " DST ", vlan: 5, size: [100, 64]}",
		"s.yaml:1:53: stream 1: size 64 has no room for headers, signature and FCS, which take 68 "
		"bytes",
		"make it at least 68, or set signature: false");
	expect_refusal("- {port: a, " DST ", size: 90, ipv6: {dst: '2001::1..2002::1'}}",
		"s.yaml:1:59: stream 1: ipv6.dst has a range that goes beyond its last 64 bits",
		NULL);
	expect_refusal("- {port: a, name: x, " DST "}\n- {port: a, name: x, " DST "}",
		"s.yaml:2:19: stream 'x': there are two streams 'x'", NULL);
	expect_refusal("- {port: a, " DST ", ipv4: {}, ipv4: {}}",
		"s.yaml:1:47: stream 1: 'ipv4' stands there more than once", NULL);
	expect_refusal("- {port: a, " DST ", vlan: [1, 2, 3, 4, 5]}",
		"s.yaml:1:56: stream 1: a stream has no key 'vlan.5'", NULL);
}

static void a_capture_is_sent_as_it_is(void **state)
{
	expect_refusal("- {port: a, replay: /dev/null}",
		"s.yaml:1:21: stream 1: the capture '/dev/null' is no file",
		"give a file, which can be read more than once");
	expect_refusal("- {port: a, replay: x.pcap, udp: {}}",
		"s.yaml:1:34: stream 1: a stream has a replay or udp, not both",
		"remove it: frames of a capture are sent as they are");
	expect_refusal("- {port: a, size: 70, replay: x.pcap}",
		"s.yaml:1:19: stream 1: a stream has a replay or size, not both", NULL);
	expect_refusal("- {port: a, rate: 1pps, replay: {file: x.pcap, speed: 2}}",
		"s.yaml:1:55: stream 1: a stream has a rate or replay.speed, not both",
		"keep one of the two");
	expect_refusal("- {port: a, replay: {file: x.pcap, speed: fast}}",
		"s.yaml:1:43: stream 1: replay.speed 'fast' is none", NULL);
	expect_refusal("- {port: a, replay: {speed: 2}}",
		"s.yaml:1:3: stream 1: setting 'replay.file' is missing", NULL);
}

static void patterns_that_are_none_are_refused(void **state)
{
	static const char *const wrong[] = {"9 step 2", "5..9 count 6", "5..9 step 0", "5 count 0",
		"random 5", "random 9..5", "5..9 mask 1", "5..9 seed 1", "random 5 mask 70000",
		"random 5..9 step 2", "5..9 stride 2", "5..9 step", "5...9", "..", "5..", "-1",
		"0x", "5 count 99999", "99999999999999999999999999999999999999999", "[5, 6..7]",
		"[[5]]", "{a: 5}", "'random 5..9 seed 1 seed 2'", "[]", "",
		"'5 count 3 step 18446744073709551616'"};
	char text[256];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct nimbl_flows *flows;

		snprintf(text, sizeof(text), "- port: a\n  " DST "\n  udp:\n    dst: %s\n",
			wrong[i]);
		nimbl_clear_error();
		assert_int_equal(nimbl_flows_open(&flows), 0);
		if (nimbl_flows_parse(flows, "s.yaml", text, strlen(text)) != -EINVAL)
			fail_msg("accepted: %s", wrong[i]);
		assert_non_null(strstr(nimbl_last_error()->cause, "s.yaml:4:"));
		assert_true(nimbl_last_error()->mend[0] != '\0');
		nimbl_flows_close(flows);
	}
}

static void rates_say_what_they_count(void **state)
{
	static const struct {
		const char *text;
		enum nimbl_pace_unit unit;
		uint64_t rate;
	} right[] = {
		{"max", NIMBL_PACE_MAX, 0},
		{"50%", NIMBL_PACE_PERCENT, 500000},
		{"0.01%", NIMBL_PACE_PERCENT, 100},
		{"1.5Mpps", NIMBL_PACE_PPS, 1500000000},
		{"0.001pps", NIMBL_PACE_PPS, 1},
		{"1Gbit/s L1", NIMBL_PACE_L1, 1000000000000},
		{"2.5G L2", NIMBL_PACE_L2, 2500000000000},
	};
	static const char *const wrong[] = {"1Gbit/s", "10", "101%", "0pps", "0.0001pps", "-1pps",
		"1 L3", "pps", "1.pps.", "1e9pps", "101T L1"};
	char text[128];

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		snprintf(text, sizeof(text), "- {port: a, " DST ", rate: %s}", right[i].text);
		struct nimbl_flows *flows = streams_of(text);
		const struct nimbl_pace_spec *pace = nimbl_flow_pace(nimbl_flows_at(flows, "a", 0));

		assert_int_equal(pace->unit, right[i].unit);
		assert_int_equal(pace->rate, right[i].rate);
		nimbl_flows_close(flows);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct nimbl_flows *flows;

		snprintf(text, sizeof(text), "- {port: a, " DST ", rate: %s}", wrong[i]);
		assert_int_equal(nimbl_flows_open(&flows), 0);
		if (nimbl_flows_parse(flows, "s.yaml", text, strlen(text)) != -EINVAL)
			fail_msg("accepted: %s", wrong[i]);
		assert_non_null(strstr(nimbl_last_error()->mend, "allowed: max, a share"));
		nimbl_flows_close(flows);
	}
}

static void options_are_refused_without_a_place(void **state)
{
	const struct nimbl_option options[] = {
		{"dst", "02:00:00:00:00:02"}, {"size", "64"}, {"size", "6"}, {NULL, NULL}};
	struct nimbl_flows *flows;

	assert_int_equal(nimbl_flows_open(&flows), 0);
	assert_int_equal(nimbl_flows_add(flows, "a", options), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "stream 1: size '6' is out of range");
	assert_string_equal(nimbl_last_error()->setting, "size");
	assert_int_equal(nimbl_last_error()->nth, 1);
	nimbl_flows_close(flows);
}

static void a_file_is_read_or_refused(void **state)
{
	struct nimbl_flows *flows;

	assert_int_equal(nimbl_flows_open(&flows), 0);
	assert_int_equal(nimbl_flows_read(flows, "/nonexistent/s.yaml"), -ENOENT);
	assert_non_null(strstr(nimbl_last_error()->cause, "cannot read streams"));
	assert_int_equal(nimbl_flows_read(flows, "/dev/zero"), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, "/dev/zero:1:1: it is larger than 1 MiB");
	nimbl_flows_close(flows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_those_of_the_values),
		cmocka_unit_test(a_word_that_is_meant_is_told),
		cmocka_unit_test(nobody_is_no_destination),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(a_capture_is_sent_as_it_is),
		cmocka_unit_test(patterns_that_are_none_are_refused),
		cmocka_unit_test(rates_say_what_they_count),
		cmocka_unit_test(options_are_refused_without_a_place),
		cmocka_unit_test(a_file_is_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
