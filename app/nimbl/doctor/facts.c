// SPDX-License-Identifier: BSD-3-Clause
// Reading the machine once, and telling it as figures.
#include "facts.h"

#include <stdlib.h>

#include "bind_list.h"

#define LARGE_PAGE (2ull << 20)

void facts_read(struct facts *facts)
{
	machine_cpus_read(&facts->cpus);
	machine_limits_read(&facts->limits);
	machine_memory_read(&facts->memory);
	facts->nics = machine_nics(&facts->nic_count);
	facts->processes = machine_processes(&facts->process_count);
	facts->stales = machine_stales(&facts->stale_count);
}

void facts_free(struct facts *facts)
{
	free(facts->nics);
	free(facts->processes);
	free(facts->stales);
	facts->nics = NULL;
	facts->processes = NULL;
	facts->stales = NULL;
}

uint64_t facts_pages_free(const struct facts *facts)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < facts->memory.count; i++) {
		if (facts->memory.pages[i].page_bytes == LARGE_PAGE)
			pages += facts->memory.pages[i].free;
	}
	return pages;
}

uint64_t facts_pages_needed(const struct facts *facts)
{
	return facts->needs != NULL ? facts->needs->total_bytes / LARGE_PAGE + 1 : 0;
}

static json_t *hugepages_json(const struct machine_memory *memory)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < memory->count; i++) {
		const struct machine_hugepages *pages = &memory->pages[i];

		json_array_append_new(
			list, json_pack("{s:i, s:I, s:I, s:I}", "node", (int)pages->node,
				      "page_bytes", (json_int_t)pages->page_bytes, "total",
				      (json_int_t)pages->total, "free", (json_int_t)pages->free));
	}
	return list;
}

static json_t *processes_json(const struct facts *facts)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < facts->process_count; i++) {
		const struct machine_process *process = &facts->processes[i];

		json_array_append_new(
			list, json_pack("{s:i, s:s, s:s, s:s}", "pid", process->pid, "name",
				      process->name, "prefix", process->prefix, "cpus",
				      cpuset_text(&process->cpus).text));
	}
	return list;
}

static json_t *nics_json(const struct facts *facts)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < facts->nic_count; i++)
		json_array_append_new(list, bind_device_json(&facts->nics[i]));
	return list;
}

json_t *facts_json(const struct facts *facts)
{
	const struct machine_cpus *cpus = &facts->cpus;

	return json_pack("{s:s, s:s, s:s, s:b, s:f, s:f, s:o, s:o, s:o}", "cpus",
		cpuset_text(&cpus->online).text, "cpus_allowed", cpuset_text(&cpus->allowed).text,
		"cpus_isolated", cpuset_text(&cpus->isolated).text, "virtual",
		(int)cpus->is_virtual, "steal", cpus->steal, "cpu_limit", facts->limits.cpus,
		"hugepages", hugepages_json(&facts->memory), "nics", nics_json(facts), "processes",
		processes_json(facts));
}
