// SPDX-License-Identifier: BSD-3-Clause
// The words of a rule.
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_priv.h"

#define WORD_MAX 64
#define FORM     "deny tcp from 10.0.0.0/8 to any port 22"

static const char *const words_known[] = {"permit", "deny", "any", "ipv4", "ipv6", "tcp", "udp",
	"icmp", "icmp6", "sctp", "protocol", "from", "to", "port", "vlan", "ethertype", "mac-from",
	"mac-to", "fragment", NULL};

// A text being read, and the word it stands at.
struct reader {
	const char *text, *at;
	char word[WORD_MAX];
	unsigned int column;
	struct acl_rule *rule;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

// False at the end.
static bool next_word(struct reader *reader)
{
	size_t length = 0;

	while (is_space(*reader->at))
		reader->at++;
	reader->column = (unsigned int)(reader->at - reader->text) + 1;
	for (; *reader->at != '\0' && !is_space(*reader->at); reader->at++) {
		if (length < WORD_MAX - 1)
			reader->word[length++] = *reader->at;
	}
	reader->word[length] = '\0';
	return length > 0;
}

static int wrong(const struct reader *reader, const char *what, const char *mend)
{
	if (reader->word[0] == '\0')
		nimbl_fail(EINVAL, "the rule ends where %s should follow", what);
	else
		nimbl_fail(EINVAL, "%s is not %s", nimbl_quote(reader->word).text, what);
	nimbl_mend("%s", mend);
	return -EINVAL;
}

static bool read_number(const char *text, const char *end, unsigned int most, unsigned int *value)
{
	int base = end - text > 2 && text[0] == '0' && text[1] == 'x' ? 16 : 10;
	char *stop;

	if (text == end || end - text > 8 || text[0] < '0' || text[0] > '9')
		return false;
	*value = (unsigned int)strtoul(text, &stop, base);
	return stop == end && *value <= most;
}

// The next word: N or N-M.
static int read_range(
	struct reader *reader, unsigned int most, struct acl_range *range, const char *what)
{
	const char *end, *dash;
	unsigned int low, high;
	char mend[80];

	next_word(reader);
	end = reader->word + strlen(reader->word);
	dash = strchr(reader->word, '-');
	snprintf(mend, sizeof(mend), "write N or N-M, of 0 to %u", most);
	if (!read_number(reader->word, dash != NULL ? dash : end, most, &low))
		return wrong(reader, what, mend);
	high = low;
	if (dash != NULL && !read_number(dash + 1, end, most, &high))
		return wrong(reader, what, mend);
	if (high < low)
		return wrong(reader, what, mend);
	*range = (struct acl_range){(uint16_t)low, (uint16_t)high};
	return 0;
}

static void only(struct acl_rule *rule, enum acl_family family)
{
	for (int i = 0; i < ACL_FAMILIES; i++)
		rule->families[i] &= i == (int)family;
}

// The next word: an address, or a prefix; or "any".
static int read_address(struct reader *reader, struct acl_address *address)
{
	static const char mend[] = "write any, 10.0.0.0/8, 192.0.2.1, 2001:db8::/32 or ::1";
	unsigned int bits, most;
	bool is_v6;
	char *slash;

	next_word(reader);
	if (strcmp(reader->word, "any") == 0)
		return 0;
	is_v6 = strchr(reader->word, ':') != NULL;
	bits = most = is_v6 ? 128 : 32;
	slash = strchr(reader->word, '/');
	if (slash != NULL) {
		if (!read_number(slash + 1, slash + strlen(slash), most, &bits))
			return wrong(reader, "an address", mend);
		*slash = '\0';
	}
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, reader->word, address->bytes) != 1) {
		if (slash != NULL)
			*slash = '/';
		return wrong(reader, "an address", mend);
	}
	address->bits = (uint8_t)bits;
	only(reader->rule, is_v6 ? ACL_IPV6 : ACL_IPV4);
	return 0;
}

static bool read_mac_bytes(const char **text, uint8_t bytes[6])
{
	unsigned int b[6];
	int length = 0;

	if (sscanf(*text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		    &length) != 6 ||
		length != 17)
		return false;
	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)b[i];
	*text += length;
	return true;
}

static int read_mac(struct reader *reader, struct acl_mac *mac)
{
	const char *text;
	bool good;

	next_word(reader);
	text = reader->word;
	memset(mac->mask, 0xff, sizeof(mac->mask));
	good = read_mac_bytes(&text, mac->bytes);
	if (good && *text == '/') {
		text++;
		good = read_mac_bytes(&text, mac->mask);
	}
	return good && *text == '\0'
		       ? 0
		       : wrong(reader, "a MAC address",
				 "write 02:00:00:00:00:01, or an address/mask such as "
				 "01:00:00:00:00:00/01:00:00:00:00:00");
}

