// SPDX-License-Identifier: BSD-3-Clause
// The calls of a session: each takes a snapshot of its own and answers parts of it.
#include "answer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "nimbl_log.h"
#include "view.h"

static int port_unknown(const struct answers *answers, const char *name)
{
	const char *names[NIMBL_CONF_PORTS_MAX + 1] = {NULL};
	const char *near;

	for (uint16_t i = 0; i < answers->now.port_count; i++)
		names[i] = answers->now.ports[i].name;
	near = nimbl_did_you_mean(name, names);
	nimbl_fail(EINVAL, "there is no port '%.32s'", name);
	if (near != NULL)
		nimbl_mend("did you mean '%s'?", near);
	else
		nimbl_mend("'nimbl show ports' lists them");
	return -EINVAL;
}

// Leave only the port that was asked for.
static int select_port(struct answers *answers, const char *name)
{
	struct nimbl_snapshot *now = &answers->now;

	for (uint16_t i = 0; i < now->port_count; i++) {
		if (strcmp(now->ports[i].name, name) != 0)
			continue;
		now->ports[0] = now->ports[i];
		now->port_count = 1;
		return 0;
	}
	return port_unknown(answers, name);
}

static void add_instance(json_t *answer)
{
	json_object_set_new(answer, "name", json_string(nimbl_instance_name()));
	json_object_set_new(answer, "pid", json_integer(getpid()));
}

static int show(struct answers *answers, const json_t *args, json_t *answer, unsigned int parts)
{
	const char *port = json_string_value(json_object_get(args, "port"));
	json_t *state;
	int ret;

	nimbl_engine_snapshot(answers->engine, &answers->now);
	nimbl_ledger_compute(&answers->now, false, &answers->ledger);
	ret = port != NULL ? select_port(answers, port) : 0;
	if (ret < 0)
		return ret;
	state = view_json(&answers->now, &answers->ledger, parts);
	ret = json_object_update(answer, state);
	json_decref(state);
	add_instance(answer);
	return ret < 0 ? nimbl_fail(ENOMEM, "not enough memory for the answer") : 0;
}

static int show_all(void *context, const json_t *args, json_t *answer)
{
	return show(context, args, answer, VIEW_FIGURES | VIEW_LEDGER);
}

static int show_balance(void *context, const json_t *args, json_t *answer)
{
	return show(context, args, answer, VIEW_PORTS | VIEW_LEDGER);
}

static int show_drops(void *context, const json_t *args, json_t *answer)
{
	return show(context, args, answer, VIEW_PORTS | VIEW_REASONS);
}

static int show_lcores(void *context, const json_t *args, json_t *answer)
{
	return show(context, args, answer, VIEW_LCORES);
}

static int show_pools(void *context, const json_t *args, json_t *answer)
{
	return show(context, args, answer, VIEW_POOLS);
}

static int show_ports(void *context, const json_t *args, json_t *answer)
{
	return show(context, args, answer, VIEW_PORTS);
}

static int show_config(void *context, const json_t *args, json_t *answer)
{
	const struct answers *answers = context;

	json_object_set_new(answer, "schema", json_string(VIEW_CONF_SCHEMA));
	add_instance(answer);
	json_object_set_new(answer, "file", json_string(answers->conf->file));
	json_object_set_new(answer, "plan", json_string(nimbl_engine_plan_text(answers->engine)));
	json_object_set_new(answer, "config", view_conf_json(answers->conf));
	return 0;
}

// The answer is on its way before the loop ends.
static int stop(void *context, const json_t *args, json_t *answer)
{
	const struct answers *answers = context;

	nimbl_log(NIMBL_LOG_NOTICE, "asked to stop on the control socket");
	answers->stop(answers->context);
	return 0;
}

static const struct nimbl_ctl_arg port_arg[] = {
	{"port", NIMBL_CTL_TEXT, false, "name of the only port to tell of"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call calls[] = {
	{"show", "all figures", false, NULL, show_all},
	{"show-balance", "the ledger so far, and the counters that it is made of", false, NULL,
		show_balance},
	{"show-config", "the configuration in use, every default filled in", false, NULL,
		show_config},
	{"show-drops", "dropped frames by port and reason", false, port_arg, show_drops},
	{"show-lcores", "lcores and how busy they were", false, NULL, show_lcores},
	{"show-pools", "pools and what is free of them", false, NULL, show_pools},
	{"show-ports", "ports: devices, links, queues", false, port_arg, show_ports},
	{"show-stats", "counters of ports", false, port_arg, show_ports},
	{"stop", "stop in order, as SIGTERM does", true, NULL, stop},
	{NULL, NULL, false, NULL, NULL},
};

int answers_add(struct answers *answers, struct nimbl_ctl *ctl)
{
	int ret = nimbl_ctl_add(ctl, calls, answers);

	if (ret == 0)
		ret = answers_add_drivers(answers, ctl);
	if (ret == 0)
		ret = answers_add_filters(answers, ctl);
	if (ret == 0)
		ret = answers_add_nbl(answers, ctl);
	return ret < 0 ? ret : answers_add_ports(answers, ctl);
}
