// SPDX-License-Identifier: BSD-3-Clause
// What is concluded from measurements, against samples whose answers are known.
#include "stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_near(double value, double expected, double within)
{
	if (fabs(value - expected) > within)
		fail_msg("%g is not %g", value, expected);
}

// Normal by the sum of twelve, with a generator of our own: the same on every machine.
static double noise(uint32_t *state)
{
	double sum = 0;

	for (int i = 0; i < 12; i++) {
		*state = *state * 1664525u + 1013904223u;
		sum += *state / 4294967296.0;
	}
	return sum - 6;
}

static void quantiles_lie_between_neighbours(void **state)
{
	const double values[] = {9, 1, 5, 3, 7};

	assert_near(stats_quantile(values, 5, 0), 1, 0);
	assert_near(stats_quantile(values, 5, 0.5), 5, 0);
	assert_near(stats_quantile(values, 5, 0.25), 3, 0);
	assert_near(stats_quantile(values, 5, 0.9), 8.2, 1e-12);
	assert_near(stats_quantile(values, 5, 1), 9, 0);
	assert_near(stats_quantile(values, 0, 0.5), 0, 0);
	assert_near(values[0], 9, 0); // nothing was sorted
}

static void median_of_an_even_number_is_the_mean_of_two(void **state)
{
	const double values[] = {4, 1, 3, 2};
	struct stats_interval interval = stats_median(values, 4, 0.95);

	assert_near(interval.median, 2.5, 0);
	assert_true(interval.low >= 1 && interval.low <= 2.5);
	assert_true(interval.high <= 4 && interval.high >= 2.5);
}

static void interval_of_equal_values_is_a_point(void **state)
{
	const double values[] = {7, 7, 7, 7, 7, 7, 7};
	struct stats_interval interval = stats_median(values, COUNT(values), 0.99);

	assert_near(interval.low, 7, 0);
	assert_near(interval.high, 7, 0);
}

// Of 31 normal values the order statistics 10 and 22 hold the median in 95 of 100 cases.
static void interval_is_that_of_order_statistics(void **state)
{
	double values[31];

	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = (double)i + 1;
	struct stats_interval interval = stats_median(values, COUNT(values), 0.95);
	assert_near(interval.median, 16, 0);
	assert_near(interval.low, 10, 1.01);
	assert_near(interval.high, 22, 1.01);
}

static void interval_holds_the_truth_as_often_as_it_says(void **state)
{
	uint32_t seed = 1;
	int held = 0;

	for (int run = 0; run < 400; run++) {
		double values[31];

		for (size_t i = 0; i < COUNT(values); i++)
			values[i] = 100 + noise(&seed);
		struct stats_interval interval = stats_median(values, COUNT(values), 0.95);
		held += interval.low <= 100 && interval.high >= 100;
	}
	assert_in_range(held, 400 * 91 / 100, 400);
}

static void the_same_twice_is_no_difference(void **state)
{
	uint32_t seed = 7;
	int different = 0;

	for (int run = 0; run < 500; run++) {
		double a[31], b[31];

		for (size_t i = 0; i < COUNT(a); i++) {
			a[i] = 50 + noise(&seed);
			b[i] = 50 + noise(&seed);
		}
		different += stats_compare(a, b, COUNT(a), 0.99, 0.01, 1).verdict != STATS_SAME;
	}
	assert_in_range(different, 0, 2);
}

// A machine on which the median alone is not to be trusted: noise of both signs, far beyond the least difference.
static int told_apart(uint32_t *seed, size_t rounds, double error)
{
	double a[31], b[31];

	for (size_t i = 0; i < rounds; i++) {
		a[i] = 50 + 20 * fabs(noise(seed));
		b[i] = 50 + 20 * fabs(noise(seed));
	}
	return stats_compare(a, b, rounds, 0.99, 0.02, error).verdict != STATS_SAME;
}

static void chance_is_held_to_what_is_allowed(void **state)
{
	uint32_t seed = 11;
	int alone = 0, held = 0;

	for (int run = 0; run < 4000; run++) {
		alone += told_apart(&seed, 15, 1);
		held += told_apart(&seed, 15, 0.0005);
	}
	assert_true(alone > 8);
	assert_in_range(held, 0, 2);
}

static void coins_are_those_of_the_table(void **state)
{
	// Exact values: 2 * (1 + 15) / 2^15 and so on.
	assert_near(stats_sign_test(15, 15), 2.0 / 32768, 1e-12);
	assert_near(stats_sign_test(14, 15), 32.0 / 32768, 1e-12);
	assert_near(stats_sign_test(31, 31), 2.0 / 2147483648.0, 1e-15);
	assert_near(stats_sign_test(8, 15), 1, 1e-9);
	assert_near(stats_sign_test(0, 0), 1, 0);
}

