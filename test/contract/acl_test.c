// SPDX-License-Identifier: BSD-3-Clause
// The access list against a matcher that goes through the rules one by one: random rules, random
// headers; what is dropped, what goes on, which rule has counted it.
#include "packet_make.h"

#define FRAMES 100000
#define SETS   50
#define LISTS  16
#define RULES  24

// A rule as the test means it, and the words it becomes.
struct rule {
	bool permits;
	int version, protocol; // 0 and -1: any
	uint32_t from, to;     // of an IPv6 address, its last four bytes
	uint8_t from_bits, to_bits;
	int from_port[2], to_port[2], vlan[2]; // -1: any
	int ethertype;                         // -1: any
	int mac;                               // last byte of the source, -1: any
	bool is_fragment;
	char text[400];
};

struct header {
	int version; // 0: neither
	uint8_t protocol;
	uint32_t from, to;
	uint16_t from_port, to_port;
	bool has_ports, is_fragment;
	int vlan; // -1: no tag
	bool is_in_slot;
	uint16_t ethertype;
	uint8_t mac;
};

static const int protocols[] = {6, 17, 132, 1, 47};

static bool covers(uint32_t prefix, uint8_t bits, uint32_t address)
{
	return bits == 0 || (prefix ^ address) >> (32 - bits) == 0;
}

static bool in(const int range[2], int value)
{
	return range[0] < 0 || (value >= range[0] && value <= range[1]);
}

static bool has_ports_asked(const struct rule *rule)
{
	return rule->from_port[0] >= 0 || rule->to_port[0] >= 0;
}

static bool matches(const struct rule *rule, const struct header *h)
{
	bool is_ip = rule->version != 0 || rule->protocol >= 0 || rule->is_fragment ||
		     has_ports_asked(rule);

	if ((is_ip && h->version == 0) || (rule->version != 0 && rule->version != h->version))
		return false;
	if (rule->protocol >= 0 && rule->protocol != h->protocol)
		return false;
	if (!covers(rule->from, rule->from_bits, h->from) ||
		!covers(rule->to, rule->to_bits, h->to))
		return false;
	if (has_ports_asked(rule) && !h->has_ports)
		return false;
	if (!in(rule->from_port, h->from_port) || !in(rule->to_port, h->to_port) ||
		!in(rule->vlan, h->vlan < 0 ? 0 : h->vlan))
		return false;
	if (rule->is_fragment && !h->is_fragment)
		return false;
	return (rule->ethertype < 0 || rule->ethertype == h->ethertype) &&
	       (rule->mac < 0 || rule->mac == h->mac);
}

static int add_address(char *to, int version, const char *word, uint32_t address, uint8_t bits)
{
	if (bits == 0)
		return sprintf(to, " %s any", word);
	if (version == 4)
		return sprintf(to, " %s %u.%u.%u.%u/%u", word, address >> 24, address >> 16 & 255,
			address >> 8 & 255, address & 255, bits);
	return sprintf(
		to, " %s 2001:db8::%x:%x/%u", word, address >> 16, address & 0xffff, 96u + bits);
}

static int add_range(char *to, const char *word, const int range[2])
{
	if (range[0] < 0)
		return 0;
	if (range[0] == range[1])
		return sprintf(to, " %s %d", word, range[0]);
	return sprintf(to, " %s %d-%d", word, range[0], range[1]);
}

static void random_range(int range[2], uint32_t below, uint32_t one_in)
{
	range[0] = range[1] = -1;
	if (packet_random(one_in) != 0)
		return;
	range[0] = (int)packet_random(below);
	range[1] = packet_random(2) == 0
			   ? range[0]
			   : range[0] + (int)packet_random(below - (uint32_t)range[0]);
}

static void rule_text(struct rule *rule)
{
	char *at = rule->text;

	at += sprintf(at, "%s", rule->permits ? "permit" : "deny");
	if (rule->version != 0)
		at += sprintf(at, " ipv%d", rule->version);
	if (rule->protocol == 6)
		at += sprintf(at, " tcp");
	else if (rule->protocol >= 0)
		at += sprintf(at, "  protocol %d", rule->protocol);
	at += add_address(at, rule->version, "from", rule->from, rule->from_bits);
	at += add_range(at, "port", rule->from_port);
	at += add_address(at, rule->version, "to", rule->to, rule->to_bits);
	at += add_range(at, "port", rule->to_port);
	at += add_range(at, "vlan", rule->vlan);
	if (rule->ethertype >= 0)
		at += sprintf(at, " ethertype 0x%04x", (unsigned int)rule->ethertype);
	if (rule->mac >= 0)
		at += sprintf(at, " mac-from 02:00:00:00:00:%02x", (unsigned int)rule->mac);
	if (rule->is_fragment)
		sprintf(at, " fragment");
}

