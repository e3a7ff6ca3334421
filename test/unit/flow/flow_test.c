// SPDX-License-Identifier: BSD-3-Clause
// Frames of streams: lengths and checksums are right whatever varies, each is a function of its index alone, and a
// rewritten one is the same as one that is written.
#include "nimbl_random.h"
#include "streams.h"

#define TSC 0x123456789abcdefull

static const struct nimbl_flow *first(const struct nimbl_flows *flows)
{
	return nimbl_flows_at(flows, NULL, 0);
}

// Frame `index` of the only stream of `text`.
static uint32_t frame_of(const char *text, uint64_t index, uint8_t *frame)
{
	struct nimbl_flows *flows = streams_of(text);
	const struct nimbl_flow *flow = first(flows);
	uint32_t length = nimbl_flow_length(flow, index);

	nimbl_flow_write(flow, index, TSC, frame);
	nimbl_flows_close(flows);
	return length;
}

static void a_port_and_a_destination_are_enough(void **state)
{
	uint8_t frame[NIMBL_FLOW_SIZE_MAX];
	uint32_t length = frame_of("streams: [{port: a, " DST "}]", 7, frame);
	struct judged j = judge(frame, length);
	struct nimbl_signature signature;

	assert_int_equal(length, 60);
	assert_memory_equal(frame, "\x02\0\0\0\0\x02", 6);
	assert_memory_equal(frame + 6, "\x02nb", 3);
	assert_int_equal(j.protocol, 17);
	assert_true(j.ip_right && j.l4_right && !j.l4_none);
	assert_int_equal(nimbl_signature_read(frame, length, &signature), NIMBL_SIGNATURE_GOOD);
	assert_int_equal(signature.stream, 0);
	assert_int_equal(signature.sequence, 7);
	assert_true(signature.tsc48 == (TSC & 0xffffffffffff));
}

static void ports_have_source_addresses_of_their_own(void **state)
{
	uint8_t a[64], b[64];

	frame_of("- {port: a, " DST "}", 0, a);
	frame_of("- {port: b, " DST "}", 0, b);
	assert_memory_not_equal(a + 6, b + 6, 6);
}

static void every_field_is_where_its_rfc_has_it(void **state)
{
	uint8_t f[128];

	frame_of(
		"- {port: a, size: 100, eth: {dst: 02:00:00:00:00:02, src: 02:00:00:00:00:03}, vlan: "
		"[{vid: 100, pcp: 5, dei: 1}, 10], ipv4: {dscp: 46, ecn: 1, id: 0x1234, df: 0, ttl: "
		"9, src: 10.0.0.1, dst: 10.0.0.2}, tcp: {src: 1, dst: 2, seq: 3, ack: 4, flags: 0x12, "
		"window: 5, urgent: 6}}",
		0, f);
	assert_memory_equal(
		f, "\x02\0\0\0\0\x02\x02\0\0\0\0\x03\x88\xa8\xb0\x64\x81\0\0\x0a\x08\0", 22);
	assert_memory_equal(f + 22, "\x45\xb9\0\x4a\x12\x34\0\0\x09\x06", 10);
	assert_memory_equal(f + 34, "\x0a\0\0\x01\x0a\0\0\x02", 8);
	assert_memory_equal(f + 42, "\0\x01\0\x02\0\0\0\x03\0\0\0\x04\x50\x12\0\x05", 16);
	assert_memory_equal(f + 60, "\0\x06", 2);
	frame_of("- {port: a, size: 100, " DST
		 ", ipv6: {dscp: 46, ecn: 1, flow: 0xabcde, hops: 9, src: "
		 "'2001:db8::1', dst: '2001:db8::2'}, icmpv6: {type: 1, code: 2, id: 3, seq: 4}}",
		0, f);
	assert_memory_equal(f + 12, "\x86\xdd\x6b\x9a\xbc\xde\0\x2a\x3a\x09\x20\x01\x0d\xb8", 14);
	assert_memory_equal(f + 54, "\x01\x02", 2);
	assert_memory_equal(f + 58, "\0\x03\0\x04", 4);
	frame_of(
		"- {port: a, signature: false, eth: {dst: 02:00:00:00:00:02, type: 0x88b5}, vlan: 7, "
		"payload: 0xabcdef}",
		0, f);
	assert_memory_equal(f + 12, "\x81\0\0\x07\x88\xb5\xab\xcd\xef\xab", 10);
}

// The value of `field` in frame `index`.
static uint32_t udp_dst(const char *pattern, uint64_t index)
{
	char text[256];
	uint8_t frame[64];

	snprintf(text, sizeof(text), "- {port: a, " DST ", udp: {dst: %s}}", pattern);
	frame_of(text, index, frame);
	return get(frame + 36, 2);
}

