// SPDX-License-Identifier: BSD-3-Clause
// What a run leaves in its file is what the next one finds there.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nimbl_base.h"
#include "pool/resume.h"

static char path[] = "/tmp/nimbl-resume-XXXXXX";

static json_t *asked(const char *cold)
{
	return json_pack("{s:{s:s}}", "option", "cold", cold);
}

static struct pool_row *rows_new(void)
{
	struct pool_row *rows = calloc(3, sizeof(*rows));

	for (uint32_t i = 0; i < 3; i++) {
		pool_cell_preset(&rows[i].cell);
		rows[i].cell.burst = 1 + i;
	}
	return rows;
}

static void row_measure(struct pool_row *row)
{
	row->rounds = 2;
	row->cycles[0] = 1.0 / 3;
	row->cycles[1] = 12;
	row->median = (struct stats_interval){1.5, 1.25, 2};
	stats_histogram_add(&row->bursts, 40);
	stats_histogram_add(&row->bursts, 4000);
	row->proof.taken = row->proof.given = 1ull << 40;
	row->total_bytes = 5;
	row->shares_cpus = true;
	row->shares = (struct stats_shares){0.25, 1.5, 0.75};
	row->touch = (struct pool_touch){
		.is_counted = true, .why = "?", .read = {1, 2, 3}, .written = {0.5, 0.25, 0.125}};
	snprintf(row->why, sizeof(row->why), "because");
}

static int file_make(void **state)
{
	strcpy(path + strlen(path) - 6, "XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int file_remove(void **state)
{
	return unlink(path);
}

// A file with the first two rows, and the rows.
static struct pool_row *file_begin(void)
{
	struct pool_row *rows = rows_new();
	struct pool_plan plan = {.rows = rows, .count = 3};
	struct pool_noise noise = {.control = 0.5, .twin = 0.25};
	struct pool_resume *resume = pool_resume_open(path, asked("0"), &plan, &noise);

	assert_non_null(resume);
	assert_int_equal(plan.done, 0);
	row_measure(&rows[0]);
	row_measure(&rows[1]);
	assert_int_equal(pool_resume_add(resume, &plan, 0, 2, &noise), 0);
	pool_resume_close(resume);
	return rows;
}

static void rows_come_back_as_they_were(void **state)
{
	struct pool_row *was = file_begin(), *rows = rows_new();
	struct pool_plan plan = {.rows = rows, .count = 3};
	struct pool_noise noise = {.control = 0};
	struct pool_resume *resume = pool_resume_open(path, asked("0"), &plan, &noise);

	assert_non_null(resume);
	assert_int_equal(plan.done, 2);
	assert_int_equal(plan.done_blocks, 1);
	assert_memory_equal(was, rows, 3 * sizeof(*rows));
	assert_true(noise.control == 0.5 && noise.twin == 0.25);
	pool_resume_close(resume);
	free(was);
	free(rows);
}

static void a_torn_line_is_forgotten(void **state)
{
	struct pool_row *was = file_begin(), *rows = rows_new();
	struct pool_plan plan = {.rows = rows, .count = 3};
	struct pool_noise noise = {.control = 0};
	FILE *file = fopen(path, "a");

	fputs("{\"first\":2,\"rows\":[{\"ce", file);
	fclose(file);
	struct pool_resume *resume = pool_resume_open(path, asked("0"), &plan, &noise);
	assert_non_null(resume);
	assert_int_equal(plan.done, 2);
	assert_int_equal(pool_resume_add(resume, &plan, 2, 3, &noise), 0);
	pool_resume_close(resume);
	plan.done = plan.done_blocks = 0;
	resume = pool_resume_open(path, asked("0"), &plan, &noise);
	assert_non_null(resume);
	assert_int_equal(plan.done, 3);
	pool_resume_close(resume);
	free(was);
	free(rows);
}

// Opening for this is refused, for a cause with these words.
static void refuse(const char *cold, size_t count, const char *words)
{
	struct pool_row *rows = rows_new();
	struct pool_plan plan = {.rows = rows, .count = count};
	struct pool_noise noise = {.control = 0};

	assert_null(pool_resume_open(path, asked(cold), &plan, &noise));
	assert_non_null(strstr(nimbl_last_error()->cause, words));
	free(rows);
}

static void other_runs_are_refused(void **state)
{
	free(file_begin());
	refuse("32", 3, "begun with option cold \"0\", and this run has \"32\"");
	refuse("0", 1, ":2: these are not the rows that come next");
}

static void one_run_at_a_time(void **state)
{
	struct pool_row *rows = file_begin();
	struct pool_plan plan = {.rows = rows, .count = 3};
	struct pool_noise noise = {.control = 0};
	struct pool_resume *resume = pool_resume_open(path, asked("0"), &plan, &noise);

	assert_non_null(resume);
	refuse("0", 3, "in use by another run");
	pool_resume_close(resume);
	free(rows);
}

static void other_files_are_left_as_they_are(void **state)
{
	static const char *const texts[] = {"diary", "diary\n", "{}\n", "[1]\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char found[32] = "";
		FILE *file = fopen(path, "w");

		fputs(texts[i], file);
		fclose(file);
		refuse("0", 3, ":1: this is");
		file = fopen(path, "r");
		assert_int_equal(fread(found, 1, sizeof(found), file), strlen(texts[i]));
		fclose(file);
		assert_string_equal(found, texts[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			rows_come_back_as_they_were, file_make, file_remove),
		cmocka_unit_test_setup_teardown(a_torn_line_is_forgotten, file_make, file_remove),
		cmocka_unit_test_setup_teardown(other_runs_are_refused, file_make, file_remove),
		cmocka_unit_test_setup_teardown(one_run_at_a_time, file_make, file_remove),
		cmocka_unit_test_setup_teardown(
			other_files_are_left_as_they_are, file_make, file_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
