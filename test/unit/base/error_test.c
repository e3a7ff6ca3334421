// SPDX-License-Identifier: BSD-3-Clause
// The last error of a thread: cause, mend, place; what does not fit is cut; and guesses at words.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_base.h"

static const size_t cause_size = sizeof(((struct nimbl_error *)0)->cause);
static const size_t mend_size = sizeof(((struct nimbl_error *)0)->mend);
static char longer[4096];

static int fill_longer(void **state)
{
	memset(longer, 'x', sizeof(longer) - 1);
	return 0;
}

static void fail_notes_and_returns_the_code(void **state)
{
	assert_int_equal(nimbl_fail(ENOENT, "no port '%s', only %d", "wan", 3), -ENOENT);
	assert_int_equal(nimbl_last_error()->code, ENOENT);
	assert_string_equal(nimbl_last_error()->cause, "no port 'wan', only 3");
	assert_string_equal(nimbl_last_error()->mend, "");
}

static void cleared_error_is_none(void **state)
{
	nimbl_fail(EIO, "cause");
	nimbl_mend("mend");
	nimbl_clear_error();
	assert_int_equal(nimbl_last_error()->code, 0);
	assert_string_equal(nimbl_last_error()->cause, "");
	assert_string_equal(nimbl_last_error()->mend, "");
}

static void mend_belongs_to_one_error(void **state)
{
	nimbl_fail(EINVAL, "first");
	nimbl_mend("try %u", 7u);
	assert_string_equal(nimbl_last_error()->mend, "try 7");
	assert_string_equal(nimbl_last_error()->cause, "first");
	nimbl_fail(EINVAL, "second");
	assert_string_equal(nimbl_last_error()->mend, "");
}

static void long_texts_are_cut_and_end(void **state)
{
	nimbl_fail(EINVAL, "%s", longer);
	assert_int_equal(strlen(nimbl_last_error()->cause), cause_size - 1);
	nimbl_mend("%s", longer);
	assert_int_equal(strlen(nimbl_last_error()->mend), mend_size - 1);
	assert_int_equal(strlen(nimbl_last_error()->cause), cause_size - 1);
	assert_int_equal(nimbl_last_error()->code, EINVAL);
}

static void prefix_stands_before_the_cause(void **state)
{
	nimbl_fail(EINVAL, "cause");
	nimbl_mend("mend");
	nimbl_fail_prefix("%s:%d: ", "c.yaml", 3);
	nimbl_fail_prefix("port %s: ", "wan");
	assert_string_equal(nimbl_last_error()->cause, "port wan: c.yaml:3: cause");
	assert_string_equal(nimbl_last_error()->mend, "mend");
	assert_int_equal(nimbl_last_error()->code, EINVAL);
}

static void prefix_cuts_the_end_of_what_does_not_fit(void **state)
{
	for (size_t n = cause_size - 10; n < cause_size + 10; n++) {
		nimbl_fail(EINVAL, "%s", "0123456789");
		nimbl_fail_prefix("%.*s", (int)n, longer);
		const char *cause = nimbl_last_error()->cause;
		size_t want = n + 10 < cause_size - 1 ? n + 10 : cause_size - 1;
		assert_int_equal(strlen(cause), want);
		for (size_t i = 0; i < want; i++)
			assert_int_equal(cause[i], i < n ? 'x' : '0' + (int)(i - n));
	}
	nimbl_fail(EINVAL, "%s", longer);
	nimbl_fail_prefix("<%s>", "place");
	assert_int_equal(strlen(nimbl_last_error()->cause), cause_size - 1);
	assert_memory_equal(nimbl_last_error()->cause, "<place>xxx", 10);
	nimbl_fail_prefix("%s", longer);
	assert_int_equal(strlen(nimbl_last_error()->cause), cause_size - 1);
}

static void *fail_elsewhere(void *arg)
{
	intptr_t clean = nimbl_last_error()->code == 0 && nimbl_last_error()->cause[0] == '\0';

	nimbl_fail(EPERM, "elsewhere");
	return (void *)clean;
}

