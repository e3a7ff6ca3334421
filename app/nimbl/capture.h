// SPDX-License-Identifier: BSD-3-Clause
// What the parts of nimbl capture share.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "nimbl_ctl.h"

#define CAPTURE_PATH 4096

struct capture {
	const char *port, *file, *direction, *instance;
	char expression[2048];
	uint32_t count, duration_s, snap, at;
	bool overwrite;
	struct nimbl_ctl_address address;
	char path[CAPTURE_PATH], folder[64]; // of the file or FIFO; of the FIFO
	char filter[32];                     // its name in the stack
	int pipe;                            // the FIFO, else -1
};

extern volatile sig_atomic_t capture_is_ended; // by a signal

// Where the instance writes to: a file, or for - a FIFO that we read. Returns 0 or -errno.
int capture_place_open(struct capture *capture);
void capture_place_close(const struct capture *capture);

// Put the filter in, watch it until it is done or the user has enough, take it out. Returns 0 or -errno
// with the error set.
int capture_run(const struct capture *capture);
