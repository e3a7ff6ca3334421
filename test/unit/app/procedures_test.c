// SPDX-License-Identifier: BSD-3-Clause
// Loss curve, longest burst, latency and recovery, against devices whose answers are known.
#include "rfc2544/procedures.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model_device.h"

#define LINE 1e6

static struct trials trials_of(struct model_device *device)
{
	return (struct trials){.device = {.run = model_run, .context = device}, .void_most = 5};
}

static void assert_near(double value, double expected, double within)
{
	if (!(fabs(value - expected) <= within))
		fail_msg("%g is not %g", value, expected);
}

static void curve_ends_behind_two_trials_without_loss(void **state)
{
	struct model_device device = {.line = LINE, .knee = 0.65 * LINE};
	struct trials trials = trials_of(&device);
	struct curve curve;

	assert_int_equal(curve_run(&trials, LINE, 0.1, 10, &curve), 0);
	assert_int_equal(curve.count, 6); // 100, 90, 80, 70 lose, 60 and 50 do not
	assert_near(curve.points[0].loss, 0.35, 1e-6);
	assert_near(curve.points[3].rate, 0.7 * LINE, 1);
	assert_near(curve.points[3].loss, 0.05 / 0.7, 1e-6);
	assert_true(curve.points[4].loss == 0 && curve.points[5].loss == 0);
	trials_free(&trials);
}

static void curve_of_a_device_that_always_loses_ends_at_the_lowest_rate(void **state)
{
	struct model_device device = {.line = LINE, .knee = LINE, .floor = 0.5};
	struct trials trials = trials_of(&device);
	struct curve curve;

	assert_int_equal(curve_run(&trials, LINE, 0.1, 10, &curve), 0);
	assert_int_equal(curve.count, 10);
	assert_near(curve.points[9].rate, 0.1 * LINE, 1);
	trials_free(&trials);
}

// A buffer of B frames that empties at the throughput T takes bursts of B / (1 - T / line).
static void longest_burst_tells_the_buffer(void **state)
{
	struct model_device device = {.line = LINE, .knee = 0.75 * LINE, .buffer = 1000};
	struct trials trials = trials_of(&device);
	struct bursts bursts;

	assert_int_equal(bursts_run(&trials, LINE, 0.75 * LINE, 2, 5, &bursts), 0);
	assert_int_equal(bursts.count, 5);
	assert_false(bursts.is_endless);
	assert_near(bursts.mean, 4000, 8);
	assert_near(bursts.corrected_s * LINE, 1000, 3);
	assert_true(bursts.least <= bursts.most && bursts.deviation < 8);
	trials_free(&trials);
}

static void burst_without_end_is_said(void **state)
{
	struct model_device device = {.line = LINE, .knee = 2 * LINE};
	struct trials trials = trials_of(&device);
	struct bursts bursts;

	assert_int_equal(bursts_run(&trials, LINE, LINE, 2, 3, &bursts), 0);
	assert_true(bursts.is_endless);
	assert_int_equal(bursts.least, 2000000);
	assert_int_equal(device.runs, 3);
	trials_free(&trials);
}

static void dead_device_passes_no_burst(void **state)
{
	struct model_device device = {.line = LINE, .knee = 0};
	struct trials trials = trials_of(&device);
	struct bursts bursts;

	assert_int_equal(bursts_run(&trials, LINE, 0, 2, 2, &bursts), 0);
	assert_int_equal(bursts.count, 2);
	assert_int_equal(bursts.most, 0);
	trials_free(&trials);
}

static void latency_is_measured_at_parts_of_the_throughput(void **state)
{
	static const double parts[] = {1, 0.5, 0.1};
	struct model_device device = {.line = LINE, .knee = 0.5 * LINE};
	struct trials trials = trials_of(&device);
	struct latencies latencies;

	assert_int_equal(latencies_run(&trials, 0.5 * LINE, parts, 3, 10, 2, &latencies), 0);
	assert_int_equal(latencies.count, 3);
	assert_near(latencies.points[1].rate, 0.25 * LINE, 1);
	assert_int_equal(latencies.points[0].latency.samples, 0); // the model measures none
	assert_int_equal(latencies.points[0].repeats, 0);
	trials_free(&trials);
}

