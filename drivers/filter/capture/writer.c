// SPDX-License-Identifier: BSD-3-Clause
// The thread that empties the ring into files, until a limit, a full disk or the end of the module.
#include <errno.h>
#include <rte_cycles.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "capture_priv.h"
#include "nimbl_log.h"

#define IDLE_NS    2000000 // between two looks into an empty ring
#define CLOCK_S    1       // how long a reading of the clock is used
#define PATIENCE_S 1       // with a slow reader, once the capture is to end

static uint64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t ns_of(uint64_t cycles)
{
	return (uint64_t)((unsigned __int128)cycles * 1000000000u / rte_get_timer_hz());
}

// Cycles and the clock drift apart, so they are compared again and again.
static void clock_read(struct capture *self)
{
	uint64_t now = rte_get_timer_cycles();

	if (self->wall_ns != 0 && now - self->wall_cycles < CLOCK_S * rte_get_timer_hz())
		return;
	self->wall_cycles = now;
	self->wall_ns = wall_ns();
}

static uint64_t time_of(const struct capture *self, uint64_t cycles)
{
	return cycles <= self->wall_cycles ? self->wall_ns - ns_of(self->wall_cycles - cycles)
					   : self->wall_ns + ns_of(cycles - self->wall_cycles);
}

static bool give_up(void *arg)
{
	struct capture *self = arg;

	return __atomic_load_n(&self->stop, __ATOMIC_ACQUIRE) &&
	       rte_get_timer_cycles() - self->wall_cycles > PATIENCE_S * rte_get_timer_hz();
}

static void finish(struct capture *self)
{
	__atomic_store_n(&self->is_off, true, __ATOMIC_RELAXED);
	nimbl_tally_add(&self->base.tally, CAPTURE_DONE, 1);
}

// A file that cannot be written ends the capture; what passes goes on passing.
static bool flush(struct capture *self)
{
	uint32_t frames = self->out->frames, bytes = self->out->used;
	int ret = pcapng_flush(self->out, give_up, self);

	if (ret == 0) {
		nimbl_tally_add(&self->base.tally, CAPTURE_WRITTEN, frames);
		nimbl_tally_add(&self->base.tally, CAPTURE_BYTES, bytes);
		return true;
	}
	nimbl_tally_add(&self->base.tally, CAPTURE_FAILED, frames);
	if (__atomic_load_n(&self->is_off, __ATOMIC_RELAXED)) // said before
		return false;
	__atomic_store_n(&self->is_off, true, __ATOMIC_RELAXED);
	nimbl_log(NIMBL_LOG_WARNING, "%s: the capture ends, %s: %s",
		nimbl_object_name(self->base.filter), self->file, strerror(-ret));
	return false;
}

static bool file_end(struct capture *self)
{
	struct nimbl_figure now[CAPTURE_DONE + 1];
	uint64_t begin = time_of(self, self->file_began), end = wall_ns();
	bool ok;

	nimbl_tally_read(&self->base.tally, now, RTE_DIM(now));
	ok = pcapng_has_room(self->out, 256) || flush(self);
	if (ok) {
		// Which direction missed frames were of is not known.
		pcapng_statistics(self->out, false, begin, end,
			now[CAPTURE_RX].value - self->seen[0],
			now[CAPTURE_MISSED].value - self->missed);
		pcapng_statistics(
			self->out, true, begin, end, now[CAPTURE_TX].value - self->seen[1], 0);
		ok = flush(self);
	}
	self->seen[0] = now[CAPTURE_RX].value;
	self->seen[1] = now[CAPTURE_TX].value;
	self->missed = now[CAPTURE_MISSED].value;
	capture_file_close(self);
	return ok;
}

static bool file_next(struct capture *self)
{
	if (!file_end(self))
		return false;
	if (capture_file_open(self) < 0) {
		nimbl_log(NIMBL_LOG_WARNING, "%s: the capture ends, %s",
			nimbl_object_name(self->base.filter), nimbl_last_error()->cause);
		return false;
	}
	self->file_began = rte_get_timer_cycles();
	self->file_frames = 0;
	return true;
}

static bool is_older(uint64_t began, uint64_t limit_ns)
{
	return limit_ns != 0 && ns_of(rte_get_timer_cycles() - began) >= limit_ns;
}

// Whether the frame still goes into this file.
static bool fits_file(const struct capture *self, const struct capture_record *record)
{
	uint64_t size = self->out->size + self->out->used + PCAPNG_PACKET_OVERHEAD + record->caught;

	return self->file_size == 0 || size <= self->file_size || self->file_frames == 0;
}

static bool write_one(struct capture *self, const struct capture_record *record)
{
	if (!pcapng_has_room(self->out, record->caught) && !flush(self))
		return false;
	if (!fits_file(self, record)) {
		if (self->files == 0 || !file_next(self))
			return false;
	}
	pcapng_packet(self->out, record->is_tx != 0, time_of(self, record->cycles), record + 1,
		record->caught, record->length);
	self->written++;
	self->file_frames++;
	return self->count == 0 || self->written < self->count;
}

// What lies in the ring, as of now. False when the capture is over.
static bool ring_write(struct capture *self)
{
	const struct capture_record *record;
	uint64_t taken = 0;
	bool more = true;

	clock_read(self);
	while (more && taken < self->ring.size &&
		(record = capture_ring_first(&self->ring)) != NULL) {
		taken += record->size;
		more = write_one(self, record);
		capture_ring_drop(&self->ring, record);
	}
	if (more && self->out->used > 0)
		more = flush(self);
	if (more && is_older(self->file_began, self->file_time))
		more = self->files > 0 && file_next(self);
	return more && !is_older(self->began, self->duration);
}

static void *writer(void *arg)
{
	const struct timespec idle = {.tv_nsec = IDLE_NS};
	struct capture *self = arg;
	bool more = true;

	while (more && !__atomic_load_n(&self->stop, __ATOMIC_ACQUIRE)) {
		more = ring_write(self);
		if (more && capture_ring_first(&self->ring) == NULL)
			nanosleep(&idle, NULL);
	}
	if (more)
		ring_write(self);
	if (self->out->fd >= 0)
		file_end(self);
	finish(self);
	return NULL;
}

// No signal is for this thread: one for a closed pipe or a limit of size would end the program.
int capture_writer_start(struct capture *self)
{
	sigset_t all, before;
	int ret;

	self->began = self->file_began = rte_get_timer_cycles();
	clock_read(self);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&self->thread, NULL, writer, self);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	self->has_thread = ret == 0;
	return ret == 0 ? 0 : nimbl_fail(ret, "no thread to write captures: %s", strerror(ret));
}

void capture_writer_stop(struct capture *self)
{
	if (!self->has_thread)
		return;
	__atomic_store_n(&self->stop, true, __ATOMIC_RELEASE);
	pthread_join(self->thread, NULL);
	self->has_thread = false;
}
