// SPDX-License-Identifier: BSD-3-Clause
// The histogram against the samples themselves, sorted: each figure within 1/256 of the truth, and none
// where there is no sample.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_histogram.h"
#include "nimbl_random.h"

enum { SAMPLES = 5000, ROUNDS = 60, PARTS = 3 };

static struct nimbl_histogram whole, parts[PARTS];
static uint64_t samples[SAMPLES];

static int setup(void **state)
{
	nimbl_histogram_clear(&whole);
	for (int i = 0; i < PARTS; i++)
		nimbl_histogram_clear(&parts[i]);
	return 0;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

// Few or many, all alike or over the whole range: the kind and the samples are those of the round.
static unsigned int fill(uint64_t round)
{
	unsigned int count = 1 + (unsigned int)(nimbl_draw(round, 0) % (round % 3 ? SAMPLES : 9));
	unsigned int bits = (unsigned int)(nimbl_draw(round, 1) % 64);

	for (unsigned int i = 0; i < count; i++) {
		uint64_t draw = nimbl_draw(round, 2 + i);

		samples[i] = round % 4 ? draw >> bits : draw >> (draw % 64);
		nimbl_histogram_record(&whole, samples[i]);
		nimbl_histogram_record(&parts[i % PARTS], samples[i]);
	}
	qsort(samples, count, sizeof(samples[0]), compare);
	return count;
}

static void is_near(double value, double truth)
{
	if (fabs(value - truth) > truth / 256 + 1e-9)
		fail_msg("%f is too far from %f", value, truth);
}

static void percentiles_are_right(unsigned int count)
{
	static const double percents[] = {0, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100};
	uint64_t value, last = 0;

	for (unsigned int i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		// The rank in whole numbers: hundredths of a percent.
		uint64_t share = (uint64_t)(percents[i] * 100 + 0.5);
		uint64_t rank = (share * count + 9999) / 10000;

		assert_true(nimbl_histogram_percentile(&whole, percents[i], &value));
		is_near((double)value, (double)samples[rank > 0 ? rank - 1 : 0]);
		assert_true(value >= last);
		last = value;
	}
	assert_true(value == samples[count - 1]);
	assert_true(nimbl_histogram_percentile(&whole, 0, &value) && value == samples[0]);
}

static void every_figure_is_within_its_bound_of_the_samples(void **state)
{
	for (uint64_t round = 0; round < ROUNDS; round++) {
		double sum = 0, mean, squares = 0, deviation;

		setup(NULL);
		unsigned int count = fill(round);
		assert_true(nimbl_histogram_count(&whole) == count);
		percentiles_are_right(count);
		for (unsigned int i = 0; i < count; i++)
			sum += (double)samples[i] / count;
		assert_true(nimbl_histogram_mean(&whole, &mean));
		is_near(mean, sum);
		assert_true(mean >= (double)samples[0] && mean <= (double)samples[count - 1]);
		for (unsigned int i = 0; i < count; i++)
			squares += pow((double)samples[i] - sum, 2) / count;
		assert_true(nimbl_histogram_deviation(&whole, &deviation));
		// Each sample is off by a 256th at most, so the deviation is by as much of the root of squares.
		assert_true(
			fabs(deviation - sqrt(squares)) <= sqrt(squares + sum * sum) / 128 + 1e-6);
	}
}

static void parts_add_up_to_the_whole(void **state)
{
	static struct nimbl_histogram sum;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		setup(NULL);
		fill(round);
		nimbl_histogram_clear(&sum);
		for (int i = 0; i < PARTS; i++)
			nimbl_histogram_add(&sum, &parts[i]);
		assert_memory_equal(&sum, &whole, sizeof(sum));
	}
}

