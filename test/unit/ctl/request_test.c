// SPDX-License-Identifier: BSD-3-Clause
// Requests: what is understood reaches its handler with the types of the table, anything else is one
// error with cause and mend.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl_priv.h"

static int calls_made;
static size_t answer_bytes;

static int echo(void *context, const json_t *args, json_t *answer)
{
	calls_made++;
	assert_ptr_equal(context, &calls_made);
	return json_object_update(answer, (json_t *)(uintptr_t)args);
}

static int fail_loudly(void *context, const json_t *args, json_t *answer)
{
	json_object_set_new(answer, "half", json_true());
	nimbl_fail(ENODEV, "the port is \xff\n gone");
	nimbl_mend("bring it back");
	return -ENODEV;
}

static int fail_silently(void *context, const json_t *args, json_t *answer)
{
	return -EIO;
}

static int tell_much(void *context, const json_t *args, json_t *answer)
{
	char *text = malloc(answer_bytes);

	memset(text, 'x', answer_bytes);
	json_object_set_new(answer, "much", json_stringn(text, answer_bytes));
	free(text);
	return 0;
}

static const struct nimbl_ctl_arg args[] = {
	{"port", NIMBL_CTL_TEXT, false, "a port"},
	{"size", NIMBL_CTL_NUMBER, false, "a size"},
	{"on", NIMBL_CTL_FLAG, false, "a switch"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_arg required[] = {
	{"name", NIMBL_CTL_TEXT, true, "what it is called"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call first[] = {
	{"echo", "say it again", false, args, echo},
	{"insert", "needs a name", false, required, echo},
	{NULL, NULL, false, NULL, NULL},
};

static const struct nimbl_ctl_call second[] = {
	{"change", "changes something", true, NULL, echo},
	{"fail", "fails", false, NULL, fail_loudly},
	{"silent", "fails without a word", false, NULL, fail_silently},
	{"much", "tells much", false, NULL, tell_much},
	{NULL, NULL, false, NULL, NULL},
};

static const struct ctl_calls table = {
	.tables = {{first, &calls_made}, {second, &calls_made}}, .count = 2};

static int set_up(void **state)
{
	calls_made = 0;
	return 0;
}

// The answer to `length` bytes, which lie at the end of their memory, as JSON.
static json_t *ask_bytes(bool may_write, const char *request, size_t length)
{
	char *exact = malloc(length > 0 ? length : 1);
	size_t size = 0;

	memcpy(exact, request, length);
	char *line = ctl_answer(&table, may_write, exact, length, &size);
	free(exact);
	assert_non_null(line);
	assert_int_equal(line[size - 1], '\n');
	assert_null(memchr(line, '\n', size - 1));
	json_t *answer = json_loadb(line, size, 0, NULL);
	assert_int_equal(json_object_size(answer), 1);
	free(line);
	return answer;
}

static json_t *ask(const char *request)
{
	return ask_bytes(false, request, strlen(request));
}

static void expect_ok(const char *request, const char *ok)
{
	json_t *answer = ask(request);
	char *text = json_dumps(json_object_get(answer, "ok"), JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, ok);
	free(text);
	json_decref(answer);
}

static void expect_error_of(json_t *answer, int code, const char *cause, const char *mend)
{
	const char *said_cause, *said_mend;
	int said_code;

	assert_int_equal(json_unpack(answer, "{s:{s:s, s:s, s:i}}", "error", "cause", &said_cause,
				 "mend", &said_mend, "code", &said_code),
		0);
	if (strstr(said_cause, cause) == NULL)
		fail_msg("'%s' is not in '%s'", cause, said_cause);
	if (strstr(said_mend, mend) == NULL)
		fail_msg("'%s' is not in '%s'", mend, said_mend);
	assert_int_equal(said_code, code);
	json_decref(answer);
}

static void expect_error(const char *request, int code, const char *cause, const char *mend)
{
	expect_error_of(ask(request), code, cause, mend);
}

static void handler_gets_the_arguments(void **state)
{
	expect_ok("{\"call\": \"echo\", \"port\": \"wan\", \"size\": 4294967295, \"on\": false}",
		"{\"port\":\"wan\",\"size\":4294967295,\"on\":false}");
	expect_ok("{\"call\": \"echo\"}", "{}");
	assert_int_equal(calls_made, 2);
}

static void what_is_no_json_is_said_with_its_place(void **state)
{
	expect_error("{\"call\": \"echo\"", EINVAL, "no JSON: at byte 15", "{\"call\": \"help\"}");
	expect_error("", EINVAL, "no JSON", "for example");
	expect_error("\xff\xfe\x00", EINVAL, "no JSON", "for example");
	expect_error("{\"call\": \"echo\"} {}", EINVAL, "no JSON", "for example");
	expect_error("{\"call\": \"echo\", \"call\": \"echo\"}", EINVAL, "no JSON", "for example");
	expect_error("{\"call\": \"echo\", \"size\": 99999999999999999999}", EINVAL, "no JSON",
		"for example");
	expect_error_of(ask_bytes(true, "{\"call\":\"echo\"}\0x", 17), EINVAL, "no JSON", "");
}

static void deep_nesting_is_refused(void **state)
{
	static char deep[NIMBL_CTL_MESSAGE_MAX];

	memset(deep, '[', sizeof(deep));
	expect_error_of(ask_bytes(true, deep, sizeof(deep)), EINVAL, "no JSON", "for example");
}

static void request_without_a_call_is_refused(void **state)
{
	static const char *const requests[] = {"[]", "{}", "{\"call\": 1}", "{\"call\": null}",
		"{\"call\": [\"echo\"]}", "[{\"call\": \"echo\"}]"};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		expect_error(requests[i], EINVAL, "a request is an object", "for example");
	assert_int_equal(calls_made, 0);
}

static void unknown_call_is_guessed(void **state)
{
	expect_error("{\"call\": \"ecko\"}", ENOSYS, "there is no call 'ecko'", "'echo'?");
	expect_error("{\"call\": \"chnage\"}", ENOSYS, "there is no call 'chnage'", "'change'?");
	expect_error("{\"call\": \"zzzzzzz\"}", ENOSYS, "there is no call", "the call 'help'");
	expect_error("{\"call\": \"\"}", ENOSYS, "there is no call ''", "the call 'help'");
}

// The quote is cut, perhaps within a character, and what no terminal should obey is not there.
static void long_and_strange_words_are_made_plain(void **state)
{
	char request[800] = "{\"call\": \"";

	for (int i = 0; i < 60; i++)
		strcat(request, "x\xc3\xa4\\u001b");
	strcat(request, "\"}");
	expect_error(request, ENOSYS, "there is no call 'x???x???x???x???", "the call 'help'");
}

static void arguments_that_no_call_has_are_guessed(void **state)
{
	expect_error("{\"call\": \"echo\", \"prot\": \"a\"}", EINVAL,
		"call 'echo' has no argument 'prot'", "did you mean 'port'?");
	expect_error("{\"call\": \"fail\", \"port\": \"a\"}", EINVAL,
		"call 'fail' has no argument 'port'", "the call 'help'");
	assert_int_equal(calls_made, 0);
}

static void wrong_types_do_not_reach_the_handler(void **state)
{
	static const char *const wrong[] = {"\"port\": 1", "\"port\": null", "\"port\": [\"a\"]",
		"\"size\": \"1\"", "\"size\": 1.5", "\"size\": -1", "\"size\": 4294967296",
		"\"size\": true", "\"on\": 1", "\"on\": \"true\"", "\"on\": {}"};
	char request[100];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(request, sizeof(request), "{\"call\": \"echo\", %s}", wrong[i]);
		expect_error(request, EINVAL, "has another type", "it is ");
	}
	assert_int_equal(calls_made, 0);
}

static void required_argument_is_required(void **state)
{
	expect_error("{\"call\": \"insert\"}", EINVAL, "call 'insert' lacks the argument 'name'",
		"what it is called");
	expect_ok("{\"call\": \"insert\", \"name\": \"x\"}", "{\"name\":\"x\"}");
}

static void reader_may_not_write(void **state)
{
	const char *request = "{\"call\": \"change\"}";

	expect_error(request, EPERM, "you may only look", "as root");
	assert_int_equal(calls_made, 0);
	json_decref(ask_bytes(true, request, strlen(request)));
	assert_int_equal(calls_made, 1);
}

static void error_of_a_handler_is_the_answer_alone(void **state)
{
	expect_error("{\"call\": \"fail\"}", ENODEV, "the port is ?? gone", "bring it back");
	expect_error("{\"call\": \"silent\"}", 0, "failed without saying why", "");
}

// {"ok":{"much":"..."}} and the newline are 19 bytes more.
static void answer_that_is_too_long_is_an_error(void **state)
{
	const size_t frame = strlen("{\"ok\":{\"much\":\"\"}}\n");

	answer_bytes = NIMBL_CTL_ANSWER_MAX - frame;
	json_t *answer = ask("{\"call\": \"much\"}");
	assert_non_null(json_object_get(answer, "ok"));
	json_decref(answer);
	answer_bytes++;
	expect_error("{\"call\": \"much\"}", EMSGSIZE, "1048577 bytes", "ask for less");
}

static void help_tells_every_call_with_its_arguments(void **state)
{
	json_t *answer = ask("{\"call\": \"help\"}"), *calls, *arguments;
	const char *name;
	int needs_write;

	calls = json_object_get(json_object_get(answer, "ok"), "calls");
	assert_int_equal(json_array_size(calls), 6);
	assert_int_equal(json_unpack(json_array_get(calls, 0), "{s:s, s:b, s:o}", "name", &name,
				 "needs_write", &needs_write, "args", &arguments),
		0);
	assert_string_equal(name, "echo");
	assert_false(needs_write);
	assert_int_equal(json_array_size(arguments), 3);
	assert_true(json_is_true(json_object_get(json_array_get(calls, 2), "needs_write")));
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(handler_gets_the_arguments, set_up),
		cmocka_unit_test_setup(what_is_no_json_is_said_with_its_place, set_up),
		cmocka_unit_test_setup(deep_nesting_is_refused, set_up),
		cmocka_unit_test_setup(request_without_a_call_is_refused, set_up),
		cmocka_unit_test_setup(unknown_call_is_guessed, set_up),
		cmocka_unit_test_setup(long_and_strange_words_are_made_plain, set_up),
		cmocka_unit_test_setup(arguments_that_no_call_has_are_guessed, set_up),
		cmocka_unit_test_setup(wrong_types_do_not_reach_the_handler, set_up),
		cmocka_unit_test_setup(required_argument_is_required, set_up),
		cmocka_unit_test_setup(reader_may_not_write, set_up),
		cmocka_unit_test_setup(error_of_a_handler_is_the_answer_alone, set_up),
		cmocka_unit_test_setup(answer_that_is_too_long_is_an_error, set_up),
		cmocka_unit_test_setup(help_tells_every_call_with_its_arguments, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
