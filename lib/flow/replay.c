// SPDX-License-Identifier: BSD-3-Clause
// Replay: the reader of a capture file and the ring that it fills.
#include "nimbl_replay.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "replay_priv.h"

#define FULL_NS 500000 // until a reader looks again whether the ring has room

struct nimbl_replay {
	struct nimbl_replay_ring ring;
	struct nimbl_replay_spec spec;
	char *path;
	struct replay_file file;
	bool has_record; // read and not in the ring yet
	struct replay_record record;
	uint64_t loops;           // begun
	uint64_t last, time;      // of the frame before: as captured, and in ns since the start
	uint64_t mean;            // ns between frames, also from one loop to the next
	struct nimbl_error error; // code 0: none; read when is_over
	pthread_t thread;
	bool has_thread, stop;
};

// The time in cycles, at the speed that is asked: from the sum, so that nothing drifts.
static uint64_t cycles_at(const struct nimbl_replay *replay)
{
	unsigned __int128 cycles = (unsigned __int128)replay->time * replay->spec.hz / 1000000;

	return replay->spec.speed == 0 ? 0 : (uint64_t)(cycles / replay->spec.speed);
}

static void end(struct nimbl_replay *replay, int ret)
{
	if (ret < 0)
		replay->error = *nimbl_last_error();
	__atomic_store_n(&replay->ring.is_over, true, __ATOMIC_RELEASE);
}

// The next frame of the file, or of its next loop. False: that was all.
static bool read_next(struct nimbl_replay *replay)
{
	int ret = replay_file_next(&replay->file, replay->spec.length_max, &replay->record);

	if (ret == 0 && (replay->spec.loops == 0 || replay->loops < replay->spec.loops)) {
		replay_file_close(&replay->file);
		ret = replay_file_open(&replay->file, replay->path);
		if (ret == 0)
			ret = replay_file_next(
				&replay->file, replay->spec.length_max, &replay->record);
		replay->loops++;
		replay->time += replay->mean;
		replay->last = replay->record.ns;
	}
	if (ret <= 0) {
		end(replay, ret);
		return false;
	}
	if (replay->loops == 0) {
		replay->loops = 1;
		replay->last = replay->record.ns;
	}
	replay->time += replay_later(replay->last, replay->record.ns) - replay->last;
	replay->last = replay_later(replay->last, replay->record.ns);
	replay->has_record = true;
	return true;
}

// A frame lies in one piece: what is left before the ring's end may have to be passed over.
static bool put(struct nimbl_replay *replay)
{
	struct nimbl_replay_ring *ring = &replay->ring;
	const uint32_t room =
		(uint32_t)(sizeof(struct nimbl_replay_frame) + replay->record.length + 15) & ~15u;
	uint64_t head = ring->head, left = ring->size - (head & (ring->size - 1));
	uint64_t skip = left < room ? left : 0;
	struct nimbl_replay_frame *frame;

	if (head + skip + room - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) > ring->size)
		return false;
	if (skip > 0) {
		frame = (struct nimbl_replay_frame *)(ring->room + (head & (ring->size - 1)));
		*frame = (struct nimbl_replay_frame){.room = (uint32_t)skip};
		head += skip;
	}
	frame = (struct nimbl_replay_frame *)(ring->room + (head & (ring->size - 1)));
	frame->at = cycles_at(replay);
	frame->length = replay->record.length;
	frame->room = room;
	memcpy(frame + 1, replay->record.data, replay->record.length);
	__atomic_store_n(&ring->head, head + room, __ATOMIC_RELEASE);
	replay->has_record = false;
	return true;
}

unsigned int nimbl_replay_fill(struct nimbl_replay *replay)
{
	unsigned int count = 0;

	if (replay->ring.is_over)
		return 0;
	while ((replay->has_record || read_next(replay)) && put(replay))
		count++;
	return count;
}

