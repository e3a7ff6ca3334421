// SPDX-License-Identifier: BSD-3-Clause
// What a frame is to rules. Nothing is believed of its headers that its bytes do not bear out.
#include <string.h>

#include "acl_priv.h"

#define ADDRESSES   12
#define TAGS_MOST   2
#define HEADERS_MAX 16 // extension headers of IPv6

enum {
	HOP_BY_HOP = 0,
	TCP = 6,
	UDP = 17,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	OPTIONS = 60,
	SCTP = 132,
	UDP_LITE = 136,
};

// The bytes of a frame, and where its IP packet ends.
struct frame {
	const uint8_t *bytes;
	uint32_t there, end;
};

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool has(const struct frame *frame, uint32_t at, uint32_t bytes)
{
	return at + bytes <= frame->there && at + bytes <= frame->end;
}

// Where the type stands that says what follows.
static uint32_t skip_tags(struct acl_key *key, const struct frame *frame, PVOID tag)
{
	const NDIS_NET_BUFFER_LIST_8021Q_INFO info = {.Value = tag};
	uint32_t at = ADDRESSES;
	bool has_vlan = tag != NULL;

	key->vlan[0] = (uint8_t)(info.TagHeader.VlanId >> 8);
	key->vlan[1] = (uint8_t)info.TagHeader.VlanId;
	for (int i = 0; i < TAGS_MOST && has(frame, at, 6); i++, at += 4) {
		uint16_t type = get16(frame->bytes + at);

		if (type != 0x8100 && type != 0x88a8)
			break;
		if (!has_vlan) {
			key->vlan[0] = frame->bytes[at + 2] & 0xf;
			key->vlan[1] = frame->bytes[at + 3];
		}
		has_vlan = true;
	}
	return at;
}

// Ports lie in the first fragment only.
static bool read_ports(struct acl_key *key, const struct frame *frame, uint32_t at)
{
	uint8_t protocol = key->protocol;

	if (key->is_fragment ||
		(protocol != TCP && protocol != UDP && protocol != SCTP && protocol != UDP_LITE))
		return true;
	if (!has(frame, at, protocol == TCP ? 20 : 8))
		return false;
	memcpy(key->ports, frame->bytes + at, 4);
	key->has_ports = 1;
	return true;
}

static bool read_ipv4(struct acl_key *key, struct frame *frame, uint32_t at)
{
	const uint8_t *ip = frame->bytes + at;
	uint32_t header, total;

	if (!has(frame, at, 20) || ip[0] >> 4 != 4)
		return false;
	header = 4 * (ip[0] & 15u);
	total = get16(ip + 2);
	if (header < 20 || !has(frame, at, header))
		return false;
	// A length of zero stands for "up to the end": that is how large sends come.
	if (total != 0 && (total < header || at + total > frame->end))
		return false;
	if (total != 0)
		frame->end = at + total;
	key->family = ACL_IPV4;
	key->protocol = ip[9];
	key->is_fragment = (get16(ip + 6) & 0x1fff) != 0;
	memcpy(key->addresses, ip + 12, 8);
	return read_ports(key, frame, at + header);
}

// Past one extension header. False: it is not there whole.
static bool skip_extension(struct acl_key *key, const struct frame *frame, uint32_t *at)
{
	const uint8_t *header = frame->bytes + *at;
	uint32_t bytes;

	if (!has(frame, *at, 8))
		return false;
	if (key->protocol == FRAGMENT) {
		bytes = 8;
		key->is_fragment = (get16(header + 2) & 0xfff8) != 0;
	} else if (key->protocol == AUTHENTICATION) {
		bytes = 4 * (header[1] + 2u);
	} else {
		bytes = 8 * (header[1] + 1u);
	}
	key->protocol = header[0];
	*at += bytes;
	return has(frame, *at, 0);
}

static bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == AUTHENTICATION || protocol == OPTIONS;
}

static bool read_ipv6(struct acl_key *key, struct frame *frame, uint32_t at)
{
	const uint8_t *ip = frame->bytes + at;
	uint32_t payload;

	if (!has(frame, at, 40) || ip[0] >> 4 != 6)
		return false;
	payload = get16(ip + 4);
	if (at + 40 + payload > frame->end)
		return false;
	if (payload != 0)
		frame->end = at + 40 + payload;
	key->family = ACL_IPV6;
	key->protocol = ip[6];
	memcpy(key->addresses, ip + 8, 32);
	at += 40;
	for (int i = 0; is_extension(key->protocol) && !key->is_fragment; i++) {
		if (i == HEADERS_MAX || !skip_extension(key, frame, &at))
			return false;
	}
	return read_ports(key, frame, at);
}

bool acl_key_read(
	struct acl_key *key, const uint8_t *bytes, uint32_t there, uint32_t length, PVOID tag)
{
	struct frame frame = {bytes, there, length};
	uint32_t at;

	memset(key, 0, sizeof(*key));
	if (!has(&frame, 0, ADDRESSES + 2))
		return false;
	memcpy(key->mac_to, bytes, 6);
	memcpy(key->mac_from, bytes + 6, 6);
	at = skip_tags(key, &frame, tag);
	memcpy(key->ethertype, bytes + at, 2);
	switch (get16(bytes + at)) {
	case 0x0800:
		return read_ipv4(key, &frame, at + 2);
	case 0x86dd:
		return read_ipv6(key, &frame, at + 2);
	default:
		return true;
	}
}
