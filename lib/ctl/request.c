// SPDX-License-Identifier: BSD-3-Clause
// What a request means: parsed, looked up, its arguments checked against the table, answered.
#include <errno.h>
#include <string.h>

#include "ctl_priv.h"

#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(12))
#define WORD_CHARS 48 // of a word that is quoted in an error

static const char *const type_names[] = {
	[NIMBL_CTL_TEXT] = "text",
	[NIMBL_CTL_NUMBER] = "a whole number of 0 to 4294967295",
	[NIMBL_CTL_FLAG] = "true or false",
};

static bool has_type(const json_t *value, enum nimbl_ctl_type type)
{
	switch (type) {
	case NIMBL_CTL_TEXT:
		return json_is_string(value);
	case NIMBL_CTL_NUMBER:
		return json_is_integer(value) && json_integer_value(value) >= 0 &&
		       json_integer_value(value) <= UINT32_MAX;
	case NIMBL_CTL_FLAG:
		return json_is_boolean(value);
	}
	return false;
}

static const struct nimbl_ctl_arg *arg_find(const struct nimbl_ctl_call *call, const char *name)
{
	const struct nimbl_ctl_arg *arg = call->args;

	while (arg != NULL && arg->name != NULL && strcmp(arg->name, name) != 0)
		arg++;
	return arg != NULL && arg->name != NULL ? arg : NULL;
}

static int arg_unknown(const struct nimbl_ctl_call *call, const char *name)
{
	const char *names[CTL_NAMES_MAX + 1] = {NULL};
	size_t count = 0;

	for (const struct nimbl_ctl_arg *arg = call->args; arg != NULL && arg->name != NULL; arg++)
		if (count < CTL_NAMES_MAX)
			names[count++] = arg->name;
	const char *near = nimbl_did_you_mean(name, names);
	nimbl_fail(EINVAL, "call '%s' has no argument '%.*s'", call->name, WORD_CHARS, name);
	if (near != NULL)
		nimbl_mend("did you mean '%s'?", near);
	else
		nimbl_mend("the call 'help' tells the arguments of each");
	return -EINVAL;
}

static int args_check(const struct nimbl_ctl_call *call, json_t *args)
{
	const struct nimbl_ctl_arg *arg;
	const char *name;
	json_t *value;

	json_object_foreach (args, name, value) {
		arg = arg_find(call, name);
		if (arg == NULL)
			return arg_unknown(call, name);
		if (has_type(value, arg->type))
			continue;
		nimbl_fail(EINVAL, "call '%s': argument '%s' has another type", call->name, name);
		nimbl_mend("it is %s", type_names[arg->type]);
		return -EINVAL;
	}
	for (arg = call->args; arg != NULL && arg->name != NULL; arg++) {
		if (!arg->is_required || json_object_get(args, arg->name) != NULL)
			continue;
		nimbl_fail(EINVAL, "call '%s' lacks the argument '%s'", call->name, arg->name);
		nimbl_mend("it is %s: %s", type_names[arg->type], arg->help);
		return -EINVAL;
	}
	return 0;
}

static json_t *call_json(const struct nimbl_ctl_call *call)
{
	json_t *args = json_array();

	for (const struct nimbl_ctl_arg *arg = call->args; arg != NULL && arg->name != NULL; arg++)
		json_array_append_new(args, json_pack("{s:s, s:s, s:b, s:s}", "name", arg->name,
						    "type", type_names[arg->type], "required",
						    (int)arg->is_required, "help", arg->help));
	return json_pack("{s:s, s:s, s:b, s:o}", "name", call->name, "help", call->help,
		"needs_write", (int)call->needs_write, "args", args);
}

// The only call that is always there: all others.
static int help(void *context, const json_t *args, json_t *answer)
{
	const struct ctl_calls *all = context;
	json_t *list = json_array();

	for (unsigned int i = 0; i < all->count; i++)
		for (const struct nimbl_ctl_call *call = all->tables[i].calls; call->name != NULL;
			call++)
			json_array_append_new(list, call_json(call));
	return json_object_set_new(answer, "calls", list);
}

static const struct nimbl_ctl_call own_calls[] = {
	{"help", "all calls with their arguments", false, NULL, help},
	{NULL, NULL, false, NULL, NULL},
};

struct target {
	const struct nimbl_ctl_call *call;
	void *context;
};

static struct target find_in(const struct nimbl_ctl_call *calls, void *context, const char *name)
{
	for (; calls->name != NULL; calls++)
		if (strcmp(calls->name, name) == 0)
			return (struct target){calls, context};
	return (struct target){NULL, NULL};
}