static void *read_on(void *context)
{
	const struct timespec full = {.tv_nsec = FULL_NS};
	struct nimbl_replay *replay = context;

	while (!replay->ring.is_over && !__atomic_load_n(&replay->stop, __ATOMIC_ACQUIRE))
		if (nimbl_replay_fill(replay) == 0)
			nanosleep(&full, NULL);
	return NULL;
}

int nimbl_replay_start(struct nimbl_replay *replay)
{
	int error = pthread_create(&replay->thread, NULL, read_on, replay);

	replay->has_thread = error == 0;
	if (error == 0)
		return 0;
	nimbl_fail(error, "cannot start the reader of a capture: %s", strerror(error));
	nimbl_mend("allow more threads: 'ulimit -u'");
	return -error;
}

static int spec_check(const struct nimbl_replay_spec *spec)
{
	if (spec->hz > 0 && spec->hz <= 10000000000 && spec->length_max >= 60 &&
		spec->length_max <= 65535 && (spec->ring_bytes & (spec->ring_bytes - 1)) == 0 &&
		spec->ring_bytes >= 4ull * spec->length_max)
		return 0;
	nimbl_fail(EINVAL,
		"a replay needs a clock, frames of 60 to 65535 bytes, and a ring of a power of "
		"two that holds four of them");
	nimbl_mend("leave ring_bytes 0 for %u", NIMBL_REPLAY_RING_BYTES);
	return -EINVAL;
}

static int no_memory(struct nimbl_replay *replay)
{
	nimbl_replay_close(replay);
	nimbl_fail(ENOMEM, "not enough memory to replay a capture");
	nimbl_mend("free some memory and try again");
	return -ENOMEM;
}

int nimbl_replay_open(const struct nimbl_replay_spec *spec, struct nimbl_replay **out)
{
	struct nimbl_replay_summary summary;
	struct nimbl_replay_spec full = *spec;
	struct nimbl_replay *replay = NULL;
	int ret;

	*out = NULL;
	full.ring_bytes = spec->ring_bytes == 0 ? NIMBL_REPLAY_RING_BYTES : spec->ring_bytes;
	ret = spec_check(&full);
	if (ret == 0)
		ret = nimbl_replay_check(spec->path, spec->length_max, &summary);
	if (ret < 0)
		return ret;
	if (posix_memalign((void **)&replay, 64, sizeof(*replay)) != 0)
		return no_memory(NULL);
	*replay = (struct nimbl_replay){.spec = full, .mean = summary.duration_ns / summary.frames};
	replay->path = strdup(spec->path);
	replay->ring.size = full.ring_bytes;
	if (replay->path == NULL ||
		posix_memalign((void **)&replay->ring.room, 64, full.ring_bytes) != 0)
		return no_memory(replay);
	ret = replay_file_open(&replay->file, replay->path);
	if (ret < 0) {
		nimbl_replay_close(replay);
		return ret;
	}
	nimbl_replay_fill(replay);
	*out = replay;
	return 0;
}

void nimbl_replay_close(struct nimbl_replay *replay)
{
	if (replay == NULL)
		return;
	if (replay->has_thread) {
		__atomic_store_n(&replay->stop, true, __ATOMIC_RELEASE);
		pthread_join(replay->thread, NULL);
	}
	replay_file_close(&replay->file);
	free(replay->ring.room);
	free(replay->path);
	free(replay);
}

struct nimbl_replay_ring *nimbl_replay_ring_of(struct nimbl_replay *replay)
{
	return &replay->ring;
}

int nimbl_replay_error(const struct nimbl_replay *replay)
{
	const struct nimbl_error *error = &replay->error;

	if (!__atomic_load_n(&replay->ring.is_over, __ATOMIC_ACQUIRE) || error->code == 0)
		return 0;
	nimbl_fail(error->code, "%s", error->cause);
	nimbl_mend("%s", error->mend);
	return -error->code;
}