static void random_rule(struct rule *rule)
{
	static const int versions[] = {0, 4, 4, 6};
	const uint32_t prefixes[] = {0, 8, 24, 31, 32};

	*rule = (struct rule){
		.permits = packet_random(2), .protocol = -1, .mac = -1, .ethertype = -1};
	rule->version = versions[packet_random(4)];
	if (packet_random(2) == 0)
		rule->protocol = protocols[packet_random(5)];
	if (rule->version != 0) {
		rule->from_bits = (uint8_t)prefixes[packet_random(5)];
		rule->to_bits = (uint8_t)prefixes[packet_random(5)];
		rule->from = packet_random(4);
		rule->to = packet_random(4) << 8;
	}
	random_range(rule->from_port, 8, 4);
	random_range(rule->to_port, 8, 3);
	random_range(rule->vlan, 4, 4);
	if (packet_random(8) == 0)
		rule->ethertype = packet_random(2) == 0 ? 0x0806 : 0x0800;
	if (packet_random(6) == 0)
		rule->mac = (int)packet_random(3);
	if (!has_ports_asked(rule) && packet_random(8) == 0)
		rule->is_fragment = true;
	rule_text(rule);
}

static void random_header(struct header *h)
{
	static const int versions[] = {4, 4, 6, 0};

	*h = (struct header){.version = versions[packet_random(4)]};
	h->protocol = (uint8_t)protocols[packet_random(5)];
	h->from = packet_random(4);
	h->to = packet_random(4) << 8;
	h->from_port = (uint16_t)packet_random(8);
	h->to_port = (uint16_t)packet_random(8);
	h->mac = (uint8_t)packet_random(3);
	h->vlan = (int)packet_random(8) - 4;
	h->vlan = h->vlan < 0 ? -1 : h->vlan;
	h->is_in_slot = h->vlan > 0 && packet_random(2) == 0;
	h->is_fragment = h->version != 0 && packet_random(5) == 0;
	h->has_ports = h->version != 0 && !h->is_fragment && h->protocol != 1 && h->protocol != 47;
	h->ethertype = h->version == 4 ? 0x0800 : h->version == 6 ? 0x86dd : 0x0806;
	if (h->version == 0)
		h->from = h->to = h->protocol = 0;
}

static void put(struct packet *p, const void *bytes, uint32_t n)
{
	memcpy(p->bytes + p->length, bytes, n);
	p->length += n;
}

