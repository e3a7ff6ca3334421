// SPDX-License-Identifier: BSD-3-Clause
// Inside lib/flow: capture files.
#pragma once

#include <pcap/pcap.h>

#include "nimbl_replay.h"

struct replay_file {
	const char *path;
	pcap_t *pcap;
	uint64_t frames; // read so far
};

struct replay_record {
	const uint8_t *data; // until the next is read
	uint32_t length;
	uint64_t ns; // of no particular origin
};

// Errors as nimbl_replay_check() has them. A file that failed to open is closed.
int replay_file_open(struct replay_file *file, const char *path);
void replay_file_close(struct replay_file *file);

// Returns 1 and a frame, 0 at the end, or -EINVAL.
int replay_file_next(struct replay_file *file, uint32_t length_max, struct replay_record *record);

// Time does not go backwards, whatever a file says, nor further ahead than a day at once.
#define REPLAY_STEP_MAX 86400000000000u
static inline uint64_t replay_later(uint64_t last, uint64_t now)
{
	return now - last <= REPLAY_STEP_MAX ? now : last;
}
