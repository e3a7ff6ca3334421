// SPDX-License-Identifier: BSD-3-Clause
// A generator and receiver of frames: what each port sends and should receive, the trials that are made of
// it, and what came of them. Its ports are those to which the protocol `tester` is bound with the tester's
// name; it outlives them, so that figures can be read when the engine has stopped, and one engine serves
// any number of trials.
//
// Lengths and rates of L2 are with the FCS, those of L1 with preamble and gap too (20 bytes a frame), as
// RFC 2544 and RFC 1242 count. Control thread only, one at a time, unless a function says otherwise.
#pragma once

#include "nimbl_base.h"
#include "nimbl_checker.h"
#include "nimbl_flow.h"
#include "nimbl_histogram.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_TESTER_PORTS_MAX   16
#define NIMBL_TESTER_STREAMS_MAX 1024 // of one tester
#define NIMBL_TESTER_NAME_SIZE   512

struct nimbl_tester;

// A tester called `name`, which no other has. Returns 0, -EEXIST or -ENOMEM. Close frees it; no port may be
// bound to it any more. NULL is accepted.
NIMBL_API int nimbl_tester_open(const char *name, struct nimbl_tester **tester);
NIMBL_API void nimbl_tester_close(struct nimbl_tester *tester);

// What port `port` sends from the next start on, instead of what it sent before; the flows stay the
// caller's and have to live as long. `count` 0: it only receives. Ids of streams are unique in a tester.
// Returns 0, -EBUSY while a trial runs, -EEXIST, -ENOSPC or -ENOMEM.
NIMBL_API int nimbl_tester_send(struct nimbl_tester *tester, const char *port,
	const struct nimbl_flow *const *flows, unsigned int count);

// The ids of the streams that a port should receive; what else comes there is misrouted. A port that was
// never told expects all streams of the tester but its own; one that is alone expects its own. Same errors.
NIMBL_API int nimbl_tester_expect(
	struct nimbl_tester *tester, const char *port, const uint16_t *streams, unsigned int count);

// Other bounds than the flows say, for trials; 0 leaves each as the flow says.
struct nimbl_tester_override {
	double pps; // of each port in all: its streams get equal parts, without bursts and gaps
	uint64_t frames;      // of each stream
	uint64_t duration_ns; // of all
};

// For the starts that follow; NULL: as the flows say.
NIMBL_API void nimbl_tester_override(
	struct nimbl_tester *tester, const struct nimbl_tester_override *how);

// Begin a trial: all ports at the same instant, a few milliseconds from now. Figures of the trial before are
// cleared. Each stream ends after its count or time, or at a stop. Returns 0; -EBUSY while a trial runs;
// -ENOTCONN when a port that has to send is not bound; -EMSGSIZE when its lists are too short; -ENOMEM.
NIMBL_API int nimbl_tester_start(struct nimbl_tester *tester);

// Have all ports stop sending, at once; receiving goes on. Does not wait.
NIMBL_API void nimbl_tester_stop(struct nimbl_tester *tester);

// Whether nothing is sent any more and all lists are home. Any thread.
NIMBL_API bool nimbl_tester_is_done(const struct nimbl_tester *tester);

// Wait until it is done, the lcores running, at most so long. False: it is not. Sleeps in between.
NIMBL_API bool nimbl_tester_wait(const struct nimbl_tester *tester, uint32_t ms);

// Cycles per second of the clock of delays; 0 before a port was bound.
NIMBL_API uint64_t nimbl_tester_hz(const struct nimbl_tester *tester);

// Whether reading a capture ended with an error in this trial, or the last, that is done: it is then the last
// error of this thread, and -errno is returned.
NIMBL_API int nimbl_tester_failed(const struct nimbl_tester *tester);

// Forget the figures of a trial that is done. Returns 0 or -EBUSY.
NIMBL_API int nimbl_tester_clear(struct nimbl_tester *tester);

// What a stream, or all streams of a port, sent. asked - sent is what the sending fell short by.
struct nimbl_tester_sent {
	uint64_t
		asked; // frames that were due so far; of a stream without a rate those that were sent
	uint64_t frames;      // given to the port and not refused
	uint64_t bytes;       // L2 with FCS, of what was given to the port
	uint64_t refused;     // the port completed them with failure: its counters say why
	uint64_t late_max_ns; // the longest that a frame was due and not sent
	uint64_t
		starved; // looks at which frames were due and all lists were with the port: it is full
};

// What a port did in this trial, or the last. Figures of running lcores, each read whole.
struct nimbl_tester_view {
	struct nimbl_tester_sent sent;
	uint64_t received, received_bytes;   // frames, L2 with FCS
	uint64_t unchecked;                  // of these, on threads that have no checker
	struct nimbl_checkers_figures check; // of all streams, and what is of none
	uint64_t elapsed_ns;                 // since the start; of a trial that is over its length
	unsigned int streams;
};

// Returns 0, or -ENOENT for a port that the tester does not know.
NIMBL_API int nimbl_tester_read(
	const struct nimbl_tester *tester, const char *port, struct nimbl_tester_view *view);

// What became of one stream: sent by its port, received by all. `latency` may be NULL; what it has is
// replaced. Exact when the trial is done and all frames had time to come.
struct nimbl_tester_stream {
	const struct nimbl_flow *flow;
	const char *port; // that sends it
	struct nimbl_tester_sent sent;
	struct nimbl_checker_figures
		received; // see nimbl_checker_unique() and nimbl_checker_lost()
};

// Stream `i` of the tester, in the order of ports and flows. Returns 0, or -ENOENT beyond the last.
NIMBL_API int nimbl_tester_stream(const struct nimbl_tester *tester, unsigned int i,
	struct nimbl_tester_stream *stream, struct nimbl_histogram *latency);

#ifdef __cplusplus
}
#endif
