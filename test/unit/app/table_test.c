// SPDX-License-Identifier: BSD-3-Clause
// Tables, figures and exit statuses of the program.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "say.h"
#include "table.h"

static const char *const two[] = {"port", "frames", NULL};

// What a table prints; the caller's.
static char *printed(struct table *table, unsigned int indent)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	table_finish(table, indent, out);
	fclose(out);
	return text;
}

static void expect_printed(struct table *table, unsigned int indent, const char *expected)
{
	char *text = printed(table, indent);

	assert_string_equal(text, expected);
	free(text);
}

static void figures_stand_right_and_words_left(void **state)
{
	struct table *table = table_new(two);

	table_cell(table, "wan");
	table_count(table, 1234567);
	table_cell(table, "a-long-name");
	table_count(table, 5);
	expect_printed(table, 0,
		"port            frames\n"
		"wan          1 234 567\n"
		"a-long-name          5\n");
}

static void dash_is_a_figure_among_figures(void **state)
{
	struct table *table = table_new(two);

	table_cell(table, "-");
	table_cell(table, "-");
	table_cell(table, "b");
	table_cell(table, "-12.5 %%");
	expect_printed(table, 0,
		"port   frames\n"
		"-           -\n"
		"b     -12.5 %\n");
}

static void column_of_words_and_figures_stands_left(void **state)
{
	struct table *table = table_new(two);

	table_cell(table, "a");
	table_cell(table, "none");
	table_cell(table, "b");
	table_cell(table, "7");
	expect_printed(table, 0, "port  frames\na     none\nb     7\n");
}

static void line_ends_without_spaces_and_begins_with_indent(void **state)
{
	struct table *table = table_new(two);

	table_cell(table, "a");
	table_cell(table, "%s", "");
	table_cell(table, "bbbbbb");
	expect_printed(table, 2, "  port    frames\n  a\n  bbbbbb\n");
}

static void table_without_rows_is_its_headers(void **state)
{
	expect_printed(table_new(two), 0, "port  frames\n");
}

static void empty_cell_keeps_the_columns_behind_it(void **state)
{
	static const char *const three[] = {"a", "count", "c", NULL};
	struct table *table = table_new(three);

	table_cell(table, "x");
	table_cell(table, "%s", "");
	table_cell(table, "y");
	table_cell(table, "x");
	table_count(table, 123456);
	table_cell(table, "y");
	expect_printed(table, 0, "a    count  c\nx           y\nx  123 456  y\n");
}

static void many_cells_fit(void **state)
{
	struct table *table = table_new(two);
	size_t lines = 0;

	for (unsigned int i = 0; i < 2000; i++)
		table_count(table, i);
	char *text = printed(table, 0);
	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	free(text);
	assert_int_equal(lines, 1001);
}

static void counts_are_grouped_by_thousands(void **state)
{
	assert_string_equal(format_count(0).text, "0");
	assert_string_equal(format_count(999).text, "999");
	assert_string_equal(format_count(1000).text, "1 000");
	assert_string_equal(format_count(1234567).text, "1 234 567");
	assert_string_equal(format_count(UINT64_MAX).text, "18 446 744 073 709 551 615");
	assert_string_equal(format_signed(-1234).text, "-1 234");
	assert_string_equal(format_signed(0).text, "0");
	assert_string_equal(format_signed(INT64_MIN).text, "-9 223 372 036 854 775 808");
}

static void rates_take_the_prefix_that_fits(void **state)
{
	assert_string_equal(format_packet_rate(0).text, "0 pps");
	assert_string_equal(format_packet_rate(950).text, "950 pps");
	assert_string_equal(format_packet_rate(999.4).text, "999 pps");
	assert_string_equal(format_packet_rate(1000).text, "1.0 kpps");
	assert_string_equal(format_packet_rate(12345678).text, "12.3 Mpps");
	assert_string_equal(format_bit_rate(8.1e9).text, "8.1 Gbit/s");
	assert_string_equal(format_bit_rate(123.4e12).text, "123.4 Tbit/s");
}

static void rate_is_never_a_thousand_of_its_prefix(void **state)
{
	assert_string_equal(format_packet_rate(999.5).text, "1.0 kpps");
	assert_string_equal(format_packet_rate(999949).text, "999.9 kpps");
	assert_string_equal(format_packet_rate(999960).text, "1.0 Mpps");
	assert_string_equal(format_bit_rate(999.96e9).text, "1.0 Tbit/s");
}

static void rate_that_is_no_number_is_a_dash(void **state)
{
	assert_string_equal(format_packet_rate(NAN).text, "-");
	assert_string_equal(format_packet_rate(INFINITY).text, "-");
	assert_string_equal(format_bit_rate(-1).text, "-");
	assert_string_equal(format_percent(NAN, 1).text, "-");
	assert_string_equal(format_percent(1, NAN).text, "-");
}

