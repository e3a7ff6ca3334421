// SPDX-License-Identifier: BSD-3-Clause
// When the frames of a stream are due: an exact schedule in cycles of a clock that starts at 0. Nothing is
// rounded from one frame to the next: what a division leaves is carried on, so that nothing drifts.
//
// The time of frame n is delay + work before n / rate + gaps before n. Work is frames (pps) or bits: L2 counts a
// frame with its FCS, L1 also preamble, start delimiter and gap (20 bytes, IEEE 802.3). A burst without a gap is
// due when its first frame is, and the mean rate stays; with a gap its frames follow each other at the rate, and
// the gap comes on top.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nimbl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_FCS_BYTES 4u  // what a frame in memory lacks
#define NIMBL_L1_BYTES  20u // preamble and start delimiter (8), gap between frames (12)

enum nimbl_pace_unit {
	NIMBL_PACE_MAX, // as fast as it goes
	NIMBL_PACE_PPS,
	NIMBL_PACE_L1,
	NIMBL_PACE_L2,
	NIMBL_PACE_PERCENT, // of the line, L1
};

// What was asked. A copy may be changed before it is opened.
struct nimbl_pace_spec {
	enum nimbl_pace_unit unit;
	uint64_t rate;        // thousandths of frames or bits per second; millionths of the line
	uint32_t burst;       // frames; at least 1
	uint64_t gap_ns;      // after each burst
	uint64_t count;       // frames in all; 0: no end
	uint64_t duration_ns; // from the first frame on; 0: no end
	uint64_t delay_ns;    // before the first frame
};

// Where it goes.
struct nimbl_pace_line {
	uint64_t hz;  // cycles per second of the clock; up to 10^10
	uint64_t bps; // speed of the line; 0: not known, then a percentage is refused
};

// A quotient that is added up, and what its division left.
struct nimbl_pace_step {
	uint64_t cycles, rest;
};

// One schedule, or the share of one of several queues in it. Belongs to one thread.
struct nimbl_pace {
	uint64_t index;           // of the next frame
	uint64_t due;             // when it is due, in cycles
	uint64_t end;             // frames from this one on are not sent
	uint64_t end_at, late_at; // none is due then or later; none is sent then or later
	// inside
	uint64_t at, rest, gap_rest; // time of the next frame, and fractions of `rate` and of 10^9
	uint64_t rate;               // thousandths of work per second; 0: no limit
	uint64_t hz;
	struct nimbl_pace_step step; // of the work of a frame of `length`
	struct nimbl_pace_step gap;
	uint32_t length; // without FCS, that `step` is for
	uint32_t extra;  // bytes beside those of memory
	uint32_t burst, left, stride;
	bool in_bits;
};

// Begin a schedule: its frames first, first + stride, ... are those of this queue. `lengths` tells how long a
// frame is, without FCS, and is asked for the frames before `first`. Returns 0, or -EINVAL with cause and mend:
// no such rate, or a share of a line whose speed is not known. Any thread.
NIMBL_API int nimbl_pace_open(struct nimbl_pace *pace, const struct nimbl_pace_spec *spec,
	const struct nimbl_pace_line *line, uint32_t first, uint32_t stride,
	uint16_t (*length)(const void *context, uint64_t index), const void *context);

// The rate in thousandths of frames or bits per second on this line; 0: no limit.
NIMBL_API uint64_t nimbl_pace_rate(
	const struct nimbl_pace_spec *spec, const struct nimbl_pace_line *line);

// Frames of all queues that were due after `elapsed` cycles when each has `length` bytes without FCS (the mean,
// where they vary); UINT64_MAX at no limit. For telling how far the sending fell short. Any thread.
NIMBL_API uint64_t nimbl_pace_asked(const struct nimbl_pace_spec *spec,
	const struct nimbl_pace_line *line, uint64_t elapsed, uint32_t length);

// For nimbl_pace_take() only: the time of a frame of another length than the last.
NIMBL_API void nimbl_pace_resize(struct nimbl_pace *pace, uint32_t length);

// Whether the next frame is to be sent now, `elapsed` cycles after the start.
static inline bool nimbl_pace_is_due(const struct nimbl_pace *pace, uint64_t elapsed)
{
	return pace->due <= elapsed && pace->index < pace->end && pace->due < pace->end_at &&
	       elapsed < pace->late_at;
}

// Whether no frame will be due any more.
static inline bool nimbl_pace_is_done(const struct nimbl_pace *pace, uint64_t elapsed)
{
	return pace->index >= pace->end || pace->due >= pace->end_at || elapsed >= pace->late_at;
}

// Cycles by which the next frame is late; 0: it is not due yet.
static inline uint64_t nimbl_pace_late(const struct nimbl_pace *pace, uint64_t elapsed)
{
	return nimbl_pace_is_due(pace, elapsed) ? elapsed - pace->due : 0;
}

// For nimbl_pace_take(): one frame of the schedule went by.
static inline void nimbl_pace_pass(struct nimbl_pace *pace)
{
	pace->at += pace->step.cycles;
	pace->rest += pace->step.rest;
	if (pace->rest >= pace->rate && pace->rate != 0) {
		pace->rest -= pace->rate;
		pace->at++;
	}
	if (--pace->left > 0) {
		if (pace->gap.cycles != 0 || pace->gap.rest != 0)
			pace->due = pace->at;
		return;
	}
	pace->left = pace->burst;
	pace->at += pace->gap.cycles;
	pace->gap_rest += pace->gap.rest;
	if (pace->gap_rest >= 1000000000) {
		pace->gap_rest -= 1000000000;
		pace->at++;
	}
	pace->due = pace->at;
}

// Frame `index` goes, and the frames of other queues up to the next of this one go by; `length` is that of
// frame `index` without FCS. Where lengths vary and there is a rate in bits, nimbl_pace_take_varying().
static inline void nimbl_pace_take(struct nimbl_pace *pace, uint32_t length)
{
	if (pace->in_bits && length != pace->length)
		nimbl_pace_resize(pace, length);
	for (uint32_t i = 0; i < pace->stride; i++)
		nimbl_pace_pass(pace);
	pace->index += pace->stride;
}

// The same where the frames of other queues may be of other lengths.
static inline void nimbl_pace_take_varying(struct nimbl_pace *pace,
	uint16_t (*length)(const void *context, uint64_t index), const void *context)
{
	for (uint32_t i = 0; i < pace->stride; i++) {
		uint32_t bytes = pace->in_bits ? length(context, pace->index) : 0;

		if (bytes != pace->length && pace->in_bits)
			nimbl_pace_resize(pace, bytes);
		nimbl_pace_pass(pace);
		pace->index++;
	}
}

// Whether frames never wait for their time: then passing them changes nothing but the index.
static inline bool nimbl_pace_is_unlimited(const struct nimbl_pace *pace)
{
	return pace->rate == 0 && pace->gap.cycles == 0 && pace->gap.rest == 0 && pace->stride == 1;
}

// Take frames of `length` that are due, at most `most`; how many these are. The first was pace->index before.
static inline unsigned int nimbl_pace_burst(
	struct nimbl_pace *pace, uint64_t elapsed, uint32_t length, unsigned int most)
{
	unsigned int n = 0;

	if (nimbl_pace_is_unlimited(pace) && nimbl_pace_is_due(pace, elapsed)) {
		n = pace->end - pace->index < most ? (unsigned int)(pace->end - pace->index) : most;
		pace->index += n;
		return n;
	}
	for (; n < most && nimbl_pace_is_due(pace, elapsed); n++)
		nimbl_pace_take(pace, length);
	return n;
}

#ifdef __cplusplus
}
#endif
