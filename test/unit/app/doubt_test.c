// SPDX-License-Identifier: BSD-3-Clause
// When a trial is void.
#include "rfc2544/doubt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

// Ten seconds of two CPUs at which nothing is wrong.
static struct doubt_facts sound(void)
{
	return (struct doubt_facts){
		.tsc_hz = 2e9,
		.before = {.tsc = 100e9, .raw_s = 5000, .steal_s = 7},
		.after = {.tsc = 120e9, .raw_s = 5010, .steal_s = 7},
		.asked = 1000000,
		.sent = 1000000,
		.cpus = 2,
	};
}

static enum trial_doubt judged(const struct doubt_facts *facts)
{
	struct doubt_limits limits = doubt_limits_usual(10);
	struct trial_result result = {.why = "unset"};

	doubt_judge(facts, &limits, &result);
	if (result.doubt == TRIAL_GOOD || result.doubt == TRIAL_LINK)
		assert_string_equal(result.why, "");
	else
		assert_true(strlen(result.why) > 0 && strcmp(result.why, "unset") != 0);
	return result.doubt;
}

static void nothing_wrong_is_good(void **state)
{
	struct doubt_facts facts = sound();

	assert_int_equal(judged(&facts), TRIAL_GOOD);
}

static void sending_may_fall_short_by_a_thousandth(void **state)
{
	struct doubt_facts facts = sound();

	facts.sent = 999000;
	assert_int_equal(judged(&facts), TRIAL_GOOD);
	facts.sent = 998999;
	assert_int_equal(judged(&facts), TRIAL_SHORT);
	facts = sound();
	facts.wanted_s = 10;
	facts.took_s = 10.01;
	assert_int_equal(judged(&facts), TRIAL_GOOD);
	facts.took_s = 10.02;
	assert_int_equal(judged(&facts), TRIAL_SHORT);
	facts = sound();
	facts.sending_late_s = 1;
	assert_int_equal(judged(&facts), TRIAL_SHORT);
	facts.sent = facts.asked = 0;
	assert_int_equal(judged(&facts), TRIAL_SHORT);
}

// A device that takes no more is measured, not excused.
static void device_that_pushes_back_is_no_shortfall_of_ours(void **state)
{
	struct doubt_facts facts = sound();

	facts.sent = 500000;
	facts.is_pushed_back = true;
	assert_int_equal(judged(&facts), TRIAL_GOOD);
}

static void clocks_have_to_agree(void **state)
{
	struct doubt_facts facts = sound();

	facts.after.tsc = 120.008e9;
	assert_int_equal(judged(&facts), TRIAL_GOOD);
	facts.after.tsc = 120.012e9;
	assert_int_equal(judged(&facts), TRIAL_CLOCK);
	facts.after.tsc = 119.988e9;
	assert_int_equal(judged(&facts), TRIAL_CLOCK);
	facts.after.raw_s = facts.before.raw_s;
	assert_int_equal(judged(&facts), TRIAL_CLOCK);
}

static void rate_of_the_counter_is_measured(void **state)
{
	struct doubt_facts facts = sound();

	assert_true(doubt_tsc_hz(&facts.before, &facts.after) == 2e9);
	doubt_read(&facts.before, getpid());
	doubt_read(&facts.after, getpid());
	assert_true(facts.after.raw_s >= facts.before.raw_s && facts.after.tsc > facts.before.tsc);
}

static void stolen_time_counts_for_all_cpus(void **state)
{
	struct doubt_facts facts = sound();

	facts.after.steal_s = 7.39; // of 20 seconds
	assert_int_equal(judged(&facts), TRIAL_GOOD);
	facts.after.steal_s = 7.41;
	assert_int_equal(judged(&facts), TRIAL_STEAL);
}

static void waiting_for_a_cpu_is_time_taken_away(void **state)
{
	struct doubt_facts facts = sound();

	facts.after.wait_s = 0.19;
	assert_int_equal(judged(&facts), TRIAL_GOOD);
	facts.after.wait_s = 0.21;
	assert_int_equal(judged(&facts), TRIAL_STEAL);
}

static void late_thread_own_drops_and_link_are_doubtful(void **state)
{
	struct doubt_facts late = sound(), drops = sound(), link = sound();

	late.late_s = 0.2;
	drops.own_drops = 1;
	link.link_went_down = true;
	assert_int_equal(judged(&late), TRIAL_LATE);
	assert_int_equal(judged(&drops), TRIAL_QUEUE);
	assert_int_equal(judged(&link), TRIAL_LINK);
}

static void steal_is_the_eighth_figure_of_the_first_line(void **state)
{
	assert_int_equal(doubt_steal_ticks("cpu  1 2 3 4 5 6 7 42 9 10\n"), 42);
	assert_int_equal(doubt_steal_ticks("cpu  1 2 3 4 5 6 7\n"), 0);
	assert_int_equal(doubt_steal_ticks("cpu0 1 2 3 4 5 6 7 8\n"), 0);
	assert_int_equal(doubt_steal_ticks(""), 0);
}

static void every_doubt_has_a_word(void **state)
{
	for (int i = 0; i < TRIAL_DOUBT_COUNT; i++)
		assert_true(strlen(trial_doubt_word((enum trial_doubt)i)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wrong_is_good),
		cmocka_unit_test(sending_may_fall_short_by_a_thousandth),
		cmocka_unit_test(device_that_pushes_back_is_no_shortfall_of_ours),
		cmocka_unit_test(clocks_have_to_agree),
		cmocka_unit_test(rate_of_the_counter_is_measured),
		cmocka_unit_test(stolen_time_counts_for_all_cpus),
		cmocka_unit_test(waiting_for_a_cpu_is_time_taken_away),
		cmocka_unit_test(late_thread_own_drops_and_link_are_doubtful),
		cmocka_unit_test(steal_is_the_eighth_figure_of_the_first_line),
		cmocka_unit_test(every_doubt_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
