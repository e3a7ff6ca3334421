// SPDX-License-Identifier: BSD-3-Clause
// The checker against a model that remembers everything: every count is exact, whatever was lost, came twice,
// late, broken or at the wrong port.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "checker_make.h"

// Extents from their definition: the earliest unique frame with a later sequence.
static void expect_extent(struct model *model, struct nimbl_checker_figures *want, uint32_t index)
{
	uint64_t since = 0;

	while (model->order[since] <= index)
		since++;
	want->reordered++;
	want->extent_sum += model->unique - since;
	if (model->unique - since > want->extent_max)
		want->extent_max = model->unique - since;
}

static void expect_frame(struct model *model, struct nimbl_checker_figures *want, uint32_t index,
	uint32_t first, uint32_t window)
{
	uint64_t block = ((uint64_t)first + index) / 32,
		 top = ((uint64_t)first + model->top - 1) / 32;

	want->frames++;
	want->bytes += FRAME;
	if (index >= model->top) {
		model->top = index + 1;
	} else if (top - block >= window / 32) {
		want->stale++;
		return;
	} else if (model->came[index] > 0) {
		want->duplicates++;
		return;
	} else {
		expect_extent(model, want, index);
	}
	model->came[index]++;
	model->order[model->unique++] = index;
	want->span = model->top;
}

static void figures_are(
	const struct nimbl_checker_figures *got, const struct nimbl_checker_figures *want)
{
	assert_true(got->frames == want->frames);
	assert_true(got->bytes == want->bytes);
	assert_true(got->duplicates == want->duplicates);
	assert_true(got->stale == want->stale);
	assert_true(got->strays == want->strays);
	assert_true(got->reordered == want->reordered);
	assert_true(got->extent_sum == want->extent_sum);
	assert_true(got->extent_max == want->extent_max);
	assert_true(got->extent_open == want->extent_open);
	assert_true(got->early == want->early);
	assert_true(got->span == want->span);
}

// One round of random arrivals of several streams, in bursts of random lengths.
static void round_is_counted(uint64_t seed)
{
	uint32_t first = seed % 2 ? UINT32_MAX - (uint32_t)(nimbl_draw(seed, 1) % SENT) : 0;
	uint32_t window = 64u << nimbl_draw(seed, 2) % 3;
	struct nimbl_checkers *set = set_open(STREAMS, 1, window, first);
	struct nimbl_checker_figures want[STREAMS] = {0}, got;
	struct nimbl_checkers_figures all, sum = {0};
	unsigned int count = arrivals_make(seed, window);

	models_clear();
	for (unsigned int i = 0; i < count; i++) {
		const struct arrival *arrival = &arrivals[i];

		frame_make(i % BURST_MAX, arrival, first, seed + i);
		if (arrival->fate == WHOLE)
			expect_frame(&models[arrival->stream], &want[arrival->stream],
				arrival->index, first, window);
		sum.corrupt += arrival->fate == BROKEN;
		sum.foreign += arrival->fate == FOREIGN;
		sum.misrouted += arrival->fate == STRANGER;
		if (i % BURST_MAX == BURST_MAX - 1 || i == count - 1)
			nimbl_checker_burst(
				nimbl_checkers_at(set, 0), frames, i % BURST_MAX + 1, 1000);
	}
	for (uint16_t i = 0; i < STREAMS; i++) {
		assert_true(nimbl_checkers_read_stream(set, ID(i), &got));
		figures_are(&got, &want[i]);
		assert_true(nimbl_checker_unique(&got) == models[i].unique);
		assert_true(nimbl_checker_lost(&got, SENT) == SENT - models[i].unique);
		nimbl_checker_figures_add(&sum.streams, &want[i]);
	}
	nimbl_checkers_read(set, &all);
	figures_are(&all.streams, &sum.streams);
	assert_true(all.corrupt == sum.corrupt && all.foreign == sum.foreign);
	assert_true(all.misrouted == sum.misrouted);
	nimbl_checkers_close(set);
}

static void every_frame_is_counted_as_what_it_is(void **state)
{
	for (uint64_t seed = 0; seed < ROUNDS; seed++)
		round_is_counted(seed);
}

static void come(struct nimbl_checkers *set, unsigned int lcore, uint32_t sequence, uint64_t now)
{
	frame_sign(0, ID(0), sequence, 1000);
	nimbl_checker_burst(nimbl_checkers_at(set, lcore), frames, 1, now);
}

static struct nimbl_checker_figures figures_of(const struct nimbl_checkers *set)
{
	struct nimbl_checker_figures figures;

	assert_true(nimbl_checkers_read_stream(set, ID(0), &figures));
	return figures;
}