// Latencies 30, 10, 20 ... of trials that follow each other.
static int run_with_latency(void *context, const struct trial_ask *ask, struct trial_result *result)
{
	static const double medians[] = {30, 10, 20};
	unsigned int *runs = context;

	result->sent = result->received = 100;
	result->latency.samples = 100;
	result->latency.at[0] = medians[(*runs)++ % 3];
	return 0;
}

static void latency_is_that_of_the_repetition_in_the_middle(void **state)
{
	static const double parts[] = {1};
	unsigned int runs = 0;
	struct trials trials = {
		.device = {.run = run_with_latency, .context = &runs}, .void_most = 5};
	struct latencies latencies;

	assert_int_equal(latencies_run(&trials, LINE, parts, 1, 1, 3, &latencies), 0);
	assert_int_equal(latencies.points[0].repeats, 3);
	assert_near(latencies.points[0].latency.at[0], 20, 0);
	assert_near(latencies.points[0].medians[0], 10, 0);
	assert_near(latencies.points[0].medians[2], 30, 0);
	trials_free(&trials);
}

static void recovery_needs_an_overload(void **state)
{
	struct model_device device = {.line = LINE, .knee = 2 * LINE};
	struct trials trials = trials_of(&device);
	struct recovery recovery;

	assert_int_equal(recovery_run(&trials, LINE, LINE, 1, 3, &recovery), 0);
	assert_non_null(recovery.why);
	assert_int_equal(recovery_run(&trials, LINE, 0.5 * LINE, 1, 3, &recovery), 0);
	assert_non_null(recovery.why); // the model has no such trial
	assert_int_equal(recovery.count, 0);
	trials_free(&trials);
}

// 1000 frames per sample are sent; the device loses 100 of each for 10 samples, then holds 500 frames
// back that it delivers within 5 more.
static void recovery_ends_when_no_more_is_missing(void **state)
{
	struct recovery_sample samples[50];
	uint64_t sent = 0, lost = 0;

	for (unsigned int i = 0; i < 50; i++) {
		sent += 1000;
		lost += i < 10 ? 100 : 0;
		uint64_t held = i < 10 ? 5000 : i < 15 ? 5000 - 1000 * (i - 9) : 0;
		samples[i] = (struct recovery_sample){0.001 * i, sent, sent - lost - held};
	}
	assert_near(recovery_time(samples, 50), 0.013, 1e-9); // within one sample's frames
	assert_true(recovery_time(samples, 1) < 0);
}

static void loss_that_goes_on_is_no_recovery(void **state)
{
	struct recovery_sample samples[10];

	for (unsigned int i = 0; i < 10; i++)
		samples[i] = (struct recovery_sample){0.001 * i, 1000 * (i + 1), 500 * (i + 1)};
	samples[8].received -= 2000;
	assert_true(recovery_time(samples, 10) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curve_ends_behind_two_trials_without_loss),
		cmocka_unit_test(curve_of_a_device_that_always_loses_ends_at_the_lowest_rate),
		cmocka_unit_test(longest_burst_tells_the_buffer),
		cmocka_unit_test(burst_without_end_is_said),
		cmocka_unit_test(dead_device_passes_no_burst),
		cmocka_unit_test(latency_is_measured_at_parts_of_the_throughput),
		cmocka_unit_test(latency_is_that_of_the_repetition_in_the_middle),
		cmocka_unit_test(recovery_needs_an_overload),
		cmocka_unit_test(recovery_ends_when_no_more_is_missing),
		cmocka_unit_test(loss_that_goes_on_is_no_recovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
