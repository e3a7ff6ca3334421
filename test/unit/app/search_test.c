// SPDX-License-Identifier: BSD-3-Clause
// The search for throughput, against devices whose throughput is known.
#include "rfc2544/search.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model_device.h"
#include "nimbl_base.h"

#define DEVICES 1000
#define SECONDS 60.0
#define NEAR    0.005
#define RUNS    250 // trials for three goals, voids apart

static uint64_t seed_first = 25440000;

static struct search_settings settings_of(const struct model_device *device, enum search_way way)
{
	return (struct search_settings){
		.way = way,
		.least = device->line / 10000,
		.most = device->line,
		.width = 0.0025,
		.seconds = SECONDS,
		.first_seconds = 1,
		.repeats = 7,
		.trials_most = RUNS,
		.goals = {0},
		.goal_count = 1,
	};
}

static struct trials trials_of(struct model_device *device)
{
	return (struct trials){.device = {.run = model_run, .context = device}, .void_most = 10};
}

// A device of this seed: what it suffers from is drawn too. A soft knee that is asked for no loss at all
// is soft within what can be told apart; with a goal above 0 it may be a hundred times softer.
static struct model_device drawn(uint64_t seed, bool is_lossless)
{
	struct model_device device = {.seed = seed};

	device.line = 100000 * pow(148.8, model_draw(&device));
	device.knee = device.line * (0.02 + 1.1 * model_draw(&device));
	if (model_draw(&device) < 0.4)
		device.softness = (is_lossless ? 0.0004 : 0.02) * model_draw(&device);
	if (model_draw(&device) < 0.3)
		device.floor = is_lossless ? 0.1 * model_draw(&device) / (device.line * SECONDS)
					   : 0.0005 * model_draw(&device);
	if (model_draw(&device) < 0.5)
		device.jitter = 0.0008 * model_draw(&device);
	if (model_draw(&device) < 0.3)
		device.buffer = 4096 * model_draw(&device);
	if (model_draw(&device) < 0.3)
		device.collapse = model_draw(&device);
	if (model_draw(&device) < 0.2) {
		device.tires = 0.5 + 50 * model_draw(&device);
		device.tired = 0.7 + 0.3 * model_draw(&device);
	}
	if (model_draw(&device) < 0.5)
		device.bad = 0.03 * model_draw(&device);
	if (model_draw(&device) < 0.5)
		device.void_part = 0.1 * model_draw(&device);
	return device;
}

struct score {
	unsigned int searches, far, above, runs, runs_most;
};

static void judge(struct score *score, const struct model_device *device, double goal,
	const struct search_answer *answer)
{
	double truth = model_truth(device, SECONDS, goal), off = answer->lower / truth - 1;

	score->searches++;
	if (fabs(off) <= NEAR && answer->state != SEARCH_ENDED)
		return;
	score->far++;
	score->above += off > NEAR;
	print_message("seed %llu, goal %g: %.1f found (state %d), %.1f true, %+.2f %%, %u trials\n",
		(unsigned long long)device->seed, goal, answer->lower, answer->state, truth,
		100 * off, device->runs);
}

static void search_many(struct score *score, enum search_way way, bool is_lossless)
{
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct model_device device = drawn(seed_first + i, is_lossless);
		struct search_settings settings = settings_of(&device, way);
		struct search_answer answers[SEARCH_GOALS];
		struct trials trials = trials_of(&device);

		if (!is_lossless) {
			settings.goals[0] = 0.001;
			settings.goals[1] = 0.005;
			settings.goals[2] = 0.02;
			settings.goal_count = 3;
		}
		assert_int_equal(search_run(&trials, &settings, answers), 0);
		for (unsigned int g = 0; g < settings.goal_count; g++)
			judge(score, &device, settings.goals[g], &answers[g]);
		unsigned int runs = (unsigned int)(trials.count - trials_void(&trials));
		score->runs += runs;
		score->runs_most = runs > score->runs_most ? runs : score->runs_most;
		trials_free(&trials);
	}
	print_message("seeds %llu to %llu: %u of %u beyond 0.5 %%, %u above; %.1f trials in the "
		      "mean, %u at most\n",
		(unsigned long long)seed_first, (unsigned long long)seed_first + DEVICES - 1,
		score->far, score->searches, score->above, (double)score->runs / DEVICES,
		score->runs_most);
}

static void assert_score(enum search_way way, bool is_lossless)
{
	struct score score = {0};

	search_many(&score, way, is_lossless);
	assert_int_equal(score.above, 0);
	assert_true(score.far * 1000 <= score.searches);
	assert_true(score.runs_most < RUNS);
}

static void binary_search_is_right_without_loss(void **state)
{
	assert_score(SEARCH_BINARY, true);
}

static void binary_search_is_right_with_loss_goals(void **state)
{
	assert_score(SEARCH_BINARY, false);
}

static void growing_trials_are_right_without_loss(void **state)
{
	assert_score(SEARCH_MLR, true);
}

static void growing_trials_are_right_with_loss_goals(void **state)
{
	assert_score(SEARCH_MLR, false);
}