static void put16(struct packet *p, uint32_t value)
{
	put(p, (const uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void put32(struct packet *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p, value & 0xffff);
}

static void put_l4(struct packet *p, const struct header *h)
{
	static const uint8_t zeros[64];

	put16(p, h->has_ports ? h->from_port : packet_random(65536));
	put16(p, h->has_ports ? h->to_port : packet_random(65536));
	put(p, zeros, 16 + packet_random(40));
}

static void put_ipv4(struct packet *p, const struct header *h)
{
	uint32_t options = packet_random(3) * 4, start = p->length;
	static const uint8_t zeros[8];

	put16(p, (0x45 + options / 4) << 8);
	put16(p, 0);
	put16(p, 7);
	put16(p, h->is_fragment ? 0x2000 | (1 + packet_random(0x1fff)) : packet_random(2) << 13);
	put(p, (const uint8_t[]){64, h->protocol, 0, 0}, 4);
	put32(p, h->from);
	put32(p, h->to);
	put(p, zeros, options);
	put_l4(p, h);
	p->bytes[start + 2] = (uint8_t)((p->length - start) >> 8);
	p->bytes[start + 3] = (uint8_t)(p->length - start);
}

// Hop-by-hop options, a fragment header, destination options: each, or not.
static void put_ipv6(struct packet *p, const struct header *h)
{
	static const uint8_t prefix[12] = {0x20, 0x01, 0x0d, 0xb8}, zeros[8];
	bool hop = packet_random(3) == 0, fragment = h->is_fragment || packet_random(4) == 0;
	bool options = !fragment && packet_random(4) == 0;
	uint8_t last = h->protocol, inner = options ? 60 : last, middle = fragment ? 44 : inner;
	uint32_t start = p->length;

	put32(p, 6u << 28);
	put16(p, 0);
	put(p, (const uint8_t[]){hop ? 0 : middle, 64}, 2);
	put(p, prefix, 12);
	put32(p, h->from);
	put(p, prefix, 12);
	put32(p, h->to);
	if (hop) {
		put(p, (const uint8_t[]){middle, 1}, 2);
		put(p, zeros, 8);
		put(p, zeros, 6);
	}
	if (fragment) {
		put(p, (const uint8_t[]){inner, 0}, 2);
		put16(p, h->is_fragment ? (1 + packet_random(8191)) << 3 : 1);
		put32(p, 9);
	}
	if (options) {
		put(p, (const uint8_t[]){last, 0}, 2);
		put(p, zeros, 6);
	}
	put_l4(p, h);
	p->bytes[start + 4] = (uint8_t)((p->length - start - 40) >> 8);
	p->bytes[start + 5] = (uint8_t)(p->length - start - 40);
}

static void make_packet(struct packet *p, const struct header *h)
{
	p->length = 0;
	put(p, (const uint8_t[]){2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, h->mac}, 12);
	if (h->vlan >= 0 && !h->is_in_slot) {
		put16(p, packet_random(2) == 0 ? 0x8100 : 0x88a8);
		put16(p, packet_random(16) << 12 | (uint32_t)h->vlan);
		if (packet_random(4) == 0) { // and one behind it, which is not looked at
			put16(p, 0x8100);
			put16(p, 77);
		}
	}
	put16(p, h->ethertype);
	if (h->version == 4)
		put_ipv4(p, h);
	else if (h->version == 6)
		put_ipv6(p, h);
	else
		put_l4(p, h);
}

static uint64_t hits[RULES + 1]; // the last one: none matched

static bool judge(const struct rule *rules, const struct header *h)
{
	for (uint32_t i = 0; i < RULES; i++) {
		if (!matches(&rules[i], h))
			continue;
		hits[i]++;
		return rules[i].permits;
	}
	hits[RULES]++;
	return true;
}

static struct packet wanted[PACKETS_MAX];
static uint32_t wanted_count;

static struct packet *random_packet(const struct rule *rules, struct packet *p, PVOID *slot)
{
	struct header h;

	random_header(&h);
	make_packet(p, &h);
	*slot = h.is_in_slot ? packet_slot((uint16_t)h.vlan) : NULL;
	wanted[wanted_count] = *p;
	if (*slot != NULL)
		packet_tag(&wanted[wanted_count], 0x8100, (uint16_t)h.vlan);
	wanted_count += judge(rules, &h);
	return p;
}

static uint32_t receive_round(struct packet_stack *ps, const struct rule *rules, ULONG flags)
{
	NET_BUFFER_LIST *lists[LISTS];
	struct packet packet;
	PVOID slot;

	for (uint32_t i = 0; i < LISTS; i++) {
		lists[i] = packet_received(ps->received, random_packet(rules, &packet, &slot));
		if (slot != NULL)
			NET_BUFFER_LIST_INFO(lists[i], Ieee8021QNetBufferListInfo) = slot;
	}
	ps->stack.mp->returned_count = 0;
	NdisMIndicateReceiveNetBufferLists(
		ps->stack.adapter, test_chain(lists, LISTS), 0, LISTS, flags);
	for (uint32_t i = 0; i < LISTS && NDIS_TEST_RECEIVE_CANNOT_PEND(flags); i++)
		NdisFreeNetBufferList(lists[i]);
	packet_expect(wanted, wanted_count);
	wanted_count = 0;
	return LISTS;
}

// Lists of several packets, of which some go on.
static uint32_t send_round(struct packet_stack *ps, const struct rule *rules)
{
	NET_BUFFER_LIST *lists[LISTS];
	struct packet packets[4];
	uint32_t sent = 0;

	for (uint32_t i = 0; i < LISTS; i++) {
		uint32_t count = 1 + packet_random(4);
		PVOID slot = NULL, own;

		for (uint32_t j = 0; j < count; j++) {
			do { // packets of a list share its slot
				uint32_t before = wanted_count;
				uint64_t were[RULES + 1];

				memcpy(were, hits, sizeof(were));
				random_packet(rules, &packets[j], &own);
				slot = j == 0 ? own : slot;
				if (own == slot)
					break;
				wanted_count = before;
				memcpy(hits, were, sizeof(were));
			} while (true);
		}
		lists[i] = packets_list(ps->lists, ps->buffers, packets, count);
		if (slot != NULL)
			NET_BUFFER_LIST_INFO(lists[i], Ieee8021QNetBufferListInfo) = slot;
		lists[i]->SourceHandle = ps->stack.binding;
		sent += count;
	}
	ps->stack.user->completed = 0;
	test_send(ps->stack.user, lists, LISTS, 0);
	packet_take_sent(ps, false);
	packet_expect(wanted, wanted_count);
	wanted_count = 0;
	assert_int_equal(ps->stack.user->completed, LISTS);
	for (uint32_t i = 0; i < LISTS; i++)
		packets_free(lists[i]);
	return sent;
}

static void run_set(uint64_t seed)
{
	static const ULONG ways[] = {0, NIMBL_RECEIVE_FLAGS_HANDOVER, NDIS_RECEIVE_FLAGS_RESOURCES};
	struct nimbl_option options[RULES + 1] = {{NULL, NULL}};
	static struct rule rules[RULES];
	struct packet_stack ps;
	uint64_t dropped = 0;

	packet_seed = seed;
	memset(hits, 0, sizeof(hits));
	for (uint32_t i = 0; i < RULES; i++) {
		random_rule(&rules[i]);
		options[i] = (struct nimbl_option){"rules", rules[i].text};
	}
	packet_stack_open(&ps, "acl", options);
	ps.stack.user->on_receive = packet_on_receive;
	for (uint32_t done = 0, round = 0; done < FRAMES / SETS; round++) {
		done += receive_round(&ps, rules, ways[round % 3]);
		done += send_round(&ps, rules);
	}
	for (uint32_t i = 0; i < RULES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "rule_%u", i + 1);
		if (packet_figure(&ps, name) != hits[i])
			fail_msg("rule %u '%s' has counted %llu, not %llu", i + 1, rules[i].text,
				(unsigned long long)packet_figure(&ps, name),
				(unsigned long long)hits[i]);
		dropped += rules[i].permits ? 0 : hits[i];
	}
	assert_int_equal(packet_figure(&ps, "default"), hits[RULES]);
	assert_int_equal(packet_figure(&ps, "malformed"), 0);
	assert_int_equal(stack_dropped(&ps.stack, NIMBL_DROP_ACL), dropped);
	packet_stack_close(&ps);
}

static void verdicts_are_those_of_a_walk_through_the_rules(void **state)
{
	for (uint32_t set = 0; set < SETS; set++)
		run_set(set + 1);
}

static void receive_bytes(struct packet_stack *ps, const struct packet *p)
{
	NET_BUFFER_LIST *nbl = packet_received(ps->received, p);

	NdisMIndicateReceiveNetBufferLists(ps->stack.adapter, nbl, 0, 1, 0);
}

// Every prefix of a frame, and lengths that its headers do not bear out.
static void headers_that_do_not_hold_are_counted_and_dropped(void **state)
{
	const struct nimbl_option options[] = {{"rules", "deny udp"}, {NULL, NULL}};
	struct header h = {
		.version = 4, .protocol = 6, .vlan = -1, .ethertype = 0x0800, .has_ports = true};
	struct packet whole, part;
	struct packet_stack ps;

	packet_stack_open(&ps, "acl", options);
	ps.stack.user->on_receive = packet_on_receive;
	make_packet(&whole, &h);
	for (uint32_t length = 1; length < whole.length; length++) {
		part = whole;
		part.length = length;
		receive_bytes(&ps, &part);
	}
	assert_int_equal(packet_figure(&ps, "malformed"), whole.length - 1);
	part = whole;
	part.bytes[14] = 0x44; // a header of 16 bytes
	receive_bytes(&ps, &part);
	part = whole;
	part.bytes[14] = 0x65; // another version
	receive_bytes(&ps, &part);
	assert_int_equal(packet_figure(&ps, "malformed"), whole.length + 1);
	assert_int_equal(stack_dropped(&ps.stack, NIMBL_DROP_ACL), whole.length + 1);
	assert_int_equal(packet_out.count, 0);
	receive_bytes(&ps, &whole);
	assert_int_equal(packet_out.count, 1);
	packet_out.count = 0;
	packet_stack_close(&ps);
}

static void one_direction_leaves_the_other_alone(void **state)
{
	const struct nimbl_option options[] = {
		{"default", "drop"}, {"direction", "tx"}, {NULL, NULL}};
	struct packet packet = {.length = 60};
	struct packet_stack ps;
	NET_BUFFER_LIST *nbl;

	packet_stack_open(&ps, "acl", options);
	ps.stack.user->on_receive = packet_on_receive;
	receive_bytes(&ps, &packet);
	assert_int_equal(packet_out.count, 1);
	packet_out.count = 0;
	nbl = packets_list(ps.lists, ps.buffers, &packet, 1);
	nbl->SourceHandle = ps.stack.binding;
	test_send(ps.stack.user, &nbl, 1, 0);
	assert_int_equal(ps.stack.mp->sent_count, 0);
	assert_int_equal(ps.stack.user->completed, 1);
	assert_int_equal(ps.stack.user->completions[0].status, NDIS_STATUS_FAILURE);
	packets_free(nbl);
	packet_stack_close(&ps);
}

static void refuse(const struct nimbl_option *options, const char *cause)
{
	struct stack stack;
	NDIS_HANDLE filter;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("acl", stack.adapter, 0, "acl", options, &filter), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, cause);
	assert_true(nimbl_last_error()->mend[0] != '\0');
	nimbl_adapter_close(stack.adapter);
}

