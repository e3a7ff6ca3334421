// SPDX-License-Identifier: BSD-3-Clause
// Frames by description, and what offloads must make of them, on flat bytes. The second opinion on the
// ethdev driver: nothing of that, and nothing of DPDK, is used here.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX 67072u

#define FRAME_FIN 0x01u
#define FRAME_PSH 0x08u
#define FRAME_ACK 0x10u
#define FRAME_CWR 0x80u

// All zero: TCP over IPv4 without options and payload.
struct frame_spec {
	bool v6, udp;
	bool tagged;         // a tag with TCI 0x2123 lies in the data
	uint32_t ip_options; // of IPv4, bytes, a multiple of 4
	uint32_t extensions; // of IPv6, headers of 8 bytes, no fragment among them
	uint32_t tcp_options;
	uint8_t tcp_flags;
	uint16_t id;
	uint32_t sequence;
	uint32_t payload;
	uint32_t padding; // bytes behind the IP packet
	uint8_t first;    // byte of the payload, which counts on in steps of 7
};

struct frame {
	uint8_t bytes[FRAME_MAX];
	uint32_t length;
	uint32_t l2, l3, l4, payload; // bytes of each
	bool v6, udp;
};

// With right lengths and checksums.
void frame_make(struct frame *frame, const struct frame_spec *spec);

// All of a frame, and no more.
void frame_copy(struct frame *to, const struct frame *from);

uint16_t frame_get16(const struct frame *frame, uint32_t at);
void frame_put16(struct frame *frame, uint32_t at, uint16_t value);
uint32_t frame_get32(const struct frame *frame, uint32_t at);
void frame_put32(struct frame *frame, uint32_t at, uint32_t value);

// Where fields lie.
uint32_t frame_ip_length_at(const struct frame *frame);
uint32_t frame_ip_sum_at(const struct frame *frame); // IPv4
uint32_t frame_l4_sum_at(const struct frame *frame);
uint32_t frame_headers(const struct frame *frame); // bytes before the payload

// Write checksums as receivers want them. A UDP checksum of zero becomes 0xffff.
void frame_set_ip_sum(struct frame *frame);
void frame_set_l4_sum(struct frame *frame);

// What a sender puts in their place when it asks for them: zero, and the sum of the pseudo header, of a
// large send without the length.
void frame_preload_ip(struct frame *frame);
void frame_preload_l4(struct frame *frame, bool large);

// The same, but from the sums that lie in the frame: what a device does when it is asked. `extra` is a
// length that the preloaded sum lacks.
void frame_finish_l4(struct frame *frame, uint32_t extra);

void frame_tag(struct frame *frame, uint16_t tci);

// The frames that a large send becomes: how many, and each.
uint32_t frame_cut_count(const struct frame *frame, uint32_t mss);
void frame_cut(const struct frame *frame, uint32_t mss, uint32_t number, struct frame *out);
