// SPDX-License-Identifier: BSD-3-Clause
// What the tests of lib/conf share: parse a text, and expect one exact error or a configuration.
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nimbl_conf.h"

// The caller's, for nimbl_conf_free().
static inline struct nimbl_conf *expect_conf_of(const char *text)
{
	struct nimbl_conf *conf = NULL;

	nimbl_clear_error();
	if (nimbl_conf_parse("c.yaml", text, strlen(text), &conf) != 0)
		fail_msg("%s", nimbl_last_error()->cause);
	assert_non_null(conf);
	assert_int_equal(nimbl_last_error()->code, 0);
	return conf;
}

static inline void expect_error_of(
	const char *text, size_t length, const char *cause, const char *mend)
{
	struct nimbl_conf *conf = (void *)&conf;

	nimbl_clear_error();
	assert_int_equal(nimbl_conf_parse("c.yaml", text, length, &conf), -EINVAL);
	assert_null(conf);
	assert_int_equal(nimbl_last_error()->code, EINVAL);
	assert_string_equal(nimbl_last_error()->cause, cause);
	if (mend != NULL)
		assert_string_equal(nimbl_last_error()->mend, mend);
	assert_true(nimbl_last_error()->mend[0] != '\0');
}

// NULL as `mend`: any that is not empty.
static inline void expect_error(const char *text, const char *cause, const char *mend)
{
	expect_error_of(text, strlen(text), cause, mend);
}
