// SPDX-License-Identifier: BSD-3-Clause
// Calls about lists: who holds them, what was done to them, and how closely they are watched.
#include <errno.h>
#include <execinfo.h>
#include <jansson.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "nimbl_nbl.h"
#include "nimbl_setting.h"
#include "nimbl_verify.h"

#define HOLDERS_MAX 256u
#define STEPS_MAX   64u
#define NBL_SCHEMA  "nimbl.nbl/1"

static json_t *pointer_json(const void *pointer)
{
	char text[32];

	snprintf(text, sizeof(text), "%p", pointer);
	return json_string(text);
}

// Where code lies, as far as its symbols say.
static json_t *code_json(const void *code)
{
	void *at = (void *)(uintptr_t)code;
	char **names = backtrace_symbols(&at, 1);
	json_t *text = names != NULL ? json_string(names[0]) : pointer_json(code);

	free(names);
	return text;
}

static json_t *step_json(const struct nimbl_verify_step *step, uint64_t now)
{
	uint64_t hz = rte_get_tsc_hz();
	json_t *json = json_pack("{s:s, s:s, s:s, s:f, s:o, s:o}", "event",
		nimbl_verify_event_name(step->event), "from", nimbl_owner_name(step->from), "to",
		nimbl_owner_name(step->to), "ago_ms",
		hz > 0 ? (double)(now - step->tsc) * 1000 / (double)hz : 0, "list",
		pointer_json(step->nbl), "caller", code_json(step->caller));

	if (step->is_violation != 0)
		json_object_set_new(json, "violation",
			json_string(nimbl_violation_name(
				(enum nimbl_violation_code)(step->is_violation - 1))));
	return json;
}

static json_t *steps_json(const struct nimbl_verify_step *steps, unsigned int count)
{
	uint64_t now = rte_rdtsc();
	json_t *list = json_array();

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(list, step_json(&steps[i], now));
	return list;
}

static json_t *violation_json(const struct nimbl_violation *violation)
{
	json_t *callers = json_array();

	for (unsigned int i = 0; i < violation->frame_count; i++)
		json_array_append_new(callers, code_json(violation->frames[i]));
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:o, s:o}",
		"serial", (json_int_t)violation->serial, "time_ns", (json_int_t)violation->time_ns,
		"code", nimbl_violation_name(violation->code), "text",
		nimbl_violation_text(violation->code), "mend",
		nimbl_violation_mend(violation->code), "rule", violation->rule, "driver",
		violation->culprit, "holder", violation->owner, "port", violation->port, "action",
		nimbl_verify_action_name(violation->action), "list", pointer_json(violation->nbl),
		"age_ms", (int)violation->age_ms, "callers", callers, "steps",
		steps_json(violation->steps, violation->step_count));
}

static json_t *levels_json(const struct answers *answers)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < answers->conf->port_count; i++) {
		const char *port = answers->conf->ports[i].name;
		const struct nimbl_verifier *verifier =
			nimbl_stack_verifier(nimbl_engine_adapter(answers->engine, port));

		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:i}", "port", port, "level",
						    (int)verifier->level, "action",
						    nimbl_verify_action_name(verifier->actions[0]),
						    "stuck_ms", (int)verifier->stuck_ms));
	}
	return list;
}

static int pending(void *context, const json_t *args, json_t *answer)
{
	struct nimbl_holding holdings[HOLDERS_MAX];
	unsigned int count = nimbl_holdings(holdings, HOLDERS_MAX);
	json_t *holders = json_array();

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(holders,
			json_pack("{s:s, s:i, s:i, s:o}", "driver",
				nimbl_owner_name(holdings[i].owner), "lists",
				(int)holdings[i].lists, "oldest_ms", (int)holdings[i].oldest_ms,
				"oldest", pointer_json(holdings[i].oldest)));
	json_object_set_new(answer, "schema", json_string(NBL_SCHEMA));
	json_object_set_new(answer, "levels", levels_json(context));
	json_object_set_new(answer, "holders", holders);
	json_object_set_new(answer, "quarantined", json_integer(nimbl_verify_quarantined()));
	return 0;
}

static json_t *counts_json(void)
{
	json_t *counts = json_object();

	for (int code = 0; code < NIMBL_VIOLATION_CODES; code++) {
		uint64_t count = nimbl_violations_count((enum nimbl_violation_code)code);

		if (count > 0)
			json_object_set_new(counts,
				nimbl_violation_name((enum nimbl_violation_code)code),
				json_integer((json_int_t)count));
	}
	return counts;
}

