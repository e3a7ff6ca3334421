// SPDX-License-Identifier: BSD-3-Clause
// The fields of headers that a stream can set: RFC 791, 8200, 768, 9293, 792, 4443, IEEE 802.1Q. Lengths,
// checksums and what says which header follows are not among them.
#include <string.h>

#include "flow_priv.h"

const char *const flow_layer_names[LAYER_COUNT] = {
	[LAYER_ETH] = "eth",
	[LAYER_VLAN] = "vlan",
	[LAYER_IP4] = "ipv4",
	[LAYER_IP6] = "ipv6",
	[LAYER_UDP] = "udp",
	[LAYER_TCP] = "tcp",
	[LAYER_ICMP] = "icmp",
	[LAYER_ICMP6] = "icmpv6",
};

// What they add to a frame; the type of Ethernet follows the tags.
const uint16_t flow_layer_bytes[LAYER_COUNT] = {
	[LAYER_ETH] = 14,
	[LAYER_VLAN] = 4,
	[LAYER_IP4] = 20,
	[LAYER_IP6] = 40,
	[LAYER_UDP] = 8,
	[LAYER_TCP] = 20,
	[LAYER_ICMP] = 8,
	[LAYER_ICMP6] = 8,
};

#define ALL(bits) (((wide)1 << ((bits)-1) << 1) - 1)
#define NUMBER(bits)                                      \
	{                                                 \
		.format = FORMAT_NUMBER, .max = ALL(bits) \
	}
#define OF(kind, bits)                           \
	{                                        \
		.format = kind, .max = ALL(bits) \
	}

