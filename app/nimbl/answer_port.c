// SPDX-License-Identifier: BSD-3-Clause
// Calls that take ports out of a running engine and bring them back.
#include <jansson.h>

#include "answer.h"

static int with_port(void *context, const json_t *args,
	int (*what)(struct nimbl_engine *engine, const char *port))
{
	struct answers *answers = context;

	return what(answers->engine, json_string_value(json_object_get(args, "port")));
}

static int take_out(void *context, const json_t *args, json_t *answer)
{
	return with_port(context, args, nimbl_engine_port_remove);
}

static int add(void *context, const json_t *args, json_t *answer)
{
	return with_port(context, args, nimbl_engine_port_add);
}

static const struct nimbl_ctl_arg port_args[] = {
	{"port", NIMBL_CTL_TEXT, true, "name of the port"},
	{NULL, NIMBL_CTL_TEXT, false, NULL},
};

static const struct nimbl_ctl_call calls[] = {
	{"port-add", "bring a port back whose device is gone", true, port_args, add},
	{"port-remove", "take a port out until it is added", true, port_args, take_out},
	{NULL, NULL, false, NULL, NULL},
};

int answers_add_ports(struct answers *answers, struct nimbl_ctl *ctl)
{
	return nimbl_ctl_add(ctl, calls, answers);
}
