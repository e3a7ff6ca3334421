// SPDX-License-Identifier: BSD-3-Clause
// nimbl explain: what a configuration means, before anything starts.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "explain.h"
#include "nimbl_engine.h"
#include "nimbl_mem.h"
#include "nimbl_nbl.h"
#include "option.h"
#include "say.h"
#include "table.h"

enum { KEY_JSON = OPTION_LONG };

struct explain {
	const char *file;
	bool is_json;
};

static int explain_memory(int argc, char **argv);

static const struct command topics[] = {
	{"memory", "how many lists each port's pool has and why, bytes, pages, nodes",
		explain_memory},
	{"streams", "what streams of test frames send, and all keys that they may have",
		explain_streams},
	{NULL, NULL, NULL},
};

static error_t parse_memory(int key, char *text, struct argp_state *state)
{
	struct explain *self = state->input;

	switch (key) {
	case KEY_JSON:
		self->is_json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (self->file != NULL)
			return option_surplus(state, text);
		self->file = text;
		return 0;
	case ARGP_KEY_NO_ARGS:
		say_usage(state->argv[0], "the file to explain is missing; '-' is standard input");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *port_json(const struct nimbl_memory_port *port)
{
	json_t *terms = json_array();

	for (unsigned int i = 0; i < port->term_count; i++)
		json_array_append_new(terms, json_pack("{s:s, s:i}", "what", port->terms[i].what,
						     "lists", (int)port->terms[i].lists));
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:I, s:o, s:o}", "port", port->port,
		"pool", port->pool, "ops", port->ops, "cache", (int)port->cache, "lists",
		(int)port->lists, "list_bytes", (int)port->list_bytes, "bytes",
		(json_int_t)port->bytes, "node",
		port->node == NIMBL_NODE_ANY ? json_string("device's") : json_integer(port->node),
		"terms", terms);
}

static void memory_json(const struct nimbl_memory *memory)
{
	json_t *ports = json_array();

	for (uint16_t i = 0; i < memory->port_count; i++)
		json_array_append_new(ports, port_json(&memory->ports[i]));
	say_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:b, s:I, s:i, s:o}", "schema",
		"nimbl.explain.memory/1", "pool_bytes", (json_int_t)memory->pool_bytes,
		"total_bytes", (json_int_t)memory->total_bytes, "page_bytes",
		(json_int_t)memory->page_bytes, "pages", (json_int_t)memory->pages,
		"reserved_pages", memory->reserved, "reserved_free_bytes",
		(json_int_t)memory->free_bytes, "numa_nodes", (int)nimbl_numa_nodes(), "ports",
		ports));
}

static void port_print(const struct nimbl_memory_port *port)
{
	static const char *const headers[] = {"lists", "for", NULL};
	struct table *table = table_new(headers);

	for (unsigned int i = 0; i < port->term_count; i++) {
		table_count(table, port->terms[i].lists);
		table_cell(table, "%s", port->terms[i].what);
	}
	table_count(table, port->lists);
	table_cell(table, "together");
	printf("port '%s': pool '%s', ops %s, cache %u\n", port->port, port->pool, port->ops,
		port->cache);
	table_finish(table, 2, stdout);
	printf("  %s lists of %s bytes are %s MiB, on ", format_count(port->lists).text,
		format_count(port->list_bytes).text, format_mib(port->bytes).text);
	if (port->node == NIMBL_NODE_ANY)
		printf("the device's NUMA node\n\n");
	else
		printf("NUMA node %d\n\n", port->node);
}

static void memory_print(const struct nimbl_memory *memory)
{
	unsigned int nodes = nimbl_numa_nodes();

	for (uint16_t i = 0; i < memory->port_count; i++)
		port_print(&memory->ports[i]);
	printf("all pools %s MiB; with rings, counters and spread over memory channels %s MiB\n",
		format_mib(memory->pool_bytes).text, format_mib(memory->total_bytes).text);
	if (memory->reserved)
		printf("%s reserved pages of 2 MiB; %s MiB of reserved pages are free\n",
			format_count(memory->pages).text, format_mib(memory->free_bytes).text);
	else
		printf("dev mode: memory of the process, %s pages of 2 MiB where the kernel has them\n",
			format_count(memory->pages).text);
	if (nodes == 1)
		printf("this machine has one NUMA node\n");
	else
		printf("this machine has %u NUMA nodes\n", nodes);
}

static int explain_memory(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"json", KEY_JSON, NULL, 0, "Print one JSON object (schema nimbl.explain.memory/1)",
			0},
		{0}};
	static const struct argp argp = {
		.options = options,
		.parser = parse_memory,
		.args_doc = "CONFIG",
		.doc = "Say how many lists the pool of each port has and what they are for, how many "
		       "bytes and pages that is, and where it lies. Nothing is started.\v"
		       "Example: nimbl explain memory examples/null.yaml\n\n" OPTION_EXIT_TEXT,
	};
	struct explain self = {.file = NULL};
	struct nimbl_memory *memory = calloc(1, sizeof(*memory));
	struct nimbl_conf *conf = NULL;
	int ret = option_parse(&argp, argc, argv, &self);

	if (ret == 0 && memory == NULL)
		ret = NIMBL_EXIT_ENVIRONMENT;
	if (ret == 0 &&
		(nimbl_conf_load(self.file, &conf) < 0 || nimbl_engine_memory(conf, memory) < 0))
		ret = say_error();
	else if (ret == 0 && self.is_json)
		memory_json(memory);
	else if (ret == 0)
		memory_print(memory);
	nimbl_conf_free(conf);
	free(memory);
	return ret;
}

int command_explain(int argc, char **argv)
{
	static const struct command_group group = {
		.table = topics,
		.words = "memory|streams",
		.missing = "what to explain is missing: memory or streams",
		.help = "Say what a configuration means on this machine, or what streams send, before "
			"anything starts.\v"
			"  memory   lists, bytes and pages of each port's pool\n"
			"  streams  first frames of streams of test frames\n\n" OPTION_EXIT_TEXT,
	};

	return command_group(&group, argc, argv);
}
