// SPDX-License-Identifier: BSD-3-Clause
// Any message is answered by one line of JSON: either what a handler put there, whose arguments had
// the types of the table, or one error.
#include <stdlib.h>
#include <string.h>

#include "ctl_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int check_args(void *context, const json_t *args, json_t *answer)
{
	const json_t *port = json_object_get(args, "port"), *size = json_object_get(args, "size");
	const json_t *on = json_object_get(args, "on");

	must(json_object_get(args, "call") == NULL);
	must(json_is_string(port));
	must(size == NULL || (json_is_integer(size) && json_integer_value(size) >= 0 &&
				     json_integer_value(size) <= UINT32_MAX));
	must(on == NULL || json_is_boolean(on));
	must(json_object_size(args) == (size_t)(1 + (size != NULL) + (on != NULL)));
	return json_object_update(answer, (json_t *)(uintptr_t)args);
}

static int never(void *context, const json_t *args, json_t *answer)
{
	must(false);
	return 0;
}

static const struct nimbl_ctl_arg args[] = {
	{"port", NIMBL_CTL_TEXT, true, "a port"},
	{"size", NIMBL_CTL_NUMBER, false, "a size"},
	{"on", NIMBL_CTL_FLAG, false, "a switch"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call calls[] = {
	{"show-ports", "checks its arguments", false, args, check_args},
	{"stop", "is not for readers", true, NULL, never},
	{NULL, NULL, false, NULL, NULL},
};

static void check_error(const json_t *error)
{
	const char *cause = json_string_value(json_object_get(error, "cause"));

	must(cause != NULL && cause[0] != '\0');
	must(json_string_length(json_object_get(error, "mend")) > 0);
	must(json_integer_value(json_object_get(error, "code")) > 0);
	for (; *cause != '\0'; cause++)
		must(*cause >= ' ' && *cause <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ctl_calls table = {.tables = {{calls, NULL}}, .count = 1};
	size_t length = 0;
	char *line;

	// What a socket would not have given us either.
	if (size > NIMBL_CTL_MESSAGE_MAX)
		return 0;
	line = ctl_answer(&table, false, (const char *)data, size, &length);
	must(line != NULL && length > 1 && length <= NIMBL_CTL_ANSWER_MAX);
	must(memchr(line, '\n', length) == line + length - 1);
	json_t *answer = json_loadb(line, length, 0, NULL);
	must(json_object_size(answer) == 1);
	if (!json_is_object(json_object_get(answer, "ok")))
		check_error(json_object_get(answer, "error"));
	json_decref(answer);
	free(line);
	return 0;
}
