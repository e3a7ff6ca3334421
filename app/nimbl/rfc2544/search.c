// SPDX-License-Identifier: BSD-3-Clause
// Throughput search.
#include "search.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "nimbl_base.h"

#define POINTS 512
#define LEVELS 8
#define SAME   1e-9 // rates closer than this are one

// All that was measured at one rate.
struct point {
	double rate;
	unsigned int count;
	double seconds[SEARCH_REPEATS + LEVELS], loss[SEARCH_REPEATS + LEVELS];
};

// How thorough decisions are: each level has bounds of its own, those of the one before are where it
// begins to look.
struct level {
	double seconds, width;
	unsigned int repeats;
};

enum verdict { UNDECIDED, CARRIES, LOSES };

struct search {
	struct trials *trials;
	const struct search_settings *settings;
	struct level levels[LEVELS];
	unsigned int level_count, runs;
	struct point points[POINTS]; // by rate
	unsigned int point_count;
};

// Bounds of one goal on one level: 0 and infinity when there is none yet.
struct bounds {
	double lower, upper;
};

static bool is_full(double seconds, const struct level *level)
{
	return seconds >= level->seconds * (1 - SAME);
}

static enum verdict verdict_of(const struct point *point, const struct level *level, double goal)
{
	unsigned int carried = 0, lost = 0, majority = level->repeats / 2 + 1;

	for (unsigned int i = 0; i < point->count; i++) {
		if (!is_full(point->seconds[i], level))
			continue;
		if (point->loss[i] <= goal)
			carried++;
		else
			lost++;
	}
	if (carried >= majority && carried > lost)
		return CARRIES;
	return lost >= majority ? LOSES : UNDECIDED;
}

// The smallest rate that loses too much, and the largest one below it that does not.
static struct bounds bounds_of(const struct search *self, const struct level *level, double goal)
{
	struct bounds bounds = {0, INFINITY};

	for (unsigned int i = 0; i < self->point_count && isinf(bounds.upper); i++) {
		enum verdict verdict = verdict_of(&self->points[i], level, goal);

		if (verdict == LOSES)
			bounds.upper = self->points[i].rate;
		else if (verdict == CARRIES)
			bounds.lower = self->points[i].rate;
	}
	return bounds;
}

static struct point *point_at(struct search *self, double rate)
{
	unsigned int i = 0;

	while (i < self->point_count && self->points[i].rate < rate * (1 - SAME))
		i++;
	if (i < self->point_count && self->points[i].rate <= rate * (1 + SAME))
		return &self->points[i];
	if (self->point_count == POINTS)
		return NULL;
	for (unsigned int j = self->point_count++; j > i; j--)
		self->points[j] = self->points[j - 1];
	self->points[i] = (struct point){.rate = rate};
	return &self->points[i];
}

// One trial at `rate`. Returns 1 when no more are allowed.
static int measure(struct search *self, const struct level *level, double rate)
{
	struct point *point = point_at(self, rate);
	struct trial_result result;

	if (point == NULL || point->count == SEARCH_REPEATS + LEVELS ||
		self->runs++ == self->settings->trials_most)
		return 1;
	struct trial_ask ask = {.rate = point->rate, .seconds = level->seconds};
	int ret = trials_run(self->trials, &ask, &result);
	if (ret < 0)
		return ret;
	point->seconds[point->count] = level->seconds;
	point->loss[point->count++] = trial_loss(&result);
	return 0;
}

static bool is_open(struct search *self, const struct level *level, double goal, double rate)
{
	for (unsigned int i = 0; i < self->point_count; i++)
		if (fabs(self->points[i].rate - rate) <= rate * SAME)
			return verdict_of(&self->points[i], level, goal) == UNDECIDED;
	return true;
}

// What the device delivered at the smallest rate that loses, which is about what it can carry.
static double delivered(const struct search *self, const struct bounds *bounds)
{
	for (unsigned int i = 0; i < self->point_count; i++) {
		const struct point *point = &self->points[i];

		if (point->rate == bounds->upper && point->count > 0)
			return point->rate * (1 - point->loss[point->count - 1]);
	}
	return 0;
}

// Away from a bound, each time twice as far. `steps` counts.
static double farther(const struct level *level, unsigned int *steps)
{
	return level->width * (double)(1u << (*steps < 20 ? (*steps)++ : 20));
}

