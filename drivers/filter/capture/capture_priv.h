// SPDX-License-Identifier: BSD-3-Clause
// The capturing filter: frames that match are copied into a ring as they pass, and a thread of the
// module writes them to a file. What happens to the file never reaches the frames.
#pragma once

#include <pthread.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "expression.h"
#include "nimbl_filter.h"
#include "pcapng.h"
#include "ring.h"

enum capture_figure {
	CAPTURE_RX,      // received frames that matched
	CAPTURE_TX,      // sent ones
	CAPTURE_MISSED,  // of these, the ring was full
	CAPTURE_WRITTEN, // of these, lie in a file
	CAPTURE_BYTES,   // of files
	CAPTURE_FILES,   // begun
	CAPTURE_FAILED,  // frames that could not be written
	CAPTURE_DONE,    // 1: a limit was reached or the file failed, nothing more is captured
};

enum capture_direction {
	CAPTURE_OF_RX,
	CAPTURE_OF_TX,
	CAPTURE_OF_BOTH,
};

struct capture {
	struct nimbl_filter_base base;
	// Settings.
	const char *file, *expression, *comment;
	uint32_t direction, snap, files;
	bool overwrite, jit;
	uint64_t buffer, file_size, file_time, count, duration; // times in ns
	// Of the datapath.
	struct capture_expression *matches; // NULL: all
	struct capture_ring ring;
	bool is_off; // nothing is copied any more
	// Of the writer.
	pthread_t thread;
	bool has_thread, stop;
	struct pcapng *out;
	uint32_t file_number;
	uint64_t written, file_frames; // frames in all files so far, and in this one
	uint64_t began, file_began;    // when, in cycles
	uint64_t wall_ns, wall_cycles; // a moment on both clocks
	uint64_t seen[2], missed;      // frames, for the statistics of a file
};

// tx_catch.c: copy what matches of a chain.
void capture_catch(struct capture *self, const NET_BUFFER_LIST *chain, enum capture_direction of);

// file.c: open the first file, or the next; 0 or -errno with the error set. Close takes what is left.
int capture_file_open(struct capture *self);
void capture_file_close(struct capture *self);

// writer.c: the thread. Stop returns when all that was caught is written, or cannot be.
int capture_writer_start(struct capture *self);
void capture_writer_stop(struct capture *self);

// rx.c, tx.c
FILTER_RECEIVE_NET_BUFFER_LISTS capture_receive;
FILTER_SEND_NET_BUFFER_LISTS capture_send;
