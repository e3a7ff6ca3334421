// SPDX-License-Identifier: BSD-3-Clause
// A frame as one line: eth 02:..:01 > 02:..:02 vlan 5 198.18.0.1 > 198.19.0.1 udp 49152 > 9.
#include "frame_text.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nimbl_signature.h"

struct line {
	struct frame_text out;
	size_t used;
};

static void NIMBL_PRINTF(2, 3) put(struct line *line, const char *fmt, ...)
{
	size_t room = sizeof(line->out.text) - line->used;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line->out.text + line->used, room, fmt, args);
	va_end(args);
	line->used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static void put_mac(struct line *line, const uint8_t *at)
{
	put(line, "%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4], at[5]);
}

static void put_addresses(struct line *line, int family, const uint8_t *src, const uint8_t *dst)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

	inet_ntop(family, src, from, sizeof(from));
	inet_ntop(family, dst, to, sizeof(to));
	put(line, " %s > %s", from, to);
}

static void put_l4(struct line *line, uint8_t protocol, const uint8_t *at, uint32_t bytes)
{
	static const char *const names[] = {
		[1] = "icmp", [6] = "tcp", [17] = "udp", [58] = "icmpv6"};
	const char *name = protocol < 59 ? names[protocol] : NULL;

	if (name == NULL || bytes < 8)
		put(line, " protocol %u", protocol);
	else if (protocol == 6 || protocol == 17)
		put(line, " %s %u > %u", name, nimbl_frame_u16(at), nimbl_frame_u16(at + 2));
	else
		put(line, " %s type %u code %u", name, at[0], at[1]);
}

static void put_ip(struct line *line, const uint8_t *frame, uint32_t at, uint32_t length)
{
	const uint8_t *ip = frame + at;
	uint16_t type = nimbl_frame_u16(ip - 2);

	if (type == 0x0800 && length >= at + 20) {
		put_addresses(line, AF_INET, ip + 12, ip + 16);
		put_l4(line, ip[9], ip + 20, length - at - 20);
	} else if (type == 0x86dd && length >= at + 40) {
		put_addresses(line, AF_INET6, ip + 8, ip + 24);
		put_l4(line, ip[6], ip + 40, length - at - 40);
	} else {
		put(line, " type 0x%04x", type);
	}
}

struct frame_text frame_text_of(const uint8_t *frame, uint32_t length)
{
	struct line line = {.used = 0};
	struct nimbl_signature signature;
	uint32_t at = 14;

	if (length < 14) {
		put(&line, "no frame");
		return line.out;
	}
	put(&line, "eth ");
	put_mac(&line, frame + 6);
	put(&line, " > ");
	put_mac(&line, frame);
	for (uint16_t type = nimbl_frame_u16(frame + 12);
		length >= at + 4 && (type == 0x8100 || type == 0x88a8 || type == 0x9100); at += 4) {
		put(&line, " vlan %u", nimbl_frame_u16(frame + at) & 0xfff);
		if (frame[at] >> 5 != 0)
			put(&line, " pcp %u", frame[at] >> 5);
		type = nimbl_frame_u16(frame + at + 2);
	}
	put_ip(&line, frame, at, length);
	if (nimbl_signature_read(frame, length, &signature) == NIMBL_SIGNATURE_GOOD)
		put(&line, ", signed %u:%u", signature.stream, signature.sequence);
	return line.out;
}