static void rules_come_from_a_file_too(void **state)
{
	char path[] = "/tmp/nimbl_acl_XXXXXX", text[128];
	const struct nimbl_option options[] = {{"rules", "deny udp"}, {"file", path}, {NULL, NULL}};
	int fd = mkstemp(path);
	struct packet_stack ps;
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	fputs("# a comment\n\n  permit tcp to 10.0.0.1 port 80 # web\r\ndeny any", file);
	fclose(file);
	packet_stack_open(&ps, "acl", options);
	assert_int_equal(packet_figure(&ps, "rule_3"), 0);
	packet_stack_close(&ps);
	file = fopen(path, "w");
	fputs("permit any\ndeny tcp port 70000\n", file);
	fclose(file);
	snprintf(text, sizeof(text), "%s:2:15: '70000' is not a port", path);
	refuse(options, text);
	assert_string_equal(nimbl_last_error()->setting, "file");
	remove(path);
}

static void a_wrong_rule_is_named(void **state)
{
	const struct nimbl_option second[] = {
		{"rules", "permit any"}, {"rules", "deny tpc"}, {NULL, NULL}};
	const struct nimbl_option missing[] = {{"file", "/nonexistent/rules"}, {NULL, NULL}};

	refuse(second, "rule 2: 'tpc' is no word of a rule");
	assert_string_equal(nimbl_last_error()->mend, "did you mean 'tcp'?");
	assert_string_equal(nimbl_last_error()->setting, "rules");
	assert_int_equal(nimbl_last_error()->nth, 1);
	struct stack stack;
	NDIS_HANDLE filter;

	stack_begin(&stack);
	assert_int_equal(
		nimbl_filter_open("acl", stack.adapter, 0, "acl", missing, &filter), -ENOENT);
	assert_error_says("cannot read the rules '/nonexistent/rules'");
	nimbl_adapter_close(stack.adapter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_those_of_a_walk_through_the_rules),
		cmocka_unit_test(headers_that_do_not_hold_are_counted_and_dropped),
		cmocka_unit_test(one_direction_leaves_the_other_alone),
		cmocka_unit_test(rules_come_from_a_file_too),
		cmocka_unit_test(a_wrong_rule_is_named),
	};

	return cmocka_run_group_tests(tests, stack_tests_start, stack_tests_stop);
}