// RFC 4737, 4.2.3: of 1 2 3 4 7 5 6 the last two are reordered, by 1 and 2.
static void extents_are_those_of_rfc_4737(void **state)
{
	static const uint32_t order[] = {0, 1, 2, 3, 6, 4, 5, 7, 9, 11, 13, 8, 12};
	struct nimbl_checkers *set = set_open(1, 1, 0, 0);

	for (int i = 0; i < 7; i++)
		come(set, 0, order[i], 1000);
	assert_true(figures_of(set).reordered == 2);
	assert_true(figures_of(set).extent_sum == 3 && figures_of(set).extent_max == 2);
	// 8 was overtaken by 9, 11 and 13; 12 by 13 only, which came two frames before it.
	for (int i = 7; i < 13; i++)
		come(set, 0, order[i], 1000);
	assert_true(figures_of(set).reordered == 4);
	assert_true(figures_of(set).extent_sum == 3 + 3 + 2 && figures_of(set).extent_max == 3);
	nimbl_checkers_close(set);
}

static void an_extent_behind_too_many_gaps_is_a_bound(void **state)
{
	struct nimbl_checkers *set = set_open(1, 1, 0, 0);

	for (uint32_t i = 0; i <= 2 * NIMBL_CHECKER_JUMPS; i++)
		come(set, 0, 2 * i, 1000);
	come(set, 0, 1, 1000);
	assert_true(figures_of(set).extent_open == 1);
	assert_true(figures_of(set).extent_max == NIMBL_CHECKER_JUMPS);
	come(set, 0, 4 * NIMBL_CHECKER_JUMPS - 1, 1000);
	assert_true(figures_of(set).extent_open == 1 && figures_of(set).reordered == 2);
	assert_true(figures_of(set).extent_sum == NIMBL_CHECKER_JUMPS + 2);
	nimbl_checkers_close(set);
}

static void sequences_go_on_behind_32_bits(void **state)
{
	struct nimbl_checkers *set = set_open(1, 1, 0, 5);
	uint64_t step = INT32_MAX / 2, last = 5;

	// Twice around, by steps; each leaves a gap.
	for (; last < 2ull << 32; last += step)
		come(set, 0, (uint32_t)last, 1000);
	last -= step;
	assert_true(figures_of(set).span == last - 5 + 1);
	assert_true(figures_of(set).reordered + figures_of(set).duplicates == 0);
	come(set, 0, (uint32_t)last, 1000);
	come(set, 0, (uint32_t)last - 1, 1000);
	come(set, 0, (uint32_t)(last - step), 1000);
	assert_true(figures_of(set).duplicates == 1 && figures_of(set).reordered == 1);
	assert_true(figures_of(set).stale == 1);
	nimbl_checkers_close(set);
}

static void frames_of_the_trial_before_are_strays(void **state)
{
	struct nimbl_checkers *set = set_open(1, 1, 0, 0);

	come(set, 0, UINT32_MAX, 1000);
	come(set, 0, 0, 1000);
	come(set, 0, UINT32_MAX - 7, 1000);
	assert_true(figures_of(set).strays == 2 && figures_of(set).frames == 3);
	nimbl_checkers_clear(set, 100);
	come(set, 0, 1, 1000);
	come(set, 0, 100, 1000);
	assert_true(figures_of(set).strays == 1 && figures_of(set).frames == 2);
	assert_true(figures_of(set).span == 1);
	nimbl_checkers_close(set);
}

static void delays_are_kept_and_clocks_that_differ_are_told(void **state)
{
	struct nimbl_checkers *set = set_open(1, 1, 0, 0);
	static struct nimbl_histogram delays;
	uint64_t value = 0;

	nimbl_histogram_clear(&delays);
	come(set, 0, 0, 1100);
	come(set, 0, 1, 1200);
	come(set, 0, 1, 1000 + (7ull << 48)); // only the lower bits were sent
	come(set, 0, 2, 999);
	assert_true(nimbl_checkers_add_delays(set, ID(0), &delays));
	assert_false(nimbl_checkers_add_delays(set, ID(1), &delays));
	assert_true(nimbl_histogram_count(&delays) == 3 && figures_of(set).early == 1);
	assert_true(nimbl_histogram_percentile(&delays, 100, &value) && value == 200);
	assert_true(nimbl_histogram_percentile(&delays, 0, &value) && value == 0);
	nimbl_checkers_clear(set, 0);
	nimbl_histogram_clear(&delays);
	nimbl_checkers_add_all_delays(set, &delays);
	assert_true(nimbl_histogram_count(&delays) == 0);
	nimbl_checkers_close(set);
}