// The next rate to look at; 0 when the bounds are close enough, or there is nothing beyond them.
static double next_rate(struct search *self, const struct level *level, double goal,
	const struct bounds *now, const struct bounds *hint, unsigned int *steps)
{
	const struct search_settings *settings = self->settings;
	bool has_upper = !isinf(now->upper), has_lower = now->lower > 0;

	if ((has_lower && now->lower >= settings->most * (1 - SAME)) ||
		(has_upper && now->upper <= settings->least * (1 + SAME)) ||
		(has_lower && has_upper && now->upper - now->lower <= level->width * now->upper))
		return 0;
	// What a level before found, while it may still be true.
	if (hint->lower > now->lower && hint->lower < now->upper &&
		is_open(self, level, goal, hint->lower))
		return hint->lower;
	if (hint->upper > now->lower && hint->upper < now->upper &&
		is_open(self, level, goal, hint->upper))
		return hint->upper;
	double middle = has_lower && has_upper ? (now->lower + now->upper) / 2 : 0;
	if (!has_lower && !has_upper)
		return settings->most;
	if (!has_lower) {
		double guess = hint->lower > 0 ? 0 : delivered(self, now);
		double rate = now->upper * (1 - fmin(farther(level, steps), 0.5));

		if (guess > settings->least && guess < rate && *steps == 1)
			rate = guess;
		return fmax(rate, settings->least);
	}
	// The hint was wrong: the answer lies beyond it, and probably near.
	double rate = hint->upper <= now->lower ? now->lower * (1 + farther(level, steps))
		      : hint->lower >= now->upper
			      ? now->upper * (1 - fmin(farther(level, steps), 0.5))
			      : middle;
	if (!has_upper)
		return fmin(hint->upper <= now->lower ? rate : settings->most, settings->most);
	if (hint->upper <= now->lower)
		return fmin(rate, middle);
	return fmax(rate, middle);
}

// Bring the bounds of `goal` within the width of `level`. Returns 1 when no more trials are allowed.
static int narrow(struct search *self, const struct level *level, double goal, struct bounds *hint)
{
	unsigned int steps = 0;

	for (;;) {
		struct bounds now = bounds_of(self, level, goal);
		double rate = next_rate(self, level, goal, &now, hint, &steps);

		if (rate == 0) {
			*hint = now;
			return 0;
		}
		do {
			int ret = measure(self, level, rate);

			if (ret != 0)
				return ret;
		} while (is_open(self, level, goal, rate));
	}
}

static void levels_plan(struct search *self)
{
	const struct search_settings *settings = self->settings;
	struct level last = {settings->seconds, settings->width, settings->repeats};
	double seconds = settings->first_seconds;
	double width = settings->width * 8;

	if (settings->way == SEARCH_MLR) {
		for (; seconds < settings->seconds * 0.7 && self->level_count < LEVELS - 2;
			seconds *= 4, width = fmax(width / 2, settings->width * 2))
			self->levels[self->level_count++] = (struct level){seconds, width, 1};
	}
	if (settings->repeats > 1)
		self->levels[self->level_count++] =
			(struct level){settings->seconds, settings->width, 1};
	self->levels[self->level_count++] = last;
}

static void answer_make(struct search *self, double goal, bool ended, struct search_answer *answer)
{
	const struct level *level = &self->levels[self->level_count - 1];
	struct bounds bounds = bounds_of(self, level, goal);

	*answer = (struct search_answer){
		.lower = bounds.lower, .upper = isinf(bounds.upper) ? 0 : bounds.upper};
	answer->state = bounds.lower >= self->settings->most * (1 - SAME) ? SEARCH_AT_MOST
			: answer->upper > 0 && answer->upper <= self->settings->least * (1 + SAME)
				? SEARCH_NONE
				: SEARCH_FOUND;
	if (ended && answer->state == SEARCH_FOUND &&
		!(bounds.lower > 0 && bounds.upper - bounds.lower <= level->width * bounds.upper))
		answer->state = SEARCH_ENDED;
	if (bounds.lower == 0)
		return;
	const struct point *point = point_at(self, bounds.lower);
	for (unsigned int i = 0; point != NULL && i < point->count; i++) {
		if (!is_full(point->seconds[i], level))
			continue;
		answer->trials++;
		if (point->loss[i] <= goal)
			answer->loss = fmax(answer->loss, point->loss[i]);
	}
}

static bool is_sensible(const struct search_settings *settings)
{
	return settings->least > 0 && settings->most >= settings->least && settings->width > 0 &&
	       settings->width < 1 && settings->seconds > 0 && settings->repeats % 2 == 1 &&
	       settings->repeats <= SEARCH_REPEATS && settings->goal_count > 0 &&
	       settings->goal_count <= SEARCH_GOALS &&
	       (settings->way == SEARCH_BINARY || settings->first_seconds > 0);
}

int search_run(struct trials *trials, const struct search_settings *settings,
	struct search_answer *answers)
{
	struct bounds hints[SEARCH_GOALS];
	int ret = 0;

	if (!is_sensible(settings))
		return nimbl_fail(EINVAL, "the settings of the search contradict each other");
	struct search *self = calloc(1, sizeof(*self));
	if (self == NULL)
		return nimbl_fail(ENOMEM, "no memory for a search");
	self->trials = trials;
	self->settings = settings;
	for (unsigned int g = 0; g < SEARCH_GOALS; g++)
		hints[g] = (struct bounds){0, INFINITY};
	levels_plan(self);
	for (unsigned int l = 0; l < self->level_count && ret == 0; l++)
		for (unsigned int g = 0; g < settings->goal_count && ret == 0; g++)
			ret = narrow(self, &self->levels[l], settings->goals[g], &hints[g]);
	for (unsigned int g = 0; g < settings->goal_count; g++)
		answer_make(self, settings->goals[g], ret == 1, &answers[g]);
	free(self);
	return ret < 0 ? ret : 0;
}