static int read_protocol(struct reader *reader)
{
	struct acl_range range;
	int ret = read_range(reader, 255, &range, "a protocol");

	if (ret == 0 && range.low != range.high)
		return wrong(reader, "a protocol", "write one number of 0 to 255");
	reader->rule->has_protocol = true;
	reader->rule->protocol = (uint8_t)range.low;
	reader->rule->families[ACL_OTHER] = false;
	return ret;
}

static int read_ethertype(struct reader *reader)
{
	struct acl_range range;
	int ret = read_range(reader, 0xffff, &range, "an ethertype");

	if (ret == 0 && range.low != range.high)
		return wrong(reader, "an ethertype", "write one number, such as 0x0806");
	reader->rule->has_ethertype = true;
	reader->rule->ethertype = range.low;
	return ret;
}

// Words that stand for a protocol, and for which families.
static bool protocol_word(struct acl_rule *rule, const char *word)
{
	static const struct {
		const char *word;
		int protocol; // -1: any
		bool v4, v6;
	} known[] = {{"ipv4", -1, true, false}, {"ipv6", -1, false, true}, {"tcp", 6, true, true},
		{"udp", 17, true, true}, {"sctp", 132, true, true}, {"icmp", 1, true, false},
		{"icmp6", 58, false, true}};

	for (size_t i = 0; i < RTE_DIM(known); i++) {
		if (strcmp(known[i].word, word) != 0)
			continue;
		rule->has_protocol |= known[i].protocol >= 0;
		rule->protocol = (uint8_t)(known[i].protocol >= 0 ? known[i].protocol : 0);
		rule->families[ACL_OTHER] = false;
		rule->families[ACL_IPV4] &= known[i].v4;
		rule->families[ACL_IPV6] &= known[i].v6;
		return true;
	}
	return false;
}

static int unknown_word(const struct reader *reader)
{
	const char *near = nimbl_did_you_mean(reader->word, words_known);

	nimbl_fail(EINVAL, "%s is no word of a rule", nimbl_quote(reader->word).text);
	if (near != NULL)
		nimbl_mend("did you mean '%s'?", near);
	else
		nimbl_mend("write it like: " FORM);
	return -EINVAL;
}

// The ports that a "port" is about: of the address before it.
static int read_word(struct reader *reader, struct acl_range **ports)
{
	struct acl_rule *rule = reader->rule;
	const char *word = reader->word;

	if (strcmp(word, "any") == 0 || protocol_word(rule, word))
		return 0;
	if (strcmp(word, "protocol") == 0)
		return read_protocol(reader);
	if (strcmp(word, "from") == 0) {
		*ports = &rule->from_ports;
		return read_address(reader, &rule->from);
	}
	if (strcmp(word, "to") == 0) {
		*ports = &rule->to_ports;
		return read_address(reader, &rule->to);
	}
	if (strcmp(word, "port") == 0) {
		rule->has_ports = true;
		rule->families[ACL_OTHER] = false;
		return read_range(reader, 0xffff, *ports, "a port");
	}
	if (strcmp(word, "vlan") == 0)
		return read_range(reader, 4094, &rule->vlan, "a VLAN");
	if (strcmp(word, "ethertype") == 0)
		return read_ethertype(reader);
	if (strcmp(word, "mac-from") == 0)
		return read_mac(reader, &rule->mac_from);
	if (strcmp(word, "mac-to") == 0)
		return read_mac(reader, &rule->mac_to);
	if (strcmp(word, "fragment") != 0)
		return unknown_word(reader);
	rule->is_fragment = true;
	rule->families[ACL_OTHER] = false;
	return 0;
}

static int check_whole(const struct acl_rule *rule)
{
	if (rule->has_ports && rule->is_fragment) {
		nimbl_fail(EINVAL, "a fragment has no ports, so the rule matches nothing");
		nimbl_mend("write two rules");
		return -EINVAL;
	}
	for (int i = 0; i < ACL_FAMILIES; i++)
		if (rule->families[i])
			return 0;
	nimbl_fail(EINVAL, "the rule wants IPv4 and IPv6 at once, so it matches nothing");
	nimbl_mend("write one rule for each");
	return -EINVAL;
}

int acl_rule_parse(const char *text, struct acl_rule *rule, unsigned int *column)
{
	struct acl_range *ports = &rule->to_ports;
	struct reader reader = {.text = text, .at = text, .rule = rule};
	int ret = 0;

	*rule = (struct acl_rule){
		.families = {true, true, true},
		.from_ports = {0, 0xffff},
		.to_ports = {0, 0xffff},
		.vlan = {0, 0xffff},
	};
	next_word(&reader);
	rule->permits = strcmp(reader.word, "permit") == 0;
	if (!rule->permits && strcmp(reader.word, "deny") != 0)
		ret = wrong(&reader, "permit or deny", "write a rule like: " FORM);
	while (ret == 0 && next_word(&reader))
		ret = read_word(&reader, &ports);
	if (ret == 0) {
		reader.column = 1;
		ret = check_whole(rule);
	}
	*column = reader.column;
	return ret;
}
