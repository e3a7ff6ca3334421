// SPDX-License-Identifier: BSD-3-Clause
// Frames from a capture file (pcap or pcapng, Ethernet): a reader that is no lcore fills a bounded ring, from which
// one lcore takes them. The file may be larger than memory; an lcore never reads it, and never waits for it.
//
// Captures have no FCS: what is taken is what was captured, as long as it was on the wire.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_REPLAY_CHECK_BYTES (256u << 20) // of a file are looked at before anything is sent
#define NIMBL_REPLAY_RING_BYTES  (4u << 20)

struct nimbl_replay_spec {
	const char *path;
	uint64_t speed; // thousandths: 1000 as captured, 2000 twice as fast; 0: frames have no time
	uint64_t loops; // how often the file is sent; 0: no end
	uint32_t length_max; // of frames, without FCS
	uint64_t hz;         // of the clock of frames
	uint32_t
		ring_bytes; // a power of two, at least four times length_max; 0: NIMBL_REPLAY_RING_BYTES
};

// What is in a file.
struct nimbl_replay_summary {
	uint64_t frames, bytes; // without FCS
	uint64_t duration_ns;   // from the first frame to the last
	uint32_t longest;
	bool is_whole; // false: only its first NIMBL_REPLAY_CHECK_BYTES were looked at
};

// One frame in the ring; its bytes follow.
struct nimbl_replay_frame {
	uint64_t at;     // cycles after the start
	uint32_t length; // 0: what follows is at the beginning of the ring
	uint32_t room;   // bytes of the ring that it takes
};

static inline const uint8_t *nimbl_replay_bytes(const struct nimbl_replay_frame *frame)
{
	return (const uint8_t *)(frame + 1);
}

// What the lcore sees of a replay. `head` is the reader's, `tail` the lcore's.
struct nimbl_replay_ring {
	uint8_t *room;
	uint64_t size;
	uint64_t head __attribute__((aligned(64)));
	bool is_over; // nothing will come any more; head is what it will be
	uint64_t tail __attribute__((aligned(64)));
};

struct nimbl_replay;

// Look at a file: each frame of its first NIMBL_REPLAY_CHECK_BYTES. Returns 0, or -errno with cause, place ("FILE:
// frame 7") and mend: no such file, another format or link type, cut off, a frame too long or captured in part.
NIMBL_API int nimbl_replay_check(
	const char *path, uint32_t length_max, struct nimbl_replay_summary *summary);

// Check the file, and fill the ring as far as it goes. The caller's, for nimbl_replay_close(), which ends the reader
// and accepts NULL; no lcore may take from it any more. Returns 0, or -errno as nimbl_replay_check(). Control thread.
NIMBL_API int nimbl_replay_open(const struct nimbl_replay_spec *spec, struct nimbl_replay **replay);
NIMBL_API void nimbl_replay_close(struct nimbl_replay *replay);

// Read on in a thread of its own, until the end or nimbl_replay_close(). Returns 0 or -errno. Control thread.
NIMBL_API int nimbl_replay_start(struct nimbl_replay *replay);

// Read on until the ring is full or all is read; how many frames that were. For callers that have no thread for it:
// not together with nimbl_replay_start().
NIMBL_API unsigned int nimbl_replay_fill(struct nimbl_replay *replay);

// The lcore's side; as long as the replay.
NIMBL_API struct nimbl_replay_ring *nimbl_replay_ring_of(struct nimbl_replay *replay);

// Whether reading ended with an error: it is then the last error of this thread, and -errno is returned. Control
// thread.
NIMBL_API int nimbl_replay_error(const struct nimbl_replay *replay);

// The next frame; NULL: none is there, which is an end only if nimbl_replay_is_over(). Valid until it is taken.
// One lcore.
static inline const struct nimbl_replay_frame *nimbl_replay_peek(struct nimbl_replay_ring *ring)
{
	const uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	const struct nimbl_replay_frame *frame;

	if (ring->tail == head)
		return NULL;
	frame = (const struct nimbl_replay_frame *)(ring->room + (ring->tail & (ring->size - 1)));
	if (frame->length != 0)
		return frame;
	// What says so is published together with the frame that follows.
	__atomic_store_n(&ring->tail, ring->tail + frame->room, __ATOMIC_RELEASE);
	return (const struct nimbl_replay_frame *)ring->room;
}

// The frame that was peeked at is done with.
static inline void nimbl_replay_take(
	struct nimbl_replay_ring *ring, const struct nimbl_replay_frame *frame)
{
	__atomic_store_n(&ring->tail, ring->tail + frame->room, __ATOMIC_RELEASE);
}

// Whether all frames were taken and none will come.
static inline bool nimbl_replay_is_over(const struct nimbl_replay_ring *ring)
{
	return __atomic_load_n(&ring->is_over, __ATOMIC_ACQUIRE) &&
	       ring->tail == __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
}

#ifdef __cplusplus
}
#endif
