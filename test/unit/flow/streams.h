// SPDX-License-Identifier: BSD-3-Clause
// What the tests of streams share: streams from text, and a judge of frames that knows nothing of how they are made.
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_flow.h"
#include "nimbl_signature.h"

#define DST "dst: 02:00:00:00:00:02"

// The caller's, for nimbl_flows_close().
static inline struct nimbl_flows *streams_of(const char *text)
{
	struct nimbl_flows *flows;

	nimbl_clear_error();
	assert_int_equal(nimbl_flows_open(&flows), 0);
	if (nimbl_flows_parse(flows, "s.yaml", text, strlen(text)) != 0)
		fail_msg("%s (%s)", nimbl_last_error()->cause, text);
	assert_int_equal(nimbl_last_error()->code, 0);
	return flows;
}

static inline void expect_refusal(const char *text, const char *cause, const char *mend)
{
	struct nimbl_flows *flows;

	nimbl_clear_error();
	assert_int_equal(nimbl_flows_open(&flows), 0);
	assert_int_equal(nimbl_flows_parse(flows, "s.yaml", text, strlen(text)), -EINVAL);
	assert_string_equal(nimbl_last_error()->cause, cause);
	if (mend != NULL)
		assert_string_equal(nimbl_last_error()->mend, mend);
	assert_true(nimbl_last_error()->mend[0] != '\0');
	assert_int_equal(nimbl_flows_count(flows, NULL), 0);
	nimbl_flows_close(flows);
}

static inline uint32_t get(const uint8_t *at, int bytes)
{
	uint32_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

// RFC 1071 as it is written there.
static inline uint16_t checksum(uint32_t sum, const uint8_t *at, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

struct judged {
	uint32_t ip_at, l4_at, payload_at, end;
	uint8_t protocol;
	bool ip_right, l4_right, l4_none;
};

// Lengths must be right; checksums are told.
static inline struct judged judge(const uint8_t *frame, uint32_t length)
{
	struct judged j = {.ip_at = 14, .ip_right = true, .l4_right = true, .end = length};
	uint32_t type = get(frame + 12, 2), sum;
	const uint8_t *ip, *l4;

	for (; type == 0x8100 || type == 0x88a8; j.ip_at += 4)
		type = get(frame + j.ip_at + 2, 2);
	ip = frame + j.ip_at;
	j.l4_at = j.payload_at = j.ip_at;
	if (type == 0x0800) {
		assert_int_equal(ip[0], 0x45);
		assert_int_equal(get(ip + 2, 2), length - j.ip_at);
		j.l4_at = j.ip_at + 20;
		j.protocol = ip[9];
		j.ip_right = checksum(0, ip, 20) == 0xffff;
		sum = checksum(j.protocol + length - j.l4_at, ip + 12, 8);
	} else if (type == 0x86dd) {
		assert_int_equal(ip[0] >> 4, 6);
		assert_int_equal(get(ip + 4, 2), length - j.ip_at - 40);
		j.l4_at = j.ip_at + 40;
		j.protocol = ip[6];
		sum = checksum(j.protocol + length - j.l4_at, ip + 8, 32);
	} else {
		return j;
	}
	l4 = frame + j.l4_at;
	j.payload_at = j.l4_at + (j.protocol == 6 ? 20 : 8);
	if (j.protocol == 17) {
		assert_int_equal(get(l4 + 4, 2), length - j.l4_at);
		j.l4_none = get(l4 + 6, 2) == 0;
	} else if (j.protocol == 6) {
		assert_int_equal(l4[12], 0x50);
	} else if (j.protocol == 1) {
		sum = 0;
	} else if (j.protocol != 58) {
		j.payload_at = j.l4_at;
		return j;
	}
	j.l4_right = checksum(sum, l4, length - j.l4_at) == 0xffff;
	return j;
}