static void percent_of_nothing_is_a_dash(void **state)
{
	assert_string_equal(format_percent(0, 0).text, "-");
	assert_string_equal(format_percent(1, 8).text, "12.5 %");
	assert_string_equal(format_percent(8, 8).text, "100.0 %");
}

static void links_have_round_speeds(void **state)
{
	assert_string_equal(format_link(0).text, "");
	assert_string_equal(format_link(10000000).text, "10 Mbit/s");
	assert_string_equal(format_link(1000000000).text, "1 Gbit/s");
	assert_string_equal(format_link(2500000000).text, "2.5 Gbit/s");
	assert_string_equal(format_link(100000000000).text, "100 Gbit/s");
	assert_string_equal(format_link(64000).text, "64.0 kbit/s");
}

static void durations_take_the_unit_that_fits(void **state)
{
	assert_string_equal(format_duration_ns(0).text, "0 ns");
	assert_string_equal(format_duration_ns(999).text, "999 ns");
	assert_string_equal(format_duration_ns(1500).text, "1.5 us");
	assert_string_equal(format_duration_ns(999960).text, "1.0 ms");
	assert_string_equal(format_duration_ns(12345678).text, "12.3 ms");
	assert_string_equal(format_duration_ns(10000000000).text, "10.0 s");
	assert_string_equal(format_duration_ns(59960000000).text, "1 min 00 s");
	assert_string_equal(format_duration_ns(125000000000).text, "2 min 05 s");
	assert_string_equal(format_duration_ns(3720000000000).text, "1 h 02 min");
}

static void mebibytes_have_one_decimal(void **state)
{
	assert_string_equal(format_mib(0).text, "0.0");
	assert_string_equal(format_mib(1536 * 1024).text, "1.5");
	assert_string_equal(format_mib(1234ull << 20).text, "1 234.0");
	assert_string_equal(format_mib((1u << 20) - 1).text, "1.0");
	assert_string_equal(format_mib(UINT64_MAX).text, "17 592 186 044 416.0");
}

static void exit_status_tells_whose_fault_it_is(void **state)
{
	static const int environment[] = {
		ENODEV, ENOMEM, EPERM, EACCES, EBUSY, ENOSPC, EEXIST, ENOENT, ETIMEDOUT};

	assert_int_equal(say_status(EINVAL), NIMBL_EXIT_USAGE);
	for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
		assert_int_equal(say_status(environment[i]), NIMBL_EXIT_ENVIRONMENT);
	assert_int_equal(say_status(0), NIMBL_EXIT_INTERNAL);
	assert_int_equal(say_status(EFAULT), NIMBL_EXIT_INTERNAL);
	assert_int_equal(say_status(ENOTRECOVERABLE), NIMBL_EXIT_INTERNAL);
}

static void expect_said(const struct nimbl_error *error, bool has_colours, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	say_print(out, error, has_colours);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void error_is_cause_and_mend(void **state)
{
	struct nimbl_error error = {
		.code = ENODEV, .cause = "no device x", .mend = "did you mean y?"};
	struct nimbl_error bare = {.code = ENODEV, .cause = "no device x"};
	struct nimbl_error mute = {.code = 0};

	expect_said(&error, false, "nimbl: no device x\n  mend: did you mean y?\n");
	expect_said(&bare, false, "nimbl: no device x\n");
	expect_said(&mute, false, "nimbl: failed without saying why\n");
	expect_said(&error, true,
		"\033[1;31mnimbl:\033[0m no device x\n  \033[32mmend:\033[0m did you mean y?\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_stand_right_and_words_left),
		cmocka_unit_test(dash_is_a_figure_among_figures),
		cmocka_unit_test(column_of_words_and_figures_stands_left),
		cmocka_unit_test(line_ends_without_spaces_and_begins_with_indent),
		cmocka_unit_test(table_without_rows_is_its_headers),
		cmocka_unit_test(empty_cell_keeps_the_columns_behind_it),
		cmocka_unit_test(many_cells_fit),
		cmocka_unit_test(counts_are_grouped_by_thousands),
		cmocka_unit_test(rates_take_the_prefix_that_fits),
		cmocka_unit_test(rate_is_never_a_thousand_of_its_prefix),
		cmocka_unit_test(rate_that_is_no_number_is_a_dash),
		cmocka_unit_test(percent_of_nothing_is_a_dash),
		cmocka_unit_test(links_have_round_speeds),
		cmocka_unit_test(durations_take_the_unit_that_fits),
		cmocka_unit_test(mebibytes_have_one_decimal),
		cmocka_unit_test(exit_status_tells_whose_fault_it_is),
		cmocka_unit_test(error_is_cause_and_mend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
