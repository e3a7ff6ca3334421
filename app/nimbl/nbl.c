// SPDX-License-Identifier: BSD-3-Clause
// nimbl nbl: who holds the lists of a running instance, and what was done to them.
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "table.h"

#define WORDS_MAX 4
#define LEVEL_MAX 4

static const struct argp_option options[] = {
	{"json", ASK_JSON, NULL, 0, "Print JSON (schema nimbl.nbl/1)", 0}, ASK_OPTION_NAME, {0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	return ask_parse(key, text, state, state->input);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[pending]\nlog\ntrack LEVEL [PORT]\nshortage [SHARE] [nth=N] [seed=N]",
	.doc = "Say who holds how many lists and for how long (pending), which rules drivers broke "
	       "and the last hand-offs (log), and verify lists at another level (track). Have "
	       "takings from pools fail, to see what drivers make of it (shortage): a share of "
	       "them, or the nth.\v"
	       "Levels: 0 the laws only, 1 owners of lists, 2 their age, 3 every hand-off, 4 the "
	       "callers. A stack whose level changes pauses for about a millisecond.\n"
	       "Examples:\n"
	       "  nimbl nbl track 2\n"
	       "  nimbl nbl pending\n"
	       "  nimbl nbl track 0 wan\n"
	       "  nimbl nbl shortage 0.1%\n\n" OPTION_EXIT_TEXT,
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void levels_print(json_t *answer)
{
	static const char *const headers[] = {"port", "level", "action", "stuck after", NULL};
	struct table *table = table_new(headers);
	json_t *level;
	size_t i;

	json_array_foreach (json_object_get(answer, "levels"), i, level) {
		table_cell(table, "%s", text_of(level, "port"));
		table_cell(table, "%lld", number_of(level, "level"));
		table_cell(table, "%s", text_of(level, "action"));
		table_cell(table, "%lld ms", number_of(level, "stuck_ms"));
	}
	table_finish(table, 0, stdout);
}

// Without the verifier nobody knows who holds what.
static bool is_off(const json_t *answer)
{
	json_t *level;
	size_t i;

	json_array_foreach (json_object_get(answer, "levels"), i, level) {
		if (number_of(level, "level") > 0)
			return false;
	}
	return true;
}

static void pending_print(json_t *answer)
{
	static const char *const headers[] = {"driver", "lists", "oldest", "list", NULL};
	const json_t *holders = json_object_get(answer, "holders");
	struct table *table;
	json_t *holder;
	size_t i;

	levels_print(answer);
	putchar('\n');
	if (is_off(answer)) {
		puts("no list is followed; 'nimbl nbl track 2' begins");
		return;
	}
	if (number_of(answer, "quarantined") > 0)
		printf("%lld lists are put aside\n", number_of(answer, "quarantined"));
	if (json_array_size(holders) == 0) {
		puts("no driver holds a list");
		return;
	}
	table = table_new(headers);
	json_array_foreach (holders, i, holder) {
		table_cell(table, "%s", text_of(holder, "driver"));
		table_count(table, (uint64_t)number_of(holder, "lists"));
		table_cell(table, "%lld ms", number_of(holder, "oldest_ms"));
		table_cell(table, "%s", text_of(holder, "oldest"));
	}
	table_finish(table, 0, stdout);
}

static void step_print(const json_t *step)
{
	printf("    %10.3f ms ago  %-9s  %s -> %s  %s%s\n",
		json_number_value(json_object_get(step, "ago_ms")), text_of(step, "event"),
		text_of(step, "from"), text_of(step, "to"), text_of(step, "list"),
		text_of(step, "violation")[0] != '\0' ? "  <- here" : "");
}

static void violation_print(const json_t *violation)
{
	const json_t *callers = json_object_get(violation, "callers");
	json_t *at;
	size_t i;

	printf("%lld  %s %s\n    by %s, rule %s\n", number_of(violation, "serial"),
		text_of(violation, "code"), text_of(violation, "text"),
		text_of(violation, "driver"), text_of(violation, "rule"));
	if (text_of(violation, "holder")[0] != '\0')
		printf("    list %s was with %s for %lld ms\n", text_of(violation, "list"),
			text_of(violation, "holder"), number_of(violation, "age_ms"));
	json_array_foreach (callers, i, at)
		printf("    %s %s\n", i == 0 ? "called from" : "           ",
			json_string_value(at));
	json_array_foreach (json_object_get(violation, "steps"), i, at)
		step_print(at);
	printf("    to mend: %s\n", text_of(violation, "mend"));
}

static void log_print(json_t *answer)
{
	const json_t *violations = json_object_get(answer, "violations");
	const json_t *steps = json_object_get(answer, "steps");
	const char *code;
	json_t *at;
	size_t i;

	if (is_off(answer))
		puts("nothing is verified; 'nimbl nbl track 2' begins");
	else if (json_array_size(violations) == 0)
		puts("no rule was broken");
	json_array_foreach (violations, i, at)
		violation_print(at);
	json_object_foreach (json_object_get(answer, "counts"), code, at)
		printf("%s: %lld in all\n", code, (long long)json_integer_value(at));
	if (json_array_size(steps) > 0)
		puts("\nlast hand-offs:");
	json_array_foreach (steps, i, at)
		step_print(at);
}

static json_t *request_pending(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s}", "call", "nbl-pending");
}

static json_t *request_log(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	return json_pack("{s:s}", "call", "nbl-log");
}

static json_t *request_track(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	json_t *request =
		json_pack("{s:s, s:i}", "call", "nbl-track", "level", atoi(ask->words[1]));

	if (ask->count > 2)
		json_object_set_new(request, "port", json_string(ask->words[2]));
	return request;
}

// rate=0.1% and the like; a share alone is the rate.
static json_t *request_shortage(const struct ask *ask, const struct nimbl_ctl_address *address)
{
	json_t *request = json_pack("{s:s}", "call", "nbl-shortage");

	for (unsigned int i = 1; i < ask->count; i++) {
		const char *word = ask->words[i], *equals = strchr(word, '=');
		char key[32];

		snprintf(key, sizeof(key), "%.*s", equals != NULL ? (int)(equals - word) : 0, word);
		json_object_set_new(request, equals != NULL ? key : "rate",
			json_string(equals != NULL ? equals + 1 : word));
	}
	return request;
}

static void shortage_print(json_t *answer)
{
	const json_t *now = json_object_get(answer, "shortage");
	long long rate = number_of(now, "rate_in_a_million");

	if (rate == 0 && number_of(now, "nth") == 0)
		puts("no taking from a pool fails on purpose");
	if (rate > 0)
		printf("%g %% of the takings from pools fail, seed %lld\n", (double)rate / 10000,
			number_of(now, "seed"));
	if (number_of(now, "nth") > 0)
		printf("taking %lld fails\n", number_of(now, "nth"));
	printf("since it was set: %s takings, %s failed\n",
		format_count((uint64_t)number_of(now, "asked")).text,
		format_count((uint64_t)number_of(now, "failed")).text);
}

static const struct deed deeds[] = {{"pending", 1, 1, request_pending, pending_print},
	{"log", 1, 1, request_log, log_print}, {"track", 2, 3, request_track, levels_print},
	{"shortage", 1, 4, request_shortage, shortage_print}, {0}};

// A level is a digit; everything else is said before anybody is asked.
static bool level_is_right(const struct ask *ask, const char *program)
{
	const char *level = ask->words[1];

	if (strlen(level) == 1 && level[0] >= '0' && level[0] <= '0' + LEVEL_MAX)
		return true;
	say_usage(program, "level '%s': 0 to %d is allowed", level, LEVEL_MAX);
	return false;
}

int command_nbl(int argc, char **argv)
{
	struct ask ask = {.room = WORDS_MAX};
	int ret = option_parse(&argp, argc, argv, &ask);

	if (ret != NIMBL_EXIT_OK)
		return ret;
	const struct deed *deed = ask_deed(&ask, deeds, argv[0]);
	if (deed == NULL || (deed->request == request_track && !level_is_right(&ask, argv[0])))
		return NIMBL_EXIT_USAGE;
	return ask_do(&ask, deed);
}
