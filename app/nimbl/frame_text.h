// SPDX-License-Identifier: BSD-3-Clause
// A frame as one line for people.
#pragma once

#include <stdint.h>

struct frame_text {
	char text[240];
};

// Addresses, tags, ports and the signature of a frame of `length` bytes without FCS; any bytes are fine.
struct frame_text frame_text_of(const uint8_t *frame, uint32_t length);
