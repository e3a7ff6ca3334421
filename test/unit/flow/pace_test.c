// SPDX-License-Identifier: BSD-3-Clause
// Schedules against a model in whole numbers: frame n is due at delay + work / rate + gaps, over hours, at any
// rate, to two cycles.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_pace.h"
#include "nimbl_random.h"

typedef unsigned __int128 wide;

static uint64_t draws;

static uint64_t draw(uint64_t below)
{
	return nimbl_draw(7, draws++) % below;
}

static uint16_t fixed(const void *context, uint64_t index)
{
	return *(const uint16_t *)context;
}

static uint16_t varying(const void *context, uint64_t index)
{
	return (uint16_t)(60 + nimbl_draw(3, index) % 1455);
}

static struct nimbl_pace_spec pps(uint64_t rate)
{
	return (struct nimbl_pace_spec){.unit = NIMBL_PACE_PPS, .rate = rate * 1000, .burst = 1};
}

static const struct nimbl_pace_line ghz = {.hz = 1000000000, .bps = 10000000000};
static const uint16_t sixty = 60;

static struct nimbl_pace opened(
	const struct nimbl_pace_spec *spec, const struct nimbl_pace_line *line)
{
	struct nimbl_pace pace;

	nimbl_clear_error();
	if (nimbl_pace_open(&pace, spec, line, 0, 1, fixed, &sixty) != 0)
		fail_msg("%s", nimbl_last_error()->cause);
	return pace;
}

static void line_rate_of_64_bytes_is_what_everybody_says(void **state)
{
	struct nimbl_pace_spec spec = {.unit = NIMBL_PACE_PERCENT, .rate = 1000000, .burst = 1};
	struct nimbl_pace pace = opened(&spec, &ghz);

	// 14 880 952.38 frames a second on 10 Gbit/s
	assert_int_equal(nimbl_pace_asked(&spec, &ghz, 999999999, 60), 14880953);
	for (int i = 0; i < 14880952; i++)
		nimbl_pace_take(&pace, 60);
	assert_true(nimbl_pace_is_due(&pace, 999999999));
	nimbl_pace_take(&pace, 60);
	assert_false(nimbl_pace_is_due(&pace, 1000000000));
}

// When frame n is due, in cycles, without what is left of the division.
static wide model(const struct nimbl_pace_spec *spec, const struct nimbl_pace_line *line,
	uint64_t n, wide work)
{
	const uint64_t rate = nimbl_pace_rate(spec, line);
	const uint64_t bursts = n / spec->burst, gaps = spec->gap_ns != 0 ? bursts : 0;
	// Without a gap a burst is due as a whole.
	const wide before = spec->gap_ns != 0 ? work * n : work * bursts * spec->burst;
	wide at = (wide)spec->delay_ns * line->hz / 1000000000;

	return at + before * 1000 * line->hz / rate +
	       (wide)gaps * spec->gap_ns * line->hz / 1000000000;
}

static void nothing_drifts_over_hours(void **state)
{
	for (int round = 0; round < 60; round++) {
		const struct nimbl_pace_line line = {.hz = 1000000000 + draw(4000000000),
			.bps = 1000000000ull * (1 + draw(400))};
		struct nimbl_pace_spec spec = {.unit = NIMBL_PACE_PPS + draw(4),
			.burst = draw(2) ? 1 : (uint32_t)(1 + draw(100)),
			.gap_ns = draw(3) ? 0 : draw(50000),
			.delay_ns = draw(2) * draw(10000000000)};
		const uint32_t extra = spec.unit == NIMBL_PACE_L2 ? 4 : 24;
		const wide work = spec.unit == NIMBL_PACE_PPS ? 1 : 8 * (60 + extra);
		const uint32_t stride = (uint32_t)(1 + draw(8)), mine = (uint32_t)draw(stride);
		struct nimbl_pace pace;

		// The slowest make ten hours of 200 000 frames.
		spec.rate = spec.unit == NIMBL_PACE_PERCENT ? 1 + draw(1000000)
							    : 1000 * (5 + draw(1ull << draw(34)));
		assert_int_equal(
			nimbl_pace_open(&pace, &spec, &line, mine, stride, fixed, &sixty), 0);
		for (uint64_t n = mine; n < 200000; n += stride) {
			wide at = model(&spec, &line, n, work);

			assert_int_equal(pace.index, n);
			assert_true(pace.due + 2 >= at && pace.due <= at + 2);
			nimbl_pace_take(&pace, 60);
		}
	}
}

static void bits_count_where_sizes_vary(void **state)
{
	const struct nimbl_pace_line line = {.hz = 2999999993, .bps = 0};

	for (int round = 0; round < 10; round++) {
		struct nimbl_pace_spec spec = {.unit = round % 2 ? NIMBL_PACE_L1 : NIMBL_PACE_L2,
			.rate = 1000 * (1000 + draw(40000000000)),
			.burst = 1};
		const uint32_t stride = (uint32_t)(1 + draw(4));
		struct nimbl_pace pace;
		wide bits = 0;

		assert_int_equal(nimbl_pace_open(&pace, &spec, &line, 0, stride, varying, NULL), 0);
		for (uint64_t n = 0; n < 100000; n++) {
			wide at = bits * 1000 * line.hz / spec.rate;

			if (n % stride == 0) {
				assert_int_equal(pace.index, n);
				assert_true(pace.due + 2 >= at && pace.due <= at + 2);
				nimbl_pace_take_varying(&pace, varying, NULL);
			}
			bits += 8u * (varying(NULL, n) + (spec.unit == NIMBL_PACE_L1 ? 24u : 4u));
		}
	}
}

