// SPDX-License-Identifier: BSD-3-Clause
// Streams of test frames: what a frame looks like, as a pure function of its index, so that any queue makes any
// frame. Streams are read from YAML or from options, in the language of docs/streams.md.
//
// Sizes are told with the FCS, as RFC 2544 does; lengths here are those of memory, without it: 64 is 60.
// Checksums are right, unless a stream wants wrong ones.
//
// Errors leave cause and mend for nimbl_last_error(); those in a text begin with "file:line:column: ".
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nimbl_base.h"
#include "nimbl_driver.h"
#include "nimbl_pace.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NIMBL_FLOWS_MAX     1024  // streams in all
#define NIMBL_FLOW_SIZE_MIN 64    // with FCS
#define NIMBL_FLOW_SIZE_MAX 16384 // with FCS

// The streams of all ports. Belongs to one thread; what is in it may be read by any while it is not added to.
struct nimbl_flows;

// One stream: immutable, any thread; valid as long as its streams.
struct nimbl_flow;

// No stream yet. The caller's, for nimbl_flows_close(), which accepts NULL. Returns 0 or -ENOMEM.
NIMBL_API int nimbl_flows_open(struct nimbl_flows **flows);
NIMBL_API void nimbl_flows_close(struct nimbl_flows *flows);

// Add the streams of the file `path`, or of standard input for "-". Returns 0; -errno with cause and mend, and
// then none of the file is added.
NIMBL_API int nimbl_flows_read(struct nimbl_flows *flows, const char *path);

// The same for `length` bytes of `text`, which need no terminator; messages call it `name`.
NIMBL_API int nimbl_flows_parse(
	struct nimbl_flows *flows, const char *name, const char *text, size_t length);

// Add one stream of options: keys as in YAML with dots between ("ipv4.dst"), ended by a NULL key; a list is the
// same key again, a header without settings has the value "". `port` is used where they name none; NULL: they have to. Returns 0,
// or -EINVAL with cause and mend, and nimbl_blame() on the option.
NIMBL_API int nimbl_flows_add(
	struct nimbl_flows *flows, const char *port, const struct nimbl_option *options);

// The ports that have streams, in the order of their first; NULL beyond the last.
NIMBL_API const char *nimbl_flows_port(const struct nimbl_flows *flows, unsigned int i);

// How many streams a port has, all ports for NULL, and each of them; NULL beyond the last.
NIMBL_API unsigned int nimbl_flows_count(const struct nimbl_flows *flows, const char *port);
NIMBL_API const struct nimbl_flow *nimbl_flows_at(
	const struct nimbl_flows *flows, const char *port, unsigned int i);

// Name, port, number (from 0, in the order of reading, no two have one), and whether frames are signed.
NIMBL_API const char *nimbl_flow_name(const struct nimbl_flow *flow);
NIMBL_API const char *nimbl_flow_port(const struct nimbl_flow *flow);
NIMBL_API uint16_t nimbl_flow_id(const struct nimbl_flow *flow);
NIMBL_API bool nimbl_flow_is_signed(const struct nimbl_flow *flow);

// What was asked: rate, bursts, gaps, count, duration.
NIMBL_API const struct nimbl_pace_spec *nimbl_flow_pace(const struct nimbl_flow *flow);

// Bytes of frame `index`; the longest; the mean in thousandths; and whether they vary. All without FCS.
NIMBL_API uint16_t nimbl_flow_length(const struct nimbl_flow *flow, uint64_t index);
NIMBL_API uint16_t nimbl_flow_length_max(const struct nimbl_flow *flow);
NIMBL_API uint64_t nimbl_flow_length_mean(const struct nimbl_flow *flow);
NIMBL_API bool nimbl_flow_varies(const struct nimbl_flow *flow);

// The same as nimbl_flow_length(), in the form that nimbl_pace_open() asks for.
NIMBL_API uint16_t nimbl_flow_length_of(const void *flow, uint64_t index);

// Frames from a capture file instead, see nimbl_replay.h: such a stream is not signed, its lengths vary, and frames
// that are written are empty. NULL: frames are made.
struct nimbl_flow_replay {
	const char *path;
	uint64_t speed; // thousandths; 0: the rate says when
	uint64_t loops; // 0: no end
};
NIMBL_API const struct nimbl_flow_replay *nimbl_flow_replay(const struct nimbl_flow *flow);

// Write all bytes of frame `index` to `frame`, which has room for nimbl_flow_length() bytes. `tsc` goes into the
// signature, where there is one.
NIMBL_API void nimbl_flow_write(
	const struct nimbl_flow *flow, uint64_t index, uint64_t tsc, uint8_t *frame);

// `frame` holds an earlier frame of the same stream and length: write what differs, and that only.
NIMBL_API void nimbl_flow_rewrite(
	const struct nimbl_flow *flow, uint64_t index, uint64_t tsc, uint8_t *frame);

// The same for `count` frames of indexes first, first + stride ...: cheaper than one by one.
NIMBL_API void nimbl_flow_rewrite_bulk(const struct nimbl_flow *flow, uint64_t first,
	uint64_t stride, uint64_t tsc, uint8_t *const *frames, unsigned int count);

// `frame` holds a frame of the stream of `from` bytes, and is to be rewritten as one of `to` bytes: write what
// makes the difference. Nothing when they are the same.
NIMBL_API void nimbl_flow_resize(
	const struct nimbl_flow *flow, uint16_t from, uint16_t to, uint8_t *frame);

// Print all keys with what they allow, their default and what they are for.
NIMBL_API void nimbl_flows_reference(FILE *out);

#ifdef __cplusplus
}
#endif
