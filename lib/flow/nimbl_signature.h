// SPDX-License-Identifier: BSD-3-Clause
// The signature of test frames: the last 18 bytes of the payload that the IP header tells, so that it survives
// routers, tags that come or go, and padding. All in network order:
//
//   0 magic      u16   0x6e62
//   2 stream     u16
//   4 sequence   u32   the frame's index in its stream, modulo 2^32
//   8 timestamp  u48   cycles of the sender's clock, modulo 2^48
//  14 check      u32   CRC-32C (Castagnoli, RFC 3720 B.4) from behind the L4 header to the timestamp
//
// UDP, TCP, ICMP and ICMPv6 checksums of signed frames are right; a checksum is not computed over the frame
// again, the 18 bytes are added to the sum of the rest.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "nimbl_base.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are summed and checked as they lie in memory: little-endian"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_SIGNATURE_BYTES   18u
#define NIMBL_SIGNATURE_CHECKED 14u // bytes of it that the check covers
#define NIMBL_SIGNATURE_MAGIC   0x6e62u

enum nimbl_signature_state {
	NIMBL_SIGNATURE_NONE, // not one of ours
	NIMBL_SIGNATURE_GOOD,
	NIMBL_SIGNATURE_CORRUPT, // the check is wrong; what was read is told, for what it is worth
};

struct nimbl_signature {
	uint16_t stream;
	uint32_t sequence;
	uint64_t tsc48;
};

// Where a frame carries its payload: offsets from its beginning.
struct nimbl_payload {
	uint16_t begin, end;
};

NIMBL_API extern const uint32_t nimbl_crc32c_table[256];

static inline uint32_t nimbl_crc32c_byte(uint32_t crc, uint8_t byte)
{
	return nimbl_crc32c_table[(crc ^ byte) & 0xff] ^ crc >> 8;
}

static inline uint32_t nimbl_crc32c_8(uint32_t crc, uint64_t word)
{
#ifdef __SSE4_2__
	return (uint32_t)__builtin_ia32_crc32di(crc, word);
#else
	for (int i = 0; i < 8; i++)
		crc = nimbl_crc32c_byte(crc, (uint8_t)(word >> 8 * i));
	return crc;
#endif
}

static inline uint32_t nimbl_crc32c_6(uint32_t crc, uint64_t word)
{
#ifdef __SSE4_2__
	crc = __builtin_ia32_crc32si(crc, (uint32_t)word);
	return __builtin_ia32_crc32hi(crc, (uint16_t)(word >> 32));
#else
	for (int i = 0; i < 6; i++)
		crc = nimbl_crc32c_byte(crc, (uint8_t)(word >> 8 * i));
	return crc;
#endif
}

// The remainder goes on from `crc`; a whole one begins with UINT32_MAX and ends with ~.
static inline uint32_t nimbl_crc32c(uint32_t crc, const uint8_t *at, uint32_t bytes)
{
	uint64_t word;

	for (; bytes >= 8; bytes -= 8, at += 8) {
		memcpy(&word, at, 8);
		crc = nimbl_crc32c_8(crc, word);
	}
	for (; bytes > 0; bytes--, at++)
		crc = nimbl_crc32c_byte(crc, *at);
	return crc;
}

// A signature as words in the order of memory: what is summed and checked.
struct nimbl_signature_words {
	uint64_t head; // magic, stream, sequence
	uint64_t time; // 6 bytes; the upper two are 0
	uint32_t check;
};

// `crc` is the remainder of the payload before the signature.
static inline struct nimbl_signature_words nimbl_signature_words(
	uint32_t crc, uint16_t stream, uint32_t sequence, uint64_t tsc)
{
	struct nimbl_signature_words words;

	words.head = __builtin_bswap64(
		(uint64_t)NIMBL_SIGNATURE_MAGIC << 48 | (uint64_t)stream << 32 | sequence);
	words.time = __builtin_bswap64(tsc << 16);
	crc = nimbl_crc32c_8(crc, words.head);
	crc = nimbl_crc32c_6(crc, words.time);
	words.check = __builtin_bswap32(~crc);
	return words;
}

// Write a signature at `at`. Any thread.
static inline struct nimbl_signature_words nimbl_signature_write(
	uint8_t *at, uint32_t crc, uint16_t stream, uint32_t sequence, uint64_t tsc)
{
	struct nimbl_signature_words words = nimbl_signature_words(crc, stream, sequence, tsc);

	memcpy(at, &words.head, 8);
	memcpy(at + 8, &words.time, 6);
	memcpy(at + 14, &words.check, 4);
	return words;
}