// Each frame on any of the lcores: whoever had it first, the second is the duplicate.
static void lcores_together_count_each_frame_once(void **state)
{
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		struct nimbl_checkers *set = set_open(STREAMS, LCORES, 4096, 0);
		struct nimbl_checker_figures got;
		uint64_t unique[STREAMS] = {0}, came[STREAMS] = {0};
		unsigned int count = arrivals_make(seed, 64);

		models_clear();
		for (unsigned int i = 0; i < count; i++) {
			const struct arrival *arrival = &arrivals[i];

			if (arrival->fate != WHOLE)
				continue;
			came[arrival->stream]++;
			unique[arrival->stream] +=
				models[arrival->stream].came[arrival->index]++ == 0;
			frame_make(0, arrival, 0, seed + i);
			nimbl_checker_burst(nimbl_checkers_at(set,
						    (unsigned int)(nimbl_draw(~seed, i) % LCORES)),
				frames, 1, 1000);
		}
		for (uint16_t i = 0; i < STREAMS; i++) {
			assert_true(nimbl_checkers_read_stream(set, ID(i), &got));
			assert_true(got.frames == came[i] && got.stale == 0);
			assert_true(nimbl_checker_unique(&got) == unique[i]);
		}
		nimbl_checkers_close(set);
	}
}

// Checks, on a thread of its own, all frames but each fourth.
static void *check_most(void *arg)
{
	struct part *part = arg;
	uint8_t bytes[FRAME];

	pthread_barrier_wait(part->begin);
	for (uint32_t i = 0; i < SHARED; i++) {
		if (i % 4 == part->number)
			continue;
		bytes_sign(bytes, ID(0), i, 1000);
		nimbl_checker_burst(nimbl_checkers_at(part->set, part->number),
			&(struct nimbl_checker_frame){bytes, FRAME}, 1, 1000);
	}
	return NULL;
}

static void lcores_at_the_same_time_count_each_frame_once(void **state)
{
	struct nimbl_checkers *set = set_open(1, LCORES, 0, 0);
	pthread_barrier_t begin;
	struct part parts[LCORES];
	pthread_t threads[LCORES];

	assert_int_equal(pthread_barrier_init(&begin, NULL, LCORES), 0);
	for (unsigned int i = 0; i < LCORES; i++) {
		parts[i] = (struct part){.set = set, .begin = &begin, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, check_most, &parts[i]), 0);
	}
	for (unsigned int i = 0; i < LCORES; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&begin);
	assert_true(figures_of(set).frames == LCORES * SHARED / 4 * 3);
	assert_true(figures_of(set).stale == 0 && figures_of(set).reordered == 0);
	assert_true(figures_of(set).duplicates == LCORES * SHARED / 4 * 3 - SHARED);
	nimbl_checkers_close(set);
}

static void a_frame_of_any_length_may_come(void **state)
{
	struct nimbl_checkers *set = set_open(1, 1, 0, 0);
	struct nimbl_checkers_figures figures;

	for (uint32_t length = 0; length <= FRAME; length++) {
		uint8_t *bytes = malloc(length > 0 ? length : 1); // not a byte more

		assert_non_null(bytes);
		frame_sign(0, ID(0), 0, 1000);
		memcpy(bytes, frames[0].bytes, length);
		nimbl_checker_burst(nimbl_checkers_at(set, 0),
			&(struct nimbl_checker_frame){bytes, length}, 1, 1000);
		free(bytes);
	}
	nimbl_checkers_read(set, &figures);
	assert_true(figures.streams.frames == 1 && figures.foreign == FRAME);
	nimbl_checkers_close(set);
}

static void what_cannot_be_is_refused_with_the_cause(void **state)
{
	const uint16_t ids[] = {1};
	struct nimbl_checkers_options options = {.streams = ids, .stream_count = 1, .lcores = 1};
	struct nimbl_checkers *set = NULL;
	const uint32_t windows[] = {1, 32, 65, 1000, UINT32_MAX};

	for (unsigned int i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		options.window = windows[i];
		assert_int_equal(nimbl_checkers_open(&set, &options), -EINVAL);
		assert_non_null(strstr(nimbl_last_error()->cause, "window"));
	}
	options.window = 0;
	options.lcores = 0;
	assert_int_equal(nimbl_checkers_open(&set, &options), -EINVAL);
	assert_null(set);
	nimbl_checkers_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_is_counted_as_what_it_is),
		cmocka_unit_test(extents_are_those_of_rfc_4737),
		cmocka_unit_test(an_extent_behind_too_many_gaps_is_a_bound),
		cmocka_unit_test(sequences_go_on_behind_32_bits),
		cmocka_unit_test(frames_of_the_trial_before_are_strays),
		cmocka_unit_test(delays_are_kept_and_clocks_that_differ_are_told),
		cmocka_unit_test(lcores_together_count_each_frame_once),
		cmocka_unit_test(lcores_at_the_same_time_count_each_frame_once),
		cmocka_unit_test(a_frame_of_any_length_may_come),
		cmocka_unit_test(what_cannot_be_is_refused_with_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
