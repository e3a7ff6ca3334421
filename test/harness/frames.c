// SPDX-License-Identifier: BSD-3-Clause
#include "frames.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ETHER 12u // bytes of addresses

void frame_copy(struct frame *to, const struct frame *from)
{
	memcpy(to->bytes, from->bytes, from->length);
	memcpy(&to->length, &from->length, sizeof(*to) - offsetof(struct frame, length));
}

uint16_t frame_get16(const struct frame *frame, uint32_t at)
{
	return (uint16_t)(frame->bytes[at] << 8 | frame->bytes[at + 1]);
}

void frame_put16(struct frame *frame, uint32_t at, uint16_t value)
{
	frame->bytes[at] = (uint8_t)(value >> 8);
	frame->bytes[at + 1] = (uint8_t)value;
}

uint32_t frame_get32(const struct frame *frame, uint32_t at)
{
	return (uint32_t)frame_get16(frame, at) << 16 | frame_get16(frame, at + 2);
}

void frame_put32(struct frame *frame, uint32_t at, uint32_t value)
{
	frame_put16(frame, at, (uint16_t)(value >> 16));
	frame_put16(frame, at + 2, (uint16_t)value);
}

uint32_t frame_ip_length_at(const struct frame *frame)
{
	return frame->l2 + (frame->v6 ? 4 : 2);
}

uint32_t frame_ip_sum_at(const struct frame *frame)
{
	return frame->l2 + 10;
}

uint32_t frame_l4_sum_at(const struct frame *frame)
{
	return frame->l2 + frame->l3 + (frame->udp ? 6 : 16);
}

uint32_t frame_headers(const struct frame *frame)
{
	return frame->l2 + frame->l3 + frame->l4;
}