// Where trials are spoilt, one alone is no proof: this is what the majority is for.
static void one_trial_alone_is_deceived(void **state)
{
	unsigned int far = 0;

	for (unsigned int i = 0; i < 100; i++) {
		struct model_device device = drawn(seed_first + i, true);
		struct search_settings settings = settings_of(&device, SEARCH_BINARY);
		struct trials trials = trials_of(&device);
		struct search_answer answer;

		device.bad = 0.2;
		settings.repeats = 1;
		assert_int_equal(search_run(&trials, &settings, &answer), 0);
		far += fabs(answer.lower / model_truth(&device, SECONDS, 0) - 1) > NEAR;
		trials_free(&trials);
	}
	assert_true(far > 10);
}

static void device_without_limit_is_said_to_have_none(void **state)
{
	struct model_device device = {.seed = 1, .line = 1e6, .knee = 2e6};
	struct search_settings settings = settings_of(&device, SEARCH_MLR);
	struct trials trials = trials_of(&device);
	struct search_answer answer;

	assert_int_equal(search_run(&trials, &settings, &answer), 0);
	assert_int_equal(answer.state, SEARCH_AT_MOST);
	assert_true(answer.lower == 1e6 && answer.upper == 0);
	assert_true(answer.trials >= settings.repeats / 2 + 1);
	trials_free(&trials);
}

static void dead_device_has_no_throughput(void **state)
{
	struct model_device device = {.seed = 1, .line = 1e6, .knee = 1e6, .floor = 1};
	struct search_settings settings = settings_of(&device, SEARCH_MLR);
	struct trials trials = trials_of(&device);
	struct search_answer answer;

	assert_int_equal(search_run(&trials, &settings, &answer), 0);
	assert_int_equal(answer.state, SEARCH_NONE);
	assert_true(answer.lower == 0 && answer.upper == settings.least);
	trials_free(&trials);
}

static void trials_that_run_out_are_no_answer(void **state)
{
	struct model_device device = {.seed = 1, .line = 1e6, .knee = 3e5, .collapse = 1};
	struct search_settings settings = settings_of(&device, SEARCH_BINARY);
	struct trials trials = trials_of(&device);
	struct search_answer answer;

	settings.trials_most = 3;
	assert_int_equal(search_run(&trials, &settings, &answer), 0);
	assert_int_equal(answer.state, SEARCH_ENDED);
	assert_int_equal(trials.count, 3);
	trials_free(&trials);
}

static void void_trials_are_repeated_and_then_an_error(void **state)
{
	struct model_device device = {.seed = 1, .line = 1e6, .knee = 3e5, .void_part = 1};
	struct search_settings settings = settings_of(&device, SEARCH_BINARY);
	struct trials trials = trials_of(&device);
	struct search_answer answer;

	assert_int_equal(search_run(&trials, &settings, &answer), -EAGAIN);
	assert_int_equal(trials.count, 10);
	assert_int_equal(trials.voids[TRIAL_STEAL], 10);
	assert_int_equal(trials_void(&trials), 10);
	trials_free(&trials);
}

static void void_trials_are_bounded_in_all_too(void **state)
{
	struct model_device device = {.seed = 1, .line = 1e6, .knee = 3e5, .void_part = 0.5};
	struct search_settings settings = settings_of(&device, SEARCH_BINARY);
	struct trials trials = trials_of(&device);
	struct search_answer answer;

	trials.void_all = 3;
	assert_int_equal(search_run(&trials, &settings, &answer), -EAGAIN);
	assert_int_equal(trials_void(&trials), 3);
	trials.void_from = trials_void(&trials);
	assert_int_equal(search_run(&trials, &settings, &answer), -EAGAIN);
	assert_int_equal(trials_void(&trials), 6);
	trials_free(&trials);
}

static void settings_without_sense_are_refused(void **state)
{
	struct model_device device = {.seed = 1, .line = 1e6, .knee = 3e5};
	struct trials trials = trials_of(&device);
	struct search_answer answer;

	for (unsigned int i = 0; i < 5; i++) {
		struct search_settings settings = settings_of(&device, SEARCH_MLR);

		settings.repeats -= i == 0;
		settings.least = i == 1 ? 0 : settings.least;
		settings.width = i == 2 ? 0 : settings.width;
		settings.goal_count = i == 3 ? 0 : settings.goal_count;
		settings.first_seconds = i == 4 ? 0 : settings.first_seconds;
		assert_int_equal(search_run(&trials, &settings, &answer), -EINVAL);
	}
	assert_int_equal(device.runs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binary_search_is_right_without_loss),
		cmocka_unit_test(binary_search_is_right_with_loss_goals),
		cmocka_unit_test(growing_trials_are_right_without_loss),
		cmocka_unit_test(growing_trials_are_right_with_loss_goals),
		cmocka_unit_test(one_trial_alone_is_deceived),
		cmocka_unit_test(device_without_limit_is_said_to_have_none),
		cmocka_unit_test(dead_device_has_no_throughput),
		cmocka_unit_test(trials_that_run_out_are_no_answer),
		cmocka_unit_test(void_trials_are_repeated_and_then_an_error),
		cmocka_unit_test(void_trials_are_bounded_in_all_too),
		cmocka_unit_test(settings_without_sense_are_refused),
	};

	if (getenv("NIMBL_TEST_SEED") != NULL)
		seed_first = strtoull(getenv("NIMBL_TEST_SEED"), NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