static void what_was_asked_is_what_was_due(void **state)
{
	for (int round = 0; round < 200; round++) {
		struct nimbl_pace_spec spec = {.unit = NIMBL_PACE_PPS + draw(3),
			.rate = 1000 * (100000 + draw(10000000)),
			.burst = draw(2) ? 1 : (uint32_t)(1 + draw(100)),
			.gap_ns = draw(2) ? 0 : draw(50000),
			.delay_ns = draw(2) * draw(1000000),
			.count = draw(2) * (1 + draw(5000)),
			.duration_ns = draw(2) * (1 + draw(20000000))};
		struct nimbl_pace pace = opened(&spec, &ghz);
		uint64_t elapsed = draw(20000000), sent = 0, asked;

		while (pace.due <= elapsed && pace.due < pace.end_at && pace.index < pace.end) {
			nimbl_pace_take(&pace, 60);
			sent++;
		}
		asked = nimbl_pace_asked(&spec, &ghz, elapsed, 60);
		assert_in_range(
			asked, sent > spec.burst ? sent - spec.burst : 0, sent + spec.burst);
		if (spec.burst == 1 && spec.gap_ns == 0)
			assert_in_range(asked, sent > 0 ? sent - 1 : 0, sent + 1);
	}
}

static void count_and_duration_end_it(void **state)
{
	struct nimbl_pace_spec spec = pps(1000);
	struct nimbl_pace pace;

	spec.count = 5;
	pace = opened(&spec, &ghz);
	assert_int_equal(nimbl_pace_burst(&pace, UINT64_MAX / 8, 60, 32), 5);
	assert_true(nimbl_pace_is_done(&pace, 0));
	spec = pps(1000);
	spec.duration_ns = 10000000;
	spec.delay_ns = 5000000;
	pace = opened(&spec, &ghz);
	assert_false(nimbl_pace_is_due(&pace, 4999999));
	assert_int_equal(nimbl_pace_burst(&pace, 5000000, 60, 32), 1);
	// Those that were due may still go a moment after the end, but no later.
	assert_int_equal(nimbl_pace_burst(&pace, 15000100, 60, 32), 9);
	assert_true(nimbl_pace_is_done(&pace, 15000100));
	pace = opened(&spec, &ghz);
	assert_int_equal(nimbl_pace_burst(&pace, 17000000, 60, 32), 0);
	assert_true(nimbl_pace_is_done(&pace, 17000000));
}

static void bursts_go_at_once_and_gaps_come_on_top(void **state)
{
	struct nimbl_pace_spec spec = pps(1000);
	struct nimbl_pace pace;

	spec.burst = 4;
	pace = opened(&spec, &ghz);
	assert_int_equal(nimbl_pace_burst(&pace, 0, 60, 32), 4);
	assert_int_equal(nimbl_pace_burst(&pace, 3999999, 60, 32), 0);
	assert_int_equal(nimbl_pace_burst(&pace, 4000000, 60, 32), 4);
	spec = (struct nimbl_pace_spec){.unit = NIMBL_PACE_MAX, .burst = 8, .gap_ns = 1000};
	pace = opened(&spec, &ghz);
	assert_int_equal(nimbl_pace_burst(&pace, 0, 60, 32), 8);
	assert_int_equal(nimbl_pace_burst(&pace, 999, 60, 32), 0);
	assert_int_equal(nimbl_pace_burst(&pace, 2000, 60, 32), 16);
	assert_int_equal(nimbl_pace_late(&pace, 3500), 500);
}

static void no_limit_is_always_due(void **state)
{
	struct nimbl_pace_spec spec = {.unit = NIMBL_PACE_MAX, .burst = 1, .duration_ns = 1000};
	struct nimbl_pace pace = opened(&spec, &ghz);

	for (int i = 0; i < 100; i++)
		assert_int_equal(nimbl_pace_burst(&pace, 999, 60, 32), 32);
	assert_int_equal(nimbl_pace_burst(&pace, 1000, 60, 32), 0);
}

static void rates_that_cannot_be_are_refused(void **state)
{
	const struct nimbl_pace_line line = {.hz = 1000000000, .bps = 0};
	struct nimbl_pace_spec spec = {.unit = NIMBL_PACE_PERCENT, .rate = 500000, .burst = 1};
	struct nimbl_pace pace;

	assert_int_equal(nimbl_pace_open(&pace, &spec, &line, 0, 1, fixed, &sixty), -EINVAL);
	assert_non_null(strstr(nimbl_last_error()->cause, "speed of the line is not known"));
	spec = pps(0);
	assert_int_equal(nimbl_pace_open(&pace, &spec, &line, 0, 1, fixed, &sixty), -EINVAL);
	spec = pps(1);
	spec.burst = 0;
	assert_int_equal(nimbl_pace_open(&pace, &spec, &line, 0, 1, fixed, &sixty), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_rate_of_64_bytes_is_what_everybody_says),
		cmocka_unit_test(nothing_drifts_over_hours),
		cmocka_unit_test(bits_count_where_sizes_vary),
		cmocka_unit_test(what_was_asked_is_what_was_due),
		cmocka_unit_test(count_and_duration_end_it),
		cmocka_unit_test(bursts_go_at_once_and_gaps_come_on_top),
		cmocka_unit_test(no_limit_is_always_due),
		cmocka_unit_test(rates_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