static void every_thread_has_an_error_of_its_own(void **state)
{
	pthread_t thread;
	void *clean;

	nimbl_fail(EIO, "here");
	assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
	assert_int_equal(pthread_join(thread, &clean), 0);
	assert_non_null(clean);
	assert_int_equal(nimbl_last_error()->code, EIO);
	assert_string_equal(nimbl_last_error()->cause, "here");
}

static const char *const words[] = {
	"ports", "pools", "capacity", "promiscuous", "mtu", "rx", "receive", "transmit", NULL};

static void typo_finds_its_word(void **state)
{
	static const char *const typos[][2] = {{"capacty", "capacity"}, {"capaccity", "capacity"},
		{"capacitx", "capacity"}, {"promiscous", "promiscuous"}, {"port", "ports"},
		{"recieve", "receive"}, {"mut", "mtu"}, {"transmti", "transmit"}, {"recv", NULL},
		{"capacity", "capacity"}};

	for (size_t i = 0; i < sizeof(typos) / sizeof(*typos); i++) {
		const char *found = nimbl_did_you_mean(typos[i][0], words);

		if (typos[i][1] == NULL)
			assert_null(found);
		else if (found == NULL)
			fail_msg("'%s' finds nothing", typos[i][0]);
		else
			assert_string_equal(found, typos[i][1]);
	}
}

static void nearest_word_wins(void **state)
{
	static const char *const near[] = {"receivers", "received", "receive", NULL};

	assert_string_equal(nimbl_did_you_mean("receivr", near), "receive");
	assert_string_equal(nimbl_did_you_mean("receiverz", near), "receivers");
	assert_string_equal(nimbl_did_you_mean("received", near), "received");
}

static void more_than_a_third_is_another_word(void **state)
{
	static const char *const one[] = {"abcdefghi", NULL};

	assert_non_null(nimbl_did_you_mean("abcdefxyz", one)); // 3 of 9
	assert_null(nimbl_did_you_mean("abcdewxyz", one));     // 4 of 9
	assert_null(nimbl_did_you_mean("filter", words));
	assert_null(nimbl_did_you_mean("", words));
}

static void one_letter_is_no_hint_of_another(void **state)
{
	static const char *const letters[] = {"a", "b", "ax", "rx", NULL};

	assert_null(nimbl_did_you_mean("q", letters));
	assert_null(nimbl_did_you_mean("z", words));
	assert_string_equal(nimbl_did_you_mean("x", letters), "ax"); // a letter in common
}

static void very_long_words_are_not_compared(void **state)
{
	char exactly[66], huge[200];
	const char *const names[] = {huge, exactly, NULL};

	memset(huge, 'a', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	memset(exactly, 'a', 64);
	exactly[64] = '\0';
	assert_null(nimbl_did_you_mean(huge, names));
	assert_ptr_equal(nimbl_did_you_mean(exactly, names), exactly);
	exactly[64] = 'a';
	exactly[65] = '\0';
	assert_null(nimbl_did_you_mean(exactly, names));
	assert_null(nimbl_did_you_mean("a", (const char *const[]){NULL}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_notes_and_returns_the_code),
		cmocka_unit_test(cleared_error_is_none),
		cmocka_unit_test(mend_belongs_to_one_error),
		cmocka_unit_test(long_texts_are_cut_and_end),
		cmocka_unit_test(prefix_stands_before_the_cause),
		cmocka_unit_test(prefix_cuts_the_end_of_what_does_not_fit),
		cmocka_unit_test(every_thread_has_an_error_of_its_own),
		cmocka_unit_test(typo_finds_its_word),
		cmocka_unit_test(nearest_word_wins),
		cmocka_unit_test(more_than_a_third_is_another_word),
		cmocka_unit_test(one_letter_is_no_hint_of_another),
		cmocka_unit_test(very_long_words_are_not_compared),
	};

	return cmocka_run_group_tests(tests, fill_longer, NULL);
}