static struct target find(const struct ctl_calls *all, const char *name)
{
	struct target target = find_in(own_calls, (void *)(uintptr_t)all, name);

	for (unsigned int i = 0; target.call == NULL && i < all->count; i++)
		target = find_in(all->tables[i].calls, all->tables[i].context, name);
	return target;
}

static int call_unknown(const struct ctl_calls *all, const char *name)
{
	const char *names[CTL_NAMES_MAX + 1] = {own_calls[0].name};
	size_t count = 1;

	for (unsigned int i = 0; i < all->count; i++)
		for (const struct nimbl_ctl_call *call = all->tables[i].calls; call->name != NULL;
			call++)
			if (count < CTL_NAMES_MAX)
				names[count++] = call->name;
	const char *near = nimbl_did_you_mean(name, names);
	nimbl_fail(ENOSYS, "there is no call '%.*s'", WORD_CHARS, name);
	if (near != NULL)
		nimbl_mend("did you mean '%s'?", near);
	else
		nimbl_mend("the call 'help' tells all of them");
	return -ENOSYS;
}

static int dispatch(const struct ctl_calls *all, bool may_write, json_t *request, json_t *answer)
{
	const char *name = json_string_value(json_object_get(request, "call"));

	if (name == NULL) {
		nimbl_fail(EINVAL, "a request is an object with the name of a call");
		nimbl_mend("for example {\"call\": \"help\"}");
		return -EINVAL;
	}
	struct target target = find(all, name);
	if (target.call == NULL)
		return call_unknown(all, name);
	if (target.call->needs_write && !may_write) {
		nimbl_fail(EPERM, "call '%s' changes things, and you may only look",
			target.call->name);
		nimbl_mend("ask as root or as the user that runs the instance");
		return -EPERM;
	}
	json_object_del(request, "call");
	int ret = args_check(target.call, request);
	return ret < 0 ? ret : target.call->handler(target.context, request, answer);
}

static json_t *parse(const char *text, size_t length)
{
	json_error_t error;
	json_t *request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

	if (request == NULL) {
		nimbl_fail(EINVAL, "the request is no JSON: at byte %d: %s", error.position,
			error.text);
		nimbl_mend("for example {\"call\": \"help\"}");
	}
	return request;
}

// What came from a client may hold bytes that are no text, and be cut within a character.
static json_t *plain(const char *text)
{
	char out[sizeof(((struct nimbl_error *)0)->cause)];
	size_t used = 0;

	for (; text[used] != '\0' && used < sizeof(out) - 1; used++)
		out[used] = text[used];
	for (size_t i = 0; i < used; i++)
		if (out[i] < ' ' || out[i] > '~')
			out[i] = '?';
	return json_stringn(out, used);
}

static char *dump(json_t *answer, size_t *size)
{
	char *text = answer != NULL ? json_dumps(answer, DUMP_FLAGS) : NULL;

	json_decref(answer);
	if (text == NULL)
		return NULL;
	// The newline takes the place of the NUL: the end is known by the size.
	*size = strlen(text) + 1;
	text[*size - 1] = '\n';
	return text;
}

char *ctl_answer_error(size_t *size)
{
	const struct nimbl_error *error = nimbl_last_error();
	const char *cause = error->cause[0] != '\0' ? error->cause : "failed without saying why";

	return dump(json_pack("{s:{s:o, s:o, s:i}}", "error", "cause", plain(cause), "mend",
			    plain(error->mend), "code", error->code),
		size);
}

char *ctl_answer(const struct ctl_calls *calls, bool may_write, const char *request, size_t length,
	size_t *size)
{
	json_t *parsed, *answer = json_object();
	char *text = NULL;
	int ret;

	nimbl_clear_error();
	parsed = parse(request, length);
	ret = parsed != NULL ? dispatch(calls, may_write, parsed, answer) : -EINVAL;
	json_decref(parsed);
	if (ret < 0) {
		json_decref(answer);
		return ctl_answer_error(size);
	}
	text = dump(json_pack("{s:o}", "ok", answer), size);
	if (text == NULL || *size <= NIMBL_CTL_ANSWER_MAX)
		return text;
	free(text);
	nimbl_fail(EMSGSIZE, "the answer has %zu bytes; %u are the limit", *size,
		NIMBL_CTL_ANSWER_MAX);
	nimbl_mend("ask for less: one port");
	return ctl_answer_error(size);
}