static void few_rounds_have_to_agree_all(void **state)
{
	const double much[] = {60, 61, 62, 60, 61, 62, 60, 61, 62, 60, 61, 62, 60, 61, 62};
	double less[15];

	for (size_t i = 0; i < 15; i++)
		less[i] = much[i] - 10;
	assert_int_equal(stats_compare(much, less, 15, 0.99, 0.02, 1e-9).verdict, STATS_SLOWER);
	less[7] = much[7] + 10;
	assert_int_equal(stats_compare(much, less, 15, 0.99, 0.02, 1e-9).verdict, STATS_SAME);
	assert_int_equal(stats_compare(much, less, 15, 0.99, 0.02, 1e-3).verdict, STATS_SLOWER);
}

static void shares_are_least_most_and_jain(void **state)
{
	const uint64_t even[] = {5, 5, 5, 5}, one[] = {0, 12, 0}, mixed[] = {1, 3};
	struct stats_shares shares = stats_shares(even, 4);

	assert_true(shares.least == 1 && shares.most == 1 && shares.jain == 1);
	shares = stats_shares(one, 3);
	assert_near(shares.jain, 1.0 / 3, 1e-12);
	assert_true(shares.least == 0 && shares.most == 3);
	shares = stats_shares(mixed, 2);
	assert_near(shares.jain, 16.0 / (2 * 10), 1e-12);
	assert_true(shares.least == 0.5 && shares.most == 1.5);
	assert_true(stats_shares(NULL, 0).jain == 1);
}

static void histograms_merge(void **state)
{
	static struct stats_histogram a, b;

	stats_histogram_add(&a, 10);
	stats_histogram_add(&b, 10);
	stats_histogram_add(&b, 5000);
	stats_histogram_merge(&a, &b);
	assert_int_equal(a.total, 3);
	assert_int_equal(a.max, 5000);
	assert_int_equal(stats_histogram_quantile(&a, 0.6), 10);
}

static void a_tenth_more_is_slower_whatever_the_machine_does(void **state)
{
	uint32_t seed = 3;

	for (int run = 0; run < 100; run++) {
		double a[31], b[31];

		for (size_t i = 0; i < COUNT(a); i++) {
			// A machine that is twice as slow in every third round, for both.
			double machine = i % 3 == 0 ? 2 : 1;

			a[i] = machine * (55 + noise(&seed));
			b[i] = machine * (50 + noise(&seed));
		}
		assert_int_equal(
			stats_compare(a, b, COUNT(a), 0.99, 0.01, 1e-5).verdict, STATS_SLOWER);
		assert_int_equal(
			stats_compare(b, a, COUNT(a), 0.99, 0.01, 1e-5).verdict, STATS_FASTER);
	}
}

static void warm_up_is_found_by_the_data(void **state)
{
	double values[40];
	uint32_t seed = 5;

	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = (i < 6 ? 200 - 20 * (double)i : 50) + noise(&seed);
	assert_in_range(stats_warmup(values, COUNT(values)), 6, 9);
	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = 50;
	assert_int_equal(stats_warmup(values, COUNT(values)), 0);
}

static void buckets_are_never_wider_than_a_sixteenth(void **state)
{
	for (uint64_t value = 1; value < (1ull << 40); value += 1 + value / 7) {
		struct stats_histogram *histogram = calloc(1, sizeof(*histogram));

		assert_non_null(histogram);
		stats_histogram_add(histogram, value);
		stats_histogram_add(histogram, UINT64_MAX >> 8);
		uint64_t answer = stats_histogram_quantile(histogram, 0.5);
		assert_true(answer >= value);
		assert_true(answer - value <= value / 16);
		free(histogram);
	}
	for (size_t i = 1; i < STATS_BUCKETS; i++)
		assert_true(stats_histogram_floor(i) > stats_histogram_floor(i - 1));
}

static void histogram_tells_quantiles_and_the_largest(void **state)
{
	struct stats_histogram *histogram = calloc(1, sizeof(*histogram));

	assert_non_null(histogram);
	for (uint64_t i = 1; i <= 1000; i++)
		stats_histogram_add(histogram, i);
	assert_in_range(stats_histogram_quantile(histogram, 0.5), 500, 532);
	assert_in_range(stats_histogram_quantile(histogram, 0.99), 990, 1000);
	assert_int_equal(stats_histogram_quantile(histogram, 1), 1000);
	assert_int_equal(histogram->total, 1000);
	free(histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_lie_between_neighbours),
		cmocka_unit_test(median_of_an_even_number_is_the_mean_of_two),
		cmocka_unit_test(interval_of_equal_values_is_a_point),
		cmocka_unit_test(interval_is_that_of_order_statistics),
		cmocka_unit_test(interval_holds_the_truth_as_often_as_it_says),
		cmocka_unit_test(the_same_twice_is_no_difference),
		cmocka_unit_test(chance_is_held_to_what_is_allowed),
		cmocka_unit_test(coins_are_those_of_the_table),
		cmocka_unit_test(few_rounds_have_to_agree_all),
		cmocka_unit_test(shares_are_least_most_and_jain),
		cmocka_unit_test(histograms_merge),
		cmocka_unit_test(a_tenth_more_is_slower_whatever_the_machine_does),
		cmocka_unit_test(warm_up_is_found_by_the_data),
		cmocka_unit_test(buckets_are_never_wider_than_a_sixteenth),
		cmocka_unit_test(histogram_tells_quantiles_and_the_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
