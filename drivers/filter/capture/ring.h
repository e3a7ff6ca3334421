// SPDX-License-Identifier: BSD-3-Clause
// A ring of bytes from all threads that carry frames to the one that writes them. Nobody waits: what
// does not fit is not taken.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What stands before the bytes of each frame. `size` is written last: until then there is no record.
struct capture_record {
	uint32_t size; // of all of it, a multiple of CAPTURE_ALIGN
	uint32_t length;
	uint32_t caught; // bytes that follow; CAPTURE_GAP: none, the ring goes on at its start
	uint32_t is_tx;
	uint64_t cycles;
};

#define CAPTURE_ALIGN 32u
#define CAPTURE_GAP   UINT32_MAX

struct capture_ring {
	uint8_t *bytes;
	uint64_t size; // a power of two
	uint64_t head __attribute__((aligned(64)));
	uint64_t tail __attribute__((aligned(64)));
};

// `size` is rounded up. 0 or -ENOMEM with the error set. Control threads.
int capture_ring_open(struct capture_ring *ring, uint64_t size);
void capture_ring_close(struct capture_ring *ring);

// Put a frame of which `caught` bytes are to be kept. False when it does not fit. Any thread.
bool capture_ring_put(
	struct capture_ring *ring, const struct capture_record *record, const void *data);

// The oldest record, or NULL; it stays until it is dropped. The writer only.
const struct capture_record *capture_ring_first(struct capture_ring *ring);
void capture_ring_drop(struct capture_ring *ring, const struct capture_record *record);