static int history(void *context, const json_t *args, json_t *answer)
{
	struct nimbl_verify_step steps[STEPS_MAX];
	unsigned int count = nimbl_verify_steps(steps, STEPS_MAX);
	struct nimbl_violation violation = {.serial = 0};
	json_t *violations = json_array();

	while (nimbl_violation_next(violation.serial, &violation))
		json_array_append_new(violations, violation_json(&violation));
	json_object_set_new(answer, "schema", json_string(NBL_SCHEMA));
	json_object_set_new(answer, "levels", levels_json(context));
	json_object_set_new(answer, "counts", counts_json());
	json_object_set_new(answer, "violations", violations);
	json_object_set_new(answer, "steps", steps_json(steps, count));
	return 0;
}

static int track(void *context, const json_t *args, json_t *answer)
{
	struct answers *answers = context;
	json_int_t level = json_integer_value(json_object_get(args, "level"));
	int ret;

	if (level < 0 || level >= NIMBL_VERIFY_LEVELS) {
		ret = nimbl_fail(EINVAL, "there is no level %lld", (long long)level);
		nimbl_mend("levels are 0 to %d", NIMBL_VERIFY_LEVELS - 1);
		return ret;
	}
	ret = nimbl_engine_verify(answers->engine, json_string_value(json_object_get(args, "port")),
		(enum nimbl_verify_level)level);
	json_object_set_new(answer, "schema", json_string(NBL_SCHEMA));
	json_object_set_new(answer, "levels", levels_json(answers));
	return ret;
}

static json_t *shortage_json(void)
{
	struct nimbl_pool_shortage now;

	nimbl_pools_shortage(&now);
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "rate_in_a_million", (json_int_t)now.rate,
		"nth", (json_int_t)now.nth, "seed", (json_int_t)now.seed, "asked",
		(json_int_t)now.asked, "failed", (json_int_t)now.failed);
}

static const struct nimbl_setting shortage_settings[] = {
	{.name = "rate",
		.type = NIMBL_SETTING_PERCENT,
		NIMBL_SETTING_AT(nimbl_pool_shortage, rate)},
	{.name = "nth", .type = NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(nimbl_pool_shortage, nth)},
	{.name = "seed", .type = NIMBL_SETTING_NUMBER, NIMBL_SETTING_AT(nimbl_pool_shortage, seed)},
	{.name = NULL},
};

// Nothing given: it is told what is.
static int shortage(void *context, const json_t *args, json_t *answer)
{
	struct answers *answers = context;
	struct nimbl_pool_shortage how = {.seed = 1};
	bool any = false;
	int ret = 0;

	for (const struct nimbl_setting *setting = shortage_settings;
		ret == 0 && setting->name != NULL; setting++) {
		const char *text = json_string_value(json_object_get(args, setting->name));

		any |= text != NULL;
		ret = text != NULL ? nimbl_setting_parse(setting, text, &how) : 0;
	}
	if (ret == 0 && any)
		ret = nimbl_engine_set_shortage(answers->engine, &how);
	json_object_set_new(answer, "schema", json_string(NBL_SCHEMA));
	json_object_set_new(answer, "shortage", shortage_json());
	return ret;
}

static const struct nimbl_ctl_arg shortage_args[] = {
	{"rate", NIMBL_CTL_TEXT, false, "share of the takings from pools that fail, such as 0.1%"},
	{"nth", NIMBL_CTL_TEXT, false, "the taking that fails, counted from now on"},
	{"seed", NIMBL_CTL_TEXT, false, "of what is random (1)"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_arg track_args[] = {
	{"level", NIMBL_CTL_NUMBER, true, "0 to 4; 0 is off"},
	{"port", NIMBL_CTL_TEXT, false, "name of the port; else all"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call calls[] = {
	{"nbl-log", "violations found by the verifier, and the last hand-offs", false, NULL,
		history},
	{"nbl-pending", "who holds how many lists, and for how long", false, NULL, pending},
	{"nbl-shortage", "have takings from pools fail, or tell which do", true, shortage_args,
		shortage},
	{"nbl-track", "verify lists at another level", true, track_args, track},
	{NULL, NULL, false, NULL, NULL},
};

int answers_add_nbl(struct answers *answers, struct nimbl_ctl *ctl)
{
	return nimbl_ctl_add(ctl, calls, answers);
}
