// SPDX-License-Identifier: BSD-3-Clause
// Devices under test that are arithmetic: what they can carry is known, what a trial says of it is noisy.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nimbl_random.h"
#include "rfc2544/trial.h"

struct model_device {
	uint64_t seed, draws;
	double line;      // frames per second that the medium has room for
	double knee;      // that the device can carry; above it what is too much is lost
	double softness;  // part of the knee over which loss sets in; 0: at once
	double floor;     // part of the frames that is always lost
	double jitter;    // deviation of the knee between trials, as a part of it
	double buffer;    // frames that it can hold, above the knee, before it loses
	double collapse;  // how much of its knee too much traffic costs it, as a part of the excess
	double tires;     // seconds after which its knee is lower...
	double tired;     // ...by this factor
	double bad;       // part of the trials that something else spoils
	double void_part; // part of the trials that are void, with figures that mean nothing
	unsigned int runs;
};

static inline double model_draw(struct model_device *device)
{
	return (double)(nimbl_draw(device->seed, device->draws++) >> 11) / 9007199254740992.0;
}

static inline double model_normal(struct model_device *device)
{
	double u = model_draw(device), v = model_draw(device);

	return sqrt(-2 * log(u > 0 ? u : 1e-300)) * cos(6.283185307179586 * v);
}

static inline double model_poisson(struct model_device *device, double mean)
{
	double limit = exp(-mean), product = 1;
	int n = -1;

	if (mean > 30)
		return fmax(0, round(mean + sqrt(mean) * model_normal(device)));
	do {
		product *= model_draw(device);
		n++;
	} while (product > limit);
	return n;
}

// Frames lost by what is too much (`sure`), and the mean number lost by chance.
struct model_loss {
	double sure, chance;
};

static inline struct model_loss model_loss_of(
	const struct model_device *device, double knee, double rate, double seconds)
{
	struct model_loss loss = {0, device->floor * rate * seconds};
	double part[2] = {seconds, 0}, knees[2] = {knee, knee};

	if (device->tires > 0 && seconds > device->tires) {
		part[0] = device->tires;
		part[1] = seconds - device->tires;
		knees[1] = knee * device->tired;
	}
	for (int i = 0; i < 2; i++) {
		double over = (rate - knees[i]) * part[i];

		if (device->softness > 0) {
			double x = (rate / knees[i] - 1) / device->softness;

			loss.chance += device->softness * knees[i] * part[i] *
				       (x > 30 ? x : log1p(exp(x)));
		} else if (over > 0) {
			loss.sure += over * (1 + device->collapse);
		}
	}
	loss.sure = fmax(0, loss.sure - device->buffer);
	return loss;
}

// Whether a trial of that length loses no more than `goal` in at least half of all cases.
static inline bool model_carries(
	const struct model_device *device, double rate, double seconds, double goal)
{
	struct model_loss loss = model_loss_of(device, device->knee, rate, seconds);

	if (goal == 0)
		return loss.sure < 1 && loss.chance <= 0.6931471805599453;
	return loss.sure + loss.chance <= goal * rate * seconds;
}

// The throughput: what a search should find.
static inline double model_truth(const struct model_device *device, double seconds, double goal)
{
	double low = 0, high = device->line;

	if (model_carries(device, high, seconds, goal))
		return high;
	for (int i = 0; i < 80; i++) {
		double middle = (low + high) / 2;

		if (model_carries(device, middle, seconds, goal))
			low = middle;
		else
			high = middle;
	}
	return low;
}

static inline int model_run(void *context, const struct trial_ask *ask, struct trial_result *result)
{
	struct model_device *device = context;
	double seconds = ask->frames > 0 ? (double)ask->frames / ask->rate : ask->seconds;
	double knee = device->knee * (1 + device->jitter * model_normal(device));
	struct model_loss loss = model_loss_of(device, knee, ask->rate, seconds);
	double lost = floor(loss.sure) + model_poisson(device, loss.chance);

	device->runs++;
	result->seconds = seconds;
	result->sent = (uint64_t)round(ask->rate * seconds);
	if (model_draw(device) < device->bad)
		lost += 1 + floor(model_draw(device) * 0.01 * (double)result->sent);
	if (model_draw(device) < device->void_part) {
		result->doubt = TRIAL_STEAL;
		snprintf(result->why, sizeof(result->why), "a model");
		lost = model_draw(device) < 0.5 ? 0 : (double)result->sent;
	}
	result->received = result->sent - (uint64_t)fmin(lost, (double)result->sent);
	result->latency.samples = 0;
	return 0;
}