// clang-format off
const struct field flow_fields[] = {
	{"dst", LAYER_ETH, 0, 48, OF(FORMAT_MAC, 48), NULL, "Destination address; required."},
	{"src", LAYER_ETH, 48, 48, OF(FORMAT_MAC, 48), NULL, "Source address."},
	{"type", LAYER_ETH, 96, 16, {.format = FORMAT_NUMBER, .min = 0x600, .max = 0xffff}, NULL,
	 "EtherType of frames without an IP header; with it there is none."},
	{"type", LAYER_VLAN, 0, 16, {.format = FORMAT_TAG, .min = 0x600, .max = 0xffff}, NULL,
	 "Kind of the tag: 802.1q, 802.1ad or a number."},
	{"pcp", LAYER_VLAN, 16, 3, NUMBER(3), "0", "Priority."},
	{"dei", LAYER_VLAN, 19, 1, NUMBER(1), "0", "May be dropped first."},
	{"vid", LAYER_VLAN, 20, 12, NUMBER(12), "1", "Number of the VLAN."},
	{"tos", LAYER_IP4, 8, 8, NUMBER(8), "0", "Type of service, all 8 bits."},
	{"dscp", LAYER_IP4, 8, 6, NUMBER(6), NULL, "The upper 6 bits of tos."},
	{"ecn", LAYER_IP4, 14, 2, NUMBER(2), NULL, "The lower 2 bits of tos."},
	{"id", LAYER_IP4, 32, 16, NUMBER(16), "0", "Identification."},
	{"df", LAYER_IP4, 49, 1, NUMBER(1), "1", "Do not fragment."},
	{"ttl", LAYER_IP4, 64, 8, NUMBER(8), "64", "Hops that are left."},
	{"protocol", LAYER_IP4, 72, 8, NUMBER(8), NULL,
	 "What follows, where no header of ours does: the payload is all of it."},
	{"src", LAYER_IP4, 96, 32, OF(FORMAT_IP4, 32), "198.18.0.1", "Source address."},
	{"dst", LAYER_IP4, 128, 32, OF(FORMAT_IP4, 32), "198.19.0.1", "Destination address."},
	{"class", LAYER_IP6, 4, 8, NUMBER(8), "0", "Traffic class, all 8 bits."},
	{"dscp", LAYER_IP6, 4, 6, NUMBER(6), NULL, "The upper 6 bits of class."},
	{"ecn", LAYER_IP6, 10, 2, NUMBER(2), NULL, "The lower 2 bits of class."},
	{"flow", LAYER_IP6, 12, 20, NUMBER(20), "0", "Flow label."},
	{"next", LAYER_IP6, 48, 8, NUMBER(8), NULL,
	 "What follows, where no header of ours does: the payload is all of it."},
	{"hops", LAYER_IP6, 56, 8, NUMBER(8), "64", "Hops that are left."},
	{"src", LAYER_IP6, 64, 128, OF(FORMAT_IP6, 128), "2001:2::1", "Source address."},
	{"dst", LAYER_IP6, 192, 128, OF(FORMAT_IP6, 128), "2001:2:0:8000::1", "Destination address."},
	{"src", LAYER_UDP, 0, 16, NUMBER(16), "49152", "Source port."},
	{"dst", LAYER_UDP, 16, 16, NUMBER(16), "9", "Destination port."},
	{"src", LAYER_TCP, 0, 16, NUMBER(16), "49152", "Source port."},
	{"dst", LAYER_TCP, 16, 16, NUMBER(16), "9", "Destination port."},
	{"seq", LAYER_TCP, 32, 32, NUMBER(32), "0", "Sequence number."},
	{"ack", LAYER_TCP, 64, 32, NUMBER(32), "0", "Acknowledged number."},
	{"flags", LAYER_TCP, 104, 8, NUMBER(8), "0x10", "CWR ECE URG ACK PSH RST SYN FIN, as bits."},
	{"window", LAYER_TCP, 112, 16, NUMBER(16), "65535", "Receive window."},
	{"urgent", LAYER_TCP, 144, 16, NUMBER(16), "0", "Urgent pointer."},
	{"type", LAYER_ICMP, 0, 8, NUMBER(8), "8", "8 is an echo request."},
	{"code", LAYER_ICMP, 8, 8, NUMBER(8), "0", "Code of the type."},
	{"id", LAYER_ICMP, 32, 16, NUMBER(16), "0", "Identifier."},
	{"seq", LAYER_ICMP, 48, 16, NUMBER(16), "0", "Sequence number."},
	{"type", LAYER_ICMP6, 0, 8, NUMBER(8), "128", "128 is an echo request."},
	{"code", LAYER_ICMP6, 8, 8, NUMBER(8), "0", "Code of the type."},
	{"id", LAYER_ICMP6, 32, 16, NUMBER(16), "0", "Identifier."},
	{"seq", LAYER_ICMP6, 48, 16, NUMBER(16), "0", "Sequence number."},
	{0}};
// clang-format on

_Static_assert(sizeof(flow_fields) / sizeof(flow_fields[0]) <= FIELDS_MAX, "room in struct spec");

enum layer flow_layer_find(const char *key, unsigned int *tag)
{
	size_t length = strcspn(key, ".");
	enum layer layer = 0;

	*tag = 0;
	while (layer < LAYER_COUNT && (strlen(flow_layer_names[layer]) != length ||
					      memcmp(flow_layer_names[layer], key, length) != 0))
		layer++;
	if (layer == LAYER_VLAN && key[length] == '.' && key[length + 1] >= '1' &&
		key[length + 1] < '1' + TAGS_MAX &&
		(key[length + 2] == '.' || key[length + 2] == '\0'))
		*tag = (unsigned int)(key[length + 1] - '1');
	return layer;
}

const struct field *flow_field_find(const char *key, unsigned int *tag)
{
	enum layer layer = flow_layer_find(key, tag);
	const char *name = strrchr(key, '.');
	size_t length = layer < LAYER_COUNT ? strlen(flow_layer_names[layer]) : 0;

	if (layer == LAYER_COUNT || name == NULL)
		return NULL;
	// Only a tag has a number between.
	if (name != key + length && !(layer == LAYER_VLAN && name == key + length + 2 &&
					    key[length + 1] == (char)('1' + *tag)))
		return NULL;
	for (const struct field *field = flow_fields; field->name != NULL; field++)
		if (field->layer == layer && strcmp(field->name, name + 1) == 0)
			return field;
	return NULL;
}
