// SPDX-License-Identifier: BSD-3-Clause
// nimbl show: asks a running instance.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "nimbl_ctl.h"
#include "option.h"
#include "say.h"
#include "view.h"

#define WATCH_MAX    86400
#define CLEAR_SCREEN "\033[H\033[J"

enum {
	KEY_JSON = OPTION_LONG,
	KEY_NAME,
	KEY_WATCH,
};

// Two snapshots, so that rates can be told; names in them point into the answers.
struct look {
	json_t *answer;
	struct nimbl_snapshot snapshot;
	struct nimbl_ledger ledger;
};

struct show {
	const struct topic *topic; // NULL: everything
	const char *port, *name;
	bool is_json;
	uint32_t watch_s;                    // 0: once
	struct look looks[2], *before, *now; // before is NULL the first time
};

struct topic {
	const char *name, *help;
	bool takes_port;
	int (*print)(const struct show *show); // returns an enum nimbl_exit
};

static const struct nimbl_snapshot *before_of(const struct show *show)
{
	return show->before != NULL ? &show->before->snapshot : NULL;
}

static int print_all(const struct show *show)
{
	view_print(before_of(show), &show->now->snapshot, &show->now->ledger, stdout);
	return NIMBL_EXIT_OK;
}

static int print_ports(const struct show *show)
{
	if (show->port != NULL)
		view_print_port(&show->now->snapshot.ports[0], stdout);
	else
		view_print_ports(&show->now->snapshot, stdout);
	return NIMBL_EXIT_OK;
}

static int print_pools(const struct show *show)
{
	view_print_pools(&show->now->snapshot, stdout);
	return NIMBL_EXIT_OK;
}

static int print_lcores(const struct show *show)
{
	view_print_lcores(before_of(show), &show->now->snapshot, stdout);
	return NIMBL_EXIT_OK;
}

static int print_drops(const struct show *show)
{
	if (view_has_drops(&show->now->snapshot))
		view_print_drops(&show->now->snapshot, stdout);
	else
		puts("no frame was dropped");
	return NIMBL_EXIT_OK;
}

static int print_balance(const struct show *show)
{
	view_print_laws(&show->now->snapshot, &show->now->ledger, stdout);
	fputc('\n', stdout);
	view_print_ledger(&show->now->ledger, stdout);
	puts("While frames flow nothing may be below zero; that nothing is left in between is judged\n"
	     "when the run ends.");
	return show->now->ledger.balanced ? NIMBL_EXIT_OK : NIMBL_EXIT_FAILED;
}

static int print_stats(const struct show *show)
{
	if (show->port != NULL)
		view_print_counters(before_of(show), &show->now->snapshot, 0, stdout);
	else
		view_print_traffic(before_of(show), &show->now->snapshot, stdout);
	return NIMBL_EXIT_OK;
}

// Comments first, so that all of it is a configuration.
static int print_config(const struct show *show)
{
	const json_t *answer = show->now->answer;
	const char *plan = json_string_value(json_object_get(answer, "plan"));
	const char *file = json_string_value(json_object_get(answer, "file"));

	printf("# instance %s, from %s\n", json_string_value(json_object_get(answer, "name")),
		file != NULL && file[0] != '\0' ? file : "no file");
	for (size_t length; plan != NULL && *plan != '\0'; plan += length) {
		length = strcspn(plan, "\n");
		printf("# %.*s\n", (int)length, plan);
		length += plan[length] == '\n';
	}
	view_print_conf(json_object_get(answer, "config"), stdout);
	return NIMBL_EXIT_OK;
}

static const struct topic topics[] = {
	{"balance", "the laws and what is in between; exit status 1 when one is broken", false,
		print_balance},
	{"config", "the configuration in use, as YAML with every default filled in", false,
		print_config},
	{"drops", "dropped frames by port and reason, with what it means", true, print_drops},
	{"lcores", "lcores and how busy they are", false, print_lcores},
	{"pools", "pools: size, free lists, memory", false, print_pools},
	{"ports", "ports: devices, links, queues; with PORT all that is known of it", true,
		print_ports},
	{"stats", "frames by port; with PORT all its counters", true, print_stats},
	{NULL, NULL, false, NULL},
};

static const struct argp_option options[] = {
	{"json", KEY_JSON, NULL, 0, "Print a line of JSON (schemas nimbl.state/1, nimbl.config/1)",
		0},
	{"name", KEY_NAME, "NAME", 0, "Ask this instance; needed where several run", 0},
	{"watch", KEY_WATCH, "SEC", 0, "Ask again every so many seconds, and tell rates", 0}, {0}};

