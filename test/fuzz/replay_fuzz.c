// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a capture file: frames that can be sent, or one error with cause and mend.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nimbl_replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_error(int ret)
{
	must(ret < 0 && nimbl_last_error()->code == -ret);
	must(nimbl_last_error()->cause[0] != '\0' && nimbl_last_error()->mend[0] != '\0');
}

static void take_all(struct nimbl_replay *replay)
{
	struct nimbl_replay_ring *ring = nimbl_replay_ring_of(replay);
	const struct nimbl_replay_frame *frame;
	uint64_t last = 0;

	while (!nimbl_replay_is_over(ring)) {
		nimbl_replay_fill(replay);
		while ((frame = nimbl_replay_peek(ring)) != NULL) {
			must(frame->length >= 14 && frame->length <= 1514);
			must(frame->at >= last && frame->room >= frame->length);
			must((const uint8_t *)frame + frame->room <= ring->room + ring->size);
			last = frame->at;
			nimbl_replay_take(ring, frame);
		}
	}
	if (nimbl_replay_error(replay) != 0)
		check_error(nimbl_replay_error(replay));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	const struct nimbl_replay_spec spec = {.path = path,
		.speed = 1000,
		.loops = 2,
		.length_max = 1514,
		.hz = 1000000000,
		.ring_bytes = 8192};
	struct nimbl_replay *replay;
	int fd = memfd_create("capture", MFD_CLOEXEC), ret;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	nimbl_clear_error();
	ret = nimbl_replay_open(&spec, &replay);
	if (ret < 0)
		check_error(ret);
	else
		take_all(replay);
	nimbl_replay_close(replay);
	close(fd);
	return 0;
}
