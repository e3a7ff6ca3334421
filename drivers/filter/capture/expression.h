// SPDX-License-Identifier: BSD-3-Clause
// Which frames: expressions of libpcap, run by DPDK's BPF.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct capture_expression;

// Compile what pcap-filter(7) describes, for frames of Ethernet. With `jit` it becomes machine code
// where the machine allows that. Returns 0, or -errno with what libpcap finds wrong. Control threads.
int capture_expression_open(const char *text, bool jit, struct capture_expression **expression);
void capture_expression_close(struct capture_expression *expression);

// Whether a frame of `length` bytes in one piece matches. Any thread.
bool capture_expression_matches(
	const struct capture_expression *expression, const void *data, uint32_t length);
