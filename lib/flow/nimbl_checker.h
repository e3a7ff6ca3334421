// SPDX-License-Identifier: BSD-3-Clause
// What came back of signed frames: per stream frames, loss, duplicates, reordering, delay; per port what is
// corrupt, misrouted or not of ours.
//
// A port has one set: a checker for each lcore that receives, which only that lcore writes, and per stream a
// window of sequences that came, which all of them share. Each frame is counted once, whichever lcores see a
// stream: frames = unique + duplicates + stale + strays.
//
// Reordering is what RFC 4737 says (type-P-reordered, 3.3): a frame whose sequence is below one that came
// before; its extent (4.2) is how many frames came since the earliest of those that overtook it, itself
// included. It is told of the order in which one lcore received: between lcores there is none.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nimbl_histogram.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_CHECKER_BLOCK  32u    // sequences that the window forgets at once
#define NIMBL_CHECKER_WINDOW 65536u // sequences, unless told otherwise
#define NIMBL_CHECKER_JUMPS  256u   // gaps that are remembered for extents

struct nimbl_checkers; // of a port
struct nimbl_checker;  // of one lcore of it

struct nimbl_checkers_options {
	const uint16_t *streams; // that are expected here; others are misrouted
	unsigned int stream_count;
	unsigned int lcores; // that receive
	uint32_t window;     // sequences, a power of two of at least 64; 0: NIMBL_CHECKER_WINDOW
	uint32_t first;      // the sequence with which each stream begins
};

// What is known of one stream, or of several together. A frame counts under one of duplicates, reordered,
// stale and strays at most.
struct nimbl_checker_figures {
	uint64_t frames;     // that came whole
	uint64_t bytes;      // of these, L2 without FCS
	uint64_t duplicates; // came before
	uint64_t reordered;  // came after one with a later sequence
	uint64_t stale;      // further back than the window; given up, hence counted as lost
	uint64_t strays;     // from before the first sequence: of an earlier trial
	uint64_t extent_sum; // of all reordered
	uint64_t extent_max; // of one
	uint64_t
		extent_open; // of the reordered: more than NIMBL_CHECKER_JUMPS gaps, extent is at least this
	uint64_t early; // came before they were sent: clocks differ; in no histogram
	uint64_t span;  // sequences from the first to the last that came
};

struct nimbl_checkers_figures {
	struct nimbl_checker_figures streams; // of all streams
	uint64_t misrouted;                   // whole, of a stream that is not expected here
	uint64_t corrupt;                     // signed, but not as they were sent
	uint64_t foreign;                     // not signed
};

struct nimbl_checker_frame {
	const uint8_t *bytes; // all of it in one piece
	uint32_t length;      // without FCS
};

// Checkers of a port, all figures 0. Memory is used as streams and lcores need it. 0, -EINVAL or -ENOMEM.
// Close: nobody checks any more; NULL is accepted. Control thread, as all but those that say otherwise.
NIMBL_API int nimbl_checkers_open(
	struct nimbl_checkers **checkers, const struct nimbl_checkers_options *options);
NIMBL_API void nimbl_checkers_close(struct nimbl_checkers *checkers);

// All figures 0 again, streams begin with `first`. Nobody checks meanwhile.
NIMBL_API void nimbl_checkers_clear(struct nimbl_checkers *checkers, uint32_t first);

// The checker number `lcore`, below the count that was asked for.
NIMBL_API struct nimbl_checker *nimbl_checkers_at(
	struct nimbl_checkers *checkers, unsigned int lcore);

// Check frames in the order in which they came at `now`, in cycles of the clock that stamped them (the TSC). Any
// bytes are fine. Data path: the lcore that the checker is of.
NIMBL_API void nimbl_checker_burst(struct nimbl_checker *checker,
	const struct nimbl_checker_frame *frames, unsigned int count, uint64_t now);

// The figures of a port, or of one of its streams (false: not expected here). Any thread, any time; exact once
// nothing comes any more.
NIMBL_API void nimbl_checkers_read(
	const struct nimbl_checkers *checkers, struct nimbl_checkers_figures *figures);
NIMBL_API bool nimbl_checkers_read_stream(const struct nimbl_checkers *checkers, uint16_t stream,
	struct nimbl_checker_figures *figures);

// Add the delays of one stream (false: not expected here), or of all, in cycles; of duplicates too. `sum` was
// cleared by the caller. Any thread.
NIMBL_API bool nimbl_checkers_add_delays(
	const struct nimbl_checkers *checkers, uint16_t stream, struct nimbl_histogram *sum);
NIMBL_API void nimbl_checkers_add_all_delays(
	const struct nimbl_checkers *checkers, struct nimbl_histogram *sum);

// Add figures of the same streams at another port, or of other streams.
NIMBL_API void nimbl_checker_figures_add(
	struct nimbl_checker_figures *sum, const struct nimbl_checker_figures *from);

// Frames that came at least once, and what is missing of `sent`.
static inline uint64_t nimbl_checker_unique(const struct nimbl_checker_figures *figures)
{
	return figures->frames - figures->duplicates - figures->stale - figures->strays;
}

static inline uint64_t nimbl_checker_lost(
	const struct nimbl_checker_figures *figures, uint64_t sent)
{
	uint64_t unique = nimbl_checker_unique(figures);

	return sent > unique ? sent - unique : 0;
}

#ifdef __cplusplus
}
#endif
