// SPDX-License-Identifier: BSD-3-Clause
// A trial: frames offered at a rate for a time, what came of them, and whether that may be believed. The
// procedures know no more of a device than this, so that they run against a model as well. Control thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Why a trial says nothing about the device. Such a trial is void: it is repeated, and no figure of it is
// a result.
enum trial_doubt {
	TRIAL_GOOD,
	TRIAL_SHORT, // our own sending fell short of the asked rate
	TRIAL_CLOCK, // the clocks of this machine disagree about how long it took
	TRIAL_STEAL, // the hypervisor or other programs took the CPUs away
	TRIAL_LATE,  // the thread that keeps the time was late
	TRIAL_QUEUE, // frames were dropped on our side of the wire, or damaged there
	TRIAL_LINK,  // a link went down
	TRIAL_DOUBT_COUNT,
};

// "own sending fell short" and the like.
const char *trial_doubt_word(enum trial_doubt doubt);

struct trial_ask {
	double rate;     // frames per second, in each direction
	double seconds;  // how long, unless `frames` says how many
	uint64_t frames; // in each direction; 0: as long as `seconds`
};

#define TRIAL_PERCENTILES 5
extern const double trial_percentiles[TRIAL_PERCENTILES]; // 50, 90, 99, 99.9, 99.99

// Nanoseconds. `samples` 0: nothing was measured, and the rest means nothing.
struct trial_latency {
	uint64_t samples;
	double least, mean, most, at[TRIAL_PERCENTILES];
};

struct trial_result {
	struct trial_ask ask;
	enum trial_doubt doubt;
	char why[96]; // figures of the doubt, for people
	uint64_t sent, received, duplicates, reordered, corrupt;
	uint64_t taken; // of what was due the port took so many; less than `sent` when it was full
	double seconds; // that sending took
	struct trial_latency latency;
};

// Lost of sent; 1 when nothing was sent.
double trial_loss(const struct trial_result *result);

// A device under test. Each returns 0, or -errno with the error set, which ends the test: -EINTR when the
// user ended it.
struct trial_device {
	int (*run)(void *context, const struct trial_ask *ask, struct trial_result *result);
	// `over` for its time, then `then` for its own without a gap; how long after the change until
	// nothing more was lost, in seconds, -1 when that never came. NULL: the device cannot do that.
	int (*recover)(void *context, const struct trial_ask *over, const struct trial_ask *then,
		struct trial_result *result, double *seconds);
	void *context;
};

// The trials of one test: those that were void are repeated, all are kept.
struct trials {
	struct trial_device device;
	unsigned int void_most; // in a row, before it is given up
	unsigned int void_all;  // in all since `void_from`; 0: no such bound
	size_t void_from;       // trials_void() when what is bounded began
	// May be NULL: after each trial, also a void one.
	void (*told)(void *context, const struct trials *trials, const struct trial_result *result);
	void *told_context;
	struct trial_result *all; // of trials_free()
	size_t count, capacity;
	size_t voids[TRIAL_DOUBT_COUNT];
	double seconds; // all of them took
};

void trials_free(struct trials *trials);

// How many were void.
size_t trials_void(const struct trials *trials);

// Run one that may be believed. Returns 0, or -errno with the error set: -EAGAIN when too many
// were void.
int trials_run(struct trials *trials, const struct trial_ask *ask, struct trial_result *result);

// The same for recovery; -ENOTSUP when the device cannot do that.
int trials_recover(struct trials *trials, const struct trial_ask *over,
	const struct trial_ask *then, struct trial_result *result, double *seconds);