static void each_value_has_a_bucket_of_its_size(void **state)
{
	unsigned int last = 0;

	// Each value below 4096, then 4096 of each power of two.
	for (uint64_t value = 0, step = 1; value < UINT64_MAX - step; value += step) {
		unsigned int bucket = nimbl_histogram_bucket(value);

		assert_true(bucket < NIMBL_HISTOGRAM_BUCKETS);
		assert_true(bucket == last || bucket == last + 1);
		last = bucket;
		if (value == step << 13)
			step *= 2;
	}
	assert_int_equal(nimbl_histogram_bucket(0), 0);
	assert_int_equal(nimbl_histogram_bucket(UINT64_MAX), NIMBL_HISTOGRAM_BUCKETS - 1);
	for (uint64_t value = 0; value < 256; value++)
		assert_int_equal(nimbl_histogram_bucket(value), value);
}

static void no_samples_are_no_zero(void **state)
{
	uint64_t value = 4711;
	double figure = 4711;
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_true(nimbl_histogram_count(&whole) == 0);
	assert_false(nimbl_histogram_percentile(&whole, 50, &value));
	assert_false(nimbl_histogram_mean(&whole, &figure));
	assert_false(nimbl_histogram_deviation(&whole, &figure));
	assert_true(value == 4711 && figure == 4711);
	assert_int_equal(nimbl_histogram_print(&whole, file, 1), -ENODATA);
	fclose(file);
	assert_int_equal(size, 0);
	free(text);
}

// What a sample of zero is not.
static void zero_is_a_sample(void **state)
{
	uint64_t value = 4711;
	double mean;

	nimbl_histogram_record(&whole, 0);
	assert_true(nimbl_histogram_percentile(&whole, 50, &value) && value == 0);
	assert_true(nimbl_histogram_mean(&whole, &mean) && mean == 0);
}

static char *printed(double unit)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_int_equal(nimbl_histogram_print(&whole, file, unit), 0);
	fclose(file);
	return text;
}

static void the_plotter_reads_what_is_printed(void **state)
{
	char *text, *line, *rest;
	double value, share, odds, last = 0, last_share = -1;
	unsigned long seen;
	unsigned int lines = 0, ends = 0, fields;

	for (unsigned int i = 1; i <= 1000; i++)
		nimbl_histogram_record(&whole, i * 1000);
	text = printed(1000);
	line = strtok_r(text, "\n", &rest);
	assert_string_equal(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
	for (; (line = strtok_r(NULL, "\n", &rest)) != NULL && *line != '#'; lines++) {
		fields =
			(unsigned int)sscanf(line, "%lf %lf %lu %lf", &value, &share, &seen, &odds);
		assert_true(share > last_share && value >= last && seen <= 1000);
		assert_true((double)seen >= share * 1000 - 1e-6);
		is_near(value, fmax(1, ceil(share * 1000 - 1e-6)));
		if (fields == 4)
			assert_true(fabs(odds - 1 / (1 - share)) < 0.01);
		else
			ends += fields == 3 && share == 1 && seen == 1000 && value == 1000;
		last = value;
		last_share = share;
	}
	assert_int_equal(ends, 1);
	assert_true(lines > 30);
	assert_non_null(strstr(line, "#[Mean    =      500."));
	assert_non_null(strstr(rest, "#[Max     =     1000.000, Total count    =         1000]"));
	free(text);
}

static void one_sample_is_one_line(void **state)
{
	char *text;

	nimbl_histogram_record(&whole, 77);
	text = printed(1);
	assert_non_null(strstr(text, "\n\n      77.000 1.000000000000          1\n#[Mean"));
	free(text);
}

static void a_file_that_takes_nothing_is_an_error(void **state)
{
	FILE *file = fopen("/dev/full", "w");

	nimbl_histogram_record(&whole, 1);
	assert_non_null(file);
	assert_int_equal(nimbl_histogram_print(&whole, file, 1), -EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_figure_is_within_its_bound_of_the_samples, setup),
		cmocka_unit_test_setup(parts_add_up_to_the_whole, setup),
		cmocka_unit_test_setup(each_value_has_a_bucket_of_its_size, setup),
		cmocka_unit_test_setup(no_samples_are_no_zero, setup),
		cmocka_unit_test_setup(zero_is_a_sample, setup),
		cmocka_unit_test_setup(the_plotter_reads_what_is_printed, setup),
		cmocka_unit_test_setup(one_sample_is_one_line, setup),
		cmocka_unit_test_setup(a_file_that_takes_nothing_is_an_error, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