// 16-bit words in the order of the wire, the last one filled up with zero.
static uint32_t sum_add(uint32_t sum, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i + 1 < count; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (count % 2 != 0)
		sum += (uint32_t)bytes[count - 1] << 8;
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

static uint32_t pseudo_sum(const struct frame *frame, uint32_t length)
{
	uint32_t sum = (frame->udp ? 17 : 6) + (length & 0xffff) + (length >> 16);

	return frame->v6 ? sum_add(sum, frame->bytes + frame->l2 + 8, 32)
			 : sum_add(sum, frame->bytes + frame->l2 + 12, 8);
}

void frame_set_ip_sum(struct frame *frame)
{
	if (frame->v6)
		return;
	frame_preload_ip(frame);
	frame_put16(frame, frame_ip_sum_at(frame),
		(uint16_t)~sum_add(0, frame->bytes + frame->l2, frame->l3));
}

void frame_finish_l4(struct frame *frame, uint32_t extra)
{
	uint16_t sum = (uint16_t)~sum_add(
		extra, frame->bytes + frame->l2 + frame->l3, frame->l4 + frame->payload);

	frame_put16(frame, frame_l4_sum_at(frame), frame->udp && sum == 0 ? 0xffff : sum);
}

void frame_set_l4_sum(struct frame *frame)
{
	frame_preload_l4(frame, false);
	frame_finish_l4(frame, 0);
}

void frame_preload_ip(struct frame *frame)
{
	if (!frame->v6)
		frame_put16(frame, frame_ip_sum_at(frame), 0);
}

void frame_preload_l4(struct frame *frame, bool large)
{
	uint32_t length = large ? 0 : frame->l4 + frame->payload;

	frame_put16(frame, frame_l4_sum_at(frame), (uint16_t)pseudo_sum(frame, length));
}

static void ip_make(struct frame *frame, const struct frame_spec *spec)
{
	uint8_t *ip = frame->bytes + frame->l2;
	uint32_t l4_bytes = frame->l4 + frame->payload;
	uint8_t protocol = spec->udp ? 17 : 6;

	if (!spec->v6) {
		ip[0] = (uint8_t)(0x40 | frame->l3 / 4);
		frame_put16(frame, frame->l2 + 2, (uint16_t)(frame->l3 + l4_bytes));
		frame_put16(frame, frame->l2 + 4, spec->id);
		ip[8] = 64;
		ip[9] = protocol;
		memcpy(ip + 12, (uint8_t[]){192, 0, 2, 1, 198, 51, 100, 7}, 8);
		memset(ip + 20, 1, spec->ip_options);
		return;
	}
	ip[0] = 0x60;
	frame_put16(frame, frame->l2 + 4, (uint16_t)(frame->l3 - 40 + l4_bytes));
	ip[6] = spec->extensions > 0 ? 60 : protocol; // destination options
	ip[7] = 64;
	for (uint8_t i = 0; i < 32; i++)
		ip[8 + i] = (uint8_t)(0x20 + 5 * i);
	for (uint32_t i = 0; i < spec->extensions; i++) {
		uint8_t *extension = ip + 40 + 8 * i;

		extension[0] = i + 1 < spec->extensions ? 60 : protocol;
		extension[2] = 1; // padding
		extension[3] = 4;
	}
}

static void l4_make(struct frame *frame, const struct frame_spec *spec)
{
	uint32_t at = frame->l2 + frame->l3;

	frame_put16(frame, at, 1024);
	frame_put16(frame, at + 2, 80);
	if (spec->udp) {
		frame_put16(frame, at + 4, (uint16_t)(frame->l4 + frame->payload));
	} else {
		frame_put32(frame, at + 4, spec->sequence);
		frame_put32(frame, at + 8, 0x01020304);
		frame->bytes[at + 12] = (uint8_t)(frame->l4 / 4 << 4);
		frame->bytes[at + 13] = spec->tcp_flags;
		frame_put16(frame, at + 14, 8192);
		memset(frame->bytes + at + 20, 1, spec->tcp_options);
	}
	for (uint32_t i = 0; i < frame->payload; i++)
		frame->bytes[at + frame->l4 + i] = (uint8_t)(spec->first + 7 * i + (i >> 8));
}

void frame_make(struct frame *frame, const struct frame_spec *spec)
{
	frame->v6 = spec->v6;
	frame->udp = spec->udp;
	frame->l2 = spec->tagged ? 18 : 14;
	frame->l3 = spec->v6 ? 40 + 8 * spec->extensions : 20 + spec->ip_options;
	frame->l4 = spec->udp ? 8 : 20 + spec->tcp_options;
	frame->payload = spec->payload;
	frame->length = frame_headers(frame) + spec->payload + spec->padding;
	if (frame->length > sizeof(frame->bytes))
		abort();
	memset(frame->bytes, 0, frame_headers(frame));
	for (uint8_t i = 0; i < ETHER; i++)
		frame->bytes[i] = (uint8_t)(2 + 4 * i);
	if (spec->tagged)
		frame_put32(frame, ETHER, 0x81002123);
	frame_put16(frame, frame->l2 - 2, spec->v6 ? 0x86dd : 0x0800);
	ip_make(frame, spec);
	l4_make(frame, spec);
	memset(frame->bytes + frame->length - spec->padding, 0xee, spec->padding);
	frame_set_ip_sum(frame);
	frame_set_l4_sum(frame);
}

void frame_tag(struct frame *frame, uint16_t tci)
{
	memmove(frame->bytes + ETHER + 4, frame->bytes + ETHER, frame->length - ETHER);
	frame_put32(frame, ETHER, 0x81000000u | tci);
	frame->l2 += 4;
	frame->length += 4;
}

uint32_t frame_cut_count(const struct frame *frame, uint32_t mss)
{
	return frame->payload <= mss ? 1 : (frame->payload + mss - 1) / mss;
}

void frame_cut(const struct frame *frame, uint32_t mss, uint32_t number, struct frame *out)
{
	uint32_t headers = frame_headers(frame), from = number * mss;
	uint32_t l4_at = frame->l2 + frame->l3, left = frame->payload - from;
	bool is_last = left <= mss;
	uint16_t id = frame_get16(frame, frame->l2 + 4);

	memcpy(out->bytes, frame->bytes, headers);
	out->v6 = frame->v6;
	out->udp = frame->udp;
	out->l2 = frame->l2;
	out->l3 = frame->l3;
	out->l4 = frame->l4;
	out->payload = is_last ? left : mss;
	out->length = headers + out->payload;
	memcpy(out->bytes + headers, frame->bytes + headers + from, out->payload);
	frame_put16(out, frame_ip_length_at(out),
		(uint16_t)(out->l3 - (out->v6 ? 40 : 0) + out->l4 + out->payload));
	if (!out->v6)
		frame_put16(out, out->l2 + 4, (uint16_t)((id & 0x8000) | ((id + number) & 0x7fff)));
	frame_put32(out, l4_at + 4, frame_get32(frame, l4_at + 4) + from);
	if (!is_last)
		out->bytes[l4_at + 13] &= (uint8_t) ~(FRAME_FIN | FRAME_PSH);
	if (number > 0)
		out->bytes[l4_at + 13] &= (uint8_t)~FRAME_CWR;
	frame_set_ip_sum(out);
	frame_set_l4_sum(out);
}