static void fields_follow_their_patterns(void **state)
{
	bool is_hit[10] = {false};

	assert_int_equal(udp_dst("5", 99), 5);
	assert_int_equal(udp_dst("5..9", 0), 5);
	assert_int_equal(udp_dst("5..9", 4), 9);
	assert_int_equal(udp_dst("5..9", 5), 5);
	assert_int_equal(udp_dst("9..5", 1), 8);
	assert_int_equal(udp_dst("5..9 step 3", 1), 8);
	assert_int_equal(udp_dst("5..9 step 3", 2), 5);
	assert_int_equal(udp_dst("5 count 3 step 2", 2), 9);
	assert_int_equal(udp_dst("5 count 3 step 2", 0x300000001), 7);
	assert_int_equal(udp_dst("[7, 3, 9]", 4), 3);
	for (unsigned int i = 0; i < 200; i++) {
		uint32_t value = udp_dst("random 3..7", i);

		assert_in_range(value, 3, 7);
		is_hit[value] = true;
		assert_int_equal(udp_dst("random 0x100 mask 0xf", i) & 0xfff0, 0x100);
	}
	for (int i = 3; i <= 7; i++)
		assert_true(is_hit[i]);
	assert_int_equal(
		udp_dst("random 0..65535 seed 3", 8), udp_dst("random 0..65535 seed 3", 8));
	assert_int_not_equal(
		udp_dst("random 0..65535 seed 3", 8), udp_dst("random 0..65535 seed 4", 8));
}

static uint32_t size_of(const char *size, uint64_t index)
{
	char text[256];
	uint8_t frame[NIMBL_FLOW_SIZE_MAX];

	snprintf(text, sizeof(text), "- {port: a, " DST ", size: %s}", size);
	return frame_of(text, index, frame) + 4;
}

static void sizes_are_told_with_the_fcs(void **state)
{
	static const uint16_t genome[] = {
		64, 64, 128, 256, 512, 1024, 1280, 1518, 2112, 9000, 16000, 70};
	int hits[3] = {0};

	assert_int_equal(size_of("64", 3), 64);
	assert_int_equal(size_of("64..1518 step 2", 1), 66);
	assert_int_equal(size_of("64..66", 3), 64);
	for (unsigned int i = 0; i < 12; i++) {
		uint32_t size = size_of("imix", 12 + i);

		assert_int_equal(size_of("genome aabcdefghijZ Z=70", i), genome[i]);
		assert_true(size == 64 || size == 594 || size == 1518);
		hits[size == 64 ? 0 : size == 594 ? 1 : 2]++;
		assert_in_range(size_of("random 64..70", i), 64, 70);
	}
	assert_memory_equal(hits, ((int[]){7, 4, 1}), sizeof(hits));
	assert_int_equal(size_of("[100 weight 2, 200]", 1) + size_of("[100 weight 2, 200]", 0) +
				 size_of("[100 weight 2, 200]", 2),
		400);
}

static void checksums_are_wrong_on_wish(void **state)
{
	static const char *const l4[] = {"udp", "tcp", "icmp"};
	uint8_t frame[128];
	char text[200];

	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text),
			"- {port: a, " DST
			", size: 90, ipv4: {src: random 0.0.0.0..255.255.255.255, "
			"checksum: wrong}, %s: {checksum: wrong}}",
			l4[i]);
		for (uint64_t n = 0; n < 100; n++) {
			struct judged j = judge(frame, frame_of(text, n, frame));

			assert_true(!j.ip_right && !j.l4_right && !j.l4_none);
		}
	}
	frame_of("- {port: a, " DST ", udp: {checksum: zero}}", 0, frame);
	assert_int_equal(get(frame + 40, 2), 0);
}

// --- random streams ---

static uint64_t draws;

static uint32_t draw(uint32_t below)
{
	return (uint32_t)(nimbl_draw(42, draws++) >> 32) % below;
}

static const char *any(const char *const *list, unsigned int count)
{
	return list[draw(count)];
}