static inline uint16_t nimbl_frame_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, 2);
	return __builtin_bswap16(value);
}

// For nimbl_payload_of(): bytes of an L4 header, `bytes` of the IP payload being there; more than these: broken.
static inline uint32_t nimbl_l4_bytes(const uint8_t *at, uint32_t bytes, uint8_t protocol)
{
	switch (protocol) {
	case 6:
		return bytes < 20 ? 20 : (uint32_t)(at[12] >> 4) * 4;
	case 1:
	case 17:
	case 58:
		return 8;
	default:
		return 0;
	}
}

// Find the payload of a frame of `length` bytes without FCS: behind the L4 header that is known (UDP, TCP, ICMP,
// ICMPv6), else behind that of IP, else behind the Ethernet header; up to four tags are passed over. False: the
// frame is broken, or its IP header says more than there is. Any thread.
static inline bool nimbl_payload_of(
	const uint8_t *frame, uint32_t length, struct nimbl_payload *payload)
{
	uint32_t at = 14, end = length, bytes;
	uint16_t type;
	uint8_t protocol;

	if (length < 14)
		return false;
	type = nimbl_frame_u16(frame + 12);
	for (int tags = 0; tags < 4 && (type == 0x8100 || type == 0x88a8 || type == 0x9100);
		tags++) {
		if (length < at + 4)
			return false;
		type = nimbl_frame_u16(frame + at + 2);
		at += 4;
	}
	if (type == 0x0800) {
		if (length < at + 20 || frame[at] >> 4 != 4 || (frame[at] & 15) < 5)
			return false;
		bytes = (uint32_t)(frame[at] & 15) * 4;
		end = at + nimbl_frame_u16(frame + at + 2);
		protocol = frame[at + 9];
	} else if (type == 0x86dd) {
		if (length < at + 40 || frame[at] >> 4 != 6)
			return false;
		bytes = 40;
		end = at + 40 + nimbl_frame_u16(frame + at + 4);
		protocol = frame[at + 6];
	} else {
		bytes = 0;
		protocol = 0;
	}
	at += bytes;
	if (end > length || at > end)
		return false;
	at += nimbl_l4_bytes(frame + at, end - at, protocol);
	if (at > end)
		return false;
	payload->begin = (uint16_t)at;
	payload->end = (uint16_t)end;
	return true;
}

// Read and check the signature of a frame of `length` bytes without FCS. Any bytes are fine; one bit that flips in
// the payload of a signed frame makes it corrupt wherever it is, never somebody else's. Any thread.
static inline enum nimbl_signature_state nimbl_signature_read(
	const uint8_t *frame, uint32_t length, struct nimbl_signature *out)
{
	struct nimbl_payload payload;
	const uint8_t *at;
	uint64_t head, time, differs;
	uint32_t crc, check;

	if (!nimbl_payload_of(frame, length, &payload) ||
		payload.end - payload.begin < (int)NIMBL_SIGNATURE_BYTES)
		return NIMBL_SIGNATURE_NONE;
	at = frame + payload.end - NIMBL_SIGNATURE_BYTES;
	memcpy(&head, at, 8);
	head = __builtin_bswap64(head);
	differs = head >> 48 ^ NIMBL_SIGNATURE_MAGIC;
	if ((differs & (differs - 1)) != 0)
		return NIMBL_SIGNATURE_NONE;
	memcpy(&time, at + 6, 8); // two bytes of the sequence first
	memcpy(&check, at + 14, 4);
	out->stream = (uint16_t)(head >> 32);
	out->sequence = (uint32_t)head;
	out->tsc48 = __builtin_bswap64(time) & 0xffffffffffff;
	crc = nimbl_crc32c(
		UINT32_MAX, frame + payload.begin, (uint32_t)(at - frame) - payload.begin);
	if (nimbl_signature_words(crc, out->stream, out->sequence, out->tsc48).check == check)
		return differs == 0 ? NIMBL_SIGNATURE_GOOD : NIMBL_SIGNATURE_CORRUPT;
	return differs == 0 ? NIMBL_SIGNATURE_CORRUPT : NIMBL_SIGNATURE_NONE;
}

#ifdef __cplusplus
}
#endif