static error_t set_topic(struct show *show, const struct argp_state *state, const char *text)
{
	const char *names[sizeof(topics) / sizeof(topics[0])] = {NULL};
	const char *near;

	for (size_t i = 0; topics[i].name != NULL; i++) {
		names[i] = topics[i].name;
		if (strcmp(names[i], text) != 0)
			continue;
		show->topic = &topics[i];
		return 0;
	}
	near = nimbl_did_you_mean(text, names);
	if (near != NULL)
		say_usage(state->argv[0], "there is no topic '%s'. Did you mean '%s'?", text, near);
	else
		say_usage(state->argv[0], "there is no topic '%s'", text);
	return EINVAL;
}

static error_t set_word(struct show *show, const struct argp_state *state, const char *text)
{
	if (show->topic == NULL)
		return set_topic(show, state, text);
	if (!show->topic->takes_port || show->port != NULL)
		return option_surplus(state, text);
	show->port = text;
	return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct show *show = state->input;

	switch (key) {
	case KEY_JSON:
		show->is_json = true;
		return 0;
	case KEY_NAME:
		show->name = text;
		return option_instance(state, text);
	case KEY_WATCH:
		return option_number(state, "--watch", text, 1, WATCH_MAX, &show->watch_s);
	case ARGP_KEY_ARG:
		return set_word(show, state, text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

// The topics stand between the text before and behind the options.
static char *filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size;
	FILE *file;

	if (key != ARGP_KEY_HELP_POST_DOC || (file = open_memstream(&out, &size)) == NULL)
		return (char *)(uintptr_t)text;
	fputs("Topics:\n", file);
	for (const struct topic *topic = topics; topic->name != NULL; topic++)
		fprintf(file, "  %-8s %s\n", topic->name, topic->help);
	fprintf(file, "\n%s", text);
	fclose(file);
	return out;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[TOPIC [PORT]]",
	.doc = "Ask a running instance, without a topic for all of its figures.\v"
	       "Examples:\n"
	       "  nimbl show ports\n"
	       "  nimbl show stats --watch 1\n"
	       "  nimbl show balance --json --name lab\n\n" OPTION_EXIT_TEXT,
	.help_filter = filter,
};

static json_t *request_of(const struct show *show)
{
	char call[32] = "show";

	if (show->topic != NULL)
		snprintf(call, sizeof(call), "show-%s", show->topic->name);
	return json_pack("{s:s, s:s*}", "call", call, "port", show->port);
}

static int ask(struct show *show, const struct nimbl_ctl_address *address)
{
	json_t *request = request_of(show), *answer;
	int ret = nimbl_ctl_ask(address, request, &answer);

	json_decref(request);
	if (ret < 0)
		return ret;
	show->before = show->now;
	show->now = show->now == &show->looks[0] ? &show->looks[1] : &show->looks[0];
	json_decref(show->now->answer);
	show->now->answer = answer;
	view_read(answer, &show->now->snapshot, &show->now->ledger);
	return 0;
}

static int print(const struct show *show)
{
	if (show->is_json) {
		say_json(json_incref(show->now->answer));
		return show->topic == NULL || show->topic->print != print_balance ||
				       show->now->ledger.balanced
			       ? NIMBL_EXIT_OK
			       : NIMBL_EXIT_FAILED;
	}
	if (show->watch_s > 0 && say_is_terminal())
		fputs(CLEAR_SCREEN, stdout);
	else if (show->before != NULL)
		fputc('\n', stdout);
	return show->topic != NULL ? show->topic->print(show) : print_all(show);
}

static int show_on(struct show *show)
{
	const struct timespec pause = {.tv_sec = show->watch_s};
	struct nimbl_ctl_address address;
	int status;

	if (nimbl_ctl_find(show->name, &address) < 0)
		return say_error();
	do {
		if (ask(show, &address) < 0)
			return say_error();
		status = print(show);
	} while (say_flush() && show->watch_s > 0 && nanosleep(&pause, NULL) == 0);
	return status;
}

int command_show(int argc, char **argv)
{
	struct show *show = calloc(1, sizeof(*show));
	int status;

	if (show == NULL) {
		nimbl_fail(ENOMEM, "not enough memory to ask");
		return say_error();
	}
	status = option_parse(&argp, argc, argv, show);
	if (status == NIMBL_EXIT_OK)
		status = show_on(show);
	json_decref(show->looks[0].answer);
	json_decref(show->looks[1].answer);
	free(show);
	return status;
}