#define ANY(...)                                \
	any((const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define OR_NOT(...) (draw(2) == 0 ? "" : ANY(__VA_ARGS__))

static void random_stream(char *text, size_t size)
{
	bool is_six = draw(2) == 0;
	int used = snprintf(text, size,
		"- {port: a, seed: %u, signature: %s, payload: %s, size: %s, vlan: %s, eth: {dst: %s, "
		"src: %s}",
		draw(1000), ANY("true", "true", "false"),
		ANY("zeros", "increment", "random", "0x0102030405"),
		ANY("118", "119", "'120..130'", "'random 118..300'",
			"[118 weight 3, 1001, 400 weight 2]"),
		ANY("[]", "5", "[{vid: 1..9, pcp: random 0..7}, 8]", "{pcp: 3, dei: '0..1'}") + 0,
		ANY("02:00:00:00:00:02", "'02:00:00:00:00:02 count 999 step 3'"),
		ANY("02:00:00:00:00:03", "'random 02:00:00:00:00:00 mask 00:ff:ff:ff:ff:ff'"));
	char *tags = strstr(text, ", vlan: []");

	if (tags != NULL) {
		memmove(tags, tags + 10, strlen(tags + 10) + 1);
		used -= 10;
	}
	if (is_six)
		used += snprintf(text + used, size - (size_t)used,
			", ipv6: {%s%s%s src: %s, dst: %s}",
			OR_NOT("class: 0..255,", "dscp: 1..9 step 4,"),
			OR_NOT("flow: random 0..1048575,"), OR_NOT("hops: [1, 64, 255],"),
			ANY("'2001:db8::1'",
				"'random 2001:db8:: mask 0:0:ffff:ffff:ffff:ffff:ffff:ffff'",
				"['2001:db8::1', '2001:db9:1::5', 'ff02::1']"),
			ANY("'2001:db8::1..2001:db8::ffff step 7'",
				"'random 2001:db8::..2001:db8::ff'"));
	else
		used += snprintf(text + used, size - (size_t)used,
			", ipv4: {%s%s%s src: %s, dst: %s}",
			OR_NOT("tos: 0..255,", "dscp: 1..9 step 4,", "ecn: random 0..3,"),
			OR_NOT("id: 0..65535, df: random 0..1,"), OR_NOT("ttl: [1, 64, 255],"),
			ANY("10.0.0.1", "random 0.0.0.0..255.255.255.255"),
			ANY("10.0.0.1..10.0.255.255 step 7", "[1.2.3.4, 5.6.7.8]"));
	snprintf(text + used, size - (size_t)used, ", %s}\n",
		is_six ? ANY("udp: {src: 0..65535, dst: 1 count 3}", "udp: {}",
				 "tcp: {seq: random 0..4294967295, flags: [2, 16]}",
				 "icmpv6: {seq: 0..9}")
		       : ANY("udp: {src: random 0..65535}", "udp: {checksum: zero}",
				 "tcp: {ack: 1 count 5 step 1460, window: random 0 mask 0xffff}",
				 "icmp: {seq: 0..65535, id: 5..7}"));
}

static void check_frame(const struct nimbl_flow *flow, uint64_t index, const uint8_t *frame)
{
	uint32_t length = nimbl_flow_length(flow, index);
	struct judged j = judge(frame, length);
	struct nimbl_signature signature = {0};
	enum nimbl_signature_state state = nimbl_signature_read(frame, length, &signature);

	assert_true(j.ip_right && (j.l4_right || j.l4_none));
	assert_int_equal(
		state, nimbl_flow_is_signed(flow) ? NIMBL_SIGNATURE_GOOD : NIMBL_SIGNATURE_NONE);
	assert_int_equal(signature.sequence, nimbl_flow_is_signed(flow) ? (uint32_t)index : 0);
}

static void a_rewritten_frame_is_a_written_one(void **state)
{
	static uint8_t written[NIMBL_FLOW_SIZE_MAX], rewritten[NIMBL_FLOW_SIZE_MAX];
	char text[1024];

	for (int round = 0; round < 400; round++) {
		random_stream(text, sizeof(text));
		struct nimbl_flows *flows = streams_of(text);
		const struct nimbl_flow *flow = first(flows);
		uint64_t last = draw(1000);

		nimbl_flow_write(flow, last, TSC, rewritten);
		for (int i = 0; i < 50; i++) {
			uint64_t index = draw(3) == 0 ? (uint64_t)draw(UINT32_MAX) << 8 : draw(500);

			nimbl_flow_write(flow, index, TSC + index, written);
			check_frame(flow, index, written);
			nimbl_flow_resize(flow, nimbl_flow_length(flow, last),
				nimbl_flow_length(flow, index), rewritten);
			nimbl_flow_rewrite(flow, index, TSC + index, rewritten);
			assert_memory_equal(written, rewritten, nimbl_flow_length(flow, index));
			last = index;
		}
		nimbl_flows_close(flows);
	}
}

static void many_at_once_are_the_same_as_one_by_one(void **state)
{
	static uint8_t room[80][NIMBL_FLOW_SIZE_MAX], one[NIMBL_FLOW_SIZE_MAX];
	uint8_t *frames[80];
	char text[1024];

	for (int round = 0; round < 100; round++) {
		random_stream(text, sizeof(text));
		struct nimbl_flows *flows = streams_of(text);
		const struct nimbl_flow *flow = first(flows);
		uint64_t from = draw(100000), stride = 1 + draw(5);
		unsigned int count = 1 + draw(80);

		for (unsigned int i = 0; i < count; i++) {
			frames[i] = room[i];
			nimbl_flow_write(flow, i, 0, room[i]);
			nimbl_flow_resize(flow, nimbl_flow_length(flow, i),
				nimbl_flow_length(flow, from + i * stride), room[i]);
		}
		nimbl_flow_rewrite_bulk(flow, from, stride, TSC, frames, count);
		for (unsigned int i = 0; i < count; i++) {
			uint64_t index = from + i * stride;

			nimbl_flow_write(flow, index, TSC, one);
			assert_memory_equal(one, room[i], nimbl_flow_length(flow, index));
		}
		nimbl_flows_close(flows);
	}
}

static void an_unsigned_stream_without_patterns_is_left_alone(void **state)
{
	struct nimbl_flows *flows = streams_of("- {port: a, " DST ", signature: false}");
	uint8_t frame[64];

	memset(frame, 0x5a, sizeof(frame));
	nimbl_flow_rewrite(first(flows), 5, TSC, frame);
	for (int i = 0; i < 64; i++)
		assert_int_equal(frame[i], 0x5a);
	nimbl_flows_close(flows);
}

static void streams_are_found_by_port(void **state)
{
	struct nimbl_flows *flows = streams_of(
		"- {port: a, " DST "}\n- {port: b, " DST "}\n- {port: a, name: x, " DST "}\n");

	assert_int_equal(nimbl_flows_count(flows, "a"), 2);
	assert_int_equal(nimbl_flows_count(flows, "b"), 1);
	assert_int_equal(nimbl_flows_count(flows, "c"), 0);
	assert_int_equal(nimbl_flow_id(nimbl_flows_at(flows, "a", 1)), 2);
	assert_string_equal(nimbl_flow_name(nimbl_flows_at(flows, "a", 1)), "x");
	assert_string_equal(nimbl_flow_name(nimbl_flows_at(flows, "b", 0)), "b-1");
	assert_null(nimbl_flows_at(flows, "b", 1));
	assert_string_equal(nimbl_flows_port(flows, 1), "b");
	assert_null(nimbl_flows_port(flows, 2));
	nimbl_flows_close(flows);
}

static void options_make_the_stream_that_yaml_makes(void **state)
{
	const struct nimbl_option options[] = {{"dst", "02:00:00:00:00:02"}, {"vlan", "7"},
		{"vlan", "8"}, {"udp.dst", "1"}, {"udp.dst", "2"},
		{"ipv4.dst", "10.0.0.1..10.0.0.9"}, {"size", "100"}, {"rate", "1Mpps"},
		{"count", "10"}, {NULL, NULL}};
	uint8_t yaml[128], flags[128];
	struct nimbl_flows *flows;

	assert_int_equal(nimbl_flows_open(&flows), 0);
	assert_int_equal(nimbl_flows_add(flows, "a", options), 0);
	assert_int_equal(nimbl_flow_pace(first(flows))->count, 10);
	assert_int_equal(nimbl_flow_pace(first(flows))->unit, NIMBL_PACE_PPS);
	for (uint64_t i = 0; i < 20; i++) {
		nimbl_flow_write(first(flows), i, TSC, flags);
		frame_of("- {port: a, " DST
			 ", vlan: [7, {vid: 8}], udp: {dst: [1, 2]}, ipv4: {dst: "
			 "10.0.0.1..10.0.0.9}, size: 100}",
			i, yaml);
		assert_memory_equal(yaml, flags, 96);
	}
	nimbl_flows_close(flows);
}

static void the_reference_names_every_key(void **state)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	nimbl_flows_reference(out);
	fclose(out);
	assert_non_null(strstr(text, "\nipv6.flow\n"));
	assert_non_null(strstr(text, "\nsize\n"));
	assert_non_null(strstr(text, "with its FCS"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_and_a_destination_are_enough),
		cmocka_unit_test(ports_have_source_addresses_of_their_own),
		cmocka_unit_test(every_field_is_where_its_rfc_has_it),
		cmocka_unit_test(fields_follow_their_patterns),
		cmocka_unit_test(sizes_are_told_with_the_fcs),
		cmocka_unit_test(checksums_are_wrong_on_wish),
		cmocka_unit_test(a_rewritten_frame_is_a_written_one),
		cmocka_unit_test(many_at_once_are_the_same_as_one_by_one),
		cmocka_unit_test(an_unsigned_stream_without_patterns_is_left_alone),
		cmocka_unit_test(streams_are_found_by_port),
		cmocka_unit_test(options_make_the_stream_that_yaml_makes),
		cmocka_unit_test(the_reference_names_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
